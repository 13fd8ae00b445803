"""What follows a finished picture while the visitor looks at it, so that the next wish is answered before it is made.

Each part is made once, kept in the workbench, and sent along at once the next time. Knows traces and payloads; knows
no visitors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .. import METHODS, Trace, explain, obstacle
from ..maps.effort import EFFORTS, effort_obstacle, is_close
from ..maps.explanation import AllClasses
from ..maps.recipe import Recipe
from . import findings, payload
from .protocol import ClassMaps, said

LIKELY = 8  # classes whose maps are made ahead where the maps of all are not cheap

Maker = Callable[[], dict[str, Any]]  # of a part of an answer


def parts(trace: Trace, photo_id: str, recipe: Recipe) -> dict[tuple, Maker]:
    """Return what is worth sending after this picture, by the key under which it is kept."""
    found: dict[tuple, Maker] = {}
    if recipe.quick and not recipe.combination and not METHODS[recipe.method].class_blind:
        key = ("classes", payload.key_of(trace, photo_id, recipe))
        found[key] = lambda: {"classes": _classes(trace, photo_id, recipe)}
    if any(is_close(effort.correlation(METHODS[recipe.method])) for effort in EFFORTS.values()):
        key = ("efforts", trace.model.name, recipe.method)
        found[key] = lambda: _efforts(trace, recipe)
    key = ("reasons", trace.model.name, trace.layer, trace.detail)
    found[key] = lambda: _reasons(trace)
    return found


def _classes(trace: Trace, photo_id: str, recipe: Recipe) -> ClassMaps | None:
    """The maps of all classes where they are cheap, else of the likeliest ones or of all that was found, one by one."""
    everything = recipe.all_classes(trace)
    if everything is not None:
        return payload.class_maps(everything, photo_id, recipe)
    next_ones = findings.likely(trace, LIKELY)
    if not next_ones:
        return None
    indices = [one.number for one in next_ones]
    maps = [explain(trace, recipe.method, recipe.target(trace, one.target)) for one in next_ones]
    found = AllClasses(trace, recipe.method, torch.stack([one.raw for one in maps]), maps[0].signed)
    return payload.class_maps(found, photo_id, recipe, indices)


def _efforts(trace: Trace, recipe: Recipe) -> dict[str, Any]:
    """Why less effort would not help with this model on this machine, for the efforts that would not."""
    method = METHODS[recipe.method]
    reasons = {name: effort_obstacle(effort, method, trace) for name, effort in EFFORTS.items()}
    return {"efforts": {name: said(reason) for name, reason in reasons.items() if reason}}


def _reasons(trace: Trace) -> dict[str, Any]:
    """Why a method does not apply at this layer, for those that do not."""
    reasons = {name: obstacle(method, trace) for name, method in METHODS.items()}
    return {"reasons": {name: said(reason) for name, reason in reasons.items() if reason}}
