"""The lines of Python that make a map again, and the lines of the package that computed it.

Knows how each map is asked for; knows no HTML.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..maps.effort import EXACT
from ..maps.explanation import Explanation
from ..maps.steps import Step
from ..methods import METHODS, Method
from ..models.catalogue import LOADABLE
from ..tasks.targets import Against, ClassScore, Contrast, Score, Target
from .words import Speech, short

_PACKAGE = Path(__file__).parents[2]


class Look(NamedTuple):
    """How the evidence is painted, as `overlay` takes it."""

    colormap: str = "inferno"
    opacity: float = 0.5
    evidence: str = "for"


USUAL = Look()


def _target(target: Target) -> str:
    """A target as an expression; of what speaks against one, that one."""
    if isinstance(target, Against):
        return _target(target.target)
    if isinstance(target, Contrast):
        share = f", {target.alpha!r}" if target.alpha != 1 else ""
        return f"Contrast({target.index}, {target.others!r}{share})"
    return str(target.index) if isinstance(target, ClassScore) else "score"


def _traced(explanation: Explanation, photo: str, speech: Speech) -> list[str]:
    trace = explanation.trace
    known = trace.model.name in LOADABLE
    lines = [] if known else [f"model = ...  # {speech('own-network')}"]
    options = [f"load_model({trace.model.name!r})" if known else "model", repr(photo)]
    if trace.layer:
        options.append(repr(trace.layer))
    options.append(f"fit={trace.fit!r}")
    options += [
        f"{name}={getattr(trace, name)!r}"
        for name, usual in (("detail", 1.0), ("call", -1))
        if getattr(trace, name) != usual
    ]
    return [*lines, f"recorded = trace({', '.join(options)})"]


def _asked(explanation: Explanation, target: str) -> tuple[str, tuple[str, ...]]:
    """The expression that makes the map of a trace, and what it imports of `cam`."""
    method = explanation.method
    if explanation.effort != EXACT:
        recipe = f"Recipe({method!r}, effort={explanation.effort!r})"
        return f"last({recipe}.explanations(recorded, {target}))", ()
    if explanation.combination:
        return f"combine(recorded, {explanation.combination!r}, {method!r}, {target})", ("combine",)
    if isinstance(explanation.target, Against):
        return f"against(recorded, {method!r}, {target})", ("against",)
    return f"explain(recorded, {method!r}, {target})", ("explain",)


def finding_number(explanation: Explanation) -> int | None:
    """The number of what is explained in the list of what the network found, from 0; None for what is not in it."""
    trace = explanation.trace
    task = trace.model.reader.task
    told = task.told_target(explanation.target, trace.answer) or {}
    for number, one in enumerate(trace.listed or []):
        own = task.told(one)
        if all(own.get(name) == told.get(name) for name in ("index", "box", "share")):
            return number
    return None


def _named(explanation: Explanation) -> tuple[str, bool]:
    """What is explained as an expression, and whether it has to be filled in."""
    if explanation.trace.listed is None:
        return _target(explanation.target), _is_free(explanation.target)
    number = finding_number(explanation)
    return ("score", True) if number is None else (f"recorded.listed[{number}]", False)


def again(explanation: Explanation, photo: str, look: Look, speech: Speech, *, is_turned: bool = False) -> str:
    """Return the lines that make the map and its picture again; `photo` is the file's name.

    `is_turned`: the map is that of `turned`. What stands in no table, as a network of one's own, is a line to fill in.
    """
    if explanation.method not in METHODS:
        return f"# {speech('own-method')}"
    target, free = _named(explanation)
    made, imports = _asked(explanation, target)
    lines = [*(_own(speech) if free else []), *_traced(explanation, photo, speech)]
    label = "" if explanation.class_index is None else f"  # {short(explanation.label)!r}"
    lines.append(f"found = {made}{label}")
    if is_turned:
        lines.append("found = turned(found)")
    options = [
        f"{name}={value!r}" for name, value, usual in zip(Look._fields, look, USUAL, strict=True) if value != usual
    ]
    lines.append(f"overlay({', '.join(('found', *options))}).save('overlay.png')")
    used = {*imports, "overlay", "trace", *(("turned",) if is_turned else ())}
    used |= {name for name in ("Contrast", "load_model") if any(f"{name}(" in line for line in lines)}
    more = ["from cam.maps.explanation import last", "from cam.maps.recipe import Recipe"]
    head = [f"from cam import {', '.join(sorted(used))}", *(more if explanation.effort != EXACT else [])]
    return "\n".join([*head, "", *lines])


def _is_free(target: Target) -> bool:
    return _is_free(target.target) if isinstance(target, Against) else isinstance(target, Score)


def _own(speech: Speech) -> list[str]:
    return [f"score = ...  # {speech('own-score')}"]


class Source(NamedTuple):
    """Where a method is written: the function, its file in the package, the first and the last line."""

    function: str
    file: str
    first: int
    last: int


def source_of(method: Method) -> Source | None:
    """Return where a method's function is written; None where there is no source."""
    try:
        lines, first = inspect.getsourcelines(method.function)
        path = Path(inspect.getsourcefile(method.function) or "")
    except (OSError, TypeError):
        return None
    file = path.relative_to(_PACKAGE).as_posix() if path.is_relative_to(_PACKAGE) else path.name
    return Source(method.function.__name__, file, first, first + len(lines) - 1)


def head_of(method: Method) -> str:
    """Return a method's function as it begins: its signature, and what it says of itself; "" without a source."""
    try:
        source = textwrap.dedent(inspect.getsource(method.function))
    except (OSError, TypeError):
        return ""
    (definition,) = ast.parse(source).body
    assert isinstance(definition, ast.FunctionDef)
    first = definition.body[0]
    end = first.end_lineno if ast.get_docstring(definition) else first.lineno - 1
    return "\n".join(source.splitlines()[definition.lineno - 1 : end])


def code_of(found: Sequence[Step]) -> list[tuple[str, str]]:
    """Return the lines of each step that has some, (name, code), in order; the picture's are left out."""
    return [(step.name, step.code) for step in found if step.code and step.name != "overlay"]
