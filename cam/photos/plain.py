"""Which files are plainly ordinary pictures: so built that opening them costs time and memory by their pixels alone.

Knows how files are laid out: segments, chunks, blocks and tags, read once from front to back without copies. Decodes
nothing. What is not plain may be a good picture all the same; it is opened where time and memory are limited.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

__all__ = ["is_plain", "is_plain_profile", "riff_chunks"]

MOST_BYTES = 32_000_000  # of a plain file
MOST_PIXELS = 16_000_000  # of a plain file that is no JPEG of one scan
_WEBP_PIXELS = 4_000_000  # no other thread runs while a WebP file is decoded
_JPEG_SEGMENTS = 400
_JPEG_SCANS = 24
_JPEG_SCANNED = 160_000_000  # pixels times scans
_OF_A_KIND = {0xC0: 1, 0xC1: 1, 0xC2: 1, 0xED: 4}  # JPEG segments that are dear to read, or there once: at most so many
_OTHER_CHUNKS = 64  # of a PNG or WebP file, beside those with pixels
_CHUNK_BYTES = 1_000_000  # of such a chunk
_GIF_BLOCKS = 512  # before the first frame
_EXIF_TAGS = 200
_EXIF_BYTES = 262_144  # that all tags together point to
_PROFILE_BYTES = 1_500_000

_TAG_SIZES = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)  # bytes of a value by the type's number in TIFF
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7]")  # in compressed data: all but stuffed bytes and restarts


def is_plain(kind: str, data: bytes) -> bool:
    """Whether the file `data` of Pillow's format `kind` is plainly ordinary; False where it is cut short or damaged."""
    check = _CHECKS.get(kind)
    if check is None or len(data) > MOST_BYTES:
        return False
    try:
        return check(data)
    except (IndexError, struct.error):
        return False


def is_plain_profile(profile: bytes | None) -> bool:
    """Whether a colour profile takes little time per pixel: of usual size, without a chain of free elements."""
    return not profile or (len(profile) <= _PROFILE_BYTES and b"mpet" not in profile)


def _is_plain_exif(block: bytes) -> bool:
    """Whether the tags of an EXIF block's first directory are few and point to little; what is no block is not read."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return True
    if block[:4] not in (b"II*\0", b"MM\0*"):
        return False
    (at,) = struct.unpack_from(order + "I", block, 4)
    if at + 2 > len(block):
        return True
    (tags,) = struct.unpack_from(order + "H", block, at)
    if tags > _EXIF_TAGS:
        return False
    held = 0
    for entry in range(at + 2, min(at + 2 + 12 * tags, len(block) - 11), 12):
        kind, count = struct.unpack_from(order + "HI", block, entry + 2)
        held += count * (_TAG_SIZES[kind] if kind < len(_TAG_SIZES) else 8)
    return held <= _EXIF_BYTES


def _is_plain_jpeg(data: bytes) -> bool:
    seen: dict[int, int] = {}
    pixels = scans = exif = 0
    at = 2
    for _ in range(_JPEG_SEGMENTS):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == 0xD9:
            return scans == 1 or (1 < scans <= _JPEG_SCANS and pixels <= min(MOST_PIXELS, _JPEG_SCANNED // scans))
        if marker < 0xC0 or 0xD0 <= marker <= 0xD8 or marker == 0xFF:
            return False
        (length,) = struct.unpack_from(">H", data, at + 2)
        seen[marker] = seen.get(marker, 0) + 1
        if length < 2 or seen[marker] > _OF_A_KIND.get(marker, _JPEG_SEGMENTS):
            return False
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            depth, height, width = struct.unpack_from(">BHH", data, at + 4)
            pixels = width * height
            if marker > 0xC2 or depth != 8 or scans or sum(seen.get(frame, 0) for frame in (0xC0, 0xC1, 0xC2)) > 1:
                return False
        if marker == 0xE1 and data.startswith(b"Exif\0\0", at + 4):
            exif += 1  # several blocks are joined, whatever they say
            if exif > 1 or not _is_plain_exif(data[at + 4 : at + 2 + length]):
                return False
        at += 2 + length
        if marker == 0xDA:
            scans += 1
            following = _NEXT_MARKER.search(data, at)
            if following is None or scans > _JPEG_SCANS:
                return False
            at = following.start()
    return False


def _is_plain_png(data: bytes) -> bool:
    if data[8:16] != b"\0\0\0\x0dIHDR":
        return False
    width, height = struct.unpack_from(">II", data, 16)
    if width * height > MOST_PIXELS:
        return False
    others, at = 0, 33
    for _ in range(100 + len(data) // 1024):
        length, tag = struct.unpack_from(">I4s", data, at)
        if at + 12 + length > len(data):
            return False
        if tag == b"IEND":
            return True
        if tag != b"IDAT":
            others += 1
            if others > _OTHER_CHUNKS or length > _CHUNK_BYTES or tag in (b"acTL", b"fcTL", b"fdAT", b"IHDR"):
                return False
            if tag in (b"tEXt", b"zTXt", b"iTXt") and data.startswith(b"Raw profile type", at + 8):
                return False
            if tag == b"eXIf" and not _is_plain_exif(data[at + 8 : at + 8 + length]):
                return False
        at += 12 + length
    return False


def _is_plain_gif(data: bytes) -> bool:
    at = _behind_palette(13, data[10])
    blocks = 0
    while data[at] == 0x21:  # an extension: a byte for its kind, then blocks until an empty one
        at += 2
        while True:
            blocks += 1
            if blocks > _GIF_BLOCKS:
                return False
            size = data[at]
            at += 1 + size
            if size == 0:
                break
    if data[at] != 0x2C:
        return False
    sizes = [struct.unpack_from("<HH", data, 6), struct.unpack_from("<HH", data, at + 5)]
    return max(width * height for width, height in sizes) <= MOST_PIXELS


def _behind_palette(at: int, flags: int) -> int:
    return at + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _is_plain_bmp(data: bytes) -> bool:
    offset, header, width, height, _, bits, compression = struct.unpack_from("<IIiiHHI", data, 10)
    stored = (abs(width) * bits + 31) // 32 * 4 * abs(height)
    uncompressed = header in (40, 52, 56, 108, 124) and compression in (0, 3) and bits in (1, 4, 8, 16, 24, 32)
    return uncompressed and abs(width * height) <= MOST_PIXELS and offset + stored <= len(data)


def _is_plain_webp(data: bytes) -> bool:
    sizes = []
    for tag, at, length in riff_chunks(data):
        if tag == b"VP8X":
            if data[at] & 2:  # animated
                return False
            sides = data[at + 4 : at + 7], data[at + 7 : at + 10]
            sizes.append(tuple(int.from_bytes(side, "little") + 1 for side in sides))
        elif tag == b"VP8 ":
            sizes.append(tuple(side & 0x3FFF for side in struct.unpack_from("<HH", data, at + 6)))
        elif tag == b"VP8L":
            (packed,) = struct.unpack_from("<I", data, at + 1)
            sizes.append((1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)))
        elif tag == b"EXIF" and not _is_plain_exif(data[at : at + length]):
            return False
    return 0 < len(sizes) <= 2 and max(width * height for width, height in sizes) <= _WEBP_PIXELS


def riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """The tag, place and length of each chunk. Raises `IndexError` where there are too many, or a file is cut short."""
    at = 12
    for _ in range(_OTHER_CHUNKS):
        if at == len(data):
            return
        tag, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > len(data):
            break
        yield tag, at + 8, length
        at += 8 + length + length % 2
    raise IndexError


_CHECKS = {
    "JPEG": _is_plain_jpeg,
    "PNG": _is_plain_png,
    "GIF": _is_plain_gif,
    "BMP": _is_plain_bmp,
    "WEBP": _is_plain_webp,
}
