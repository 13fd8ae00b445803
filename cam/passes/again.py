"""Passes that ask a network again: for other images, or for changed maps at a recorded layer, piece by piece.

Knows chunks, carriers and batches; knows no gradient and no method. `Trace` is built on it.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..models.load import Model
from ..network import hooks
from ..network.layouts import Layout

CHUNK_BYTES = 32 * 2**20  # of the tensor that a chunk feeds to the network, at most
CHUNK_SECONDS = 0.15  # that a chunk aims at: so long does a stop, or another visitor's pass, wait
CHUNK_SIZES = (1, 8, 32, 128)  # on accelerators, which choose kernels anew, often for seconds, for each size they meet


class Again:
    """What a `Trace` can ask its network again; it has the recorded `model`, `input`, `layer` and `logits`."""

    model: Model
    input: torch.Tensor
    layer: str
    logits: torch.Tensor
    precision: torch.dtype | None
    part: float
    _layout: Layout
    _leaf: torch.Tensor
    _calls: int

    def scores_of_activations(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the logits (B, K) when the layer's maps are replaced by `maps` (B, C, h, w); prefix tokens stay."""
        replacement = self._layout.restore(maps.to(self._leaf), self._leaf.detach())
        carrier, repeated, written = self._resume_input
        carrier = _repeated(carrier, len(maps) if repeated else 1)
        return self._resume(carrier, replacement.clone() if written else replacement)

    def scores_of_images(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the logits (B, K) of the whole model for inputs (B, C, H, W), preprocessed as `input` is."""
        casting = torch.autocast(self.input.device.type, self.precision, enabled=self.precision is not None)
        with hooks.running(self.model.net), torch.no_grad(), casting:
            return self.model.logits_of(self.model.net(batch.to(self.input))).float()

    def in_chunks(
        self,
        scorer: Callable[[torch.Tensor], Any],
        build: Callable[[torch.Tensor], torch.Tensor],
        order: torch.Tensor | Sequence[int],
        most: int = 256,
    ) -> Iterator[tuple[torch.Tensor, Any]]:
        """Score many inputs piece by piece: yields `(indices, scorer(batch))` until `order` is through.

        `build(indices)` makes the batch of a chunk, of at most `most` inputs; `scorer` is one of the methods above. The
        network's lock is free between chunks; closing the iterator stops the work. A chunk ends where `part` of the
        work is done, however long the passes take.
        """
        order = torch.as_tensor(order)
        if len(order) > 1 and not self.takes_batches:
            most = 1
        part = math.ceil(round(self.part * len(order), 6))
        size = 1
        start = 0
        while start < len(order):
            begun = time.perf_counter()
            indices = order[start : min(start + size, part if start < part else len(order))]
            if self.input.device.type != "cpu":
                indices = indices[: max(one for one in CHUNK_SIZES if one <= len(indices))]
            count = len(indices)
            batch = build(indices)
            scores = scorer(batch)
            fitting = CHUNK_BYTES * count // max(1, batch.nbytes)
            timely = int(count * CHUNK_SECONDS / (time.perf_counter() - begun))
            yield indices, scores
            start += count
            size = max(1, min(most, fitting, timely, 8 * count))

    def _resume(self, carrier: torch.Tensor, replacement: torch.Tensor) -> torch.Tensor:
        """Run the network on `carrier` (1 or B, C, H, W) with the layer's output replaced at its last call."""
        net = self.model.net
        module = hooks.module_at(net, self.layer)
        calls = itertools.count(1)

        def replace(output: Any) -> Any:
            recorded = next(calls) == self._calls
            return self._layout.put(output, replacement) if recorded else output

        with hooks.running(net), torch.no_grad(), hooks.tapped(module, replace):
            return self.model.logits_of(net(carrier)).float()

    @cached_property
    def _resume_input(self) -> tuple[torch.Tensor, bool, bool]:
        """The input (1, C, H, W) that carries a pass to the layer, whether it is repeated for each replaced map, and
        whether what lies behind the layer may write into what it is given.

        One small blank image does, unless something leads around the layer, or the network takes one size only, or it
        reads the batch size off its input, or it changes itself for the size. The cheapest that gives the recorded
        logits is found once per trace; on an accelerator that is not a small one, for which it would choose its kernels
        anew.
        """
        small = self.input.new_zeros(1, self.input.shape[1], 32, 32)
        recorded = self._leaf.detach()
        carriers = [(small, False), (small, True)] if self.input.device.type == "cpu" else []
        copies = 2 if self.takes_batches else 1
        for carrier, repeated in (*carriers, (self.input, False)):
            with torch.inference_mode(False):  # elsewhere a tensor does not count what is written into it
                several = self._layout.restore(self._layout.maps(recorded).expand(copies, -1, -1, -1), recorded).clone()
            try:
                with hooks.trial(self.model.net) as trial:
                    logits = self._resume(_repeated(carrier, copies if repeated else 1), several)
            except Exception:  # a network says in its own way that it does not take this
                continue
            right = logits.shape == (copies, *self.logits.shape) and torch.allclose(
                logits, self.logits, rtol=1e-4, atol=1e-5
            )
            if right and not trial.changed:
                written = several._version > 0 or not torch.equal(
                    self._layout.maps(several)[0], self._layout.maps(recorded)[0]
                )
                return carrier, repeated, written
        return self.input, True, True

    @property
    def takes_batches(self) -> bool:
        """Whether the network treats each of several images as it would alone; tried once per network."""
        net = self.model.net
        if net not in _TAKES_BATCHES:
            other = self.input.flip(-1) * 0.5
            with hooks.trial(net):
                alone = [self.scores_of_images(one) for one in (self.input, other)]
                try:
                    together = self.scores_of_images(torch.cat([self.input, other]))
                except Exception:  # a network says in its own way that it takes one image only
                    together = torch.zeros(0)
            alike = alone[0].shape == alone[1].shape and together.shape == (2, *alone[0].shape[1:])
            if alike:
                found, expected = map(self.model.reader.task.by_class, (together, torch.cat(alone)))
                alike = bool((found - expected).abs().max() <= 1e-2 * expected.abs().max() + 1e-5)
            _TAKES_BATCHES[net] = alike
        return _TAKES_BATCHES[net]


_TAKES_BATCHES: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()


def _repeated(tensor: torch.Tensor, count: int) -> torch.Tensor:
    return tensor.expand(count, *tensor.shape[1:])
