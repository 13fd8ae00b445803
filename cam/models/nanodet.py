"""NanoDet-g, a detector of 80 kinds of things: plain convolutions, three grids, and a box at each of their places.

Written from what is known of its weights (`assets/weights/README.md`). Knows tensors; knows no photo.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from ..tasks.boxes import Boxes

STRIDES = (8, 16, 32)
CLASSES, BINS, WIDTH = 80, 11, 128

# The names of COCO's 80 classes, in the order of the weights.
LABELS = tuple(Path(__file__).with_name("coco.txt").read_text(encoding="utf-8").splitlines())


def _conv(inward: int, outward: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution with a bias and its LeakyReLU."""
    return nn.Sequential(nn.Conv2d(inward, outward, size, stride, size // 2), nn.LeakyReLU(0.1))


class Unit(nn.Module):
    """cat(b(a(x)), a(x)): two convolutions of half the width, side by side."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a, self.b = _conv(width, width // 2), _conv(width // 2, width // 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.a(x)
        return torch.cat([self.b(a), a], 1)


class Stage(nn.Module):
    """cat(out(units(inp(x))), inp(x)): twice the `width` channels, at 1 / `stride` of the size."""

    def __init__(self, width: int, units: int, stride: int) -> None:
        super().__init__()
        self.inp = _conv(width, width, stride=stride)
        self.res = nn.Sequential(*(Unit(width) for _ in range(units)))
        self.out = _conv(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.inp(x)
        return torch.cat([self.out(self.res(x)), x], 1)


class NanoDet(nn.Module):
    """Images (B, 3, H, W) -> `Boxes` of a candidate at each place of three grids.

    RGB with ImageNet's mean and deviation; its first weights are of BGR, and turned here.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 32, stride=2), nn.MaxPool2d(3, 2, 1))
        self.stage1, self.stage2 = Stage(32, 1, 1), Stage(64, 2, 2)
        self.stage3, self.stage4 = Stage(128, 2, 2), Stage(256, 3, 2)
        self.lateral = nn.ModuleList(nn.Sequential(nn.Conv2d(width, WIDTH, 1)) for width in (128, 256, 512))
        self.head = nn.ModuleList(_conv(WIDTH, WIDTH) for _ in STRIDES)
        self.pred = nn.ModuleList(nn.Conv2d(WIDTH, CLASSES + 4 * BINS, 1) for _ in STRIDES)

    def forward(self, x: torch.Tensor) -> Boxes:
        second = self.stage2(self.stage1(self.stem(x.flip(1))))
        third = self.stage3(second)
        fine, middle, coarse = (
            side(stage) for side, stage in zip(self.lateral, (second, third, self.stage4(third)), strict=True)
        )
        middle = middle + _resized(coarse, middle)
        fine = fine + _resized(middle, fine)
        middle_out = middle + _resized(fine, middle)
        maps = (fine, middle_out, coarse + _resized(middle_out, coarse))
        found = [
            _decoded(pred(head(one)), stride)
            for one, head, pred, stride in zip(maps, self.head, self.pred, STRIDES, strict=True)
        ]
        return Boxes(torch.cat([one.boxes for one in found], 1), torch.cat([one.logits for one in found], 1))


def _resized(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)


def _decoded(found: torch.Tensor, stride: int) -> Boxes:
    """Boxes (B, h*w, 4) in input pixels and logits (B, h*w, K) from a grid (B, K + 4 * bins, h, w).

    Each side's distance from the place's centre is the mean of 0 .. 10 under a softmax, in strides.
    """
    height, width = found.shape[-2:]
    flat = found.flatten(2).transpose(1, 2)  # (B, h*w, K + 4 * bins)
    bins = flat[..., CLASSES:].unflatten(-1, (4, BINS)).softmax(-1)
    sides = (bins * torch.arange(BINS, device=found.device, dtype=found.dtype)).sum(-1) * stride
    rows, columns = torch.meshgrid(
        torch.arange(height, device=found.device), torch.arange(width, device=found.device), indexing="ij"
    )
    centres = (torch.stack([columns, rows], -1).flatten(0, 1).to(found.dtype) + 0.5) * stride  # (h*w, 2): x, y
    boxes = torch.cat([centres - sides[..., :2], centres + sides[..., 2:]], -1)
    return Boxes(boxes, flat[..., :CLASSES])
