"""Passes on changed pictures: what layers hand on when the picture is another in some places.

Knows passes and places; knows no layout and no class.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from . import hooks, places
from .hooks import Call
from .watching import Still, way_through

Handed = dict[str, list[Any]]  # what layers hand on in a pass, by name: one output for each call


def passed(
    net: nn.Module,
    inputs: torch.Tensor,
    way: str,
    names: Collection[str] | None = None,
    counts: Mapping[str, int] | None = None,
) -> tuple[list[Call], Any, torch.Tensor | None]:
    """Run a pass that nobody asked for; returns the calls (of the modules `names`, or of all), the output, the leaf.

    `way` is how a graph gets through the network, see `watching.way_through`; "" runs without one. Where `counts` says
    of each of `names` how often it is called, the pass ends behind these calls.
    """
    ends = {name: counts[name] for name in names} if counts and names and all(map(counts.__contains__, names)) else None
    with hooks.trial(net), torch.set_grad_enabled(bool(way)), way_through(way):
        leaf = inputs.detach().clone().requires_grad_(bool(way))
        calls, output = hooks.record(net, leaf.clone(), names, ends)
    return calls, output, leaf if way else None


Tried = TypeVar("Tried", places.Place, places.Together)


class Tries(Generic[Tried]):
    """Passes of `inputs` (1, C, H, W), changed in each of some places: `outputs`, what layers handed on, for each.

    `counts` says how often each layer is called in a pass, which ends when nothing more is to be seen. In `still` ones
    attention does not mix tokens, and they run to the end; `before` is what layers handed on in such a pass without a
    change, and `idle` says that the network has no attention, so that these passes tell nothing new.
    """

    def __init__(
        self,
        net: nn.Module,
        inputs: torch.Tensor,
        tried: Sequence[Tried],
        counts: Mapping[str, int],
        still: bool = False,
    ) -> None:
        self.net, self.inputs, self.places, self.counts, self.still = net, inputs, tried, counts, still
        self.outputs: list[Handed] = [{} for _ in tried]
        self.before: Handed = {}
        self.idle = False

    def run(self, names: Iterable[str]) -> None:
        """Pass pictures that are changed in the places, as far as it is not known what these layers hand on there."""
        if self.still and not self.idle:
            self._pass(self.inputs, names, self.before)
        if not self.idle:
            for place, found in zip(self.places, self.outputs, strict=True):
                self._pass(place.changed(self.inputs), names, found)

    def _pass(self, inputs: torch.Tensor, names: Iterable[str], found: Handed) -> None:
        missing: Handed = {name: [] for name in names if name not in found}
        if not missing:
            return
        block = Still() if self.still else None
        with block or nullcontext():
            calls, _, _ = passed(self.net, inputs, "", missing, None if self.still else self.counts)
        self.idle = block is not None and not block.found
        for call in calls:
            missing[call.name].append(call.output)
        found.update(missing)
