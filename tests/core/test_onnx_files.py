"""Networks from ONNX files; skipped where onnx and onnx2torch are not installed."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import cam
from cam import own_page
from cam.errors import NetworkError
from cam.models import onnx_files


@pytest.fixture
def onnx():
    for name in ("onnx", "onnx2torch"):
        pytest.importorskip(name, reason=f"{name} is not installed: pip install 'cam-explorer[onnx]'")
    import onnx

    return onnx


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return {"w1": torch.randn(8, 3, 3, 3), "b1": torch.randn(8), "w2": torch.randn(5, 8), "b2": torch.randn(5)}


def saved(onnx, path, weights, operator="Relu", domain="", **more):
    """Write a network: convolution, `operator`, mean of all places, linear."""
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        make.make_node("Conv", ["x", "w1", "b1"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
        make.make_node(operator, ["c"], ["r"], domain=domain),
        make.make_node("GlobalAveragePool", ["r"], ["p"]),
        make.make_node("Flatten", ["p"], ["f"]),
        make.make_node("Gemm", ["f", "w2", "b2"], ["y"], transB=1),
    ]
    ends = [make.make_tensor_value_info(*one) for one in (("x", kind, [1, 3, 48, 64]), ("y", kind, [1, 5]))]
    tensors = [onnx.numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in weights.items()]
    graph = make.make_graph(nodes, "net", ends[:1], ends[1:], tensors)
    sets = [make.make_opsetid("", 13), *([make.make_opsetid(domain, 1)] if domain else [])]
    onnx.save(make.make_model(graph, opset_imports=sets), str(path), **more)
    return path


def test_a_file_is_explained(onnx, weights, tmp_path, photo):
    path = saved(onnx, tmp_path / "mine.onnx", weights)
    model = own_page.model_of(own_page.parser().parse_args(["--network", str(path)]))
    assert (model.name, model.preprocess.size, len(model.labels)) == ("mine", (48, 64), 5)
    values = torch.rand(1, 3, 48, 64)
    seen = F.conv2d(values, weights["w1"], weights["b1"], 2, 1).relu()
    assert torch.allclose(model.net(values), F.linear(seen.mean((2, 3)), weights["w2"], weights["b2"]), atol=1e-5)
    recorded = cam.trace(model, photo)
    raw = cam.explain(recorded, "gradcam", 3).raw
    expected = (recorded.activations[0] if recorded.activations.dim() == 4 else recorded.activations) * (
        weights["w2"][3] / raw.numel()
    )[:, None, None]
    assert torch.allclose(raw, expected.sum(0), atol=1e-6)


def refused(path):
    with pytest.raises(NetworkError) as caught:
        onnx_files.read(path)
    return str(caught.value)


def test_what_cannot_be_read_says_why(onnx, weights, tmp_path, monkeypatch):
    (tmp_path / "text.onnx").write_text("hello")
    assert "text.onnx is no ONNX file that can be read" in refused(tmp_path / "text.onnx")
    assert "There is no file" in refused(tmp_path / "gone.onnx")
    odd = saved(onnx, tmp_path / "odd.onnx", weights, "Odd", "school.example")
    assert "has an operator that onnx2torch does not know" in refused(odd)
    outside = {"save_as_external_data": True, "size_threshold": 0, "location": "weights.bin"}
    apart = saved(onnx, tmp_path / "apart.onnx", weights, **outside)
    assert "outside the file" in refused(apart)
    monkeypatch.setattr(onnx_files, "SECONDS", 0.01)
    assert "takes longer than" in refused(saved(onnx, tmp_path / "mine.onnx", weights))


def test_without_the_extra_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(onnx_files.importlib.util, "find_spec", lambda _: None)
    assert "pip install 'cam-explorer[onnx]'" in refused(tmp_path / "mine.onnx")


def test_weights_beside_an_onnx_file_are_refused():
    with pytest.raises(NetworkError, match="holds its weights"):
        own_page.model_of(own_page.parser().parse_args(["--network", "mine.onnx", "--weights", "best.pt"]))
