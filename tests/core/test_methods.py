"""Every method against its equation: hand-computed maps, and loops over channels and places on tiny networks."""

import math

import pytest
import torch
from nets import NETS, make, recorded
from oracles import gradient_loops

from cam import METHODS, MethodError, explain
from cam.methods.gradient import gradcam, gradcam_plusplus, hirescam, layercam, xgradcam

# Two channels of 1 x 2: small enough to do on paper.
A = torch.tensor([[[1.0, 3.0]], [[2.0, 0.0]]])
G = torch.tensor([[[0.5, -0.5]], [[1.0, 2.0]]])


@pytest.mark.parametrize(
    ("function", "raw"),
    [
        (gradcam, [[3.0, 0.0]]),  # mean gradients 0 and 1.5: 1.5 * 2, 1.5 * 0
        (hirescam, [[2.5, -1.5]]),  # .5 + 2, -1.5 + 0
        (layercam, [[2.5, 0.0]]),  # .5 * 1 + 1 * 2, 0 * 3 + 2 * 0
        # sums 4 and 2; weights (.5 - 1.5) / 4 = -.25 and 2 / 2 = 1
        (xgradcam, [[1.75, -0.75]]),
        # channel 0: 1/(2+2) * .5 = .125; channel 1: 1/(2+2) * 1 + 1/(2+4) * 2 = 7/12
        (gradcam_plusplus, [[0.125 + 7 / 6, 0.375]]),
    ],
)
def test_maps_done_on_paper(function, raw):
    torch.testing.assert_close(function(A, G).raw, torch.tensor(raw))


def slow_gradients(t, target):
    """d(score)/d(activations) by central differences, through the layer's replacement."""
    flat = t.activations.flatten()
    step = 1e-2
    gradients = []
    for i in range(len(flat)):
        changed = flat.repeat(2, 1)
        changed[0, i] += step
        changed[1, i] -= step
        up, down = t.scores_of_activations(changed.view(2, *t.activations.shape))[:, target]
        gradients.append((up - down) / (2 * step))
    return torch.stack(gradients).view_as(t.activations)


@pytest.mark.parametrize("kind", NETS)
def test_gradients_agree_with_finite_differences(kind):
    t = recorded(kind)
    exact = t.gradients(2)
    torch.testing.assert_close(exact, slow_gradients(t, 2), atol=2e-3, rtol=2e-2)
    assert exact.abs().max() > 1e-3  # the comparison is not one of zeros


LOOPED = ("gradcam", "hirescam", "odam", "gradcam_elementwise", "gradcam_plusplus", "xgradcam", "layercam")


@pytest.mark.parametrize("kind", ["deep_head", "channels_last", "vit", "shared_relu"])
@pytest.mark.parametrize("name", LOOPED)
def test_gradient_methods_agree_with_loops(name, kind):
    t = recorded(kind)
    expected = gradient_loops(name, t.activations, t.gradients(1))
    raw = explain(t, name, 1).raw.double()
    torch.testing.assert_close(raw, expected, atol=1e-4 * float(expected.abs().max()), rtol=1e-3)


@pytest.mark.parametrize("kind", ["pooled", "depthwise"])
def test_at_the_last_layer_of_a_pooled_network_methods_agree(kind):
    """Grad-CAM = HiResCAM = XGrad-CAM, and = CAM / n."""
    t = recorded(kind)
    raw = {name: explain(t, name, 3).raw for name in ("gradcam", "hirescam", "xgradcam", "cam")}
    cells = raw["gradcam"].numel()
    scale = float(raw["gradcam"].abs().max())
    for name in ("hirescam", "xgradcam"):
        torch.testing.assert_close(raw[name], raw["gradcam"], atol=1e-5 * scale, rtol=1e-4)
    torch.testing.assert_close(raw["cam"] / cells, raw["gradcam"], atol=1e-5 * scale, rtol=1e-4)


def test_cam_is_the_sum_with_the_heads_weights():
    t = recorded("pooled")
    weights = t.model.net.head.weight[4]
    expected = sum(weights[k].item() * t.activations[k] for k in range(12))
    torch.testing.assert_close(explain(t, "cam", 4).raw, expected)


@pytest.mark.parametrize("kind", ["deep_head", "attention_pooled", "vit"])
def test_cam_says_where_it_does_not_apply(kind):
    with pytest.raises(MethodError, match="global average pooling"):
        explain(recorded(kind), "cam")


@pytest.mark.parametrize("name", ["eigencam", "eigengradcam"])
@pytest.mark.parametrize("kind", ["deep_head", "pooled", "vit"])
def test_eigen_methods_project_on_the_first_singular_vector(name, kind):
    t = recorded(kind)
    maps = t.activations if name == "eigencam" else t.activations * t.gradients(0)
    matrix = maps.flatten(1).T.double()  # (n, C)
    u, s, _ = torch.linalg.svd(matrix, full_matrices=False)
    expected = (u[:, 0] * s[0]).view(maps.shape[1:])
    mean = maps.double().mean(0)
    if ((expected - expected.mean()) * (mean - mean.mean())).sum() < 0:
        expected = -expected
    raw = explain(t, name, 0).raw.double()
    torch.testing.assert_close(raw, expected, atol=1e-4 * float(s[0]), rtol=1e-4)


def test_eigencam_does_not_see_the_class():
    t = recorded("deep_head")
    assert torch.equal(explain(t, "eigencam", 0).raw, explain(t, "eigencam", 4).raw)
    assert not torch.allclose(explain(t, "gradcam", 0).raw, explain(t, "gradcam", 4).raw)


@pytest.mark.parametrize("kind", ["deep_head", "channels_last", "pooled"])
def test_scorecam_agrees_with_one_masked_pass_per_channel(kind):
    t = recorded(kind)
    raw = torch.zeros_like(t.activations[0])
    for k in range(len(t.activations)):
        channel = t.activations[k][None, None]
        mask = torch.nn.functional.interpolate(channel, (32, 32), mode="bilinear", align_corners=False)
        if channel.max() == channel.min():
            continue
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        with torch.no_grad():
            raw += t.model.net(t.input * mask).softmax(1)[0, 2] * t.activations[k]
    torch.testing.assert_close(explain(t, "scorecam", 2).raw, raw, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_ablationcam_agrees_with_one_network_per_channel(sign):
    """The channel is switched off in the network's own weights; a negative score does not turn the map round."""
    t = recorded("deep_head", "act")
    target = int(t.logits.argmax() if sign > 0 else t.logits.argmin())
    score = t.logits[target]
    assert math.copysign(1, score) == sign
    raw = torch.zeros_like(t.activations[0])
    for k in range(len(t.activations)):
        net = make("deep_head")
        with torch.no_grad():
            net.conv.weight[k] = 0
            net.conv.bias[k] = 0
            raw += (score - net(t.input)[0, target]) / score.abs() * t.activations[k]
    torch.testing.assert_close(explain(t, "ablationcam", target).raw, raw, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.streams])
def test_streaming_methods_report_their_share_and_end_exact(name, monkeypatch):
    from cam import explain_steps
    from cam.passes import again

    t = recorded("deep_head")
    monkeypatch.setattr(again, "CHUNK_BYTES", 3 * t.activations.nbytes)
    steps = list(explain_steps(t, name, 1))
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) >= 4
    monkeypatch.undo()
    torch.testing.assert_close(steps[-1].raw, explain(t, name, 1).raw, atol=1e-5, rtol=1e-4)
    assert not torch.equal(steps[0].raw, steps[-1].raw)  # each step keeps its own map
