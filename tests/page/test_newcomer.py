"""The first minute of a newcomer: what stands open, what is one fold away, what a phone shows first."""

import io

import numpy as np
import pytest
from pictures import encode
from PIL import Image

import cam
from cam.page.choices import group_of

MORE, PHONE, LOOK = ".fold.more", ".fold.phone", "[data-part=moreLook]"
EXPERT = ["#cam-combine", ".question", ".fit", ".detail", "[data-part=hide]", "[data-part=levels]"]
SMALL = """() => [...document.querySelectorAll('button, select, summary, a, input, [role=option], [role=slider]')]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.matches('[type=file]'))
  .map((node) => [node, (node.closest('label') ?? node).getBoundingClientRect()])
  .filter(([, { width, height }]) => width > 0 && (width < 24 || height < 24))
  .map(([node, { width, height }]) => `${node.innerText || node.dataset.part || node.id}: ${width} x ${height}`)"""


def test_every_method_has_its_group():
    groups = {name: group_of(method) for name, method in cam.METHODS.items()}
    assert {name for name, group in groups.items() if group == "start"} == {"gradcam", "hirescam"}
    known = {"random": "baselines", "eigencam": "baselines", "rise": "slow", "scorecam": "slow", "occlusion": "slow"}
    known |= {"layercam": "gradients", "fullgrad": "gradients", "guided_backprop": "gradients"}
    assert {name: groups[name] for name in known} == known


def test_methods_stand_in_groups(tab):
    found = tab.page.evaluate(
        "[...document.querySelectorAll('#cam-method optgroup')].map((one) => [one.label, one.children.length])"
    )
    assert [label for label, _ in found] == ["Start here", "By gradients", "Slow, by trying", "Baselines"]
    assert found[0][1] == 2
    assert sum(count for _, count in found) == len(cam.METHODS)


def test_what_an_expert_wants_is_one_fold_away(visit):
    tab = visit(folded=True)
    for open_one in (
        "#cam-model",
        "#cam-layer",
        "#cam-method",
        "[data-part=opacity]",
        ".photo .drop",
        "[data-part=rank]",
    ):
        assert tab.page.locator(open_one).is_visible(), open_one
    assert [name for name in EXPERT if tab.page.locator(name).is_visible()] == []
    for fold in (MORE, LOOK):
        button = tab.page.locator(fold)
        assert button.get_attribute("aria-expanded") == "false"
        button.focus()
        tab.page.keyboard.press("Enter")
        assert button.get_attribute("aria-expanded") == "true"
        assert tab.page.locator("#" + button.get_attribute("aria-controls")).is_visible()
    assert [name for name in EXPERT if not tab.page.locator(name).is_visible()] == []
    tab.open()
    assert [name for name in EXPERT if not tab.page.locator(name).is_visible()] == [], "it is remembered"
    tab.page.locator(MORE).click()
    tab.open()
    assert not tab.page.locator("#cam-combine").is_visible(), "so is that it was closed"


@pytest.mark.parametrize(("query", "opened"), [("?contrast=1", True), ("?fit=pad", True), ("?class=285", False)])
def test_a_link_opens_the_fold_of_what_it_sets(visit, query, opened):
    tab = visit(query, folded=True)
    tab.answered(0)
    assert tab.page.locator("#cam-combine").is_visible() == opened
    if not opened:
        return
    tab.page.locator(MORE).click()
    tab.row(1).click()
    tab.wait("(root) => root.dataset.state === 'ready' && root.dataset.class === root.dataset.shown")
    assert not tab.page.locator("#cam-combine").is_visible(), "whoever closes it finds it closed"


def test_a_page_without_storage_opens(visit):
    tab = visit(folded=True)
    tab.page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('closed'); } });")
    tab.page.locator(MORE).click()
    tab.errors.clear()
    tab.page.reload()
    tab.ready()
    tab.page.locator(MORE).click()
    assert tab.page.locator("#cam-combine").is_visible()
    tab.errors.clear()  # Gradio's own words about a closed storage


def test_a_phone_shows_the_picture_and_the_predictions_first(visit):
    tab = visit(width=390, height=844, folded=True)

    def box(selector):
        return tab.page.locator(selector).first.bounding_box()

    picture, last = box(".cx-canvas"), tab.row(4).bounding_box()
    assert picture["y"] < 300
    assert picture["x"] + picture["width"] <= 378, "it stays in its card"
    assert picture["y"] + picture["height"] <= box(".cx-list")["y"]
    assert last["y"] + last["height"] <= 844, "five predictions stand on the first screen"
    assert box(".photo")["y"] > box("[data-part=opacity]")["y"]
    assert not tab.page.locator("#cam-model").is_visible()
    tab.page.locator(PHONE).click()
    assert tab.page.locator("#cam-model").is_visible()
    order = tab.page.evaluate("""() => ['.cx-canvas', '.cx-list', '[data-part=opacity]', '.photo .drop', '.fold.phone']
      .map((one) => document.querySelector(one))
      .every((node, i, all) => !i || all[i - 1].compareDocumentPosition(node) & Node.DOCUMENT_POSITION_FOLLOWING)""")
    assert order, "the keyboard meets them as they are seen"


def test_the_picture_stays_in_sight_while_classes_are_chosen(visit):
    tab = visit(width=390, height=844, folded=True)
    for part in ("rank", "opacity"):
        tab.page.locator(f"[data-part={part}]").evaluate("(node) => node.scrollIntoView({ block: 'end' })")
        picture, slider = (tab.page.locator(one).bounding_box() for one in (".cx-canvas", f"[data-part={part}]"))
        assert picture["y"] >= 0
        assert picture["y"] + picture["height"] <= slider["y"]
        assert slider["y"] + slider["height"] <= 845

    tab.page.locator("[data-part=hide], [data-part=moreLook]").last.focus()
    for _ in range(12):  # back by the keyboard: what has the focus is never below the picture
        tab.page.keyboard.press("Shift+Tab")
        top = tab.page.evaluate("document.activeElement.getBoundingClientRect().top")
        picture = tab.page.locator("[data-part=frame]").bounding_box()
        assert top >= picture["y"] + picture["height"] - 1, tab.page.evaluate("document.activeElement.outerHTML")


def test_a_wider_window_puts_things_back(visit):
    tab = visit(width=390, height=844)
    tab.page.set_viewport_size({"width": 1280, "height": 900})
    tab.page.wait_for_function("document.querySelector('.cx-side .cx-list')")
    left, main = (tab.page.locator(f".cam-{name}").bounding_box() for name in ("left", "main"))
    assert left["x"] + left["width"] <= main["x"]
    assert tab.page.evaluate("""() => Boolean(document.querySelector('.cam-left')
      .compareDocumentPosition(document.querySelector('.cam-main')) & Node.DOCUMENT_POSITION_FOLLOWING)""")


def test_the_controls_stay_where_they_are(tab):
    places = []
    for size in ((300, 900), (900, 300)):
        with tab.answer():
            tab.drop(("shape.png", "image/png", encode(Image.new("RGB", size, "teal"), "PNG")))
        tab.idle()
        places.append(tab.page.locator("[data-part=moreLook]").bounding_box()["y"])
    assert abs(places[0] - places[1]) <= 1


def test_the_words_of_choices(tab):
    page = tab.page
    assert page.locator("#cam-layer option:checked").inner_text() == "Last layer · bn2"
    assert page.locator("#cam-layer-facts").inner_text().replace("\u202f", " ") == "bn2 · 1280 × 7 × 7"
    assert page.locator(".fit label").all_inner_texts() == ["Cut edges off", "Squeeze to fit", "Add borders"]
    assert page.locator(".fit legend").inner_text() == "How the photo is fitted"
    assert page.locator("#cam-method-note").inner_text().startswith("Shows at once which places of the photo count")
    expert = cam.METHODS["gradcam"]
    assert not page.locator("#cam-method-more p").is_visible()
    page.locator("#cam-method-more summary").click()
    assert page.locator("#cam-method-more p").inner_text() == f"{expert.summary} {expert.advice} Cost: {expert.cost}."
    tab.slide("hide", 0.2)
    assert tab.text("hideName") == "Hide weak evidence: below 0.20"


def test_no_tag_leaves_its_box(tab):
    for name in ("fullgrad", "guided_backprop", "gradcam"):
        with tab.answer():
            tab.choose("method", name)
        tag, select = (tab.page.locator(one).bounding_box() for one in ("#cam-method-tag", "#cam-method"))
        assert select["y"] <= tag["y"]
        assert tag["y"] + tag["height"] <= select["y"] + select["height"]
        fits = "(node) => node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight"
        assert tab.page.locator("#cam-method-tag").evaluate(fits), name


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_to_aim_at_is_under_24_pixels(visit, width):
    assert visit(width=width).page.evaluate(SMALL) == []


def test_forced_colours_keep_what_is_chosen_and_how_much(visit):
    tab = visit(forced_colors="active")

    def ground(selector):
        return tab.page.locator(selector).first.evaluate("(node) => getComputedStyle(node).backgroundColor")

    for on, off in (
        (".cx-list button[aria-pressed=true]", ".cx-list button[aria-pressed=false]"),
        ("[data-part=evidence] [aria-pressed=true]", "[data-part=evidence] [aria-pressed=false]"),
        (".fit input:checked + span", ".fit input:not(:checked) + span"),
        (".cx-tiles [aria-selected=true]", ".cx-tiles [aria-selected=false]"),
        (".cx-list button[aria-pressed=false] i", ".cx-card"),
    ):
        assert ground(on) != ground(off), on
    bar = tab.page.locator(".cx-bar").evaluate("(node) => getComputedStyle(node).backgroundImage")
    assert bar.startswith("linear-gradient")
    box = tab.page.locator("[data-part=opacity]").bounding_box()
    shot = tab.page.screenshot(clip=box, animations="disabled")
    pixels = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), int)
    row = pixels[pixels.shape[0] // 2]
    done, rest = row[20], row[-8]
    assert np.abs(done - rest).max() > 60, "how far the slider is"
