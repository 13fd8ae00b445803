"""Readers of WebP and AVIF that keep a picture in as few copies as possible.

Pillow's own keep a frame three or four times over: 400 MB for a photo of 24 megapixels. Knows the insides of Pillow's
readers and, where it can be reached, libwebp; what is not as expected is left to Pillow.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Any

from PIL import AvifImagePlugin, Image
from PIL.WebPImagePlugin import WebPImageFile

from .plain import riff_chunks

__all__ = ["Avif", "WebP"]

_ABI = 0x0200  # of libwebp's decoder; the lower byte may differ


class _Features(ctypes.Structure):
    """`WebPBitstreamFeatures` of libwebp's decode.h."""

    _fields_ = [(name, ctypes.c_int) for name in ("width", "height", "alpha", "animated", "format")]
    _fields_ += [("pad", ctypes.c_uint32 * 5)]


def _libwebp() -> Any:
    """The library that Pillow decodes WebP with, found through Pillow's own module; None where it cannot be reached."""
    with suppress(ImportError, OSError, AttributeError):
        from PIL import _webp

        library = ctypes.CDLL(_webp.__file__)
        library.WebPGetFeaturesInternal.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_int]
        for name in ("WebPDecodeRGBInto", "WebPDecodeRGBAInto"):
            function = getattr(library, name)
            function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
            function.restype = ctypes.c_void_p
        return library
    return None


_LIBRARY = _libwebp()


class WebP(WebPImageFile):
    """A still picture is decoded once, into one buffer."""

    _data = b""

    def _open(self) -> None:
        assert self.fp is not None  # Pillow has opened it
        data = self.fp.read()
        features, chunks = _Features(), {}
        with suppress(IndexError):
            chunks = {tag: data[at : at + length] for tag, at, length in riff_chunks(data) if tag in (b"ICCP", b"EXIF")}
            still = _LIBRARY and _LIBRARY.WebPGetFeaturesInternal(data, len(data), ctypes.byref(features), _ABI) == 0
            if still and not features.animated:
                self._data, self._size = data, (features.width, features.height)
                self._mode = "RGBA" if features.alpha else "RGB"
                names = {b"ICCP": "icc_profile", b"EXIF": "exif"}
                self.info.update({names[tag]: content for tag, content in chunks.items()})
                return
        self.fp.seek(0)
        super()._open()

    def load(self) -> Any:
        """Decode the pixels."""
        if not self._data:
            return super().load() if self._im is None else Image.Image.load(self)
        data, self._data = self._data, b""
        (width, height), channels = self.size, len(self.mode)
        pixels = ctypes.create_string_buffer(width * height * channels)
        decode = getattr(_LIBRARY, f"WebPDecode{self.mode}Into")
        if not decode(data, len(data), pixels, len(pixels), width * channels):
            raise OSError("libwebp cannot decode the picture")
        buffer: Any = pixels  # any will do, whatever Pillow's annotation says; `pixels.raw` would be a copy
        self.im = Image.frombuffer(self.mode, self.size, buffer, "raw", self.mode, 0, 1).im
        return Image.Image.load(self)


class Avif(AvifImagePlugin.AvifImageFile):
    """The decoder and its frame are gone before the picture is made of its bytes; each thread would keep more."""

    def _open(self) -> None:
        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
        super()._open()

    def load(self) -> Any:
        """Decode the pixels of the first frame."""
        if self.tile:
            decoder: Any = self._decoder
            data = decoder.get_frame(0)[0]
            self._decoder, self.tile, decoder = None, [], None
            self.im = Image.frombuffer(self.mode, self.size, data, "raw", self.mode, 0, 1).im
        return Image.Image.load(self)
