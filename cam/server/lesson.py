"""The story of the map that a page shows: asked for when somebody turns to the lesson, made from the pass that is kept.

A slow method takes as long again as its map did, one such story at a time, so that the others' actions go on meanwhile.
Knows plain values and traces; knows no layout.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .. import Trace
from ..maps.effort import EXACT
from ..maps.explanation import Explanation, last, method_of
from ..maps.recipe import Recipe
from ..messages import Message
from . import findings, payload
from .answers import Choice
from .app_state import AppState
from .aside import Answer, answered
from .protocol import Story
from .scheduler import Scheduler
from .steps import picture_step, story
from .zerogpu import on_gpu

_BROKEN = Message(
    "story-broken", "The steps of this map could not be told. Choose another method, or this one once more."
)


class Stories:
    """The stories of all visitors: quick ones in the line of the actions, slow ones one at a time beside it."""

    def __init__(self, app_state: AppState) -> None:
        self._app_state = app_state
        self._slow = Scheduler(1, app_state.settings.queue_size)

    async def told(self, value: Any) -> Answer:
        """Return the `protocol.Story` of a choice, a `protocol.Wish`'s fields; at once if it was told before.

        Its `key` names the maps that it belongs to and, behind a bar, the class. {"busy": True} when others come
        first; {"error": a `protocol.Said`} where a map has no story: one that is an approximation, and whatever cannot
        be explained. Fetches no weights.
        """
        return await answered(self._kept_or_made(value if isinstance(value, Mapping) else {}), _BROKEN)

    async def _kept_or_made(self, value: Mapping[str, Any]) -> Answer:
        kept = self._app_state.find(_key(self._app_state, value))
        if kept is not None:
            return kept
        line = self._app_state.scheduler if Choice.read(value).recipe.quick else self._slow
        return await line.run(gpu_made, self._app_state, dict(value))


def _key(app_state: AppState, value: Mapping[str, Any]) -> tuple:
    choice = Choice.read(value)
    made = (
        choice.model,
        choice.layer,
        choice.recipe,
        choice.fit,
        choice.detail,
        choice.target,
        json.dumps(choice.area, sort_keys=True),
    )
    return ("story", app_state.photos.identity(choice.photo), *made)


def made(app_state: AppState, value: Mapping[str, Any]) -> Answer:
    """Tell the story of a choice, or return it as it was told before. Raises `CamError`; fetches no weights."""
    return app_state.keep(_key(app_state, value), lambda: _told(app_state, Choice.read(value)))


gpu_made = on_gpu(made)


def _told(app_state: AppState, choice: Choice) -> Story:
    model = app_state.model_here(choice.model)
    photo = app_state.photos.open(choice.photo)
    trace = app_state.trace(photo, model.name, choice.layer, choice.fit, choice.detail)
    key = payload.key_of(trace, photo.id, choice.recipe)
    chosen = findings.wanted(trace, choice.target, choice.area)
    explanation = _explained(app_state, key, choice.recipe, trace, chosen)
    told = story(explanation, f"{key}|{chosen.number}")
    told["steps"].append(picture_step(trace.view.size, told["steps"][-1]["name"]))
    return told


def _explained(app_state: AppState, key: str, recipe: Recipe, trace: Trace, chosen: findings.Wanted) -> Explanation:
    """The map of a choice: the one that a page was given if it is kept, else it is made."""
    resolved = recipe.target(trace, chosen.target)
    kept = app_state.find(("picture", key, chosen.number, chosen.area))
    if kept is None and recipe.effort == EXACT:
        return last(recipe.explanations(trace, chosen.target))
    raw = torch.zeros(1, 1)  # of an approximation: that it has no story is said before its map is looked at
    if kept is not None:
        values = np.frombuffer(base64.b64decode(kept["map"]), "<f4")
        raw = torch.from_numpy(values.copy()).reshape(kept["shape"])
    method = method_of(recipe.method)
    facts = {"signed": method.signed, "combination": recipe.combination, "effort": recipe.effort}
    return Explanation(trace, method.name, resolved, None, raw, **facts)
