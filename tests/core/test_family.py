"""What the entries promise: which methods apply where, what is said where they do not, and what a target may be."""

import dataclasses
import inspect

import pytest
import torch
from nets import NETS, PHOTO, PREPROCESS, recorded
from proof import timm_net
from torch import nn

from cam import (
    METHODS,
    Contrast,
    MethodError,
    Preprocess,
    TargetError,
    UnknownNameError,
    explain,
    look_alikes,
    obstacle,
    trace,
    wrap_model,
)
from cam.__main__ import main
from cam.methods import needs_in_words, requirements
from cam.methods.eigen import largest
from cam.methods.fullgrad import full_gradients
from cam.tasks.targets import Against, ClassScore, ResidualScore, all_look_alikes

BLOCKED = {
    "cam": {"deep_head", "vit", "vit_registers", "vit_mean", "attention_pooled"},
    "fullgrad": {"channels_last", "swin", "vit", "vit_registers", "vit_mean", "attention_pooled"},
    "attention_rollout": set(NETS) - {"vit", "vit_registers", "vit_mean"},
    "legrad": set(NETS) - {"vit", "vit_registers", "vit_mean"},
    "guided_backprop": {"channels_last", "swin", "vit", "vit_registers", "vit_mean"},
    "guided_gradcam": {"channels_last", "swin", "vit", "vit_registers", "vit_mean"},
}


@pytest.mark.parametrize("kind", NETS)
def test_each_method_applies_where_it_says(kind):
    """One answer for a model and for a trace of it, and `explain` raises that very sentence."""
    t = recorded(kind)
    for name, method in METHODS.items():
        reason = obstacle(method, t)
        assert (reason is not None) == (kind in BLOCKED.get(name, ())), (name, reason)
        assert obstacle(method, t.model) == reason
        if reason:
            assert reason.endswith(".")
            with pytest.raises(MethodError) as error:
                explain(t, name)
            assert str(error.value) == reason


def test_an_obstacle_is_looked_for_once(monkeypatch):
    """Once per network where it is the network's, whatever the layer; once per layer where it is the layer's."""
    t = recorded("deep_head")
    looked = []

    def counted(name):
        needed = requirements.REQUIREMENTS[name]
        return dataclasses.replace(needed, obstacle=lambda *one: looked.append(name) or needed.obstacle(*one))

    monkeypatch.setattr(requirements, "REQUIREMENTS", {name: counted(name) for name in requirements.REQUIREMENTS})
    for layer in ("act", "stem.1", "act"):
        recorded_there = trace(t.model, PHOTO, layer)
        for method in METHODS.values():
            obstacle(method, recorded_there)
    of_the_network = ["attention", "input gradients", "full gradients", "rectifiers"]
    of_each_layer = ["layer", "gradients", "averages", "products", "few places", "linear head"]
    assert sorted(looked) == sorted([*of_the_network, *2 * of_each_layer])


def test_a_method_on_all_pairs_of_places_says_where_there_are_too_many():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 2, 1), nn.ReLU(), nn.Conv2d(2, 2, 2, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    model = wrap_model(net, preprocess=Preprocess(size=(112, 112), resize=112))
    wide, narrow = (trace(model, PHOTO, layer) for layer in ("1", "3"))
    assert "112 x 112 places of '1'" in obstacle(METHODS["kpca_cam"], wide)
    with pytest.raises(MethodError, match="Choose a deeper layer"):
        explain(wide, "kpca_cam")
    assert explain(narrow, "kpca_cam").raw.shape == (56, 56)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_an_entry_says_everything_in_a_sentence_each(method):
    assert set(method.requires) <= set(requirements.REQUIREMENTS)
    for sentence, most in ((method.summary, 80), (method.advice, 110)):
        assert len(sentence) <= most
        assert sentence.endswith(".")
        assert sentence.count(".") == 1
    assert method.paper
    assert method.cost
    if method.class_blind:  # nobody should take such a map for an answer about a class
        assert "same for every class" in method.advice or "without evidence" in method.advice


def test_needs_in_words():
    found = {name: needs_in_words(method) for name, method in METHODS.items()}
    assert found["gradcam"] == "a layer with a map, gradients"
    assert found["scorecam"] == found["ablationcam"] == found["eigencam"] == "a layer with a map"
    assert found["rise"] == found["occlusion"] == "only the model"
    assert found["cam"] == "a layer with a map, global average pooling and one linear layer behind it"
    assert found["guided_gradcam"] == "a layer with a map, gradients, ReLUs"
    assert found["guided_backprop"] == "gradients, ReLUs"


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_a_method_is_at_most_a_screen(method):
    assert len(inspect.getsource(method.function).splitlines()) <= 45


def test_the_terminal_lists_methods_with_their_reasons(tmp_path, capsys, monkeypatch):
    import cam.__main__ as terminal

    PHOTO.save(tmp_path / "photo.png")
    monkeypatch.setattr(terminal, "load_model", lambda _: recorded("vit").model)
    assert main([str(tmp_path / "photo.png"), "--list-methods"]) == 0
    lines = dict(line.split(": ", 1) for line in capsys.readouterr().out.splitlines())
    assert len(lines) == len(METHODS)
    assert lines["+ gradcam"] == f"{METHODS['gradcam'].summary} {METHODS['gradcam'].advice}"
    assert "global average pooling" in lines["- cam"]


def test_full_gradients_find_every_bias_of_timms_network():
    """As many as there are convolutions, linear layers and normalisations, without naming a type of timm's."""
    net = timm_net()
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    biased = [m for m in net.modules() if getattr(m, "bias", None) is not None]
    assert any(type(m).__name__.startswith("BatchNormAct") for m in biased)
    _, parts = full_gradients(t, t.target(1))
    assert len(parts) == len(biased)


@pytest.mark.parametrize("activation", [nn.ReLU6(True), nn.SiLU(True), nn.GELU(), nn.Hardswish(True), nn.Sigmoid()])
def test_full_gradients_add_up_through_any_activation(activation):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2), nn.BatchNorm2d(6), activation, nn.Conv2d(6, 8, 3), activation,
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5),
    ).eval()  # fmt: skip
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    first, parts = full_gradients(t, t.target(2))
    total = float(first.sum()) + sum(float(part.sum()) for part in parts)
    assert total == pytest.approx(float(t.logits[2]), rel=1e-4)


def test_full_gradients_take_what_the_image_has_no_part_in_for_a_constant():
    """A linear layer that sees a learned query alone, as where one attends over the map to pool it."""

    class Queried(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.query = nn.Conv2d(3, 4, 3, stride=2), nn.Linear(2, 4)
            self.latent, self.head = torch.ones(1, 2), nn.Linear(4, 5)

        def forward(self, x):
            return self.head(self.conv(x).relu().mean((2, 3)) + self.query(self.latent))

    torch.manual_seed(0)
    net = Queried().requires_grad_(False).eval()
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    _, parts = full_gradients(t, t.target(1))
    assert len(parts) == 3  # what the query adds to the pooled map is a constant
    assert obstacle(METHODS["fullgrad"], t) is None


@pytest.mark.parametrize("added", [0.02, 0.3, 5.0])
def test_what_is_added_past_the_graph_is_no_full_gradient(added):
    """The sum of all gradients is then not the score, by little or by much."""

    class Shifted(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.other, self.head = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 8, 3, 2, 1), nn.Linear(8, 4)

        def forward(self, x):
            maps = self.other(self.conv(x).relu())
            maps.data.add_(added)
            return self.head(maps.relu().mean((2, 3)))

    torch.manual_seed(0)
    t = trace(wrap_model(Shifted().eval(), preprocess=PREPROCESS), PHOTO)
    with pytest.raises(MethodError, match=r"add up to .* and the score is .*: it adds something in a way that is not"):
        explain(t, "fullgrad", 1)


def test_the_largest_eigenvalue_is_found_by_iteration_too():
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(60, 60, generator=generator, dtype=torch.float64)
    matrix = matrix @ torch.diag(torch.linspace(1, 3, 60, dtype=torch.float64) ** 4) @ matrix.T
    value, vector = largest(matrix)
    other_value, other = largest(matrix, direct=10)
    torch.testing.assert_close(other_value, value)
    torch.testing.assert_close(other * torch.sign(other @ vector), vector, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(matrix @ vector, value * vector)


def test_look_alikes_are_the_nearest_logits():
    logits = torch.tensor([5.0, 1.0, 4.0, 4.5, -3.0])
    assert look_alikes(logits, 0, 2) == (3, 2)
    assert look_alikes(logits, 2, 2) == (3, 0)
    assert look_alikes(logits, 0, 9) == (3, 2, 1, 4)
    logits = torch.randn(40, generator=torch.Generator().manual_seed(0))
    assert [tuple(row) for row in all_look_alikes(logits, 4).tolist()] == [look_alikes(logits, k, 4) for k in range(40)]


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if not method.class_blind])
def test_contrasts_work_with_every_method_that_sees_the_class(name):
    t = recorded({"cam": "pooled", "legrad": "vit"}.get(name, "deep_head"))
    found = explain(t, name, Contrast(1, (0, 3), 0.5))
    assert found.class_index == 1
    assert found.raw.isfinite().all()
    assert not torch.equal(found.raw, explain(t, name, 1).raw)


def test_contrasts_by_hand_and_with_batches():
    t = recorded("deep_head")
    target = Contrast(1, (0, 3), 0.5)
    logits = torch.arange(10.0).view(2, 5) ** 2
    torch.testing.assert_close(target(logits), logits[:, 1] - 0.25 * (logits[:, 0] + logits[:, 3]))
    mixed = t.gradients(1) - 0.25 * (t.gradients(0) + t.gradients(3))
    torch.testing.assert_close(t.gradients(target), mixed, atol=1e-6, rtol=1e-4)
    for wrong in (Contrast(7, (1,)), Contrast(1, (9,))):
        with pytest.raises(UnknownNameError):
            explain(t, "gradcam", wrong)
    for others in ((), (1, 2)):
        with pytest.raises(TargetError):
            Contrast(1, others)


def test_targets_by_hand():
    logits = torch.tensor([1.0, 2.0, 0.5])
    logs = logits - logits.exp().sum().log()
    torch.testing.assert_close(ResidualScore(1)(logits), logits[1] + logs[1])
    torch.testing.assert_close(Against(ClassScore(2))(logits), -logits[2])
    torch.testing.assert_close(Against(ClassScore(2)).confidence(logits), -logs[2].exp())
    p = logs.exp()
    torch.testing.assert_close(Contrast(0, (1, 2)).confidence(logits), p[0] - (p[1] + p[2]) / 2)
    single = torch.tensor([0.3])
    torch.testing.assert_close(ResidualScore(0)(single), single[0] + single[0].sigmoid().log())


def test_smooth_gradcam_plusplus_without_noise_is_gradcam_plusplus():
    from cam.methods.gradient import smoothgradcam_plusplus

    t = recorded("deep_head")
    *_, (last, share) = smoothgradcam_plusplus(t.activations, t, t.target(1), samples=3, spread=0)
    assert share == 1
    torch.testing.assert_close(last.raw, explain(t, "gradcam_plusplus", 1).raw, atol=1e-6, rtol=1e-4)


def test_shapleycam_of_a_straight_score_is_gradcam():
    t = recorded("pooled")
    raw = explain(t, "shapleycam", lambda logits: logits[1]).raw
    torch.testing.assert_close(raw, explain(t, "gradcam", 1).raw)
    assert not torch.allclose(explain(t, "shapleycam", 1).raw, raw)


def test_shapleycam_takes_what_has_no_second_derivative_in_pytorch():
    """Hard sigmoids behind the layer: their own second derivative is zero almost everywhere, that of gates is not."""

    class Gates(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.gate = nn.Conv2d(3, 6, 3, 2, 1), nn.Conv2d(6, 6, 1)
            self.head = nn.Linear(6, 3)

        def behind(self, x, gate):
            return self.head((x * gate(self.gate(x))).mean((2, 3))).square()

        def forward(self, x):
            return self.behind(self.conv(x), nn.functional.hardsigmoid)

    torch.manual_seed(0)
    net = Gates().eval()
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO, "conv")
    own = t.activations[None]

    def score(x):
        return net.behind(x, lambda gate: (gate / 6 + 0.5).clamp(0, 1))[0, 1]

    with torch.enable_grad():
        _, expected = torch.autograd.functional.hvp(score, own, own)
    assert expected.abs().max() > 1e-4
    torch.testing.assert_close(t.curvature(1), expected[0], atol=1e-8, rtol=1e-3)
    assert explain(t, "shapleycam", 1).raw.abs().max() > 0
