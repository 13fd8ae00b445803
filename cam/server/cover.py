"""A photo with parts of it covered: composed from the photo that is kept, seen by the model, and forgotten.

What a visitor covers comes as strokes in the photo's pixels; no picture is sent. Covered photos pass the caches by, as
the frames of a camera do: each comes once, and would push out what others look at. Knows pictures, plain values and
traces; knows no layout.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from PIL import Image, ImageDraw

from .. import METHODS, CamError, default_method, trace
from ..maps.explanation import last
from ..messages import Message
from ..methods import Method
from . import payload
from .answers import Choice
from .app_state import AppState
from .aside import Answer, answered
from .protocol import Covered, Stroke, said
from .zerogpu import on_gpu

GREY = (128, 128, 128)
BLUR_SIDE = 24  # pixels of a photo's longer side that a blur leaves
_PAGES = 4096  # whose last number is remembered
_BROKEN = Message("cover-broken", "The covered photo could not be looked at. Undo the last stroke, or reset.")

Box = tuple[int, int, int, int]


class Covers:
    """The covered photos of all visitors, in the line of the actions; of one page the last one counts."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self._last: OrderedDict[str, int] = OrderedDict()

    async def seen(self, value: Any) -> Answer:
        """Return what the model makes of a covered photo, `protocol.Covered` for a `protocol.CoverWish`.

        {"overtaken": True} where the page has sent a later number meanwhile; {"busy": True} when others come first;
        {"error": a `protocol.Said`} for what cannot be looked at. Fetches no weights and keeps nothing.
        """
        value = value if isinstance(value, Mapping) else {}
        page, number = str(value.get("page") or ""), int(value.get("number") or 0)
        self._last[page] = max(number, self._last.get(page, 0))
        self._last.move_to_end(page)
        while len(self._last) > _PAGES:
            self._last.popitem(last=False)
        return await answered(self._app_state.scheduler.run(self._in_turn, page, number, dict(value)), _BROKEN)

    def _in_turn(self, page: str, number: int, value: Mapping[str, Any]) -> Answer:
        if self._last.get(page, number) > number:
            return {"overtaken": True}
        return dict(gpu_made(self._app_state, value))


def made(app_state: AppState, value: Mapping[str, Any]) -> Covered:
    """Look at a covered photo once. Raises `CamError`; of a slow method there is no map."""
    start = time.perf_counter()
    choice = Choice.read(value)
    model = app_state.model_here(choice.model)
    photo = app_state.photos.open(choice.photo)
    image = covered(photo.image, value.get("strokes") or [])
    layer = choice.layer or None
    seen = trace(app_state.store.model(model.name, layer), image, layer, fit=choice.fit, detail=choice.detail)
    if seen.listed is not None:
        raise CamError(
            "cover-classes",
            "What is covered is told by the probabilities of classes, and {model} finds things. Choose a classifier.",
            model=model.title,
        )
    recipe = replace(choice.recipe, method=choice.recipe.method or default_method(seen))
    recipe.check_cost()
    answer: Covered = {
        "number": int(value.get("number") or 0),
        "ranking": payload.ranking(seen, photo.id),
        "map": "",
        "shape": [0, 0],
        "why": "",
        "class": cast("int", recipe.target(seen, choice.target).index),
        "seconds": 0.0,
    }
    if recipe.quick:
        raw = last(recipe.explanations(seen, choice.target)).raw
        answer.update(map=payload.encoded(raw, "float32"), shape=list(raw.shape))
    else:
        answer["why"] = said(_slow(METHODS[recipe.method]))
    answer["seconds"] = round(time.perf_counter() - start, 4)
    return answer


gpu_made = on_gpu(made)


def _slow(method: Method) -> Message:
    return Message(
        "cover-slow",
        "{method} takes too long for a map after each stroke: only the predictions are new. Choose an instant method.",
        method=method.said_title,
    )


# ---- the covered photo ----


def covered(image: Image.Image, strokes: Sequence[Stroke]) -> Image.Image:
    """Return a photo with its strokes, one over the other; blur and patches are of the photo without any.

    What lies outside the photo is left out.
    """
    found = image.copy()
    small = None
    for stroke in strokes:
        box = _box(stroke, image.size)
        if box[0] >= box[2] or box[1] >= box[3]:
            continue
        mask = _mask(stroke, box)
        if stroke["kind"] == "blur":
            small = small or _small(image)
            found.paste(_enlarged(small, image.size, box), box[:2], mask)
        elif stroke["kind"] == "patch":
            found.paste(image.crop(_elsewhere(box, stroke["shift"], image.size)), box[:2], mask)
        else:
            found.paste(GREY, box, mask)
    return found


def _box(stroke: Stroke, size: tuple[int, int]) -> Box:
    """The pixels of the photo that a stroke may touch: those of its box, or around its points."""
    xs, ys = zip(*stroke["points"], strict=True)
    ends = [(min(xs), max(xs), size[0]), (min(ys), max(ys), size[1])]
    if stroke["tool"] == "box":  # the pixels whose centres lie within
        (left, right), (top, bottom) = ((_centre(low, n), _centre(high, n)) for low, high, n in ends)
    else:
        r = stroke["size"]
        (left, right), (top, bottom) = ((_centre(low - r, n), _centre(high + r, n)) for low, high, n in ends)
    return left, top, right, bottom


def _centre(at: float, most: int) -> int:
    """The first pixel whose centre lies at a place or behind it, within 0 and `most`."""
    return min(most, max(0, -int(-(at - 0.5) // 1)))


def _mask(stroke: Stroke, box: Box) -> Image.Image:
    """Where a stroke covers, 255, within its box."""
    left, top, right, bottom = box
    size = (right - left, bottom - top)
    if stroke["tool"] == "box":
        return Image.new("L", size, 255)
    mask = Image.new("L", size)
    draw = ImageDraw.Draw(mask)
    r = stroke["size"]
    points = [(x - left - 0.5, y - top - 0.5) for x, y in stroke["points"]]  # Pillow counts from the pixels' centres
    if len(points) > 1:
        draw.line(points, fill=255, width=max(1, round(2 * r)))
    for x, y in points:
        draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return mask


def _small(image: Image.Image) -> Image.Image:
    """The photo as few pixels as a blur leaves of it."""
    width, height = image.size
    scale = BLUR_SIDE / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return image.resize(size, Image.Resampling.BOX)


def _enlarged(small: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    """The part of the blurred photo in a box."""
    sx, sy = small.width / size[0], small.height / size[1]
    left, top, right, bottom = box
    part = (left * sx, top * sy, min(small.width, right * sx), min(small.height, bottom * sy))
    return small.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=part)


def _elsewhere(box: Box, shift: Sequence[float], size: tuple[int, int]) -> Box:
    """The box that lies `shift` away, moved as little as it must be to lie within the photo."""
    left, top, right, bottom = box
    x = min(max(round(shift[0]), -left), size[0] - right)
    y = min(max(round(shift[1]), -top), size[1] - bottom)
    return left + x, top + y, right + x, bottom + y
