"""Where a method's sums are zero but for rounding, whatever the network has learnt, for what comes behind the layer.

A normalisation throws something away. What it throws away has no gradient, and some methods add up just that.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from ..messages import Message
from ..passes.trace import Trace
from ..tasks.targets import Target
from .base import Method

_ROUNDING = 100  # times the precision of a pass: a sum that is smaller, against its terms, is what rounding left


def averages_cancel(recorded: Trace, target: Target) -> Message | None:
    """A sentence where the gradients of each channel add up to zero over the places, else None.

    So it is where what follows subtracts each channel's mean, as instance normalisation does: the score then does not
    change when a channel rises everywhere alike. Nor does the difference between two boxes of one class and grid.
    """
    gradients = recorded.gradients(target)
    sizes = gradients.abs().mean((-2, -1)).max()
    if sizes == 0 or gradients.mean((-2, -1)).abs().max() > _least(recorded) * sizes:
        return None
    return Message(
        "averages-cancel",
        "At layer {layer!r} the gradients of each channel add up to zero over all places, so every weight is zero: "
        "what follows subtracts each channel's mean, as instance normalisation does, or two boxes of one class are "
        'held against each other. HiResCAM takes the gradients place by place: explain(trace, "hirescam").',
        layer=recorded.layer,
    )


def products_cancel(recorded: Trace, target: Target) -> Message | None:
    """A sentence where gradients times activations add up to nothing at every place, else None.

    So it is where what follows divides each place's values by their own size, as layer and L2 normalisation do: the
    score then does not change with that size, and by Euler's theorem sum_k g_k A_k = 0.
    """
    activations, gradients = recorded.activations, recorded.gradients(target)
    peak = torch.einsum("chw,chw->hw", gradients, activations).abs().max()
    if peak > _least(recorded) * gradients.norm() * activations.norm():  # which no sum of terms exceeds
        return None
    total = (gradients * activations).abs().sum(0).max()
    if total == 0 or peak > _least(recorded) * total:
        return None
    return Message(
        "products-cancel",
        "At layer {layer!r} gradients times activations add up to zero at every place, because what follows divides "
        "each place by its own size, as layer normalisation does. Take the output of that normalisation as the layer, "
        'or explain(trace, "{way_out}").',
        layer=recorded.layer,
        way_out="layercam" if recorded.logits.ndim > 1 else "gradcam",
    )


def _least(recorded: Trace) -> float:
    return min(0.02, _ROUNDING * torch.finfo(recorded.input.dtype).eps)


_CANCEL: dict[str, Callable[[Trace, Target], Message | None]] = {
    "averages": averages_cancel,
    "products": products_cancel,
}


def cancelled(method: Method, recorded: Trace, target: Target) -> Message | None:
    """A sentence where what a method adds up for this target cancels out, else None."""
    found = (_CANCEL[name](recorded, target) for name in method.requires if name in _CANCEL)
    return next(filter(None, found), None)
