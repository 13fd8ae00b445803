"""From traces and explanations to what travels to the browser: plain dictionaries, numbers as base64, little endian.

Knows the properties of the `Explorer` component. Knows no files, no visitors and no models beyond their names.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .. import COLORMAPS, METHODS, AllClasses, Explanation, Trace, View
from ..targets import probabilities

MAX_CLASS_BYTES = 512 * 1024  # of the maps of all classes; larger ones stay on the server


def encoded(values: Any, dtype: str) -> str:
    """Return an array or tensor as base64 of its values in `dtype`, row-major, little endian."""
    array = values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
    return base64.b64encode(np.ascontiguousarray(array.astype(np.dtype(dtype).newbyteorder("<")))).decode("ascii")


def key_of(trace: Trace, photo_id: str, method: str) -> str:
    """Name what the maps of all classes belong to: equal keys, equal maps."""
    return "|".join((photo_id, trace.model.name, trace.layer, trace.fit, method))


def picture(explanation: Explanation, photo_id: str, seconds: float) -> dict[str, Any]:
    """Return the current map for `Explorer.value`, without `seq` and `message`; `seconds` is what the answer took."""
    trace = explanation.trace
    method = METHODS[explanation.method]
    return {
        "key": key_of(trace, photo_id, explanation.method),
        "photo_id": photo_id,
        "class": explanation.class_index,
        "map": encoded(explanation.raw, "float32"),
        "shape": list(explanation.raw.shape),
        "at": {"model": trace.model.name, "fit": trace.fit, "method": explanation.method},
        "layers": [[name, list(shape)] for name, shape in trace.model.layer_shapes.items()],
        "model": trace.model.title,
        "layer": trace.layer,
        "method": method.title,
        "class_blind": method.class_blind,
        "unit": method.unit,
        "seconds": round(seconds, 4),
        "share": explanation.share,
    }


def notice(message: str, share: float = 1.0) -> dict[str, Any]:
    """Return a value without a map: the page keeps its picture and shows the sentence; below 1, `share` is done."""
    return {"message": message, "share": share}


def photo(photo_id: str, url: str, view: View, origin: Mapping[str, Any]) -> dict[str, Any]:
    """Return `Explorer.photo`: data URL ("": the one that the page has), size as opened, what the model sees of it.

    `origin` is by what the page asked for it.
    """
    places = {"source": view.source, "content": view.content, "input": view.input}
    seen = {name: list(place) for name, place in places.items()}
    return {"id": photo_id, "origin": dict(origin), "url": url, "size": list(view.size), "view": seen}


def ranking(trace: Trace, photo_id: str) -> dict[str, Any]:
    """Return `Explorer.ranking`: all classes, most probable first, and their probabilities in class order."""
    order = trace.logits.argsort(descending=True, stable=True)
    return {
        "photo_id": photo_id,
        "order": encoded(order, "uint16"),
        "probabilities": encoded(probabilities(trace.logits), "float32"),
    }


def class_maps(found: AllClasses, photo_id: str, indices: list[int] | None = None) -> dict[str, Any] | None:
    """Return `Explorer.classes`, each map as bytes of its own maximum; None where that would be too much to send.

    `indices` are the classes that the maps belong to; None means all, in order.
    """
    raw = found.raw  # (K, h, w)
    if raw.numel() > MAX_CLASS_BYTES:
        return None
    positive = raw.clamp(min=0)
    peaks = positive.amax(dim=(1, 2))
    scaled = positive / torch.where(peaks > 0, peaks, torch.ones_like(peaks))[:, None, None]
    total = raw.abs().sum(dim=(1, 2))
    negative = (-raw).clamp(min=0).sum(dim=(1, 2)) / torch.where(total > 0, total, torch.ones_like(total))
    return {
        "key": key_of(found.trace, photo_id, found.method),
        "indices": encoded(range(len(raw)) if indices is None else indices, "uint16"),
        "shape": list(raw.shape[1:]),
        "maps": encoded((255 * scaled).round(), "uint8"),
        "peaks": encoded(peaks, "float32"),
        "negatives": encoded(negative, "float32"),
    }


def colormaps() -> dict[str, str]:
    """Return `Explorer.colormaps`; the first is the default."""
    return {name: encoded(table, "uint8") for name, table in COLORMAPS.items()}
