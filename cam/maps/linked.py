"""What links the views of a computation: the channels that matter, one place added up, the classes a channel raises.

Knows steps by the shape of their story; knows no method by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch

from ..errors import LayerError, MethodError
from ..methods.requirements import linear_head
from ..passes.trace import Trace
from ..tasks.targets import of_another_task
from .steps import Step

_SHARE = 1e-2  # of the channel's largest activation: how far a channel is raised and lowered to see what follows


class Cell(NamedTuple):
    """One place of a map, channel by channel: `products` are `weights` times `activations`, the largest first.

    With `rest`, what all other channels add, they sum up to `value`.
    """

    row: int
    column: int
    channels: list[int]
    weights: list[float]
    activations: list[float]
    products: list[float]
    rest: float
    value: float


@dataclass(frozen=True)
class Raised:
    """A class whose logit rises by `rise` when a channel rises by one at every place."""

    index: int
    label: str
    rise: float


class _Terms(NamedTuple):
    """A map that is a sum over channels: `factors` (C,) or (C, h, w), `maps` and `products` (C, h, w)."""

    factors: torch.Tensor
    maps: torch.Tensor
    products: torch.Tensor | None  # None: factors times maps

    def at(self, row: int, column: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Factors, activations and products (C,) float64 at a place."""
        factors = (self.factors if self.factors.ndim == 1 else self.factors[:, row, column]).double()
        maps = self.maps[:, row, column].double()
        return factors, maps, factors * maps if self.products is None else self.products[:, row, column].double()


def _terms(steps: Sequence[Step]) -> _Terms:
    """Find the step that sums over channels, and what it sums."""
    named = {one.name: one for one in steps}
    for step in steps:
        parts = [named[name] for name in step.follows]
        if step.axes != ("row", "column") or not all(part.axes[:1] == ("channel",) for part in parts):
            continue
        if len(parts) == 2:
            return _Terms(parts[0].tensor, parts[1].tensor, None)
        if len(parts) == 1 and len(parts[0].axes) == 3:
            source = parts[0]
            while len(source.follows) == 1:  # negative products are cut
                source = named[source.follows[0]]
            factors, maps = (named[name].tensor for name in source.follows)
            return _Terms(factors, maps, parts[0].tensor)
    raise MethodError(
        "steps-no-channels",
        "This map is no sum over a layer's channels, so there is none that matters more than others. Grad-CAM's is: "
        'explain(trace, "gradcam").',
    )


def most_important(steps: Sequence[Step], k: int = 8) -> list[int]:
    """Return the `k` channels that count most, the first first: by |weight|, (C,), of the steps of a map.

    Where each place has a weight of its own, by the sum over places of |weight times activation|.
    Raises `MethodError` for a map that is no sum over channels.
    """
    terms = _terms(steps)
    if terms.factors.ndim == 1:
        size = terms.factors.abs()
    else:
        size = (terms.factors * terms.maps if terms.products is None else terms.products).abs().sum((-2, -1))
    return size.argsort(descending=True, stable=True)[:k].tolist()


def cell(steps: Sequence[Step], row: int, column: int, k: int = 8) -> Cell:
    """Add up one place of a map, channel by channel: the `k` largest products there, and the others in one number.

    Sums are in float64; `value` is the weighted sum at the place but for float32's rounding of it.
    Raises `MethodError` for a map that is no sum over channels, `IndexError` for a place outside the grid.
    """
    terms = _terms(steps)
    height, width = terms.maps.shape[-2:]
    if not (0 <= row < height and 0 <= column < width):
        raise IndexError(f"Row {row}, column {column} is outside the grid of {height} x {width} places.")
    factors, maps, products = terms.at(row, column)
    order = products.abs().argsort(descending=True, stable=True)
    shown, others = order[:k], order[k:]
    rest = float(products[others].sum())
    return Cell(
        row,
        column,
        shown.tolist(),
        factors[shown].tolist(),
        maps[shown].tolist(),
        products[shown].tolist(),
        rest,
        float(products[shown].sum()) + rest,
    )


def raises(trace: Trace, channel: int, k: int = 5) -> list[Raised]:
    """Return the `k` classes whose logits rise most with a channel of the trace's layer, the first first.

    Where pooling and one linear layer lie behind it, the rise is the head's weight. Elsewhere it is the slope, in
    logits per unit of the activations, when the channel changes alike at every place: a central difference, of one
    small pass behind the layer.
    Raises `LayerError` for a trace without a layer, `IndexError` for a channel that is not there.
    """
    if not trace.layer and (reason := trace.no_gradient):
        raise LayerError(reason)
    if trace.logits.ndim > 1:
        raise of_another_task("trace.top()[0]")
    count = len(trace.activations)
    if not 0 <= channel < count:
        raise IndexError(f"Channel {channel} is none of the {count} of layer {trace.layer!r}.")
    head = linear_head(trace)
    slopes = _slopes(trace, channel) if head is None else head[:, channel]
    values, indices = slopes.topk(min(k, len(slopes)))
    labels = trace.model.labels
    return [Raised(int(index), labels[int(index)], float(value)) for value, index in zip(values, indices, strict=True)]


def _slopes(trace: Trace, channel: int) -> torch.Tensor:
    """How fast each logit rises with a channel, (K,), by a small change up and down."""
    largest = trace.activations[channel].abs().max()
    change = _SHARE * torch.where(largest > 0, largest, trace.activations.abs().max())
    changed = trace.activations.repeat(2, 1, 1, 1)
    changed[0, channel] += change
    changed[1, channel] -= change
    parts = [scores for _, scores in trace.in_chunks(trace.scores_of_activations, lambda some: changed[some], [0, 1])]
    up, down = torch.cat(parts)
    return (up - down) / (2 * change)
