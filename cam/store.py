"""Bounded caches of models and traces, shared by everybody who uses one process.

Concurrent requests for the same thing share one computation. Knows sizes in bytes; knows no page and no session.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import torch
from PIL import Image

from .models import Model, load_model
from .tracing import Trace, trace

Value = TypeVar("Value")


class Cache(Generic[Value]):
    """A cache that forgets the least recently used values when their `nbytes` add up to more than `limit` bytes.

    The value asked for last is always kept, whatever its size.
    """

    def __init__(self, limit: int):
        self.limit = limit
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._pending: dict[Hashable, Future] = {}
        self._guard = threading.Lock()

    def get(self, key: Hashable, build: Callable[[], Value]) -> Value:
        """Return the value of `key`, built once however many threads ask; an error of `build` reaches all of them."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            future = self._pending.get(key)
            mine = future is None
            if mine:
                future = self._pending[key] = Future()
        if not mine:
            return future.result()
        try:
            value = build()
        except BaseException as error:
            with self._guard:
                del self._pending[key]
            future.set_exception(error)
            raise
        with self._guard:
            self._values[key] = value
            del self._pending[key]
            while len(self._values) > 1 and self.nbytes > self.limit:
                self._values.popitem(last=False)
        future.set_result(value)
        return value

    def find(self, key: Hashable) -> Value | None:
        """Return the value of `key` if it is remembered, else None: one look, so that it cannot go in between."""
        with self._guard:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    @property
    def nbytes(self) -> int:
        """What the values take, in bytes."""
        return sum(value.nbytes for value in self._values.values())

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._values


class Store:
    """The models and traces of one process; the limits are in bytes. `device` None is the best there is."""

    def __init__(
        self, *, model_bytes: int = 2 * 2**30, trace_bytes: int = 512 * 2**20, device: str | torch.device | None = None
    ):
        self._device = device
        self.models: Cache[Model] = Cache(model_bytes)
        self.traces: Cache[Trace] = Cache(trace_bytes)

    def model(self, name: str, progress: Callable[[int, int], Any] | None = None) -> Model:
        """Return a model of the table `MODELS`; errors and `progress` as for `load_model`."""
        return self.models.get(name, lambda: load_model(name, device=self._device, progress=progress))

    def trace(
        self,
        image: Image.Image,
        model: str,
        layer: str | None = None,
        fit: str = "squeeze",
        identity: str | None = None,
    ) -> Trace:
        """Return the trace of an opened image; errors as for `trace`.

        `identity` names the image's content where the caller knows a name; otherwise its pixels are read for one.
        """
        loaded = self.model(model)
        key = (identity or digest(image), model, layer or loaded.default_layer, fit)
        return self.traces.get(key, lambda: trace(loaded, image, layer, fit=fit))


def digest(image: Image.Image) -> str:
    """Return a short name of an image's pixels."""
    content = hashlib.blake2b(image.tobytes(), digest_size=12)
    content.update(repr((image.mode, image.size)).encode())
    return content.hexdigest()
