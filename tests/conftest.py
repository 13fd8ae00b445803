"""Fixtures shared by the tests."""

import os
import sys
import threading
from collections import Counter

import forking
import pytest
from browsing import ASSETS, FOLDS, QUIET, Tab, browser_path, free_port, serving
from publisher import Server
from visitors import Visitors

import cam  # first of all: torchvision and timm may not import without its operators
from cam.models import catalogue, downloads


def pytest_configure(config):
    """Several processes share the cores, so each of them, and what it starts, computes on one."""
    if config.getoption("numprocesses", None):
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    if sys.platform == "linux" and not hasattr(config, "workerinput"):
        config.forks = forking.Forks()  # for all of them


def pytest_unconfigure(config):
    if hasattr(config, "forks"):
        config.forks.end()


def pytest_collection_modifyitems(items):
    """Mark what starts the page or tests its own parts: `pytest -m "not page"` leaves it out. These come first."""
    for item in items:
        if "page" in item.path.parts[-2:] or {"browser", "site"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.page)
    pages = Counter(item.path for item in items if item.get_closest_marker("page"))
    tests = Counter(item.path for item in items)
    # A worker takes a file at a time: those that take minutes come first, so that all workers end together.
    items.sort(key=lambda item: (not pages[item.path], -tests[item.path], item.path))


@pytest.fixture(scope="session")
def lite0():
    """The bundled default model with its real weights."""
    return cam.load_model("efficientnet_lite0")


@pytest.fixture(scope="session")
def photo():
    """The path of the example with a cat and a cup."""
    return ASSETS / "cat_and_coffee.jpg"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The page, served by a process of its own; nothing in it may have failed by the end."""
    course = free_port()  # of another site, which may show the page in a frame
    with serving(tmp_path_factory.mktemp("site"), CAM_SITES=f"http://localhost:{course}") as running:
        running.course = course
        yield running
        log = running.log
    assert "Traceback" not in log, log


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium without a window."""
    path = browser_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield running
        running.close()


@pytest.fixture(scope="session")
def visitors(browser):
    """The browsers that visitors use one after another."""
    return Visitors(browser)


@pytest.fixture
def visit(visitors, site):
    """Make a visitor: `visit(query, width=, height=, ...)` opens the page in a browser of its own and returns a `Tab`.

    The browser has kept the page's files from another visit, unless it is to be `fresh`. At the end each visitor is
    checked for requests to elsewhere, errors, and the server's innards in its text.
    """
    tabs = []

    def opened(query="", *, width=1280, height=900, folded=False, locale="en-US", **options):
        unfolded = () if folded else FOLDS
        page = visitors.enter(site.url, width=width, height=height, unfolded=unfolded, locale=locale, **options)
        tabs.append(Tab(page.context, site, page))
        return tabs[-1].open(query)

    yield opened
    try:
        for tab in tabs:
            tab.check()
    finally:
        for tab in tabs:
            tab.deaf()
            visitors.leave(tab.page, site.url)


@pytest.fixture
def tab(visit):
    """One visitor's page on a screen of 1280 x 900."""
    return visit()


@pytest.fixture
def app_state(tmp_path, monkeypatch):
    """A workbench whose default model is a tiny one."""
    from handling import MODEL, wrapped  # here: the page's libraries take seconds, and most tests need none of them

    from cam.server.app_state import AppState
    from cam.server.settings import Settings

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made = AppState(Settings())
    made.store.models.get(MODEL, lambda: wrapped("deep_head"))
    return made


@pytest.fixture
def server():
    """A server that publishes weights."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def caches(monkeypatch, tmp_path):
    """The three folders for weights, empty and apart from the user's own; each report of progress is passed on."""
    for name in ("torch", "hub", "fallback"):
        monkeypatch.setattr(catalogue, f"{name}_folder", lambda folder=tmp_path / name: folder)
    monkeypatch.setattr(downloads, "REPORT_EVERY", 0.0)
    return tmp_path
