"""From a model and an image to a `Trace`: one pass is run and recorded, at one layer or at several.

Knows how an image becomes an input; knows nothing of gradients and methods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from PIL import Image
from torch import nn

from ..models.load import Model, dtype
from ..network.layouts import Layout
from ..photos.inputs import Bands, fitting, open_given
from ..photos.views import View
from . import detail as details
from . import recording
from .trace import Trace, gradients_kept


def trace(
    model: Model,
    image: Any,
    layer: str | None = None,
    *,
    fit: str = "squeeze",
    call: int = -1,
    detail: float = 1.0,
    bands: Bands = None,
) -> Trace:
    """Run `model` once on `image` and record what is needed to explain `layer`.

    `image` is anything `open_image` takes, an array (H, W, C) of any number of bands, or a tensor (1, C, H, W) or
    (C, H, W) that is the input as it is; `layer` None means the model's default, otherwise any module's dotted path;
    `fit` is "squeeze" (the whole image, resized), "crop" (the model's own resize and centre crop) or "pad"; `call` says
    which call of a layer that runs several times in a pass, 0 the first, -1 the last; `detail`, from 0.5 to 4, a factor
    on the model's input size: a finer grid, where the network takes other sizes (1 of a tensor); `bands`, numbers from
    0, are the three that are shown of an array or tensor, or one for grey: by default the first three.
    Raises `ImageError`, `UnknownNameError` or `LayerError`, each with a sentence for the user.
    """
    if not isinstance(model, Model):
        hint = "wrap_model(net)" if isinstance(model, nn.Module) else "load_model(name)"
        raise TypeError(f"trace takes a Model, not {type(model).__name__}. Use {hint}.")
    name = layer or model.default_layer
    return trace_layers(model, image, [name], fit=fit, call=call, detail=detail, bands=bands)[name]


def trace_layers(
    model: Model,
    image: Any,
    names: Sequence[str] | None = None,
    *,
    fit: str = "squeeze",
    call: int = -1,
    detail: float = 1.0,
    bands: Bands = None,
) -> dict[str, Trace]:
    """Run `model` once on `image` and record several layers, all that the model offers by default: name -> `Trace`.

    The traces share one graph, which starts at the shallowest layer; `share_gradients` pulls a target's gradients at
    all of them in one backward pass. Errors as for `trace`.
    """
    names = model.layers if names is None else names
    prepared = details.preprocess(model, detail)
    opened = open_given(image, model.preprocess, bands, detail)
    inputs, view = opened.prepared(prepared, fit)
    inputs = inputs.to(model.device, dtype(model.net))
    black = opened.black(prepared, fit)
    with fitting(model.net, inputs, model.input_shape):
        return _record(model, opened.shown, view, fit, inputs, names, detail, call, black)


def retrace(trace: Trace, inputs: torch.Tensor | None = None, layer: str | None = None) -> Trace:
    """Record another pass of the same model: at another layer, or on a changed input (1, C, H, W) of the same view."""
    name = layer or trace.layer
    return retrace_layers(trace, [name], inputs)[name]


def retrace_layers(trace: Trace, names: Sequence[str], inputs: torch.Tensor | None = None) -> dict[str, Trace]:
    """Record several layers of another pass of the same model, on the same input or a changed one: name -> `Trace`."""
    inputs = trace.input if inputs is None else inputs.to(trace.input)
    return _record(
        trace.model, trace.image, trace.view, trace.fit, inputs, names, trace.detail, trace.call, trace.black
    )


def _record(
    model: Model,
    opened: Image.Image,
    view: View,
    fit: str,
    inputs: torch.Tensor,
    names: Sequence[str],
    detail: float,
    call: int,
    black: Callable[[], torch.Tensor],
) -> dict[str, Trace]:
    with details.sized(model, detail, tuple(inputs.shape[2:])):
        found = recording.forward(model, inputs, [name for name in names if name], call=call)
        details.check_rows(found.scores, len(inputs))
    return {
        name: trace_of(found, 0, name, model, opened, view, fit, inputs, detail, call, black=black) for name in names
    }


def trace_of(
    found: recording.Recording,
    row: int,
    name: str,
    model: Model,
    opened: Image.Image,
    view: View,
    fit: str,
    inputs: torch.Tensor,
    detail: float,
    call: int = -1,
    *,
    black: Callable[[], torch.Tensor],
) -> Trace:
    """The trace of one image, in the `row` of a recorded pass, at one of its layers; `inputs` (1, C, H, W) are its own.

    In a pass of many images the graph that it holds is that of all of them.
    """
    tap = found.taps.get(name)
    activations = tap.layout.maps(tap.tensor.detach())[row].float() if tap else torch.zeros(0, 0, 0)
    own = activations.nbytes + inputs.nbytes + opened.width * opened.height * 3
    return Trace(
        model=model,
        image=opened,
        view=view,
        fit=fit,
        input=inputs,
        layer=name,
        activations=activations,
        logits=found.scores[row].detach().float(),
        nbytes=own + found.nbytes + gradients_kept(activations) * activations.nbytes,
        _layout=tap.layout if tap else Layout("first", (0, 0)),
        _leaf=tap.tensor if tap else torch.zeros(0),
        _scores=found.scores,
        _first_order_only=found.first_order_only,
        _calls=tap.calls if tap else 0,
        call=call,
        detail=float(detail),
        black=black,
    )
