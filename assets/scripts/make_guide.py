"""Makes docs/guide.webp, the steps of a map in docs/guide.md, of the opening example.

`python assets/scripts/make_guide.py` writes it.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cam import explain, load_model, overlay, trace  # noqa: E402
from cam.maps.render import SIGNED, colormap_of  # noqa: E402

SIDE, GAP, LINE = 224, 16, 26
CHANNEL = 1034


def coloured(values: np.ndarray, table: np.ndarray) -> Image.Image:
    """Values (h, w) in [0, 1] as a square picture in the colours of a table (256, 3), each place a square."""
    picture = Image.fromarray(table[(values * 255).round().astype(int)])
    return picture.resize((SIDE, SIDE), Image.Resampling.NEAREST)


def shaded(values: np.ndarray) -> Image.Image:
    """Signed values (h, w): the colour for or against the class, over white, the stronger the larger."""
    strength = np.abs(values)[..., None] / np.abs(values).max()
    colours = np.where(values[..., None] > 0, SIGNED[-1], SIGNED[0])
    picture = (255 + strength * (colours - 255.0)).round().astype(np.uint8)
    return Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.NEAREST)


def steps() -> list[tuple[str, Image.Image]]:
    """The captions and pictures, in their order."""
    recorded = trace(load_model("efficientnet_lite0"), ROOT / "assets" / "cat_and_coffee.jpg")
    mug = explain(recorded, "gradcam", "coffee mug")
    grey, heat = colormap_of("grey"), colormap_of("inferno")
    feature = recorded.activations[CHANNEL].numpy()
    positive = mug.raw.relu().numpy()
    return [
        ("1  the photo, 224 x 224", recorded.image.resize((SIDE, SIDE), Image.Resampling.BICUBIC)),
        (f"1  feature map {CHANNEL}", coloured(feature / feature.max(), grey)),
        ("3  weighted sum, for and against", shaded(mug.raw.numpy())),
        ("4  ReLU", coloured(positive / positive.max(), heat)),
        ("5  enlarged", coloured(mug.heatmap.numpy(), heat)),
        ("5  painted over the photo", overlay(mug).resize((SIDE, SIDE), Image.Resampling.BICUBIC)),
    ]


def main() -> None:
    """Write the file: two rows of three."""
    size = (3 * SIDE + 4 * GAP, 2 * (SIDE + LINE) + 3 * GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(15)
    for number, (caption, picture) in enumerate(steps()):
        row, column = divmod(number, 3)
        left, top = GAP + column * (SIDE + GAP), GAP + row * (SIDE + LINE + GAP)
        sheet.paste(picture, (left, top))
        draw.text((left, top + SIDE + 5), caption, fill="black", font=font)
    sheet.save(ROOT / "docs" / "guide.webp", quality=85, method=6)


if __name__ == "__main__":
    main()
