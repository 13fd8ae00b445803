"""Methods that take the main pattern of a matrix of activations."""

from __future__ import annotations

import torch

from .base import Map


def _first_component(matrix: torch.Tensor, grid: tuple[int, int]) -> Map:
    """Project the rows of `matrix` (n, C) on its first right singular vector, with a definite sign.

    The sign is the one with which the projection rises with the mean over channels; SVD alone leaves it to chance.
    """
    rows = matrix.double()
    if rows.shape[0] <= rows.shape[1]:
        values, vectors = torch.linalg.eigh(rows @ rows.T)  # (n, n)
        projection = vectors[:, -1] * values[-1].clamp(min=0).sqrt()
        direction = rows.T @ vectors[:, -1]
    else:
        direction = torch.linalg.eigh(rows.T @ rows).eigenvectors[:, -1]  # (C,)
        projection = rows @ direction
    mean = rows.mean(1)
    agreement = torch.dot(projection - projection.mean(), mean - mean.mean())
    if agreement.abs() <= 1e-12 * projection.norm() * mean.norm():  # a flat map: go by the sums
        agreement = projection.sum() * mean.sum()
    sign = -1.0 if agreement < 0 else 1.0
    weights = direction / direction.norm().clamp(min=1e-30)
    return Map((sign * projection).reshape(grid).float(), (sign * weights).float())


def _rows(maps: torch.Tensor) -> torch.Tensor:
    return maps.flatten(-2).T  # (C, h, w) -> (n, C)


def eigencam(activations) -> Map:
    """The projection of A, as a matrix (n, C), on its first right singular vector.

    Muhammad and Yeasin 2020, arXiv 2008.00299; uncentred as in the paper, the sign fixed. It does not see the class.
    """
    return _first_component(_rows(activations), tuple(activations.shape[-2:]))


def eigengradcam(activations, gradients) -> Map:
    """Eigen-CAM on g * A instead of A, so that the class counts."""
    return _first_component(_rows(gradients * activations), tuple(activations.shape[-2:]))
