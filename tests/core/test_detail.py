"""Finer maps: the pass of a larger input, carried along by everything that passes again, or a sentence."""

import pytest
import torch
from nets import PHOTO, PREPROCESS, make
from torch import nn

from cam import CamError, LayerError, Preprocess, Store, combine, explain, obstacle, trace, wrap_model
from cam.maps import report
from cam.models.catalogue import MODELS
from cam.models.weights import build
from cam.passes.detail import survey
from cam.passes.tracing import retrace


@pytest.fixture
def pooled():
    return wrap_model(make("pooled"), preprocess=PREPROCESS)


def test_it_is_the_pass_of_the_larger_input(pooled):
    found = trace(pooled, PHOTO, detail=1.5)
    inputs, _ = Preprocess(size=(48, 48), mean=(0.5,) * 3, std=(0.25,) * 3)(PHOTO, "squeeze")
    with torch.no_grad():
        torch.testing.assert_close(found.logits, pooled.net(inputs)[0])
    assert found.activations.shape == (12, 12, 12)
    assert found.detail == retrace(found).detail == 1.5
    assert report.report(explain(found), 0)["detail"] == 1.5


def test_half_a_cell_is_left_out_and_the_crop_grows_alike(lite0, photo):
    found = trace(lite0, photo, detail=1.5, fit="crop")
    assert found.activations.shape == (1280, 10, 10)
    assert found.view.input == (320, 320)
    own = trace(lite0, photo, fit="crop")
    assert found.view.source == pytest.approx(own.view.source, abs=3)


def test_what_passes_again_keeps_it(pooled):
    found = trace(pooled, PHOTO, detail=2)
    for name in ("smooth", "layers_mean"):
        combined = combine(found, name)
        assert combined.trace.detail == 2
        assert tuple(combined.raw.shape) == (64, 64)


@pytest.mark.parametrize("detail", [0.4, 5, float("nan"), "2", True])
def test_out_of_range(pooled, detail):
    with pytest.raises(CamError, match="from 0.5 to 4"):
        trace(pooled, PHOTO, detail=detail)


class Reshaping(nn.Module):
    """A head that makes several rows of one larger image."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 4, 4, stride=4), nn.Linear(4 * 64, 5)

    def forward(self, x):
        return self.head(self.conv(x).reshape(-1, 4 * 64))


@pytest.mark.parametrize("net", [make("deep_head"), Reshaping()])
def test_a_network_of_one_size_says_so(net):
    model = wrap_model(net, preprocess=PREPROCESS)
    with pytest.raises(LayerError, match=r"one input size only: at detail 2, 64 x 64 pixels.*Use detail=1"):
        trace(model, PHOTO, detail=2)
    assert "one input size only" in survey(model, 2).reason
    assert survey(model, 1).reason == ""


def test_a_function_that_makes_its_own_size_says_so():
    model = wrap_model(make("pooled"), preprocess=lambda image: torch.zeros(3, 32, 32))
    with pytest.raises(CamError, match=r"preprocess=Preprocess\("):
        trace(model, PHOTO, detail=2)
    assert trace(model, PHOTO, detail=1).detail == 1


def test_survey(pooled):
    found = survey(pooled, 1.5)
    assert (found.input, found.cost, found.shapes["features.4"]) == ((48, 48), 2.25, (12, 12, 12))


def test_passes_of_other_sizes_are_kept_apart(pooled):
    store = Store()
    store.models.get("tiny", lambda: pooled)
    one, finer = (store.trace(PHOTO, "tiny", detail=detail) for detail in (1, 1.5))
    assert (one.activations.shape[-1], finer.activations.shape[-1]) == (8, 12)
    assert store.trace(PHOTO, "tiny") is one


def test_what_does_not_apply_is_asked_for_each_grid():
    wide = wrap_model(make("pooled"), preprocess=Preprocess(size=(128, 128)))
    from cam import METHODS

    method = METHODS["kpca_cam"]
    layer = "features.2"  # 64 x 64 places at 1, 32 x 32 at 0.5
    assert obstacle(method, trace(wide, PHOTO, layer))
    assert obstacle(method, trace(wide, PHOTO, layer, detail=0.5)) is None


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224.augreg_in21k_ft_in1k"])
def test_timms_transformers_take_other_sizes_and_stay_the_same_at_their_own(name):
    import timm

    torch.manual_seed(0)
    plain, net = timm.create_model(name, pretrained=False).eval(), build(MODELS[name]).eval()
    net.load_state_dict(plain.state_dict())
    inputs = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        assert torch.equal(plain(inputs), net(inputs))
        assert net(torch.randn(1, 3, 336, 336)).shape == (1, 1000)
