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

from ... import (
    METHODS,
    CamError,
    Explanation,
    ImageError,
    TargetError,
    Trace,
    WeightsError,
    default_method,
    explain,
    trace,
)
from ...messages import Message
from ...photos.images import open_plain
from ...server import findings, journal, payload
from ...server.app_state import AppState
from ...server.class_names import labels_id
from ...server.protocol import outdated, said
from ...server.scheduler import Scheduler
from ...server.zerogpu import on_gpu
from ..component import component, packed

TOP = 5
MOST = 12  # findings of a frame that are sent
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
    "shape": [h, w], "input": [W, H], "layer", "method", "labels": whose classes they are, "seconds"}, or
    {"error": a `protocol.Said`}. Of a network that finds things comes what `_found` adds: there `value` may have the
    "box" that was followed so far, [left, top, right, bottom] in parts of the frame.
    """
    try:
        value = value if isinstance(value, Mapping) else {}
        content, name, wanted = _file(value.get("frame")), str(value.get("model") or ""), _class(value.get("class"))
        box = _box(value.get("box"))
        if not app_state.store.holds(name):  # the others' frames do not wait until it is loaded
            await app_state.scheduler.run(_load, app_state, name)
        answer = await frames.run(_explained, app_state, name, content, wanted, box)
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


def _box(box: Any) -> list[float] | None:
    fits = (
        isinstance(box, list) and len(box) == 4 and all(isinstance(one, int | float) and 0 <= one <= 1 for one in box)
    )
    if box is not None and not fits:
        raise TargetError("frame-box", "A box to follow is four numbers from 0 to 1, not {value}.", value=str(box)[:40])
    return box


def _load(app_state: AppState, name: str) -> None:
    """Load a model whose weights are on this machine: a frame starts no download."""
    found = app_state.spec(name)
    if not found.available():
        raise WeightsError(
            "weights-fetch-first",
            "The weights of {model} are not on this machine. Fetch them in Explore first.",
            model=found.title,
        )
    app_state.store.model(name)


@on_gpu
def _explained(
    app_state: AppState, name: str, content: bytes, wanted: int | None, box: list[float] | None = None
) -> Answer:
    start = time.perf_counter()
    seen = trace(app_state.store.model(name), open_plain(content, max_pixels=MAX_PIXELS))
    answer = {
        **(_classes(seen, wanted) if seen.listed is None else _found(seen, wanted, box)),
        "input": list(seen.view.input),
        "layer": seen.layer,
        "labels": labels_id(seen.model.labels),
    }
    return {**answer, "seconds": round(time.perf_counter() - start, 4)}


def _classes(seen: Trace, wanted: int | None) -> Answer:
    explanation = explain(seen, _METHOD, wanted)
    return {
        "class": explanation.class_index,
        "probability": float(seen.model.probabilities(seen.logits)[explanation.class_index]),
        "top": [[one.index, one.label, one.probability] for one in seen.top(TOP)],
        **_map(explanation),
    }


def _found(seen: Trace, wanted: int | None, box: list[float] | None) -> Answer:
    """What a network found in a frame of `size` [W, H]: the `findings`, each a `protocol.Finding`; `number` of the one
    that is explained, the most confident where none is of the class `wanted`: it is `followed` then no more.

    Where nothing stands out there is no map.
    """
    answer: Answer = {"findings": [], "number": -1, "followed": wanted is None, "size": list(seen.view.size)}
    answer |= {"top": [], "map": "", "shape": [0, 0], "method": _METHOD, "class": -1, "probability": 0.0}
    if wanted is not None:
        seen.model.reader.task.check(wanted, seen.model.labels)
    if not seen.top(1):
        return answer
    number, held = (0, True) if wanted is None else findings.followed(seen, wanted, box)
    one = (seen.listed or [])[number]
    own = default_method(seen)
    told = (findings.told(seen) or [])[: max(MOST, number + 1)]
    return answer | {
        "findings": told,
        "number": number,
        "followed": held,
        "class": one.index,
        "probability": one.probability,
        **_map(explain(seen, _METHOD if METHODS[own].streams else own, one)),
    }


def _map(explanation: Explanation) -> Answer:
    raw = explanation.raw
    return {"map": payload.encoded(raw, "float32"), "shape": list(raw.shape), "method": explanation.method}


def models(app_state: AppState) -> list[dict[str, str]]:
    """The models whose weights are on this machine, as plain values."""
    here = {name: spec for name, spec in app_state.offered.items() if spec.available()}
    return [{"name": name, "title": spec.title, "task": spec.task} for name, spec in here.items()]


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
        component("live/main.js", name="Live", **packed({"models": models(app_state)}))
