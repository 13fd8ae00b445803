"""Which files are plainly ordinary: each limit is exact, and one more is too much."""

import struct

import costly
import pytest
from pictures import encode, png, quadrants

from cam.photos.plain import is_plain


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("payload", "count", "plain"),
    [
        (10, 3, True),  # as a camera writes
        (10, 199, True),  # 200 with the one that says which side is up
        (10, 200, False),
        (60_000, 4, True),
        (60_000, 5, False),
    ],
)
def test_tags_are_ordinary_while_they_are_few_and_hold_little(order, payload, count, plain):
    block = costly.tags(payload, count, order=order)
    assert is_plain("JPEG", costly.jpeg_with((0xE1, b"Exif\0\0" + block))) is plain
    assert is_plain("PNG", costly.png_with(costly.chunk(b"eXIf", block))) is plain


def test_how_much_tags_may_hold_is_exact():
    """262,144 bytes, two of them of the tag that says which side is up."""
    for payload, plain in ((131_071, True), (131_072, False)):
        assert is_plain("PNG", costly.png_exif(payload, 2)) is plain


def test_tags_in_another_layout_are_not_ordinary():
    assert not is_plain("JPEG", costly.jpeg_with((0xE1, b"Exif\0\0" + costly.big_tags(10, 3))))
    assert not is_plain("PNG", costly.png_with(costly.chunk(b"eXIf", costly.big_tags(10, 3))))


def gif(width, height, at):
    """A GIF whose screen, or whose first frame, claims a size."""
    data = bytearray(encode(quadrants(), "GIF"))
    start = 6 if at == "screen" else data.index(b",\0\0\0\0") + 5
    data[start : start + 4] = struct.pack("<HH", width, height)
    return bytes(data)


def bmp(width, height):
    """One bit a pixel, so that the file holds as much as it claims."""
    head = b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, width, height, 1, 1, 0) + bytes(20)
    return head + bytes((width + 31) // 32 * 4 * abs(height))


def webp(width, height):
    """The header of a file in the extended layout, without a picture."""
    body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + body


@pytest.mark.parametrize(
    ("kind", "build", "side"),
    [
        ("PNG", png, 4000),
        ("GIF", lambda width, height: gif(width, height, "screen"), 4000),
        ("GIF", lambda width, height: gif(width, height, "frame"), 4000),
        ("BMP", bmp, 4000),
        ("BMP", lambda width, height: bmp(width, -height), 4000),
        ("WEBP", webp, 2000),
        ("JPEG", lambda width, height: costly.jpeg_says(width, height, progressive=True), 4000),
    ],
)
def test_how_many_pixels_are_ordinary_is_exact(kind, build, side):
    assert is_plain(kind, build(side, side))
    assert not is_plain(kind, build(side + 1, side))
    assert not is_plain(kind, build(side, side + 1))


def test_a_jpeg_of_one_scan_is_ordinary_whatever_its_size():
    assert is_plain("JPEG", costly.jpeg_says(9000, 9000))


@pytest.mark.parametrize("bits", [1, 4, 8, 24, 32])
def test_a_bitmap_holds_all_its_rows(bits):
    """Rows are filled up to four bytes; one byte less than all of them is not ordinary."""
    width, height = 37, 11
    head = b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, width, height, 1, bits, 0) + bytes(20)
    rows = bytes(-(-width * bits // 32) * 4 * height)
    assert is_plain("BMP", head + rows)
    assert not is_plain("BMP", head + rows[:-1])


@pytest.mark.parametrize("frame", [0xC3, 0xC5, 0xC9, 0xCF])
def test_frames_that_no_camera_writes_are_not_ordinary(frame):
    """Lossless, hierarchical and arithmetic ones, which look like any other up to their marker."""
    data = costly.jpeg_says(64, 64)
    assert is_plain("JPEG", data)
    assert not is_plain("JPEG", data.replace(b"\xff\xc0", bytes([0xFF, frame]), 1))
