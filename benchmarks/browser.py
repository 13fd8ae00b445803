"""What a visitor waits for, measured inside a browser on the running page.

A stopwatch in the page starts at the event that the visitor makes (its own time stamp) and ends when the frame that
shows the new picture is through the browser's rendering. Every round has photos of its own, so that no cache knows
them. F, one graph-free forward pass of the model, is timed right before and right after each dropped photo, in this
process, while the server rests.
"""

from __future__ import annotations

import functools
import io
import random
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from browsing import QUIET, Site, Tab, installed_browser
from figures import Figure, ms, quantile, scaled
from PIL import Image, ImageOps

import cam

ASSETS = Path(__file__).resolve().parents[1] / "assets"
EXAMPLES = ("cat_and_coffee", "cat", "coffee", "grace_hopper")
MODEL, OTHER_MODEL = "efficientnet_lite0", "efficientnet_lite1"
LAYER = "blocks.2"  # 28 x 28: the maps of all classes are not sent, those of the likeliest eight are
METHOD = "layercam"
RARE = "tench"  # not among the likeliest eight of any example
SCREEN, PHONE = (1280, 960), (4000, 3000)
LIVE = 10.0  # seconds that the camera is watched

# `armed(kind)`: seconds from the next event of that kind until another picture is painted, null if none comes. Another
# picture: the answer's number or the class on show has changed, the canvas was drawn, and the frame that brings it to
# the screen, with the browser's rendering, is over.
STOPWATCH = """
window.armed = (kind) => new Promise((done) => {
  const root = document.querySelector('.cx-root');
  const picture = () => `${root.dataset.request} ${root.dataset.shown}`;
  const before = picture();
  let start = null, drawn = root.dataset.drawn;
  document.addEventListener(kind, (event) => { start = event.timeStamp; }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    if (start === null || picture() === before) drawn = root.dataset.drawn;
    if (root.dataset.drawn === drawn || root.dataset.state !== 'ready') return;
    observer.disconnect();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => done((performance.now() - start) / 1000);
    if (root.cam.early()) requestAnimationFrame(() => port2.postMessage(0));
    else port2.postMessage(0);
  });
  observer.observe(root, { attributes: true });
  setTimeout(() => done(null), 30000);
});
"""
FRAMES = """(seconds) => new Promise((done) => {
  const live = document.querySelector('.live');
  const seen = [];
  new MutationObserver(() => seen.push([performance.now() / 1000, live.cam.latency()]))
    .observe(live, { attributes: true, attributeFilter: ['data-frames'] });
  setTimeout(() => done(seen), 1000 * seconds);
})"""


def jpeg(name: str, size: tuple[int, int], mark: int = 0) -> bytes:
    """An example at another size; `mark` makes its pixels and its content another photo's."""
    file = io.BytesIO()
    image = ImageOps.fit(Image.open(ASSETS / f"{name}.jpg").convert("RGB"), size)
    if mark:
        rng = random.Random(mark)
        image = image.rotate(rng.uniform(-5, 5), Image.Resampling.BILINEAR, fillcolor=(rng.randrange(256),) * 3)
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


@functools.cache
def network(fold: bool = False) -> cam.Model:
    return cam.load_model(MODEL, fold=fold)


def forward() -> float:
    """F in seconds, of the model as the page loads it: the quickest of five passes, so that no aim gets easier."""
    model = network(fold=True)
    inputs = model.preprocess(Image.open(ASSETS / f"{EXAMPLES[0]}.jpg").convert("RGB"), "squeeze")[0]
    times = []
    for _ in range(5):
        start = time.perf_counter()
        with torch.no_grad():
            model.net(inputs)
        times.append(time.perf_counter() - start)
    return min(times)


class TimedTab(Tab):
    """A visitor with a stopwatch."""

    def timed(self, kind: str, act: Callable[[], object]) -> float:
        """Seconds from the event to the new picture; what came before is answered already."""
        self.idle()
        self.page.evaluate("(kind) => { window.timing = armed(kind); }", kind)
        act()
        seconds = self.page.evaluate("window.timing")
        if seconds is None:
            raise RuntimeError(f"No new picture followed the {kind}. The page says: {self.status!r}; {self.errors}")
        return seconds

    def drop_photo(self, content: bytes) -> float:
        return self.timed("drop", lambda: self.drop(("photo.jpg", "image/jpeg", content)))

    def choose_timed(self, name: str, value: str) -> float:
        return self.timed("change", lambda: self.choose(name, value))

    def click_class(self, name: str) -> float:
        """Find a class by its name, click it; raises where that needed no request."""
        self.page.locator("[data-part=find]").fill(name)
        before = len(self.requests)
        seconds = self.timed("click", lambda: self.page.locator("[data-part=options] li").first.click())
        if len(self.requests) == before:
            raise RuntimeError(f"The map of {name!r} was in the browser already.")
        return seconds


@contextmanager
def chromium(*flags: str):
    path = installed_browser()
    if not path:
        raise SystemExit("No browser: install Chromium, such as Debian's package `chromium`.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=[*QUIET, *flags])
        try:
            yield running
        finally:
            running.close()


@contextmanager
def visitor(browser, site: Site, **options):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
    try:
        tab = TimedTab(context, site)
        tab.page.add_init_script(STOPWATCH)
        yield tab.open()
    finally:
        context.close()


def one_round(tab: TimedTab, mark: int) -> dict[str, float]:
    """Seconds of every action on two new photos, and F beside each of them."""
    found = {}
    for name, size in (("phone", PHONE), ("screen", SCREEN)):
        content = jpeg(EXAMPLES[mark % len(EXAMPLES)], size, mark)
        tab.idle()
        before = forward()
        found[name] = tab.drop_photo(content)
        tab.idle()
        found[f"{name} F"] = (before + forward()) / 2
    found["layer"] = tab.choose_timed("layer", LAYER)
    tab.idle()
    found["class"] = tab.click_class(RARE)
    found["method"] = tab.choose_timed("method", METHOD)
    found["model"] = tab.choose_timed("model", OTHER_MODEL)
    tab.choose_timed("method", next(iter(cam.METHODS)))
    tab.choose_timed("model", MODEL)
    print("  " + ", ".join(f"{name} {ms(seconds)}" for name, seconds in found.items()), flush=True)
    return found


def steps(tab: TimedTab, count: int) -> tuple[list[float], list[float], int]:
    """Arrow keys on the slider of classes: seconds to the painted picture, of the drawing alone, and the requests."""
    tab.page.locator("[data-part=rank]").focus()
    tab.idle()
    before = len(tab.requests)
    times, drawings = [], []
    for _ in range(count):
        tab.page.evaluate("window.timing = null; armed('keydown').then((s) => { window.timing = s; }); 0")
        tab.page.keyboard.press("ArrowRight")
        times.append(tab.page.wait_for_function("window.timing").json_value())
        drawings.append(tab.page.evaluate("document.querySelector('.cx-root').cam.ms() / 1000"))
    tab.page.wait_for_timeout(1000)  # what a request would wait for
    return times, drawings, len(tab.requests) - before


def difference(tab: TimedTab, content: bytes, count: int) -> float:
    """The largest difference between the browser's heat and the core's heatmap, over classes of all ranks."""
    traced = cam.trace(network(), cam.open_image(content))
    worst = 0.0
    for rank in np.linspace(1, len(network().labels), count).round():
        tab.slide("rank", int(rank))
        tab.page.wait_for_function("document.querySelector('.cx-root').dataset.state === 'ready'")
        index = int(tab.data("shown"))
        worst = max(worst, float(np.abs(tab.heat() - cam.explain(traced, target=index).heatmap.numpy()).max()))
    return worst


def live(site: Site, folder: Path) -> tuple[float, float]:
    """Frames per second, and seconds from a frame's capture to its picture, of a camera that plays a clip."""
    clip = folder / "clip.mjpeg"
    clip.write_bytes(b"".join(60 * jpeg(name, (1280, 720)) for name in EXAMPLES[1:3]))
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}")
    with chromium(*flags) as browser, visitor(browser, site, permissions=["camera"]) as tab:
        tab.page.get_by_role("tab", name="Live").click()
        tab.page.get_by_role("button", name="Start camera").click()
        seen = tab.page.evaluate(FRAMES, LIVE)  # the first is not there at once, and is not missed
        status = tab.page.locator(".live .status").inner_text()
        if len(seen) < 2:
            raise RuntimeError(f"The camera's frames are not explained. The page says: {status!r}; {tab.errors}")
    seen = seen[len(seen) // 5 :]
    rate = (len(seen) - 1) / (seen[-1][0] - seen[0][0])
    return rate, statistics.median(latency for _, latency in seen)


def figures(site: Site, folder: Path, rounds: int, count: int) -> list[Figure]:
    """All figures of the browser; `count` steps of the slider."""
    forward()
    with chromium() as browser, visitor(browser, site) as tab:
        one_round(tab, 1)  # loads the second model, chooses kernels
        results = [one_round(tab, 2 + number) for number in range(rounds)]
        content = jpeg(EXAMPLES[0], SCREEN, 1000)
        tab.drop_photo(content)
        tab.idle()
        times, drawings, requests = steps(tab, count)
        print(f"  {count} steps", flush=True)
        worst = difference(tab, content, 12)
        tab.check()
    rate, latency = live(site, folder)

    median = {name: statistics.median(one[name] for one in results) for name in results[0]}
    key, slow, drawing = statistics.median(times), quantile(times, 0.95), statistics.median(drawings)

    def dropped(name: str, size: tuple[int, int]) -> Figure:
        own = median[f"{name} F"]
        aim = scaled(0.15, own) + own
        what = f"photo of {size[0]} × {size[1]} dropped → overlay painted (F = {ms(own)})"
        return Figure(what, f"≤ 150 ms at F = 20 ms, + F: {ms(aim)}", ms(median[name]), median[name] <= aim)

    def changed(name: str, what: str, aim: float | None = None) -> Figure:
        here = scaled(aim or 0, median["screen F"])
        text, reached = ("", None) if aim is None else (f"≤ {ms(aim)} at F = 20 ms: {ms(here)}", median[name] <= here)
        return Figure(f"{what} → overlay changed", text, ms(median[name]), reached)

    return [
        dropped("screen", SCREEN),
        dropped("phone", PHONE),
        Figure(f"class slider, {count} steps at the last layer: requests", "0", str(requests), requests == 0),
        Figure(
            "class slider: key pressed → picture painted",
            "< 16.7 ms",
            f"{ms(key)} (p95 {ms(slow)}; drawing alone {ms(drawing)})",
            key < 1 / 60,
        ),
        changed("class", f"class clicked that needs a request (at `{LAYER}`)", 0.1),
        changed("layer", f"layer changed (to `{LAYER}`, not recorded before)"),
        changed("method", f"method changed (to {cam.METHODS[METHOD].title})"),
        changed("model", f"model changed (to {cam.MODELS[OTHER_MODEL].title}, loaded before)"),
        Figure(
            "largest difference of the browser's heat from the core's, 12 classes",
            "≤ 2/255",
            f"{255 * worst:.2f}/255",
            255 * worst <= 2,
        ),
        Figure("camera of 1280 × 720, one visitor: frames explained per second", "", f"{rate:.1f}"),
        Figure("camera: frame captured → its picture painted", "", ms(latency)),
    ]
