"""Which layers of a network can be explained, found by looking at a real forward pass.

Knows the shapes in which networks carry a spatial map (channels first, channels last, tokens with or without prefix
tokens) and how to bring each to `(B, C, h, w)` and back. Knows nothing about particular architectures or scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import nn

from .errors import LayerError
from .hooks import Call, module_at, running, tapped
from .targets import logits_of

_MAX_PREFIX = 16  # class, distillation and register tokens


@dataclass(frozen=True)
class Layout:
    """How a layer's output carries its map: `kind` "first" (B,C,h,w), "last" (B,h,w,C) or "tokens" (B,prefix+h*w,C).

    `path` leads to the tensor inside a tuple, list or dict output; it is empty for a plain tensor.
    """

    kind: str
    grid: tuple[int, int]
    prefix: int = 0
    path: tuple = ()

    def pick(self, output: Any) -> torch.Tensor:
        """Return the tensor that carries the map."""
        for key in self.path:
            output = output[key]
        return output

    def put(self, output: Any, tensor: torch.Tensor) -> Any:
        """Return `output` with the tensor that carries the map replaced; the original container is not changed."""
        return _put(output, self.path, tensor)

    def maps(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the map (B, C, h, w) of a layer's tensor, differentiably."""
        if self.kind == "first":
            return tensor
        if self.kind == "last":
            return tensor.permute(0, 3, 1, 2)
        spatial = tensor[:, self.prefix :]  # (B, h*w, C)
        return spatial.transpose(1, 2).unflatten(2, self.grid)

    def restore(self, maps: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """Return maps (B, C, h, w) in the layer's own layout; prefix tokens are taken from `like` (1, ...)."""
        if self.kind == "first":
            return maps
        if self.kind == "last":
            return maps.permute(0, 2, 3, 1)
        tokens = maps.flatten(2).transpose(1, 2)  # (B, h*w, C)
        prefix = like[:, : self.prefix].expand(len(maps), -1, -1)
        return torch.cat([prefix, tokens], dim=1)


def _put(output: Any, path: tuple, tensor: torch.Tensor) -> Any:
    if not path:
        return tensor
    key, rest = path[0], path[1:]
    if isinstance(output, dict):
        copy = output.copy()  # keeps the subclasses that models return
        copy[key] = _put(output[key], rest, tensor)
        return copy
    items = list(output)
    items[key] = _put(output[key], rest, tensor)
    return type(output)(*items) if hasattr(output, "_fields") else type(output)(items)


def _mismatch(grid: tuple[int, int], aspect: float) -> float:
    """How far a grid's h/w is from the input's, as a ratio's logarithm."""
    return abs(math.log(grid[0] / grid[1] / aspect))


def _token_layout(count: int, aspect: float, prefix: int | None) -> Layout | None:
    """The grid of `count` tokens for an input of this height/width; of several prefixes the one that fits it best."""
    grids = {}
    for skipped in range(min(_MAX_PREFIX + 1, count)):
        cells = count - skipped
        h = round(math.sqrt(cells * aspect))
        if h >= 1 and cells % h == 0:
            grids[skipped] = (h, cells // h)
    if prefix in grids:
        return Layout("tokens", grids[prefix], prefix)
    best = min(grids, key=lambda skipped: (round(_mismatch(grids[skipped], aspect), 2), skipped), default=None)
    if best is None or _mismatch(grids[best], aspect) > 0.3:
        return None
    return Layout("tokens", grids[best], best)


def _tensor_layout(tensor: torch.Tensor, batch: int, aspect: float, prefix: int | None) -> Layout | None:
    if not tensor.is_floating_point() or tensor.ndim not in (3, 4) or tensor.shape[0] != batch:
        return None
    if tensor.ndim == 3:
        return _token_layout(tensor.shape[1], aspect, prefix)
    first, last = tuple(tensor.shape[2:4]), tuple(tensor.shape[1:3])
    if min(first) < 1 or min(last) < 1:
        return None
    best = min((Layout("first", first), Layout("last", last)), key=lambda layout: _mismatch(layout.grid, aspect))
    return best if _mismatch(best.grid, aspect) < 0.7 else None


def layout_of(output: Any, inputs: torch.Tensor, prefix: int | None = None) -> Layout | None:
    """Return how `output` carries a spatial map for `inputs` (B, 3, H, W), or None when it carries none.

    Of a tuple, list or dict the first tensor with a map counts. `prefix` is the number of tokens before the grid where
    the network declares it; otherwise the smallest number that leaves a grid of the input's shape.
    """
    batch, aspect = inputs.shape[0], inputs.shape[2] / inputs.shape[3]
    if isinstance(output, torch.Tensor):
        return _tensor_layout(output, batch, aspect, prefix)
    if isinstance(output, dict):
        parts = list(output.items())
    elif isinstance(output, (tuple, list)):
        parts = list(enumerate(output))
    else:
        return None
    for key, part in parts:
        inner = layout_of(part, inputs, prefix)
        if inner is not None:
            return Layout(inner.kind, inner.grid, inner.prefix, (key, *inner.path))
    return None


def prefix_tokens(net: nn.Module) -> int | None:
    """The number of class and register tokens that the network declares, or None."""
    count = getattr(net, "num_prefix_tokens", None)
    return count if isinstance(count, int) else None


@dataclass(frozen=True)
class LayerInfo:
    """A layer worth offering: its dotted `name`, the `shape` (C, h, w) of its map, and whether it is the `default`."""

    name: str
    shape: tuple[int, int, int]
    default: bool = False


@dataclass(eq=False)
class _Node:
    """A module on the way: what it is, when it was first called, its map's shape (None: no map) and its children."""

    name: str
    module: nn.Module
    order: int
    shape: tuple[int, int, int] | None
    called: bool
    reshaped: bool
    children: list[_Node]

    @property
    def grid(self) -> tuple[int, int] | None:
        return self.shape and self.shape[1:]

    @cached_property
    def is_leaf(self) -> bool:
        """A plain layer: nothing inside, or nothing inside that mixes (a normalisation that holds its activation)."""
        return not self.children or all(parameter.ndim < 2 for parameter in self.module.parameters())

    @property
    def is_list(self) -> bool:
        return isinstance(self.module, (nn.Sequential, nn.ModuleList))


def _tree(name: str, module: nn.Module, calls: dict[str, tuple[int, Call]], shapes: dict) -> _Node | None:
    """The called part of the module tree that carries maps, children in the order in which they run."""
    prefix = f"{name}." if name else ""
    children = [_tree(prefix + key, child, calls, shapes) for key, child in module.named_children()]
    children = sorted((child for child in children if child), key=lambda node: node.order)
    order, call = calls.get(name, (None, None))
    shape = shapes.get(name)
    if shape is None and not children:
        return None
    if order is None:
        order = children[0].order
    elif children:
        order = min(order, children[0].order)
    return _Node(name, module, order, shape, call is not None, bool(call and call.reshaped), children)


def _has_blocks(node: _Node) -> bool:
    """Whether a module with layers inside hands on a map here or below."""
    return any(
        (child.shape and min(child.grid) > 1 and not child.is_leaf) or _has_blocks(child) for child in node.children
    )


def _has_stack(node: _Node) -> bool:
    """Whether blocks of one kind are stacked here or below."""
    blocks = [child for child in node.children if child.shape and not child.is_leaf]
    stacked = node.is_list and len(blocks) >= 2 and len({type(child.module) for child in blocks}) == 1
    return stacked or any(_has_stack(child) for child in node.children)


def _spans_sizes(node: _Node) -> bool:
    """Whether a list of layers hands on maps of more than one size: it holds several stages."""
    return node.is_list and len({child.grid for child in node.children if child.shape}) > 1


def _flatten(node: _Node, opens: Callable[[_Node], bool]) -> list[_Node]:
    """The chain of layers, shallow to deep; a module with a map is replaced by its children where `opens` says so.

    What takes a map and returns none is a head, and stays closed unless blocks are inside.
    """
    chain: list[_Node] = []
    for child in node.children:
        if child.shape is None:
            chain += _flatten(child, opens) if not chain or not child.called or _has_blocks(child) else []
        else:
            chain += _flatten(child, opens) if not child.is_leaf and opens(child) else [child]
    return chain


def _chain(root: _Node) -> list[_Node]:
    """Stages; or blocks, where all stages have one size; or whatever there is, where that leaves next to nothing."""
    chain = _flatten(root, _spans_sizes)
    if len({node.grid for node in chain if not node.is_leaf and min(node.grid) > 1}) == 1:
        chain = _flatten(root, lambda node: _spans_sizes(node) or _has_stack(node))
    if len(_thin(chain)) < 3:
        chain = _flatten(root, lambda node: node.is_list or _has_blocks(node))
    return _thin(chain)


_NOT_OFFERED = (
    nn.Identity,
    nn.modules.dropout._DropoutNd,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
)


def _starts_unit(node: _Node) -> bool:
    """A convolution starts a new unit of convolution, normalisation and activation."""
    return any(parameter.ndim >= 3 for parameter in node.module.parameters(recurse=False))


def _thin(chain: list[_Node]) -> list[_Node]:
    """Of each run of plain layers keep the last (after its activation); of stray ones beside whole stages, none."""
    kept: list[_Node] = []
    for node in chain:
        if isinstance(node.module, _NOT_OFFERED) or node.reshaped or node.shape is None or min(node.grid) < 2:
            continue
        previous = kept[-1] if kept else None
        joins = previous and node.is_leaf and previous.is_leaf and previous.grid == node.grid
        if joins and not _starts_unit(node):
            kept.pop()
        kept.append(node)
    stages = {node.grid for node in kept if not node.is_leaf}
    first_stage = next((i for i, node in enumerate(kept) if not node.is_leaf), len(kept))
    return [
        node
        for i, node in enumerate(kept)
        if not node.is_leaf or node.grid not in stages or i < first_stage or i == len(kept) - 1
    ]


def _matters(net: nn.Module, node: _Node, inputs: torch.Tensor, output: Any, prefix: int | None, read) -> bool:
    """Whether the output depends on the layer's map at all: it does not behind the last mixing with a class token."""

    def blank(own):
        layout = layout_of(own, inputs, prefix)
        tensor = layout.pick(own)
        return layout.put(own, layout.restore(torch.zeros_like(layout.maps(tensor)), tensor))

    with running(net), torch.no_grad(), tapped(module_at(net, node.name), blank):
        changed = net(inputs)
    return not torch.equal(read(changed), read(output))


def discover(
    net: nn.Module, inputs: torch.Tensor, calls: list[Call], output: Any, read: Callable = logits_of
) -> list[LayerInfo]:
    """Return the layers of `net` worth offering, shallow to deep, from one recorded pass on `inputs` (1, C, H, W).

    The default is the last layer whose map the output still depends on. In a stack of blocks that hand on tokens it is
    the first norm of the last block, before its tokens mix: behind it no token stands for its place alone, and where a
    class token feeds the head, none reaches the output. Raises `LayerError` when no layer carries a map.
    """
    prefix = prefix_tokens(net)
    last: dict[str, tuple[int, Call]] = {}
    shapes: dict[str, tuple[int, int, int]] = {}
    for order, call in enumerate(calls):
        last[call.name] = (order, call)
        layout = layout_of(call.output, inputs, prefix)
        if layout is not None:
            shapes[call.name] = tuple(layout.maps(layout.pick(call.output)).shape[1:])
    root = _tree("", net, last, shapes)
    chain = _chain(root) if root else []
    if not chain:
        raise LayerError("No layer of this network carries a spatial map for this input, so there is nothing to show.")
    layouts = {node.name: layout_of(last[node.name][1].output, inputs, prefix) for node in chain}
    offered, default = chain, chain[-1]
    if any(layout.prefix for layout in layouts.values()):
        offered = _before_the_class_token(chain, lambda node: _matters(net, node, inputs, output, prefix, read))
        default = offered[-1]
    if offered == chain:
        blocks = [node for node in chain if layouts[node.name].kind == "tokens" and not node.is_leaf]
        offered, default = _before_the_last_mixing(chain, blocks)
    return [LayerInfo(node.name, node.shape, node is default) for node in offered]


def _before_the_last_mixing(chain: list[_Node], blocks: list[_Node]) -> tuple[list[_Node], _Node]:
    """Offer the first layer inside the last of several blocks on tokens, and take it for the default."""
    last = blocks[-1] if len(blocks) > 1 and type(blocks[-1].module) is type(blocks[-2].module) else None
    inner = [child for child in last.children if child.shape == last.shape][:1] if last else []
    if not inner:
        return chain, chain[-1]
    place = chain.index(last)
    return [*chain[:place], *inner, *chain[place:]], inner[0]


def _before_the_class_token(chain: list[_Node], matters: Callable[[_Node], bool]) -> list[_Node]:
    """Cut the layers whose map the output ignores; the first layer inside the first one cut is the last that counts."""
    kept = list(chain)
    while kept and not matters(kept[-1]):
        kept.pop()
    if not kept:  # a head that ignores everything, as a freshly made one can: take the last block's start
        kept = chain[: max((i for i, node in enumerate(chain) if node.children), default=len(chain))]
    inner = [child for node in chain[len(kept) : len(kept) + 1] for child in node.children if child.shape]
    return kept + inner[:1]
