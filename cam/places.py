"""Places in a picture, and whether a map changes most where the picture did. Knows grids; knows no network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch

# No two of them are alike when rows and columns are exchanged or turned round.
_ROWS, _COLUMNS = ((0.20, 0.32), (0.66, 0.78), (0.44, 0.56)), ((0.62, 0.74), (0.38, 0.50), (0.16, 0.27))
COUNT = len(_ROWS)
_NEAR = 0.05  # of all places may change more than the one that is looked for


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
        size = (0.2 if inputs.dtype == torch.float32 else 1.0) * max(
            float(inputs.float().std(correction=0)), float(inputs.float().abs().mean())
        ) or 1.0
        found = inputs.clone()
        found[:, :, top:bottom, left:right] += (size * noise).to(inputs)
        return found


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
            half = max(0.5, min(0.7 * room, side / 12 if cells else side / 8))
            start = min(side - 1, max(0, round(share * side - half)))
            spans.append((share, half / side, start, min(side, max(start + 1, round(share * side + half)))))
        axes.append(spans)
    return [
        Place((y, x), (tall, wide), (top, left, bottom, right))
        for (y, tall, top, bottom), (x, wide, left, right) in zip(*axes, strict=True)
    ]


def cell_of(place: Place, grid: tuple[int, int]) -> Place:
    """The one cell of a grid in which a place lies."""
    top, left = (min(side - 1, int(share * side)) for share, side in zip(place.middle, grid, strict=True))
    middle = (top + 0.5) / grid[0], (left + 0.5) / grid[1]
    return Place(middle, (0.5 / grid[0], 0.5 / grid[1]), (top, left, top + 1, left + 1))


def _inside(position: float) -> float:
    """How far a position, in cells, is from the nearest edge of its cell: 0 to 0.5."""
    return 0.5 - abs(position % 1 - 0.5)


def distance(changes: torch.Tensor, places: Sequence[Place], of_tokens: bool) -> float | None:
    """How far, in cells, the largest changes (k, h, w) lie from where the picture changed, added up over `k` places.

    None where one of them lies elsewhere: in another token, or more than a cell away in what convolutions made, unless
    the place itself is among the few that change most; of three places one may be no more than in the first quarter.
    What changes always and everywhere is divided out where that helps. Of fewer than 16 tokens neither holds, because
    there chance finds much: the right one has to change twice as much as any other. None as well where the map would
    lie better mirrored or turned.
    """
    reached = [number for number in range(len(places)) if changes[number].max() > 0]
    if not reached or len(reached) < len(places) - 1:
        return None
    changes, places = changes[reached].double(), [places[number] for number in reached]
    own = changes / changes.amax((-2, -1), keepdim=True)
    versions = [own]
    strict = of_tokens and changes[0].numel() < 16
    if len(places) > 1 and not strict:
        versions.append(own / (own.mean(0, keepdim=True) + 1e-6))
    reach = 0.85 if of_tokens else 1.3
    own = _best(versions, places, reach, strict)
    others = [_best([turn(one) for one in versions], places, reach, strict) for turn in _turns(versions[0])]
    return None if own is None or any(one is not None and one < own for one in others) else own


def _turns(changes: torch.Tensor) -> list:
    """The ways in which a map (k, h, w) may lie wrong: mirrored, upside down, rows and columns exchanged."""
    flips = [lambda one, axes=axes: one.flip(axes) for axes in ((-1,), (-2,), (-2, -1))]
    square = changes.shape[-1] == changes.shape[-2]
    exchanged = [lambda one: one.mT, *(lambda one, flip=flip: flip(one.mT) for flip in flips)]
    return flips + (exchanged if square else [])


def _best(versions: Sequence[torch.Tensor], places: Sequence[Place], reach: float, strict: bool) -> float | None:
    found = [_distance(version, places, reach, strict) for version in versions]
    return min((one for one in found if one is not None), default=None)


def _distance(changes: torch.Tensor, places: Sequence[Place], reach: float, strict: bool) -> float | None:
    total, missed = 0.0, 0
    height, width = changes.shape[-2:]
    for change, place in zip(changes, places, strict=True):
        y, x = (share * side for share, side in zip(place.middle, (height, width), strict=True))
        spare_y, spare_x = (max(0, share * side - 0.5) for share, side in zip(place.half, (height, width), strict=True))
        peak = int(change.argmax())
        here = change[min(int(y), height - 1), min(int(x), width - 1)]
        if strict and (here < change.max() or here < 2 * change.flatten().topk(2).values[1]):
            return None
        off = max(abs(peak // width + 0.5 - y) - spare_y, abs(peak % width + 0.5 - x) - spare_x, 0)
        if off > reach:
            ahead = int((change > here).sum())
            if len(places) == 1 or here <= 0 or ahead > change.numel() / 4:
                return None
            missed += ahead > max(1, _NEAR * change.numel())
        total += min(off, 2.0)
    return total if missed <= 1 else None
