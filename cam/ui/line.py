"""Who works and who waits: so many requests at a time, so many more in line, the rest is turned away at once.

Knows numbers; knows nothing about the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio

from ..errors import CamError

Result = TypeVar("Result")


class Busy(CamError):
    """The line is full."""


class Line:
    """Runs work on threads, `places` at a time in the order of arrival; at most `waiting` more may wait."""

    def __init__(self, places: int, waiting: int):
        self._limiter = anyio.CapacityLimiter(places)
        self._most = places + waiting
        self._here = 0

    @property
    def here(self) -> int:
        """How many are worked on or wait."""
        return self._here

    async def run(self, work: Callable[..., Result], *arguments) -> Result:
        """Run `work(*arguments)` when its turn comes. Raises `Busy` with a sentence when the line is full."""
        if self._here >= self._most:
            raise Busy("Too many people are using this at the moment. Try again in a few seconds.")
        self._here += 1
        try:
            return await anyio.to_thread.run_sync(work, *arguments, limiter=self._limiter)
        finally:
            self._here -= 1
