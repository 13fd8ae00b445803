"""Methods that weigh activations by gradients, of one pass or of noisy ones, or by the weights of a linear head."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional as F

from ..passes.trace import Trace
from ..tasks.targets import Against, ClassScore, ResidualScore, Target
from .base import Map, weighted
from .sampling import counted, noise
from .telling import gather, tell

EPSILON = 1e-7
_PRODUCTS = "P_k,ij = g_k,ij · A_k,ij"
_SUMS = "S_k = Σ_ij A_k,ij"
_SHARED = "w_k = Σ_ij α_k,ij · g⁺_k,ij"


def cam(activations: torch.Tensor, head_weights: torch.Tensor) -> Map:
    """sum_k w_k A_k with the head's own weights. Zhou et al. 2016, arXiv 1512.04150, eq. 2."""
    return weighted(head_weights, activations)


def gradcam(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """sum_k mean(g_k) A_k. Selvaraju et al. 2017, arXiv 1610.02391, eqs. 1 and 2."""
    weights = tell("weights", gradients.mean((-2, -1)), "w_k = 1/(h·w) · Σ_ij g_k,ij", "gradients")
    return weighted(weights, activations)


def hirescam(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """sum_k g_k A_k, element by element. Draelos and Carin 2020, arXiv 2011.08891."""
    products = tell("products", gradients * activations, _PRODUCTS, "gradients", "activations")
    raw = tell("weighted_sum", products.sum(-3), "L_ij = Σ_k P_k,ij", "products")
    return Map(raw, gradients)


def odam(activations: torch.Tensor, gradients: torch.Tensor, sigma: float = 1.0, reach: int = 2) -> Map:
    """sum_k smooth(g_k) A_k, the smoothing a Gaussian over places that ends `reach` cells from its middle.

    Zhao and Chan 2023, arXiv 2304.06354, eq. 2. `sigma` in cells; at the border the weights that are left add up to
    one, so that a gradient which is the same everywhere stays as it is.
    """
    steps = torch.arange(-reach, reach + 1).to(gradients)
    line = torch.exp(-(steps**2) / (2 * sigma**2))
    kernel = (line[:, None] * line)[None, None]  # (1, 1, n, n)
    flat = gradients.flatten(0, -3)[:, None]  # (..., C, h, w) -> (-, 1, h, w)
    counts = F.conv2d(torch.ones_like(flat[:1]), kernel, padding=reach)
    smooth = (F.conv2d(flat, kernel, padding=reach) / counts).reshape(gradients.shape)
    smooth = tell("smoothed_gradients", smooth, "ḡ_k,ij = Σ_uv G_uv · g_k,(i+u)(j+v) / Σ_uv G_uv", "gradients")
    products = tell("products", smooth * activations, "P_k,ij = ḡ_k,ij · A_k,ij", "smoothed_gradients", "activations")
    raw = tell("weighted_sum", products.sum(-3), "L_ij = Σ_k P_k,ij", "products")
    return Map(raw, smooth)


def gradcam_elementwise(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """sum_k ReLU(g_k A_k): Grad-CAM's gradients kept at their place, negative products cut."""
    products = tell("products", gradients * activations, _PRODUCTS, "gradients", "activations")
    products = tell("positive_products", products.relu(), "P⁺_k,ij = max(P_k,ij, 0)", "products")
    raw = tell("positive_sum", products.sum(-3), "L_ij = Σ_k P⁺_k,ij", "positive_products")
    return Map(raw, gradients)


def gradcam_plusplus(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """w_k = sum_ij alpha ReLU(g), alpha = g^2 / (2 g^2 + S_k g^3), S_k = sum_ij A_k.

    Chattopadhyay et al. 2018, arXiv 1710.11063, eq. 19; alpha is computed as 1 / (2 + S_k g) where g is not zero.
    """
    sums = activations.sum((-2, -1), keepdim=True)
    tell("sums", sums[:, 0, 0], _SUMS, "activations")
    alpha = _ratio(torch.ones_like(gradients), 2 + sums * gradients)
    alpha = torch.where(gradients != 0, alpha, 0)
    tell("alphas", alpha, "α_k,ij = g² / (2 g² + S_k g³), 0 where g = 0", "gradients", "sums")
    positive = tell("positive_gradients", gradients.relu(), "g⁺_k,ij = max(g_k,ij, 0)", "gradients")
    weights = tell("weights", (alpha * positive).sum((-2, -1)), _SHARED, "alphas", "positive_gradients")
    return weighted(weights, activations)


def _ratio(above: torch.Tensor, below: torch.Tensor) -> torch.Tensor:
    """above / below, and zero where that is not defined."""
    return torch.where(below != 0, above / below.where(below != 0, torch.ones_like(below)), 0)


def smoothgradcam_plusplus(
    activations: torch.Tensor, trace: Trace, target: Target, samples: int = 8, spread: float = 0.1
) -> Iterator[tuple[Map, float]]:
    """Grad-CAM++ with D1 = mean(g), D2 = mean(g^2), D3 = mean(g^3), S_k = mean(sum_ij A_k) over noisy inputs.

    w_k = sum_ij D2 / (2 D2 + S_k D3) ReLU(D1). Omeiza et al. 2019, arXiv 1908.01224, eq. 8. The noise is normal, its
    deviation `spread` times the input's range, seeded; every term comes from all passes, A in the map from the image.
    """
    tell("input", trace.input[0], "x")
    sigma = spread * (trace.input.max() - trace.input.min())
    sums = torch.zeros(3, *activations.shape).to(activations)
    totals = torch.zeros_like(activations[:, :1, :1])
    done = 0

    def noisy(indices: torch.Tensor) -> torch.Tensor:
        inputs = trace.input + sigma * noise(trace.input[0], indices)
        return gather("noisy_inputs", inputs, f"x + ε, ε normal of deviation {spread:g} (max x − min x)", "input")

    def looked(batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps, gradients = trace.layer_gradients(target, batch)
        gather("noisy_activations", maps, "A_s of each noisy input s", "noisy_inputs")
        gather("noisy_gradients", gradients, "g_s = ∂y/∂A_s", "noisy_inputs", "noisy_activations")
        return maps, gradients

    for share, indices, (maps, gradients) in counted(trace.in_chunks(looked, noisy, torch.arange(samples), 4), samples):
        done += len(indices)
        sums += torch.stack([(gradients**power).sum(0) for power in (1, 2, 3)])
        totals += maps.sum((-2, -1), keepdim=True).sum(0)
        first, second, third = sums / done
        tell("mean_gradients", first, "D1 = 1/N · Σ_s g_s", "noisy_gradients")
        tell("mean_squares", second, "D2 = 1/N · Σ_s g_s²", "noisy_gradients")
        tell("mean_cubes", third, "D3 = 1/N · Σ_s g_s³", "noisy_gradients")
        means = totals / done
        tell("sums", means[:, 0, 0], "S_k = 1/N · Σ_s Σ_ij A_s,k,ij", "noisy_activations")
        alpha = _ratio(second, 2 * second + means * third)
        tell("alphas", alpha, "α_k,ij = D2 / (2 D2 + S_k D3)", "mean_squares", "sums", "mean_cubes")
        positive = tell("positive_gradients", first.relu(), "g⁺ = max(D1, 0)", "mean_gradients")
        weights = tell("weights", (alpha * positive).sum((-2, -1)), _SHARED, "alphas", "positive_gradients")
        yield weighted(weights, activations), share


def shapleycam(activations: torch.Tensor, gradients: torch.Tensor, trace: Trace, target: Target) -> Map:
    """w_k = mean(g - H A / 2), H the Hessian of the score in A: channels as players of a game.

    Cai 2025, arXiv 2501.06261. As in the paper a class's score is y_c + log p_c, whose Hessian does not vanish behind a
    piecewise linear head; another target is taken as it is.
    """
    residual = _residual(target)
    if residual is not target:
        target, gradients = residual, trace.gradients(residual)
        tell("gradients", gradients, f"g_k,ij = ∂s/∂A_k,ij, s: {residual.formula}", "scores", "activations")
    curvature = tell(
        "curvature",
        trace.curvature(target),
        "(H A)_k,ij, H the Hessian of what g is the gradient of",
        "scores",
        "activations",
    )
    weights = (gradients - curvature / 2).mean((-2, -1))
    tell("weights", weights, "w_k = 1/(h·w) · Σ_ij (g_k,ij − ½ (H A)_k,ij)", "gradients", "curvature")
    return weighted(weights, activations)


def _residual(target: Target) -> Target:
    """The paper's score of a class, and of what speaks against one; another target as it is."""
    if isinstance(target, ClassScore):
        return ResidualScore(target.index)
    if isinstance(target, Against) and isinstance(target.target, ClassScore):
        return Against(ResidualScore(target.target.index))
    return target


def xgradcam(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """w_k = sum_ij (g_k A_k) / S_k. Fu et al. 2020, arXiv 2008.02312, eq. 8; a channel with S_k = 0 gets no weight."""
    sums = tell("sums", activations.sum((-2, -1)), _SUMS, "activations")
    products = tell("products", gradients * activations, _PRODUCTS, "gradients", "activations")
    usable = sums.abs() > EPSILON
    weights = torch.where(usable, products.sum((-2, -1)) / sums.where(usable, torch.ones_like(sums)), 0)
    tell("weights", weights, "w_k = Σ_ij P_k,ij / S_k, 0 where S_k = 0", "products", "sums")
    return weighted(weights, activations)


def layercam(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """sum_k ReLU(g_k) A_k. Jiang et al. 2021, IEEE TIP 30, eq. 6."""
    weights = tell("positive_gradients", gradients.relu(), "g⁺_k,ij = max(g_k,ij, 0)", "gradients")
    products = tell("products", weights * activations, "P_k,ij = g⁺_k,ij · A_k,ij", "positive_gradients", "activations")
    raw = tell("weighted_sum", products.sum(-3), "L_ij = Σ_k P_k,ij", "products")
    return Map(raw, weights)
