"""The layer strip: the evidence for a class at every layer that the model offers, from one pass and one backward pass.

Made when a page rests, behind whatever else the page's visitors want. Knows plain values and traces; knows no layout.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional as F

from .. import METHODS, CamError, Trace, explain
from ..maps.explanation import method_of
from ..maps.recipe import Recipe
from ..messages import Message
from ..methods import Method
from ..passes.trace import share_gradients
from ..tasks.targets import Target
from . import findings, finer, payload
from .app_state import AppState
from .aside import Answer, answered, texts
from .protocol import said
from .zerogpu import on_gpu

SIDE = 56  # values of a map's side that are sent, at most


@dataclass(frozen=True)
class StripRequest:
    """The picture that a strip belongs to; `target` None is the top class; `common`: shown on the common scale."""

    photo: Mapping[str, Any]
    model: str
    fit: str
    method: str
    contrast: bool
    target: int | None
    detail: float = 1.0
    common: bool = False
    area: Mapping[str, Any] | None = None

    @classmethod
    def read(cls, value: Any) -> StripRequest:
        """Read {"photo": {"example"} | {"upload"}, "model", "fit", "method", "contrast", "class", "detail"}; the core
        judges the names. Raises `CamError` for a detail that is not offered."""
        value = value if isinstance(value, Mapping) else {}
        photo, target = value.get("photo"), value.get("class")
        return cls(
            photo=photo if isinstance(photo, Mapping) else {},
            contrast=bool(value.get("contrast")),
            common=bool(value.get("common")),
            area=dict(value["area"]) if isinstance(value.get("area"), Mapping) else None,
            target=target if isinstance(target, int) else None,
            detail=finer.read(value),
            **texts(value, "model", "fit", "method"),
        )


async def strip_of(app_state: AppState, value: Any) -> Answer:
    """Return the strip that belongs to a picture, at once if it was made before.

    `value` as `StripRequest.read` takes it. Returns {"photo_id", "model", "fit", "detail", "method", "contrast",
    "class": None where it does not matter, "shown": title of the method that it shows, "why": a `protocol.Said` where
    that is another one, else "", "layers": [{"name", "shape": [h, w], "map": base64 of uint8 (h, w) of its own maximum,
    "peak": that maximum, "top": the one of the most likely class at this layer where it is "measured", "why": a
    `protocol.Said` instead of a map, else ""}]}; {"busy": True} when others come first; {"error": a `protocol.Said`}
    when it cannot be made.
    """
    return await answered(_kept_or_made(app_state, value), Message("strip-broken", "The layers could not be shown."))


async def _kept_or_made(app_state: AppState, value: Any) -> Answer:
    request = StripRequest.read(value)
    key = _key(app_state, request)
    kept = app_state.find(key)
    if kept is not None:
        return kept
    if not app_state.scheduler.idle:
        return {"busy": True}
    return await app_state.scheduler.run(app_state.keep, key, lambda: gpu_made(app_state, request), background=True)


def _key(app_state: AppState, request: StripRequest) -> tuple:
    entry, _ = everywhere(request.method)
    target = None if entry.class_blind else (request.target, request.contrast, json.dumps(request.area, sort_keys=True))
    photo = app_state.photos.identity(request.photo)
    common = request.common and target is not None
    return ("strip", photo, request.model, request.fit, request.detail, request.method, target, common)


def made(app_state: AppState, request: StripRequest) -> Answer:
    """Make a strip as `strip_of` returns it. Raises `CamError`; fetches no weights."""
    entry, why = everywhere(request.method)
    model = app_state.model_here(request.model)
    photo = app_state.photos.open(request.photo)
    traces = list(app_state.store.traces(photo.image, model.name, request.fit, photo.id, request.detail).values())
    chosen = findings.wanted(traces[0], request.target, request.area)
    target = None if entry.class_blind else Recipe(entry.name, request.contrast).target(traces[0], chosen.target)
    found = tiles(traces, entry, target)
    top = 0 if traces[0].listed is not None else traces[0].top(1)[0].index
    measured = _measure(found, app_state, request, None if target is None else chosen.number, top)
    return {
        "photo_id": photo.id,
        "model": model.name,
        "fit": request.fit,
        "detail": request.detail,
        "method": request.method,
        "contrast": request.contrast,
        "class": None if target is None else chosen.number,
        "shown": entry.title,
        "why": "" if why is None else said(why),
        "measured": measured,
        "layers": found,
    }


def _measure(
    found: list[dict[str, Any]], app_state: AppState, request: StripRequest, target: int | None, top: int
) -> bool:
    """Say of each tile how strong the most likely class is at its layer; returns whether that is known.

    The common scale needs it; otherwise no backward pass is made for it.
    """
    peaks = {tile["name"]: tile["peak"] for tile in found}
    if target is not None and target != top:
        likely = replace(request, target=top, area=None, common=False)
        key = _key(app_state, likely)
        strip = app_state.keep(key, lambda: made(app_state, likely)) if request.common else app_state.find(key)
        if strip is None:
            return False
        peaks = {tile["name"]: tile["peak"] for tile in strip["layers"]}
    for tile in found:
        tile["top"] = peaks.get(tile["name"], 0.0)
    return True


_QUICK_TO_SAY = {"gradients", "averages", "products"}  # requirements that the gradients of one class settle


def everywhere(name: str) -> tuple[Method, Message | None]:
    """Return the method that a strip shows, and a sentence when that is not the one asked for.

    One pass and one backward pass give activations and gradients at all layers: a method that needs more gives way.
    """
    entry, usual = method_of(name), next(iter(METHODS.values()))
    titles = {"method": entry.said_title, "usual": usual.said_title}
    if entry.layer_blind:
        return usual, Message(
            "strip-whole-network",
            "{method} looks through the whole network, not at one layer: this is {usual}.",
            **titles,
        )
    if "head_weights" in entry.needs:
        return usual, Message("strip-one-layer", "{method} works at one layer only: this is {usual}.", **titles)
    quick = entry.speed == "instant" and _QUICK_TO_SAY.issuperset(entry.requires)
    if not quick or not {"activations", "gradients"}.issuperset(entry.needs):
        return usual, Message(
            "strip-too-slow", "{method} would take too long at every layer: this is {usual}.", **titles
        )
    return entry, None


gpu_made = on_gpu(made)


def tiles(traces: Sequence[Trace], entry: Method, target: Target | None) -> list[dict[str, Any]]:
    """The small maps of one target at the layers of `trace_layers`, as they travel."""
    if "gradients" in entry.needs:
        share_gradients(traces, target)
    found = []
    for trace in traces:
        try:
            small = reduced(explain(trace, entry, target).raw)
        except CamError as error:  # of this layer alone: the score does not depend on it, or it holds no numbers
            none = {"shape": [0, 0], "map": "", "peak": 0.0, "top": 0.0}
            found.append({"name": trace.layer, **none, "why": said(error.message)})
        else:
            peak = small.max()
            content = payload.encoded((255 * small / peak.clamp(min=torch.finfo(small.dtype).tiny)).round(), "uint8")
            shown = {"name": trace.layer, "shape": list(small.shape), "map": content, "peak": float(peak)}
            found.append({**shown, "top": 0.0, "why": ""})
    return found


def reduced(raw: torch.Tensor) -> torch.Tensor:
    """What is positive of a raw map (h, w), averaged down to at most `SIDE` values a side."""
    positive = raw.clamp(min=0)
    return F.adaptive_avg_pool2d(positive[None], (min(raw.shape[0], SIDE), min(raw.shape[1], SIDE)))[0]
