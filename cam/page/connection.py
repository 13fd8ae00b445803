"""What joins the page's scripts to the server: one component that shows nothing and that all views share.

`value` is a `protocol.Wish`: what the page asks for, sent with the events `input` (an action), `more` (the next answer
to it) and `stop`. `opening` and `answer` are packed: {"lists": see `choices`, "limit" of a file in bytes, "colours",
"names": see `class_names`, "strip", "answer"} and a `protocol.Answer`. The browser's part is `static/connection.js`.
Knows Gradio's events; knows no layout.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import gradio as gr

from ..server import actions, class_names, journal, payload
from ..server.app_state import AppState
from ..server.protocol import Answer, failed, numbered, request_id_of
from ..server.scheduler import Busy
from .choices import choices
from .component import component, packed


def connect(app_state: AppState, functions: list[Callable[[Any], Any]]) -> None:
    """Make the component; `functions` of the server are what the scripts call by their names."""
    shown = actions.opening(app_state)
    opening = {
        "lists": choices(app_state),
        "limit": app_state.settings.bytes_of("max_file_mb"),
        "colours": payload.colours(),
        "names": class_names.offer(),
        "strip": shown["strip"],
        "answer": shown["answer"],
    }
    wire = component(
        "connection.js",
        shown["wish"],
        name="Connection",
        events=("more",),
        elem_classes="cam-connection",
        server_functions=functions,
        **packed({"opening": opening, "answer": None}),
    )

    async def reply(value: dict, session: str, *, background: bool) -> Answer:
        answer = actions.rest(app_state, value, session) if background else None
        try:
            work = app_state.scheduler.run
            return answer or await work(actions.proceed, app_state, value, session, background=background)
        except Busy as error:
            return numbered(failed(error.message, "choice"), request_id_of(value))

    async def show(value: dict, request: gr.Request) -> Any:
        actions.begin(app_state, value, request.session_hash or "")
        start = time.perf_counter()
        answer = await reply(value, request.session_hash or "", background=False)
        outcome = actions.outcome_of(answer)
        journal.action("look", outcome, time.perf_counter() - start, value.get("model"), value.get("method"))
        return _as_update(answer)

    async def show_more(value: dict, request: gr.Request) -> Any:
        return _as_update(await reply(value, request.session_hash or "", background=True))

    def end(value: dict, request: gr.Request) -> None:
        actions.stop(app_state, value, request.session_hash or "")

    # Not queued: each request brings its own answer. Gradio's queue sends all answers through one stream that it closes
    # when it is idle, and an action that comes at that moment loses its answer.
    direct = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden", "api_visibility": "private"}
    wire.input(show, inputs=wire, outputs=wire, **direct)
    wire.more(show_more, inputs=wire, outputs=wire, **direct)
    wire.stop(end, inputs=wire, **direct)


def _as_update(answer: Answer) -> Any:
    """An answer as Gradio takes it."""
    return gr.update(**packed({"answer": answer})) if answer else gr.skip()
