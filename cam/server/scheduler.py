"""Who works and who waits: so many requests at a time, so many more in line, the rest is turned away at once.

Knows numbers and times; knows nothing about the work.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from ..errors import CamError
from . import cores

_SPAN = 3.0  # seconds over which the load is averaged
_IDLE = 0.5  # requests under way on average, at most, while there is time for what nobody waits for

Result = TypeVar("Result")


class Busy(CamError):
    """The line is full."""


class Scheduler:
    """Runs work on threads, `places` at a time in the order of arrival; at most `waiting` more may wait.

    Work in the `background`, what comes after a first answer, gives way to who has none yet, and takes half of the
    places at most.
    """

    def __init__(self, places: int, waiting: int) -> None:
        # Threads of its own, and few: what a thread frees stays with it, and the next large map is made from it.
        self._threads = ThreadPoolExecutor(places, "line")
        self._free = {False: places, True: max(1, places // 2)}  # places for all, and those of them for what is later
        self._waiting: dict[bool, deque[asyncio.Event]] = {False: deque(), True: deque()}
        self._most = places + waiting
        self._here = 0  # who is worked for or waits
        self._load = 0.0  # that number, averaged, when it last changed
        self._changed = time.monotonic()

    @property
    def idle(self) -> bool:
        """Whether there is time for work that nobody waits for: at most one request is here, and few came lately."""
        return self._here <= 1 and self.load < _IDLE

    @property
    def quiet(self) -> float:
        """Seconds since anybody was here; 0 while somebody is."""
        return 0.0 if self._here else time.monotonic() - self._changed

    @property
    def load(self) -> float:
        """How many requests were here on average lately."""
        faded = math.exp((self._changed - time.monotonic()) / _SPAN)
        return faded * self._load + (1 - faded) * self._here

    def _count(self, change: int) -> None:
        self._load, self._changed = self.load, time.monotonic()
        self._here += change

    def _call(self) -> None:
        """Give free places to who waits."""
        for background, waiting in self._waiting.items():
            while waiting and self._free[False] and (self._free[True] or not background):
                self._take(background, 1)
                waiting.popleft().set()

    def _take(self, background: bool, count: int) -> None:
        self._free[False] -= count
        self._free[True] -= count * background

    def _work(self, work: Callable[..., Result], *arguments: Any) -> Result:
        cores.share(max(self._here, self.load))
        return work(*arguments)

    async def run(self, work: Callable[..., Result], *arguments: Any, background: bool = False) -> Result:
        """Run `work(*arguments)` when its turn comes. Raises `Busy` with a sentence when the line is full."""
        if self._here >= self._most:
            raise Busy("too-many-people", "Too many people are using this at the moment. Try again in a few seconds.")
        self._count(1)
        turn = asyncio.Event()
        self._waiting[background].append(turn)
        self._call()
        try:
            await turn.wait()
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, work, *arguments)
        finally:
            if turn.is_set():
                self._take(background, -1)
            else:  # cancelled
                self._waiting[background].remove(turn)
            self._count(-1)
            self._call()
