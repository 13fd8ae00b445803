"""One forward pass, recorded: what layers handed on, and the graph from the first of them to the logits.

The graph starts at a layer: its output is detached, kept as the leaf and passed on as a clone (an in-place operation
behind the layer then changes the clone, not the leaf). Nothing before the layer is in the graph and no gradient of a
weight is ever computed. Knows modules, tensors and graphs; knows no image, no class and no map.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from . import hooks, layers, targets
from .errors import LayerError
from .layers import Layout
from .models import Model


@dataclass(frozen=True, eq=False)
class Tap:
    """What one layer handed on in a recorded pass: `tensor` as the layer lays it out, the last of `calls` calls."""

    layout: Layout
    tensor: torch.Tensor
    calls: int


def forward(model: Model, inputs: torch.Tensor, names: Sequence[str]) -> tuple[dict[str, Tap], torch.Tensor, int]:
    """One pass whose graph starts at the first of the layers: returns a tap per layer, logits (1, K), bytes saved."""
    taps: dict[str, Tap] = {}
    saved: dict[int, int] = {}

    def tap(name, output):
        layout = layers.layout_of(output, inputs, layers.prefix_tokens(model.net))
        if layout is None or layout.grid == (1, 1):
            raise LayerError(_no_map(name, output, model))
        tensor = layout.pick(output)
        if len(names) == 1 or not torch.is_grad_enabled():  # nothing before this is recorded
            torch.set_grad_enabled(True)
            tensor = tensor.detach().requires_grad_()
        taps[name] = Tap(layout, tensor, taps[name].calls + 1 if name in taps else 1)
        return layout.put(output, tensor.clone())

    def weigh(tensor):
        if not isinstance(tensor._base if tensor._is_view() else tensor, nn.Parameter):
            saved[tensor.data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with ExitStack() as stack:
        stack.enter_context(hooks.running(model.net))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        stack.enter_context(torch.autograd.graph.saved_tensors_hooks(weigh, lambda tensor: tensor))
        for name in names:
            module = hooks.module_at(model.net, name, model.layers)
            stack.enter_context(hooks.tapped(module, partial(tap, name)))
        logits = targets.logits_of(model.net(inputs))
    for name in names:
        if name not in taps:
            raise LayerError(f"Layer {name!r} of {model.title} never runs in a pass. Try {model.default_layer!r}.")
    return taps, logits, sum(saved.values())


def _no_map(layer: str, output: Any, model: Model) -> str:
    shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    return (
        f"Layer {layer!r} of {model.title} has no spatial map: its output is {shape}. "
        f"Choose one of {', '.join(model.layers[-6:])}."
    )
