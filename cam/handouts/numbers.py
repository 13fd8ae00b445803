"""What a step comes to in numbers: a few lines, and the values that are shown as bars. Knows tensors and axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from ..errors import LayerError, MethodError, TargetError
from ..maps.explanation import Explanation
from ..maps.linked import Cell, Raised, cell, most_important, raises
from ..maps.steps import Step
from . import pictures
from .markup import number, text
from .words import Speech

ROWS = 5  # bars of a step
_TERMS = 4  # channels of a place that is added up
_RAISED = 3  # classes that a channel raises


class Bar(NamedTuple):
    """One of the values of a step: what it is of, and whether it is the one that is explained."""

    label: str
    value: float
    marked: bool = False


def _listed(step: Step) -> torch.Tensor | None:
    """The values (n,) of a step that is a list of numbers; of repeats the mean."""
    if step.tensor.ndim == 1 and step.tensor.numel():
        return step.tensor
    return step.tensor.mean(1) if step.axes[1:] == ("repeat",) else None


def bars(step: Step, explanation: Explanation, order: Sequence[int], speech: Speech) -> list[Bar]:
    """The values of a step that count most, `ROWS` at most; none of a step that is no list of numbers.

    Of the scores the most probable classes and what is explained; of channels those that matter most.
    """
    values = _listed(step)
    if values is None:
        return []
    if step.axes[0] == "class":
        return _scores(values, explanation, speech)
    if step.axes[0] == "channel" and order:
        chosen = list(order[:ROWS])
    elif step.axes[0] in ("channel", "layer"):
        chosen = values.abs().argsort(descending=True, stable=True)[:ROWS].tolist()
    else:
        chosen = torch.linspace(0, len(values) - 1, min(ROWS, len(values))).round().int().tolist()
    labels = step.labels or [str(place) for place in range(len(values))]
    return [Bar(labels[place], float(values[place])) for place in chosen]


def _scores(values: torch.Tensor, explanation: Explanation, speech: Speech) -> list[Bar]:
    labels, wanted = speech.labels(explanation), _explained(explanation)
    best = [one.index for one in explanation.trace.top(ROWS)]
    shown = [*wanted, *(index for index in best if index not in wanted)][:ROWS]
    shown.sort(key=lambda index: -float(values[index]))
    return [Bar(labels[index], float(values[index]), index == explanation.class_index) for index in shown]


def _explained(explanation: Explanation) -> list[int]:
    """The classes whose scores are explained, or held against that one."""
    index = explanation.class_index
    return [] if index is None else [index, *getattr(explanation.target, "others", ())]


def facts(step: Step, before: Step | None, order: Sequence[int], speech: Speech) -> list[str]:
    """The lines of a step, as HTML: its shape and axes, its range, where it is largest, what was cut, what is shown."""
    tensor = step.tensor
    if step.axes[-1:] == ("colour",):  # a picture
        return []
    if not tensor.ndim:
        return [text(speech("value")) + " " + number(tensor.item())]
    sizes = " × ".join(str(size) for size in tensor.shape)
    axes = ", ".join(speech.axis(name) for name in step.axes)
    lines = [f"{text(speech('shape'))} {sizes} <small>({text(axes)})</small>"]
    if tensor.numel():
        low, high, mean = (float(one) for one in (tensor.min(), tensor.max(), tensor.mean()))
        lines.append(filled(speech, "range", low=number(low), high=number(high), mean=number(mean)))
    if step.name == "relu" and before is not None:
        lines.append(_cut(before.tensor, speech))
    elif step.axes == ("row", "column"):
        place = int(tensor.argmax())
        row, column = divmod(place, tensor.shape[1])
        lines.append(filled(speech, "largest", value=number(float(tensor.max())), row=row, column=column))
    if tensor.ndim > 2 and step.axes[0] != "colour" and len(tensor) > pictures.MANY:
        lines.append(_which(step, order, speech))
    return lines


def _cut(before: torch.Tensor, speech: Speech) -> str:
    negative = before[before < 0]
    return filled(speech, "cut", count=len(negative), all=before.numel(), sum=number(float(negative.double().sum())))


def _which(step: Step, order: Sequence[int], speech: Speech) -> str:
    kept = pictures.kept(step, order)
    if step.axes[0] == "channel":
        return filled(speech, "channels", channels=", ".join(str(one) for one in kept))
    return filled(speech, "shown-first", count=len(kept), all=len(step.tensor))


def filled(speech: Speech, name: str, /, **params: object) -> str:
    """A word of the hand-out with HTML in its fields."""
    marks = {key: f"\0{key}\0" for key in params}
    parts = speech(name, **marks).split("\0")
    return "".join(str(params[part]) if place % 2 else text(part) for place, part in enumerate(parts))


class Links(NamedTuple):
    """How the channels make a map: their `order`, the place where it is largest, what the first ones raise."""

    order: list[int]
    cell: Cell | None
    raised: list[tuple[int, list[Raised]]]


def links(found: Sequence[Step], explanation: Explanation) -> Links:
    """Return how channels make the map that `found` leads to; of a map that is no sum over channels nothing."""
    try:
        order = most_important(found, len(explanation.trace.activations))
    except MethodError:
        return Links([], None, [])
    summed = next(step for step in found if step.axes == ("row", "column"))
    row, column = divmod(int(summed.tensor.argmax()), summed.tensor.shape[1])
    try:
        raised = [(one, raises(explanation.trace, one, _RAISED)) for one in order[:_TERMS]]
    except (LayerError, TargetError):  # a channel raises the classes of a whole image, and of no box
        raised = []
    return Links(order, cell(found, row, column, _TERMS), raised)
