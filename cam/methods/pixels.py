"""Methods on the pixels themselves: gradients in the input of the whole model. Maps are (H, W), at the input's size.

Captum has them too and is the oracle in the tests. Each is a few lines on the trace's own passes, which hold the
network's lock and set no module hooks; Captum would be one more dependency whose hooks stand outside that lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch.nn import functional as F

from ..passes.trace import Trace
from ..tasks.targets import Target
from .base import Map
from .gradient import gradcam
from .sampling import counted, noise
from .telling import gather, tell

_MOST = 4  # inputs in one pass that keeps the whole model's graph


def input_gradient(trace: Trace, target: Target) -> Map:
    """max over colours of |dy/dx|. Simonyan et al. 2013, arXiv 1312.6034, section 3.1."""
    tell("input", trace.input[0], "x")
    gradients = tell(
        "input_gradients", trace.input_gradients(target, trace.input)[0][0], "g = ∂y/∂x", "scores", "input"
    )
    return Map(tell("magnitude", gradients.abs().amax(0), "L = max over colours of |g|", "input_gradients"))


def _summed(
    trace: Trace, target: Target, build: Callable[[torch.Tensor], torch.Tensor], count: int, told: str, at: str
) -> Iterator[tuple[torch.Tensor, int, float]]:
    """The sum of dy/dx, (3, H, W), over inputs that `build(indices)` makes; how many, and the share, are done.

    The gradients are `told` as the step of that name, which follows from the step `at`.
    """
    total = torch.zeros_like(trace.input[0], dtype=torch.float32)

    def slopes(batch: torch.Tensor) -> torch.Tensor:
        return gather(told, trace.input_gradients(target, batch)[0], "g_s = ∂y/∂x at each of these inputs s", at)

    for share, _, gradients in counted(trace.in_chunks(slopes, build, torch.arange(count), _MOST), count):
        total = total + gradients.sum(0)
        yield total, round(share * count), share


def smoothgrad(trace: Trace, target: Target, samples: int = 24, spread: float = 0.15) -> Iterator[tuple[Map, float]]:
    """sum over colours of |mean of dy/dx over noisy inputs|; the noise's deviation is `spread` times the input's range.

    Smilkov et al. 2017, arXiv 1706.03825, eq. 1. Seeded.
    """
    tell("input", trace.input[0], "x")
    sigma = spread * (trace.input.max() - trace.input.min())

    def noisy(indices: torch.Tensor) -> torch.Tensor:
        inputs = trace.input + sigma * noise(trace.input[0], indices)
        return gather("noisy_inputs", inputs, f"x + ε, ε normal of deviation {spread:g} (max x − min x)", "input")

    for total, done, share in _summed(trace, target, noisy, samples, "noisy_input_gradients", "noisy_inputs"):
        mean = tell("mean_gradient", total / done, "g = 1/N · Σ_s g_s", "noisy_input_gradients")
        yield Map(tell("magnitude", mean.abs().sum(0), "L = Σ over colours of |g|", "mean_gradient")), share


def integrated_gradients(trace: Trace, target: Target, steps: int = 48) -> Iterator[tuple[Map, float]]:
    """sum over colours of x times the mean of dy/dx on the way from zero to x, at the midpoints of `steps` steps.

    Sundararajan et al. 2017, arXiv 1703.01365, eq. 1. Zero is the mean colour; the map adds up to y(x) - y(0).
    """

    tell("input", trace.input[0], "x; 0 is the mean colour")

    def faded(indices: torch.Tensor) -> torch.Tensor:
        path = gather("path", (indices + 0.5) / steps, "t_s = (s + ½) / N")
        return trace.input * path.to(trace.input).view(-1, 1, 1, 1)

    for total, done, share in _summed(trace, target, faded, steps, "path_gradients", "path"):
        tell("mean_gradient", total / done, "g = 1/N · Σ_s g_s, g_s = ∂y/∂x at t_s x", "path_gradients")
        products = trace.input[0].float() * total / done
        tell("pixel_products", products, "P = x · g", "input", "mean_gradient")
        yield Map(tell("pixel_sum", products.sum(0), "L = Σ over colours of P", "pixel_products")), share


def guided_backprop(trace: Trace, target: Target) -> Map:
    """sum over colours of |dy/dx| where each ReLU passes positive gradients only.

    Springenberg et al. 2014, arXiv 1412.6806, section 3.4. It hardly changes when weights or class do (Adebayo et al.
    2018, arXiv 1810.03292).
    """
    tell("input", trace.input[0], "x")
    gradients = trace.input_gradients(target, trace.input, guided=True)[0][0]
    tell("guided_gradients", gradients, "g = ∂y/∂x, each ReLU passing max(g, 0) back", "scores", "input")
    return Map(tell("magnitude", gradients.abs().sum(0), "Σ over colours of |g|", "guided_gradients"))


def guided_gradcam(activations: torch.Tensor, gradients: torch.Tensor, trace: Trace, target: Target) -> Map:
    """ReLU(Grad-CAM), enlarged, times guided backprop. Selvaraju et al. 2017, arXiv 1610.02391, section 3.2."""
    coarse = gradcam(activations, gradients).raw.relu()[None, None]
    large = F.interpolate(coarse, tuple(trace.input.shape[2:]), mode="bilinear", align_corners=False)[0, 0]
    tell("enlarged_map", large, "G = max(Σ_k w_k · A_k, 0), bilinearly at the input's size", "weighted_sum")
    guided = guided_backprop(trace, target).raw
    return Map(tell("product", large * guided, "L = G · Σ over colours of |g|", "enlarged_map", "magnitude"))
