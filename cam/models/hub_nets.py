"""From a model of the Hub to its network: built by timm or transformers, from a configuration that is not trusted.

Nothing that a configuration says is run, opened or fetched: what names another repository, a file or code is refused.
Weights are safetensors, or `torch.load(weights_only=True)`, and every one of them has to fit. Knows the two libraries;
knows no network and no page.
"""

from __future__ import annotations

import importlib.util
import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn

from ..errors import WeightsError
from ..messages import Message
from ..photos.views import Preprocess
from ..tasks.boxes import Boxes
from .hub import HubModel
from .imagenet import imagenet_labels

_SOFTMAX = ("detr", "yolos", "table-transformer")  # detectors with a class "no object"; others answer by sigmoids
_RESAMPLING = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}  # as Pillow numbers them
_LARGEST = 8192  # of a number in timm's arguments
_OTHERS = ("backbone", "backbone_config")  # parts of a configuration that may name a network of their own


class Made(NamedTuple):
    """A network with its weights, and what `wrap_model` needs to know of it."""

    net: nn.Module
    preprocess: Preprocess
    labels: list[str] | None
    output: Callable[[Any], Any] | None = None
    scores: str | None = None


def make(model: HubModel, file: Path) -> Made:
    """Build the network of a model, with the weights in `file`. Raises `WeightsError`."""
    state = _state(model, file)
    made = (_of_timm if model.library == "timm" else _of_transformers)(model, state)
    made.net.requires_grad_(False).eval()
    return made


def _state(model: HubModel, file: Path) -> dict[str, torch.Tensor]:
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(file)
        found = torch.load(file, map_location="cpu", weights_only=True)
        if isinstance(found, dict) and all(isinstance(value, torch.Tensor) for value in found.values()):
            return found
    except Exception as error:  # the readers raise a dozen kinds of error; what is pickled raises one, too
        raise _unfit(model, Message("weights-no-tensors", "the file holds something else than tensors")) from error
    raise _unfit(model, Message("weights-no-tensors", "the file holds something else than tensors"))


def _unfit(model: HubModel, reason: Message) -> WeightsError:
    return WeightsError("hub-unfit", "{id} cannot be opened, because {reason}.", id=model.name, reason=reason)


def _strange(model: HubModel, part: str) -> WeightsError:
    said = Message("hub-strange", "its config.json asks for what is not opened here ({part})", part=part)
    return _unfit(model, said)


# timm ---------------------------------------------------------------------------------------------------------------


def _of_timm(model: HubModel, state: dict[str, torch.Tensor]) -> Made:
    import timm

    count: Any = model.config.get("num_classes")
    if not _whole(count) or not 0 < count <= max(one.numel() for one in state.values()):
        raise _strange(model, "num_classes")
    options = {"pretrained": False, "num_classes": count, **_arguments(model)}
    try:
        net = timm.create_model(model.arch, **options)
        net.load_state_dict(state, strict=True)
    except Exception as error:  # the constructors of a hundred families
        raise _unfit(model, Message("weights-other", "the file holds other weights than this network's")) from error
    return Made(net, _timm_preprocess(model), _timm_labels(model, count))


def _arguments(model: HubModel) -> dict[str, Any]:
    """What a configuration gives to timm's constructor: plain numbers, truths and words, and none of timm's own."""
    import timm

    given = model.config.get("model_args") or {}
    own = set(inspect.signature(timm.create_model).parameters) | {"features_only", "pretrained_strict"}
    for name, value in given.items() if isinstance(given, dict) else [("model_args", None)]:
        if name in own or not _plain(value):
            raise _strange(model, str(name)[:40])
    return dict(given)


def _plain(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) <= 16 and all(_plain(one) and not isinstance(one, list) for one in value)
    if isinstance(value, str):
        return value.isidentifier()
    return isinstance(value, bool) or (isinstance(value, int | float) and abs(value) <= _LARGEST)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _timm_preprocess(model: HubModel) -> Preprocess:
    found = model.config.get("pretrained_cfg")
    given = {**model.config, **(found if isinstance(found, dict) else {})}
    try:
        channels, height, width = (int(number) for number in given.get("input_size") or (3, 224, 224))
        usual = Preprocess()
        mean, std = (tuple(map(float, given.get(name) or getattr(usual, name))) for name in ("mean", "std"))
        resize = math.floor(min(height, width) / float(given.get("crop_pct") or 0.875))
        word = given.get("interpolation")
        if not (len(mean) == len(std) == channels and 0 < min(height, width) <= max(height, width) <= _LARGEST):
            raise ValueError
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise _strange(model, "pretrained_cfg") from error
    interpolation = next((one for one in _RESAMPLING.values() if one == word), "bicubic")
    return Preprocess((height, width), resize, mean, std, interpolation)


def _timm_labels(model: HubModel, count: int) -> list[str] | None:
    found = model.config.get("label_names")
    if isinstance(found, list) and len(found) == count:
        described = model.config.get("label_descriptions")
        words = described if isinstance(described, dict) else {}
        return [str(words.get(name, name)) for name in found]
    return list(imagenet_labels()) if count == 1000 else None


# transformers -------------------------------------------------------------------------------------------------------


def _of_transformers(model: HubModel, state: dict[str, torch.Tensor]) -> Made:
    if importlib.util.find_spec("transformers") is None:
        raise _unfit(model, Message("hub-no-transformers", "transformers is not installed: pip install transformers"))
    import transformers  # pyright: ignore[reportMissingImports]  # no requirement
    from transformers.models.auto.configuration_auto import (  # pyright: ignore[reportMissingImports]
        CONFIG_MAPPING,
    )

    kind = str(model.config.get("model_type"))
    if kind not in CONFIG_MAPPING or not hasattr(transformers, model.arch):
        raise _unfit(
            model,
            Message("hub-code", "transformers has no {arch}, and code from the Hub is never run", arch=model.arch),
        )
    found = getattr(transformers, model.arch)
    try:
        config = CONFIG_MAPPING[kind].from_dict(_clean(model))
        net, report = found.from_pretrained(
            None, config=config, state_dict=state, output_loading_info=True, attn_implementation="eager"
        )
    except WeightsError:
        raise
    except Exception as error:  # the constructors of a hundred families
        raise _unfit(model, Message("weights-other", "the file holds other weights than this network's")) from error
    if report["missing_keys"] or report["mismatched_keys"]:
        raise _unfit(model, Message("weights-other", "the file holds other weights than this network's"))
    preprocess = _processed(model)
    labels = [str(name) for _, name in sorted((config.id2label or {}).items(), key=lambda one: int(one[0]))]
    if model.task != "detection":
        return Made(net, preprocess, labels)
    scores = "softmax" if kind in _SOFTMAX else "sigmoid"
    return Made(net, preprocess, labels, _boxes_of(preprocess.size), scores)


def _boxes_of(size: tuple[int, int]) -> Callable[[Any], Boxes]:
    return lambda out: Boxes.relative(out.pred_boxes, out.logits, size)


def _clean(model: HubModel) -> dict[str, Any]:
    """A configuration without what would load code, kernels or other weights."""
    config = {
        name: value
        for name, value in model.config.items()
        if not name.startswith("_") and name not in ("auto_map", "attn_implementation", "quantization_config")
    }
    if "quantization_config" in model.config:
        raise _strange(model, "quantization_config")
    for part in _OTHERS:
        if _elsewhere(config.get(part)):
            raise _strange(model, part)
    return config | ({"use_pretrained_backbone": False} if config.get("use_pretrained_backbone") else {})


def _elsewhere(part: Any) -> bool:
    """Whether a part of a configuration names something that would be fetched."""
    if isinstance(part, Mapping):
        return bool(part.get("use_pretrained_backbone")) or any(map(_elsewhere, part.values()))
    return isinstance(part, str) and any(sign in part for sign in "/\\:")


def _processed(model: HubModel) -> Preprocess:
    """The preprocessing that preprocessor_config.json tells, as far as it is resizing and normalising."""
    given = model.processor
    usual = Preprocess()
    try:
        crop = given.get("crop_size") if given.get("do_center_crop") else None
        resize = given.get("size") or {}
        height, width = _sides(crop or resize or model.config.get("image_size") or 224)
        shorter = resize.get("shortest_edge") if isinstance(resize, dict) else None
        mean, std = (tuple(map(float, given.get(f"image_{name}") or getattr(usual, name))) for name in ("mean", "std"))
        if given.get("do_normalize") is False:
            mean, std = (0.0,) * len(mean), (1.0,) * len(std)
        if not 0 < min(height, width) <= max(height, width) <= _LARGEST:
            raise ValueError
        interpolation = _RESAMPLING.get(given.get("resample", 2), "bilinear")
        return Preprocess((height, width), int(shorter or min(height, width)), mean, std, interpolation)
    except (TypeError, ValueError, KeyError) as error:
        raise _strange(model, "preprocessor_config.json") from error


def _sides(size: Any) -> tuple[int, int]:
    if isinstance(size, Mapping):
        height = size["height"] if "height" in size else size["shortest_edge"]
        return int(height), int(size.get("width", height))
    if isinstance(size, list | tuple):
        return int(size[0]), int(size[-1])
    return int(size), int(size)
