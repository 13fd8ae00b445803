"""The log: one line per action, and no more than a few lines for whatever repeats itself.

Knows times, names of models and methods, and outcomes. No line holds a visitor's address, file or words.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from collections.abc import Container, Iterable
from pathlib import Path
from types import SimpleNamespace

from .. import METHODS
from ..models.catalogue import LOADABLE

_log = logging.getLogger("cam.actions")
_SAME = 10.0  # seconds in which what was said already is only counted
_TRACES = 600.0  # seconds in which a fault's stack is written once
_KNOWN = 1000  # different lines that are remembered
_models = set(LOADABLE)  # that may be named


def learn(names: Iterable[str]) -> None:
    """Let lines name further models."""
    _models.update(names)


def forget(name: str) -> None:
    """Let lines name a model no more."""
    _models.discard(name)


def action(kind: str, outcome: str, seconds: float, model: object = "", method: object = "") -> None:
    """Note an action that is over: what it was, with which model and method, how long it took and how it ended."""
    model, method = _name(model, _models), _name(method, METHODS)
    _log.info("%s model=%s method=%s seconds=%.3f outcome=%s", kind, model, method, seconds, outcome)


def repeated(kind: str, outcome: str, model: object = "") -> None:
    """Note what comes many times a second, such as a camera's frames or refusals: one line in ten seconds."""
    _log.info("%s model=%s outcome=%s", kind, _name(model, _models), outcome, extra={"repeated": True})


def fault(kind: str, error: BaseException) -> None:
    """Note what failed, and where, in one line."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    place = f" at {Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else ""
    repeated(f"fault {kind}", f"{type(error).__name__}{place}")


def _name(name: object, known: Container[str]) -> str:
    """A name as it may stand in the log: what nobody here has given is not repeated."""
    return "-" if name in ("", None) else name if isinstance(name, str) and name in known else "unknown"


class Brief(logging.Filter):
    """Lets a line through that is news; the same line again soon after is counted and told with the next one.

    A fault's stack is written once in ten minutes, so that a disk that stays full fills no log.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[float, int]] = {}  # when, and how often since
        self._stacks: dict[str, float] = {}
        self._guard = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is written; it may lose its stack and gain a count."""
        if record.name == _log.name and not getattr(record, "repeated", False):
            return True
        now = time.monotonic()
        text = record.getMessage()
        key = f"{record.name} {record.msg}" if record.exc_info else f"{record.name} {text}"
        with self._guard:
            for memory in (self._said, self._stacks):
                if len(memory) > _KNOWN:
                    memory.clear()
            when, more = self._said.get(key, (-_SAME, 0))
            if now - when < _SAME:
                self._said[key] = (when, more + 1)
                return False
            self._said[key] = (now, 0)
            if record.exc_info and now - self._stacks.get(key, -_TRACES) < _TRACES:
                text, record.exc_info, record.exc_text = (
                    f"{text}: {getattr(record.exc_info[0], '__name__', 'fault')}",
                    None,
                    None,
                )
            elif record.exc_info:
                self._stacks[key] = now
        record.msg, record.args = f"{text} (and {more} times before)" if more else text, ()
        return True


def begin() -> None:
    """Write the log to the standard error, with times in UTC."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Utc("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ"))
    handler.addFilter(Brief())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    _log.setLevel(logging.INFO)


def quiet_server() -> None:
    """Send what the web server logs through the same filter; it sets its own handlers when it starts."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def quiet_gradio() -> None:
    """Let Gradio note a fault in one line, where it would print the whole stack for each request."""
    from gradio import queueing, route_utils, routes

    def print_exc(*_: object, **__: object) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            fault("gradio", error)

    for module in (queueing, route_utils, routes):
        vars(module)["traceback"] = SimpleNamespace(**vars(traceback) | {"print_exc": print_exc})


class _Utc(logging.Formatter):
    converter = time.gmtime
