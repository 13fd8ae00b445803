"""The memory of one process over many explanations: changing pictures, classes, layers and methods, caches in use.

Three numbers at each mark: what the process holds, which goes up and down by a quarter as the pieces lie; what is left
of it when the allocator has given back what is free; and that without the recorded passes in the cache, which is
bounded and by chance full or nearly empty. The last one would show a leak, and is the figure.
Knows the core; `speed.py --memory N` runs it.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from figures import machine
from PIL import Image

import cam

AIM = 0.05
PICTURES = 40
A_TRACE = 4  # explanations in a row of the same picture and layer, as somebody looks at it
A_STREAM = 50  # every so many explanations is a slow method's that is left after two steps, as somebody turns away
MOST_CELLS = 28 * 28  # of the layers at which methods are asked whose work grows with the square of the cells or more
STEEP = ("kpca_cam", "shapleycam")


def resident() -> float:
    """Memory of this process in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def give_back() -> None:
    """Let the allocator return free memory to the system, where it can be told to (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def pictures(rng: np.random.Generator) -> list[Image.Image]:
    shapes = rng.integers(100, 400, (PICTURES, 2))
    return [Image.effect_noise((int(w), int(h)), 80).convert("RGB") for w, h in shapes]


def method(rng: np.random.Generator, traced: cam.Trace, *, streams: bool) -> str:
    """Any method that applies at this layer."""
    steep = STEEP if traced.activations[0].numel() > MOST_CELLS else ()
    found = [name for name, entry in cam.METHODS.items() if entry.streams is streams and name not in steep]
    return str(rng.choice([name for name in found if not cam.obstacle(cam.METHODS[name], traced)]))


def explanations(store: cam.Store, name: str) -> Iterator[None]:
    """One explanation after another, without end: any picture, layer, method, class and fit, in an order by chance."""
    rng = np.random.default_rng(0)
    some = pictures(rng)
    model = store.model(name)
    for number in itertools.count(1):
        if number % A_TRACE == 1:
            picture, layer = int(rng.integers(PICTURES)), str(rng.choice(model.layers))
            fit = tuple(cam.FITS)[picture % len(cam.FITS)]
        traced = store.trace(some[picture], name, layer, fit)
        index = int(rng.integers(len(model.labels)))
        if number % A_STREAM == 0:
            for _ in zip(range(2), cam.explain_steps(traced, method(rng, traced, streams=True), index), strict=False):
                pass
        else:
            cam.overlay(cam.explain(traced, method(rng, traced, streams=False), index))
        yield


def follow(count: int, megabytes: int) -> str:
    """Print the memory after warm-up, on the way and at the end; returns a sentence of it.

    The caches are small, `megabytes` of traces, so that they are full and forget early.
    """
    store = cam.Store(trace_bytes=megabytes * 2**20)
    warm = max(1, count // 10)
    marks = {warm, *(count * part // 5 for part in range(1, 6))}
    first = last = (0.0, 0.0)
    for number, _ in enumerate(itertools.islice(explanations(store, "efficientnet_lite0"), count), 1):
        if number in marks:
            gc.collect()
            whole = resident()
            give_back()
            held = resident()
            last = (whole, held - store.passes.nbytes / 2**20)
            first = first if number > warm else last
            change = f"{last[1] / first[1] - 1:+.1%}"
            found = f"{whole:,.0f} MiB, {held:,.0f} with nothing free, {last[1]:,.0f} beside the cache ({change})"
            print(f"{number:6} explanations: {found}", flush=True)
    growth = last[1] / first[1] - 1
    verdict = "reached" if growth <= AIM else "not reached"
    return (
        f"Memory over {count:,} explanations of changing pictures, classes, layers and methods: "
        f"{first[1]:,.0f} MiB after the first {warm:,}, {last[1]:,.0f} MiB after all, {growth:+.1%} "
        f"(aim: at most {AIM:+.0%}; {verdict}), beside what the cache holds and what the allocator keeps free; "
        f"with them {first[0]:,.0f} and {last[0]:,.0f} MiB. {machine()}"
    )
