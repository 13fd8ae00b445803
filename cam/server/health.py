"""What `/health` says: whether the page works and how much it has to do. Nothing in it is about a visitor."""

from __future__ import annotations

import time
from typing import Any

from .. import __version__
from ..models.catalogue import LOADABLE
from .app_state import AppState
from .memory import memory

_STARTED = time.monotonic()


def health(app_state: AppState) -> dict[str, Any]:
    """Return version, the models that are loaded, requests under way (on average lately), and memory in MiB."""
    return {
        "status": "ok",
        "version": __version__,
        "model": next(iter(app_state.models)),
        "loaded": next(iter(app_state.models)) in app_state.store.models,
        "models": [name for name in LOADABLE if name in app_state.store.models],
        "load": round(app_state.scheduler.load, 2),
        "memory_mb": round(memory() / 2**20),
        "seconds": round(time.monotonic() - _STARTED),
    }
