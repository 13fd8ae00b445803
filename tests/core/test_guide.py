"""The numbers in docs/guide.md are those that the package computes of its photo."""

import re

import pytest
import torch
from tables import DOCS

from cam import METHODS, default_method, explain, trace
from cam.metrics import (
    centre_gaussian,
    deletion,
    energy_pointing_game,
    insertion,
    parameter_randomisation,
    uniform,
)

GUIDE = " ".join((DOCS / "guide.md").read_text(encoding="utf-8").split())
LEFT, RIGHT = (0, 0, 112, 224), (112, 0, 224, 224)


@pytest.fixture(scope="module")
def recorded(lite0, photo):
    return trace(lite0, photo)


@pytest.fixture(scope="module")
def mug(recorded):
    return explain(recorded, "gradcam", "coffee mug")


def says(sentence: str, *values: float) -> None:
    """The guide holds the sentence, with each `{}` a number that is the value but for its last digit."""
    pattern = re.escape(sentence).replace(r"\{\}", r"(-?[\d,]*\d(?:\.\d+)?)")
    found = re.findall(pattern, GUIDE)
    assert len(found) == 1, f"{len(found)} times: {sentence}"
    numbers = found[0] if isinstance(found[0], tuple) else (found[0],)
    for number, value in zip(numbers, values, strict=True):
        digits = len(number.partition(".")[2])
        assert float(number.replace(",", "")) == pytest.approx(float(value), abs=0.6 * 10**-digits), sentence


def test_the_forward_pass(recorded):
    channels, height, width = recorded.activations.shape
    assert recorded.layer == "bn2"
    says("resized to {} x {} pixels", *recorded.input.shape[2:])
    says("has {} of them with {} x {} places each", channels, height, width)
    one = recorded.activations[1034]
    says("number 1034 is {} at the cup's handle, and {} in the three columns on the left", one.max(), one[:, :3].max())
    assert int(one.argmax()) in (4 * 7 + 4, 5 * 7 + 4)  # the handle's cells
    index = recorded.model.labels.index("coffee mug")
    mug, first = recorded.model.probabilities(recorded.logits)[index], recorded.top(1)[0]
    says("For *coffee mug* the score is {}.", recorded.logits[index])
    says(
        "*coffee mug* gets {} %, in sixth place; the first is *tiger cat* with {} %", 100 * mug, 100 * first.probability
    )
    assert (recorded.top(6)[5].label, first.label) == ("coffee mug", "tiger cat")


def test_the_weights(mug):
    says("Of the 1,280 weights for *coffee mug* {} are positive", (mug.weights > 0).sum())
    says("Map {} has the largest weight of all, {}.", mug.weights.argmax(), mug.weights.max())


def test_the_weighted_sum(recorded, mug):
    products = recorded.activations[:, 3, 4] * mug.weights
    assert int(mug.raw.argmax()) == 3 * 7 + 4
    parts = products.clamp(min=0).sum(), products.clamp(max=0).sum(), products.sum()
    says("above zero add up to {} and those below to {}, together {}.", *parts)
    rows = re.findall(r"\| \d ((?:\| -?0\.\d\d ){7})", GUIDE)
    written = torch.tensor([[float(cell) for cell in row.strip("| ").split(" | ")] for row in rows])
    torch.testing.assert_close(written, mug.raw, atol=0.006, rtol=0)
    head = [part for part in recorded.model.net.modules() if isinstance(part, torch.nn.Linear)][-1]
    index = mug.class_index
    total, bias, score = mug.raw.sum(), head.bias[index], recorded.logits[index]
    says(
        "all 49 together are {}, and with the head's own constant, its bias of {}, that is the score, {}.",
        total,
        bias,
        score,
    )
    assert float(total + bias) == pytest.approx(float(score), abs=1e-4)
    says("{} of the 49 numbers are below zero", (mug.raw < 0).sum())


def test_the_enlarged_maps(recorded, mug):
    cat = explain(recorded, "gradcam", "tiger cat")
    says("Of the enlarged map {} % lie in the right half", 100 * energy_pointing_game(mug.heatmap, [RIGHT]))
    says("has {} % in the left one", 100 * energy_pointing_game(cat.heatmap, [LEFT]))


def test_a_class_that_is_not_there_glows_as_brightly(recorded, mug):
    sign = explain(recorded, "gradcam", "street sign")
    probability = recorded.model.probabilities(recorded.logits)[sign.class_index]
    says("class with a probability of {} %, the map glows just as brightly", 100 * probability)
    says("that is {} there, and {} for the mug", sign.raw.max(), mug.raw.max())
    assert sign.heatmap.max() == mug.heatmap.max() == 1


def test_the_advice_is_that_of_the_methods(lite0, photo, recorded, mug):
    section = GUIDE.split("## Which method when")[1].split("## Which layer")[0]
    named = set(re.findall(r"`([a-z_]+)`", section))
    assert named <= set(METHODS)
    for same in ("cam", "hirescam", "xgradcam"):
        torch.testing.assert_close(explain(recorded, same, "coffee mug").heatmap, mug.heatmap, atol=1e-4, rtol=0)
    assert default_method(recorded) == "gradcam"
    earlier = trace(lite0, photo, "blocks.4")
    assert default_method(earlier) == "hirescam"
    shares = [
        100 * energy_pointing_game(explain(earlier, name, "coffee mug").heatmap, [RIGHT])
        for name in ("gradcam", "hirescam")
    ]
    says("Grad-CAM has {} % of its map in the cup's half, HiResCAM {} %", *shares)
    says(
        "at `blocks.4` {} x {} places and at `blocks.2` {} x {}",
        14,
        14,
        *trace(lite0, photo, "blocks.2").activations.shape[1:],
    )
    assert earlier.activations.shape[1:] == (14, 14)


def test_methods_that_are_the_same_for_every_class(recorded):
    listed = GUIDE.split("Three warnings. ")[1].split(" give the same map")[0]
    for name in set(re.findall(r"`([a-z_]+)`", listed)) - {"attention_rollout"}:
        maps = [explain(recorded, name, target).raw for target in ("coffee mug", "tiger cat")]
        assert torch.equal(*maps), name


def test_the_checks(recorded, mug):
    size = tuple(mug.heatmap.shape)
    maps = {
        "Grad-CAM": mug.heatmap,
        "the same everywhere": uniform(size),
        "a blob in the middle": centre_gaussian(size),
        "Grad-CAM for *tiger cat*": explain(recorded, "gradcam", "tiger cat").heatmap,
    }
    for name, heatmap in maps.items():
        curves = [curve(recorded, heatmap, "coffee mug", pixels=3584) for curve in (deletion, insertion)]
        says(f"| {name} | {{}} | {{}} |", *(curve.auc for curve in curves))
        if name == "Grad-CAM":
            says("The probability begins at {}.", curves[0].scores[0])
            assert len(curves[0].scores) == 14 + 1
    assert curves[0].scores.max() > curves[0].scores[0]  # without the cat the mug's probability rises


def test_randomisation(mug):
    found = {step.layer: step.spearman for step in parameter_randomisation(mug)}
    says("is {} when the head is gone, and {} when everything behind `blocks.4` is", found["head"], found["blocks.5"])
