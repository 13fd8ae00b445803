"""The log: lines, not megabytes, and nobody's words in it."""

import logging

import pytest

from cam.ui import journal


@pytest.fixture
def written(monkeypatch):
    """What the page's log writes, and a clock for it."""
    lines, clock = [], [0.0]
    monkeypatch.setattr(journal.time, "monotonic", lambda: clock[0])

    class Paper(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Paper()
    handler.addFilter(journal.Brief())
    logger = logging.getLogger("cam.actions")
    monkeypatch.setattr(logger, "level", logging.INFO)
    logging.getLogger().addHandler(handler)
    yield lines, clock
    logging.getLogger().removeHandler(handler)


def test_every_action_has_its_line(written):
    lines, _ = written
    for _ in range(3):
        journal.action("look", "ok", 0.0421, "efficientnet_lite0", "gradcam")
    assert lines == ["look model=efficientnet_lite0 method=gradcam seconds=0.042 outcome=ok"] * 3


@pytest.mark.parametrize("name", ["rm -rf\n/", "someone@example.org", ["x"], 7, {}])
def test_names_that_strangers_give_are_not_repeated(written, name):
    journal.action("look", "ok", 0.0, name, name)
    assert written[0] == ["look model=unknown method=unknown seconds=0.000 outcome=ok"]


def test_what_comes_many_times_is_counted(written):
    lines, clock = written
    for number in range(1000):
        clock[0] = number / 50
        journal.repeated("refused /gradio_api/run/predict", "413")
    assert lines == [
        "refused /gradio_api/run/predict model=- outcome=413",
        "refused /gradio_api/run/predict model=- outcome=413 (and 499 times before)",
    ]


def test_a_faults_stack_is_written_once(written):
    """A disk that is full for an hour fills no log."""
    lines, clock = written
    for number in range(3600):
        clock[0] = float(number)
        try:
            raise OSError(28, "No space left on device")
        except OSError:
            logging.getLogger("cam.test").exception("It failed")
    assert sum("Traceback" in line for line in lines) == 6, "once in ten minutes"
    assert len(lines) == 360, "a line in ten seconds"
    assert sum(len(line) for line in lines) < 30_000
    assert "OSError" in lines[1]
