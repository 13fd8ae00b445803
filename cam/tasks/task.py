"""What a task is: how its networks answer, what they found, and how a finding becomes a target.

A task reads one tensor (B, ...) out of what a network returns; a row of it is the answer for one image, and a target is
a function of that. Nothing outside this folder asks which task it is. Knows answers; knows no network and no map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..errors import TargetError
from ..photos.views import Box, View
from .targets import Target, number_of

LISTED = 50  # findings of one photo that are listed, the most confident


@dataclass(frozen=True, eq=False)
class Answer:
    """What a network said about one image: `logits` as its task lays them out, the K `labels`, what the logits are
    (`scores`), and the `view` of the photo that the network saw."""

    logits: torch.Tensor
    labels: Sequence[str]
    scores: str
    view: View


class Task:
    """One task. `axes` of one image's answer; `uneven`: places count differently by the nature of the task, so that
    maps begin with a method that keeps them apart; `everywhere`: each place has an answer of its own; `chosen`: the
    network itself leaves out what does not stand out."""

    name = ""
    axes = 1
    uneven = False
    everywhere = False
    chosen = False

    def recognises(self, returned: Any) -> bool:
        """Whether what a network returned, or `output=` made of it, is an answer of this task."""
        raise NotImplementedError

    def fitted(self, net: nn.Module, labels: Sequence[str] | None, returned: Any) -> Task:
        """The same task for a network that `returned` this: with what its answers leave open."""
        return self

    @property
    def untouched(self) -> Callable[[torch.Tensor, torch.Tensor], bool] | None:
        """Of answers in parts: whether a part of the first (1, ...) is in the second as it was; None of one answer."""
        return None

    @property
    def own_scores(self) -> str:
        """What the numbers of classes are where the task itself made them, "" where it did not."""
        return ""

    def values(self, returned: Any) -> torch.Tensor:
        """Return the answers (B, ...) in what a network returned; raises `TargetError` where there are none."""
        raise NotImplementedError

    def made(self, made: Any, returned: Any) -> torch.Tensor:
        """Return the answers (B, ...) in what a user's `output=` made of what the network returned."""
        return self.values(made)

    def by_class(self, values: torch.Tensor) -> torch.Tensor:
        """What of the answers stands for classes, the classes last (..., K)."""
        return values

    def usual_scores(self, values: torch.Tensor) -> str:
        """What the numbers of classes are taken for where nothing is said."""
        return "sigmoid" if self.by_class(values).shape[-1] == 1 else "softmax"

    def changed(self, values: torch.Tensor, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        """The answers with `function` applied to what stands for classes."""
        return function(values)

    def names(self, values: torch.Tensor, labels: Sequence[str] | None) -> tuple[str, ...]:
        """The names of the classes, numbers where there are none; raises `ValueError` where they do not fit."""
        count = self.by_class(values).shape[-1]
        named = tuple(str(number) for number in range(count)) if labels is None else tuple(labels)
        if len(named) != count:
            raise ValueError(f"The network has {count} outputs, but {len(named)} labels were given.")
        return named

    def findings(self, answer: Answer, k: int) -> list[Any]:
        """The `k` most confident findings, best first."""
        raise NotImplementedError

    def listed(self, answer: Answer) -> list[Any] | None:
        """What is found and chosen by its number in this list, from 0, best first; None where every class is chosen by
        its index instead."""
        return self.findings(answer, LISTED)

    def places(self, finding: Any) -> torch.Tensor | None:
        """Where a finding lies on a grid over the input, (h, w) bool; None where it has no places of its own."""
        return None

    def area(self, of: int, *, mask: Any = None, point: tuple[float, float] | None = None) -> Any:
        """The class `of` in a `mask` (H0, W0) of the photo, bool, or at a `point` (x, y) of it, as a target.

        Raises `TargetError` where the network does not answer for places."""
        raise TargetError(
            "no-areas",
            "This network does not answer for each place, so a place or an area of the photo cannot be asked about. "
            "Choose one of its findings.",
        )

    def resolve(self, target: Any, answer: Answer) -> Target:
        """Turn what a caller gives into a target; raises `UnknownNameError` and `TargetError`."""
        raise NotImplementedError

    def check(self, target: Any, labels: Sequence[str]) -> None:
        """Raise `UnknownNameError` for a class that no image can have."""
        if isinstance(target, (str, int)):
            number_of(target, labels)

    def told(self, finding: Any) -> dict[str, Any]:
        """A finding as plain values for JSON."""
        return {"index": finding.index, "label": finding.label, "probability": round(finding.probability, 6)}

    def told_target(self, target: Target, answer: Answer) -> dict[str, Any] | None:
        """A target as plain values, as its finding is told; None for a free function."""
        if target.index is None:
            return None
        chance = float(target.confidence(answer.logits))
        return {"index": target.index, "label": answer.labels[target.index], "probability": round(chance, 6)}


def to_photo(box: Sequence[float], view: View) -> Box:
    """A box in pixels of the input as one in pixels of the photo, cut at its edges."""
    scales, starts = _scales(view), (view.source[:2], view.content[:2])
    found = []
    for number, side in enumerate(box):
        axis = number % 2
        value = starts[0][axis] + (side - starts[1][axis]) * scales[axis]
        found.append(float(min(max(value, 0.0), view.size[axis])))
    return found[0], found[1], found[2], found[3]


def _scales(view: View) -> tuple[float, float]:
    """Pixels of the photo per pixel of the input, across and down."""
    seen, shown = view.source, view.content
    return (seen[2] - seen[0]) / (shown[2] - shown[0]), (seen[3] - seen[1]) / (shown[3] - shown[1])


def cells_of_photo(view: View, grid: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each column and each row of a photo the column and row (W0,), (H0,) of a grid (h, w) over the input.

    They show its centre; -1 where the network did not see it."""
    found = []
    for axis, cells in enumerate((grid[1], grid[0])):
        centres = torch.arange(view.size[axis], dtype=torch.float64) + 0.5
        inside = (centres >= view.source[axis]) & (centres < view.source[axis + 2])
        place = view.content[axis] + (centres - view.source[axis]) / _scales(view)[axis]
        cell = (place * cells / view.input[axis]).long().clamp(0, cells - 1)
        found.append(torch.where(inside, cell, -1))
    return found[0], found[1]


def pixels_of_grid(view: View, grid: tuple[int, int]) -> tuple[torch.Tensor, torch.Tensor]:
    """For each column and row of a grid (h, w) over the input the photo's column and row (w,), (h,) at its centre.

    -1 where it shows none."""
    found = []
    for axis, cells in enumerate((grid[1], grid[0])):
        place = (torch.arange(cells, dtype=torch.float64) + 0.5) * view.input[axis] / cells
        inside = (place >= view.content[axis]) & (place < view.content[axis + 2])
        pixel = view.source[axis] + (place - view.content[axis]) * _scales(view)[axis]
        found.append(torch.where(inside, pixel.long().clamp(0, view.size[axis] - 1), -1))
    return found[0], found[1]
