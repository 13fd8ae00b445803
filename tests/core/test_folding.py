"""Folded networks: the same logits, layers and maps, and nothing folded that would change them."""

import copy
import functools

import pytest
import torch
from nets import CLASSES, PHOTO, PREPROCESS, SIZE
from torch import nn
from torch.nn import functional as F

from cam import LayerError, Store, explain, load_model, open_image, trace
from cam.methods.fullgrad import completeness
from cam.models import load
from cam.network import folding, hooks

MODEL = "efficientnet_lite0"


class Normed(nn.BatchNorm2d):
    """A normalisation that holds its activation, as timm's do."""

    def __init__(self, channels):
        super().__init__(channels)
        self.drop = nn.Identity()
        self.act = nn.ReLU6(inplace=True)

    def forward(self, x):
        return self.act(self.drop(super().forward(x)))


class Standardised(nn.Conv2d):
    """A convolution that uses other weights than those it holds."""

    def forward(self, x):
        return F.conv2d(x, self.weight - self.weight.mean((1, 2, 3), keepdim=True), None, padding=1)


class Chain(nn.Module):
    """`conv`, `norm` and a head, with `way(net, x)` between input and pooling."""

    def __init__(self, way, conv=None, norm=None):
        super().__init__()
        self.conv = conv or nn.Conv2d(3, 3, 3, padding=1, bias=False)
        self.norm = norm or nn.BatchNorm2d(3)
        self.between = nn.Conv2d(3, 3, 3, padding=1, bias=False)
        self.second = nn.BatchNorm2d(3)
        self.head = nn.Sequential(nn.Softplus(), nn.Linear(3, CLASSES))
        self.way = way

    def forward(self, x):
        return self.head[1](self.way(self, x).relu().mean((2, 3)))


def plain(net, x):
    return net.norm(net.conv(x))


def made(way=plain, **parts):
    """A frozen chain whose statistics are not those of a fresh network, an input, and a pass."""
    torch.manual_seed(0)
    net = Chain(way, **parts).requires_grad_(False).eval()
    if net.norm.track_running_stats:
        net.norm.running_mean.normal_()
        net.norm.running_var.uniform_(0.5, 2)
    if net.norm.affine:
        net.norm.weight.normal_()
        net.norm.bias.normal_()
    inputs = torch.randn(1, 3, SIZE, SIZE)
    return net, inputs, *hooks.record(net, inputs)


@pytest.mark.parametrize(
    ("parts", "behind"),
    [
        ({}, []),
        ({"conv": nn.Conv2d(3, 3, 3, 2, 2, dilation=2, groups=3, padding_mode="reflect", bias=False)}, []),
        ({"norm": Normed(3)}, ["drop", "act"]),
        ({"norm": nn.BatchNorm2d(3, affine=False)}, []),
    ],
    ids=["plain", "grouped", "with activation", "not affine"],
)
def test_a_normalisation_becomes_part_of_the_convolution_before_it(parts, behind):
    net, inputs, calls, logits = made(**parts)
    normed = next(call.output for call in calls if call.name == "norm")
    assert folding.fold(net, inputs, calls, logits) == {"conv"}
    assert [name for name, _ in net.norm.named_children()] == behind
    assert not isinstance(net.norm, nn.BatchNorm2d)
    again, found = hooks.record(net, inputs)
    assert torch.allclose(found, logits, atol=1e-5)
    outputs = {call.name: call.output for call in again}
    assert torch.allclose(outputs["norm"], normed, atol=1e-5)
    assert not any(tensor.requires_grad for tensor in net.parameters())
    assert not any(module.training for module in net.modules())


def stays(net, inputs, calls, logits, keep=()):
    """Whether folding leaves the network's modules as they are."""
    before = dict(net.named_modules())
    return not folding.fold(net, inputs, calls, logits, keep) and dict(net.named_modules()) == before


@pytest.mark.parametrize(
    ("way", "parts"),
    [
        (lambda net, x: net.norm(net.conv(net.conv(x))), {}),
        (lambda net, x: net.norm(net.norm(net.conv(x))), {}),
        (lambda net, x: net.conv(net.norm(x)), {}),
        (lambda net, x: net.norm(net.conv(x).relu()), {}),
        (lambda net, x: net.head[0](y := net.conv(x)) + net.norm(y), {}),
        (plain, {"conv": nn.Conv2d(3, 3, 3)}),
        (plain, {"norm": nn.BatchNorm2d(3, track_running_stats=False)}),
        (plain, {"norm": nn.InstanceNorm2d(3, affine=True, track_running_stats=True)}),
        (plain, {"conv": nn.ConvTranspose2d(3, 3, 3, bias=False)}),
    ],
    ids=[
        "called twice",
        "norm twice",
        "norm first",
        "relu between",
        "branch",
        "bias",
        "no statistics",
        "instance",
        "up",
    ],
)
def test_what_is_no_pair_is_left_alone(way, parts):
    found = made(way, **parts)
    assert not folding._pairs(found[2], ())
    assert stays(*found)


@pytest.mark.parametrize(
    ("way", "parts"),
    [
        (lambda net, x: (y := net.conv(x)) + net.norm(y), {}),
        (plain, {"conv": Standardised(3, 3, 3, bias=False)}),
    ],
    ids=["used twice", "own weights"],
)
@pytest.mark.parametrize("scale", [1e-4, 1, 1e4])
def test_other_logits_undo_it(way, parts, scale):
    """Whatever the logits' size is."""
    net, inputs, *_ = made(way, **parts)
    net.head[1].weight *= scale
    net.head[1].bias *= scale
    found = hooks.record(net, inputs)
    assert folding._pairs(found[0], ())
    assert stays(net, inputs, *found)


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_rounding_does_not_undo_it(scale):
    net, inputs, *_ = made()
    net.head[1].weight *= scale
    net.head[1].bias *= scale
    assert folding.fold(net, inputs, *hooks.record(net, inputs)) == {"conv"}


def test_logits_that_are_no_numbers_undo_it():
    net, inputs, calls, logits = made()
    assert stays(net, inputs, calls, logits * torch.nan)


def test_a_pair_that_would_change_something_spares_the_others():
    net, inputs, calls, logits = made(lambda net, x: net.head[0](y := plain(net, x)) + net.second(net.between(y)))
    assert folding.fold(net, inputs, calls, logits) == {"conv", "between"}


def test_what_hands_on_the_output_of_a_convolution_goes_and_stays_with_it():
    conv = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1, bias=False))
    found = made(conv=conv)
    assert stays(*found, keep=("conv",))
    assert folding.fold(*found) == {"conv", "conv.0"}


class Stages(nn.Module):
    """Two layers worth offering that hand on what a convolution makes, each before a normalisation."""

    def __init__(self):
        super().__init__()
        conv = functools.partial(nn.Conv2d, kernel_size=3, padding=1, bias=False)
        self.stem = nn.Sequential(conv(3, 6, stride=2), nn.ReLU(), conv(6, 6))
        self.norm = nn.BatchNorm2d(6)
        self.body = nn.Sequential(nn.ReLU(), nn.Sequential(conv(6, 8, stride=2)), nn.BatchNorm2d(8), nn.ReLU())
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.head(self.body(self.norm(self.stem(x))).mean((2, 3)))


def test_a_layer_worth_offering_keeps_its_output():
    torch.manual_seed(1)
    net = Stages().eval().requires_grad_(False)
    net.norm.running_mean.normal_()
    usual, folded = (
        load._assemble(copy.deepcopy(net), "", "", PREPROCESS, load._Reading(), "cpu", None, fold)
        for fold in (False, True)
    )
    assert {"stem", "body.1"} <= set(usual.layers)
    assert usual.layers == folded.layers
    for layer in usual.layers:
        one, other = (trace(model, PHOTO, layer).activations for model in (usual, folded))
        assert torch.allclose(one, other, atol=1e-5), layer


def test_a_convolution_without_an_output_of_its_own_is_no_layer(folded, photo):
    with pytest.raises(LayerError, match=r"blocks\.0\.0\.conv_dw.*fold"):
        trace(folded, photo, "blocks.0.0.conv_dw")


def test_weights_are_laid_out_as_before():
    conv = nn.Conv2d(3, 3, 3, padding=1, bias=False).to(memory_format=torch.channels_last)
    net, *found = made(conv=conv)
    assert folding.fold(net, *found)
    assert net.conv.weight.is_contiguous(memory_format=torch.channels_last)


@pytest.fixture(scope="module")
def folded():
    return load_model(MODEL, fold=True, device="cpu")


def test_the_default_model_folded_is_the_same_model(folded, lite0):
    assert len(folded.folded) == 49
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.net.modules())
    assert (folded.layers, folded.layer_shapes) == (lite0.layers, lite0.layer_shapes)
    assert folded.default_layer == lite0.default_layer
    assert not lite0.folded


def spread(values):
    return values.max() - values.min()


METHODS = dict.fromkeys(("gradcam", "gradcam_plusplus", "layercam", "shapleycam", "ablationcam", "fullgrad"), 0.001)
METHODS |= {"input_gradient": 0.02}  # a ReLU6 near its corner may be on the other side of it


@pytest.mark.parametrize("method", METHODS)
def test_maps_are_the_same_but_for_rounding(folded, lite0, photo, method):
    for layer in lite0.layers if method in ("gradcam", "layercam") else [lite0.default_layer]:
        one, other = (explain(trace(model, photo, layer), method).raw for model in (lite0, folded))
        assert torch.allclose(one, other, rtol=0, atol=METHODS[method] * float(spread(one))), layer


def test_the_full_gradients_still_add_up(folded, photo):
    score, total, scale = completeness(recorded := trace(folded, photo), recorded.target())
    assert total == pytest.approx(score, abs=1e-4 * scale)


def test_what_lies_behind_a_normalisation_keeps_its_name_and_its_output(folded, lite0, photo):
    for layer in ("blocks.0.0.bn1", "blocks.0.0.bn1.act"):
        one, other = (trace(model, photo, layer).activations for model in (lite0, folded))
        assert torch.allclose(one, other, atol=1e-4)


def test_a_store_folds_and_still_explains_every_layer(folded, lite0, photo):
    store = Store(device="cpu")
    photo = open_image(photo)
    assert store.trace(photo, MODEL, "blocks.0.0.bn1").model is store.model(MODEL)
    assert store.model(MODEL).folded == folded.folded
    assert len(store.models) == 1
    for name in ("blocks.0.0.conv_dw", "blocks.1.0.conv_pw"):
        assert torch.equal(store.trace(photo, MODEL, name).activations, trace(lite0, photo, name).activations)
    assert len(store.models) == 2
    assert store.trace(photo, MODEL).model is store.model(MODEL)


def test_a_store_says_how_its_models_are_loaded(monkeypatch):
    asked = []
    monkeypatch.setattr("cam.passes.store.load_model", lambda name, **how: asked.append(how) or load_model(name, **how))
    store, progress = Store(device="cpu"), lambda done, total: None
    store.model(MODEL, progress=progress)
    store.model(MODEL, "blocks.0.0.conv_dw")
    assert asked == [{"device": "cpu", "fold": True, "progress": progress}, {"device": "cpu"}]
