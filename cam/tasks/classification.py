"""Classification: a network gives one score for each class; a finding is a class, its score the class's logit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import TargetError
from . import targets
from .scores import probabilities
from .targets import Target
from .task import Answer, Task


@dataclass(frozen=True)
class Prediction:
    """One class with its probability in [0, 1], of the kind that the model's `scores` say."""

    index: int
    label: str
    probability: float


class Classification(Task):
    """Answers are logits (B, K)."""

    name = "classification"

    def recognises(self, returned: Any) -> bool:
        return True  # `values` says what is wrong with anything else

    def values(self, returned: Any) -> torch.Tensor:
        return targets.logits_of(returned)

    def made(self, made: Any, returned: Any) -> torch.Tensor:
        if isinstance(made, torch.Tensor) and made.ndim == 2:
            return made
        raise TargetError(
            "output-made",
            "The network returned {returned}, and output= made {made} of it, not logits of shape (batch, classes). "
            "{hint}",
            returned=targets.described(returned),
            made=targets.described(made),
            hint=targets.OUTPUT_HINT,
        )

    def check(self, target: Any, labels: Sequence[str]) -> None:
        targets.resolve(target.index if isinstance(target, Prediction) else target, labels, 0)

    def findings(self, answer: Answer, k: int) -> list[Prediction]:
        chances = probabilities(answer.logits, answer.scores)
        values, indices = chances.topk(min(k, len(chances)))
        pairs = zip(indices.tolist(), values.tolist(), strict=True)
        return [Prediction(int(index), answer.labels[int(index)], float(value)) for index, value in pairs]

    def listed(self, answer: Answer) -> None:
        return None

    def resolve(self, target: Any, answer: Answer) -> Target:
        """None means the top class, a finding, an index or a label that class, a callable a function of the logits."""
        if isinstance(target, Prediction):
            target = target.index
        top = int(answer.logits.argmax()) if target is None else 0
        return targets.resolve(target, answer.labels, top, answer.scores)

    def told_target(self, target: Target, answer: Answer) -> dict[str, Any] | None:
        """The class that a target speaks of with its own probability, whatever it is held against."""
        if target.index is None:
            return None
        chance = float(probabilities(answer.logits, answer.scores)[target.index])
        return self.told(Prediction(target.index, answer.labels[target.index], chance))
