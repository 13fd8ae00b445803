"""One forward pass, recorded: what layers handed on, and the graph from the first of them to the logits.

The graph starts at a layer: its output is detached, kept as the leaf and passed on as a clone (an in-place operation
behind the layer then changes the clone, not the leaf). Nothing before the layer is in the graph and no gradient of a
weight is ever computed. What no way back to an activation reads is not kept. Knows modules, tensors and graphs; knows
no image, no class and no map.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch
from torch import nn
from torch.autograd.graph import GradientEdge

from . import hooks, layers, targets, watching
from .errors import LayerError
from .layers import Layout
from .models import Model


@dataclass(frozen=True, eq=False)
class Tap:
    """What one layer handed on in a recorded pass: `tensor` as the layer lays it out, the last of `calls` calls."""

    layout: Layout
    tensor: torch.Tensor
    calls: int


@dataclass(frozen=True, eq=False)
class Recording:
    """One pass: a tap per layer, the `scores` (1, K) in the graph, and the bytes that the graph keeps.

    `slim`: it keeps what first derivatives need and no more.
    """

    taps: dict[str, Tap]
    scores: torch.Tensor
    nbytes: int
    slim: bool


def forward(model: Model, inputs: torch.Tensor, names: Sequence[str], *, whole: bool = False) -> Recording:
    """Run one pass whose graph starts at the first of the layers. `whole`: derivatives of any order can be taken.

    Raises `LayerError` for a layer that has no map or never runs, `UnknownNameError` for one that is not there.
    """
    taps: dict[str, Tap] = {}

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

    with ExitStack() as stack:
        stack.enter_context(hooks.running(model.net))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        for name in names:
            module = hooks.module_at(model.net, name, model.layers)
            stack.enter_context(hooks.tapped(module, partial(tap, name)))
        logits = targets.logits_of(model.net(inputs))
    for name in names:
        if name not in taps:
            raise LayerError(f"Layer {name!r} of {model.title} never runs in a pass. Try {model.default_layer!r}.")
    # What the kernels of other devices read has not been tried.
    nbytes, slim = _slimmed(logits, slim=not whole and inputs.device.type == "cpu")
    return Recording(taps, logits, nbytes, slim)


def _slimmed(scores: torch.Tensor, *, slim: bool) -> tuple[int, bool]:
    """Drop from a graph, if `slim`, what nobody reads on the way back; return the bytes left, and whether any went."""
    memory: dict[int, int] = {}
    any_dropped = False
    for node in watching.nodes_of(scores):
        dropped = {name for name in _unread(node) if _drop(node, name)} if slim else set()
        any_dropped |= bool(dropped)
        memory |= _memory(node, dropped)
    return sum(memory.values()), any_dropped


def _unread(node) -> set[str]:
    """Name what a node of a graph keeps for the derivative in its weights alone, for which nobody asks here.

    The derivative in its input does not read the input: of a convolution, of a batch normalisation with fixed
    statistics. In common convolutional networks that is half to two thirds of what is kept. Weights that are computed
    may be so from the layer.
    """
    convolution = node.name() == "ConvolutionBackward0"
    normalisation = node.name() == "NativeBatchNormBackward0" and not node._saved_training
    computed = any(parent and not hasattr(parent, "variable") for parent, _ in node.next_functions[1:])
    if computed or not (convolution or normalisation):
        return set()
    return {"input"}


def _drop(node, name: str) -> bool:
    """Keep of a tensor in a node its shape alone: on the way back another one of that shape takes its place.

    False where the network keeps it in a way of its own, for instance by computing it again.
    """

    def pack(tensor):
        return tensor.shape, tensor.stride(), tensor.dtype

    def unpack(kept):
        shape, stride, dtype = kept
        return torch.empty_strided(shape, stride, dtype=dtype)

    try:
        getattr(node, f"_raw_saved_{name}").register_hooks(pack, unpack)
    except RuntimeError:  # it has hooks
        return False
    return True


def _memory(node, dropped: set[str]) -> dict[int, int]:
    """Where and how large the memory is that a node of a graph keeps; parameters are not its own."""
    tensors = [tensor for name in _saved_names(type(node)) - dropped for tensor in _saved(node, name)]
    memory = [tensor.untyped_storage() for tensor in tensors if not _is_parameter(tensor)]
    return {one.data_ptr(): one.nbytes() for one in memory}


def _saved(node, name: str) -> list[torch.Tensor]:
    """The tensors that a node keeps by a name; none where hooks keep them in another way."""
    raw = getattr(node, f"_raw_saved_{name}")
    if any(getattr(one, "unpack_hook", None) for one in (raw if isinstance(raw, tuple) else (raw,))):
        return []
    try:
        found = getattr(node, f"_saved_{name}" if hasattr(type(node), f"_saved_{name}") else f"saved_{name}")
    except RuntimeError:  # changed in place since it was kept: who goes back this way is told
        return []
    return [one for one in (found if isinstance(found, tuple) else (found,)) if isinstance(one, torch.Tensor)]


def _is_parameter(tensor: torch.Tensor) -> bool:
    """Whether a tensor is a parameter, or one that is seen or changed in some way."""
    node = tensor.grad_fn
    while node is not None and len(node.next_functions) == 1:
        node = node.next_functions[0][0]
    first = getattr(node, "variable", tensor._base if tensor._is_view() else tensor)
    return isinstance(first, nn.Parameter)


@cache
def _saved_names(kind: type) -> frozenset[str]:
    """What nodes of a kind keep, by name."""
    start = "_raw_saved_"
    return frozenset(name.removeprefix(start) for name in dir(kind) if name.startswith(start))


def way_back(scores: torch.Tensor, indices: torch.Tensor) -> tuple[torch.Tensor | GradientEdge, torch.Tensor]:
    """Return where the derivatives of some logits begin and with what: a place in the graph, and a value for each.

    `scores` (1, K) are in a graph, `indices` (n,) are classes. Where a linear layer comes last, that is below it, with
    rows of its weights (n, 1, features): what the product of a one and zeros with all of them would give.
    """
    node = scores.grad_fn
    if node.name() == "AddmmBackward0":
        (bias, _), below, (weight, _) = node.next_functions
        fixed = bias is None or hasattr(bias, "variable")
        if below[0] is not None and fixed and (weight is None or _is_parameter(node._saved_mat2)):
            rows = node._saved_mat2.detach().T
            return GradientEdge(*below), node._saved_alpha * rows[indices][:, None]
    return scores, one_hot(scores, indices)


def one_hot(scores: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Return (n, 1, K), like `scores` (1, K): a one at each of the classes `indices` (n,)."""
    seeds = scores.new_zeros(len(indices), *scores.shape)
    seeds[torch.arange(len(indices)), 0, indices] = 1
    return seeds


def _no_map(layer: str, output: Any, model: Model) -> str:
    shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
    return (
        f"Layer {layer!r} of {model.title} has no spatial map: its output is {shape}. "
        f"Choose one of {', '.join(model.layers[-6:])}."
    )
