"""Maps of the leading libraries, as an oracle for ours: grad-cam, torchcam and captum, each called as its manual says.

They are requirements of the tests, so one that is missing is an error and never a skipped test. Knows how each library
is asked for a map of one class at one layer; knows nothing about our own computation.
"""

import functools
import warnings
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import torch
from torch import nn


@functools.cache
def _libraries():
    """The libraries, imported with the first map: they take seconds, of every process that collects the tests."""
    own = ("pytorch_grad_cam", "ttach", "torchcam", "captum")
    with warnings.catch_warnings():
        for package in (*own, "sklearn", "scipy", "matplotlib", "pyparsing"):
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=rf"{package}(\.|$)")
        import captum.attr
        import pytorch_grad_cam.utils.model_targets
        import torchcam.methods
    return SimpleNamespace(captum=captum.attr, grad_cam=pytorch_grad_cam, torchcam=torchcam.methods)


def _target(index):
    return _libraries().grad_cam.utils.model_targets.ClassifierOutputTarget(index)


class PeerMap(NamedTuple):
    """What grad-cam computes: `raw` (h, w) signed, `heatmap` (H, W) in [0, 1], `weights` (C,) or None."""

    raw: torch.Tensor
    heatmap: torch.Tensor
    weights: torch.Tensor | None


def grad_cam(kind: str, net: nn.Module, inputs: torch.Tensor, layer: str, index: int) -> PeerMap:
    """The map of grad-cam's class `kind`; its parameters must require gradients."""
    kept = {}

    def keeping(name, function):
        def call(*args, **kwargs):
            kept[name] = function(*args, **kwargs)
            return kept[name]

        return call

    with getattr(_libraries().grad_cam, kind)(model=net, target_layers=[net.get_submodule(layer)]) as extractor:
        extractor.get_cam_image = keeping("raw", extractor.get_cam_image)
        extractor.get_cam_weights = keeping("weights", extractor.get_cam_weights)
        heatmap = extractor(input_tensor=inputs, targets=[_target(index)])
    weights = kept.get("weights")
    return PeerMap(
        torch.from_numpy(np.asarray(kept["raw"])[0]),
        torch.from_numpy(heatmap[0]),
        None if weights is None else torch.from_numpy(weights[0]),
    )


def torchcam_raw(
    kind: str, net: nn.Module, inputs: torch.Tensor, layer: str, index: int, drawn=None, **options
) -> torch.Tensor:
    """The map (h, w) of torchcam's class `kind`, not normalised; all but `CAM` apply ReLU.

    `drawn(size)` gives the noise of a method that draws some, in place of the library's own.
    """
    with getattr(_libraries().torchcam, kind)(net, layer, **options) as extractor:
        if drawn:
            extractor._distrib = SimpleNamespace(sample=drawn)
        scores = net(inputs)
        (raw,) = extractor(index, scores, normalized=False)
    return raw[0].detach()


def grad_cam_fullgrad(net: nn.Module, inputs: torch.Tensor, index: int) -> torch.Tensor:
    """The heatmap (H, W) in [0, 1] of grad-cam's FullGrad, which looks for its layers itself."""
    with _libraries().grad_cam.FullGrad(net, []) as extractor:
        return torch.from_numpy(extractor(inputs.clone(), [_target(index)])[0])


def torchcam_legrad(net: nn.Module, inputs: torch.Tensor, blocks: list[str], index: int, score=None) -> torch.Tensor:
    """The map (h, w) of torchcam's LeGrad; `score(tokens)` gives the logits (B, K) in place of the library's own."""
    with _libraries().torchcam.LeGrad(net, blocks, score_projection=score) as extractor:
        maps = extractor(index, net(inputs), normalized=False)
    return torch.stack([one[0] for one in maps]).mean(0).detach()


def captum_gradcam(net: nn.Module, inputs: torch.Tensor, layer: str, index: int) -> torch.Tensor:
    """The signed map (h, w) of captum's LayerGradCam."""
    method = _libraries().captum.LayerGradCam(net, net.get_submodule(layer))
    return method.attribute(inputs, target=index)[0, 0].detach()


def captum_gradient_x_activation(net: nn.Module, inputs: torch.Tensor, layer: str, index: int) -> torch.Tensor:
    """Gradient times activation (C, h, w) of captum's LayerGradientXActivation."""
    method = _libraries().captum.LayerGradientXActivation(net, net.get_submodule(layer))
    return method.attribute(inputs, target=index)[0].detach()
