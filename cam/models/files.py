"""A network of one's own from what a command line names: where it is built, its weights, its labels.

Weights are tensors and nothing else: safetensors, or `torch.load(weights_only=True)`. Knows files and keys; knows no
layers and no pages.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import NetworkError
from ..photos.inputs import first_convolution
from ..photos.views import Preprocess, usual
from .load import Model

_OUTER = ("state_dict", "model_state_dict", "model", "net", "network", "module", "model_ema", "ema")
_FEW = 3  # keys that a sentence names
_UNKEPT = "num_batches_tracked"  # counted by batch normalisations, and read by nobody in eval mode


def network(place: str) -> Any:
    """Return what `package.module:function` makes: a network, or what `wrap_model` returned.

    The function takes no arguments; the name of a network itself, or of its class, does as well. The module is looked
    for in the working folder first. Raises `NetworkError` naming what was found.
    """
    module_name, colon, name = place.partition(":")
    if not colon or not module_name or not name:
        raise NetworkError(
            f"--network {place!r} names no function: give package.module:function, as in my_nets:make for the "
            "function `make` of my_nets.py, or a file that ends in .onnx."
        )
    module = _module(module_name)
    made = _member(module, module_name, name)
    if not isinstance(made, nn.Module) and callable(made):
        try:
            made = made()
        except Exception as error:
            raise NetworkError(f"{place} fails when it is called without arguments: {_told(error)}") from error
    if isinstance(made, nn.Module | Model):
        return made
    raise NetworkError(f"{place} gives {_kind(made)}, not a torch.nn.Module: let the function return the network.")


def _module(name: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")  # the working folder, as `python -m` has it
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and name.split(".")[0] == error.name.split(".")[0]:
            near = sorted(path.stem for path in Path().glob("*.py"))[:12]
            here = f"the folder has {', '.join(near)}" if near else "the folder has no .py file"
            raise NetworkError(
                f"There is no module {error.name!r} in {Path().resolve()} ({here}), nor installed."
            ) from error
        raise NetworkError(f"The module {name} imports {error.name!r}, which is not installed.") from error
    except Exception as error:
        raise NetworkError(f"The module {name} fails when it is imported: {_told(error)}") from error


def _member(module: Any, module_name: str, name: str) -> Any:
    found = module
    for part in name.split("."):
        if not hasattr(found, part):
            names = [one for one, value in vars(module).items() if not one.startswith("_") and callable(value)]
            own = [one for one in names if getattr(vars(module)[one], "__module__", "") == module.__name__]
            near = get_close_matches(name, own, 3, 0.5) or sorted(own)[:8]
            has = f"it has {', '.join(near)}" if near else "it defines no function"
            raise NetworkError(f"The module {module_name} has no {name!r}: {has}.")
        found = getattr(found, part)
    return found


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"


def _kind(value: Any) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"


# Weights ------------------------------------------------------------------------------------------------------------


def load_weights(net: nn.Module, path: Path | str, *, tell: Callable[[str], Any] = lambda _: None) -> None:
    """Load a file of weights into a network; `tell` hears what was looked through.

    An outer `state_dict` and the like, and a prefix that all keys share, are looked through. Raises `NetworkError` with
    the keys that are missing or unexpected and the shapes that differ.
    """
    path = Path(path)
    state, outer = _inner(read_weights(path), path)
    if outer:
        tell(f"{path.name}: the weights are those under {outer!r}.")
    wanted = net.state_dict()
    state, told = _renamed(state, wanted)
    if told:
        tell(f"{path.name}: {told}")
    if wrong := list(_differences(state, wanted)):
        raise NetworkError(
            f"The weights of {path.name} do not fit the network {type(net).__name__}: {'; '.join(wrong)}."
        )
    net.load_state_dict(state, strict=False)  # what is missing now is counts that nobody reads


def read_weights(path: Path) -> Mapping[str, Any]:
    """Return what a file of weights holds. Raises `NetworkError` for what is no such file."""
    if not path.is_file():
        raise NetworkError(f"There is no file of weights {path}.")
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise NetworkError(f"{path.name} cannot be read: {_told(error)}") from error
    except Exception as error:  # the readers of three formats raise a dozen kinds of error
        if "weights_only" in str(error) or "Unsupported" in str(error):
            raise NetworkError(
                f"{path.name} holds Python objects beside tensors, which could run code when they are read, so it is "
                'not opened. Save the tensors alone: torch.save(net.state_dict(), "weights.pt").'
            ) from error
        raise NetworkError(
            f"{path.name} is no file of weights that can be read, or is damaged: save it by "
            "safetensors.torch.save_file(net.state_dict(), path) or torch.save(net.state_dict(), path)."
        ) from error
    if not isinstance(found, Mapping):
        raise NetworkError(f"{path.name} holds {_kind(found)}, not a dictionary of tensors by their names.")
    return found


def _inner(found: Mapping[str, Any], path: Path) -> tuple[dict[str, torch.Tensor], str]:
    """The tensors by their names, and under which names they lay, as "model.state_dict"."""
    outer: list[str] = []
    while not any(isinstance(value, torch.Tensor) for value in found.values()):
        inner = next((key for key in _OUTER if isinstance(found.get(key), Mapping)), None)
        if inner is None:
            raise NetworkError(f"{path.name} holds no tensors: its keys are {_few(map(str, found))}.")
        outer.append(inner)
        found = found[inner]
    return {str(key): value for key, value in found.items() if isinstance(value, torch.Tensor)}, ".".join(outer)


def _renamed(state: dict[str, Any], wanted: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The tensors by the names of the network where a prefix makes the difference, and a sentence on that."""
    best, told = state, ""

    def better(names: Iterable[str]) -> bool:
        return len(wanted.keys() & set(names)) > len(wanted.keys() & best.keys())

    stripped, prefix = state, ""
    while part := _shared(stripped):
        prefix += part
        stripped = {key[len(part) :]: value for key, value in stripped.items()}
        if better(stripped):
            best, told = stripped, f"the prefix {prefix!r} of its keys is left out."
    added = ""
    inside = dict(wanted)
    while part := _shared(inside):
        added += part
        inside = {key[len(part) :]: value for key, value in inside.items()}
        longer = {added + key: value for key, value in state.items()}
        if better(longer):
            best, told = longer, f"its keys get the prefix {added!r} that the network's have."
    return best, told


def _shared(names: Mapping[str, Any]) -> str:
    """The first part of all names with its dot; "" where they differ, or have one part only."""
    firsts = {key.partition(".")[0] for key in names}
    return f"{firsts.pop()}." if len(firsts) == 1 and all("." in key for key in names) else ""


def _differences(state: Mapping[str, torch.Tensor], wanted: Mapping[str, torch.Tensor]) -> Iterable[str]:
    missing = [key for key in wanted if key not in state and not key.endswith(_UNKEPT)]
    unexpected = [key for key in state if key not in wanted]
    both = [key for key in wanted if key in state and state[key].shape != wanted[key].shape]
    shapes = [f"{key} is {_shape(state[key])}, expected {_shape(wanted[key])}" for key in both]
    for word, some in (("missing", missing), ("unexpected", unexpected), ("of another shape", shapes)):
        if some:
            yield f"{len(some)} {word} ({_few(some)})"


def _shape(tensor: torch.Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "one number"


def _few(names: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    names = list(names)
    rest = len(names) - _FEW
    return ", ".join(names[:_FEW]) + (f" and {rest} more" if rest > 0 else "")


# Labels and preprocessing -------------------------------------------------------------------------------------------


def read_labels(path: Path | str) -> list[str]:
    """Return the names in a file: a line each, or a JSON list, or a JSON object of numbers to names.

    Raises `NetworkError` for another file.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() != ".json":
            return [line.strip() for line in text.rstrip().splitlines()]
        found = json.loads(text)
        if isinstance(found, dict):
            found = [found[key] for key in sorted(found, key=int)]
        return [str(name) for name in found]
    except OSError as error:
        raise NetworkError(f"The labels cannot be read: {error}.") from error
    except (ValueError, TypeError) as error:
        wanted = "names in UTF-8, one a line" if path.suffix.lower() != ".json" else "a JSON list of names"
        raise NetworkError(f"{path.name} does not hold {wanted}.") from error


def preprocessing(
    net: nn.Module,
    size: tuple[int, int] | None = None,
    mean: tuple[float, ...] | None = None,
    std: tuple[float, ...] | None = None,
) -> Preprocess | None:
    """Return the preprocessing with what is said of it, the rest as usual; None where nothing is said.

    `size` (H, W) in pixels; `mean` and `std` of each channel, for values in [0, 1]. Raises `NetworkError` where the
    numbers of channels differ.
    """
    if size is None and mean is None and std is None:
        return None
    first = first_convolution(net)
    given = {name: value for name, value in (("mean", mean), ("std", std)) if value is not None}
    channels = next((len(value) for value in given.values()), first[1] if first else 3)
    for name, value in given.items():
        if len(value) != channels or (first and len(value) != first[1]):
            takes = f"the first convolution takes {first[1]} channels" if first else "mean and std are for each channel"
            raise NetworkError(f"--{name} has {len(value)} values: {takes}.")
    if size is not None:
        given |= {"size": size, "resize": min(size)}
    return replace(usual(channels), **given)
