"""The Explore tab: what happens when a page acts or comes for more, and the layout around it.

Handlers above, layout below. Handlers take and give plain values; `build` and what it wires alone know Gradio.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import gradio as gr

from ... import MODELS
from ...server import finer, journal, payload, strip
from ...server.answers import Answer, answers, failed, gpu_answers, numbered, ticket_of
from ...server.app_state import AppState
from ...server.scheduler import Busy
from ...server.sessions import Superseded
from ..choices import choices
from ..component import packed
from ..controls import controls as controls_of
from ..explorer import explorer as explorer_of

_REST = (1.0, 16.0)  # seconds until the page comes again for what others keep from being made, at least and at most
_GIVEN_UP = "This was given up because the page was silent for a while. Choose once more to start again."
_FIT = "squeeze"


def begin(app_state: AppState, value: Mapping[str, Any], session: str) -> None:
    """Note an action as soon as it comes: what the visitor wanted before ends. It is carried out by `proceed`."""
    with suppress(Superseded):
        app_state.sessions.begin(session, ticket_of(value), gpu_answers(app_state, value, session))


def proceed(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer:
    """Return the next answer to an action, the first one at first; empty when a later action came in between."""
    ticket = ticket_of(value)
    try:
        answer = app_state.sessions.advance(session, ticket)
        if answer is None:  # the page was silent for so long that the work was given up
            answer = numbered(failed(_GIVEN_UP, "choice"), ticket)
        found = answer["controls"]["answer"]
        app_state.sessions.send(session, ticket, found.get("shown", {}), found.get("prefetch", False))
        if found.get("prefetch") and not app_state.scheduler.idle:
            found["after"] = _later(app_state)
    except Superseded:
        return {}
    return answer


def rest(app_state: AppState, value: Mapping[str, Any], session: str) -> Answer | None:
    """Return the answer to a page that comes for what nobody waits for while others wait; None where it may come."""
    ticket = ticket_of(value)
    if app_state.scheduler.idle or not app_state.sessions.prefetch(session, ticket):
        return None
    answer = {"more": True, "after": _later(app_state), "seq": ticket, "step": f"rest {time.monotonic()}"}
    return {"explorer": {}, "controls": {"answer": answer}}


def _later(app_state: AppState) -> float:
    """Seconds until there may be time: the more are here, the later."""
    return min(max(app_state.scheduler.load, _REST[0]), _REST[1])


def stop(app_state: AppState, value: Mapping[str, Any], session: str) -> None:
    """End what runs for this visitor with what it has."""
    app_state.sessions.stop(session, ticket_of(value))


def opening(app_state: AppState) -> Answer:
    """The finished example that the page opens on: what both components show before any request."""
    value = {"photo": {"example": next(iter(app_state.photos.examples))}, "fit": _FIT}
    value |= {"model": app_state.store.model(next(iter(MODELS))).name}
    shown: Answer = {"explorer": {}, "controls": {}}
    found: dict[str, Any] = {}
    for answer in answers(app_state, value, "opening"):
        shown["explorer"].update(answer["explorer"])
        found.update(answer["controls"]["answer"])
    if "error" in found:
        raise RuntimeError(f"The page's first example cannot be shown: {found['error']}")
    shown["explorer"]["value"]["seconds"] = 0  # nobody waited for it
    request = strip.StripRequest.read({**found["state"], "class": shown["explorer"]["value"]["class"]})
    shown["explorer"]["strip"] = strip.made(app_state, request)
    shown["controls"]["answer"] = found
    shown["controls"]["value"] = {**found["state"], "shown": found["shown"], "ticket": 0}
    return shown


def outcome_of(answer: Answer) -> str:
    """How an action ended, in a word for the log."""
    found = answer.get("controls", {}).get("answer", {})
    return "refused" if "error" in found else "ok" if found else "overtaken"


def shown_as(answer: Answer) -> tuple[Any, Any]:
    """An answer as Gradio takes it: what changes in the picture and in the controls."""
    explorer, controls = (answer.get(name) for name in ("explorer", "controls"))
    return (
        gr.update(**packed(explorer)) if explorer else gr.skip(),
        gr.update(**packed(controls)) if controls else gr.skip(),
    )


def build(app_state: AppState) -> None:
    """Lay out the tab and connect it."""
    shown = opening(app_state)

    async def layer_strip(value: Any) -> Any:
        return await strip.strip_of(app_state, value)

    async def detail_survey(value: Any) -> Any:
        return await finer.details_of(app_state, value)

    with gr.Row(elem_classes="cam-explore"):
        with gr.Column(elem_classes="cam-left"):
            value = shown["controls"].pop("value")
            lists = {"limit": app_state.settings.bytes_of("max_file_mb"), **choices(app_state)}
            properties = packed({**lists, **shown["controls"]})
            controls = controls_of(value, **properties, server_functions=[detail_survey])
        with gr.Column(elem_classes="cam-main"):
            explorer = explorer_of(**packed({**payload.colours(), **shown["explorer"]}), server_functions=[layer_strip])

    async def reply(value: dict, session: str, *, background: bool) -> Answer:
        answer = rest(app_state, value, session) if background else None
        try:
            return answer or await app_state.scheduler.run(proceed, app_state, value, session, background=background)
        except Busy as error:
            return numbered(failed(str(error), "choice"), ticket_of(value))

    async def show(value: dict, event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        if event.target is explorer:
            value = {**value, "class": event.index}
        begin(app_state, value, request.session_hash or "")
        start = time.perf_counter()
        answer = await reply(value, request.session_hash or "", background=False)
        journal.action("look", outcome_of(answer), time.perf_counter() - start, value.get("model"), value.get("method"))
        return shown_as(answer)

    async def show_more(value: dict, request: gr.Request) -> tuple[Any, Any]:
        return shown_as(await reply(value, request.session_hash or "", background=True))

    def end(value: dict, request: gr.Request) -> None:
        stop(app_state, value, request.session_hash or "")

    # Not queued: each request brings its own answer. Gradio's queue sends all answers through one stream that it closes
    # when it is idle, and an action that comes at that moment loses its answer.
    direct = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden", "api_visibility": "private"}
    gr.on([controls.input, explorer.select], show, inputs=controls, outputs=[explorer, controls], **direct)
    controls.more(show_more, inputs=controls, outputs=[explorer, controls], **direct)
    explorer.stop(end, inputs=controls, **direct)
