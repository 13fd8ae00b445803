"""Which floating-point type a network runs fastest in on its device, found by timing it.

Half precision is quicker on most accelerators and on processors with instructions for it, and slower elsewhere; nothing
but a measurement tells. Knows networks and inputs; knows no models by name.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..tasks import targets
from . import hooks

WORTH_IT = 1.25  # times as fast as float32, or it stays at float32
TOLERANCE = 0.02  # of the logits' spread that half precision may change them by
_ROUNDS = 3
_HOPELESS = 3  # times as long as in float32: where a pass takes that, no other is faster
_LEAST = 0.05  # seconds of a pass that is worth ending the timing for

HALF = {"cuda": torch.float16, "mps": torch.float16}  # types that a network is converted to, by device
_BATCH = {"cpu": 4}  # images that are timed at a time, by device
_MANY = 32  # elsewhere; fewer would time launches, and methods with many passes need the kernels for as many


def seconds(
    net: nn.Module, inputs: torch.Tensor, dtype: torch.dtype | None = None, enough: float = float("inf")
) -> float:
    """Return the shortest time of a few graph-free passes, with automatic casting to `dtype` where one is given.

    A pass that takes longer than `enough` seconds ends the timing: no other would be so much shorter. The first one,
    which chooses kernels, may take three times that.
    """
    device, best = inputs.device.type, float("inf")
    batch = inputs.expand(_BATCH.get(device, _MANY), *inputs.shape[1:])
    batch = batch.contiguous(memory_format=torch.channels_last)
    with hooks.running(net), torch.no_grad(), torch.autocast(device, dtype, enabled=dtype is not None):
        for number in range(_ROUNDS + 1):
            _wait(device)
            start = time.perf_counter()
            net(batch)
            _wait(device)
            took = time.perf_counter() - start
            best = min(best, took)
            if took > enough * (1 if number else 3):
                break
    return best


def _wait(device: str) -> None:
    if device in ("cuda", "mps"):
        getattr(torch, device).synchronize()


def settled(net: nn.Module, inputs: torch.Tensor, read: Callable[[Any], torch.Tensor] = targets.logits_of) -> nn.Module:
    """Return the network in half precision where its device runs it so much faster and its logits stay, else as it is.

    `inputs` (1, C, H, W) float32 on the network's device; `read` makes logits of what it returns.
    """
    dtype = HALF.get(inputs.device.type)
    if dtype is None:
        return net
    rough = copy.deepcopy(net).to(dtype)
    if seconds(net, inputs) < WORTH_IT * seconds(rough, inputs.to(dtype)):
        return net
    with torch.no_grad():
        exact, found = (_logits(one, inputs.to(kind), read) for one, kind in ((net, inputs.dtype), (rough, dtype)))
    return rough if bool((exact - found).abs().max() <= TOLERANCE * (exact.max() - exact.min())) else net


def _logits(net: nn.Module, inputs: torch.Tensor, read: Callable[[Any], torch.Tensor]) -> torch.Tensor:
    with hooks.running(net):
        return read(net(inputs)).float()


_gains: WeakKeyDictionary[nn.Module, float] = WeakKeyDictionary()


def gain_of_bfloat16(net: nn.Module, inputs: torch.Tensor) -> float:
    """How many times as fast a float32 network runs with automatic casting to bfloat16; timed once per network."""
    if net not in _gains:
        exact = seconds(net, inputs)
        _gains[net] = exact / seconds(net, inputs, torch.bfloat16, max(_LEAST, _HOPELESS * exact))
    return _gains[net]
