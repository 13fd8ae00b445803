"""Which method to begin with at a layer: a rule on what lies behind it, found by looking at gradients and not at names.

Grad-CAM averages a channel's gradient over all places. That loses nothing where the gradient is the same everywhere, as
with pooling right behind the layer; there HiResCAM gives the same map. Elsewhere the average throws away where the
evidence lies, and HiResCAM keeps it. The measurements are in `benchmarks/families.md`.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ..errors import LayerError
from ..models.load import Model
from ..passes.trace import Trace
from ..passes.tracing import trace

EVEN, UNEVEN = "gradcam", "hirescam"
NO_GRADIENT, NO_LAYER = "scorecam", "occlusion"
_TOLERANCE = 1e-3  # of the largest gradient

_known: WeakKeyDictionary[Model, dict[tuple[str, int, float], str]] = WeakKeyDictionary()


def default_method(subject: Model | Trace) -> str:
    """Return the name of the method to begin with: for a model at its default layer, or for a trace at its own.

    "gradcam" where d(score)/d(activations) is the same at every place, "hirescam" where it is not; "scorecam" where no
    gradient leads to the layer, "occlusion" where the model has no layer with a map. The answer is found once per
    model, layer, call and detail; a trace costs one backward pass, a model a pass more.
    """
    model = subject.model if isinstance(subject, Trace) else subject
    key = (
        (subject.layer, subject.call, subject.detail) if isinstance(subject, Trace) else (model.default_layer, -1, 1.0)
    )
    known = _known.setdefault(model, {})
    if key not in known:
        known[key] = _found(subject if isinstance(subject, Trace) else trace(model, model.sample()))
    return known[key]


def _found(recorded: Trace) -> str:
    if not recorded.layer:
        return NO_LAYER
    if recorded.no_gradient:
        return NO_GRADIENT
    if recorded.model.reader.task.uneven:
        return UNEVEN
    try:
        gradients = recorded.gradients()  # (C, h, w)
    except LayerError:  # nothing depends on this layer: every method will say so
        return EVEN
    spread = gradients.amax((-2, -1)) - gradients.amin((-2, -1))
    return EVEN if bool(spread.max() <= _TOLERANCE * gradients.abs().max()) else UNEVEN
