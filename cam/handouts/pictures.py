"""Pictures of a step's tensor for a sheet of paper, as small files inside the page: maps, many maps, bars, photos.

Zero is white, positive orange and negative blue, by the largest value there. Knows tensors and axes; knows no method.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from ..maps.render import AGAINST, FOR, coarse
from ..maps.steps import Step

SIDE = 112  # pixels of a picture's longer side at most, where the tensor has more
MANY = 8  # maps of many that are shown
MOST_BYTES = 80_000  # of a photo's file
_LARGE = 16_000  # characters of a picture's address
_CELL = 56  # values of a side of one of many maps
_SHARE = 0.995  # of an input's values that lie within full colour
_GAP = 1 / 14  # of a cell, between two
_ENDS = np.array([AGAINST, FOR], dtype=np.float32)
_GREY, _LINE = 214, 190


def data(picture: Image.Image, form: str = "PNG", **options: int | bool) -> str:
    """A picture as an address that holds it."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return f"data:image/{form.lower()};base64,{base64.b64encode(file.getvalue()).decode('ascii')}"


def photo(picture: Image.Image, side: int) -> str:
    """A photo of `side` pixels at most, as an address of at most `MOST_BYTES` of JPEG."""
    small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    for quality in (86, 70, 50, 30):
        found = data(small, "JPEG", quality=quality, optimize=True)
        if len(found) * 3 // 4 <= MOST_BYTES:
            return found
    return photo(picture, side // 2)


def of_paper(picture: Image.Image, sharp: bool) -> str:
    """A step's picture as an address: without loss, but for a large one whose places have no sharp edges."""
    whole = data(picture, optimize=True)
    return whole if sharp or len(whole) < _LARGE else data(picture, "JPEG", quality=85, optimize=True)


def coloured(values: torch.Tensor, largest: float | None = None) -> np.ndarray:
    """Values (h, w) as colours (h, w, 3) uint8 on white; `largest` is the value of full colour, else their own."""
    array = values.numpy().astype(np.float32)
    top = float(np.abs(array).max()) if largest is None else largest
    strength = np.abs(array) / top if top else np.zeros_like(array)
    colour = _ENDS[(array > 0).astype(int)]  # (h, w, 3)
    return np.rint(255 + strength[..., None].clip(0, 1) * (colour - 255)).astype(np.uint8)


def one_map(values: torch.Tensor, cut: torch.Tensor | None = None) -> Image.Image:
    """A map (h, w); where `cut` (h, w) is below zero it is grey, and hatched where there is room."""
    small = coarse(values, SIDE)
    picture = coloured(small)
    if cut is not None:
        where = coarse(cut, SIDE).numpy() < 0
        picture[where] = _GREY
    return Image.fromarray(picture)


def many_maps(maps: Sequence[np.ndarray]) -> Image.Image:
    """Pictures (h, w, 3) of one size side by side, four in a row, with lines between them."""
    height, width = maps[0].shape[:2]
    scale = max(1, round(28 / max(height, width)))  # small ones are made larger, so that a line is thin
    height, width = height * scale, width * scale
    gap = max(1, round(_GAP * max(height, width)))
    across = min(4, len(maps))
    down = -(-len(maps) // across)
    sheet = np.full((down * (height + gap) + gap, across * (width + gap) + gap, 3), _LINE, np.uint8)
    for number in range(across * down):
        top, left = gap + number // across * (height + gap), gap + number % across * (width + gap)
        sheet[top : top + height, left : left + width] = (
            maps[number].repeat(scale, 0).repeat(scale, 1) if number < len(maps) else 255
        )
    return Image.fromarray(sheet)


def colours(tensor: torch.Tensor) -> np.ndarray:
    """An input or its gradients (C, H, W) as colours (H, W, 3) around grey, which is 0; a few places are cut off."""
    tensor = tensor if len(tensor) == 3 else tensor.mean(0, keepdim=True).expand(3, -1, -1)
    small = coarse(tensor, SIDE)
    top = small.abs().flatten().quantile(_SHARE).clamp(min=torch.finfo(torch.float32).tiny)
    return np.rint((0.5 + small / top / 2).clamp(0, 1).permute(1, 2, 0).numpy() * 255).astype(np.uint8)


def kept(step: Step, order: Sequence[int]) -> list[int]:
    """Which of many are shown along the first axis: the channels that matter most, else the first, evenly spread."""
    count = len(step.tensor)
    if step.axes[0] == "channel":
        return list(order[:MANY]) if order else _strongest(step.tensor)
    if count <= MANY:
        return list(range(count))
    return torch.linspace(0, count - 1, MANY).round().int().tolist()


def _strongest(tensor: torch.Tensor) -> list[int]:
    return tensor.flatten(1).abs().sum(1).argsort(descending=True, stable=True)[:MANY].tolist()


def of_step(step: Step, order: Sequence[int], before: Step | None) -> tuple[Image.Image | None, bool]:
    """The picture of a step, and whether its places keep sharp edges; None for numbers without a picture.

    `order` are the channels that matter, the first first; `before` is what a ReLU cut.
    """
    tensor, axes = step.tensor, step.axes
    if axes[-1:] == ("colour",):  # the picture itself
        return Image.fromarray(tensor.numpy().astype(np.uint8)), False
    if tensor.ndim < 2 or not tensor.numel():
        return None, False
    if axes[0] == "colour":
        return Image.fromarray(colours(tensor)), False
    if tensor.ndim == 2:
        cut = before.tensor if step.name == "relu" and before is not None else None
        return one_map(tensor, cut), axes[-1] != "x"
    shown = tensor[kept(step, order)]
    if tensor.ndim == 4 and axes[1] == "colour":
        small = [Image.fromarray(colours(one)).resize((_CELL, _CELL)) for one in shown]
        return many_maps([np.asarray(one) for one in small]), False
    if tensor.ndim == 4:  # of each sample the channel that matters most
        shown = shown[:, order[0] if order else 0]
    small = coarse(shown, _CELL)
    each = step.name in ("masks", "layer_maps", "maps")
    return many_maps([coloured(one, None if each else float(small.abs().max())) for one in small]), axes[-1] != "x"
