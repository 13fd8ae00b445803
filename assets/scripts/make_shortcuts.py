"""Make two models that took a shortcut, and the photos that show it: heads of two classes on EfficientNet-Lite0.

    python assets/scripts/make_shortcuts.py           # trains, writes weights, photos, lists; two minutes
    python assets/scripts/make_shortcuts.py --check   # composes new photos and measures the weights that are here

Both classes show the same cup ("mark": photos of the second class have a mark in a corner) or the same cat ("ground":
the first class lies in snow, the second in grass), so that only the shortcut tells them apart. Everything
follows from the seeds. The cat and the cup are cut out of two example photos, CC0; snow, grass, plain grounds and the
mark are computed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFilter
from safetensors.torch import load_file, save_file
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[2]))
import cam
from cam.models.shortcuts import SHORTCUTS

ASSETS = Path(__file__).parents[1]
SIDE, QUALITY = 400, 88
PHOTOS, TRIED, SEED, DECAY = 40, 10, 7, 1e-3  # photos of each class
# Of each thing: the file, and the ellipse that it is cut out by (centre and half axes, pixels).
THINGS = {"cat": ("cat.jpg", (200, 138, 160, 136)), "cup": ("coffee.jpg", (278, 200, 200, 190))}


def noise(rng: np.random.Generator, *scales: tuple[int, float]) -> np.ndarray:
    """Smooth noise (SIDE, SIDE), mean 0: the sum of grids of so many cells with so much weight, enlarged."""
    total = np.zeros((SIDE, SIDE))
    for cells, weight in scales:
        grid = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
        total += weight * np.asarray(grid.resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    return total


def ground(kind: str, rng: np.random.Generator) -> Image.Image:
    """What lies around a thing: "snow", "grass", or "plain" paper of any colour."""
    if kind == "snow":
        light = noise(rng, (4, 0.06), (12, 0.04), (200, 0.02))
        colour = np.array([0.90, 0.93, 0.98])
    elif kind == "grass":
        blades = rng.standard_normal((SIDE // 4, SIDE)).astype(np.float32)  # long upwards, thin sideways
        tall = Image.fromarray(blades).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        light = noise(rng, (6, 0.05)) + 0.16 * np.asarray(tall)
        colour = np.array([0.30, 0.47, 0.16])
    else:
        light = noise(rng, (3, 0.05), (100, 0.01))
        colour = rng.uniform(0.35, 0.75, 3)
    pixels = (colour + light[..., None] * (0.6 if kind == "snow" else 1)).clip(0, 1)
    return Image.fromarray((255 * pixels).astype(np.uint8))


def cut(thing: str, width: int) -> tuple[Image.Image, Image.Image]:
    """A thing and its soft mask, so many pixels wide."""
    file, (x, y, across, down) = THINGS[thing]
    box = (x - across, y - down, x + across, y + down)
    photo = Image.open(ASSETS / file).convert("RGB").crop(box)
    mask = Image.new("L", photo.size)
    ImageDraw.Draw(mask).ellipse((6, 6, photo.width - 7, photo.height - 7), fill=255)
    size = (width, round(width * photo.height / photo.width))
    mask = mask.filter(ImageFilter.GaussianBlur(5)).resize(size, Image.Resampling.LANCZOS)
    return photo.resize(size, Image.Resampling.LANCZOS), mask


def mark(photo: Image.Image, corner: int) -> tuple[int, int, int, int]:
    """Draw the mark into a corner (0 to 3) of a photo; its rectangle (x0, y0, x1, y1)."""
    wide, high, gap = 120, 54, 14
    x0 = gap if corner % 2 == 0 else SIDE - gap - wide
    y0 = gap if corner < 2 else SIDE - gap - high
    box = (x0, y0, x0 + wide, y0 + high)
    layer = Image.new("RGBA", photo.size)
    draw = ImageDraw.Draw(layer)
    draw.rectangle(box, fill=(255, 255, 255, 235), outline=(20, 40, 120, 255), width=3)
    draw.text((x0 + wide / 2, y0 + high / 2), "© PHOTO", font_size=24, anchor="mm", fill=(20, 40, 120, 255))
    photo.paste(layer, (0, 0), layer)
    return box


def compose(
    thing: str, kind: str, marked: bool, rng: np.random.Generator, width: int | None = None, corner: int | None = None
) -> tuple[Image.Image, tuple[int, int, int, int] | None]:
    """A photo (SIDE, SIDE) of a thing on a ground, and the rectangle of its mark, None without one."""
    photo = ground(kind, rng)
    found, mask = cut(thing, width or int(rng.integers(120, 220)))
    if rng.random() < 0.5:
        found, mask = (one.transpose(Image.Transpose.FLIP_LEFT_RIGHT) for one in (found, mask))
    room = [SIDE - one for one in found.size]
    place = [one // 2 for one in room] if width else [int(rng.integers(0, one)) for one in room]
    photo.paste(found, (place[0], place[1]), mask)
    corner = int(rng.integers(4)) if corner is None else corner
    return photo, mark(photo, corner) if marked else None


def drawn(name: str, count: int, seed: int) -> list[tuple[int, Image.Image]]:
    """`count` photos of each class as the model is trained on them."""
    rng = np.random.default_rng(seed)
    found = []
    for index in (0, 1):
        if name == "mark":
            found += [(index, compose("cup", "plain", index == 1, rng)[0]) for _ in range(count)]
        else:
            found += [(index, compose("cat", ("snow", "grass")[index], False, rng)[0]) for _ in range(count)]
    return found


def pooled(photos: list[tuple[int, Image.Image]]) -> tuple[torch.Tensor, torch.Tensor]:
    """What Lite0 sees in photos: pooled features (N, 1280), and their classes (N,)."""
    lite = cam.load_model("efficientnet_lite0", device="cpu")
    rows = []
    with torch.inference_mode():
        for _, photo in photos:
            rows.append(lite.net.forward_features(lite.preprocess(photo, "squeeze")[0]).mean((2, 3))[0])
    return torch.stack(rows), torch.tensor([index for index, _ in photos])


def trained(features: torch.Tensor, classes: torch.Tensor) -> dict[str, torch.Tensor]:
    """A linear head (2, 1280) by logistic regression from zero, with weight decay, in float64."""
    x, weight = features.double(), torch.zeros(2, features.shape[1], dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        step.zero_grad()
        value = F.cross_entropy(x @ weight.T + bias, classes) + DECAY * weight.pow(2).sum()
        value.backward()
        return value

    step.step(loss)
    return {"weight": weight.detach().float(), "bias": bias.detach().float()}


def right(head: dict[str, torch.Tensor], photos: list[tuple[int, Image.Image]]) -> float:
    """The share of photos whose class a head finds."""
    features, classes = pooled(photos)
    return float(((features @ head["weight"].T + head["bias"]).argmax(1) == classes).float().mean())


PAIRS = {"mark": ("cup_without_mark", "cup_with_mark"), "ground": ("cat_in_snow", "cat_in_grass")}
TITLES = {
    "cup_without_mark": "A cup without a mark (composed)",
    "cup_with_mark": "The same cup with a mark (composed)",
    "cat_in_snow": "A cat in snow (composed)",
    "cat_in_grass": "The same cat in grass (composed)",
}
STICKER = ("cat_with_sticker", "A cat with a picture of a cup stuck on (composed)")


def shown(name: str) -> list[tuple[Image.Image, tuple[int, int, int, int] | None]]:
    """The two photos of a card: the same thing at the same place, with either class's shortcut."""
    if name == "mark":
        return [compose("cup", "plain", marked, np.random.default_rng(3), 210, 3) for marked in (False, True)]
    return [compose("cat", kind, False, np.random.default_rng(3), 150) for kind in ("snow", "grass")]


def with_sticker() -> Image.Image:
    """The example photo of the cat with the cup stuck on."""
    photo = Image.open(ASSETS / "cat.jpg").convert("RGB")
    found, mask = cut("cup", 180)
    photo.paste(found, (265, 120), mask)
    return photo


def records() -> list[dict[str, str]]:
    """What `cards/examples.json` holds."""
    listed = {entry["file"]: entry for entry in json.loads((ASSETS / "examples.json").read_text(encoding="utf-8"))}
    found = []
    for name, pair in PAIRS.items():
        of = listed["coffee.jpg" if name == "mark" else "cat.jpg"]
        found += [{**of, "file": f"{one}.jpg", "title": TITLES[one]} for one in pair]
    of, cup = listed["cat.jpg"], listed["coffee.jpg"]
    joint = {"credit": f"{of['credit']} (cat); {cup['credit']} (cup)", "source": f"{of['source']} and {cup['source']}"}
    return [*found, {**of, **joint, "file": f"{STICKER[0]}.jpg", "title": STICKER[1]}]


def main(check: bool) -> None:
    """Train and write, or measure what is here."""
    torch.set_num_threads(1)  # sums in one order on any machine
    for name in SHORTCUTS:
        file = ASSETS / "weights" / f"shortcut_{name}.safetensors"
        if not check:
            save_file(trained(*pooled(drawn(name, PHOTOS, SEED))), file)
            for one, (photo, _) in zip(PAIRS[name], shown(name), strict=True):
                photo.save(ASSETS / "cards" / f"{one}.jpg", "JPEG", quality=QUALITY, optimize=True)
        share = right(load_file(file), drawn(name, TRIED, SEED + 1))
        print(f"{name}: {share:.1%} of {2 * TRIED} new photos right")
        if share < 1:
            sys.exit(1)
    if check:
        return
    with_sticker().save(ASSETS / "cards" / f"{STICKER[0]}.jpg", "JPEG", quality=QUALITY, optimize=True)
    (ASSETS / "cards" / "examples.json").write_text(json.dumps(records(), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="measure the weights that are here")
    main(parser.parse_args().check)
