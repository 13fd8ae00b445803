"""What joins the page's scripts to the server: one component that shows nothing and that all views share.

A `protocol.Wish` says what the page asks for; it goes out with an action (`act`), with the next answer to it (`more`)
and with `stop`. `opening` is packed: {"lists": see `choices`, "limit" of a file in bytes, "colours", "names": see
`class_names`, "cards", "strip", "answer", "version" of the package, "privacy": what the host says, "hub": whether
models of the Hub can be looked up, "minutes": how long photos are kept, "place": where the scripts ask}. The browser's
part is `static/connection.js`. Knows where what is asked goes; knows no layout.

The scripts ask at addresses of the page's own, see `server.plain`. Where a GPU is lent by the call, it is lent to the
visitors of Gradio's events: `place` is "" there, the wish is the component's `value`, and answers come as `answer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import gradio as gr

from .. import __version__
from ..server import actions, cards, class_names, hosts, payload, plain
from ..server.app_state import AppState
from ..server.protocol import PLACE, Answer
from ..server.rules import ACTIONS
from ..server.settings import by_the_call
from .choices import choices
from .component import component, packed


def connect(app_state: AppState, functions: list[Callable[[Any], Any]]) -> Mapping[str, plain.Function]:
    """Make the component; `functions` of the server are what the scripts call by their names.

    Returns what is served at the page's own addresses, by name: nothing where the scripts ask by Gradio's events.
    """
    shown, lent = actions.opening(app_state), by_the_call()
    opening = {
        "lists": choices(app_state),
        "limit": app_state.settings.bytes_of("max_file_mb"),
        "colours": payload.colours(),
        "names": class_names.offer(),
        "cards": cards.offer(app_state.settings),
        "strip": shown["strip"],
        "answer": shown["answer"],
        "version": __version__,
        "privacy": hosts.privacy(app_state.settings),
        "hub": app_state.hub,
        "minutes": app_state.settings.keep_files_minutes,
        "place": "" if lent else PLACE,
    }
    wire = component(
        "connection.js",
        shown["wish"],
        name="Connection",
        events=("more",),
        elem_classes="cam-connection",
        server_functions=functions if lent else None,
        **packed({"opening": opening, "answer": None}),
    )
    if lent:
        _listen(wire, app_state)
        return {}
    own = {name: partial(getattr(actions, name), app_state) for name in ACTIONS}
    return {**own, **plain.without_session(functions)}


def _listen(wire: gr.HTML, app_state: AppState) -> None:
    """Carry out what comes by Gradio's events."""

    async def show(value: dict, request: gr.Request) -> Any:
        return _as_update(await actions.act(app_state, value, request.session_hash or ""))

    async def show_more(value: dict, request: gr.Request) -> Any:
        return _as_update(await actions.more(app_state, value, request.session_hash or ""))

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
