"""The planted task's ground truth, the measuring of a kind of network, and the arithmetic of what is said about it."""

import argparse

import families
import numpy as np
import planted
import pytest
import tiny
import torch
import verdicts

from cam import METHODS, MODELS, wrap_model

DIGITS = planted.Digits([np.full((8, 8), (k + 1) / 10, np.float32) for k in range(10)], np.arange(10))


@pytest.fixture
def black(monkeypatch):
    """Scenes without clutter: what is not black has been planted."""
    monkeypatch.setattr(planted, "_ground", lambda chance: np.zeros((planted.SIDE, planted.SIDE, 3), np.float32))


@pytest.mark.parametrize("count", [1, 4])
def test_boxes_hold_all_the_ink_and_nothing_else(black, count):
    digits = planted.Digits.read(held_out=True)
    for seed in range(20):
        scene = planted.scene(digits, np.random.default_rng(seed), count, distractors=0)
        ink = scene.pixels.max(2) > 0
        inside = np.zeros_like(ink)
        for one in scene.planted:
            left, top, right, bottom = map(int, one.box)
            part = ink[top:bottom, left:right]
            assert part[0].any()
            assert part[-1].any()
            assert part[:, 0].any()
            assert part[:, -1].any()
            inside[top:bottom, left:right] = True
        assert not ink[~inside].any()


def test_a_grid_holds_four_classes_in_four_quarters(black):
    for seed in range(20):
        scene = planted.scene(DIGITS, np.random.default_rng(seed), count=4)
        assert len({one.index for one in scene.planted}) == 4
        assert {one.cell for one in scene.planted} == set(planted.CELLS)
        for one in scene.planted:
            assert one.cell[0] <= one.box[0] < one.box[2] <= one.cell[2]
            assert one.cell[1] <= one.box[1] < one.box[3] <= one.cell[3]


def test_the_digit_in_the_box_is_of_the_class(black):
    """Here the digits are grey squares, the brighter the higher."""
    for seed in range(20):
        scene = planted.scene(DIGITS, np.random.default_rng(seed), count=4)
        for one in scene.planted:
            left, top, right, bottom = map(int, one.box)
            brightness = scene.pixels[top:bottom, left:right].mean() / 255
            assert 0.79 <= brightness * 10 / (one.index + 1) <= 1.01


def test_distractors_stand_in_quarters_of_their_own_and_have_no_box(black):
    scene = planted.scene(DIGITS, np.random.default_rng(0), count=1, distractors=2)
    filled = [scene.pixels[int(t) : int(b), int(x) : int(r)].any() for x, t, r, b in planted.CELLS]
    assert sum(filled) == 3
    assert len(scene.planted) == 1


def test_a_seed_gives_the_same_scenes_and_held_out_digits_are_others():
    one, other, third = (planted.scenes(True, 2, seed=seed) for seed in (3, 3, 4))
    assert one[1].pixels.tobytes() == other[1].pixels.tobytes()
    assert one[1].planted == other[1].planted
    assert one[0].pixels.tobytes() != third[0].pixels.tobytes()
    learned, held = planted.Digits.read(False), planted.Digits.read(True)
    assert len(learned.glyphs) + len(held.glyphs) == 1797
    assert len(held.glyphs) == len(held.labels) == planted.HELD_OUT


def test_inputs_are_what_the_models_own_preprocessing_makes():
    scene = planted.scenes(True, 1, seed=0)[0]
    inputs, classes = tiny.tensors([scene])
    prepared, _ = tiny.PREPROCESS(scene.image, "squeeze")
    torch.testing.assert_close(inputs, prepared)
    assert classes.tolist() == [scene.planted[0].index]


@pytest.mark.parametrize("name", tiny.KINDS)
def test_kinds_build_and_stand_for_families_of_the_catalogue(name):
    kind = tiny.KINDS[name]
    net = kind.make().eval()
    assert net(torch.zeros(1, 3, planted.SIDE, planted.SIDE)).shape == (1, planted.CLASSES)
    assert set(kind.families) <= {spec.family for spec in MODELS.values()}


def test_training_learns(monkeypatch):
    """A few steps on four images bring the loss down to them."""
    inputs, classes = tiny.tensors(planted.scenes(False, 4, seed=0))
    kind = tiny.Kind("", (), tiny.KINDS["vgg"].make, steps=40)
    monkeypatch.setattr(tiny, "BATCH", 8)
    net = tiny.learn(kind, 0, inputs, classes)
    assert not net.training
    assert (net(inputs).argmax(1) == classes).all()


@pytest.fixture
def figures(monkeypatch):
    """What is measured on an untrained network that is taken to see every digit."""
    monkeypatch.setattr(families, "seen_digits", lambda recorded, scene: list(scene.planted))
    torch.manual_seed(0)
    model = wrap_model(tiny.KINDS["vit"].make().eval(), preprocess=tiny.PREPROCESS)
    options = argparse.Namespace(singles=2, grids=2, curves=1, few=0)
    monkeypatch.setattr(families, "METHODS", {name: METHODS[name] for name in ("gradcam", "eigencam", "legrad", "cam")})
    return families.measure(model, options), model


def test_every_layer_is_measured_and_the_baselines_stand_beside_it(figures):
    found, model = figures
    assert list(found) == [families.EVERY_LAYER, *model.layers]
    assert set(found[families.EVERY_LAYER]) == {"uniform", "centre Gaussian", "legrad"}
    for layer in model.layers:
        assert set(found[layer]) == {"gradcam", "eigencam"}  # CAM needs pooling
        assert {key: len(values) for key, values in found[layer]["gradcam"].items()} == {
            **dict.fromkeys(("energy", "pointing", "iou", "drop", "increase", "gain", "complexity", "grid"), 2),
            **dict.fromkeys(("insertion", "deletion"), 1),
        }


def test_what_is_known_beforehand_is_measured(figures):
    found, model = figures
    uniform = found[families.EVERY_LAYER]["uniform"]
    assert uniform["grid"] == pytest.approx([0.25] * 2)
    assert uniform["energy"] == pytest.approx([np.prod(planted.SIZE) / planted.SIDE**2] * 2)
    assert uniform["complexity"] == [1, 1]
    assert found[model.default_layer]["eigencam"]["grid"] == pytest.approx([0.25] * 2)  # one map for four quarters


def test_a_digit_counts_where_its_class_is_among_the_first():
    scene = planted.scenes(True, 1, seed=0, count=4)[0]
    known = [one.index for one in scene.planted[:3]]
    others = [index for index in range(10) if index not in [one.index for one in scene.planted]]
    recorded = argparse.Namespace(
        top=lambda k: [argparse.Namespace(index=index) for index in [*known, *others][:k]],
    )
    assert families.seen_digits(recorded, scene) == list(scene.planted[:3])


# What is made of the figures


def test_an_interval_says_what_is_clear():
    same = verdicts.difference([0.5, 0.7, 0.9], [0.4, 0.6, 0.8])
    assert same.mean == pytest.approx(0.1)
    assert (same.low, same.high) == pytest.approx((0.1, 0.1))
    assert same.clear
    chance = np.random.default_rng(0)
    noise = chance.normal(0, 1, 400)
    wide = verdicts.difference(noise, np.zeros(400))
    assert wide.high - wide.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert not verdicts.difference([1, -1, 1, -1], [0, 0, 0, 0]).clear


def test_the_error_is_that_of_a_mean():
    assert verdicts.error([1, 2, 3, 4]) == pytest.approx(np.sqrt(5 / 3) / 2)
    assert np.isnan(verdicts.error([1]))


def _run(**rows):
    """A run with a layer "top" and maps with these grid values; "blind" is the same at every layer."""
    maps = {name: {"grid": values} for name, values in rows.items()}
    blind = {name: maps.pop(name) for name in list(maps) if name == "blind"}
    return {
        "accuracy": 0.9,
        "layers": ["top"],
        "default": "top",
        "method": "gradcam",
        "figures": {"-": blind, "top": maps},
    }


def test_the_best_is_chosen_on_one_half_and_judged_on_the_other():
    run = _run(gradcam=[0.5] * 4, lucky=[0.9, 0.1, 0.9, 0.1], short=[1.0])
    rows = verdicts.complete(verdicts.joined({0: run}))
    assert set(rows) == {("top", "gradcam"), ("top", "lucky")}
    assert verdicts.best(rows) == ("top", "lucky")
    line = verdicts.summary({"kind": {0: run}}, {"kind": "Kind"}).splitlines()[-1]
    assert line == (
        "| Kind | 0.90 | `gradcam` at `top` | 0.50 ± 0.00 | 1 of 2 | 0.50 | `lucky` at `top` | 0.10 "
        "| -0.40 (-0.40 to -0.40) |"
    )


def test_a_place_counts_what_is_better():
    rows = {("a", "x"): np.array([0.4, 0.6]), ("a", "y"): np.array([0.9, 0.9]), ("b", "x"): np.array([0.1, 0.9])}
    assert verdicts.place(rows, ("a", "y")) == 1
    assert verdicts.place(rows, ("a", "x")) == verdicts.place(rows, ("b", "x")) == 2


def test_networks_of_a_kind_are_joined_image_by_image():
    rows = verdicts.joined({0: _run(gradcam=[0.1, 0.2], blind=[0.3]), 1: _run(gradcam=[0.4], blind=[0.5])})
    assert rows["top", "gradcam"]["grid"] == [0.1, 0.2, 0.4]
    assert rows["-", "blind"]["grid"] == [0.3, 0.5]


def test_marks_say_what_is_clearly_better_or_worse_than_grad_cam():
    same, better, worse, other = [0.5, 0.5, 0.5], [0.7, 0.7, 0.7], [0.2, 0.3, 0.2], [0.4, 0.6, 0.5]
    run = _run(gradcam=same, hirescam=[0.499999] * 3, cam=better, fem=worse, rise=other)
    table = verdicts.at_default({"kind": {0: run}}, ["uniform", "gradcam", "hirescam", "cam", "fem", "rise"])
    assert table.splitlines()[2:] == [
        "| `gradcam` | 0.50 |",
        "| `hirescam` | 0.50 |",
        "| `cam` | 0.70\\* |",
        "| `fem` | 0.23 − |",
        "| `rise` | 0.50 |",
    ]


def test_tables_go_between_their_markers():
    text = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb"
    assert verdicts.replaced(text, "x", "new") == "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb"
    with pytest.raises(ValueError, match="'y' 0 times"):
        verdicts.replaced(text, "y", "new")
