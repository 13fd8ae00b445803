"""The networks of this package's own: how each is built, what it was trained with, its labels and its layer.

Knows names; a network's module is imported when it is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from torch import nn

from ..photos.views import Preprocess


@dataclass(frozen=True)
class Own:
    """One network: the `module` of this folder and the class in there; its input's `side`; its `default_layer`."""

    module: str
    kind: str
    side: int
    default_layer: str

    def build(self) -> nn.Module:
        """The network without its weights."""
        return getattr(import_module(f".{self.module}", __package__), self.kind)()

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its classes."""
        return import_module(f".{self.module}", __package__).LABELS

    def settings(self) -> dict[str, Any]:
        """What `weights.preprocessing` says of others: RGB by ImageNet's statistics, the photo squeezed."""
        usual = Preprocess()
        return {
            "size": (self.side, self.side),
            "resize": self.side,
            "mean": tuple(usual.mean),
            "std": tuple(usual.std),
            "interpolation": usual.interpolation,
        }


NETWORKS = {
    "nanodet": Own("nanodet", "NanoDet", 416, "stage4"),
    "u2netp": Own("u2netp", "U2NetP", 320, ""),
}
