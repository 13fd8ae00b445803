"""Bounded caches of models and traces, shared by everybody who uses one process.

Concurrent requests for the same thing share one computation. Knows sizes in bytes; knows no page and no session.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

import torch
from PIL import Image

from ..models.load import Model, load_model
from .detail import checked
from .trace import Trace, nbytes_of
from .tracing import trace_layers


class _Measured(Protocol):
    @property
    def nbytes(self) -> int: ...


Value = TypeVar("Value", bound=_Measured)


@dataclass
class _Entry(Generic[Value]):
    """A remembered value, the bytes it takes, the seconds it took per byte, and its rank among those to be kept."""

    value: Value
    nbytes: int
    worth: float
    rank: float = 0.0


class Cache(Generic[Value]):
    """A cache that forgets values when their `nbytes` add up to more than `limit` bytes.

    What took little time for its size, and was not asked for lately, goes first (GreedyDual-Size: Cao and Irani, 1997):
    many small things that are slow to make again are worth more than a large one. The value asked for last is always
    kept, whatever its size.
    """

    def __init__(self, limit: int, clock: Callable[[], float] = time.perf_counter) -> None:
        self.limit = limit
        self._clock = clock
        self._entries: dict[Hashable, _Entry[Value]] = {}
        self._floor = 0.0  # the rank of what was forgotten last
        self.nbytes = 0  # what the values take
        self._pending: dict[Hashable, Future] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], Value], seconds: float = 0.0) -> Value:
        """Return the value of `key`, built once however many threads ask; an error of `build` reaches all of them.

        `seconds` were spent on it before `build` is called.
        """
        with self._guard:
            if key in self._entries:
                return self._asked(key)
            future = self._pending.get(key)
            mine = future is None
            if mine:
                future = self._pending[key] = Future()
        if not mine:
            return future.result()
        start = self._clock() - seconds
        try:
            value = build()
        except BaseException as error:
            with self._guard:
                del self._pending[key]
            future.set_exception(error)
            raise
        with self._guard:
            size = value.nbytes
            self._entries[key] = _Entry(value, size, (self._clock() - start) / max(1, size))
            self.nbytes += size
            del self._pending[key]
            self._asked(key)
            self._forget(key)
        future.set_result(value)
        return value

    def _asked(self, key: Hashable) -> Value:
        """Return a value and rank it anew, behind whatever is ranked alike."""
        entry = self._entries[key] = self._entries.pop(key)
        entry.rank = self._floor + entry.worth
        return entry.value

    def _forget(self, newest: Hashable) -> None:
        """Forget what has the lowest rank, the one asked for least recently among equals, until the rest fits."""
        while len(self._entries) > 1 and self.nbytes > self.limit:
            lowest = min((key for key in self._entries if key != newest), key=lambda key: self._entries[key].rank)
            gone = self._entries.pop(lowest)
            self._floor, self.nbytes = gone.rank, self.nbytes - gone.nbytes

    def find(self, key: Hashable) -> Value | None:
        """Return the value of `key` if it is remembered, else None: one look, so that it cannot go in between."""
        with self._guard:
            return self._asked(key) if key in self._entries else None

    def clear(self) -> None:
        """Forget everything; what is being built is kept when it is done."""
        with self._guard:
            self._entries.clear()
            self.nbytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries


@dataclass(frozen=True, eq=False)
class Pass:
    """One recorded pass: a `Trace` for each of its layers, by name; `nbytes` is what they take together."""

    traces: Mapping[str, Trace]
    nbytes: int

    @classmethod
    def of(cls, model: Model, image: Image.Image, names: Sequence[str], fit: str, detail: float = 1.0) -> Pass:
        traces = trace_layers(model, image, names, fit=fit, detail=detail)
        return cls(traces, nbytes_of(list(traces.values())))


class _Crew:
    """A model's twins, and how many passes run through each: through the model first, then through each twin."""

    def __init__(self) -> None:
        self.twins: list[Model] = []
        self.running = [0]
        self.last = 0


class Store:
    """The models and recorded passes of one process; the limits are in bytes. `device` None is the best there is.

    On the CPU models are folded; one is loaded a second time, as it is, when a layer is asked for whose output folding
    has taken away. One pass at a time goes through a network: while others run, up to `at_a_time` of one model, a pass
    on the CPU goes through a twin, which shares the weights.
    `own` are networks that the caller has wrapped, by the names under which they are asked for: each is called by that
    name from here on, so that what is kept of two networks never mixes. They are never forgotten, and not folded.
    """

    def __init__(
        self,
        *,
        model_bytes: int = 2 * 2**30,
        trace_bytes: int = 512 * 2**20,
        device: str | torch.device | None = None,
        at_a_time: int = 1,
        own: Mapping[str, Model] | None = None,
    ) -> None:
        self.own = {name: replace(model, name=name) for name, model in (own or {}).items()}
        self.loaders: dict[str, Callable[..., Model]] = {}  # of models that are in no table, as `load_model`
        self._device, self._at_a_time = device, at_a_time
        self._crews: WeakKeyDictionary[Model, _Crew] = WeakKeyDictionary()
        self._guard = threading.Lock()
        self.models: Cache[Model] = Cache(model_bytes)
        # In the seconds of its own thread: what is made while many others compute is worth no more for that.
        self.passes: Cache[Pass] = Cache(trace_bytes, time.thread_time)

    def model(self, name: str, layer: str | None = None, *, progress: Callable[[int, int], Any] | None = None) -> Model:
        """Return one of `own`, or a model of the table `MODELS` or of `loaders` that can explain `layer`.

        Errors and `progress` as for `load_model`.
        """
        if name in self.own:
            return self.own[name]
        folded = self.models.get(name, lambda: self._loaded(name, fold=True, progress=progress))
        if layer in folded.folded:
            return self.models.get((name, "as it is"), lambda: self._loaded(name))
        return folded

    def _loaded(self, name: str, **how: Any) -> Model:
        load = self.loaders.get(name)
        return load(device=self._device, **how) if load else load_model(name, device=self._device, **how)

    def holds(self, name: str) -> bool:
        """Whether a model is in memory."""
        return name in self.own or name in self.models

    def trace(
        self,
        image: Image.Image,
        model: str,
        layer: str | None = None,
        fit: str = "squeeze",
        identity: str | None = None,
        detail: float = 1.0,
    ) -> Trace:
        """Return the trace of an opened image; errors as for `trace`.

        `identity` names the image's content where the caller knows a name; otherwise its pixels are read for one.
        """
        loaded = self.model(model, layer)
        name = layer or loaded.default_layer
        return self._pass(image, loaded, name, fit, identity, detail).traces[name]

    def traces(
        self,
        image: Image.Image,
        model: str,
        fit: str = "squeeze",
        identity: str | None = None,
        detail: float = 1.0,
    ) -> Mapping[str, Trace]:
        """Return the traces of all layers that the model offers, from one pass; the rest is as for `trace`."""
        loaded = self.model(model)
        return self._pass(image, loaded, loaded.layers[0], fit, identity, detail).traces

    def _pass(
        self, image: Image.Image, model: Model, first: str, fit: str, identity: str | None, detail: float
    ) -> Pass:
        """A pass that holds the layer `first` and every offered one behind it; one that starts before it does too."""
        content = (identity or digest(image), model.name, fit, checked(detail))
        place = model.layers.index(first) if first in model.layers else None
        for start in model.layers[:place] if place else ():
            found = self.passes.find((*content, start))
            if found is not None:
                return found
        names = [first] if place is None else model.layers[place:]
        # Small passes of deeper layers stay: they outlive the large one, which a full cache forgets first.
        return self.passes.get((*content, first), lambda: self._passed(model, image, names, fit, detail))

    def _passed(self, model: Model, image: Image.Image, names: Sequence[str], fit: str, detail: float) -> Pass:
        with self._free(model) as one:
            return Pass.of(one, image, names, fit, detail)

    @contextmanager
    def _free(self, model: Model) -> Iterator[Model]:
        """Lend the model, or the twin that the fewest passes run through; among equals each in its turn."""
        with self._guard:
            crew = self._crews.setdefault(model, _Crew())
            running = crew.running
            count = len(running)
            place = min(range(count), key=lambda one: (running[one], (one - crew.last - 1) % count))
            if running[place] and count < self._at_a_time and model.device.type == "cpu":
                crew.twins.append(model.twin())
                place = count
                running.append(0)
            crew.last = place
            running[place] += 1
        try:
            yield crew.twins[place - 1] if place else model
        finally:
            with self._guard:
                running[place] -= 1


def digest(image: Image.Image) -> str:
    """Return a short name of an image's pixels."""
    content = hashlib.blake2b(image.tobytes(), digest_size=12)
    content.update(repr((image.mode, image.size)).encode())
    return content.hexdigest()
