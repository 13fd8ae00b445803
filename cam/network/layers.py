"""Which layers of a network are worth explaining, and which of them first, found by looking at a real forward pass.

Knows the tree of modules, what each handed on and the graph of the pass. Knows nothing about particular architectures,
about how outputs are laid out (`layouts.py`, `observing.py`) or about classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import nn

from . import graphs
from .hooks import Call, module_at, record, running, tapped, trial
from .layouts import tensors_in
from .observing import Observation


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
    def grid(self) -> tuple[int, int]:
        """The map's (h, w); zeros where there is none."""
        return self.shape[1:] if self.shape else (0, 0)

    @cached_property
    def is_leaf(self) -> bool:
        """A plain layer: nothing inside, or nothing inside that mixes (a normalisation that holds its activation)."""
        return not self.children or all(parameter.ndim < 2 for parameter in self.module.parameters())

    @property
    def is_list(self) -> bool:
        return isinstance(self.module, (nn.Sequential, nn.ModuleList))


def _tree(name: str, module: nn.Module, seen: Observation) -> _Node | None:
    """The called part of the module tree that carries maps, children in the order in which they run."""
    prefix = f"{name}." if name else ""
    children = [_tree(prefix + key, child, seen) for key, child in module.named_children()]
    children = sorted((child for child in children if child), key=lambda node: node.order)
    calls = seen.of.get(name)
    shape = seen.shape(name) if calls else None
    if shape is None and not children:
        return None
    orders = [child.order for child in children[:1]] + ([seen.order[name]] if calls else [])
    return _Node(name, module, min(orders), shape, bool(calls), bool(calls and calls[-1].reshaped), children)


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
    """Whether a list of layers, or one by name, hands on maps of more than one size: it holds several stages."""
    listed = node.is_list or isinstance(node.module, nn.ModuleDict)
    return listed and len({child.grid for child in node.children if child.shape}) > 1


def _holds_stages(node: _Node) -> bool:
    """Whether blocks with layers inside, of several sizes, are listed here or below."""
    listed = _spans_sizes(node) and any(child.shape and _has_blocks(child) for child in node.children)
    return listed or any(_holds_stages(child) for child in node.children)


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
    """Stages; or blocks, where all stages have one size; or, where that leaves next to nothing, the stages inside
    modules that are no lists, and at last whatever there is."""
    chain = _flatten(root, _spans_sizes)
    if len({node.grid for node in chain if not node.is_leaf and min(node.grid) > 1}) == 1:
        chain = _flatten(root, lambda node: _spans_sizes(node) or _has_stack(node))
    if len(_thin(chain)) < 3:
        chain = _flatten(root, _holds_stages)
    if len(_thin(chain)) < 3:
        chain = _flatten(root, lambda node: node.is_list or _has_blocks(node))
    thin = _thin(chain)
    inner = _chain(thin[0]) if len(thin) == 1 and thin[0].children else []
    return inner if len(inner) > 1 else thin  # a network in a wrapper is opened


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
        if isinstance(node.module, _NOT_OFFERED) or node.reshaped or node.shape is None or math.prod(node.grid) < 2:
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


_PRODUCTS = {"Convolution", "Addmm", "Mm", "Bmm"}


Untouched = Callable[[torch.Tensor, torch.Tensor], bool]  # of two answers: whether a part of one is in the other


@dataclass(eq=False)
class _Stream:
    """What the graph of the observed pass says about its layers; without a graph, what passes with blank maps say."""

    seen: Observation
    everywhere: bool = False  # whether each place has an answer of its own

    _counts: dict[str, bool] = field(default_factory=dict)  # whether the scores depend on a layer's map, by its name

    @cached_property
    def _bottlenecks(self) -> set:
        return graphs.bottlenecks(self.seen.scores, self.seen.inside)

    def _edge(self, node: _Node) -> graphs.Edge | None:
        layout = self.seen.layout(node.name)
        return self.seen.of[node.name][-1].edges.get(layout.path) if layout else None

    def reaches_the_scores(self, node: _Node) -> bool:
        """Whether a way leads from the layer's map to the scores, as far as the graph knows."""
        if not self.seen.way:
            return True
        edge = self._edge(node)
        return edge is not None and edge.node in self.seen.inside

    def holds_everything(self, node: _Node) -> bool:
        """Whether all that the scores know of the picture passes through the layer's map."""
        edge = self._edge(node)
        return not self.seen.way or (edge is not None and edge.node in self._bottlenecks)

    def matters(self, node: _Node) -> bool:
        """Whether the scores depend on the map itself, and not just on a class token beside it."""
        if node.name not in self._counts:
            self.look_back([node])
        if node.name not in self._counts:
            self._counts[node.name] = self._blank_is_noticed(node)
        return self._counts[node.name]

    def look_back(self, nodes: Sequence[_Node]) -> None:
        """Learn in one backward pass on which of some layers' maps the scores depend, where there is a way back."""
        if not self.seen.way:
            return
        ends = {node.name: self._edge(node) for node in nodes if self.reaches_the_scores(node)}
        edges = {name: edge for name, edge in ends.items() if edge is not None}
        try:
            found = graphs.gradients_at(self.seen.scores, edges.values()) if edges else ()
        except RuntimeError:  # a network that writes into what its own way back reads
            return
        gradients = dict(zip(edges, found, strict=True))
        for node in nodes:
            gradient, layout = gradients.get(node.name), self.seen.layout(node.name)
            self._counts[node.name] = gradient is not None and layout is not None and bool(layout.maps(gradient).any())

    def _blank_is_noticed(self, node: _Node) -> bool:
        layout, net = self.seen.layout(node.name), self.seen.net
        if layout is None:
            return False

        def blank(output: Any) -> Any:
            tensor = layout.pick(output)
            return layout.put(output, layout.restore(torch.zeros_like(layout.maps(tensor)), tensor))

        with trial(net), running(net), torch.no_grad(), tapped(module_at(net, node.name), blank):
            return not torch.equal(self.seen.read(net(self.seen.inputs)), self.seen.scores)

    @cached_property
    def _pyramid(self) -> Call | None:
        """The outermost module that hands on maps of several sizes, from each of which findings are made."""
        several = [call for call in self.seen.calls if len({one.shape[2:] for one in _maps_in(call.output)}) > 1]
        return min(several, key=lambda call: call.name.count("."), default=None)

    def serves_every_finding(self, node: _Node, untouched: Untouched, chosen: bool) -> bool:
        """Whether nothing of the answer stays as it was when noise is added to a layer's map; of a network that chooses
        what it hands on, whether no map of its pyramid does."""
        layout, net, pyramid = self.seen.layout(node.name), self.seen.net, self._pyramid if chosen else None
        if layout is None:
            return False

        def noisy(output: Any) -> Any:
            tensor = layout.pick(output)
            maps = layout.maps(tensor)
            noise = torch.randn(maps.shape, generator=torch.Generator().manual_seed(0)).to(maps)
            return layout.put(output, layout.restore(maps + maps.std() * noise, tensor))

        with trial(net), running(net), torch.no_grad(), tapped(module_at(net, node.name), noisy):
            if pyramid is None:
                return not untouched(self.seen.scores.detach(), self.seen.read(net(self.seen.inputs)))
            name = pyramid.name
            calls, _ = record(net, self.seen.inputs, [name], {name: len(self.seen.of[name])})
        both = zip(_maps_in(pyramid.output), _maps_in(calls[0].output), strict=True)
        return not any(torch.equal(one, other) for one, other in both)

    def is_early(self, node: _Node) -> bool:
        """Whether more than half of the network's products with weights come behind a layer."""
        edge = self._edge(node)
        behind = graphs.nodes_of(self.seen.scores, edge.node if edge else None)
        counts = [sum(graphs.kind_of(one) in _PRODUCTS for one in nodes) for nodes in (behind, self.seen.inside)]
        return 2 * counts[0] > counts[1]

    def is_dense_prediction(self, node: _Node) -> bool:
        """Whether the map is the network's answer for each pixel already: nothing but sums and choices behind it, and
        as fine as half the picture or made so there; where each place has an answer of its own, of any grid."""
        if not self.seen.way:
            return False
        edge = self._edge(node)
        behind = graphs.names_of(graphs.nodes_of(self.seen.scores, edge.node if edge else None))
        fine = (
            self.everywhere
            or 2 * max(node.grid) >= max(self.seen.inputs.shape[2:])
            or any("Upsample" in kind for kind in behind)
        )
        return fine and not behind & _PRODUCTS


def _maps_in(output: Any) -> list[torch.Tensor]:
    return [tensor for _, tensor in tensors_in(output) if tensor.ndim == 4]


def discover(
    seen: Observation, untouched: Untouched | None = None, *, chosen: bool = False, everywhere: bool = False
) -> list[LayerInfo]:
    """Return the layers of a network worth offering, shallow to deep, from one observed pass; maybe none.

    Each layer's layout is confirmed. The default is the last layer through which everything passes on its way to the
    scores, and on whose map they depend. In a stack of blocks that hand on tokens it is the first norm of the last
    block, before its tokens mix: behind it no token stands for its place alone, and where a class token feeds the head,
    none reaches the output. Where the way splits before the coarsest map, it is the last of the coarsest maps.
    With `untouched`, of a network that answers in parts, it is the last of the coarsest maps that all parts depend on,
    also those that were not found this time, where the network has `chosen`; `everywhere`: of one that answers for each
    place, it is never the answer itself.
    """
    chain = _confirmed_chain(seen)
    stream = _Stream(seen, everywhere)
    if not any(stream.reaches_the_scores(node) for node in chain):
        return []
    offered = [node for node in _that_matter(chain, stream) if stream.reaches_the_scores(node)]
    default = offered[-1]
    if default is chain[-1]:
        offered, default = _before_the_last_mixing(offered, seen)
    if (default in chain and not stream.holds_everything(default)) or stream.is_dense_prediction(default):
        default = _main(offered, stream)
    if untouched and (chosen or not stream.holds_everything(default)):
        default = _of_every_finding(offered, default, lambda node: stream.serves_every_finding(node, untouched, chosen))
    return [LayerInfo(node.name, node.shape, node is default) for node in offered if node.shape]


def _confirmed_chain(seen: Observation) -> list[_Node]:
    """The chain of layers, looked for anew until each of them is known to carry the map that it seems to."""
    while True:
        root = _tree("", seen.net, seen)
        chain = _chain(root) if root else []
        inside = [child.name for node in chain[-2:] for child in node.children if child.shape]
        if not seen.confirm([node.name for node in chain], later=inside):
            return chain


def _main(offered: Sequence[_Node], stream: _Stream) -> _Node:
    """The last layer through which everything passes; or the last of the coarsest maps, where these come after it or
    most of the network does, as where sums of blocks are the output of no module."""
    usable = [node for node in offered if not stream.is_dense_prediction(node)] or list(offered)
    stream.look_back(usable)
    usable = [node for node in usable if stream.matters(node)] or usable
    coarsest = min(math.prod(node.grid) for node in usable)
    whole = [node for node in usable if stream.holds_everything(node)]
    coarser = whole and any(math.prod(node.grid) < math.prod(whole[-1].grid) for node in usable)
    if whole and not coarser and not stream.is_early(whole[-1]):
        return whole[-1]
    return [node for node in usable if math.prod(node.grid) == coarsest][-1]


def _of_every_finding(offered: Sequence[_Node], default: _Node, serves: Callable[[_Node], bool]) -> _Node:
    """The default where it serves all findings; or the last of the coarsest maps that do, as before a pyramid whose
    grids each make boxes of their own; or the default after all, where there is none."""
    others = sorted(offered, key=lambda node: (math.prod(node.grid), -offered.index(node)))
    return next((node for node in [default, *others] if serves(node)), default)


def _is_norm(node: _Node) -> bool:
    return all(parameter.ndim < 2 for parameter in node.module.parameters())


def _before_the_last_mixing(chain: list[_Node], seen: Observation) -> tuple[list[_Node], _Node]:
    """Offer the norm that opens the last of several blocks on tokens, and take it for the default."""
    layouts = {node.name: seen.layout(node.name) for node in chain if not node.is_leaf}
    blocks = [node for node in chain if (layout := layouts.get(node.name)) and layout.of_tokens]
    last = blocks[-1] if len(blocks) > 1 and type(blocks[-1].module) is type(blocks[-2].module) else None
    first = [child for child in last.children[:1] if child.shape == last.shape and _is_norm(child)] if last else []
    if last is None or not first or seen.confirm([first[0].name]):
        return chain, chain[-1]
    place = chain.index(last)
    return [*chain[:place], *first, *chain[place:]], first[0]


def _that_matter(chain: list[_Node], stream: _Stream) -> list[_Node]:
    """Cut the layers whose map the scores ignore; the last layer inside the first one cut that counts comes last."""
    if stream.matters(chain[-1]):
        return chain
    if not any(stream.matters(node) for node in reversed(chain[-4:])):
        stream.look_back(chain)
    kept = list(chain)
    while kept and not stream.matters(kept[-1]):
        kept.pop()
    if not kept and not any(layout.prefix for node in chain if (layout := stream.seen.layout(node.name))):
        return chain  # a head that ignores everything, as a freshly made one can
    if not kept:  # and so does one with a class token: take the last block's start
        kept = chain[: max((i for i, node in enumerate(chain) if node.children), default=len(chain))]
        inner = [child for node in chain[len(kept) : len(kept) + 1] for child in node.children if child.shape][:1]
    else:
        inner = _last_inside(chain[len(kept)], stream)
    return kept + [node for node in inner if not stream.seen.confirm([node.name])]


def _last_inside(node: _Node, stream: _Stream) -> list[_Node]:
    """The last layer inside a module whose map the scores depend on, at most one. Blocks stay closed."""
    stream.seen.confirm(child.name for child in node.children if child.shape)
    inside = [child for child in node.children if child.shape and stream.seen.layout(child.name)]
    stream.look_back(inside)
    kept = list(inside)
    while kept and not stream.matters(kept[-1]):
        kept.pop()
    following = [child for child in inside[len(kept) :][:1] if child.is_list or _has_blocks(child) or not kept]
    return (_last_inside(following[0], stream) if following else []) or kept[-1:]
