"""What `/health` is made of, and memory that goes back to the system."""

import ctypes
import re
import subprocess
import sys
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


_ARENAS = """
import ctypes, sys, threading
from cam.server import health

if sys.argv[1] == "shared":
    health.share_arenas()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fopen.restype = ctypes.c_void_p
gate = threading.Barrier(8)
def work():
    for _ in range(100):
        libc.malloc(5000)
    gate.wait()
threads = [threading.Thread(target=work) for _ in range(8)]
[one.start() for one in threads]
[one.join() for one in threads]
file = libc.fopen(sys.argv[2].encode(), b"w")
libc.malloc_info(0, ctypes.c_void_p(file))
libc.fclose(ctypes.c_void_p(file))
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="Only glibc has arenas.")
def test_threads_share_two_arenas(tmp_path):
    counts = {}
    for how in ("shared", "own"):
        told = tmp_path / how
        subprocess.run([sys.executable, "-c", _ARENAS, how, told], check=True, cwd=Path(__file__).parents[2])
        counts[how] = told.read_text().count("<heap nr=")
    assert counts["shared"] <= 2 < counts["own"]
