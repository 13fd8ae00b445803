"""How well do the maps lie on the objects, and does the model need what they show? A table for your annotated images.

    python benchmarks/quality.py FOLDER [ANNOTATIONS.json] [--model M] [--layer L ...] [--methods X ...]

A detector needs no annotations: each box that it finds in the folder's photos is explained and measured against itself.
Knows annotations, tables and grad-cam's maps as a peer; what is measured is `cam.metrics`. See `quality.md`.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import random
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from cam import (
    FITS,
    METHODS,
    MODELS,
    CamError,
    MethodError,
    Model,
    Trace,
    explain,
    load_model,
    metrics,
    open_image,
    trace,
)
from cam.maps.render import on_image
from cam.network import layers as cam_layers
from cam.photos.views import Box
from cam.tasks.targets import class_index

ALL = "all"
GROUPS = ("localisation", "grid", "confidence", "curves")
# Key in the JSON: heading, the group that measures it, decimals.
COLUMNS = {
    "energy": ("energy in box ↑", "localisation", 3),
    "pointing": ("pointing ↑", "localisation", 3),
    "peak": ("peak in box ↑", "localisation", 3),
    "iou": ("box IoU ↑", "localisation", 3),
    "found": ("IoU > 0.5 ↑", "localisation", 3),
    "grid": ("grid ↑", "grid", 3),
    "drop": ("drop % ↓", "confidence", 1),
    "increase": ("increase % ↑", "confidence", 1),
    "gain": ("gain % ↑", "confidence", 1),
    "complexity": ("complexity", "confidence", 3),
    "insertion": ("insertion ↑", "curves", 3),
    "deletion": ("deletion ↓", "curves", 3),
    "empty": ("empty", "localisation", 0),
}
PEERS = {
    "gradcam": "GradCAM",
    "hirescam": "HiResCAM",
    "gradcam_elementwise": "GradCAMElementWise",
    "gradcam_plusplus": "GradCAMPlusPlus",
    "xgradcam": "XGradCAM",
    "layercam": "LayerCAM",
    "eigencam": "EigenCAM",
    "eigengradcam": "EigenGradCAM",
    "scorecam": "ScoreCAM",
    "ablationcam": "AblationCAM",
    "fem": "FEM",
    "kpcacam": "KPCA_CAM",
    "shapleycam": "ShapleyCAM",
}

Mapper = Callable[[Trace, Any], torch.Tensor]  # a trace and its target -> a heatmap (H, W) at input size
IMAGES = {".jpg", ".jpeg", ".png", ".webp"}
MOST_FOUND = 100  # boxes of an image


@dataclass(frozen=True)
class Item:
    """One annotated class in one image; `boxes` in pixels of the image as it is shown, (left, top, right, bottom).

    Or what a detector found: `number` is that of the finding, from 1, and its box the only one.
    """

    file: Path
    index: int
    boxes: tuple[Box, ...]
    number: int = 0

    def target(self, t: Trace) -> Any:
        """What is explained of a trace of the image."""
        return t.finding(self.number) if self.number else self.index


def read_annotations(folder: Path, file: Path, labels) -> list[Item]:
    """Read `[{"file": ..., "class": name or index, "boxes": [[l, t, r, b], ...]}, ...]`.

    Raises `ValueError` that names the entry for whatever is not of that form.
    """
    items = []
    for number, entry in enumerate(json.loads(file.read_text())):
        try:
            path = folder / entry["file"]
            boxes = tuple(tuple(float(side) for side in box) for box in entry["boxes"])
            index = class_index(str(entry["class"]), labels)
            correct = boxes and all(len(box) == 4 and box[0] < box[2] and box[1] < box[3] for box in boxes)
        except (KeyError, TypeError, ValueError, LookupError) as error:
            raise ValueError(f"Entry {number} of {file.name}: {error!s} in {json.dumps(entry)[:120]}") from error
        if not correct:
            raise ValueError(f"Entry {number} of {file.name}: boxes are [[left, top, right, bottom], ...] in pixels.")
        if not path.is_file():
            raise ValueError(f"Entry {number} of {file.name}: there is no {entry['file']!r} in the folder.")
        items.append(Item(path, index, boxes))
    if not items:
        raise ValueError(f"{file.name} holds no entries.")
    return items


def found(model: Model, folder: Path, options) -> list[Item]:
    """What a network finds in the images of a folder, each by itself; nothing where every class can be asked about.

    Raises `ValueError` where a finding has no box.
    """
    items = []
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGES)
    for file in files:
        t = trace(model, file, fit=options.fit, detail=options.detail)
        if t.listed is None:
            return []
        for number, one in enumerate(t.top(MOST_FOUND), 1):
            box = model.reader.task.told(one).get("box")
            if box is None:
                raise ValueError(f"{model.title} finds no boxes, so its maps have nothing to be measured against.")
            items.append(Item(file, one.index, (tuple(box),), number))
    if files and not items:
        raise ValueError(f"{model.title} finds nothing in the images of {folder}.")
    return items


# Where maps come from


def baselines() -> dict[str, Mapper]:
    """The two maps that know nothing."""
    return {
        "uniform (baseline)": lambda t, target: metrics.uniform(tuple(t.input.shape[2:])),
        "centre Gaussian (baseline)": lambda t, target: metrics.centre_gaussian(tuple(t.input.shape[2:])),
    }


def own(methods: list[str]) -> dict[str, Mapper]:
    """This project's methods by name."""
    return {name: lambda t, target, name=name: explain(t, name, target).heatmap for name in methods}


def grad_cam(methods: list[str], model: Model) -> dict[str, Mapper]:
    """The maps of the package grad-cam for the same tensors at the same layer, where it has the method.

    It needs weights that require gradients, so it gets a copy of the network. Raises `ImportError` without the package.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pytorch_grad_cam
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
    net = copy.deepcopy(model.net).requires_grad_(True).eval()

    def mapper(kind):
        def mapped(t: Trace, index: int) -> torch.Tensor:
            def maps(output):
                layout = cam_layers.layout_of(output, t.input, cam_layers.prefix_tokens(net))
                return layout.maps(layout.pick(output))

            cams = kind(model=net, target_layers=[net.get_submodule(t.layer)], reshape_transform=maps)
            with cams, warnings.catch_warnings(), contextlib.redirect_stderr(None):
                warnings.simplefilter("ignore")
                heatmap = cams(input_tensor=t.input.clone(), targets=[ClassifierOutputTarget(index)])[0]
            net.zero_grad()
            return torch.from_numpy(np.ascontiguousarray(heatmap, dtype=np.float32))

        return mapped

    return {
        f"{name} (grad-cam)": mapper(getattr(pytorch_grad_cam, PEERS[name]))
        for name in methods
        if hasattr(pytorch_grad_cam, PEERS.get(name, ""))
    }


# Measuring


def localisation(t: Trace, heatmap: torch.Tensor, item: Item) -> dict[str, float]:
    """The measures of a map against boxes, in pixels of the original image."""
    at_size, _ = on_image(heatmap.numpy(), t.view)
    overlap = metrics.localisation_iou(at_size, item.boxes)
    return {
        "energy": metrics.energy_pointing_game(at_size, item.boxes),
        "pointing": metrics.pointing_game(at_size, item.boxes),
        "peak": metrics.pointing_game(at_size, item.boxes, tolerance=0),
        "iou": overlap,
        "found": float(overlap > 0.5),
        "empty": float(heatmap.max() == 0),
    }


def confidence(t: Trace, heatmap: torch.Tensor, item: Item) -> dict[str, float]:
    """The probability before and after masking by the map; what is made of it comes at the end."""
    before, after = metrics.masked_confidences(t, heatmap[None], item.target(t))
    return {"before": before, "after": after.item(), "complexity": metrics.complexity(heatmap)}


def curves(t: Trace, heatmap: torch.Tensor, item: Item, pixels: int) -> dict[str, float]:
    """The areas under the insertion and the deletion curve."""
    return {
        "insertion": metrics.insertion(t, heatmap, item.target(t), pixels=pixels).auc,
        "deletion": metrics.deletion(t, heatmap, item.target(t), pixels=pixels).auc,
    }


def mosaics(items: list[Item], seed: int, cell: int = 224) -> list[tuple[Image.Image, list[tuple[int, Box]]]]:
    """Mosaics of four images of four classes, each with its classes and cells; every item is in at least one.

    An image that is annotated with several classes takes no part: its cell would hold more than one.
    """
    files = [item.file for item in items]
    single = [item for item in items if files.count(item.file) == 1]
    chance = random.Random(seed)
    chance.shuffle(single)
    if len({item.index for item in single}) < 4:
        return []
    made, waiting = [], list(single)
    while waiting:
        chosen: list[Item] = []
        for item in (*waiting, *chance.sample(single, len(single))):  # those not yet shown first
            if len(chosen) < 4 and item.index not in [other.index for other in chosen]:
                chosen.append(item)
        waiting = [item for item in waiting if item not in chosen]
        image, cells = metrics.mosaic([open_image(item.file) for item in chosen], cell)
        made.append((image, [(item.index, box) for item, box in zip(chosen, cells, strict=True)]))
    return made


def _mapped(sources: dict[str, Mapper], t: Trace, target: Any) -> Iterator[tuple[str, torch.Tensor]]:
    """The maps of all sources; one that does not apply to the layer is left out of the table, and said on stderr."""
    for name in list(sources):
        try:
            yield name, sources[name](t, target)
        except MethodError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)
            del sources[name]


def measure(items, model: Model, layer: str, sources: dict[str, Mapper], options) -> dict[str, dict]:
    """Measure every source at one layer: `{name: {key of COLUMNS: value}}`."""
    sources = dict(sources)
    records: dict[str, list[dict]] = {name: [] for name in sources}
    for item in items:
        t = trace(model, item.file, layer, fit=options.fit, detail=options.detail)
        for name, heatmap in _mapped(sources, t, item.target(t)):
            record = {"class": item.index}
            if "localisation" in options.measures:
                record |= localisation(t, heatmap, item)
            if "confidence" in options.measures:
                record |= confidence(t, heatmap, item)
            if "curves" in options.measures:
                record |= curves(t, heatmap, item, options.pixels)
            records[name].append(record)
    grid: dict[str, list[float]] = {name: [] for name in sources}
    for image, cells in mosaics(items, options.seed) if "grid" in options.measures else []:
        t = trace(model, image, layer, fit="squeeze", detail=options.detail)
        for index, cell in cells:
            for name, heatmap in _mapped(sources, t, index):
                grid[name].append(metrics.grid_pointing_game(on_image(heatmap.numpy(), t.view)[0], cell))
    return {name: summary(records[name], grid[name]) for name in sources}


def summary(records: list[dict], grid: list[float]) -> dict[str, float]:
    """Means over items; the pointing game's is the mean over classes."""

    def mean(key, chosen=records):
        return float(np.mean([record[key] for record in chosen]))

    result = {key: mean(key) for key in COLUMNS if key in records[0]}
    if "pointing" in result:
        classes = {record["class"] for record in records}
        result["pointing"] = float(
            np.mean([mean("pointing", [r for r in records if r["class"] == index]) for index in sorted(classes)])
        )
        result["empty"] = int(sum(record["empty"] for record in records))
    if "before" in records[0]:
        before, after = ([record[key] for record in records] for key in ("before", "after"))
        result["drop"] = metrics.average_drop(before, after)
        result["increase"] = metrics.increase_in_confidence(before, after)
        result["gain"] = metrics.average_gain(before, after)
    if grid:
        result["grid"] = float(np.mean(grid))
    return {key: result[key] for key in COLUMNS if key in result}


def table(results: dict[str, dict[str, dict]]) -> str:
    """Markdown: a line for each layer and source; those of a layer with the same figures share one."""
    rows = [(layer, name, values) for layer, named in results.items() for name, values in named.items()]
    keys = [key for key in COLUMNS if any(key in values for _, _, values in rows)]
    lines: dict[tuple[str, str], list[str]] = {}  # (layer, cells) -> names
    for layer, name, values in rows:
        cells = [f"{values[key]:.{COLUMNS[key][2]}f}" if key in values else "-" for key in keys]
        lines.setdefault((layer, " | ".join(cells)), []).append(name)
    head = "| layer | map | " + " | ".join(COLUMNS[key][0] for key in keys) + " |"
    body = [f"| {layer} | {' = '.join(names)} | {cells} |" for (layer, cells), names in lines.items()]
    return "\n".join([head, "|---|---|" + "---:|" * len(keys), *body])


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="benchmarks/quality.py", description=__doc__.splitlines()[0])
    result.add_argument("folder", type=Path, help="the images")
    result.add_argument("annotations", type=Path, nargs="?", help="default: annotations.json in the folder")
    result.add_argument("--model", default=next(iter(MODELS)), help=f"default: {next(iter(MODELS))}")
    result.add_argument(
        "--layer", nargs="+", metavar="L", help=f"default: the model's own; {ALL}: each that is offered"
    )
    result.add_argument(
        "--methods", nargs="+", default=list(METHODS), choices=METHODS, metavar="X", help="default: all"
    )
    result.add_argument("--measures", nargs="+", default=list(GROUPS), choices=GROUPS, help="default: all")
    result.add_argument("--fit", default="squeeze", choices=FITS, help="default: squeeze, the whole image")
    result.add_argument("--detail", type=float, default=1.0, help="a factor on the model's input size; default: 1")
    result.add_argument("--pixels", type=int, default=224, help="per step of the curves; default: 224, as defined")
    result.add_argument("--compare", choices=["grad-cam"], help="add this package's own maps")
    result.add_argument("--limit", type=int, help="only the first N entries")
    result.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth entry, from the first")
    result.add_argument("--seed", type=int, default=0, help="of the mosaics and of random methods")
    result.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    return result


def run(options: argparse.Namespace) -> dict:
    """Measure what the options ask for; returns what the JSON file holds."""
    torch.manual_seed(options.seed)
    start = time.perf_counter()
    model = load_model(options.model)
    file = options.annotations or options.folder / "annotations.json"
    items = found(model, options.folder, options)
    if items:
        options.measures = [measure for measure in options.measures if measure != "grid"]
    items = items or read_annotations(options.folder, file, model.labels)
    items = items[:: options.every][: options.limit]
    layers = list(model.layers) if options.layer == [ALL] else options.layer or [model.default_layer]
    sources = own(options.methods)
    if options.compare:
        sources |= grad_cam(options.methods, model)
    results = {"-": measure(items, model, layers[-1], baselines(), options)}
    results |= {layer: measure(items, model, layer, sources, options) for layer in layers}
    return {
        "model": model.name,
        "fit": options.fit,
        "detail": options.detail,
        "items": len(items),
        "classes": len({item.index for item in items}),
        "pixels": options.pixels,
        "seed": options.seed,
        "seconds": round(time.perf_counter() - start, 1),
        "results": results,
    }


def main(arguments: list[str] | None = None) -> int:
    """Run; returns the exit status: 1 with a sentence on stderr when something is wrong with the input."""
    options = parser().parse_args(arguments)
    try:
        result = run(options)
    except (CamError, OSError, ValueError, ImportError) as error:
        print(f"quality: {error}", file=sys.stderr)
        return 1
    print(
        f"{result['model']}, {result['items']} boxed classes of {result['classes']} kinds, fit {result['fit']}, "
        f"detail {result['detail']:g}, ",
        end="",
    )
    print(f"curves by {result['pixels']} pixels, seed {result['seed']}, {result['seconds']} s\n")
    print(table(result["results"]))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
