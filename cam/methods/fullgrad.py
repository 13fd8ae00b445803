"""FullGrad: the input's gradient and the gradients of everything that a network adds on the way."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..network.layouts import possible
from ..network.watching import AdditiveTerms
from ..passes.trace import Trace
from ..tasks.targets import Target
from .base import Map
from .telling import gather, listening, tell

_SCALED = "M_l = |x · ∂y/∂x|, then |b · ∂y/∂z| of each bias with a place, scaled to [0, 1], summed and enlarged"


def full_gradients(trace: Trace, target: Target) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Return x * dy/dx, (1, 3, H, W), and b * dy/dz for each place z where a bias b is added.

    Srinivas and Fleuret 2019, arXiv 1905.00780, eq. 3: they add up to y on a network of convolutions, linear layers,
    batch normalisation, pooling and activation functions, the implicit biases included.
    """
    watch = AdditiveTerms()
    first, *others = trace.input_gradients(target, trace.input, watch=watch)
    parts = [gradient * bias.float() for gradient, (_, bias) in zip(others, watch.terms, strict=True)]
    return first * trace.input.float(), parts


def completeness(trace: Trace, target: Target) -> tuple[float, float, float]:
    """Return the score, what the full gradients add up to, and the same with each layer's share taken as positive.

    On a network that FullGrad fits the first two are the same; the third is the scale for their difference.
    """
    shares = _shares(*full_gradients(trace, target)).tolist()
    return float(target(trace.logits)), sum(shares), sum(map(abs, shares))


def _shares(first: torch.Tensor, parts: list[torch.Tensor]) -> torch.Tensor:
    """What the input and each bias add to the score, (1 + number of biases,) float64."""
    return torch.stack([part.sum(dtype=torch.float64) for part in (first, *parts)])


def fullgrad(trace: Trace, target: Target) -> Map:
    """psi(x dy/dx) + sum over layers of psi(b dy/dz), summed over channels.

    psi is the absolute value, scaled to [0, 1] over the layer and enlarged bilinearly. Srinivas and Fleuret 2019,
    arXiv 1905.00780, eq. 4, as in the authors' code, with `align_corners=True`.
    """
    first, parts = full_gradients(trace, target)
    if listening():
        tell("input", trace.input[0], "x")
        tell("shares", _shares(first, parts), "Σ x · ∂y/∂x, then Σ b · ∂y/∂z of each bias; they add up to y", "input")
    size = tuple(trace.input.shape[2:])
    total = _scaled(first).sum(1)[0]
    gather("layer_maps", total[None], _SCALED, "input")
    for part in parts:
        layout = next(iter(possible(part, 1, (), size[0] / size[1], None, first=part.ndim == 4)), None)
        if layout is None:  # a bias without a place
            continue
        flat = _scaled(layout.maps(part)).sum(1, keepdim=True)
        large = F.interpolate(flat, size, mode="bilinear", align_corners=True)[0, 0]
        gather("layer_maps", large[None], _SCALED, "input")
        total = total + large
    return Map(tell("total", total, "L = Σ_l M_l", "layer_maps"))


def _scaled(part: torch.Tensor) -> torch.Tensor:
    part = part.abs()
    part = part - part.min()
    return part / (part.max() + 1e-6)
