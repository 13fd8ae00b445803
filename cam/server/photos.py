"""The photos of the page: the examples and what visitors send, opened once and kept within a bound.

Knows files and pictures; knows no models. What visitors send lies in Gradio's upload folder; nothing else is opened.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from ..errors import ImageError, unknown
from ..passes.store import Cache
from ..photos.images import open_image

# Beside the package, or within it where it is installed.
ASSETS = next(
    found for found in (parent / "assets" for parent in Path(__file__).resolve().parents[1:3]) if found.is_dir()
)
SHOWN_SIDE = 1600  # pixels; the page's canvas needs no more
THUMB_SIDE = 400
ICON_SIDE = 144
URL_BYTES = 512 * 1024  # of a photo's data URLs, about


@dataclass(frozen=True, eq=False)
class Photo:
    """An opened photo: `id` names the file's content, `image` is RGB."""

    id: str
    title: str
    image: Image.Image

    @cached_property
    def url(self) -> str:
        """A JPEG for the page's canvas, as a data URL; made when a page needs it."""
        return jpeg_url(self.image, SHOWN_SIDE, 88)

    @cached_property
    def thumb(self) -> str:
        """A small JPEG, as a data URL."""
        return jpeg_url(self.image, THUMB_SIDE, 80)

    @property
    def icon(self) -> str:
        """A picture of a few kilobytes, as a data URL."""
        return jpeg_url(self.image, ICON_SIDE, 80)

    @property
    def nbytes(self) -> int:
        """Memory of the pixels, and of the data URLs if they are made, in bytes, roughly."""
        width, height = self.image.size
        return 3 * width * height + URL_BYTES


@dataclass(frozen=True)
class Example:
    """One photo that comes with the page; `lesson`: a card opens it, and no list offers it."""

    name: str
    title: str
    path: Path
    lesson: bool = False


def read_examples(folder: Path = ASSETS) -> dict[str, Example]:
    """Return the examples that `examples.json` lists, in its order; the first is the one the page opens on."""
    entries = json.loads((folder / "examples.json").read_text(encoding="utf-8"))
    examples = [Example(Path(entry["file"]).stem, entry["title"], folder / entry["file"]) for entry in entries]
    return {example.name: example for example in examples}


def jpeg_url(image: Image.Image, side: int, quality: int) -> str:
    """Return a JPEG of the image, at most `side` pixels wide and high, as a data URL."""
    width, height = image.size
    if max(width, height) > side:
        scale = side / max(width, height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")


class Photos:
    """Opens photos by what the page says of them: `{"example": name}` or `{"upload": path}`."""

    def __init__(self, examples: Mapping[str, Example], uploads: Path, *, cache_bytes: int, max_pixels: int) -> None:
        self.examples = dict(examples)
        self._uploads = uploads.resolve()
        self._max_pixels = max_pixels
        self._opened: Cache[Photo] = Cache(cache_bytes)

    def open(self, source: Mapping[str, Any]) -> Photo:
        """Return the photo. Raises `ImageError` or `UnknownNameError` with a sentence for the visitor."""
        path, identity, title = self._find(source)
        return self._opened.get(path, lambda: self._read(path, identity, title))

    def identity(self, source: Mapping[str, Any]) -> str:
        """Return the photo's `id` without opening it; errors as for `open`."""
        return self._find(source)[1]

    def _find(self, source: Mapping[str, Any]) -> tuple[Path, str, str]:
        """Where a photo lies, its `id` and its title."""
        if "example" in source:
            name = str(source["example"])
            if name not in self.examples:
                raise unknown("example", name, self.examples)
            example = self.examples[name]
            return example.path, f"example-{name}", example.title
        path = Path(str(source.get("upload", ""))).resolve()
        if path.parent.parent != self._uploads or not (path in self._opened or path.is_file()):
            raise ImageError("photo-gone", "This photo is no longer on the server. Send it again.")
        return path, path.parent.name, "Your photo"  # Gradio names the folder by the file's content

    def at_hand(self, source: Mapping[str, Any]) -> bool:
        """Whether the photo is an example, or opened already; errors as for `open`."""
        return "example" in source or self._find(source)[0] in self._opened

    def read(self, path: Path | str) -> Image.Image:
        """Open a file within the limits."""
        return open_image(path, max_pixels=self._max_pixels)

    def _read(self, path: Path, identity: str, title: str) -> Photo:
        return Photo(identity, title, self.read(path))
