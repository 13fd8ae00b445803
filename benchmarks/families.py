"""Which layer and method tell the classes apart, for each kind of network? Tiny networks, planted evidence.

    python benchmarks/families.py FOLDER [--kinds vgg vit ...] [--seeds 0 1] [--write]

FOLDER keeps the trained networks and the figures. Knows measuring; the task is `planted.py`, the networks are
`tiny.py`, what is made of the figures is `verdicts.py`. See `families.md`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

import planted
import tiny
import verdicts
from verdicts import EVERY_LAYER

from cam import METHODS, Method, Model, Trace, default_method, explain, metrics, obstacle, trace

PIXELS = planted.SIDE**2 // 16  # per step of the curves
TOLERANCE = metrics.localisation.TOLERANCE * planted.SIDE / 224  # of the pointing game, to scale
BASELINES = {"uniform": metrics.uniform, "centre Gaussian": metrics.centre_gaussian}
SLOW = ("sscam", "iscam", "rise", "occlusion", "smoothgrad", "integrated_gradients")  # on few images only
Figures = dict[str, dict[str, dict[str, list[float]]]]  # layer -> map -> measure -> a value per image


def _layers_of(method: Method, model: Model) -> tuple[str, ...]:
    """Where a method is measured: one that takes many passes, at the default layer only."""
    if method.layer_blind or method.streams:
        return (model.default_layer,)
    return tuple(dict.fromkeys((*model.layers, model.default_layer)))


def sources(model: Model, sample) -> list[tuple[str, str]]:
    """The pairs (layer, method) that apply to a network, after the two baselines."""
    found = [(EVERY_LAYER, name) for name in BASELINES]
    for layer in model.layers:
        recorded = trace(model, sample, layer)
        for name, method in METHODS.items():
            if layer in _layers_of(method, model) and obstacle(method, recorded) is None:
                found.append((layer, name))
    return found


def _heatmap(recorded: dict[str, Trace], layer: str, name: str, index: int) -> torch.Tensor:
    if name in BASELINES:
        return BASELINES[name]((planted.SIDE, planted.SIDE))
    return explain(recorded[layer], name, index).heatmap


def single(recorded: Trace, heatmap: torch.Tensor, digit: planted.Planted, curves: bool) -> dict[str, float]:
    """What a map of a scene with one digit scores."""
    before, after = metrics.masked_confidences(recorded, heatmap[None], digit.index)
    boxes = [digit.box]
    found = {
        "energy": metrics.energy_pointing_game(heatmap, boxes),
        "pointing": metrics.pointing_game(heatmap, boxes, TOLERANCE),
        "iou": metrics.localisation_iou(heatmap, boxes),
        "drop": metrics.average_drop([before], [after.item()]),
        "increase": metrics.increase_in_confidence([before], [after.item()]),
        "gain": metrics.average_gain([before], [after.item()]),
        "complexity": metrics.complexity(heatmap),
    }
    if curves:
        found["insertion"] = metrics.insertion(recorded, heatmap, digit.index, pixels=PIXELS).auc
        found["deletion"] = metrics.deletion(recorded, heatmap, digit.index, pixels=PIXELS).auc
    return found


def seen_digits(recorded: Trace, scene: planted.Scene) -> list[planted.Planted]:
    """The digits whose classes are the network's first choices: as many as there are digits."""
    first = {best.index for best in recorded.top(len(scene.planted))}
    return [digit for digit in scene.planted if digit.index in first]


def measure(model: Model, options: argparse.Namespace) -> Figures:
    """Measure all that applies to a network on held-out scenes that it classifies correctly."""
    figures: Figures = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    asked = sources(model, planted.scenes(True, 1, seed=0)[0].image)
    for kind, wanted in (("single", options.singles), ("grid", options.grids)):
        count = 0
        for scene in planted.scenes(True, 4 * wanted, seed=len(kind), count=4 if kind == "grid" else 1):
            recorded = {layer: trace(model, scene.image, layer) for layer in model.layers}
            digits = seen_digits(recorded[model.default_layer], scene)
            if count == wanted or len(digits) < (2 if kind == "grid" else 1):
                continue
            for layer, name in asked:
                if name in SLOW and count >= options.few:
                    continue
                into = figures[EVERY_LAYER if name in METHODS and METHODS[name].layer_blind else layer][name]
                if kind == "grid":
                    shares = [
                        metrics.grid_pointing_game(_heatmap(recorded, layer, name, digit.index), digit.cell)
                        for digit in digits
                    ]
                    into["grid"].append(sum(shares) / len(shares))
                    continue
                heatmap = _heatmap(recorded, layer, name, digits[0].index)
                for key, value in single(
                    recorded[model.default_layer], heatmap, digits[0], count < options.curves
                ).items():
                    into[key].append(value)
            count += 1
    return figures


def _measured(name: str, seed: int, options: argparse.Namespace) -> dict:
    """The figures of one network, from the folder with `--reuse`."""
    file = options.folder / f"figures-{name}-{seed}.json"
    if options.reuse and file.is_file():
        return json.loads(file.read_text())
    model = tiny.trained(name, seed, options.folder)
    start = time.process_time()
    result = {
        "accuracy": tiny.accuracy(model, planted.scenes(True, 500, seed=7)),
        "layers": list(model.layers),
        "default": model.default_layer,
        "method": default_method(model),
        "figures": measure(model, options),
    }
    file.write_text(json.dumps(result) + "\n")
    print(f"{name}-{seed}: measured in {time.process_time() - start:.0f} s of processor time", file=sys.stderr)
    return result


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="benchmarks/families.py", description=__doc__.splitlines()[0])
    result.add_argument("folder", type=Path, help="where trained networks and figures are kept")
    result.add_argument("--kinds", nargs="+", default=list(tiny.KINDS), choices=tiny.KINDS, metavar="KIND")
    result.add_argument("--seeds", nargs="+", type=int, default=[0], help="a network is trained for each")
    result.add_argument("--singles", type=int, default=24, help="scenes with one digit")
    result.add_argument("--grids", type=int, default=48, help="scenes with four digits")
    result.add_argument("--curves", type=int, default=8, help="of the singles, for insertion and deletion")
    result.add_argument("--few", type=int, default=6, help=f"scenes for {', '.join(SLOW)}")
    result.add_argument("--reuse", action="store_true", help="take figures that the folder has")
    result.add_argument("--write", action="store_true", help="put the tables into families.md")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = parser().parse_args(arguments)
    results = {name: {seed: _measured(name, seed, options) for seed in options.seeds} for name in options.kinds}
    titles = {name: kind.title for name, kind in tiny.KINDS.items()}
    tables = verdicts.tables(results, titles, [*BASELINES, *METHODS])
    if options.write:
        file = Path(__file__).with_name("families.md")
        text = file.read_text()
        for name, table in tables.items():
            text = verdicts.replaced(text, name, table)
        file.write_text(text)
    else:
        print("\n\n".join(tables.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
