"""The page's layout and access: widths, light and dark, keyboard, names that look like HTML."""

import io
import re

import numpy as np
import pytest
from browsing import wait_for
from pictures import encode, quadrants
from PIL import Image
from serve import HOSTILE

PLACES = """() => [...document.querySelectorAll('button, select, input:not([type=file]), canvas[tabindex]')]
  .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !node.closest('footer'))
  .map((node) => [node.id || node.dataset.part || node.innerText || node.ariaLabel || node.type,
                  node.getBoundingClientRect().left, node.getBoundingClientRect().right,
                  node.getBoundingClientRect().width])"""
EDGES = """() => {
  const { right, bottom } = document.querySelector('.cx-root canvas').getBoundingClientRect();
  return [right, bottom, innerWidth, innerHeight];
}"""
ACTIVE = """() => {
  const node = document.activeElement;
  const known = ['cam-model', 'cam-layer', 'cam-method'].find((id) => id === node.id) ?? node.dataset.part ?? node.name;
  if (known) return known;
  if (node.matches('.cx-list button')) return 'prediction';
  if (node.matches('.examples button')) return 'example';
  return node.className.split(' ')[0] || node.tagName;
}"""


@pytest.mark.parametrize(("width", "height"), [(390, 844), (820, 1180), (1280, 800), (1920, 1080)])
def test_widths(visit, width, height):
    """Nothing sticks out to the side, and everything has a place on the page."""
    tab = visit(width=width, height=height)
    assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= width
    places = tab.page.evaluate(PLACES)
    assert len(places) > 30
    for name, left, right, across in places:
        assert left >= 0, f"{name} begins outside"
        assert right <= width + 0.5, f"{name} ends outside"
        assert across >= 1, f"{name} has no width"
    box = tab.page.locator(".cx-canvas").bounding_box()
    assert box["width"] > 0.8 * width if width < 500 else box["width"] > 500
    if width >= 1280:
        assert box["y"] + box["height"] <= height, "the whole picture is in sight"


def test_a_phone_does_what_a_desk_does(visit, photo):
    tab = visit(width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
    tab.row(4).tap()
    tab.shows(967)
    with tab.answer():
        tab.choose("method", "hirescam")
    with tab.answer():
        tab.pick("photo.jpg", "image/jpeg", (photo.parent / "coffee.jpg").read_bytes())
    assert tab.top[0][0] == "espresso"
    assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_what_a_finger_touched_last_is_not_marked(visit):
    """A finger leaves a row as the one that the mouse is over; it looks like any other when another is chosen."""
    tab = visit(width=390, height=844, has_touch=True, is_mobile=True)
    tab.row(4).tap()
    tab.shows(967)
    tab.slide("rank", 1)
    tab.shows(282)
    grounds = [tab.row(i).evaluate("(node) => getComputedStyle(node).backgroundColor") for i in range(8)]
    assert grounds[4] == grounds[3] == "rgba(0, 0, 0, 0)"
    assert grounds[0] != grounds[4]


def test_names_that_are_cut_have_a_title(tab):
    for row in range(8):
        name = tab.row(row).locator("span").first
        assert name.get_attribute("title") == name.inner_text()
    assert tab.page.locator(".cx-chosen").get_attribute("title") == "1. tiger cat"


def test_the_progress_lies_below_a_flat_picture(tab):
    def bottom_of_canvas_and_top_of(part):
        boxes = [tab.page.locator(which).bounding_box() for which in (".cx-canvas", f"[data-part={part}]")]
        return boxes[0]["y"] + boxes[0]["height"], boxes[1]["y"]

    with tab.answer():
        tab.drop(("flat.png", "image/png", encode(quadrants(1200, 12), "PNG")))
    tab.choose("method", "scorecam")
    tab.wait("(root) => root.dataset.state === 'improving'")
    bottom, top = bottom_of_canvas_and_top_of("work")
    assert top >= bottom
    after = tab.page.locator(".cx-strip").bounding_box()["y"]
    assert after >= top + tab.page.locator("[data-part=work]").bounding_box()["height"]
    tab.page.get_by_role("button", name="Stop").click()
    tab.idle()
    tab.page.locator(".examples button").first.click()
    tab.wait("(root) => root.dataset.state === 'improving'")
    bottom, top = bottom_of_canvas_and_top_of("work")
    assert top < bottom, "on a picture with room it lies in it"
    tab.page.get_by_role("button", name="Stop").click()
    tab.idle()


def test_stop_lies_above_what_is_below_a_flat_picture(visit):
    """On a phone the words on a flat picture and its progress take two rows."""
    tab = visit(width=360)
    with tab.answer():
        tab.drop(("flat.png", "image/png", encode(quadrants(1200, 12), "PNG")))
    tab.choose("method", "scorecam")
    tab.wait("(root) => root.dataset.state === 'improving'")
    tab.slide("rank", 2)
    tab.wait("(root) => !root.querySelector('.cx-note').hidden")
    assert tab.page.evaluate("""() => {
      const stop = document.querySelector('.cx-stop');
      stop.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = stop.getBoundingClientRect();
      return stop.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }""")
    tab.page.get_by_role("button", name="Stop").click()
    tab.idle()


def ground(tab):
    """Brightness of the page's ground and of its text, in [0, 255]."""
    colours = tab.page.evaluate("""() => [
      getComputedStyle(document.querySelector('gradio-app')).backgroundColor,
      getComputedStyle(document.querySelector('.gradio-container')).color]""")
    return [sum(int(number) for number in re.findall(r"\d+", colour)[:3]) / 3 for colour in colours]


def test_light_and_dark(visit):
    tab = visit(color_scheme="light")
    back, text = ground(tab)
    assert back > 230
    assert text < 60
    drawing = tab.canvas()
    tab.page.get_by_role("button", name="Dark", exact=True).click()
    tab.page.wait_for_function("document.body.classList.contains('dark')")
    wait_for(lambda: ground(tab)[0] < 40, "the dark ground")
    back, text = ground(tab)
    assert back < 40
    assert text > 200
    assert np.array_equal(tab.canvas(), drawing), "the picture is the same in light and dark"
    tab.page.reload()
    tab.ready()
    wait_for(lambda: ground(tab)[0] < 40, "the choice to be kept")
    tab.page.get_by_role("button", name="Light", exact=True).click()
    tab.page.wait_for_function("!document.body.classList.contains('dark')")


def test_dark_by_the_system(visit):
    assert ground(visit(color_scheme="dark"))[0] < 40


def test_the_first_stop_leads_to_the_predictions(tab):
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.textContent") == "Skip to the predictions"
    tab.page.keyboard.press("Enter")
    assert tab.page.evaluate(ACTIVE) == "prediction"


def test_a_class_and_a_method_are_spoken(tab):
    spoken = tab.page.locator("[data-part=spoken]")
    name = tab.top[3][0]
    tab.row(3).click()
    spoken.filter(has_text=f"Evidence for “{name}”. ").wait_for(state="attached")
    with tab.answer():
        tab.choose("method", "random")
    spoken.filter(has_text="Channels weighed by chance. ").wait_for(state="attached")


def test_a_bar_is_as_long_as_its_probability(tab):
    widths = tab.page.eval_on_selector_all(".cx-list button i", "all => all.map((one) => parseFloat(one.style.width))")
    shares = tab.page.eval_on_selector_all(
        ".cx-list button span:nth-child(2)", "all => all.map((one) => parseFloat(one.textContent))"
    )
    assert widths[0] == pytest.approx(shares[0], abs=0.06)
    assert widths[0] < 99


def test_the_keyboard_reaches_everything_in_order(tab):
    tab.page.evaluate("document.activeElement.blur()")
    order = []
    for _ in range(80):
        tab.page.keyboard.press("Tab")
        name = tab.page.evaluate(ACTIVE)
        if name == "BODY":
            break
        if not order or order[-1] != name:
            order.append(name)
    wanted = ["link", "mode", "drop", "camera", "example", "cam-model", "cam-layer", "cam-method", "cam-fit", "canvas"]
    wanted += ["opacity", "colours", "wipeToggle", "zoomOut", "zoomReset", "zoomIn", "full", "save", "moreLook"]
    wanted += ["hide", "contours", "levels", "prediction", "rank", "find"]
    assert [name for name in order if name in wanted] == wanted


SEEN = [".cam-header .link", ".photo .drop", ".examples button", "#cam-model", "input[name=cam-fit]:checked"]
SEEN += [
    ".cx-canvas",
    ".cx-tiles [tabindex='0']",
    *(f"[data-part={name}]" for name in ("opacity", "contours", "rank", "find")),
    ".cx-list button",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_focus_is_seen(visit, scheme):
    tab = visit(color_scheme=scheme)

    def shot(box):
        x, y = max(0, box["x"] - 8), max(0, box["y"] - 8)
        clip = {"x": x, "y": y, "width": box["width"] + 16, "height": box["height"] + 16}
        file = io.BytesIO(tab.page.screenshot(clip=clip, animations="disabled"))
        return np.asarray(Image.open(file).convert("RGB"), int)

    tab.page.keyboard.press("Tab")  # the keyboard is in use
    for target in SEEN:
        node = tab.page.locator(target).first
        node.scroll_into_view_if_needed()
        box = node.bounding_box()
        node.evaluate("(node) => node.blur()")
        without = shot(box)
        node.focus()
        changed = np.abs(shot(box) - without).max(2) > 60
        assert changed.sum() > 40, f"hardly a pixel tells that the keyboard is on {target}"


# --- names -----------------------------------------------------------------------------------------------------------


def test_names_are_shown_as_text(tab):
    """`Tab.check` asserts at the end that none of them ran."""
    with tab.answer():
        tab.page.locator(".examples button[data-name=hostile]").click()
    assert tab.page.locator(".photo .thumb").get_attribute("alt") == HOSTILE + "example"
    with tab.answer():
        tab.choose("model", "efficientnet_lite2")
    assert tab.top[0][0] == HOSTILE + "espresso"
    assert tab.text("title") == f"Evidence for “{HOSTILE}espresso”"
    tab.row(3).click()
    tab.wait("(root) => root.dataset.state === 'ready' && root.dataset.class === root.dataset.shown")
    box = tab.page.get_by_role("combobox", name="Find a class")
    box.fill("<img")
    assert HOSTILE in tab.page.locator(".cx-options [role=option]").first.inner_text()
    box.fill("<b>no</b><img src=x onerror='window.broken=1'>")
    assert "<b>no</b>" in tab.text("found")
    assert tab.page.locator(".cx-root b b, .cx-root img, [onerror]").count() == 0


def test_names_of_files(tab):
    for name in (HOSTILE.replace("/", "") + ".png", "a" * 180 + ".png", "ünïcode 写真 🐈.png"):
        tab.drop((name, "image/png", b"no picture"))
        tab.says("is not an image")
        assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= 1280
        with tab.answer():
            tab.drop((name, "image/png", encode(quadrants(), "PNG")))
        assert tab.status == ""


def test_full_screen_holds_another_photo_too_and_escape_leaves_it(tab):
    tab.page.locator("[data-part=full]").focus()
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_function("() => document.fullscreenElement")
    for size in ((300, 900), (900, 300)):
        with tab.answer():
            tab.drop(("shape.png", "image/png", encode(Image.new("RGB", size, "teal"), "PNG")))
        tab.idle()
        right, bottom, width, height = tab.page.evaluate(EDGES)
        assert right <= width
        assert bottom <= height
    tab.page.keyboard.press("Escape")
    tab.page.wait_for_function("() => !document.fullscreenElement && !document.querySelector('.cx-full')")


def test_pale_maps_of_the_strip_that_stay_say_so(tab):
    """Where the strip of a choice cannot be made, no new maps follow, and none are promised."""

    answer = '{"error": {"code": "", "text": "The maps of the layers could not be made.", "params": {}}}'
    tab.page.route("**/actions/layer_strip", lambda route: route.fulfill(body=answer, content_type="application/json"))
    with tab.answer():
        tab.choose("method", "hirescam")
    note = tab.page.locator("[data-part=stripNote]")
    note.filter(has_text="There are none of this one.").wait_for()
    assert tab.page.locator(".cx-strip.cx-stale").count() == 1
