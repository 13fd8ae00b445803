"""Methods on pixels and by masks, beyond their rows in the proof table: sizes, seeds, ReLUs of every kind."""

import pytest
import torch
from nets import NETS, PHOTO, PREPROCESS, make, recorded
from torch import nn
from torch.nn import functional as F

from cam import METHODS, explain, obstacle, trace, wrap_model
from cam.maps.explanation import heatmap_of
from cam.methods.masks import occlusion, rise_masks
from cam.passes import again


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.layer_blind])
def test_the_layer_does_not_matter_where_an_entry_says_so(name):
    kind = "vit" if "attention" in METHODS[name].requires else "pooled"
    layers = make(kind), wrap_model(make(kind), preprocess=PREPROCESS).layers
    one, other = (recorded(kind, layers[1][i]) for i in (0, -1))
    torch.testing.assert_close(explain(one, name, 1).raw, explain(other, name, 1).raw)


@pytest.mark.parametrize("kind", NETS)
def test_maps_on_pixels_have_the_inputs_size(kind):
    t = recorded(kind)
    for name in ("input_gradient", "fullgrad", "guided_gradcam", "occlusion"):
        if obstacle(METHODS[name], t) is None:
            assert explain(t, name, 2).raw.shape == (32, 32)


def test_heatmaps_of_maps_of_any_size():
    fine = torch.rand(32, 32, generator=torch.Generator().manual_seed(0)) - 0.5
    positive = fine.clamp(min=0)
    torch.testing.assert_close(heatmap_of(fine, (32, 32)), positive / positive.max())
    assert heatmap_of(torch.rand(64, 48), (32, 24)).shape == (32, 24)


class Functional(nn.Module):
    """ReLU as a function, in place, as a method and as one module called twice."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(3 if i == 0 else 6, 6, 3, padding=1) for i in range(5))
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Linear(6, 5)

    def forward(self, x):
        x = F.relu(self.convs[0](x))
        x = self.convs[1](x).relu_()
        x = self.relu(self.convs[2](x))
        x = self.relu(self.convs[3](x))
        return self.head(torch.relu(self.convs[4](x)).mean((2, 3)))


class Guided(torch.autograd.Function):
    """ReLU whose backward pass lets positive gradients through, and only where the input was positive."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.clamp(min=0) * (ctx.saved_tensors[0] > 0)


def test_guided_backprop_finds_every_relu():
    torch.manual_seed(3)
    net = Functional().eval()
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    x = inputs = t.input.clone().requires_grad_()
    for conv in net.convs:
        x = Guided.apply(conv(x))
    (gradient,) = torch.autograd.grad(net.head(x.mean((2, 3)))[0, 1], inputs)
    found = explain(t, "guided_backprop", 1).raw
    torch.testing.assert_close(found, gradient[0].abs().sum(0), atol=1e-6, rtol=1e-4)
    plain = t.input_gradients(1, t.input)[0][0].abs().sum(0)
    assert not torch.allclose(found, plain)


def test_guidance_does_not_outlive_its_pass():
    t = recorded("pooled")
    before = explain(t, "input_gradient", 1).raw
    explain(t, "guided_backprop", 1)
    assert torch.equal(explain(t, "input_gradient", 1).raw, before)


@pytest.mark.parametrize("name", ["smoothgrad", "rise", "sscam", "smoothgradcam_plusplus"])
def test_seeded_methods_repeat_themselves_whatever_the_chunks(name, monkeypatch):
    t = recorded("deep_head")
    first = explain(t, name, 1).raw
    monkeypatch.setattr(again, "CHUNK_BYTES", 50 * t.input.nbytes)
    torch.testing.assert_close(explain(t, name, 1).raw, first, atol=1e-6, rtol=1e-4)


def test_rise_masks_keep_their_share_and_differ():
    masks = rise_masks((40, 56), 300)(torch.arange(300))
    assert masks.shape == (300, 1, 40, 56)
    assert masks.min() >= 0
    assert masks.max() <= 1 + 1e-6
    assert float(masks.mean()) == pytest.approx(0.5, abs=0.02)
    assert not torch.allclose(masks[0], masks[1])


@pytest.mark.parametrize(("patch", "stride"), [(8, 8), (5, 3), (32, 32), (40, 40)])
def test_occlusion_covers_the_image_with_any_patch(patch, stride):
    t = recorded("deep_head")
    *_, (result, share) = occlusion(t, t.target(1), patch, stride)
    assert share == 1
    with torch.no_grad():
        corner = t.input.clone()
        corner[:, :, :patch, :patch] = 0
        loss = t.logits[1] - t.model.net(corner)[0, 1]
    assert float(result.raw[0, 0]) == pytest.approx(float(loss), abs=1e-5)
    assert (result.raw != 0).all()  # each pixel lies under a patch that changes the score
