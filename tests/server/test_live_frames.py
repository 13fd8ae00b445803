"""Frames of the Live tab as the server answers them: explained by the core, one at a time, and not kept."""

import asyncio
import base64
import io
import json
import math
import threading
import time

import numpy as np
import pytest
from browsing import alone
from pictures import CATS, frame
from PIL import Image

import cam
from cam.messages import Message
from cam.models.catalogue import ModelSpec
from cam.page.tabs import live
from cam.server.app_state import AppState
from cam.server.class_names import labels_id
from cam.server.scheduler import Scheduler
from cam.server.settings import Settings


def text(content):
    return base64.b64encode(content).decode("ascii")


@pytest.fixture
def app_state(lite0):
    made = AppState(Settings(), {})
    made.store.models.get("efficientnet_lite0", lambda: lite0)
    return made


def asked(app_state, frames=None, **changes):
    value = {"frame": text(frame("cat", (320, 240))), "model": "efficientnet_lite0", "class": None, **changes}
    return alone(live.looked_at(app_state, frames or Scheduler(1, 0), value))


def test_a_frame_is_explained_as_by_the_core(app_state, lite0):
    answer = json.loads(json.dumps(asked(app_state)))
    trace = cam.trace(lite0, frame("cat", (320, 240)))
    explanation = cam.explain(trace)
    top = trace.top(5)
    assert answer["top"] == [[one.index, one.label, pytest.approx(one.probability)] for one in top]
    assert top[0].label in CATS
    assert (answer["class"], answer["probability"]) == (top[0].index, pytest.approx(top[0].probability))
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, explanation.raw.numpy(), rtol=1e-5, atol=1e-7)
    assert (answer["input"], answer["layer"]) == ([224, 224], "bn2")
    assert answer["labels"] == labels_id(lite0.labels)


def test_a_pinned_class_is_explained_instead(app_state, lite0):
    answer = asked(app_state, **{"class": 504})
    trace = cam.trace(lite0, frame("cat", (320, 240)))
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "gradcam", 504).raw.numpy(), rtol=1e-4, atol=1e-6)
    assert answer["class"] == 504
    assert answer["probability"] == pytest.approx(float(trace.logits.softmax(0)[504]), rel=1e-4)
    assert 504 not in [index for index, _, _ in answer["top"]]


def people(app_state, photo="two_people", **changes):
    return json.loads(json.dumps(asked(app_state, frame=text(frame(photo, (416, 274))), model="nanodet_g", **changes)))


def test_a_detector_answers_with_boxes_and_the_map_of_the_best(app_state):
    answer = people(app_state)
    trace = cam.trace(app_state.store.model("nanodet_g"), frame("two_people", (416, 274)))
    first, second = trace.top(2)
    assert [one["label"] for one in answer["findings"][:3]] == ["person", "person", "tie"]
    assert [one["box"] for one in answer["findings"]] == [[round(side, 2) for side in one.box] for one in trace.top(12)]
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "hirescam", first).raw.numpy(), rtol=1e-4, atol=1e-6)
    told = {name: answer[name] for name in ("number", "class", "followed", "size", "method")}
    assert told == {"number": 0, "class": 0, "followed": True, "size": [416, 274], "method": "hirescam"}
    left = people(app_state, **{"class": 0, "box": [0, 0, 0.4, 1]})
    assert (left["number"], left["followed"]) == (1, True), "of the two people the one at the last place"
    raw = np.frombuffer(base64.b64decode(left["map"]), "<f4").reshape(left["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "hirescam", second).raw.numpy(), rtol=1e-4, atol=1e-6)
    tie = people(app_state, **{"class": 27, "box": [0, 0, 0.1, 0.1]})
    assert (tie["number"], tie["followed"]) == (2, True), "the only one of its class, though it is elsewhere now"
    gone = people(app_state, **{"class": 16, "box": [0, 0, 0.4, 1]})
    assert (gone["number"], gone["followed"]) == (0, False), "there is no dog: the best is shown, and that is said"


def test_a_frame_in_which_nothing_stands_out_has_no_map(app_state):
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 130, 140)).save(file, "JPEG")
    answer = asked(app_state, frame=text(file.getvalue()), model="nanodet_g")
    assert (answer["findings"], answer["number"], answer["map"], answer["followed"]) == ([], -1, "", True)
    assert asked(app_state, frame=text(file.getvalue()), model="nanodet_g", **{"class": 0})["followed"] is False


def test_the_foreground_of_a_frame_is_a_region_with_its_map(app_state):
    answer = asked(app_state, model="u2netp", **{"class": 0})
    (region,) = answer["findings"]
    assert (region["label"], answer["followed"], region["mask"]["grid"]) == ("foreground", True, [128, 128])
    assert 0.3 < region["share"] < 0.9
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4")
    assert (raw.size, raw.max() > 0) == (answer["shape"][0] * answer["shape"][1], True)


def test_frames_are_not_kept(app_state):
    asked(app_state)
    assert len(app_state.store.passes) == 0
    assert len(app_state.store.models) == 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "A frame is the base64"),
        ({"frame": 7}, "A frame is the base64"),
        ({"frame": "A" * (live.MAX_BYTES * 2)}, "at most 512 KiB"),
        ({"frame": "no base64!"}, "arrived damaged"),
        ({"frame": text(b"nothing that is a picture")}, "image"),
        ({"frame": text(frame("cat", (2000, 1500)))}, "pixels"),
        ({"model": "efficientnet_lite9"}, "Unknown model 'efficientnet_lite9'"),
        ({"model": None}, "Unknown model"),
        ({"class": 1000}, "1000"),
        ({"class": -1}, "-1"),
        ({"class": "tabby"}, "A class is a whole number"),
        ({"class": True}, "A class is a whole number"),
        ({"model": "nanodet_g", "class": 80}, "80"),
        *(({"box": box}, "A box to follow") for box in (7, [0, 0, 1], [0, 0, 1, 2], [0, 0, 1, math.nan], ["a"] * 4)),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence(app_state, value, sentence):
    usual = {"frame": text(frame("cat", (320, 240))), "model": "efficientnet_lite0", "class": None}
    answer = alone(live.looked_at(app_state, Scheduler(1, 0), None if value is None else usual | value))
    assert list(answer) == ["error"]
    said = Message.of(answer["error"])
    assert sentence in said
    assert said.code
    assert said.endswith((".", "?"))


def test_a_frame_starts_no_download(app_state, monkeypatch):
    monkeypatch.setattr(ModelSpec, "local_file", lambda self: None)
    answer = asked(app_state, model="resnet50")
    assert Message.of(answer["error"]).startswith("The weights of ResNet-50 are not on this machine.")
    assert live.models(app_state) == []
    assert "top" in asked(app_state)  # what is loaded needs no file


def test_a_fault_becomes_a_sentence_and_a_line_in_the_log(app_state, monkeypatch, caplog):
    def fault(*args, **options):
        raise RuntimeError("tensor /tmp/secret")

    monkeypatch.setattr(live, "trace", fault)
    assert asked(app_state) == {"error": live._BROKEN.as_dict()}
    assert "tensor /tmp/secret" in caplog.text


def test_few_frames_of_all_visitors_at_a_time(app_state, monkeypatch):
    running, most = [], []
    guard = threading.Lock()

    def slow(*args):
        with guard:
            running.append(1)
            most.append(len(running))
        time.sleep(0.02)
        with guard:
            running.pop()
        return {"top": []}

    async def visitors(count, frames):
        value = {"frame": "", "model": "efficientnet_lite0"}
        return await asyncio.gather(*(live.looked_at(app_state, frames, value) for _ in range(count)))

    monkeypatch.setattr(live, "_explained", slow)
    assert alone(visitors(10, Scheduler(live.AT_A_TIME, 8))) == 10 * [{"top": []}]
    assert max(most) == live.AT_A_TIME
    answers = alone(visitors(10, Scheduler(live.AT_A_TIME, 3)))
    assert [list(answer) for answer in answers] == 5 * [["top"]] + 5 * [["error"]]
    assert "Too many people" in answers[-1]["error"]["text"]
