"""The command line: `python -m cam IMAGE`. Knows arguments and files; everything else is the package's.

Exit status: 0 done, 1 a sentence on stderr says what is wrong, 2 the arguments are off.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from . import (
    COLORMAPS,
    COMBINATIONS,
    EVIDENCE,
    FITS,
    METHODS,
    MODELS,
    CamError,
    default_method,
    load_model,
    obstacle,
    overlay,
    trace,
)
from .effort import EFFORTS, EXACT
from .recipe import Recipe
from .report import report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cam", description="See what a vision model looks at.")
    parser.add_argument("image", metavar="IMAGE", help="a photo: JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP, GIF")
    parser.add_argument("--model", default=next(iter(MODELS)), help=f"default: {next(iter(MODELS))}")
    parser.add_argument("--layer", default=None, help="dotted path of a module; default: the model's best layer")
    parser.add_argument("--method", default=None, help=f"{', '.join(METHODS)}; default: what suits the layer")
    parser.add_argument("--class", dest="target", default=None, metavar="NAME_OR_INDEX", help="default: the top class")
    parser.add_argument("--look-alikes", action="store_true", help="hold the class against the classes nearest to it")
    parser.add_argument("--combine", metavar="HOW", help=", ".join(COMBINATIONS))
    parser.add_argument("--effort", default=EXACT, help=f"of a slow method: {', '.join(EFFORTS)}; default: {EXACT}")
    parser.add_argument("--evidence", default="for", help=f"what is painted: {', '.join(EVIDENCE)}; default: for")
    parser.add_argument("--fit", default="squeeze", help=", ".join(FITS))
    parser.add_argument("--colormap", default=next(iter(COLORMAPS)), help=", ".join(COLORMAPS))
    parser.add_argument("--opacity", type=float, default=0.5, help="0 to 1, default 0.5")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the overlay here (PNG, JPEG, WebP)")
    parser.add_argument("--save-map", type=Path, metavar="FILE.npy", help="write the signed map (h, w), float32")
    parser.add_argument("--list-methods", action="store_true", help="say which methods apply here, and why not")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    return parser


def _progress(share: float) -> None:
    if sys.stderr.isatty() and share < 1:
        print(f"\r{share:4.0%}", end="", file=sys.stderr, flush=True)


def list_methods(options: argparse.Namespace) -> None:
    """Print each method with its summary and advice, or with the reason why it does not apply here."""
    recorded = trace(load_model(options.model), options.image, options.layer, fit=options.fit)
    for name, method in METHODS.items():
        reason = obstacle(method, recorded)
        print(f"{'-' if reason else '+'} {name}: {reason or f'{method.summary} {method.advice}'}")


def run(options: argparse.Namespace) -> dict:
    """Explain one image, write the files that are asked for, and return the report."""
    model = load_model(options.model)
    start = time.perf_counter()
    recorded = trace(model, options.image, options.layer, fit=options.fit)
    recipe = Recipe(
        options.method or default_method(recorded), options.look_alikes, options.combine or "", options.effort
    )
    for explanation in recipe.explanations(recorded, options.target):
        _progress(explanation.share)
    seconds = time.perf_counter() - start
    if options.out:
        look = {"colormap": options.colormap, "opacity": options.opacity, "evidence": options.evidence}
        overlay(explanation, **look).save(options.out)
    if options.save_map:
        with open(options.save_map, "wb") as file:  # numpy would add an ending to a bare path
            np.save(file, explanation.raw.numpy())
    return report(explanation, seconds)


def _print(result: dict) -> None:
    chosen = result["class"]
    print(f"{result['model']}, layer {result['layer']}, {result['method']}, {result['seconds']:.2f} s")
    for entry in result["top"]:
        mark = "*" if entry["index"] == chosen["index"] else " "
        print(f"{mark} {entry['probability']:6.1%}  {entry['label']} ({entry['index']})")
    if chosen["index"] not in [entry["index"] for entry in result["top"]]:
        print(f"* {chosen['probability']:6.1%}  {chosen['label']} ({chosen['index']})")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        if options.list_methods:
            list_methods(options)
            return 0
        result = run(options)
    except (CamError, OSError, ValueError) as error:
        print(f"cam: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        _print(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
