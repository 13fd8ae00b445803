"""A GPU that is lent by the call, as on ZeroGPU Spaces: work goes to a process that has it for a moment.

There the page's own process has no GPU: it keeps its models on the CPU, opens on its example and hands out work. What
crosses to the other process and back are plain values; models, traces and maps are kept by a workbench over there, as
long as that process lives. Everywhere else a function runs where it is called. Knows workbenches; knows no methods.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..store import Store
from .settings import MIB, Settings, read_settings
from .workbench import Workbench

Function = TypeVar("Function", bound=Callable[..., Any])


def by_the_call() -> bool:
    """Whether this process belongs to a Space whose GPU is lent by the call."""
    return os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def own_workbench(settings: Settings) -> Workbench:
    """Return the workbench of the page's own process."""
    if not by_the_call():
        return Workbench(settings)
    limits = {"model_bytes": settings.model_cache_mb * MIB, "trace_bytes": settings.trace_cache_mb * MIB}
    return Workbench(settings, store=Store(**limits, device="cpu"))


@functools.cache
def _over_there() -> Workbench:
    """The workbench of the process that has the GPU, made with the first work that comes."""
    return Workbench(read_settings())


def on_gpu(function: Function) -> Function:
    """Run a function of a workbench and plain values, or a generator of plain values, where the GPU is."""
    if not by_the_call():
        return function
    import spaces

    if inspect.isgeneratorfunction(function):

        @spaces.GPU
        def work(*values: Any) -> Iterator[Any]:
            yield from function(_over_there(), *values)
    else:

        @spaces.GPU
        def work(*values: Any) -> Any:
            return function(_over_there(), *values)

    @functools.wraps(function)
    def handed_over(bench: Workbench, *values: Any) -> Any:
        return work(*values)

    return handed_over
