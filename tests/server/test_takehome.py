"""What is taken home from the page over its route: the core's files, one after the other, bounded, or a sentence."""

import asyncio
import io
import json
import re
from urllib.parse import unquote

import numpy as np
import pytest
from browsing import ASSETS, alone
from handling import MODEL, choice
from PIL import Image

from cam import explain, handout, overlay
from cam.handouts.keeping import CLASSES, captioned, frames
from cam.handouts.lines import Look
from cam.maps.recipe import Recipe
from cam.messages import Message
from cam.server import plain, rules, takehome
from cam.server.photos import Photos


def taken(app_state, what, shelf=None, **changes):
    value = choice(visitor="me", what=what, **changes)
    rules.check_choice(value)
    return alone((shelf or takehome.Shelf(app_state)).taken(value))


def said(answer):
    assert set(answer) == {"error"}
    return Message.of(answer["error"])


def traced(app_state):
    return app_state.trace(app_state.photos.open({"example": "cat"}), MODEL, "", "squeeze")


def test_the_map_is_the_cores(app_state):
    file = taken(app_state, "map", method="layercam", **{"class": 3})
    explanation = explain(traced(app_state), "layercam", 3)
    with np.load(io.BytesIO(file.content), allow_pickle=False) as kept:
        np.testing.assert_array_equal(kept["raw"], explanation.raw.numpy())
        np.testing.assert_array_equal(kept["heatmap"], explanation.heatmap.numpy())
        settings = json.loads(str(kept["settings"]))
    assert (settings["method"], settings["class"]["index"], settings["photo"]) == ("layercam", 3, "cat.jpg")
    assert file.name == f"cat-{MODEL}-layercam-class-3.npz"


def test_weights_come_along(app_state):
    with np.load(io.BytesIO(taken(app_state, "map", **{"class": 1}).content)) as kept:
        np.testing.assert_array_equal(kept["weights"], explain(traced(app_state), "gradcam", 1).weights.numpy())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_hand_out_is_the_cores(app_state, language):
    look = {"colormap": "viridis", "opacity": 0.4, "evidence": "both"}
    asked = {"language": language, "colours": "viridis", "opacity": 0.4, "evidence": "both"}
    file = taken(app_state, "handout", **asked, **{"class": 2})
    explanation = explain(traced(app_state), "gradcam", 2)
    # The two maps are the same; the seconds that they took are in no hand-out.
    assert file.content.decode() == handout(explanation, language=language, photo="cat.jpg", **look)
    assert file.kind == "text/html; charset=utf-8"


@pytest.mark.parametrize("ending", [".webp", ".gif"])
def test_a_slide_through_classes(app_state, ending):
    file = taken(app_state, "classes", ending=ending, colours="viridis", opacity=0.5)
    shown = list(frames(traced(app_state), "classes", Recipe("gradcam"), None, Look("viridis", 0.5)))
    with Image.open(io.BytesIO(file.content)) as read:
        assert read.n_frames == len(shown) == min(CLASSES, 5)
        read.seek(3)
        difference = np.abs(np.asarray(read.convert("RGB"), int) - np.asarray(captioned(shown[3]), int))
    assert difference.max() == 0 if ending == ".webp" else difference.mean() < 4
    assert (file.kind, file.name) == (f"image/{ending[1:]}", f"cat-{MODEL}-classes-gradcam{ending}")


def test_a_slide_is_made_of_small_pictures(app_state):
    """A photo of fifty megapixels is not painted over eight times: the pictures are as small as the slide."""
    photo = app_state.photos.open({"example": "cat"})
    large = photo.image.resize((1200, 800))
    trace = app_state.store.trace(large, MODEL, None, "squeeze", "large")
    for one in frames(trace, "classes", Recipe()):
        assert max(one.picture.size) == 480
    assert overlay(explain(trace)).size == (1200, 800)


@pytest.mark.parametrize(
    ("changes", "code"),  # "unknown" for each sentence that lists or guesses what there is
    [
        ({"what": "house"}, "unknown"),
        ({"photo": {"upload": "/tmp/gone/away.png"}}, "photo-gone"),
        ({"photo": {"example": "none"}}, "unknown"),
        ({"method": "nonsense"}, "unknown"),
        ({"method": "scorecam", "what": "classes"}, "slide-too-slow"),
        ({"ending": ".png", "what": "classes"}, "slide-ending"),
        ({"language": "xx"}, "unknown"),
        ({"model": "resnet18.a1_in1k"}, "unknown"),
        ({"class": 99}, "unknown"),
    ],
)
def test_what_cannot_be_made_is_said(app_state, changes, code):
    answer = taken(app_state, **{"what": "handout", **changes})
    assert said(answer).code.startswith(code), said(answer)


def test_a_kept_photo_of_ones_own(app_state, tmp_path):
    place = tmp_path / "abc"
    place.mkdir()
    own = place / '我的 "cat".jpg'
    own.write_bytes((ASSETS / "cat.jpg").read_bytes())
    app_state.photos = Photos({}, tmp_path, cache_bytes=1 << 28, max_pixels=1 << 28)
    file = taken(app_state, "map", photo={"upload": str(own)}, **{"class": 1})
    head = dict(file.headers)[b"content-disposition"].decode()
    assert file.name == f"我的-cat-{MODEL}-gradcam-class-1.npz"
    assert unquote(re.search(r"filename\*=UTF-8''(.+)", head)[1]) == file.name
    assert f'filename="__-cat-{MODEL}-gradcam-class-1.npz"' in head
    own.unlink()
    app_state.photos = Photos({}, tmp_path, cache_bytes=1 << 28, max_pixels=1 << 28)
    assert said(taken(app_state, "map", photo={"upload": str(own)})).code == "photo-gone"


def test_a_visitor_gets_one_file_after_the_other(app_state):
    shelf = takehome.Shelf(app_state)

    async def both(second):
        value = choice(what="map", visitor="me")
        return await asyncio.gather(shelf.taken(value), shelf.taken({**value, "visitor": second}))

    first, second = alone(both("me"))
    assert isinstance(first, plain.File)
    assert said(second).code == "file-one-at-a-time"
    assert all(isinstance(one, plain.File) for one in alone(both("you")))
    assert isinstance(taken(app_state, "map", shelf), plain.File), "after the first one there is room again"


def test_what_takes_too_long_is_given_up(app_state, monkeypatch):
    monkeypatch.setattr(takehome, "LONGEST", 0.0)
    assert said(taken(app_state, "map", method="scorecam")).code == "file-too-long"


def test_nothing_is_left_on_disk(app_state, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for what in takehome.FILES:
        assert isinstance(taken(app_state, what), plain.File)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("wrong", [{"opacity": 2}, {"opacity": True}, {"what": 7}, {"visitor": "a b"}, {"ending": []}])
def test_what_is_no_wish_is_refused_at_the_door(wrong):
    with pytest.raises(rules.Refused):
        rules.Rules._check_value(None, "take_home", choice(what="map") | wrong)
