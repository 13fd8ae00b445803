"""A running page and a browser for the tests: starts both, drops files, reads what is drawn."""

import asyncio
import base64
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import forking
import numpy as np
from PIL import Image

import cam

ROOT = Path(__file__).resolve().parents[1]
ASSETS = ROOT / "assets"
PATIENCE = 60  # seconds until something that should happen is taken for never happening
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What a visitor must never read: a stack trace, an error's class, a folder of the server.
INNARDS = re.compile(r"Traceback|File \"|line \d+, in |\w+(Error|Exception)\b|/root/|/home/|/tmp/|site-packages|\.py\b")

FOLDS = ("cam-fold-choices", "cam-fold-more", "cam-fold-look")
UNFOLDED = f"""try {{
  for (const name of {list(FOLDS)}) if (!localStorage.getItem(name)) localStorage.setItem(name, 'open');
}} catch {{}}"""

FILES = """async (files) => Promise.all(files.map(async ([name, type, text]) => {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new File([bytes], name, { type });
}))"""
DROP = f"""async (files) => {{
  const data = new DataTransfer();
  for (const file of await ({FILES})(files)) data.items.add(file);
  const target = document.querySelector('.cx-canvas');
  for (const kind of ['dragenter', 'dragover', 'drop'])
    target.dispatchEvent(new DragEvent(kind, {{ dataTransfer: data, bubbles: true, cancelable: true }}));
}}"""
PASTE = f"""async (files) => {{
  const data = new DataTransfer();
  for (const file of await ({FILES})(files)) data.items.add(file);
  document.body.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}));
}}"""


def installed_browser() -> str:
    """The path of the system's Chromium; "" without one."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), "")


def browser_path() -> str:
    """The system's Chromium; without one the tests are skipped here and fail where CI is set."""
    if found := installed_browser():
        return found
    import pytest

    reason = f"No browser: none of {', '.join(BROWSERS)} is installed."
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(reason)
    pytest.skip(reason)


def alone(coroutine):
    """Run a coroutine on a thread of its own: the browser of other tests keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass
class Site:
    """A served page: its address, its log and the folder by which `serve.py` is told to wait."""

    url: str
    folder: Path
    process: subprocess.Popen | forking.Forked
    course: int = 0  # the port at which a page of another site may show it in a frame

    def get(self, path: str = "") -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return answer.read()

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def holding(self, layer):
        """What asks for `layer` waits until the block ends or `release` is called."""
        gate, sign = self.folder / f"hold {layer}", self.folder / f"held {layer}"
        sign.unlink(missing_ok=True)
        gate.touch()
        try:
            yield self
        finally:
            gate.unlink(missing_ok=True)

    def release(self, layer):
        (self.folder / f"hold {layer}").unlink()

    def wait_held(self, layer):
        wait_for(lambda: (self.folder / f"held {layer}").exists(), f"{layer} being asked for")


def wait_for(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited {PATIENCE} s in vain for {what}"
        time.sleep(0.02)


@contextmanager
def serving(folder: Path, script: str = "tests/serve.py", port: int = 0, python: str = sys.executable, **more: str):
    """Serve the page from a process of its own, whose working directory is elsewhere; `more` is its environment's.

    It is forked from one that has the libraries where `more` holds nothing that these read when they are imported.
    """
    url = f"http://127.0.0.1:{port or free_port()}/"
    settings = {"GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": url.rsplit(":")[-1].strip("/")}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CAM_", "GRADIO_"))}
    environment |= settings | {"GRADIO_TEMP_DIR": str(folder / "sent"), "PYTHONUNBUFFERED": "1"} | more
    command = [str(ROOT / script), str(folder)]
    known = python == sys.executable and all(name.startswith(("CAM_", "GRADIO_")) for name in more)
    if known and forking.possible():
        process = forking.Forked(command, folder, environment, folder / "log")
    else:
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [python, *command], cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
    site = Site(url, folder, process)

    def answers():
        assert process.poll() is None, f"the page did not start:\n{site.log}"
        try:
            return bool(site.get())
        except OSError:
            return False

    try:
        wait_for(answers, "the page")
        yield site
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Tab:
    """One visitor's page, with what it asked for and what went wrong in it."""

    def __init__(self, context, site, page=None):
        """A new page of the `context`, whose visitor unfolded all choices before, or this `page`, as it is."""
        self.site = site
        self.page = page or context.new_page()
        if not page:
            self.page.add_init_script(UNFOLDED)
        self.page.set_default_timeout(1000 * PATIENCE)
        self.requests, self.strips, self.errors, self.open_requests = [], [], [], set()
        self._heard = {
            "request": self._asked,
            "requestfinished": lambda request: self.open_requests.discard(request),
            "requestfailed": lambda request: self.open_requests.discard(request),
            "pageerror": lambda error: self.errors.append(str(error)),
            "console": lambda said: said.type == "error" and self.errors.append(said.text),
        }
        for event, hear in self._heard.items():
            type(self.page).on(self.page, event, hear)

    def deaf(self):
        """Note nothing any more."""
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)

    def _asked(self, request):
        if "layer_strip" in request.url:
            self.strips.append(request.url)  # of the page's own accord, when it rests
        else:
            self.requests.append(request.url)
        if request.method == "POST":  # what an action sends; streams stay open for as long as the page
            self.open_requests.add(request)

    def open(self, query=""):
        """Go to the page and wait for its finished picture, and the choices beside it."""
        self.page.goto(self.site.url + query)
        self.ready()
        self.page.wait_for_function("document.querySelector('#cam-model')?.value")
        return self

    # ---- reading ----

    @property
    def root(self):
        return self.page.locator(".cx-root")

    def data(self, name):
        return self.root.get_attribute(f"data-{name}")

    @property
    def request(self):
        return int(self.data("request"))

    def text(self, part):
        """The text of a part of the picture's component, by its data-part."""
        return self.page.locator(f"[data-part={part}]").inner_text()

    @property
    def status(self):
        return self.text("status")

    @property
    def top(self):
        """The names and shares of the listed predictions."""
        rows = self.page.locator(".cx-list li:not(.cx-extra) button").all()
        return [tuple(row.locator("span").all_inner_texts()) for row in rows]

    def row(self, position):
        return self.page.locator(".cx-list li button").nth(position)

    def heat(self):
        """The heat at the model's input size, a square array in [0, 1]."""
        values = np.array(self.page.evaluate("Array.from(document.querySelector('.cx-root').cam.heat())"), np.float32)
        side = int(len(values) ** 0.5)
        return values.reshape(side, side)

    def canvas(self):
        """The pixels on the canvas, (height, width, 3), once what was asked for is drawn."""
        url = self.page.evaluate("""() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
          done(document.querySelector('.cx-canvas').toDataURL()))))""")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))

    def plain(self):
        """The pixels on the canvas without any heat."""
        self.slide("opacity", 0)
        return self.canvas()

    def words(self):
        """All text and titles that the page holds, shown or not, without scripts."""
        return self.page.evaluate("""() => {
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          const found = [];
          while (walk.nextNode())
            if (!walk.currentNode.parentElement.closest('script, style, noscript')) found.push(walk.currentNode.data);
          for (const node of document.body.querySelectorAll('*'))
            for (const name of ['title', 'alt', 'aria-label', 'aria-valuetext', 'placeholder'])
              if (node.getAttribute(name)) found.push(node.getAttribute(name));
          return found.join('\\n');
        }""")

    def chosen(self):
        """The values of the drop-downs and the fit."""
        return self.page.evaluate("""() => {
          const value = (selector) => document.querySelector(selector).value;
          return { model: value('#cam-model'), layer: value('#cam-layer'), method: value('#cam-method'),
            fit: value('input[name=cam-fit]:checked') };
        }""")

    # ---- waiting ----

    def wait(self, condition, argument=None):
        """Wait until a JavaScript function of the component's root and `argument` is true."""
        root = "const root = document.querySelector('.cx-root')"  # null while the page is being built
        self.page.wait_for_function(f"(a) => {{ {root}; return root && ({condition})(root, a); }}", arg=argument)

    def ready(self):
        self.wait("(root) => root && root.dataset.state === 'ready' && Number(root.dataset.drawn) > 0")

    def answered(self, request):
        """Wait for the finished picture of an action after the one with the number `request`."""
        self.wait("(root, last) => Number(root.dataset.request) > last && root.dataset.state === 'ready'", request)

    def shows(self, index):
        """Wait until the class is the wanted and the drawn one."""
        drawn = "['class', 'shown'].every((name) => root.dataset[name] === k)"
        self.wait(f"(root, k) => root.dataset.state === 'ready' && {drawn}", str(index))

    def idle(self):
        """Wait until every action has got all its answers: no request is out, and none follows in the next frames."""
        calm = 0

        def settled():
            nonlocal calm
            self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            calm = 0 if self.open_requests else calm + 1
            return calm > 3

        wait_for(settled, "the answers that are under way")

    def has_photo(self, title):
        """Wait for the finished picture of the photo with this title."""
        self.page.wait_for_function("(title) => document.querySelector('.photo .thumb')?.alt === title", arg=title)
        self.ready()

    def says(self, text):
        """Wait until the status line holds `text`."""
        self.wait("(root, text) => root.querySelector('[data-part=status]').textContent.includes(text)", text)

    # ---- acting ----

    @contextmanager
    def answer(self):
        """What the block does leads to a new finished picture; what came before it is answered already."""
        self.idle()
        before = self.request
        yield
        self.answered(before)

    @contextmanager
    def no_request(self):
        """What the block does asks the server for nothing; all that was asked for before has come."""
        self.idle()
        before = len(self.requests)
        yield
        assert self.requests[before:] == []

    def slide(self, part, value):
        """Set a slider of the picture's component as a hand would."""
        self.page.locator(f"[data-part={part}]").fill(str(value))

    def choose(self, name, value):
        self.page.locator(f"#cam-{name}").select_option(value)

    def fit(self, value):
        self.page.locator(f"label:has(input[name=cam-fit][value={value}])").click()

    def drop(self, *files):
        self.page.evaluate(DROP, [_plain(*file) for file in files])

    def paste(self, *files):
        self.page.evaluate(PASTE, [_plain(*file) for file in files])

    def pick(self, name, kind, content):
        with self.page.expect_file_chooser() as chooser:
            self.page.locator(".photo .drop").click()
        chooser.value.set_files({"name": name, "mimeType": kind, "buffer": content})

    # ---- judging ----

    def check(self):
        """Nothing left the machine, nothing failed in the page, nothing of the server's inside is to be read."""
        home = urlsplit(self.site.url).netloc
        hosts = {urlsplit(url).netloc for url in self.requests + self.strips if not url.startswith(("data:", "blob:"))}
        assert hosts <= {home}, f"the page asked {hosts - {home}}"
        assert self.errors == []
        found = INNARDS.search(self.words())
        assert not found, f"the page shows {found.group()!r}"
        assert self.page.evaluate("window.broken") is None, "a name was taken for HTML"


def heat_of(trace, target, method="gradcam"):
    """The heat that the server computes, (H, W)."""
    return cam.explain(trace, method, target).heatmap.numpy()


def apart(found, wanted):
    """The largest difference of two arrays."""
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max())


def _plain(name, kind, content):
    return [name, kind, base64.b64encode(content).decode("ascii")]
