"""What numbers a network gives for classes: logits of three kinds, and the probabilities that they stand for."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def probabilities(logits: torch.Tensor, scores: str = "softmax") -> torch.Tensor:
    """The probabilities (..., K) of logits whose kind is `scores`.

    "softmax" over the last axis, a sigmoid where there is a single output; "sigmoid" for each by itself; "given": the
    numbers are probabilities already.
    """
    if scores == "given":
        return logits
    return logits.sigmoid() if scores == "sigmoid" or logits.shape[-1] == 1 else logits.softmax(-1)


def log_probabilities(logits: torch.Tensor, scores: str = "softmax") -> torch.Tensor:
    """The logarithms of the same, (..., K)."""
    if scores == "given":
        return logits.clamp(min=torch.finfo(logits.dtype).tiny).log()
    return F.logsigmoid(logits) if scores == "sigmoid" or logits.shape[-1] == 1 else logits.log_softmax(-1)


class Aim:
    """What every target can do beside its score: be told as classes, and say how like its own a changed image is."""

    @property
    def entry(self) -> tuple[int, ...] | None:
        """Which number of the recorded answer the score is, None where it is a function of several."""
        return None

    def of_classes(self, logits: torch.Tensor) -> torch.Tensor:
        """The logits (K,) of the classes at what is explained, of those of one image."""
        return logits

    def likeness(self, logits: torch.Tensor) -> torch.Tensor:
        """How much of the target a changed image still shows, (...): what RISE weighs its masks by."""
        return self.confidence(logits)  # pyright: ignore[reportAttributeAccessIssue]  # every target has it
