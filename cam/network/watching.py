"""What a forward pass computes inside its modules, seen call by call instead of module by module.

A watcher sees every torch function that runs in its own thread within its `with` block, whoever calls it: a module of
torchvision, timm or a user's own, or a line of `forward`. It sets no hook, so it leaves nothing behind. Knows
attention, additive terms and gradient modes; knows nothing about classes, layers' names or maps. Compiled or scripted
code is out of its sight.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch.autograd.graph import Node
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_SOFTMAX = {torch.softmax, torch.Tensor.softmax, F.softmax}


class Attention(TorchFunctionMode):
    """Collects the attention matrices of a pass in `matrices`, (B, heads, N, N) or (B * heads, N, N), as in the graph.

    Fused attention runs as its own equation instead, so that the matrix exists and has derivatives of any order.
    `batches` holds each one's B. Matrices that are not square, as of a pool with one query, are left out; `oblong` says
    how many square ones came before each of them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.matrices: list[torch.Tensor] = []
        self.batches: list[int] = []
        self.oblong: list[int] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is F.scaled_dot_product_attention:
            output, matrix = _attend(*args, **kwargs)
            self._note(matrix, matrix.shape[0])
            return output
        if function is F.multi_head_attention_forward:
            asked, averaged = kwargs.get("need_weights", True), kwargs.get("average_attn_weights", True)
            output, matrix = function(*args, **{**kwargs, "need_weights": True, "average_attn_weights": False})
            self._note(matrix if matrix._base is None else matrix._base, args[0].shape[1])  # the base is in the graph
            return output, (matrix.mean(1) if averaged else matrix) if asked else None
        output = function(*args, **kwargs)
        if function in _SOFTMAX and output.ndim == 4:
            self._note(output, output.shape[0])
        return output

    def _note(self, matrix: torch.Tensor, batch: int) -> None:
        if matrix.shape[-1] == matrix.shape[-2] > 1:
            self.matrices.append(matrix)
            self.batches.append(batch)
        elif matrix.shape[-1] != matrix.shape[-2]:
            self.oblong.append(len(self.matrices))


def _attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """softmax(scale Q K^T + mask) V, and the softmax: the definition in PyTorch's documentation, without dropout."""
    if enable_gqa:
        repeats = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(repeats, -3), value.repeat_interleave(repeats, -3)
    scores = query @ key.transpose(-2, -1) * (query.shape[-1] ** -0.5 if scale is None else scale)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if attn_mask is not None:
        allowed = attn_mask.dtype == torch.bool
        scores = scores.masked_fill(~attn_mask, -torch.inf) if allowed else scores + attn_mask
    matrix = scores.softmax(-1)
    return matrix @ value, matrix


class TwiceDifferentiable(Attention):
    """Within the block fused attention and hardsigmoid, which have no second derivative, run as their equations."""

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if function is F.hardsigmoid:
            return (args[0] + 3).clamp(0, 6) / 6
        return super().__torch_function__(function, types, args, kwargs)


_NO_SECOND_DERIVATIVE = ("Attention", "Hardsigmoid")


def has_no_second_derivative(node: Node) -> bool:
    """Whether a node of a graph stands for what `TwiceDifferentiable` replaces."""
    return any(word in node.name() for word in _NO_SECOND_DERIVATIVE)


class Still(TorchFunctionMode):
    """Within the block attention does not mix its tokens, so that each shows whose query it was.

    All queries look at the first key alone, each as much as its logits are on average, or as its own numbers are where
    logits are out of sight. `found` says whether there was any attention.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is F.scaled_dot_product_attention:
            self.found = True
            return _kept_apart(*args, **kwargs)
        if function is F.multi_head_attention_forward:
            self.found = True
            return _heads_kept_apart(*args, **kwargs)
        output = function(*args, **kwargs)
        if function not in _SOFTMAX or output.ndim < 3:
            return output
        self.found = True
        first = torch.zeros_like(output)
        first[..., 0] = torch.nan_to_num(args[0], neginf=0.0).mean(-1)
        return first


def _kept_apart(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
    if value.ndim > 3 and value.shape[-3] != query.shape[-3]:  # several queries share their keys
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    return query.mean(-1, keepdim=True) * value[..., :1, :]


_HEADS = inspect.signature(F.multi_head_attention_forward)


def _heads_kept_apart(*args: Any, **kwargs: Any) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The same where PyTorch projects queries (L, B, E) and values itself; the weights that it returns mean nothing."""
    call = _HEADS.bind(*args, **kwargs)
    call.apply_defaults()
    given = call.arguments
    query, weight, bias = given["query"], given["in_proj_weight"], given["in_proj_bias"]
    if given["use_separate_proj_weight"]:
        of_query, of_value = given["q_proj_weight"], given["v_proj_weight"]
    else:
        of_query, _, of_value = weight.chunk(3)
    query_bias, _, value_bias = (None, None, None) if bias is None else bias.chunk(3)
    spread = F.linear(query, of_query, query_bias).mean(-1, keepdim=True)
    first = F.linear(given["value"][:1], of_value, value_bias)
    output = F.linear(spread * first, given["out_proj_weight"], given["out_proj_bias"])
    if not given["need_weights"]:
        return output, None
    heads = () if given["average_attn_weights"] else (given["num_heads"],)
    batch = query.shape[1:-1]
    return output, query.new_full((*batch, *heads, len(query), len(given["key"])), 1 / len(given["key"]))


_CONVOLUTIONS = {
    F.conv1d,
    F.conv2d,
    F.conv3d,
    F.conv_transpose1d,
    F.conv_transpose2d,
    F.conv_transpose3d,
}
_CURVED = {
    function
    for module, names in (
        (F, "relu6 hardtanh silu gelu hardswish hardsigmoid elu selu mish softplus tanh sigmoid"),
        (torch, "tanh sigmoid"),
        (torch.Tensor, "tanh sigmoid"),
    )
    for function in (getattr(module, name) for name in names.split())
}


_SUMS = {
    function: sign
    for sign, functions in {
        1: (torch.add, torch.Tensor.add, torch.Tensor.add_, torch.Tensor.__add__, torch.Tensor.__radd__),
        -1: (torch.sub, torch.Tensor.sub, torch.Tensor.sub_, torch.Tensor.__sub__),
    }.items()
    for function in functions
} | {torch.Tensor.__iadd__: 1, torch.Tensor.__isub__: -1}
_JOINED = {torch.cat, torch.concat, torch.concatenate}


class AdditiveTerms(TorchFunctionMode):
    """Collects in `terms` what a pass adds that is not proportional to its input: pairs `(output, bias)`.

    `output` is where it is added, as in the graph; `bias` broadcasts to it. Found are the biases of convolutions and
    linear layers, batch normalisation's implicit one, beta - gamma mean / std, that of an activation function,
    f(x) - f'(x) x, which is zero for ReLU, and constants that are added or joined on. Use where weights ask for no
    gradient, so that what has one depends on the input.
    """

    def __init__(self) -> None:
        super().__init__()
        self.terms: list[tuple[torch.Tensor, torch.Tensor]] = []

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        bias = _constant(function, args, kwargs)  # first: what works in place changes its argument
        output = function(*args, **kwargs)
        if not isinstance(output, torch.Tensor) or not output.requires_grad:  # the image has no part in it
            return output
        if function in _CONVOLUTIONS or function is F.linear:
            bias = args[2] if len(args) > 2 else kwargs.get("bias")
            if bias is not None and function is not F.linear:
                bias = bias.view(-1, *[1] * (output.ndim - 2))
        elif function is F.batch_norm:
            bias = _normalisation_bias(*args, **kwargs)
        if bias is None:
            return output
        self.terms.append((output, bias.detach()))
        return output.clone()  # an activation in place would change what is kept


def _constant(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor | None:
    """What an activation function, a sum or a joining of tensors adds to what depends on the input."""
    if function in _CURVED and args and args[0].requires_grad:
        return _curvature_bias(function, args, kwargs)
    if function in _SUMS and len(args) == 2:
        one, other = args
        factor = _SUMS[function] * kwargs.get("alpha", 1)
        if _depends(one) and not _depends(other):
            return factor * torch.as_tensor(other, dtype=one.dtype, device=one.device)
        if _depends(other) and not _depends(one):
            return torch.as_tensor(one, dtype=other.dtype, device=other.device).clone()
    if function in _JOINED and any(map(_depends, args[0])) and not all(map(_depends, args[0])):
        parts = [torch.zeros_like(part) if _depends(part) else part for part in args[0]]
        return function(parts, *args[1:], **kwargs)
    return None


def _depends(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.requires_grad


def _normalisation_bias(
    x: torch.Tensor,
    running_mean: torch.Tensor | None,
    running_var: torch.Tensor | None,
    weight: torch.Tensor | None = None,
    bias: torch.Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> torch.Tensor | None:
    if training or running_mean is None or running_var is None:  # by the image's own statistics: no constant
        return None
    scale = (running_var + eps).rsqrt() * (1 if weight is None else weight)
    return ((0 if bias is None else bias) - running_mean * scale).view(-1, *[1] * (x.ndim - 2))


def _curvature_bias(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    with torch.enable_grad():
        x = args[0].detach().clone().requires_grad_()
        y = function(x.clone(), *args[1:], **kwargs)  # the copy is for functions that work in place
        (slope,) = torch.autograd.grad(y.sum(), x)
    return y.detach() - slope * x.detach()


PLAIN, WATCHED = "plain", "watched"


class Graphed(TorchFunctionMode):
    """Within the block every function runs with gradients, whatever modes the network switches on around it.

    `no_grad`, `inference_mode` and reentrant checkpoints inside the network have no effect, and weights that were made
    in inference mode are copied where they are used. Gradients that the network itself takes away (`detach`) stay away.
    Idle until `on` is set.
    """

    def __init__(self, on: bool = True) -> None:
        super().__init__()
        self.on = on

    def __enter__(self) -> Graphed:
        self._checkpoints = _without_checkpoints()
        self._checkpoints.__enter__()
        return super().__enter__()

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._checkpoints.__exit__(*error)

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if not self.on:
            return function(*args, **(kwargs or {}))
        with torch.inference_mode(False), torch.enable_grad():
            args = _normal(args)
            return function(*args, **{key: _normal(value) for key, value in (kwargs or {}).items()})


def _normal(value: Any) -> Any:
    """Copies of the tensors that were made in inference mode, which no graph can keep; the rest as it is."""
    if isinstance(value, torch.Tensor):
        return value.clone() if value.is_inference() else value
    return type(value)(map(_normal, value)) if type(value) in (tuple, list) else value


def way_through(way: str) -> AbstractContextManager[Any]:
    """The block in which a pass gets a graph: "watched" holds off the network's own gradient modes, others do not."""
    return Graphed() if way == WATCHED else nullcontext()


_checkpoint_guard = threading.Lock()
_checkpoint_threads: list[int] = []


@contextmanager
def _without_checkpoints() -> Iterator[None]:
    """Within the block, and in this thread, a reentrant checkpoint runs its function and keeps its graph."""
    from torch.utils.checkpoint import CheckpointFunction

    own = threading.get_ident()
    whole = super(CheckpointFunction, CheckpointFunction).apply

    def apply(run: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        return run(*args) if threading.get_ident() in _checkpoint_threads else whole(run, preserve, *args)

    with _checkpoint_guard:
        _checkpoint_threads.append(own)
        CheckpointFunction.apply = staticmethod(apply)
    try:
        yield
    finally:
        with _checkpoint_guard:
            _checkpoint_threads.remove(own)
            if not _checkpoint_threads:
                del CheckpointFunction.apply
