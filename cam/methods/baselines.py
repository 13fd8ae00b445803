"""What a method has to beat: maps from activations alone, by statistics or by chance."""

from __future__ import annotations

import torch

from .base import Map, weighted


def fem(activations: torch.Tensor) -> Map:
    """w_k = share of places where A_k > mean(A_k) + 2 std(A_k): channels that stand out somewhere.

    Fuad et al. 2020, IPTA (Feature Explanation Method), eqs. 1 to 3. It does not see the class.
    """
    deviation, mean = torch.std_mean(activations, (-2, -1), correction=0, keepdim=True)
    return weighted((activations > mean + 2 * deviation).float().mean((-2, -1)), activations)


def random_cam(activations: torch.Tensor) -> Map:
    """w_k uniform in [-1, 1], seeded: a map without any evidence. What looks as good as this shows nothing."""
    weights = torch.rand(len(activations), generator=torch.Generator().manual_seed(0)) * 2 - 1
    return weighted(weights.to(activations), activations)
