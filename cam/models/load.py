"""Models: a frozen network with its preprocessing, its labels and the layers worth explaining.

Knows how a catalogue entry becomes a loaded network and how a user's own network is wrapped. Where weights come from is
`weights.py`; what can be loaded is the table in `catalogue.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import nn

from ..errors import CamError, unknown
from ..network import findings, folding, hooks, layers, observing, precision
from ..photos import inputs, views
from ..photos.views import Preprocess
from . import catalogue, downloads, hub, hub_nets, outputs, own, weights
from .outputs import Reader

MODELS = catalogue.MODELS


@dataclass(frozen=True, eq=False)
class Model:
    """A network ready to be explained.

    `net` the `nn.Module` (loaded ones are frozen and in eval mode); `labels` K class names; `layers` the names of the
    layers worth offering, shallow to deep, `layer_shapes` their maps' (C, h, w); `default_layer` one of them;
    `preprocess(image, fit) -> (input (1, C, H, W), View)`; `folded` the names of modules whose own output is not
    computed, because the batch normalisation behind is part of it; `reader` how its output becomes logits, and `scores`
    what these are: "softmax", "sigmoid" or "given"; `input_shape` (C, H, W) of an input that it took.
    """

    name: str
    title: str
    net: nn.Module = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    device: torch.device
    layers: tuple[str, ...] = field(repr=False)
    layer_shapes: dict[str, tuple[int, int, int]] = field(repr=False)
    default_layer: str
    preprocess: inputs.Prepared = field(repr=False)
    folded: frozenset[str] = field(default=frozenset(), repr=False)
    reader: Reader = field(default_factory=Reader)
    input_shape: tuple[int, int, int] | None = field(default=None, repr=False)

    @property
    def task(self) -> str:
        """What the network does: "classification", "detection" or "segmentation"."""
        return self.reader.task.name

    @property
    def scores(self) -> str:
        """What the logits are: of classes that exclude each other ("softmax"), of independent labels ("sigmoid"), or
        probabilities that the network returns and that are taken as they are ("given")."""
        return self.reader.scores

    def logits_of(self, returned: Any) -> torch.Tensor:
        """Return the logits (B, K) in what the network returned, of another task its answers.

        Raises `TargetError` where there are none."""
        return self.reader(returned)

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the probabilities (..., K) of logits; they add up to one only where `scores` is "softmax"."""
        return self.reader.probabilities(logits)

    def twin(self) -> Model:
        """Return the same model with modules of its own and the same weights: passes run through both at a time."""
        with hooks.lock_of(self.net):  # between passes nothing hangs on the modules
            kept = {id(tensor): tensor for tensor in (*self.net.parameters(), *self.net.buffers())}
            net = copy.deepcopy(self.net, kept)
        findings.share(self.net, net)
        return replace(self, net=net)

    def sample(self) -> Image.Image | np.ndarray:
        """Return noise to look at the model with: a photo, or an array of as many bands as it takes."""
        return inputs.sample(self.input_shape[0] if self.input_shape else 3)

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


def load_model(
    name: str,
    *,
    device: str | torch.device | None = None,
    fold: bool = False,
    progress: downloads.Progress | None = None,
) -> Model:
    """Load a model of the table `MODELS`, one of another task ("nanodet_g", "u2netp", ...), or one of the Hugging Face
    Hub by its id ("timm/resnet18.a1_in1k", "google/vit-base-patch16-224"), frozen and in eval mode.

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
    if name not in catalogue.LOADABLE and hub.is_id(name):
        return load_found(hub.find(name), device=device, fold=fold, progress=progress)
    if name not in catalogue.LOADABLE:
        raise unknown("model", name, catalogue.LOADABLE)
    spec = catalogue.LOADABLE[name]
    state = weights.fetch(spec, progress)
    net = weights.build(spec)
    net.load_state_dict(state, strict=True)
    net.requires_grad_(False).eval()
    settings = weights.preprocessing(spec)
    parts = {key: settings[key] for key in ("size", "resize", "mean", "std", "interpolation") if settings}
    preprocess = Preprocess(**parts) if parts else None
    device = torch.device(device or default_device())
    net = net.to(device, memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]  # not in its stubs
    found = own.NETWORKS.get(spec.arch) if spec.source == "here" else None
    layer = found.default_layer or None if found else None
    if preprocess is not None and spec.task == "classification":  # boxes need more digits than half precision has
        net = precision.settled(net, preprocess(inputs.sample(3), "squeeze")[0].to(device))
    return _assemble(net, name, spec.title, preprocess, _Reading(labels=weights.labels(spec)), device, layer, fold)


def load_found(
    found: hub.HubModel,
    *,
    device: str | torch.device | None = None,
    fold: bool = False,
    progress: downloads.Progress | None = None,
) -> Model:
    """Load what was looked up on the Hub; the rest is as for `load_model`."""
    made = hub_nets.make(found, hub.obtain(found, progress))
    reading = _Reading(scores=made.scores, output=made.output, labels=made.labels)
    device = torch.device(device or default_device())
    return _assemble(made.net, found.name, found.title, made.preprocess, reading, device, None, fold)


def wrap_model(
    net: nn.Module,
    *,
    preprocess: Preprocess | Callable[[Any], Any] | None = None,
    labels: Sequence[str] | None = None,
    name: str | None = None,
    default_layer: str | None = None,
    scores: str | None = None,
    output: Callable[[Any], Any] | None = None,
    task: str | None = None,
) -> Model:
    """Wrap a user's own network. The network stays the user's: its flags and gradients are as before after each call.

    `net` maps (1, C, H, W) to logits (1, K), to boxes or to logits (1, K, h, w): which of these `task` it has is found
    from what it returns, where None is given ("classification", "detection", "segmentation").
    `preprocess` is a `Preprocess`, or a callable `image -> (C, H, W)` tensor, array or HuggingFace dictionary,
    whose result is taken to show the whole image; it gets a PIL image, and arrays of other than 1, 3 or 4 bands as
    they are. None means ImageNet's usual one at 224 x 224, with as many channels as the
    first convolution takes. `labels` are K names; None numbers them. The model runs on the device of its parameters.
    `scores`: what the network returns: "softmax", logits of classes that exclude each other; "sigmoid", logits of
    independent labels; "given", probabilities, explained as they are. None: found; a distribution is then explained by
    its logarithm, what a sigmoid made by its logit. `output`: a function from what the network returns to (1, K), to
    `Boxes` or to (1, K, h, w).
    Raises `LayerError` when no layer carries a spatial map, `ValueError` when the labels do not fit, `TargetError` when
    there are no logits, `ImageError` when the network does not take the input.
    """
    if not isinstance(net, nn.Module):
        raise TypeError(f"wrap_model takes a torch.nn.Module, not {type(net).__name__}.")
    for given, value in (("preprocess", preprocess), ("output", output)):
        if value is not None and not callable(value):
            raise CamError(
                "wrap-no-function",
                "{given} is a function, not {type}: wrap_model(net, {given}=function).",
                given=given,
                type=type(value).__name__,
            )
    first = next((tensor for tensor in net.parameters()), torch.zeros(0))
    title = name or type(net).__name__
    reading = _Reading(scores, output, task, labels)
    return _assemble(net, title, title, preprocess, reading, first.device, default_layer)


class _Reading(NamedTuple):
    """What is said of a network's output: as the arguments of `wrap_model` have it."""

    scores: str | None = None
    output: Callable[[Any], Any] | None = None
    task: str | None = None
    labels: Sequence[str] | None = None


def _ways_in(
    net: nn.Module, preprocess: Preprocess | Callable[[Any], Any] | None
) -> Iterator[tuple[inputs.Prepared, Image.Image | np.ndarray]]:
    """A preprocessing and an image to try on a network, the likeliest first.

    The first convolution tells how many channels a network takes, unless something is added before it; then a photo is
    tried as well.
    """
    preprocess = preprocess or inputs.inside(net)
    own = preprocess if isinstance(preprocess, Preprocess) else None
    first = inputs.first_convolution(net)
    channels = own.channels if own else first[1] if first else 3
    prepared = own or (views.usual(channels) if preprocess is None else inputs.by_function(preprocess))
    yield prepared, inputs.sample(channels)
    if own is None and channels != 3:
        yield (Preprocess() if preprocess is None else prepared), inputs.sample(3)


def _first_look(
    net: nn.Module,
    preprocess: Preprocess | Callable[[Any], Any] | None,
    device: torch.device,
    reading: _Reading,
) -> tuple[inputs.Prepared, observing.Observation]:
    """Return the preprocessing, and what is seen of one pass on an input that it makes."""
    failed: Exception | None = None
    for prepared, image in _ways_in(net, preprocess):
        try:
            tensor = prepared(image, "squeeze")[0].to(device, dtype(net))
            with inputs.fitting(net, tensor):
                return prepared, observing.observe(
                    net,
                    tensor,
                    lambda returned, tensor=tensor: outputs.reader_of(net, tensor, returned, *reading),
                )
        except Exception as error:  # a user's own preprocessing says in its own way what it does not take
            failed = failed or error
    assert failed is not None  # there is always a way to try
    raise failed


def _assemble(
    net: nn.Module,
    name: str,
    title: str,
    preprocess: Preprocess | Callable[[Any], Any] | None,
    reading: _Reading,
    device: torch.device,
    default_layer: str | None,
    fold: bool = False,
) -> Model:
    """Look at one real pass for the layers, the number of classes and what the network returns."""
    device = torch.device(device)
    net = hooks.unwrapped(net).to(device)
    with hooks.trial(net):
        prepared, seen = _first_look(net, preprocess, device, reading)
        assert isinstance(seen.read, Reader)  # as `_first_look` asks for
        task = seen.read.task
        found = layers.discover(seen, task.untouched, chosen=task.chosen, everywhere=task.everywhere)
    labels = seen.read.task.names(seen.scores, reading.labels)
    findings.remember(seen)
    names = tuple(layer.name for layer in found)
    if default_layer is not None:
        hooks.module_at(net, default_layer, names)
    folded: frozenset[str] = frozenset()
    if fold and device.type == "cpu":
        folded = folding.fold(net, seen.inputs, seen.calls, seen.scores, names, seen.read)
    channels, height, width = seen.inputs.shape[1:]
    return Model(
        name=name,
        title=title,
        net=net,
        labels=labels,
        device=device,
        layers=names,
        layer_shapes={layer.name: layer.shape for layer in found},
        default_layer=default_layer or next((layer.name for layer in found if layer.default), ""),
        preprocess=prepared,
        folded=folded,
        reader=seen.read,
        input_shape=(channels, height, width),
    )


def dtype(net: nn.Module) -> torch.dtype:
    """The floating-point type of the network's first parameter; float32 for a network without parameters."""
    return next((tensor.dtype for tensor in net.parameters() if tensor.is_floating_point()), torch.float32)
