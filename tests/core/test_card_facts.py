"""What the lesson's cards say of numbers is what the core computes, and the two shortcuts are shortcuts."""

import importlib
import json
from pathlib import Path

import pytest
import torch

from cam import default_method, explain, load_model, trace
from cam.maps.recipe import Recipe

ASSETS = Path(__file__).parents[2] / "assets"
CAT = 120  # of 224 columns of the first example: where the cat ends


@pytest.fixture(scope="module")
def both(lite0):
    return trace(lite0, ASSETS / "cat_and_coffee.jpg", fit="squeeze")


@pytest.fixture(scope="module")
def script():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ASSETS / "scripts"))
        yield importlib.import_module("make_shortcuts")


def left(explanation):
    """The share of a map in the cat's half."""
    heatmap = explanation.heatmap
    return float(heatmap[:, : heatmap.shape[1] * CAT // 224].sum() / heatmap.sum())


def brightest(explanation):
    """Row and column, from 1, of the largest cell."""
    row, column = divmod(int(explanation.raw.argmax()), explanation.raw.shape[1])
    return row + 1, column + 1


def first(recorded):
    found = recorded.top(1)[0]
    return found.label, found.probability


def test_guess_first(lite0):
    recorded = trace(lite0, ASSETS / "photographer.jpg", fit="squeeze")
    assert first(recorded) == ("tripod", pytest.approx(0.95, abs=0.005))
    found = explain(recorded, "gradcam", 872)
    assert found.raw.shape == (7, 7)
    assert brightest(found) == (6, 4)


def test_cover_it(lite0):
    from PIL import Image

    for box, label, share in (((0, 0, 430, 400), "espresso", 0.63), ((430, 0, 800, 400), "Egyptian cat", 0.76)):
        photo = Image.open(ASSETS / "cat_and_coffee.jpg").convert("RGB")
        photo.paste((124, 116, 104), box)
        assert first(trace(lite0, photo, fit="squeeze")) == (label, pytest.approx(share, abs=0.01))


def test_forced_class_brightness_and_look_alike(both):
    assert first(both) == ("tiger cat", pytest.approx(0.25, abs=0.005))
    espresso, cat, sign = (explain(both, "gradcam", index) for index in (967, 282, 919))
    assert 1 - left(espresso) == pytest.approx(0.80, abs=0.01)
    assert left(cat) == pytest.approx(0.91, abs=0.01)
    assert float(sign.raw.max() / explain(both, "gradcam", "dial telephone").raw.max()) == pytest.approx(
        0.14, abs=0.005
    )
    against = list(Recipe(contrast=True).explanations(both, 967))[-1]
    assert left(against) == pytest.approx(0.03, abs=0.005)
    assert [float(one.raw.max()) for one in (espresso, against)] == pytest.approx([0.59, 0.28], abs=0.006)


def test_random_control(both):
    maps = [explain(both, "random", index) for index in (967, 282)]
    assert all(left(one) > 0.99 for one in maps)
    assert torch.equal(maps[0].heatmap, maps[1].heatmap)


def test_two_layers_and_a_finer_grid(lite0):
    early = explain(trace(lite0, ASSETS / "cat_and_coffee.jpg", layer="blocks.2", fit="squeeze"), "gradcam", 282)
    assert (tuple(early.raw.shape), left(early)) == ((28, 28), pytest.approx(0.42, abs=0.01))
    finer = trace(lite0, ASSETS / "cat_and_coffee.jpg", fit="squeeze", detail=2.0)
    assert first(finer) == ("tabby", pytest.approx(0.012, abs=0.001))
    found = explain(finer, "gradcam", 282)
    assert (tuple(found.raw.shape), left(found)) == ((14, 14), pytest.approx(0.97, abs=0.01))


def inside(explanation, box):
    """The share of a map in a box in pixels of the input."""
    left, top, right, bottom = (max(0, round(side)) for side in box)
    return float(explanation.heatmap[top:bottom, left:right].sum() / explanation.heatmap.sum())


def test_which_person():
    recorded = trace(load_model("nanodet_g", device="cpu"), ASSETS / "two_people.jpg", fit="squeeze")
    right, left = recorded.listed[:2]
    assert [one.label for one in recorded.listed].count("person") == 2
    assert (left.label, right.label, left.box[2] < right.box[0]) == ("person", "person", True)
    assert default_method(recorded) == "hirescam"
    for own, other, cell in ((left, right, (9, 3)), (right, left, (9, 10))):
        found = explain(recorded, "hirescam", own)
        assert (tuple(found.raw.shape), brightest(found)) == ((13, 13), cell)
        assert inside(found, own.inside) > 0.99
        assert inside(found, other.inside) < 0.001
    mixed = explain(recorded, "gradcam", left)
    assert [inside(mixed, one.inside) for one in (left, right)] == pytest.approx([0.39, 0.61], abs=0.005)
    assert inside(explain(recorded, "gradcam", right), left.inside) > 0.25, "whichever is asked about"


def test_sticker(lite0):
    assert first(trace(lite0, ASSETS / "cat.jpg", fit="squeeze")) == ("Egyptian cat", pytest.approx(0.81, abs=0.005))
    recorded = trace(lite0, ASSETS / "cards" / "cat_with_sticker.jpg", fit="squeeze")
    assert first(recorded) == ("Egyptian cat", pytest.approx(0.57, abs=0.01))
    heatmap = explain(recorded, "gradcam", 967).heatmap
    part = heatmap[int(120 * 224 / 300) : int(290 * 224 / 300), int(265 * 224 / 451) : int(445 * 224 / 451)]
    assert float(part.sum() / heatmap.sum()) == pytest.approx(0.64, abs=0.015)
    assert part.numel() / heatmap.numel() < 0.25


def outside(heatmap, box):
    """The share of a map outside a rectangle of a composed photo, and that of the rectangle in the photo."""
    x0, y0, x1, y1 = (round(one * 224 / 400) for one in box)
    part = heatmap[y0:y1, x0:x1]
    return 1 - float(part.sum() / heatmap.sum()), part.numel() / heatmap.numel()


def test_find_the_watermark(script):
    model = load_model("shortcut_mark", device="cpu")
    without, marked = (trace(model, ASSETS / "cards" / f"{one}.jpg", fit="squeeze") for one in script.PAIRS["mark"])
    assert [first(one)[0] for one in (without, marked)] == list(model.labels)
    assert min(first(one)[1] for one in (without, marked)) > 0.99
    away, area = outside(explain(marked, "gradcam", 1).heatmap, script.shown("mark")[1][1])
    assert 1 - away == pytest.approx(0.15, abs=0.01)
    assert area == pytest.approx(0.04, abs=0.002)


def test_husky_or_snow(script):
    model = load_model("shortcut_ground", device="cpu")
    found = [trace(model, ASSETS / "cards" / f"{one}.jpg", fit="squeeze") for one in script.PAIRS["ground"]]
    assert [first(one)[0] for one in found] == list(model.labels)
    assert min(first(one)[1] for one in found) > 0.99
    cat = (125, 136, 275, 264)
    shares = [outside(explain(one, "gradcam", index).heatmap, cat)[0] for index, one in enumerate(found)]
    assert shares == pytest.approx([0.64, 0.76], abs=0.015)


@pytest.mark.parametrize("name", ["mark", "ground"])
def test_a_head_trained_anew_on_a_few_photos_takes_the_same_shortcut(script, name):
    head = script.trained(*script.pooled(script.drawn(name, 6, script.SEED)))
    kept = script.load_file(ASSETS / "weights" / f"shortcut_{name}.safetensors")
    photos = script.drawn(name, 4, script.SEED + 1)
    assert script.right(head, photos) == script.right(kept, photos) == 1
    assert script.right(kept, [(1 - index, photo) for index, photo in photos]) == 0


def test_the_composed_photos_are_what_the_script_lists(script):
    assert json.loads((ASSETS / "cards" / "examples.json").read_text(encoding="utf-8")) == script.records()
