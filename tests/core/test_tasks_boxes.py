"""Detection: boxes as findings, each with the map of its own logit, held against plain autograd and brute force."""

import json
import math
from pathlib import Path

import pytest
import torch
from nets import PHOTO
from torch import nn
from torchvision.ops import nms

from cam import (
    Boxes,
    Contrast,
    Detection,
    Preprocess,
    TargetError,
    UnknownNameError,
    default_method,
    explain,
    explain_findings,
    load_model,
    metrics,
    trace,
    wrap_model,
)
from cam.__main__ import main
from cam.methods.masks import rise, rise_masks
from cam.passes import recording
from cam.tasks.boxes import LOST, iou, kept
from cam.tasks.targets import Against

ASSETS = Path(__file__).parents[2] / "assets"
PREPROCESS = Preprocess(size=(32, 32), resize=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
# NanoDet-g's findings by a run of the original graph: class, score, box in pixels of the 416 x 416 input.
EXPECTED = {
    "grace_hopper": [
        ("person", 0.8268, (4.39, 4.98, 416.85, 418.69)),
        ("tie", 0.4728, (184.46, 285.13, 233.72, 372.16)),
        ("person", 0.3564, (0.52, 97.49, 44.55, 402.11)),
        ("person", 0.3036, (38.73, -1.39, 123.38, 157.13)),
    ],
    "photographer": [
        ("person", 0.8833, (3.2, 55.13, 261.15, 417.86)),
        ("truck", 0.3395, (210.19, 111.12, 264.38, 154.09)),
        ("car", 0.3376, (338.33, 170.59, 377.99, 189.74)),
        ("cell phone", 0.3266, (128.7, 122.57, 156.57, 172.5)),
    ],
    "coffee": [("cup", 0.5352, (99.23, 11.98, 295.98, 414.27))],
}


class Dense(nn.Module):
    """A candidate at each place of an 8 x 8 grid, `end(boxes (B, N, 4), logits (B, N, K))`."""

    def __init__(self, end=Boxes, classes=3):
        super().__init__()
        self.end, self.classes = end, classes
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 8, 3, 2, 1), nn.ReLU())
        self.head = nn.Conv2d(8, classes + 4, 3, padding=1)
        with torch.random.fork_rng():
            torch.manual_seed(3)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.0, 0.35)

    def both(self, x):
        found = self.head(self.body(x)).flatten(2).transpose(1, 2)  # (B, 64, K + 4)
        rows, columns = torch.meshgrid(torch.arange(8.0), torch.arange(8.0), indexing="ij")
        centres = torch.stack([columns, rows], -1).reshape(-1, 2) * 4 + 2
        sides = found[..., self.classes :].sigmoid() * 12
        boxes = torch.cat([centres - sides[..., :2], centres + sides[..., 2:]], -1)
        return boxes, found[..., : self.classes]

    def forward(self, x):
        return self.end(*self.both(x))


def wrapped(end=Boxes, **options):
    return wrap_model(Dense(end).eval(), preprocess=PREPROCESS, labels=["cat", "dog", "cup"], **options)


def plain_gradient(net, layer, inputs, score):
    """Activations and d(score(output))/d(activations) of a layer by plain autograd, (C, h, w) each."""
    kept_ = []
    handle = net.get_submodule(layer).register_forward_hook(lambda m, i, o: kept_.append(o) or o.retain_grad())
    try:
        with torch.enable_grad():
            output = net(inputs.clone().requires_grad_())
            (gradient,) = torch.autograd.grad(score(output), kept_[-1])
    finally:
        handle.remove()
    return kept_[-1][0].detach(), gradient[0]


def close(found, expected, tolerance=1e-5):
    assert (found - expected).abs().max() <= tolerance * expected.abs().max()
    assert expected.abs().max() > 0


def smoothed(gradient):
    """Gradients (C, h, w), each the sum of all of its grid by a Gaussian of one place; outside they are zero."""
    places = [(i, j) for i in range(gradient.shape[1]) for j in range(gradient.shape[2])]
    total = sum(math.exp(-(i * i + j * j) / 2) for i in range(-9, 10) for j in range(-9, 10))
    found = torch.zeros_like(gradient)
    for i, j in places:
        for u, v in places:
            found[:, i, j] += math.exp(-((i - u) ** 2 + (j - v) ** 2) / 2) / total * gradient[:, u, v]
    return found


# --- the bundled detector ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nanodet():
    return load_model("nanodet_g")


@pytest.mark.parametrize("name", EXPECTED)
def test_nanodet_finds_what_the_original_graph_finds(nanodet, name):
    recorded = trace(nanodet, ASSETS / f"{name}.jpg")
    found = recorded.top(10)
    assert [one.label for one in found] == [label for label, _, _ in EXPECTED[name]]
    width, height = recorded.image.size
    for one, (_, score, box) in zip(found, EXPECTED[name], strict=True):
        assert one.probability == pytest.approx(score, abs=2e-4)
        assert one.inside == pytest.approx(box, abs=0.02)
        on_photo = [side * (width, height)[axis % 2] / 416 for axis, side in enumerate(box)]
        on_photo = [min(max(side, 0), (width, height)[axis % 2]) for axis, side in enumerate(on_photo)]
        assert one.box == pytest.approx(on_photo, abs=0.05)


def test_the_map_of_a_box_is_that_of_its_logit_alone(nanodet):
    recorded = trace(nanodet, ASSETS / "grace_hopper.jpg")
    assert (nanodet.task, nanodet.default_layer, default_method(nanodet)) == ("detection", "stage4", "hirescam")
    tie = recorded.top()[1]
    found = explain(recorded, None, tie)
    net = nanodet.net
    activations, gradient = plain_gradient(
        net, "stage4", recorded.input, lambda out: out.logits[0, tie.candidate, tie.index]
    )
    close(found.raw, (activations * gradient).sum(0))
    assert (found.method, found.label) == ("hirescam", "tie")
    close(explain(recorded, "odam", tie).raw, (activations * smoothed(gradient)).sum(0))
    close(explain(recorded, "gradcam", tie).raw, (activations * gradient.mean((1, 2), keepdim=True)).sum(0))
    inside = metrics.energy_pointing_game(found.heatmap, [tie.inside])
    person = metrics.energy_pointing_game(explain(recorded, None, recorded.top()[0]).heatmap, [tie.inside])
    assert inside > 5 * person  # the person's map is spread over the person


def test_all_boxes_come_from_one_pass_whose_graph_is_kept(nanodet):
    alone = [explain(trace(nanodet, ASSETS / "photographer.jpg"), None, number).raw for number in (0, 7, 2, 67)]
    recorded, passes = trace(nanodet, ASSETS / "photographer.jpg"), []
    handle = nanodet.net.register_forward_hook(lambda *_: passes.append(1))
    together = explain_findings(recorded, k=4)
    handle.remove()
    assert passes == []
    assert [one.label for one in together] == ["person", "truck", "car", "cell phone"]
    for one, raw in zip(together, alone, strict=True):
        close(one.raw, raw, 1e-4)


def test_a_way_back_begins_at_the_grid_that_the_box_comes_from(nanodet):
    """It is the same gradient as that of the number among all candidates, without a way through the other grids."""
    recorded = trace(nanodet, ASSETS / "photographer.jpg")
    grids = []
    for found in recorded.top(4):
        target = recorded.target(found)
        start, seed = recording.entry_seed(recorded._scores, target.entry)
        grids.append(seed.shape[1])
        assert seed.shape[2] == 80  # logits alone
        with torch.enable_grad():
            mine, plain = (
                torch.autograd.grad(*way, retain_graph=True)[0]
                for way in ((start, recorded._leaf, seed), (target(recorded._scores[0]), recorded._leaf))
            )
        assert torch.equal(mine, plain)
    assert set(grids) == {52 * 52, 13 * 13}


# --- a tiny detector, every form of output ---------------------------------------------------------------------------

FORMS = {
    "Boxes": Boxes,
    "a list of Boxes": lambda boxes, logits: [Boxes(*pair) for pair in zip(boxes, logits, strict=True)],
    "a tuple, by output=": lambda boxes, logits: (logits, boxes),
    "as YOLO, by output=": lambda boxes, logits: torch.cat([boxes, logits], -1).transpose(1, 2),
    "as DETR, by output=": lambda boxes, logits: {
        "pred": torch.cat([(boxes[..., :2] + boxes[..., 2:]) / 2, boxes[..., 2:] - boxes[..., :2]], -1) / 32,
        "logits": logits,
    },
}
OUTPUTS = {
    "a tuple, by output=": lambda out: Boxes(out[1], out[0]),
    "as YOLO, by output=": lambda out: Boxes(out.transpose(1, 2)[..., :4], out.transpose(1, 2)[..., 4:]),
    "as DETR, by output=": lambda out: Boxes.relative(out["pred"], out["logits"], (32, 32)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_boxes_and_maps(form):
    model = wrapped(FORMS[form], output=OUTPUTS.get(form))
    assert model.task == "detection"
    recorded = trace(model, PHOTO, "body.3")
    with torch.no_grad():
        boxes, logits = (part[0] for part in model.net.both(recorded.input))
    scores, classes = logits.sigmoid().max(-1)
    expected = []
    for index in range(3):
        rows = ((classes == index) & (scores > 0.3)).nonzero()[:, 0]
        expected += rows[nms(boxes[rows], scores[rows], 0.5)].tolist()
    expected = sorted(expected, key=lambda row: -scores[row])
    found = recorded.top(1000)
    assert [one.candidate for one in found] == expected
    assert len(expected) >= 5
    for one in found[:3]:
        assert one.probability == pytest.approx(float(scores[one.candidate]), abs=1e-6)
        activations, gradient = _by_hand(model.net, recorded.input, one)
        close(explain(recorded, "hirescam", one).raw, (activations * gradient).sum(0))
        close(explain(recorded, "gradcam", one).raw, (activations * gradient.mean((1, 2), keepdim=True)).sum(0))
        close(explain(recorded, "odam", one).raw, (activations * smoothed(gradient)).sum(0))


def _by_hand(net, inputs, one):
    with torch.enable_grad():
        activations = net.body(inputs).detach().requires_grad_()
        logits = net.head(activations).flatten(2).transpose(1, 2)[..., : net.classes]
        (gradient,) = torch.autograd.grad(logits[0, one.candidate, one.index], activations)
    return activations[0].detach(), gradient[0]


def test_a_class_means_its_best_box_and_nothing_the_best_of_all():
    recorded = trace(wrapped(), PHOTO)
    best = recorded.top(1)[0]
    assert recorded.target().candidate == recorded.target(best).candidate == best.candidate
    chances = recorded.logits[:, 4:].sigmoid()
    for target in ("dog", 1):
        assert recorded.target(target).candidate == int(chances[:, 1].argmax())
    close(explain(recorded, None, Against(recorded.target(best))).raw, -explain(recorded, None, best).raw)
    summed = explain(recorded, "gradcam", lambda answer: answer[:, 4].sum())
    assert summed.class_index is None
    assert summed.raw.abs().max() > 0


def _best(net, changed, target):
    """The rows that are best by IoU times probability, and by IoU alone, and the former's quality and logit."""
    with torch.no_grad():
        boxes, logits = (part[0] for part in net.both(changed))
    found = []
    for row, (box, values) in enumerate(zip(boxes.tolist(), logits, strict=True)):
        width = max(0, min(box[2], target.box[2]) - max(box[0], target.box[0]))
        height = max(0, min(box[3], target.box[3]) - max(box[1], target.box[1]))
        areas = [(one[2] - one[0]) * (one[3] - one[1]) for one in (box, target.box)]
        overlap = width * height / (sum(areas) - width * height)
        score = float(values[target.index])
        found.append((overlap / (1 + math.exp(-score)), score, overlap, row))
    return max(found), max(found, key=lambda one: one[2])[3]


def test_on_a_changed_input_the_best_candidate_by_overlap_and_probability_counts():
    recorded = trace(wrapped(), PHOTO)
    others = 0
    for one in recorded.top(8):
        target = recorded.target(one)
        for changed in (recorded.input.flip(-1), recorded.input.flip(-2), -recorded.input):
            (quality, score, _, row), nearest = _best(recorded.model.net, changed, target)
            answer = recorded.scores_of_images(changed)
            assert float(target.confidence(answer)[0]) == pytest.approx(quality, rel=1e-4)
            assert float(target(answer)[0]) == pytest.approx(score, rel=1e-4)
            others += row != nearest
    assert others > 0  # the nearest box is not always the best one
    elsewhere = answer.clone()
    elsewhere[..., :4] += 1000
    assert float(target.confidence(elsewhere)[0]) == 0
    assert float(target(elsewhere)[0]) == pytest.approx(float(torch.logit(torch.tensor(LOST))))


def test_d_rise_is_its_definition_mask_by_mask():
    """Petsiuk et al. 2021: each mask weighs as much as its best detection is like the box."""
    recorded = trace(wrapped(), PHOTO)
    found = recorded.top(1)[0]
    target, count = recorded.target(found), 24
    (*_, (last, share)) = rise(recorded, target, count)
    masks = rise_masks((32, 32), count)(torch.arange(count))
    own = recorded.logits[found.candidate, 4:].sigmoid()
    expected = torch.zeros(32, 32)
    for mask in masks:
        with torch.no_grad():
            boxes, logits = (part[0] for part in recorded.model.net.both(recorded.input * mask))
        best = 0.0
        for box, row in zip(boxes, logits.sigmoid(), strict=True):
            left, top = torch.maximum(box[:2], torch.tensor(found.inside[:2]))
            right, bottom = torch.minimum(box[2:], torch.tensor(found.inside[2:]))
            both = max(0.0, float(right - left)) * max(0.0, float(bottom - top))
            a, b = ((one[2] - one[0]) * (one[3] - one[1]) for one in (box.tolist(), found.inside))
            cosine = float(row @ own) / float(row.norm() * own.norm())
            best = max(best, both / (a + b - both) * cosine * float(row.max()))
        expected += best * mask[0] / (count * 0.5)
    assert share == 1
    close(last.raw, expected, 1e-4)


@pytest.mark.parametrize("method", ["scorecam", "ablationcam", "layercam", "occlusion", "smoothgrad", "shapleycam"])
def test_other_methods_take_a_box(method):
    recorded = trace(wrapped(), PHOTO)
    found = explain(recorded, method, recorded.top(1)[0])
    assert torch.isfinite(found.raw).all()
    assert found.raw.abs().max() > 0


def test_deletion_and_insertion_ask_for_the_score_of_the_box():
    recorded = trace(wrapped(), PHOTO)
    found = recorded.top(1)[0]
    heatmap = explain(recorded, None, found).heatmap
    target = recorded.target(found)
    deleted = metrics.deletion(recorded, heatmap, found, pixels=256)
    blank = float(target.confidence(recorded.scores_of_images(torch.zeros_like(recorded.input)))[0])
    assert deleted.scores[0] == pytest.approx(found.probability, abs=1e-5)
    assert deleted.scores[-1] == pytest.approx(blank, abs=1e-5)
    assert metrics.insertion(recorded, heatmap, found, pixels=256).scores[-1] == deleted.scores[0]


def test_no_object_has_a_logit_and_is_never_found():
    model = wrap_model(Dense(classes=4).eval(), preprocess=PREPROCESS, labels=["a", "b", "c"], scores="softmax")
    recorded = trace(model, PHOTO)
    chances = recorded.logits[:, 4:].softmax(-1)[:, :3]
    best = recorded.target()
    assert float(best.confidence(recorded.logits)) == pytest.approx(float(chances.max()), abs=1e-6)
    assert {one.index for one in recorded.top(1000)} <= {0, 1, 2}


def test_suppression_and_overlap():
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 8], [20, 20, 30, 30], [0, 0, 10, 4]])
    assert iou(boxes, boxes[0]).tolist() == pytest.approx([1, 0.8, 0, 0.4])
    assert kept(boxes) == [0, 2, 3]
    small = boxes / 100  # as where sides are given in parts of the image
    assert iou(small, small[0]).tolist() == pytest.approx([1, 0.8, 0, 0.4])
    turned = torch.tensor([[5.0, 5, 0, 0], [3, 3, 3, 9]])  # the corners the wrong way round, and no width
    assert iou(turned, boxes[0]).tolist() == [0, 0]


# --- what is wrong is said --------------------------------------------------------------------------------------------


def test_mistakes_are_told_with_the_way_out():
    model = wrapped()
    recorded = trace(model, PHOTO)
    other = trace(model, PHOTO.transpose(0))
    with pytest.raises(TargetError, match="not found in this pass.*trace.top") as said:
        explain(other, None, recorded.top(1)[0])
    assert said.value.code == "finding-elsewhere"
    with pytest.raises(TargetError, match="parts of it") as said:
        explain(recorded, None, Contrast(0, (1,)))
    assert said.value.code == "target-of-classes"
    with pytest.raises(UnknownNameError, match="cup"):
        explain(recorded, None, "cups")
    with pytest.raises(UnknownNameError, match="1 to"):
        recorded.finding(0)
    with pytest.raises(TargetError, match="Boxes") as said:
        wrapped(lambda boxes, logits: (boxes, logits), output=lambda out: Boxes(out[0][..., :3], out[1]))
    assert said.value.code == "output-no-boxes"
    with pytest.raises(UnknownNameError, match="detection"):
        wrapped(task="detecting")


# --- the terminal -----------------------------------------------------------------------------------------------------


def test_a_finding_by_its_number_at_the_terminal(capsys, tmp_path):
    photo = str(ASSETS / "grace_hopper.jpg")
    assert main([photo, "--model", "nanodet_g", "--target", "2", "--json", "--out", str(tmp_path / "o.png")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["task"], told["class"]["label"], told["method"]) == ("detection", "tie", "hirescam")
    assert told["class"]["box"] == told["top"][1]["box"] == pytest.approx([227.0, 411.2, 287.7, 536.7], abs=1)
    assert main([photo, "--model", "nanodet_g", "--target", "9"]) == 1
    assert "1 to 4" in capsys.readouterr().err


def test_the_page_offers_no_model_of_another_task():
    from cam import MODELS
    from cam.models.catalogue import LESSONS, LOADABLE, OTHER_TASKS

    assert {"nanodet_g", "u2netp"} < set(OTHER_TASKS)
    assert not set(OTHER_TASKS) & set(MODELS)
    assert set(LOADABLE) == set(MODELS) | set(OTHER_TASKS) | set(LESSONS)


def test_a_detection_says_what_and_where(nanodet):
    found = trace(nanodet, ASSETS / "coffee.jpg").top(1)[0]
    assert isinstance(found, Detection)
    assert "cup" in repr(found)
    assert "candidate" not in repr(found)
