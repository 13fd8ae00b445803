"""Folded networks: the same logits, layers and maps, and nothing folded that would change them."""

import pytest
import torch
from nets import CLASSES, SIZE
from torch import nn
from torch.nn import functional as F

from cam import LayerError, Store, explain, folding, hooks, load_model, open_image, trace
from cam.methods.fullgrad import completeness

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
        self.head = nn.Linear(3, CLASSES)
        self.way = way

    def forward(self, x):
        return self.head(self.way(self, x).relu().mean((2, 3)))


def plain(net, x):
    return net.norm(net.conv(x))


def made(way=plain, **parts):
    """A frozen chain whose statistics are not those of a fresh network, an input, and a pass."""
    torch.manual_seed(0)
    net = Chain(way, **parts).requires_grad_(False).eval()
    if net.norm.running_mean is not None:
        net.norm.running_mean.normal_()
        net.norm.running_var.uniform_(0.5, 2)
    if net.norm.affine:
        net.norm.weight.normal_()
        net.norm.bias.normal_()
    inputs = torch.randn(1, 3, SIZE, SIZE)
    return net, inputs, *hooks.record(net, inputs)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"conv": nn.Conv2d(3, 3, 3, padding=1)},
        {"conv": nn.Conv2d(3, 3, 3, stride=2, dilation=2, groups=3, padding=2, padding_mode="reflect")},
        {"norm": Normed(3)},
        {"norm": nn.BatchNorm2d(3, affine=False)},
    ],
    ids=["no bias", "bias", "grouped", "with activation", "not affine"],
)
def test_a_normalisation_becomes_part_of_the_convolution_before_it(parts):
    net, inputs, calls, logits = made(**parts)
    normed = next(call.output for call in calls if call.name == "norm")
    assert folding.fold(net, inputs, calls, logits) == {"conv"}
    assert not any(isinstance(module, nn.BatchNorm2d) for module in net.modules())
    again, found = hooks.record(net, inputs)
    assert torch.allclose(found, logits, atol=1e-5)
    outputs = {call.name: call.output for call in again}
    assert torch.allclose(outputs["norm"], normed, atol=1e-5)
    assert not any(tensor.requires_grad for tensor in net.parameters())
    assert not any(module.training for module in net.modules())
    assert {name for name, _ in net.norm.named_children()} == ({"drop", "act"} if len(net.norm) else set())


@pytest.mark.parametrize(
    ("way", "parts"),
    [
        (lambda net, x: net.norm(net.conv(net.conv(x))), {}),
        (lambda net, x: net.norm(net.norm(net.conv(x))), {}),
        (lambda net, x: net.conv(net.norm(x)), {}),
        (lambda net, x: net.norm(net.conv(x).relu()), {}),
        (lambda net, x: (y := net.conv(x)) + net.norm(y), {}),
        (plain, {"conv": Standardised(3, 3, 3)}),
        (plain, {"norm": nn.BatchNorm2d(3, track_running_stats=False)}),
        (plain, {"conv": nn.ConvTranspose2d(3, 3, 3)}),
    ],
    ids=[
        "called twice",
        "norm twice",
        "norm first",
        "relu between",
        "used twice",
        "own weights",
        "own statistics",
        "up",
    ],
)
def test_what_would_change_stays(way, parts):
    net, inputs, calls, logits = made(way, **parts)
    before = dict(net.named_modules())
    assert folding.fold(net, inputs, calls, logits) == frozenset()
    assert dict(net.named_modules()) == before
    assert torch.equal(net(inputs), logits)


def test_a_layer_worth_offering_keeps_its_output():
    net, inputs, calls, logits = made()
    assert folding.fold(net, inputs, calls, logits, keep=("conv",)) == frozenset()


def test_weights_are_laid_out_as_before():
    net, inputs, calls, logits = made(conv=nn.Conv2d(3, 3, 3, padding=1).to(memory_format=torch.channels_last))
    folding.fold(net, inputs, calls, logits)
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


def test_a_convolution_without_an_output_of_its_own_is_no_layer(folded, lite0, photo):
    name = "blocks.0.0.conv_dw"
    with pytest.raises(LayerError, match=f"{name}.*fold"):
        trace(folded, photo, name)
    one, other = (trace(model, photo, "blocks.0.0.bn1").activations for model in (lite0, folded))
    assert torch.allclose(one, other, atol=1e-4)


def test_a_store_folds_and_still_explains_every_layer(folded, lite0, photo):
    store = Store(device="cpu")
    assert store.model(MODEL).folded == folded.folded
    photo, name = open_image(photo), "blocks.0.0.conv_dw"
    assert torch.equal(store.trace(photo, MODEL, name).activations, trace(lite0, photo, name).activations)
    assert store.trace(photo, MODEL).model is store.model(MODEL)
