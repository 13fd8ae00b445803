"""The Live tab: frames are explained as they come and not kept, one at a time per page, and a frame can be handed over.

The browser's camera is a clip made of two of the examples: a cat, then a cup of coffee.
"""

import itertools
import math
import re

import pytest
from browsing import QUIET, Tab, browser_path
from pictures import CATS, CLIP, frame

from cam.models.catalogue import LOADABLE
from cam.models.imagenet import imagenet_labels
from cam.page.component import address

CUPS = {"espresso", "cup", "coffee mug", "eggnog", "soup bowl", "consomme", "coffeepot", "espresso maker"}
SECONDS = 2  # of each half of the clip

# Counts the frames that are on their way at a time, and keeps what the camera gave.
SPY = """
window.sent = { out: 0, most: 0, all: 0 };
window.streams = [];
const ask = window.fetch;
window.fetch = async (...what) => {
  const frame = String(what[0]).includes('explain_frame');
  if (!frame) return ask(...what);
  sent.all += 1;
  sent.out += 1;
  sent.most = Math.max(sent.most, sent.out);
  try { return await ask(...what); } finally { sent.out -= 1; }
};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wish) => { const s = await open(wish); streams.push(s); return s; };
"""


@pytest.fixture(scope="module")
def filming(browser, tmp_path_factory):
    """A browser whose camera plays the clip."""
    clip = tmp_path_factory.mktemp("clip") / "clip.mjpeg"
    clip.write_bytes(b"".join(30 * SECONDS * frame(name) for name in ("cat", "coffee")))
    flags = ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={clip}"]
    running = browser.browser_type.launch(executable_path=browser_path(), args=[*QUIET, *flags])
    yield running
    running.close()


class LiveTab(Tab):
    """A visitor on the Live tab."""

    def go(self, name):
        self.page.get_by_role("tab", name=name).click()
        if name == "Live":  # its body comes when it is opened first
            self.page.wait_for_function("document.querySelector('#cam-live-model')?.value")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def read(self, selector):
        return self.page.locator(f".live {selector}").inner_text()

    @property
    def frames(self):
        return int(self.page.locator(".live").get_attribute("data-frames"))

    def wait_frames(self, more):
        self.page.wait_for_function(
            "(count) => Number(document.querySelector('.live').dataset.frames) >= count", arg=self.frames + more
        )

    def wait_top(self, names):
        self.page.wait_for_function(
            "(names) => names.includes(document.querySelector('.live .list button span').textContent)", arg=list(names)
        )

    def wait_said(self, words):
        self.page.wait_for_function(
            "(words) => document.querySelector('.live .status').textContent.includes(words)", arg=words
        )

    def start(self):
        self.press("Start camera")
        self.wait_frames(2)

    @property
    def sent(self):
        return self.page.evaluate("sent")

    def assert_over(self):
        """The camera is released and no frame goes out any more."""
        assert self.page.evaluate("streams.flatMap((s) => s.getTracks()).map((t) => t.readyState)") == ["ended"]
        self.page.wait_for_function("sent.out === 0")
        before = self.sent["all"]
        self.page.wait_for_timeout(400)
        assert self.sent["all"] == before


@pytest.fixture
def film(filming, site):
    """Make a visitor on the Live tab: `film(allowed=True)`; judged at the end as every visitor is."""
    contexts, tabs = [], []

    def opened(allowed=True):
        permissions = ["camera"] if allowed else []
        contexts.append(filming.new_context(viewport={"width": 1280, "height": 900}, permissions=permissions))
        tabs.append(LiveTab(contexts[-1], site))
        tabs[-1].page.add_init_script(SPY)
        tabs[-1].open().go("Live")
        return tabs[-1]

    yield opened
    try:
        for tab in tabs:
            tab.check()
    finally:
        for context in contexts:
            context.close()


def test_frames_are_explained_as_they_come(film):
    tab = film()
    tab.page.evaluate("""() => {
      window.scales = [];
      const live = document.querySelector('.live');
      new MutationObserver(() => scales.push([performance.now() / 1000, live.cam.scale(), Number(live.dataset.class)]))
        .observe(live, { attributes: true, attributeFilter: ['data-frames'] });
    }""")
    tab.start()
    tab.wait_top(CATS)
    tab.wait_top(CUPS)
    tab.wait_top(CATS)
    assert tab.sent["most"] == 1
    open_ones = "sent.all - Number(document.querySelector('.live').dataset.frames)"
    assert 0 <= tab.page.evaluate(open_ones) <= 2  # one is on its way, one may wait for its painting
    size = "[document.querySelector('.live canvas')].map((canvas) => [canvas.width, canvas.height])[0]"
    assert tab.page.evaluate(size) == list(CLIP)
    assert "Evidence for" in tab.page.locator(".live canvas[role=img]").get_attribute("aria-label")
    assert "frames/s" in tab.read(".facts")
    scales = tab.page.evaluate("scales")
    assert len({index for _, _, index in scales}) >= 2
    for (then, before, _), (now, after, _) in itertools.pairwise(scales):
        assert after >= before * math.exp(-(now - then + 0.1) / 3) * 0.999  # the colours change at a walk


def test_a_pinned_class_stays(film):
    tab = film()
    tab.start()
    tab.wait_top(CATS)
    row = tab.page.locator(".live .list button").nth(1)
    row.focus()
    tab.page.keyboard.press("Enter")
    pinned = tab.read(".follow").removeprefix("Pinned: ").removesuffix(".")
    assert pinned in CATS
    tab.wait_top(CUPS)
    tab.wait_frames(2)
    assert tab.read(".title") == f"Evidence for “{pinned}”"
    pressed = tab.page.locator(".live .list button[aria-pressed=true]:visible")
    assert [item.locator("span").first.inner_text() for item in pressed.all()] == [pinned]
    tab.page.evaluate(f"import(new URL('{address()}/store.js', document.baseURI)).then((m) => (page = m.store))")
    tab.page.wait_for_function("page.state.names")
    tab.page.evaluate("page.set({ language: 'zh' })")
    chinese = imagenet_labels("zh")[imagenet_labels().index(pinned)]
    assert tab.read(".follow") == f"Pinned: {chinese}."
    tab.page.wait_for_function("(n) => document.querySelector('.live .title').textContent.includes(n)", arg=chinese)
    assert [item.locator("span").first.inner_text() for item in pressed.all()] == [chinese]
    tab.page.evaluate("page.set({ language: 'en' })")
    tab.press("Follow the top class")
    tab.page.wait_for_function(
        "(names) => names.some((n) => document.querySelector('.live .title').textContent.includes(n))",
        arg=[f"“{name}”" for name in CUPS | CATS - {pinned}],
    )


INK = """([x0, x1]) => {
  const over = document.querySelector('.live .over');
  const { data } = over.getContext('2d').getImageData(x0 * over.width, 0, (x1 - x0) * over.width, over.height);
  return data.reduce((sum, value, i) => sum + (i % 4 === 3 && value > 0), 0) / data.length * 4;
}"""


def test_boxes_are_drawn_on_frames_and_one_is_followed(film):
    tab = film()
    tab.page.locator("#cam-live-model").select_option("nanodet_g")
    tab.start()
    tab.wait_top(["1. cup"])
    assert "HiResCAM" in tab.read(".honest")
    assert re.match(r"Evidence for “cup 0\.\d\d, box 1”", tab.read(".title"))
    assert tab.page.evaluate(INK, [0, 1]) > 0.005
    assert tab.read(".follow").startswith("The picture follows the most confident finding.")
    tab.page.keyboard.press("b")
    assert tab.page.evaluate(INK, [0, 1]) == 0
    tab.page.locator(".live .draw").click()
    assert tab.page.evaluate(INK, [0, 1]) > 0.005
    tab.page.wait_for_function("""() => {
      const row = document.querySelector('.live .list button');  // frames come and go: looked at and pressed at once
      if (!row?.textContent.includes('cup')) return false;
      row.click();
      return document.querySelector('.live .follow').textContent === 'Followed from frame to frame: cup.';
    }""")
    tab.page.wait_for_function("document.querySelector('.live .follow').textContent.startsWith('cup is not in this')")
    tab.page.wait_for_function("document.querySelector('.live .follow').textContent.startsWith('Followed')")
    tab.press("Stop camera")
    before = tab.page.evaluate(INK, [0, 0.5])
    tab.page.locator(".live .mirror").check()
    assert tab.page.evaluate(INK, [0, 0.5]) != before, "the marks are drawn anew on the mirrored picture"
    tab.page.set_viewport_size({"width": 390, "height": 800})
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_freeze_hands_the_frame_to_explore(film):
    tab = film()
    tab.start()
    tab.wait_top(CATS)
    before = tab.request
    tab.press("Freeze and explore")
    tab.answered(before)
    assert tab.page.get_by_role("tab", name="Explore").get_attribute("aria-selected") == "true"
    assert tab.top[0][0] in CATS
    assert tab.page.locator(".thumb").get_attribute("alt") == "Your photo"
    size = tab.page.evaluate("""async () => {
      const image = new Image();
      image.src = document.querySelector('.thumb').src;
      await image.decode();
      return image.naturalWidth / image.naturalHeight;
    }""")
    assert size == pytest.approx(CLIP[0] / CLIP[1], rel=0.02)
    tab.assert_over()


def test_models_that_came_meanwhile_are_listed(film):
    tab = film()
    names = "[...document.querySelector('#cam-live-model').options].map((option) => option.value)"
    here = tab.page.evaluate(names)
    assert here == [name for name, spec in LOADABLE.items() if spec.available()]
    tab.page.locator("#cam-live-model").select_option(here[1])
    tab.go("Explore")

    def more(route):
        if "models_here" not in route.request.url:
            return route.continue_()
        models = [*route.fetch().json(), {"name": "fetched", "title": "Fetched <b>"}]
        return route.fulfill(json=models)

    tab.page.route("**/actions/**", more)
    tab.go("Live")
    tab.page.wait_for_function(f"{names}.includes('fetched')")
    assert tab.page.evaluate(names) == [*here, "fetched"]
    assert tab.page.locator("#cam-live-model").input_value() == here[1], "the choice is kept"


def test_stop_and_leaving_the_tab_release_the_camera(film):
    tab = film()
    tab.start()
    tab.press("Stop camera")
    tab.assert_over()
    assert tab.read(".status") == "The camera is off."
    tab.page.evaluate("streams.length = 0")
    tab.start()
    tab.go("Explore")
    tab.page.wait_for_function("streams[0].getTracks()[0].readyState === 'ended'")
    tab.assert_over()


def test_a_camera_that_cannot_be_had(film):
    tab = film(allowed=False)
    tab.press("Start camera")
    tab.wait_said("The camera was not allowed.")
    for fault, words in (("NotFoundError", "No camera was found."), ("NotReadableError", "Close other programs")):
        tab.page.evaluate(
            "(n) => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', n); }; }", fault
        )
        tab.press("Start camera")
        tab.wait_said(words)
    tab.page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")  # as by plain http
    tab.press("Start camera")
    tab.wait_said("https or from this machine")
    assert tab.page.locator(".live").get_attribute("data-state") == "off"
    assert tab.sent["all"] == 0


def test_faults_of_the_server_are_said_and_survived(film):
    tab = film()
    tab.start()
    tab.page.route("**/actions/**", lambda route: route.abort())
    tab.wait_said("No answer from the server. Trying again")
    tab.page.unroute("**/actions/**")
    tab.wait_frames(2)
    assert tab.read(".status") == "Frames go to this page's server, are explained there and not kept."
    tab.page.evaluate("document.querySelector('#cam-live-model').selectedOptions[0].value = 'nothing'")
    tab.wait_said("Unknown model 'nothing'.")
    tab.assert_over()
    tab.errors.clear()  # the aborted request is in the console


def test_names_are_text(film):
    tab = film()
    tab.start()
    tab.page.locator("#cam-live-model").select_option("efficientnet_lite2")  # its names are hostile here
    tab.page.wait_for_function("document.querySelector('.live .title').textContent.includes('<img src=x')")
