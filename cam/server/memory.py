"""What this process holds in memory, and how what is free goes back to the system. Knows no models and no visitors."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

# Of glibc's `mallopt`; the larger values are those to which it raises its limits by itself.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_TRIM_AT_ONCE, _TRIM_LATE, _MMAP_MOST = 128 * 2**10, 64 * 2**20, 32 * 2**20
_ARENAS_PER_CORE, _MOST_THREADS = 8, 128
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_TOGETHER = 10.0  # seconds that the threads wait for each other, at most
_LARGE = 200_000  # bytes: freeing them makes the allocator look at the end of an arena, and still comes from one


def memory() -> int:
    """What this process holds in memory, in bytes; where the system does not tell, the most it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def machine_memory() -> int:
    """The memory of this machine, in bytes, or of the container that this process is held in; 0 where nobody tells."""
    found = []
    with suppress(OSError, ValueError, AttributeError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in _LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(file.read_text()))  # "max" where there is no limit
    return min((most for most in found if most > 0), default=0)


def give_back() -> None:
    """Give memory that is free back to the system; the allocator keeps it for the next map, among pieces in use."""
    gc.collect()
    with suppress(AttributeError, OSError):  # only glibc has the functions
        library = ctypes.CDLL(None)
        library.malloc_trim(0)
        _give_back_ends(library)


def _give_back_ends(library: Any) -> None:
    """Give back the free ends of the arenas, which `malloc_trim` leaves as they are in all arenas but the first.

    Each thread allocates from an arena of its own, and an arena gives its end back when something large is freed in it.
    Threads that live at the same time are spread over all arenas in turn.
    """
    library.mallopt(_TRIM_THRESHOLD, _TRIM_AT_ONCE)
    count = min(_MOST_THREADS, 2 * _ARENAS_PER_CORE * (os.cpu_count() or 1))
    together = threading.Barrier(count, timeout=_TOGETHER)

    def touch() -> None:
        bytes(_LARGE)
        with suppress(threading.BrokenBarrierError):
            together.wait()

    threads = [threading.Thread(target=touch, name="giving back", daemon=True) for _ in range(count)]
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
    except RuntimeError:  # the system has no room for so many threads
        together.abort()
    for thread in started:
        thread.join()
    library.mallopt(_TRIM_THRESHOLD, _TRIM_LATE)
    library.mallopt(_MMAP_THRESHOLD, _MMAP_MOST)
