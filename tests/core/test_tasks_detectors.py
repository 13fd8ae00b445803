"""Detectors as libraries build them, and boxes held against each other: torchvision's, DETR, contrasts by value."""

from contextlib import contextmanager

import pytest
import torch
from nets import PHOTO
from test_tasks_boxes import ASSETS, PREPROCESS, Dense, close, plain_gradient, wrapped
from torch import nn
from torchvision.models import detection
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.ssd import SSD

from cam import (
    METHODS,
    BoxContrast,
    MethodError,
    TargetError,
    UnknownNameError,
    explain,
    load_model,
    metrics,
    obstacle,
    trace,
    wrap_model,
)
from cam.maps.report import report
from cam.methods.fullgrad import completeness
from cam.tasks.targets import Against

# --- torchvision's detectors, tiny ------------------------------------------------------------------------------------


class Body(nn.Sequential):
    def __init__(self, width=8):
        super().__init__(nn.Conv2d(3, 8, 3, 4, 1), nn.ReLU(), nn.Conv2d(8, width, 3, 2, 1), nn.ReLU())
        self.out_channels = width


def _detector(kind):
    sizes = {"min_size": 64, "max_size": 64, "image_mean": [0.5] * 3, "image_std": [0.25] * 3}
    torch.manual_seed(1)
    anchors = AnchorGenerator(((16, 32),), ((1.0,),))
    if kind == "retinanet":
        net = detection.RetinaNet(Body(), 5, anchor_generator=anchors, score_thresh=0.0, detections_per_img=9, **sizes)
    elif kind == "fcos":
        one = AnchorGenerator(((8,),), ((1.0,),))
        net = detection.FCOS(Body(32), 5, anchor_generator=one, score_thresh=0.0, detections_per_img=9, **sizes)
    elif kind == "ssd":
        body = Body()
        body.out_channels = [8]
        net = SSD(body, DefaultBoxGenerator([[2]]), (64, 64), 5, score_thresh=0.0, detections_per_img=9)
    else:
        from torchvision.ops import MultiScaleRoIAlign

        pool = {"box_roi_pool": MultiScaleRoIAlign(["0"], 7, 2)}
        maker = detection.FasterRCNN
        if kind == "maskrcnn":
            pool["mask_roi_pool"], maker = MultiScaleRoIAlign(["0"], 14, 2), detection.MaskRCNN
        few = {"rpn_post_nms_top_n_test": 12, "box_detections_per_img": 9, "box_score_thresh": 0.0}
        net = maker(Body(), 5, rpn_anchor_generator=anchors, **few, **pool, **sizes)
    for name, parameter in net.named_parameters():
        if "head" in name or "predictor" in name:
            nn.init.normal_(parameter, 0.0, 0.05)
    return net.eval()


@pytest.fixture
def eager():
    """torchvision compiles a function of its own where it has no kernel; the package does without."""
    with torch.compiler.set_stance("force_eager"):
        yield


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # of what PyTorch itself imports to compile
@pytest.mark.parametrize("kind", ["retinanet", "fcos", "ssd", "fasterrcnn", "maskrcnn"])
def test_a_detector_of_torchvision_is_known_by_what_it_returns(kind):
    net = _detector(kind)
    model = wrap_model(net)
    assert (model.task, len(model.labels), tuple(model.preprocess.size)) == ("detection", 5, (64, 64))
    assert (tuple(model.preprocess.mean), tuple(model.preprocess.std)) == ((0.0,) * 3, (1.0,) * 3)  # its own normalises
    recorded = trace(model, PHOTO, "backbone.2")
    with torch.no_grad():
        (given,) = net(recorded.input)
    found = recorded.top(100)
    assert len(found) == len(given["boxes"]) > 2
    order = given["scores"].argsort(descending=True, stable=True)
    assert [one.index for one in found[:2]] == given["labels"][order[:2]].tolist()
    assert found[0].probability == pytest.approx(float(given["scores"].max()), abs=1e-5)
    assert found[0].inside == pytest.approx(given["boxes"][order[0]].tolist(), abs=1e-3)
    one = found[0]
    activations, gradient = plain_gradient(
        net, "backbone.2", recorded.input, lambda out: torch.logit(out[0]["scores"][one.candidate])
    )
    close(explain(recorded, None, one).raw, (activations * gradient).sum(0), 1e-4)


@pytest.mark.usefixtures("eager")
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_each_grid_of_ssdlite_depends_on_the_default_layer():
    """At its own size: the map that its first boxes are made of, and all later grids from it. Nothing is found here."""
    torch.manual_seed(0)
    net = detection.ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, score_thresh=0.9)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # statistics of one batch, without which the maps die away
    net.backbone(torch.rand(4, 3, 320, 320))
    for module in net.head.classification_head.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, 0.0, 0.4 / module.in_channels**0.5)
    model = wrap_model(net.eval())
    assert model.default_layer == "backbone.features.0.13"
    assert model.layer_shapes[model.default_layer] == (672, 20, 20)
    assert trace(model, PHOTO).top() == []
    with hooked(net, model.default_layer) as kept, torch.enable_grad():
        grids = list(net.backbone(torch.rand(1, 3, 320, 320, requires_grad=True)).values())
        assert [tuple(one.shape[2:]) for one in grids] == [(n, n) for n in (20, 10, 5, 3, 2, 1)]
        for grid in grids:
            (gradient,) = torch.autograd.grad(grid.square().sum(), kept[0], retain_graph=True)
            assert gradient.abs().max() > 0


@contextmanager
def hooked(net, layer):
    """What a layer hands on, in a list."""
    kept = []
    hook = net.get_submodule(layer).register_forward_hook(lambda *call: kept.append(call[-1]))
    yield kept
    hook.remove()


def test_a_network_that_finds_nothing_says_so():
    net = _detector("retinanet")
    net.score_thresh = 0.999
    recorded = trace(wrap_model(net), PHOTO, "backbone.2")
    assert recorded.top() == []
    with pytest.raises(TargetError, match="did not find anything") as said:
        explain(recorded, "gradcam")
    assert said.value.code == "nothing-found"


def test_detr_is_told_how_its_boxes_become_pixels():
    class Detr(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = Dense()

        def forward(self, x):
            boxes, logits = self.dense.both(x)
            return type("Output", (), {"pred_boxes": boxes / 32, "logits": logits})()

    with pytest.raises(TargetError, match="Boxes.relative") as said:
        wrap_model(Detr().eval(), preprocess=PREPROCESS)
    assert said.value.code == "boxes-relative"


def test_fullgrad_of_a_box_adds_up_to_its_logit():
    """The softmax by which the sides of boxes are made lies on no way to a logit, so it does not matter."""
    recorded = trace(load_model("nanodet_g"), ASSETS / "coffee.jpg")
    assert obstacle(METHODS["fullgrad"], recorded) is None
    (cup,) = recorded.top(1)
    score, total, _ = completeness(recorded, recorded.target(cup))
    assert score == pytest.approx(float(recorded.logits[cup.candidate, 4 + cup.index]), abs=1e-5)
    assert total == pytest.approx(score, abs=1e-3)
    found = explain(recorded, "fullgrad", cup).heatmap
    assert metrics.energy_pointing_game(found, [cup.inside]) > 0.5


# --- one box against another ------------------------------------------------------------------------------------------


def _slopes(net, inputs, *numbers):
    """Activations, and the gradient of each of the numbers (candidate, class), by plain autograd."""
    found = [plain_gradient(net, "body.3", inputs, lambda out, n=n: out.logits[0, n[0], n[1]]) for n in numbers]
    return found[0][0], [gradient for _, gradient in found]


def test_a_box_against_another_box():
    recorded = trace(wrapped(), PHOTO, "body.3")
    one, other = recorded.top(2)
    target = recorded.target(BoxContrast(one, other))
    activations, (mine, others) = _slopes(
        recorded.model.net, recorded.input, (one.candidate, one.index), (other.candidate, other.index)
    )
    close(explain(recorded, "hirescam", BoxContrast(one, other)).raw, (activations * (mine - others)).sum(0))
    assert one.index == other.index  # one gradient is the other, moved: the difference of their means is rounding
    with pytest.raises(MethodError, match="two boxes of one class"):
        explain(recorded, "gradcam", BoxContrast(one, other))
    score = recorded.logits[one.candidate, 4 + one.index] - recorded.logits[other.candidate, 4 + other.index]
    assert target(recorded.logits) == pytest.approx(float(score))
    assert target.confidence(recorded.logits).item() == pytest.approx(one.probability - other.probability, abs=1e-6)
    assert (
        target.formula
        == f"y = z_{one.index} of candidate {one.candidate} − z_{other.index} of candidate {other.candidate}"
    )
    back = explain(recorded, "hirescam", Against(recorded.target(BoxContrast(one, other))))
    close(back.raw, explain(recorded, "hirescam", BoxContrast(other, one)).raw)
    told = report(explain(recorded, "hirescam", BoxContrast(one, other)), 0.0)["class"]
    assert (told["box"], told["other"]) == tuple([round(side, 2) for side in box.box] for box in (one, other))
    assert (told["label"], told["other_label"]) == (one.label, other.label)


def test_one_class_against_another_for_the_same_box():
    recorded = trace(wrapped(), PHOTO, "body.3")
    (one,) = recorded.top(1)
    for wanted, index in (("cup", 2), (2, 2)) if one.index != 2 else (("dog", 1), (1, 1)):
        activations, (mine, others) = _slopes(
            recorded.model.net, recorded.input, (one.candidate, one.index), (one.candidate, index)
        )
        found = explain(recorded, "hirescam", BoxContrast(one, wanted))
        close(found.raw, (activations * (mine - others)).sum(0))
        means = (mine - others).mean((1, 2), keepdim=True)
        close(explain(recorded, "gradcam", BoxContrast(one, wanted)).raw, (activations * means).sum(0))
        assert found.class_index == one.index


def test_two_people_are_told_apart():
    """What both have in common drops out: of each person's map against the other more lies in its own box."""
    recorded = trace(load_model("nanodet_g"), ASSETS / "two_people.jpg")
    one, other = [box for box in recorded.top() if box.label == "person"][:2]
    for mine, others in ((one, other), (other, one)):
        found = explain(recorded, None, BoxContrast(mine, others)).heatmap
        inside = metrics.energy_pointing_game(found, [mine.inside])
        assert inside > 0.9
        assert inside > 5 * metrics.energy_pointing_game(found, [others.inside])


def test_contrasts_that_are_none_say_so():
    recorded = trace(wrapped(), PHOTO)
    (one,) = recorded.top(1)
    for other in (one, one.label, one.index):
        with pytest.raises(TargetError, match=r"another box, or another class.*BoxContrast") as said:
            explain(recorded, None, BoxContrast(one, other))
        assert said.value.code == "box-contrast-alone"
    with pytest.raises(UnknownNameError, match="cup"):
        explain(recorded, None, BoxContrast(one, "cups"))
