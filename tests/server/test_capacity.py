"""How a crowd shares the cores, and how the harness finds how many actions the page answers in time."""

import asyncio
import json
import math
import threading
from collections import Counter

import capacity
import client
import load
import pytest
import torch
from browsing import alone

from cam.server import cores
from cam.server.scheduler import Scheduler

# --- cores -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def four(monkeypatch):
    """A machine of four cores; this thread's number is put back."""
    before = torch.get_num_threads()
    monkeypatch.setattr(cores, "_ALL", 4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("crowd", "number"), [(0, 4), (1, 4), (1.3, 3), (2, 2), (3, 1), (4, 1), (40, 1)])
def test_a_crowd_shares_the_cores(four, crowd, number):
    cores.share(crowd)
    assert torch.get_num_threads() == number


def test_each_thread_has_its_own_share(four):
    """Who is alone in the line computes with all cores while another thread has one."""
    told, turn = [], threading.Barrier(2)

    def work(crowd):
        turn.wait(60)
        cores.share(crowd)
        turn.wait(60)
        told.append((crowd, torch.get_num_threads()))

    threads = [threading.Thread(target=work, args=(crowd,)) for crowd in (1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == [(1, 4), (9, 1)]


def test_the_line_tells_how_many_are_here(four):
    """Alone, all cores; of four at once each has one."""
    together = threading.Barrier(4)

    def work(wait):
        if wait:
            together.wait(60)
        return torch.get_num_threads()

    async def run():
        line = Scheduler(4, 0)
        first = await line.run(work, False)
        return first, await asyncio.gather(*(line.run(work, True) for _ in range(4)))

    first, rest = alone(run())
    assert first == 4
    assert min(rest) == 1
    assert sum(rest) < 2 * 4, "they came one after another, so the first may have been alone"


# --- the harness -----------------------------------------------------------------------------------------------------


def step(users, seconds=(0.1,), overtaken=0, **errors):
    tally = load.Tally({"class": list(seconds)}, overtaken, errors=Counter(errors))
    return capacity.Step(users, tally)


def test_a_step_holds_when_95_of_100_are_in_time():
    assert step(20, [0.5] * 95 + [3.0] * 5).holds
    assert not step(20, [0.5] * 94 + [3.0] * 6).holds
    assert step(20, [0.5] * 95, overtaken=5).holds
    assert not step(20, [0.5] * 94, overtaken=6).holds, "who was overtaken waits for ever"
    assert step(20, [0.5] * 94, overtaken=6).slow == math.inf
    assert not step(20, [0.5] * 94, failed=6).holds, "so does who got an error"
    assert not step(20, []).holds
    assert step(20, [0.5] * 36).rate == pytest.approx(3.0)


def test_the_next_step():
    """Up by the list while all hold, then halves, down to five visitors."""
    good, bad = [0.1], [2.0]
    assert capacity.between([]) == 20
    assert capacity.between([step(20, good)]) == 40
    assert capacity.between([step(20, good), step(40, bad)]) == 30
    assert capacity.between([step(20, good), step(40, bad), step(30, good)]) == 35
    assert capacity.between([step(20, good), step(40, bad), step(30, good), step(35, bad)]) == 0
    assert capacity.between([step(20, bad)]) == 10
    assert capacity.between([step(most, good) for most in capacity.STEPS]) == 0


def test_a_bare_pass_in_the_mix_of_the_actions():
    seconds = [{"a": 0.02, "b": 0.04}, {"a": 0.04, "b": 0.04}]
    assert capacity.per_pass(seconds, Counter(a=3, b=1)) == pytest.approx(0.75 * 0.03 + 0.25 * 0.04)


SAMPLES = """\
run (threading.py:1);proceed (cam/server/actions.py:5);forward (cam/passes/recording.py:90);conv2d (torch/nn.py:5) 30
run (threading.py:1);explain (cam/maps/explanation.py:3);gradients (cam/passes/trace.py:9);\
_engine_run_backward (torch/autograd/graph.py:9) 20
run_forever (asyncio/base_events.py:9);answer (cam/server/door.py:4) 9
run_forever (asyncio/base_events.py:9);select (selectors.py:468) 500
run (threading.py:1);picture (cam/server/payload.py:9) 1
"""


def test_where_the_samples_belong():
    assert capacity.profile(SAMPLES) == [
        "   50% forward passes",
        "   33% backward passes",
        "   15% event loop, HTTP, JSON",
        "    2% making answers",
    ]


def test_the_client_speaks_http(site):
    """Answers of a told length and in chunks, refusals, files, and connections that are used again."""

    async def talk():
        async with client.Client(site.url) as http:
            config = await http.get("config")
            health = await http.get("health")
            refused = await http.post("actions/act", json={"session_hash": "a"})
            (path,) = (await http.post("gradio_api/upload", files={"files": ("a.txt", b"x" * 9, "text/plain")})).json()
            file = await http.get(f"gradio_api/file={path}")
            return config, health, refused, file, len(http._kept)

    config, health, refused, file, kept = alone(talk())
    assert json.loads(config.content) == json.loads(site.get("config"))
    assert health.json()["status"] == "ok"
    assert refused.status_code == 422
    with pytest.raises(client.Failed, match=r"422: .*session_hash"):
        refused.raise_for_status()
    assert file.content == b"x" * 9
    assert kept == 1
