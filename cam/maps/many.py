"""Many images, one after another, with passes in batches where the network allows.

One recorded pass of a batch, and one backward pass from the sum of its images' scores, give each image the gradients
of its own pass. What is handed on holds no graph: a trace records its pass again when something new is asked of it.
Knows traces and the driver of methods; knows no files and no page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from weakref import WeakKeyDictionary

import torch
from PIL import Image

from ..errors import CamError, ImageError, MethodError
from ..methods import Method, default_method
from ..models.load import Model, dtype
from ..network import hooks
from ..passes import detail as details
from ..passes import recording
from ..passes.trace import Trace
from ..passes.tracing import retrace, trace_of
from ..photos.inputs import open_given
from ..photos.views import View
from .explanation import Explanation, explain, method_of

ON_ERROR = ("raise", "yield")
_BATCHED = {"activations", "gradients", "head_weights"}  # what a method may need to be run on a batch's traces
_TOLERANCE = 1e-3  # of the largest value, by which an image's numbers may differ from those that it gets alone


class GraphlessTrace(Trace):
    """A trace without its graph: what needs one records the pass again, once, and keeps it."""

    _GRAPH = ("_leaf", "_scores", "_first_order_only")

    def __getattr__(self, name: str) -> Any:
        if name not in self._GRAPH:
            raise AttributeError(name)
        again = retrace(self)
        for part in self._GRAPH:
            object.__setattr__(self, part, getattr(again, part))
        return getattr(self, name)


def without_graph(trace: Trace) -> Trace:
    """Return the same trace, with tensors of its own and without its graph; its kept gradients go along."""
    made = object.__new__(GraphlessTrace)
    parts = {name: part for name, part in vars(trace).items() if name not in GraphlessTrace._GRAPH}
    own = {name: parts[name].clone() for name in ("activations", "logits")}
    nbytes = 2 * parts["activations"].nbytes + parts["input"].nbytes + trace.image.width * trace.image.height * 3
    known = {"nbytes": nbytes, "_memo": parts["_memo"].copy(), "no_gradient": trace.no_gradient}
    for name, part in (parts | own | known).items():
        object.__setattr__(made, name, part)
    return made


@dataclass(frozen=True)
class _Work:
    """What is done with every image: the arguments of `explain_images`."""

    model: Model
    method: Method | None
    target: Any
    layer: str
    fit: str
    detail: float

    def opened(self, source: Any) -> tuple | ImageError:
        """The image, its input (1, C, H, W) and its view; the error where it cannot be opened."""
        try:
            opened = open_given(source, self.model.preprocess, detail=self.detail)
        except ImageError as error:
            return error
        prepared = details.preprocess(self.model, self.detail)
        inputs, view = opened.prepared(prepared, self.fit)
        return opened.shown, view, inputs.to(self.model.device, dtype(self.model.net)), opened.black(prepared, self.fit)

    def traces(self, opened: list[tuple]) -> list[Trace]:
        """The traces of opened images, from one pass where the network treats them separately, else from one each."""
        together = len(opened) > 1 and len({inputs.shape for _, _, inputs, _ in opened}) == 1
        if together and (self.method is None or set(self.method.needs) <= _BATCHED):
            found = self._together(opened)
            if found is not None:
                return found
        return [self._alone(*one) for one in opened]

    def _alone(self, image: Image.Image, view: View, inputs: torch.Tensor, black: Callable[[], torch.Tensor]) -> Trace:
        with details.sized(self.model, self.detail, tuple(inputs.shape[2:])):
            found = recording.forward(self.model, inputs, [self.layer])
            details.check_rows(found.scores, 1)
        return trace_of(found, 0, self.layer, self.model, image, view, self.fit, inputs, self.detail, black=black)

    def _together(self, opened: list[tuple]) -> list[Trace] | None:
        """The traces of one pass with their targets' gradients; None where images of a batch are not separate."""
        batch = torch.cat([inputs for _, _, inputs, _ in opened])
        known = _separate.setdefault(self.model, {})
        key = (self.layer, tuple(batch.shape[1:]))
        if not known.get(key, True):
            return None
        try:
            found = recording.forward(self.model, batch, [self.layer])
            details.check_rows(found.scores, len(batch))
        except CamError:  # alone each image meets the same error, or none
            return None
        except Exception:  # a network says in its own way that it takes one image at a time
            known[key] = False
            return None
        traces = [
            trace_of(found, row, self.layer, self.model, image, view, self.fit, inputs, self.detail, black=black)
            for row, (image, view, inputs, black) in enumerate(opened)
        ]
        if key not in known:
            known[key] = _same(self._alone(*opened[-1]), traces[-1])
        if not known[key]:
            return None
        light = [without_graph(one) for one in traces]
        if self.method is None or "gradients" in self.method.needs:
            _share(found, traces, light, self.target)
        return light


_separate: WeakKeyDictionary[Model, dict[tuple, bool]] = WeakKeyDictionary()


def _same(alone: Trace, among: Trace) -> bool:
    """Whether an image has the same maps and logits alone as among others, but for rounding."""
    for one, other in ((alone.logits, among.logits), (alone.activations, among.activations)):
        close = one.shape == other.shape and (one - other).abs().max() <= _TOLERANCE * one.abs().max()
        if not bool(close):
            return False
    return True


def _share(found: recording.Recording, traces: list[Trace], light: list[Trace], target: Any) -> None:
    """Pull the gradients of each image's target in one backward pass of their sum, and keep them with its trace."""
    resolved = [one.target(target) for one in traces]
    leaf = traces[0]._leaf
    with hooks.lock_of(traces[0].model.net), torch.inference_mode(False), torch.enable_grad():
        score = torch.stack([one(row) for one, row in zip(resolved, found.scores, strict=True)]).sum()
        if not score.requires_grad:  # each trace says why when its gradients are asked for
            return
        (gradients,) = torch.autograd.grad(score, leaf, allow_unused=True)
    for row, (one, own) in enumerate(zip(light, resolved, strict=True)):
        mine = None if gradients is None else gradients.narrow(one._layout.batch_axis, row, 1).clone()
        one._remember(own, mine)


def explain_images(
    model: Model,
    images: Iterable[Any],
    method: str | Method | None = None,
    target: Any = None,
    *,
    layer: str | None = None,
    batch: int = 8,
    fit: str = "squeeze",
    detail: float = 1.0,
    on_error: str = "raise",
) -> Iterator[Explanation | CamError]:
    """Explain images one after another: yields an `Explanation` for each, in their order, as `explain` gives it.

    `images` are anything that `open_image` takes; they are opened as they come. `method` None is the layer's default,
    `target` None each image's own top class; the rest is as for `trace` and `explain`. `batch` images run in one pass,
    where the method needs no further passes and the network treats images of a batch separately (it is looked at once);
    the map is that of a pass of its own but for rounding. `seconds` is an image's share of its batch. Memory is that of
    a batch: no explanation holds a graph, and a trace records its pass again when another gradient is asked of it.
    `on_error`: an image that cannot be opened, or whose map is not a number, raises its error ("raise"), or the error
    takes the explanation's place in the order and the next image follows ("yield").
    Raises what `trace` and `explain` raise, at the first image.
    """
    if on_error not in ON_ERROR:
        raise CamError("many-on-error", 'on_error is "raise" or "yield", not {value!r}.', value=on_error)
    if not isinstance(batch, int) or batch < 1:
        raise CamError("many-batch", "batch is a whole number from 1, not {value!r}. Use batch=8.", value=batch)
    entry = None if method is None else method_of(method)
    model.reader.task.check(target, model.labels)  # a class that does not exist is no matter of one image
    work = _Work(model, entry, target, layer or model.default_layer, fit, details.checked(detail))
    return _explained(work, iter(images), batch, on_error)


def _explained(work: _Work, images: Iterator[Any], batch: int, on_error: str) -> Iterator[Explanation | CamError]:
    while sources := list(islice(images, batch)):
        for one in _explained_batch(work, sources):
            if isinstance(one, CamError) and on_error == "raise":
                raise one
            yield one


def _explained_batch(work: _Work, sources: list[Any]) -> list[Explanation | CamError]:
    """What comes of each source, in order; nothing of the pass lives on."""
    opened = [work.opened(source) for source in sources]
    good = [one for one in opened if not isinstance(one, ImageError)]
    start = time.perf_counter()
    traces = iter(work.traces(good))
    share = (time.perf_counter() - start) / max(1, len(good))
    return [one if isinstance(one, ImageError) else _map(work, next(traces), share) for one in opened]


def _map(work: _Work, trace: Trace, seconds: float) -> Explanation | MethodError:
    try:
        found = explain(trace, work.method or default_method(trace), work.target)
    except MethodError as error:
        if not torch.isfinite(trace.logits).all() or not torch.isfinite(trace.activations).all():
            return error
        raise
    light = trace if isinstance(trace, GraphlessTrace) else without_graph(trace)
    return replace(found, trace=light, seconds=found.seconds + seconds)


def each(images: Iterable[Any], function: Callable[[Any], Explanation]) -> Iterator[Explanation | CamError]:
    """Apply `function` to one image at a time; an error takes the explanation's place, and no graph is handed on."""
    for image in images:
        start = time.perf_counter()
        try:
            found = function(image)
        except (ImageError, MethodError) as error:
            yield error
        else:
            yield replace(found, trace=without_graph(found.trace), seconds=time.perf_counter() - start)
            del found
