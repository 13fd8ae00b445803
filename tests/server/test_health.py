"""What `/health` is made of, and memory that goes back to the system."""

import collections
import platform
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from cam.passes.store import Cache
from cam.server import health, memory, serving, settings


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the memory there.")
def test_memory_is_what_the_system_says():
    said = int(re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024
    assert memory.memory() == pytest.approx(said, rel=0.05)


@pytest.mark.parametrize(("limit", "expected"), [("max", 0), ("2147483648", 2**31), ("not a number", 0), (None, 0)])
def test_the_machine_is_as_large_as_its_container(monkeypatch, tmp_path, limit, expected):
    held = tmp_path / "memory.max"
    limit and held.write_text(f"{limit}\n")
    monkeypatch.setattr(memory, "_LIMITS", (held, tmp_path / "missing"))
    whole = memory.machine_memory()
    assert whole == expected if expected else whole > 2**31  # the machine that runs this test has more


@pytest.mark.parametrize(
    ("machine", "said", "expected"),
    [(0, "", 256), (2**30, "", 256), (16 * 2**30, "", 2048), (2**40, "", 3072), (2**40, "64", 64), (2**30, "512", 512)],
)
def test_recorded_passes_take_an_eighth_of_the_machine(monkeypatch, machine, said, expected):
    monkeypatch.setattr(settings, "machine_memory", lambda: machine)
    assert settings.read_settings({"CAM_TRACE_CACHE_MB": said}).trace_bytes == expected * 2**20


def test_free_memory_is_given_back_when_there_is_time(monkeypatch):
    """Every minute while somebody is here; once more, with the recorded passes, when nobody was for half a minute."""
    clock, given, passes = [0.0], [], Cache(10**6)
    line = SimpleNamespace(quiet=0.0)
    monkeypatch.setattr(serving, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(serving, "give_back", lambda: given.append((clock[0], len(passes))))
    giver = serving._Giver(SimpleNamespace(scheduler=line, store=SimpleNamespace(passes=passes), stopped={}))
    for second in range(1, 301):
        passes.get("pass", lambda: SimpleNamespace(nbytes=1))
        clock[0], line.quiet = float(second), float(max(0, second - 100) if second < 200 else 0)
        giver.look()
    assert given == [(60.0, 1), (120.0, 1), (130.0, 0), (190.0, 1), (250.0, 1)]


ENDS = """
import threading
from cam.server.memory import give_back, memory

kept, ready, over = [], threading.Barrier(5), threading.Event()

def work():
    kept.append(bytes(3000))
    large = [bytearray(2**22) for _ in range(10)]  # at the end of this thread's arena
    del large
    ready.wait()
    over.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
before = memory()
for thread in threads:
    thread.start()
ready.wait()
full = memory()
give_back()
print(full - before, memory() - before)
over.set()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="Other allocators have no arenas of this kind.")
@pytest.mark.parametrize("ended", [False, True])
def test_the_ends_of_all_arenas_are_given_back(ended):
    """`malloc_trim` leaves them, and large blocks come from arenas once a block of their size was freed."""
    raised = "import ctypes; ctypes.CDLL(None).mallopt(-3, 2**25); ctypes.CDLL(None).mallopt(-1, 2**26)"
    code = (
        ENDS.replace("give_back()\n", "over.set(); [one.join() for one in threads]; give_back()\n") if ended else ENDS
    )
    done = subprocess.run([sys.executable, "-c", raised + code], capture_output=True, text=True, check=True)
    full, after = map(int, done.stdout.split())
    assert full > 140 * 2**20, "four threads hold what they freed"
    assert after < 30 * 2**20


def test_giving_back_ends_where_there_is_no_room_for_its_threads(monkeypatch):
    start, started = threading.Thread.start, []

    def few(thread):
        if thread.name == "giving back":
            if len(started) == 3:
                raise RuntimeError("can't start new thread")
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", few)
    begun = time.monotonic()
    memory._give_back_ends(SimpleNamespace(mallopt=lambda *_: 1))
    assert len(started) == 3
    assert time.monotonic() - begun < memory._TOGETHER / 2
    assert not any(thread.is_alive() for thread in started)


def test_what_health_says(app_state):
    found = health.health(app_state)
    assert found["loaded"] is True
    assert found["models"] == ["efficientnet_lite0"]
    assert found["load"] == 0.0
    app_state.scheduler._here, app_state.scheduler._load = 3, 2.5
    assert health.health(app_state)["load"] == pytest.approx(2.5, abs=0.2)
    app_state.store.models._entries.clear()
    assert (health.health(app_state)["loaded"], health.health(app_state)["models"]) == (False, [])


def test_the_stream_that_tells_of_the_server_s_end_lasts(site):
    """A page that saw it end would ask for it again and again."""
    with httpx.stream("GET", f"{site.url}alive", timeout=2, trust_env=False) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert next(lines).startswith("data: ")
        with pytest.raises(httpx.ReadTimeout):
            collections.deque(lines, maxlen=0)
