"""What a method is: a function of named tensors with an entry that says what it costs and what it needs.

Notation in this package: `activations` A (C, h, w), `gradients` g = dy/dA (..., C, h, w), where a leading axis stands
for several targets at once, n = h * w. A method returns `Map(raw (..., h, w) signed, weights or None)`; one that needs
further passes is a generator of `(Map, share done)`. Knows nothing about images, colours or how a trace is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from ..messages import Message
from .telling import tell


class Map(NamedTuple):
    """A method's result: `raw` (..., h, w) signed, and the channel `weights` (..., C), (..., C, h, w) or None."""

    raw: torch.Tensor
    weights: torch.Tensor | None = None


def weighted(weights: torch.Tensor, activations: torch.Tensor) -> Map:
    """sum_k w_k A_k for weights (..., C)."""
    if weights.ndim == 1:
        raw = (weights[:, None, None] * activations).sum(0)
        tell("weighted_sum", raw, "L_ij = Σ_k w_k · A_k,ij", "weights", "activations")
        return Map(raw, weights)
    raw = weights @ activations.flatten(1)  # (..., C) x (C, h*w): many targets at once need no (..., C, h, w)
    return Map(raw.unflatten(-1, activations.shape[1:]), weights)


SPEEDS = {
    "instant": "from what a recorded pass has, with one backward pass behind the layer at most",
    "pass": "by one more pass of the model",
    "passes": "by many passes, improving step by step",
}


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method: what it is called, what it costs and what it needs.

    `summary` says what it does, `advice` when to use it and where it misleads, a sentence each; `speed` is a key of
    `SPEEDS`, and `cost` says it in words.
    `needs` are the names of the tensors that `function` takes: activations, gradients, head_weights, trace, target.
    `unit` of the raw map; `class_blind`: the map is the same for every class;
    `batched`: many gradients go through in one call; `signed`: negative values of the raw map are evidence against the
    target; `layer_blind`: the map is the same for every layer; `requires`: what it needs of a network, names in
    `requirements.REQUIREMENTS`.
    """

    name: str
    title: str
    summary: str
    advice: str
    speed: str
    cost: str = "instant"
    paper: str
    needs: tuple[str, ...]
    function: Callable[..., Any]
    class_blind: bool = False
    batched: bool = False
    unit: str = ""
    signed: bool = False
    layer_blind: bool = False
    requires: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.speed not in SPEEDS:
            raise ValueError(f"The speed of {self.name} is one of {', '.join(SPEEDS)}, not {self.speed!r}.")

    @property
    def said_title(self) -> Message:
        """The title as a word of a sentence that another language may say."""
        return Message(f"method-{self.name}-title", self.title)

    @property
    def streams(self) -> bool:
        """Whether the map improves step by step."""
        return self.speed == "passes"
