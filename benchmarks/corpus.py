"""A seeded corpus of files that cost much to open: kind -> how each of its files is made (`tests/costly.py`).

Knows recipes; measures nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path[1:1] = [str(Path(__file__).resolve().parents[1] / "tests")]

import costly as make  # noqa: E402

Recipe = partial  # without arguments it returns the bytes of a file


def _each(recipe: Callable[..., bytes], *arguments: tuple, **options) -> list[Recipe]:
    return [partial(recipe, *one, **options) for one in arguments]


def _tags() -> list[Recipe]:
    sizes = [(payload, count) for payload in (100, 20_000, 400_000) for count in (10, 150, 700, 7000)]
    bombs = [make.tags, make.big_tags, make.jpeg_exif, make.png_exif, make.png_raw_profile, make.webp_exif]
    found = [recipe for bomb in bombs for recipe in _each(bomb, *sizes)]
    return found + _each(make.tags, *sizes, order=">", kind=12)


def _jpegs() -> list[Recipe]:
    counts = [(10**n,) for n in range(2, 7)]
    found = [
        recipe for place in ("head", "scan", "data") for recipe in _each(make.jpeg_fill, *[(*n, place) for n in counts])
    ]
    found += _each(make.jpeg_scans, *[(n,) for n in (5, 12, 25, 100, 1000, 4000)])
    found += _each(make.jpeg_scans, *[(n, (4096, 4096)) for n in (5, 12, 40, 200, 1000)])
    found += _each(make.jpeg_scans, (50,), (500,), fill=b"\xff" * 2000)
    found += _each(make.jpeg_restarts, *counts) + _each(make.jpeg_segments, *counts)
    found += _each(make.jpeg_segments, *counts, marker=0xE1, body=b"Exif\0\0")
    found += _each(make.jpeg_photoshop, (1,), (4,), (40,), (300,))
    found += _each(make.jpeg_says, (7000, 7000), (65_500, 700), (700, 65_500), (65_535, 65_535))
    return found + _each(make.jpeg_says, (7000, 7000), (65_500, 700), (20_000, 20_000), progressive=True)


def _pngs() -> list[Recipe]:
    tags = (b"tEXt", b"IDAT", b"abCd", b"tIME", b"sPLT")
    found = [r for tag in tags for r in _each(make.png_chunks, *[(10**n, tag) for n in (2, 4, 6)])]
    found += [r for tag in tags[:3] for r in _each(make.png_chunks, *[(10**n, tag) for n in (2, 4, 6)], behind=True)]
    found += [partial(make.png_bomb, tag, n) for tag in (b"zTXt", b"iTXt", b"iCCP") for n in (1, 30, 1000)]
    depths = [(0, 1), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]
    for colour, depth in depths:
        found += [partial(make.png_pixels, w, h, depth=depth, colour=colour) for w, h in ((7000, 7000), (3900, 4000))]
        found += [partial(make.png_pixels, 7000, 7000, depth=depth, colour=colour, interlace=1, data=10_000)]
    return found + [partial(make.png_pixels, 64, 64, data=10**n) for n in (3, 6, 9)]


def _gifs() -> list[Recipe]:
    found = [r for block in (1, 2, 7, 255) for r in _each(make.gif_blocks, *[(10**n, block) for n in (3, 4, 5, 6, 7)])]
    found += [partial(make.gif_blocks, 10**6, 1, label, 10**n) for label in (0xF9, 0xFF, 0xFE) for n in (2, 4)]
    found += _each(make.gif_frame, (60_000, 60_000), (7000, 7000), (65_535, 1))
    return found + _each(make.gif_frames, (10,), (10_000,), (60_000,))


def _tiffs() -> list[Recipe]:
    found = [partial(make.tiff_strips, 10**n, 8, compression=c) for n in (2, 4, 5, 6) for c in (1, 8)]
    found += _each(make.tiff_strips, (2_000_000, 8), (49_000, 1000), (7000, 7000))
    found += _each(make.tiff_tiles, (10, 10), (100, 100), (400, 400), (1, 50_000))
    found += [
        partial(make.tiff_bomb, w, h, c) for w, h in ((7000, 7000), (60_000, 800), (9, 5_000_000)) for c in (5, 8)
    ]
    return found + _each(make.tiff_loop, (1,), (100,), (10_000,), (1_000_000,))


def _others() -> list[Recipe]:
    found = [
        partial(make.bmp, w, h, bits=bits) for w, h in ((7000, 7000), (7000, -7000), (-9, 9)) for bits in (1, 8, 24, 32)
    ]
    found += [partial(make.bmp, 64, 64, colours=n) for n in (0, 257, 2**31, 2**32 - 1)]
    found += [partial(make.bmp_runs, n, n, run) for n in (64, 2000, 4000) for run in (1, 255)]
    found += _each(make.webp_frames, (2,), (50,), (400,)) + _each(make.webp_chunks, (10,), (1000,), (1_000_000,))
    found += _each(make.webp_says, (1900, 2000), (7000, 7000), (16_383, 16_383), (16_383, 2900))
    for kind in ("AVIF", "HEIF"):
        found += [
            partial(make.boxes_say, kind, w, h) for w, h in ((7000, 7000), (20_000, 20_000), (60_000, 800), (0, 0))
        ]
        found += [partial(make.boxes, kind, 10**n, tag) for n in (2, 4, 6) for tag in (b"free", b"meta")]
    return found


def _profiled(kind: str, elements: int, side: int) -> bytes:
    return make.with_profile(kind, make.chained_profile(elements), (side, side))


def _profiles() -> list[Recipe]:
    sides = {"JPEG": 512, "PNG": 2048, "WEBP": 512, "TIFF": 512}
    return [partial(_profiled, kind, 10**n, side) for n in range(5) for kind, side in sides.items()]


def _damaged() -> list[Recipe]:
    kinds = ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP", "AVIF", "HEIF")
    return [partial(make.damaged, kind, seed) for kind in kinds for seed in range(24)]


FILES: dict[str, Callable[[], list[Recipe]]] = {
    "tags": _tags,
    "JPEG": _jpegs,
    "PNG": _pngs,
    "GIF": _gifs,
    "TIFF": _tiffs,
    "BMP, WebP, AVIF, HEIC": _others,
    "profiles": _profiles,
    "damaged": _damaged,
}
