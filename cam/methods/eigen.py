"""Methods that take the main pattern of a matrix of activations."""

from __future__ import annotations

import torch

from ..photos.views import sides
from .base import Map


def first_component(matrix: torch.Tensor, grid: tuple[int, int]) -> Map:
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
    weights = direction / direction.norm().clamp(min=1e-30)
    signed = _signed(projection, rows)
    sign = -1.0 if signed is not projection else 1.0
    return Map(signed.reshape(grid).float(), (sign * weights).float())


def _signed(projection: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The projection (n,) with the sign with which it rises with the mean over channels of `rows` (n, C).

    Where that mean is the same everywhere, as behind a layer normalisation, it goes by the sums, and where these are
    nothing either, the largest value is positive.
    """
    mean, rounding = rows.mean(1), 1e-5 * rows.abs().max()
    agreement = torch.dot(projection - projection.mean(), mean - mean.mean())
    if (mean - mean.mean()).abs().max() <= rounding:
        agreement = projection.sum() * mean.sum()
        if mean.abs().max() <= rounding or projection.sum().abs() <= 1e-5 * projection.abs().sum():
            agreement = projection[projection.abs().argmax()]
    return -projection if agreement < 0 else projection


def _rows(maps: torch.Tensor) -> torch.Tensor:
    return maps.flatten(-2).T  # (C, h, w) -> (n, C)


def eigencam(activations: torch.Tensor) -> Map:
    """The projection of A, as a matrix (n, C), on its first right singular vector.

    Muhammad and Yeasin 2020, arXiv 2008.00299; uncentred as in the paper, the sign fixed. It does not see the class.
    """
    return first_component(_rows(activations), sides(activations))


def eigengradcam(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """Eigen-CAM on g * A instead of A, so that the class counts."""
    return first_component(_rows(gradients * activations), sides(activations))


def eigencam_centred(activations: torch.Tensor) -> Map:
    """Eigen-CAM after the mean of each channel is taken away: the main way in which places differ.

    Variant of Muhammad and Yeasin 2020, arXiv 2008.00299, and what the library grad-cam computes under that name.
    """
    rows = _rows(activations)
    return first_component(rows - rows.mean(0), sides(activations))


def eigengradcam_centred(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """Centred Eigen-CAM on g * A instead of A; the sign is the one with which it rises with the sum over channels."""
    return eigencam_centred(gradients * activations)


def kpca_cam(activations: torch.Tensor) -> Map:
    """The first kernel principal component of the places: sqrt(l) v of the centred K_ij = tanh(x_i.x_j / C + 1).

    Karmani et al. 2024, arXiv 2410.00267; x_i are the C activations at place i, less each channel's mean. The sign is
    fixed as in Eigen-CAM.
    """
    rows = _rows(activations).double()
    centred = rows - rows.mean(0)
    kernel = torch.tanh(centred @ centred.T / rows.shape[1] + 1)  # (n, n)
    kernel = kernel - kernel.mean(0) - kernel.mean(1, keepdim=True) + kernel.mean()
    value, vector = largest(kernel)
    value = torch.where(value > 1e-12 * len(rows), value, 0)  # no more than rounding: all places are alike
    projection = _signed(vector * value.sqrt(), rows)
    return Map(projection.reshape(activations.shape[-2:]).float())


def largest(matrix: torch.Tensor, direct: int = 800) -> tuple[torch.Tensor, torch.Tensor]:
    """The largest eigenvalue of a symmetric matrix (n, n) and its vector; by iteration where n > `direct`."""
    if len(matrix) <= direct:
        values, vectors = torch.linalg.eigh(matrix)
        return values[-1], vectors[:, -1]
    generator = torch.Generator().manual_seed(0)
    basis = torch.randn(len(matrix), 8, generator=generator, dtype=torch.float64).to(matrix)
    for _ in range(60):
        basis = torch.linalg.qr(matrix @ basis).Q
    values, vectors = torch.linalg.eigh(basis.T @ matrix @ basis)
    return values[-1], basis @ vectors[:, -1]
