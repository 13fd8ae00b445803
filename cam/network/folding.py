"""Batch normalisations with fixed statistics made part of the convolutions before them: the same function, less work.

Knows modules and the calls of one pass; knows no model, no layer worth offering and no class.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Sequence
from typing import Any

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from ..tasks import targets
from . import hooks
from .hooks import Call

TOLERANCE = 1e-3  # of the logits' spread: rounding is a hundredth of it, another function a hundred times as much


def fold(
    net: nn.Module,
    inputs: torch.Tensor,
    calls: Sequence[Call],
    logits: torch.Tensor,
    keep: Collection[str] = (),
    read: Callable[[Any], torch.Tensor] = targets.logits_of,
) -> frozenset[str]:
    """Fold a frozen network in place; return the names of the modules whose own output is not computed any more.

    `calls` and `logits` are of one pass on `inputs`; `read` makes logits of what the network returns. A normalisation
    gives way to what it applies behind itself, which for a plain one is nothing: its output is the convolution's new
    one. The outputs of the modules `keep` stay. The network stays as it is, and no name is returned, unless it then
    gives the same logits.
    """
    pairs = _pairs(calls, keep)
    before = {call.name: call.module for pair in pairs for call in pair}
    for convolution, normalisation in pairs:
        first, second = convolution.module, normalisation.module
        assert isinstance(first, nn.Conv2d)
        assert isinstance(second, nn.BatchNorm2d)
        _put(net, convolution.name, fuse_conv_bn_eval(first, second))
        _put(net, normalisation.name, nn.Sequential(OrderedDict(second.named_children())).eval())
    with hooks.running(net), torch.no_grad():
        found = read(net(inputs))
    if not (found - logits).abs().max() <= TOLERANCE * (logits.max() - logits.min()):
        for name, module in before.items():
            _put(net, name, module)
        return frozenset()
    gone = {id(convolution.output) for convolution, _ in pairs}
    return frozenset(call.name for call in calls if id(call.output) in gone)  # and whatever hands it on


def _pairs(calls: Sequence[Call], keep: Collection[str]) -> list[tuple[Call, Call]]:
    """Each convolution and the normalisation that alone takes its output, both called once.

    A convolution's own bias would lose its place in FullGrad: one that has a bias is left out.
    """
    times = Counter(id(call.module) for call in calls)
    kept = {id(call.output) for call in calls if call.name in keep}
    made = {
        id(call.output): call
        for call in calls
        if isinstance(call.module, nn.Conv2d)
        and call.module.bias is None
        and times[id(call.module)] == 1
        and id(call.output) not in kept
    }
    return [
        (made[id(call.source)], call)
        for call in calls
        if id(call.source) in made
        and isinstance(call.module, nn.BatchNorm2d)
        and call.module.running_mean is not None
        and times[id(call.module)] == 1
        and all(_holds(other, call) for other in calls if other.source is call.source)
    ]


def _holds(outer: Call, inner: Call) -> bool:
    """Whether one call's module is the other's, or lies around it."""
    return f"{inner.name}.".startswith(f"{outer.name}.")


def _put(net: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(net.get_submodule(parent), own, module)
