"""What an architecture of the sweep is: a name, a builder, and the sizes of the input that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

CLASSES = 4
SIDE = 128  # of the input, where the network takes it: the last map of a network with stride 32 is then 4 x 4


@dataclass(frozen=True)
class Entry:
    """One architecture: `make(side)` gives a network for an input of `side` pixels; the first of `sides` that it takes.

    `group`: the library.
    """

    name: str
    group: str
    make: Callable[[int], nn.Module]
    sides: tuple[int, ...] = (SIDE, 224)
