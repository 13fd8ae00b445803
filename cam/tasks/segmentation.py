"""Segmentation: a network gives logits at each place; a finding is the region of a class, its score their sum there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from ..errors import TargetError
from ..photos.views import View, sides
from . import targets
from .regions import RegionScore
from .scores import probabilities
from .targets import Target
from .task import Answer, Task, cells_of_photo, pixels_of_grid


@dataclass(frozen=True, eq=False)
class Region:
    """The region of a class: the mean of its probability in there, and its `share` of what the network saw.

    `cells` (h, w) bool are its places in the network's answer, `mask` (H0, W0) bool those in the photo.
    """

    index: int
    label: str
    probability: float
    share: float
    cells: torch.Tensor = field(repr=False)
    view: View = field(repr=False)

    @cached_property
    def mask(self) -> torch.Tensor:
        """The region in the photo's pixels, (H0, W0) bool."""
        columns, rows = cells_of_photo(self.view, sides(self.cells))
        seen = (rows >= 0)[:, None] & (columns >= 0)[None, :]
        return seen & self.cells.cpu()[rows.clamp(min=0)][:, columns.clamp(min=0)]


@dataclass(frozen=True, eq=False)
class Area:
    """A target that a person chooses: a class in a `mask` (H0, W0) of the photo, bool, or at one `point` (x, y) of it.

    Without either it is the class everywhere. `of` is a label or an index.
    """

    of: str | int
    mask: Any = field(default=None, repr=False)
    point: tuple[float, float] | None = None


class Segmentation(Task):
    """Answers are logits (B, K, h, w)."""

    name = "segmentation"
    axes = 3
    everywhere = True

    def recognises(self, returned: Any) -> bool:
        found = _maps_in(returned)
        return found is not None and found.shape[2] * found.shape[3] > 1

    def values(self, returned: Any) -> torch.Tensor:
        found = _maps_in(returned)
        if found is None:
            raise TargetError(
                "output-no-places",
                "A network that answers for each place returns logits of shape (batch, classes, h, w), and this one "
                'returned {returned}. Say where they are: wrap_model(net, output=lambda out: out["masks"]).',
                returned=targets.described(returned),
            )
        return found

    def by_class(self, values: torch.Tensor) -> torch.Tensor:
        return values.movedim(1, -1)

    def findings(self, answer: Answer, k: int) -> list[Region]:
        chances, cells = self._regions(answer)
        counted = max(1, int(_seen(answer).sum()))
        found = []
        for index, own in enumerate(cells):
            if count := int(own.sum()):
                chance = float(chances[index][own].mean())
                found.append(Region(index, answer.labels[index], chance, count / counted, own, answer.view))
        return sorted(found, key=lambda one: -one.probability)[:k]

    def _regions(self, answer: Answer) -> tuple[torch.Tensor, torch.Tensor]:
        """The probabilities (K, h, w), and for each class the places where it is found, bool."""
        chances = probabilities(answer.logits.movedim(0, -1), answer.scores).movedim(-1, 0)
        if len(chances) == 1 or answer.scores == "sigmoid":
            return chances, (chances > 0.5) & _seen(answer)
        numbers = torch.arange(len(chances), device=chances.device)[:, None, None]
        return chances, (chances.argmax(0) == numbers) & _seen(answer)

    def resolve(self, target: Any, answer: Answer) -> Target:
        """None means the most confident region, an index or a label its class's, a `Region` or `Area` itself; a
        callable is a function of the logits (K, h, w). Of a class of which nothing is found it is all places."""
        if isinstance(target, targets.Against) and isinstance(target.target, RegionScore | targets.Score):
            return targets.Against(self.resolve(target.target, answer))
        if isinstance(target, RegionScore):
            return self._same_grid(target, answer)
        if isinstance(target, targets.Score):
            return target
        if isinstance(target, Target):
            raise targets.of_another_task("trace.top()[0]")
        if isinstance(target, Region):
            return self._same_grid(RegionScore(target.index, target.cells, answer.scores), answer)
        if isinstance(target, Area):
            return RegionScore(targets.number_of(target.of, answer.labels), _chosen(target, answer), answer.scores)
        if callable(target):
            return targets.Score(target, self.axes)
        if target is None:
            best = self.findings(answer, 1)
            return self.resolve(best[0] if best else int(answer.logits.amax((-2, -1)).argmax()), answer)
        index = targets.number_of(target, answer.labels)
        own = self._regions(answer)[1][index]
        return RegionScore(index, own if own.any() else torch.ones_like(own), answer.scores)

    def _same_grid(self, target: RegionScore, answer: Answer) -> RegionScore:
        if target.mask.shape == answer.logits.shape[1:]:
            return target
        raise TargetError(
            "region-elsewhere",
            "The region has {found} places and this pass {expected}: take one of this trace, trace.top()[0].",
            found="x".join(map(str, target.mask.shape)),
            expected="x".join(map(str, answer.logits.shape[1:])),
        )

    def places(self, finding: Region) -> torch.Tensor:
        return finding.cells

    def area(self, of: int, *, mask: Any = None, point: tuple[float, float] | None = None) -> Area:
        return Area(of, mask, point)

    def told(self, finding: Region) -> dict[str, Any]:
        return super().told(finding) | {"share": round(finding.share, 6)}

    def told_target(self, target: Target, answer: Answer) -> dict[str, Any] | None:
        told, inner = super().told_target(target, answer), getattr(target, "target", target)
        if told is not None and isinstance(inner, RegionScore):
            told["share"] = round(inner.count / max(1, int(_seen(answer).sum())), 6)
        return told


def _maps_in(returned: Any) -> torch.Tensor | None:
    """The logits (B, K, h, w) in what a network returned: the tensor, its part "out" or "logits", or the first."""
    found = returned
    if isinstance(returned, Mapping):
        found = returned.get("out", returned.get("logits"))
    elif (part := getattr(returned, "logits", None)) is not None:
        found = part
    elif isinstance(returned, (tuple, list)) and returned:
        found = returned[0]
    return found if isinstance(found, torch.Tensor) and found.ndim == 4 else None


def _seen(answer: Answer) -> torch.Tensor:
    """The places (h, w) of the answer that show the photo, and no margin."""
    columns, rows = pixels_of_grid(answer.view, sides(answer.logits))
    return ((rows >= 0)[:, None] & (columns >= 0)[None, :]).to(answer.logits.device)


def _chosen(area: Area, answer: Answer) -> torch.Tensor:
    """The places (h, w) of the answer that a person chose; raises `TargetError` where there is none."""
    grid = sides(answer.logits)
    seen = _seen(answer)
    if area.point is not None:
        columns, rows = cells_of_photo(answer.view, grid)
        x, y = (int(value) for value in area.point)
        found = torch.zeros_like(seen)
        if 0 <= x < len(columns) and 0 <= y < len(rows) and columns[x] >= 0 and rows[y] >= 0:
            found[rows[y], columns[x]] = True
    elif area.mask is not None:
        mask = torch.as_tensor(np.asarray(area.mask)) > 0
        width, height = answer.view.size
        if tuple(mask.shape) != (height, width):
            raise TargetError(
                "mask-size",
                "A mask has the photo's size, {height} x {width}, and this one has {found}.",
                height=height,
                width=width,
                found=" x ".join(map(str, mask.shape)),
            )
        columns, rows = pixels_of_grid(answer.view, grid)
        found = mask[rows.clamp(min=0)][:, columns.clamp(min=0)].to(seen.device) & seen
    else:
        found = seen
    if not found.any():
        raise TargetError(
            "area-empty", "The network sees nothing of what was chosen: choose a point or a mask inside the photo."
        )
    return found
