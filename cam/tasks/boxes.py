"""Boxes that a detector found, and the score of one of them.

A detector's answer for one image is a tensor (N, 4 + K): each candidate's box (left, top, right, bottom) in pixels of
the input, then its logits. Knows boxes and logits; knows no network, no photo and no class's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from .scores import Aim, probabilities

LOST = 1e-4  # the probability of a box of which nothing is found
SAME = 0.9999  # IoU of boxes that are one, but for rounding


class Boxes(NamedTuple):
    """Candidates of a detector: `boxes` (N, 4) or (B, N, 4) as (left, top, right, bottom) in pixels of the input, and
    `logits` (N, K) or (B, N, K). What `wrap_model(net, output=...)` may make of what a network returns."""

    boxes: torch.Tensor
    logits: torch.Tensor

    @classmethod
    def relative(cls, centres: torch.Tensor, logits: torch.Tensor, size: Sequence[int]) -> Boxes:
        """Of boxes (..., N, 4) as centre x, y, width, height in [0, 1], for an input of `size` (H, W), as DETR's."""
        x, y, width, height = centres.unbind(-1)
        corners = torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], -1)
        return cls(corners * corners.new_tensor([size[1], size[0], size[1], size[0]]), logits)


def iou(boxes: torch.Tensor, box: torch.Tensor) -> torch.Tensor:
    """Intersection over union of boxes (..., 4) with one box (4,), or with others (..., 4) by broadcasting, (...)."""
    sides = torch.minimum(boxes[..., 2:], box[..., 2:]) - torch.maximum(boxes[..., :2], box[..., :2])
    both = sides.clamp(min=0).prod(-1)
    areas = [(one[..., 2:] - one[..., :2]).clamp(min=0).prod(-1) for one in (boxes, box)]
    return both / (areas[0] + areas[1] - both).clamp(min=torch.finfo(boxes.dtype).tiny)


def kept(boxes: torch.Tensor, most: float = 0.5) -> list[int]:
    """Non-maximum suppression of boxes (n, 4), the best first: the rows that overlap no earlier one by IoU > `most`."""
    alive = np.ones(len(boxes), bool)
    covers = (iou(boxes[:, None], boxes[None]) > most).cpu().numpy()  # (n, n)
    found = []
    for row in range(len(boxes)):
        if alive[row]:
            found.append(row)
            alive &= ~covers[row]
    return found


@dataclass(frozen=True)
class BoxScore(Aim):
    """The logit of a class at the candidate that became a box.

    On the recorded pass that is the row `candidate`; on a changed input, where another candidate may have become the
    box, the best one by IoU with `box` times its probability. `box` in pixels of the input; `like` the candidate's
    probabilities of all classes.
    """

    index: int
    candidate: int
    box: tuple[float, float, float, float]
    like: tuple[float, ...]
    scores: str = "sigmoid"

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        return f"y = z_{self.index} of candidate {self.candidate}"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        rows, quality = self._chosen(logits)
        found = _at(logits[..., 4 + self.index], rows)
        lost = LOST if self.scores == "given" else torch.logit(torch.tensor(LOST)).item()
        return torch.where(quality > 0, found, lost)

    def _chosen(self, logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The row of the candidate that is explained (...), and its IoU times probability (...)."""
        values = logits.detach().float()
        overlaps = iou(values[..., :4], values.new_tensor(self.box))  # (..., N)
        quality = overlaps * probabilities(values[..., 4:], self.scores)[..., self.index]
        best = quality.argmax(-1)
        if self.candidate < values.shape[-2]:
            best = torch.where(overlaps[..., self.candidate] >= SAME, self.candidate, best)
        return best, _at(quality, best)

    @property
    def entry(self) -> tuple[int, int]:
        """Which number of the recorded answer it is."""
        return self.candidate, 4 + self.index

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """IoU with the box times the class's probability, of the best candidate, (...)."""
        return self._chosen(logits)[1]

    def likeness(self, logits: torch.Tensor) -> torch.Tensor:
        """The best, over the candidates, of IoU times cosine of class probabilities times the largest of these, (...).

        Petsiuk et al. 2021 (D-RISE), arXiv 2006.03204, eqs. 5 and 6; the largest probability stands for objectness.
        """
        values = logits.detach().float()
        chances = probabilities(values[..., 4:], self.scores)[..., : len(self.like)]
        own = chances.new_tensor(self.like)
        cosine = chances @ own / (chances.norm(dim=-1) * own.norm()).clamp(min=1e-12)
        return (iou(values[..., :4], values.new_tensor(self.box)) * cosine * chances.amax(-1)).amax(-1)

    def of_classes(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits (K,) of the candidate."""
        return logits[int(self._chosen(logits)[0]), 4:]


@dataclass(frozen=True)
class BoxContrast(Aim):
    """Why this box and not that one, or why this class and not that one for a box: y = y_box - y_other.

    `box` is a detector's finding; `other` another finding of the same pass, or the label or index of another class for
    the same box. What both have in common drops out, as in a `Contrast` of classes. A trace makes each of the two a
    `BoxScore`.
    """

    box: Any
    other: Any

    @property
    def index(self) -> int:
        return self.box.index

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        one, other = (score.formula.removeprefix("y = ") for score in (self.box, self.other))
        return f"y = {one} − {other}"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return self.box(logits) - self.other(logits)

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The same difference of confidences, (...)."""
        return self.box.confidence(logits) - self.other.confidence(logits)

    def likeness(self, logits: torch.Tensor) -> torch.Tensor:
        """The same difference of likenesses, (...)."""
        return self.box.likeness(logits) - self.other.likeness(logits)

    def of_classes(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits (K,) of the box's candidate."""
        return self.box.of_classes(logits)


def _at(values: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """`values` (..., N) at one row each, (...)."""
    return values.gather(-1, rows[..., None])[..., 0]
