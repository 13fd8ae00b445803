"""What a normalisation behind the layer throws away has no gradient; methods that add up just that say so."""

from contextlib import nullcontext

import pytest
import torch
from nets import PHOTO
from test_tasks_grids import Grids
from torch import nn
from torch.nn import functional as F

from cam import METHODS, MethodError, Preprocess, all_classes, default_method, explain, obstacle, trace, wrap_model

PREPROCESS = Preprocess(size=(32, 32), resize=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each place, as ConvNeXt has it."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Length(nn.Module):
    """Each place's values divided by their length, as SSD has it."""

    def forward(self, x):
        return F.normalize(x, dim=1)


class RootMeanSquare(nn.Module):
    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6)


class Shares(nn.Module):
    """Each place's values as shares of their sum."""

    def forward(self, x):
        return x / x.sum(1, keepdim=True)


def network(norm, head=None):
    torch.manual_seed(0)
    head = head or nn.Sequential(nn.Conv2d(8, 8, 3, 1, 1), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 64, 5))
    net = nn.Sequential(nn.Conv2d(3, 8, 5, 4, 2), nn.Softplus(), norm, head)
    nn.init.normal_(net[0].weight, 0.0, 0.4)
    return wrap_model(net.eval(), preprocess=PREPROCESS)


NORMS = {"layer norm": ChannelNorm(8), "length": Length(), "root mean square": RootMeanSquare(), "shares": Shares()}


@pytest.mark.parametrize("name", NORMS)
def test_products_that_cancel_out_are_refused_with_the_way_out(name):
    model = network(NORMS[name])
    before, behind = trace(model, PHOTO, "1"), trace(model, PHOTO, "2")
    products = before.activations * before.gradients(0)
    assert products.sum(0).abs().max() < 1e-4 * products.abs().sum(0).max(), "Euler's theorem"
    assert obstacle(METHODS["hirescam"], before).code == "products-cancel"
    with pytest.raises(MethodError, match=r'layer \'1\'.*explain\(trace, "gradcam"\)'):
        explain(before, "hirescam", 0)
    assert default_method(before) == "gradcam"
    assert not all(explain(before, None, index).empty for index in range(5))
    expected = (behind.activations * behind.gradients(0)).sum(0)  # the way out that the sentence names
    assert torch.allclose(explain(behind, "hirescam", 0).raw, expected, atol=1e-6)
    assert default_method(behind) == "hirescam"


class Centred(nn.Module):
    """Each channel less its mean over the places."""

    def forward(self, x):
        return x - x.mean((2, 3), keepdim=True)


class Contrast(nn.Module):
    """Each channel's places as shares, by a softmax over them."""

    def forward(self, x):
        return x.flatten(2).softmax(-1).unflatten(-1, x.shape[2:]) * 64


CHANNELS = {
    "instance norm": nn.InstanceNorm2d(8),
    "groups of one channel": nn.GroupNorm(8, 8),
    "centred": Centred(),
    "behind a convolution of single pixels": nn.Sequential(nn.Conv2d(8, 8, 1), nn.InstanceNorm2d(8)),
    "softmax over places": Contrast(),
}


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize("method", ["gradcam", "shapleycam"])
def test_gradients_that_cancel_out_over_the_places_are_refused_with_the_way_out(name, method):
    before = trace(network(CHANNELS[name]), PHOTO, "1")
    gradients = before.gradients(0)
    assert gradients.mean((1, 2)).abs().max() < 1e-5 * gradients.abs().mean()
    assert obstacle(METHODS[method], before).code == "averages-cancel"
    with pytest.raises(MethodError, match=r'layer \'1\'.*explain\(trace, "hirescam"\)'):
        explain(before, method, 0)
    assert default_method(before) == "hirescam"
    expected = (before.activations * gradients).sum(0)
    assert torch.allclose(explain(before, None, 0).raw, expected, atol=1e-6)


def test_weights_that_do_not_cancel_out_are_shown():
    """Of a norm over groups of channels, and of one with its own statistics, a channel's mean counts."""
    for norm in (nn.GroupNorm(2, 8), nn.BatchNorm2d(8)):
        before = trace(network(norm), PHOTO, "1")
        expected = torch.einsum("c,chw->hw", before.gradients(0).mean((1, 2)), before.activations)
        assert torch.allclose(explain(before, "gradcam", 0).raw, expected, atol=1e-6)


def test_maps_of_all_classes_are_refused_as_well():
    pooled = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5))
    model = network(ChannelNorm(8), pooled)
    assert all_classes(trace(model, PHOTO, "2"), "hirescam") is not None
    with pytest.raises(MethodError) as said:
        all_classes(trace(model, PHOTO, "1"), "hirescam")
    assert said.value.code == "products-cancel"
    assert all_classes(trace(model, PHOTO, "1"), "gradcam") is not None


class AroundIt(nn.Module):
    """A way around the norm, or one norm for all places."""

    def __init__(self, around):
        super().__init__()
        self.around, self.norm = around, ChannelNorm(8) if around else nn.GroupNorm(1, 8)

    def forward(self, x):
        return self.norm(x) + x if self.around else self.norm(x)


@pytest.mark.parametrize("around", [True, False])
def test_what_does_not_cancel_out_is_shown(around):
    before = trace(network(AroundIt(around)), PHOTO, "1")
    expected = (before.activations * before.gradients(0)).sum(0)
    assert torch.allclose(explain(before, "hirescam", 0).raw, expected, atol=1e-6)
    assert default_method(before) == "hirescam"


def test_a_score_without_any_gradient_is_not_said_to_cancel_out():
    model = network(nn.Identity(), nn.Sequential(nn.Hardtanh(-9.0, -1.0), nn.Flatten(), nn.Linear(8 * 64, 5)))
    recorded = trace(model, PHOTO, "0")
    assert not recorded.gradients(0).any()
    assert obstacle(METHODS["hirescam"], recorded) is None
    assert obstacle(METHODS["gradcam"], recorded) is None


class OneGridNormalised(Grids):
    """Boxes of the fine grid come from normalised places, as SSD's first; those of the coarse one do not."""

    def __init__(self):
        super().__init__(down=False)
        self.fine = nn.Sequential(Length(), self.fine)


class OneGridCentred(Grids):
    def __init__(self):
        super().__init__(down=False)
        self.fine = nn.Sequential(Centred(), nn.Conv2d(8, 8, 3, 1, 1), nn.LeakyReLU(0.1))


def test_weights_of_boxes_are_asked_about_one_by_one():
    """Behind what is centred a box's logit changes with its own places, whose gradients add up to zero."""
    torch.manual_seed(0)
    recorded = trace(wrap_model(OneGridCentred().eval(), preprocess=PREPROCESS), PHOTO, "body")
    for one in recorded.top(1000):
        gradients = recorded.gradients(one)
        cancel = bool(gradients.mean((1, 2)).abs().max() < 1e-5 * gradients.abs().mean((1, 2)).max())
        assert cancel == (one.candidate < 64)
        with pytest.raises(MethodError, match="subtracts each channel's mean") if cancel else nullcontext():
            assert explain(recorded, "gradcam", one).raw.abs().max() > 0
        assert explain(recorded, None, one).raw.abs().max() > 0


def test_boxes_are_asked_about_one_by_one():
    model = wrap_model(OneGridNormalised().eval(), preprocess=PREPROCESS)
    recorded = trace(model, PHOTO, "body")
    assert obstacle(METHODS["hirescam"], recorded) is None
    found = recorded.top(1000)
    assert {one.candidate < 64 for one in found} == {True, False}
    for one in found:
        if one.candidate >= 64:
            assert explain(recorded, "hirescam", one).raw.abs().max() > 0
            continue
        with pytest.raises(MethodError, match="layercam") as said:
            explain(recorded, "hirescam", one)
        assert said.value.code == "products-cancel"
        assert explain(recorded, "layercam", one).raw.max() > 0
    assert default_method(recorded) == "layercam"
