"""Methods that take the main pattern of a matrix of activations."""

from __future__ import annotations

import torch

from ..photos.views import sides
from .base import Map
from .telling import listening, tell


def first_component(matrix: torch.Tensor, grid: tuple[int, int], of: str = "activations") -> Map:
    """Project the rows of `matrix` (n, C) on its first right singular vector, with a definite sign.

    The sign is the one with which the projection rises with the mean over channels; SVD alone leaves it to chance.
    `of` is the name of the step that the matrix comes from.
    """
    rows = matrix.double()
    if rows.shape[0] <= rows.shape[1]:
        values, vectors = torch.linalg.eigh(rows @ rows.T)  # (n, n)
        projection = vectors[:, -1] * values[-1].clamp(min=0).sqrt()
        direction = rows.T @ vectors[:, -1]
    else:
        values, vectors = torch.linalg.eigh(rows.T @ rows)  # (C, C)
        direction = vectors[:, -1]
        projection = rows @ direction
    weights = direction / direction.norm().clamp(min=1e-30)
    signed = _signed(projection, rows)
    sign = -1.0 if signed is not projection else 1.0
    weights = tell("direction", (sign * weights).float(), f"v = first right singular vector of X (n, C), X = {of}", of)
    if listening():
        share = values[-1] / values.clamp(min=0).sum().clamp(min=1e-30)
        tell("variance_share", share, "σ_1² / Σ_m σ_m²", of)
    raw = tell("projection", signed.reshape(grid).float(), "L_ij = Σ_k v_k · X_k,ij", "direction", of)
    return Map(raw, weights)


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
    products = tell("products", gradients * activations, "P_k,ij = g_k,ij · A_k,ij", "gradients", "activations")
    return first_component(_rows(products), sides(activations), "products")


def eigencam_centred(activations: torch.Tensor) -> Map:
    """Eigen-CAM after the mean of each channel is taken away: the main way in which places differ.

    Variant of Muhammad and Yeasin 2020, arXiv 2008.00299, and what the library grad-cam computes under that name.
    """
    return _centred(activations, "activations")


def eigengradcam_centred(activations: torch.Tensor, gradients: torch.Tensor) -> Map:
    """Centred Eigen-CAM on g * A instead of A; the sign is the one with which it rises with the sum over channels."""
    products = tell("products", gradients * activations, "P_k,ij = g_k,ij · A_k,ij", "gradients", "activations")
    return _centred(products, "products")


def _centred(maps: torch.Tensor, of: str) -> Map:
    """The main pattern of maps (C, h, w), the step `of`, less the mean of each channel."""
    rows = _rows(maps)
    rows = rows - rows.mean(0)
    tell("centred", rows.T.reshape(maps.shape), f"X_k,ij = M_k,ij − 1/(h·w) · Σ_ij M_k,ij, M the {of}", of)
    return first_component(rows, sides(maps), "centred")


def kpca_cam(activations: torch.Tensor) -> Map:
    """The first kernel principal component of the places: sqrt(l) v of the centred K_ij = tanh(x_i.x_j / C + 1).

    Karmani et al. 2024, arXiv 2410.00267; x_i are the C activations at place i, less each channel's mean. The sign is
    fixed as in Eigen-CAM.
    """
    rows = _rows(activations).double()
    centred = rows - rows.mean(0)
    kernel = torch.tanh(centred @ centred.T / rows.shape[1] + 1)  # (n, n)
    kernel = kernel - kernel.mean(0) - kernel.mean(1, keepdim=True) + kernel.mean()
    tell("kernel", kernel, "K_ij = tanh(x_i · x_j / C + 1), less the means of rows and columns", "activations")
    value, vector = largest(kernel)
    value = torch.where(value > 1e-12 * len(rows), value, 0)  # no more than rounding: all places are alike
    tell("eigenvalue", value, "λ, the largest eigenvalue of K", "kernel")
    projection = _signed(vector * value.sqrt(), rows).reshape(activations.shape[-2:]).float()
    tell("component", projection, "L = √λ · v, K v = λ v, rising with the mean over channels", "kernel", "eigenvalue")
    return Map(projection)


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
