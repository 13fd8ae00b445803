"""Overlays: at the photo's own size, colours and place by the stated rule, nothing else changed."""

import dataclasses

import numpy as np
import pytest
import torch
from nets import PREPROCESS, make
from PIL import Image

from cam import COLORMAPS, MethodError, UnknownNameError, explain, overlay, trace, wrap_model
from cam.maps.explanation import heatmap_of
from cam.maps.render import AGAINST, DIMMED, FOR, full_colour, on_image

NOISE = np.random.default_rng(2).integers(0, 256, (45, 83, 3), dtype=np.uint8)
MODEL = wrap_model(make("deep_head"), preprocess=PREPROCESS)


def explained(fit="squeeze", image=NOISE):
    t = trace(MODEL, image, fit=fit)
    return next(e for e in (explain(t, "gradcam", c) for c in range(5)) if not e.empty)


def test_heatmap_is_relu_then_bilinear_then_min_max():
    raw = torch.tensor([[-2.0, 1.0], [3.0, 0.5]])
    heat = heatmap_of(raw, (4, 4))
    positive = np.array([[0.0, 1.0], [3.0, 0.5]])
    expected = np.empty((4, 4))
    for i in range(4):
        for j in range(4):  # half-pixel centres, edges held
            y, x = np.clip([(i + 0.5) / 2 - 0.5, (j + 0.5) / 2 - 0.5], 0, 1)
            rows = positive[0] * (1 - y) + positive[1] * y
            expected[i, j] = rows[0] * (1 - x) + rows[1] * x
    expected = (expected - expected.min()) / (expected.max() - expected.min())
    np.testing.assert_allclose(heat, expected, atol=1e-6)


@pytest.mark.parametrize("raw", [torch.full((3, 3), -1.0), torch.zeros(3, 3), torch.full((3, 3), 2.5)])
def test_a_map_that_shows_nothing_is_zero(raw):
    assert heatmap_of(raw, (8, 8)).eq(0).all()


def test_the_rule_of_blending_at_every_pixel():
    explanation = explained()
    heat, seen = on_image(explanation.heatmap.numpy(), explanation.trace.view)
    assert seen.all()
    painted = np.asarray(overlay(explanation, colormap="viridis", opacity=0.6), dtype=float)
    alpha = (0.6 * heat * (2 - heat))[..., None]
    expected = NOISE * (1 - alpha) + COLORMAPS["viridis"][np.rint(heat * 255).astype(int)] * alpha
    np.testing.assert_allclose(painted, expected, atol=0.51)


@pytest.mark.parametrize("fit", ["crop", "squeeze", "pad"])
def test_the_photo_is_untouched_where_there_is_no_evidence(fit):
    half = torch.zeros(32, 32)
    half[:, 16:] = torch.linspace(0.2, 1, 16)
    explanation = dataclasses.replace(explained(fit), raw=half)
    heat, seen = on_image(half.numpy(), explanation.trace.view)
    painted = np.asarray(overlay(explanation))
    assert painted.shape == NOISE.shape
    calm = seen & (heat == 0)
    assert calm.any()
    assert (painted[calm] == NOISE[calm]).all()
    assert (painted[seen & (heat > 0.5)] != NOISE[seen & (heat > 0.5)]).mean() > 0.9
    assert (overlay(explanation, opacity=0.0).tobytes() == NOISE.tobytes()) == (fit != "crop")


def test_what_a_crop_does_not_see_is_dimmed_and_never_painted():
    explanation = explained("crop")
    left, _, right, _ = explanation.trace.view.source
    painted = np.asarray(overlay(explanation))
    columns = np.arange(83) + 0.5
    outside = (columns < left) | (columns > right)
    assert 0.3 < outside.mean() < 0.7
    np.testing.assert_allclose(painted[:, outside], NOISE[:, outside] * DIMMED, atol=0.51)


def test_a_pixel_whose_middle_lies_on_a_crops_edge_counts_as_not_seen_on_every_side():
    """45 pixels are resized to 36, of which 32 are cropped: what is seen is from 2.5 to 42.5, both ways."""
    t = trace(MODEL, NOISE[:, :45], fit="crop")
    assert t.view.source == (2.5, 2.5, 42.5, 42.5)
    _, seen = on_image(np.ones((32, 32), np.float32), t.view)
    expected = np.zeros((45, 45), bool)
    expected[3:42, 3:42] = True
    np.testing.assert_array_equal(seen, expected)


@pytest.mark.parametrize("fit", ["crop", "squeeze", "pad"])
@pytest.mark.parametrize("shape", [(45, 83), (120, 40), (64, 64)])
def test_the_maximum_lands_on_the_place_that_the_model_saw(fit, shape):
    """A spot in the photo and the same spot in the model's input lie at the same place of the map."""
    height, width = shape
    image = np.zeros((height, width, 3), np.uint8)
    y, x = height // 2 - 4, width // 2 + 3
    image[y - 2 : y + 3, x - 2 : x + 3] = 255
    t = trace(MODEL, image, fit=fit)
    heat, seen = on_image(t.input[0].mean(0).numpy(), t.view)
    heat = np.where(seen, heat, -9)
    rows, columns = np.nonzero(heat > heat.max() - 0.2)
    assert rows.mean() == pytest.approx(y, abs=1 + height / 32)
    assert columns.mean() == pytest.approx(x, abs=1 + width / 32)


def test_evidence_for_and_against_by_the_rule_at_every_pixel():
    explanation = explained()
    raw = explanation.raw - explanation.raw.mean()  # some for, some against
    explanation = dataclasses.replace(explanation, raw=raw)
    against = np.asarray(overlay(explanation, evidence="against"))
    assert against.tobytes() == overlay(dataclasses.replace(explanation, raw=-raw)).tobytes()
    signed = torch.nn.functional.interpolate(raw[None, None], (32, 32), mode="bilinear", align_corners=False)[0, 0]
    signed = signed / signed.abs().max()
    assert signed.min() < 0 < signed.max()
    heat, _ = on_image(signed.numpy(), explanation.trace.view)
    alpha = (0.5 * abs(heat) * (2 - abs(heat)))[..., None]
    expected = NOISE * (1 - alpha) + np.where(heat[..., None] < 0, AGAINST, FOR) * alpha
    np.testing.assert_allclose(np.asarray(overlay(explanation, evidence="both")), expected, atol=0.51)


def test_evidence_that_a_map_does_not_have_gets_a_sentence():
    with pytest.raises(UnknownNameError, match="both"):
        overlay(explained(), evidence="all")
    unsigned = explain(trace(MODEL, NOISE), "layercam", 1)
    for evidence in ("against", "both"):
        with pytest.raises(MethodError, match="how much matters"):
            overlay(unsigned, evidence=evidence)


def test_an_empty_map_leaves_the_photo_alone():
    t = trace(MODEL, NOISE)
    nothing = explain(t, "gradcam", lambda logits: logits.sum() * 0)
    assert nothing.empty
    assert overlay(nothing).tobytes() == NOISE.tobytes()


def test_colormaps():
    for name, table in COLORMAPS.items():
        assert table.shape == (256, 3), name
        assert table.dtype == np.uint8
    assert tuple(COLORMAPS["jet"][255]) == (128, 0, 0)  # red, not blue: RGB
    for name in ("inferno", "viridis", "magma", "plasma", "cividis", "grey"):
        luminance = COLORMAPS[name] @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(luminance) > -1.5).all(), name  # it grows lighter all the way
    with pytest.raises(UnknownNameError, match="viridis"):
        overlay(explained(), colormap="virids")
    with pytest.raises(ValueError, match="opacity"):
        overlay(explained(), opacity=1.5)


def test_overlay_is_an_rgb_picture_of_the_photos_size():
    picture = overlay(explained(image=Image.fromarray(NOISE).convert("L")))
    assert isinstance(picture, Image.Image)
    assert (picture.mode, picture.size) == ("RGB", (83, 45))


def towering(sign=1.0):
    """A map as fine as the input: a ramp up to a tenth of the few pixels that tower above all others."""
    raw = sign * torch.linspace(0, 0.1, 32 * 32).reshape(32, 32)
    raw[5, 5], raw[9, 20] = sign, sign * 0.8
    return raw


def test_where_a_few_pixels_tower_above_all_others_the_rest_is_seen():
    explanation = dataclasses.replace(explained(), raw=towering())
    heat, _ = on_image(explanation.heatmap.numpy(), explanation.trace.view)
    full = np.sort(explanation.heatmap.numpy().ravel())[int(np.ceil(0.995 * 32 * 32)) - 1]
    assert full_colour(explanation.heatmap, (32, 32)) == pytest.approx(full)
    assert 0.09 < full < 0.1
    strength = np.minimum(1, heat / full)
    alpha = (strength * (2 - strength))[..., None]
    expected = NOISE * (1 - alpha) + COLORMAPS["inferno"][np.rint(strength * 255).astype(int)] * alpha
    np.testing.assert_allclose(np.asarray(overlay(explanation, opacity=1), float), expected, atol=0.51)
    assert explanation.heatmap.max() == 1, "the colours alone"
    assert (np.abs(overlay(explanation, opacity=1) - NOISE.astype(float)) > 20).mean() > 0.5


def test_other_maps_keep_their_scale():
    heatmap = dataclasses.replace(explained(), raw=towering()).heatmap
    assert full_colour(heatmap, (16, 16)) == 1, "coarser than the picture"
    assert full_colour(torch.linspace(0, 1, 1024).reshape(32, 32), (32, 32)) == 1, "many places reach half"
    assert full_colour(torch.zeros(32, 32), (32, 32)) == 1
    assert full_colour(-heatmap, (32, 32)) == full_colour(heatmap, (32, 32)), "against as for"
