"""A model of the Hugging Face Hub that a visitor asks for by its id: what it is, before anything large is fetched.

Knows plain values; fetches no weights.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool

from ..messages import Message
from .app_state import AppState
from .aside import Answer, answered

_PLACES = threading.BoundedSemaphore(4)  # questions at a time: each may wait for the Hub
_BROKEN = Message("hub-broken", "The Hugging Face Hub could not be asked. Try again.")


async def looked(app_state: AppState, value: Any) -> Answer:
    """Return what a model of the Hub is: `value` {"id": owner/name}.

    Returns {"model": as the page's list has it, "licence": as its publisher names it, "why": a `protocol.Said` where
    the page cannot show it, or ""}; {"busy": True} when others are being answered; {"error": a `protocol.Said`}.
    """
    name = str(value.get("id") or "") if isinstance(value, Mapping) else ""
    return await answered(run_in_threadpool(_looked, app_state, name), _BROKEN)


def _looked(app_state: AppState, name: str) -> Answer:
    if not _PLACES.acquire(blocking=False):
        return {"busy": True}
    try:
        found = app_state.look_up(name)
    finally:
        _PLACES.release()
    model = {
        "name": found.name,
        "title": found.title,
        "group": "",
        "task": found.task,
        "here": found.available(),
        "own": False,
        "size": round(found.size_mb),
    }
    return {"model": model, "licence": found.licence}
