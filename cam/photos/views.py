"""From an opened image to the tensor a model sees, and the way back.

Knows sizes, rectangles, channels and normalisation. Knows nothing about files, models or maps.
All rectangles are `(left, top, right, bottom)` in pixels, x before y; tensors are `(1, C, H, W)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from ..errors import CamError, ImageError, unknown
from . import bands

Box = tuple[float, float, float, float]


def sides(tensor: torch.Tensor) -> tuple[int, int]:
    """The height and the width of a tensor (..., H, W)."""
    height, width = tensor.shape[-2:]
    return height, width


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


_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # what a photo shows a network of so many channels


@dataclass(frozen=True)
class Preprocess:
    """A model's preprocessing: callable as `(image, fit) -> (input (1, C, H, W) float32, View)`.

    `size` (H, W) of the input and `resize` (shorter side before the centre crop) in pixels; `mean` and `std` of each of
    C channels, for values in [0, 1]; `interpolation` one of nearest, bilinear, bicubic, lanczos (with antialiasing).
    A photo is shown as grey (C = 1), grey and opacity (2), RGB (3) or RGBA (4); an array (H, W) or (H, W, C) of uint8,
    uint16, bool or float in [0, 1] band by band. Raises `ImageError` for an image of another number of bands.
    """

    size: tuple[int, int] = (224, 224)
    resize: int = 256
    mean: Sequence[float] = (0.485, 0.456, 0.406)
    std: Sequence[float] = (0.229, 0.224, 0.225)
    interpolation: str = "bilinear"

    def __post_init__(self) -> None:
        if self.interpolation not in _RESAMPLING:
            raise unknown("interpolation", self.interpolation, _RESAMPLING)
        counts = [len(one) if hasattr(one, "__len__") else 0 for one in (self.mean, self.std)]
        if counts[0] != counts[1] or not counts[0]:
            raise CamError(
                "preprocess-statistics",
                "Preprocess needs a mean and a std for each channel, not mean={mean!r} and std={std!r}: for "
                "a grey network Preprocess(mean=(0.5,), std=(0.5,)).",
                mean=self.mean,
                std=self.std,
            )

    @property
    def channels(self) -> int:
        """How many channels the input has: as many as there are means."""
        return len(self.mean)

    def __call__(self, image: Image.Image | np.ndarray, fit: str = "squeeze") -> tuple[torch.Tensor, View]:
        size = image.size if isinstance(image, Image.Image) else (image.shape[1], image.shape[0])
        view = view_of(size, self.size, self.resize, fit)
        left, top, right, bottom = (int(v) for v in view.content)
        pixels = self._seen(image, (right - left, bottom - top), view.source)
        normalised = (pixels - _each(self.mean)) / _each(self.std)
        if fit != "pad":
            return normalised[None], view
        padded = torch.zeros(1, self.channels, *self.size)  # zero is the mean colour
        padded[0, :, top:bottom, left:right] = normalised
        return padded, view

    def undo(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the values (C, H, W) in [0, 1] that an input (1, C, H, W) was made from; what lies outside is cut."""
        return (inputs[0].float().cpu() * _each(self.std) + _each(self.mean)).clamp(0, 1)

    def _seen(self, image: Image.Image | np.ndarray, size: tuple[int, int], box: Box) -> torch.Tensor:
        """The rectangle `box` of an image at `size` (w, h): (C, h, w) float32 in [0, 1]."""
        resampling = _RESAMPLING[self.interpolation]
        if isinstance(image, np.ndarray):
            array = bands.stacked(image)
            if array.shape[2] != self.channels:
                raise _other_bands(array.shape[2], self.channels)
            return bands.resized(array, size, resampling, box)
        if self.channels not in _MODES:
            raise ImageError(
                "photo-channels",
                "A photo has at most 4 channels (RGBA), but the model takes {channels}: pass an array "
                "(H, W, {channels}), or a tensor (1, {channels}, H, W).",
                channels=self.channels,
            )
        mode = _MODES[self.channels]
        seen = (image if image.mode == mode else image.convert(mode)).resize(size, resampling, box=box)
        pixels = np.array(seen, dtype=np.uint8).reshape(*seen.size[::-1], self.channels)
        return torch.from_numpy(pixels).permute(2, 0, 1).float() / 255  # (h, w, C) -> (C, h, w)


def _each(values: Sequence[float]) -> torch.Tensor:
    """One value per channel, (C, 1, 1)."""
    return torch.tensor([float(value) for value in values]).view(-1, 1, 1)


def _other_bands(count: int, channels: int) -> ImageError:
    if count == 1:
        return ImageError(
            "array-one-band",
            "The array has 1 band, but the model takes {channels}: pass an array (H, W, {channels}), or use "
            "Preprocess(mean=..., std=...) of 1 values.",
            channels=channels,
        )
    return ImageError(
        "array-bands",
        "The array has {count} bands, but the model takes {channels}: pass an array (H, W, {channels}), or use "
        "Preprocess(mean=..., std=...) of {count} values.",
        count=count,
        channels=channels,
    )


def usual(channels: int) -> Preprocess:
    """The preprocessing of a network that says nothing of its own: ImageNet's at 224 x 224.

    Where its three colours do not fit, their mean stands for each channel; of four the first three are colours.
    """
    if channels == 3:
        return Preprocess()
    colours = [tuple(getattr(Preprocess, name)) if channels == 4 else () for name in ("mean", "std")]
    means = [sum(getattr(Preprocess, name)) / 3 for name in ("mean", "std")]
    mean, std = ((*own, *[rest] * (channels - len(own))) for own, rest in zip(colours, means, strict=True))
    return Preprocess(mean=mean, std=std)
