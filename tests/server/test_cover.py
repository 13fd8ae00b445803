"""A covered photo over its route: composed as the strokes say, seen as the core sees it, kept nowhere."""

import itertools
import json
import time

import numpy as np
import pytest
from browsing import alone
from handling import array, choice
from PIL import Image

import cam
from cam.messages import Message
from cam.server import cover, rules

SIZE = (90, 60)
PHOTO = Image.fromarray(np.random.default_rng(3).integers(0, 120, (60, 90, 3), dtype=np.uint8))


def stroke(kind="grey", tool="brush", size=9.0, points=((30, 20),), shift=(0, 0)):
    return {"kind": kind, "tool": tool, "size": size, "points": [list(at) for at in points], "shift": list(shift)}


def changed(strokes, photo=PHOTO):
    """Which pixels differ, (H, W), and all of them."""
    found = np.asarray(cover.covered(photo, strokes)).astype(int)
    return (found != np.asarray(photo)).any(2), found


def distance(points, size=SIZE):
    """How far each pixel's centre is from a line through points, (H, W)."""
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    least = np.full((size[1], size[0]), np.inf)
    ends = list(itertools.pairwise(points)) or [(points[0], points[0])]
    for (x0, y0), (x1, y1) in ends:
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        least = np.minimum(least, np.hypot(x - x0 - t * dx, y - y0 - t * dy))
    return least


@pytest.mark.parametrize("points", [[(30, 20)], [(20, 20), (60, 40)], [(-5, 3), (40, 30), (80, 70)]])
def test_a_brush_covers_what_is_near_its_line(points):
    found, pixels = changed([stroke(points=points)])
    away = distance(points)
    assert found[away < 8].all()
    assert not found[away > 10].any()
    assert (pixels[found] == 128).all()


def test_a_box_covers_the_pixels_whose_centres_lie_in_it():
    found, _ = changed([stroke(tool="box", points=[(40.5, 50.2), (10.4, 20.6)])])
    wanted = np.zeros((60, 90), bool)
    wanted[21:50, 10:40] = True
    assert np.array_equal(found, wanted)
    everything, _ = changed([stroke(tool="box", points=[(-50, -50), (500, 500)])])
    assert everything.all()
    outside, _ = changed([stroke(tool="box", points=[(95, 0), (99, 60)]), stroke(points=[(-40, 10)])])
    assert not outside.any()


def test_a_patch_is_another_part_of_the_photo():
    _, pixels = changed([stroke("patch", "box", 0, [(10, 5), (30, 25)], (40, 12))])
    photo = np.asarray(PHOTO)
    assert np.array_equal(pixels[5:25, 10:30], photo[17:37, 50:70])
    _, pixels = changed([stroke("patch", "box", 0, [(10, 5), (30, 25)], (-300, 900))])
    assert np.array_equal(pixels[5:25, 10:30], photo[40:60, 0:20]), "moved as little as it must be to lie within"


def test_a_blur_leaves_the_mean_and_takes_the_detail():
    wide = Image.fromarray(np.random.default_rng(5).integers(0, 255, (600, 900, 3), dtype=np.uint8))
    _, pixels = changed([stroke("blur", "box", 0, [(300, 100), (700, 500)])], wide)
    before, after = (np.asarray(one, float)[100:500, 300:700] for one in (wide, pixels))
    assert abs(before.mean() - after.mean()) < 2
    assert after.std() < before.std() / 10


def test_later_strokes_lie_on_earlier_ones():
    grey, box = stroke(points=[(30, 20)], size=20), stroke("patch", "box", 0, [(25, 15), (35, 25)], (0, 0))
    found, pixels = changed([grey, box])
    assert np.array_equal(pixels[15:25, 25:35], np.asarray(PHOTO)[15:25, 25:35]), "a patch is of the photo as it was"
    assert found[10, 30]


def wish(number=1, page="one", strokes=(), **changes):
    value = choice(**{"class": 2} | changes)
    return {**value, "page": page, "number": number, "strokes": list(strokes)}


def ask(app_state, value):
    rules.Rules._check_value(None, "cover_photo", value)
    found = alone(cover.Covers(app_state).seen(value))
    json.dumps(found)
    return found


@pytest.mark.parametrize("fit", ["squeeze", "crop", "pad"])
def test_the_model_sees_the_covered_photo(app_state, fit):
    photo = app_state.photos.open({"example": "cat"}).image
    strokes = [stroke(points=[(100, 90), (200, 150)], size=60), stroke("blur", "box", 0, [(0, 0), (300, 90)])]
    found = ask(app_state, wish(strokes=strokes, fit=fit))
    seen = cam.trace(app_state.store.model("efficientnet_lite0"), cover.covered(photo, strokes), fit=fit)
    probabilities = seen.model.probabilities(seen.logits).numpy()
    assert np.allclose(array(found["ranking"]["probabilities"], "<f4"), probabilities, atol=1e-6)
    assert array(found["ranking"]["order"], "<u2")[0] == probabilities.argmax()
    assert np.allclose(array(found["map"], "<f4"), cam.explain(seen, "gradcam", 2).raw.numpy().ravel(), atol=1e-6)
    assert (found["class"], found["why"], found["number"]) == (2, "", 1)
    plain = ask(app_state, wish(fit=fit))
    assert not np.allclose(array(plain["map"], "<f4"), array(found["map"], "<f4"), atol=1e-4)


def test_nothing_of_it_is_kept(app_state):
    photo = app_state.photos.open({"example": "cat"})
    app_state.trace(photo, "efficientnet_lite0", "", "squeeze")
    before = (len(app_state.store.passes), app_state.store.passes.nbytes, len(app_state._kept))
    covers = cover.Covers(app_state)
    for number in range(1, 6):
        alone(covers.seen(wish(number, strokes=[stroke(points=[(20 * number, 30)])])))
    assert (len(app_state.store.passes), app_state.store.passes.nbytes, len(app_state._kept)) == before
    for page in range(cover._PAGES + 5):
        covers._last[f"old {page}"] = 1
    alone(covers.seen(wish()))
    assert len(covers._last) == cover._PAGES


def test_a_later_stroke_overtakes_an_earlier_one(app_state, monkeypatch):
    covers, looked = cover.Covers(app_state), []
    monkeypatch.setattr(cover, "gpu_made", lambda _state, value: looked.append(value["number"]) or {"number": 0})
    assert alone(covers.seen(wish(5))) == {"number": 0}
    assert alone(covers.seen(wish(4))) == {"overtaken": True}
    assert alone(covers.seen(wish(1, page="another"))) == {"number": 0}
    assert looked == [5, 1]


def test_a_slow_method_gives_predictions_alone(app_state):
    found = ask(app_state, wish(method="scorecam", strokes=[stroke()]))
    assert (found["map"], found["shape"]) == ("", [0, 0])
    assert str(Message.of(found["why"])).startswith("Score-CAM takes too long for a map after each stroke")
    assert len(array(found["ranking"]["probabilities"], "<f4")) == 5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"method": "nothing"}, "unknown"),
        ({"layer": "nowhere"}, "unknown"),
        ({"model": "resnet50"}, "weights-not-here"),
        ({"photo": {"example": "nobody"}}, "unknown"),
    ],
)
def test_what_cannot_be_looked_at_says_why(app_state, changes, code, caches):
    found = ask(app_state, wish(strokes=[stroke()], **changes))
    assert set(found) == {"error"}
    assert found["error"]["code"].startswith(code)


MANY = [[1, 2]] * (rules.MOST_POINTS + 1)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"strokes": [stroke(points=MANY)]}, "strokes-many"),
        ({"strokes": [stroke()] * (rules.MOST_STROKES + 1)}, "strokes-many"),
        ({"strokes": None}, "strokes-shape"),
        ({"strokes": [stroke(kind="paint")]}, "strokes-shape"),
        ({"strokes": [stroke(tool="box")]}, "strokes-shape"),
        ({"strokes": [stroke(points=[])]}, "strokes-shape"),
        ({"strokes": [stroke(points=[(float("nan"), 2)])]}, "strokes-shape"),
        ({"strokes": [stroke(points=[(1e9, 2)])]}, "strokes-shape"),
        ({"strokes": [stroke(size=-1)]}, "strokes-shape"),
        ({"strokes": [stroke(shift=(1, 2, 3))]}, "strokes-shape"),
        ({"page": ""}, "field-is-not"),
        ({"number": -1}, "field-is-not"),
        ({"number": True}, "field-is-not"),
    ],
    ids=str,
)
def test_what_is_no_stroke_is_refused(changes, code):
    with pytest.raises(rules.Refused) as refused:
        rules.Rules._check_value(None, "cover_photo", {**wish(), **changes})
    assert refused.value.message.code == code
    assert refused.value.status == 422
    rules.Rules._check_value(None, "cover_photo", wish(strokes=[stroke(points=MANY[:-1])]))


def test_a_large_photo_is_covered_quickly():
    """As many points as are taken, on 12 megapixels."""
    large = PHOTO.resize((4000, 3000))
    points = np.random.default_rng(0).uniform(0, 3000, (rules.MOST_POINTS, 2)).round().tolist()
    start = time.perf_counter()
    cover.covered(large, [stroke("blur", points=points, size=400.0)])
    assert time.perf_counter() - start < 5
