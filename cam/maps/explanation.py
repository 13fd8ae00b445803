"""From a trace, a method and a target to an `Explanation`: the one driver of all methods.

The pipeline of every map is raw -> ReLU -> bilinear to the model's input size (align_corners=False) -> min-max to
[0, 1]. Knows maps and targets; knows no colours and no page.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import torch
from torch.nn import functional as F

from ..errors import LayerError, MethodError, unknown
from ..methods import METHODS, Map, Method, cancelled, default_method, head_weights, obstacle
from ..methods.telling import tell, untold
from ..passes.trace import Trace
from ..photos.views import sides
from ..tasks.targets import Target, all_look_alikes


@dataclass(frozen=True, eq=False)
class Explanation:
    """The evidence for one target.

    `raw` (h, w) signed, in units of the method, or (H, W) for a method on pixels; `weights` of the channels where the
    method has them, (C,) or (C, h, w); `signed`: negative values of `raw` are evidence against the target; `share` of
    the work that is done, 1.0 for a finished one; `seconds` spent on it; `combination`: what was done with the map, a
    name in `COMBINATIONS` or ""; `effort`: a name in `EFFORTS`, where it is not "exact" an approximation.
    """

    trace: Trace = field(repr=False)
    method: str
    target: Target
    weights: torch.Tensor | None = field(repr=False)
    raw: torch.Tensor = field(repr=False)
    signed: bool = False
    share: float = 1.0
    seconds: float = 0.0
    combination: str = ""
    effort: str = "exact"
    _repr_html_: ClassVar[Callable[[Any], str] | None] = None  # what a notebook shows: `render` knows how to paint

    @cached_property
    def heatmap(self) -> torch.Tensor:
        """The map (H, W) in [0, 1] at the model's input size, made when it is first asked for."""
        return heatmap_of(self.raw, sides(self.trace.input))

    @cached_property
    def empty(self) -> bool:
        """Whether there is no positive evidence, or the same everywhere; the heatmap is then zero."""
        return is_empty(self.raw)

    @property
    def class_index(self) -> int | None:
        """The explained class, or None for a free function of the logits."""
        return self.target.index

    @property
    def label(self) -> str:
        """The explained class's name."""
        return "score" if self.class_index is None else self.trace.model.labels[self.class_index]


def heatmap_of(raw: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """ReLU, bilinear to `size` (H, W), min-max to [0, 1]; an empty map is zero. `raw` of any size -> (H, W) float32."""
    positive = tell("relu", raw.float().relu(), "L⁺_ij = max(L_ij, 0)")
    if is_empty(positive):
        return tell("enlarge", torch.zeros(size), "0: nothing speaks for the target, or all places alike", "relu")
    enlarged = F.interpolate(positive[None, None], size, mode="bilinear", align_corners=False)[0, 0]
    low, high = enlarged.min(), enlarged.max()
    return tell("enlarge", (enlarged - low) / (high - low), "(M − min M) / (max M − min M), M = L⁺ enlarged", "relu")


def is_empty(raw: torch.Tensor) -> bool:
    """Whether a map shows nothing: no positive evidence, or the same amount of it everywhere."""
    positive = raw.relu()
    return bool(positive.max() - positive.min() <= 1e-6 * positive.max())


_SLOPE = "g_k,ij = ∂y/∂A_k,ij"
_HEAD = "w_k = Σ_c ∂y/∂z_c · W_ck, W the weights of the linear head"


def method_of(name: str | Method) -> Method:
    """Return the entry of `METHODS`; raises `UnknownNameError`."""
    if isinstance(name, Method):
        return name
    if name not in METHODS:
        raise unknown("method", name, METHODS)
    return METHODS[name]


def _inputs(entry: Method, trace: Trace, target: Target) -> dict[str, Any]:
    """The tensors that a method asks for by name."""
    given: dict[str, Any] = {"trace": trace, "target": target}
    if "activations" in entry.needs:
        given["activations"] = tell("activations", trace.activations, "A_k,ij, k the channel, ij the place")
    if "gradients" in entry.needs:
        given["gradients"] = tell("gradients", trace.gradients(target), _SLOPE, "scores", "activations")
    if "head_weights" in entry.needs:
        given["head_weights"] = tell("weights", head_weights(trace, target), _HEAD, "scores")
    return {name: given[name] for name in entry.needs}


def run(entry: Method, trace: Trace, target: Target) -> Iterator[tuple[Map, float]]:
    """Run a method: yields its maps that improve, each with the share of the work that is done, until 1."""
    result = entry.function(**_inputs(entry, trace, target))
    yield from result if entry.streams else [(result, 1.0)]


def _finished(entry: Method, trace: Trace, target: Target, result: Map, share: float, start: float) -> Explanation:
    raw = result.raw.detach().float().cpu()
    if not torch.isfinite(raw).all():
        raise MethodError(
            "map-no-numbers",
            "The map of {method} at layer {layer!r} holds values that are not numbers. The model's own output may be "
            "broken for this image; try another layer or method.",
            method=entry.said_title,
            layer=trace.layer,
        )
    weights = None if result.weights is None else result.weights.detach().float().cpu()
    return Explanation(trace, entry.name, target, weights, raw, entry.signed, share, time.perf_counter() - start)


def explain_steps(trace: Trace, method: str | Method | None = "gradcam", target: Any = None) -> Iterator[Explanation]:
    """Yield explanations that improve until the last one, whose `share` is 1; quick methods yield just that one.

    Closing the iterator stops the work. Arguments and errors as for `explain`.
    """
    start = time.perf_counter()
    entry = method_of(default_method(trace) if method is None else method)
    resolved = trace.target(target)
    reason = obstacle(entry, trace, resolved)
    if not reason and trace.logits.ndim > 1:
        reason = cancelled(entry, trace, resolved)
    if reason:
        raise MethodError(reason)
    for part, share in run(entry, trace, resolved):
        yield _finished(entry, trace, resolved, part, share, start)


def last(steps: Iterable[Explanation]) -> Explanation:
    """The last of explanations that improve: the finished one."""
    return deque(steps, maxlen=1).pop()


def explain(trace: Trace, method: str | Method | None = "gradcam", target: Any = None) -> Explanation:
    """Explain a target on a trace.

    `method` is a name in `METHODS`, or None for the one that suits the layer (`default_method`); `target` None means
    the top class, an int or a label that class's logit, a callable any scalar function of the logits (K,).
    Raises `UnknownNameError` for names, `MethodError` where the method does not apply, `TargetError`, `LayerError`.
    """
    with untold():
        return last(explain_steps(trace, method, target))


def explain_findings(
    trace: Trace, method: str | Method | None = None, findings: Sequence[Any] | None = None, k: int = 5
) -> list[Explanation]:
    """Explain several findings, by default `trace.top(k)`, on one recorded pass whose graph is kept.

    The maps are those of `explain`, in the order of the findings; `method` None is the one that suits the layer. A way
    back begins at the grid that the box comes from, which on a CPU takes a third of what one vectorised pass takes.
    """
    entry = method_of(default_method(trace) if method is None else method)
    return [explain(trace, entry, one) for one in (trace.top(k) if findings is None else findings)]


@dataclass(frozen=True, eq=False)
class AllClasses:
    """The signed maps of all classes at one layer: `raw` (K, h, w) float32 on the CPU.

    `signed`: negative values are evidence against a class.
    """

    trace: Trace = field(repr=False)
    method: str
    raw: torch.Tensor = field(repr=False)
    signed: bool = False


def all_classes(
    trace: Trace, method: str | Method = "gradcam", *, contrast: bool = False, chunk: int = 64
) -> AllClasses | None:
    """Return the maps of all classes in a few vectorised backward passes, or None where that would not be quick.

    It is quick for a method that takes many gradients at once, at a layer with nothing but pooling and linear layers
    behind it. `contrast`: each class against its look-alikes, see `Contrast`. `chunk` classes go through at a time.
    Raises `UnknownNameError`, and `MethodError` where the method does not apply.
    """
    entry = method_of(method)
    if not entry.batched or trace.logits.ndim > 1 or not trace.head_is_cheap:
        return None
    reason = obstacle(entry, trace)
    if reason:
        raise MethodError(reason)
    count = len(trace.logits)
    others = all_look_alikes(trace.logits) if contrast else None
    maps = []
    for start in range(0, count, chunk):
        indices = torch.arange(start, min(count, start + chunk), device=trace.logits.device)
        try:
            gradients = trace.class_gradients(indices, None if others is None else others[indices])
        except LayerError:
            return None
        maps.append(entry.function(activations=trace.activations, gradients=gradients).raw.cpu())
    return AllClasses(trace, entry.name, torch.cat(maps), entry.signed)
