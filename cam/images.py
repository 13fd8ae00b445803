"""Opening strangers' images: whatever claims to be a picture becomes an upright RGB image, or one clear sentence.

Knows file formats, pixel modes, orientation, colour profiles and limits. Knows nothing about models, pages or where a
picture came from. A message carries a file's base name at most, never its folder; it is plain text, not HTML.
"""

from __future__ import annotations

import functools
import importlib
import io
import math
import os
import stat
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image

from .errors import ImageError

__all__ = ["open_image"]

_CHOICES = "a JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or HEIC file"

# How a file starts -> Pillow's name of its format. Only these readers ever see a stranger's bytes.
_SIGNATURES = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_PLUGINS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin",
    "WEBP": "WebPImagePlugin",
    "AVIF": "AvifImagePlugin",
}
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")

# Files that people take for pictures, named instead of called "not an image".
_OTHERS = {
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
    b"8BPS": "a Photoshop file",
    b"\0\0\1\0": "an icon file",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 file",
    b"\xff\x4f\xff\x51": "a JPEG 2000 file",
    b"\0\0\0\x0cJXL ": "a JPEG XL file",
    b"\xff\x0a": "a JPEG XL file",
    b"PK\3\4": "a ZIP archive",
    b"\x1f\x8b": "a compressed file",
}

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


@dataclass(frozen=True)
class _Limits:
    pixels: int
    bytes: int | None
    side: int

    def check_size(self, name: str, width: int, height: int) -> None:
        """Raise `ImageError` for too many pixels or too short a side."""
        side = max(1, self.side)
        if min(width, height) < side:
            raise ImageError(f"{name} is {width} x {height} pixels: each side needs at least {side}.")
        if width * height > self.pixels:
            raise ImageError(
                f"{name} has {width} x {height} = {_count(width * height)} pixels, more than the limit of "
                f"{_count(self.pixels)}: make it smaller first."
            )

    def check_bytes(self, name: str, size: int) -> None:
        """Raise `ImageError` for an empty or too large file."""
        if size == 0:
            raise ImageError(f"{name} is empty (0 bytes): choose {_CHOICES}.")
        if self.bytes is not None and size > self.bytes:
            raise ImageError(
                f"{name} is larger than the limit of {_megabytes(self.bytes)}: make it smaller or save it as JPEG."
            )


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
    Raises `ImageError` with a sentence for whatever cannot be opened.
    """
    limits = _Limits(max_pixels, max_bytes, min_side)
    if isinstance(source, Image.Image):
        return _finish("The image", source, limits)
    if isinstance(source, np.ndarray):
        return _finish("The array", _from_array(source, limits), limits)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _open_file("The file", io.BytesIO(source), memoryview(source).nbytes, limits)
    if isinstance(source, (str, os.PathLike)):
        name = _base_name(source)
        with _open_path(name, source) as file:
            return _open_file(name, file, os.fstat(file.fileno()).st_size, limits)
    if hasattr(source, "read"):
        name = _base_name(source.name) if isinstance(getattr(source, "name", None), str) else "The file"
        data = _read(name, source, limits)
        return _open_file(name, io.BytesIO(data), len(data), limits)
    raise ImageError(
        f"A value of type {type(source).__name__} cannot be opened as an image: pass a path, bytes, a binary file, "
        "a PIL image or a numpy array."
    )


# --- words -----------------------------------------------------------------------------------------------------------


def _count(number: int) -> str:
    return f"{number / 1e6:.4g} million" if number >= 1_000_000 else str(number)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.4g} MB" if size >= 100_000 else f"{size} bytes"


def _base_name(path: str | os.PathLike) -> str:
    """The last part of a path, at most 60 printable characters; never a folder above it."""
    text = os.fsdecode(path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    if len(text) > 60:
        text = f"{text[:40]}...{text[-17:]}"
    return text or "The file"


@contextmanager
def _sentences(name: str, kind: str | None):
    """Turn whatever a reader raises on hostile bytes into one `ImageError`."""
    kind = {"HEIF": "HEIC", "WEBP": "WebP", None: "PIL"}.get(kind, kind)
    try:
        yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"{name} has more pixels than can be opened here: make it smaller first.") from None
    except MemoryError:
        raise ImageError(f"{name} needs more memory than there is: make it smaller first.") from None
    except Exception:
        raise ImageError(
            f"{name} starts like a {kind} image but cannot be read: it is damaged, cut short, without pixels or of a "
            "rare kind; save or download it again, as JPEG or PNG."
        ) from None


# --- files -----------------------------------------------------------------------------------------------------------


def _open_path(name: str, path: str | os.PathLike) -> BinaryIO:
    """Open a regular file; folders, pipes and missing files become sentences."""
    if isinstance(path, str) and path.lower().startswith(("http://", "https://")):
        raise ImageError("Web addresses are not opened: save the picture and choose the saved file.")
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            return open(path, "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise ImageError(f"{name} does not exist: check its path.") from None
    except (OSError, ValueError):  # no permission, a null character, a name too long
        raise ImageError(f"{name} cannot be read: check its path and its permissions.") from None
    kind = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
    raise ImageError(f"{name} is {kind}: choose {_CHOICES}.")


def _read(name: str, file: BinaryIO, limits: _Limits) -> bytes:
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
        raise ImageError(f"{name} is opened as text: open it in binary mode ('rb').") from None
    except (OSError, ValueError):  # closed, write-only, or the disk failed
        raise ImageError(f"{name} cannot be read: open it again for reading.") from None
    return bytes(data)


def _format_of(head: bytes) -> str | None:
    """Pillow's name of the format that a file with this beginning has; None for anything else."""
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        brands = head[8 : min(int.from_bytes(head[:4], "big"), 256)]  # major brand, version, compatible brands
        if b"avif" in brands or b"avis" in brands:
            return "AVIF"
        if brands.startswith(_HEIF_BRANDS):
            return "HEIF"
    return None


def _not_an_image(name: str, head: bytes) -> ImageError:
    """The error for a file of no supported format, named where it is a well-known one."""
    noun = next((noun for signature, noun in _OTHERS.items() if head.startswith(signature)), None)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        noun = "a web page"
    elif text.startswith(b"<") and b"<svg" in text:
        noun = "an SVG drawing"
    elif head[4:8] == b"ftyp":
        noun = "a video or another kind of media file"
    if noun:
        return ImageError(f"{name} is {noun}, which cannot be opened here: save the picture as PNG or JPEG first.")
    return ImageError(f"{name} is not an image that can be opened here: choose {_CHOICES}.")


@functools.cache
def _reader(kind: str):
    """Pillow's reader `(file, filename) -> image` of one format, imported on first use."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    else:
        importlib.import_module(f"PIL.{_PLUGINS[kind]}")
    return Image.OPEN[kind][0]


def _check_declared_size(name: str, kind: str, head: bytes, limits: _Limits) -> None:
    """Refuse by the sizes in the header where Pillow's reader would allocate or give up before it tells them."""
    if kind == "GIF" and len(head) >= 10:
        limits.check_size(name, int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    if kind in ("AVIF", "HEIF"):  # the boxes "ispe": version and flags (4 bytes), width (4), height (4)
        for box in head.split(b"ispe")[1:]:
            width, height = int.from_bytes(box[4:8], "big"), int.from_bytes(box[8:12], "big")
            if width * height > limits.pixels:
                limits.check_size(name, width, height)


def _open_file(name: str, file: BinaryIO, size: int, limits: _Limits) -> Image.Image:
    """Check size, kind and header of a seekable binary file, then decode it."""
    limits.check_bytes(name, size)
    head = file.read(1 << 16)
    kind = _format_of(head)
    if kind is None:
        raise _not_an_image(name, head[:4096])
    _check_declared_size(name, kind, head, limits)
    file.seek(0)
    with _sentences(name, kind):
        # Not Image.open: its size check knows only one process-wide limit and warns before ours can speak.
        image = _reader(kind)(file, "")
    return _finish(name, image, limits)


# --- pixels ----------------------------------------------------------------------------------------------------------


def _from_array(array: np.ndarray, limits: _Limits) -> Image.Image:
    """An array as a PIL image of mode L, RGB or RGBA."""
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim != 2 and not (array.ndim == 3 and shape[2] in (3, 4)):
        first = array.ndim == 3 and shape[0] in (1, 3, 4)
        hint = " (its channels come first: move them last)" if first else ""
        raise ImageError(f"The array has shape {shape}{hint}: pass (H, W), (H, W, 3) or (H, W, 4).")
    limits.check_size("The array", shape[1], shape[0])
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ImageError("The array holds NaN or infinity: pass finite values in [0, 1].")
        low, high = array.min(), array.max()
        if low < -0.01 or high > 1.01:  # a resampling filter overshoots a little
            raise ImageError(
                f"The array holds floats from {low:.4g} to {high:.4g}: scale them to [0, 1], or pass uint8 in [0, 255]."
            )
        array = np.clip(array, 0, 1)
    elif array.dtype.kind == "b":
        array = array * np.uint8(255)
    elif array.dtype.kind != "u" or array.dtype.itemsize > 2:
        raise ImageError(f"The array has type {array.dtype}: pass uint8, uint16, bool, or float in [0, 1].")
    if array.dtype != np.uint8:
        array = _eight_bits("The array", array)
    return Image.fromarray(np.ascontiguousarray(array))


def _eight_bits(name: str, values: np.ndarray) -> np.ndarray:
    """Deep values scaled, never clipped, to uint8.

    Floats in [0, 1] by 255. Integers by the smallest of 255, 4095 (12-bit sensors) and 65535 that holds them all, so
    that a full-range picture keeps its brightness and a 12-bit one is not black. Anything else from minimum to maximum.
    """
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ImageError(f"{name} holds NaN or infinity: save it with finite values.")
    tops = (1,) if values.dtype.kind == "f" else (255, 4095, 65535)
    top = next((top for top in tops if low >= 0 and high <= top), None)
    floor, span = (0.0, float(top)) if top else (low, (high - low) or 1.0)
    scaled = np.subtract(values, floor, dtype=np.float32 if top else np.float64)
    scaled *= 255 / span
    return np.rint(scaled, out=scaled).astype(np.uint8)


def _finish(name: str, image: Image.Image, limits: _Limits) -> Image.Image:
    """Check an image's size by its header, decode it, turn it upright and make it RGB."""
    limits.check_size(name, *image.size)
    with _sentences(name, image.format):
        image.load()
        return _rgb(name, _upright(image))


def _upright(image: Image.Image) -> Image.Image:
    """Turn an image as its EXIF orientation says; a broken EXIF block turns nothing."""
    turn = None
    with suppress(Exception):
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    return image if turn is None else image.transpose(turn)


def _rgb(name: str, image: Image.Image) -> Image.Image:
    """A detached RGB copy of a decoded image, in sRGB, transparency on white, without metadata."""
    colours, alpha = _planes(name, image)
    rgb = _srgb(colours, image.info.get("icc_profile"))
    if alpha is not None:
        white = Image.new("RGB", rgb.size, "white")
        white.paste(rgb, mask=alpha)
        rgb = white
    rgb.info.clear()
    return rgb


def _planes(name: str, image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The colours, as mode L, RGB, CMYK or LAB, and the opacity, as mode L or None where all is opaque."""
    mode = image.mode
    if mode in ("I", "F") or mode.startswith("I;16"):
        values = np.asarray(image)
        hidden = image.info.get("transparency")  # one grey value that stands for "nothing here"
        alpha = Image.fromarray(np.where(values == hidden, 0, 255).astype(np.uint8)) if hidden is not None else None
        return Image.fromarray(_eight_bits(name, values)), alpha
    if mode in ("LA", "La"):
        image = image.convert("LA")
        return image.getchannel("L"), image.getchannel("A")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return image.convert("RGB"), image.getchannel("A")
    if mode == "1":
        return image.convert("L"), None
    return (image if mode in ("L", "RGB", "CMYK", "LAB") else image.convert("RGB")), None


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A new RGB image: through the profile where it is valid and for this mode, by Pillow's plain formula elsewhere."""
    with suppress(Exception):  # a profile is a hint: a broken one is ignored
        if profile and image.mode in _PROFILE_SPACES:
            from PIL import ImageCms

            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            foreign = "sRGB" not in ImageCms.getProfileDescription(source)
            if foreign and source.profile.xcolor_space == _PROFILE_SPACES[image.mode]:
                return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image.convert("RGB")
