"""A tiny seeded network of any number of channels, its preprocessing, and arrays to show it."""

import numpy as np
import torch
from torch import nn

from cam import Preprocess, wrap_model

SIZE = (24, 32)
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (40, 50), dtype=np.uint8)
SIX = RNG.integers(0, 256, (40, 50, 6), dtype=np.uint8)


class Net(nn.Module):
    """Two convolutions from `channels` channels, pooling and a linear layer to four classes."""

    def __init__(self, channels):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, 6, 3, stride=2, padding=1), nn.ReLU())
        self.conv = nn.Conv2d(6, 8, 3, stride=2, padding=1)
        self.head = nn.Linear(8, 4)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.05, 0.4)
        self.eval()

    def forward(self, x):
        return self.head(self.conv(self.stem(x)).relu().mean((2, 3)))


def preprocess(channels):
    return Preprocess(
        SIZE, 36, mean=[0.1 * (k + 1) for k in range(channels)], std=[0.2 + 0.1 * k for k in range(channels)]
    )


def model_of(channels, **options):
    return wrap_model(Net(channels), preprocess=preprocess(channels), **options)
