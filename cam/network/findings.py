"""What is known of each network: how a graph gets through it, and the layouts of its layers at sizes of the input.

It is observed once (`observing.py`) and kept as long as the network lives. Knows the sentences about layers that have
no map; knows no method and no class.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..errors import LayerError
from ..messages import Message
from . import graphs, hooks
from .layouts import Layout, tensors_in
from .observing import Observation, seen_as_picture
from .tries import passed
from .watching import PLAIN, WATCHED


class _Findings:
    """What is known of one network: how a graph gets through it, and the layouts of layers at sizes of the input."""

    def __init__(self) -> None:
        self.way = PLAIN
        self.layouts: dict[tuple[str, int], dict[tuple[int, ...], Layout]] = {}

    def layout(self, name: str, call: int, shape: tuple[int, ...]) -> Layout | None:
        """What was found at this size; of a layer that is no list of tokens the axes are the same at every size."""
        found = self.layouts.get((name, call), {})
        return found.get(shape) or next((layout for layout in list(found.values()) if not layout.of_tokens), None)

    def at(self, shape: tuple[int, ...]) -> dict[tuple[str, int], Layout]:
        """What was found of all layers, at this size."""
        found = {key: self.layout(*key, shape) for key in list(self.layouts)}  # a twin's thread may add to them
        return {key: layout for key, layout in found.items() if layout}


_FINDINGS: WeakKeyDictionary[nn.Module, _Findings] = WeakKeyDictionary()


def remember(seen: Observation) -> None:
    """Keep what an observation found, for the passes to come."""
    findings = _FINDINGS.setdefault(seen.net, _Findings())
    findings.way = seen.way
    for (name, call), layout in seen.known.items():
        if layout is not None:
            findings.layouts.setdefault((name, call), {})[tuple(seen.inputs.shape[1:])] = layout


def share(net: nn.Module, twin: nn.Module) -> None:
    """Let what is known of a network, now and later, hold for its twin as well."""
    _FINDINGS[twin] = _FINDINGS.setdefault(net, _Findings())


def way_of(net: nn.Module) -> str:
    """How a graph gets through a network that was observed: "plain", "watched", or "" where there is none."""
    return _FINDINGS[net].way if net in _FINDINGS else PLAIN


def watch(net: nn.Module) -> None:
    """Hold off the network's own gradient modes from now on."""
    _FINDINGS.setdefault(net, _Findings()).way = WATCHED


def layout_at(
    net: nn.Module, inputs: torch.Tensor, read: Callable[[Any], torch.Tensor], name: str, call: int, title: str
) -> Layout:
    """Return how the output of a layer carries its map for inputs (B, C, H, W); observed where it is not known yet.

    `call` is which of the layer's calls is meant. Raises `LayerError` that says what was found instead of a map.
    """
    findings = _FINDINGS.setdefault(net, _Findings())
    known = findings.layout(name, call, tuple(inputs.shape[1:]))
    if known:
        return known
    with hooks.trial(net):
        return _observed(net, inputs[:1].detach(), read, name, call, title)


def _observed(
    net: nn.Module, inputs: torch.Tensor, read: Callable[[Any], torch.Tensor], name: str, call: int, title: str
) -> Layout:
    findings = _FINDINGS[net]
    calls, output, _ = passed(net, inputs, "")
    seen = Observation(net, inputs, read, calls, read(output), None, "")
    seen.trust(findings.at(tuple(inputs.shape[1:])))
    if name not in seen.of:
        raise LayerError(
            "layer-never-runs",
            "Layer {layer!r} of {title} never runs in a pass, so it has nothing to show.",
            layer=name,
            title=title,
        )
    count = len(seen.of[name])
    if not -count <= call < count:
        raise LayerError(
            "layer-call",
            "Layer {layer!r} of {title} runs {count} times in a pass, so call is from 0 to {last}.",
            layer=name,
            title=title,
            count=count,
            last=count - 1,
        )
    seen.confirm([name], call)
    way = findings.way
    remember(seen)
    findings.way = way
    found = seen.known[name, call] or _flat(seen, name, call, findings)
    if found is None:
        raise LayerError(_no_map(seen, name, call, title))
    return found


def _flat(seen: Observation, name: str, call: int, findings: _Findings) -> Layout | None:
    """The layout of a convolution whose map is the same for every picture, as with weights of zero; kept as found.

    The graph tells it from the map of something else than the picture.
    """
    likeliest = next(iter(seen.possible(name, call)), None)
    if likeliest is None or not seen_as_picture(seen.of[name][call]) or seen.sees_the_picture(name):
        return None
    calls, _, leaf = passed(seen.net, seen.inputs, findings.way or PLAIN, [name])
    tensor = likeliest.pick(calls[call].output)
    if leaf is None or not tensor.requires_grad or not graphs.between(tensor, leaf):
        return None
    findings.layouts.setdefault((name, call), {})[tuple(seen.inputs.shape[1:])] = likeliest
    return likeliest


def _no_map(seen: Observation, name: str, call: int, title: str) -> Message:
    """Why a layer cannot be explained, and what can."""
    output = seen.of[name][call].output
    shapes = [tuple(tensor.shape) for _, tensor in tensors_in(output)]
    what = {"layer": name, "title": title, "output": shapes[0] if shapes else type(output).__name__}
    others = [number for number in range(len(seen.of[name])) if number != call % len(seen.of[name])]
    good = [number for number in others if not seen.confirm([name], number) and seen.known[name, number]]
    if good:
        return Message(
            "layer-other-call",
            "Layer {layer!r} of {title} runs {count} times in a pass, and its call {call} does not show this picture. "
            "Choose another: trace(model, image, {layer!r}, call={good}).",
            layer=name,
            title=title,
            count=len(others) + 1,
            call=call % (len(others) + 1),
            good=good[0],
        )
    if not seen.possible(name, call):
        return Message("layer-no-map", "Layer {layer!r} of {title} has no spatial map: its output is {output}.", **what)
    if not seen.sees_the_picture(name):
        return Message(
            "layer-same-map",
            "Layer {layer!r} of {title} has no spatial map: its output is {output}, and nothing in it changes with the "
            "picture.",
            **what,
        )
    return Message(
        "layer-no-places",
        "Layer {layer!r} of {title} has no spatial map: its output is {output}, and where the picture changes in one "
        "place, it does not change most in that place.",
        **what,
    )
