"""What is left of the model's confidence when it sees only what the map shows, and the measures made of it.

`before` Y (N,) and `after` O (N,) are the target's probabilities on N images x and on x * M, where the map M
(H, W) in [0, 1] multiplies pixels, before normalisation: what the map leaves out turns black.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ..maps.explanation import Explanation, explain
from ..passes import tracing
from ..passes.trace import Trace
from .localisation import Heatmap

Numbers = torch.Tensor | np.ndarray | Sequence[float]


def _vector(values: Numbers) -> torch.Tensor:
    return torch.as_tensor(values, dtype=torch.float64).flatten()


def average_drop(before: Numbers, after: Numbers) -> float:
    """100 mean(max(0, Y - O) / Y), per cent in [0, 100], lower is better; an image with Y = 0 loses nothing.

    Chattopadhyay et al. 2018, arXiv 1710.11063, section 5.1. Larger maps drop less: read it beside `complexity`.
    """
    y, o = _vector(before), _vector(after)
    lost = torch.where(y > 0, (y - o).clamp(min=0) / y.where(y > 0, torch.ones_like(y)), 0)
    return 100 * lost.mean().item()


def increase_in_confidence(before: Numbers, after: Numbers) -> float:
    """100 mean[O > Y], per cent in [0, 100], higher is better. Chattopadhyay et al. 2018, arXiv 1710.11063."""
    return 100 * (_vector(after) > _vector(before)).double().mean().item()


def average_gain(before: Numbers, after: Numbers) -> float:
    """100 mean(max(0, O - Y) / (1 - Y)), per cent in [0, 100], higher is better; Y = 1 gains nothing.

    Zhang et al. 2023 (Opti-CAM), arXiv 2301.07002.
    """
    y, o = _vector(before), _vector(after)
    gained = torch.where(y < 1, (o - y).clamp(min=0) / (1 - y).where(y < 1, torch.ones_like(y)), 0)
    return 100 * gained.mean().item()


def complexity(heatmap: Heatmap) -> float:
    """sum(M) / (H W) in [0, 1]: how much of the image the map keeps. Poppi et al. 2021, arXiv 2104.10252."""
    return torch.as_tensor(heatmap).double().mean().item()


def coherency(one: Numbers, other: Numbers) -> float:
    """(Pearson(CAM(x), CAM(x * M)) + 1) / 2 in [0, 1] for two maps of one shape; 0 where either is constant.

    Poppi et al. 2021, arXiv 2104.10252: a good map finds itself again in what it leaves of the image.
    """
    a, b = _vector(one), _vector(other)
    a, b = a - a.mean(), b - b.mean()
    norms = (a.norm() * b.norm()).item()
    return 0.0 if norms == 0 else ((a @ b).item() / norms + 1) / 2


def adcc(coherency: float, complexity: float, average_drop: float) -> float:
    """3 / (1/Coherency + 1/(1 - Complexity) + 1/(1 - AverageDrop)) in [0, 1], higher is better.

    All three in [0, 1], the drop as a share and not in per cent. Poppi et al. 2021, arXiv 2104.10252, eq. 6.
    """
    parts = (coherency, 1 - complexity, 1 - average_drop)
    return 0.0 if min(parts) <= 0 else 3 / math.fsum(1 / part for part in parts)


def masked_input(trace: Trace, heatmaps: torch.Tensor) -> torch.Tensor:
    """The model's inputs (B, C, H, W) for x * M with maps (B, H, W) at input size; a pixel with M = 0 is black.

    Black is what the model's own preprocessing makes of a black image, so it holds for any affine normalisation.
    """
    black = trace.black().to(trace.input)
    return black + torch.as_tensor(heatmaps).to(trace.input)[:, None] * (trace.input - black)


def masked_confidences(trace: Trace, heatmaps: torch.Tensor, target: Any = None) -> tuple[float, torch.Tensor]:
    """Return Y and O (B,): the target's probability on the image, and on the image behind each map (B, H, W)."""
    resolved = trace.target(target)
    after = torch.zeros(len(heatmaps))

    def build(indices: torch.Tensor) -> torch.Tensor:
        return masked_input(trace, heatmaps[indices])

    for indices, logits in trace.in_chunks(trace.scores_of_images, build, torch.arange(len(heatmaps))):
        after[indices] = resolved.confidence(logits).cpu()
    return resolved.confidence(trace.logits).item(), after


def retraced(trace: Trace, inputs: torch.Tensor) -> Trace:
    """The same model, layer and image geometry for another input (1, C, H, W): a new pass."""
    return tracing.retrace(trace, inputs)


def coherency_of(explanation: Explanation) -> float:
    """Coherency of an explanation: its method runs again on the image that its own map masks."""
    masked = retraced(explanation.trace, masked_input(explanation.trace, explanation.heatmap[None]))
    again = explain(masked, explanation.method, explanation.target)
    return coherency(explanation.heatmap, again.heatmap)
