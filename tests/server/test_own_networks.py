"""Networks of the host's own: their names, what is kept of two with one name, what is refused, and `/explain`."""

import time

import numpy as np
import pytest
import torch
from browsing import alone
from hubs import publish, tiny_timm
from huggingface_hub import constants
from own_nets import models, net
from torch import nn

import cam
from cam.server import hosts, hub_search, journal
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


def test_a_detector_of_ones_own_is_listed_with_its_task():
    own = hosts.own(hosts.named(cam.load_model("nanodet_g")))
    assert [(one.title, one.task) for one in own.values()] == [("NanoDet-g (2)", "detection")]


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


# --- models of the Hub -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, {}, True),
        ({}, {"GRADIO_SERVER_NAME": "0.0.0.0"}, False),
        ({}, {"SPACE_ID": "school/cam"}, False),
        ({}, {"GRADIO_ROOT_PATH": "https://school.example/cam"}, False),
        ({"login": "a:b"}, {}, False),
        ({"models": "resnet18"}, {}, False),
        ({"hub": "on"}, {"GRADIO_SERVER_NAME": "0.0.0.0"}, True),
        ({"hub": "off"}, {}, False),
    ],
)
def test_ids_are_taken_where_only_this_machine_reaches_the_page(settings, environment, expected):
    assert hosts.hub(Settings(**settings), environment) is expected


@pytest.fixture
def asking(tmp_path, monkeypatch, server, caches):
    """A page that may ask a Hub on this machine."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    _, config, content = tiny_timm()
    publish(server, "school/tiny", config, content)
    publish(server, "school/large", config, content, size=6 * 2**20)
    publish(server, "school/finder", {"architectures": ["DetrForObjectDetection"]}, content)
    return AppState(Settings(hub="on", hub_mb=5, models="efficientnet_lite0"))


def looked(state, name):
    return alone(hub_search.looked(state, {"id": name}))


def test_nothing_is_fetched_that_was_not_looked_up(asking, server):
    with pytest.raises(cam.WeightsError, match="Look it up below the list"):
        next(asking.model("school/tiny"))
    assert server.requests == []
    found = looked(asking, "school/tiny")
    assert found["model"] == {**found["model"], "name": "school/tiny", "title": "tiny", "here": False, "own": False}
    assert found["licence"] == "apache-2.0"
    assert "school/tiny" not in asking.offered
    for _ in asking.model("school/tiny"):
        time.sleep(0.01)
    assert asking.store.model("school/tiny").labels == ("kind 0", "kind 1", "kind 2")
    assert list(asking.offered) == ["efficientnet_lite0", "school/tiny"]


def test_a_look_says_what_cannot_be_had(asking):
    assert looked(asking, "a/../b")["error"]["code"] == "hub-id"
    assert looked(asking, "school/large")["error"]["code"] == "hub-large"
    with pytest.raises(cam.WeightsError, match="Look it up"):
        asking.check_offered("school/finder")
    found = looked(asking, "school/finder")["model"]
    assert (found["name"], found["task"], found["here"]) == ("school/finder", "detection", False)
    asking.check_offered("school/finder")


def test_a_page_without_the_hub_says_so(state):
    assert state.hub is False
    assert looked(state, "school/tiny")["error"]["code"] == "hub-off"
    with pytest.raises(cam.WeightsError, match="CAM_HUB=on"):
        state.check_offered("school/tiny")
