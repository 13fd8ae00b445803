"""From the bytes of a picture's file to its pixels: which format it is, whether its size is allowed, which reader.

Knows file formats, limits and Pillow's readers, and turns whatever they raise into a sentence. Knows nothing about
where a file came from, and not whether it is decoded in this process or in another.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, TypeVar, overload

from PIL import Image

from ..errors import ImageError
from ..messages import Message
from .pixels import rgb, upright
from .plain import is_plain_profile

__all__ = [
    "CHOICES",
    "Limits",
    "NotPlain",
    "check_declared_size",
    "decode",
    "finish",
    "format_of",
    "load_reader",
    "not_an_image",
]

CHOICES = Message("image-kinds", "a JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or HEIC file")

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
# The readers by name, Pillow's or our own: what Pillow registers for JPEG would follow a file's list of pictures.
_READERS = {
    "JPEG": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PIL.PngImagePlugin", "PngImageFile"),
    "GIF": ("PIL.GifImagePlugin", "GifImageFile"),
    "BMP": ("PIL.BmpImagePlugin", "BmpImageFile"),
    "TIFF": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "WEBP": ("cam.photos.frames", "WebP"),
    "AVIF": ("cam.photos.frames", "Avif"),
    "HEIF": ("pillow_heif.as_plugin", "HeifImageFile"),
}
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1")

# Files that people take for pictures, named instead of called "not an image".
_OTHERS = {
    b"%PDF": Message("a-pdf", "a PDF document"),
    b"%!PS": Message("a-postscript", "a PostScript document"),
    b"8BPS": Message("a-photoshop", "a Photoshop file"),
    b"\0\0\1\0": Message("an-icon", "an icon file"),
    b"\0\0\0\x0cjP  ": Message("a-jpeg-2000", "a JPEG 2000 file"),
    b"\xff\x4f\xff\x51": Message("a-jpeg-2000", "a JPEG 2000 file"),
    b"\0\0\0\x0cJXL ": Message("a-jpeg-xl", "a JPEG XL file"),
    b"\xff\x0a": Message("a-jpeg-xl", "a JPEG XL file"),
    b"PK\3\4": Message("a-zip", "a ZIP archive"),
    b"\x1f\x8b": Message("a-compressed-file", "a compressed file"),
}


Result = TypeVar("Result")


class NotPlain(Exception):
    """A file turned out, behind its header, to need limits of time and memory."""


@dataclass(frozen=True)
class Limits:
    """What is allowed: `pixels` at most, `bytes` of a file at most (None: any), the shorter `side` at least.

    `clear`: transparency is kept where there is some, instead of lying on white.
    """

    pixels: int
    bytes: int | None
    side: int
    clear: bool = False

    def check_size(self, name: str, width: int, height: int) -> None:
        """Raise `ImageError` for too many pixels or too short a side."""
        side = max(1, self.side)
        if min(width, height) < side:
            raise ImageError(
                "image-small",
                "{name} is {width} x {height} pixels: each side needs at least {side}.",
                name=name,
                width=width,
                height=height,
                side=side,
            )
        if width * height > self.pixels:
            raise ImageError(
                "image-pixels",
                "{name} has {width} x {height} = {pixels} pixels, more than the limit of {limit}: make it smaller "
                "first.",
                name=name,
                width=width,
                height=height,
                pixels=_count(width * height),
                limit=_count(self.pixels),
            )

    def check_bytes(self, name: str, size: int) -> None:
        """Raise `ImageError` for an empty or too large file."""
        if size == 0:
            raise ImageError("image-empty", "{name} is empty (0 bytes): choose {choices}.", name=name, choices=CHOICES)
        if self.bytes is not None and size > self.bytes:
            raise ImageError(
                "image-bytes",
                "{name} is larger than the limit of {limit}: make it smaller or save it as JPEG.",
                name=name,
                limit=_megabytes(self.bytes),
            )


def _count(number: int) -> str:
    if number < 1_000_000:
        return str(number)
    return Message("millions", "{millions:.4g} million", millions=number / 1e6, tens_of_thousands=f"{number / 1e4:.6g}")


def _megabytes(size: int) -> Message:
    if size < 100_000:
        return Message("bytes", "{count} bytes", count=size)
    return Message("megabytes", "{megabytes:.4g} MB", megabytes=size / 1e6)


@contextmanager
def _sentences(name: str, kind: str | None) -> Iterator[None]:
    """Turn whatever a reader raises on hostile bytes into one `ImageError`."""
    kind = {"HEIF": "HEIC", "WEBP": "WebP", None: "PIL"}.get(kind, kind)
    try:
        yield
    except (ImageError, NotPlain):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            "image-bomb", "{name} has more pixels than can be opened here: make it smaller first.", name=name
        ) from None
    except MemoryError:
        raise ImageError(
            "image-memory", "{name} needs more memory than there is: make it smaller first.", name=name
        ) from None
    except Exception:
        raise ImageError(
            "image-damaged",
            "{name} starts like a {kind} image but cannot be read: it is damaged, cut short, without pixels or of a "
            "rare kind; save or download it again, as JPEG or PNG.",
            name=name,
            kind=kind,
        ) from None


def format_of(head: bytes) -> str | None:
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


def not_an_image(name: str, head: bytes) -> ImageError:
    """The error for a file of no supported format, named where it is a well-known one."""
    noun = next((noun for signature, noun in _OTHERS.items() if head.startswith(signature)), None)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        noun = Message("a-web-page", "a web page")
    elif text.startswith(b"<") and b"<svg" in text:
        noun = Message("an-svg", "an SVG drawing")
    elif head[4:8] == b"ftyp":
        noun = Message("a-video", "a video or another kind of media file")
    if noun:
        return ImageError(
            "image-other-kind",
            "{name} is {kind}, which cannot be opened here: save the picture as PNG or JPEG first.",
            name=name,
            kind=noun,
        )
    return ImageError(
        "image-no-image",
        "{name} is not an image that can be opened here: choose {choices}.",
        name=name,
        choices=CHOICES,
    )


def check_declared_size(name: str, kind: str, head: bytes, limits: Limits) -> None:
    """Refuse by the sizes in the header where Pillow's reader would allocate or give up before it tells them."""
    if kind == "GIF" and len(head) >= 10:
        limits.check_size(name, int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    if kind in ("AVIF", "HEIF"):  # the boxes "ispe": version and flags (4 bytes), width (4), height (4)
        for box in head.split(b"ispe")[1:]:
            width, height = int.from_bytes(box[4:8], "big"), int.from_bytes(box[8:12], "big")
            if width * height > limits.pixels:
                limits.check_size(name, width, height)


@functools.cache
def _reader(kind: str) -> Callable[[BinaryIO, str], Image.Image]:
    """Pillow's reader `(file, filename) -> image` of one format, imported on first use."""
    module, reader = _READERS[kind]
    return getattr(importlib.import_module(module), reader)


def load_reader(kind: str) -> None:
    """Import what reads a format, ahead of the first file."""
    _reader(kind)


@overload
def decode(
    name: str,
    kind: str,
    file: BinaryIO,
    limits: Limits,
    *,
    plain: bool = False,
    sized: Callable[[int], None] = lambda pixels: None,
    made: None = None,
) -> Image.Image: ...


@overload
def decode(
    name: str,
    kind: str,
    file: BinaryIO,
    limits: Limits,
    *,
    plain: bool = False,
    sized: Callable[[int], None] = lambda pixels: None,
    made: Callable[[str, Image.Image], Result],
) -> Result: ...


def decode(
    name: str,
    kind: str,
    file: BinaryIO,
    limits: Limits,
    *,
    plain: bool = False,
    sized: Callable[[int], None] = lambda pixels: None,
    made: Callable[[str, Image.Image], Result] | None = None,
) -> Result | Image.Image:
    """What is `made` of the upright image in a file of the format `kind`, read from where it stands.

    By default that is a picture: RGB, or RGBA where the limits say that transparency is kept and there is some.

    `sized` is told the number of pixels before they are decoded. Raises `ImageError` with a sentence, and `NotPlain`
    where the file should be `plain` and its profile is not.
    """
    with _sentences(name, kind):
        # Not Image.open: its size check knows only one process-wide limit and warns before ours can speak.
        image = _reader(kind)(file, "")
        if plain and not is_plain_profile(image.info.get("icc_profile")):
            raise NotPlain
    limits.check_size(name, *image.size)
    sized(image.width * image.height)
    with _sentences(name, kind):
        image.load()
        image = upright(image)  # in this frame: the image as it was stored is gone before the next copy is made
        return made(name, image) if made else rgb(name, image, own=True, clear=limits.clear)


def finish(name: str, image: Image.Image, limits: Limits) -> Image.Image:
    """The upright copy of somebody's image, RGB or RGBA; raises `ImageError` with a sentence."""
    limits.check_size(name, *image.size)
    with _sentences(name, image.format):
        image.load()
        return rgb(name, upright(image), clear=limits.clear)
