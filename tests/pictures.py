"""Small pictures with known pixels for the tests of opening images, and how a refusal reads."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from cam.errors import CamError, ImageError
from cam.photos.images import open_image

RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
QUADRANTS = (RED, GREEN, BLUE, YELLOW)  # top left, top right, bottom left, bottom right
GREYS = [(76,) * 3, (150,) * 3, (29,) * 3, (226,) * 3]  # luminance of the quadrants
SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif", "GIF": "gif", "TIFF": "tif", "BMP": "bmp"}
SUFFIXES["HEIF"] = "heic"
LOSSLESS = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}, "AVIF": {"quality": 100}}
LOSSLESS["HEIF"] = {"quality": 95, "chroma": 444}
ASSETS = Path(__file__).resolve().parents[1] / "assets"
# What the examples with a cat may be called.
CATS = {"tabby", "tiger cat", "Egyptian cat", "Persian cat", "Siamese cat", "lynx"}
CLIP = (640, 480)  # of a camera's frames


def quadrants(width=96, height=64):
    image = Image.new("RGB", (width, height))
    for number, colour in enumerate(QUADRANTS):
        x, y = number % 2 * width // 2, number // 2 * height // 2
        image.paste(colour, (x, y, x + width // 2, y + height // 2))
    return image


def corners(image):
    """The colours at the middle of the four quadrants, (4, 3)."""
    w, h = image.size
    points = [(w // 4, h // 4), (3 * w // 4, h // 4), (w // 4, 3 * h // 4), (3 * w // 4, 3 * h // 4)]
    return np.array([image.getpixel(point) for point in points])


def assert_near(found, wanted, tolerance=12):
    assert np.abs(np.asarray(found, int) - np.asarray(wanted, int)).max() <= tolerance, f"{found} is not near {wanted}"


def encode(image, kind, **options):
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    image.save(buffer, kind, **LOSSLESS.get(kind, {}) | options)
    return buffer.getvalue()


def png(width, height, depth=8, colour=0, rows=b""):
    """A hand-made PNG whose header says what we like."""

    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def refused(source, **limits):
    """The sentence with which `source` is refused."""
    with pytest.raises(ImageError) as caught:
        open_image(source, **limits)
    sentence = str(caught.value)
    assert isinstance(caught.value, CamError)
    assert sentence[0].isalnum()
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert caught.value.__cause__ is None, "a reader's own message must not follow"
    return sentence


def half_clear(mode):
    """Red; its right half fully transparent over a blue that must not be seen; its lower half half-transparent."""
    image = Image.new("RGBA", (32, 32), (255, 0, 0, 255))
    image.paste((255, 0, 0, 128), (0, 16, 16, 32))
    image.paste((0, 0, 255, 0), (16, 0, 32, 32))
    return image if mode == "RGBA" else image.convert(mode)


def frame(name, size=CLIP):
    """An example as a camera of that size sees it, a JPEG."""
    file = io.BytesIO()
    ImageOps.fit(Image.open(ASSETS / f"{name}.jpg").convert("RGB"), size).save(file, "JPEG", quality=85)
    return file.getvalue()
