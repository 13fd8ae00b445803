"""Methods that ask the network again: for masked images, or for changed activations behind the layer."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch.nn import functional as F

from .base import Map, weighted


def _channel_order(activations, gradients) -> torch.Tensor:
    """Channel numbers, those with the largest Grad-CAM contribution first: a map that grows shows its shape early."""
    return (gradients.mean((-2, -1)) * activations.sum((-2, -1))).abs().argsort(descending=True)


def scorecam(activations, gradients, trace, target) -> Iterator[tuple[Map, float]]:
    """w_k = probability of the target for the input masked by channel k.

    The mask is A_k, enlarged bilinearly and scaled to [0, 1]; constant channels are skipped. Wang et al. 2020,
    arXiv 1910.01279, as in the authors' code. One pass of the whole model per channel.
    """
    low, high = activations.amin((-2, -1)), activations.amax((-2, -1))
    order = _channel_order(activations, gradients)
    order = order[(high > low)[order]]
    size = tuple(trace.input.shape[2:])

    def masked(indices):
        chosen = F.interpolate(activations[indices, None], size, mode="bilinear", align_corners=False)  # (b, 1, H, W)
        floor, ceiling = chosen.amin((-2, -1), keepdim=True), chosen.amax((-2, -1), keepdim=True)
        mask = (chosen - floor) / (ceiling - floor).clamp(min=torch.finfo(chosen.dtype).tiny)
        return (trace.input * mask).contiguous(memory_format=torch.channels_last)

    weights = torch.zeros_like(low)
    for share, indices, logits in _counted(trace.in_chunks(trace.scores_of_images, masked, order), len(order)):
        weights[indices] = target.confidence(logits)
        yield weighted(weights.clone(), activations), share
    if len(order) == 0:
        yield weighted(weights, activations), 1.0


def ablationcam(activations, gradients, trace, target) -> Iterator[tuple[Map, float]]:
    """w_k = (y - y_k) / |y|, where y_k is the score with channel k set to zero.

    Desai and Ramaswamy 2020, WACV, eq. 3. The paper divides by y; by |y| a negative score does not flip the map, and
    y = 0 divides by one. Only what lies behind the layer runs, once per channel.
    """
    score = target(trace.logits)
    scale = score.abs() if score != 0 else torch.ones_like(score)
    order = _channel_order(activations, gradients)

    def ablated(indices):
        maps = activations.expand(len(indices), *activations.shape).clone()
        maps[torch.arange(len(indices)), indices] = 0
        return maps

    weights = torch.zeros(len(activations), dtype=activations.dtype, device=activations.device)
    for share, indices, logits in _counted(trace.in_chunks(trace.scores_of_activations, ablated, order), len(order)):
        weights[indices] = (score - target(logits)) / scale
        yield weighted(weights.clone(), activations), share


def _counted(chunks, total: int):
    """Add to each chunk the share of the work that is done with it."""
    done = 0
    for indices, logits in chunks:
        done += len(indices)
        yield done / total, indices, logits
