"""Downloads: one transfer of a file for all who want it, checked, with progress, and its faults in plain words.

Knows HTTP, disks and checksums; knows nothing about networks.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import math
import shutil
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from ..errors import WeightsError
from ..messages import Message
from . import catalogue

Progress = Callable[[int, int], None]  # bytes done, bytes in total

TIMEOUT = 15.0  # seconds without an answer, to connect and between two pieces
REPORT_EVERY = 0.1  # seconds between two calls of `progress`


class Entry(Protocol):
    """What can be fetched: the name of its file, a title for people, its size, and where it lies once it is here."""

    @property
    def file(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def size_mb(self) -> float: ...
    def local_file(self) -> Path | None: ...


class _Transfer:
    """The one download of a file: whoever else wants it waits here and sees the same numbers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done, self.total = 0, 0

    @contextmanager
    def turn(self, progress: Progress | None) -> Iterator[None]:
        """Wait for the lock; `progress` is called meanwhile and may stop the waiting."""
        while not self.lock.acquire(timeout=REPORT_EVERY):
            if progress and self.total:
                progress(self.done, self.total)
        try:
            yield
        finally:
            self.done, self.total = 0, 0
            self.lock.release()


class _Stopped(Exception):
    """Carries what `progress` raised, the `reason`, past the handlers of network errors."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(reason)
        self.reason = reason


class Unusable(Exception):
    """What arrived is not what was asked for; `said` goes on after "because"."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.said = reason


_transfers: dict[str, _Transfer] = {}


def obtain(entry: Entry, fetched: Callable[[Any, Progress], Path], progress: Progress | None = None) -> Path:
    """Fetch the file of an entry by `fetched(entry, report)`, once for all threads that ask; where it lies already,
    nothing is fetched. Raises `WeightsError`, and what `progress` raises.
    """
    transfer = _transfers.setdefault(entry.file, _Transfer())
    with transfer.turn(progress):
        try:
            return entry.local_file() or fetched(entry, _meter(entry, transfer, progress))
        except _Stopped as stopped:
            raise stopped.reason from None
        except Exception as error:
            raise missing(entry, reason_of(error)) from error


def _meter(entry: Entry, transfer: _Transfer, progress: Progress | None) -> Progress:
    """Keep the numbers where waiting threads see them, and pass them on every so often."""
    last = -math.inf

    def report(done: int, total: int) -> None:
        nonlocal last
        transfer.done, transfer.total = done, total or max(done, round(entry.size_mb * 1e6))
        now = time.monotonic()
        if progress is None or (done < transfer.total and now - last < REPORT_EVERY):
            return
        last = now
        try:
            progress(transfer.done, transfer.total)
        except BaseException as error:
            raise _Stopped(error) from error

    return report


def download(url: str, target: Path, digest: str, report: Progress) -> Path:
    """Stream `url` into a file beside `target`, check its length and SHA-256, then rename it; nothing partial stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    request = urllib.request.Request(url, headers={"User-Agent": "cam-explorer"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response, partial.open("xb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            if shutil.disk_usage(target.parent).free < total:
                raise OSError(errno.ENOSPC, "too little space for the whole file")
            done, content = 0, hashlib.sha256()
            report(0, total)
            while piece := response.read1(1 << 20):
                file.write(piece)
                content.update(piece)
                done += len(piece)
                report(done, total)
        if total and done != total:
            raise Unusable(
                Message(
                    "weights-broken-off",
                    "the connection broke off after {done:.0f} of {total:.0f} MB",
                    done=done / 1e6,
                    total=total / 1e6,
                )
            )
        if not content.hexdigest().startswith(digest):
            raise Unusable(
                Message("weights-checksum", "the file that arrived is not the published one: its checksum differs")
            )
        partial.replace(target)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection, and whoever keeps the error would keep that too
        raise
    finally:
        partial.unlink(missing_ok=True)
    return target


def writable(folder: Path) -> Path:
    """The folder itself where a file can be made in it, otherwise one below the system's temporary folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        folder = catalogue.fallback_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


# Errors -------------------------------------------------------------------------------------------------------------


_BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, http.client.HTTPException)


def missing(entry: Entry, reason: Message) -> WeightsError:
    """The error that the weights of an entry cannot be had; `reason` follows "because"."""
    *others, last = (bundled.title for bundled in catalogue.BUNDLED)
    return WeightsError(
        "weights-missing",
        "The weights of {title} ({megabytes:.0f} MB) cannot be had, because {reason}; {others} and {last} work without "
        "a download.",
        title=entry.title,
        megabytes=entry.size_mb,
        reason=reason,
        others=others,
        last=last,
    )


def reason_of(error: BaseException) -> Message:
    """What went wrong on the way, in plain words that follow "because"."""
    chain = list(_causes(error))
    numbers = {link.errno for link in chain if isinstance(link, OSError)}
    names = " ".join(type(link).__name__ for link in chain)
    if unusable := next((link for link in chain if isinstance(link, Unusable)), None):
        return unusable.said
    if "OfflineModeIsEnabled" in names:
        return Message("weights-offline", "HF_HUB_OFFLINE forbids to ask the Hugging Face Hub")
    if status := next(filter(None, map(_status, chain)), None):
        return Message("weights-status", "the server answered {status}", status=status)
    if numbers & {errno.ENOSPC, errno.EDQUOT}:
        return Message("weights-disk-full", "the disk is full")
    if numbers & {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}:
        return Message("weights-no-folder", "no folder for them can be written")
    if "Timeout" in names:
        return Message("weights-late", "the server did not answer within {seconds:g} seconds", seconds=TIMEOUT)
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return Message("weights-certificate", "the server's certificate could not be checked")
    if any(isinstance(link, _BROKEN) for link in chain) or "RemoteProtocol" in names:
        return Message("weights-connection", "the connection broke off")
    if any(isinstance(link, urllib.error.URLError) for link in chain) or "ConnectError" in names:
        return Message("weights-no-connection", "there is no connection to the server")
    return Message("weights-failed", "the download failed ({type})", type=type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        reason = getattr(error, "reason", None)  # urllib keeps the cause here
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__


def _status(error: BaseException) -> str:
    """The HTTP status that an error reports, as "404 (Not Found)"; empty when it reports none."""
    code = getattr(error, "code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if not isinstance(code, int) or code not in list(http.HTTPStatus):
        return ""
    return f"{code} ({http.HTTPStatus(code).phrase})"
