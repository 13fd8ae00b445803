"""From an opened image to the tensor a model sees, and the way back.

Knows sizes, rectangles and normalisation. Knows nothing about files, models or maps.
All rectangles are `(left, top, right, bottom)` in pixels, x before y; tensors are `(1, 3, H, W)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from .errors import unknown

Box = tuple[float, float, float, float]

FITS = {
    "crop": "The model's own resize and centre crop.",
    "squeeze": "The whole image, resized to the model's input size.",
    "pad": "The whole image at its own shape, with a margin.",
}

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


@dataclass(frozen=True)
class View:
    """Which part of the image the model saw, and where that part lies in its input.

    `size` (W0, H0) of the image; `source` the rectangle of the image that was seen; `content` the rectangle of the
    input that shows it; `input` (W, H) of the model's input.
    """

    size: tuple[int, int]
    source: Box
    content: Box
    input: tuple[int, int]


def _crop_view(size: tuple[int, int], height: int, width: int, resize: int) -> View:
    """Shorter side to `resize`, then the centre: the integers are rounded as torchvision's Resize and CenterCrop do."""
    w0, h0 = size
    if w0 * height <= h0 * width:  # the width is the side that limits
        rw = max(width, resize)
        rh = max(height, int(rw * h0 / w0))
    else:
        rh = max(height, resize)
        rw = max(width, int(rh * w0 / h0))
    left, top = round((rw - width) / 2), round((rh - height) / 2)
    sx, sy = w0 / rw, h0 / rh
    source = (left * sx, top * sy, min(w0, (left + width) * sx), min(h0, (top + height) * sy))
    return View(size, source, (0.0, 0.0, float(width), float(height)), (width, height))


def _pad_view(size: tuple[int, int], height: int, width: int) -> View:
    """The largest rectangle of the image's shape, centred in the input."""
    w0, h0 = size
    scale = min(width / w0, height / h0)
    w, h = max(1, round(w0 * scale)), max(1, round(h0 * scale))
    left, top = (width - w) // 2, (height - h) // 2
    return View(size, (0.0, 0.0, w0, h0), (left, top, left + w, top + h), (width, height))


def view_of(size: tuple[int, int], input_size: tuple[int, int], resize: int, fit: str) -> View:
    """Return the `View` of an image of `size` (W0, H0) in an input of `input_size` (H, W).

    `resize` is the shorter side before the centre crop, in pixels; only `fit="crop"` uses it.
    Raises `UnknownNameError` for a `fit` outside `FITS`.
    """
    if fit not in FITS:
        raise unknown("fit", fit, FITS)
    height, width = input_size
    if fit == "crop":
        return _crop_view(size, height, width, resize)
    if fit == "pad":
        return _pad_view(size, height, width)
    whole = (0.0, 0.0, float(size[0]), float(size[1]))
    return View(size, whole, (0.0, 0.0, float(width), float(height)), (width, height))


@dataclass(frozen=True)
class Preprocess:
    """A model's preprocessing: callable as `(image, fit) -> (input (1, 3, H, W) float32, View)`.

    `size` (H, W) of the input and `resize` (shorter side before the centre crop) in pixels; `mean` and `std` per
    channel for values in [0, 1]; `interpolation` one of nearest, bilinear, bicubic, lanczos (with antialiasing).
    """

    size: tuple[int, int] = (224, 224)
    resize: int = 256
    mean: Sequence[float] = (0.485, 0.456, 0.406)
    std: Sequence[float] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"

    def __post_init__(self):
        if self.interpolation not in _RESAMPLING:
            raise unknown("interpolation", self.interpolation, _RESAMPLING)

    def __call__(self, image: Image.Image, fit: str = "squeeze") -> tuple[torch.Tensor, View]:
        view = view_of(image.size, self.size, self.resize, fit)
        left, top, right, bottom = (int(v) for v in view.content)
        seen = image.resize((right - left, bottom - top), _RESAMPLING[self.interpolation], box=view.source)
        pixels = torch.from_numpy(np.array(seen, dtype=np.uint8)).permute(2, 0, 1)  # (h, w, 3) -> (3, h, w)
        mean = torch.tensor(self.mean).view(3, 1, 1)
        std = torch.tensor(self.std).view(3, 1, 1)
        normalised = (pixels.float() / 255 - mean) / std
        if fit != "pad":
            return normalised[None], view
        padded = torch.zeros(1, 3, *self.size)  # zero is the mean colour
        padded[0, :, top:bottom, left:right] = normalised
        return padded, view
