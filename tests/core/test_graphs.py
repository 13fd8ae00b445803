"""What the graph of a pass tells: sums and activations, products of features, what has no derivative."""

import pytest
import torch
from test_forward_only import quantised
from torch import nn
from torch.nn import functional as F

from cam.network import graphs

LEAF = torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(0))
TO_SUMS = {
    "convolution and rectifier": lambda x: F.relu(F.conv2d(x, torch.ones(4, 3, 3, 3))).mean((2, 3)),
    "product with a constant": lambda x: x * torch.rand(3, 1, 1) + 1,
    "pooling and joining": lambda x: torch.cat([F.max_pool2d(x, 2), F.avg_pool2d(x, 2)], 1),
    "smooth activations": lambda x: F.silu(F.gelu(x)),
    "fixed statistics": lambda x: F.batch_norm(x, torch.zeros(3), torch.ones(3)),
    "mirrored and rolled": lambda x: x.flip(1).roll(2, -1) + 1,
    "division by a constant": lambda x: x / 3,
}
STRANGE = {
    "gate": (lambda x: x * x.sigmoid(), ["Mul"]),
    "attention": (lambda x: (x.flatten(2) @ x.flatten(2).mT).softmax(-1), ["Bmm", "Softmax"]),
    "own statistics": (lambda x: F.batch_norm(x, None, None, training=True), ["NativeBatchNorm"]),
    "layer normalisation": (lambda x: F.layer_norm(x, (6,)), ["NativeLayerNorm"]),
    "division": (lambda x: x / x.exp(), ["Div", "Exp"]),
}


@pytest.mark.parametrize("name", TO_SUMS)
def test_what_is_sums_and_activations_is_told(name):
    leaf = LEAF.clone().requires_grad_()
    assert graphs.strange_to_sums(TO_SUMS[name](leaf.clone()), leaf) == []


@pytest.mark.parametrize("name", STRANGE)
def test_what_else_is_computed_is_named(name):
    function, expected = STRANGE[name]
    leaf = LEAF.clone().requires_grad_()
    assert graphs.strange_to_sums(function(leaf.clone()), leaf) == expected


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_an_operation_without_a_derivative_is_no_part_of_the_graph():
    net: nn.Module = quantised()
    scores = net(torch.rand(1, 3, 32, 32).requires_grad_())
    assert graphs.has_no_derivative(scores.grad_fn)
    assert not graphs.has_no_derivative(F.relu(LEAF.clone().requires_grad_()).grad_fn)
    assert not graphs.has_no_derivative(None)
    assert graphs.nodes_of(scores) == set()
