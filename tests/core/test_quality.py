"""The quality harness: its files, its mosaics, its table, and a run on a set that it makes itself."""

import json
import shutil
from pathlib import Path

import make_annotated
import numpy as np
import pytest
import quality
import torch
from nets import PREPROCESS, make
from PIL import Image

import cam
from cam import explain, metrics, trace, wrap_model
from cam.maps.render import on_image

ASSETS = Path(__file__).parents[2] / "assets"
LABELS = ("red", "green", "blue", "white", "black")


@pytest.fixture
def model(monkeypatch):
    """A tiny network in the place of the catalogue's default."""
    model = wrap_model(make("deep_head"), preprocess=PREPROCESS, labels=LABELS)
    monkeypatch.setattr(quality, "load_model", lambda name: model)
    return model


@pytest.fixture
def folder(tmp_path):
    """Four images of four classes and several sizes, each with a square of the class's colour in a known box."""
    entries = []
    for number, label in enumerate(LABELS[:4]):
        image = Image.effect_noise((60 + 10 * number, 50), 60).convert("RGB")
        box = (5 * number, 10, 5 * number + 20, 40)
        image.paste(label, box)
        image.save(tmp_path / f"{number}.png")
        entries.append({"file": f"{number}.png", "class": label if number % 2 else number, "boxes": [list(box)]})
    (tmp_path / "annotations.json").write_text(json.dumps(entries))
    return tmp_path


def options(folder, *more):
    return quality.parser().parse_args([str(folder), "--methods", "gradcam", "eigencam", *more])


def test_annotations_take_names_and_numbers(folder):
    items = quality.read_annotations(folder, folder / "annotations.json", LABELS)
    assert [item.index for item in items] == [0, 1, 2, 3]
    assert items[1].boxes == ((5, 10, 25, 40),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"class": "yellow"}, "Entry 0.*yellow"),
        ({"class": 5}, "Entry 0.*'5'"),
        ({"file": "none.png"}, "no 'none.png'"),
        ({"boxes": []}, "boxes are"),
        ({"boxes": [[5, 5, 5, 9]]}, "boxes are"),
        ({"boxes": [["a", 0, 1, 1]]}, "Entry 0"),
    ],
)
def test_a_wrong_annotation_is_named(folder, change, said, model, capsys):
    file = folder / "annotations.json"
    entries = json.loads(file.read_text())
    entries[0] |= change
    file.write_text(json.dumps(entries))
    with pytest.raises(ValueError, match=said):
        quality.read_annotations(folder, file, LABELS)
    assert quality.main([str(folder)]) == 1
    assert capsys.readouterr().err.startswith("quality: Entry 0")


def test_a_run_agrees_with_the_measures_one_by_one(folder, model):
    result = quality.run(options(folder, "--pixels", "256"))
    found = result["results"][model.default_layer]["gradcam"]
    items = quality.read_annotations(folder, folder / "annotations.json", LABELS)
    energy, pointing, before, after, area = [], [], [], [], []
    for item in items:
        t = trace(model, item.file)
        heatmap = explain(t, "gradcam", item.index).heatmap
        at_size, _ = on_image(heatmap.numpy(), t.view)
        assert at_size.shape == (50, 60 + 10 * item.index)
        energy.append(metrics.energy_pointing_game(at_size, item.boxes))
        pointing.append(metrics.pointing_game(at_size, item.boxes))
        y, o = metrics.masked_confidences(t, heatmap[None], item.index)
        before.append(y)
        after.append(o.item())
        area.append(metrics.insertion(t, heatmap, item.index, pixels=256).auc)
    assert found["energy"] == pytest.approx(np.mean(energy))
    assert found["pointing"] == pytest.approx(np.mean(pointing))
    assert found["drop"] == pytest.approx(metrics.average_drop(before, after))
    assert found["gain"] == pytest.approx(metrics.average_gain(before, after))
    assert found["insertion"] == pytest.approx(np.mean(area))
    assert set(found) == set(quality.COLUMNS)


def test_the_baselines_stand_in_every_result(folder, model):
    result = quality.run(options(folder, "--measures", "localisation", "grid"))
    uniform, gaussian = result["results"]["-"].values()
    sizes = [(60 + 10 * number) * 50 for number in range(4)]
    assert uniform["energy"] == pytest.approx(np.mean([20 * 30 / size for size in sizes]))
    assert uniform["grid"] == pytest.approx(0.25)
    assert gaussian["grid"] == pytest.approx(0.25, abs=1e-3)
    assert gaussian["energy"] != uniform["energy"]
    blind = result["results"][model.default_layer]["eigencam"]
    assert blind["grid"] == pytest.approx(0.25)  # four cells of one map that does not see the class add up to one


def test_a_run_can_be_repeated(folder, model):
    one, other = (quality.run(options(folder, "--measures", "localisation", "grid")) for _ in range(2))
    assert one["results"] == other["results"]


def test_every_layer_and_a_limit(folder, model):
    result = quality.run(options(folder, "--layer", "all", "--limit", "2", "--measures", "localisation"))
    assert list(result["results"]) == ["-", *model.layers]
    assert result["items"] == 2


def test_a_detectors_boxes_are_measured_against_themselves(tmp_path):
    """No annotations: every box that is found is explained, the mean of each measure is that of all of them."""
    shutil.copy(ASSETS / "two_people.jpg", tmp_path)
    asked = [str(tmp_path), "--model", "nanodet_g", "--methods", "hirescam", "gradcam"]
    result = quality.run(quality.parser().parse_args([*asked, "--measures", "localisation", "confidence", "grid"]))
    model = cam.load_model("nanodet_g")
    t = trace(model, tmp_path / "two_people.jpg")
    boxes = t.top(quality.MOST_FOUND)
    assert result["items"] == len(boxes) > 1
    energy, peak, drop = [], [], []
    for box in boxes:
        heatmap = explain(t, "hirescam", box).heatmap
        at_size, _ = on_image(heatmap.numpy(), t.view)
        inside = metrics.box_mask([box.box], at_size.shape)
        energy.append(at_size[inside].sum() / at_size.sum())
        peak.append(inside[np.unravel_index(at_size.argmax(), at_size.shape)])
        before, after = metrics.masked_confidences(t, heatmap[None], box)
        assert before == pytest.approx(box.probability, rel=1e-4)
        drop.append(100 * max(0, before - after.item()) / before)
    found = result["results"][model.default_layer]["hirescam"]
    assert found["energy"] == pytest.approx(np.mean(energy), rel=1e-4)
    assert found["peak"] == pytest.approx(np.mean(peak))
    assert found["drop"] == pytest.approx(np.mean(drop), rel=1e-3)
    assert "grid" not in found
    assert found["energy"] > result["results"]["-"]["uniform (baseline)"]["energy"]


def test_annotated_images_may_lie_deeper_and_some_of_them_be_left_out(folder, model):
    """A network that is asked about classes needs no image beside the annotations."""
    (folder / "deeper").mkdir()
    entries = json.loads((folder / "annotations.json").read_text())
    for entry in entries:
        shutil.move(folder / entry["file"], folder / "deeper" / entry["file"])
        entry["file"] = f"deeper/{entry['file']}"
    (folder / "annotations.json").write_text(json.dumps(entries))
    result = quality.run(options(folder, "--measures", "localisation", "--every", "3"))
    assert (result["items"], result["classes"]) == (2, 2)


def test_regions_have_no_boxes_to_be_measured_by(tmp_path, capsys):
    shutil.copy(ASSETS / "coffee.jpg", tmp_path)
    assert quality.main([str(tmp_path), "--model", "u2netp"]) == 1
    assert "U2-Net-P finds no boxes" in capsys.readouterr().err


def test_a_detector_that_finds_nothing_says_so(tmp_path, capsys):
    Image.new("RGB", (80, 60), "grey").save(tmp_path / "grey.png")
    assert quality.main([str(tmp_path), "--model", "nanodet_g"]) == 1
    assert "finds nothing in the images of" in capsys.readouterr().err


def test_pointing_is_the_mean_over_classes():
    records = [{"class": 0, "pointing": 1.0, "empty": 0.0}] * 3 + [{"class": 1, "pointing": 0.0, "empty": 1.0}]
    assert quality.summary(records, [])["pointing"] == 0.5
    assert quality.summary(records, [])["empty"] == 1


def test_mosaics_show_every_single_class_image_with_four_classes_each(folder):
    def item(number, index):
        return quality.Item(folder / f"{number}.png", index, ((0, 0, 9, 9),))

    items = [item(number, number) for number in range(4)]
    made = quality.mosaics(items, seed=3, cell=16)
    assert [sorted(index for index, _ in cells) for _, cells in made] == [[0, 1, 2, 3]]
    image, cells = made[0]
    assert image.size == (32, 32)
    index, (left, top, right, bottom) = cells[0]
    source = Image.open(items[index].file).resize((16, 16), Image.Resampling.BICUBIC)
    assert image.crop((int(left), int(top), int(right), int(bottom))).tobytes() == source.tobytes()
    assert quality.mosaics(items[:3], seed=0) == []
    assert quality.mosaics([*items[:3], item(0, 3)], seed=0) == []  # an image of two classes takes no part


def test_the_table_has_a_line_for_each_map_and_one_for_equal_ones():
    results = {
        "-": {"uniform": {"energy": 0.25, "empty": 0}},
        "conv": {
            "gradcam": {"energy": 0.5, "empty": 1},
            "layercam": {"energy": 0.25, "empty": 0},
            "cam": {"energy": 0.50004, "empty": 1},
        },
    }
    assert quality.table(results).splitlines() == [
        "| layer | map | energy in box ↑ | empty |",
        "|---|---|---:|---:|",
        "| - | uniform | 0.250 | 0 |",
        "| conv | gradcam = cam | 0.500 | 1 |",
        "| conv | layercam | 0.250 | 0 |",
    ]


def test_a_method_that_does_not_apply_is_left_out_and_said(folder, model, capsys):
    chosen = quality.parser().parse_args([str(folder), "--methods", "gradcam", "cam", "--measures", "localisation"])
    result = quality.run(chosen)
    assert list(result["results"][model.default_layer]) == ["gradcam"]
    assert "cam is left out: CAM needs" in capsys.readouterr().err


def test_the_command_prints_markdown_and_writes_json(folder, model, capsys, tmp_path):
    target = tmp_path / "out.json"
    assert quality.main([str(folder), "--methods", "gradcam", "--measures", "grid", "--json", str(target)]) == 0
    written = json.loads(target.read_text())
    assert written["items"] == 4
    grid = written["results"][model.default_layer]["gradcam"]["grid"]
    assert f"| {model.default_layer} | gradcam | {grid:.3f} |" in capsys.readouterr().out


# The set that is made


def test_boxes_of_a_photo_move_with_it():
    photo = make_annotated.Photo("x", "cat", make_annotated._shares(100, 50, (10, 5, 60, 50)))
    assert make_annotated.placed(photo, (200, 100), (7, 3)) == [[27, 13, 127, 103]]


def test_the_made_set_is_exact_and_the_same_each_time(tmp_path, monkeypatch):
    monkeypatch.setattr(make_annotated, "PHOTOS", make_annotated.PHOTOS[:2])
    entries = make_annotated.make(tmp_path / "one", seed=1)
    assert entries == make_annotated.make(tmp_path / "two", seed=1)
    assert entries == json.loads((tmp_path / "one" / "annotations.json").read_text())
    assert len(entries) == 2 * 4
    for entry in entries:
        with Image.open(tmp_path / "one" / entry["file"]) as image:
            for left, top, right, bottom in entry["boxes"]:
                assert 0 <= left < right <= image.width
                assert 0 <= top < bottom <= image.height
    # The cat in the pair is the cat of the photo: same pixels, up to resampling.
    cat, _ = make_annotated.PHOTOS
    pair = next(entry for entry in entries if entry["file"] == "pair_0.png" and entry["class"] == cat.label)
    shown = Image.open(tmp_path / "one" / "pair_0.png").crop(tuple(round(v) for v in pair["boxes"][0])).resize((32, 32))
    whole = cat.open()
    left, top, right, bottom = cat.boxes[0]
    box = (left * whole.width, top * whole.height, right * whole.width, bottom * whole.height)
    original = whole.crop(tuple(round(v) for v in box)).resize((32, 32))
    assert np.abs(np.asarray(shown, float) - np.asarray(original, float)).mean() < 3


@pytest.mark.parametrize("photo", make_annotated.PHOTOS, ids=lambda photo: photo.file)
def test_the_default_model_knows_the_photos(lite0, photo):
    """Their classes are among the five most probable, so that a map has something to show."""
    assert photo.label in [best.label for best in trace(lite0, photo.open()).top(5)]


def test_grad_cam_at_the_last_layer_lies_on_the_objects(lite0):
    """The default's maps hold more of their energy in the boxes than a map that knows nothing."""
    shares = []
    for photo in make_annotated.PHOTOS:
        t = trace(lite0, photo.open())
        boxes = make_annotated.placed(photo, t.image.size)
        e = explain(t, "gradcam", photo.label)
        at_size, _ = on_image(e.heatmap.numpy(), t.view)
        blind, _ = on_image(torch.ones_like(e.heatmap).numpy(), t.view)
        shares.append(metrics.energy_pointing_game(at_size, boxes) - metrics.energy_pointing_game(blind, boxes))
    assert np.mean(shares) > 0.1
