"""What can be done with any method's maps: fusing layers, smoothing, signs and negative evidence.

Each is a function from a trace, or from explanations, to an explanation; the table `COMBINATIONS` names those that a
page or a terminal offers. Knows maps; knows no method by name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn import functional as F

from ..errors import MethodError, unknown
from ..methods import Method
from ..methods.eigen import first_component
from ..methods.telling import gather, tell, untold
from ..passes.trace import Trace, share_gradients
from ..passes.tracing import retrace, retrace_layers
from ..photos.views import sides
from ..tasks.targets import Against
from .explanation import Explanation, explain, method_of

FUSIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "mean": lambda maps: maps.mean(0),
    "max": lambda maps: maps.amax(0),
    "product": lambda maps: maps.prod(0),
}


_FUSED = {"mean": "L = 1/n · Σ_l M_l", "max": "L = max_l M_l", "product": "L = Π_l M_l"}


def fuse(explanations: Sequence[Explanation], how: str = "mean") -> Explanation:
    """Fuse maps of one image, as of several layers or methods, each scaled to [0, 1] first, place by place.

    `how` is "mean", "max" (what any map shows) or "product" (what all of them show). `raw` is the fused map, (H, W).
    """
    if how not in FUSIONS:
        raise unknown("fusion", how, FUSIONS)
    if not explanations:
        raise MethodError("fuse-nothing", "There is no map to fuse. Give at least one explanation.")
    with untold():
        maps = torch.stack([one.heatmap for one in explanations])
    tell("maps", maps, "M_l in [0, 1], the heatmap of each", labels=[one.trace.layer for one in explanations])
    fused = tell("fused", FUSIONS[how](maps), _FUSED[how], "maps")
    return replace(_changed(explanations[-1], fused, sum(one.seconds for one in explanations)), signed=False)


def over_layers(
    trace: Trace, layers: Sequence[str], method: str | Method = "gradcam", target: Any = None
) -> list[Explanation]:
    """Explain one target at several layers, recorded in one pass: a list of explanations, for `fuse`.

    Where the method takes gradients, one backward pass gives those of all layers.
    """
    resolved = trace.target(target)
    traces = retrace_layers(trace, layers)
    if "gradients" in method_of(method).needs:
        share_gradients(list(traces.values()), resolved)
    return [explain(one, method, resolved) for one in traces.values()]


@dataclass(frozen=True)
class Augmentation:
    """How the image lies in the input: mirrored or not, and enlarged by `zoom` about the centre."""

    mirrored: bool = False
    zoom: float = 1.0

    @property
    def title(self) -> str:
        """How it lies, in two words."""
        return f"{'mirrored' if self.mirrored else 'as it is'}, {self.zoom:g} x"

    def apply(self, tensor: torch.Tensor) -> torch.Tensor:
        """Place a tensor (1, C, H, W); what lies outside is zero, the mean colour."""
        return self._moved(tensor, self.zoom)

    def undo(self, tensor: torch.Tensor) -> torch.Tensor:
        """Bring a map (1, C, H, W) of the placed image back to the image's own place; zero where it was not seen."""
        return self._moved(tensor, 1 / self.zoom)

    def _moved(self, tensor: torch.Tensor, zoom: float) -> torch.Tensor:
        if zoom == 1:
            return tensor.flip(-1) if self.mirrored else tensor
        across = (-1 if self.mirrored else 1) / zoom
        matrix = torch.tensor([[[across, 0, 0], [0, 1 / zoom, 0]]], dtype=tensor.dtype, device=tensor.device)
        grid = F.affine_grid(matrix, list(tensor.shape), align_corners=False)
        return F.grid_sample(tensor, grid, align_corners=False)


FLIPS_AND_SCALES = tuple(Augmentation(mirrored, zoom) for mirrored in (False, True) for zoom in (1.0, 0.9, 1.1))


def smooth(
    trace: Trace,
    method: str | Method = "gradcam",
    target: Any = None,
    augmentations: Sequence[Augmentation] = FLIPS_AND_SCALES,
) -> Explanation:
    """Average a method's signed maps over flips and scales of the input, each brought back to its place.

    One recorded pass per augmentation; each pixel counts the augmentations that show it. `raw` is (H, W).
    """
    resolved = trace.target(target)
    size = sides(trace.input)
    total, seen, seconds = torch.zeros(1, 1, *size), torch.zeros(1, 1, *size), 0.0
    one: Explanation | None = None
    for augmentation in augmentations:
        one = explain(retrace(trace, augmentation.apply(trace.input.float())), method, resolved)
        back, shown = (
            augmentation.undo(part) for part in (_at_size(one.raw, size)[None, None], torch.ones(1, 1, *size))
        )
        gather("maps", back[0], "L_a of the placed image, brought back to its place", labels=[augmentation.title])
        gather("seen", shown[0], "s_a = 1 where the placed image shows the pixel", labels=[augmentation.title])
        total += back
        seen += shown
        seconds += one.seconds
    if one is None:
        raise MethodError(
            "augment-nothing",
            "There is no augmentation to average over. Give at least one: augmentations=[Augmentation()].",
        )
    mean = (total / seen.clamp(min=1e-6))[0, 0]
    tell("combined", mean, "L = Σ_a L_a / Σ_a s_a", "maps", "seen")
    return _changed(replace(one, trace=trace), mean, seconds)


def eigen_smooth(explanation: Explanation) -> Explanation:
    """Replace the sum over channels of w_k A_k by the main pattern of these products: less noise, finer detail lost.

    Muhammad and Yeasin 2020, arXiv 2008.00299, on weighted activations. Raises `MethodError` for a method that has no
    weights of channels.
    """
    weights, activations = explanation.weights, explanation.trace.activations.cpu()
    if weights is None or len(weights) != len(activations):
        raise MethodError(
            "eigen-no-weights",
            "{method} does not weigh channels, so its map cannot be smoothed this way.",
            method=method_of(explanation.method).said_title,
        )
    tell("activations", activations, "A_k,ij, k the channel, ij the place")
    name = "place_weights" if weights.ndim == 3 else "weights"
    tell(name, weights, f"w_k of {method_of(explanation.method).title}")
    products = (weights if weights.ndim == 3 else weights[:, None, None]) * activations
    tell("products", products, "P_k,ij = w_k · A_k,ij", name, "activations")
    result = first_component(products.flatten(1).T, sides(products), "products")
    return _changed(explanation, result.raw, explanation.seconds)


def against(trace: Trace, method: str | Method = "gradcam", target: Any = None) -> Explanation:
    """Explain what speaks against a target: the method's map of the score with its sign turned (the counterfactual).

    Selvaraju et al. 2017, arXiv 1610.02391, section 3.3. Raises `MethodError` for a method that does not see the class.
    """
    entry = method_of(method)
    if entry.class_blind:
        raise MethodError(
            "method-class-blind",
            "{method} does not see the class, so it shows nothing for it and nothing against it.",
            method=entry.said_title,
        )
    return explain(trace, entry, Against(trace.target(target)))


def signed_heatmap(explanation: Explanation) -> torch.Tensor:
    """Return the map (H, W) in [-1, 1]: positive for, negative against the target, by the largest of both.

    Raises `MethodError` for a method whose negative values mean nothing.
    """
    _check_signed(explanation)
    enlarged = _at_size(explanation.raw, sides(explanation.trace.input))
    return enlarged / enlarged.abs().max().clamp(min=torch.finfo(enlarged.dtype).tiny)


def turned(explanation: Explanation) -> Explanation:
    """What speaks against the target, from a map that has a sign: the same map with its sign turned.

    Raises `MethodError` as `signed_heatmap` does.
    """
    _check_signed(explanation)
    return _changed(explanation, -explanation.raw, explanation.seconds)


def _check_signed(explanation: Explanation) -> None:
    if explanation.signed:
        return
    method = method_of(explanation.method).said_title
    if explanation.combination:
        raise MethodError(
            "method-unsigned-combined",
            "{method}, combined, shows how much matters, not whether it speaks for or against the class.",
            method=method,
        )
    raise MethodError(
        "method-unsigned",
        "{method} shows how much matters, not whether it speaks for or against the class.",
        method=method,
    )


def _at_size(raw: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    return F.interpolate(raw[None, None], size, mode="bilinear", align_corners=False)[0, 0]


def _changed(explanation: Explanation, raw: torch.Tensor, seconds: float) -> Explanation:
    """The explanation with another map; channel weights no longer belong to it."""
    return replace(explanation, raw=raw, weights=None, seconds=seconds)


@dataclass(frozen=True)
class Combination:
    """One way to combine maps: what it is called, what it does and costs, and `function(trace, method, target)`."""

    name: str
    title: str
    summary: str
    cost: str
    function: Callable[[Trace, Method, Any], Explanation]


def _fused(how: str) -> Callable[[Trace, Method, Any], Explanation]:
    def over_all_layers(trace: Trace, method: Method, target: Any) -> Explanation:
        if method.layer_blind:
            raise MethodError(
                "method-layer-blind",
                "{method} gives the same map at every layer, so there is nothing to fuse.",
                method=method.said_title,
            )
        fused = fuse(over_layers(trace, trace.model.layers, method, target), how)
        return replace(fused, trace=trace)

    return over_all_layers


def _eigen(trace: Trace, method: Method, target: Any) -> Explanation:
    return eigen_smooth(explain(trace, method, target))


_ALL_LAYERS = "one pass and one backward pass through all layers"

COMBINATIONS: dict[str, Combination] = {
    one.name: one
    for one in (
        Combination(
            "smooth",
            "Flips and scales",
            "The mean of six maps, of the image mirrored and enlarged: what moves with the grid drops out.",
            "six passes of the model",
            smooth,
        ),
        Combination(
            "eigen",
            "Main pattern",
            "The main pattern of the weighted channels instead of their sum: less noise, and less detail.",
            "instant",
            _eigen,
        ),
        Combination(
            "layers_mean",
            "All layers, mean",
            "The mean of the maps of all layers: fine edges and whole objects in one picture.",
            _ALL_LAYERS,
            _fused("mean"),
        ),
        Combination(
            "layers_max",
            "All layers, maximum",
            "What any layer shows: nothing is lost, and the noise of the shallow layers stays.",
            _ALL_LAYERS,
            _fused("max"),
        ),
        Combination(
            "layers_product",
            "All layers, product",
            "What all layers show: sharp, and empty where a single layer shows nothing.",
            _ALL_LAYERS,
            _fused("product"),
        ),
    )
}


def combine(trace: Trace, name: str, method: str | Method = "gradcam", target: Any = None) -> Explanation:
    """Explain a target by a method's maps, combined as the entry `name` of `COMBINATIONS` says.

    Raises `UnknownNameError` for the name, `MethodError` where the method's maps cannot be combined so.
    """
    if name not in COMBINATIONS:
        raise unknown("combination", name, COMBINATIONS)
    found = COMBINATIONS[name].function(trace, method_of(method), trace.target(target))
    return replace(found, combination=name)
