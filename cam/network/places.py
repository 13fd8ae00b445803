"""Places in a picture, and whether a map changes most where the picture did. Knows grids; knows no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

# No two of them are alike when rows and columns are exchanged or turned round.
_ROWS, _COLUMNS = ((0.56, 0.68), (0.20, 0.32), (0.77, 0.89)), ((0.76, 0.88), (0.55, 0.67), (0.29, 0.41))
COUNT = len(_ROWS)
_FEW = 7  # rows or columns: among fewer, one place is right by chance too often
_FEW_TOKENS = 50
_NEAR = 0.02  # of all places may change more than the one that is looked for


@dataclass(frozen=True)
class Place:
    """A place in the picture: its middle and half its size as shares (down, across) of the picture's sides, and its
    pixels (top, left, bottom, right)."""

    middle: tuple[float, float]
    half: tuple[float, float]
    box: tuple[int, int, int, int]

    def wider(self, shape: Sequence[int]) -> Place:
        """The place with sides three times as long, within an input of `shape` (..., H, W)."""
        top, left, bottom, right = self.box
        tall, wide = bottom - top, right - left
        box = max(0, top - tall), max(0, left - wide), min(shape[-2], bottom + tall), min(shape[-1], right + wide)
        return replace(self, half=(3 * self.half[0], 3 * self.half[1]), box=box)

    def changed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return inputs (B, C, H, W) with noise in the place, so little that it works in proportion."""
        top, left, bottom, right = self.box
        generator = torch.Generator().manual_seed(top * 4096 + left)
        noise = torch.randn(inputs.shape[1], bottom - top, right - left, generator=generator)
        usual = float(torch.linalg.vector_norm(inputs.float())) / inputs.numel() ** 0.5
        size = (0.2 if inputs.dtype == torch.float32 else 1.0) * usual or 1.0
        found = inputs.clone()
        found[:, :, top:bottom, left:right] += (size * noise).to(inputs)
        return found


@dataclass(frozen=True)
class Together:
    """Several places at once."""

    places: tuple[Place, ...]

    def changed(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return inputs (B, C, H, W) with noise in each of the places."""
        for place in self.places:
            inputs = place.changed(inputs)
        return inputs


def choose(shape: Sequence[int], grids: Iterable[tuple[int, int]]) -> list[Place]:
    """Places in an input (..., H, W) well inside a cell of each of the grids; larger ones where there are none."""
    axes = []
    for axis, ranges in enumerate((_ROWS, _COLUMNS)):
        side = shape[-2 + axis]
        cells = {grid[axis] for grid in grids if 1 < grid[axis] <= side // 2}
        spans = []
        for low, high in ranges:
            shares = [low + (high - low) * step / 24 for step in range(25)]
            share = max(shares, key=lambda one: min([_inside(one * count) for count in cells], default=0))
            room = min([_inside(share * count) * side / count for count in cells], default=side)
            half = max(0.5, min(0.7 * room, side / 16))
            start = min(side - 1, max(0, round(share * side - half)))
            spans.append((share, half / side, start, min(side, max(start + 1, round(share * side + half)))))
        axes.append(spans)
    return [
        Place((y, x), (tall, wide), (top, left, bottom, right))
        for (y, tall, top, bottom), (x, wide, left, right) in zip(*axes, strict=True)
    ]


def are_few(grid: tuple[int, int]) -> bool:
    """Whether a grid has so few rows or columns that one place is right by chance too often."""
    return any(1 < side < _FEW for side in grid)


def cell_of(place: Place, grid: tuple[int, int]) -> Place:
    """The one cell of a grid in which a place lies."""
    top, left = (min(side - 1, int(share * side)) for share, side in zip(place.middle, grid, strict=True))
    middle = (top + 0.5) / grid[0], (left + 0.5) / grid[1]
    return Place(middle, (0.5 / grid[0], 0.5 / grid[1]), (top, left, top + 1, left + 1))


def _inside(position: float) -> float:
    """How far a position, in cells, is from the nearest edge of its cell: 0 to 0.5."""
    return 0.5 - abs(position % 1 - 0.5)


def distance(changes: np.ndarray, places: Sequence[Place], of_tokens: bool, mixed: bool = True) -> float | None:
    """How far, in cells, the largest changes (k, h, w) lie from where the picture changed, added up over `k` places.

    None where one of them lies elsewhere: in another token, or more than a cell away in what convolutions made, unless
    the place itself is among the few that change most. What changes always and everywhere is divided out where that
    helps. Of fewer than 50 tokens neither holds, because there chance finds much: the right one has to change twice as
    much as any other. Where they were not `mixed` on the way, that is asked of fewer than 16. None as well where the
    map would lie better mirrored or turned.
    """
    reached = [number for number in range(len(places)) if changes[number].max() > 0]
    if not reached or len(reached) < len(places) - 1:
        return None
    changes, places = changes[reached], [places[number] for number in reached]
    own = changes / changes.max((-2, -1), keepdims=True)
    versions = [own]
    strict = of_tokens and changes[0].size < (_FEW_TOKENS if mixed else 16)
    if len(places) > 1 and not strict:
        versions.append(own / (own.mean(0, keepdims=True) + 1e-6))
    reach = 0.85 if of_tokens else 1.3
    own = _best(versions, places, reach, strict)
    if own is None:
        return None
    others = [_best([turned(one) for one in versions], places, reach, strict) for turned in _turns(versions[0])]
    return None if any(one is not None and one < own for one in others) else own


def is_clear(change: np.ndarray, places: Sequence[Place], of_tokens: bool) -> bool:
    """Whether a map (h, w) in which several places changed at once tells all of them apart and each is where it should
    be. Of tokens these are among the few that change most, and change at least half as much as any that is nearer to
    them than to the others; of what convolutions made a cell near each place changes most of these. False where the map
    would lie as well mirrored or turned."""
    if change.size < 16:
        return False
    judge, tried = _off_largest if of_tokens else _off_peaks, tuple(places)
    own = judge(change, tried)
    others = [judge(turned(change), tried) for turned in _turns(change)] if own is not None else []
    return own is not None and all(other is None or other > own for other in others)


def _off_largest(change: np.ndarray, places: tuple[Place, ...]) -> float | None:
    cells = _cells(change.shape, places)
    few = change.size < _FEW_TOKENS
    count = len(cells) if few else 2 * len(cells)
    most = np.partition(change, -count - 1, axis=None)[-count - 1]  # of all that is not among so many
    right = len(set(cells)) == len(cells) and all(
        change[cell] > (2 if few else 1) * most and 2 * change[cell] >= change[part].max()
        for cell, part in zip(cells, _parts(change.shape, places), strict=True)
    )
    return 0.0 if right else None


def _off_peaks(change: np.ndarray, places: tuple[Place, ...]) -> float | None:
    reach, total = 0.5 if are_few(change.shape) else 1.0, 0.0
    for place, part in zip(places, _parts(change.shape, places), strict=True):
        peak = divmod(int(np.where(part, change, -1).argmax()), change.shape[1])
        off = max(_off(peak, place, change.shape))
        if not change[peak] > 0 or off > reach + 1e-9:
            return None
        total += off
    return total


@lru_cache(maxsize=32)  # a network has many layers of few sizes
def _cells(grid: tuple[int, int], places: tuple[Place, ...]) -> list[tuple[int, int]]:
    """The cell of a grid in which each place lies."""
    return [cell_of(place, grid).box[:2] for place in places]


@lru_cache(maxsize=32)
def _parts(grid: tuple[int, int], places: tuple[Place, ...]) -> list[np.ndarray]:
    """For each place the cells (h, w) of a grid that are nearer to it than to the others."""
    rows, columns = np.arange(grid[0])[:, None] + 0.5, np.arange(grid[1]) + 0.5
    far = [np.maximum(abs(rows - p.middle[0] * grid[0]), abs(columns - p.middle[1] * grid[1])) for p in places]
    return [np.argmin(far, 0) == number for number in range(len(places))]


def _off(peak: tuple[int, int], place: Place, shape: tuple[int, int]) -> list[float]:
    """How far, in cells, the middle of a cell is from a place, down and across; the place's own size is no distance."""
    return [
        max(0.0, abs(cell + 0.5 - share * side) - max(0.0, half * side - 0.5))
        for cell, share, half, side in zip(peak, place.middle, place.half, shape, strict=True)
    ]


def _turns(changes: np.ndarray) -> list:
    """The ways in which a map (..., h, w) may lie wrong: mirrored, upside down, rows and columns exchanged."""
    flips = [lambda one, axes=axes: np.flip(one, axes) for axes in ((-1,), (-2,), (-2, -1))]
    square = changes.shape[-1] == changes.shape[-2]
    exchanged = [
        lambda one: one.swapaxes(-1, -2),
        *(lambda one, flip=flip: flip(one.swapaxes(-1, -2)) for flip in flips),
    ]
    return flips + (exchanged if square else [])


def _best(versions: Sequence[np.ndarray], places: Sequence[Place], reach: float, strict: bool) -> float | None:
    found = [_distance(version, places, reach, strict) for version in versions]
    return min((one for one in found if one is not None), default=None)


def _distance(changes: np.ndarray, places: Sequence[Place], reach: float, strict: bool) -> float | None:
    total = 0.0
    height, width = changes.shape[-2:]
    for change, place in zip(changes, places, strict=True):
        here = change[cell_of(place, (height, width)).box[:2]]
        if strict and (here < change.max() or here < 2 * np.partition(change, -2, axis=None)[-2]):
            return None
        off = max(_off(divmod(int(change.argmax()), width), place, (height, width)))
        if off > reach:
            ahead = int((change > here).sum())
            if here <= 0 or ahead > max(1, _NEAR * change.size):
                return None
        total += min(off, 2.0)
    return total
