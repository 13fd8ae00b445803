"""Which action of each visitor is the latest: the reason why the last action always wins.

The browser numbers the actions of a page with rising tickets. Work that belongs to an older ticket ends at its next
step, and what it found is not said any more: a session's answers leave one after the other, each in its turn, and an
older ticket gets no turn. Knows numbers and names; knows no models and no pictures.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

_PATIENCE = 5.0  # seconds for an answer to leave; a page that has gone must not hold up another of the same session


class Superseded(Exception):
    """A later action of the visitor makes this work pointless."""


@dataclass
class _Session:
    latest: int = 0
    stopped: bool = False  # the work of the latest ticket was asked to end
    sent: dict[str, str] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)


class Tickets:
    """The latest ticket of each session; sessions that were not heard of for longest are forgotten."""

    def __init__(self, sessions: int = 10_000):
        self._limit = sessions
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._guard = threading.Lock()

    def _session(self, name: str) -> _Session:
        session = self._sessions.setdefault(name, _Session())
        self._sessions.move_to_end(name)
        while len(self._sessions) > self._limit:
            self._sessions.popitem(last=False)
        return session

    def take(self, name: str, ticket: int) -> None:
        """Announce an action. Raises `Superseded` when the session has a later one already."""
        with self._guard:
            session = self._session(name)
            if session.latest > ticket:
                raise Superseded
            session.latest, session.stopped = ticket, False

    def stop(self, name: str, ticket: int) -> None:
        """Ask the work of this ticket to end with what it has, if it is still the latest."""
        with self._guard:
            session = self._session(name)
            session.stopped = session.stopped or session.latest == ticket

    def check(self, name: str, ticket: int) -> None:
        """Raise `Superseded` when the session has a later ticket than this one."""
        with self._guard:
            if self._session(name).latest > ticket:
                raise Superseded

    def stopped(self, name: str, ticket: int) -> bool:
        """Whether the work of this ticket was asked to end."""
        with self._guard:
            session = self._session(name)
            return session.stopped and session.latest == ticket

    @contextmanager
    def turn(self, name: str, ticket: int, sent: Mapping[str, str] | None = None) -> Iterator[None]:
        """Hold the session's turn while an answer leaves. Raises `Superseded` when there is a later ticket by then.

        `sent` names what the page has got with this answer.
        """
        with self._guard:
            lock = self._session(name).turn
        held = lock.acquire(timeout=_PATIENCE)
        try:
            with self._guard:
                session = self._session(name)
                if session.latest > ticket:
                    raise Superseded
                session.sent.update(sent or {})
            yield
        finally:
            if held:
                lock.release()

    def sent(self, name: str) -> dict[str, str]:
        """What the page was sent last, by kind; empty before the first answer."""
        with self._guard:
            return dict(self._session(name).sent)
