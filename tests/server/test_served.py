"""The harness that measures the running page: its arithmetic, its reading of the page's protocol, its judgement."""

import copy
import json

import figures
import httpx
import load
import memory
import numpy as np
import pytest
import start
from browsing import PATIENCE

import cam.server.protocol

WANT = {
    "photo": {"upload": "/sent/abc/photo.jpg"},
    "model": "efficientnet_lite0",
    "layer": "",
    "method": "gradcam",
    "fit": "pad",
    "class": 7,
}
KEY = "abc|efficientnet_lite0|bn2|pad|1|gradcam"
PICTURE = {"key": KEY, "photo_id": "abc", "class": 7, "map": "AAAA", "share": 1}
ANSWER = {"request_id": 5, "step": 0, "more": False, "confirmed": {**WANT, "layer": "bn2"}}


def test_quantiles():
    assert [figures.quantile(range(1, 101), part) for part in (0.5, 0.95, 1)] == [50, 95, 100]
    assert figures.quantile([3.0], 0.95) == 3.0
    assert figures.quantile([4, 1, 3, 2], 0.5) == 2


def test_the_table_says_what_is_reached():
    text = figures.table([figures.Figure("a", "≤ 1 s", "2 s", False), figures.Figure("b", "", "3")])
    assert text.splitlines()[2:] == ["| a | ≤ 1 s | 2 s | no |", "| b |  | 3 |  |"]


def test_writing_leaves_the_rest(tmp_path):
    page = tmp_path / "speed.md"
    page.write_text("one\n<!-- page:begin -->\nold\n<!-- page:end -->\ntwo\n")
    figures.write("page", "new", page)
    assert page.read_text() == "one\n<!-- page:begin -->\nnew\n<!-- page:end -->\ntwo\n"
    with pytest.raises(SystemExit, match="load:begin"):
        figures.write("load", "new", page)
    for name in ("page", "memory", "speed"):
        assert figures.SPEED.read_text().count(f"<!-- {name}:begin -->") == 1


def test_the_protocol_is_read_from_the_page(site):
    config = json.loads(site.get("config"))
    protocol = load.Protocol.read(config)
    assert protocol.place == cam.server.protocol.PLACE
    assert protocol.value["photo"] == {"example": "cat_and_coffee"}
    assert set(protocol.value["shown"]) == {"photo", "view", "labels"}
    assert protocol.layers[-1] == "bn2"
    assert protocol.fits == tuple(cam.FITS)
    assert start.first_map(config)


def test_an_answer_is_read_as_the_page_reads_it(site):
    protocol = load.Protocol.read(json.loads(site.get("config")))
    want = {**protocol.value, "photo": {"example": "coffee"}, "class": 7}
    shown = {"shown": want.pop("shown"), "request_id": want.pop("request_id") + 1}
    path, body = protocol.asked("act", want | shown, "reader")
    found = httpx.post(site.url + path, json=body, timeout=PATIENCE, trust_env=False).json()
    assert {"picture", "ranking", "photo"} <= set(found)
    assert found["confirmed"]["photo"] == want["photo"]
    assert load.mistakes(want, 1, found) == []
    assert load.mistakes({**want, "class": 8}, 1, found) == ["choice", "class"]


def test_what_the_mix_chooses_exists():
    assert sum(load.MIX.values()) == 100
    assert set(load.METHODS) <= set(cam.METHODS)
    assert set(memory.STEEP) <= set(cam.METHODS)


def answer(**changes):
    made = {**ANSWER, "picture": PICTURE, "ranking": {"photo_id": "abc"}, "classes": {"key": KEY}}
    return copy.deepcopy({**made, **changes})


def test_an_own_answer_is_in_order():
    assert load.mistakes(WANT, 5, answer()) == []


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"request_id": 6}, "request_id"),
        ({"picture": {**PICTURE, "photo_id": "abd"}}, "photo"),
        ({"picture": {**PICTURE, "key": KEY.replace("bn2", "bn1")}}, "photo"),
        ({"picture": {**PICTURE, "class": 8}}, "class"),
        ({"ranking": {"photo_id": "example-cat"}}, "ranking"),
        ({"photo": {"id": "example-cat"}}, "photo"),
        ({"classes": {"key": "example-cat|efficientnet_lite0|bn2|pad|gradcam"}}, "classes"),
    ],
)
def test_what_belongs_to_somebody_else_is_found(changes, mistake):
    assert load.mistakes(WANT, 5, answer(**changes)) == [mistake]


def test_a_choice_that_was_not_made_is_found():
    found = answer()
    found["confirmed"]["fit"] = "crop"
    assert load.mistakes(WANT, 5, found) == ["choice"]
    assert load.mistakes(WANT, 6, answer()) == ["request_id"]


def test_maps_are_compared_within_rounding():
    one = np.array([0.5, -2.0], np.float32)
    assert load.alike(one, one + 1e-3)
    assert not load.alike(one, one + 3e-3), "a thousandth of the largest value is 2e-3"
    assert not load.alike(one, one[:1])
