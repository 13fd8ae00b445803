"""The Live tab: each frame of a visitor's camera is explained as it comes, and forgotten.

Handlers above, layout below. Frames pass the caches by: they come once, and would push out what others look at.
"""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from ... import METHODS, CamError, ImageError, TargetError, WeightsError, explain, trace
from ...messages import Message
from ...models.catalogue import LOADABLE
from ...photos.images import open_plain
from ...server import journal, payload
from ...server.app_state import AppState
from ...server.class_names import labels_id
from ...server.protocol import outdated, said
from ...server.scheduler import Scheduler
from ...server.zerogpu import on_gpu
from ..component import component, packed

TOP = 5
MAX_BYTES = 512 * 1024  # of a frame's file
MAX_PIXELS = 1024 * 1024
AT_A_TIME = 2  # frames of all visitors: the other tab waits for a model behind these at most
_METHOD = next(iter(METHODS))
_BROKEN = Message(
    "frame-broken", "Something went wrong on the server. Start the camera again, or choose another model."
)
_log = logging.getLogger(__name__)

Answer = dict[str, Any]


async def looked_at(app_state: AppState, frames: Scheduler, value: Any) -> Answer:
    """Explain one frame: `value` {"frame": base64 of an image file, "model", "class": int | None for the top class}.

    Returns {"class", "probability", "top": [[index, label, probability]], "map": base64 of float32 (h, w), signed,
    "shape": [h, w], "input": [W, H], "layer", "labels": whose classes they are, "seconds"}, or
    {"error": a `protocol.Said`}.
    """
    try:
        value = value if isinstance(value, Mapping) else {}
        content, name, wanted = _file(value.get("frame")), str(value.get("model") or ""), _class(value.get("class"))
        if name not in app_state.store.models:  # the others' frames do not wait until it is loaded
            await app_state.scheduler.run(_load, app_state, name)
        answer = await frames.run(_explained, app_state, name, content, wanted)
        journal.repeated("frames", "ok", name)
        return answer
    except CamError as error:
        journal.repeated("frames", "refused")
        return {"error": said(error.message)}
    except Exception:
        _log.exception("A frame failed")
        return {"error": said(_BROKEN)}


def _file(frame: Any) -> bytes:
    if not isinstance(frame, str) or len(frame) > MAX_BYTES * 4 // 3:
        raise ImageError(
            "frame-kind", "A frame is the base64 of an image file of at most {limit} KiB.", limit=MAX_BYTES // 1024
        )
    try:
        return base64.b64decode(frame, validate=True)
    except binascii.Error:
        raise ImageError("frame-damaged", "The frame arrived damaged. Start the camera again.") from None


def _class(wanted: Any) -> int | None:
    if wanted is not None and (isinstance(wanted, bool) or not isinstance(wanted, int)):
        raise TargetError("frame-class", "A class is a whole number, not {value!r}.", value=str(wanted)[:40])
    return wanted


def _load(app_state: AppState, name: str) -> None:
    """Load a model whose weights are on this machine: a frame starts no download."""
    app_state.check_offered(name)
    if not LOADABLE[name].available():
        raise WeightsError(
            "weights-fetch-first",
            "The weights of {model} are not on this machine. Fetch them in Explore first.",
            model=LOADABLE[name].title,
        )
    app_state.store.model(name)


@on_gpu
def _explained(app_state: AppState, name: str, content: bytes, wanted: int | None) -> Answer:
    start = time.perf_counter()
    seen = trace(app_state.store.model(name), open_plain(content, max_pixels=MAX_PIXELS))
    explanation = explain(seen, _METHOD, wanted)
    return {
        "class": explanation.class_index,
        "probability": float(seen.model.probabilities(seen.logits)[explanation.class_index]),
        "top": [[one.index, one.label, one.probability] for one in seen.top(TOP)],
        "map": payload.encoded(explanation.raw, "float32"),
        "shape": list(explanation.raw.shape),
        "input": list(seen.view.input),
        "layer": seen.layer,
        "labels": labels_id(seen.model.labels),
        "seconds": round(time.perf_counter() - start, 4),
    }


def models(app_state: AppState) -> list[dict[str, str]]:
    """The models whose weights are on this machine, as plain values."""
    return [{"name": name, "title": spec.title} for name, spec in app_state.models.items() if spec.available()]


def functions(app_state: AppState) -> list[Callable[[Any], Any]]:
    """What the tab's scripts call: each frame is one plain request, which takes no place in the queue."""
    frames = Scheduler(AT_A_TIME, app_state.settings.queue_size)

    async def explain_frame(value: Any) -> Answer:
        return outdated(value) or await looked_at(app_state, frames, value)

    def models_here(_value: Any) -> list[dict[str, str]]:
        return models(app_state)

    return [explain_frame, models_here]


def build(app_state: AppState) -> None:
    """Lay out the tab: the live picture, the frame that was explained last, and its predictions."""
    with gr.Row(elem_classes="cam-live"):
        component("live/main.js", name="Live", **packed({"models": models(app_state), "method": _METHOD}))
