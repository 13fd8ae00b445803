"""Networks of any number of channels, on photos, arrays of any number of bands and tensors that are ready."""

import io

import costly
import numpy as np
import pytest
import torch
from channels import GREY, RNG, SIX, SIZE, Net, model_of, preprocess
from nets import PHOTO
from PIL import Image
from torch import nn

from cam import ImageError, Preprocess, UnknownNameError, View, explain, explain_images, overlay, trace, wrap_model
from cam.passes.tracing import trace_layers


def normalised(pixels, channels):
    """Pixels (H, W, C) in [0, 1] as the input that they should become."""
    own = preprocess(channels)
    values = (np.asarray(pixels, np.float32).reshape(*SIZE, channels) - np.float32(own.mean)) / np.float32(own.std)
    return torch.from_numpy(values.astype(np.float32)).permute(2, 0, 1)[None]


def planes(array):
    """Each band of an array (H, W, C) resized by itself, in floating point."""
    size = SIZE[::-1]
    bands = [Image.fromarray(array[:, :, k].astype(np.float32)) for k in range(array.shape[2])]
    return np.stack([np.asarray(band.resize(size, Image.Resampling.BILINEAR)) for band in bands], -1)


def clear_photo():
    """A photo whose left half is transparent."""
    photo = PHOTO.copy()
    photo.putalpha(Image.fromarray(np.repeat([[0] * 30 + [255] * 30], 40, 0).astype(np.uint8)))
    return photo


# --- photos ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_a_photo_is_shown_in_as_many_channels_as_the_network_takes(channels, mode):
    recorded = trace(model_of(channels), PHOTO)
    pixels = np.asarray(PHOTO.convert(mode).resize(SIZE[::-1], Image.Resampling.BILINEAR)) / 255
    torch.testing.assert_close(recorded.input, normalised(pixels, channels))
    with torch.no_grad():
        torch.testing.assert_close(recorded.logits, recorded.model.net(recorded.input)[0])
    assert overlay(explain(recorded)).size == PHOTO.size


# An array of as many bands as the network takes is no photo: see the test of a fourth band.
@pytest.mark.parametrize(
    ("channels", "door"),
    [(2, "array"), *((count, door) for count in (2, 4) for door in ("image", "file", "bytes", "path", "apart"))],
)
def test_transparency_reaches_a_network_that_takes_it(channels, door, tmp_path):
    clear = clear_photo()
    clear.save(tmp_path / "clear.png")
    clear.save(tmp_path / "clear.tif")  # such files are opened in a process of their own
    content = (tmp_path / "clear.png").read_bytes()
    doors = {
        "image": clear,
        "file": io.BytesIO(content),
        "bytes": content,
        "path": tmp_path / "clear.png",
        "array": np.asarray(clear),
        "apart": tmp_path / "clear.tif",
    }
    recorded = trace(model_of(channels), doors[door])
    mode = {2: "LA", 4: "RGBA"}[channels]
    own = preprocess(channels)
    opacity = recorded.input[0, -1] * own.std[-1] + own.mean[-1]
    assert opacity[:, :14].max() == pytest.approx(0, abs=1e-6)
    assert opacity[:, 18:].min() == pytest.approx(1, abs=1e-6)
    seen = np.asarray(clear.convert("RGBA").convert(mode).resize(SIZE[::-1], Image.Resampling.BILINEAR)) / 255
    torch.testing.assert_close(recorded.input, normalised(seen, channels))
    assert np.asarray(recorded.image)[:, :29].min() == 255  # the picture lies on white, as ever


def test_a_photo_with_transparency_stands_upright():
    clear = clear_photo()
    turned = clear.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    content = io.BytesIO()
    turned.save(content, "PNG", exif=exif)
    torch.testing.assert_close(trace(model_of(4), content).input, trace(model_of(4), clear).input)


def test_transparency_is_read_within_the_price_limit(monkeypatch):
    """No reader but those of `open_image` sees the file: what costs too much is refused, as for any other network."""
    monkeypatch.setattr(Image, "open", lambda *_: pytest.fail("it is opened beside the limits"))
    content = io.BytesIO()
    clear_photo().save(content, "PNG")
    assert trace(model_of(4), content.getvalue()).input.shape == (1, 4, *SIZE)
    for channels in (1, 4):
        with pytest.raises(ImageError, match="more memory|damaged"):
            trace(model_of(channels), costly.tags(400_000, 7000))


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_grey_is_cropped_and_padded_as_colours_are(fit):
    grey, view = Preprocess(SIZE, 36, (0.4,), (0.2,))(PHOTO.convert("L"), fit)
    colours, same = Preprocess(SIZE, 36, (0.4,) * 3, (0.2,) * 3)(PHOTO.convert("L").convert("RGB"), fit)
    assert view == same
    torch.testing.assert_close(grey[:, 0], colours[:, 1])
    assert grey.count_nonzero() > 0


def test_a_network_of_other_channels_needs_an_array():
    with pytest.raises(
        ImageError, match=r"at most 4 channels.*takes 6: pass an array \(H, W, 6\), or a tensor \(1, 6, H, W\)"
    ):
        trace(model_of(6), PHOTO)


# --- arrays ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 13])
@pytest.mark.parametrize("kind", ["uint8", "uint16", "12 bits", "float32", "bool"])
def test_arrays_of_any_bands_and_types(count, kind):
    values = np.random.default_rng(count).random((40, 50, count))
    values[0, 0, 0] = 1
    arrays = {
        "uint8": (values * 255).astype(np.uint8),
        "uint16": (values * 65535).astype(np.uint16),
        "12 bits": (values * 4095).astype(np.uint16),
        "float32": values.astype(np.float32),
        "bool": values > 0.5,
    }
    tops = {"uint8": 255, "uint16": 65535, "12 bits": 4095}
    array = arrays[kind]
    recorded = trace(model_of(count), array)
    expected = planes(array.astype(np.float32) / tops.get(kind, 1))
    torch.testing.assert_close(recorded.input, normalised(expected, count), atol=1e-4, rtol=1e-4)
    assert overlay(explain(recorded, "gradcam", 1)).size == (50, 40)


def test_each_band_is_resized_with_antialiasing():
    board = (np.indices((96, 128)).sum(0) % 2).astype(np.float32)  # four pixels to one: all grey
    array = np.stack([board, 1 - board, board, board, board], -1)
    recorded = trace(model_of(5), array)
    inner = preprocess(5).undo(recorded.input)[:, 2:-2, 2:-2]
    torch.testing.assert_close(inner, torch.full_like(inner, 0.5), atol=0.02, rtol=0)


def test_a_fourth_band_is_no_transparency():
    array = RNG.integers(0, 256, (40, 50, 4), dtype=np.uint8)
    array[:, :, 3] = 0
    recorded = trace(model_of(4), array)
    torch.testing.assert_close(recorded.input, normalised(planes(array) / 255, 4), atol=1e-4, rtol=1e-4)
    assert np.array_equal(np.asarray(recorded.image), array[:, :, :3])


def test_a_grey_array_serves_as_a_photo_for_more_channels():
    for channels in (1, 2, 3, 4):
        recorded = trace(model_of(channels), GREY)
        values = preprocess(channels).undo(recorded.input)
        grey = planes(GREY[:, :, None])[:, :, 0] / 255
        for k in range(channels):
            expected = 1 if channels in (2, 4) and k == channels - 1 else grey
            assert np.abs(values[k].numpy() - expected).max() < 1.01 / 255  # Pillow rounds each of two passes
        assert np.array_equal(np.asarray(recorded.image), np.repeat(GREY[:, :, None], 3, 2))


@pytest.mark.parametrize(
    ("count", "bands", "shown"),
    [(6, None, (0, 1, 2)), (6, (3, 2, 1), (3, 2, 1)), (6, 4, (4, 4, 4)), (6, (5,), (5, 5, 5)), (2, None, (0, 0, 0))],
)
def test_which_bands_are_shown_is_a_choice(count, bands, shown):
    recorded = trace(model_of(count), SIX[:, :, :count], bands=bands)
    assert np.array_equal(np.asarray(recorded.image), SIX[:, :, list(shown)])
    torch.testing.assert_close(recorded.input, trace(model_of(count), SIX[:, :, :count]).input)


def test_bands_of_a_tensor_and_of_an_ordinary_array():
    tensor = torch.from_numpy(SIX).permute(2, 0, 1).float() / 255
    own = wrap_model(Net(6), preprocess=lambda array: torch.zeros(6, *SIZE))
    shown = np.asarray(trace(own, tensor, bands=(5, 0, 3)).image).astype(int)
    assert np.abs(shown - SIX[:, :, [5, 0, 3]]).max() <= 1
    colours = SIX[:, :, :3]
    assert np.array_equal(np.asarray(trace(model_of(3), colours, bands=(2, 1, 0)).image), colours[:, :, ::-1])


@pytest.mark.parametrize("bands", [(0, 1), (0, 1, 6), (-1, 0, 1), "red", (), (0, 1, 2, 3)])
def test_bands_that_are_not_there(bands):
    with pytest.raises(ImageError, match=r"does not choose three of the bands 0 to 5.*use bands=\(0, 1, 2\)"):
        trace(model_of(6), SIX, bands=bands)


def test_a_photo_has_no_bands_to_choose():
    with pytest.raises(ImageError, match="A photo is shown as it is"):
        trace(model_of(3), PHOTO, bands=(2, 1, 0))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (SIX[:, :, :5], r"The array has 5 bands, but the model takes 6: pass an array \(H, W, 6\).*of 5 values"),
        (SIX[:, :, :3], r"The array has 3 bands, but the model takes 6"),
        (GREY, r"The array has 1 band, but the model takes 6"),
        (SIX[None], r"shape \(1, 40, 50, 6\): pass \(H, W\) or \(H, W, C\)"),
        (SIX[:0], r"shape \(0, 50, 6\)"),
        (SIX.astype(np.float32), r"floats from 0 to 255: scale them to \[0, 1\]"),
        (SIX * np.float32(np.nan), "NaN or infinity"),
        (SIX.astype(np.int64), r"type int64: pass uint8.*wrap_model\(net, preprocess=function\)"),
        (SIX.astype(complex), "type complex128"),
    ],
)
def test_arrays_that_do_not_fit(array, said):
    with pytest.raises(ImageError, match=said):
        trace(model_of(6), array)


def test_a_function_gets_the_array_itself_where_it_is_no_ordinary_picture():
    got = []

    def own(image):
        got.append(image)
        return torch.zeros(6, *SIZE)

    model = wrap_model(Net(6), preprocess=own)
    assert got[-1].shape == (64, 64, 6)  # what the network is looked at with
    deep = SIX.astype(np.int32) - 100
    recorded = trace(model, deep)
    assert got[-1] is deep
    assert recorded.view.size == (50, 40)
    low, high = deep[:, :, :3].min(), deep[:, :, :3].max()
    expected = np.rint((deep[:, :, :3] - low) * (255 / (high - low)))
    assert np.abs(np.asarray(recorded.image).astype(int) - expected).max() <= 1
    for ordinary in (GREY, SIX[:, :, :3], SIX[:, :, :4], PHOTO):
        trace(model, ordinary)
        assert isinstance(got[-1], Image.Image)
        assert got[-1].mode == "RGB"


# --- tensors ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("batch", [False, True])
def test_a_ready_tensor_is_the_input_as_it_is(channels, batch):
    model = model_of(channels)
    pixels = torch.rand(channels, 28, 36, generator=torch.Generator().manual_seed(channels))
    tensor = (pixels - torch.tensor(model.preprocess.mean)[:, None, None]) / torch.tensor(model.preprocess.std)[
        :, None, None
    ]
    recorded = trace(model, tensor[None] if batch else tensor, fit="crop")
    assert torch.equal(recorded.input, tensor[None])
    assert recorded.view == View((36, 28), (0.0, 0.0, 36.0, 28.0), (0.0, 0.0, 36.0, 28.0), (36, 28))
    shown = (pixels[:3] if channels >= 3 else pixels[:1].expand(3, -1, -1)).permute(1, 2, 0).numpy()
    assert np.abs(np.asarray(recorded.image) - 255 * shown).max() <= 0.51
    with torch.no_grad():
        torch.testing.assert_close(recorded.logits, model.net(tensor[None])[0])
    assert overlay(explain(recorded, "gradcam", 1)).size == (36, 28)


def test_without_a_known_normalisation_a_tensor_is_shown_from_minimum_to_maximum():
    model = wrap_model(Net(3), preprocess=lambda image: torch.zeros(3, *SIZE))
    tensor = torch.linspace(-3, 5, 3 * 24 * 32, dtype=torch.float64).view(3, 24, 32)
    shown = np.asarray(trace(model, tensor.requires_grad_()).image)
    expected = 255 * (tensor.detach().permute(1, 2, 0).numpy() + 3) / 8
    assert np.abs(shown - expected).max() <= 0.51


@pytest.mark.parametrize(
    ("tensor", "said"),
    [
        (torch.rand(2, 3, 24, 32), r"holds 2 images.*pass tensor\[:1\]"),
        (torch.rand(24, 32), r"shape \(24, 32\): a ready input is \(1, C, H, W\) or \(C, H, W\)"),
        (torch.rand(1, 3, 0, 32), r"shape \(1, 3, 0, 32\)"),
        (torch.zeros(3, 24, 32, dtype=torch.uint8), r"type torch.uint8.*tensor.float\(\) / 255"),
        (torch.full((3, 24, 32), torch.nan), "NaN or infinity"),
        (
            torch.rand(6, 24, 32),
            r"has 6 channels, but the network's first convolution, 'stem.0', takes 3\. .*\(1, 3, H, W\)",
        ),
        (torch.rand(1, 24, 32), r"has 1 channel, but the network's first convolution, 'stem.0', takes 3"),
        (torch.rand(24, 32, 3), r"has 24 channels.*channels come last: pass tensor.permute\(2, 0, 1\)"),
    ],
)
def test_tensors_that_do_not_fit(tensor, said):
    with pytest.raises(ImageError, match=said):
        trace(model_of(3), tensor)


@pytest.mark.parametrize("door", ["trace", "trace_layers", "explain_images"])
def test_a_tensor_has_its_own_size_and_no_detail(door):
    model, tensor = model_of(3), torch.rand(3, 24, 32)
    doors = {
        "trace": lambda detail: trace(model, tensor, detail=detail),
        "trace_layers": lambda detail: trace_layers(model, tensor, detail=detail),
        "explain_images": lambda detail: list(explain_images(model, [tensor], detail=detail)),
    }
    with pytest.raises(ImageError, match=r"detail=1.5 asks.*Pass the picture.*interpolate\(tensor, scale_factor=1.5\)"):
        doors[door](1.5)
    assert doors[door](1)


def test_a_tensor_of_a_size_that_the_network_does_not_take():
    net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 24 * 32, 2)).eval()
    model = wrap_model(net, preprocess=preprocess(3))
    with pytest.raises(ImageError, match=r"input of 16 x 8 pixels, \(1, 3, 8, 16\); it takes 32 x 24. It says: mat1"):
        trace(model, torch.rand(1, 3, 8, 16))


def test_a_tensor_and_a_fit_that_does_not_exist():
    with pytest.raises(UnknownNameError, match="squeeze"):
        trace(model_of(3), torch.rand(3, 24, 32), fit="squeez")


def test_errors_of_the_network_itself_stay():
    model = model_of(3)
    model.net.forward = lambda x: 1 / 0
    with pytest.raises(ZeroDivisionError):
        trace(model, torch.rand(3, 30, 30))

    def broken(x):
        raise RuntimeError("my own")

    model.net.forward = broken
    with pytest.raises(RuntimeError, match="^my own$"):
        trace(model, PHOTO)
