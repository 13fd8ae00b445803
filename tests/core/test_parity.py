"""Parity on EfficientNet-Lite0 with grad-cam, torchcam and captum where they follow the papers, and identities.

Two layers: `bn2`, the last one, whose maps are never negative, and `blocks.4`, in the middle and signed. Two classes:
the top one, and the cup, for which other parts of the example speak. Where a library departs from a paper, the equation
itself is the oracle; `deviations.py` states by how much the library does.
"""

import copy

import peers
import pytest
import torch
from torch.nn import functional as F

from cam import METHODS, explain, trace

HEATMAP = 1e-5  # in [0, 1]: two ways to enlarge and to normalise, both in float32
RAW = 1e-6  # of the largest value: a few last bits of float32, since 1,280 channels are added in another order
CUP = 504
CASES = [(layer, index) for layer in ("bn2", "blocks.4") for index in (None, CUP)]

at_each_case = pytest.mark.parametrize(("layer", "index"), CASES)


@pytest.fixture(scope="module")
def net(lite0):
    """The same network as the libraries want it: with weights that require gradients. Ours stays as it is."""
    return copy.deepcopy(lite0.net).requires_grad_(True)


@pytest.fixture(scope="module")
def traced(lite0, photo):
    """Traces of the example by layer, each made once."""
    made = {}

    def at(layer):
        if layer not in made:
            made[layer] = trace(lite0, photo, layer)
        return made[layer]

    return at


def class_of(t, index):
    return int(t.logits.argmax()) if index is None else index


def assert_close(actual, expected, tolerance=RAW):
    """The largest difference is at most `tolerance` of the largest value, and the values are not all zero."""
    largest = float(expected.abs().max())
    assert largest > 0
    assert float((actual - expected).abs().max()) <= tolerance * largest


def correlation(one, other):
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]).double())[0, 1])


@at_each_case
def test_gradcam_agrees_with_all_three(net, traced, layer, index):
    t = traced(layer)
    target = class_of(t, index)
    ours = explain(t, "gradcam", target)
    assert_close(ours.raw, peers.captum_gradcam(net, t.input, layer, target))
    assert_close(ours.raw.relu(), peers.torchcam_raw("GradCAM", net, t.input, layer, target))
    theirs = peers.grad_cam("GradCAM", net, t.input, layer, target)
    assert_close(ours.raw, theirs.raw)
    assert_close(ours.weights, theirs.weights)
    assert_close(ours.heatmap, theirs.heatmap, HEATMAP)


@at_each_case
def test_hirescam_agrees_with_captum_and_grad_cam(net, traced, layer, index):
    t = traced(layer)
    target = class_of(t, index)
    ours = explain(t, "hirescam", target)
    assert_close(ours.raw, peers.captum_gradient_x_activation(net, t.input, layer, target).sum(0))
    assert_close(ours.heatmap, peers.grad_cam("HiResCAM", net, t.input, layer, target).heatmap, HEATMAP)


@at_each_case
def test_layercam_agrees_with_torchcam_and_grad_cam(net, traced, layer, index):
    t = traced(layer)
    target = class_of(t, index)
    ours = explain(t, "layercam", target)
    assert_close(ours.raw.relu(), peers.torchcam_raw("LayerCAM", net, t.input, layer, target))
    assert_close(ours.heatmap, peers.grad_cam("LayerCAM", net, t.input, layer, target).heatmap, HEATMAP)


@at_each_case
def test_elementwise_gradcam_agrees_with_grad_cam(net, traced, layer, index):
    t = traced(layer)
    target = class_of(t, index)
    theirs = peers.grad_cam("GradCAMElementWise", net, t.input, layer, target)
    ours = explain(t, "gradcam_elementwise", target)
    assert_close(ours.raw, theirs.raw)
    assert_close(ours.heatmap, theirs.heatmap, HEATMAP)


@at_each_case
def test_xgradcam_agrees_with_grad_cam(net, traced, layer, index):
    """grad-cam adds 1e-7 to the sums of the activations; ours leaves out channels whose sum is as small as that."""
    t = traced(layer)
    target = class_of(t, index)
    theirs = peers.grad_cam("XGradCAM", net, t.input, layer, target)
    ours = explain(t, "xgradcam", target)
    assert_close(ours.raw, theirs.raw, 1e-5)
    assert_close(ours.heatmap, theirs.heatmap, HEATMAP)


@pytest.mark.parametrize("index", [None, CUP])
def test_cam_agrees_with_torchcam(net, traced, index):
    """torchcam's CAM applies no ReLU, so the signs can be compared too."""
    t = traced("bn2")
    target = class_of(t, index)
    theirs = peers.torchcam_raw("CAM", net, t.input, "bn2", target, fc_layer="classifier")
    assert_close(explain(t, "cam", target).raw, theirs)


@pytest.mark.parametrize("index", [None, CUP, 0, 999])
def test_identities_behind_global_pooling(traced, index):
    """Grad-CAM = HiResCAM = XGrad-CAM, and = ReLU(CAM) / n, at the last layer before pooling and a linear head."""
    t = traced("bn2")
    raw = {name: explain(t, name, index).raw for name in ("gradcam", "hirescam", "xgradcam", "cam")}
    cells = raw["cam"].numel()
    assert float(raw["gradcam"].max()) > 1e-3
    assert float((raw["gradcam"] - raw["hirescam"]).abs().max()) <= 3e-7
    assert float((raw["gradcam"] - raw["xgradcam"]).abs().max()) <= 3e-7
    assert float((raw["gradcam"].relu() - raw["cam"].relu() / cells).abs().max()) <= 2e-7


@at_each_case
def test_gradcam_plusplus_is_its_equation(traced, layer, index):
    """Eq. 19 as it is written, in float64; places without gradient get no weight."""
    t = traced(layer)
    a, g = t.activations.double(), t.gradients(class_of(t, index)).double()
    alpha = (g**2 / (2 * g**2 + a.sum((1, 2), keepdim=True) * g**3)).nan_to_num(0)
    weights = (alpha * g.relu()).sum((1, 2))
    ours = explain(t, "gradcam_plusplus", index)
    assert_close(ours.raw, (weights[:, None, None] * a).sum(0).float(), 1e-4)


@pytest.mark.parametrize("layer", ["bn2", "blocks.4"])
def test_eigencam_is_the_paper_s_and_its_centred_form_is_grad_cam_s(net, traced, layer):
    """grad-cam centres the columns, which the paper does not, and leaves the sign to chance."""
    t = traced(layer)
    target = class_of(t, None)
    a = t.activations
    u, s, _ = torch.linalg.svd(a.flatten(1).T.double(), full_matrices=False)
    expected = (u[:, 0] * s[0]).reshape(a.shape[1:]).float()
    expected = expected * (1 if correlation(expected, a.mean(0)) > 0 else -1)
    assert_close(explain(t, "eigencam", target).raw, expected, 1e-5)

    product = a * t.gradients(target)
    for kind, maps in (("EigenCAM", a), ("EigenGradCAM", product)):
        theirs = peers.grad_cam(kind, net, t.input, layer, target).raw
        centred = METHODS["eigencam"].function(maps - maps.mean((1, 2), keepdim=True)).raw
        sign = 1 if correlation(centred, theirs) > 0 else -1
        assert_close(centred, sign * theirs, 1e-5)
    assert torch.equal(explain(t, "eigengradcam", target).raw, METHODS["eigencam"].function(product).raw)


def test_scorecam_is_its_authors_program(net, traced):
    """The authors' loop: enlarge a channel, scale it to [0, 1], mask the input, weigh by the class's probability."""
    t = traced("blocks.0")
    size = t.input.shape[2:]
    enlarged, probabilities = [], []
    with torch.no_grad():
        for channel in t.activations:
            saliency = F.interpolate(channel[None, None], size=size, mode="bilinear", align_corners=False)
            mask = (saliency - saliency.min()) / (saliency.max() - saliency.min())
            enlarged.append(saliency[0, 0])
            probabilities.append(F.softmax(net(t.input * mask), dim=1)[0])
    for target in (class_of(t, None), CUP):
        weights = torch.stack(probabilities)[:, target]
        ours = explain(t, "scorecam", target)
        assert_close(ours.weights, weights, 1e-4)
        raw = F.interpolate(ours.raw[None, None], size, mode="bilinear", align_corners=False)[0, 0]
        assert_close(raw, (weights[:, None, None] * torch.stack(enlarged)).sum(0), 1e-4)


@pytest.mark.parametrize("positive", [True, False])
def test_ablationcam_agrees_with_grad_cam_behind_a_relu(net, traced, positive):
    """grad-cam divides by the score, as the paper does: a negative one turns its map round, but not ours."""
    t = traced("bn1")
    target = int(t.logits.argmax() if positive else t.logits.argmin())
    assert (t.logits[target] > 0) == positive
    theirs = peers.grad_cam("AblationCAM", net, t.input, "bn1", target)
    ours = explain(t, "ablationcam", target)
    sign = 1 if positive else -1
    assert_close(ours.weights, sign * theirs.weights, 1e-4)
    assert_close(ours.raw, sign * theirs.raw, 1e-4)
    if positive:
        assert_close(ours.heatmap, theirs.heatmap, 1e-4)
