"""What each open page is waiting for: the reason why the last action always wins.

The browser numbers the actions of a page with rising numbers. An action's answers are made one at a time, whenever the
page comes for the next; a later action ends the work of an earlier one at its next step, and work that nobody comes for
is given up. Knows numbers, names and iterators; knows no models and no pictures.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_GIVEN_UP = 180.0  # seconds after which nobody comes for an answer any more


class Superseded(Exception):
    """A later action of the visitor makes this work pointless."""


@dataclass
class Session:
    latest: int = 0
    stopped: bool = False  # the latest action was asked to end
    steps: Iterator[Any] | None = None
    working: threading.Lock = field(default_factory=threading.Lock)
    sent: dict[str, str] = field(default_factory=dict)
    prefetch: bool = False  # what is left of the work is for wishes that are not made yet
    seen: float = 0.0
    busy: int = 0  # steps that are being made now


class Sessions:
    """The open pages by session; those that were not heard of for a while are forgotten, with their work."""

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._visits: OrderedDict[str, Session] = OrderedDict()
        self._guard = threading.Lock()

    def _visit(self, session: str) -> Session:
        visit = self._visits.setdefault(session, Session())
        self._visits.move_to_end(session)
        visit.seen = time.monotonic()
        self._forget(visit)
        return visit

    def _forget(self, newest: Session) -> None:
        """Drop what is too old or too much; a visit whose step is being made counts as heard of now."""
        for _ in range(len(self._visits)):
            session, oldest = next(iter(self._visits.items()))
            if len(self._visits) <= self._limit and newest.seen - oldest.seen <= _GIVEN_UP:
                return
            if oldest.busy or oldest is newest:
                oldest.seen = newest.seen
                self._visits.move_to_end(session)
            else:
                del self._visits[session]

    def begin(self, session: str, request_id: int, steps: Iterator[Any]) -> None:
        """Start the work of an action. Raises `Superseded` when the session has a later one already."""
        with self._guard:
            visit = self._visit(session)
            if visit.latest > request_id:
                raise Superseded
            visit.latest, visit.stopped, visit.steps, visit.working = request_id, False, steps, threading.Lock()
            visit.prefetch = False

    def advance(self, session: str, request_id: int) -> Any:
        """Return the next answer of an action, None when there is no more. Raises `Superseded` after a later action."""
        with self._guard:
            visit = self._visit(session)
            if visit.latest > request_id:
                raise Superseded
            steps, working = visit.steps, visit.working
            visit.busy += 1
        try:
            with working:
                answer = None if steps is None else next(steps, None)
        finally:
            with self._guard:
                visit.busy -= 1
                visit.seen = time.monotonic()
        self.check(session, request_id)
        return answer

    def check(self, session: str, request_id: int) -> None:
        """Raise `Superseded` when the session has a later request_id than this one."""
        visit = self._visits.get(session)
        if visit is not None and visit.latest > request_id:
            raise Superseded

    def stop(self, session: str, request_id: int) -> None:
        """Ask the work of this request_id to end with what it has, if it is still the latest."""
        with self._guard:
            visit = self._visit(session)
            visit.stopped = visit.stopped or visit.latest == request_id

    def stopped(self, session: str, request_id: int) -> bool:
        """Whether the work of this request_id was asked to end."""
        visit = self._visits.get(session)
        return visit is not None and visit.stopped and visit.latest == request_id

    def send(self, session: str, request_id: int, names: Mapping[str, str], prefetch: bool = False) -> None:
        """Note what the page gets with an answer that leaves now, and whether the work after it is `prefetch`.

        Raises `Superseded` when it must not leave.
        """
        with self._guard:
            visit = self._visit(session)
            if visit.latest > request_id:
                raise Superseded
            visit.sent.update(names)
            visit.prefetch = prefetch

    def prefetch(self, session: str, request_id: int) -> bool:
        """Whether what is left of an action's work is for wishes that are not made yet."""
        visit = self._visits.get(session)
        return visit is not None and visit.prefetch and visit.latest == request_id

    def sent(self, session: str) -> dict[str, str]:
        """What the page was sent last, by kind; empty before the first answer."""
        with self._guard:
            return dict(self._visit(session).sent)
