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


class Map(NamedTuple):
    """A method's result: `raw` (..., h, w) signed, and the channel `weights` (..., C), (..., C, h, w) or None."""

    raw: torch.Tensor
    weights: torch.Tensor | None = None


def weighted(weights: torch.Tensor, activations: torch.Tensor) -> Map:
    """sum_k w_k A_k for weights (..., C)."""
    if weights.ndim == 1:
        return Map((weights[:, None, None] * activations).sum(0), weights)
    raw = weights @ activations.flatten(1)  # (..., C) x (C, h*w): many targets at once need no (..., C, h, w)
    return Map(raw.unflatten(-1, activations.shape[1:]), weights)


@dataclass(frozen=True)
class Method:
    """One method: what it is called, what it costs and what it needs.

    `summary` says what it does, `advice` when to use it and where it misleads, a sentence each; `cost` in words.
    `needs` are the names of the tensors that `function` takes: activations, gradients, head_weights, trace, target.
    `unit` of the raw map; `streams`: it improves step by step; `class_blind`: the map is the same for every class;
    `batched`: many gradients go through in one call; `signed`: negative values of the raw map are evidence against the
    target; `layer_blind`: the map is the same for every layer; `requires`: what it needs of a network, names in
    `requirements.REQUIREMENTS`.
    """

    name: str
    title: str
    summary: str
    advice: str
    cost: str
    paper: str
    needs: tuple[str, ...]
    function: Callable[..., Any]
    streams: bool = False
    class_blind: bool = False
    batched: bool = False
    unit: str = ""
    signed: bool = False
    layer_blind: bool = False
    requires: tuple[str, ...] = ()
