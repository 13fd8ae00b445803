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
from .telling import listening, tell

_LOST = "w_k = (y − y_k) / |y|"
_MASKS_TOLD = 8  # channels whose masks are told as a step; all of them would be as many images


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
    formula: str,
    repeats: int = 1,
) -> Iterator[tuple[Map, float]]:
    """w_k = mean over i of the target's probability for the input under mask i of channel k.

    `masks(channels (b,), i (b,))` makes masks (b, 1, H, W), as the `formula` says. Constant channels are skipped.
    """
    low, high = activations.amin((-2, -1)), activations.amax((-2, -1))
    order = _channel_order(activations, trace, target)
    order = order[(high > low)[order]]
    steps = torch.arange(repeats, device=order.device)
    channels, steps = order.repeat_interleave(repeats), steps.repeat(len(order))
    tell("input", trace.input[0], "x")

    def masked(indices: torch.Tensor) -> torch.Tensor:
        mask = masks(channels[indices], steps[indices]).to(trace.input)
        return (trace.input * mask).contiguous(memory_format=torch.channels_last)

    confidences = low.new_zeros(len(low), repeats)
    work = trace.in_chunks(trace.scores_of_images, masked, torch.arange(len(channels)))
    for share, indices, logits in counted(work, len(channels)):
        confidences[channels[indices], steps[indices]] = target.confidence(logits).to(confidences)
        if share == 1 and listening():
            shown = confidences.mean(1).argsort(descending=True, stable=True)
            shown = shown[(high > low)[shown]][:_MASKS_TOLD]
            tell("chosen", shown.repeat_interleave(repeats), f"k of the {_MASKS_TOLD} largest w_k, known in the end")
            kept = masks(shown.repeat_interleave(repeats), torch.arange(repeats).repeat(len(shown)).to(shown))
            tell("masks", kept[:, 0], formula, "activations", "chosen")
        tell("confidences", confidences, "p_k,i = confidence of the target for x · M_k,i", "input", "masks")
        weights = tell("weights", confidences.mean(1), "w_k = 1/N · Σ_i p_k,i", "confidences")
        yield weighted(weights, activations), share
    if len(channels) == 0:
        weights = tell("weights", confidences.mean(1), "w_k = 0: each channel is the same everywhere", "activations")
        yield weighted(weights, activations), 1.0


def scorecam(activations: torch.Tensor, trace: Trace, target: Target) -> Iterator[tuple[Map, float]]:
    """w_k = probability of the target for the input masked by channel k.

    The mask is A_k, enlarged bilinearly and scaled to [0, 1]; constant channels are skipped. Wang et al. 2020,
    arXiv 1910.01279, as in the authors' code. One pass of the whole model per channel.
    """

    def masks(channels: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return _scaled(_enlarged(activations[channels], trace))

    return _masked_scores(activations, trace, target, masks, "M_k = A_k, enlarged, scaled to [0, 1]")


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

    formula = f"M_k,i = A_k, enlarged, with normal noise of deviation {sigma:g}, scaled to [0, 1]"
    return _masked_scores(activations, trace, target, masks, formula, samples)


def iscam(activations: torch.Tensor, trace: Trace, target: Target, steps: int = 10) -> Iterator[tuple[Map, float]]:
    """Score-CAM with w_k = 1/N sum_i p((i/N) M_k * input), i = 1 ... N: the mask M_k fades in.

    Naidu et al. 2020, arXiv 2010.03023. The coefficients are disputed: torchcam adds them up (.1, .3, .6, 1, 1.5 ...),
    so that most of its inputs are brighter than the image; an integral from 0 to M_k takes i/N, and so does this.
    """

    def masks(channels: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        return _scaled(_enlarged(activations[channels], trace)) * ((step + 1) / steps).view(-1, 1, 1, 1)

    formula = f"M_k,i = i/{steps} · A_k, enlarged, scaled to [0, 1]"
    return _masked_scores(activations, trace, target, masks, formula, steps)


def ablationcam(activations: torch.Tensor, trace: Trace, target: Target) -> Iterator[tuple[Map, float]]:
    """w_k = (y - y_k) / |y|, where y_k is the score with channel k set to zero.

    Desai and Ramaswamy 2020, WACV, eq. 3. The paper divides by y; by |y| a negative score does not flip the map, and
    y = 0 divides by one. Only what lies behind the layer runs, once per channel; where that is affine, y - y_k is the
    sum of gradient times activation over the channel, and nothing needs to run.
    """
    score = target(trace.logits)
    scale = score.abs() if score != 0 else torch.ones_like(score)
    if trace.is_affine(target):
        gradients = tell("gradients", trace.gradients(target), "g_k,ij = ∂y/∂A_k,ij", "scores", "activations")
        losses = (gradients * activations).sum((-2, -1))
        tell("losses", losses, "y − y_k = Σ_ij g_k,ij · A_k,ij, as the head is affine", "gradients", "activations")
        weights = tell("weights", losses / scale, _LOST, "losses", "scores")
        yield weighted(weights, activations), 1.0
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

    without = score.to(activations).repeat(len(activations))
    for share, indices, logits in counted(trace.in_chunks(trace.scores_of_activations, ablated, order), len(order)):
        without[indices] = target(logits).to(without)
        tell("scores_without", without, "y_k = y with A_k set to zero", "activations")
        losses = tell("losses", score - without, "y − y_k", "scores", "scores_without")
        weights = tell("weights", losses / scale, _LOST, "losses", "scores")
        yield weighted(weights, activations), share
