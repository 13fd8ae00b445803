"""The score of a class in a region: what is explained of a network that answers for each place.

Its answer for one image is a tensor of logits (K, h, w). Knows logits and masks; knows no network and no photo.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import torch

from .scores import Aim, probabilities


@dataclass(frozen=True)
class RegionScore(Aim):
    """The sum of a class's logits over the places of a mask (h, w), bool: one place, a region or all of them.

    Vinogradova et al. 2020 (Seg-Grad-CAM), arXiv 2002.11434, eq. 2.
    """

    index: int
    mask: torch.Tensor = field(repr=False, compare=False)
    scores: str = "softmax"
    places: bytes = field(default=b"", repr=False)  # of the mask: targets with the same places are the same

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", bytes(self.mask.cpu().numpy().tobytes()))

    @cached_property
    def count(self) -> int:
        """How many places the mask has."""
        return int(self.mask.sum())

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        return f"y = Σ z_{self.index},ij over {self.count:,} of {self.mask.numel():,} places"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return (logits[..., self.index, :, :] * self.mask.to(logits)).sum((-2, -1))

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The class's mean probability in the mask, (...)."""
        chances = probabilities(logits.movedim(-3, -1), self.scores)[..., self.index]
        return (chances * self.mask.to(chances)).sum((-2, -1)) / max(1, self.count)

    def of_classes(self, logits: torch.Tensor) -> torch.Tensor:
        """The sums (K,) of all classes over the same places."""
        return (logits * self.mask.to(logits)).sum((-2, -1))
