"""Finer maps: the same network on a larger input, where it takes one.

A `detail` of 1.5 asks for an input with sides half as long again, and so for a grid with more cells. The network then
sees a larger picture than it was trained on: its predictions are those of that pass. Knows sizes; knows no method.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any
from weakref import WeakKeyDictionary

import torch

from ..errors import CamError, LayerError
from ..messages import Message
from ..models.load import Model, dtype
from ..network import findings, hooks
from ..photos.inputs import Prepared
from ..photos.views import Preprocess

LEAST, MOST = 0.5, 4.0
OFFERED = (1.0, 1.5, 2.0)  # on the page


def checked(detail: float) -> float:
    """Return a detail as a float; raises `CamError` for what is no number from `LEAST` to `MOST`."""
    number = isinstance(detail, Real) and not isinstance(detail, bool)
    if not number or not LEAST <= detail <= MOST:  # not a number fails both
        raise CamError(
            "detail-range",
            "detail is a number from {least:g} to {most:g}, not {detail!r}. Use detail=1.0, or 1.5 for more.",
            least=LEAST,
            most=MOST,
            detail=detail,
        )
    return float(detail)


def preprocess(model: Model, detail: float) -> Prepared:
    """Return the model's preprocessing at `detail` times its input size; at 1 it is the model's own.

    The deepest offered layer gets a whole number of cells (half a cell is left out), and each keeps its size in pixels:
    7 x 7 cells on 224 pixels become 10 x 10 on 320 at 1.5. The resize before a centre crop grows alike.
    Raises `CamError` for a detail out of range and for a preprocessing that is a function and makes one size only.
    """
    factor = checked(detail)
    own = model.preprocess
    if factor == 1:
        return own
    if not isinstance(own, Preprocess):
        raise CamError(
            "detail-own-preprocess",
            "detail={detail:g} needs another input size, and the preprocessing of {title} is a function that makes its "
            "own. Use wrap_model(net, preprocess=Preprocess(size=(224, 224), resize=256)), or detail=1.",
            detail=factor,
            title=model.title,
        )
    grid = model.layer_shapes[model.layers[-1]][1:] if model.layers else own.size
    cells = [max(1, math.ceil(count * factor - 0.5)) for count in grid]
    size = tuple(round(cell * side / count) for cell, side, count in zip(cells, own.size, grid, strict=True))
    return replace(own, size=size, resize=round(own.resize * min(size) / min(own.size)))


@contextmanager
def sized(model: Model, detail: float, size: tuple[int, ...]) -> Iterator[None]:
    """Within the block the model gets an input of `size` (H, W): what it raises at a detail of its own says so.

    Raises `LayerError` instead of what the network raises; memory that runs out is no matter of sizes.
    """
    try:
        yield
    except CamError:
        raise
    except Exception as error:
        if detail == 1 or isinstance(error, MemoryError) or "memory" in str(error).lower():
            raise
        words = " ".join(str(error).split())[:120] or type(error).__name__
        raise LayerError(
            "detail-one-size",
            "{title} takes one input size only: at detail {detail:g}, {width} x {height} pixels, it says {says!r}. Use "
            "detail=1; a ViT of timm takes more when made by create_model(..., dynamic_img_size=True).",
            title=model.title,
            detail=detail,
            width=size[1],
            height=size[0],
            says=words,
        ) from error


def check_rows(scores: torch.Tensor, count: int) -> None:
    """Raise `ValueError` unless there is a row of logits per image: a head that reshapes makes more of larger ones."""
    if len(scores) != count:
        raise ValueError(f"{len(scores)} rows of logits for {count} image{'' if count == 1 else 's'}")


@dataclass(frozen=True)
class Survey:
    """What a model does at a detail: its `input` (W, H), the `shapes` (C, h, w) of its layers, and how many times as
    many pixels as at 1 it computes (`cost`); `reason`: a sentence where it takes no such size, and nothing else."""

    detail: float
    input: tuple[int, int] = (0, 0)
    shapes: dict[str, tuple[int, ...]] | None = None
    cost: float = 1.0
    reason: Message | str = ""


_known: WeakKeyDictionary[Model, dict[float, Survey]] = WeakKeyDictionary()


def survey(model: Model, detail: float) -> Survey:
    """Look at one graph-free pass, once per model and detail."""
    with hooks.lock_of(model.net):  # who asks meanwhile waits, and gets what was found
        known = _known.setdefault(model, {})
        if detail not in known:
            try:
                known[detail] = _surveyed(model, detail)
            except CamError as error:
                known[detail] = Survey(detail, reason=error.message)
        return known[detail]


def _surveyed(model: Model, detail: float) -> Survey:
    inputs, view = preprocess(model, detail)(model.sample(), "squeeze")
    shapes = dict(model.layer_shapes)
    if detail != 1:
        shapes = _shapes(model, detail, inputs.to(model.device, dtype(model.net)))
    own = math.prod(getattr(model.preprocess, "size", inputs.shape[2:]))
    return Survey(detail, view.input, shapes, math.prod(inputs.shape[2:]) / own)


def _shapes(model: Model, detail: float, inputs: torch.Tensor) -> dict[str, tuple[int, ...]]:
    """The maps' shapes (C, h, w) of the offered layers, for another input."""
    found: dict[str, tuple[int, ...]] = {}

    def note(name: str, output: Any) -> Any:
        found[name] = tuple(layouts[name].maps(layouts[name].pick(output)).shape[1:])
        return output

    with ExitStack() as stack:
        stack.enter_context(sized(model, detail, tuple(inputs.shape[2:])))
        layouts = {
            name: findings.layout_at(model.net, inputs, model.logits_of, name, -1, model.title) for name in model.layers
        }
        stack.enter_context(torch.no_grad())
        stack.enter_context(hooks.noted(model.net, model.layers, note))
        check_rows(model.logits_of(model.net(inputs)), 1)
    return found
