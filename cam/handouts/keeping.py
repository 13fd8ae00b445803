"""A map to take home as numbers (NPZ), and a slide through classes or methods as a moving picture.

Knows files and explanations; knows no arguments of a command line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..errors import CamError, unknown
from ..maps.explanation import Explanation, last
from ..maps.recipe import Recipe
from ..maps.render import overlay, smaller
from ..maps.report import report
from ..methods import METHODS, obstacle
from ..passes.trace import Trace
from .lines import USUAL, Look
from .words import ENGLISH, Speech

SLIDES = ("classes", "methods")
CLASSES = 8  # of a slide through classes
MILLISECONDS = 900  # that each picture stays
_LETTERS = 14  # pixels
_SIDE, _LINE = 480, 26  # pixels: a picture's longer side at most, the height of the line below it
_FORMS = {".webp": "WEBP", ".gif": "GIF"}
# Fonts with Chinese letters, by the names that Linux, Windows and macOS know; Pillow brings none along.
_HAN = (
    *("NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "NotoSansSC-Regular.ttf", "SourceHanSansSC-Regular.otf"),
    *("wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "msyh.ttc", "simhei.ttf", "simsun.ttc"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "Arial Unicode.ttf"),
)
_REGIONS = 6  # a file of Noto's fonts has one for each region at most


@contextmanager
def _writing(path: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """Open a path to be written; a file that is open already is used as it is."""
    if isinstance(path, str | Path):
        with open(path, "wb") as file:  # numpy would add an ending to a bare path
            yield file
    else:
        yield path


def save_map(explanation: Explanation, path: str | Path | BinaryIO, photo: str = "") -> None:
    """Write a map's numbers as NPZ, which `numpy.load` reads with `allow_pickle=False`; `path` may be an open file.

    `raw` (h, w) float32, signed; `heatmap` (H, W) float32 in [0, 1]; `weights`, where the method has them;
    `activations_shape` (C, h, w); `settings`, a text: JSON of the report, the fit, the target's formula, the photo's
    name and size.
    """
    trace = explanation.trace
    settings = {
        **report(explanation, explanation.seconds),
        "fit": trace.fit,
        "target": explanation.target.formula,
        "photo": photo.encode("utf-8", "replace").decode("utf-8"),
        "size": list(trace.image.size),
        "signed": explanation.signed,
    }
    arrays = {
        "raw": explanation.raw.numpy(),
        "heatmap": explanation.heatmap.numpy(),
        "activations_shape": np.array(trace.activations.shape, dtype=np.int64),
        "settings": np.array(json.dumps(settings, ensure_ascii=False)),
    }
    if explanation.weights is not None:
        arrays["weights"] = explanation.weights.numpy()
    with _writing(path) as file:
        np.savez_compressed(file, **arrays)


@dataclass(frozen=True)
class Frame:
    """One picture of a slide, RGB, `_SIDE` pixels at most, and the words below it."""

    picture: Image.Image
    words: str


def frames(
    trace: Trace, of: str, recipe: Recipe, target: object = None, look: Look = USUAL, speech: Speech = ENGLISH
) -> Iterator[Frame]:
    """Yield the pictures of a slide: of the most probable classes or findings, or of each quick method that applies.

    `of` is one of `SLIDES`; `target` is what is explained where methods change; `speech` is that of the words. Raises
    `UnknownNameError` for another word, and as `explain` does.
    """
    if of not in SLIDES:
        raise unknown("slide", of, SLIDES)
    if of == "classes":
        for best in trace.top(CLASSES):
            found = last(recipe.explanations(trace, best.index if trace.listed is None else best))
            label = speech.labels(found)[best.index]
            yield Frame(overlay(smaller(found, _SIDE), **look._asdict()), f"{label}  {best.probability:.1%}")
        return
    for method in METHODS.values():
        if method.streams or obstacle(method, trace) or (look.evidence != "for" and not method.signed):
            continue
        found = last(Recipe(method.name, recipe.contrast).explanations(trace, target))
        label = found.label if found.class_index is None else speech.labels(found)[found.class_index]
        yield Frame(overlay(smaller(found, _SIDE), **look._asdict()), speech.colon(speech.method(method.name), label))


@cache
def _chinese_font() -> ImageFont.FreeTypeFont | None:
    """The first font with Chinese letters that is installed here; None without one."""
    for name in _HAN:
        faces = []
        with suppress(OSError):  # no such file, or no further face in it
            for region in range(_REGIONS):
                faces.append(ImageFont.truetype(name, _LETTERS, region))
        if faces:
            return next((face for face in faces if (face.getname()[0] or "").endswith("SC")), faces[0])
    return None


def speech_of_slides(language: str) -> Speech:
    """The words of a slide in a language; in English where no font here has its letters.

    Raises `UnknownNameError` for a language that is not there.
    """
    speech = Speech(language)
    return speech if language != "zh" or _chinese_font() else ENGLISH


def _font(words: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own font; one with Chinese letters where there are such."""
    own = _chinese_font() if any("\u2e80" <= letter <= "\u9fff" or letter >= "\uf900" for letter in words) else None
    return own or ImageFont.load_default(_LETTERS)


def captioned(frame: Frame) -> Image.Image:
    """A picture of `_SIDE` pixels at most with its words on a line below it."""
    small = frame.picture.copy()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    sheet = Image.new("RGB", (max(small.width, _SIDE // 2), small.height + _LINE), "white")
    sheet.paste(small, ((sheet.width - small.width) // 2, 0))
    ImageDraw.Draw(sheet).text((6, small.height + 5), frame.words, "black", _font(frame.words))
    return sheet


def save_slide(shown: Sequence[Frame], path: str | Path | BinaryIO, ending: str = "") -> None:
    """Write pictures as one that moves, WebP without loss or GIF by the ending of `path`; it begins again at its end.

    An open file has no ending: it is given beside it, ".webp" or ".gif". Raises `CamError` for another one, and where
    there is no picture.
    """
    if isinstance(path, str | Path):
        ending = Path(path).suffix
    form = _FORMS.get(ending.lower())
    if form is None:
        raise CamError(
            "slide-ending", "A slide is a WebP or a GIF, not {ending}: --slide slide.webp.", ending=repr(ending)
        )
    if not shown:
        raise CamError("slide-empty", "There is no picture to slide through: no quick method applies here.")
    first, *others = (captioned(frame) for frame in shown)
    options = {"lossless": True} if form == "WEBP" else {}
    with _writing(path) as file:
        first.save(file, form, save_all=True, append_images=others, duration=MILLISECONDS, loop=0, **options)
