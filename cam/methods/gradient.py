"""Methods that weigh activations by gradients, or by the weights of a linear head."""

from __future__ import annotations

import torch

from .base import Map, weighted

EPSILON = 1e-7


def cam(activations, head_weights) -> Map:
    """sum_k w_k A_k with the head's own weights. Zhou et al. 2016, arXiv 1512.04150, eq. 2."""
    return weighted(head_weights, activations)


def gradcam(activations, gradients) -> Map:
    """sum_k mean(g_k) A_k. Selvaraju et al. 2017, arXiv 1610.02391, eqs. 1 and 2."""
    return weighted(gradients.mean((-2, -1)), activations)


def hirescam(activations, gradients) -> Map:
    """sum_k g_k A_k, element by element. Draelos and Carin 2020, arXiv 2011.08891."""
    return Map((gradients * activations).sum(-3), gradients)


def gradcam_elementwise(activations, gradients) -> Map:
    """sum_k ReLU(g_k A_k): Grad-CAM's gradients kept at their place, negative products cut."""
    return Map((gradients * activations).relu().sum(-3), gradients)


def gradcam_plusplus(activations, gradients) -> Map:
    """w_k = sum_ij alpha ReLU(g), alpha = g^2 / (2 g^2 + S_k g^3), S_k = sum_ij A_k.

    Chattopadhyay et al. 2018, arXiv 1710.11063, eq. 19; alpha is computed as 1 / (2 + S_k g) where g is not zero.
    """
    denominator = 2 + activations.sum((-2, -1), keepdim=True) * gradients
    usable = (gradients != 0) & (denominator != 0)
    alpha = torch.where(usable, 1 / denominator.where(usable, torch.ones_like(denominator)), 0)
    return weighted((alpha * gradients.relu()).sum((-2, -1)), activations)


def xgradcam(activations, gradients) -> Map:
    """w_k = sum_ij (g_k A_k) / S_k. Fu et al. 2020, arXiv 2008.02312, eq. 8; a channel with S_k = 0 gets no weight."""
    sums = activations.sum((-2, -1))
    products = (gradients * activations).sum((-2, -1))
    usable = sums.abs() > EPSILON
    return weighted(torch.where(usable, products / sums.where(usable, torch.ones_like(sums)), 0), activations)


def layercam(activations, gradients) -> Map:
    """sum_k ReLU(g_k) A_k. Jiang et al. 2021, IEEE TIP 30, eq. 6."""
    weights = gradients.relu()
    return Map((weights * activations).sum(-3), weights)
