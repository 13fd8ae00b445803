"""The example images: each is listed with its licence, opens, is small, and the documents agree with the list."""

import importlib
import json
import pathlib

import numpy as np
import pytest

from cam.photos.images import open_image

ASSETS = pathlib.Path(__file__).parents[1] / "assets"
EXAMPLES = json.loads((ASSETS / "examples.json").read_text(encoding="utf-8"))
SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".tif", ".tiff", ".bmp", ".svg"}


@pytest.fixture
def make_examples(monkeypatch):
    """The script that makes the images; importing it makes nothing."""
    monkeypatch.syspath_prepend(ASSETS / "scripts")
    return importlib.import_module("make_examples")


def test_every_image_file_is_listed_once():
    cards = json.loads((ASSETS / "cards" / "examples.json").read_text(encoding="utf-8"))
    listed = [example["file"] for example in (*EXAMPLES, *cards)]
    found = {path.name for path in ASSETS.rglob("*") if path.suffix.lower() in SUFFIXES}
    assert {name for name in found if not name.startswith("screenshot")} == set(listed)
    assert len(listed) == len(set(listed)) >= 5
    assert all(path.suffix == ".png" for path in ASSETS.glob("screenshot*"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["file"])
def test_every_example_has_its_provenance_and_a_free_licence(example):
    assert list(example) == ["file", "title", "credit", "licence", "source"]
    assert all(isinstance(value, str) and value.strip() == value != "" for value in example.values())
    assert example["licence"].startswith(("CC0", "Public domain"))
    assert example["source"].startswith("https://")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["file"])
def test_every_example_opens_and_is_small(example):
    path = ASSETS / example["file"]
    assert path.stat().st_size < 120_000
    image = open_image(path)
    assert image.mode == "RGB"
    assert min(image.size) >= 300
    assert max(image.size) <= 800
    assert np.asarray(image).std() > 20  # a photo, not an empty area


def test_the_page_opens_on_the_composed_example(photo):
    first = EXAMPLES[0]
    assert pathlib.Path(photo) == ASSETS / first["file"]
    assert "composed" in first["title"]
    assert open_image(photo).size == (800, 400)


def test_the_composed_example_shows_the_cat_beside_the_coffee(photo):
    both = np.asarray(open_image(photo)).astype(float)
    coffee = np.asarray(open_image(ASSETS / "coffee.jpg")).astype(float)
    assert np.abs(both[:, 440:] - coffee[:, 170:530]).mean() < 3  # the same pixels, but for JPEG
    cat = open_image(ASSETS / "cat.jpg").resize((601, 400))
    assert np.abs(both[:, :420] - np.asarray(cat).astype(float)[:, 100:520]).mean() < 5


def test_the_script_the_list_and_the_readme_agree(make_examples):
    assert make_examples.records() == EXAMPLES
    readme = (ASSETS / "README.md").read_text(encoding="utf-8")
    before, after = make_examples.MARKS
    assert readme.partition(before)[2].partition(after)[0] == make_examples.table(EXAMPLES)


def test_the_model_knows_the_examples(lite0):
    from cam import trace

    known = {
        "cat_and_coffee.jpg": {"tiger cat", "Egyptian cat"},
        "cat.jpg": {"Egyptian cat", "tiger cat", "tabby"},
        "coffee.jpg": {"espresso"},
        "photographer.jpg": {"tripod"},
        "grace_hopper.jpg": {"military uniform"},
        "two_people.jpg": {"military uniform"},
        "photographer_and_astronaut.jpg": {"tripod"},
    }
    assert {example["file"] for example in EXAMPLES} == set(known)
    for name, labels in known.items():
        assert trace(lite0, ASSETS / name).top(1)[0].label in labels, name


@pytest.mark.parametrize("name", ["two_people", "photographer_and_astronaut"])
def test_a_detector_tells_two_people_apart(name):
    from cam import explain, load_model, trace

    recorded = trace(load_model("nanodet_g"), ASSETS / f"{name}.jpg")
    people = [one for one in recorded.top(5) if one.label == "person"]
    assert len(people) == 2
    assert min(one.probability for one in people) > 0.6
    for one, other in (people, people[::-1]):
        left, right = one.box[0] / recorded.view.size[0], one.box[2] / recorded.view.size[0]
        assert other.box[0] >= one.box[2] or other.box[2] <= one.box[0], "side by side"
        heat = explain(recorded, None, one).heatmap  # of the photo, squeezed into the input
        width = heat.shape[1]
        assert heat[:, int(left * width) : int(right * width)].sum() > 0.8 * heat.sum()


def test_classes_light_different_halves_of_the_composed_example(lite0, photo):
    from cam import explain, trace

    recorded = trace(lite0, photo)
    middle = 224 * 430 // 800  # where the cat ends, in the model's input
    for label, on_the_left in (("tiger cat", True), ("coffee mug", False), ("espresso", False)):
        heatmap = explain(recorded, "gradcam", label).heatmap
        share = float(heatmap[:, :middle].sum() / heatmap.sum())
        assert (share > 0.65) if on_the_left else (share < 0.35), (label, share)
