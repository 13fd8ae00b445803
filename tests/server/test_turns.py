"""Who comes first, by direct call: later actions, what nobody waits for, steps of slow work, models that take time."""

import gc
import threading
import time
import weakref

import pytest
from handling import act, choice, error_of, everything, wrapped

import cam
from cam.messages import Message
from cam.network import precision
from cam.server import actions
from cam.server import answers as server_answers
from cam.server import app_state as shared
from cam.server.answers import _stopped
from cam.server.scheduler import Scheduler
from cam.server.sessions import Sessions

# --- numbers ---------------------------------------------------------------------------------------------------------


def test_a_later_action_wins(app_state):
    value = choice(request_id=10)
    first = act(app_state, value, "me")
    assert first["more"] is True
    assert act(app_state, choice(request_id=9, method="layercam"), "me") == {}, "an older one that arrives late"
    later = act(app_state, choice(request_id=11, method="layercam"), "me")
    assert later["picture"]["method"] == "LayerCAM"
    assert actions.proceed(app_state, value, "me") == {}
    assert act(app_state, choice(request_id=1), "you")["request_id"] == 1, "sessions are apart"


def test_work_that_is_overtaken_says_nothing(app_state, monkeypatch):
    """The later action comes while the first is at work: in its trace, before anything was answered."""
    trace, overtaking = app_state.store.trace, []

    def slow(*arguments):
        if not overtaking:
            overtaking.append(True)
            overtaking[0] = act(app_state, choice(request_id=2, method="layercam"), "me")
        return trace(*arguments)

    monkeypatch.setattr(app_state.store, "trace", slow)
    assert act(app_state, choice(request_id=1), "me") == {}
    assert overtaking[0]["request_id"] == 2


def test_an_action_ends_the_one_before_as_soon_as_it_comes(app_state, monkeypatch):
    """Both wait in line: the first is not carried out any more when its turn comes."""
    monkeypatch.setattr(app_state.store, "trace", lambda *_: pytest.fail("nobody waits for this"))
    actions.begin(app_state, choice(request_id=1), "me")
    actions.begin(app_state, choice(request_id=2), "me")
    assert actions.proceed(app_state, choice(request_id=1), "me") == {}


def test_what_nobody_waits_for_waits(app_state, monkeypatch):
    """While others are here the page is told to come again, and is not put in line; then the same parts follow."""
    value, busy = choice(), Scheduler(4, 0)
    parts = everything(app_state, session="another")[1:]
    app_state._kept._entries.clear()
    app_state.scheduler, calm = busy, app_state.scheduler
    busy._here = busy._load = 2.5  # and no more or less as time goes by
    first = act(app_state, value, "me")
    assert (first["more"], first["prefetch"]) == (True, True)
    assert first["after"] == pytest.approx(2.5, abs=0.1), "the more are here, the later"
    told = actions.rest(app_state, value, "me")
    assert told["more"] is True
    assert told["after"] == pytest.approx(2.5, abs=0.1)
    assert told["step"] != actions.rest(app_state, value, "me")["step"]
    assert actions.rest(app_state, choice(request_id=2), "me") is None, "another action waits for its picture"
    app_state.scheduler = calm
    assert actions.rest(app_state, value, "me") is None
    found = [actions.proceed(app_state, value, "me") for _ in parts]
    assert [set(one) for one in found] == [set(one) for one in parts]
    assert "after" not in found[0]


def test_a_picture_that_improves_does_not_wait(app_state):
    app_state.scheduler._here, app_state.scheduler._load = 3, 2.5
    first = act(app_state, choice(method="ablationcam"), "me")
    assert first["more"] is True
    assert "after" not in first
    assert actions.rest(app_state, choice(), "me") is None


def test_a_kept_picture_is_worth_the_time_it_took(app_state):
    everything(app_state, method="ablationcam")
    (worth,) = (entry.worth for key, entry in app_state._kept._entries.items() if key[0] == "picture")
    assert worth * app_state._kept.nbytes > 1e-3, "not the moment that putting it away takes"


def test_a_page_that_rests_holds_no_trace(app_state):
    """Forty pages that rest between picture and parts would otherwise hold forty traces beside the cache."""
    value = choice()
    assert act(app_state, value, "me")["more"]
    (key,) = app_state.store.passes._entries
    held = weakref.ref(app_state.store.passes.find(key))
    app_state.store.passes._entries.clear()
    gc.collect()
    assert held() is None
    assert "classes" in actions.proceed(app_state, value, "me")


def test_a_slow_method_improves_and_stops(app_state):
    value = choice(request_id=3, method="ablationcam")
    first = act(app_state, value, "me")
    assert 0 < first["picture"]["share"] < 1
    assert first["more"] is True
    actions.stop(app_state, choice(request_id=2), "me")  # of an older action: nothing
    assert not app_state.sessions.stopped("me", 3)
    actions.stop(app_state, value, "me")
    last = actions.proceed(app_state, value, "me")
    share = first["picture"]["share"]
    assert Message.of(last["message"]) == f"Stopped after {int(100 * share)} %: this map is not finished."
    assert (last["progress"], last["picture"]["share"]) == (1, share), "nothing goes on, and the map is not finished"
    assert last["picture"]["map"] == first["picture"]["map"]
    assert last["prefetch"], "what stands beside the picture may follow it"
    rest = actions.proceed(app_state, value, "me")
    assert "reasons" in rest
    assert not {"picture", "message", "progress"} & set(rest), "and takes nothing back"
    assert rest["more"] is False
    again = everything(app_state, request_id=4, method="ablationcam")
    shares = [a["picture"]["share"] for a in again if "picture" in a]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert again[-1].get("message", "") == "", "what was stopped is not kept as finished"


def test_what_less_work_would_bring_is_said_while_a_slow_map_begins(app_state, monkeypatch):
    timed = []
    monkeypatch.setattr(precision, "gain_of_bfloat16", lambda net, inputs: timed.append(net) or 1.0)
    monkeypatch.setattr(server_answers, "_PAUSE", 0.0)
    found = everything(app_state, method="scorecam")
    assert "efforts" not in found[0], "the first picture does not wait for it"
    assert found[0]["picture"]["share"] < found[1]["picture"]["share"] < 1
    assert set(found[1]["efforts"]) == {"bfloat16", "draft"}
    again = everything(app_state, request_id=2, method="scorecam", **{"class": 3})
    assert set(again[0]["efforts"]) == {"bfloat16", "draft"}, "known from then on, before anything is offered"
    assert len(timed) == 2, "once for each effort in half precision"


@pytest.mark.parametrize("stopped", [True, False])
def test_a_stopped_map_is_followed_by_what_less_work_would_bring(app_state, monkeypatch, stopped):
    monkeypatch.setattr(precision, "gain_of_bfloat16", lambda net, inputs: 2.0)
    value = choice(request_id=3, method="scorecam")
    found = [act(app_state, value, "me")]
    if stopped:
        actions.stop(app_state, value, "me")
    while found[-1]["more"]:
        found.append(actions.proceed(app_state, value, "me"))
    assert [answer["efforts"] for answer in found if "efforts" in answer] == [{}]


@pytest.mark.parametrize(
    ("share", "words"), [(0.0004, "less than 1 %"), (0.01, "1 %"), (0.256, "25 %"), (0.9996, "99 %")]
)
def test_how_much_was_done(share, words):
    assert _stopped(share) == f"Stopped after {words}: this map is not finished."


def test_a_page_that_was_silent_for_too_long(app_state):
    value = choice(request_id=3, method="ablationcam")
    assert act(app_state, value, "me")["more"]
    app_state.sessions = Sessions()
    assert "Choose once more" in error_of(actions.proceed(app_state, value, "me"))


# --- models that take time -------------------------------------------------------------------------------------------


@pytest.fixture
def fetching(app_state, monkeypatch):
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

    monkeypatch.setattr(shared, "_PATIENCE", 0.0)
    monkeypatch.setattr(app_state.store, "model", model)
    yield finish
    finish(RuntimeError("the test is over"))


def test_a_download_is_told(app_state, fetching):
    value = choice(model="alexnet")
    seen = act(app_state, value, "me")
    while seen["message"]["code"] != "model-fetching":
        seen = actions.proceed(app_state, value, "me")
    assert Message.of(seen["message"]) == "Fetching AlexNet: 30 of 120 MB."
    assert seen["progress"] == 0.25
    assert seen["more"] is True
    assert "picture" not in seen, "the page keeps its picture"
    fetching(cam.WeightsError("No network; the bundled models work without one."))
    while seen["more"]:
        seen = actions.proceed(app_state, value, "me")
    assert error_of(seen) == "No network; the bundled models work without one."


def test_all_who_wait_for_a_model_wait_for_one_loading(app_state, fetching, monkeypatch):
    """The first waits for a moment in case it is quick; who comes while it is slow is told so at once."""
    monkeypatch.setattr(shared, "_PATIENCE", 0.2)
    began = time.monotonic()
    told = [act(app_state, choice(model="alexnet"), f"visitor {number}") for number in range(20)]
    assert all(one["more"] and 0 < one["after"] < 1 for one in told)
    assert 0.2 <= time.monotonic() - began < 2
    assert sum(thread.name == "loading alexnet" for thread in threading.enumerate()) == 1


def test_waiting_for_a_download_can_be_stopped(app_state, fetching):
    value = choice(model="alexnet")
    act(app_state, value, "me")
    actions.stop(app_state, value, "me")
    assert "No longer waiting for AlexNet" in error_of(actions.proceed(app_state, value, "me"))
    assert "map" in everything(app_state, request_id=2)[0]["picture"]
