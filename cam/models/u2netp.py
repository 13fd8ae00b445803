"""U2-Net-P, which tells the foreground of a photo: a U of eleven stages, each a small U itself (Qin et al. 2020).

Written from what is known of its weights (`assets/weights/README.md`), arXiv 2005.09007. Knows tensors; knows no photo.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F

WIDTH, INNER = 64, 16
LABELS = ("foreground",)


class Conv(nn.Sequential):
    """A convolution with a bias and its ReLU."""

    def __init__(self, inward: int, outward: int, dilation: int = 1) -> None:
        super().__init__(nn.Conv2d(inward, outward, 3, padding=dilation, dilation=dilation), nn.ReLU())


class Stage(nn.Module):
    """A U of `depth` convolutions down and one less up, added to what it starts from.

    Each step down halves the map, but for the last, which is dilated; in a `flat` one all are
    dilated and none is halved.
    """

    def __init__(self, inward: int, depth: int, flat: bool = False) -> None:
        super().__init__()
        self.flat = flat
        down = [2**step for step in range(depth)] if flat else [1] * (depth - 1) + [2]
        self.inp = Conv(inward, WIDTH)
        self.down = nn.ModuleList(Conv(INNER if step else WIDTH, INNER, size) for step, size in enumerate(down))
        self.up = nn.ModuleList(
            Conv(2 * INNER, INNER if step else WIDTH, down[step] if flat else 1) for step in reversed(range(depth - 1))
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.inp(x)
        kept: list[torch.Tensor] = []
        for step, conv in enumerate(self.down):
            halved = not self.flat and 0 < step < len(self.down) - 1
            source = kept[-1] if kept else x
            kept.append(conv(_halved(source) if halved else source))
        found = kept.pop()
        for conv in self.up:
            side = kept.pop()
            found = conv(torch.cat([_resized(found, side), side], 1))
        return found + x


class U2NetP(nn.Module):
    """Images (B, 3, H, W), RGB with ImageNet's mean and deviation -> logits (B, 1, H, W) of the foreground."""

    def __init__(self) -> None:
        super().__init__()
        sizes = ((7, False), (6, False), (5, False), (4, False), (4, True), (4, True))
        self.down = nn.ModuleList(Stage(WIDTH if number else 3, *size) for number, size in enumerate(sizes))
        self.up = nn.ModuleList(Stage(2 * WIDTH, *size) for size in reversed(sizes[:-1]))
        self.side = nn.ModuleList(nn.Conv2d(WIDTH, 1, 3, padding=1) for _ in sizes)
        self.out = nn.Conv2d(len(sizes), 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept: list[torch.Tensor] = []
        for number, stage in enumerate(self.down):
            kept.append(stage(_halved(kept[-1]) if number else x))
        found = [kept.pop()]
        for stage in self.up:
            side = kept.pop()
            found.insert(0, stage(torch.cat([_resized(found[0], side), side], 1)))
        answers = [side(one) for side, one in zip(self.side, found, strict=True)]  # the finest first
        return self.out(torch.cat([_resized(one, answers[0]) for one in answers], 1))


def _halved(x: torch.Tensor) -> torch.Tensor:
    return F.max_pool2d(x, 2, ceil_mode=True)


def _resized(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return x if x.shape[-2:] == like.shape[-2:] else F.interpolate(x, like.shape[-2:], mode="bilinear")
