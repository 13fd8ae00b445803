"""Make a small annotated set of images with known boxes, so that `quality.py` runs for somebody who has none.

    python benchmarks/make_annotated.py FOLDER

The photos are the page's examples and those that come with gradio; each is used as it is, small on a plain ground away
from the middle, and beside a photo of another class. The boxes of the objects were drawn by hand and move with the
photos exactly. It is small and made: good for comparing maps with each other and with the baselines, not for figures
to be set beside a paper's. The images stay on your machine.
"""

from __future__ import annotations

import json
import random
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageFilter

ASSETS = Path(__file__).parents[1] / "assets"
HEIGHT = 400  # of a pair
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Photo:
    """A photo, its class and the boxes of that class's objects as shares of its width and height."""

    file: str
    label: str
    boxes: tuple[Box, ...]
    package: str = ""  # where it is no example of the page

    def open(self) -> Image.Image:
        """The photo, RGB."""
        folder = Path(find_spec(self.package).origin).parent if self.package else ASSETS
        with Image.open(folder / self.file) as image:
            return image.convert("RGB")


def _shares(width: int, height: int, *boxes: Box) -> tuple[Box, ...]:
    """Boxes in pixels of a photo of this size as shares."""
    return tuple((left / width, top / height, right / width, bottom / height) for left, top, right, bottom in boxes)


PHOTOS = (
    Photo("cat.jpg", "Egyptian cat", _shares(451, 300, (13, 0, 370, 300))),
    Photo("coffee.jpg", "espresso", _shares(600, 400, (172, 14, 420, 305))),
    Photo("photographer.jpg", "tripod", _shares(512, 512, (230, 206, 406, 512))),
    Photo("grace_hopper.jpg", "military uniform", _shares(512, 600, (11, 320, 512, 600), (145, 25, 375, 160))),
    Photo("media_assets/images/cheetah.jpg", "cheetah", _shares(502, 343, (82, 116, 380, 236)), "gradio"),
    Photo("media_assets/images/cheetah1.jpg", "cheetah", _shares(256, 256, (24, 30, 242, 256)), "gradio"),
    Photo("media_assets/images/lion.jpg", "lion", _shares(256, 256, (5, 2, 190, 253), (185, 28, 254, 140)), "gradio"),
)


def placed(photo: Photo, size: tuple[int, int], at: tuple[int, int] = (0, 0)) -> list[list[float]]:
    """The boxes, in pixels, of a photo that is shown in `size` (W, H) with its corner `at` (x, y)."""
    (width, height), (x, y) = size, at
    steps, corner = (width, height, width, height), (x, y, x, y)
    return [
        [round(start + share * step, 1) for start, share, step in zip(corner, box, steps, strict=True)]
        for box in photo.boxes
    ]


def small(photo: Photo, ground: Photo, chance: random.Random) -> tuple[Image.Image, list[list[float]]]:
    """The photo at about half the side, in a corner of another one that is blurred beyond recognition."""
    image, canvas = photo.open(), ground.open().resize((640, 480)).filter(ImageFilter.GaussianBlur(40))
    scale = chance.uniform(0.45, 0.6) * min(canvas.width / image.width, canvas.height / image.height)
    size = (round(image.width * scale), round(image.height * scale))
    at = (chance.choice([10, canvas.width - size[0] - 10]), chance.choice([10, canvas.height - size[1] - 10]))
    canvas.paste(image.resize(size, Image.Resampling.LANCZOS), at)
    return canvas, placed(photo, size, at)


def pair(left: Photo, right: Photo) -> tuple[Image.Image, list[list[list[float]]]]:
    """Two photos of one height side by side, with the boxes of each."""
    images = [photo.open() for photo in (left, right)]
    sizes = [(round(image.width * HEIGHT / image.height), HEIGHT) for image in images]
    canvas = Image.new("RGB", (sizes[0][0] + sizes[1][0], HEIGHT))
    corners = [(0, 0), (sizes[0][0], 0)]
    for image, size, at in zip(images, sizes, corners, strict=True):
        canvas.paste(image.resize(size, Image.Resampling.LANCZOS), at)
    parts = zip((left, right), sizes, corners, strict=True)
    return canvas, [placed(photo, size, at) for photo, size, at in parts]


def make(folder: Path, seed: int = 0) -> list[dict]:
    """Write the images and `annotations.json` to `folder`; returns the annotations. A seed gives the same set again."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    entries = []

    def add(name: str, image: Image.Image, *annotated: tuple[Photo, list]) -> None:
        image.save(folder / name)
        entries.extend({"file": name, "class": photo.label, "boxes": boxes} for photo, boxes in annotated)

    for number, photo in enumerate(PHOTOS):
        image = photo.open()
        add(f"whole_{number}.png", image, (photo, placed(photo, image.size)))
        others = [other for other in PHOTOS if other.label != photo.label]
        image, boxes = small(photo, chance.choice(others), chance)
        add(f"small_{number}.png", image, (photo, boxes))
        other = others[number % len(others)]
        image, (first, second) = pair(photo, other)
        add(f"pair_{number}.png", image, (photo, first), (other, second))
    (folder / "annotations.json").write_text(json.dumps(entries, indent=1) + "\n")
    return entries


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/make_annotated.py FOLDER")
    print(f"{len(make(Path(sys.argv[1])))} boxed classes in {sys.argv[1]}")
