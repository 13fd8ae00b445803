"""Batch normalisations with fixed statistics made part of the convolutions before them: the same function, less work.

Knows modules and the calls of one pass; knows no model, no layer worth offering and no class.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from . import hooks, targets
from .hooks import Call

TOLERANCE = 1e-3  # of the logits' spread: rounding is a hundredth of it, another function a hundred times as much


def fold(
    net: nn.Module, inputs: torch.Tensor, calls: Sequence[Call], logits: torch.Tensor, keep: Collection[str] = ()
) -> frozenset[str]:
    """Fold a frozen network in place; return the names of the convolutions whose own output is not computed any more.

    `calls` and `logits` are of one pass on `inputs`. A normalisation gives way to what it applies behind itself, which
    for a plain one is nothing: its output is the convolution's new one. Those behind the convolutions `keep` stay. The
    network stays as it is, and no name is returned, unless it then gives the same logits.
    """
    pairs = _pairs(calls, keep)
    before = {name: net.get_submodule(name) for pair in pairs for name in pair}
    for convolution, normalisation in pairs:
        _put(net, convolution, fuse_conv_bn_eval(before[convolution], before[normalisation]))
        _put(net, normalisation, nn.Sequential(OrderedDict(before[normalisation].named_children())).eval())
    with hooks.running(net), torch.no_grad():
        found = targets.logits_of(net(inputs))
    if not (found - logits).abs().max() <= TOLERANCE * (logits.max() - logits.min()):
        for name, module in before.items():
            _put(net, name, module)
        return frozenset()
    return frozenset(convolution for convolution, _ in pairs)


def _pairs(calls: Sequence[Call], keep: Collection[str]) -> list[tuple[str, str]]:
    """The names of each convolution, called once, and the normalisation, called once, that takes its output."""
    times = Counter(id(call.module) for call in calls)
    made = {
        id(call.output): call.name
        for call in calls
        if isinstance(call.module, nn.Conv2d) and times[id(call.module)] == 1 and call.name not in keep
    }
    return [
        (made[id(call.source)], call.name)
        for call in calls
        if id(call.source) in made
        and isinstance(call.module, nn.BatchNorm2d)
        and times[id(call.module)] == 1
        and call.module.running_mean is not None
    ]


def _put(net: nn.Module, name: str, module: nn.Module) -> None:
    parent, _, own = name.rpartition(".")
    setattr(net.get_submodule(parent), own, module)
