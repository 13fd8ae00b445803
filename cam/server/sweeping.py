"""The folder of all that visitors send and get: the page's own, and nothing stays in it for longer than it should.

Gradio writes uploads, parts of uploads, overlays and placeholders there, and forgets what it wrote when it ends. So the
folder is swept by the age of its files, at start and then all the time. Knows files; knows no visitors.
"""

from __future__ import annotations

import logging
import math
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ..messages import Message

_NAME = "cam-explorer"
_EVERY = (1.0, 20.0)  # seconds between two sweeps, at least and at most
_PART_SECONDS = 180.0  # a part of an upload that has not grown for so long is broken off
_EMPTY_SECONDS = 60.0  # an empty folder may be about to get its file
_RESERVE = 2**20  # bytes that stay free on the disk: for the log, and for deleting
NO_ROOM = Message("no-room", "The server has no room for this at the moment. Try again later.")
_log = logging.getLogger(__name__)


def has_room(folder: Path, count: int) -> bool:
    """Whether `count` bytes find a place on the disk of a folder."""
    try:
        return shutil.disk_usage(folder).free >= count + _RESERVE
    except OSError:  # no folder, or no descriptor to look with: writing will tell
        return True


def own_folder() -> Path:
    """Make the page's folder in `GRADIO_TEMP_DIR` or the system's, and tell Gradio to use it.

    Raises `OSError` where it cannot be made, or is somebody else's.
    """
    given = os.environ.get("GRADIO_TEMP_DIR")
    folder = Path(given or tempfile.gettempdir()).resolve()
    if folder.name != _NAME:
        folder /= _NAME if given or not hasattr(os, "getuid") else f"{_NAME}-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(
            f"{folder} cannot be made ({error.strerror}): set GRADIO_TEMP_DIR to another folder."
        ) from None
    found = folder.lstat()
    if stat.S_ISLNK(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
        raise PermissionError(f"{folder} belongs to somebody else: set GRADIO_TEMP_DIR to a folder of your own.")
    folder.chmod(0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    with suppress(OSError):  # Gradio makes it when it is imported, and the page has no use for it
        (folder.parent / "vibe_edit_history").rmdir()
    return folder


def sweep(folder: Path, seconds: float, most_bytes: float = float("inf"), now: float | None = None) -> int:
    """Delete what is older than `seconds`, then the oldest files until the rest has at most `most_bytes`.

    Broken parts of uploads go sooner, and folders once they are empty. Returns how many bytes are left.
    """
    now = time.time() if now is None else now
    kept = []
    for path, found in _files(folder):
        age = now - found.st_mtime
        part = path.parent == folder  # Gradio gives a file that is complete a folder of its own
        if age >= seconds or (part and age >= min(seconds, _PART_SECONDS)):
            _remove(path)
        else:
            kept.append((found.st_mtime, found.st_size, path))
    left = sum(size for _, size, _ in kept)
    for _, size, path in sorted(kept):
        if left <= most_bytes:
            break
        _remove(path)
        left -= size
    _remove_empty(folder, now - min(seconds, _EMPTY_SECONDS) if seconds > 0 else math.inf)
    return left


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """All files, links and whatever else is no folder, without following links."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            try:
                yield path, path.lstat()
            except OSError:  # gone meanwhile
                continue


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("A file of a visitor could not be deleted: %s", error.strerror)


def _remove_empty(folder: Path, before: float) -> None:
    """Delete empty folders that were not touched since `before`; links to folders, too."""
    for place, names, _ in os.walk(folder, topdown=False):
        for name in names:
            path = Path(place, name)
            try:
                if path.is_symlink():
                    path.unlink()
                elif path.stat().st_mtime <= before:
                    path.rmdir()
            except OSError:  # it is not empty, or gone
                continue


class Sweeper:
    """Sweeps a folder at once and then again and again, on a thread of its own, until it is stopped."""

    def __init__(self, folder: Path, seconds: float, most_bytes: float) -> None:
        self.folder, self._seconds, self._most_bytes = folder, seconds, most_bytes
        self._stopped = threading.Event()
        sweep(folder, seconds, most_bytes)
        threading.Thread(target=self._run, name="sweeping", daemon=True).start()

    def _run(self) -> None:
        pause = min(max(self._seconds / 20, _EVERY[0]), _EVERY[1])
        while not self._stopped.wait(pause):
            try:
                sweep(self.folder, self._seconds, self._most_bytes)
            except Exception:  # the next sweep may work
                _log.exception("Sweeping failed")

    def stop(self, *, delete: bool = False) -> None:
        """End the sweeping; `delete` everything where the page does not come back."""
        self._stopped.set()
        if delete:
            sweep(self.folder, 0.0)
