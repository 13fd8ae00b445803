"""Which method to begin with at a layer: a rule on what lies behind it, found by looking at gradients and not at names.

Grad-CAM averages a channel's gradient over all places. That loses nothing where the gradient is the same everywhere, as
with pooling right behind the layer; there HiResCAM gives the same map. Elsewhere the average throws away where the
evidence lies, and HiResCAM keeps it, unless its products cancel out at the layer. The measurements are in
`benchmarks/families.md`.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from ..errors import LayerError, TargetError
from ..models.load import Model
from ..passes.trace import Trace
from ..passes.tracing import trace
from .cancelling import products_cancel

EVEN, UNEVEN = "gradcam", "hirescam"
CANCELLED = "layercam"  # for boxes and regions, where HiResCAM shows nothing; of classes it is Grad-CAM
NO_GRADIENT, NO_LAYER = "scorecam", "occlusion"
_TOLERANCE = 1e-3  # of the largest gradient
_LISTED = 100
_ASKED = 5  # of an image's findings, from the best to the last, as each may come from another grid

_known: WeakKeyDictionary[Model, dict[tuple[str, int, float], str]] = WeakKeyDictionary()


def default_method(subject: Model | Trace) -> str:
    """Return the name of the method to begin with: for a model at its default layer, or for a trace at its own.

    "gradcam" where d(score)/d(activations) is the same at every place, "hirescam" where it is not, unless its products
    cancel out: "gradcam" then, "layercam" for boxes and regions; "scorecam" where no gradient leads to the layer,
    "occlusion" where the model has no layer with a map. The answer is found once per model, layer, call and detail; a
    trace costs one backward pass (of boxes, up to five), a model a pass more.
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
        found = recorded.top(_LISTED)
        asked = found[:: max(1, len(found) // _ASKED)][:_ASKED]
        return CANCELLED if any(_cancels(recorded, one) for one in asked) else UNEVEN
    try:
        gradients = recorded.gradients()  # (C, h, w)
    except LayerError:  # nothing depends on this layer: every method will say so
        return EVEN
    spread = gradients.amax((-2, -1)) - gradients.amin((-2, -1))
    even = bool(spread.max() <= _TOLERANCE * gradients.abs().max())
    return EVEN if even or _cancels(recorded) else UNEVEN


def _cancels(recorded: Trace, target: Any = None) -> bool:
    try:
        return bool(products_cancel(recorded, recorded.target(target)))
    except (LayerError, TargetError):
        return False
