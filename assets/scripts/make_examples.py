"""Make the page's example images, `examples.json` and the table in `README.md`, from photos that Python packages carry.

Knows where each photo comes from, who made it and under which licence. Knows nothing about models.
Run it with `python assets/scripts/make_examples.py`; it needs scikit-image and matplotlib, which the page does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

ASSETS = Path(__file__).parents[1]
LONG_SIDE = 800  # pixels, at most
QUALITY = 88
MARKS = ("<!-- examples -->\n", "<!-- /examples -->\n")
DOCS = "https://scikit-image.org/docs/stable/api/skimage.data.html"
CC0 = "CC0"


def skimage_photo(name: str) -> Image.Image:
    """A photo of `skimage.data`, as it comes in scikit-image's wheel."""
    from skimage import data

    return Image.fromarray(getattr(data, name)())


def matplotlib_photo(name: str) -> Image.Image:
    """A photo of matplotlib's sample data."""
    from matplotlib import cbook

    with cbook.get_sample_data(name) as file:
        return Image.open(file).convert("RGB")


def cat_and_coffee() -> Image.Image:
    """The cat's head beside the cup, each 400 pixels high and cut to what matters: two classes in one image."""
    cat, coffee = skimage_photo("chelsea"), skimage_photo("coffee")
    cat = cat.resize((round(cat.width * 400 / cat.height), 400), Image.Resampling.LANCZOS)
    both = Image.new("RGB", (800, 400))
    both.paste(cat.crop((100, 0, 530, 400)), (0, 0))
    both.paste(coffee.crop((160, 0, 530, 400)), (430, 0))
    return both


def beside(*photos: Image.Image) -> Image.Image:
    """Photos side by side, each 500 pixels high: several things of one kind in one image."""
    widths = [round(photo.width * 500 / photo.height) for photo in photos]
    scaled = [photo.resize((w, 500), Image.Resampling.LANCZOS) for photo, w in zip(photos, widths, strict=True)]
    row = Image.new("RGB", (sum(photo.width for photo in scaled), 500))
    left = 0
    for photo in scaled:
        row.paste(photo, (left, 0))
        left += photo.width
    return row


def two_people() -> Image.Image:
    """The astronaut and the commodore, each cut to who is on it."""
    commodore = matplotlib_photo("grace_hopper.jpg").crop((40, 20, 512, 600))
    return beside(skimage_photo("astronaut").crop((60, 0, 420, 512)), commodore)


def photographer_and_astronaut() -> Image.Image:
    """The photographer and the astronaut, each cut to who is on it: one in grey, one in colour."""
    photographer = skimage_photo("camera").convert("RGB").crop((0, 40, 420, 512))
    return beside(photographer, skimage_photo("astronaut").crop((20, 0, 420, 512)))


@dataclass(frozen=True)
class Example:
    """One image file: what it shows, who made it, under which licence, and how it is made here."""

    file: str
    title: str
    credit: str
    licence: str
    source: str
    make: Callable[[], Image.Image]


EXAMPLES = (
    Example(
        "cat_and_coffee.jpg",
        "A cat beside a cup of coffee (composed of two photos)",
        "Stefan van der Walt (cat); Rachel Michetti, courtesy of Pikolo Espresso Bar (coffee)",
        CC0,
        f"{DOCS}#skimage.data.chelsea and {DOCS}#skimage.data.coffee",
        cat_and_coffee,
    ),
    Example(
        "cat.jpg",
        "Chelsea the cat",
        "Stefan van der Walt",
        CC0,
        f"{DOCS}#skimage.data.chelsea",
        lambda: skimage_photo("chelsea"),
    ),
    Example(
        "coffee.jpg",
        "A cup of coffee",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar",
        CC0,
        f"{DOCS}#skimage.data.coffee",
        lambda: skimage_photo("coffee"),
    ),
    Example(
        "photographer.jpg",
        "A photographer with a tripod",
        "Lav Varshney",
        CC0,
        f"{DOCS}#skimage.data.camera",
        lambda: skimage_photo("camera"),
    ),
    Example(
        "grace_hopper.jpg",
        "Commodore Grace Hopper, computer scientist",
        "United States Navy (official portrait)",
        "Public domain",
        "https://github.com/matplotlib/matplotlib/pull/1599 (from https://commons.wikimedia.org/wiki/File:Grace_Hopper.jpg)",
        lambda: matplotlib_photo("grace_hopper.jpg"),
    ),
    Example(
        "two_people.jpg",
        "An astronaut beside a commodore (composed of two photos)",
        "NASA (Eileen Collins); United States Navy (Grace Hopper)",
        "Public domain",
        f"{DOCS}#skimage.data.astronaut and https://github.com/matplotlib/matplotlib/pull/1599",
        two_people,
    ),
    Example(
        "photographer_and_astronaut.jpg",
        "A photographer beside an astronaut (composed of two photos)",
        "Lav Varshney (photographer); NASA (Eileen Collins)",
        "CC0 (photographer); public domain (astronaut)",
        f"{DOCS}#skimage.data.camera and {DOCS}#skimage.data.astronaut",
        photographer_and_astronaut,
    ),
)


def records() -> list[dict[str, str]]:
    """What `examples.json` holds: the page offers the images in this order and opens on the first."""
    keys = ("file", "title", "credit", "licence", "source")
    return [{key: getattr(example, key) for key in keys} for example in EXAMPLES]


def table(entries: list[dict[str, str]]) -> str:
    """The entries of `examples.json` as a Markdown table."""
    lines = ["| file | what | by | licence | stated at |", "|---|---|---|---|---|"]
    lines += [f"| `{e['file']}` | {e['title']} | {e['credit']} | {e['licence']} | {e['source']} |" for e in entries]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write every file."""
    for example in EXAMPLES:
        image = example.make()
        image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
        image.save(ASSETS / example.file, "JPEG", quality=QUALITY, optimize=True)
    (ASSETS / "examples.json").write_text(json.dumps(records(), indent=2) + "\n", encoding="utf-8")
    readme = ASSETS / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    readme.write_text(before + MARKS[0] + table(records()) + MARKS[1] + after, encoding="utf-8")


if __name__ == "__main__":
    main()
