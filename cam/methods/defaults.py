"""Which method to begin with at a layer: a rule on what lies behind it, found by looking at gradients and not at names.

Grad-CAM averages a channel's gradient over all places. That loses nothing where the gradient is the same everywhere, as
with pooling right behind the layer; there HiResCAM gives the same map. Elsewhere the average throws away where the
evidence lies, and HiResCAM keeps it. The measurements are in `benchmarks/families.md`.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from ..errors import LayerError
from ..models import Model
from ..tracing import Trace, trace

EVEN, UNEVEN = "gradcam", "hirescam"
_TOLERANCE = 1e-3  # of the largest gradient

_known: WeakKeyDictionary[Model, dict[str, str]] = WeakKeyDictionary()


def default_method(subject: Model | Trace) -> str:
    """Return the name of the method to begin with: for a model at its default layer, or for a trace at its own.

    "gradcam" where d(score)/d(activations) is the same at every place, "hirescam" where it is not. The answer is found
    once per model and layer; a trace costs one backward pass, a model a pass more.
    """
    model, layer = (subject.model, subject.layer) if isinstance(subject, Trace) else (subject, subject.default_layer)
    known = _known.setdefault(model, {})
    if layer not in known:
        known[layer] = _found(subject if isinstance(subject, Trace) else trace(model, model.sample()))
    return known[layer]


def _found(recorded: Trace) -> str:
    try:
        gradients = recorded.gradients()  # (C, h, w)
    except LayerError:  # nothing depends on this layer: every method will say so
        return EVEN
    spread = gradients.amax((-2, -1)) - gradients.amin((-2, -1))
    return EVEN if bool(spread.max() <= _TOLERANCE * gradients.abs().max()) else UNEVEN
