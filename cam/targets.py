"""What is explained: a scalar function of a network's logits.

Every target is a callable `logits (..., K) -> scores (...)`, so one target serves one image and a batch of masked ones.
Knows class indices and names; knows nothing about networks, layers or maps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional as F

from .errors import TargetError, unknown


@dataclass(frozen=True)
class ClassScore:
    """The logit of one class."""

    index: int

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., self.index]

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The class's softmax probability (sigmoid where the network has a single output)."""
        return probabilities(logits)[..., self.index]


@dataclass(frozen=True)
class Score:
    """Any scalar function of the logits; `function` maps (K,) to a scalar."""

    function: Callable[[torch.Tensor], torch.Tensor]

    @property
    def index(self) -> None:
        return None

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        if logits.ndim > 1:
            return torch.stack([self(row) for row in logits])
        score = self.function(logits)
        if not isinstance(score, torch.Tensor) or score.numel() != 1:
            raise TargetError("A target must return one number as a tensor; this one returns something else.")
        return score.reshape(())

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The score itself: a free function of the logits has no probability."""
        return self(logits)


@dataclass(frozen=True)
class Contrast:
    """A class against its look-alikes: y_c - mean_t(alpha y_t) over the classes t in `others`.

    Zhang et al. 2025 (Finer-CAM), arXiv 2501.11309. What the class shares with the others drops out.
    """

    index: int
    others: tuple[int, ...]
    alpha: float = 1.0

    def __post_init__(self):
        if not self.others or self.index in self.others:
            raise TargetError("A contrast needs at least one other class to compare with.")

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return logits[..., self.index] - self.alpha * logits[..., list(self.others)].mean(-1)

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The same difference of softmax probabilities."""
        return self(probabilities(logits))


@dataclass(frozen=True)
class ResidualScore:
    """y_c + log p_c, the logit plus the log-probability: a class score that is curved in the logits.

    Cai 2025 (Shapley-CAM), arXiv 2501.06261 (there: ReST).
    """

    index: int

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        logs = F.logsigmoid(logits) if logits.shape[-1] == 1 else logits.log_softmax(-1)
        return logits[..., self.index] + logs[..., self.index]

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The class's softmax probability."""
        return probabilities(logits)[..., self.index]


@dataclass(frozen=True)
class Against:
    """What speaks against a target: its score with the sign turned, so that a map shows the negative evidence."""

    target: Any

    @property
    def index(self) -> int | None:
        return self.target.index

    def __call__(self, logits: torch.Tensor) -> torch.Tensor:
        return -self.target(logits)

    def confidence(self, logits: torch.Tensor) -> torch.Tensor:
        """The target's confidence with the sign turned."""
        return -self.target.confidence(logits)


Target = ClassScore | Score | Contrast | ResidualScore | Against


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


def logits_of(output: Any) -> torch.Tensor:
    """Return the logits (B, K) in what a network returns: the tensor, `output.logits`, `output["logits"]` or the first.

    Raises `TargetError` for an output of another shape.
    """
    logits = output
    if isinstance(output, dict) and "logits" in output:
        logits = output["logits"]
    elif hasattr(output, "logits"):
        logits = output.logits
    elif isinstance(output, (tuple, list)) and output:
        logits = output[0]
    if not isinstance(logits, torch.Tensor) or logits.ndim != 2:
        found = tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__
        raise TargetError(
            f"The network must return logits of shape (batch, classes), not {found}. Wrap it in a module that does."
        )
    return logits


def probabilities(logits: torch.Tensor) -> torch.Tensor:
    """Softmax over the last axis; sigmoid where there is a single output."""
    return logits.sigmoid() if logits.shape[-1] == 1 else logits.softmax(-1)


def resolve(target: Any, labels: Sequence[str], top: int) -> Target:
    """Turn what a caller gives into a target.

    None means the class `top`; an int or a label means that class's logit; a callable is taken as a function of the
    logits. Raises `UnknownNameError` for a class that does not exist, `TargetError` for anything else.
    """
    if target is None:
        return ClassScore(top)
    if isinstance(target, Target):
        for index in (target.index, *getattr(target, "others", ())):
            if index is not None:
                _checked(index, labels)
        return target
    if isinstance(target, str):
        return ClassScore(class_index(target, labels))
    if callable(target):
        return Score(target)
    try:
        index = target.__index__()
    except (AttributeError, TypeError):
        raise TargetError(
            f"A target is None, a class index, a label or a function of the logits, not {type(target).__name__}."
        ) from None
    return ClassScore(_checked(index, labels))


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
    raise unknown("class", name, labels, f"Class numbers from 0 to {len(labels) - 1} work too.")
