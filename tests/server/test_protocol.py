"""The messages between page and server: what is sent is of the shapes that are written down, on both sides."""

import json
import re
import types
import typing
from pathlib import Path

import pytest
from browsing import alone
from handling import array, choice, everything

import cam
from cam.errors import unknown
from cam.messages import Message
from cam.page.tabs import explore, live
from cam.server import actions, finer, protocol, rules

ROOT = Path(__file__).parents[2]
MESSAGES = {path.stem: json.loads(path.read_text()) for path in (ROOT / "tests" / "messages").glob("*.json")}
SCRIPT = (ROOT / "cam" / "page" / "static" / "protocol.js").read_text()


def check(value, shape, at="message"):
    """Raise AssertionError for a value that is not of a shape of `protocol`."""
    if typing.is_typeddict(shape):
        assert isinstance(value, dict), f"{at} is {value!r}"
        hints = typing.get_type_hints(shape)
        assert set(value) <= set(hints), f"{at} has {set(value) - set(hints)}"
        assert shape.__required_keys__ <= set(value), f"{at} lacks {shape.__required_keys__ - set(value)}"
        for name, one in value.items():
            check(one, hints[name], f"{at}.{name}")
    elif typing.get_origin(shape) in (typing.Union, types.UnionType):
        for option in typing.get_args(shape):
            try:
                return check(value, option, at)
            except AssertionError as error:
                wrong = error
        raise wrong
    elif typing.get_origin(shape) is list:
        assert isinstance(value, list), at
        for one in value:
            check(one, typing.get_args(shape)[0], f"{at}[]")
    elif typing.get_origin(shape) is dict:
        assert isinstance(value, dict), at
        for one in value.values():
            check(one, typing.get_args(shape)[1], f"{at}{{}}")
    elif typing.get_origin(shape) is typing.Literal:
        assert value in typing.get_args(shape), f"{at} is {value!r}"
    elif shape is not typing.Any:
        kind = (int, float) if shape is float else shape
        assert isinstance(value, kind), f"{at} is {value!r}"
        assert shape is bool or not isinstance(value, bool), f"{at} is {value!r}"


@pytest.mark.parametrize("name", MESSAGES)
def test_the_examples_are_of_the_shapes(name):
    others = {"wish": protocol.Wish, "cover-wish": protocol.CoverWish, "covered": protocol.Covered}
    check(MESSAGES[name], others.get(name, protocol.Answer))
    assert name == "covered" or MESSAGES[name]["version"] == protocol.VERSION


@pytest.mark.parametrize(
    "changes",
    [{}, {"contrast": True}, {"method": "eigencam"}, {"method": "ablationcam"}, {"method": "magic"}, {"fit": "pad"}],
    ids=str,
)
def test_what_the_server_sends_is_of_the_shapes(app_state, changes):
    for answer in everything(app_state, **changes):
        check(json.loads(json.dumps(answer)), protocol.Answer)
        assert answer["version"] == protocol.VERSION


def test_the_opening_is_of_the_shapes(app_state):
    shown = json.loads(json.dumps(actions.opening(app_state)))
    check(shown["answer"], protocol.Answer)
    check(shown["wish"], protocol.Wish)


def test_a_wrong_shape_is_found():
    with pytest.raises(AssertionError, match="request_id"):
        check({**MESSAGES["answer"], "request_id": "7"}, protocol.Answer)
    with pytest.raises(AssertionError, match="rivals"):
        check({**MESSAGES["answer"], "picture": {**MESSAGES["answer"]["picture"], "rivals": [True]}}, protocol.Answer)
    with pytest.raises(AssertionError, match="ticket"):
        check({**MESSAGES["wish"], "ticket": 1}, protocol.Wish)


def test_the_scripts_know_the_same_fields():
    """Every field of a message stands in the types of `protocol.js`, and the version is the same."""
    assert f"VERSION = {protocol.VERSION};" in SCRIPT
    for shape in (
        protocol.Answer,
        protocol.Picture,
        protocol.Photo,
        protocol.ClassMaps,
        protocol.Wish,
        protocol.Card,
        protocol.Said,
        protocol.Stroke,
        protocol.CoverWish,
        protocol.Covered,
    ):
        for name in typing.get_type_hints(shape):
            assert re.search(rf"\b{name}\??:", SCRIPT), f"{shape.__name__}.{name}"


def test_the_look_alikes_that_were_used_are_sent(app_state):
    merged = {}
    for answer in everything(app_state, contrast=True, **{"class": 3}):
        merged |= answer
    trace = cam.trace(app_state.store.model("efficientnet_lite0"), app_state.photos.open({"example": "cat"}).image)
    assert merged["picture"]["rivals"] == list(cam.look_alikes(trace.logits, 3))
    classes = merged["classes"]
    indices = array(classes["indices"], "<u2").tolist()
    rivals = array(classes["rivals"], "<u2").reshape(len(indices), -1)
    for index, others in zip(indices, rivals.tolist(), strict=True):
        assert sorted(others) == sorted(cam.look_alikes(trace.logits, index))
    plain = everything(app_state, request_id=2, **{"class": 3})[0]
    assert plain["picture"]["rivals"] == []


@pytest.mark.parametrize("version", [None, 0, protocol.VERSION + 1, "1"])
def test_a_page_of_another_version_is_told_to_reload(http, protocol_of_page, version):
    value = {**protocol_of_page.value, "request_id": 1, "version": version}
    path, body = protocol_of_page.asked("act", value, "old")
    answer = http.post(path, json=body)
    found = answer.json()
    assert (answer.status_code, found["error"]) == (422, protocol.RELOAD), "a text, which a page of version 1 shows"
    assert found["said"] == protocol.RELOAD.as_dict()


@pytest.mark.parametrize("name", ["layer_strip", "detail_survey", "explain_frame"])
def test_what_a_page_of_version_1_calls_answers_in_a_text(app_state, name):
    """Its scripts show `error` as it comes."""
    served = {one.__name__: one for tab in (explore, live) for one in tab.functions(app_state)}
    for value in ({}, None, {"version": 1}):
        assert alone(served[name](value)) == {
            "error": "This page and its server are of different versions. Reload the page."
        }
    assert "different versions" not in str(alone(served[name]({"version": protocol.VERSION})))


def test_sentences_are_told_from_other_values():
    for wrong in ({"error": "Text."}, {"message": "Text."}, {"message": None}, {"reasons": {"cam": "Text."}}):
        with pytest.raises(AssertionError):
            check({**MESSAGES["parts"], **wrong}, protocol.Answer)
    check({**MESSAGES["parts"], "message": "", "error": MESSAGES["refusal"]["error"]}, protocol.Answer)


def test_the_examples_say_what_the_server_says():
    assert Message.of(MESSAGES["loading"]["message"]) == "Fetching AlexNet: 30 of 120 MB."
    error = unknown("method", "magic", list(cam.METHODS))
    assert {**MESSAGES["refusal"]["error"]["params"], "choices": []} == {
        **error.message.as_dict()["params"],
        "choices": [],
    }
    assert MESSAGES["refusal"]["error"]["text"] == error.message.text


@pytest.fixture
def protocol_of_page(http):
    from load import Protocol

    return Protocol.read(http.get("config").json())


def test_the_rules_take_the_example():
    rules.check_choice(MESSAGES["wish"])
    rules.check_choice(choice())


@pytest.mark.parametrize("given", [{}, {"detail": None}, {"detail": True}, {"detail": "2"}, {"detail": 1}])
def test_what_names_no_detail_means_the_model_s_own_size(given):
    assert finer.read(given) == 1.0
    assert finer.read({"detail": 1.5}) == 1.5
