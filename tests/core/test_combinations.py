"""Combinators over any method: fusion, smoothing, signs and negative evidence."""

import pytest
import torch
from nets import PHOTO, recorded
from PIL import Image
from torch.nn import functional as F

from cam import (
    COMBINATIONS,
    METHODS,
    MethodError,
    UnknownNameError,
    against,
    combine,
    eigen_smooth,
    explain,
    fuse,
    over_layers,
    signed_heatmap,
    smooth,
    turned,
)
from cam.maps.combinations import FLIPS_AND_SCALES, Augmentation

SIGNED = [name for name, method in METHODS.items() if method.signed]


@pytest.mark.parametrize(
    ("how", "one"), [("mean", lambda a, b: (a + b) / 2), ("max", max), ("product", lambda a, b: a * b)]
)
def test_fusion_works_place_by_place(how, one):
    t = recorded()
    maps = over_layers(t, t.model.layers[-2:], "layercam", 2)
    assert [m.trace.layer for m in maps] == list(t.model.layers[-2:])
    fused = fuse(maps, how)
    for place in [(0, 0), (13, 7), (20, 31)]:
        expected = one(*(float(m.heatmap[place]) for m in maps))
        assert float(fused.raw[place]) == pytest.approx(expected, abs=1e-6)
    assert float(fused.heatmap.max()) == 1
    assert fused.class_index == 2


def test_fusing_one_map_gives_its_heatmap_and_bad_arguments_a_sentence():
    one = explain(recorded(), "gradcam", 2)
    torch.testing.assert_close(fuse([one]).heatmap, one.heatmap)
    with pytest.raises(UnknownNameError, match="product"):
        fuse([one], "produkt")
    with pytest.raises(MethodError, match="at least one"):
        fuse([])


def test_over_layers_agrees_with_one_trace_per_layer():
    t = recorded()
    for name, one in zip(t.model.layers, over_layers(t, t.model.layers, "gradcam", 3), strict=True):
        torch.testing.assert_close(one.raw, explain(recorded(layer=name), "gradcam", 3).raw, atol=1e-6, rtol=1e-4)


def test_smoothing_with_the_image_as_it_is_changes_nothing():
    t = recorded()
    plain, same = explain(t, "gradcam", 1), smooth(t, "gradcam", 1, [Augmentation()])
    torch.testing.assert_close(same.heatmap, plain.heatmap)
    assert same.trace is t


def test_smoothing_over_nothing_says_so():
    with pytest.raises(MethodError, match="no augmentation to average over"):
        smooth(recorded("deep_head"), "gradcam", 1, [])


def test_smoothing_over_flips_is_the_mean_by_hand():
    t = recorded()
    result = smooth(t, "hirescam", 1, [Augmentation(), Augmentation(mirrored=True)])
    mirrored = explain(recorded(image=PHOTO.transpose(Image.Transpose.FLIP_LEFT_RIGHT)), "hirescam", 1).raw
    raw = (explain(t, "hirescam", 1).raw + mirrored.flip(1)) / 2
    expected = F.interpolate(raw[None, None], (32, 32), mode="bilinear", align_corners=False)[0, 0]
    torch.testing.assert_close(result.raw, expected, atol=2e-2 * float(expected.abs().max()), rtol=0)


@pytest.mark.parametrize("augmentation", FLIPS_AND_SCALES)
def test_a_placement_is_undone(augmentation):
    rows, columns = torch.meshgrid(torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 64), indexing="ij")
    smooth_image = (rows * 2 + columns)[None, None]
    back = augmentation.undo(augmentation.apply(smooth_image))
    torch.testing.assert_close(back[..., 8:-8, 8:-8], smooth_image[..., 8:-8, 8:-8], atol=1e-4, rtol=1e-4)
    if augmentation != Augmentation():
        assert not torch.allclose(augmentation.apply(smooth_image), smooth_image, atol=0.05)


def test_smoothing_runs_with_any_placement_and_network():
    for kind in ("deep_head", "vit"):
        t = recorded(kind)
        result = smooth(t, "gradcam", 1)
        assert result.raw.shape == (32, 32)
        assert result.raw.isfinite().all()


def test_eigen_smoothing_is_the_first_component_of_the_weighted_maps():
    t = recorded()
    one = explain(t, "gradcam", 1)
    products = (one.weights[:, None, None] * t.activations).double()
    u, s, _ = torch.linalg.svd(products.flatten(1).T, full_matrices=False)
    expected = (u[:, 0] * s[0]).view(products.shape[1:])
    mean = products.mean(0)
    if ((expected - expected.mean()) * (mean - mean.mean())).sum() < 0:
        expected = -expected
    torch.testing.assert_close(eigen_smooth(one).raw.double(), expected, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(eigen_smooth(explain(t, "hirescam", 1)).raw, explain(t, "eigengradcam", 1).raw)
    with pytest.raises(MethodError, match="does not weigh channels"):
        eigen_smooth(explain(t, "occlusion", 1))


@pytest.mark.parametrize("name", SIGNED)
def test_negative_evidence_is_the_map_with_its_sign_turned(name):
    t = recorded("pooled")
    plain, other = explain(t, name, 1), against(t, name, 1)
    torch.testing.assert_close(other.raw, -plain.raw, atol=1e-5 * float(plain.raw.abs().max()), rtol=1e-4)
    torch.testing.assert_close(turned(plain).raw, -plain.raw)
    torch.testing.assert_close(turned(plain).heatmap, other.heatmap, atol=1e-4, rtol=1e-3)
    assert other.class_index == plain.class_index
    signed = signed_heatmap(plain)
    assert float(signed.abs().max()) == pytest.approx(1)
    torch.testing.assert_close(signed_heatmap(other), -signed, atol=1e-4, rtol=1e-3)
    positive = signed.relu() - signed.relu().min()
    if not plain.empty and signed.min() < 0 and plain.raw.shape == (32, 32):  # no enlarging, so ReLU commutes
        torch.testing.assert_close(positive / positive.max(), plain.heatmap, atol=1e-5, rtol=1e-4)


def test_methods_without_a_class_or_a_sign_say_so():
    t = recorded()
    with pytest.raises(MethodError, match="does not see the class"):
        against(t, "eigencam", 1)
    with pytest.raises(MethodError, match="how much matters"):
        signed_heatmap(explain(t, "layercam", 1))
    for found in (fuse([explain(t, "gradcam", 1)]), combine(t, "layers_max", "gradcam", 1)):
        with pytest.raises(MethodError, match="how much matters"):
            turned(found)


BY_HAND = {
    "smooth": lambda t: smooth(t, "gradcam", 1),
    "eigen": lambda t: eigen_smooth(explain(t, "gradcam", 1)),
    "layers_mean": lambda t: fuse([explain(recorded(layer=name), "gradcam", 1) for name in t.model.layers]),
    "layers_max": lambda t: fuse([explain(recorded(layer=name), "gradcam", 1) for name in t.model.layers], "max"),
    "layers_product": lambda t: fuse(
        [explain(recorded(layer=name), "gradcam", 1) for name in t.model.layers], "product"
    ),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_each_combination_is_what_its_name_says(name):
    t = recorded()
    found = combine(t, name, "gradcam", 1)
    expected = BY_HAND[name](t)
    torch.testing.assert_close(found.raw, expected.raw, atol=1e-5 * float(expected.raw.abs().max()), rtol=1e-4)
    assert (found.combination, found.method, found.class_index, found.weights) == (name, "gradcam", 1, None)
    assert found.trace is t
    assert COMBINATIONS[name].summary.endswith(".")


def test_combinations_that_cannot_be_say_so():
    t = recorded()
    with pytest.raises(UnknownNameError, match="layers_mean"):
        combine(t, "layers", "gradcam", 1)
    with pytest.raises(MethodError, match="same map at every layer"):
        combine(t, "layers_mean", "occlusion", 1)
    with pytest.raises(MethodError, match="does not weigh channels"):
        combine(t, "eigen", "occlusion", 1)


def test_all_layers_take_one_backward_pass(monkeypatch):
    t = recorded()
    calls = []
    grad = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *args, **kwargs: calls.append(1) or grad(*args, **kwargs))
    combine(t, "layers_mean", "layercam", 3)
    assert len(calls) == 1
