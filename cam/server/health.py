"""What `/health` says: whether the page works and how much it has to do. Nothing in it is about a visitor."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from .. import MODELS, __version__
from .app_state import AppState

_STARTED = time.monotonic()


def health(app_state: AppState) -> dict[str, Any]:
    """Return version, the models that are loaded, requests under way (on average lately), and memory in MiB."""
    return {
        "status": "ok",
        "version": __version__,
        "model": next(iter(MODELS)),
        "loaded": next(iter(MODELS)) in app_state.store.models,
        "models": [name for name in MODELS if name in app_state.store.models],
        "load": round(app_state.scheduler.load, 2),
        "memory_mb": round(memory() / 2**20),
        "seconds": round(time.monotonic() - _STARTED),
    }


def give_back() -> None:
    """Give memory that is free back to the system; the allocator keeps it for the next map, among pieces in use."""
    gc.collect()
    with suppress(AttributeError, OSError):  # only glibc has the function
        ctypes.CDLL(None).malloc_trim(0)


def memory() -> int:
    """What this process holds in memory, in bytes; where the system does not tell, the most it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
