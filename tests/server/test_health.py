"""What `/health` is made of, and memory that goes back to the system."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from cam.server import health, serving


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the memory there.")
def test_memory_is_what_the_system_says():
    said = int(re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    assert health.memory() == pytest.approx(said, rel=0.05)


def test_free_memory_is_given_back_when_there_is_time(monkeypatch):
    """Every half a minute when nobody is here, every minute when somebody always is."""
    clock, given, line = [0.0], [], SimpleNamespace(idle=True)
    monkeypatch.setattr(serving, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(serving, "give_back", lambda: given.append(clock[0]))
    giver = serving._Giver(line)
    for second in range(1, 301):
        clock[0], line.idle = float(second), second <= 60
        giver.look()
    assert given == [30.0, 60.0, 120.0, 180.0, 240.0, 300.0]
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
