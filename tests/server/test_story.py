"""A story, as it travels to the page: bounded in size, and with the values of the steps."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from nets import recorded
from torch.nn.functional import adaptive_avg_pool2d

from cam import MethodError, explain, steps, trace
from cam.handouts.words import Speech
from cam.languages import LANGUAGES
from cam.maps.linked import most_important, raises
from cam.server import protocol
from cam.server import steps as packing
from cam.server.steps import story


def numbers(packed):
    """The numbers of a packed step, as the page reads them; None where there are none."""
    if not packed["values"]:
        return None
    found = np.frombuffer(base64.b64decode(packed["values"]), {"float32": "<f4", "int16": "<i2"}[packed["dtype"]])
    found = torch.tensor(found.astype(np.float64)).reshape(packed["sent"])
    if packed["dtype"] == "int16":
        scale = torch.tensor(np.frombuffer(base64.b64decode(packed["scale"]), "<f4").astype(np.float64))
        found = found * scale.reshape(-1, *[1] * (found.ndim - 1))
    return found


def kept(packed):
    return np.frombuffer(base64.b64decode(packed["kept"]), "<u2").astype(int).tolist()


def test_the_default_layer_of_the_default_model_goes_whole(lite0, photo):
    explanation = explain(trace(lite0, photo), "gradcam", "coffee mug")
    told = story(explanation, "key")
    assert len(json.dumps(told)) <= packing.MAX_STORY_BYTES
    real = {step.name: step for step in steps(explanation, picture=False)}
    assert [one["name"] for one in told["steps"]] == list(real)
    sent = {one["name"]: numbers(one) for one in told["steps"]}
    for name in ("scores", "activations", "weights", "weighted_sum", "relu"):
        assert torch.equal(sent[name].float(), real[name].tensor)
    gradients = real["gradients"].tensor
    assert sent["gradients"].shape == (1280, 1, 1)  # behind a pooling they are the same at each place
    assert torch.equal(sent["gradients"].float().expand_as(gradients), gradients)
    assert sent["enlarge"] is None
    again = (sent["weights"][:, None, None] * sent["activations"]).sum(0)  # what the page adds up
    assert (again - explanation.raw).abs().max() <= 1e-6 * explanation.raw.abs().max()


def test_the_words_go_along():
    explanation = explain(recorded(), "gradcam", 2)
    told = story(explanation, "a|b")
    assert told["key"] == "a|b"
    for packed, step in zip(told["steps"], steps(explanation, picture=False), strict=True):
        assert packed["formula"] == {one: Speech(one).formula(step.formula) for one in LANGUAGES if step.formula}
        assert packed["formula"].get("en", "") == step.formula
        assert packed["follows"] == list(step.follows)
        assert packed["code"] == step.code
        assert packed["axes"] == list(step.axes)
        assert packed["shape"] == list(step.tensor.shape)
        assert packed["value"] == step.value
        assert set(packed) == set(protocol.Packed.__annotations__)
    assert set(told) == set(protocol.Story.__annotations__)


def test_the_channels_that_matter_and_what_they_raise():
    explanation = explain(recorded("pooled"), "gradcam", 2)
    told = story(explanation, "")
    assert told["channels"] == most_important(steps(explanation), 12)
    channels = most_important(steps(explanation), 64)  # behind a linear head it costs nothing to say more
    for raising, channel in zip(told["raises"], channels, strict=True):
        real = raises(explanation.trace, channel)
        assert raising["channel"] == channel
        assert raising["classes"] == [one.index for one in real]
        assert raising["rises"] == [one.rise for one in real]
    assert story(explain(recorded(), "input_gradient", 2), "")["channels"] == []


@pytest.mark.parametrize(
    "name", ["gradcam", "smoothgradcam_plusplus", "smoothgrad", "hirescam", "layercam", "guided_gradcam"]
)
@pytest.mark.parametrize("most", [90_000, 160_000])
def test_a_larger_story_keeps_within_its_bytes(name, most, monkeypatch):
    """With few bytes for the steps of a tiny network, as for a large layer with many."""
    monkeypatch.setattr(packing, "MAX_STORY_BYTES", most)
    monkeypatch.setattr(packing, "_SMALL", 1024)
    explanation = explain(recorded("deep_head", "stem"), name, 2)
    told = story(explanation, "")
    assert len(json.dumps(told["steps"])) <= most
    real = {step.name: step.tensor.double() for step in steps(explanation, picture=False)}
    order = most_important(steps(explanation, picture=False), 6) if told["channels"] else []
    multiplied = {one["name"] for one in told["steps"] if one["dtype"] == "product"}  # by the page
    assert multiplied == ({"products"} & set(real) if name in ("hirescam", "layercam") else set())
    without = {one["name"] for one in told["steps"] if not one["values"]} - multiplied
    assert without <= {"enlarge", "scale"}  # each has its share
    for packed in told["steps"]:
        sent, tensor = numbers(packed), real[packed["name"]]
        if sent is None:
            continue
        axes = packed["axes"]
        if packed["kept"]:
            axis = axes.index("channel") if "channel" in axes else 0
            chosen = kept(packed)
            assert chosen == (order[: len(chosen)] if axes[axis] == "channel" else chosen)
            tensor = tensor.index_select(axis, torch.tensor(chosen))
        if list(tensor.shape[-2:]) != packed["sent"][-2:]:  # each number is the mean of what it covers
            tensor = adaptive_avg_pool2d(tensor.flatten(0, -3), packed["sent"][-2:]).reshape(packed["sent"])
        rows = tensor.reshape(len(tensor), -1) if tensor.ndim else tensor.reshape(1, 1)
        error = (sent.reshape(rows.shape) - rows).abs().amax(1)
        bound = 0.51 / 32767 if packed["dtype"] == "int16" else 4e-6  # of two orders of adding up
        assert bool((error <= bound * rows.abs().amax(1) + 1e-12).all()), packed["name"]


def test_pictures_are_made_coarser_before_any_is_left_out():
    """Of 24 noisy inputs at 224 x 224 all travel, at a size that fits."""
    tensor = torch.rand(24, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    packed = {"kept": ""}
    used = packing._fitted(packed, tensor, ("sample", "colour", "y", "x"), [], 150_000)
    assert used <= 150_000
    assert packed["sent"] == [24, 3, 28, 28]
    assert packed["kept"] == ""
    expected = tensor.double().reshape(24, 3, 28, 8, 28, 8).mean((3, 5))
    assert (numbers(packed) - expected).abs().max() <= 1e-4


def test_the_attention_of_all_blocks_travels():
    """A transformer's twelve tables of 197 x 197 tokens are made coarser, so that none is left out."""
    tables = torch.rand(12, 197, 197, generator=torch.Generator().manual_seed(0))
    packed = {"kept": ""}
    used = packing._fitted(packed, tables, ("block", "token", "token"), [], 180_000)
    assert used <= 180_000
    assert packed["sent"] == [12, 56, 56]
    assert packed["kept"] == ""


def test_what_is_too_large_is_said_and_not_sent():
    packed = {"kept": "", "values": ""}
    assert packing._fitted(packed, torch.ones(2, 300, 300), ("block", "token", "token"), [], 1000) == 0
    assert packed["values"] == ""


def test_a_map_that_has_no_steps_says_so():
    with pytest.raises(MethodError, match="not finished"):
        story(replace(explain(recorded(), "gradcam", 2), share=0.5), "")
