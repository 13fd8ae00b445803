"""Pixel modes, deep values and arrays: each becomes RGB with the values that a hand calculation gives."""

import io
import re
import struct
import zlib

import numpy as np
import pytest
from pictures import BLUE, GREYS, QUADRANTS, RED, assert_near, corners, encode, half_clear, png, quadrants, refused
from PIL import Image

from cam.photos.images import open_image

# --- modes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "wanted"),
    [
        ("1", [(0, 0, 0), (255,) * 3, (0, 0, 0), (255,) * 3]),
        ("L", GREYS),
        ("LA", GREYS),
        ("P", QUADRANTS),
        ("PA", QUADRANTS),
        ("RGB", QUADRANTS),
        ("RGBA", QUADRANTS),
        ("RGBX", QUADRANTS),
        ("CMYK", QUADRANTS),
        ("YCbCr", QUADRANTS),
        ("LAB", QUADRANTS),
        ("HSV", QUADRANTS),
        ("I", GREYS),
    ],
)
def test_every_mode_becomes_rgb(mode, wanted):
    image = quadrants()
    if mode == "1":
        image = image.convert("L").point(lambda value: 255 * (value > 100)).convert("1")
    elif mode in ("LA", "PA", "I"):
        image = image.convert({"LA": "L", "PA": "P", "I": "L"}[mode]).convert(mode)
    else:
        image = image.convert(mode)
    assert image.mode == mode
    opened = open_image(image)
    assert opened.mode == "RGB"
    assert_near(corners(opened), wanted, {"LAB": 24, "HSV": 3}.get(mode, 2))  # 8 bits of LAB are coarse


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF"), ("L", "JPEG"), ("1", "PNG")]
)
def test_modes_survive_a_file(mode, kind):
    data = encode(quadrants().convert(mode), kind)
    assert Image.open(io.BytesIO(data)).mode == mode
    wanted = {"L": GREYS, "1": corners(quadrants().convert("1").convert("RGB"))}.get(mode, QUADRANTS)
    assert_near(corners(open_image(data)), wanted, 24 if mode == "LAB" else 12)


@pytest.mark.parametrize("mode", ["RGBA", "RGBa"])
def test_transparency_lies_on_white(mode):
    opened = open_image(half_clear(mode))
    assert_near(corners(opened), [RED, (255,) * 3, (255, 127, 127), (255,) * 3], 1)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_transparency_of_a_file_lies_on_white(kind):
    opened = open_image(encode(half_clear("RGBA"), kind))
    assert_near(corners(opened), [RED, (255,) * 3, (255, 127, 127), (255,) * 3])


@pytest.mark.parametrize("mode", ["LA", "La"])
def test_grey_transparency_lies_on_white(mode):
    image = Image.new("LA", (32, 32), (40, 255))
    image.paste((40, 0), (16, 0, 32, 32))
    image.paste((40, 128), (0, 16, 16, 32))
    assert_near(corners(open_image(image.convert(mode))), [(40,) * 3, (255,) * 3, (147,) * 3, (255,) * 3], 1)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_white(kind):
    image = Image.new("P", (32, 32), 0)
    image.putpalette([255, 0, 0, 0, 0, 255, 0, 255, 0])
    image.paste(1, (16, 0, 32, 32))
    opaque = open_image(encode(image, kind))
    assert_near(corners(opaque), [RED, BLUE, RED, BLUE], 0)
    clear = open_image(encode(image, kind, transparency=1))
    assert_near(corners(clear), [RED, (255,) * 3, RED, (255,) * 3], 0)


def test_palette_alphas_of_a_png_are_white_in_part():
    image = Image.new("P", (32, 32), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (16, 0, 32, 32))
    opened = open_image(encode(image, "PNG", transparency=bytes([255, 51])))
    assert_near(corners(opened), [RED, (204, 204, 255), RED, (204, 204, 255)], 0)


@pytest.mark.parametrize(("mode", "colour", "hidden"), [("L", 90, 200), ("RGB", RED, BLUE), ("I;16", 23130, 51400)])
def test_the_transparent_colour_of_a_png_is_white(mode, colour, hidden):
    image = Image.new(mode, (32, 32), colour)
    image.paste(hidden, (16, 0, 32, 32))
    data = encode(image, "PNG", transparency=hidden) if mode != "I;16" else with_hidden_value(image, hidden)
    shown = colour if mode == "RGB" else (90,) * 3
    assert_near(corners(open_image(data)), [shown, (255,) * 3, shown, (255,) * 3], 0)


def with_hidden_value(image, value):
    """Insert a tRNS chunk before the pixels of a 16-bit grey PNG."""
    data = encode(image, "PNG")
    body = b"tRNS" + struct.pack(">H", value)
    chunk = struct.pack(">I", 2) + body + struct.pack(">I", zlib.crc32(body))
    at = data.index(b"IDAT") - 4
    return data[:at] + chunk + data[at:]


# --- deep values -----------------------------------------------------------------------------------------------------


def ramp(top, dtype):
    """Values from 0 to `top` over 256 columns, (16, 256)."""
    return np.linspace(0, top, 256)[None].repeat(16, 0).astype(dtype)


def assert_a_full_ramp(image):
    row = np.asarray(image)[8, :, 0].astype(int)
    assert (row[0], row[-1]) == (0, 255)
    assert np.abs(row - np.arange(256)).max() <= 1
    assert (np.diff(row) >= 0).all()


@pytest.mark.parametrize("top", [255, 4095, 65535])
@pytest.mark.parametrize(("mode", "dtype"), [("I;16", "<u2"), ("I;16B", ">u2"), ("I", "<i4")])
@pytest.mark.parametrize("kind", [None, "TIFF"])
def test_deep_integers_are_scaled_by_their_range(mode, dtype, top, kind):
    values = ramp(top, dtype)
    image = Image.frombytes(mode, (256, 16), values.tobytes())
    assert_a_full_ramp(open_image(image if kind is None else encode(image, kind)))


def test_a_16_bit_png_is_not_clipped():
    rows = b"".join(b"\0" + row.tobytes() for row in ramp(65535, ">u2"))
    assert_a_full_ramp(open_image(png(256, 16, depth=16, rows=rows)))


def test_a_16_bit_colour_png_is_not_clipped():
    values = np.repeat(ramp(65535, ">u2")[..., None], 3, axis=2)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    assert_a_full_ramp(open_image(png(256, 16, depth=16, colour=2, rows=rows)))


def test_a_dark_16_bit_picture_stays_dark():
    assert np.asarray(open_image(ramp(32767, np.uint16))).max() == 127


@pytest.mark.parametrize(("low", "high"), [(-70_000, 5), (0, 1_000_000), (-1, 1)])
def test_other_integers_are_stretched(low, high):
    values = np.linspace(low, high, 256)[None].repeat(16, 0).astype("<i4")
    row = np.asarray(open_image(Image.fromarray(values)))[8, :, 0].astype(int)
    assert (row[0], row[-1]) == (0, 255)
    assert (np.diff(row) >= 0).all()


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (0, 255), (-3e38, 3e38), (1e-3, 1.5)])
@pytest.mark.parametrize("kind", [None, "TIFF"])
def test_floats_of_a_file_are_stretched_to_the_full_range(low, high, kind):
    values = np.linspace(low, high, 256)[None].repeat(16, 0).astype(np.float32)
    image = Image.fromarray(values)
    assert image.mode == "F"
    assert_a_full_ramp(open_image(image if kind is None else encode(image, kind)))


def test_floats_between_0_and_1_keep_their_brightness():
    assert open_image(Image.new("F", (8, 8), 0.2)).getpixel((0, 0)) == (51, 51, 51)


def test_a_constant_float_picture_is_a_picture():
    assert open_image(Image.new("F", (8, 8), 9.0)).getpixel((0, 0)) == (0, 0, 0)


# --- arrays ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "convert",
    [
        lambda a: a,
        lambda a: a[::-1][::-1],
        lambda a: np.asfortranarray(a),
        lambda a: a.astype(np.uint16) * 257,
        lambda a: (a.astype(">u2") * 257).astype(">u2"),
        lambda a: (a / 255).astype(np.float16),
        lambda a: (a / 255).astype(np.float32),
        lambda a: a / 255,
        lambda a: a / 255 * 1.004 - 0.002,
        lambda a: a > 127,
        lambda a: np.dstack([a, np.full(a.shape[:2], 255, np.uint8)]),
    ],
)
def test_arrays_of_every_type(convert):
    array = np.array(quadrants())
    assert_near(corners(open_image(convert(array))), QUADRANTS, 1)


@pytest.mark.parametrize("shape", [(32, 48), (32, 48, 1)])
def test_grey_arrays(shape):
    image = open_image(np.full(shape, 90, np.uint8))
    assert (image.size, image.getpixel((5, 5))) == ((48, 32), (90, 90, 90))


def test_the_alpha_of_an_array_lies_on_white():
    array = np.zeros((16, 16, 4))
    array[..., 3] = 0.2
    assert open_image(array).getpixel((3, 3)) == (204, 204, 204)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(10, np.uint8), r"shape \(10,\): pass \(H, W\), \(H, W, 3\) or \(H, W, 4\)"),
        (np.zeros((3, 32, 32), np.uint8), r"shape \(3, 32, 32\) \(its channels come first"),
        (np.zeros((32, 32, 5), np.uint8), r"shape \(32, 32, 5\): pass"),
        (np.zeros((1, 3, 32, 32), np.uint8), r"shape \(1, 3, 32, 32\): pass"),
        (np.zeros((0, 0, 3), np.uint8), r"0 x 0 pixels: each side needs at least 8"),
        (np.zeros((1, 1, 3), np.uint8), r"1 x 1 pixels: each side needs at least 8"),
        (np.full((9, 9), np.nan), r"holds NaN or infinity"),
        (np.full((9, 9), np.inf), r"holds NaN or infinity"),
        (np.full((9, 9, 3), 255.0), r"floats from 255 to 255: scale them to \[0, 1\], or pass uint8"),
        (np.full((9, 9), -1.0), r"floats from -1 to -1"),
        (np.zeros((9, 9), np.int64), r"type int64: pass uint8, uint16, bool, or float in \[0, 1\]"),
        (np.zeros((9, 9), np.uint32), r"type uint32"),
        (np.zeros((9, 9), complex), r"type complex128"),
        (np.full((9, 9), "x"), r"type <U1"),
    ],
)
def test_bad_arrays(array, words):
    assert re.search(words, refused(array))
