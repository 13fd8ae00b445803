"""From whatever pixels an image or array holds to upright RGB in sRGB, with little memory beside the picture's own.

Knows pixel modes, orientation, transparency and colour profiles; knows no files. What needs copies is done in bands of
rows. A picture's name is only there for the sentences.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import ExifTags, Image

if TYPE_CHECKING:
    from PIL import ImageCms

from ..errors import ImageError

__all__ = ["eight_bits", "rgb", "rgb_bands", "top_of", "upright"]

_TOPS = (255, 4095, 65535)  # what 8, 12 (of sensors) and 16 bits hold
_BAND = 500_000  # pixels that are converted at a time where copies are needed
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PROFILE_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}

Range = tuple[float, float]
Conversion = Callable[[Image.Image], Image.Image]


def upright(image: Image.Image) -> Image.Image:
    """Turn an image as its EXIF orientation says; a broken EXIF block turns nothing."""
    turn = None
    with suppress(Exception):
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if turn is None else image.transpose(turn)


def rgb(name: str, image: Image.Image, *, own: bool = False, clear: bool = False) -> Image.Image:
    """A detached RGB picture of a decoded image, in sRGB, transparency on white, without metadata.

    `own`: nobody else has the image, and its pixels may become the picture's. `clear`: RGBA where it has transparency.
    """
    if _is_deep(image) or _is_clear(image):
        bands = rgb_bands(name, image, clear=clear)
        _, first = next(bands)
        made = Image.new(first.mode, image.size)
        made.paste(first, (0, 0))
        for top, band in bands:
            made.paste(band, (0, top))
    else:
        image = _opaque(image)
        made = _to_srgb(image.mode, image.info.get("icc_profile"), own=own)(image)
    made.info.clear()
    return made


def rgb_bands(name: str, image: Image.Image, *, clear: bool = False) -> Iterator[tuple[int, Image.Image]]:
    """The same picture in bands of rows, each with the row that it begins at; the image's own pixels stay."""
    span = _span(image) if _is_deep(image) else None
    planes = span is not None or _is_clear(image)
    convert = None
    for top, band in _bands(image):
        colours, alpha = _planes(name, band, span) if planes else (_opaque(band), None)
        convert = convert or _to_srgb(colours.mode, image.info.get("icc_profile"), own=False)
        made = convert(colours)
        if clear and alpha is not None:
            made.putalpha(alpha)
        yield top, made if clear else _on_white(made, alpha)


def _opaque(image: Image.Image) -> Image.Image:
    """The colours of an image without transparency, in a mode that a profile can be for."""
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _is_clear(image: Image.Image) -> bool:
    return image.mode in ("LA", "La") or image.has_transparency_data


def _is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image in bands of whole rows, each with the row that it begins at."""
    width, height = image.size
    rows = max(1, _BAND // width)
    for top in range(0, height, rows):
        yield top, image.crop((0, top, width, min(top + rows, height))) if rows < height else image


def _planes(name: str, image: Image.Image, span: Range | None) -> tuple[Image.Image, Image.Image | None]:
    """The colours, as mode L or RGB, and the opacity, as mode L or None where all is opaque."""
    if span is not None:
        values = np.asarray(image)
        hidden = image.info.get("transparency")  # one grey value that stands for "nothing here"
        alpha = Image.fromarray(np.where(values == hidden, 0, 255).astype(np.uint8)) if hidden is not None else None
        return Image.fromarray(eight_bits(name, values, span)), alpha
    if image.mode in ("LA", "La"):
        image = image.convert("LA")
        return image.getchannel("L"), image.getchannel("A")
    image = image.convert("RGBA")
    return image.convert("RGB"), image.getchannel("A")


def _on_white(colours: Image.Image, alpha: Image.Image | None) -> Image.Image:
    if alpha is None:
        return colours
    white = Image.new("RGB", colours.size, "white")
    white.paste(colours, mask=alpha)
    return white


def _span(image: Image.Image) -> Range:
    """The least and the greatest value of a deep image; NaN where there is one."""
    ends = [(float(values.min()), float(values.max())) for values in (np.asarray(band) for _, band in _bands(image))]
    lows, highs = zip(*ends, strict=True)
    return float(np.min(lows)), float(np.max(highs))


def top_of(kind: np.dtype, low: float, high: float) -> int | None:
    """Return what stands for full brightness among values from `low` to `high`; None where they are in no known range.

    1 of floats; of integers the smallest of 255, 4095 and 65535 that holds them all, so
    that a full-range picture keeps its brightness and a 12-bit one is not black.
    """
    tops = (1,) if kind.kind == "f" else _TOPS
    return next((top for top in tops if low >= 0 and high <= top), None)


def eight_bits(name: str, values: np.ndarray, span: Range | None = None) -> np.ndarray:
    """Deep values scaled, never clipped, to uint8; `span` is the least and the greatest value, by default of these.

    Where they have a full brightness (`top_of`) that becomes 255; anything else goes from minimum to maximum.
    """
    low, high = span or (float(values.min()), float(values.max()))
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ImageError("image-not-finite", "{name} holds NaN or infinity: save it with finite values.", name=name)
    top = top_of(values.dtype, low, high)
    floor, extent = (0.0, float(top)) if top else (low, (high - low) or 1.0)
    scaled = np.subtract(values, floor, dtype=np.float32 if top else np.float64)
    scaled *= 255 / extent
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _to_srgb(mode: str, profile: bytes | None, *, own: bool) -> Conversion:
    """A conversion of images of `mode` to RGB: by the profile where it is valid and for this mode, else by Pillow."""
    with suppress(Exception):  # a profile is a hint: a broken one is ignored
        if profile and mode in _PROFILE_SPACES:
            from PIL import ImageCms

            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            foreign = "sRGB" not in ImageCms.getProfileDescription(source)
            known: Any = source.profile
            if foreign and known.xcolor_space == _PROFILE_SPACES[mode]:
                transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
                return lambda image: _transformed(image, transform, own and mode == "RGB")
    return lambda image: _plain_rgb(image, own)


def _transformed(image: Image.Image, transform: ImageCms.ImageCmsTransform, in_place: bool) -> Image.Image:
    from PIL import ImageCms

    with suppress(Exception):
        changed = ImageCms.applyTransform(image, transform, inPlace=in_place)
        return _plain_rgb(image, own=True) if changed is None else changed
    return image.convert("RGB")


def _plain_rgb(image: Image.Image, own: bool) -> Image.Image:
    if own and image.mode == "RGB":
        return image._new(image.im)  # a plain picture of the same pixels
    return image.convert("RGB")
