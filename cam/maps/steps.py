"""The computation of a map as it ran: one step after another, each with its real tensor, its formula and its code.

A method tells what it computes (`cam.methods.telling`), and here it runs once more with somebody listening. Knows
what every map has in common: the scores before the method, ReLU, heatmap and picture behind it. Knows no method.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from ..errors import MethodError
from ..methods import Method
from ..methods.telling import NAMES, Story, body_of, listen, tell
from ..passes.trace import Trace
from ..photos.views import sides
from ..tasks.targets import Target
from .combinations import combine
from .effort import EXACT
from .explanation import Explanation, heatmap_of, method_of, run
from .render import _blended, overlay

_OTHER = 1e-3  # of the map's largest value: what differs by more is another map, not another rounding
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a computation.

    `name`, of the table `cam.methods.telling.NAMES`; `tensor` float32 on the CPU, without a graph; its `axes`, a word
    each; `formula` in plain symbols; `follows`, the names of the steps that it is computed from; `code`, the statements
    of the function that ran; `labels` of what lies along the first axis, where numbers do not say it; `value`, the one
    number that it comes to, where there is one: of `scores` the score that is explained.
    """

    name: str
    tensor: torch.Tensor = field(repr=False)
    formula: str
    follows: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    code: str = field(default="", repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)
    value: float | None = None


def steps(
    explanation: Explanation, *, picture: bool = True, colormap: str = "inferno", opacity: float = 0.5
) -> list[Step]:
    """Return the computation of a map as it ran, one `Step` after another; it runs once more for that.

    For Grad-CAM the names are scores (K,), activations (C, h, w), gradients (C, h, w), weights (C,), weighted_sum
    (h, w), relu (h, w), enlarge (H, W) in [0, 1], which is the explanation's heatmap, and overlay (H0, W0, 3), 0 to
    255, by `overlay(explanation, colormap=..., opacity=...)`, which `picture=False` leaves out. Other methods tell
    their own; docs/steps.md lists them. Values are in the units of the method. It takes as long as the map did.
    Raises `MethodError` for a map that is unfinished, approximate, or none that `explain` or `combine` returned, and
    for a method that tells no steps.
    """
    entry = method_of(explanation.method)
    _check_exact(explanation)
    trace, target = explanation.trace, explanation.target
    with listen() as story:
        score = None if entry.class_blind else _tell_scores(trace, target)
        raw = _again(explanation, entry)
        told = next(reversed(story.told.values()), None)
        if told is None or not torch.equal(told.tensor, raw):
            raise MethodError(
                "steps-untold",
                "{method} does not tell the steps that lead to its map. CONTRIBUTING.md says how a method tells them.",
                method=entry.said_title,
            )
        raw = _matched(raw, explanation, entry, told.name)
        heatmap_of(raw, sides(trace.input))
    _rename(story, next(name for name in reversed(story.told) if name not in ("relu", "enlarge")))
    found = [_step(story, name) for name in story.told]
    if score is not None:
        found[0] = replace(found[0], value=score, formula=f"{found[0].formula} = {_number(score)}")
    if picture:
        picture_of = np.asarray(overlay(explanation, colormap=colormap, opacity=opacity), dtype=np.float32)
        found.append(painted(torch.from_numpy(picture_of), found[-1].name, opacity))
    return found


def _number(value: float) -> str:
    """A number with four digits that count, powers of ten as people write them."""
    if 1e4 <= abs(value) < 1e6:
        return f"{value:,.0f}"
    digits, _, power = f"{value:.4g}".partition("e")
    return f"{digits} · 10{str(int(power)).translate(_RAISED)}" if power else digits


def _check_exact(explanation: Explanation) -> None:
    method = method_of(explanation.method)
    if explanation.effort != EXACT:
        raise MethodError(
            "steps-approximate",
            "The steps of an approximation of {method} cannot be told: where it stops depends on the time it takes. "
            "Tell those of the exact map: steps(explain(trace, {name!r}, target)).",
            method=method.said_title,
            name=method.name,
        )
    if explanation.share < 1:
        raise MethodError(
            "steps-unfinished",
            "This map of {method} is not finished, so its steps are not either. Tell those of the finished one: "
            "steps(explain(trace, {name!r}, target)).",
            method=method.said_title,
            name=method.name,
        )


def _tell_scores(trace: Trace, target: Target) -> float:
    """Tell the logits and what of them is explained; returns that score."""
    tell("scores", target.of_classes(trace.logits), target.formula)
    return float(target(trace.logits))


def _again(explanation: Explanation, entry: Method) -> torch.Tensor:
    """Run what made the map once more; returns its raw map, float32 on the CPU."""
    if explanation.combination:
        return combine(explanation.trace, explanation.combination, entry, explanation.target).raw
    raw = explanation.raw
    for part, _ in run(entry, explanation.trace, explanation.target):
        raw = part.raw
    return raw.detach().float().cpu()


def _matched(raw: torch.Tensor, explanation: Explanation, entry: Method, name: str) -> torch.Tensor:
    """The map that the steps lead to, with its sign turned where that is on show; else raises `MethodError`."""
    shown = explanation.raw
    if shown.shape == raw.shape:
        tolerance = _OTHER * float(raw.abs().max())
        if bool((shown - raw).abs().max() <= tolerance):
            return raw
        if explanation.signed and bool((shown + raw).abs().max() <= tolerance):
            return tell("turned", -raw, "−L", name)
    raise MethodError(
        "steps-other-map",
        "{method} gives another map here than this one, so its steps would not lead to it. Give what explain or "
        "combine returned, and leave the network as it was.",
        method=entry.said_title,
    )


def _rename(story: Story, raw: str) -> None:
    """Leave out a ReLU that cuts nothing ever, and say `scale` where nothing is enlarged."""
    relu, last = story.told["relu"], story.told["enlarge"]
    relu.follows = (raw,)
    if NAMES[raw].positive:
        del story.told["relu"]
        last.follows = (raw,)
        last.formula = last.formula.replace("L⁺", "L")
    if _axes(story, raw) == ("y", "x"):
        del story.told["enlarge"]
        before, _, large = last.formula.partition(", M = ")
        last.name, last.formula = "scale", before.replace("M", large.partition(" ")[0]) if large else before
        story.add(last)


def _axes(story: Story, name: str) -> tuple[str, ...]:
    """The axes of a told tensor; a map without its negative values, or turned, has those of the map."""
    return _axes(story, story.told[name].follows[0]) if name in ("relu", "turned") else NAMES[name].axes


def _step(story: Story, name: str) -> Step:
    told = story.told[name]
    return Step(name, told.tensor, told.formula, told.follows, _axes(story, name), told.code, told.labels)


def painted(picture: torch.Tensor, follows: str, opacity: float) -> Step:
    """The last step: a picture (H0, W0, 3), 0 to 255, of the heatmap that the step `follows` holds."""
    return Step(
        "overlay",
        picture,
        f"(1 − α) · photo + α · colour(v), α = {opacity:g} · v · (2 − v), v the heatmap on the photo",
        (follows,),
        NAMES["overlay"].axes,
        body_of(_blended),
    )
