"""Methods that ask the network again: for masked images, or for changed activations behind the layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch.nn import functional as F

from ..errors import LayerError, TargetError
from ..passes.trace import Trace
from ..tasks.targets import Target
from .base import Map, weighted
from .sampling import counted, noise


def _channel_order(activations: torch.Tensor, trace: Trace, target: Target) -> torch.Tensor:
    """Channel numbers, those with the largest Grad-CAM contribution first: a map that grows shows its shape early.

    Where no gradient leads to the layer, those that vary most come first.
    """
    try:
        contributions = trace.gradients(target).mean((-2, -1)) * activations.sum((-2, -1))
    except (LayerError, TargetError):
        contributions = activations.std((-2, -1), correction=0)
    return contributions.abs().argsort(descending=True)


def _enlarged(activations: torch.Tensor, trace: Trace) -> torch.Tensor:
    """Maps (b, h, w) bilinearly at the input's size, (b, 1, H, W)."""
    return F.interpolate(activations[:, None], tuple(trace.input.shape[2:]), mode="bilinear", align_corners=False)


def _scaled(masks: torch.Tensor) -> torch.Tensor:
    """Each mask (b, 1, H, W) brought to [0, 1]."""
    floor, ceiling = masks.amin((-2, -1), keepdim=True), masks.amax((-2, -1), keepdim=True)
    return (masks - floor) / (ceiling - floor).clamp(min=torch.finfo(masks.dtype).tiny)


def _masked_scores(
    activations: torch.Tensor,
    trace: Trace,
    target: Target,
    masks: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    repeats: int = 1,
) -> Iterator[tuple[Map, float]]:
    """w_k = mean over i of the target's probability for the input under mask i of channel k.

    `masks(channels (b,), i (b,))` makes masks (b, 1, H, W). Constant channels are skipped.
    """
    low, high = activations.amin((-2, -1)), activations.amax((-2, -1))
    order = _channel_order(activations, trace, target)
    order = order[(high > low)[order]]
    steps = torch.arange(repeats, device=order.device)
    channels, steps = order.repeat_interleave(repeats), steps.repeat(len(order))

    def masked(indices: torch.Tensor) -> torch.Tensor:
        mask = masks(channels[indices], steps[indices]).to(trace.input)
        return (trace.input * mask).contiguous(memory_format=torch.channels_last)

    weights = torch.zeros_like(low)
    work = trace.in_chunks(trace.scores_of_images, masked, torch.arange(len(channels)))
    for share, indices, logits in counted(work, len(channels)):
        weights.index_add_(0, channels[indices], target.confidence(logits).to(weights) / repeats)
        yield weighted(weights.clone(), activations), share
    if len(channels) == 0:
        yield weighted(weights, activations), 1.0


def scorecam(activations: torch.Tensor, trace: Trace, target: Target) -> Iterator[tuple[Map, float]]:
    """w_k = probability of the target for the input masked by channel k.

    The mask is A_k, enlarged bilinearly and scaled to [0, 1]; constant channels are skipped. Wang et al. 2020,
    arXiv 1910.01279, as in the authors' code. One pass of the whole model per channel.
    """

    def masks(channels: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return _scaled(_enlarged(activations[channels], trace))

    return _masked_scores(activations, trace, target, masks)


def sscam(
    activations: torch.Tensor, trace: Trace, target: Target, samples: int = 10, sigma: float = 2.0
) -> Iterator[tuple[Map, float]]:
    """Score-CAM with w_k averaged over masks from A_k with normal noise of deviation `sigma` on the enlarged map.

    Wang et al. 2020, arXiv 2006.14255, where `samples` is 35 and `sigma` 2, in units of the activation; the noise comes
    before the scaling to [0, 1]. Seeded.
    """

    def masks(channels: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        clean = _enlarged(activations[channels], trace)
        return _scaled(clean + sigma * noise(clean[0], channels * samples + steps))

    return _masked_scores(activations, trace, target, masks, samples)


def iscam(activations: torch.Tensor, trace: Trace, target: Target, steps: int = 10) -> Iterator[tuple[Map, float]]:
    """Score-CAM with w_k = 1/N sum_i p((i/N) M_k * input), i = 1 ... N: the mask M_k fades in.

    Naidu et al. 2020, arXiv 2010.03023. The coefficients are disputed: torchcam adds them up (.1, .3, .6, 1, 1.5 ...),
    so that most of its inputs are brighter than the image; an integral from 0 to M_k takes i/N, and so does this.
    """

    def masks(channels: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        return _scaled(_enlarged(activations[channels], trace)) * ((step + 1) / steps).view(-1, 1, 1, 1)

    return _masked_scores(activations, trace, target, masks, steps)


def ablationcam(activations: torch.Tensor, trace: Trace, target: Target) -> Iterator[tuple[Map, float]]:
    """w_k = (y - y_k) / |y|, where y_k is the score with channel k set to zero.

    Desai and Ramaswamy 2020, WACV, eq. 3. The paper divides by y; by |y| a negative score does not flip the map, and
    y = 0 divides by one. Only what lies behind the layer runs, once per channel; where that is affine, y - y_k is the
    sum of gradient times activation over the channel, and nothing needs to run.
    """
    score = target(trace.logits)
    scale = score.abs() if score != 0 else torch.ones_like(score)
    if trace.is_affine(target):
        yield weighted((trace.gradients(target) * activations).sum((-2, -1)) / scale, activations), 1.0
        return
    order = _channel_order(activations, trace, target)
    copies, zeroed = activations[None][:0], order[:0]  # one buffer serves all chunks

    def ablated(indices: torch.Tensor) -> torch.Tensor:
        nonlocal copies, zeroed
        if len(copies) < len(indices):
            copies = activations.repeat(len(indices), 1, 1, 1)
        else:
            copies[torch.arange(len(zeroed)), zeroed] = activations[zeroed]
        zeroed = indices
        copies[torch.arange(len(zeroed)), zeroed] = 0
        return copies[: len(zeroed)]

    weights = torch.zeros(len(activations), dtype=activations.dtype, device=activations.device)
    for share, indices, logits in counted(trace.in_chunks(trace.scores_of_activations, ablated, order), len(order)):
        weights[indices] = (score - target(logits)) / scale
        yield weighted(weights.clone(), activations), share
