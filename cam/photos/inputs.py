"""What a caller gives to be explained: a photo, an array of any number of bands, or a tensor that is ready.

Knows what the model's preprocessing gets of it, what picture stands for it, and what a user's own preprocessing may
return. Knows files only through `open_image`; knows no outputs and no maps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..errors import CamError, ImageError
from ..messages import Message
from . import bands
from .images import open_clear, open_image
from .views import Preprocess, View, sides, view_of

Prepared = Callable[[Any, str], tuple[torch.Tensor, View]]
Bands = int | Sequence[int] | None

_PHOTO_CHANNELS = (1, 2, 3, 4)  # what a photo can be shown as
_ORDINARY = (1, 3, 4)  # bands of an array that is a picture


@dataclass(frozen=True, eq=False)
class Opened:
    """What a caller gave: `shown`, the RGB picture of it, and `given`, what the model's preprocessing gets.

    That is a PIL image, an array (H, W, C), or a tensor (1, C, H, W) that is the input as it is."""

    shown: Image.Image
    given: Image.Image | np.ndarray | torch.Tensor

    def prepared(self, preprocess: Prepared, fit: str) -> tuple[torch.Tensor, View]:
        """Return the input (1, C, H, W) and the `View` of the picture in it; of a tensor it shows the whole."""
        if not isinstance(self.given, torch.Tensor):
            return preprocess(self.given, fit)
        width, height = self.shown.size
        return self.given, view_of((width, height), (height, width), 1, fit)  # of its own size each fit is whole

    def black(self, preprocess: Prepared, fit: str) -> Callable[[], torch.Tensor]:
        """Return how the input (1, C, H, W) of a black image of this kind and size is made, without keeping this one.

        Of a ready tensor black is what its picture shows as black: zero before normalisation, or the minimum.
        """
        if isinstance(self.given, np.ndarray):
            shape, kind = self.given.shape, self.given.dtype
            return lambda: preprocess(np.zeros(shape, kind), fit)[0]
        if isinstance(self.given, torch.Tensor):
            shape = self.given.shape
            if _normalises(preprocess, shape[1]):
                values = -torch.tensor(preprocess.mean) / torch.tensor(preprocess.std)
            else:
                values = self.given.amin((0, 2, 3)).cpu().float()
            return lambda: values.view(1, -1, 1, 1).expand(shape).clone()
        size, mode = self.given.size, self.given.mode
        return lambda: preprocess(Image.new(mode, size, (0, 0, 0, 255) if mode == "RGBA" else 0), fit)[0]


def open_given(source: Any, preprocess: Prepared, shown: Bands = None, detail: float = 1.0) -> Opened:
    """Open what `trace` is given: anything that `open_image` takes, an array of any number of bands, or a tensor.

    `shown` chooses the bands of an array or a tensor that make its picture. Raises `ImageError` with a sentence, also
    for a tensor at a `detail` other than 1, for it has a size of its own.
    """
    if isinstance(source, torch.Tensor):
        if detail != 1:
            raise ImageError(
                "tensor-detail",
                "The tensor is the input as it is, and detail={detail:g} asks for one of another size. Pass the "
                "picture that it was made from, or another tensor with detail=1: "
                "torch.nn.functional.interpolate(tensor, scale_factor={detail:g}), of (1, C, H, W).",
                detail=detail,
            )
        return _ready(source, preprocess, shown)
    if isinstance(source, np.ndarray):
        return _array(source, preprocess, shown)
    opened = _photo(source, preprocess)
    if shown is not None:
        raise ImageError(
            "photo-bands", "A photo is shown as it is: bands= chooses which bands of an array or a tensor are shown."
        )
    return opened


def _photo(source: Any, preprocess: Prepared) -> Opened:
    """A photo; a network of two or four channels gets its transparency, where it has some."""
    if _channels(preprocess) not in (2, 4):
        photo = open_image(source)
        return Opened(photo, photo)
    photo = open_clear(source)
    return Opened(open_image(photo), photo)


def _channels(preprocess: Prepared) -> int | None:
    return preprocess.channels if isinstance(preprocess, Preprocess) else None


def _normalises(preprocess: Prepared, channels: int) -> TypeGuard[Preprocess]:
    return _channels(preprocess) == channels


def _array(source: np.ndarray, preprocess: Prepared, shown: Bands) -> Opened:
    """An array of the bands that a `Preprocess` takes goes there as it is; any other of 1, 3 or 4 is a photo."""
    channels = _channels(preprocess)
    count = source.shape[2] if source.ndim == 3 else 1
    fits = channels == count and (count != 3 or source.dtype != np.uint8)
    if count in _ORDINARY and source.ndim in (2, 3) and not fits and channels in (None, *_PHOTO_CHANNELS):
        opened = _photo(source, preprocess)
        return opened if shown is None else replace(opened, shown=bands.picture(bands.stacked(source), shown))
    array = bands.stacked(source)
    return Opened(bands.picture(array, shown), array)


def _ready(tensor: torch.Tensor, preprocess: Prepared, shown: Bands) -> Opened:
    """A tensor that is the network's input as it is, and the picture that it was made from, as far as that is known."""
    shape = tuple(tensor.shape)
    inputs = (tensor[None] if tensor.ndim == 3 else tensor).detach()
    if tensor.ndim not in (3, 4) or 0 in shape:
        raise ImageError(
            "tensor-shape", "The tensor has shape {shape}: a ready input is (1, C, H, W) or (C, H, W).", shape=shape
        )
    if len(inputs) != 1:
        raise ImageError(
            "tensor-many",
            "The tensor holds {count} images, and one is explained at a time: pass tensor[:1].",
            count=len(inputs),
        )
    if not tensor.is_floating_point():
        raise ImageError(
            "tensor-type",
            "The tensor has type {type}: a ready input is floating-point, normalised as the network takes it, "
            "for example tensor.float() / 255. Pass tensor.permute(1, 2, 0).numpy() to have it preprocessed.",
            type=tensor.dtype,
        )
    if not torch.isfinite(inputs).all():
        raise ImageError("tensor-not-finite", "The tensor holds NaN or infinity: pass finite values.")
    if _normalises(preprocess, inputs.shape[1]):
        values, stretch = preprocess.undo(inputs), False
    else:
        values, stretch = inputs[0].float().cpu(), True
    return Opened(bands.picture(values.permute(1, 2, 0).numpy(), shown, stretch=stretch), inputs)


# --- a user's own preprocessing --------------------------------------------------------------------------------------


def by_function(function: Callable[[Any], Any]) -> Prepared:
    """Give a user's transform the form `(image, fit) -> (input, View)`.

    It returns (C, H, W) or (1, C, H, W) as a tensor or an array, a HuggingFace processor's dictionary with
    "pixel_values", or a tuple (tensor, View). Raises `CamError` for anything else.
    """

    def prepared(image: Image.Image | np.ndarray, fit: str = "squeeze") -> tuple[torch.Tensor, View]:
        made = function(image)
        if isinstance(made, tuple):  # the transform knows its own View
            if len(made) != 2 or not isinstance(made[1], View):
                raise CamError(
                    "preprocess-tuple",
                    "preprocess returns {what}: return a tensor (C, H, W) or (1, C, H, W), or a tuple (tensor, View).",
                    what=_kinds(made),
                )
            return _as_input(made[0]), made[1]
        tensor = _as_input(made)
        size = image.size if isinstance(image, Image.Image) else (image.shape[1], image.shape[0])
        return tensor, view_of(size, sides(tensor), min(sides(tensor)), "squeeze")

    return prepared


def _as_input(made: Any) -> torch.Tensor:
    """The input (1, C, H, W) in what a preprocessing returns."""
    found = made
    if isinstance(made, Mapping):
        if "pixel_values" not in made:
            raise _no_pixel_values(made)
        found = made["pixel_values"]
        if isinstance(found, list | tuple) and len(found) == 1:
            found = found[0]
    if isinstance(found, np.ndarray) and found.dtype.kind in "biuf":
        found = torch.from_numpy(np.ascontiguousarray(found))
    if isinstance(found, Image.Image):
        raise CamError(
            "preprocess-image",
            "preprocess returns a PIL image: return a tensor (C, H, W) or (1, C, H, W), for instance torchvision's "
            "to_tensor(image).",
        )
    if not isinstance(found, torch.Tensor):
        raise CamError(
            "preprocess-kind",
            "preprocess returns {what}: return a tensor (C, H, W) or (1, C, H, W).",
            what=_kinds(found),
        )
    if found.ndim not in (3, 4) or 0 in found.shape:
        raise CamError(
            "preprocess-shape",
            "preprocess returns a tensor of shape {shape}: return a tensor (C, H, W) or (1, C, H, W).",
            shape=tuple(found.shape),
        )
    if found.ndim == 4 and len(found) != 1:
        raise CamError(
            "preprocess-many",
            "preprocess returns {count} images, {shape}, for one: return a tensor (C, H, W) or (1, C, H, W).",
            count=len(found),
            shape=tuple(found.shape),
        )
    return found if found.ndim == 4 else found[None]


def _no_pixel_values(made: Mapping) -> CamError:
    if not made:
        return CamError(
            "preprocess-empty",
            'preprocess returns a {type} with nothing, not with "pixel_values": choose the tensor, as in '
            'wrap_model(net, preprocess=lambda image: processor(image)["..."]).',
            type=type(made).__name__,
        )
    return CamError(
        "preprocess-keys",
        'preprocess returns a {type} with {keys}, not with "pixel_values": choose the tensor, as in '
        'wrap_model(net, preprocess=lambda image: processor(image)["..."]).',
        type=type(made).__name__,
        keys=[repr(key) for key in made],
    )


def _kinds(value: Any) -> Message:
    """What a value is, in words: its type, and the types inside a tuple or list."""
    kind = type(value).__name__
    if not isinstance(value, tuple | list):
        return Message("value-of-type", "a value of type {type}", type=kind)
    if not value:
        return Message("group-of-nothing", "a {type} of nothing", type=kind)
    return Message("group-of", "a {type} of {inside}", type=kind, inside=[type(one).__name__ for one in value[:4]])


# --- what a network takes --------------------------------------------------------------------------------------------


def inside(net: nn.Module) -> Preprocess | None:
    """The preprocessing of a network that normalises and resizes by itself, as torchvision's detectors do; else None.

    It gets values in [0, 1], at the size that it would make of a square.
    """
    own = getattr(net, "transform", None)
    count = len(getattr(own, "image_mean", ()))
    if not isinstance(own, nn.Module) or not count or not hasattr(own, "image_std"):
        return None
    fixed, least = getattr(own, "fixed_size", None), getattr(own, "min_size", None) or (224,)
    width, height = fixed or (least[-1], least[-1])
    return Preprocess((int(height), int(width)), int(min(height, width)), (0.0,) * count, (1.0,) * count)


def first_convolution(net: nn.Module) -> tuple[str, int] | None:
    """Return the name of a network's first registered convolution over planes, and how many channels it takes."""
    for name, module in net.named_modules():
        taken, kernel = getattr(module, "in_channels", None), getattr(module, "kernel_size", None)
        if isinstance(taken, int) and taken > 0 and isinstance(kernel, tuple) and len(kernel) == 2:
            return name, taken
    return None


def sample(channels: int) -> Image.Image | np.ndarray:
    """Noise to look at a network with, a photo or an array (64, 64, C): no channel is idle on it, no two rows alike."""
    shape = (64, 64, 3 if channels in _PHOTO_CHANNELS else channels)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    return Image.fromarray(noise) if channels in _PHOTO_CHANNELS else noise


@contextmanager
def fitting(net: nn.Module, inputs: torch.Tensor, known: tuple[int, int, int] | None = None) -> Iterator[None]:
    """Within the block `net` runs on `inputs` (1, C, H, W): what it raises becomes a sentence about channels or size.

    `known` (C, H, W) is a shape that the network takes; an error on that shape is none of the input's and stays.
    """
    try:
        yield
    except (CamError, torch.OutOfMemoryError, MemoryError):
        raise
    except (RuntimeError, ValueError, AssertionError) as error:
        shape = tuple(inputs.shape[1:])
        if shape == known:
            raise
        raise _misfit(net, shape, known, error) from error


def _misfit(net: nn.Module, shape: tuple[int, ...], known: tuple[int, int, int] | None, error: Exception) -> ImageError:
    channels, height, width = shape
    first = first_convolution(net)
    taken = known[0] if known else first[1] if first else channels
    if channels != taken:
        return _other_channels(channels, taken, first, last=width == taken)
    says = " ".join(str(error).split())[:160] or type(error).__name__
    size = {"width": width, "height": height, "channels": channels, "says": says}
    if known:
        return ImageError(
            "input-size-known",
            "The network does not take an input of {width} x {height} pixels, (1, {channels}, {height}, {width}); it "
            "takes {known_width} x {known_height}. It says: {says}. Give it its own size: wrap_model(net, "
            "preprocess=Preprocess(size=(H, W))).",
            known_width=known[2],
            known_height=known[1],
            **size,
        )
    return ImageError(
        "input-size",
        "The network does not take an input of {width} x {height} pixels, (1, {channels}, {height}, {width}). It says: "
        "{says}. Give it its own size: wrap_model(net, preprocess=Preprocess(size=(H, W))).",
        **size,
    )


def _other_channels(channels: int, taken: int, first: tuple[str, int] | None, *, last: bool) -> ImageError:
    """The error for an input of `channels` where a network takes `taken`; `last`: they lie behind height and width."""
    if channels == 1:
        has = Message("one-channel", "1 channel")
    else:
        has = Message("channels", "{count} channels", count=channels)
    if first and first[1] == taken:
        takes = Message(
            "takes-first", "the network's first convolution, {name!r}, takes {taken}", name=first[0], taken=taken
        )
    elif first:
        takes = Message("takes-network", "the network takes {taken}", taken=taken)
    else:
        takes = Message("takes", "it takes {taken}", taken=taken)
    params = {"has": has, "takes": takes, "taken": taken}
    if last:
        return ImageError(
            "input-channels-last",
            "The input has {has}, but {takes} (its channels come last: pass tensor.permute(2, 0, 1)). Pass an image or "
            "a tensor (1, {taken}, H, W), or wrap_model(net, preprocess=Preprocess(mean=..., std=...)) with {taken} "
            "values each.",
            **params,
        )
    return ImageError(
        "input-channels",
        "The input has {has}, but {takes}. Pass an image or a tensor (1, {taken}, H, W), or "
        "wrap_model(net, preprocess=Preprocess(mean=..., std=...)) with {taken} values each.",
        **params,
    )
