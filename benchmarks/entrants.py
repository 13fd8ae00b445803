"""Three libraries, each asked for its map from the network alone: ours, grad-cam and torchcam.

Ours and torchcam look for a layer by themselves. grad-cam has no default; its README names some common choices, which
are taken where a network has them, in the order of `GRAD_CAM_CHOICES`, with the `reshape_transform` that its own module
has for ViT and Swin; for every other network the last convolution, or the last norm where there is none ("commonly
it is the last convolutional layer"). Knows how a library is asked; what is true of its map is judged in `judging.py`.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import judging
import torch
from judging import Reading
from PIL import Image
from torch import nn
from zoo import scores

from cam import Model, explain, trace, wrap_model


@dataclass(frozen=True, eq=False)
class Found:
    """What a library gave: its `layer`, the `maps` by name ("gradcam", "hirescam"; (h, w), ReLU where the library
    applies it: `positive`), how it read the layer, `again()` another image's map, and the time of the first steps.

    A network without any map inside has the layer "", a map (H, W) of a method that needs none, and no further reading.
    """

    layer: str
    maps: dict[str, torch.Tensor]
    positive: bool
    reading: Reading | None
    read: Callable[[torch.Tensor], torch.Tensor] | None
    again: Callable[[], object] | None
    wrap_seconds: float
    first_seconds: float
    model: Model | None = None


class Bare(nn.Module):
    """The logits alone, for libraries that take no other output."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        return scores(self.net, x)


# Ours

_INPUTS: list[torch.Tensor] = []


def as_image(inputs: torch.Tensor) -> Image.Image:
    """A picture of one colour that stands for a ready input (1, 3, H, W): `prepared` gives the input back."""
    _INPUTS.append(inputs)
    number = len(_INPUTS) - 1
    return Image.new("RGB", (inputs.shape[3], inputs.shape[2]), (number // 256, number % 256, 0))


def prepared(image: Image.Image, side: int) -> torch.Tensor:
    """The input (3, H, W) of a picture of `as_image`; noise for any other, as a library makes one to try a network."""
    colours = image.getcolors(1)
    if colours is None:
        return torch.randn(3, side, side, generator=torch.Generator().manual_seed(1))
    high, low, _ = colours[0][1]
    return _INPUTS[256 * high + low][0]


def ours(net: nn.Module, inputs: torch.Tensor, other: torch.Tensor, index: int) -> Found:
    """`wrap_model`, `trace` and `explain` with nothing but the network."""
    import time

    start = time.perf_counter()
    model = wrap_model(net, preprocess=partial(prepared, side=inputs.shape[2]))
    wrapped = time.perf_counter()
    recorded = trace(model, as_image(inputs))
    explained = explain(recorded, None, index)
    first = time.perf_counter()
    layer = recorded.layer
    if not layer:  # nothing inside is a map of the picture, so the default hides parts of it
        maps = {explained.method: explained.raw}
        return Found("", maps, False, None, None, None, wrapped - start, first - wrapped, model)
    maps = {name: explain(recorded, name, index).raw for name in ("gradcam", "hirescam")}
    return Found(
        layer,
        maps,
        False,
        judging.reading_of(net, inputs, layer, recorded.activations),
        lambda changed: trace(model, as_image(changed), layer).activations,
        lambda: explain(trace(model, as_image(other)), None, index),
        wrapped - start,
        first - wrapped,
        model,
    )


# grad-cam

GRAD_CAM_CHOICES = (  # of its README, section "Choosing the layer(s) to extract activations from"
    ("layers.{last}.blocks.{last}.norm1", "swin"),
    ("blocks.{last}.norm1", "vit"),
    ("layer4.{last}", None),
    ("features.{last}", None),
    ("layers.{last}", None),
)


def _lasting(net: nn.Module, pattern: str) -> str | None:
    """The dotted name that a pattern stands for in a network, `{last}` the last part of a list; None: it has none."""
    path, module = [], net
    for part in pattern.split("."):
        children = dict(module.named_children())
        part = list(children)[-1] if part == "{last}" and children else part
        if part not in children:
            return None
        module = children[part]
        path.append(part)
    return ".".join(path)


def grad_cam_layer(net: nn.Module) -> tuple[str, str | None]:
    """The layer that grad-cam's README would have one choose, and the kind of its reshape ("vit", "swin" or None)."""
    start = "net." if isinstance(net, Bare) else ""
    for pattern, kind in GRAD_CAM_CHOICES:
        found = _lasting(net, start + pattern)
        if found:
            return found, kind
    for kinds in ((nn.Conv2d,), (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, nn.GroupNorm)):
        names = [name for name, module in net.named_modules() if isinstance(module, kinds)]
        if names:
            return names[-1], None
    raise ValueError("no convolution and no norm")


def _reshape(net: nn.Module, inputs: torch.Tensor, layer: str, kind: str | None):
    """grad-cam's own transform with this network's grid, as one line of its user's would have."""
    from pytorch_grad_cam.utils import reshape_transforms

    if kind is None:
        return None
    output = judging.run(net, inputs, layer).outputs
    if not isinstance(output, torch.Tensor) or output.ndim != 3:
        return None
    side = int((output.shape[1] - (kind == "vit")) ** 0.5)
    function = reshape_transforms.vit_reshape_transform if kind == "vit" else reshape_transforms.swinT_reshape_transform
    return partial(function, height=side, width=side)


def grad_cam(net: nn.Module, inputs: torch.Tensor, other: torch.Tensor, index: int) -> Found:
    """grad-cam's GradCAM and HiResCAM at the layer of `grad_cam_layer`."""
    import time

    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    start = time.perf_counter()
    layer, kind = grad_cam_layer(net)
    transform = _reshape(net, inputs, layer, kind)
    targets = [ClassifierOutputTarget(index)]
    options = {"model": net, "target_layers": [net.get_submodule(layer)], "reshape_transform": transform}
    wrapped = time.perf_counter()
    maps, first = {}, 0.0
    for name, way in (("gradcam", "GradCAM"), ("hirescam", "HiResCAM")):
        with getattr(pytorch_grad_cam, way)(**options) as extractor:
            maps[name] = _kept(extractor, inputs, targets)
        first = first or time.perf_counter()

    def again():
        with pytorch_grad_cam.GradCAM(**options) as extractor:
            return extractor(input_tensor=other, targets=targets)

    maps_of = transform or (lambda tensor: tensor)
    reading = Reading(layer, maps_of)
    return Found(layer, maps, False, reading, _reader(net, reading), again, wrapped - start, first - wrapped)


def _kept(extractor, inputs, targets) -> torch.Tensor:
    """The map (h, w) that grad-cam computes before it is made positive, enlarged and scaled."""
    kept, make = [], extractor.get_cam_image

    def keeping(*args, **kwargs):
        kept.append(make(*args, **kwargs))
        return kept[-1]

    extractor.get_cam_image = keeping
    extractor(input_tensor=inputs, targets=targets)
    return torch.as_tensor(kept[0][0]).float()


# torchcam


def torchcam(net: nn.Module, inputs: torch.Tensor, other: torch.Tensor, index: int) -> Found:
    """torchcam's GradCAM at the layer that it finds; its map is positive, and it has no HiResCAM."""
    import time

    import torchcam.methods

    logging.getLogger("torchcam").setLevel(logging.ERROR)
    start = time.perf_counter()
    extractor = torchcam.methods.GradCAM(net, input_shape=tuple(inputs.shape[1:]))
    wrapped = time.perf_counter()

    def once(pixels):
        return extractor(index, net(pixels), normalized=False)[0][0].detach().float()

    with torch.enable_grad():
        found = once(inputs)
        first = time.perf_counter()
    layer = extractor.target_names[0]

    def again():
        return once(other)

    reading = Reading(layer, lambda tensor: tensor)
    return Found(
        layer, {"gradcam": found}, True, reading, _reader(net, reading), again, wrapped - start, first - wrapped
    )


def _reader(net: nn.Module, reading: Reading) -> Callable[[torch.Tensor], torch.Tensor]:
    """The layer's map (C, h, w) of an input, read as the library reads it."""

    def read(inputs):
        output = judging.run(net, inputs, reading.layer, graph=False).outputs
        maps = reading.maps(output)
        if maps.ndim != 4:
            raise ValueError(f"a map of shape {tuple(maps.shape)}")
        return maps[0].detach().float()

    return read


ENTRANTS = {"ours": ours, "grad-cam": grad_cam, "torchcam": torchcam}


def preload() -> None:
    """Import the libraries once, so that processes that are forked afterwards need not."""
    for name in ("pytorch_grad_cam", "torchcam.methods"):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
