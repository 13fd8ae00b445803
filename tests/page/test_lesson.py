"""The tab "How it works": the core's numbers, linked, checked in the browser, without requests, in two languages."""

import re

import numpy as np
import pytest
from test_language import CUT, LATIN, WIDE, names

from cam import explain, load_model, steps, trace
from cam.maps.linked import cell, raises

MUG = "?example=cat_and_coffee&class=504"
QUERY = f"{MUG}&tab=lesson"
SUMMED = "document.querySelector('.lesson').cam.told().terms.step.shape"  # rows and columns of what is added up
BROKEN = """() => [...document.querySelectorAll('.step .title')].flatMap((title) => {
  const range = document.createRange();
  return [...title.textContent.matchAll(/\\S+/g)].filter(({ 0: word, index }) => {
    range.setStart(title.firstChild, index);
    range.setEnd(title.firstChild, index + word.length);
    return range.getClientRects().length > 1 || title.scrollWidth > title.parentElement.clientWidth;
  }).map(([word]) => word);
})"""  # words of titles that take two lines, or more than their place
STEPS = ["scores", "activations", "gradients", "weights", "weighted_sum", "relu", "enlarge", "overlay"]


class Lesson:
    """A visitor's tab with the story of what is on show."""

    def __init__(self, tab):
        self.tab, self.page = tab, tab.page
        self.root = tab.page.locator(".lesson")
        self.ready()

    def ready(self, state="ready"):
        self.page.wait_for_function("(state) => document.querySelector('.lesson')?.dataset.state === state", arg=state)
        return self

    def data(self, name):
        return self.root.get_attribute(f"data-{name}")

    def part(self, name):
        return self.root.locator(f"[data-part={name}]")

    def text(self, name):
        return self.part(name).inner_text()

    def go(self, step):
        self.root.locator(f".step[data-name={step}]").click()
        assert self.data("step") == step

    @property
    def names(self):
        return self.root.locator(".step").evaluate_all("(all) => all.map((one) => one.dataset.name)")

    def values(self, step):
        """The numbers of a step as the page holds them."""
        script = "(name) => Array.from(document.querySelector('.lesson').cam.told().named.get(name).data)"
        return np.array(self.page.evaluate(script, step))

    def table(self):
        """The cell's table as printed: rows of texts."""
        script = "(rows) => rows.map((row) => [...row.cells].map((one) => one.textContent.trim()))"
        return self.root.locator("[data-part=cell] tr").evaluate_all(script)

    def latin(self, known):
        """Words in Latin letters on show that are not `known`, but for code."""
        words = self.page.evaluate("""() => {
          const copy = document.querySelector('.lesson').cloneNode(true);
          for (const code of copy.querySelectorAll('[translate=no], style, sub')) code.remove();
          return copy.textContent;
        }""")
        return {word for word in LATIN.findall(words) if len(word) > 2 and word.lower() not in known}

    def cell(self):
        return [int(one) for one in self.data("cell").split(",")]


def number(text):
    """A number as the page prints it."""
    return float(re.sub(r"[^\d.−+]", "", text).replace("−", "-"))


def told(visit, query="", **options):
    """A visitor who turned to the tab."""
    tab = visit(MUG + query, **options)
    tab.page.locator("#cam-tab-lesson-button").click()
    return Lesson(tab)


@pytest.fixture
def lesson(visit):
    return told(visit)


@pytest.fixture(scope="module")
def mug(photo):
    return explain(trace(load_model("efficientnet_lite0"), photo), "gradcam", 504)


def test_the_numbers_are_those_of_the_core(lesson, mug):
    assert lesson.names == STEPS
    real = {step.name: step.tensor for step in steps(mug, picture=False)}
    for name in ("scores", "activations", "weights", "weighted_sum", "relu"):
        wanted = real[name].numpy().ravel()
        assert np.abs(lesson.values(name) - wanted).max() <= 1e-5 * np.abs(wanted).max(), name
    assert np.allclose(lesson.values("gradients"), real["gradients"].mean((1, 2)).numpy(), atol=1e-9)
    assert lesson.data("step") == "scores"
    assert f"{real['scores'][504]:.3f}" in lesson.text("plain")
    lesson.go("weights")
    assert f"{int((real['weights'] < 0).sum())} of 1,280" in lesson.text("plain")
    lesson.go("relu")
    assert f"{int((real['weighted_sum'] < 0).sum())} of 49 places" in lesson.text("plain")
    lesson.go("weighted_sum")
    lit = lesson.part("code").locator(".lit").inner_text()
    assert lit.startswith("raw = (weights[:, None, None] * activations).sum(0)")


def test_a_cell_adds_up_as_printed(lesson, mug):
    """Whichever is chosen: the printed products and the rest are the printed value, which is the core's."""
    lesson.go("weighted_sum")
    raw = mug.raw.numpy()
    assert lesson.cell() == list(np.unravel_index(raw.argmax(), raw.shape)), "it begins at the peak"
    told = steps(mug, picture=False)
    lesson.root.locator(".cells").focus()
    for key in ("ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowUp"):
        lesson.page.keyboard.press(key)
        row, column = lesson.cell()
        real = cell(told, row, column, 7)
        table = lesson.table()
        assert [int(one[0]) for one in table[1:8]] == real.channels
        printed = [number(one[3]) for one in table[1:8]]
        assert np.allclose(printed, real.products, atol=5.1e-5)
        assert np.allclose([number(one[1]) for one in table[1:8]], np.array(real.weights) * 1000, atol=6e-3)
        rest, value = number(table[8][1]), number(table[9][1])
        assert round(sum(printed) + rest, 4) == value
        assert abs(value - raw[row, column]) <= 5.1e-5
        assert abs(rest - real.rest) <= 5e-4
        words = lesson.root.locator(".cells").get_attribute("aria-label")
        assert f"Row {row + 1}, column {column + 1}" in words
    assert lesson.cell() == [3, 0]


def test_the_map_is_computed_again_in_the_browser(lesson):
    difference = float(lesson.data("difference"))
    assert 0 <= difference < 1e-6
    assert "Computed again in your browser" in lesson.text("check")
    lesson.page.locator("#cam-tab-explore-button").click()
    with lesson.tab.answer():
        lesson.tab.choose("layer", "blocks.0")
    lesson.page.locator("#cam-tab-lesson-button").click()
    lesson.page.wait_for_function(
        "document.querySelector('.lesson [data-part=facts]').textContent.includes('blocks.0')"
    )
    lesson.ready()
    assert "channels that were sent" in lesson.text("check"), "a part of a large layer is called a part"
    assert lesson.text("check").startswith("≈")


def test_the_patch_under_a_cell_is_lit(lesson):
    lesson.go("weighted_sum")
    lesson.root.locator(".cells").scroll_into_view_if_needed()
    box = lesson.root.locator(".cells canvas").bounding_box()
    lesson.page.mouse.move(box["x"] + box["width"] * 5.5 / 7, box["y"] + box["height"] * 2.5 / 7)
    assert lesson.cell() == [2, 5]
    photo = lesson.root.locator(".over canvas").bounding_box()
    patch = lesson.root.locator(".patch").bounding_box()
    assert abs(patch["x"] - photo["x"] - photo["width"] * 5 / 7) < 1.5
    assert abs(patch["y"] - photo["y"] - photo["height"] * 2 / 7) < 1.5
    assert abs(patch["width"] - photo["width"] / 7) < 1.5
    assert abs(patch["height"] - photo["height"] / 7) < 1.5
    assert lesson.table()[0][0] == "Channel"


def test_a_channel_shows_what_it_does(lesson, mug):
    lesson.go("activations")
    button = lesson.root.locator(".thumb").nth(2)
    channel = int(button.get_attribute("data-channel"))
    button.click()
    assert lesson.data("channel") == str(channel)
    assert lesson.text("channelTitle") == f"Channel {channel}"
    found = raises(mug.trace, channel)
    for one in found:
        assert f"{one.label.split(',')[0]}" in lesson.text("raises")
    weight = float(mug.weights[channel])
    assert f"{abs(weight) * 1000:.3f} × 10⁻³" in lesson.text("trio")
    assert lesson.root.locator(".thumb[aria-pressed=true]").get_attribute("data-channel") == str(channel)


def test_jumps_and_cells_ask_the_server_for_nothing(lesson):
    with lesson.tab.no_request():
        for step in [*reversed(STEPS), *STEPS]:
            lesson.go(step)
        lesson.go("weighted_sum")
        lesson.root.locator(".cells").focus()
        lesson.page.keyboard.press("ArrowUp")
        lesson.root.locator(".pick").first.click()
    assert lesson.page.evaluate("location.search").count("step=") == 1


def test_the_keyboard_alone(lesson):
    lesson.root.locator(".step[aria-current=step]").focus()
    for step in STEPS[1:]:
        lesson.page.keyboard.press("ArrowRight")
        assert lesson.data("step") == step
    lesson.page.keyboard.press("ArrowRight")
    assert lesson.data("step") == "overlay"
    lesson.page.keyboard.press("Home")
    assert lesson.data("step") == "scores"
    focused = "document.activeElement.closest('.step')?.dataset.name"
    assert lesson.page.evaluate(focused) == "scores", "the focus goes along"
    lesson.page.keyboard.press("End")
    assert lesson.page.evaluate(focused) == "overlay"


def test_what_is_drawn_anew_keeps_the_focus(visit):
    """A channel, a symbol, the last step's button, a story that was waited for, and the way back to Explore."""
    lesson = told(visit)
    page = lesson.page
    focus = "document.activeElement.closest('[data-part]')?.dataset.part ?? document.activeElement.id"
    controls = [("activations", ".thumb", "figure"), ("weights", ".name", "figure"), ("weights", ".pick", "cellRows")]
    for step, button, part in [*controls, ("relu", ".symbol", "whole")]:
        lesson.go(step)
        lesson.root.locator(f"button{button}").nth(2).focus()
        page.keyboard.press("Enter")
        assert page.evaluate(focus) == part, (step, button)
    lesson.go("enlarge")
    lesson.part("next").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(focus) == "back", "there is no next step"
    lesson.part("change").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "cam-tab-explore-button"
    lesson.tab.choose("method", "smoothgradcam_plusplus")
    lesson.tab.idle()
    page.locator("#cam-tab-lesson-button").click()
    lesson.ready("slow").part("tell").focus()
    page.keyboard.press("Enter")
    lesson.ready()
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "step"


def test_a_link_restores_tab_and_step(visit, site):
    tab = visit()
    tab.page.goto(f"{site.url}{QUERY}&step=relu")
    lesson = Lesson(tab)
    assert lesson.data("step") == "relu"
    assert "coffee mug" in lesson.text("title")
    assert lesson.page.locator("#cam-tab-lesson-button").get_attribute("aria-selected") == "true"
    lesson.go("weights")
    lesson.page.wait_for_function("location.search.includes('step=weights')")
    lesson.page.reload()
    assert lesson.ready().data("step") == "weights"


def test_nothing_is_asked_before_the_tab_is_open(visit):
    tab = visit()
    tab.idle()
    assert not [url for url in tab.requests if "lesson_story" in url]
    tab.page.locator("#cam-tab-lesson-button").click()
    lesson = Lesson(tab)
    assert len([url for url in tab.requests if "lesson_story" in url]) == 1
    assert lesson.tab.data("class") == str(lesson.page.evaluate("document.querySelector('.cx-root').dataset.class"))


def test_what_was_chosen_in_explore_is_told(lesson):
    """And an answer to what is not on show any more is dropped."""
    explore, back = (lesson.page.locator(f"#cam-tab-{name}-button") for name in ("explore", "lesson"))
    before = lesson.text("title")
    explore.click()
    lesson.tab.row(0).click()
    lesson.tab.ready()
    back.click()
    lesson.page.wait_for_function(
        "(before) => document.querySelector('[data-part=title]:is(.lesson *)').textContent !== before", arg=before
    )
    lesson.ready()
    assert "coffee mug" not in lesson.text("title")
    explore.click()
    with lesson.tab.answer():
        lesson.tab.choose("method", "eigencam")
    back.click()
    lesson.page.wait_for_function("document.querySelector('.lesson [data-name=projection]')")
    assert lesson.names == ["activations", "direction", "variance_share", "projection", "relu", "enlarge", "overlay"]
    lesson.go("variance_share")
    share = lesson.values("variance_share")[0]
    assert f"{100 * share:.1f} %" in lesson.text("plain")
    assert float(lesson.data("difference")) < 1e-4


def test_an_old_answer_is_dropped(visit):
    tab = visit(MUG)
    held = []
    tab.page.route("**/lesson_story", lambda route: held.append(route))
    tab.page.locator("#cam-tab-lesson-button").click()
    tab.page.wait_for_function("document.querySelector('.lesson')?.dataset.state === 'asking'")
    while not held:
        tab.page.wait_for_timeout(20)
    tab.page.locator("#cam-tab-explore-button").click()
    tab.row(1).click()
    tab.ready()
    tab.page.locator("#cam-tab-lesson-button").click()
    while len(held) < 2:
        tab.page.wait_for_timeout(20)
    chosen = tab.data("class")
    held[1].continue_()
    lesson = Lesson(tab)
    title = lesson.text("title")
    held[0].continue_()
    tab.page.wait_for_timeout(300)
    assert lesson.text("title") == title
    key = tab.page.evaluate("document.querySelector('.lesson').cam.told().key")
    assert key.endswith(f"|{chosen}")


@pytest.mark.parametrize("method", ["smoothgrad", "guided_gradcam", "kpca_cam", "fem"])
def test_other_methods_tell_their_own(visit, method):
    tab = visit(f"{MUG}&method={method}")
    tab.page.locator("#cam-tab-lesson-button").click()
    tab.page.wait_for_function("['slow', 'ready'].includes(document.querySelector('.lesson')?.dataset.state)")
    if method == "smoothgrad":  # works step by step
        assert tab.page.locator(".lesson [data-part=tell]").is_visible()
        assert not [url for url in tab.requests if "lesson_story" in url]
        tab.page.locator(".lesson [data-part=tell]").click()
    lesson = Lesson(tab)
    for name in lesson.names:
        lesson.go(name)
        assert lesson.text("plain").strip()
        assert lesson.text("try").strip()
        assert lesson.text("ask").strip()
        assert lesson.part("figure").locator("canvas, li, b").count() > 0, name
        assert "NaN" not in lesson.root.inner_text(), name
        assert "hannel -" not in lesson.root.inner_text(), "no channel has a number below 0"
        if lesson.part("cell").is_visible():
            row, column = lesson.cell()
            height, width = lesson.page.evaluate(SUMMED)
            assert row < height, name
            assert column < width, name


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_cut_in_either_language(visit, width, language):
    lesson = told(visit, f"&lang={language}", width=width)
    tab = lesson.tab
    for step in lesson.names:
        lesson.go(step)
        assert tab.page.evaluate(CUT) == [], step
        assert tab.page.evaluate(WIDE) <= 0, step


@pytest.mark.parametrize("method", ["gradcam", "eigengradcam_centred"])
def test_no_title_in_the_strip_is_broken_within_a_word(visit, method):
    lesson = told(visit, f"&method={method}")
    assert len(lesson.names) > 7
    assert lesson.page.evaluate(BROKEN) == []
    lesson.page.keyboard.press("p")
    lesson.page.wait_for_function("document.body.classList.contains('cam-present')")
    assert lesson.page.evaluate(BROKEN) == [], "on a projector"


def test_no_latin_word_is_left_in_chinese(visit):
    lesson = told(visit, "&lang=zh")
    tab = lesson.tab
    tab.page.wait_for_function("/[\\u4e00-\\u9fff]/.test(document.querySelector('.lesson .big small')?.textContent)")
    known = names(tab) | {"efficientnet", "relu", "max", "min", "grad", "cam"}
    for step in lesson.names:
        lesson.go(step)
        assert lesson.latin(known) == set(), step


def test_motion_is_reduced_for_those_who_ask(visit):
    step = "document.querySelector('.lesson .step[data-name=weights]').click()"
    moves = f"{step}, document.querySelector('.lesson .figure').getAnimations().length"
    assert told(visit).page.evaluate(moves) == 1
    assert told(visit, reduced_motion="reduce").page.evaluate(moves) == 0


def test_who_walks_fast_waits_for_no_movement(visit):
    step = "document.querySelector('.lesson .step[data-name={}]').click()"
    lesson = told(visit)
    assert lesson.page.evaluate(f"{step.format('weights')}, {step.format('relu')}, 1")
    moving = "document.querySelector('.lesson .figure').getAnimations().filter(({ startTime }) => startTime === null)"
    assert lesson.page.evaluate(f"{moving}.length") <= 1
    assert lesson.data("step") == "relu"
