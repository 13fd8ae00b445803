"""What the graph of a pass tells: what lies between a layer and the scores, and through what everything passes.

Knows the nodes of PyTorch's graphs; knows no module, no class and no map.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch
from torch.autograd.graph import GradientEdge, Node


class Edge(NamedTuple):
    """Where a tensor stands in a graph: the node that made it, and which of the node's outputs it is."""

    node: Node
    number: int


def edge_of(tensor: torch.Tensor) -> Edge | None:
    """Return where a tensor stands in a graph, None outside any."""
    return Edge(tensor.grad_fn, tensor.output_nr) if tensor.grad_fn is not None else None


def saved(node: Node, name: str) -> Any:
    """What a node keeps for its derivative; PyTorch writes it out for each kind of node, by names of its own."""
    return getattr(node, f"_saved_{name}")


def guide(scores: torch.Tensor) -> None:
    """Let every ReLU in the graph of `scores` pass positive gradients only, in the backward passes to come."""
    for node in nodes_of(scores):
        if is_rectifier(node):
            node.register_hook(lambda inward, _: tuple(g if g is None else g.relu() for g in inward))


def is_rectifier(node: Node) -> bool:
    """Whether a node of a graph is a ReLU, or a ReLU6: what cuts below zero and keeps what lies just above."""
    if node.name() == "HardtanhBackward0":
        return saved(node, "min_val") == 0
    return node.name() == "ReluBackward0"


_AFFINE = {  # in what enters them, one by one
    *("AccumulateGrad", "CloneBackward", "ViewBackward", "UnsafeViewBackward", "ReshapeAliasBackward"),
    *("SqueezeBackward", "UnsqueezeBackward", "PermuteBackward", "TransposeBackward", "TBackward", "ExpandBackward"),
    *("SelectBackward", "SliceBackward", "IndexBackward", "CatBackward", "ToCopyBackward", "AliasBackward"),
    *("FlipBackward", "RollBackward"),
    "AsStridedBackward",  # pooling of maps that lie channels last
    *("MeanBackward", "SumBackward", "AvgPool2DBackward", "AdaptiveAvgPool2DBackward"),
    *("AddBackward", "SubBackward", "NegBackward", "NativeBatchNormBackward"),
}
_PRODUCTS = {"MulBackward", "MmBackward", "AddmmBackward", "BmmBackward", "ConvolutionBackward"}  # of two things


def is_affine(tensor: torch.Tensor, leaf: torch.Tensor) -> bool:
    """Whether a tensor is computed from `leaf` by sums, means and products with constants and parameters only.

    A factor that was computed from the same values but detached looks like a constant here.
    """
    varying = between(tensor, leaf)
    ends = {*varying, leaf.grad_fn} - {None}
    for node in varying:
        kind = _class_of(node)
        factors = sum(parent in ends for parent, _ in node.next_functions)
        if kind not in _AFFINE and not (kind in _PRODUCTS and factors <= 1):
            return False
    return True


_ACTIVATIONS = {  # proportional to their input piece by piece, or of a curvature that is known
    *("Relu", "LeakyRelu", "Prelu", "PreluKernel", "Threshold", "ClampMin", "Hardtanh", "Silu", "Gelu", "Hardswish"),
    *("Hardsigmoid", "Elu", "Mish", "Softplus", "Tanh", "Sigmoid", "MaxPool2DWithIndices", "AdaptiveMaxPool2D"),
    *("MaxPool1DWithIndices", "MaxPool3DWithIndices", "Amax", "Max", "UpsampleNearest2D", "UpsampleBilinear2D"),
    *("ConstantPadNd", "ReflectionPad2D", "ReplicationPad2D", "PixelShuffle", "Split", "Unbind", "Unfold", "Im2Col"),
}


def strange_to_sums(tensor: torch.Tensor | GradientEdge, leaf: torch.Tensor) -> list[str]:
    """What on the way from `leaf` to a tensor is no sum, no product with a constant and no activation function."""
    ends = {*(inside := between(tensor, leaf)), leaf.grad_fn} - {None}
    found = []
    for node in inside:
        kind = kind_of(node)
        factors = sum(parent in ends for parent, _ in node.next_functions)
        product = _class_of(node) in _PRODUCTS or kind == "Div"
        own_statistics = kind == "NativeBatchNorm" and saved(node, "training")
        known = _class_of(node) in _AFFINE or kind in _ACTIVATIONS or (product and factors <= 1)
        if not known or own_statistics:
            found.append(kind)
    return sorted(set(found))


def between(tensor: torch.Tensor | GradientEdge, leaf: torch.Tensor) -> set:
    """The nodes of the graph behind a tensor that lead to `leaf`: what is left out are constants and parameters."""
    start = leaf.grad_fn
    users: dict = {}
    waiting = []
    for node in nodes_of(tensor, start):
        if getattr(node, "variable", None) is leaf:
            waiting.append(node)
        for parent, _ in node.next_functions:
            users.setdefault(parent, []).append(node)
    waiting += users.get(start, []) if start is not None else []
    found = set(waiting)
    while waiting:
        new = {*users.pop(waiting.pop(), ())} - found
        found |= new
        waiting += new
    return found


def has_no_derivative(node: Node) -> bool:
    """Whether a node stands for an operation without a derivative, as of whole numbers in a quantised layer."""
    return node is not None and "NotImplemented" in node.name()


def nodes_of(tensor: torch.Tensor | GradientEdge, end: Node | None = None) -> set:
    """The nodes of the graph behind a tensor or a place in it, not from `end` on, nor where no derivative exists."""
    seen, stack = set(), [tensor.grad_fn if isinstance(tensor, torch.Tensor) else tensor.node]
    while stack:
        node = stack.pop()
        if node is None or node is end or node in seen or has_no_derivative(node):
            continue
        seen.add(node)
        stack += [parent for parent, _ in node.next_functions]
    return seen


def bottlenecks(tensor: torch.Tensor, inside: set) -> set:
    """The nodes of `inside`, what lies between a leaf and a tensor, through which every way leads: each alone cuts it
    in two."""
    order = _ordered(tensor.grad_fn, inside)
    number = {node: index for index, node in enumerate(order)}
    found, farthest = set(), 0
    for index, node in enumerate(order):
        if farthest <= index:
            found.add(node)
        farthest = max([farthest, *(number[parent] for parent, _ in node.next_functions if parent in number)])
    return found


_KEEPS_PLACES = {  # what leaves rows and columns of (B, C, h, w) in their order, as coarse or fine as it may be
    *("Convolution", "NativeBatchNorm", "NativeGroupNorm", "MaxPool2DWithIndices", "AvgPool2D", "AdaptiveAvgPool2D"),
    *("AdaptiveMaxPool2D", "Mean", "ConstantPadNd", "UpsampleNearest2D", "UpsampleBilinear2D", "NativeDropout"),
}
_WORKS_PLACE_BY_PLACE = {  # on axes of any number
    *("Clone", "ToCopy", "Alias", "Add", "Sub", "Neg", "Mul", "Div", "Sqrt", "Pow", "Relu", "LeakyRelu", "Prelu"),
    *("PreluKernel", "Threshold", "ClampMin", "Clamp", "Hardtanh", "Silu", "Gelu", "Hardswish", "Hardsigmoid", "Elu"),
    *("Mish", "Softplus", "Tanh", "Sigmoid"),
}


def pictures(tensor: torch.Tensor, leaf: torch.Tensor, inside: set) -> set:
    """The nodes of `inside`, what lies between a picture `leaf` (B, C, H, W) and a tensor, that make maps
    (B, C, h, w) of the picture for certain: by convolutions, pooling and what leaves the last two axes alone."""
    has_places: dict = {leaf.grad_fn: True}  # False: values for all places, as of a global pooling
    for node in reversed(_ordered(tensor.grad_fn, inside)):
        parents = [parent for parent, _ in node.next_functions if parent in inside or parent is leaf.grad_fn]
        if getattr(node, "variable", None) is leaf:
            has_places[node] = True
        elif parents and not any(has_places.get(one, True) for one in parents):
            has_places[node] = False
        elif parents and all(one in has_places for one in parents):
            shape = _shape_of(node)
            if _is_global(node, shape, _shape_of(parents[0])):
                has_places[node] = False
            elif len(shape) >= 4 and _keeps_places(node, shape, parents):
                has_places[node] = shape[-1] * shape[-2] > 1
    return {node for node, has in has_places.items() if has and len(_shape_of(node)) == 4}


def _keeps_places(node: Node, shape: tuple[int, ...], parents: list) -> bool:
    """Whether an operation leaves the last two of its axes in their order, and what comes before them apart."""
    kind, before = kind_of(node), len(shape) - 2
    if kind in _WORKS_PLACE_BY_PLACE:
        return True
    if kind in ("Cat", "Split", "Slice"):
        return _axis(saved(node, "dim"), len(shape)) < before
    if kind == "Transpose":
        return max(_axis(axis, len(shape)) for axis in (saved(node, "dim0"), saved(node, "dim1"))) < before
    if kind in ("View", "UnsafeView", "ReshapeAlias"):
        return shape[-2:] == _shape_of(parents[0])[-2:]
    return kind in _KEEPS_PLACES and len(shape) == len(_shape_of(parents[0])) == 4


def _is_global(node: Node, shape: tuple[int, ...], before: tuple[int, ...]) -> bool:
    """Whether an operation leaves one value for all places."""
    if len(before) == 4 and kind_of(node) in ("Mean", "Sum", "Amax"):
        return {2, 3} <= {_axis(axis, 4) for axis in getattr(node, "_saved_dim", ())}
    return len(shape) == 4 and shape[2] * shape[3] == 1


def _axis(saved: int, count: int) -> int:
    """An axis as a node keeps it: negative ones are kept without their sign."""
    return (saved - 2**64 if saved >= 2**63 else saved) % count


def _shape_of(node: Node) -> tuple[int, ...]:
    """The shape of what a node made; empty where PyTorch does not tell."""
    outputs = getattr(node, "_input_metadata", ())
    return tuple(outputs[0].shape) if outputs else ()


def _ordered(start: Node | None, inside: set) -> list:
    """The nodes of a part of a graph, each before those that it was computed from."""
    order: list[Node] = []
    opened: set[Node] = set()
    stack: list[tuple[Node | None, bool]] = [(start, False)]
    while stack:
        node, finished = stack.pop()
        if node is None:
            continue
        if finished:
            order.append(node)
        elif node not in opened:
            opened.add(node)
            stack.append((node, True))
            stack += [(parent, False) for parent, _ in node.next_functions if parent in inside and parent not in opened]
    return order[::-1]


def gradients_at(scores: torch.Tensor, edges: Iterable[Edge]) -> tuple[torch.Tensor | None, ...]:
    """The gradients of a random mixture of scores (1, K) at places in their graph, None where there is none."""
    generator = torch.Generator().manual_seed(0)
    mixture = torch.randn(scores.shape, generator=generator).to(scores)
    ends = [GradientEdge(edge.node, edge.number) for edge in edges]
    return torch.autograd.grad(scores, ends, mixture, retain_graph=True, allow_unused=True)


def names_of(nodes: Iterable) -> set[str]:
    """The kinds of nodes, without PyTorch's endings: "Mul", "Softmax", "Convolution"."""
    return {kind_of(node) for node in nodes}


def _class_of(node: Node) -> str:
    return node.name().split("::")[-1].lstrip("_").rstrip("0123456789")


def kind_of(node: Node) -> str:
    """What a node computes, as PyTorch names it: "Mul", "Softmax", "Convolution"."""
    return _class_of(node).removesuffix("Backward")
