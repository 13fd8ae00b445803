"""The lists behind the controls of the Explore tab, as plain values: names and numbers, whose words the page has.

Knows the tables of the package and the examples; knows no visitors.
"""

from __future__ import annotations

from typing import Any

from .. import COMBINATIONS, FITS, METHODS
from ..maps.effort import EFFORTS, EXACT, is_close
from ..methods import Method
from ..methods.defaults import EVEN, UNEVEN
from ..passes.detail import OFFERED
from ..server.app_state import AppState


def group_of(method: Method) -> str:
    """Return where a method stands in the list: "baselines", "slow", "start" or "gradients".

    Baselines do not look at the class. Of the others those that take many passes are slow; one to start with is a
    method that a network can open with, and the rest follows gradients.
    """
    if method.class_blind:
        return "baselines"
    if method.streams:
        return "slow"
    return "start" if method.name in (EVEN, UNEVEN) else "gradients"


def choices(app_state: AppState) -> dict[str, list[Any]]:
    """The lists behind the controls, as plain values."""
    return {
        "examples": [
            {"name": name, "title": example.title, "lesson": example.lesson, "thumb": _icon(app_state, name)}
            for name, example in app_state.photos.examples.items()
        ],
        "models": [
            {
                "name": name,
                "title": spec.title,
                "group": spec.family,
                "task": spec.task,
                "here": spec.available(),
                "own": name in app_state.store.own,
                "size": round(spec.size_mb),
            }
            for name, spec in app_state.offered.items()
        ],
        "methods": [
            {
                "name": name,
                "quick": not method.streams,
                "speed": method.speed,
                "group": group_of(method),
                "blind": method.class_blind,
                "efforts": _efforts(method),
            }
            for name, method in METHODS.items()
        ],
        "combinations": [{"name": name} for name in COMBINATIONS],
        "details": list(OFFERED),
        "fits": [{"name": name} for name in FITS],
    }


def _icon(app_state: AppState, name: str) -> str:
    """The small picture of an example; none where no list shows it."""
    lesson = app_state.photos.examples[name].lesson
    return "" if lesson else app_state.photos.open({"example": name}).icon


def _efforts(method: Method) -> list[dict[str, Any]]:
    """How much work a method can be asked for, and how close that comes; none where there is no choice.

    `timed`: whether it helps is known once the model was timed on this machine.
    """
    found = {one: one.correlation(method) for one in EFFORTS.values()}
    return [
        {
            "name": one.name,
            "timed": one.half,
            "close": close and list(close),
        }
        for one, close in found.items()
        if one.name == EXACT or is_close(close)
    ]
