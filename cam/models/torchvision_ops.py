"""Make `import torchvision` work beside a PyTorch that cannot load torchvision's compiled operators.

The reason: where pip finds a CPU-only PyTorch first, it puts torchvision's ordinary wheel, which is built against CUDA,
beside it. That wheel's library `_C` needs `libtorch_cuda` and does not load. torchvision is written to live with this,
but in the course of its import it attaches shape functions to `torchvision::nms` and `torchvision::qnms`, and PyTorch
refuses: "operator torchvision::nms does not exist". Nothing else stands in the way, so importing this module, before
torchvision, declares those two operators and gives `nms` its computation on the CPU (`qnms`, for quantised boxes, stays
without one).

Where torchvision's own operators load, they stay in place and this module does nothing. Where they do not, it imports
torchvision at once, to keep its remarks about them quiet and to let `torchvision.ops.nms` use what was declared. The
other compiled operators stay missing, and torchvision says so when asked. Knows nothing about models and images.
"""

import importlib.machinery
import importlib.util
import os
import warnings
from pathlib import Path

import numpy as np
import torch

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_ROWS = 64  # boxes that are held against all others at a time
_library: torch.library.Library | None = None  # the declarations live as long as this object


def nms(dets: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Greedy non-maximum suppression: indices of the kept boxes, by decreasing score; ties keep their order.

    `dets` is (N, 4) as x1, y1, x2, y2 and `scores` is (N,). A box goes when its intersection over union with a kept box
    of a higher score is above `iou_threshold`.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes = dets.detach()[order]
    boxes = boxes.numpy() if boxes.dtype in (torch.float32, torch.float64) else boxes.float().numpy()
    alive = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), _ROWS):
        covered = _overlaps(boxes[start : start + _ROWS], boxes[start:]).astype(np.float64) > iou_threshold
        for i, row in enumerate(covered):
            if alive[start + i]:
                alive[start + i + 1 :] &= ~row[i + 1 :]
    return order[torch.from_numpy(alive)]


def _overlaps(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4); NaN for two boxes without area."""
    x1, y1, x2, y2 = np.moveaxis(boxes[:, None], 2, 0)
    left, top, right, bottom = others.T
    width = (np.minimum(x2, right) - np.maximum(x1, left)).clip(min=0)
    height = (np.minimum(y2, bottom) - np.maximum(y1, top)).clip(min=0)
    shared = width * height
    with np.errstate(invalid="ignore"):
        return shared / ((x2 - x1) * (y2 - y1) + (right - left) * (bottom - top) - shared)


def declare_missing_operators() -> bool:
    """Declare `nms` and `qnms` if nobody has and torchvision's library does not load; True when it did so now."""
    global _library
    package = importlib.util.find_spec("torchvision")
    if (
        package is None
        or package.origin is None
        or hasattr(torch.ops.torchvision, "nms")
        or _compiled_operators_load(Path(package.origin).parent)
    ):
        return False
    _library = torch.library.Library("torchvision", "FRAGMENT")
    _library.define("nms" + _SIGNATURE)
    _library.define("qnms" + _SIGNATURE)
    _library.impl("nms", nms, "CPU")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Failed to load image Python extension")  # older releases say so
        from torchvision.ops import boxes
    boxes._assert_has_ops = lambda: None  # it asks for the whole library, where nms needs one operator
    return True


def _compiled_operators_load(folder: Path) -> bool:
    """Load the library `_C` in torchvision's folder as its extension.py does; False if missing or not to be loaded."""
    loader = (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
    library = importlib.machinery.FileFinder(str(folder), loader).find_spec("_C")
    if library is None:
        return False
    try:
        if os.name == "nt":
            os.add_dll_directory(str(folder))
        torch.ops.load_library(library.origin)
    except OSError:
        return False
    return hasattr(torch.ops.torchvision, "nms")


declare_missing_operators()
