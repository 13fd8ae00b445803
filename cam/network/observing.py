"""Which layout a layer's output has, observed instead of guessed.

One pass shows what every module hands on, which grids convolutions and pooling make, and by its graph which maps they
alone made. For all others the picture is changed in three places: of the possible layouts the true one is that whose
map changes most there. What changes nowhere, or always elsewhere, is no map of the picture: words, queries, windows,
tokens in another order.

The answer is found once per network, layer and size of the input. Knows passes, tensors and places; knows no class.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import nn

from ..photos.views import sides
from . import graphs, hooks, places
from .hooks import Call
from .layouts import Layout, possible, tensors_in
from .tries import Handed, Tries, passed
from .watching import PLAIN, WATCHED

_MAKES_GRIDS = (  # modules whose four-dimensional output is (B, C, h, w), whatever its shape
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
    nn.modules.instancenorm._InstanceNorm,
    nn.GroupNorm,
    nn.modules.pooling._MaxPoolNd,
    nn.modules.pooling._AvgPoolNd,
    nn.modules.pooling._AdaptiveAvgPoolNd,
    nn.modules.pooling._AdaptiveMaxPoolNd,
    nn.Upsample,
    nn.PixelShuffle,
    nn.PixelUnshuffle,
)


def seen_as_picture(call: Call) -> bool:
    """Whether a call's module is one whose output is channels first by its nature."""
    return isinstance(call.module, _MAKES_GRIDS)


def declared_prefix(net: nn.Module) -> int | None:
    """The number of class and register tokens that the network, or a part of it, declares, or None."""
    found = {getattr(module, "num_prefix_tokens", None) for module in net.modules()}
    counts = [count for count in found if isinstance(count, int) and not isinstance(count, bool)]
    return counts[0] if len(counts) == 1 else None


@dataclass(eq=False)
class Observation:
    """One pass on `inputs` (1, C, H, W): the `calls` in the order in which they ended, the `scores` (1, K) that were
    read from the output, the `leaf` where its graph starts, and `way`, how gradients get through the network ("" where
    they do not)."""

    net: nn.Module
    inputs: torch.Tensor
    read: Callable[[Any], torch.Tensor] = field(repr=False)
    calls: list[Call]
    scores: torch.Tensor
    leaf: torch.Tensor | None
    way: str
    _known: dict[tuple[str, int], Layout | None] = field(default_factory=dict)
    _possible: dict[tuple[str, int], list[Layout]] = field(default_factory=dict)
    _listed_for: dict[tuple, list[Layout]] = field(default_factory=dict)  # by a tensor's shape and who made it

    def __post_init__(self) -> None:
        self.prefix = declared_prefix(self.net)
        self.of: dict[str, list[Call]] = {}
        self.order: dict[str, int] = {}
        for number, call in enumerate(self.calls):
            self.of.setdefault(call.name, []).append(call)
            self.order[call.name] = number
        self.seen = {
            sides(call.output)
            for call in self.calls
            if seen_as_picture(call) and isinstance(call.output, torch.Tensor) and call.output.ndim == 4
        }
        grids = {layout.grid for name in self.of for layout in self.possible(name)[:1] if layout.of_tokens}
        near = places.choose(self.inputs.shape, grids)
        wide = [place.wider(self.inputs.shape) for place in near]
        counts = self._counts
        self._near = Tries(self.net, self.inputs, near, counts)
        self._wide = Tries(self.net, self.inputs, wide, counts)
        self._together = Tries(self.net, self.inputs, [places.Together(tuple(near))], counts)
        self._still = Tries(self.net, self.inputs, near, counts, still=True)

    @cached_property
    def _counts(self) -> dict[str, int]:
        """How often layers are called in a pass; left out are those whose output is written into later, as such a pass
        has to run to its end."""
        once = {name: calls for name, calls in self.of.items() if not any(call.written_later for call in calls)}
        return {name: len(calls) for name, calls in once.items()}

    @cached_property
    def inside(self) -> set:
        """The nodes of the graph between the input and the scores; none without a graph."""
        return graphs.between(self.scores, self.leaf) if self.leaf is not None else set()

    @cached_property
    def _pictures(self) -> set:
        return graphs.pictures(self.scores, self.leaf, self.inside) if self.leaf is not None else set()

    def _is_picture(self, found: Call, path: tuple) -> bool:
        """Whether the graph shows that a tensor which a call handed on is a map (B, C, h, w) of the picture."""
        edge = found.edges.get(path)
        return edge is not None and edge.node in self._pictures

    def possible(self, name: str, call: int = -1) -> list[Layout]:
        """The layouts that a layer's output may have, the likeliest first; empty where it can hold no map."""
        if (name, call) not in self._possible:
            self._possible[name, call] = self._listed(self.of[name][call])
        return self._possible[name, call]

    def _listed(self, found: Call) -> list[Layout]:
        height, width = self.inputs.shape[2:]
        for path, tensor in tensors_in(found.output):
            first = seen_as_picture(found) or self._is_picture(found, path)
            alike = (tensor.shape, first)
            if alike not in self._listed_for:
                self._listed_for[alike] = possible(
                    tensor, len(self.inputs), self.seen, height / width, self.prefix, first
                )
            layouts = self._listed_for[alike]
            if layouts:
                return [replace(layout, path=path) for layout in layouts] if path else list(layouts)
        return []

    def layout(self, name: str, call: int = -1) -> Layout | None:
        """The layout of a layer's output that was found by `confirm`, or else the likeliest one."""
        if (name, call) in self._known:
            return self._known[name, call]
        return next(iter(self.possible(name, call)), None)

    def trust(self, layouts: Mapping[tuple[str, int], Layout]) -> None:
        """Take over what is known already, by name and call."""
        self._known |= {key: one for key, one in layouts.items() if key[0] in self.of and one in self.possible(*key)}

    @property
    def known(self) -> Mapping[tuple[str, int], Layout | None]:
        """The layouts that were confirmed, by name and call; None where there is no map."""
        return self._known

    def shape(self, name: str) -> tuple[int, int, int] | None:
        """The map's (C, h, w), None where there is none."""
        layout = self.layout(name)
        return layout and layout.shape(layout.pick(self.of[name][-1].output))

    def confirm(self, names: Iterable[str], call: int = -1, later: Sequence[str] = ()) -> list[str]:
        """Probe these layers; return those whose output turns out to be another, or no map of the picture.

        Of what only convolutions, pooling and sums made of the picture the graph tells it, without a further pass.
        First the picture is changed in three places at once and, where that does not decide, in each of them; in larger
        ones where the layer sees a few pixels only. In a network that mixes places strongly a deep layer changes
        everywhere then. There attention is held off from mixing; and at last the last layer known before is changed in
        one place instead of the picture, and so on from layer to layer.
        What the layers `later` hand on is kept, so that they can be confirmed without further passes.
        """
        before = {name: self.layout(name, call) for name in names if (name, call) not in self._known}
        for name, layout in before.items():
            if layout is None or self._is_picture(self.of[name][call], layout.path):
                self._known[name, call] = layout
        waiting = [name for name in before if (name, call) not in self._known]
        if waiting:
            self._try_together(waiting, call, later)
        waiting = self._unknown(waiting, call)
        later = [inner for inner in self.of if inner.startswith(tuple(f"{name}." for name in waiting))]
        self._try(self._near, waiting, call, later)
        blind = [name for name in self._unknown(waiting, call) if self._is_blind(name, call)]
        self._try(self._wide, blind, call)
        self._try(self._still, self._unknown(waiting, call), call, later)
        self._step_by_step(self._unknown(waiting, call), call)
        return [name for name, layout in before.items() if self._known[name, call] != layout]

    def _unknown(self, names: Iterable[str], call: int) -> list[str]:
        """The layers among these of which no layout was found so far."""
        return [name for name in names if not self._known.get((name, call))]

    def _try_together(self, names: Sequence[str], call: int, later: Sequence[str]) -> None:
        """Believe the likeliest layouts of layers whose maps tell apart all places that are changed in one picture."""
        self._together.run([*names, *later])
        for name in names:
            layout = self.possible(name, call)[0]
            (change,) = self._changes(name, call, layout, self._together.outputs)
            if places.is_clear(change, self._near.places, layout.of_tokens):
                self._known[name, call] = layout

    def _try(self, tries: Tries[places.Place], names: Sequence[str], call: int, later: Sequence[str] = ()) -> None:
        """Judge layers by pictures that are changed in one place each."""
        if names:
            tries.run([*names, *later])
        for name in () if tries.idle else names:
            layouts = self.possible(name, call)
            changes = {one: self._changes(name, call, one, tries.outputs, tries.before) for one in layouts}
            self._judge(name, call, changes, tries.places, mixed=not tries.still)

    def _judge(
        self,
        name: str,
        call: int,
        changes: dict[Layout, np.ndarray],
        tried: Sequence[places.Place],
        mixed: bool = True,
        step: bool = False,
    ) -> None:
        """Decide on a layer by what changed in it, (k, h, w) for each of its possible layouts, the likeliest first.

        Another than the likeliest is believed where no layer is known before, from which it could be probed closer.
        """
        likeliest = next(iter(changes))
        fits = {}
        for layout, change in changes.items():
            off = places.distance(change, tried, layout.of_tokens, mixed or not self._is_plain(name, call, layout))
            if (
                off is not None
                and math.prod(layout.grid) > 1
                and not (layout.of_tokens and layout.grid not in self.seen and off > len(tried))
            ):
                fits[layout] = off + (0 if layout is likeliest else 0.5 * len(tried))  # half a cell of doubt a place
        best = min(fits, key=lambda one: fits[one], default=None)
        sure = best is likeliest or step or self._start_of(name, self._single()) is None
        self._known[name, call] = best if sure else None

    def _is_plain(self, name: str, call: int, layout: Layout) -> bool:
        """Whether tokens are listed as usual: one after another, with one more of another kind at most."""
        if not layout.of_tokens or layout.kind == "columns":
            return not layout.of_tokens
        tensor = layout.tokens(layout.pick(self.of[name][call].output))
        return tensor.shape[1] - math.prod(layout.grid) <= 1

    def _single(self) -> dict[str, Layout]:
        """The layers that are known and run once in a pass."""
        known = self._known.items()
        return {name: layout for (name, call), layout in known if layout and call == -1 and len(self.of[name]) == 1}

    def _step_by_step(self, names: list[str], call: int) -> None:
        """Probe layers from the last one known before each, for as long as that finds any."""
        while True:
            known = self._single()
            starts = {name: self._start_of(name, known) for name in names if self._on_a_grid(name, call)}
            starts = {name: start for name, start in starts.items() if start}
            if not starts:
                return
            changed = [self._from_known(known, starts, number) for number in range(places.COUNT)]
            for name, start in starts.items():
                tried = [places.cell_of(place, known[start].grid) for place in self._near.places]
                layouts = self._on_a_grid(name, call)
                changes = {layout: self._changes(name, call, layout, changed) for layout in layouts}
                self._judge(name, call, changes, tried, mixed=False, step=True)
            found = [name for name in starts if self._known[name, call]]
            names = [name for name in names if name not in found]
            if not found:
                return

    def _on_a_grid(self, name: str, call: int) -> list[Layout]:
        """The layouts that a layer may have, of tokens those on a grid that convolutions made."""
        return [one for one in self.possible(name, call) if not one.of_tokens or one.grid in self.seen]

    def _start_of(self, name: str, known: dict[str, Layout]) -> str | None:
        """The last layer that is known and ended before this one."""
        order = self.order[name]
        return max((one for one in known if self.order[one] < order), key=lambda one: self.order[one], default=None)

    def _from_known(self, known: dict[str, Layout], starts: dict[str, str], number: int) -> dict[str, list[Any]]:
        """What layers hand on in a pass in which each layer of `starts` is as it was but for one cell."""
        with ExitStack() as stack:
            stack.enter_context(hooks.running(self.net))
            for start in set(starts.values()):
                layout = known[start]
                base = layout.pick(self.of[start][-1].output).detach()
                cell = places.cell_of(self._near.places[number], layout.grid)
                moved = layout.restore(cell.changed(layout.maps(base)), base)
                stack.enter_context(
                    hooks.tapped(
                        hooks.module_at(self.net, start),
                        lambda out, layout=layout, moved=moved: layout.put(out, moved.clone()),
                    )
                )
            calls, _, _ = passed(self.net, self.inputs, "", list(starts), self._counts)
        found: dict[str, list[Any]] = {name: [] for name in starts}
        for call in calls:
            found[call.name].append(call.output)
        return found

    def _is_blind(self, name: str, call: int) -> bool:
        """Whether some place, changed, changes nothing in a layer."""
        changes = self._changes(name, call, self.possible(name, call)[0], self._near.outputs)
        return any(not change.any() for change in changes)

    def _changes(
        self, name: str, call: int, layout: Layout, passes: Sequence[Handed], before: Handed | None = None
    ) -> np.ndarray:
        """How much each place of a map changed in some passes, (k, h, w), the channels' squares added up.

        Changed since the observed pass, or since what layers handed on `before`.
        """
        base = layout.pick(before[name][call] if before else self.of[name][call].output).detach()
        found = []
        for changed in passes:
            again = dict(tensors_in(changed[name][call])) if len(changed[name]) == len(self.of[name]) else {}
            tensor = again.get(layout.path)
            if tensor is None or tensor.shape != base.shape:  # it went another way this time
                found.append(np.zeros(layout.grid))
                continue
            change = (tensor.detach() - base).double()  # tiny ones, squared, are too small for float32
            found.append(layout.maps(change)[0].square().sum(0).cpu().numpy())
        return np.stack(found)

    def _noticed(self, name: str, again: list[Any]) -> bool:
        """Whether a layer handed on anything else than in the pass without a change."""
        return len(again) != len(self.of[name]) or any(
            other.shape != one.shape or not torch.equal(other, one)
            for before, after in zip(self.of[name], again, strict=True)
            for (_, one), (_, other) in zip(tensors_in(before.output), tensors_in(after), strict=False)
        )

    def sees_the_picture(self, name: str) -> bool:
        """Whether anything that a layer handed on changed with the picture, in the places that were tried."""
        outputs = [*self._together.outputs, *self._near.outputs, *self._wide.outputs]
        return any(name in changed and self._noticed(name, changed[name]) for changed in outputs)


def observe(
    net: nn.Module, inputs: torch.Tensor, reader_of: Callable[[Any], Callable[[Any], torch.Tensor]]
) -> Observation:
    """Look at a network in one pass on `inputs` (1, C, H, W), with a graph where there is a way for one.

    `reader_of(returned)` finds what takes the scores (1, K) out of that which the network returns. A network that
    switches gradients off inside is passed again with these switches held off.
    """
    found: list[Observation] = []
    read = None
    for way in (PLAIN, WATCHED):
        try:
            calls, returned, leaf = passed(net, inputs, way)
        except RuntimeError:  # weights that were made in inference mode, for one, cannot be in a graph
            continue
        read = read or reader_of(returned)
        scores = read(returned)
        seen = Observation(net, inputs, read, calls, scores, leaf, way)
        if scores.requires_grad and seen.inside:
            if not any(call.lost for call in calls):
                return seen
            found.append(seen)
    if found:  # where watching finds no more of the graph, the plain way is as good
        return min(found, key=lambda one: sum(call.lost for call in one.calls))
    calls, returned, _ = passed(net, inputs, "")
    read = read or reader_of(returned)
    return Observation(net, inputs, read, calls, read(returned), None, "")
