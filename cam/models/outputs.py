"""From what a network returns to logits (B, K), and from these to probabilities: the one place that knows both.

A network may return logits, or what it made of them: a distribution or independent probabilities. Which it is, is
observed in one pass. Knows tensors and operations; knows no images, no classes' names and no layers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from ..errors import TargetError, unknown
from ..network import graphs, hooks
from ..tasks import targets
from ..tasks.table import TASKS, recognised
from ..tasks.task import Task

SCORES = {
    "softmax": "logits of classes that exclude each other",
    "sigmoid": "logits of independent labels",
    "given": "probabilities, shown and explained as they are",
}


@dataclass(frozen=True)
class Reader:
    """How a network's output is read: `reader(returned) -> logits (B, K)`.

    `scores`, a name in `SCORES`, says what they are; `output` the user's function from what the network returns to
    (B, K), `part` the place in a tuple or dictionary, where neither is the usual one; `inverse`: "log" or "logit", what
    makes logits of the probabilities that the network returns. `task`: what the network does; what is said here of
    (B, K) is of the shape that the task's answers have.
    """

    scores: str = "softmax"
    inverse: str = ""
    output: Callable[[Any], Any] | None = field(default=None, repr=False)
    part: Any = field(default=None, repr=False)
    task: Task = field(default=TASKS["classification"], repr=False)

    def __call__(self, returned: Any) -> torch.Tensor:
        values = self.values(returned)
        return self.task.changed(values, self._inverted) if self.inverse else values

    def _inverted(self, values: torch.Tensor) -> torch.Tensor:
        values = values.float() if values.element_size() < 4 else values  # half precision ends at 6e-5
        least = torch.finfo(values.dtype).tiny
        if self.inverse == "log":
            return values.clamp(min=least).log()
        return values.clamp(min=least).log() - (1 - values).clamp(min=least).log()

    def values(self, returned: Any) -> torch.Tensor:
        """Return the tensor (B, K) in what the network returned, as it is; raises `TargetError` where there is none."""
        if self.output is not None:
            return self.task.made(_by_function(self.output, returned), returned)
        return self.task.values(returned if self.part is None else returned[self.part])

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the probabilities (..., K) of logits: of independent labels they do not add up to one."""
        return targets.probabilities(logits, self.scores)


def _by_function(function: Callable[[Any], Any], returned: Any) -> Any:
    try:
        return function(returned)
    except Exception as error:
        words = f"{type(error).__name__}: {error}"[:120]
        raise TargetError(
            "output-raised",
            "The network returned {returned}, and output= raised {words}. {hint}",
            returned=targets.described(returned),
            words=words,
            hint=targets.OUTPUT_HINT,
        ) from error


def reader_of(
    net: nn.Module,
    inputs: torch.Tensor,
    returned: Any,
    scores: str | None = None,
    output: Callable[[Any], Any] | None = None,
    task: str | None = None,
    labels: Sequence[str] | None = None,
) -> Reader:
    """Find how the output of a network is read, from what it `returned` for `inputs` (1, C, H, W).

    `scores` None: found. Where all numbers are from 0 to 1, one more pass shows which operation made them, and another
    on noise that they always add up to one. A distribution is read by its logarithm, whose softmax it is; what a
    sigmoid made by its logit. `scores="given"` takes either as it is. Raises `UnknownNameError`, `TargetError`.
    """
    if scores is not None and scores not in SCORES:
        raise unknown("kind of scores", scores, SCORES)
    if task is not None and task not in TASKS:
        raise unknown("task", task, TASKS)
    made = returned if output is None else _by_function(output, returned)
    fitted = (TASKS[task] if task else recognised(made)).fitted(net, labels, made)
    scores = fitted.own_scores or scores
    reader = Reader(scores or "softmax", output=output, task=fitted)
    values = reader.values(returned)
    if scores is None:
        reader = replace(reader, scores=fitted.usual_scores(values))
    classes = fitted.by_class(values)
    if not _in_unit(classes):
        if scores == "given":
            low, high = float(classes.detach().min()), float(classes.detach().max())
            raise TargetError(
                "scores-no-probabilities",
                "The network returns numbers from {low:.4g} to {high:.4g}, and probabilities lie in [0, 1]: use "
                'scores="softmax" or scores="sigmoid".',
                low=low,
                high=high,
            )
        return reader
    if scores == "given":
        return reader
    kind = _kind(net, inputs, reader, values, scores)
    if not kind:
        return reader
    beside = _logits_beside(returned, values, kind) if output is None else None
    found = scores or ("softmax" if kind == "softmax" else "sigmoid")
    if beside is not None and found == kind:
        return replace(reader, scores=found, part=beside)
    return replace(reader, scores=found, inverse="log" if kind == found == "softmax" else "logit")


def _in_unit(values: torch.Tensor) -> bool:
    slack = 1e-5  # a mean of probabilities may be a little more than one
    return bool(((values >= -slack) & (values <= 1 + slack)).all())


def _is_distribution(values: torch.Tensor) -> bool:
    """Whether rows of two numbers or more are at least 0 and add up to one."""
    slack = max(1e-4, 8 * torch.finfo(values.dtype).eps)
    return values.shape[-1] > 1 and _in_unit(values) and bool(((values.double().sum(-1) - 1).abs() < slack).all())


def _kind(net: nn.Module, inputs: torch.Tensor, reader: Reader, values: torch.Tensor, scores: str | None) -> str:
    """What made numbers from 0 to 1: "softmax", "sigmoid", or "" for nothing of the kind."""
    by_class = reader.task.by_class
    whole = _is_distribution(by_class(values))
    if not whole and values.grad_fn and graphs.kind_of(values.grad_fn) in _LINEAR:
        return ""  # what a linear layer returns are logits, without a further pass
    watched = _LastOperation(values.ndim)
    with hooks.trial(net), hooks.running(net), torch.no_grad(), watched:
        again = reader.values(net(inputs))
    made = watched.of(again)
    if made == "softmax":  # of a distribution's part each number is a probability of its own
        return "softmax" if whole else "sigmoid"
    noise = torch.randn(inputs.shape, generator=torch.Generator().manual_seed(0)).to(inputs)
    with hooks.trial(net), hooks.running(net), torch.no_grad():
        other = reader.values(net(noise))
    if whole and _is_distribution(by_class(other)) and not torch.equal(other, values):
        return "softmax"
    if made == "sigmoid":
        return made
    if scores is None and not watched.saw(again) and _in_unit(by_class(other)):
        raise TargetError(
            "scores-unclear",
            "The network returns numbers from 0 to 1 and cannot be looked into: they may be probabilities or logits. "
            'Say which, as in wrap_model(net, scores="given"), or "softmax" or "sigmoid" for logits.',
        )
    return ""


def _logits_beside(returned: Any, values: torch.Tensor, kind: str) -> Any:
    """The place, in a tuple or dictionary, of the logits whose softmax or sigmoid the probabilities beside them are."""
    parts: Iterator = iter(())
    if isinstance(returned, Mapping):
        parts = iter(returned.items())
    elif isinstance(returned, tuple | list):
        parts = enumerate(returned)
    for key, part in parts:
        alike = isinstance(part, torch.Tensor) and part.shape == values.shape and part.is_floating_point()
        if alike and part is not values and torch.allclose(targets.probabilities(part, kind), values, atol=1e-5):
            return key
    return None


_MAKERS = {
    **dict.fromkeys(("aten::softmax", "aten::_softmax", "aten::_safe_softmax"), "softmax"),
    **dict.fromkeys(("aten::sigmoid", "aten::sigmoid_", "aten::hardsigmoid", "aten::hardsigmoid_"), "sigmoid"),
    **dict.fromkeys(("aten::special_expit",), "sigmoid"),
    **dict.fromkeys(("aten::log_softmax", "aten::_log_softmax"), "log softmax"),
    **dict.fromkeys(("aten::log_sigmoid", "aten::log_sigmoid_forward"), "log sigmoid"),
}
_LINEAR = {"Addmm", "Mm", "Convolution"}
_EXPONENTIALS = {"aten::exp", "aten::exp_"}
# What makes of probabilities, all of them, numbers that are probabilities still.
_HANDS_ON = {
    f"aten::{name}"
    for name in (
        *("view", "_unsafe_view", "reshape", "_reshape_alias", "flatten", "squeeze", "unsqueeze", "expand", "alias"),
        *("clone", "contiguous", "_to_copy", "to", "detach", "slice", "select", "narrow", "split", "unbind", "t"),
        *("transpose", "permute", "cat", "stack", "index", "clamp", "clamp_min", "clamp_max", "lift_fresh"),
        *("mean", "amax", "amin", "max", "min", "add", "sub", "rsub", "mul", "div"),
        *("upsample_bilinear2d", "upsample_nearest2d"),
    )
}


class _LastOperation(TorchDispatchMode):
    """Sees every operation of a pass, with or without a graph, and remembers what made each tensor."""

    def __init__(self, axes: int) -> None:
        super().__init__()
        self._axes = axes  # at most, of what is remembered though nothing of the kind made it
        self._made: dict[int, tuple[torch.Tensor, str]] = {}  # the tensor is held so that its id stays its own

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = function(*args, **(kwargs or {}))
        made = self._name(function.overloadpacket._qualified_op_name, args)
        for tensor in result if isinstance(result, tuple | list) else (result,):
            if isinstance(tensor, torch.Tensor) and (made or tensor.ndim <= self._axes):
                self._made[id(tensor)] = (tensor, made)
        return result

    def _name(self, operation: str, args: tuple) -> str:
        if operation in _MAKERS:
            return _MAKERS[operation]
        sources = args[0] if args and isinstance(args[0], tuple | list) else args
        before = {self.of(one) for one in sources if isinstance(one, torch.Tensor) and one.is_floating_point()}
        name = "" if "" in before or not before else before.pop() if len(before) == 1 else "sigmoid"
        if operation in _EXPONENTIALS:
            return name.removeprefix("log ") if name.startswith("log ") else ""
        return name if operation in _HANDS_ON else ""

    def of(self, tensor: torch.Tensor) -> str:
        """What made a tensor: "softmax", "sigmoid", or "" for anything else."""
        return self._made.get(id(tensor), (None, ""))[1]

    def saw(self, tensor: torch.Tensor) -> bool:
        """Whether the operation that made a tensor was seen at all."""
        return id(tensor) in self._made
