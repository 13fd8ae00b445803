"""torchvision imports here whatever PyTorch stands beside it, and the operator that may be declared is right."""

import json
import subprocess
import sys

import pytest
import torch
import torchvision

from cam.models import torchvision_ops

LOAD = f"""
import importlib.util, json, sys, torch
found = importlib.util.spec_from_file_location("torchvision_ops", {torchvision_ops.__file__!r})
ops = importlib.util.module_from_spec(found)
"""
AFTER = """
found.loader.exec_module(ops)
import torchvision
boxes = torch.tensor([[0.0, 0, 2, 2], [0, 0, 2, 2], [5, 5, 6, 6]])
print(json.dumps({
    "declared": ops._library is not None,
    "again": ops.declare_missing_operators(),
    "kept": torchvision.ops.nms(boxes, torch.tensor([1.0, 2, 3]), 0.5).tolist(),
    "compiled": torchvision.extension._has_ops(),
    "plain": globals().get("plain"),
    "networks": len(torchvision.models.list_models()),
}))
"""
PLAIN_FIRST = """
try:
    import torchvision
    plain = True
except RuntimeError as error:
    assert "torchvision::nms does not exist" in str(error), error
    plain = False
"""


def python(code: str) -> dict | list:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def plain_first() -> dict:
    """A process that imports torchvision before the module: on a mixed installation this fails, elsewhere it works."""
    return python(LOAD + PLAIN_FIRST + AFTER)


def test_operators_are_declared_exactly_where_torchvision_alone_does_not_import(plain_first):
    alone = python(LOAD + AFTER)
    assert alone["declared"] is not plain_first["plain"]
    assert alone["compiled"] is plain_first["plain"]


def test_torchvision_imports_even_after_a_failed_attempt(plain_first):
    assert plain_first["declared"] is not plain_first["plain"]
    assert plain_first["networks"] > 80


def test_a_second_call_declares_nothing(plain_first):
    assert plain_first["again"] is False
    before = torch.ops.torchvision.nms
    assert torchvision_ops.declare_missing_operators() is False
    assert torch.ops.torchvision.nms is before


def test_the_operator_computes_in_a_fresh_process(plain_first):
    assert plain_first["kept"] == [2, 1]


def test_operators_that_load_are_left_alone():
    """A process in which loading torchvision's library gives `nms`, as it does where the two wheels match."""
    pretend = """
def load(path):
    made.append(torch.library.Library("torchvision", "FRAGMENT"))
    made[0].define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
made, torch.ops.load_library = [], load
found.loader.exec_module(ops)
imported = [name for name in sys.modules if name.startswith("torchvision")]
print(json.dumps([len(made), ops._library is None, hasattr(torch.ops.torchvision, "qnms"), imported]))
"""
    assert python(LOAD + pretend) == [1, True, False, []]


def brute_force(boxes: list[list[float]], scores: list[float], threshold: float) -> list[int]:
    """Non-maximum suppression by its definition, box by box."""

    def overlap(a, b):
        width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
        height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
        return width * height / union if union else 0.0

    kept: list[int] = []
    for index in sorted(range(len(scores)), key=lambda number: -scores[number]):
        if all(overlap(boxes[index], boxes[other]) <= threshold for other in kept):
            kept.append(index)
    return kept


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("threshold", [0.0, 0.25, 1 / 3, 0.5, 1.0])
def test_nms_agrees_with_its_definition_on_a_grid_full_of_ties(seed, threshold):
    """Corners on a small grid give overlaps equal to the threshold and boxes without area; scores repeat."""
    generator = torch.Generator().manual_seed(seed)
    corners = torch.randint(0, 6, (40, 4), generator=generator).double()
    boxes = torch.cat([torch.minimum(corners[:, :2], corners[:, 2:]), torch.maximum(corners[:, :2], corners[:, 2:])], 1)
    scores = torch.randint(0, 7, (40,), generator=generator).double()
    expected = brute_force(boxes.tolist(), scores.tolist(), threshold)
    assert torchvision_ops.nms(boxes, scores, threshold).tolist() == expected
    assert torchvision.ops.nms(boxes, scores, threshold).tolist() == expected


@pytest.mark.parametrize("nms", [torchvision_ops.nms, torchvision.ops.nms])
def test_nms_of_nothing_is_nothing(nms):
    kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert kept.shape == (0,)
    assert kept.dtype == torch.int64


def test_nms_works_on_float32_with_identical_boxes():
    boxes = torch.tensor([[0.1, 0.1, 0.7, 0.9]]).repeat(3, 1)
    assert torchvision_ops.nms(boxes, torch.tensor([0.2, 0.9, 0.9]), 0.99).tolist() == [1]
