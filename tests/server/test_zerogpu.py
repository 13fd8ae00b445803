"""A GPU that is lent by the call: what the page hands over and gets back are plain values.

The stand-in for the library that lends one runs each function in a forked process and pickles what crosses.
"""

import base64
import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from browsing import ASSETS

import cam
from cam.server import answers, zerogpu
from cam.server.sessions import Superseded

ROOT = ASSETS.parent
LENDER = """
import functools, inspect, multiprocessing, pickle

context = multiprocessing.get_context("fork")

def GPU(task):
    def run(arguments, answers):
        import os
        os.environ["HERE"] = "the GPU's process"
        result = task(*pickle.loads(arguments))
        for value in result if inspect.isgeneratorfunction(task) else [result]:
            answers.put(pickle.dumps((os.environ["HERE"], value)))
        answers.put(None)

    def each(*arguments):
        answers = context.SimpleQueue()
        process = context.Process(target=run, args=(pickle.dumps(arguments), answers))
        process.start()
        while (packed := answers.get()) is not None:
            where, value = pickle.loads(packed)
            print("made in", where, flush=True)
            yield value
        process.join()

    if inspect.isgeneratorfunction(task):
        return each
    return lambda *arguments: next(each(*arguments))
"""
PROGRAM = """
import json, multiprocessing, sys
import spaces
from cam.page.tabs import live
from cam.server import actions, api, zerogpu
from cam.server.settings import Settings

assert zerogpu.by_the_call()
app_state = zerogpu.own_app_state(Settings())
value = {"request_id": 1, "photo": {"example": "cat"}, "model": "efficientnet_lite0", "fit": "squeeze"}
value |= {"method": "gradcam", "class": 285}
actions.begin(app_state, value, "me")
answer = actions.proceed(app_state, value, "me")
found = dict(answer)
while answer["more"]:
    answer = actions.proceed(app_state, value, "me")
    found |= answer
print(json.dumps([found["picture"]["class"], found["picture"]["map"]]))
print(json.dumps(sorted(found)))
picture, report = api.explained(app_state, sys.argv[1], "efficientnet_lite0", "", "gradcam", 285)
print(json.dumps([picture.size, report["class"]["index"]]))
assert "efficientnet_lite0" not in app_state.store.models, "the page's own process computed something"
opened = actions.opening(app_state)
assert str(app_state.store.model("efficientnet_lite0").device) == "cpu"
print(json.dumps([opened["answer"]["picture"]["photo_id"]]))

def first_map(value):
    actions.begin(app_state, value, "me")
    while "picture" not in (answer := actions.proceed(app_state, value, "me")):
        pass  # the other process loads its model
    return answer

slow = value | {"request_id": 2, "method": "scorecam"}
answer = first_map(slow)
assert answer["picture"]["share"] < 1
actions.stop(app_state, slow, "me")
said = {}
while answer["more"]:
    answer = actions.proceed(app_state, slow, "me")
    said = answer.get("message") or said
print(json.dumps([said["text"].format(**said["params"])]))
assert first_map(slow | {"request_id": 3})["picture"]["share"] < 1
(working,) = multiprocessing.active_children()
actions.begin(app_state, value | {"request_id": 4}, "me")
working.join(60)
print(json.dumps([working.exitcode]))
print(zerogpu._folder())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_work_is_done_where_the_gpu_is(tmp_path, lite0):
    (tmp_path / "spaces.py").write_text(textwrap.dedent(LENDER))
    environment = {**os.environ, "SPACES_ZERO_GPU": "true", "OMP_NUM_THREADS": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), str(ROOT)])
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), str(ASSETS / "cat.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines.count("made in the GPU's process") >= 3
    said = [json.loads(line) for line in lines if line.startswith("[")]
    assert said[0][0] == 285
    raw = cam.explain(cam.trace(lite0, ASSETS / "cat.jpg"), "gradcam", 285).raw.numpy()
    np.testing.assert_allclose(np.frombuffer(base64.b64decode(said[0][1]), "<f4").reshape(7, 7), raw, atol=1e-5)
    assert "classes" in said[1]
    assert said[2] == [[451, 300], 285]
    assert said[3] == ["example-cat_and_coffee"]
    assert "not finished" in said[4][0], "Stop reaches the other process"
    assert said[5] == [0], "so does another action: the work ends"
    assert not os.path.exists(lines[-1])


def test_what_is_told_is_read_by_another_process(tmp_path):
    here, there = zerogpu.ReportedSessions(tmp_path), zerogpu.ReportedSessions(tmp_path)
    session = 'a name\nof "any" kind'
    there.check(session, 5)
    assert not there.stopped(session, 5)
    here.begin(session, 5, iter(()))
    there.check(session, 5)
    here.stop(session, 4)
    assert not there.stopped(session, 5), "an older action was stopped"
    here.stop(session, 5)
    assert there.stopped(session, 5)
    here.begin(session, 6, iter(()))
    assert not there.stopped(session, 6)
    with pytest.raises(Superseded):
        there.check(session, 5)
    there.check("another", 1)


def test_pages_that_share_a_file_do_not_take_each_others_word(tmp_path, monkeypatch):
    monkeypatch.setattr(zerogpu, "_FILES", 1)
    visits = zerogpu.ReportedSessions(tmp_path)
    visits.begin("a", 9, iter(()))
    visits.check("b", 1)
    visits.stop("a", 9)
    assert not visits.stopped("b", 9)
    visits.begin("b", 9, iter(()))
    with pytest.raises(Superseded):
        visits.check("a", 8)  # in the page's own process, whatever the file says now


def test_everywhere_else_functions_are_themselves():
    assert not zerogpu.by_the_call()
    assert answers.gpu_answers is answers.answers
