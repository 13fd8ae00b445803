"""The rectangles that a model sees, against torchvision's own transforms and against geometry."""

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from cam import Preprocess, UnknownNameError
from cam.photos.views import view_of

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (301, 453, 3), dtype=np.uint8))
FRAMES = [(453, 301), (301, 453), (640, 480), (100, 90), (224, 224), (1000, 231)]


@pytest.mark.parametrize("size", FRAMES)
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_crop_is_torchvisions_resize_and_centre_crop(size, interpolation):
    image = NOISE.resize(size)
    mode = v2.InterpolationMode(interpolation)
    theirs = v2.CenterCrop(224)(v2.Resize(256, interpolation=mode)(image))
    ours, _ = Preprocess((224, 224), 256, (0, 0, 0), (1, 1, 1), interpolation)(image, "crop")
    expected = torch.from_numpy(np.array(theirs)).permute(2, 0, 1).float()
    assert (ours[0] * 255 - expected).abs().max() <= 1.001  # rounding between two passes of one resize
    assert (ours[0] * 255 - expected).abs().mean() < 0.05


def test_squeeze_is_one_resize_of_the_whole_image():
    ours, view = Preprocess((64, 96), 70, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bicubic")(NOISE, "squeeze")
    resized = np.asarray(NOISE.resize((96, 64), Image.Resampling.BICUBIC), dtype=np.float32) / 255
    expected = (resized - [0.5, 0.4, 0.3]) / [0.2, 0.3, 0.4]
    np.testing.assert_allclose(ours[0].permute(1, 2, 0), expected, atol=1e-5)
    assert view.source == (0, 0, 453, 301)
    assert view.content == (0, 0, 96, 64)


@pytest.mark.parametrize("size", FRAMES)
def test_pad_keeps_the_shape_and_fills_with_the_mean(size):
    image = Image.new("RGB", size, (255, 255, 255))
    ours, view = Preprocess((224, 224), 256)(image, "pad")
    left, top, right, bottom = view.content
    assert (right - left) / (bottom - top) == pytest.approx(size[0] / size[1], rel=0.02)
    assert max(right - left, bottom - top) == 224
    inside = ours[0, :, int(top) : int(bottom), int(left) : int(right)]
    assert (inside > 1).all()
    assert ours.count_nonzero() == inside.numel()


@pytest.mark.parametrize("size", FRAMES)
def test_what_a_crop_sees_lies_in_the_middle(size):
    view = view_of(size, (224, 224), 256, "crop")
    left, top, right, bottom = view.source
    assert left >= 0
    assert top >= 0
    assert left + right == pytest.approx(size[0], abs=max(size) / 224)
    assert top + bottom == pytest.approx(size[1], abs=max(size) / 224)
    assert (right - left) == pytest.approx(min(size) * 224 / 256, rel=0.02)


def test_extreme_shapes_cost_no_memory():
    ribbon = Image.new("RGB", (60_000, 8))
    for fit in ("crop", "squeeze", "pad"):
        assert Preprocess()(ribbon, fit)[0].shape == (1, 3, 224, 224)


def test_unknown_names():
    with pytest.raises(UnknownNameError, match="squeeze"):
        Preprocess()(NOISE, "squeez")
    with pytest.raises(UnknownNameError, match="bicubic"):
        Preprocess(interpolation="cubic")
