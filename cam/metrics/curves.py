"""Curves: the target's probability while pixels are removed or brought back in the order of the map.

Pixels of equal heat keep their reading order, so a uniform map removes row after row.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch.nn import functional as F

from ..passes.trace import Trace
from .localisation import Heatmap

PIXELS = 224  # per step: a row of the usual input
PERCENTILES = tuple(range(10, 100, 10))
NOISE = 0.01
# Weights of the four neighbours and the four diagonals in ROAD's system.
_NEIGHBOURS = torch.tensor([[1 / 12, 1 / 6, 1 / 12], [1 / 6, 0, 1 / 6], [1 / 12, 1 / 6, 1 / 12]], dtype=torch.float64)


@dataclass(frozen=True, eq=False)
class Curve:
    """`scores` (n + 1,) of the target from nothing changed to everything, and the area `auc` below, in [0, 1]."""

    scores: torch.Tensor = field(repr=False)

    @property
    def auc(self) -> float:
        """(sum s - s_0 / 2 - s_n / 2) / n."""
        scores = self.scores.double()
        return ((scores.sum() - scores[0] / 2 - scores[-1] / 2) / (len(scores) - 1)).item()


def ranks(heatmap: torch.Tensor) -> torch.Tensor:
    """The place of each pixel in the order of falling heat, (H, W): 0 for the hottest."""
    order = heatmap.flatten().argsort(descending=True, stable=True)
    places = torch.empty_like(order)
    places[order] = torch.arange(len(order), device=order.device)
    return places.view(heatmap.shape)


def _scores(trace: Trace, target: Any, build: Callable[[torch.Tensor], torch.Tensor], count: int) -> torch.Tensor:
    """The target's probability for `count` inputs; `build(numbers)` makes them (b, 3, H, W)."""
    resolved = trace.target(target)
    scores = torch.zeros(count)
    for numbers, logits in trace.in_chunks(trace.scores_of_images, build, torch.arange(count)):
        scores[numbers] = resolved.confidence(logits).cpu()
    return scores


def _replaced(
    trace: Trace, heatmap: Heatmap, target: Any, start: torch.Tensor, end: torch.Tensor, pixels: int
) -> Curve:
    """The curve on the way from `start` to `end`, both (1, 3, H, W), the hottest pixels first."""
    places = ranks(torch.as_tensor(heatmap)).to(trace.input.device)
    count = math.ceil(places.numel() / pixels) + 1

    def build(numbers: torch.Tensor) -> torch.Tensor:
        changed = places < (numbers.to(places.device) * pixels)[:, None, None, None]  # (b, 1, H, W)
        return torch.where(changed, end, start)

    return Curve(_scores(trace, target, build, count))


def deletion(trace: Trace, heatmap: torch.Tensor, target: Any = None, *, pixels: int = PIXELS) -> Curve:
    """Set the hottest pixels of `heatmap` (H, W) to zero in normalised space, `pixels` more at each step.

    A small area means that the class falls early. Petsiuk et al. 2018 (RISE), arXiv 1806.07421, section 4.2.
    """
    return _replaced(trace, heatmap, target, trace.input, torch.zeros_like(trace.input), pixels)


def insertion(trace: Trace, heatmap: torch.Tensor, target: Any = None, *, pixels: int = PIXELS) -> Curve:
    """Bring the hottest pixels of `heatmap` (H, W) back into a blurred image, `pixels` more at each step.

    A large area means that the class rises early. Petsiuk et al. 2018 (RISE), arXiv 1806.07421, section 4.2.
    """
    return _replaced(trace, heatmap, target, blurred(trace.input), trace.input, pixels)


@cache
def blur_kernel(length: int = 11, sigma: float = 5.0) -> torch.Tensor:
    """The kernel (length, length) of RISE's code: a point in the middle, smoothed inside a box that mirrors."""
    radius = int(4 * sigma + 0.5)
    gaussian = torch.exp(-(torch.arange(-radius, radius + 1, dtype=torch.float64) ** 2) / (2 * sigma**2))
    line = torch.zeros(length, dtype=torch.float64)
    for offset, weight in zip(range(-radius, radius + 1), gaussian / gaussian.sum(), strict=True):
        place = (length // 2 + offset) % (2 * length)
        line[min(place, 2 * length - 1 - place)] += weight
    return (line[:, None] * line[None, :]).float()


def blurred(inputs: torch.Tensor) -> torch.Tensor:
    """Inputs (B, C, H, W) under RISE's blur (kernel 11, sigma 5), zeros beyond the border as in the authors' code."""
    kernel = blur_kernel().to(inputs).expand(inputs.shape[1], 1, -1, -1)
    return F.conv2d(inputs, kernel, padding=kernel.shape[-1] // 2, groups=inputs.shape[1])


def impute(image: torch.Tensor, removed: torch.Tensor) -> torch.Tensor:
    """Fill removed pixels by the weighted mean of their neighbours, all at once: ROAD's linear system, without noise.

    `image` (C, H, W), `removed` (H, W) bool. Direct neighbours weigh 1/6 and diagonals 1/12, renormalised at the
    border. An image without a known pixel becomes zero. With D the sums of weights and W the weights, (D - W) x = 0 at
    removed pixels is symmetric, positive, and couples a row with the next one only: rows are eliminated one by one.
    """
    if removed.all():
        return torch.zeros_like(image)
    values = torch.where(removed, 0, image.double())
    around = F.conv2d(values[:, None], _NEIGHBOURS.to(values)[None, None], padding=1)[:, 0]  # (C, H, W)
    degree = F.conv2d(torch.ones_like(values[:1, None]), _NEIGHBOURS.to(values)[None, None], padding=1)[0, 0]
    holes = [row.nonzero()[:, 0] for row in removed]  # columns, row by row
    factors, parts = [], []
    for y, columns in enumerate(holes):
        block = torch.diag(degree[y, columns]) - _weights(columns, columns, 0)
        right = around[:, y, columns].T
        if y:
            above = _weights(columns, holes[y - 1], 1)
            block = block - above @ factors[-1]
            right = right + above @ parts[-1]
        below = _weights(columns, holes[y + 1], 1) if y + 1 < len(holes) else right[:, :0]
        solved = torch.linalg.solve(block, torch.cat([below, right], 1))
        factors.append(solved[:, : below.shape[1]])
        parts.append(solved[:, below.shape[1] :])
    found = parts[-1]
    values[:, -1, holes[-1]] = found.T
    for y in range(len(holes) - 2, -1, -1):
        found = parts[y] + factors[y] @ found
        values[:, y, holes[y]] = found.T
    return values.to(image.dtype)


def _weights(columns: torch.Tensor, others: torch.Tensor, rows: int) -> torch.Tensor:
    """The weights between pixels of a row and those of a row `rows` further, (len(columns), len(others))."""
    distance = (columns[:, None] - others[None, :]).abs()
    table = _NEIGHBOURS[1 + rows, 1:].to(columns.device)
    return torch.where(distance <= 1, table[distance.clamp(max=1)], 0)


@dataclass(frozen=True, eq=False)
class Road:
    """The target's probability with p per cent of the pixels imputed: `morf` the hottest first, `lerf` the coldest."""

    percentiles: tuple[int, ...]
    morf: torch.Tensor = field(repr=False)
    lerf: torch.Tensor = field(repr=False)

    @property
    def combined(self) -> float:
        """mean(LeRF - MoRF) / 2 in [-0.5, 0.5], higher is better."""
        return ((self.lerf - self.morf).double().mean() / 2).item()


def road(
    trace: Trace,
    heatmap: torch.Tensor,
    target: Any = None,
    *,
    percentiles: tuple[int, ...] = PERCENTILES,
    seed: int = 0,
) -> Road:
    """Remove and debias: `heatmap` (H, W) says which pixels are imputed from their neighbours, with a little noise.

    Rong et al. 2022, arXiv 2202.00449. Imputed pixels tell less about the map's own shape than black ones do. The noise
    is N(0, 0.01^2) in normalised space. On a CPU the linear systems cost a few seconds at 224 x 224.
    """
    places = ranks(torch.as_tensor(heatmap)).to(trace.input.device)
    total = places.numel()
    counts = torch.tensor([round(total * p / 100) for p in percentiles], device=places.device)[:, None, None]
    removed = torch.cat([places < counts, places >= total - counts])  # (2 P, H, W)
    generator = torch.Generator().manual_seed(seed)

    def build(numbers: torch.Tensor) -> torch.Tensor:
        chosen = removed[numbers]
        filled = torch.stack([impute(trace.input[0].float(), holes) for holes in chosen])
        noise = NOISE * torch.randn(filled.shape, generator=generator).to(filled)
        return torch.where(chosen[:, None], filled + noise, filled)

    scores = _scores(trace, target, build, len(removed))
    return Road(tuple(percentiles), scores[: len(percentiles)], scores[len(percentiles) :])
