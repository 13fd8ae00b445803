"""Networks of the host's own: their names, what is kept of two with one name, what is refused, and `/explain`."""

import numpy as np
import pytest
import torch
from own_nets import models, net
from torch import nn

import cam
from cam.server import hosts, journal
from cam.server.api import explained
from cam.server.app_state import AppState
from cam.server.settings import Settings, SettingsError


def test_names_are_made_different():
    wanted = models()
    found = hosts.named(wanted)
    assert list(found) == ["mine", "one", "mine (2)"]
    assert [model.title for model in found.values()] == ["mine", "one", "mine (2)"]
    assert [model.net for model in found.values()] == [model.net for model in wanted]
    assert list(hosts.named(wanted[0])) == ["mine"]
    given = hosts.named({"A\nlab's": wanted[0], "efficientnet_lite0": wanted[1]})
    assert list(given) == ["Alab's", "efficientnet_lite0 (2)"]
    assert given["efficientnet_lite0 (2)"].title == "efficientnet_lite0 (2)"


@pytest.mark.parametrize(
    ("given", "error", "part"),
    [
        (net(2), TypeError, r"Sequential: wrap it first.*serve\(wrap_model\(net"),
        ([nn.Conv2d(3, 2, 1)], TypeError, "Conv2d: wrap it first"),
        ("resnet50", TypeError, "not a str"),
        ([], ValueError, "no network to show"),
    ],
)
def test_what_is_no_model_is_refused(given, error, part):
    with pytest.raises(error, match=part):
        hosts.named(given)


def test_a_detector_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="shows networks for classification, and NanoDet-g is one for detection"):
        hosts.named(cam.load_model("nanodet_g"))


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return AppState(Settings(models="efficientnet_lite0"), own=hosts.named(models()))


def test_own_networks_come_first_and_are_in_memory(state):
    assert list(state.models) == ["mine", "one", "mine (2)", "efficientnet_lite0"]
    assert all(state.store.holds(name) and state.models[name].available() for name in ("mine", "one", "mine (2)"))
    assert not state.store.holds("efficientnet_lite0")
    assert state.models["one"].size_mb == pytest.approx(4 * (8 * 27 + 8 + 12 * 72 + 12 + 12 + 1) / 1e6)
    assert journal._name("mine (2)", journal._models) == "mine (2)"
    assert journal._name("another", journal._models) == "unknown"


def test_two_networks_with_one_name_never_mix(state):
    photo = state.photos.open({"example": "cat"})
    first, second = (state.trace(photo, name, "", "squeeze") for name in ("mine", "mine (2)"))
    assert (first.logits.shape[-1], second.logits.shape[-1]) == (2, 5)
    assert state.trace(photo, "mine", "", "squeeze") is first
    for name, trace in (("mine", first), ("mine (2)", second)):
        alone = cam.trace(state.store.own[name], photo.image)
        assert torch.equal(alone.logits, trace.logits)


def test_the_api_explains_the_first_network_where_none_is_named(state, photo):
    picture, report = explained(state, str(photo), "", "", "", -1)
    assert report["model"] == "mine"
    assert {entry["label"] for entry in report["top"]} == {"husky", "wolf"}
    _, named = explained(state, str(photo), "one", "", "", 0)
    assert named["class"]["label"] == "tumour"
    with pytest.raises(cam.UnknownNameError, match="Unknown model 'mine \\(3\\)'"):
        explained(state, str(photo), "mine (3)", "", "", -1)
    assert np.asarray(picture).shape[2] == 3


def test_a_gpu_lent_by_the_call_takes_no_own_networks(monkeypatch):
    from cam.server import zerogpu

    monkeypatch.setattr(zerogpu, "by_the_call", lambda: True)
    with pytest.raises(SettingsError, match="need a GPU of the page's own process"):
        zerogpu.own_app_state(Settings(), hosts.named(models()))
