"""The story of a choice over its route: the core's numbers, of the pass that is kept, bounded, or a sentence."""

import base64
import json

import numpy as np
import pytest
import torch
from browsing import alone
from handling import choice, everything, wrapped
from test_story import numbers

from cam import explain, steps
from cam.messages import Message
from cam.server import lesson, rules
from cam.server import steps as packing


def told(app_state, **changes):
    value = choice(**changes)
    rules.check_choice(value)
    return alone(lesson.Stories(app_state).told(value))


def traced(app_state, layer="", fit="squeeze"):
    photo = app_state.photos.open({"example": "cat"})
    return app_state.trace(photo, choice()["model"], layer, fit)


@pytest.mark.parametrize("method", ["gradcam", "layercam", "scorecam", "eigencam", "smoothgrad"])
def test_the_story_has_the_numbers_of_the_core(app_state, method):
    found = told(app_state, method=method, **{"class": 3})
    explanation = explain(traced(app_state), method, 3)
    real = steps(explanation, picture=False)
    assert [one["name"] for one in found["steps"]] == [*(step.name for step in real), "overlay"]
    for packed, step in zip(found["steps"], real, strict=False):
        assert packed["shape"] == list(step.tensor.shape)
        assert packed["code"] == step.code
        if packed["values"] and packed["sent"] == packed["shape"]:
            error = (numbers(packed) - step.tensor.double()).abs().max()
            assert error <= 2e-5 * step.tensor.abs().max() + 1e-12, step.name
    last = next(step for step in found["steps"] if step["name"] == "overlay")
    assert last["shape"] == [*reversed(explanation.trace.view.size), 3]
    assert last["follows"] == [real[-1].name]
    assert "alpha" in last["code"]
    assert found["key"].endswith("|3")


def test_the_story_belongs_to_the_picture(app_state):
    """By the same key as the maps; and the classes differ."""
    picture = next(one["picture"] for one in everything(app_state, **{"class": 2}) if "picture" in one)
    assert told(app_state, **{"class": 2})["key"] == f"{picture['key']}|2"
    first, second = (numbers(told(app_state, **{"class": k})["steps"][3]) for k in (1, 2))
    assert (first - second).abs().max() > 1e-3


def test_the_map_that_the_page_was_given_is_explained(app_state):
    """A slow one is not made once more for its story: the story's map is the picture's, to the last bit."""
    pictures = [one["picture"] for one in everything(app_state, method="sscam", **{"class": 1}) if "picture" in one]
    raw = np.frombuffer(base64.b64decode(pictures[-1]["map"]), "<f4")
    made = []
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lesson, "last", lambda found: made.append(found))
        story = told(app_state, method="sscam", **{"class": 1})
    sums = numbers(next(one for one in story["steps"] if one["name"] == "weighted_sum"))
    assert made == []
    assert np.array_equal(sums.float().numpy().ravel(), raw)


def test_no_second_pass_where_the_trace_is_kept(app_state):
    """And a story that was told is told again at once."""
    name = "efficientnet_lite1"
    app_state.store.models.get(name, lambda: wrapped("pooled", name=name))
    net = app_state.store.model(name).net
    passes = []
    handle = net.register_forward_pre_hook(lambda *_: passes.append(1))
    photo = app_state.photos.open({"example": "cat"})
    app_state.trace(photo, name, "", "squeeze")
    assert passes == [1]
    found = told(app_state, model=name, **{"class": 2})
    again = told(app_state, model=name, **{"class": 2})
    handle.remove()
    assert passes == [1]
    assert found["raises"]
    assert again is found


@pytest.mark.parametrize("layer", ["", "stem"])
def test_a_story_is_bounded(app_state, layer, monkeypatch):
    monkeypatch.setattr(packing, "MAX_STORY_BYTES", 60_000)
    monkeypatch.setattr(packing, "_SMALL", 1024)
    found = told(app_state, layer=layer, method="hirescam")
    assert len(json.dumps(found["steps"][:-1])) <= 60_000
    assert len(json.dumps(found)) <= 64_000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "nothing"}, "unknown"),
        ({"layer": "nowhere"}, "unknown"),
        ({"class": 99}, "unknown"),
        ({"method": "scorecam", "effort": "quarter"}, "steps-approximate"),
        ({"model": "resnet50"}, "weights-not-here"),
    ],
)
def test_what_has_no_story_says_why(app_state, changes, code, caches):
    found = told(app_state, **changes)
    assert set(found) == {"error"}
    assert str(Message.of(found["error"]))
    assert found["error"]["code"].startswith(code)


def test_a_fault_is_one_sentence(app_state, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("inside")

    monkeypatch.setattr(lesson, "story", broken)
    found = told(app_state)
    assert found["error"]["code"] == "story-broken"
    assert "inside" not in json.dumps(found)
    assert "inside" in caplog.text


def test_the_contrast_and_the_combination_are_told(app_state):
    found = told(app_state, contrast=True, **{"class": 2})
    assert "−" in found["steps"][0]["formula"]["zh"]
    combined = told(app_state, combine="eigen")
    assert "direction" in [one["name"] for one in combined["steps"]]
    assert torch.isfinite(numbers(combined["steps"][0])).all()
