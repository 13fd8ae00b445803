"""The largest memory that a process and those it started hold at a time, read from Linux's /proc as it goes."""

import ctypes
import gc
import os
import threading
from contextlib import suppress
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Peak:
    """Within the block a process and its children are watched; then `megabytes` above what was held before.

    `pid` names another process than this one.
    """

    def __init__(self, pid="self"):
        self._pid = pid

    def __enter__(self):
        gc.collect()
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
        self._before = self._most = held(self._pid)
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def _look(self):
        while not self._over.wait(0.003):
            self._most = max(self._most, held(self._pid))

    def __exit__(self, *_):
        self._over.set()
        self._watch.join()
        self.megabytes = (self._most - self._before) / 1e6


def children(pid="self"):
    """The numbers of the processes that a process has started; before it has a name of its own, one shares its memory
    and does not count yet."""
    me = Path(f"/proc/{pid}")
    name = _text(me / "cmdline")
    every = " ".join(_text(path) for path in me.glob("task/*/children")).split()
    return [one for one in every if _text(Path("/proc", one, "cmdline")) != name]


def held(pid="self"):
    """Bytes in memory of a process, by default this one, and of its children; 0 where there is no /proc."""
    total = 0
    for one in (str(pid), *children(pid)):
        fields = _text(Path("/proc", one, "statm")).split()
        total += int(fields[1]) * PAGE if fields else 0
    return total


def _text(path):
    with suppress(OSError):  # it ended meanwhile
        return path.read_text()
    return ""
