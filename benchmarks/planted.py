"""Images whose evidence is planted: real handwritten digits on a cluttered ground, so that the right answer is known.

A scene is 48 x 48 pixels. Each quarter holds at most one thing, at a place left to chance: a digit, or a
scrambled one (a distractor: its rows and columns shuffled). The class is the digit's; its box is the ink's.
A *single* scene holds one digit and two distractors, a *grid* four digits of four classes, one in each quarter. In a
grid a digit is the only evidence for its class, so a map for that class belongs into that digit's quarter.

Knows pixels and boxes; knows no networks and no maps. The digits are those that scikit-learn brings along.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

from cam.photos.views import Box

SIDE = 48
HALF = SIDE // 2
CLASSES = 10
SIZE = (16, 20)  # of a digit, width and height in pixels
STEP = 4  # pixels between the places where a digit can stand
CELLS: tuple[Box, ...] = tuple(
    (float(x), float(y), float(x + HALF), float(y + HALF)) for y in (0, HALF) for x in (0, HALF)
)
HELD_OUT = 597  # of the 1,797 digits


@dataclass(frozen=True)
class Planted:
    """One digit in a scene: its class, the box of its ink and the quarter that it stands in, in pixels."""

    index: int
    box: Box
    cell: Box


@dataclass(frozen=True, eq=False)
class Scene:
    """An image and what is planted in it."""

    pixels: np.ndarray  # (48, 48, 3) uint8
    planted: tuple[Planted, ...]

    @property
    def image(self) -> Image.Image:
        """The image, RGB."""
        return Image.fromarray(self.pixels)


@dataclass(frozen=True, eq=False)
class Digits:
    """Handwritten digits cut to their ink, `glyphs` (h, w) float32 in [0, 1], and their classes."""

    glyphs: list[np.ndarray]
    labels: np.ndarray

    @classmethod
    def read(cls, held_out: bool) -> Digits:
        """Those to learn from, or those that are held out."""
        found = load_digits()
        order = np.random.default_rng(0).permutation(len(found.target))
        part = order[:HELD_OUT] if held_out else order[HELD_OUT:]
        return cls([_cut(one) for one in found.images[part]], found.target[part])


def _cut(digit: np.ndarray) -> np.ndarray:
    """A digit (8, 8) in [0, 16] cut to the rows and columns that hold ink."""
    ink = digit > 1
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    return (digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 16).astype(np.float32)


def _ground(chance: np.random.Generator) -> np.ndarray:
    """Clutter (48, 48, 3) in [0, 0.3]: noise of three sizes."""
    layers = [
        cv2.resize(chance.random((size, size, 3), dtype=np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        for size in (4, 12, SIDE)
    ]
    return np.clip(np.mean(layers, 0) * 0.6 - 0.15, 0, 0.3)


def _draw(canvas: np.ndarray, glyph: np.ndarray, cell: Box, chance: np.random.Generator) -> Box:
    """Draw a glyph somewhere in a quarter, in a bright colour; returns its box."""
    width, height = SIZE
    left = int(cell[0]) + STEP * int(chance.integers((HALF - width) // STEP + 1))
    top = int(cell[1]) + STEP * int(chance.integers((HALF - height) // STEP + 1))
    ink = cv2.resize(glyph, SIZE, interpolation=cv2.INTER_LINEAR)[..., None]
    part = canvas[top : top + height, left : left + width]
    part += ink * (chance.uniform(0.8, 1.0, 3).astype(np.float32) - part)
    return float(left), float(top), float(left + width), float(top + height)


def _scrambled(glyph: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    return glyph[chance.permutation(glyph.shape[0])][:, chance.permutation(glyph.shape[1])]


def scene(digits: Digits, chance: np.random.Generator, count: int = 1, distractors: int = 2) -> Scene:
    """Make a scene with `count` digits of as many classes, and scrambled ones in what quarters are left."""
    canvas = _ground(chance)
    quarters = [CELLS[number] for number in chance.permutation(4)]
    classes = chance.permutation(CLASSES)[:count]
    planted = []
    for index, cell in zip(classes.tolist(), quarters, strict=False):
        glyph = digits.glyphs[chance.choice(np.flatnonzero(digits.labels == index))]
        planted.append(Planted(index, _draw(canvas, glyph, cell, chance), cell))
    for cell in quarters[count : count + distractors]:
        _draw(canvas, _scrambled(digits.glyphs[chance.integers(len(digits.glyphs))], chance), cell, chance)
    return Scene(np.round(canvas * 255).astype(np.uint8), tuple(planted))


def scenes(held_out: bool, number: int, seed: int, **options) -> list[Scene]:
    """Make `number` scenes; a seed gives the same ones again."""
    digits, chance = Digits.read(held_out), np.random.default_rng(seed)
    return [scene(digits, chance, **options) for _ in range(number)]
