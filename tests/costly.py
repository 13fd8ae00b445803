"""Recipes of small files that cost much to open, of every kind; each returns the bytes of one file.

Written from the formats' descriptions; Pillow is only asked for the ordinary picture that some of them start from.
"""

import functools
import struct
import zlib

import numpy as np
from pictures import encode, quadrants
from PIL import Image


@functools.cache
def ordinary(kind, size=(64, 64), **options):
    """A file of quadrants as Pillow writes it."""
    return encode(quadrants(*size), kind, **options)


def noise(width, height, seed=0):
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


# --- tags ------------------------------------------------------------------------------------------------------------


def tags(payload, count, *, order="<", kind=7, first=0x9000):
    """An EXIF block, or the start of a TIFF, whose `count` tags all point to the same `payload` bytes."""
    entries = [struct.pack(order + "HHII", 0x0112, 3, 1, 6)]
    at = 8 + 2 + 12 * (count + 1) + 4
    size = {7: 1, 4: 4, 12: 8}[kind]
    entries += [struct.pack(order + "HHII", (first + n) & 0xFFFF, kind, payload // size, at) for n in range(count)]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, count + 1)
    return head + b"".join(entries) + struct.pack(order + "I", 0) + b"A" * payload


def big_tags(payload, count):
    """The same as a BigTIFF."""
    at = 16 + 8 + 20 * count + 8
    entries = [struct.pack("<HHQQ", 0x9000 + n, 7, payload, at) for n in range(count)]
    head = b"II+\0" + struct.pack("<HHQQ", 8, 0, 16, count)
    return head + b"".join(entries) + struct.pack("<Q", 0) + b"A" * payload


def jpeg_with(*segments):
    """An ordinary JPEG with segments of (marker, body) behind its start."""
    body = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data for marker, data in segments)
    return ordinary("JPEG")[:2] + body + ordinary("JPEG")[2:]


def jpeg_exif(payload, count):
    """The block in as many segments as it takes, which readers join."""
    block = tags(payload, count)
    parts = [block[at : at + 65_000] for at in range(0, len(block), 65_000)]
    return jpeg_with(*((0xE1, b"Exif\0\0" + part) for part in parts))


def chunk(tag, body):
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png_with(*chunks, behind=False):
    """An ordinary PNG with chunks before its pixels, or behind them."""
    data = ordinary("PNG")
    at = data.index(b"IEND" if behind else b"IDAT") - 4
    return data[:at] + b"".join(chunks) + data[at:]


def png_exif(payload, count):
    return png_with(chunk(b"eXIf", tags(payload, count, first=0xA500)))


def png_raw_profile(payload, count):
    """The block as hexadecimal digits in a compressed text, as ImageMagick writes it."""
    block = b"Exif\0\0" + tags(payload, count)
    text = b"\nexif\n%8d\n" % len(block) + block.hex().encode() + b"\n"
    return png_with(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text, 9)))


def webp_exif(payload, count):
    return encode(quadrants(), "WEBP", exif=tags(payload, count))


# --- JPEG ------------------------------------------------------------------------------------------------------------


def jpeg_scans(count, size=(1024, 1024), *, fill=b""):
    """A progressive JPEG whose last scan comes `count` times, without data, each behind `fill`."""
    data = ordinary("JPEG", size, progressive=True)
    at = data.rindex(b"\xff\xda")
    (length,) = struct.unpack_from(">H", data, at + 2)
    return data[:-2] + (fill + data[at : at + 2 + length]) * count + b"\xff\xd9"


def jpeg_fill(count, place):
    """`count` fill bytes before the frame ("head"), before the scan ("scan") or in its data ("data")."""
    data = ordinary("JPEG")
    at = {"head": data.index(b"\xff\xc0"), "scan": data.index(b"\xff\xda"), "data": len(data) - 40}[place]
    return data[:at] + b"\xff" * count + data[at:]


def jpeg_restarts(count):
    """Restart markers where none belongs."""
    data = ordinary("JPEG")
    return data[:-40] + b"\xff\xd0\xff\xd1" * (count // 2) + data[-40:]


def jpeg_segments(count, marker=0xFE, body=b""):
    return jpeg_with(*[(marker, body)] * count)


def jpeg_photoshop(count):
    """Segments full of empty records, which Pillow reads one by one."""
    return jpeg_with(*[(0xED, b"Photoshop 3.0\0" + b"8BIM\x03\xed\0\0\0\0\0\0" * 5000)] * count)


def jpeg_says(width, height, **options):
    """A JPEG of 64 x 64 pixels that claims another size."""
    data = bytearray(ordinary("JPEG", **options))
    at = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


# --- PNG -------------------------------------------------------------------------------------------------------------


def png_chunks(count, tag=b"tEXt", body=b"", *, behind=False):
    return png_with(*[chunk(tag, body)] * count, behind=behind)


def png_bomb(tag, millions):
    """A compressed chunk that holds so many million zeros: zTXt, iTXt or iCCP."""
    packed = zlib.compress(bytes(1_000_000) * millions, 9)
    head = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[tag]
    return png_with(chunk(tag, head + packed))


def png_pixels(width, height, *, depth=8, colour=0, interlace=0, data=None):
    """A PNG of zeros; `data` bytes of pixels, by default as many as it takes."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    wanted = height * (1 + (width * channels * depth + 7) // 8) if data is None else data
    packer = zlib.compressobj(6)
    packed = b"".join(packer.compress(bytes(min(1 << 20, wanted - at))) for at in range(0, wanted, 1 << 20))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    palette = chunk(b"PLTE", bytes(range(6))) if colour == 3 else b""
    body = chunk(b"IDAT", packed + packer.flush())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + body + chunk(b"IEND", b"")


# --- GIF -------------------------------------------------------------------------------------------------------------


def gif_blocks(total, block=1, label=0xFE, times=1):
    """A GIF whose extension has `total` bytes in blocks of `block` bytes, or so many extensions of that length."""
    data = ordinary("GIF")
    at = data.index(b",\0\0\0\0")
    extension = b"\x21" + bytes([label]) + (bytes([block]) + b"A" * block) * (total // (block + 1) // times) + b"\0"
    return data[:at] + extension * times + data[at:]


def gif_frame(width, height):
    """A GIF whose frame is larger than its screen."""
    data = bytearray(ordinary("GIF"))
    at = data.index(b",\0\0\0\0")
    data[at + 5 : at + 9] = struct.pack("<HH", width, height)
    return bytes(data)


def gif_frames(count):
    """A GIF of many frames that are all empty; the first one counts."""
    data = ordinary("GIF")
    frame = data[data.index(b",\0\0\0\0") : -1]
    return data[:-1] + frame * count + b";"


# --- TIFF ------------------------------------------------------------------------------------------------------------


def tiff(width, height, entries, rest=b""):
    """A little-endian TIFF of one directory; `entries` {tag: (type, values)}, `rest` are bytes from place 8 on."""
    every = {256: (4, [width]), 257: (4, [height]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 277: (3, [1])}
    every |= entries
    body, fields = b"", []
    at = 8 + len(rest) + 2 + 12 * len(every) + 4
    for tag, (kind, values) in sorted(every.items()):
        packed = b"".join(struct.pack({3: "<H", 4: "<I"}[kind], value) for value in values)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place, body = struct.pack("<I", at + len(body)), body + packed
        fields.append(struct.pack("<HHI", tag, kind, len(values)) + place)
    head = b"II*\0" + struct.pack("<I", 8 + len(rest))
    return head + rest + struct.pack("<H", len(fields)) + b"".join(fields) + struct.pack("<I", 0) + body


def tiff_strips(count, width=8, *, compression=1):
    """A TIFF of one-row strips that all lie at the same place."""
    row = bytes(width) if compression == 1 else zlib.compress(bytes(width))
    places = {273: (4, [8] * count), 278: (4, [1]), 279: (4, [len(row)] * count), 259: (3, [compression])}
    return tiff(width, count, places, row)


def tiff_tiles(across, down):
    """A TIFF of 16 x 16 tiles that all lie at the same place."""
    count = across * down
    places = {322: (4, [16]), 323: (4, [16]), 324: (4, [8] * count), 325: (4, [256] * count)}
    return tiff(16 * across, 16 * down, places, bytes(256))


def tiff_bomb(width, height, compression=8):
    """One strip that claims the whole picture and holds a few bytes."""
    row = zlib.compress(bytes(1000)) if compression == 8 else b"\x80\0\x20" * 50
    places = {273: (4, [8]), 278: (4, [height]), 279: (4, [len(row)]), 259: (3, [compression])}
    return tiff(width, height, places, row)


def tiff_loop(pages):
    """Directories that follow one another and come back to the first; without a picture."""
    size = 2 + 12 + 4
    made = b"".join(
        struct.pack("<HHHII", 1, 256, 4, 1, 8) + struct.pack("<I", 8 + size * ((n + 1) % pages)) for n in range(pages)
    )
    return b"II*\0" + struct.pack("<I", 8) + made


# --- BMP, WebP, AVIF, HEIC -------------------------------------------------------------------------------------------


def bmp(width, height, *, bits=8, compression=0, colours=256, body=b"\0" * 64):
    offset = 54 + 1024
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(body), 0, 0, colours, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + header + bytes(1024) + body


def bmp_runs(width, height, run=255):
    """A run-length BMP: Pillow unpacks it in Python, run by run."""
    row = (bytes([run, 7]) * (-(-width // run))) + b"\0\0"
    return bmp(width, height, compression=1, body=row * height + b"\0\1")


def webp_frames(count, size=(512, 512)):
    frames = [Image.new("RGB", size, (n * 7 % 256, n * 5 % 256, n * 3 % 256)) for n in range(count)]
    return encode(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=False)


def webp_chunks(count, tag=b"JUNK", body=b""):
    data = encode(quadrants(), "WEBP", exif=b"Exif\0\0II*\0\0\0\0\0")
    extra = (tag + struct.pack("<I", len(body)) + body) * count
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(extra)) + data[8:] + extra


def webp_says(width, height):
    """A lossless WebP that claims another size."""
    data = bytearray(encode(quadrants(), "WEBP"))
    at = data.index(b"VP8L") + 9
    data[at : at + 4] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return bytes(data)


def boxes_say(kind, width, height):
    """An AVIF or HEIC that claims another size."""
    data = bytearray(ordinary(kind))
    at = data.index(b"ispe\0\0\0\0") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


def boxes(kind, count, tag=b"free"):
    """An AVIF or HEIC with `count` empty boxes behind its first."""
    data = ordinary(kind)
    (first,) = struct.unpack_from(">I", data)
    return data[:first] + (struct.pack(">I", 8) + tag) * count + data[first:]


# --- profiles and damage ---------------------------------------------------------------------------------------------


def chained_profile(elements):
    """A colour profile whose way to the connection space is a chain of matrices, one after another."""
    matrix = b"matf" + bytes(4) + struct.pack(">HH", 3, 3) + struct.pack(">12f", 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    table = 16 + 8 * elements
    places = b"".join(struct.pack(">II", table, len(matrix)) for _ in range(elements))
    body = b"mpet" + bytes(4) + struct.pack(">HHI", 3, 3, elements) + places + matrix
    text = b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(90)
    tags_ = [(b"desc", text), (b"D2B0", body), (b"D2B1", body), (b"A2B0", body)]
    at, listed, held = 128 + 4 + 12 * len(tags_), b"", b""
    for tag, content in tags_:
        content += bytes(-len(content) % 4)
        listed += struct.pack(">4sII", tag, at + len(held), len(content))
        held += content
    size = at + len(held)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x04400000, b"mntr", b"RGB ", b"XYZ ") + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags_)) + listed + held


def with_profile(kind, profile, size=(1024, 1024)):
    return encode(quadrants(*size), kind, icc_profile=profile)


def damaged(kind, seed, flips=8):
    """A file of noise with some bytes changed, and sometimes cut short or with a piece of itself twice."""
    random = np.random.default_rng(seed)
    data = bytearray(encode(noise(48, 48, seed), kind))
    for at in random.integers(4, len(data), flips):
        data[at] = random.integers(256)
    cut, again = (int(at) for at in random.integers(8, len(data), 2))
    if seed % 3 == 1:
        data = data[:cut]
    elif seed % 3 == 2:
        data[cut:cut] = data[again : again + 400] * 20
    return bytes(data)
