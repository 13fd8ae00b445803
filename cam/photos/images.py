"""Opening strangers' images: whatever claims to be a picture becomes an upright RGB image, or one clear sentence.

Knows where pictures come from: paths, bytes, file objects, arrays. A file that is plainly ordinary is decoded here, any
other in a process of its own with limits of time and memory. Knows nothing about models or pages. A message carries a
file's base name at most, never its folder; it is plain text, not HTML.
"""

from __future__ import annotations

import io
import os
import stat
import threading
from contextlib import nullcontext, suppress
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from ..errors import ImageError
from ..messages import Message
from . import decoding
from .apart import decode_apart
from .decoding import CHOICES, Limits, NotPlain
from .pixels import eight_bits
from .plain import MOST_BYTES, is_plain

__all__ = ["open_image"]

# What a picture is called that has no name.
_FILE = Message("the-file", "The file")
_IMAGE = Message("the-image", "The image")
_ARRAY = Message("the-array", "The array")
_PICTURE = Message("the-picture", "The picture")

_SMALL = 500_000  # bytes of a file that is decoded at once, however many are
_large = threading.BoundedSemaphore(2)  # larger ones that are decoded here at a time: each may need hundreds of MB


def open_image(
    source: str | os.PathLike | bytes | BinaryIO | Image.Image | np.ndarray,
    *,
    max_pixels: int = 64_000_000,
    max_bytes: int | None = None,
    min_side: int = 8,
) -> Image.Image:
    """Open `source` as an upright RGB image that shares nothing with it.

    `source` is a path, the bytes of a file, a binary file object (read from its start), a PIL image, or an array
    (H, W), (H, W, 3) or (H, W, 4) of uint8, uint16, bool or float in [0, 1]. The first frame or page counts.
    Transparency lies on white; an embedded colour profile is converted to sRGB. Deep integers are scaled by the
    range that their values need (255, 4095 or 65535), floats outside [0, 1] in a file from minimum to maximum.
    `max_pixels` is checked before anything is decoded; `max_bytes` is the size of a file; `min_side` in pixels.
    Opening a file takes at most 5 s, and 300 MB beside the picture's own pixels (the memory: on Linux), whatever its
    bytes say; files of less usual kinds take a fifth of a second longer. Raises `ImageError` with a sentence for
    whatever cannot be opened so.
    """
    return _open(source, Limits(max_pixels, max_bytes, min_side))


def open_clear(source: Any) -> Image.Image:
    """Open `source` as `open_image` does, with its transparency: RGBA where it has some, else RGB."""
    return _open(source, Limits(64_000_000, None, 8, clear=True))


def _open(source: Any, limits: Limits) -> Image.Image:
    if isinstance(source, Image.Image):
        return decoding.finish(_IMAGE, source, limits)
    if isinstance(source, np.ndarray):
        return decoding.finish(_ARRAY, _from_array(source, limits), limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _open_bytes(_FILE, bytes(source), limits)
    if isinstance(source, (str, os.PathLike)):
        name = _base_name(source)
        with _open_path(name, source) as file:
            return _open_file(name, file, os.fstat(file.fileno()).st_size, limits)
    if hasattr(source, "read"):
        name = _base_name(source.name) if isinstance(getattr(source, "name", None), str) else _FILE
        data = _read(name, source, limits)
        return _open_bytes(name, data, limits)
    raise ImageError(
        "image-type",
        "A value of type {type} cannot be opened as an image: pass a path, bytes, a binary file, a PIL image or a "
        "numpy array.",
        type=type(source).__name__,
    )


def open_plain(data: bytes, *, max_pixels: int) -> Image.Image:
    """Open the bytes of a plainly ordinary file as `open_image` does; raises `ImageError` for any other one."""
    limits = Limits(max_pixels, None, 8)
    kind = _kind_of(_PICTURE, data[: 1 << 16], limits)
    if is_plain(kind, data):
        with suppress(NotPlain):
            return decoding.decode(_PICTURE, kind, io.BytesIO(data), limits, plain=True)
    raise ImageError(
        "image-not-plain",
        "The picture is damaged or no ordinary {kind} file: send a JPEG, PNG or WebP as a camera makes it.",
        kind=kind,
    )


# --- files -----------------------------------------------------------------------------------------------------------


def _base_name(path: str | os.PathLike) -> str:
    """The last part of a path, at most 60 printable characters; never a folder above it."""
    text = os.fsdecode(path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    if len(text) > 60:
        text = f"{text[:40]}...{text[-17:]}"
    return text or _FILE


def _open_path(name: str, path: str | os.PathLike) -> BinaryIO:
    """Open a regular file; folders, pipes and missing files become sentences."""
    if isinstance(path, str) and path.lower().startswith(("http://", "https://")):
        raise ImageError("image-address", "Web addresses are not opened: save the picture and choose the saved file.")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError("image-missing", "{name} does not exist: check its path.", name=name) from None
    except (OSError, ValueError):  # no permission, a null character, a name too long
        raise ImageError(
            "image-unreadable", "{name} cannot be read: check its path and its permissions.", name=name
        ) from None
    if stat.S_ISDIR(mode):
        raise ImageError("image-folder", "{name} is a folder: choose {choices}.", name=name, choices=CHOICES)
    raise ImageError("image-no-file", "{name} is not a regular file: choose {choices}.", name=name, choices=CHOICES)


def _read(name: str, file: BinaryIO, limits: Limits) -> bytes:
    """The whole of a file object, but never much more than the limit."""
    with suppress(AttributeError, OSError, ValueError):  # a stream that cannot be rewound is read from where it is
        file.seek(0)
    data = bytearray()
    try:
        while chunk := file.read(1 << 20):
            data += chunk
            limits.check_bytes(name, len(data))
    except ImageError:
        raise
    except TypeError:
        raise ImageError(
            "image-text-mode", "{name} is opened as text: open it in binary mode ('rb').", name=name
        ) from None
    except (OSError, ValueError):  # closed, write-only, or the disk failed
        raise ImageError("image-not-readable", "{name} cannot be read: open it again for reading.", name=name) from None
    return bytes(data)


def _open_file(name: str, file: BinaryIO, size: int, limits: Limits) -> Image.Image:
    """The picture in a regular file."""
    limits.check_bytes(name, size)
    if size <= MOST_BYTES:
        return _open_bytes(name, file.read(MOST_BYTES + 1), limits, file)
    kind = _kind_of(name, file.read(1 << 16), limits)
    return decode_apart(name, kind, file, limits)


def _open_bytes(name: str, data: bytes, limits: Limits, file: BinaryIO | None = None) -> Image.Image:
    """The picture in the bytes of a file; `file`, if it is there, holds the same."""
    limits.check_bytes(name, len(data))
    kind = _kind_of(name, data[: 1 << 16], limits)
    if is_plain(kind, data):
        with suppress(NotPlain), nullcontext() if len(data) <= _SMALL else _large:
            return decoding.decode(name, kind, io.BytesIO(data), limits, plain=True)
    return decode_apart(name, kind, file or io.BytesIO(data), limits)


def _kind_of(name: str, head: bytes, limits: Limits) -> str:
    """Check the kind and, where a reader does that late, the size that a file's beginning tells."""
    kind = decoding.format_of(head)
    if kind is None:
        raise decoding.not_an_image(name, head[:4096])
    decoding.check_declared_size(name, kind, head, limits)
    return kind


# --- arrays ----------------------------------------------------------------------------------------------------------


def _from_array(array: np.ndarray, limits: Limits) -> Image.Image:
    """An array as a PIL image of mode L, RGB or RGBA."""
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 and not (array.ndim == 3 and shape[2] in (3, 4)):
        if array.ndim == 3 and shape[0] in (1, 3, 4):
            raise ImageError(
                "array-channels-first",
                "The array has shape {shape} (its channels come first: move them last): pass (H, W), (H, W, 3) or "
                "(H, W, 4).",
                shape=shape,
            )
        raise ImageError(
            "array-shape", "The array has shape {shape}: pass (H, W), (H, W, 3) or (H, W, 4).", shape=shape
        )
    limits.check_size(_ARRAY, shape[1], shape[0])
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ImageError("array-not-finite", "The array holds NaN or infinity: pass finite values in [0, 1].")
        low, high = array.min(), array.max()
        if low < -0.01 or high > 1.01:  # a resampling filter overshoots a little
            raise ImageError(
                "array-range",
                "The array holds floats from {low:.4g} to {high:.4g}: scale them to [0, 1], or pass uint8 in [0, 255].",
                low=low,
                high=high,
            )
        array = np.clip(array, 0, 1)
    elif array.dtype.kind == "b":
        array = array * np.uint8(255)
    elif array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise ImageError(
            "array-type",
            "The array has type {type}: pass uint8, uint16, bool, or float in [0, 1].",
            type=array.dtype,
        )
    if array.dtype != np.uint8:
        array = eight_bits(_ARRAY, array)
    return Image.fromarray(np.ascontiguousarray(array))
