"""`python -m cam serve`: the page, with a network of one's own first in its list where one is named.

Knows arguments; how a network is found is `models.files`, and the page is loaded last.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from torch import nn

from .errors import CamError
from .models import files, onnx_files
from .models.load import Model, load_model, wrap_model

_NEEDED = ("weights", "labels", "size", "mean", "std", "task", "scores", "layer", "name")  # options of a network


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog="python -m cam serve", description="Open the page; with --network on a network of your own."
    )
    made.add_argument(
        "--network",
        metavar="MODULE:FUNCTION",
        help="a function without arguments that returns it, or a file that ends in .onnx",
    )
    made.add_argument("--weights", type=Path, metavar="FILE", help="safetensors, or a state dict by torch.save")
    made.add_argument("--labels", type=Path, metavar="FILE", help="the classes' names, one a line; or JSON")
    made.add_argument("--size", type=_size, metavar="N", help="pixels of the input, N or HxW; default: 224")
    made.add_argument("--mean", type=_numbers, metavar="A,B,C", help="of each channel, in [0, 1]; default: ImageNet's")
    made.add_argument("--std", type=_numbers, metavar="A,B,C", help="the same")
    made.add_argument("--task", help="classification, detection, segmentation; default: found from what it returns")
    made.add_argument("--scores", help="what it returns: softmax, sigmoid, given; default: found")
    made.add_argument("--layer", help="dotted path of the module that is explained first; default: the best")
    made.add_argument("--name", help="what the page calls it; default: its class")
    made.add_argument("--model", help="a model of the table as the first one, instead of a network of your own")
    made.add_argument("--host", help="default: GRADIO_SERVER_NAME, else 127.0.0.1: this machine alone")
    made.add_argument("--port", type=int, help="default: GRADIO_SERVER_PORT, else the first free one from 7860")
    return made


def _size(text: str) -> tuple[int, int]:
    sides = [int(side) for side in text.lower().split("x")]
    if not 1 <= len(sides) <= 2 or min(sides) < 1:
        raise ValueError
    return sides[0], sides[-1]


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(number) for number in text.replace(",", " ").split())


def model_of(options: argparse.Namespace) -> Model:
    """Return the network that the options describe, wrapped. Raises `NetworkError`, `CamError` or `ValueError`."""
    if options.network.lower().endswith(".onnx"):
        return _of_onnx(options)
    made = files.network(options.network)
    if isinstance(made, Model):
        given = [name for name in _NEEDED if getattr(options, name)]
        if given:
            raise files.NetworkError(
                f"{options.network} returns a Model, which has its weights, labels and preprocessing: leave out "
                f"{', '.join(f'--{name}' for name in given)}."
            )
        return made
    if options.weights:
        files.load_weights(made, options.weights, tell=lambda said: print(f"cam: {said}", file=sys.stderr))
    else:
        print(f"cam: {options.network} keeps the weights that it has: no --weights.", file=sys.stderr)
    return _wrapped(made.eval(), options, options.size)


def _of_onnx(options: argparse.Namespace) -> Model:
    if options.weights:
        raise files.NetworkError(f"{options.network} holds its weights: leave out --weights.")
    path = Path(options.network)
    made, size = onnx_files.read(path)
    options.name = options.name or path.stem
    return _wrapped(made, options, options.size or size)


def _wrapped(net: nn.Module, options: argparse.Namespace, size: tuple[int, int] | None) -> Model:
    return wrap_model(
        net,
        preprocess=files.preprocessing(net, size, options.mean, options.std),
        labels=files.read_labels(options.labels) if options.labels else None,
        name=options.name,
        default_layer=options.layer,
        scores=options.scores,
        task=options.task,
    )


def _first(options: argparse.Namespace) -> Model | None:
    if options.network:
        return model_of(options)
    if given := [name for name in _NEEDED if getattr(options, name)]:
        raise files.NetworkError(f"--{given[0]} is about a network of your own: name it by --network MODULE:FUNCTION.")
    return load_model(options.model) if options.model else None


def main(arguments: list[str]) -> int:
    """Serve until the page is stopped; returns 1 where a sentence on stderr says why it cannot open."""
    options = parser().parse_args(arguments)
    try:
        model = _first(options)
    except (CamError, OSError, ValueError) as error:
        print(f"cam: {error}", file=sys.stderr)
        return 1
    from .page.run import open_page

    open_page({} if model is None else model, host=options.host, port=options.port)
    return 0
