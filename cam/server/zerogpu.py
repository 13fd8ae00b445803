"""A GPU that is lent by the call, as on ZeroGPU Spaces: work goes to a process that has it for a moment.

There the page's own process has no GPU: it keeps its models on the CPU, opens on its example and hands out work. What
crosses to the other process and back are plain values; models, traces and maps are kept by an `AppState` over there, as
long as that process lives. Work that runs there learns from small files that its visitor stopped it or does something
else. Everywhere else a function runs where it is called. Knows workbenches; knows no methods.
"""

from __future__ import annotations

import atexit
import functools
import inspect
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from ..models.load import Model
from ..passes.store import Store
from .app_state import AppState
from .sessions import Sessions, Superseded
from .settings import MIB, Settings, SettingsError, by_the_call, read_settings

_FILES = 4096  # at most; two pages that share one may miss a word

Function = TypeVar("Function", bound=Callable[..., Any])


def own_app_state(settings: Settings, own: Mapping[str, Model] | None = None) -> AppState:
    """Return the state of the page's own process; `own` as for `AppState`.

    Raises `SettingsError` for networks of one's own where the GPU is lent by the call: over there is another process.
    """
    if not by_the_call():
        return AppState(settings, own=own)
    if own:
        raise SettingsError(
            "Networks of one's own need a GPU of the page's own process, or none: unset SPACES_ZERO_GPU."
        )
    limits: dict[str, Any] = {
        "model_bytes": settings.model_cache_mb * MIB,
        "trace_bytes": settings.trace_bytes,
    }
    return AppState(settings, store=Store(**limits, device="cpu"), sessions=ReportedSessions(_folder()))


class ReportedSessions(Sessions):
    """Open pages whose latest action, and whether it was stopped, other processes read from files in `folder`."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def begin(self, session: str, request_id: int, steps: Iterator[Any]) -> None:
        """Start the work of an action and tell so."""
        super().begin(session, request_id, steps)
        self._tell(session, request_id, "")

    def stop(self, session: str, request_id: int) -> None:
        """Ask the work of this request_id to end, if it is still the latest, and tell so."""
        super().stop(session, request_id)
        if super().stopped(session, request_id):
            self._tell(session, request_id, "stopped")

    def check(self, session: str, request_id: int) -> None:
        """Raise `Superseded` when the session has a later request_id than this one."""
        super().check(session, request_id)
        if self._told(session)[0] > request_id:
            raise Superseded

    def stopped(self, session: str, request_id: int) -> bool:
        """Whether the work of this request_id was asked to end."""
        return self._told(session) == (request_id, "stopped")

    def _file(self, session: str) -> Path:
        return self._folder / f"{zlib.crc32(session.encode()) % _FILES}"

    def _tell(self, session: str, request_id: int, word: str) -> None:
        file = self._file(session)
        new = file.with_suffix(".new")
        new.write_text(json.dumps([session, request_id, word]), encoding="utf-8")
        new.replace(file)

    def _told(self, session: str) -> tuple[int, str]:
        try:
            name, request_id, word = json.loads(self._file(session).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return 0, ""
        return (request_id, word) if name == session else (0, "")


@functools.cache
def _folder() -> Path:
    """The folder of the files, made before any work is handed over, so that both processes know it."""
    folder, mine = Path(tempfile.mkdtemp(prefix="cam-told-")), os.getpid()

    @atexit.register
    def remove() -> None:
        if os.getpid() == mine:  # and not another process that was forked from it
            shutil.rmtree(folder, ignore_errors=True)

    return folder


@functools.cache
def _over_there() -> AppState:
    """The state of the process that has the GPU, made with the first work that comes."""
    return AppState(read_settings(), sessions=ReportedSessions(_folder()))


def on_gpu(function: Function) -> Function:
    """Run a function of an `AppState` and plain values, or a generator of plain values, where the GPU is."""
    if not by_the_call():
        return function
    import spaces  # pyright: ignore[reportMissingImports]  # there only where the GPU is lent by the call

    def streamed(*values: Any) -> Iterator[Any]:
        yield from function(_over_there(), *values)

    def at_once(*values: Any) -> Any:
        return function(_over_there(), *values)

    work = spaces.GPU(streamed if inspect.isgeneratorfunction(function) else at_once)

    @functools.wraps(function)
    def handed_over(app_state: AppState, *values: Any) -> Any:
        return work(*values)

    return cast("Function", handed_over)
