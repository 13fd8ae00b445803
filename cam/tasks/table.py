"""`TASKS`: every task by name, and which of them a network's output belongs to."""

from __future__ import annotations

from typing import Any

from .classification import Classification
from .detection import Detecting
from .segmentation import Segmentation
from .task import Task

TASKS: dict[str, Task] = {one.name: one for one in (Classification(), Detecting(), Segmentation())}


def recognised(returned: Any) -> Task:
    """The task whose answer a network returned: boxes, logits at each place, or else classes."""
    return next(one for one in reversed(TASKS.values()) if one.recognises(returned))
