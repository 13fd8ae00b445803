"""The steps of a computation as plain values that travel to the browser, at most `MAX_STORY_BYTES` of them.

What is small goes whole, in float32. What is large shares the rest: whole, or in 65,535 steps of a row's largest value,
or pixels and tables made coarser, or the rows that matter most. Each says what was done to it. Knows the page's
`protocol`.
"""

from __future__ import annotations

import json

import torch

from ..errors import MethodError
from ..handouts.words import Speech
from ..languages import LANGUAGES
from ..maps.explanation import Explanation
from ..maps.linked import most_important, raises
from ..maps.render import coarse
from ..maps.steps import Step, painted, steps
from ..methods.requirements import linear_head
from .payload import encoded
from .protocol import Packed, Raising, Story

MAX_STORY_BYTES = 500_000  # of a story as JSON
_SMALL = 16 * 1024  # bytes of a tensor that goes whole whatever else there is
_SIDES = (112, 56, 28)  # of a picture's or a table's longer side, where it is made coarser
_SHOWN = 12  # channels of many, those that matter most
_CHANNELS = 8  # the channels that matter most, of which the page says which classes they raise
_RAISED = 64  # of so many where the head is linear: then it costs no pass
_MADE_THERE = ("enlarge", "scale")  # heatmaps, which the page makes of the map itself
_OPACITY = 0.75  # of the heatmap on the photo, as the page paints it


def story(explanation: Explanation, key: str) -> Story:
    """Return the steps of a map as a `Story`; `key` names what they belong to. Raises `MethodError` as `steps` does.

    The picture is not among them: the page paints it.
    """
    found = steps(explanation, picture=False)
    try:
        order = most_important(found, len(explanation.trace.activations))
    except MethodError:  # no sum over channels
        order = []
    return {
        "key": key,
        "steps": _packed(found, order),
        "channels": order[:_SHOWN],
        "raises": [_raising(explanation, channel) for channel in order[: _raised(explanation)]],
    }


def _raised(explanation: Explanation) -> int:
    """Of how many channels it is told which classes they raise: of none where classes are not those of the photo."""
    if explanation.trace.listed is not None:
        return 0
    return _CHANNELS if linear_head(explanation.trace) is None else _RAISED


def picture_step(size: tuple[int, int], follows: str) -> Packed:
    """Return the step that the page takes itself: the heatmap of the step `follows` on the photo of `size` (W, H)."""
    width, height = size
    return _bare(painted(torch.zeros(1, 1, 1).expand(height, width, 3), follows, _OPACITY))


def _raising(explanation: Explanation, channel: int) -> Raising:
    classes = raises(explanation.trace, channel)
    return {"channel": channel, "classes": [one.index for one in classes], "rises": [one.rise for one in classes]}


def _packed(found: list[Step], order: list[int]) -> list[Packed]:
    """Each step within its share of the bytes: the smaller ones first, and what they leave goes to the others."""
    bare = {step.name: _bare(step) for step in found}
    for name in (products := _products(found)):
        bare[name]["dtype"] = "product"
    evened = {step.name: _evened(step) for step in found if step.name not in (*_MADE_THERE, *products)}
    left = (MAX_STORY_BYTES - len(json.dumps(list(bare.values())))) * 3 // 4 - 4096  # base64 takes four for three
    large = sorted((name for name in evened if evened[name].nbytes > _SMALL), key=lambda name: evened[name].nbytes)
    left -= sum(one.nbytes for name, one in evened.items() if name not in large)
    for name in evened:
        if name not in large:
            _put(bare[name], evened[name], torch.float32)
    axes = {step.name: step.axes for step in found}
    for number, name in enumerate(large):
        left -= _fitted(bare[name], evened[name], axes[name], order, left // (len(large) - number))
    return list(bare.values())


def _products(found: list[Step]) -> list[str]:
    """The steps that are the products of two others, number by number: the page has both and multiplies them."""
    named = {step.name: step.tensor for step in found}
    pairs = [(step, [named[name] for name in step.follows]) for step in found if step.axes[:1] == ("channel",)]
    return [
        step.name
        for step, parts in pairs
        if [part.shape for part in parts] == 2 * [step.tensor.shape] and torch.equal(step.tensor, parts[0] * parts[1])
    ]


def _bare(step: Step) -> Packed:
    """A step without its numbers."""
    return {
        "name": step.name,
        "axes": list(step.axes),
        "shape": list(step.tensor.shape),
        "formula": {language: Speech(language).formula(step.formula) for language in LANGUAGES if step.formula},
        "follows": list(step.follows),
        "code": step.code,
        "labels": list(step.labels),
        "value": step.value,
        "values": "",
        "sent": [],
        "dtype": "",
        "scale": "",
        "kept": "",
    }


def _evened(step: Step) -> torch.Tensor:
    """A tensor (n, h, w), as (n, 1, 1) where each row is the same everywhere, as gradients behind a pooling are."""
    tensor = step.tensor
    if tensor.ndim != 3 or not tensor.numel() or not torch.equal(tensor.amax((1, 2)), tensor.amin((1, 2))):
        return tensor
    return tensor[:, :1, :1]


def _fitted(packed: Packed, tensor: torch.Tensor, axes: tuple[str, ...], order: list[int], share: int) -> int:
    """Put a tensor into `share` bytes, as much of it as there is room for; returns the bytes."""
    if tensor.nbytes <= share:
        return _put(packed, tensor, torch.float32)
    for side in _SIDES if axes[-2:] in (("y", "x"), ("token", "token")) else ():
        if _bytes(tensor) > share:
            tensor = coarse(tensor, side)
    if _bytes(tensor) > share:
        axis = axes.index("channel") if "channel" in axes else 0
        total = tensor.shape[axis]
        count = share * total // _bytes(tensor)
        if not count:
            return 0
        kept = torch.tensor(order[:count]) if axes[axis] == "channel" and order else _spread(total, count)
        packed["kept"] = encoded(kept, "uint16")
        tensor = tensor.index_select(axis, kept)
    return _put(packed, tensor, torch.int16)


def _bytes(tensor: torch.Tensor) -> int:
    """Of a tensor in int16, and of the scale of each row."""
    return 2 * tensor.numel() + 4 * len(tensor)


def _spread(total: int, count: int) -> torch.Tensor:
    """Some of all numbers from 0, evenly spread, the first and the last among them."""
    return torch.linspace(0, total - 1, count).round().long()


def _put(packed: Packed, tensor: torch.Tensor, dtype: torch.dtype) -> int:
    """Put the numbers of a tensor into a packed step; returns their bytes."""
    packed["sent"] = list(tensor.shape)
    packed["dtype"] = str(dtype).removeprefix("torch.")
    if dtype == torch.float32:
        packed["values"] = encoded(tensor, "float32")
        return tensor.nbytes
    rows = tensor.reshape(len(tensor), -1)
    scale = rows.abs().amax(1) / 32767
    packed["values"] = encoded((rows / torch.where(scale > 0, scale, 1)[:, None]).round(), "int16")
    packed["scale"] = encoded(scale, "float32")
    return _bytes(tensor)
