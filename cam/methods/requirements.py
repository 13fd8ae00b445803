"""What a method needs of a network beyond a layer with a map, and the sentence where it is not there."""

from __future__ import annotations

import torch
from torch import nn

from ..errors import MethodError


def head_weights(trace, target) -> torch.Tensor:
    """Return the weights (C,) with which the target sums the layer's pooled channels, for `cam`.

    Raises `MethodError` unless the logits are W mean(A) + b of one linear layer W: that is checked by computing it.
    """
    channels, classes = len(trace.activations), len(trace.logits)
    pooled = trace.activations.mean((-2, -1))
    for module in trace.model.net.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)) and module.weight.shape[:2] == (classes, channels):
            weight = module.weight.detach().float().reshape(classes, -1)
            bias = 0 if module.bias is None else module.bias.detach().float()
            fits = weight.shape[1] == channels and torch.allclose(
                weight @ pooled + bias, trace.logits, rtol=1e-3, atol=1e-3
            )
            if fits:
                logits = trace.logits.clone().requires_grad_()
                (slope,) = torch.autograd.grad(target(logits), logits)
                return slope @ weight
    raise MethodError(
        f"CAM needs global average pooling and one linear layer right behind the layer, and {trace.layer!r} of "
        f"{trace.model.title} has something else there. Grad-CAM works on any layer."
    )
