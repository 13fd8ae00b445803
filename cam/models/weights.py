"""Weights: from a catalogue entry to a state dict, an empty network and its preprocessing.

Knows where the files of an entry are published, and how published names map to the names of the network that `build`
returns. Nothing unpickled is trusted: `weights_only=True` or safetensors. Knows
nothing about layers, maps and pages.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import WeightsError
from ..messages import Message
from . import (
    catalogue,
    downloads,
    own,
    shortcuts,
    torchvision_ops,  # noqa: F401  (first: torchvision may not import without it)
)
from .catalogue import BUNDLED, HUB_FILES, ModelSpec
from .downloads import Progress, Unusable, download, missing, writable
from .imagenet import imagenet_labels

TORCHVISION_URL = "https://download.pytorch.org/models/"

# The auxiliary heads serve training only; `build` leaves them out.
_TRAINING_ONLY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
_BUILD_OPTIONS = {
    name: {"aux_logits": False, "transform_input": True, "init_weights": False} for name in _TRAINING_ONLY
}
_AUXILIARY = ("aux_classifier.",)  # the same of torchvision's networks for regions

# timm can fit the position embeddings of these families to the input; at their own size nothing changes.
_ANY_SIZE = {"ViT", "DeiT", "EVA"}


def fetch(spec: ModelSpec, progress: Progress | None = None) -> dict[str, torch.Tensor]:
    """The state dict of `build(spec)`, from this machine or, on first use, from the network.

    `progress(done, total)` gets bytes while a file is fetched; what it raises stops the download and comes through.
    Raises `WeightsError` when the weights cannot be had.
    """
    file = spec.local_file()
    state = _read(spec, file) if file else None
    if state is None:
        state = _read(spec, obtain(spec, progress))
    if state is None:
        raise missing(spec, Message("weights-damaged", "the file is damaged"))
    try:
        return _RENAMED[spec.source](spec, state)
    except (KeyError, RuntimeError) as error:
        other = Message("weights-other", "the file holds other weights than this network's")
        raise missing(spec, other) from error


def build(spec: ModelSpec) -> nn.Module:
    """The network of an entry, without its weights, ready for `load_state_dict(fetch(spec), strict=True)`."""
    if spec.source == "torchvision":
        from torchvision.models import get_model

        parts = {} if spec.task == "classification" else {"weights_backbone": None}
        net = get_model(spec.arch, weights=None, **parts, **_BUILD_OPTIONS.get(spec.arch, {}))
        return _frozen(net, _FROZEN[spec.arch]) if spec.arch in _FROZEN else net
    if spec.source == "here":
        return own.NETWORKS[spec.arch].build()
    if spec.source == "shortcut":
        return shortcuts.build()
    import timm

    options: dict[str, Any] = {"dynamic_img_size": True} if spec.family in _ANY_SIZE else {}
    return timm.create_model(f"{spec.arch}.{spec.weights}", pretrained=False, **options)


# Detectors that torchvision publishes with normalisation whose statistics are fixed, and what is added to the variance.
_FROZEN = {
    **dict.fromkeys(("fasterrcnn_resnet50_fpn", "maskrcnn_resnet50_fpn", "retinanet_resnet50_fpn"), 0.0),
    **dict.fromkeys(("fcos_resnet50_fpn", "fasterrcnn_mobilenet_v3_large_320_fpn"), 1e-5),
}


def _frozen(net: nn.Module, eps: float) -> nn.Module:
    """A network with `FrozenBatchNorm2d` for each batch normalisation, as torchvision builds it for its weights."""
    from torchvision.ops import FrozenBatchNorm2d

    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, FrozenBatchNorm2d(child.num_features, eps))
    return net


def labels(spec: ModelSpec) -> tuple[str, ...]:
    """The names of an entry's classes."""
    if spec.source == "here":
        return own.NETWORKS[spec.arch].labels
    if spec.source == "shortcut":
        return shortcuts.SHORTCUTS[spec.weights]
    if spec.task == "classification":
        return imagenet_labels()
    from torchvision.models import get_model_weights

    return tuple(get_model_weights(spec.arch)[spec.weights].meta["categories"])


def preprocessing(spec: ModelSpec) -> dict:
    """What the weights were evaluated with; {} of a network that normalises and resizes by itself.

    `size` (H, W) of the input, `resize` the length of the shorter side before the centre crop, `mean` and `std` of the
    three channels in [0, 1], `interpolation` "bilinear" or "bicubic".
    """
    if spec.source == "torchvision":
        from torchvision.models import get_model_weights

        settings = get_model_weights(spec.arch)[spec.weights].transforms()
        if not hasattr(settings, "mean"):
            return {}
        side = (settings.crop_size if hasattr(settings, "crop_size") else settings.resize_size)[0]
        return {
            "size": (side, side),
            "resize": settings.resize_size[0],
            "mean": tuple(settings.mean),
            "std": tuple(settings.std),
            "interpolation": settings.interpolation.value,
        }
    if spec.source == "here":
        return own.NETWORKS[spec.arch].settings()
    if spec.source == "shortcut":
        spec = BUNDLED[0]
    import timm

    settings = timm.get_pretrained_cfg(f"{spec.arch}.{spec.weights}")
    assert settings is not None  # the table names what timm has, which its test holds
    height, width = settings.input_size[1:]
    return {
        "size": (height, width),
        "resize": math.floor(min(height, width) / settings.crop_pct),
        "mean": tuple(settings.mean),
        "std": tuple(settings.std),
        "interpolation": settings.interpolation,
    }


# Reading ------------------------------------------------------------------------------------------------------------


def _read(spec: ModelSpec, file: Path) -> dict[str, torch.Tensor] | None:
    """The tensors of a file; None, and the file removed where it was downloaded, when it is damaged."""
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(file)
        return torch.load(file, map_location="cpu", weights_only=True)
    except (OSError, MemoryError) as error:
        raise missing(spec, Message("weights-unreadable", "the file cannot be read")) from error
    except Exception:  # the readers of three formats raise a dozen kinds of error on damaged bytes
        if spec.source not in ("bundled", "here", "shortcut"):
            file.unlink(missing_ok=True)
        return None


def _bundled_names(spec: ModelSpec, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The packages number their blocks through; timm numbers stages, and blocks in a stage.

    A stage begins where the width of a block's output changes. In the first stage no convolution expands the channels,
    so timm counts the remaining ones from 1.
    """
    outer = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
    plain = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    expanded = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"}
    expanded |= {"_project_conv": "conv_pwl", "_bn2": "bn3"}
    places: list[tuple[int, int]] = []  # of block N: its stage and its number there
    width = 0
    while (key := f"_blocks.{len(places)}._project_conv.weight") in state:
        stage, number = places[-1] if places else (-1, 0)
        new = state[key].shape[0] != width
        places.append((stage + 1, 0) if new else (stage, number + 1))
        width = state[key].shape[0]
    renamed = {}
    for key, tensor in state.items():
        *block, layer, kind = key.split(".")
        if block:
            stage, number = places[int(block[1])]
            names = expanded if f"_blocks.{block[1]}._expand_conv.weight" in state else plain
            renamed[f"blocks.{stage}.{number}.{names[layer]}.{kind}"] = tensor
        else:
            renamed[f"{outer[layer]}.{kind}"] = tensor
    return renamed


def _torchvision_names(spec: ModelSpec, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Leave out what serves training only; DenseNet's files say `norm.1` where the network says `norm1`.

    Changes the dict in place: its versions of modules (`_metadata`) are what torchvision loads by.
    """
    for key in list(state):
        if key.startswith(_TRAINING_ONLY.get(spec.arch, _AUXILIARY)):
            del state[key]
        elif new := re.fullmatch(r"(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)", key):
            state[new[1] + new[2]] = state.pop(key)
    return state


def _timm_names(spec: ModelSpec, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Let timm load the tensors itself: each of its families has its own rules for older files."""
    import timm

    name = f"{spec.arch}.{spec.weights}"
    return timm.create_model(name, pretrained=True, pretrained_cfg_overlay={"state_dict": state}).state_dict()


def _same_names(spec: ModelSpec, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The files of the package's own networks have their names; one is in half precision."""
    return {name: tensor.float() for name, tensor in state.items()}


def _with_head(spec: ModelSpec, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The file of a shortcut holds a head alone."""
    return shortcuts.joined(state, fetch(BUNDLED[0]))


_RENAMED = {
    "here": _same_names,
    "shortcut": _with_head,
    "bundled": _bundled_names,
    "torchvision": _torchvision_names,
    "timm": _timm_names,
}


# Fetching -----------------------------------------------------------------------------------------------------------


def obtain(spec: ModelSpec, progress: Progress | None = None) -> Path:
    """Fetch the file of an entry into the usual cache, once for all threads that ask."""
    if spec.source in ("here", "shortcut"):
        raise WeightsError(
            "weights-own-file",
            "The weights of {title} come with this package, and {file} is missing or damaged: install it anew.",
            title=spec.title,
            file=spec.file,
        )
    if spec.source == "bundled":
        package = spec.file.partition("/")[0].replace("_", "-")
        raise WeightsError(
            "weights-package",
            "The weights of {title} come with the package {package}, which is missing or damaged.",
            title=spec.title,
            package=package,
        )
    return downloads.obtain(spec, _FETCHED[spec.source], progress)


def _from_torchvision(spec: ModelSpec, report: Progress) -> Path:
    target = writable(catalogue.torch_folder()) / spec.file
    (digest,) = re.findall(r"-([0-9a-f]{8,})\.", spec.file)
    return download(TORCHVISION_URL + spec.file, target, digest, report)


def _from_hub(spec: ModelSpec, report: Progress) -> Path:
    """Fetch a file of a repository and file it as the Hub's client does: `snapshots/COMMIT/FILE` and `refs/main`.

    The client's own download tries for half a minute before it says that there is no network, and cannot be stopped.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    found = get_hf_file_metadata(hf_hub_url(spec.file, HUB_FILES[0]), timeout=downloads.TIMEOUT)
    commit, etag = found.commit_hash or "", found.etag or ""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise Unusable(Message("weights-no-hub", "the server does not answer as the Hugging Face Hub does"))
    digest = etag if re.fullmatch(r"[0-9a-f]{64}", etag) else ""
    folder = writable(catalogue.hub_folder()) / f"models--{spec.file.replace('/', '--')}"
    target = folder / "snapshots" / commit / HUB_FILES[0]
    download(hf_hub_url(spec.file, HUB_FILES[0], revision=commit), target, digest, report)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    return target


_FETCHED = {"torchvision": _from_torchvision, "timm": _from_hub}
