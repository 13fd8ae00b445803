"""What the page's scripts ask at its own addresses, over HTTP: answers, what follows them, refusals, the log."""

import json

import gradio as gr
import pytest
from browsing import alone
from test_door import call, refusal

from cam.page import connection
from cam.server import actions, plain
from cam.server.protocol import PLACE, RELOAD, VERSION


def test_an_action_and_what_follows(http, protocol, site):
    """The answers are those of the handlers by direct call, one for each request, without the answer's maps twice."""
    before = len(site.log.splitlines())
    value = {**protocol.value, "layer": "blocks.5", "class": 285, "request_id": 7}
    first = call(http, protocol, value, "follower")
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["x-content-type-options"] == "nosniff"
    found = first.json()
    assert (found["request_id"], found["picture"]["class"], found["confirmed"]["layer"]) == (7, 285, "blocks.5")
    while found["more"]:
        found = call(http, protocol, value, "follower", "more").json()
        assert found["request_id"] == 7
        assert "picture" not in found
    (line,) = [line for line in site.log.splitlines()[before:] if " look " in line]
    assert line.endswith("outcome=ok"), "one line for an action, none for what follows"


def test_a_later_action_overtakes_in_its_session_only(http, protocol):
    value = {**protocol.value, "request_id": 9}
    assert call(http, protocol, value, "early").json()["request_id"] == 9
    assert call(http, protocol, {**value, "request_id": 8}, "early").json() == {}
    assert call(http, protocol, {**value, "request_id": 8}, "late").json()["request_id"] == 8


def test_stop_reaches_the_action(http, protocol):
    value = {**protocol.value, "method": "scorecam", "layer": "bn2", "request_id": 3}
    found = call(http, protocol, value, "stopper").json()
    assert found["picture"]["share"] < 1
    assert call(http, protocol, value, "stopper", "stop").json() is None
    said = {}
    while found["more"]:
        found = call(http, protocol, value, "stopper", "more").json()
        said = found.get("message") or said
    assert said["text"].startswith("Stopped after")


def test_functions_of_the_tabs(http, protocol):
    here = {one.pop("name"): one for one in call(http, protocol, {}, name="models_here").json()}
    assert here["efficientnet_lite0"] == {"title": "EfficientNet-Lite0", "task": "classification"}
    assert (here["nanodet_g"]["task"], here["u2netp"]["task"]) == ("detection", "segmentation")
    asked = {"model": "efficientnet_lite0", "version": VERSION}
    found = call(http, protocol, asked, name="detail_survey").json()
    assert [one["detail"] for one in found["details"]] == [1.0, 1.5, 2.0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"data": {}}, "not an object of data and session_hash"),
        ({"session_hash": "a", "data": {}, "fn_index": 1}, "not an object of data and session_hash"),
        ({"session_hash": "a b", "data": {}}, "`session_hash` is not a name"),
        ({"session_hash": "a", "data": []}, "A choice is an object, not a list"),
        ({"session_hash": "a", "data": {"request_id": "1"}}, "`request_id` is not a whole number"),
        ({"session_hash": "a", "data": {"request_id": 1}}, "Reload the page"),
    ],
)
def test_another_shape(http, body, words):
    assert words in refusal(http.post(f"{PLACE}/act", json=body), 422)


@pytest.mark.parametrize("path", ["actions", "actions/", "actions/begin", "actions/act/x", "gradio_api/run/predict"])
def test_other_addresses_are_closed(http, path):
    refusal(http.post(path, json={}), 404)


@pytest.mark.parametrize("name", ["run/predict", "component_server"])
def test_a_page_from_before_is_told_to_reload(http, name):
    """It asks by Gradio's events."""
    assert refusal(http.post(f"gradio_api/{name}", json={}), 404) == RELOAD


def test_only_what_is_sent_is_answered(http):
    refusal(http.get(f"{PLACE}/act"), 404)


def test_an_answer_is_the_same_json():
    value = {"text": "“ü” \n", "numbers": [1, -2.5, 1e-9, None, True], "step": "rest 1.5"}
    assert json.loads(plain.encoded(value)) == value


def test_what_is_lent_by_the_call_is_lent_to_gradios_events(app_state, monkeypatch):
    """There the scripts ask by events, and nothing is served at the page's own addresses."""

    def layer_strip(value):
        return value

    async def built(lent):
        monkeypatch.setattr(connection, "by_the_call", lambda: lent)
        with gr.Blocks(analytics_enabled=False) as page:
            functions = connection.connect(app_state, [layer_strip])
        (wire,) = [one for one in page.blocks.values() if isinstance(one, gr.HTML)]
        return json.loads(wire.props["opening"])["place"], set(functions), len(page.fns)

    monkeypatch.setattr(actions, "opening", lambda app_state: {"wish": {"request_id": 0}, "strip": {}, "answer": {}})
    assert alone(built(True)) == ("", set(), 3)
    assert alone(built(False)) == (PLACE, {"act", "more", "stop", "layer_strip"}, 0)
