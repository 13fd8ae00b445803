"""The two maps that know nothing, which every table prints: what they reach is no merit of a method."""

from __future__ import annotations

import torch


def uniform(size: tuple[int, int]) -> torch.Tensor:
    """The same everywhere: ones (H, W). Its energy in a box is the box's share of the image."""
    return torch.ones(size)


def centre_gaussian(size: tuple[int, int]) -> torch.Tensor:
    """A Gaussian in the middle, (H, W) in (0, 1], its standard deviation a quarter of each side.

    Photographers put objects there, so it scores nearly as well as real maps where annotated photos are not cropped.
    """
    height, width = size
    rows = (torch.arange(height) + 0.5) / height - 0.5
    columns = (torch.arange(width) + 0.5) / width - 0.5
    gaussian = torch.exp(-(rows[:, None] ** 2 + columns[None, :] ** 2) / (2 * 0.25**2))
    return gaussian / gaussian.max()
