"""What of a photo is explained: a class by its index, or one of the things that the network found by its number.

Classifiers say something of every class; other networks find things, which are chosen by their number in the list of
`Trace.listed`, from 0. Where the network answers for places a visitor may choose a place or draw an area: it stands
behind the others in that list. Knows plain values and traces; knows no visitors and no layout.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from .. import Trace
from ..errors import TargetError
from ..messages import Message
from ..tasks.boxes import iou
from . import payload
from .protocol import Finding, Mask

GRID = 128  # places of a side of an area that is drawn, and of a region that is sent, at most
RUNS = 16384  # of such an area, at most

Area = Mapping[str, Any]  # {"of": index of a class, "point": [x, y]}, or {"of", "grid": [w, h], "runs"}


@dataclass(frozen=True, eq=False)
class Wanted:
    """What is explained: its `number`, which is a class's index where classes are chosen, and the `target`; `area` is
    a key of what a visitor chose by hand, ""; `said`: why it is another one than was asked for."""

    number: int
    target: Any
    area: str = ""
    said: Message | None = None


def wanted(trace: Trace, number: int | None, area: Area | None = None) -> Wanted:
    """Return what is explained, for a number or None, the most confident; errors as for `Trace.target`.

    A number that nothing has, as in a link to another photo, becomes the most confident one, and that is said.
    """
    found = trace.listed
    if found is None:
        target = trace.target(number)
        return Wanted(-1 if target.index is None else target.index, number)
    if area and number == len(found):
        return Wanted(len(found), chosen_area(trace, area), json.dumps(area, sort_keys=True))
    if number is not None and not 0 <= number < len(found) and found:
        missing = Message(
            "finding-missing",
            "There is no finding {number} in this photo: {count} were found, and this is the most confident one.",
            number=number + 1,
            count=len(found),
        )
        return Wanted(0, found[0], said=missing)
    return Wanted(number or 0, found[number or 0] if found else None)


def followed(trace: Trace, of: int, box: Sequence[float] | None) -> tuple[int, bool]:
    """Return the number of what stands for a finding of another photo, as in the next frame of a film, and whether it
    is one of the class `of`: of those it is the one whose box overlaps `box`, in parts of the photo, most; 0 without.
    """
    found = trace.listed or []
    same = [number for number, one in enumerate(found) if one.index == of]
    if box is None or not same or not hasattr(found[same[0]], "box"):
        return (same[0], True) if same else (0, False)
    pixels = torch.tensor(trace.view.size * 2)
    overlaps = iou(torch.tensor([found[number].box for number in same]), torch.tensor(box) * pixels)
    return same[int(overlaps.argmax())], True  # the most confident where none overlaps


def likely(trace: Trace, count: int) -> list[Wanted]:
    """Return those that are chosen next: the `count` likeliest classes, or all that was found."""
    if trace.listed is None:
        return [Wanted(one.index, one.index) for one in trace.top(count)]
    return [Wanted(number, one) for number, one in enumerate(trace.listed)]


def told(trace: Trace, area: Area | None = None) -> list[Finding] | None:
    """Return the list that the page shows, None where classes are chosen; an area that was drawn is its last one."""
    if trace.listed is None:
        return None
    task = trace.model.reader.task
    found = []
    for one in trace.listed:
        places = task.places(one)
        found.append({**task.told(one), **({} if places is None else {"mask": packed_mask(places)})})
    if area:
        own = task.told_target(trace.target(chosen_area(trace, area)), trace.answer) or {}
        found.append({**own, "own": True})
    return found


def packed_mask(places: torch.Tensor) -> Mask:
    """Return places (h, w), bool, as they travel: on a grid of at most `GRID` a side, in runs, see `protocol.Mask`."""
    h, w = places.shape
    small = F.adaptive_avg_pool2d(places[None].float(), (min(h, GRID), min(w, GRID)))[0] >= 0.5
    flat = small.flatten().cpu().numpy()
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], ends, [flat.size]]))
    if flat[0]:
        runs = np.concatenate([[0], runs])
    return {"grid": [small.shape[1], small.shape[0]], "runs": payload.encoded(runs, "uint16")}


def mask_of(grid: list[int], runs: str) -> np.ndarray:
    """Return the places (h, w), bool, that runs stand for. Raises `TargetError` where they are not so many."""
    width, height = grid
    try:
        lengths = np.frombuffer(base64.b64decode(runs, validate=True), "<u2").astype(int)
    except ValueError:
        lengths = np.zeros(0, int)
    if lengths.sum() != width * height or len(lengths) > RUNS:
        raise TargetError(
            "area-runs",
            "The area's runs cover {found} places, and its grid has {width} x {height}.",
            found=int(lengths.sum()),
            width=width,
            height=height,
        )
    return np.repeat(np.arange(len(lengths)) % 2 == 1, lengths).reshape(height, width)


def chosen_area(trace: Trace, area: Area) -> Any:
    """Return a place or an area of the photo as a target. Raises `TargetError` where the network has no places."""
    task, (width, height) = trace.model.reader.task, trace.view.size
    if "point" in area:
        x, y = (float(value) for value in area["point"])
        return task.area(int(area["of"]), point=(x, y))
    small = mask_of(list(area["grid"]), str(area["runs"]))
    rows = np.arange(height) * small.shape[0] // height
    columns = np.arange(width) * small.shape[1] // width
    return task.area(int(area["of"]), mask=small[rows][:, columns])
