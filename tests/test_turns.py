"""Who comes first, by direct call: later actions, what nobody waits for, steps of slow work, models that take time."""

import gc
import threading
import time
import weakref

import pytest
from handling import act, choice, error_of, everything, wrapped

import cam
from cam.page.tabs import explore
from cam.server import app_state as workbench
from cam.server.answers import _done
from cam.server.scheduler import Line
from cam.server.sessions import Visits

# --- tickets ---------------------------------------------------------------------------------------------------------


def test_a_later_action_wins(bench):
    value = choice(ticket=10)
    first = act(bench, value, "me")
    assert first["controls"]["answer"]["more"] is True
    assert act(bench, choice(ticket=9, method="layercam"), "me") == {}, "an older one that arrives late"
    later = act(bench, choice(ticket=11, method="layercam"), "me")
    assert later["explorer"]["value"]["method"] == "LayerCAM"
    assert explore.proceed(bench, value, "me") == {}
    assert act(bench, choice(ticket=1), "you")["explorer"]["value"]["seq"] == 1, "sessions are apart"


def test_work_that_is_overtaken_says_nothing(bench, monkeypatch):
    """The later action comes while the first is at work: in its trace, before anything was answered."""
    trace, overtaking = bench.store.trace, []

    def slow(*arguments):
        if not overtaking:
            overtaking.append(True)
            overtaking[0] = act(bench, choice(ticket=2, method="layercam"), "me")
        return trace(*arguments)

    monkeypatch.setattr(bench.store, "trace", slow)
    assert act(bench, choice(ticket=1), "me") == {}
    assert overtaking[0]["explorer"]["value"]["seq"] == 2


def test_an_action_ends_the_one_before_as_soon_as_it_comes(bench, monkeypatch):
    """Both wait in line: the first is not carried out any more when its turn comes."""
    monkeypatch.setattr(bench.store, "trace", lambda *_: pytest.fail("nobody waits for this"))
    explore.begin(bench, choice(ticket=1), "me")
    explore.begin(bench, choice(ticket=2), "me")
    assert explore.proceed(bench, choice(ticket=1), "me") == {}


def test_what_nobody_waits_for_waits(bench, monkeypatch):
    """While others are here the page is told to come again, and is not put in line; then the same parts follow."""
    value, busy = choice(), Line(4, 0)
    parts = everything(bench, session="another")[1:]
    bench._kept._entries.clear()
    bench.line, calm = busy, bench.line
    busy._here = busy._load = 2.5  # and no more or less as time goes by
    first = act(bench, value, "me")["controls"]["answer"]
    assert (first["more"], first["spare"]) == (True, True)
    assert first["after"] == pytest.approx(2.5, abs=0.1), "the more are here, the later"
    told = explore.rest(bench, value, "me")
    assert told["explorer"] == {}
    assert told["controls"]["answer"]["more"] is True
    assert told["controls"]["answer"]["after"] == pytest.approx(2.5, abs=0.1)
    assert told["controls"]["answer"]["step"] != explore.rest(bench, value, "me")["controls"]["answer"]["step"]
    assert explore.rest(bench, choice(ticket=2), "me") is None, "another action waits for its picture"
    bench.line = calm
    assert explore.rest(bench, value, "me") is None
    found = [explore.proceed(bench, value, "me") for _ in parts]
    assert [set(one["explorer"]) for one in found] == [set(one["explorer"]) for one in parts]
    assert "after" not in found[0]["controls"]["answer"]


def test_a_picture_that_improves_does_not_wait(bench):
    bench.line._here, bench.line._load = 3, 2.5
    first = act(bench, choice(method="ablationcam"), "me")["controls"]["answer"]
    assert first["more"] is True
    assert "after" not in first
    assert explore.rest(bench, choice(), "me") is None


def test_a_kept_picture_is_worth_the_time_it_took(bench):
    everything(bench, method="ablationcam")
    (worth,) = (entry.worth for key, entry in bench._kept._entries.items() if key[0] == "picture")
    assert worth * bench._kept.nbytes > 1e-3, "not the moment that putting it away takes"


def test_a_page_that_rests_holds_no_trace(bench):
    """Forty pages that rest between picture and parts would otherwise hold forty traces beside the cache."""
    value = choice()
    assert act(bench, value, "me")["controls"]["answer"]["more"]
    (key,) = bench.store.passes._entries
    held = weakref.ref(bench.store.passes.find(key))
    bench.store.passes._entries.clear()
    gc.collect()
    assert held() is None
    assert "classes" in explore.proceed(bench, value, "me")["explorer"]


def test_a_slow_method_improves_and_stops(bench):
    value = choice(ticket=3, method="ablationcam")
    first = act(bench, value, "me")
    assert 0 < first["explorer"]["value"]["share"] < 1
    assert first["controls"]["answer"]["more"] is True
    explore.stop(bench, choice(ticket=2), "me")  # of an older action: nothing
    assert not bench.visits.stopped("me", 3)
    explore.stop(bench, value, "me")
    last = explore.proceed(bench, value, "me")
    share = first["explorer"]["value"]["share"]
    assert last["explorer"]["value"]["message"] == f"Stopped after {int(100 * share)} %: this map is not finished."
    assert last["explorer"]["value"]["share"] == 1
    assert last["explorer"]["value"]["map"] == first["explorer"]["value"]["map"]
    assert last["controls"]["answer"]["more"] is False
    again = everything(bench, ticket=4, method="ablationcam")
    shares = [a["explorer"]["value"]["share"] for a in again if "value" in a["explorer"]]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert again[-1]["explorer"].get("value", {}).get("message", "") == "", "what was stopped is not kept as finished"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0004, "less than 1 %"), (0.01, "1 %"), (0.256, "25 %"), (0.9996, "99 %")]
)
def test_how_much_was_done(share, words):
    assert _done(share) == words


def test_a_page_that_was_silent_for_too_long(bench):
    value = choice(ticket=3, method="ablationcam")
    assert act(bench, value, "me")["controls"]["answer"]["more"]
    bench.visits = Visits()
    assert "Choose once more" in error_of(explore.proceed(bench, value, "me"))


# --- models that take time -------------------------------------------------------------------------------------------


@pytest.fixture
def fetching(bench, monkeypatch):
    """A model whose download has brought 30 of 120 MB; `finish(outcome)` ends it."""
    done, outcome = threading.Event(), []

    def model(name, progress=None):
        if name != "alexnet":
            return wrapped("deep_head")
        progress(30 * 2**20, 120 * 2**20)
        assert done.wait(60)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def finish(result):
        outcome.append(result)
        done.set()

    monkeypatch.setattr(workbench, "_PATIENCE", 0.0)
    monkeypatch.setattr(bench.store, "model", model)
    yield finish
    finish(RuntimeError("the test is over"))


def test_a_download_is_told(bench, fetching):
    value = choice(model="alexnet")
    seen = act(bench, value, "me")
    while "Fetching" not in seen["explorer"]["value"]["message"]:
        seen = explore.proceed(bench, value, "me")
    assert seen["explorer"]["value"]["message"] == "Fetching AlexNet: 30 of 120 MB."
    assert seen["explorer"]["value"]["share"] == 0.25
    assert seen["controls"]["answer"]["more"] is True
    assert "map" not in seen["explorer"]["value"], "the page keeps its picture"
    fetching(cam.WeightsError("No network; the bundled models work without one."))
    while seen["controls"]["answer"]["more"]:
        seen = explore.proceed(bench, value, "me")
    assert error_of(seen) == "No network; the bundled models work without one."


def test_all_who_wait_for_a_model_wait_for_one_loading(bench, fetching, monkeypatch):
    """The first waits for a moment in case it is quick; who comes while it is slow is told so at once."""
    monkeypatch.setattr(workbench, "_PATIENCE", 0.2)
    began = time.monotonic()
    told = [act(bench, choice(model="alexnet"), f"visitor {number}")["controls"]["answer"] for number in range(20)]
    assert all(one["more"] and 0 < one["after"] < 1 for one in told)
    assert 0.2 <= time.monotonic() - began < 2
    assert sum(thread.name == "loading alexnet" for thread in threading.enumerate()) == 1


def test_waiting_for_a_download_can_be_stopped(bench, fetching):
    value = choice(model="alexnet")
    act(bench, value, "me")
    explore.stop(bench, value, "me")
    assert "No longer waiting for AlexNet" in error_of(explore.proceed(bench, value, "me"))
    assert "map" in everything(bench, ticket=2)[0]["explorer"]["value"]
