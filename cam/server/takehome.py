"""What a visitor takes home of the map on show: the hand-out, the map's numbers, a slide. One file for one request.

Files are made in memory and sent; nothing is left of them here. The file of a quick map is made in the line of the
actions, behind who waits for a picture; what takes many maps is made one at a time beside it, and given up after
`LONGEST`; the steps of a hand-out take as long again. A visitor gets one file after the other. Knows plain values,
traces and files; knows no layout.
"""

from __future__ import annotations

import base64
import io
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from .. import COLORMAPS, CamError, Trace, default_method
from ..errors import unknown
from ..handouts.keeping import frames, save_map, save_slide, speech_of_slides
from ..handouts.lines import Look
from ..handouts.sheet import handout
from ..handouts.words import Speech
from ..maps.explanation import Explanation, last, method_of
from ..maps.recipe import Recipe
from ..messages import Message
from . import findings, journal
from .answers import Choice
from .app_state import AppState
from .aside import Answer, answered, texts
from .plain import File
from .scheduler import Scheduler
from .settings import by_the_call
from .zerogpu import on_gpu

LONGEST = 60.0  # seconds for the maps of one file
_WAITING = 8  # who may wait for a file of many maps
_NAME = 120  # letters of a file's name, at most
_BROKEN = Message("file-broken", "This file could not be made. Choose another method, or try once more.")
_OPACITY = 0.75  # as the page paints

One = TypeVar("One")


@dataclass(frozen=True)
class Asked:
    """What is wanted of a choice: `what` of `FILES`, a slide's `ending`, and how the page shows and says it."""

    choice: Choice
    what: str
    ending: str
    language: str
    look: Look
    photo: str  # the file's name

    @property
    def recipe(self) -> Recipe:
        return self.choice.recipe


class Shelf:
    """The files of all visitors while they are made."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self._long = Scheduler(1, _WAITING)
        self._making: set[str] = set()

    async def taken(self, value: Any) -> File | Answer:
        """Return a file of a choice: `value` is a `protocol.Wish`'s fields with {"what": of `FILES`, "ending": of a
        slide, ".webp" or ".gif", "language", "colours", "opacity", "evidence", "visitor"}.

        {"busy": True} when others come first; {"error": a `protocol.Said`} where it cannot be made. Fetches no weights.
        Where a GPU is lent by the call answers are JSON: {"name", "kind", "base64"}.
        """
        value, start = value if isinstance(value, Mapping) else {}, time.perf_counter()
        answer = await answered(self._made(value), _BROKEN)
        outcome = "refused" if "error" in answer else "busy" if "busy" in answer else "ok"
        taken = time.perf_counter() - start
        journal.action("take home", outcome, taken, value.get("model"), value.get("method"))
        if "content" not in answer:
            return answer
        if by_the_call():
            return {**answer, "content": None, "base64": base64.b64encode(answer["content"]).decode("ascii")}
        return File(**answer)

    async def _made(self, value: Mapping[str, Any]) -> Answer:
        visitor = texts(value, "visitor")["visitor"]
        if visitor in self._making:
            raise CamError("file-one-at-a-time", "Your last file is still being made. The next one can follow it.")
        self._making.add(visitor)
        try:
            if _is_long(value):
                return await self._long.run(gpu_made, self._app_state, dict(value))
            return await self._app_state.scheduler.run(gpu_made, self._app_state, dict(value), background=True)
        finally:
            self._making.discard(visitor)


def _is_long(value: Mapping[str, Any]) -> bool:
    """Whether a file takes more than the few passes of one quick map."""
    method = texts(value, "method")["method"]
    return value.get("what") in ("classes", "methods") or bool(method and method_of(method).streams)


def made(app_state: AppState, value: Mapping[str, Any]) -> Answer:
    """Make a file: {"content", "kind", "name"}. Raises `CamError`; fetches no weights."""
    asked = read(app_state, value)
    choice = asked.choice
    model = app_state.model_here(choice.model)
    photo = app_state.photos.open(choice.photo)
    trace = app_state.trace(photo, model.name, choice.layer, choice.fit, choice.detail)
    chosen = findings.wanted(trace, choice.target, choice.area).target
    recipe = asked.recipe if asked.recipe.method else Recipe(default_method(trace))
    recipe.check_cost()
    content, kind, ending, words = FILES[asked.what](asked, recipe, trace, chosen)
    return {"content": content, "kind": kind, "name": _named(asked, [model.name, *words], ending)}


gpu_made = on_gpu(made)


def read(app_state: AppState, value: Mapping[str, Any]) -> Asked:
    """Read what is asked for. Raises `UnknownNameError` for what there is not, `ImageError` for a photo."""
    named = texts(value, "what", "ending", "language", "colours", "evidence")
    if named["what"] not in FILES:
        raise unknown("file", named["what"], FILES)
    choice, opacity = Choice.read(value), value.get("opacity")
    if "example" in choice.photo:
        app_state.photos.identity(choice.photo)
        photo = app_state.photos.examples[str(choice.photo["example"])].path.name
    else:
        photo = Path(str(choice.photo.get("upload", ""))).name
    look = Look(
        named["colours"] or next(iter(COLORMAPS)),
        float(opacity) if isinstance(opacity, int | float) else _OPACITY,
        named["evidence"] or "for",
    )
    return Asked(choice, named["what"], named["ending"] or ".webp", named["language"] or "en", look, photo)


def within(steps: Iterable[One]) -> Iterator[One]:
    """Pass on what is made step by step. Raises `CamError` where that takes longer than `LONGEST`."""
    end = time.monotonic() + LONGEST
    for step in steps:
        if time.monotonic() > end:
            raise CamError(
                "file-too-long",
                "This file takes longer than {most} s here. Choose a quick method, or make it at a terminal: "
                "python -m cam photo.jpg.",
                most=round(LONGEST),
            )
        yield step


def _explained(recipe: Recipe, trace: Trace, chosen: Any) -> Explanation:
    return last(within(recipe.explanations(trace, chosen)))


_Made = tuple[bytes, str, str, list[str]]  # what is in a file, its kind, its ending, and what its name says


def _words(explanation: Explanation, language: str) -> list[str]:
    """The method and the class, as they stand in a file's name."""
    index = explanation.class_index
    return [explanation.method, "" if index is None else Speech(language).labels(explanation)[index]]


def _handout(asked: Asked, recipe: Recipe, trace: Trace, chosen: Any) -> _Made:
    explanation = _explained(recipe, trace, chosen)
    text = handout(explanation, language=asked.language, photo=asked.photo, **asked.look._asdict())
    return text.encode(), "text/html; charset=utf-8", ".html", _words(explanation, asked.language)


def _map(asked: Asked, recipe: Recipe, trace: Trace, chosen: Any) -> _Made:
    explanation = _explained(recipe, trace, chosen)
    file = io.BytesIO()
    save_map(explanation, file, asked.photo)
    return file.getvalue(), "application/octet-stream", ".npz", _words(explanation, asked.language)


def _slide(asked: Asked, recipe: Recipe, trace: Trace, chosen: Any) -> _Made:
    if asked.what == "classes" and not recipe.quick:
        raise CamError(
            "slide-too-slow",
            "A slide shows several maps, and {method} takes a while for each. Choose an instant method.",
            method=method_of(recipe.method).said_title,
        )
    file = io.BytesIO()
    speech = speech_of_slides(asked.language)
    shown = list(within(frames(trace, asked.what, recipe, chosen, asked.look, speech)))
    save_slide(shown, file, asked.ending)
    words = [asked.what] if asked.what == "methods" else [asked.what, recipe.method]
    return file.getvalue(), f"image/{asked.ending[1:].lower()}", asked.ending, words


FILES: dict[str, Callable[[Asked, Recipe, Trace, Any], _Made]] = {
    "handout": _handout,
    "map": _map,
    "classes": _slide,
    "methods": _slide,
}


def _named(asked: Asked, words: Iterable[str], ending: str) -> str:
    """The name of a file: what it is of, without what a file system or a header could stumble over."""
    text = " ".join([Path(asked.photo).stem, *words])
    return (re.sub(r"[^\w.]+", "-", text).strip("-.")[:_NAME] or asked.what) + ending
