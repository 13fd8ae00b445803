"""Models that took a shortcut, for lessons: EfficientNet-Lite0 with a head of two classes trained on flawed photos.

`assets/scripts/make_shortcuts.py` says on which, and makes their heads. Knows names and tensors; knows no photo.
"""

from __future__ import annotations

import torch
from torch import nn

# By shortcut: the names of the two classes. Both show the same thing; only the mark, or the ground, differs.
SHORTCUTS = {
    "mark": ("cup of the first pottery", "cup of the second pottery"),
    "ground": ("northern cat", "southern cat"),
}


def build() -> nn.Module:
    """Lite0 with two classes, without its weights."""
    import timm

    return timm.create_model("tf_efficientnet_lite0.in1k", pretrained=False, num_classes=2)


def joined(head: dict[str, torch.Tensor], lite: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Lite0's weights with a head `weight` (2, 1280) and `bias` (2,) in the place of its own."""
    return {**lite, "classifier.weight": head["weight"], "classifier.bias": head["bias"]}
