"""Slow maps: what they took is known before the next one, and a stopped one goes on from where it was."""

import numpy as np
import pytest
from handling import MODEL, act, array, choice

import cam
from cam.maps.explanation import explain_steps
from cam.maps.recipe import Recipe
from cam.server import actions, answers, slow


@pytest.fixture
def counted(monkeypatch):
    """Every step of a map is answered; returns the shares that were worked on."""
    shares = []
    plain = Recipe.explanations

    def explanations(self, trace, target=None):
        for one in plain(self, trace, target):
            shares.append(one.share)
            yield one

    monkeypatch.setattr(Recipe, "explanations", explanations)
    monkeypatch.setattr(answers, "_PAUSE", 0.0)
    return shares


def stopped(app_state, session="me", request_id=1, **changes):
    """Begin a slow map and stop it after its first answers; returns the last one."""
    value = choice(request_id, method="rise", **changes)
    found = act(app_state, value, session)
    assert found["picture"]["share"] < 1
    actions.stop(app_state, value, session)
    while found["progress"] < 1:
        found = actions.proceed(app_state, value, session)
    return found


def finished(app_state, request_id, session="me", **changes):
    value = choice(request_id, method="rise", **changes)
    found = act(app_state, value, session)
    while found["progress"] < 1:
        found = actions.proceed(app_state, value, session)
    return found


def test_a_stopped_map_goes_on_from_where_it_was(app_state, counted):
    first = stopped(app_state)
    assert first["resumes"] is True
    assert first["message"]["code"].startswith("stopped")
    until = len(counted)
    last = finished(app_state, 2)
    assert counted == sorted(counted), "nothing was done twice"
    assert counted[until] > counted[until - 1]
    assert last["picture"]["seconds"] > first["picture"]["seconds"], "the time before counts"
    trace = app_state.trace(app_state.photos.open({"example": "cat"}), MODEL, "", "squeeze")
    *_, whole = explain_steps(trace, "rise", None)
    assert np.allclose(array(last["picture"]["map"], "<f4"), whole.raw.numpy().ravel(), rtol=1e-5)
    assert len(app_state.stopped) == 0


def test_another_map_and_another_visitor_begin_anew(app_state, counted):
    stopped(app_state)
    for request_id, session, changes in ((2, "you", {}), (2, "me", {"class": 3}), (3, "me", {})):
        del counted[:]
        finished(app_state, request_id, session, **changes)
        if (session, changes) == ("you", {}):
            app_state._kept._entries.clear()  # the finished map would answer the others
        assert counted[0] < 0.5, (session, changes)
        app_state._kept._entries.clear()


def test_few_are_kept_and_not_for_long():
    now = [0.0]
    kept = slow.Stopped(lambda: now[0])
    works = [slow.Work(iter([number])) for number in range(6)]
    for number, work in enumerate(works):
        kept.keep(f"visitor {number}", ("key",), work)
    assert len(kept) == slow.PLACES
    assert kept.take("visitor 1", ("key",)) is None, "the first ones went"
    assert kept.take("visitor 5", ("other",)) is None
    assert kept.take("visitor 5", ("key",)) is None, "given up for another map"
    assert kept.take("visitor 4", ("key",)) is works[4]
    now[0] = slow.PATIENCE + 1
    assert kept.take("visitor 3", ("key",)) is None
    assert len(kept) == 0


def test_what_a_slow_map_took_is_told_before_the_next(app_state, counted):
    value = choice(1)
    assert act(app_state, value, "me")["times"] == {}, "nothing was made yet"
    took = finished(app_state, 2)["times"]
    assert set(took) == {"rise"}
    again = act(app_state, choice(3), "you")
    assert again["times"] == took
    other = act(app_state, choice(4, layer="stem"), "you")
    assert other["times"] == ({"rise": took["rise"]} if cam.METHODS["rise"].layer_blind else {})


def test_the_whole_is_told_from_a_part():
    times = slow.Times()
    times.note(("a",), 0.4, 0.01)
    assert times.of(("a",)) is None, "too small a part"
    times.note(("a",), 2.0, 0.25)
    assert times.of(("a",)) == 8.0


def test_time_in_which_nobody_comes_does_not_count(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(slow.time, "perf_counter", lambda: now[0])

    def steps():
        for _ in range(3):
            now[0] += 2.0
            yield None

    work = slow.Work(steps())
    for _ in work:
        now[0] += 100.0
    assert work.seconds == 6.0
