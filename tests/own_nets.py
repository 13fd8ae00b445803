"""Serves the page on tiny networks of one's own: `python tests/own_nets.py FOLDER`; settings by environment."""

import sys
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).resolve().parents[1]


def net(classes, channels=3, seed=0):
    """A convolutional network with a head of `classes` outputs."""
    torch.manual_seed(seed)
    return nn.Sequential(
        *(nn.Conv2d(channels, 8, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(8, 12, 3, stride=2, padding=1)),
        *(nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, classes)),
    )


def two():
    """A network for the command line."""
    return net(2)


def models():
    """Networks of two, one and five classes, the last grey; the first and the last have one name."""
    from cam import Preprocess, wrap_model

    small = Preprocess(size=(64, 64), resize=64)
    grey = Preprocess(size=(48, 64), resize=48, mean=(0.5,), std=(0.5,))
    return [
        wrap_model(net(2), preprocess=small, labels=["husky", "wolf"], name="mine"),
        wrap_model(net(1), preprocess=small, labels=["tumour"], name="one"),
        wrap_model(net(5, 1, seed=1), preprocess=grey, name="mine"),
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from cam.page import serve

    serve(models())
