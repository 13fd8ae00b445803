"""What the command line and the web API say about an explanation, as plain values for JSON."""

from __future__ import annotations

from typing import Any

from ..methods import METHODS
from .effort import EFFORTS, EXACT
from .explanation import Explanation


def report(explanation: Explanation, seconds: float, k: int = 5) -> dict:
    """Return `model, task, layer, method, class {index, label, probability}, top [k of the same], shape, seconds`.

    `shape` (C, h, w); `detail` is the factor on the model's input size. `empty` tells that the map shows no positive
    evidence. `class` is None for a target that is no class. Of a detector each finding has its `box` in the photo's
    pixels, of a network that answers for each place its `share` of them. Only where there is such a thing: `against`,
    the look-alikes that a class is held against; `scores`, "sigmoid" or "given" where probabilities do not add up to
    one; `combination`; and of an approximation its `effort` and `correlation` (median and lowest measured) with the
    exact map.
    """
    trace = explanation.trace
    task, scores = trace.model.reader.task, trace.model.scores
    others = getattr(explanation.target, "others", ())
    more: dict[str, Any] = {"against": [_class(explanation, index) for index in others]} if others else {}
    if scores != "softmax":
        more["scores"] = scores
    if explanation.combination:
        more["combination"] = explanation.combination
    if explanation.effort != EXACT:
        more["effort"] = explanation.effort
        more["correlation"] = list(EFFORTS[explanation.effort].correlation(METHODS[explanation.method]) or ())
    return {
        "model": trace.model.name,
        "task": task.name,
        "layer": trace.layer,
        "method": explanation.method,
        "class": task.told_target(explanation.target, trace.answer),
        "top": [task.told(best) for best in trace.top(k)],
        "shape": list(trace.activations.shape),
        "detail": trace.detail,
        "empty": explanation.empty,
        "seconds": round(seconds, 4),
        **more,
    }


def _class(explanation: Explanation, index: int) -> dict:
    probability = float(explanation.trace.model.probabilities(explanation.trace.logits)[index])
    return {"index": index, "label": explanation.trace.model.labels[index], "probability": round(probability, 6)}
