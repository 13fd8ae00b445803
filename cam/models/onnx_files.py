"""A network from an ONNX file, by onnx2torch; the optional extra `onnx`.

The file is first read in a process of its own, with limits of memory and time, as photos are: what breaks the reader or
asks for too much ends there. Data outside the file is refused. Knows files; knows no layers and no pages.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

from torch import nn

from ..errors import NetworkError
from . import torchvision_ops  # noqa: F401  (first: onnx2torch imports torchvision)

SECONDS = 60.0  # for reading and checking a file
MEGABYTES = 600  # of the process, beyond six times the file
MOST_MEGABYTES = 2048  # of a file: more than that ONNX keeps outside of it

_CHECK = """
import json, os, sys
sys.path[:] = json.loads(sys.argv[3])
import onnx
if sys.platform == "linux":
    import resource
    held = int(open("/proc/self/statm").read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (held + int(sys.argv[2]), resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
model = onnx.load(sys.argv[1], load_external_data=False)
graph = model.graph
outside = [one.name for one in graph.initializer if one.data_location == onnx.TensorProto.EXTERNAL]
if not outside:
    onnx.checker.check_model(model)
own = {one.name for one in graph.initializer}
inputs = [one for one in graph.input if one.name not in own]
shapes = [[side.dim_value for side in one.type.tensor_type.shape.dim] for one in inputs]
print(json.dumps({"outside": outside[:3], "shapes": shapes}))
"""


def read(path: Path) -> tuple[nn.Module, tuple[int, int] | None]:
    """Return the network of a file, and the size (H, W) of its input where the file tells it.

    Raises `NetworkError`: without the extra, for what is no such file, and for operators that onnx2torch lacks.
    """
    if any(importlib.util.find_spec(name) is None for name in ("onnx", "onnx2torch")):
        raise NetworkError("ONNX files need onnx and onnx2torch: pip install 'cam-explorer[onnx]'.")
    size = _checked(path)
    import onnx  # pyright: ignore[reportMissingImports]  # of an extra
    import onnx2torch  # pyright: ignore[reportMissingImports]  # of an extra

    try:
        return onnx2torch.convert(onnx.load(str(path), load_external_data=False)).eval(), size
    except NotImplementedError as error:
        raise NetworkError(f"{path.name} has an operator that onnx2torch does not know: {error}.") from error
    except Exception as error:
        raise NetworkError(f"{path.name} cannot be made a network by onnx2torch: {type(error).__name__}.") from error


def _checked(path: Path) -> tuple[int, int] | None:
    """Read and check a file in a process of its own; returns the size of its input."""
    if not path.is_file():
        raise NetworkError(f"There is no file {path}.")
    size = path.stat().st_size
    if size > MOST_MEGABYTES * 2**20:
        raise NetworkError(f"{path.name} has {size / 2**20:.0f} MB, and at most {MOST_MEGABYTES} MB are read.")
    command = [sys.executable, "-I", "-S", "-c", _CHECK, str(path.resolve()), str(6 * size + MEGABYTES * 1_000_000)]
    try:
        done = subprocess.run(
            [*command, json.dumps(sys.path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NetworkError(f"{path.name} takes longer than {SECONDS:.0f} seconds to read.") from None
    try:
        found = json.loads(done.stdout[-10_000:])
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it ended without a word"]
        raise NetworkError(f"{path.name} is no ONNX file that can be read: {lines[-1][:200]}") from None
    if found["outside"]:
        raise NetworkError(
            f"{path.name} keeps {', '.join(found['outside'])} and others outside the file: save it with its data, "
            "onnx.save(model, path)."
        )
    shapes = [shape for shape in found["shapes"] if len(shape) == 4]
    if len(found["shapes"]) != 1 or not shapes:
        raise NetworkError(
            f"{path.name} takes inputs of shapes {found['shapes']}, and one image (N, C, H, W) is expected."
        )
    height, width = shapes[0][2:]
    return (height, width) if height and width else None
