"""Boxes and regions for the page: what is listed, that their maps are the core's, what a link or a hand may ask for."""

import json

import numpy as np
import pytest
import torch
from handling import act, array, choice
from PIL import Image
from test_protocol import check

import cam
from cam.errors import TargetError, UnknownNameError
from cam.messages import Message
from cam.server import actions, api, findings, lesson, payload, protocol, strip
from cam.server.app_state import AppState
from cam.server.rules import Refused, check_choice
from cam.server.settings import Settings

PHOTO, BOXES, REGIONS = "two_people", "nanodet_g", "u2netp"


@pytest.fixture(scope="module")
def looked():
    """A page's state with both bundled networks, and an area of the photo's middle as it travels."""
    return AppState(Settings())


def merged(app_state, request_id=1, photo=PHOTO, model=BOXES, whole=False, **changes):
    """What the page has after an action, with the maps of what was not chosen where it is `whole`."""
    app_state.store.model(model)
    asked = {"photo": {"example": photo}, "model": model, "method": "", "layer": ""}
    value, session = choice(request_id=request_id, **asked, **changes), f"visitor {request_id}"
    found = act(app_state, value, session)
    while whole and found["more"] and "classes" not in found:
        found |= actions.proceed(app_state, value, session)
    check(json.loads(json.dumps(found)), protocol.Answer)
    return found


def trace_of(app_state, model=BOXES, photo=PHOTO, fit="squeeze"):
    return app_state.trace(app_state.photos.open({"example": photo}), model, "", fit)


def map_at(maps, number):
    indices = array(maps["indices"], "<u2").tolist()
    h, w = maps["shape"]
    steps = array(maps["maps"], "<i2").reshape(-1, h, w)[indices.index(number)]
    return steps * array(maps["steps"], "<f4")[indices.index(number)]


def test_every_box_comes_with_its_own_map(looked):
    found, trace = merged(looked, whole=True), trace_of(looked)
    top = trace.top(50)
    assert [one["label"] for one in found["findings"][:3]] == ["person", "person", "tie"]
    assert [one["box"] for one in found["findings"]] == [[round(side, 2) for side in one.box] for one in top]
    assert (found["confirmed"]["listed"], found["picture"]["class"]) == (True, 0)
    assert found["picture"]["at"]["method"] == "hirescam"
    first = array(found["picture"]["map"], "<f4").reshape(found["picture"]["shape"])
    assert np.array_equal(first, cam.explain(trace, "hirescam", top[0]).raw.numpy())
    for number, one in enumerate(top):
        own = cam.explain(trace, "hirescam", one).raw.numpy()
        assert map_at(found["classes"], number) == pytest.approx(own, abs=float(np.abs(own).max()) / 30_000)
    assert array(found["ranking"]["order"], "<u2").tolist() == list(range(len(top)))
    assert array(found["ranking"]["probabilities"], "<f4") == pytest.approx([one.probability for one in top], abs=1e-6)


def test_a_finding_is_chosen_by_its_number(looked):
    found, trace = merged(looked, 2, **{"class": 1}), trace_of(looked)
    raw = array(found["picture"]["map"], "<f4").reshape(found["picture"]["shape"])
    assert np.array_equal(raw, cam.explain(trace, "hirescam", trace.top(5)[1]).raw.numpy())
    assert not np.array_equal(raw, cam.explain(trace, "hirescam", trace.top(5)[0]).raw.numpy())
    assert (found["picture"]["class"], found["confirmed"]["class"], found["message"]) == (1, 1, "")


def test_a_number_that_nothing_has_is_said(looked):
    found = merged(looked, 3, **{"class": 281})
    assert (found["picture"]["class"], found["confirmed"]["class"]) == (0, 0)
    assert str(Message.of(found["message"])) == (
        "There is no finding 282 in this photo: 5 were found, and this is the most confident one."
    )


@pytest.mark.parametrize("fit", ["squeeze", "crop", "pad"])
def test_boxes_lie_on_the_photo_in_every_fit(looked, fit):
    """In pixels of the photo the two people are where they are, however it was made to fit."""
    told = findings.told(trace_of(looked, fit=fit))
    leftmost = min(one["box"] for one in told if one["label"] == "person")
    assert leftmost == pytest.approx([5, 17, 295, 499], abs=60 if fit == "squeeze" else 130)
    size = trace_of(looked, fit=fit).view.size
    assert all(0 <= box[0] < box[2] <= size[0] and 0 <= box[1] < box[3] <= size[1] for box in (o["box"] for o in told))


def test_a_class_of_another_network_is_no_finding(looked):
    """From a classifier to a detector and back: a number belongs to the list that it was chosen from."""
    lite = merged(looked, 4, model="efficientnet_lite0", **{"class": 2}, shown={"labels": "80 other"})
    assert lite["confirmed"]["class"] is None
    assert "listed" not in lite["confirmed"]
    assert "findings" not in lite


def middle(grid=(64, 64)):
    bits = np.zeros((grid[1], grid[0]), bool)
    bits[grid[1] // 4 : grid[1] // 2, grid[0] // 4 : grid[0] // 2] = True
    return bits, {"of": 0, **findings.packed_mask(torch.from_numpy(bits))}


def test_a_mask_travels_and_comes_back():
    bits, area = middle()
    assert np.array_equal(findings.mask_of(area["grid"], area["runs"]), bits)
    full = np.ones((3, 5), bool)
    again = findings.packed_mask(torch.from_numpy(full))
    assert array(again["runs"], "<u2").tolist() == [0, 15]
    assert np.array_equal(findings.mask_of(again["grid"], again["runs"]), full)
    wide = findings.packed_mask(torch.from_numpy(np.arange(300 * 200).reshape(200, 300) % 300 < 150))
    assert wide["grid"] == [findings.GRID, findings.GRID]
    assert findings.mask_of(**wide).mean() == pytest.approx(0.5)


def test_regions_say_their_share_and_their_places(looked):
    (region,) = merged(looked, 5, model=REGIONS)["findings"]
    own = trace_of(looked, REGIONS).top(1)[0]
    assert (region["label"], region["share"]) == ("foreground", pytest.approx(own.share, abs=1e-5))
    places = findings.mask_of(**region["mask"])
    assert places.mean() == pytest.approx(own.share, abs=0.01)


@pytest.mark.parametrize("kind", ["point", "mask"])
def test_a_place_or_an_area_is_explained(looked, kind):
    trace = trace_of(looked, REGIONS)
    bits, area = middle()
    if kind == "point":
        area, target = {"of": 0, "point": [150, 120]}, cam.Area(0, point=(150, 120))
    else:
        width, height = trace.view.size
        rows, columns = np.arange(height) * 64 // height, np.arange(width) * 64 // width
        target = cam.Area("foreground", mask=bits[rows][:, columns])
    found = merged(looked, 6 if kind == "point" else 7, model=REGIONS, area=area, **{"class": 1})
    raw = array(found["picture"]["map"], "<f4").reshape(found["picture"]["shape"])
    assert np.array_equal(raw, cam.explain(trace, "hirescam", target).raw.numpy())
    assert [one.get("own", False) for one in found["findings"]] == [False, True]
    assert (found["confirmed"]["area"], found["picture"]["class"]) == (area, 1)


def test_a_detector_says_that_it_has_no_places(looked):
    with pytest.raises(TargetError, match="Choose one of its findings"):
        findings.wanted(trace_of(looked), 5, {"of": 0, "point": [1, 1]})


@pytest.mark.parametrize(
    "area",
    [
        *([], {}, {"of": 0}, {"of": -1, "point": [1, 2]}, {"of": 0, "point": [1]}, {"of": 0, "point": ["a", 1]}),
        *({"of": 0, "grid": [0, 4], "runs": ""}, {"of": 0, "grid": [129, 4], "runs": ""}),
        *({"of": 0, "grid": [4, 4], "runs": 3}, {"of": 0, "grid": [4, 4], "runs": "A" * 99_999}),
        {"of": 0, "point": [1, 2], "grid": [4, 4], "runs": ""},
    ],
    ids=str,
)
def test_a_hostile_area_is_refused_at_the_door(area):
    check_choice(choice(area={"of": 0, "point": [1, 2]}))
    check_choice(choice(area=middle()[1]))
    with pytest.raises(Refused, match="`area` is not"):
        check_choice(choice(area=area))


@pytest.mark.parametrize("runs", ["AAAA", "/////w==", "!", "AA"])
def test_runs_that_do_not_fill_their_grid_are_refused(runs):
    with pytest.raises(TargetError, match="4 x 4"):
        findings.mask_of([4, 4], runs)


def test_the_strip_and_the_lesson_explain_the_same_finding(looked):
    asked = {"photo": {"example": PHOTO}, "model": BOXES, "fit": "squeeze", "method": "hirescam", "class": 1}
    tiles = strip.made(looked, strip.StripRequest.read(asked))
    trace = trace_of(looked)
    own = strip.reduced(cam.explain(trace, "hirescam", trace.top(2)[1]).raw)
    tile = next(one for one in tiles["layers"] if one["name"] == trace.layer)
    assert (tiles["class"], tile["peak"]) == (1, pytest.approx(float(own.max()), rel=1e-4))
    told = lesson.made(looked, asked)
    assert told["key"].endswith("|1")
    last = next(step for step in told["steps"] if step["name"] == "relu")
    assert array(last["values"], "<f4").max() == pytest.approx(float(own.max()), rel=1e-3)


def test_the_web_api_takes_a_finding_by_its_number(looked):
    path = str(looked.photos.examples[PHOTO].path)
    _, second = api.explained(looked, path, BOXES, "", "", -1, target=2)
    _, best = api.explained(looked, path, BOXES, "", "", -1)
    top = trace_of(looked).top(5)
    assert (second["task"], second["class"]["box"]) == ("detection", [round(side, 2) for side in top[1].box])
    assert best["class"]["box"] == [round(side, 2) for side in top[0].box]
    assert [one["box"] for one in best["top"]] == [[round(side, 2) for side in one.box] for one in top]
    _, dog = api.explained(looked, path, "efficientnet_lite0", "", "", -1, target=2)
    assert dog["class"] == dog["top"][1]
    with pytest.raises(UnknownNameError, match="1 to 5"):
        api.explained(looked, path, BOXES, "", "", -1, target=6)
    for wrong in (0, 1.5, -2, "2"):
        with pytest.raises(TargetError, match="from 1, or -1"):
            api.explained(looked, path, BOXES, "", "", -1, target=wrong)


def test_nothing_stands_out_in_an_empty_photo(looked):
    """The page then shows the likeliest candidate, which lies below the threshold."""
    trace = cam.trace(looked.store.model(BOXES), Image.new("RGB", (64, 48), (120, 130, 140)))
    assert trace.top(5) == []
    (one,) = trace.listed
    assert one.probability < 0.3
    chosen = findings.wanted(trace, None)
    assert payload.encoded(cam.explain(trace, None, chosen.target).raw, "float32")
