"""The end of the page: by SIGTERM, twice, by Ctrl-C and by a kill, and what is left of its visitors' files."""

import os
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest
from browsing import PATIENCE, Tab, free_port, serving, wait_for
from load import Protocol

pytestmark = pytest.mark.page  # each starts a page of its own

SHORTEST = 60.0  # seconds: the shortest time that files can be kept


def files(site):
    return [path for path in (site.folder / "sent").rglob("*") if path.is_file()]


def post(site, path, **content):
    return httpx.post(site.url + path, timeout=PATIENCE, trust_env=False, **content)


def get(site, path):
    return httpx.get(site.url + path, timeout=PATIENCE, trust_env=False)


def send(site, photo):
    (path,) = post(site, "gradio_api/upload", files={"files": ("mine.jpg", photo.read_bytes(), "image/jpeg")}).json()
    return Path(path)


def ask_for(site, layer):
    """Ask for a layer on a thread of its own; returns the list that gets the answer."""
    found = []
    protocol = Protocol.read(get(site, "config").json())
    value = {**protocol.value, "layer": layer, "request_id": 5}
    path, body = protocol.asked("act", value, "last")

    def ask():
        try:
            found.append(post(site, path, json=body))
        except httpx.HTTPError as error:
            found.append(error)

    threading.Thread(target=ask, daemon=True).start()
    site.wait_held(layer)
    return found


@pytest.fixture
def own(tmp_path):
    """Serve a page that the test may end: `own(**settings)`, each time in the same folder and at the same port."""
    port, running = free_port(), []

    def start(**settings):
        running.append(serving(tmp_path, port=port, **settings))
        return running[-1].__enter__()

    yield start
    for one in running:
        one.__exit__(None, None, None)


def ended(site, seconds):
    """The exit status of a page that ends within so many seconds."""
    start = time.monotonic()
    site.process.wait(PATIENCE)
    took = time.monotonic() - start
    assert took < seconds, f"it took {took:.1f} s"
    return site.process.returncode


def test_a_running_answer_is_finished_and_nothing_new_begins(own):
    site = own()
    with site.holding("blocks.3"):
        found = ask_for(site, "blocks.3")
        site.process.send_signal(signal.SIGTERM)
        wait_for(lambda: get(site, "health").status_code == 503, "the page to close")
        for refused in (post(site, "gradio_api/run/explain", json={"data": []}), get(site, "")):
            assert refused.status_code == 503
            assert refused.json()["error"].startswith("The server is being stopped or restarted.")
            assert refused.headers["retry-after"] == "5"
        assert found == []
    assert ended(site, 8) == 0
    assert found[0].status_code == 200
    assert found[0].json()["confirmed"]["layer"] == "blocks.3"
    assert "Traceback" not in site.log


def test_an_answer_that_takes_too_long_and_a_second_signal(own):
    site = own(CAM_GRACE_SECONDS="2")
    with site.holding("blocks.3"):
        ask_for(site, "blocks.3")
        start = time.monotonic()
        site.process.send_signal(signal.SIGTERM)
        assert ended(site, 12) == 0
        assert time.monotonic() - start > 2
    site = own(CAM_GRACE_SECONDS="60")
    with site.holding("blocks.3"):
        ask_for(site, "blocks.3")
        site.process.send_signal(signal.SIGTERM)
        wait_for(lambda: get(site, "health").status_code == 503, "the page to close")
        site.process.send_signal(signal.SIGTERM)
        assert ended(site, 5) == 128 + signal.SIGTERM


def test_open_pages_say_so_and_come_back_and_files_go(own, browser, photo):
    """After SIGTERM the page comes back with its photo; after a kill the files of before go by their age."""
    site = own(CAM_KEEP_FILES_MINUTES="1")
    context = browser.new_context()
    tab = Tab(context, site).open()
    with tab.answer():
        tab.drop(("mine.jpg", "image/jpeg", photo.read_bytes()))
    with tab.answer():
        tab.choose("layer", "blocks.3")
    said = tab.page.locator(".said")
    site.process.send_signal(signal.SIGTERM)
    said.filter(has_text="The server is being restarted. The page comes back by itself.").wait_for()
    assert ended(site, 8) == 0
    tab.page.evaluate("window.before = true")
    site = own(CAM_KEEP_FILES_MINUTES="1")
    tab.page.wait_for_function("!window.before")
    tab.has_photo("Your photo")
    assert tab.chosen()["layer"] == "blocks.3"
    assert said.inner_text() == ""
    send(site, photo)
    site.process.kill()
    said.filter(has_text="The server cannot be reached. The page comes back by itself.").wait_for()
    context.close()
    ended(site, 5)
    assert files(site)
    for path in files(site):
        os.utime(path, (time.time() - SHORTEST - 1,) * 2)
    site = own(CAM_KEEP_FILES_MINUTES="1")
    assert files(site) == []


def test_ctrl_c_leaves_nothing(own, photo):
    """Whoever ends the page by hand wants it to be over."""
    site = own()
    send(site, photo)
    assert files(site)
    site.process.send_signal(signal.SIGINT)
    assert ended(site, 8) == 0
    assert files(site) == []
    assert "Traceback" not in site.log
