"""Models: a frozen network with its preprocessing, its labels and the layers worth explaining.

Knows how a catalogue entry becomes a loaded network and how a user's own network is wrapped. Where weights come from is
`weights.py`; what can be loaded is the table in `catalogue.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image
from torch import nn

from . import catalogue, findings, folding, hooks, layers, observing, precision, targets, weights
from .errors import CamError, unknown
from .views import Preprocess, View, view_of

MODELS = catalogue.MODELS


@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to be explained.

    `net` the `nn.Module` (loaded ones are frozen and in eval mode); `labels` K class names; `layers` the names of the
    layers worth offering, shallow to deep, `layer_shapes` their maps' (C, h, w); `default_layer` one of them;
    `preprocess(image, fit) -> (input (1, 3, H, W), View)`; `folded` the names of modules whose own output is not
    computed, because the batch normalisation behind is part of it.
    """

    name: str
    title: str
    net: nn.Module = field(repr=False)
    labels: Sequence[str] = field(repr=False)
    device: torch.device
    layers: tuple[str, ...] = field(repr=False)
    layer_shapes: dict[str, tuple[int, int, int]] = field(repr=False)
    default_layer: str
    preprocess: Callable[[Image.Image, str], tuple[torch.Tensor, View]] = field(repr=False)
    folded: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def nbytes(self) -> int:
        """Memory of the weights and buffers, in bytes."""
        tensors = [*self.net.parameters(), *self.net.buffers()]
        return sum(tensor.nbytes for tensor in tensors)


def default_device() -> torch.device:
    """CUDA where there is one, then MPS, then the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def load_model(name: str, *, device: str | torch.device | None = None, fold: bool = False, progress=None) -> Model:
    """Load a model of the table `MODELS`, frozen and in eval mode.

    Its weights lie channels last, as convolutions take them fastest. On a GPU it runs in half precision where that is
    measured to be faster and to leave the logits as they are; on the CPU in float32. The bundled ones need no network;
    the others fetch their weights on first use. `progress(done, total)` is called with bytes while weights are
    fetched; what it raises stops the download.
    `fold`, on the CPU: batch normalisations become part of the convolutions before them. Logits and maps are the same
    but for rounding and come sooner; gradients at the pixels can differ by a hundredth, because a ReLU6 near its corner
    falls on its other side. Such a convolution is then no layer to explain, and the weights, which a randomisation test
    draws anew, are other ones.
    Raises `UnknownNameError` for another name, `WeightsError` when weights cannot be had.
    """
    if name not in MODELS:
        raise unknown("model", name, MODELS)
    spec = MODELS[name]
    state = weights.fetch(spec, progress)
    net = weights.build(spec)
    net.load_state_dict(state, strict=True)
    net.requires_grad_(False).eval()
    settings = weights.preprocessing(spec)
    preprocess = Preprocess(**{key: settings[key] for key in ("size", "resize", "mean", "std", "interpolation")})
    device = torch.device(device or default_device())
    net = net.to(device, memory_format=torch.channels_last)
    net = precision.settled(net, preprocess(_sample_image(), "squeeze")[0].to(device))
    return _assemble(net, name, spec.title, preprocess, weights.imagenet_labels(), device, None, fold)


def wrap_model(
    net: nn.Module,
    *,
    preprocess: Preprocess | Callable[[Image.Image], torch.Tensor] | None = None,
    labels: Sequence[str] | None = None,
    name: str | None = None,
    default_layer: str | None = None,
) -> Model:
    """Wrap a user's own network. The network stays the user's: its flags and gradients are as before after each call.

    `net` maps (1, 3, H, W) to logits (1, K). `preprocess` is a `Preprocess`, or a callable `image -> (3, H, W) tensor`,
    whose result is taken to show the whole image; None means ImageNet's usual one at 224 x 224. `labels` are K names;
    None numbers them. The model runs on the device of its parameters.
    Raises `LayerError` when no layer carries a spatial map, `ValueError` when the labels do not fit.
    """
    if not isinstance(net, nn.Module):
        raise TypeError(f"wrap_model takes a torch.nn.Module, not {type(net).__name__}.")
    first = next((tensor for tensor in net.parameters()), torch.zeros(0))
    prepared = preprocess if isinstance(preprocess, Preprocess) else _whole_image(preprocess)
    title = name or type(net).__name__
    return _assemble(net, title, title, prepared, labels, first.device, default_layer)


def _whole_image(function: Callable[[Image.Image], torch.Tensor] | None):
    """Give a user's transform the form `(image, fit) -> (input, View)`."""
    if function is None:
        return Preprocess()

    def prepared(image: Image.Image, fit: str = "squeeze") -> tuple[torch.Tensor, View]:
        tensor = function(image)
        if isinstance(tensor, tuple):  # the transform knows its own View
            return tensor
        if not isinstance(tensor, torch.Tensor) or tensor.ndim not in (3, 4):
            raise CamError("preprocess must return a tensor of shape (3, H, W) or (1, 3, H, W).")
        tensor = tensor if tensor.ndim == 4 else tensor[None]
        return tensor, view_of(image.size, tuple(tensor.shape[2:]), min(tensor.shape[2:]), "squeeze")

    return prepared


def _sample_image() -> Image.Image:
    """Noise: no channel is idle on it and no two rows are alike."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def _assemble(net, name, title, preprocess, labels, device, default_layer, fold=False) -> Model:
    """Look at one real pass for the layers and the number of classes."""
    device = torch.device(device)
    net = hooks.unwrapped(net).to(device)
    inputs = preprocess(_sample_image(), "squeeze")[0].to(device, dtype(net))
    seen = observing.observe(net, inputs, targets.logits_of)
    count = seen.scores.shape[-1]
    labels = tuple(str(number) for number in range(count)) if labels is None else tuple(labels)
    if len(labels) != count:
        raise ValueError(f"The network has {count} outputs, but {len(labels)} labels were given.")
    found = layers.discover(seen)
    findings.remember(seen)
    names = tuple(layer.name for layer in found)
    if default_layer is not None:
        hooks.module_at(net, default_layer, names)
    folded: frozenset[str] = frozenset()
    if fold and device.type == "cpu":
        folded = folding.fold(net, inputs, seen.calls, seen.scores, names)
    return Model(
        name=name,
        title=title,
        net=net,
        labels=labels,
        device=device,
        layers=names,
        layer_shapes={layer.name: layer.shape for layer in found},
        default_layer=default_layer or next((layer.name for layer in found if layer.default), ""),
        preprocess=preprocess,
        folded=folded,
    )


def dtype(net: nn.Module) -> torch.dtype:
    """The floating-point type of the network's first parameter; float32 for a network without parameters."""
    return next((tensor.dtype for tensor in net.parameters() if tensor.is_floating_point()), torch.float32)
