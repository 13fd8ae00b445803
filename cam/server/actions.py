"""What happens when a page acts, comes for more, or stops: plain values in and out.

Knows sessions and the line of those who wait; knows no layout and no Gradio.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..messages import Message
from . import journal, strip
from .answers import answers, gpu_answers
from .app_state import AppState
from .protocol import VERSION, Answer, failed, numbered, request_id_of
from .scheduler import Busy
from .sessions import Superseded

_REST = (1.0, 16.0)  # seconds until the page comes again for what others keep from being made, at least and at most
_GIVEN_UP = Message(
    "action-given-up", "This was given up because the page was silent for a while. Choose once more to start again."
)
_FIT = "squeeze"


async def act(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer:
    """Carry out an action when its turn comes; returns the first answer to it, as `proceed`."""
    begin(app_state, value, session)
    start = time.perf_counter()
    answer = await _in_turn(app_state, value, session, background=False)
    journal.action("look", outcome_of(answer), time.perf_counter() - start, value.get("model"), value.get("method"))
    return answer


async def more(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer:
    """Return the next answer to an action when its turn comes; at once where the page had better come later."""
    return rest(app_state, value, session) or await _in_turn(app_state, value, session, background=True)


async def _in_turn(app_state: AppState, value: Mapping[str, Any], session: str, *, background: bool) -> Answer:
    try:
        return await app_state.scheduler.run(proceed, app_state, value, session, background=background)
    except Busy as error:
        return numbered(failed(error.message, "choice"), request_id_of(value))


def begin(app_state: AppState, value: Mapping[str, Any], session: str) -> None:
    """Note an action as soon as it comes: what the visitor wanted before ends. It is carried out by `proceed`."""
    with suppress(Superseded):
        app_state.sessions.begin(session, request_id_of(value), gpu_answers(app_state, value, session))


def proceed(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer:
    """Return the next answer to an action, the first one at first; empty when a later action came in between."""
    request_id = request_id_of(value)
    try:
        answer = app_state.sessions.advance(session, request_id)
        if answer is None:  # the page was silent for so long that the work was given up
            answer = numbered(failed(_GIVEN_UP, "choice"), request_id)
        app_state.sessions.send(session, request_id, answer.get("shown", {}), answer.get("prefetch", False))
        if answer.get("prefetch") and not app_state.scheduler.idle:
            answer["after"] = _later(app_state)
    except Superseded:
        return {}
    return answer


def rest(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer | None:
    """Return the answer to a page that comes for what nobody waits for while others wait; None where it may come."""
    request_id = request_id_of(value)
    if app_state.scheduler.idle or not app_state.sessions.prefetch(session, request_id):
        return None
    return numbered({"more": True, "after": _later(app_state)}, request_id, f"rest {time.monotonic()}")


def _later(app_state: AppState) -> float:
    """Seconds until there may be time: the more are here, the later."""
    return min(max(app_state.scheduler.load, _REST[0]), _REST[1])


def stop(app_state: AppState, value: Mapping[str, Any], session: str) -> None:
    """End what runs for this visitor with what it has."""
    app_state.sessions.stop(session, request_id_of(value))


def opening(app_state: AppState) -> dict[str, Any]:
    """The finished example that the page opens on: its `wish`, the `answer` to it, the `strip` under its picture."""
    asked = {"photo": {"example": next(iter(app_state.photos.examples))}, "fit": _FIT}
    asked |= {"model": app_state.store.model(next(iter(app_state.models))).name}
    answer: Answer = {}
    for part in answers(app_state, asked, "opening"):
        answer.update(part)
    if "error" in answer:
        raise RuntimeError(f"The page's first example cannot be shown: {Message.of(answer['error'])}")
    found: dict[str, Any] = {**answer}
    found["picture"] = {**found["picture"], "seconds": 0}  # nobody waited for it
    request = strip.StripRequest.read({**found["confirmed"], "class": found["picture"]["class"]})
    wish = {**found["confirmed"], "shown": found["shown"], "request_id": 0, "version": VERSION}
    return {"wish": wish, "answer": found, "strip": strip.made(app_state, request)}


def outcome_of(answer: Answer) -> str:
    """How an action ended, in a word for the log."""
    return "refused" if "error" in answer else "ok" if answer else "overtaken"
