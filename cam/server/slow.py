"""Slow maps: what they took here, how long the next one will take, and those that a visitor stopped and may go on with.

Knows times and iterators; knows no methods and no pictures.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

PLACES = 4  # stopped maps that are kept: each holds a recorded pass
PATIENCE = 120.0  # seconds for which one is kept
_TIMED = 1000  # maps whose times are remembered
_ENOUGH = 0.05  # of the work: from there on the whole is told from a part


class Work(Iterator[Any]):
    """The steps of one map; `seconds` were spent on them, however long nobody came for the next one."""

    def __init__(self, steps: Iterator[Any]) -> None:
        self._steps = steps
        self.seconds = 0.0

    def __next__(self) -> Any:
        start = time.perf_counter()
        try:
            return next(self._steps)
        finally:
            self.seconds += time.perf_counter() - start


class Stopped:
    """Maps that were stopped before they were finished, one for each visitor, the latest few."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: OrderedDict[str, tuple[tuple, Work, float]] = OrderedDict()
        self._guard = threading.Lock()
        self._clock = clock

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, session: str, key: tuple, work: Work) -> None:
        """Keep a visitor's stopped map; the one that has waited longest goes where there are too many."""
        with self._guard:
            self._kept.pop(session, None)
            self._kept[session] = key, work, self._clock()
            self._forget()

    def take(self, session: str, key: tuple) -> Work | None:
        """Return the stopped map if it is this one; whatever else this visitor stopped is given up."""
        with self._guard:
            self._forget()
            kept = self._kept.pop(session, None)
        return kept[1] if kept and kept[0] == key else None

    def _forget(self) -> None:
        while self._kept:
            session, (_, _, since) = next(iter(self._kept.items()))
            if len(self._kept) <= PLACES and self._clock() - since <= PATIENCE:
                return
            del self._kept[session]

    def clear(self) -> None:
        """Give up all of them."""
        with self._guard:
            self._kept.clear()


class Times:
    """How many seconds a whole map took on this machine, by how it was made."""

    def __init__(self) -> None:
        self._took: OrderedDict[tuple, float] = OrderedDict()
        self._guard = threading.Lock()

    def note(self, key: tuple, seconds: float, share: float) -> None:
        """Note that a `share` of a map took so many seconds; too small a part says nothing of the whole."""
        if share < _ENOUGH:
            return
        with self._guard:
            self._took[key] = seconds / share
            self._took.move_to_end(key)
            if len(self._took) > _TIMED:
                self._took.popitem(last=False)

    def of(self, key: tuple) -> float | None:
        """The seconds of a whole map; None where none was made yet."""
        return self._took.get(key)
