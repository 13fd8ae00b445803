"""What is true of a layer's map, judged by plain PyTorch: hooks and autograd, without any library that explains.

`Reading` is how somebody reads a module's output as a map (B, C, h, w). Judged are: does the score depend on the map,
does all of the score pass through the layer, does the map lie the right way up, and what Grad-CAM and HiResCAM of this
layer are. Knows nothing about who reads.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from zoo import scores

PLACES = ((0.25, 0.75), (0.75, 0.75), (0.7, 0.25))  # of the patch's centre, height and width in [0, 1]
PATCH = 0.25  # its side, of the picture's
CLOSE = 1e-3  # a map is equal where its largest difference is below this part of its largest value
PATCHES = 8  # contents of the patch, where one leaves it open


@dataclass(frozen=True)
class Reading:
    """`path` leads to a tensor in the output of the module `layer`; `maps` of that tensor is (B, C, h, w)."""

    layer: str
    maps: Callable[[torch.Tensor], torch.Tensor]
    path: tuple = ()


def tensors_in(output: Any, path: tuple = ()) -> list[tuple[tuple, torch.Tensor]]:
    """All floating-point tensors inside a module's output, each with the path to it."""
    if isinstance(output, torch.Tensor):
        return [(path, output)] if output.is_floating_point() else []
    parts = list(output.items()) if isinstance(output, dict) else []
    parts = list(enumerate(output)) if isinstance(output, (tuple, list)) else parts
    return [pair for key, part in parts for pair in tensors_in(part, (*path, key))]


def _layouts(tensor: torch.Tensor, shape: tuple[int, int, int]):
    """The ways to read a tensor (1, ...) as a map of `shape` (C, h, w)."""
    channels, height, width = shape
    if tensor.ndim == 4:
        yield lambda t: t
        yield lambda t: t.permute(0, 3, 1, 2)
    if tensor.ndim == 3 and tensor.shape[2] == channels and tensor.shape[1] >= height * width:
        for skipped in range(tensor.shape[1] - height * width + 1):
            yield lambda t, s=skipped: t[:, s : s + height * width].transpose(1, 2).unflatten(2, (height, width))
    if tensor.ndim == 3 and tensor.shape[1] == channels and tensor.shape[2] == height * width:
        yield lambda t: t.unflatten(2, (height, width))


def reading_of(net: nn.Module, inputs: torch.Tensor, layer: str, activations: torch.Tensor) -> Reading | None:
    """How a library must have read the layer's output, told by its activations (C, h, w); None: unknown."""
    kept = run(net, inputs, layer).outputs
    for path, tensor in reversed(tensors_in(kept)):
        for maps in _layouts(tensor, tuple(activations.shape)):
            found = maps(tensor)[0].detach().float()
            if found.shape == activations.shape and torch.allclose(found, activations, 1e-3, 1e-5):
                return Reading(layer, maps, path)
    return None


@dataclass(eq=False)
class Run:
    """One pass: the layer's last `outputs`, `logits` (B, K), and the leaf `inputs` (B, 3, H, W)."""

    outputs: Any
    logits: torch.Tensor
    inputs: torch.Tensor


def run(net: nn.Module, inputs: torch.Tensor, layer: str, cut: bool = False, graph: bool = True) -> Run:
    """Run, with a `graph` from the input; `cut`: no gradient passes the layer's output, in any of its calls."""
    kept = []

    def note(_module, _inputs, output):
        kept.append(output)
        return _mapped(output, torch.Tensor.detach if cut else torch.Tensor.clone)  # what follows may work in place

    handle = net.get_submodule(layer).register_forward_hook(note)
    try:
        with torch.set_grad_enabled(graph):
            leaf = inputs.clone().requires_grad_()
            logits = scores(net, leaf)
    finally:
        handle.remove()
    return Run(kept[-1] if kept else None, logits, leaf)


def _mapped(output: Any, function: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """A module's output with each tensor replaced; its containers are copied."""
    if isinstance(output, torch.Tensor):
        return function(output)
    if isinstance(output, dict):
        copy = output.copy()
        for key, part in output.items():
            copy[key] = _mapped(part, function)
        return copy
    if isinstance(output, (tuple, list)):
        parts = [_mapped(part, function) for part in output]
        return type(output)(*parts) if hasattr(output, "_fields") else type(output)(parts)
    return output


def _picked(run: Run, reading: Reading) -> torch.Tensor:
    tensor = run.outputs
    for key in reading.path:
        tensor = tensor[key]
    return tensor


def map_and_gradient(net, inputs, reading: Reading, index: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The layer's map and the gradient of the class's logit at it, both (C, h, w): a hook and autograd, no more."""
    done = run(net, inputs, reading.layer)
    tensor = _picked(done, reading)
    (gradient,) = torch.autograd.grad(done.logits[0, index], tensor, allow_unused=True)
    gradient = torch.zeros_like(tensor) if gradient is None else gradient
    return reading.maps(tensor.detach())[0].float(), reading.maps(gradient)[0].float()


def grad_cam(map_: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """sum_c mean(gradient_c) A_c, (h, w)."""
    return (gradient.mean((1, 2), keepdim=True) * map_).sum(0)


def hires_cam(map_: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """sum_c gradient_c A_c, (h, w)."""
    return (gradient * map_).sum(0)


PIXELS = ((0, 0), (0.1, 0.6), (0.45, 0.2), (0.5, 0.5), (0.8, 0.9))  # where occlusion is done by hand, of the sides


def occlusion(net: nn.Module, inputs: torch.Tensor, index: int) -> dict[tuple[int, int], float]:
    """At some pixels, what the class's logit loses on average when a patch over the pixel is zero, one pass a patch.

    A patch is a seventh of the side and moves by half of itself, from the upper left corner on.
    """
    side = inputs.shape[2]
    patch = side // 7
    starts = range(0, side - patch + patch // 2, patch // 2)
    found = {}
    with torch.no_grad():
        before = float(scores(net, inputs)[0, index])
        for row, column in ((int(high * side), int(across * side)) for high, across in PIXELS):
            losses = []
            for top in (start for start in starts if start <= row < start + patch):
                for left in (start for start in starts if start <= column < start + patch):
                    hidden = inputs.clone()
                    hidden[:, :, top : top + patch, left : left + patch] = 0
                    losses.append(before - float(scores(net, hidden)[0, index]))
            found[row, column] = sum(losses) / len(losses)
    return found


def error(found: torch.Tensor, expected: torch.Tensor) -> float:
    """The largest difference as a part of the largest value expected; infinite for maps of two sizes."""
    if found.shape != expected.shape:
        return float("inf")
    scale = expected.abs().max()
    return float((found - expected).abs().max() / scale) if scale > 0 else float(found.abs().max())


def bypass(net: nn.Module, inputs: torch.Tensor, layer: str, index: int) -> float:
    """The share of the input's gradient that is left when nothing passes the layer: 0 where all of the score does."""
    norms = []
    for cut in (False, True):
        done = run(net, inputs, layer, cut)
        score, found = done.logits[0, index], None
        if score.requires_grad:
            (found,) = torch.autograd.grad(score, done.inputs, allow_unused=True)
        norms.append(0.0 if found is None else float(found.double().norm()))
    return norms[1] / norms[0] if norms[0] else float("nan")


def way(net: nn.Module, inputs: torch.Tensor, layer: str, index: int) -> tuple[str, float]:
    """How the score passes the layer, and the share that goes by it.

    "all": everything passes. "residual NAME": what goes by is the sum of the block NAME around it, through which
    everything passes. "beside": the rest takes another branch.
    """
    share = bypass(net, inputs, layer, index)
    if share < 1e-6:
        return "all", share
    shape = [tuple(tensor.shape) for _, tensor in tensors_in(run(net, inputs, layer).outputs)]
    parent = layer
    while "." in parent:
        parent = parent.rpartition(".")[0]
        around = tensors_in(run(net, inputs, parent).outputs)
        if not around:
            continue  # a list of modules, which is never called
        same = len(around) == 1 and tuple(around[0][1].shape) in shape
        if same and bypass(net, inputs, parent, index) < 1e-6:
            return f"residual {parent}", share
        if not same:
            break
    return "beside", share


def patched(inputs: torch.Tensor, place: tuple[float, float], seed=0, half=PATCH / 2, strength=1.0) -> torch.Tensor:
    """The inputs (B, 3, H, W) with a square of them, twice `half` wide, moved towards other noise by `strength`."""
    changed = inputs.clone()
    height, width = inputs.shape[2:]
    rows = slice(round((place[0] - half) * height), round((place[0] + half) * height))
    columns = slice(round((place[1] - half) * width), round((place[1] + half) * width))
    square = changed[:, :, rows, columns]
    fresh = torch.randn(square.shape, generator=torch.Generator().manual_seed(seed))
    changed[:, :, rows, columns] = square + strength * (fresh - square)
    return changed


def distance(change: torch.Tensor, place: tuple[float, float]) -> float:
    """How far the peak of `change` (h, w) lies from the patch, in cells, along the worse axis; 0 inside it."""
    height, width = change.shape
    row, column = divmod(int(change.argmax()), width)
    gaps = [
        abs((cell + 0.5) / size - centre) * size - PATCH / 2 * size - 0.5
        for cell, size, centre in ((row, height, place[0]), (column, width, place[1]))
    ]
    return max(0.0, *gaps)


def right_way_up(read: Callable[[torch.Tensor], torch.Tensor], inputs: torch.Tensor) -> tuple[bool, float]:
    """Whether the map changes most where the picture is changed, in three places, and the farthest peak in cells.

    `read(inputs)` is the layer's map (C, h, w). A peak may lie one cell beside the patch: receptive fields are not
    centred. Where a map has four cells along a side or fewer, half a cell. Cells count by their share of what a change
    of the whole picture does to them, and an area of the patch's size together. A random network that mixes all places
    can miss by chance, so a place that fails is tried again with the mean over `PATCHES` contents of the patch, strong
    ones and then weak ones, which leave attention as it is.
    """
    before = read(inputs)
    slack = 1.0 if min(before.shape[1:]) > 4 else 0.5

    def change(place, seeds, half=PATCH / 2, strength=1.0):
        found = [(read(patched(inputs, place, seed, half, strength)) - before).square().sum(0) for seed in seeds]
        return torch.stack(found).mean(0)

    whole = change((0.5, 0.5), range(100, 104), 0.5)
    whole = whole + 0.1 * whole.mean()
    farthest = 0.0
    for place in PLACES:
        for count, strength in ((1, 1.0), (PATCHES, 1.0), (PATCHES, 0.03)):
            found = _gathered(change(place, range(count), strength=strength) / whole)
            gap = distance(found, place) if found.any() else float("inf")
            if gap <= slack:
                break
        farthest = max(farthest, gap)
    return farthest <= slack, farthest


def _gathered(change: torch.Tensor) -> torch.Tensor:
    """The mean over a window of the patch's size around each cell, (h, w)."""
    size = [max(1, round(PATCH * cells)) // 2 * 2 + 1 if PATCH * cells >= 2 else 1 for cells in change.shape]
    padding = [side // 2 for side in size]
    pooled = nn.functional.avg_pool2d(change[None, None], size, 1, padding, count_include_pad=False)
    return pooled[0, 0]


def forward_seconds(net: nn.Module, inputs: torch.Tensor, rounds: int = 5) -> float:
    """F: the median of graph-free passes, as in `seconds`."""
    return seconds(lambda: scores(net, inputs), rounds, torch.no_grad)


def seconds(work: Callable[[], Any], rounds: int = 3, mode=torch.enable_grad) -> float:
    """The median time of some rounds; of fewer, at least two, where they take more than a second together."""
    taken: list[float] = []
    with mode():
        while len(taken) < rounds and (len(taken) < 2 or sum(taken) < 1):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def state_of(net: nn.Module) -> dict[str, Any]:
    """What a pass could leave behind: plain attributes of all modules, and each tensor's place, version and sum."""
    found: dict[str, Any] = {}
    for name, module in net.named_modules():
        for key, value in vars(module).items():
            if isinstance(value, (bool, int, float, str, tuple, type(None))):
                found[f"{name}.{key}"] = repr(value)
        found[f"{name}:hooks"] = (len(module._forward_hooks), len(module._forward_pre_hooks))
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        gradient = getattr(tensor, "grad", None)
        found[name] = (tensor.data_ptr(), tensor._version, tensor.requires_grad, gradient is None)
    return found


def changed_state(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The names that differ between two states."""
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
