"""The words of the package in Project Fluent's format, read out of its code.

    python tests/words.py    writes the part of cam/page/static/locales/en.ftl between the two marks

Ids: `error-CODE` for each sentence with a code (by parsing, so that none is forgotten), and `method-NAME-title` and the
like for what tables say. The Chinese words in zh.ftl have the same ids and the same parameters.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

sys.path.insert(0, str(Path(__file__).parents[1]))

from cam import COLORMAPS, METHODS, MODELS
from cam.handouts.words import AXES, PHRASES, WORDS
from cam.maps.combinations import COMBINATIONS
from cam.maps.effort import EFFORTS, measured_on
from cam.messages import slug
from cam.methods.base import SPEEDS
from cam.methods.requirements import REQUIREMENTS
from cam.methods.telling import NAMES
from cam.models.outputs import SCORES
from cam.photos.views import FITS

PACKAGE = Path(__file__).parents[1] / "cam"
LOCALES = PACKAGE / "page" / "static" / "locales"
BEGIN, END = "# --- from the code: python tests/words.py ---", "# --- end of what is from the code ---"
KINDS = (
    *("CamError", "ImageError", "UnknownNameError", "LayerError", "MethodError", "TargetError", "WeightsError"),
    *("Message", "Refused", "Busy"),
)


def calls(names: tuple[str, ...], folder: Path = PACKAGE) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of one of these names in the package's modules."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield path, node


def literals(call: ast.Call) -> tuple[str, ...]:
    """The texts that a call begins with, as far as they stand there."""
    values = [one.value if isinstance(one, ast.Constant) else None for one in call.args]
    return tuple(value for value in values if isinstance(value, str))


def sentences() -> dict[str, set[str]]:
    """Code -> its English texts as they stand in the code; there should be one."""
    found: dict[str, set[str]] = {}
    for _, call in calls(KINDS):
        if len(call.args) >= 2 and len(literals(call)) == 2:
            code, text = literals(call)
            found.setdefault(code, set()).add(text)
    for _, call in calls(("unknown",)):
        kind = literals(call)[0]
        found.setdefault(f"kind-{slug(kind)}", set()).add(kind)
    return found


def fluent(text: str) -> str:
    """An English text as Fluent writes it: `{layer!r}` becomes `{ $layer }`, the value being shown already."""
    if not re.search(r"\{\w", text):
        return text
    parts = [before + (f"{{ ${field} }}" if field else "") for before, field, _, _ in Formatter().parse(text)]
    return "".join(parts)


def tables() -> dict[str, dict[str, str]]:
    """Heading -> id -> English, of what the package's tables say."""
    methods, combinations = {}, {}
    for one in METHODS.values():
        for field in ("title", "summary", "advice", "cost"):
            methods[f"method-{one.name}-{field}"] = getattr(one, field)
    for one in COMBINATIONS.values():
        for field in ("title", "summary", "cost"):
            combinations[f"combination-{one.name}-{field}"] = getattr(one, field)
    lists = [PACKAGE.parent / "assets" / folder / "examples.json" for folder in ("", "cards")]
    listed = [entry for path in lists for entry in json.loads(path.read_text(encoding="utf-8"))]
    efforts = {f"effort-{one.name}-title": one.title for one in EFFORTS.values()}
    return {
        "Methods": methods,
        "What methods need and cost": {
            **{f"requirement-{slug(name)}": one.words for name, one in REQUIREMENTS.items()},
            "requirement-none": "only the model",
            **{f"speed-{name}": words for name, words in SPEEDS.items()},
        },
        "Steps": {f"step-{name}": one.title for name, one in NAMES.items()},
        "What steps hold": {f"step-{name}-holds": one.holds for name, one in NAMES.items()},
        "Axes of steps": {f"axis-{slug(name)}": name for name in AXES},
        "Words in formulas": {f"formula-{name}": fluent(text) for name, text in PHRASES.items()},
        "Hand-out": {f"handout-{name}": fluent(text) for name, text in WORDS.items()},
        "Combinations": combinations,
        "Efforts": {**efforts, "effort-measured-on": measured_on()},
        "Models": {f"note-{slug(spec.note)}": spec.note for spec in MODELS.values() if spec.note},
        "What a network returns": {f"scores-{name}": words for name, words in SCORES.items()},
        "Colormaps": {f"colormap-{name}": name for name in COLORMAPS},
        "Fits": {f"fit-{name}": words for name, words in FITS.items()},
        "Examples": {f"example-{Path(one['file']).stem}": one["title"] for one in listed},
    }


def english() -> dict[str, dict[str, str]]:
    """Heading -> id -> English, of all that is from the code."""
    said = {f"error-{code}": fluent(min(texts)) for code, texts in sorted(sentences().items())}
    return {"Errors, and the words in them": said, **tables()}


def generated() -> str:
    """The part of en.ftl between the marks."""
    blocks = [
        f"## {heading}\n\n" + "".join(f"{key} = {text}\n" for key, text in entries.items())
        for heading, entries in english().items()
    ]
    return "\n".join([f"{BEGIN}\n", *blocks, f"{END}\n"])


def with_generated(text: str) -> str:
    """A file's text with its part between the marks made anew, at its end where there is none."""
    if BEGIN not in text:
        return text + generated()
    before, _, rest = text.partition(BEGIN)
    return before + generated() + rest.partition(f"{END}\n")[2]


if __name__ == "__main__":
    path = LOCALES / "en.ftl"
    path.write_text(with_generated(path.read_text(encoding="utf-8") if path.exists() else ""), encoding="utf-8")
