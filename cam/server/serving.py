"""Serving the page: it is opened, watched, and ended as a host expects it.

SIGTERM or Ctrl-C: no new work is taken, open pages are told, running answers end within the grace, then the process
ends with 0. A second signal ends it at once. Knows processes and signals; knows no models.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder
from starlette.middleware import Middleware

from . import journal, mcp, plain
from .app_state import AppState
from .door import Door, Gate
from .health import health
from .memory import give_back
from .rules import Rules
from .settings import Settings
from .sweeping import Sweeper

_POLL = 0.05  # seconds
_CALM = 0.4  # seconds without an answer: an action's next answer is asked for sooner than that
_LAST = 2.0  # seconds for what does not end by itself
_QUIET = 30.0  # seconds without anybody after which memory is given back
_GIVE_BACK = 60.0  # seconds between two times otherwise
_SPARED = 64  # files that are left for other things than connections


class Signals:
    """The signals that ask the process to end: `number` is the first one; a second one ends it at once."""

    def __init__(self) -> None:
        self.number = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._heard)

    def _heard(self, number: int, _frame: Any) -> None:
        if self.number:
            os._exit(128 + number)
        self.number = number

    def wait(self, meanwhile: Callable[[], None]) -> int:
        """Wait for the first signal and return it; call `meanwhile` again and again."""
        while not self.number:
            time.sleep(_POLL)
            meanwhile()
        return self.number


class _Giver:
    """Gives free memory back: once when nobody has been here for a while, and now and then as long as somebody is.

    When nobody is here recorded passes go first: one is made anew within a pass, and they are the largest of what lies
    scattered between free pieces.
    """

    def __init__(self, app_state: AppState) -> None:
        self._app_state, self._last, self._rests = app_state, time.monotonic(), False

    def look(self) -> None:
        """Give back what is free, if it is time."""
        rested, self._rests = self._rests, self._app_state.scheduler.quiet >= _QUIET
        if self._rests and not rested:
            self._app_state.stopped.clear()
            self._app_state.store.passes.clear()
        elif time.monotonic() - self._last < _GIVE_BACK:
            return
        give_back()
        self._last = time.monotonic()


def serve(page: Any, options: dict[str, Any], settings: Settings, sweeper: Sweeper) -> None:
    """Open a page that `build_page` built, and return when it has ended; `options` are those of `launch`."""
    gate = Gate(settings, Rules(page, Path(get_upload_folder())), partial(health, page.app_state))
    signals = Signals()
    most = _open_files()
    app = {**options.pop("app_kwargs", {})}
    app["middleware"] = [Middleware(Door, gate=gate), *app.get("middleware", [])]
    app["routes"] = [*plain.routes(page.functions), *app.get("routes", ())]
    page.launch(prevent_thread_lock=True, app_kwargs=app, **options)
    if page.mcp_server_obj:
        mcp.mend(page.mcp_server_obj)
    page.server.config.limit_concurrency = most  # connections; one more is answered with 503
    journal.quiet_server()
    journal.quiet_gradio()
    # Half a million objects of the libraries stay for ever. As long as Python counts them among those that may go, it
    # looks so rarely for circles to collect that thousands of finished answers pile up.
    gc.freeze()
    number = signals.wait(_Giver(page.app_state).look)
    gate.close()
    end = time.monotonic() + settings.grace_seconds
    while time.monotonic() < end and gate.idle < _CALM:
        time.sleep(_POLL)
    page.server.force_exit = gate.active > 0
    last = threading.Timer(_LAST, os._exit, [0])  # threads that still work would keep the process
    last.daemon = True
    last.start()
    sweeper.stop(delete=number == signal.SIGINT)  # after SIGTERM the page may come back, and its photos with it
    page.close(verbose=False)
    sys.exit(0)


def _open_files() -> int:
    """Raise the number of files that may be open as far as is allowed; returns how many connections that allows."""
    most = 1024
    with suppress(ImportError, OSError, ValueError):  # Windows has none
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = hard if hard != resource.RLIM_INFINITY else max(soft, 65536)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(32, min(most - _SPARED, 20_000) * 3 // 4)
