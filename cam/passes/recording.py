"""One forward pass, recorded: what layers handed on, and the graph from the first of them to the logits.

The graph starts at a layer: its output is detached, kept as the leaf and passed on as a clone (an in-place operation
behind the layer then changes the clone, not the leaf). Nothing before the layer is in the graph and no gradient of a
weight is ever computed. What no way back to an activation reads is not kept. Knows modules, tensors and graphs; knows
no image, no class and no map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import torch
from torch import nn
from torch.autograd.function import BackwardCFunction
from torch.autograd.graph import GradientEdge, Node

from ..errors import LayerError
from ..messages import Message
from ..models.load import Model
from ..network import findings, graphs, hooks, watching
from ..network.layouts import Layout

# Whether a node of a graph tells how it keeps things; in PyTorch 2.8 it does not, and nothing is dropped there.
_AUTOGRAD: Any = torch._C._autograd  # pyright: ignore[reportAttributeAccessIssue]  # not in its stubs
_HAS_SAVED_TENSOR_HOOKS = hasattr(_AUTOGRAD.SavedTensor, "unpack_hook")

Form = tuple[torch.Size, tuple[int, ...], torch.dtype, torch.device]  # of a tensor, without its values


@dataclass(frozen=True, eq=False)
class Tap:
    """What one layer handed on in a pass: `tensor` as the layer lays it out, in its call number `calls`."""

    layout: Layout
    tensor: torch.Tensor
    calls: int


@dataclass(frozen=True, eq=False)
class Recording:
    """One pass: a tap per layer, the `scores` (1, K) in the graph, and the bytes that the graph keeps.

    `first_order_only`: it keeps what first derivatives need and no more.
    """

    taps: dict[str, Tap]
    scores: torch.Tensor
    nbytes: int
    first_order_only: bool


def forward(
    model: Model, inputs: torch.Tensor, names: Sequence[str], *, whole: bool = False, call: int = -1
) -> Recording:
    """Run one pass whose graph starts at the first of the layers. `whole`: derivatives of any order can be taken.

    Of a layer that runs several times in a pass `call` is recorded, by default the last one.
    Raises `LayerError` for a layer that has no map or never runs, `UnknownNameError` for one that is not there.
    """
    layouts = {name: _layout(model, inputs, name, call) for name in names}
    start = _Start(
        layouts, call, watching.Graphed(on=False) if findings.way_of(model.net) == watching.WATCHED else None
    )
    with ExitStack() as stack:
        stack.enter_context(hooks.running(model.net))
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.no_grad())
        memory: dict[int, int] = {}
        if not _HAS_SAVED_TENSOR_HOOKS:
            stack.enter_context(torch.autograd.graph.saved_tensors_hooks(partial(_packed, memory), _unpacked))
        for name in names:
            stack.enter_context(hooks.tapped(hooks.module_at(model.net, name), partial(start.tap, name)))
        stack.enter_context(start.watch or nullcontext())
        logits = model.logits_of(model.net(inputs))
        switched_off = start.started and not torch.is_grad_enabled()
    if switched_off and findings.way_of(model.net) == watching.PLAIN:
        findings.watch(model.net)  # the layer runs in a block that ends with the mode before it
        return forward(model, inputs, names, whole=whole, call=call)
    first_order_only = False
    for node in graphs.nodes_of(logits) if _HAS_SAVED_TENSOR_HOOKS else ():
        # What the kernels of other devices read has not been tried.
        if not whole and inputs.device.type == "cpu" and _keeps_unread_input(node):
            first_order_only |= _drop_input(node)
        for tensor in _saved(node):
            _weigh(memory, tensor)
    for name in names:
        if name not in start.taps:
            raise LayerError(
                "layer-not-in-pass",
                "Layer {layer!r} of {title} never runs in this pass. Try {usual!r}.",
                layer=name,
                title=model.title,
                usual=model.default_layer,
            )
    return Recording(start.taps, logits, sum(memory.values()), first_order_only)


def _layout(model: Model, inputs: torch.Tensor, name: str, call: int) -> Layout:
    if name in model.folded:
        raise LayerError(_taken_in(name, model))
    hooks.module_at(model.net, name, model.layers)
    return findings.layout_at(model.net, inputs, model.logits_of, name, call, model.title)


def _weigh(memory: dict[int, int], tensor: torch.Tensor) -> torch.Tensor:
    if not isinstance(tensor._base if tensor._is_view() else tensor, nn.Parameter):
        memory[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
    return tensor


def _packed(memory: dict[int, int], tensor: torch.Tensor) -> tuple[torch.Tensor, int]:
    return _weigh(memory, tensor), _version(tensor)


def _unpacked(kept: tuple[torch.Tensor, int]) -> torch.Tensor:
    """Return what a graph keeps; PyTorch does not look itself whether it is as it was where hooks pack it."""
    tensor, version = kept
    if _version(tensor) != version:
        raise RuntimeError(f"A {tuple(tensor.shape)} tensor that a gradient needs was changed by an inplace operation.")
    return tensor


def _version(tensor: torch.Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version


def where_gradients_end(model: Model, inputs: torch.Tensor, name: str = "", call: int = -1) -> Message:
    """Name the module in which what depends on a layer, or on the input, loses its graph, for a sentence about it."""
    with ExitStack() as stack:
        stack.enter_context(hooks.trial(model.net))
        stack.enter_context(torch.set_grad_enabled(not name))
        stack.enter_context(watching.way_through(findings.way_of(model.net)))
        if name:
            start = _Start({name: _layout(model, inputs, name, call)}, call, None)
            stack.enter_context(hooks.tapped(hooks.module_at(model.net, name), partial(start.tap, name)))
        else:
            inputs = inputs.detach().clone().requires_grad_()
        calls, _ = hooks.record(model.net, inputs)
    place = next((one for one in calls if one.lost), None)
    if place is None:
        return Message("place-forward", "a line of the network's own `forward`")
    return Message("place-module", "module {name!r} ({type})", name=place.name, type=type(place.module).__name__)


class _Start:
    """Where the graph of a pass starts: at the first of some layers that runs. Keeps the `taps` of all of them."""

    def __init__(self, layouts: dict[str, Layout], call: int, watch: watching.Graphed | None) -> None:
        self.layouts, self.call, self.watch = layouts, call, watch
        self.taps: dict[str, Tap] = {}
        self.started = False
        self.counts = dict.fromkeys(layouts, 0)

    def tap(self, name: str, output: Any) -> Any:
        """Keep what a layer hands on, and hand on a copy of it that is in the graph."""
        self.counts[name] += 1
        if self.call >= 0 and self.counts[name] != self.call + 1:
            return output
        layout = self.layouts[name]
        tensor = layout.pick(output)
        with torch.inference_mode(False):
            if len(self.layouts) == 1 or not self.started:  # nothing before this is recorded
                tensor = (tensor.clone() if tensor.is_inference() else tensor).detach().requires_grad_()
        if not layout.of_tokens:  # its axes are known, and its size is that of this pass
            layout = replace(layout, grid=tuple(tensor.shape[2:4] if layout.kind == "first" else tensor.shape[1:3]))
        self.taps[name] = Tap(layout, tensor, self.counts[name])
        self.started = True
        torch.set_grad_enabled(True)
        if self.watch:
            self.watch.on = True
        return layout.put(output, tensor.clone())


def _keeps_unread_input(node: Node) -> bool:
    """Whether a node keeps its input for the derivative in its weights alone, and these are constants.

    The derivative in the input does not read it: of a convolution, of a batch normalisation with fixed statistics. In
    common convolutional networks such inputs are half to two thirds of what is kept. Trainable weights keep theirs,
    because their owner may go back through a part of the graph.
    """
    convolution = node.name() == "ConvolutionBackward0"
    normalisation = node.name() == "NativeBatchNormBackward0" and not graphs.saved(node, "training")
    return (convolution or normalisation) and not any(parent for parent, _ in node.next_functions[1:])


def _drop_input(node: Node) -> bool:
    """Keep of a node's input its form alone: on the way back another tensor of that form takes its place.

    False where the network keeps it in a way of its own, for instance by computing it again.
    """

    def pack(tensor: torch.Tensor) -> Form:
        return tensor.shape, tensor.stride(), tensor.dtype, tensor.device

    def unpack(form: Form) -> torch.Tensor:
        shape, stride, dtype, device = form
        return torch.empty_strided(shape, stride, dtype=dtype, device=device)

    kept = _raw(node, "input")
    if kept.unpack_hook is not None:
        return False
    kept.register_hooks(pack, unpack)
    return True


def _raw(node: Node, name: str) -> Any:
    """How a node keeps something: the handle on it, or several."""
    return getattr(node, f"_raw_saved_{name}")


def _saved(node: Node) -> Iterator[torch.Tensor]:
    """The tensors that a node keeps as they are: what hooks keep in another way is left out."""
    for name in _saved_names(type(node)):
        raw = _raw(node, name)
        if all(one.unpack_hook is None for one in (raw if isinstance(raw, tuple) else (raw,)) if one is not None):
            try:
                found = getattr(node, f"_saved_{name}" if name != "tensors" else "saved_tensors")
            except RuntimeError:  # changed in place since it was kept: who goes back this way is told
                continue
            yield from (one for one in (found if isinstance(found, tuple) else (found,)) if one is not None)


def _saved_names(kind: type) -> Iterable[str]:
    """What nodes of a kind keep, by name."""
    return ("tensors",) if issubclass(kind, BackwardCFunction) else _names_in(kind)


@cache
def _names_in(kind: type) -> tuple[str, ...]:
    start = "_raw_saved_"
    return tuple(name.removeprefix(start) for name in dir(kind) if name.startswith(start))


def backward_seed(scores: torch.Tensor, indices: torch.Tensor) -> tuple[torch.Tensor | GradientEdge, torch.Tensor]:
    """Return where the derivatives of some logits begin and with what: a place in the graph, and a value for each.

    `scores` (1, K) are in a graph, `indices` (n,) are classes. Where a linear layer comes last, that is below it, with
    rows of its weights (n, 1, features): what the product of a one and zeros with all of them would give. Not so where
    its weights or its bias are computed, or somebody has set a hook on the logits.
    """
    node = scores.grad_fn
    if node is not None and node.name() == "AddmmBackward0" and not scores._backward_hooks:
        (bias, _), (below, number), (weight, _) = node.next_functions
        if weight is not None and weight.name() == "TBackward0":
            weight = weight.next_functions[0][0]
        if below is not None and all(one is None or hasattr(one, "variable") for one in (bias, weight)):
            rows = graphs.saved(node, "mat2").detach().T
            return GradientEdge(below, number), graphs.saved(node, "alpha") * rows[indices][:, None]
    return scores, one_hot(scores, indices)


def entry_seed(answers: torch.Tensor, place: Sequence[int]) -> tuple[torch.Tensor | GradientEdge, torch.Tensor]:
    """Return where the derivative of one number of an answer begins and with what: a place in the graph, and a value.

    `answers` (1, ...) are in a graph, `place` are indices into its row. Where that was put together of parts, as the
    candidates of several grids are, it is the part which the number comes from: the others need no way back.
    """
    index, shape, node, number = [0, *place], list(answers.shape), answers.grad_fn, answers.output_nr
    while node is not None and node.name() == "CatBackward0" and not answers._backward_hooks:
        axis = graphs.saved(node, "dim") % (1 << 64)
        axis = axis - (1 << 64) if axis >= 1 << 63 else axis  # kept as an unsigned number
        axis %= len(shape)
        part = _part(node, axis, index[axis])
        if part is None:
            break
        (node, number), shape, index[axis] = part
    seed = answers.new_zeros(shape)
    seed[tuple(index)] = 1
    return (answers if node is answers.grad_fn or node is None else GradientEdge(node, number)), seed


def _part(node: Node, axis: int, index: int) -> tuple[tuple[Node, int], list[int], int] | None:
    """Which of the parts put together along an axis holds an index: its place in the graph, its shape, the index there.

    None where the graph does not tell the shapes of all before it.
    """
    for parent, number in node.next_functions:
        if parent is None:
            return None
        shape = [int(side) for side in parent._input_metadata[number].shape]
        if index < shape[axis]:
            return (parent, number), shape, index
        index -= shape[axis]
    return None


def one_hot(scores: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    """Return (n, 1, K), like `scores` (1, K): a one at each of the classes `indices` (n,)."""
    seeds = scores.new_zeros(len(indices), *scores.shape)
    seeds[torch.arange(len(indices), device=scores.device), 0, indices] = 1
    return seeds


def _taken_in(layer: str, model: Model) -> Message:
    return Message(
        "layer-folded",
        "Layer {layer!r} of {title} has no output of its own: the normalisation behind it is part of it. Load the "
        "model without `fold`.",
        layer=layer,
        title=model.title,
    )
