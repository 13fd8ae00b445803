"""From traces and explanations to what travels to the browser: plain dictionaries, numbers as base64, little endian.

Knows the page's `protocol`. Knows no files, no visitors and no models beyond their names.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from .. import COLORMAPS, COMBINATIONS, METHODS, AllClasses, Explanation, Trace, View
from ..maps.effort import EFFORTS, EXACT
from ..maps.recipe import Recipe
from ..maps.render import SIGNED
from ..passes.detail import survey
from ..tasks.targets import all_look_alikes
from .protocol import ClassMaps, Finding, Photo, Picture, Ranking

MAX_CLASS_BYTES = 512 * 1024  # of the maps of all classes; larger ones stay on the server


def encoded(values: Any, dtype: str) -> str:
    """Return an array or tensor as base64 of its values in `dtype`, row-major, little endian."""
    array = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    return base64.b64encode(array.astype(np.dtype(dtype).newbyteorder("<")).tobytes()).decode("ascii")


def key_of(trace: Trace, photo_id: str, recipe: Recipe) -> str:
    """Name what the maps of all classes belong to: equal keys, equal maps."""
    made = (recipe.method, "contrast" if recipe.contrast else "", recipe.combination, recipe.effort)
    return "|".join((photo_id, trace.model.name, trace.layer, trace.fit, f"{trace.detail:g}", *made))


def shapes_of(trace: Trace) -> dict[str, tuple[int, ...]]:
    """Return the shapes (C, h, w) of the layers that the model offers, at the trace's detail."""
    if trace.detail == 1:
        return trace.model.layer_shapes
    return survey(trace.model, trace.detail).shapes or {trace.layer: tuple(trace.activations.shape)}


def picture(explanation: Explanation, photo_id: str, recipe: Recipe, seconds: float, number: int) -> Picture:
    """Return the current map as a `Picture`; `seconds` is what the answer took, `number` what it is the map of."""
    trace = explanation.trace
    method = METHODS[explanation.method]
    combination = COMBINATIONS.get(explanation.combination)
    close = EFFORTS[explanation.effort].correlation(method)
    return {
        "key": key_of(trace, photo_id, recipe),
        "photo_id": photo_id,
        "class": number,
        "map": encoded(explanation.raw, "float32"),
        "shape": list(explanation.raw.shape),
        "at": {
            "model": trace.model.name,
            "fit": trace.fit,
            "detail": trace.detail,
            "method": recipe.method,
            "contrast": recipe.contrast,
        },
        "layers": [[name, list(shape)] for name, shape in shapes_of(trace).items()],
        "model": trace.model.title,
        "layer": trace.layer,
        "method": method.title,
        "combination": combination.title if combination else "",
        "effort": "" if explanation.effort == EXACT else EFFORTS[explanation.effort].title,
        "correlation": None if close is None else list(close),
        "class_blind": method.class_blind,
        "layer_blind": method.layer_blind,
        "contrast": recipe.contrast and not method.class_blind,
        "rivals": list(getattr(explanation.target, "others", ())),
        "signed": explanation.signed,
        "unit": method.unit,
        "seconds": round(seconds, 4),
        "share": explanation.share,
    }


def photo(photo_id: str, url: str, view: View, origin: Mapping[str, Any]) -> Photo:
    """Return a `Photo`: data URL ("": the one that the page has), size as opened, what the model sees of it.

    `origin` is by what the page asked for it.
    """
    return {
        "id": photo_id,
        "origin": dict(origin),
        "url": url,
        "size": list(view.size),
        "view": {"source": list(view.source), "content": list(view.content), "input": list(view.input)},
    }


def ranking(trace: Trace, photo_id: str, found: Sequence[Finding] | None = None) -> Ranking:
    """Return a `Ranking`: all classes, most probable first, and their probabilities in class order; or what was found,
    in its order."""
    if found is not None:
        order, chances = range(len(found)), [one["probability"] for one in found]
    else:
        order = trace.logits.argsort(descending=True, stable=True)
        chances = trace.model.probabilities(trace.logits)
    return {
        "photo_id": photo_id,
        "order": encoded(order, "uint16"),
        "probabilities": encoded(chances, "float32"),
    }


def class_maps(found: AllClasses, photo_id: str, recipe: Recipe, indices: list[int] | None = None) -> ClassMaps | None:
    """Return `ClassMaps`, each map in 65,535 steps of its largest value; None where that is too much to send.

    `indices` are the classes that the maps belong to; None means all, in order.
    """
    raw = found.raw  # (K, h, w)
    if 2 * raw.numel() > MAX_CLASS_BYTES:
        return None
    steps = raw.abs().amax(dim=(1, 2)) / 32767
    scaled = raw / torch.where(steps > 0, steps, torch.ones_like(steps))[:, None, None]
    return {
        "key": key_of(found.trace, photo_id, recipe),
        "indices": encoded(range(len(raw)) if indices is None else indices, "uint16"),
        "rivals": _rivals(found.trace, recipe, indices),
        "shape": list(raw.shape[1:]),
        "maps": encoded(scaled.round(), "int16"),
        "steps": encoded(steps, "float32"),
    }


def _rivals(trace: Trace, recipe: Recipe, indices: list[int] | None) -> str:
    """The look-alikes that each class is held against, uint16 (n, r); "" without a contrast."""
    if not recipe.contrast:
        return ""
    everyone = all_look_alikes(trace.logits)
    return encoded(everyone if indices is None else everyone[indices], "uint16")


def colormaps() -> dict[str, str]:
    """Return the colormaps by name; the first is the default."""
    return {name: encoded(table, "uint8") for name, table in COLORMAPS.items()}


def colours() -> dict[str, Any]:
    """Return all tables of colours."""
    return {"colormaps": colormaps(), "signed_colours": encoded(SIGNED, "uint8")}
