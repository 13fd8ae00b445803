"""How much of its work a slow method does: all of it, or a part of it that is known to give nearly the same map.

What "nearly" means was measured and stands in `effort.json`: the correlation of each approximate map with the exact
one, made by `benchmarks/approximations.py`. Knows methods and traces; knows no page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..messages import Message
from ..methods import Method
from ..network import precision
from ..passes.trace import Trace

CLOSE = 0.95  # median correlation with exact maps from which an approximation is offered
_MEASURED = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


class Correlation(NamedTuple):
    """Of approximate maps with exact ones: the median and the lowest over the photos that were measured."""

    median: float
    lowest: float


@dataclass(frozen=True)
class Effort:
    """One way to work less: the `share` of the steps, the most important first, and whether passes run in bfloat16."""

    name: str
    title: str
    share: float = 1.0
    half: bool = False

    def correlation(self, method: Method) -> Correlation | None:
        """Return how close this comes to the method's exact map; None where it was not measured."""
        found = _MEASURED["correlations"].get(method.name, {}).get(self.name)
        return found and Correlation(*found)


EFFORTS: dict[str, Effort] = {
    one.name: one
    for one in (
        Effort("exact", "Exact"),
        Effort("quarter", "A quarter of the steps", share=0.25),
        Effort("bfloat16", "In bfloat16", half=True),
        Effort("draft", "A tenth, in bfloat16", share=0.1, half=True),
    )
}


EXACT = next(iter(EFFORTS))


def measured_on() -> str:
    """Say what the correlations were measured on."""
    return _MEASURED["on"]


def is_close(correlation: Correlation | None) -> bool:
    """Whether maps that come so close to the exact ones are worth offering."""
    return correlation is not None and correlation.median >= CLOSE


def effort_obstacle(effort: Effort, method: Method, trace: Trace) -> Message | None:
    """Return the reason, a sentence, why a method cannot work less in this way here, or None."""
    if effort.name == EXACT:
        return None
    close = effort.correlation(method)
    if close is None:
        return Message(
            "effort-not-measured",
            "How close {method} comes to its map with less work was not measured, so all of it is done.",
            method=method.said_title,
        )
    if not is_close(close):
        return Message(
            "effort-other-map",
            "{method} gives another map with less work: it correlates {correlation:.2f} with the exact one.",
            method=method.said_title,
            correlation=close.median,
        )
    if effort.half and precision.gain_of_bfloat16(trace.model.net, trace.input) < precision.WORTH_IT:
        return Message("effort-no-faster", "bfloat16 makes {title} no faster on this machine.", title=trace.model.title)
    return None
