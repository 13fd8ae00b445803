"""What is explained: a scalar function of a network's logits.

Every target is a callable `logits (..., K) -> scores (...)`, so one target serves one image and a batch of masked ones.
Knows class indices and names; knows nothing about networks, layers or maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from ..errors import TargetError, unknown
from ..messages import Message
from .boxes import BoxContrast, BoxScore
from .regions import RegionScore
from .scores import Aim, log_probabilities, probabilities


@dataclass(frozen=True)
class ClassScore(Aim):
    """The logit of one class. `scores`, here and below, is the model's own: a target of its trace has it filled in."""

    index: int
    scores: str = "softmax"

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        return f"y = z_{self.index}"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., self.index]

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The class's probability, (...)."""
        return probabilities(logits, self.scores)[..., self.index]


@dataclass(frozen=True)
class Score(Aim):
    """Any scalar function of the logits; `function` maps those of one image, with `axes` axes, to a scalar."""

    function: Callable[[torch.Tensor], Any]
    axes: int = 1

    @property
    def index(self) -> None:
        return None

    @property
    def formula(self) -> str:
        """What is explained, in symbols: nothing is known of the function."""
        return "y = f(z)"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        if logits.ndim > self.axes:
            return torch.stack([self(row) for row in logits])
        score = self.function(logits)
        if not isinstance(score, torch.Tensor) or score.numel() != 1:
            raise TargetError(
                "target-no-number", "A target must return one number as a tensor; this one returns something else."
            )
        return score.reshape(())

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The score itself: a free function of the logits has no probability."""
        return self(logits)


@dataclass(frozen=True)
class Contrast(Aim):
    """A class against its look-alikes: y_c - mean_t(alpha y_t) over the classes t in `others`.

    Zhang et al. 2025 (Finer-CAM), arXiv 2501.11309. What the class shares with the others drops out.
    """

    index: int
    others: tuple[int, ...]
    alpha: float = 1.0
    scores: str = "softmax"

    def __post_init__(self) -> None:
        if not self.others or self.index in self.others:
            raise TargetError("contrast-alone", "A contrast needs at least one other class to compare with.")

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        others = " + ".join(f"z_{other}" for other in self.others)
        share = f"{self.alpha:g} · " if self.alpha != 1 else ""
        return f"y = z_{self.index} − {share}({others}) / {len(self.others)}"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., self.index] - self.alpha * logits[..., list(self.others)].mean(-1)

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The same difference of probabilities."""
        return self(probabilities(logits, self.scores))


@dataclass(frozen=True)
class ResidualScore(Aim):
    """y_c + log p_c, the logit plus the log-probability: a class score that is curved in the logits.

    Cai 2025 (Shapley-CAM), arXiv 2501.06261 (there: ReST).
    """

    index: int
    scores: str = "softmax"

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        return f"y = z_{self.index} + log p_{self.index}"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., self.index] + log_probabilities(logits, self.scores)[..., self.index]

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The class's probability, (...)."""
        return probabilities(logits, self.scores)[..., self.index]


@dataclass(frozen=True)
class Against(Aim):
    """What speaks against a target: its score with the sign turned, so that a map shows the negative evidence."""

    target: Any

    @property
    def index(self) -> int | None:
        return self.target.index

    @property
    def formula(self) -> str:
        """What is explained, in symbols: y of the logits z."""
        return f"y = −({self.target.formula.removeprefix('y = ')})"

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return -self.target(logits)

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The target's confidence with the sign turned."""
        return -self.target.confidence(logits)

    def likeness(self, logits: torch.Tensor) -> torch.Tensor:
        """The target's likeness with the sign turned."""
        return -self.target.likeness(logits)

    def of_classes(self, logits: torch.Tensor) -> torch.Tensor:
        """The same as of the target."""
        return self.target.of_classes(logits)


Target = ClassScore | Score | Contrast | ResidualScore | Against | BoxScore | BoxContrast | RegionScore


def look_alikes(logits: torch.Tensor, index: int, count: int = 3) -> tuple[int, ...]:
    """The `count` classes whose logits lie nearest to that of the class `index`, nearest first, for a `Contrast`."""
    distance = (logits - logits[index]).abs()
    distance[index] = torch.inf
    return tuple(distance.argsort(stable=True)[: min(count, len(logits) - 1)].tolist())


def all_look_alikes(logits: torch.Tensor, count: int = 3) -> torch.Tensor:
    """The same for every class at once, (K, count)."""
    distances = (logits[None] - logits[:, None]).abs()  # (K, K)
    distances.fill_diagonal_(torch.inf)
    return distances.topk(min(count, len(logits) - 1), largest=False).indices


OUTPUT_HINT = Message("logits-where", 'Say where the logits are: wrap_model(net, output=lambda out: out["scores"]).')


def logits_of(output: Any) -> torch.Tensor:
    """Return the logits (B, K) in what a network returns: the tensor, `output.logits`, `output["logits"]` or the first.

    Raises `TargetError` for an output of another shape.
    """
    logits = output
    if isinstance(output, dict) and "logits" in output:
        logits = output["logits"]
    elif (found := getattr(output, "logits", None)) is not None:
        logits = found
    elif isinstance(output, (tuple, list)) and output:
        logits = output[0]
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        raise TargetError(
            "output-no-logits",
            "The network must return logits of shape (batch, classes), and it returned {returned}. {remedy}",
            returned=described(output),
            remedy=_remedy(logits),
        )
    return logits


def _remedy(found: Any) -> Message:
    """The line that makes logits (B, K) of a tensor of another shape, or chooses them in what else there is."""
    shape = tuple(found.shape) if isinstance(found, torch.Tensor) else ()
    if len(shape) == 1:
        return Message(
            "logits-one-number", "If that is one number per image: wrap_model(net, output=lambda out: out[:, None])."
        )
    if len(shape) == 4 and shape[2:] == (1, 1):
        return Message("logits-one-place", "Take the places away: wrap_model(net, output=lambda out: out.flatten(1)).")
    if len(shape) == 4:
        return Message(
            "logits-of-places",
            "If these are logits at each place, sum them up: wrap_model(net, output=lambda out: out.mean((2, 3))).",
        )
    if len(shape) == 3:
        return Message(
            "logits-of-tokens",
            "If these are logits of tokens, take one or their mean: wrap_model(net, output=lambda out: out.mean(1)).",
        )
    return OUTPUT_HINT


def described(value: Any, depth: int = 2) -> Message:
    """What a network returned, in words: types, keys and shapes."""
    name = type(value).__name__
    if isinstance(value, torch.Tensor):
        return Message("tensor-of-shape", "a tensor of shape {shape}", shape=tuple(value.shape))
    if isinstance(value, Mapping):
        parts = [(f"{key!r}: ", part) for key, part in value.items()]
    elif isinstance(value, (tuple, list)):
        parts = [("", part) for part in value]
    elif hasattr(value, "__dict__"):
        parts = [(f".{key}: ", part) for key, part in vars(value).items()]
    else:
        return Message("value-of-type", "a value of type {type}", type=name)
    if not parts:
        return Message("empty-type", "an empty {type}", type=name)
    kind = (
        Message("value-an", "an {type}", type=name) if name[0] in "AEIOU" else Message("value-a", "a {type}", type=name)
    )
    if not depth:
        return kind
    inside = [f"{key}{described(part, depth - 1)}" for key, part in parts[:6]] + ["..."] * (len(parts) > 6)
    return Message("kind-with-parts", "{kind} ({inside})", kind=kind, inside=inside)


def resolve(target: Any, labels: Sequence[str], top: int, scores: str = "softmax") -> Target:
    """Turn what a caller gives into a target.

    None means the class `top`; an int or a label means that class's logit; a callable is taken as a function of the
    logits. `scores` says what the logits are. Raises `UnknownNameError` for a class that does not exist, `TargetError`
    for anything else.
    """
    if target is None:
        return ClassScore(top, scores)
    if isinstance(target, BoxScore | RegionScore):
        raise TargetError(
            "target-of-parts",
            "This target is of a box or a region, and the network gives classes of the whole image. Take one of these: "
            "trace.top()[0].",
        )
    if isinstance(target, Target):
        for index in (target.index, *getattr(target, "others", ())):
            if index is not None:
                _checked(index, labels)
        return _with_scores(target, scores)
    if callable(target):
        return Score(target)
    return ClassScore(number_of(target, labels), scores)


def number_of(target: Any, labels: Sequence[str]) -> int:
    """The index of a class given by its label or a number; raises `UnknownNameError`, `TargetError` of other values."""
    if isinstance(target, str):
        return class_index(target, labels)
    try:
        index = target.__index__()
    except (AttributeError, TypeError):
        raise TargetError(
            "target-type",
            "A target is None, a class index, a label or a function of the logits, not {type}.",
            type=type(target).__name__,
        ) from None
    return _checked(index, labels)


def of_another_task(instead: str) -> TargetError:
    """The error for a target that is a class's where the network gives none."""
    return TargetError(
        "target-of-classes",
        "This target compares the classes of a whole image, and the network answers for parts of it. Take one of its "
        "findings instead: {instead}.",
        instead=instead,
    )


def _with_scores(target: Target, scores: str) -> Target:
    """The same target of a model with these scores."""
    if isinstance(target, Against):
        return replace(target, target=_with_scores(target.target, scores))
    return target if isinstance(target, Score) else replace(target, scores=scores)  # both have them


def _checked(index: int, labels: Sequence[str]) -> int:
    if 0 <= index < len(labels):
        return index
    raise unknown("class", index, [f"0 to {len(labels) - 1}"])


def class_index(name: str, labels: Sequence[str]) -> int:
    """Return the index of a class given by its label (case does not matter) or by its number as text."""
    wanted = name.strip().casefold()
    for index, label in enumerate(labels):
        if label.casefold() == wanted:
            return index
    if wanted.isdecimal():
        return _checked(int(wanted), labels)
    numbers = Message("class-numbers", "Class numbers from 0 to {last} work too.", last=len(labels) - 1)
    raise unknown("class", name, labels, numbers)
