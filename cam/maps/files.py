"""Many images at a terminal: which files are meant, what is written for each, and a sheet that shows them all.

Knows files, lines and pictures; knows no networks.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..errors import CamError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".tif", ".tiff", ".bmp", ".gif"}
MOST_ROWS = 200  # of a sheet
_TALL = 25  # rows of a sheet's column
_CELL, _TEXT, _GAP = (240, 180), 240, 12  # pixels: a picture at most, the words beside it, between them


def pictures(paths: Iterable[str], written: Iterable[Path | None] = ()) -> list[Path]:
    """The images that are meant: files as they are given, of folders all pictures in them and below, by name.

    What lies under `written`, where this run writes, is left out of folders; so are hidden files.
    Raises `CamError` for a folder without pictures.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.is_dir():
            found.append(path)
            continue
        apart = [one.resolve() for one in written if one and one.resolve() != path.resolve()]
        inside = [
            one
            for one in sorted(path.rglob("*"))
            if one.suffix.lower() in SUFFIXES
            and one.is_file()
            and not any(part.startswith(".") for part in one.relative_to(path).parts)
            and not any(one.resolve().is_relative_to(other) for other in apart)
        ]
        if not inside:
            raise CamError(
                "no-picture-in-folder",
                "There is no picture in {folder}. Give a folder with photos, or photos.",
                folder=path.name or path,
            )
        found += inside
    return found


class Names:
    """Names for what is written into a folder: the photo's own, numbered where another photo has it already."""

    def __init__(self, folder: Path, photos: Iterable[Path]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._used = {self._key(photo.resolve()) for photo in photos}  # no photo is overwritten

    @staticmethod
    def _key(path: Path) -> str:
        return str(path).casefold()

    def take(self, photo: Path, suffix: str) -> Path:
        """Return a path that no other photo of this run was given."""
        count = 1
        while True:
            name = f"{photo.stem}{f'-{count}' if count > 1 else ''}{suffix}"
            key = self._key((self.folder / name).resolve())
            if key not in self._used:
                self._used.add(key)
                return self.folder / name
            count += 1


def counted(found: Iterable, total: int) -> Iterator:
    """Pass on what comes, with a bar on a terminal."""
    shown = sys.stderr.isatty()
    for done, one in enumerate(found, 1):
        if shown:
            bar = "#" * (30 * done // total)
            print(f"\r[{bar:<30}] {done} of {total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        yield one


class Sheet:
    """A contact sheet: a row for each image with the photo, the overlay and words, in columns of 25 rows.

    Rows after the first 200 are left out; `left_out` counts them.
    """

    def __init__(self) -> None:
        self._rows: list[tuple[list[Image.Image], str]] = []
        self.left_out = 0

    def add(self, images: Iterable[Image.Image], words: str) -> None:
        """Add a row; the images are made small at once."""
        if len(self._rows) == MOST_ROWS:
            self.left_out += 1
            return
        small = [image.copy() for image in images]
        for image in small:
            image.thumbnail(_CELL, Image.Resampling.LANCZOS)
        self._rows.append((small, words))

    def picture(self) -> Image.Image:
        """Draw what was added, RGB."""
        (width, height), count = _CELL, max(1, len(self._rows))
        across, down = 2 * (width + _GAP) + _TEXT + _GAP, height + _GAP
        size = (-(-count // _TALL) * across + _GAP, min(count, _TALL) * down + _GAP)
        sheet = Image.new("RGB", size, "white")
        draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(15)
        for number, (images, words) in enumerate(self._rows):
            x, y = number // _TALL * across + _GAP, number % _TALL * down + _GAP
            for place, image in enumerate(images):
                sheet.paste(image, (x + place * (width + _GAP) + (width - image.width) // 2, y))
            lines = [line for part in words.splitlines() for line in textwrap.wrap(part, 30, max_lines=4)]
            draw.multiline_text((x + 2 * (width + _GAP), y), "\n".join(lines[:9]), "black", font, spacing=4)
        return sheet
