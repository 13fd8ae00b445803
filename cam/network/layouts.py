"""How a layer's output carries a map: which axis is which, how many tokens stand around the grid.

Knows the shapes in which networks hand on a picture and how to bring each to `(B, C, h, w)` and back. Which of the
possible layouts is the true one is observed in `observing.py`; this module only lists them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from ..photos.views import sides

Grid = tuple[int, int]
_MOST_BEFORE = 16  # class, distillation and register tokens that are looked for before a grid


@dataclass(frozen=True)
class Layout:
    """How a layer's output carries its map, with `grid` (h, w).

    `kind`: "first" (B, C, h, w), "last" (B, h, w, C), or tokens: "tokens" (B, N, C), "columns" (B, C, N), "sequence"
    (N, B, C), with `prefix` other tokens before the grid, rows first, and any number behind it. `path` leads to the
    tensor inside a tuple, list or dict output; it is empty for a plain tensor.
    """

    kind: str
    grid: Grid
    prefix: int = 0
    path: tuple = ()

    @property
    def of_tokens(self) -> bool:
        """Whether one axis holds all places."""
        return self.kind in _TOKEN_AXES

    def pick(self, output: Any) -> torch.Tensor:
        """Return the tensor that carries the map."""
        for key in self.path:
            output = output[key]
        return output

    def put(self, output: Any, tensor: torch.Tensor) -> Any:
        """Return `output` with the tensor that carries the map replaced; the original container is not changed."""
        return _put(output, self.path, tensor)

    def tokens(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return a tensor of tokens as (B, N, C), differentiably."""
        if self.kind == "columns":
            return tensor.transpose(1, 2)
        return tensor.transpose(0, 1) if self.kind == "sequence" else tensor

    def maps(self, tensor: torch.Tensor) -> torch.Tensor:
        """Return the map (B, C, h, w) of a layer's tensor, differentiably."""
        if self.kind == "first":
            return tensor
        if self.kind == "last":
            return tensor.permute(0, 3, 1, 2)
        spatial = self.tokens(tensor)[:, self.prefix : self.prefix + math.prod(self.grid)]  # (B, h*w, C)
        return spatial.transpose(1, 2).unflatten(2, self.grid)

    def shape(self, tensor: torch.Tensor) -> tuple[int, int, int]:
        """The (C, h, w) of the map in a layer's tensor."""
        return tensor.shape[{"first": 1, "columns": 1}.get(self.kind, -1)], *self.grid

    def restore(self, maps: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
        """Return maps (B, C, h, w) in the layer's own layout; tokens around the grid are taken from `like` (1, ...)."""
        if self.kind == "first":
            return maps
        if self.kind == "last":
            return maps.permute(0, 2, 3, 1)
        others = self.tokens(like).expand(len(maps), -1, -1)
        parts = [
            others[:, : self.prefix],
            maps.flatten(2).transpose(1, 2),
            others[:, self.prefix + maps[0, 0].numel() :],
        ]
        return self.tokens(torch.cat(parts, 1))  # each of the three orders is its own inverse

    @property
    def batch_axis(self) -> int:
        """Which axis of the layer's tensor counts the images."""
        return 1 if self.kind == "sequence" else 0

    def merged(self, many: torch.Tensor) -> torch.Tensor:
        """Return tensors of one image each, stacked (n, ...), as one tensor of a batch of n."""
        return many.movedim(0, self.batch_axis).flatten(self.batch_axis, self.batch_axis + 1)


_TOKEN_AXES = {"tokens": 1, "columns": 2, "sequence": 0}


def _put(output: Any, path: tuple, tensor: torch.Tensor) -> Any:
    if not path:
        return tensor
    key, rest = path[0], path[1:]
    if isinstance(output, dict):
        copy = output.copy()  # keeps the subclasses that models return
        copy[key] = _put(output[key], rest, tensor)
        return copy
    items = list(output)
    items[key] = _put(output[key], rest, tensor)
    return type(output)(*items) if hasattr(output, "_fields") else type(output)(items)


def tensors_in(output: Any, path: tuple = ()) -> Iterator[tuple[tuple, torch.Tensor]]:
    """Yield `(path, tensor)` for each tensor of floating-point numbers in a module's output, however it is nested."""
    if isinstance(output, torch.Tensor):
        if output.is_floating_point():
            yield path, output
    elif isinstance(output, (dict, tuple, list)):
        for key, part in output.items() if isinstance(output, dict) else enumerate(output):
            yield from tensors_in(part, (*path, key))


def mismatch(grid: Grid, aspect: float) -> float:
    """How far a grid's h/w is from an image's, as a ratio's logarithm."""
    return abs(math.log(grid[0] / grid[1] / aspect))


def possible(
    tensor: torch.Tensor, batch: int, seen: Collection[Grid], aspect: float, prefix: int | None, first: bool
) -> list[Layout]:
    """Return the ways in which a tensor may carry a map, the likeliest first.

    `batch` images went in, of the height/width `aspect`; `seen` are the grids that convolutions and pooling of the same
    pass handed on; `prefix` is the number of tokens before the grid where the network declares it; `first`: a
    convolution made it, so the channels come first.
    """
    if tensor.ndim == 4 and len(tensor) == batch:
        one, other = Layout("first", sides(tensor)), Layout("last", sides(tensor[..., 0]))
        if first:
            found = [one]
        else:
            found = sorted((one, other), key=lambda layout: (layout.grid not in seen, mismatch(layout.grid, aspect)))
        return found[:1] if math.prod(one.grid) == 1 else [layout for layout in found if math.prod(layout.grid) > 1]
    if tensor.ndim != 3 or tensor.numel() == 0:
        return []
    kinds = [kind for kind in _TOKEN_AXES if (kind == "sequence") == (len(tensor) != batch)]
    if kinds == ["sequence"] and tensor.shape[1] != batch:
        return []
    found = [
        Layout(kind, grid, before)
        for kind in kinds
        for grid, before in _token_grids(tensor.shape[_TOKEN_AXES[kind]], seen, aspect, prefix)
        if kind != "columns" or (tensor.shape[1] > 1 and tensor.shape[2] - math.prod(grid) <= 2)
    ]
    return sorted(found, key=lambda layout: layout.grid not in seen)


def _token_grids(count: int, seen: Collection[Grid], aspect: float, prefix: int | None) -> list[tuple[Grid, int]]:
    """The grids that `count` tokens may hold, and how many tokens come before: of the grids seen, the one that leaves
    fewest over; where none fits, any that is about as wide as the image, or one row or column."""
    fitting = sorted((grid for grid in seen if 1 < math.prod(grid) <= count), key=lambda grid: -math.prod(grid))
    fitting = [grid for grid in fitting if 2 * math.prod(grid) >= count]
    if fitting:
        return [(grid, before) for grid in fitting for before in _before(count - math.prod(grid), prefix)]
    found = []
    for before in (prefix,) if prefix is not None else (0, 1, 2):
        cells = count - before
        if cells > 1:
            height = max(1, round(math.sqrt(cells * aspect)))
            grids = {(height, cells // height), (cells, 1), (1, cells)}
            found += [(grid, before) for grid in sorted(grids) if math.prod(grid) == cells]
    return sorted(found, key=lambda one: (round(mismatch(one[0], aspect), 2), one[1]))


def _before(others: int, prefix: int | None) -> list[int]:
    """How many of the tokens outside the grid may come before it, the likeliest first: all, none, or a few."""
    order = [*((prefix,) if prefix is not None else ()), others, 0, *range(1, min(others, _MOST_BEFORE + 1))]
    return [count for count in dict.fromkeys(order) if count <= others]
