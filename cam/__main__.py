"""The command line: `python -m cam IMAGE [IMAGE | FOLDER ...]`, and `python -m cam serve`, which opens the page.

Knows arguments; the rest is the package's.

Exit status: 0 done, 1 a sentence on stderr says what is wrong, 2 the arguments are off.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from . import (
    COLORMAPS,
    COMBINATIONS,
    EVIDENCE,
    FITS,
    METHODS,
    MODELS,
    CamError,
    Explanation,
    Model,
    Trace,
    default_method,
    explain_images,
    handout,
    load_model,
    obstacle,
    overlay,
    trace,
)
from .handouts.keeping import SLIDES, frames, save_map, save_slide, speech_of_slides
from .handouts.lines import Look
from .languages import LANGUAGES, table
from .maps.effort import EFFORTS, EXACT
from .maps.explanation import last
from .maps.files import MOST_ROWS, Names, Sheet, counted, pictures
from .maps.many import each
from .maps.recipe import Recipe
from .maps.report import report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cam",
        description="See what a vision model looks at.",
        epilog="python -m cam serve opens the page.",
    )
    photo = "photos: JPEG, PNG, WebP, AVIF, HEIC, TIFF, BMP, GIF; of a folder all in it and below"
    parser.add_argument("images", metavar="IMAGE", nargs="+", help=photo)
    parser.add_argument("--model", default=next(iter(MODELS)), help=f"default: {next(iter(MODELS))}")
    parser.add_argument("--layer", default=None, help="dotted path of a module; default: the model's best layer")
    parser.add_argument("--method", default=None, help=f"{', '.join(METHODS)}; default: what suits the layer")
    parser.add_argument("--class", dest="target", default=None, metavar="NAME_OR_INDEX", help="default: the top class")
    parser.add_argument("--target", dest="finding", type=int, metavar="N", help="the finding with this number, from 1")
    parser.add_argument("--look-alikes", action="store_true", help="hold the class against the classes nearest to it")
    parser.add_argument("--combine", metavar="HOW", help=", ".join(COMBINATIONS))
    parser.add_argument("--effort", default=EXACT, help=f"of a slow method: {', '.join(EFFORTS)}; default: {EXACT}")
    parser.add_argument("--evidence", default="for", help=f"what is painted: {', '.join(EVIDENCE)}; default: for")
    parser.add_argument("--fit", default="squeeze", help=", ".join(FITS))
    parser.add_argument("--detail", type=float, default=1.0, help="0.5 to 4: a factor on the model's input size")
    parser.add_argument("--colormap", default=next(iter(COLORMAPS)), help=", ".join(COLORMAPS))
    parser.add_argument("--opacity", type=float, default=0.5, help="0 to 1, default 0.5")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the overlay here (PNG, JPEG, WebP); of many images a folder"
    )
    parser.add_argument(
        "--save-map", type=Path, metavar="FILE.npy", help="write the signed map (h, w), float32; of many a folder"
    )
    parser.add_argument("--npz", type=Path, metavar="FILE", help="write map, heatmap and settings; of many a folder")
    parser.add_argument("--handout", type=Path, metavar="FILE", help="write two pages to print, HTML; of many a folder")
    parser.add_argument("--language", default=LANGUAGES[0], help=f"of hand-out and slide: {', '.join(LANGUAGES)}")
    parser.add_argument("--slide", type=Path, metavar="FILE", help="write a moving picture (WebP, GIF) of one photo")
    parser.add_argument("--slide-of", default=SLIDES[0], help=f"what it goes through: {', '.join(SLIDES)}")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="a row for each image: photo, overlay, class")
    parser.add_argument("--list-methods", action="store_true", help="say which methods apply here, and why not")
    parser.add_argument("--json", action="store_true", help="print the result as JSON; of many images a line each")
    return parser


def _told(steps: Iterator[Explanation]) -> Iterator[Explanation]:
    """The same explanations; a terminal shows how much of the work is done."""
    for explanation in steps:
        if sys.stderr.isatty() and explanation.share < 1:
            print(f"\r{explanation.share:4.0%}", end="", file=sys.stderr, flush=True)
        yield explanation


def _seen(options: argparse.Namespace) -> dict:
    return {"fit": options.fit, "detail": options.detail}


def _look(options: argparse.Namespace) -> dict:
    return {"colormap": options.colormap, "opacity": options.opacity, "evidence": options.evidence}


def list_methods(options: argparse.Namespace) -> None:
    """Print each method with its summary and advice, or with the reason why it does not apply here."""
    recorded = trace(load_model(options.model), options.images[0], options.layer, **_seen(options))
    for name, method in METHODS.items():
        reason = obstacle(method, recorded)
        print(f"{'-' if reason else '+'} {name}: {reason or f'{method.summary} {method.advice}'}")


def run(options: argparse.Namespace) -> dict:
    """Explain one image, write the files that are asked for, and return the report."""
    model = load_model(options.model)
    start = time.perf_counter()
    recorded = trace(model, options.images[0], options.layer, **_seen(options))
    recipe = Recipe(
        options.method or default_method(recorded), options.look_alikes, options.combine or "", options.effort
    )
    explanation = last(_told(recipe.explanations(recorded, _target(options, recorded))))
    seconds = time.perf_counter() - start
    if options.out:
        overlay(explanation, **_look(options)).save(options.out)
    if options.slide:
        speech = speech_of_slides(options.language)
        shown = frames(recorded, options.slide_of, recipe, options.target, Look(**_look(options)), speech)
        save_slide(list(shown), options.slide)
    paths = {name: path for name in _FILES if (path := getattr(options, name))}
    _save_files(options, explanation, Path(options.images[0]), paths)
    return report(explanation, seconds)


_FILES = {"save_map": ".npy", "npz": ".npz", "handout": ".html"}  # options that name a file -> its ending


def _save_files(options: argparse.Namespace, explanation: Explanation, photo: Path, paths: dict[str, Path]) -> None:
    """Write what of `_FILES` has a path."""
    if "save_map" in paths:
        _save_map(explanation, paths["save_map"])
    if "npz" in paths:
        save_map(explanation, paths["npz"], photo.name)
    if "handout" in paths:
        made = handout(explanation, language=options.language, photo=photo.name, **_look(options))
        paths["handout"].write_text(made, encoding="utf-8")


def _target(options: argparse.Namespace, recorded: Trace) -> Any:
    """What is explained: the finding of a number, or a class."""
    return options.target if options.finding is None else recorded.finding(options.finding)


def _save_map(explanation: Explanation, path: Path) -> None:
    with open(path, "wb") as file:  # numpy would add an ending to a bare path
        np.save(file, explanation.raw.numpy())


def _explanations(options: argparse.Namespace, model: Model, photos: list[Path]) -> Iterator[Explanation | CamError]:
    """What comes of each photo, in order: in batches where the recipe is a method alone."""
    plain = options.finding is None and not options.look_alikes and not options.combine
    if plain and options.effort == EXACT:
        kept = {"layer": options.layer, "on_error": "yield", **_seen(options)}
        return explain_images(model, photos, options.method, options.target, **kept)

    def one(photo: Path) -> Explanation:
        recorded = trace(model, photo, options.layer, **_seen(options))
        method = options.method or default_method(recorded)
        recipe = Recipe(method, options.look_alikes, options.combine or "", options.effort)
        return last(recipe.explanations(recorded, _target(options, recorded)))

    return each(photos, one)


def run_many(options: argparse.Namespace) -> int:
    """Explain many images and write what is asked for; returns how many could not be explained."""
    if options.slide:
        raise CamError("slide-one-photo", "A slide shows one photo: give one image with --slide.")
    endings = {"out": ".png", **_FILES}
    photos = pictures(options.images, (*(getattr(options, name) for name in endings), options.sheet))
    names = {name: Names(folder, photos) for name in endings if (folder := getattr(options, name))}
    sheet, failed = Sheet(), 0
    found = _explanations(options, load_model(options.model), photos)
    for photo, explanation in zip(photos, counted(found, len(photos)), strict=True):
        if isinstance(explanation, CamError):
            failed += 1
            result = {"file": str(photo), "error": str(explanation)}
            sheet.add([], f"{photo.name}\n{explanation}")
        else:
            result = {"file": str(photo), **report(explanation, explanation.seconds)}
            result |= _written(options, explanation, photo, names, sheet)
        print(json.dumps(result) if options.json else _line(result), flush=True)
    if options.sheet:
        sheet.picture().save(options.sheet)
        if sheet.left_out:
            print(f"cam: {options.sheet.name} shows the first {MOST_ROWS} images.", file=sys.stderr)
    if failed:
        print(f"cam: {failed} of {len(photos)} images could not be explained.", file=sys.stderr)
    return failed


def _written(
    options: argparse.Namespace, explanation: Explanation, photo: Path, names: dict[str, Names], sheet: Sheet
) -> dict:
    """Write the files of one image; returns their paths by what they hold."""
    paths = {}
    if options.out or options.sheet:
        painted = overlay(explanation, **_look(options))
        told = explanation.trace.model.reader.task.told_target(explanation.target, explanation.trace.answer) or {}
        sheet.add(
            [explanation.trace.image, painted], f"{explanation.label}\n{told.get('probability', 0):.1%}\n{photo.name}"
        )
        if options.out:
            paths["out"] = names["out"].take(photo, ".png")
            painted.save(paths["out"])
    kept = {name: names[name].take(photo, ending) for name, ending in _FILES.items() if name in names}
    _save_files(options, explanation, photo, kept)
    return {{"save_map": "map"}.get(name, name): str(path) for name, path in (paths | kept).items()}


def _line(result: dict) -> str:
    if "error" in result:
        return f"{result['file']}: {result['error']}"
    return f"{result['file']}: {result['class']['probability']:.1%} {result['class']['label']}"


def _print(result: dict) -> None:
    chosen = result["class"]
    print(f"{result['model']}, layer {result['layer']}, {result['method']}, {result['seconds']:.2f} s")
    found = None
    for number, entry in enumerate(result["top"], 1):
        same = found is None and _same(entry, chosen)
        found = number if same else found
        print(f"{'*' if same else ' '} {entry['probability']:6.1%}  {entry['label']} ({entry['index']}){_where(entry)}")
    if found is None:
        print(f"* {chosen['probability']:6.1%}  {chosen['label']} ({chosen['index']}){_where(chosen)}")


def _same(entry: dict, chosen: dict) -> bool:
    return entry["index"] == chosen["index"] and entry.get("box") == chosen.get("box")


def _where(entry: dict) -> str:
    """Where in the photo a finding lies, "" for a class of the whole."""
    if "box" in entry:
        left, top, right, bottom = (round(side) for side in entry["box"])
        return f" at {left}, {top} to {right}, {bottom}"
    return f", {entry['share']:.0%} of the photo" if "share" in entry else ""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["serve"]:
        from .own_page import main as serve

        return serve(arguments[1:])
    options = _parser().parse_args(arguments)
    try:
        table(options.language)
        if options.list_methods:
            list_methods(options)
            return 0
        if len(options.images) > 1 or options.sheet or Path(options.images[0]).is_dir():
            return 1 if run_many(options) else 0
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
