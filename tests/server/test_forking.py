"""Processes that tests fork instead of starting them: what they have, how they end, and what they do not inherit."""

import os
import signal
import subprocess

import forking
import pytest

pytestmark = pytest.mark.skipif(not forking.possible(), reason="Processes are forked on Linux only.")


def test_it_has_the_libraries_and_did_nothing_else():
    code = "import sys, threading; print('gradio' in sys.modules, threading.active_count(), __name__)"
    assert forking.printed(code).split() == ["True", "1", "__main__"]


def test_a_fault_is_told_with_what_was_said():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        forking.printed("print('before'); raise SystemExit(3)")
    assert (caught.value.returncode, caught.value.output) == (3, "before\n")


def test_it_is_ended_as_any_process(tmp_path):
    """In its folder, with its environment and nobody else's."""
    code = "import os, time; print(os.getcwd(), os.environ['OWN'], 'PATH' in os.environ); time.sleep(60)"
    process = forking.Forked(["-c", code], tmp_path, {"OWN": "yes"}, tmp_path / "log")
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.3)
    assert process.poll() is None
    os.kill(process.pid, 0)
    process.terminate()
    assert process.wait(20) == -signal.SIGTERM
    assert (tmp_path / "log").read_text().split() == [str(tmp_path), "yes", "False"]


def test_what_gradio_read_when_it_was_imported_is_that_of_the_process(tmp_path):
    code = "import gradio_client.client as a, gradio.http_server as b, gradio.route_utils as c\n"
    code += "print(a.DEFAULT_TEMP_DIR, b.INITIAL_PORT_VALUE, b.LOCALHOST_NAME, c.DEFAULT_TEMP_DIR)"
    told = {"GRADIO_SERVER_PORT": "9141", "GRADIO_SERVER_NAME": "127.0.0.9", "GRADIO_TEMP_DIR": "/tmp/its own"}
    assert forking.Forked(["-c", code], tmp_path, told, tmp_path / "log").wait(20) == 0
    assert (tmp_path / "log").read_text() == "/tmp/its own 9141 127.0.0.9 /tmp/its own\n"
