"""The Live tab: frames are explained as they come and not kept, one at a time per page, and a frame can be handed over.

The browser's camera is a clip made of two of the examples: a cat, then a cup of coffee.
"""

import asyncio
import base64
import io
import itertools
import json
import math
import re
import threading
import time

import numpy as np
import pytest
from browsing import ASSETS, QUIET, Tab, alone, browser_path
from PIL import Image, ImageOps

import cam
from cam.messages import Message
from cam.models.catalogue import LOADABLE, ModelSpec
from cam.models.imagenet import imagenet_labels
from cam.page.component import address
from cam.page.tabs import live
from cam.server.app_state import AppState
from cam.server.class_names import labels_id
from cam.server.scheduler import Scheduler
from cam.server.settings import Settings

CATS = {"tabby", "tiger cat", "Egyptian cat", "Persian cat", "Siamese cat", "lynx"}
CUPS = {"espresso", "cup", "coffee mug", "eggnog", "soup bowl", "consomme", "coffeepot", "espresso maker"}
CLIP = (640, 480)
SECONDS = 2  # of each half of the clip


def jpeg(name, size=CLIP):
    file = io.BytesIO()
    ImageOps.fit(Image.open(ASSETS / f"{name}.jpg").convert("RGB"), size).save(file, "JPEG", quality=85)
    return file.getvalue()


def text(content):
    return base64.b64encode(content).decode("ascii")


# ---- the handler ----


@pytest.fixture
def app_state(lite0):
    made = AppState(Settings(), {})
    made.store.models.get("efficientnet_lite0", lambda: lite0)
    return made


def asked(app_state, frames=None, **changes):
    value = {"frame": text(jpeg("cat", (320, 240))), "model": "efficientnet_lite0", "class": None, **changes}
    return alone(live.looked_at(app_state, frames or Scheduler(1, 0), value))


def test_a_frame_is_explained_as_by_the_core(app_state, lite0):
    answer = json.loads(json.dumps(asked(app_state)))
    trace = cam.trace(lite0, jpeg("cat", (320, 240)))
    explanation = cam.explain(trace)
    top = trace.top(5)
    assert answer["top"] == [[one.index, one.label, pytest.approx(one.probability)] for one in top]
    assert top[0].label in CATS
    assert (answer["class"], answer["probability"]) == (top[0].index, pytest.approx(top[0].probability))
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, explanation.raw.numpy(), rtol=1e-5, atol=1e-7)
    assert (answer["input"], answer["layer"]) == ([224, 224], "bn2")
    assert answer["labels"] == labels_id(lite0.labels)


def test_a_pinned_class_is_explained_instead(app_state, lite0):
    answer = asked(app_state, **{"class": 504})
    trace = cam.trace(lite0, jpeg("cat", (320, 240)))
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "gradcam", 504).raw.numpy(), rtol=1e-4, atol=1e-6)
    assert answer["class"] == 504
    assert answer["probability"] == pytest.approx(float(trace.logits.softmax(0)[504]), rel=1e-4)
    assert 504 not in [index for index, _, _ in answer["top"]]


def people(app_state, photo="two_people", **changes):
    return json.loads(json.dumps(asked(app_state, frame=text(jpeg(photo, (416, 274))), model="nanodet_g", **changes)))


def test_a_detector_answers_with_boxes_and_the_map_of_the_best(app_state):
    answer = people(app_state)
    trace = cam.trace(app_state.store.model("nanodet_g"), jpeg("two_people", (416, 274)))
    first, second = trace.top(2)
    assert [one["label"] for one in answer["findings"][:3]] == ["person", "person", "tie"]
    assert [one["box"] for one in answer["findings"]] == [[round(side, 2) for side in one.box] for one in trace.top(12)]
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4").reshape(answer["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "hirescam", first).raw.numpy(), rtol=1e-4, atol=1e-6)
    told = {name: answer[name] for name in ("number", "class", "followed", "size", "method")}
    assert told == {"number": 0, "class": 0, "followed": True, "size": [416, 274], "method": "hirescam"}
    left = people(app_state, **{"class": 0, "box": [0, 0, 0.4, 1]})
    assert (left["number"], left["followed"]) == (1, True), "of the two people the one at the last place"
    raw = np.frombuffer(base64.b64decode(left["map"]), "<f4").reshape(left["shape"])
    np.testing.assert_allclose(raw, cam.explain(trace, "hirescam", second).raw.numpy(), rtol=1e-4, atol=1e-6)
    tie = people(app_state, **{"class": 27, "box": [0, 0, 0.1, 0.1]})
    assert (tie["number"], tie["followed"]) == (2, True), "the only one of its class, though it is elsewhere now"
    gone = people(app_state, **{"class": 16, "box": [0, 0, 0.4, 1]})
    assert (gone["number"], gone["followed"]) == (0, False), "there is no dog: the best is shown, and that is said"


def test_a_frame_in_which_nothing_stands_out_has_no_map(app_state):
    file = io.BytesIO()
    Image.new("RGB", (64, 48), (120, 130, 140)).save(file, "JPEG")
    answer = asked(app_state, frame=text(file.getvalue()), model="nanodet_g")
    assert (answer["findings"], answer["number"], answer["map"], answer["followed"]) == ([], -1, "", True)
    assert asked(app_state, frame=text(file.getvalue()), model="nanodet_g", **{"class": 0})["followed"] is False


def test_the_foreground_of_a_frame_is_a_region_with_its_map(app_state):
    answer = asked(app_state, model="u2netp", **{"class": 0})
    (region,) = answer["findings"]
    assert (region["label"], answer["followed"], region["mask"]["grid"]) == ("foreground", True, [128, 128])
    assert 0.3 < region["share"] < 0.9
    raw = np.frombuffer(base64.b64decode(answer["map"]), "<f4")
    assert (raw.size, raw.max() > 0) == (answer["shape"][0] * answer["shape"][1], True)


def test_frames_are_not_kept(app_state):
    asked(app_state)
    assert len(app_state.store.passes) == 0
    assert len(app_state.store.models) == 1


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "A frame is the base64"),
        ({"frame": 7}, "A frame is the base64"),
        ({"frame": "A" * (live.MAX_BYTES * 2)}, "at most 512 KiB"),
        ({"frame": "no base64!"}, "arrived damaged"),
        ({"frame": text(b"nothing that is a picture")}, "image"),
        ({"frame": text(jpeg("cat", (2000, 1500)))}, "pixels"),
        ({"model": "efficientnet_lite9"}, "Unknown model 'efficientnet_lite9'"),
        ({"model": None}, "Unknown model"),
        ({"class": 1000}, "1000"),
        ({"class": -1}, "-1"),
        ({"class": "tabby"}, "A class is a whole number"),
        ({"class": True}, "A class is a whole number"),
        ({"model": "nanodet_g", "class": 80}, "80"),
        *(({"box": box}, "A box to follow") for box in (7, [0, 0, 1], [0, 0, 1, 2], [0, 0, 1, math.nan], ["a"] * 4)),
    ],
)
def test_whatever_is_wrong_is_said_in_a_sentence(app_state, value, sentence):
    usual = {"frame": text(jpeg("cat", (320, 240))), "model": "efficientnet_lite0", "class": None}
    answer = alone(live.looked_at(app_state, Scheduler(1, 0), None if value is None else usual | value))
    assert list(answer) == ["error"]
    said = Message.of(answer["error"])
    assert sentence in said
    assert said.code
    assert said.endswith((".", "?"))


def test_a_frame_starts_no_download(app_state, monkeypatch):
    monkeypatch.setattr(ModelSpec, "local_file", lambda self: None)
    answer = asked(app_state, model="resnet50")
    assert Message.of(answer["error"]).startswith("The weights of ResNet-50 are not on this machine.")
    assert live.models(app_state) == []
    assert "top" in asked(app_state)  # what is loaded needs no file


def test_a_fault_becomes_a_sentence_and_a_line_in_the_log(app_state, monkeypatch, caplog):
    def fault(*args, **options):
        raise RuntimeError("tensor /tmp/secret")

    monkeypatch.setattr(live, "trace", fault)
    assert asked(app_state) == {"error": live._BROKEN.as_dict()}
    assert "tensor /tmp/secret" in caplog.text


def test_few_frames_of_all_visitors_at_a_time(app_state, monkeypatch):
    running, most = [], []
    guard = threading.Lock()

    def slow(*args):
        with guard:
            running.append(1)
            most.append(len(running))
        time.sleep(0.02)
        with guard:
            running.pop()
        return {"top": []}

    async def visitors(count, frames):
        value = {"frame": "", "model": "efficientnet_lite0"}
        return await asyncio.gather(*(live.looked_at(app_state, frames, value) for _ in range(count)))

    monkeypatch.setattr(live, "_explained", slow)
    assert alone(visitors(10, Scheduler(live.AT_A_TIME, 8))) == 10 * [{"top": []}]
    assert max(most) == live.AT_A_TIME
    answers = alone(visitors(10, Scheduler(live.AT_A_TIME, 3)))
    assert [list(answer) for answer in answers] == 5 * [["top"]] + 5 * [["error"]]
    assert "Too many people" in answers[-1]["error"]["text"]


# ---- the page ----

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
    clip.write_bytes(b"".join(30 * SECONDS * jpeg(name) for name in ("cat", "coffee")))
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
    tab.wait_top(["1. cup"])
    tab.page.locator(".live .list button").first.click()
    assert tab.read(".follow") == "Followed from frame to frame: cup."
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
