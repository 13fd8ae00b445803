"""What a method has to beat: maps from activations alone, by statistics or by chance."""

from __future__ import annotations

import torch

from .base import Map, weighted
from .telling import tell


def fem(activations: torch.Tensor) -> Map:
    """w_k = share of places where A_k > mean(A_k) + 2 std(A_k): channels that stand out somewhere.

    Fuad et al. 2020, IPTA (Feature Explanation Method), eqs. 1 to 3. It does not see the class.
    """
    deviation, mean = torch.std_mean(activations, (-2, -1), correction=0, keepdim=True)
    thresholds = mean + 2 * deviation
    tell("thresholds", thresholds.flatten(), "t_k = μ_k + 2 σ_k, over the places of A_k", "activations")
    above = tell(
        "above", (activations > thresholds).float(), "1 where A_k,ij > t_k, else 0", "activations", "thresholds"
    )
    weights = tell("weights", above.mean((-2, -1)), "w_k = 1/(h·w) · Σ_ij [A_k,ij > t_k]", "above")
    return weighted(weights, activations)


def random_cam(activations: torch.Tensor) -> Map:
    """w_k uniform in [-1, 1], seeded: a map without any evidence. What looks as good as this shows nothing."""
    weights = torch.rand(len(activations), generator=torch.Generator().manual_seed(0)) * 2 - 1
    weights = tell("weights", weights.to(activations), "w_k by chance from −1 to 1, the same each time")
    return weighted(weights, activations)
