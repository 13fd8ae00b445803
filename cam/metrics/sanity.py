"""Does a map change when the input hardly does, and does it change when the network forgets what it learnt?"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from torch import nn
from torch.nn import functional as F

from ..maps.explanation import Explanation, explain
from ..models.load import Model
from ..network import hooks
from ..passes import tracing
from .confidence import retraced

HEAD = "head"


def max_sensitivity(explanation: Explanation, *, radius: float = 0.02, samples: int = 10, seed: int = 0) -> float:
    """max over d of ||CAM(x + d) - CAM(x)|| / ||CAM(x)||, d uniform in [-radius, radius] of the normalised input.

    Yeh et al. 2019, arXiv 1901.09392, eq. 2, on heatmaps; at least 0, lower is steadier. NaN for an empty map.
    """
    trace = explanation.trace
    generator = torch.Generator().manual_seed(seed)
    size = explanation.heatmap.norm().item()
    worst = 0.0
    for _ in range(samples):
        change = (2 * torch.rand(trace.input.shape, generator=generator) - 1) * radius
        nearby = retraced(trace, trace.input + change.to(trace.input))
        other = explain(nearby, explanation.method, explanation.target).heatmap
        worst = max(worst, (other - explanation.heatmap).norm().item())
    return worst / size if size else math.nan


def _average_ranks(values: torch.Tensor) -> torch.Tensor:
    """Ranks (n,) from 1, equal values sharing the mean of their ranks."""
    _, inverse, counts = values.unique(return_inverse=True, return_counts=True)
    return (counts.cumsum(0) - (counts - 1) / 2)[inverse].double()


def spearman(one: torch.Tensor, other: torch.Tensor) -> float:
    """The correlation of the ranks of two maps of one shape, in [-1, 1]; 0 where either is constant."""
    a, b = (_average_ranks(torch.as_tensor(values).flatten()) for values in (one, other))
    a, b = a - a.mean(), b - b.mean()
    norms = (a.norm() * b.norm()).item()
    return (a @ b).item() / norms if norms else 0.0


def ssim(one: torch.Tensor, other: torch.Tensor, *, window: int = 11, sigma: float = 1.5) -> float:
    """The structural similarity of two maps (H, W) in [0, 1], a number in [-1, 1]; each side at least `window`.

    Wang et al. 2004, IEEE TIP 13, eq. 13: Gaussian windows that lie inside the map, K = (0.01, 0.03), range 1.
    """
    line = torch.exp(-((torch.arange(window, dtype=torch.float64) - (window - 1) / 2) ** 2) / (2 * sigma**2))
    kernel = (line[:, None] * line[None, :] / line.sum() ** 2)[None, None]
    a, b = (torch.as_tensor(values).double()[None, None] for values in (one, other))
    mean_a, mean_b, aa, bb, ab = F.conv2d(torch.cat([a, b, a * a, b * b, a * b]), kernel)[:, 0]
    spread = aa - mean_a**2 + bb - mean_b**2
    light = (2 * mean_a * mean_b + 1e-4) / (mean_a**2 + mean_b**2 + 1e-4)
    return (light * (2 * (ab - mean_a * mean_b) + 9e-4) / (spread + 9e-4)).mean().item()


@dataclass(frozen=True)
class RandomisationStep:
    """The map after `layer` and all that lies behind it lost their weights, against the map of the trained network."""

    layer: str
    spearman: float
    ssim: float
    explanation: Explanation = field(repr=False)


def _stages(model: Model, inputs: torch.Tensor) -> list[tuple[str, list[str]]]:
    """The parameters' names by stage, from the head down to the first layer; a stage bears the name of its layer."""
    calls, _ = hooks.record(model.net, inputs)
    stage_of: dict[str, str] = {}
    waiting: list[str] = []
    for call in calls:
        waiting.append(call.name)
        if call.name in model.layers:
            stage_of |= {name: call.name for name in waiting if name not in stage_of}
            waiting = []
    stage_of |= {name: HEAD for name in waiting if name not in stage_of}
    stages: dict[str, list[str]] = {name: [] for name in (HEAD, *reversed(model.layers))}
    for name, _ in model.net.named_parameters():
        owner = name.rpartition(".")[0]
        while owner and owner not in stage_of:  # a module that its parent uses without calling it
            owner = owner.rpartition(".")[0]
        stages[stage_of.get(owner, model.layers[0])].append(name)
    return [(name, parameters) for name, parameters in stages.items() if parameters]


def _forget(net: nn.Module, names: list[str], generator: torch.Generator) -> None:
    """Draw parameters anew from a normal distribution with each tensor's own mean and standard deviation."""
    parameters = dict(net.named_parameters())
    with torch.no_grad():
        for name in names:
            old = parameters[name]
            drawn = torch.randn(old.shape, generator=generator).to(old)
            old.copy_(old.mean() + drawn * old.std(unbiased=False))


def parameter_randomisation(explanation: Explanation, *, seed: int = 0) -> Iterator[RandomisationStep]:
    """Take the weights away stage by stage from the head down, and yield how like the map still is to the first one.

    Adebayo et al. 2018, arXiv 1810.03292, cascading. A map that stays as it was does not show what the network learnt.
    The stages are the model's offered layers; the network itself is copied and stays as it is.
    """
    trace = explanation.trace
    model = replace(trace.model, net=copy.deepcopy(trace.model.net))
    generator = torch.Generator().manual_seed(seed)
    for layer, names in _stages(trace.model, trace.input):
        _forget(model.net, names, generator)
        fresh = tracing.retrace(replace(trace, model=model))
        other = explain(fresh, explanation.method, explanation.target)
        similar = spearman(explanation.heatmap, other.heatmap)
        yield RandomisationStep(layer, similar, ssim(explanation.heatmap, other.heatmap), other)
