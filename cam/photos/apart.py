"""Files that are not plainly ordinary are opened apart: in a process of their own, with limits of memory and time.

Each such file gets a fresh Python process that has numpy, Pillow and the modules of this package that decode, and no
PyTorch and no Gradio: it starts in a fifth of a second, holds nothing of anybody else, and ends with its file. The
file goes in through its standard input, and the picture comes out of its standard output as rows of bytes, so
nothing is left on a disk and nothing is unpickled. Why no pool from a library (pebble, loky, concurrent.futures): they
start their processes through multiprocessing, which forks a process that has threads, or runs the main module once
more, and on a server that loads PyTorch and Gradio for each. The standard library's `subprocess` does neither, and such
a process can always be killed.

The memory is limited on Linux only; the time everywhere.
"""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from PIL import Image

from ..errors import ImageError
from ..messages import Message
from . import decoding
from .decoding import Limits
from .pixels import rgb_bands
from .plain import MOST_PIXELS

__all__ = ["decode_apart"]

SECONDS = 4.6  # from when a file is given until its picture is here; ending a process takes time, too
MEGABYTES = 300  # of both processes, beyond the picture's own pixels of three bytes
PLACES = 2  # processes at a time
WAITING = 32  # files that may wait for a place
PATIENCE = 2.5  # seconds that they wait

_BAND = 4_000_000  # bytes of rows that are handed over at a time
_START_MEGABYTES = 40  # of the other process before it has a file, and of what is on its way
_NAME = "The file"  # what the process calls it
_START = (
    "import sys, types; package = types.ModuleType('cam'); sys.path[:] = sys.argv[3].split('\\n'); "
    "package.__path__ = [sys.argv[1]]; sys.modules['cam'] = package; "
    "from cam.photos import apart; apart.serve(sys.argv[2])"
)
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}


def decode_apart(name: str, kind: str, file: BinaryIO, limits: Limits) -> Image.Image:
    """The picture in a file, as `decoding.decode` gives it. Raises `ImageError` with a sentence, after 5 s at most.

    `file` is a regular file or `io.BytesIO`; it is read from its start.
    """
    end = time.monotonic() + SECONDS
    line = _line
    if not line.here.acquire(blocking=False):
        raise _crowded(name)
    try:
        work = line.threads.submit(_decoded, name, kind, file, limits, end)
        try:
            return work.result(PATIENCE)
        except FutureTimeout:
            if work.cancel():
                raise _crowded(name) from None
            return work.result()
    finally:
        line.here.release()


class _Line:
    """Who is opened for, in the order of arrival, and who waits."""

    def __init__(self) -> None:
        self.threads = ThreadPoolExecutor(PLACES, "opening")
        self.here = threading.BoundedSemaphore(PLACES + WAITING)


def _renew() -> None:
    global _line
    _line = _Line()


_renew()
if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_renew)


def _crowded(name: str) -> ImageError:
    return ImageError(
        "image-crowded",
        "{name} has to be opened with care, and others wait for that: try again in a few seconds, or save it as JPEG.",
        name=name,
    )


def _decoded(name: str, kind: str, file: BinaryIO, limits: Limits, end: float) -> Image.Image:
    try:
        process = _started(kind, file, limits)
    except OSError:  # no memory, no process, no descriptor left
        raise ImageError(
            "image-not-now", "{name} cannot be opened at the moment: try again, or save it as JPEG.", name=name
        ) from None
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(max(0.0, end - time.monotonic()), stop)
    timer.daemon = True
    timer.start()
    assert process.stdout is not None  # it is a pipe
    try:
        if process.stdin is not None:
            _give(process.stdin, file)
        picture = _received(name, process, process.stdout, limits)
    finally:
        timer.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    if picture is not None:
        return picture
    if late.is_set():
        raise ImageError(
            "image-slow",
            "{name} takes longer than {seconds} seconds to open: save it as JPEG or PNG.",
            name=name,
            seconds=math.ceil(SECONDS),
        )
    raise ImageError(
        "image-greedy", "{name} needs more memory than its pixels justify: save it as JPEG or PNG.", name=name
    )


def _started(kind: str, file: BinaryIO, limits: Limits) -> subprocess.Popen[bytes]:
    """The process that opens the file: a regular file it reads by itself, anything else is to be given to it."""
    task = json.dumps({"kind": kind, "limits": asdict(limits)})
    command = [sys.executable, "-I", "-S", "-c", _START, str(Path(__file__).parents[1]), task, "\n".join(sys.path)]
    try:
        given = file.fileno()
        file.seek(0)
        os.lseek(given, 0, os.SEEK_SET)
    except OSError:
        given = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ | _ONE_THREAD
    )


def _give(pipe: IO[bytes], file: BinaryIO) -> None:
    file.seek(0)
    try:
        with pipe:
            while part := file.read(1 << 20):
                pipe.write(part)
    except OSError:  # it ended before it read everything: what it says counts
        pass


def _received(name: str, process: subprocess.Popen[bytes], sent: IO[bytes], limits: Limits) -> Image.Image | None:
    """The picture that a process sends, None where it breaks off. Raises the `ImageError` that comes instead."""
    try:
        answer = json.loads(sent.readline(4096))
        if "error" in answer:
            raise ImageError(Message.of(answer["error"]).but(name=name))
        width, height = answer["size"]
        limits.check_size(name, width, height)
        mode = "RGBA" if limits.clear and answer["clear"] else "RGB"
        bands = [(top, rows, sent.read(len(mode) * width * rows)) for top, rows in _bands(width, height)]
        process.wait()  # its memory is free before the picture takes its own
        picture = Image.new(mode, (width, height))
        while bands:
            top, rows, band = bands.pop()
            picture.paste(Image.frombytes(mode, (width, rows), band), (0, top))
        return picture
    except ImageError:
        raise
    except (ValueError, KeyError, TypeError):  # nothing, or too little, came
        return None


def _bands(width: int, height: int) -> Iterator[tuple[int, int]]:
    """The first row and the number of rows of each band."""
    rows = max(1, _BAND // (3 * width))
    for top in range(0, height, rows):
        yield top, min(rows, height - top)


# --- in the other process --------------------------------------------------------------------------------------------


def serve(task: str) -> None:
    """Open the file on the standard input as `task`, JSON, says, and write a line of JSON and the picture's rows."""
    wanted = json.loads(task)
    decoding.load_reader(wanted["kind"])
    limit = _MemoryLimit()
    try:
        limit.set(0)
        limits = Limits(**wanted["limits"])
        hand_over = partial(_hand_over, limits.clear)
        file = sys.stdin.buffer if sys.stdin.buffer.seekable() else io.BytesIO(sys.stdin.buffer.read())
        decoding.decode(_NAME, wanted["kind"], file, limits, sized=limit.set, made=hand_over)
    except ImageError as error:
        if limit.pixels > MOST_PIXELS and error.code == "image-damaged":
            error = _damaged_or_large(**error.params)
        sys.stdout.buffer.write(_line_of({"error": error.message.as_dict()}))


def _damaged_or_large(name: str, kind: str) -> ImageError:
    """What a reader says when it gets no memory, it also says of damage."""
    return ImageError(
        "image-damaged-or-large",
        "{name} starts like a {kind} image but cannot be read: it is damaged, cut short, without pixels or of a rare "
        "kind; save or download it again, as JPEG or PNG. Or it needs more memory than its pixels justify: make it "
        "smaller first.",
        name=name,
        kind=kind,
    )


def _line_of(answer: dict) -> bytes:
    return json.dumps(answer).encode() + b"\n"


def _hand_over(clear: bool, name: str, image: Image.Image) -> None:
    """Write the picture band by band, so that it is nowhere twice; its size first, once there is something to write."""
    out = sys.stdout.buffer
    for top, band in rgb_bands(name, image, clear=clear):
        if top == 0:
            out.write(_line_of({"size": image.size, "clear": band.mode == "RGBA"}))
        out.write(band.tobytes())
    out.flush()


class _MemoryLimit:
    """The address space that this process may use beside what it has at the start; on Linux only."""

    def __init__(self) -> None:
        self.pixels = 0
        self._held = None
        if sys.platform == "linux":
            self._held = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")

    def set(self, pixels: int) -> None:
        """Limit it for a picture of so many pixels, and the processor's time by the way, should nobody be there."""
        self.pixels = pixels
        if self._held is None:
            return
        import resource

        most = self._held + 3 * pixels + (MEGABYTES - _START_MEGABYTES) * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
