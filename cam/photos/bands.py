"""Arrays of any number of bands, grey, colour or what a satellite sees, as numbers in [0, 1] and as a picture.

Knows arrays (H, W) and (H, W, C) and their types; knows no files and no models.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image

from ..errors import ImageError
from .pixels import top_of


def stacked(array: np.ndarray) -> np.ndarray:
    """Return an array (H, W) or (H, W, C) as (H, W, C); raises `ImageError` for another shape or no number."""
    if array.ndim not in (2, 3) or 0 in array.shape:
        raise ImageError(
            "array-bands-shape",
            "The array has shape {shape}: pass (H, W) or (H, W, C), channels last.",
            shape=array.shape,
        )
    if array.dtype.kind not in "biuf":
        raise ImageError(
            "array-type",
            "The array has type {type}: pass uint8, uint16, bool, or float in [0, 1].",
            type=array.dtype,
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ImageError("array-not-finite", "The array holds NaN or infinity: pass finite values in [0, 1].")
    return array[:, :, None] if array.ndim == 2 else array


def unit(array: np.ndarray) -> np.ndarray:
    """Return values in [0, 1], float32: integers over their full brightness, `top_of` them.

    Raises `ImageError` for another type, and for floats outside [0, 1].
    """
    if array.dtype.kind == "b":
        return array.astype(np.float32)
    if array.dtype.kind == "u" and array.dtype.itemsize <= 2:
        return array.astype(np.float32) / np.float32(top_of(array.dtype, 0, array.max()))
    if array.dtype.kind != "f":
        raise ImageError(
            "array-type-preprocess",
            "The array has type {type}: pass uint8, uint16, bool, or float in [0, 1], or give the model a "
            "preprocess that takes it as it is: wrap_model(net, preprocess=function).",
            type=array.dtype,
        )
    low, high = array.min(), array.max()
    if low < -0.01 or high > 1.01:  # a resampling filter overshoots a little
        raise ImageError(
            "array-bands-range",
            "The array holds floats from {low:.4g} to {high:.4g}: scale them to [0, 1].",
            low=low,
            high=high,
        )
    return np.clip(array, 0, 1).astype(np.float32)


def stretched(array: np.ndarray) -> np.ndarray:
    """Return values in [0, 1], float32: as `unit` does where that is possible, else from minimum to maximum."""
    try:
        return unit(array)
    except ImageError:
        return _from_least_to_most(array)


def _from_least_to_most(array: np.ndarray) -> np.ndarray:
    low, high = float(array.min()), float(array.max())
    return ((array.astype(np.float64) - low) / ((high - low) or 1.0)).astype(np.float32)


def chosen(count: int, bands: int | Sequence[int] | None) -> tuple[int, ...]:
    """Return the numbers, from 0, of the three bands that are shown, or of the one that is shown as grey.

    None: the first three; of one or two, the first. Raises `ImageError` for bands that are not there.
    """
    if bands is None:
        return (0, 1, 2) if count >= 3 else (0,)
    try:
        numbers = tuple(int(number) for number in ((bands,) if isinstance(bands, int) else bands))
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) not in (1, 3) or not all(0 <= number < count for number in numbers):
        raise ImageError(
            "bands-chosen",
            "bands={bands!r} does not choose three of the bands 0 to {last}, or one of them for grey: use "
            "bands={usual}, for example.",
            bands=bands,
            last=count - 1,
            usual=chosen(count, None),
        )
    return numbers


def picture(array: np.ndarray, bands: int | Sequence[int] | None = None, *, stretch: bool = False) -> Image.Image:
    """Return the RGB picture that stands for an array (H, W, C): three of its bands, or one as grey.

    `stretch`: what is shown goes from minimum to maximum, whatever its values.
    """
    seen = array[:, :, list(chosen(array.shape[2], bands))]
    shown = _from_least_to_most(seen) if stretch else stretched(seen)
    pixels = np.rint(shown * 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3))))


def resized(
    array: np.ndarray, size: tuple[int, int], resampling: Image.Resampling, box: tuple[float, float, float, float]
) -> torch.Tensor:
    """Cut the rectangle `box` out of an array (H, W, C) and resize it to `size` (w, h), each band with antialiasing.

    Returns (C, h, w) float32 in [0, 1]. Bands do not mix: a fourth one is no transparency.
    """
    values = unit(array)
    planes = [
        np.asarray(Image.fromarray(np.ascontiguousarray(values[:, :, band])).resize(size, resampling, box=box))
        for band in range(values.shape[2])
    ]
    return torch.from_numpy(np.stack(planes))
