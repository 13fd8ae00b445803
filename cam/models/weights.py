"""Weights: from a catalogue entry to a state dict, an empty network and its preprocessing.

Knows the caches of PyTorch and the Hugging Face Hub, how a file is fetched into them, and how published names map to
the names of the network that `build` returns. Nothing unpickled is trusted: `weights_only=True` or safetensors. Knows
nothing about layers, maps and pages.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import math
import re
import shutil
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import WeightsError
from ..messages import Message
from . import (
    own,
    shortcuts,
    torchvision_ops,  # noqa: F401  (first: torchvision may not import without it)
)
from .catalogue import BUNDLED, HUB_FILES, ModelSpec, fallback_folder, hub_folder, torch_folder
from .imagenet import imagenet_labels

Progress = Callable[[int, int], None]  # bytes done, bytes in total

TORCHVISION_URL = "https://download.pytorch.org/models/"
TIMEOUT = 15.0  # seconds without an answer, to connect and between two pieces
REPORT_EVERY = 0.1  # seconds between two calls of `progress`

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
        raise _error(spec, Message("weights-damaged", "the file is damaged"))
    try:
        return _RENAMED[spec.source](spec, state)
    except (KeyError, RuntimeError) as error:
        other = Message("weights-other", "the file holds other weights than this network's")
        raise _error(spec, other) from error


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
        raise _error(spec, Message("weights-unreadable", "the file cannot be read")) from error
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


class _Transfer:
    """The one download of a file: whoever else wants it waits here and sees the same numbers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done, self.total = 0, 0

    @contextmanager
    def turn(self, progress: Progress | None) -> Iterator[None]:
        """Wait for the lock; `progress` is called meanwhile and may stop the waiting."""
        while not self.lock.acquire(timeout=REPORT_EVERY):
            if progress and self.total:
                progress(self.done, self.total)
        try:
            yield
        finally:
            self.done, self.total = 0, 0
            self.lock.release()


class _Stopped(Exception):
    """Carries what `progress` raised, the `reason`, past the handlers of network errors."""

    def __init__(self, reason: BaseException) -> None:
        super().__init__(reason)
        self.reason = reason


class Unusable(Exception):
    """What arrived is not what was asked for; `said` goes on after "because"."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.said = reason


_transfers: dict[str, _Transfer] = {}


def obtain(spec: Any, progress: Progress | None, fetched: Callable[[Any, Progress], Path] | None = None) -> Path:
    """Fetch the file of an entry into the usual cache, once for all threads that ask; `fetched` is how.

    `spec` is a `ModelSpec`, or what has a source, a file, a title and a size as one.
    """
    if spec.source == "here":
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
    transfer = _transfers.setdefault(spec.file, _Transfer())
    with transfer.turn(progress):
        try:
            return spec.local_file() or (fetched or _FETCHED[spec.source])(spec, _meter(spec, transfer, progress))
        except _Stopped as stopped:
            raise stopped.reason from None
        except Exception as error:
            raise _error(spec, reason_of(error)) from error


def _meter(spec: Any, transfer: _Transfer, progress: Progress | None) -> Progress:
    """Keep the numbers where waiting threads see them, and pass them on every so often."""
    last = -math.inf

    def report(done: int, total: int) -> None:
        nonlocal last
        transfer.done, transfer.total = done, total or max(done, round(spec.size_mb * 1e6))
        now = time.monotonic()
        if progress is None or (done < transfer.total and now - last < REPORT_EVERY):
            return
        last = now
        try:
            progress(transfer.done, transfer.total)
        except BaseException as error:
            raise _Stopped(error) from error

    return report


def _from_torchvision(spec: ModelSpec, report: Progress) -> Path:
    target = writable(torch_folder()) / spec.file
    (digest,) = re.findall(r"-([0-9a-f]{8,})\.", spec.file)
    return download(TORCHVISION_URL + spec.file, target, digest, report)


def _from_hub(spec: ModelSpec, report: Progress) -> Path:
    """Fetch a file of a repository and file it as the Hub's client does: `snapshots/COMMIT/FILE` and `refs/main`.

    The client's own download tries for half a minute before it says that there is no network, and cannot be stopped.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    found = get_hf_file_metadata(hf_hub_url(spec.file, HUB_FILES[0]), timeout=TIMEOUT)
    commit, etag = found.commit_hash or "", found.etag or ""
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise Unusable(Message("weights-no-hub", "the server does not answer as the Hugging Face Hub does"))
    digest = etag if re.fullmatch(r"[0-9a-f]{64}", etag) else ""
    folder = writable(hub_folder()) / f"models--{spec.file.replace('/', '--')}"
    target = folder / "snapshots" / commit / HUB_FILES[0]
    download(hf_hub_url(spec.file, HUB_FILES[0], revision=commit), target, digest, report)
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    return target


_FETCHED = {"torchvision": _from_torchvision, "timm": _from_hub}


def download(url: str, target: Path, digest: str, report: Progress) -> Path:
    """Stream `url` into a file beside `target`, check its length and SHA-256, then rename it; nothing partial stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    request = urllib.request.Request(url, headers={"User-Agent": "cam-explorer"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response, partial.open("xb") as file:
            total = int(response.headers.get("Content-Length") or 0)
            if shutil.disk_usage(target.parent).free < total:
                raise OSError(errno.ENOSPC, "too little space for the whole file")
            done, content = 0, hashlib.sha256()
            report(0, total)
            while piece := response.read1(1 << 20):
                file.write(piece)
                content.update(piece)
                done += len(piece)
                report(done, total)
        if total and done != total:
            raise Unusable(
                Message(
                    "weights-broken-off",
                    "the connection broke off after {done:.0f} of {total:.0f} MB",
                    done=done / 1e6,
                    total=total / 1e6,
                )
            )
        if not content.hexdigest().startswith(digest):
            raise Unusable(
                Message("weights-checksum", "the file that arrived is not the published one: its checksum differs")
            )
        partial.replace(target)
    except urllib.error.HTTPError as error:
        error.close()  # it holds the connection, and whoever keeps the error would keep that too
        raise
    finally:
        partial.unlink(missing_ok=True)
    return target


def writable(folder: Path) -> Path:
    """The folder itself where a file can be made in it, otherwise one below the system's temporary folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        folder = fallback_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder


# Errors -------------------------------------------------------------------------------------------------------------


_BROKEN = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, http.client.HTTPException)


def _error(spec: Any, reason: Message) -> WeightsError:
    *others, last = (bundled.title for bundled in BUNDLED)
    return WeightsError(
        "weights-missing",
        "The weights of {title} ({megabytes:.0f} MB) cannot be had, because {reason}; {others} and {last} work without "
        "a download.",
        title=spec.title,
        megabytes=spec.size_mb,
        reason=reason,
        others=others,
        last=last,
    )


def reason_of(error: BaseException) -> Message:
    """What went wrong on the way, in plain words that follow "because"."""
    chain = list(_causes(error))
    numbers = {link.errno for link in chain if isinstance(link, OSError)}
    names = " ".join(type(link).__name__ for link in chain)
    if unusable := next((link for link in chain if isinstance(link, Unusable)), None):
        return unusable.said
    if "OfflineModeIsEnabled" in names:
        return Message("weights-offline", "HF_HUB_OFFLINE forbids to ask the Hugging Face Hub")
    if status := next(filter(None, map(_status, chain)), None):
        return Message("weights-status", "the server answered {status}", status=status)
    if numbers & {errno.ENOSPC, errno.EDQUOT}:
        return Message("weights-disk-full", "the disk is full")
    if numbers & {errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR}:
        return Message("weights-no-folder", "no folder for them can be written")
    if "Timeout" in names:
        return Message("weights-late", "the server did not answer within {seconds:g} seconds", seconds=TIMEOUT)
    if any(isinstance(link, ssl.SSLError) for link in chain):
        return Message("weights-certificate", "the server's certificate could not be checked")
    if any(isinstance(link, _BROKEN) for link in chain) or "RemoteProtocol" in names:
        return Message("weights-connection", "the connection broke off")
    if any(isinstance(link, urllib.error.URLError) for link in chain) or "ConnectError" in names:
        return Message("weights-no-connection", "there is no connection to the server")
    return Message("weights-failed", "the download failed ({type})", type=type(error).__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        reason = getattr(error, "reason", None)  # urllib keeps the cause here
        error = reason if isinstance(reason, BaseException) else error.__cause__ or error.__context__


def _status(error: BaseException) -> str:
    """The HTTP status that an error reports, as "404 (Not Found)"; empty when it reports none."""
    code = getattr(error, "code", None) or getattr(getattr(error, "response", None), "status_code", None)
    if not isinstance(code, int) or code not in list(http.HTTPStatus):
        return ""
    return f"{code} ({http.HTTPStatus(code).phrase})"
