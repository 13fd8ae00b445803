"""Heads that are affine in the layer's activations: told by the graph, and Ablation-CAM's short cut through them."""

import copy

import numpy as np
import pytest
import torch
from nets import recorded
from torch import nn

from cam import explain, explain_steps
from cam.network import graphs
from cam.passes import again

AFFINE = {
    "pooled": lambda: nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)),
    "normalised": lambda: nn.Sequential(nn.BatchNorm2d(6), nn.Conv2d(6, 4, 1), nn.Flatten(), nn.Linear(4 * 64, 5)),
    "scaled": lambda: nn.Sequential(nn.AvgPool2d(2), Scaled(), nn.Flatten(), nn.Linear(6 * 16, 5)),
}
CURVED = {
    "rectified": lambda: nn.Sequential(nn.ReLU(), *AFFINE["pooled"]()),
    "largest": lambda: nn.Sequential(nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(6, 5)),
    "layer norm": lambda: nn.Sequential(nn.LayerNorm(8), *AFFINE["pooled"]()),
    "gated": lambda: nn.Sequential(Gated(), *AFFINE["pooled"]()),
    "gated by a constant": lambda: nn.Sequential(Gated(detached=True), *AFFINE["pooled"]()),
}


class Scaled(nn.Module):
    """A learned factor per channel and a number: products with what does not change."""

    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.linspace(-1, 2, 6).view(6, 1, 1))

    def forward(self, x):
        return -2 * x * self.factor + 1


class Gated(nn.Module):
    """Features times what is computed of themselves."""

    def __init__(self, detached=False):
        super().__init__()
        self.detached = detached

    def forward(self, x):
        gate = x.mean((2, 3), keepdim=True)
        return x * (gate.detach() if self.detached else gate)


def headed(head, seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Conv2d(3, 6, 3, stride=4, padding=1), head()).eval()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return net


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last], ids=str)
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("kind", [*AFFINE, *CURVED])
def test_an_affine_head_is_told_from_a_curved_one(kind, frozen, layout):
    net = headed({**AFFINE, **CURVED}[kind]).requires_grad_(not frozen).to(memory_format=layout)
    t = recorded(net, "0")
    assert t.is_affine(1) == (kind in AFFINE)
    assert not t.is_affine(lambda logits: logits[0] * logits[1])


def test_the_graph_alone_tells_a_product_of_two_features():
    leaf = torch.randn(3, requires_grad=True)
    factor = torch.randn(3, requires_grad=True)
    assert graphs.is_affine((leaf * factor + factor * factor).sum(), leaf)
    assert not graphs.is_affine((leaf * leaf).sum(), leaf)
    assert not graphs.is_affine((leaf * factor * leaf.mean()).sum(), leaf)


@pytest.mark.parametrize("head", [*AFFINE.values(), *CURVED.values()])
def test_ablation_is_the_same_with_and_without_the_short_cut(head):
    """One channel at a time is set to zero in a network that is edited by hand."""
    t = recorded(headed(head), "0")
    expected = []
    for channel in range(len(t.activations)):
        maps = t.activations.clone()
        maps[channel] = 0
        with torch.no_grad():
            expected.append((t.logits[1] - t.model.net[1](maps[None])[0, 1]) / t.logits[1].abs())
    *_, last = explain_steps(t, "ablationcam", 1)
    torch.testing.assert_close(last.weights, torch.stack(expected), atol=1e-5, rtol=1e-4)


def test_a_head_that_writes_into_what_it_gets_leaves_the_next_chunk_alone(monkeypatch):
    """The activations of all chunks lie in one buffer; an activation in place would leave the last chunk's in it."""
    monkeypatch.setattr(again, "CHUNK_BYTES", 4 * 24 * 8 * 8 * 4)  # four inputs at a time
    net = nn.Sequential(nn.Conv2d(3, 24, 3, stride=4, padding=1), nn.SiLU(True), *AFFINE["pooled"]()).eval()
    net[4] = nn.Linear(24, 5)
    plain = copy.deepcopy(net)
    plain[1].inplace = False
    for seed in range(3):
        image = np.random.default_rng(seed).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        one, other = (explain(recorded(n, "0", image), "ablationcam", 2) for n in (net, plain))
        torch.testing.assert_close(one.weights, other.weights)
