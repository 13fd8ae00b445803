"""What `/health` is made of, and memory that goes back to the system."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from cam.passes.store import Cache
from cam.server import health, serving


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the memory there.")
def test_memory_is_what_the_system_says():
    said = int(re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    assert health.memory() == pytest.approx(said, rel=0.05)


def test_free_memory_is_given_back_when_there_is_time(monkeypatch):
    """Every minute while somebody is here; once more, with the recorded passes, when nobody was for half a minute."""
    clock, given, passes = [0.0], [], Cache(10**6)
    line = SimpleNamespace(quiet=0.0)
    monkeypatch.setattr(serving, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(serving, "give_back", lambda: given.append((clock[0], len(passes))))
    giver = serving._Giver(SimpleNamespace(scheduler=line, store=SimpleNamespace(passes=passes)))
    for second in range(1, 301):
        passes.get("pass", lambda: SimpleNamespace(nbytes=1))
        clock[0], line.quiet = float(second), float(max(0, second - 100) if second < 200 else 0)
        giver.look()
    assert given == [(60.0, 1), (120.0, 1), (130.0, 0), (190.0, 1), (250.0, 1)]
    health.give_back()


def test_what_health_says(app_state):
    found = health.health(app_state)
    assert found["loaded"] is True
    assert found["models"] == ["efficientnet_lite0"]
    assert found["load"] == 0.0
    app_state.scheduler._here, app_state.scheduler._load = 3, 2.5
    assert health.health(app_state)["load"] == pytest.approx(2.5, abs=0.2)
    app_state.store.models._entries.clear()
    assert (health.health(app_state)["loaded"], health.health(app_state)["models"]) == (False, [])
