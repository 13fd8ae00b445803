"""What networks of any number of channels are prepared with, and what is made of any input: maps and metrics."""

from collections import UserDict

import numpy as np
import pytest
import torch
from channels import GREY, RNG, SIX, SIZE, Net, model_of, preprocess
from nets import PHOTO
from torch import nn

from cam import (
    METHODS,
    CamError,
    ImageError,
    Preprocess,
    View,
    explain,
    metrics,
    obstacle,
    over_layers,
    smooth,
    trace,
    wrap_model,
)
from cam.passes.tracing import retrace

# --- a network without preprocessing, or with one's own --------------------------------------------------------------


def test_without_preprocess_the_first_convolution_tells_the_channels():
    grey = wrap_model(Net(1)).preprocess
    assert (grey.size, list(grey.mean), list(grey.std)) == ((224, 224), [pytest.approx(0.449)], [pytest.approx(0.226)])
    assert wrap_model(Net(3)).preprocess == Preprocess()
    four, six = wrap_model(Net(4)).preprocess, wrap_model(Net(6)).preprocess
    assert list(four.mean) == pytest.approx([0.485, 0.456, 0.406, 0.449])
    assert list(four.std) == pytest.approx([0.229, 0.224, 0.225, 0.226])
    assert list(six.mean) == pytest.approx([0.449] * 6)
    assert wrap_model(Net(6)).sample().shape == (64, 64, 6)
    assert trace(wrap_model(Net(6)), SIX).input.shape == (1, 6, 224, 224)


class Coordinates(nn.Module):
    """Adds two channels of its own before its first convolution."""

    def __init__(self):
        super().__init__()
        self.net = Net(5)
        self.eval()

    def forward(self, x):
        return self.net(torch.cat([x, torch.ones_like(x[:, :2])], 1))


@pytest.mark.parametrize("own", [None, preprocess(3), lambda image: torch.zeros(1, 3, *SIZE)])
def test_a_network_may_add_channels_before_its_first_convolution(own):
    model = wrap_model(Coordinates(), preprocess=own)
    assert trace(model, PHOTO).input.shape[:2] == (1, 3)


class Processed(UserDict):
    """What HuggingFace's processors return is a dictionary of this kind."""


VALUES = RNG.random((3, *SIZE)).astype(np.float32)


@pytest.mark.parametrize(
    "made",
    [
        torch.from_numpy(VALUES),
        torch.from_numpy(VALUES)[None],
        VALUES,
        VALUES[None],
        VALUES[:, ::-1][:, ::-1],
        {"pixel_values": torch.from_numpy(VALUES)[None], "pixel_mask": torch.ones(1, *SIZE)},
        {"pixel_values": VALUES[None]},
        Processed(pixel_values=[VALUES]),
        Processed(pixel_values=[torch.from_numpy(VALUES)]),
        (torch.from_numpy(VALUES)[None], View((60, 40), (0, 0, 60, 40), (0, 0, 32, 24), (32, 24))),
    ],
)
def test_what_a_preprocessing_may_return(made):
    recorded = trace(wrap_model(Net(3), preprocess=lambda image: made), PHOTO)
    assert torch.equal(recorded.input, torch.from_numpy(VALUES)[None])
    assert recorded.view == View((60, 40), (0.0, 0.0, 60.0, 40.0), (0.0, 0.0, 32.0, 24.0), (32, 24))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"pixels": VALUES}, r"a dict with 'pixels', not with \"pixel_values\".*processor\(image\)\[\"...\"\]"),
        ({}, "a dict with nothing"),
        (PHOTO, "returns a PIL image: return a tensor .*to_tensor"),
        (None, r"a value of type NoneType: return a tensor \(C, H, W\)"),
        ([VALUES, VALUES], "a list of ndarray, ndarray"),
        ({"pixel_values": [VALUES, VALUES]}, "a list of ndarray, ndarray"),
        ((VALUES, VALUES, VALUES), "a tuple of ndarray, ndarray, ndarray: .*or a tuple .tensor, View"),
        (VALUES[0], r"shape \(24, 32\)"),
        (np.stack([VALUES] * 2), r"returns 2 images, \(2, 3, 24, 32\), for one"),
        (VALUES.astype(object), "a value of type ndarray"),
    ],
)
def test_what_a_preprocessing_may_not_return(made, said):
    with pytest.raises(CamError, match=said):
        wrap_model(Net(3), preprocess=lambda image: made)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            preprocess(3),
            r"input has 3 channels, but the network's first convolution, 'stem.0', takes 6.*with 6 values each",
        ),
        (
            lambda image: torch.zeros(2, *SIZE),
            r"has 2 channels, but the network's first convolution, 'stem.0', takes 6",
        ),
    ],
)
def test_channels_that_do_not_match_are_named_with_both_numbers(own, said):
    with pytest.raises(ImageError, match=said):
        wrap_model(Net(6), preprocess=own)


def test_a_size_that_does_not_match_says_what_to_do():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(7, 2)).eval()
    with pytest.raises(
        ImageError, match=r"224 x 224 pixels, \(1, 3, 224, 224\)\. It says: .*Preprocess\(size=\(H, W\)\)"
    ):
        wrap_model(net)


def test_what_a_users_own_preprocessing_raises_stays():
    def own(image):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        wrap_model(Net(6), preprocess=own)


@pytest.mark.parametrize(
    "options",
    [{"mean": (0.5,)}, {"mean": (), "std": ()}, {"mean": 0.5, "std": 0.5}, {"mean": (0.5,) * 3, "std": (0.5,) * 2}],
)
def test_a_preprocess_has_a_mean_and_a_std_per_channel(options):
    with pytest.raises(CamError, match=r"a mean and a std for each channel.*Preprocess\(mean=\(0.5,\), std=\(0.5,\)\)"):
        Preprocess(**options)


# --- methods, combinations and metrics -------------------------------------------------------------------------------

GIVEN = {
    "grey": (1, GREY),
    "six bands": (6, SIX),
    "tensor": (2, torch.rand(2, 28, 36, generator=torch.Generator().manual_seed(0))),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_gradient_of_what_is_given_is_autograds(name):
    channels, source = GIVEN[name]
    recorded = trace(model_of(channels), source, "conv")
    net = recorded.model.net
    maps = net.conv(net.stem(recorded.input)).detach().requires_grad_()
    (expected,) = torch.autograd.grad(net.head(maps.relu().mean((2, 3)))[0, 2], maps)
    torch.testing.assert_close(recorded.gradients(2), expected[0])


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("method", [name for name, entry in METHODS.items() if not entry.streams or name == "scorecam"])
def test_every_quick_method_takes_what_is_given(name, method):
    channels, source = GIVEN[name]
    recorded = trace(model_of(channels), source)
    if obstacle(METHODS[method], recorded) is None:
        assert obstacle(METHODS[method], recorded.model) is None
        assert torch.isfinite(explain(recorded, method, 1).raw).all()


@pytest.mark.parametrize("name", GIVEN)
def test_maps_of_all_layers_are_made_of_what_was_given(name):
    channels, source = GIVEN[name]
    model = model_of(channels)
    for one in over_layers(trace(model, source), model.layers, "gradcam", 1):
        torch.testing.assert_close(one.raw, explain(trace(model, source, one.trace.layer), "gradcam", 1).raw)
    assert torch.isfinite(smooth(trace(model, source)).raw).all()


@pytest.mark.parametrize("name", [*GIVEN, "photo"])
def test_black_is_what_the_network_sees_of_a_black_image(name):
    channels, source = GIVEN.get(name, (3, PHOTO))
    recorded = trace(model_of(channels), source)
    own = preprocess(channels)
    dark = metrics.masked_input(recorded, torch.zeros(1, *recorded.input.shape[2:]))
    torch.testing.assert_close(own.undo(dark), torch.zeros_like(dark[0]), atol=1e-6, rtol=0)
    assert dark.shape == recorded.input.shape
    whole = metrics.masked_input(recorded, torch.ones(1, *recorded.input.shape[2:]))
    torch.testing.assert_close(whole, recorded.input)
    assert 0 <= metrics.coherency_of(explain(recorded, "gradcam", 1)) <= 1
    again = metrics.masked_input(retrace(recorded), torch.zeros(1, *recorded.input.shape[2:]))
    assert torch.equal(again, dark)


def test_black_of_a_tensor_of_unknown_normalisation_is_its_minimum():
    model = wrap_model(Net(2), preprocess=lambda image: torch.zeros(2, *SIZE))
    tensor = torch.rand(2, *SIZE, generator=torch.Generator().manual_seed(1)) - 3
    dark = metrics.masked_input(trace(model, tensor), torch.zeros(1, *SIZE))
    torch.testing.assert_close(dark[0], tensor.amin((1, 2))[:, None, None].expand(2, *SIZE))


def test_a_randomised_network_is_shown_the_same_bands():
    recorded = trace(model_of(6), SIX)
    first = next(metrics.parameter_randomisation(explain(recorded, "gradcam", 1)))
    assert torch.equal(first.explanation.trace.input, recorded.input)
