"""What a method needs of a network beyond a layer with a map, and the sentence where it is not there.

An entry of `METHODS` names its requirements in `requires`; `obstacle` is the one function that checks them, for Python,
the terminal and the page alike, and `needs_in_words` the one that says them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..errors import LayerError, MethodError, TargetError
from ..messages import Message
from ..models.load import Model
from ..network.graphs import between, is_rectifier, strange_to_sums
from ..passes import recording
from ..passes.trace import Trace
from ..passes.tracing import trace
from ..tasks.targets import Target
from .base import Method
from .cancelling import averages_cancel, products_cancel
from .fullgrad import completeness
from .transformers import no_stack

MOST_PLACES = 56 * 56


_HEADS: WeakKeyDictionary[Trace, torch.Tensor | None] = WeakKeyDictionary()


def linear_head(trace: Trace) -> torch.Tensor | None:
    """Return W (K, C) where the logits are W mean(A) + b of one linear layer, else None: checked once by computing."""
    if trace not in _HEADS:
        _HEADS[trace] = _computed_head(trace)
    return _HEADS[trace]


def _computed_head(trace: Trace) -> torch.Tensor | None:
    if trace.logits.ndim > 1:  # boxes or places: there is no pooling over all of the image
        return None
    channels, classes = len(trace.activations), len(trace.logits)
    pooled = trace.activations.mean((-2, -1))
    tolerance = max(1e-3, 4 * torch.finfo(trace.input.dtype).eps)
    for module in trace.model.net.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)) and module.weight.shape[:2] == (classes, channels):
            weight = module.weight.detach().float().reshape(classes, -1)
            bias = 0 if module.bias is None else module.bias.detach().float()
            if weight.shape[1] == channels and torch.allclose(
                weight @ pooled + bias, trace.logits, tolerance, tolerance
            ):
                return weight
    return None


def head_weights(trace: Trace, target: Target) -> torch.Tensor:
    """Return the weights (C,) with which the target sums the layer's pooled channels, for `cam`.

    Raises `MethodError` unless the logits are those of `linear_head`.
    """
    weight = linear_head(trace)
    if weight is not None:
        with torch.inference_mode(False), torch.enable_grad():
            logits = trace.logits.clone().requires_grad_()
            (slope,) = torch.autograd.grad(target(logits), logits)
        return slope @ weight
    raise MethodError(
        "needs-linear-head",
        "CAM needs global average pooling and one linear layer right behind the layer, and {layer!r} of {title} has "
        "something else there. Grad-CAM works on any layer.",
        layer=trace.layer,
        title=trace.model.title,
    )


def _linear_head(recorded: Trace) -> Message | None:
    try:
        head_weights(recorded, recorded.target())
    except MethodError as error:
        return error.message
    return None


def _attention(recorded: Trace) -> Message | None:
    return no_stack(recorded)


def _layer(recorded: Trace) -> Message | None:
    return None if recorded.layer else recorded.no_gradient


def _gradients(recorded: Trace) -> Message | None:
    return recorded.no_gradient


def _graph_from_input(recorded: Trace) -> tuple[torch.Tensor, torch.Tensor]:
    """The input, and the logits (1, K) in a graph that starts there."""
    with torch.inference_mode(False), torch.enable_grad():
        return recorded.run_from_input(recorded.input)


def _input_gradients(recorded: Trace) -> Message | None:
    try:
        leaf, logits = _graph_from_input(recorded)
    except RuntimeError as error:
        words = " ".join(str(error).split())[:160]
        return Message(
            "needs-input-gradient",
            "{title} takes no input that has a gradient: it says {says!r}.",
            title=recorded.model.title,
            says=words,
        )
    if logits.requires_grad and between(logits, leaf):
        return None
    place = recording.where_gradients_end(recorded.model, recorded.input)
    return Message(
        "input-no-gradient",
        "No gradient leads from the scores of {title} back to its input: the graph ends in {place}. RISE and occlusion "
        'need none: explain(trace, "rise").',
        title=recorded.model.title,
        place=place,
    )


_MULTIPLIES = {  # what a network does with features that FullGrad's sum does not hold for, in words
    "Mul": Message("does-gates", "multiplies features with features, as gates do"),
    "Bmm": Message("does-attention", "multiplies features with features, as attention does"),
    "Mm": Message("does-products", "multiplies features with features"),
    "Softmax": Message("does-softmax", "has a softmax inside, as attention does"),
    "ScaledDotProductFlashAttentionForCpu": Message("does-fused-attention", "has attention"),
    "NativeLayerNorm": Message("does-layer-norm", "has layer normalisation"),
    "NativeGroupNorm": Message("does-group-norm", "has group normalisation"),
    "NativeBatchNorm": Message("does-own-statistics", "normalises by the image's own statistics"),
    "Div": Message("does-division", "divides features by features"),
}


def _full_gradients(recorded: Trace) -> Message | None:
    """The graph must hold sums, products with constants, rectifiers and known activation functions only."""
    leaf, logits = _graph_from_input(recorded)
    entry = recorded.target().entry  # a box's own number: how its sides are made does not matter
    strange = strange_to_sums(logits if entry is None else recording.entry_seed(logits, entry)[0], leaf)
    if strange:
        other = Message("does-other", "computes {operation}", operation=strange[0])
        return Message(
            "needs-sums",
            "FullGrad needs a network whose score is the sum of its input's and biases' gradients. {title} {does}, so "
            "they do not add up to it.",
            title=recorded.model.title,
            does=next((_MULTIPLIES[kind] for kind in strange if kind in _MULTIPLIES), other),
        )
    score, total, scale = completeness(recorded, recorded.target())
    if abs(score - total) <= max(0.01 * abs(score), 1e-4 * scale):
        return None
    return Message(
        "needs-full-sum",
        "FullGrad needs a network whose score is the sum of its input's and biases' gradients. In {title} they add up "
        "to {total:.3g} and the score is {score:.3g}: it adds something in a way that is not seen.",
        title=recorded.model.title,
        total=total,
        score=score,
    )


def _rectifiers(recorded: Trace) -> Message | None:
    leaf, logits = _graph_from_input(recorded)
    if any(is_rectifier(node) for node in between(logits, leaf)):
        return None
    return Message(
        "needs-relu",
        "Guided backpropagation changes how ReLUs pass gradients back, and {title} has no ReLU. There it would be the "
        "plain input gradient.",
        title=recorded.model.title,
    )


def _few_places(recorded: Trace) -> Message | None:
    height, width = recorded.activations.shape[-2:]
    if height * width <= MOST_PLACES:
        return None
    return Message(
        "needs-few-places",
        "This compares every place with every other, which takes gigabytes for the {height} x {width} places of "
        "{layer!r}. Choose a deeper layer.",
        height=height,
        width=width,
        layer=recorded.layer,
    )


def _for_classes(cancel: Callable[[Trace, Target], Message | None]) -> Callable[..., Message | None]:
    """Whether sums cancel out, for every class alike. Findings are asked about one by one, as their grids differ."""

    def obstacle(recorded: Trace, target: Target | None = None) -> Message | None:
        if recorded.logits.ndim > 1:
            return None
        try:
            return cancel(recorded, target or recorded.target())
        except (LayerError, TargetError):  # there is nothing to explain, which is said elsewhere
            return None

    return obstacle


@dataclass(frozen=True)
class Requirement:
    """What is needed, in `words`; `obstacle(trace)` is a sentence where it is missing, else None.

    `per_layer`: the answer hangs on the layer, and not on the network alone. `per_target`: it is read off a target's
    gradient, `obstacle(trace, target)`, which is the same answer for each class.
    """

    words: str
    obstacle: Callable[..., Message | None]
    per_layer: bool = False
    per_target: bool = False


REQUIREMENTS = {
    "layer": Requirement("a layer with a map", _layer, per_layer=True),
    "gradients": Requirement("gradients", _gradients, per_layer=True),
    "averages": Requirement("gradients", _for_classes(averages_cancel), True, True),
    "products": Requirement("gradients", _for_classes(products_cancel), True, True),
    "input gradients": Requirement("gradients", _input_gradients),
    "linear head": Requirement("global average pooling and one linear layer behind it", _linear_head, per_layer=True),
    "few places": Requirement("of at most 56 x 56 places", _few_places, per_layer=True),
    "attention": Requirement("a list of blocks with one attention each over all tokens", _attention),
    "full gradients": Requirement("no attention, gates or layer norm anywhere", _full_gradients),
    "rectifiers": Requirement("ReLUs", _rectifiers),
}


def requirements_of(method: Method) -> tuple[str, ...]:
    """Return the names of all that a method needs of a network, what follows from its tensors included."""
    names = () if method.layer_blind else ("layer",)
    if "gradients" in method.needs:
        names += ("gradients",)
    return tuple(dict.fromkeys((*names, *method.requires)))


def needs_in_words(method: Method) -> str:
    """Return what a method needs of a network, as a phrase."""
    return ", ".join(dict.fromkeys(REQUIREMENTS[name].words for name in requirements_of(method))) or "only the model"


_known: WeakKeyDictionary[Model, dict[tuple[str, tuple[str, float] | None], Message | None]] = WeakKeyDictionary()


def obstacle(method: Method, subject: Model | Trace, target: Target | None = None) -> Message | None:
    """Return the reason, a sentence, why a method does not apply to a model (at its default layer) or trace, or None.

    Each answer is computed once per model, and per layer where it hangs on that: some cost a pass of the model, others
    a gradient, for which any `target` of the trace serves.
    """
    model, layer = (subject.model, subject.layer) if isinstance(subject, Trace) else (subject, subject.default_layer)
    detail = subject.detail if isinstance(subject, Trace) else 1.0  # a finer grid has more places
    known = _known.setdefault(model, {})
    for requirement in requirements_of(method):
        needed = REQUIREMENTS[requirement]
        key = (requirement, (layer, detail) if needed.per_layer else None)
        if key not in known:
            if not isinstance(subject, Trace):
                subject = trace(model, model.sample())
            known[key] = needed.obstacle(subject, target) if needed.per_target else needed.obstacle(subject)
        if known[key]:
            return known[key]
    return None
