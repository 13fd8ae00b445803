"""The log: lines, not megabytes, and nobody's words in it."""

import importlib
import logging
import re
import traceback
from pathlib import Path

import httpx
import pytest
from browsing import alone

from cam.server import journal


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
    for name, value in (("level", logging.INFO), ("disabled", False), ("propagate", True)):
        monkeypatch.setattr(logger, name, value)
    monkeypatch.setattr(logging.root.manager, "disable", logging.NOTSET)
    logger.setLevel(logging.INFO)  # what was found of a logger before is forgotten
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


@pytest.fixture
def gradio_modules(monkeypatch):
    """The modules of Gradio that print stacks; afterwards they do again."""
    found = [importlib.import_module(f"gradio.{name}") for name in ("queueing", "route_utils", "routes")]
    for module in found:
        monkeypatch.setattr(module, "traceback", traceback)
    return found


def test_a_fault_inside_gradio_is_one_line(written, gradio_modules, capsys):
    """A handler that fails, asked over HTTP: without this, Gradio prints its stack for each request."""
    import gradio as gr

    def broken(_value):
        raise KeyError("secret")

    async def ask():
        with gr.Blocks(analytics_enabled=False) as page:
            box = gr.Textbox()
            box.change(broken, box, box, api_name="broken")
        journal.quiet_gradio()
        transport = httpx.ASGITransport(gr.routes.App.create_app(page))
        async with httpx.AsyncClient(transport=transport, base_url="http://page") as http:
            return [(await http.post("gradio_api/run/broken", json={"data": ["x"]})).status_code for _ in range(5)]

    assert alone(ask()) == [500] * 5
    (line,) = [one for one in written[0] if "fault" in one]
    assert re.fullmatch(r"fault gradio model=- outcome=KeyError at test_journal.py:\d+", line)
    said = capsys.readouterr()
    assert "Traceback" not in said.out + said.err
    assert "secret" not in said.out + said.err + "".join(written[0])


def test_these_are_all_modules_of_gradio_that_print_stacks(gradio_modules):
    """A new version may print elsewhere. What belongs to reloading and to recorded screens is not used."""
    folder = Path(importlib.import_module("gradio").__file__).parent
    found = {path.stem for path in folder.glob("*.py") if "traceback.print_exc" in path.read_text(encoding="utf-8")}
    used = {module.__name__.removeprefix("gradio.") for module in gradio_modules}
    assert found - {"utils", "screen_recording_utils"} == used
