"""Boxes on the page in a real browser: listed, drawn, chosen by mouse and by keys without a request, in the address."""

import re

import numpy as np

MARKS = "[...document.querySelectorAll('.cx-mark')]"


def rows(tab):
    """What is listed: number and name, and the score."""
    listed = tab.page.locator(".cx-found-list li:not([hidden]) button").all()
    return [tuple(row.locator("span").all_inner_texts()) for row in listed]


def marks(tab):
    """The names of what is drawn on the photo."""
    return tab.page.evaluate(f"{MARKS}.map((mark) => mark.innerText)")


def chosen(tab, number):
    tab.wait("(root, k) => root.dataset.shown === k && root.dataset.state === 'ready'", str(number))
    return tab.heat()


def test_a_detector_on_the_page(visit):
    tab = visit("?example=two_people")
    page = tab.page
    groups = page.evaluate("[...document.querySelectorAll('#cam-model optgroup')].map((group) => group.label)")
    assert groups[0] == "On this machine"
    assert groups[-3:] == ["Objects (boxes)", "Regions", "For the lesson"]
    with tab.answer():
        tab.choose("model", "nanodet_g")
    assert [name for name, _ in rows(tab)][:3] == ["1. person", "2. person", "3. tie"]
    assert marks(tab)[:3] == ["person 0.79", "person 0.68", "tie 0.51"]
    assert tab.text("title") == "Evidence for “person 0.79, box 1”"
    assert not page.locator("[data-part=slide], [data-part=list]").first.is_visible()
    page.wait_for_function("document.querySelector('.cx-strip').dataset.painted > 0")  # the other maps came before

    with tab.no_request():  # every map is here
        first = chosen(tab, 0)
        page.locator(".cx-found-list button").nth(1).click()
        second = chosen(tab, 1)
        assert np.abs(first - second).max() > 0.5
        right = page.locator(".cx-mark[data-number='0']").bounding_box()
        page.mouse.click(right["x"] + 0.85 * right["width"], right["y"] + 0.4 * right["height"])
        assert np.array_equal(chosen(tab, 0), first), "a click into the box on the photo"
        page.locator(".cx-mark[data-number='2']").focus()
        page.keyboard.press("Enter")
        third = chosen(tab, 2)
        assert min(np.abs(third - first).max(), np.abs(third - second).max()) > 0.5
        page.locator(".cx-mark[data-number='1'] span").click()
        assert np.array_equal(chosen(tab, 1), second)

        page.locator("[data-part=threshold]").fill("0.6")
        assert (len(rows(tab)), marks(tab)) == (2, ["person 0.79", "person 0.68"])
        assert tab.text("foundHidden") == "3 more are below the threshold."
        page.keyboard.press("b")
        assert marks(tab) == []
        assert page.locator("[data-part=marksSwitch]").get_attribute("aria-checked") == "false"
        page.locator("[data-part=marksSwitch]").click()
        assert len(marks(tab)) == 2
        page.locator(".cx-mark").first.focus()
        page.keyboard.press("b")
        assert page.evaluate("document.activeElement.className") == "cx-canvas", "the box with the focus is gone"
        page.keyboard.press("b")
        assert len(marks(tab)) == 2
        page.locator("[data-part=threshold]").fill("0.7")
        assert np.abs(chosen(tab, 0) - first).max() < 0.01, "what is hidden is not chosen any more"
        page.locator("[data-part=threshold]").fill("0.95")
        assert tab.text("foundNone") == "Nothing was found with a score of 0.95 or more."
        page.locator("[data-part=threshold]").fill("0.4")

    box = page.evaluate(
        f"""(() => {{ const stage = document.querySelector('.cx-stage').getBoundingClientRect();
        const mark = {MARKS}.find((one) => one.dataset.number === '1').getBoundingClientRect();
        return [mark.left - stage.left, mark.top - stage.top, mark.right - stage.left, mark.bottom - stage.top]
          .map((side) => side / stage.width * 759); }})()"""
    )
    assert np.allclose(box, [5, 17, 295, 498], atol=3), "where the first person is in the photo's pixels"

    with page.expect_download() as saved:
        page.locator("[data-part=save]").click()
    assert re.match(r"person-0.79-box-1-HiResCAM", saved.value.suggested_filename)

    page.locator(".cx-found-list button").nth(2).click()
    page.wait_for_function("location.search.includes('target=3') && location.search.includes('threshold=0.4')")
    address = page.evaluate("location.search")
    page.goto(tab.site.url + address)
    page.wait_for_function("document.querySelectorAll('.cx-mark').length === 4")
    assert np.abs(chosen(tab, 2) - third).max() < 0.01
    assert tab.page.locator("[data-part=threshold]").input_value() == "0.4"

    page.locator(".cam-header .language").click()
    page.wait_for_function("document.querySelector('.cx-mark')?.innerText === '人 0.79'")
    assert [name for name, _ in rows(tab)][:3] == ["1. 人", "2. 人", "3. 领带"]
    assert tab.text("title") == "支持“领带 0.51，第 3 个框”的证据"
    page.goto(tab.site.url + "?example=two_people&model=nanodet_g&target=99")
    tab.says("99")
    chosen(tab, 0)


def test_a_place_and_an_area_of_a_region_are_asked_about(visit):
    tab = visit("?example=two_people&model=u2netp")
    page = tab.page
    page.wait_for_function(f"{MARKS}.length === 1")
    whole = chosen(tab, 0)
    stage = page.locator("[data-part=stage]").bounding_box()
    at = lambda x, y: (stage["x"] + x * stage["width"], stage["y"] + y * stage["height"])  # noqa: E731

    def asked(area):
        """The map of an area of one's own, once the address names it."""
        page.wait_for_function("(area) => new RegExp(area).test(location.search)", arg=f"[?&]area={area}(&|$)")
        return chosen(tab, 1)

    page.mouse.click(*at(0.75, 0.4))
    point = asked("0%2C5\\d\\d%2C\\d+")
    assert rows(tab)[1][0] == "Your area"
    assert np.abs(point - whole).max() > 0.1

    page.locator("[data-part=paintArea]").click()
    page.mouse.move(*at(0.65, 0.3))
    page.mouse.down()
    page.mouse.move(*at(0.75, 0.5), steps=4)
    page.mouse.move(*at(0.85, 0.3), steps=4)
    page.mouse.up()
    painted = asked("0(~|%7E)[0-9a-z.]+")
    assert np.abs(painted - point).max() > 0.1
    edge = "document.querySelectorAll('.cx-marks path')[1].getAttribute('d').split('M').length"
    assert page.evaluate(edge) > 20, "its edge is drawn, not a rectangle around it"
    address = page.evaluate("location.search")

    button = page.locator("[data-part=drawArea]")
    button.focus()
    page.keyboard.press("Enter")
    assert tab.text("spoken").startswith("Arrow keys move the place")
    for _ in range(16):
        page.keyboard.press("ArrowRight")
    assert tab.text("spoken") == "75 % from the left, 50 % from the top"
    page.keyboard.press("Enter")
    asked("0%2C569%2C250")
    button.focus()
    page.keyboard.press("Enter")
    for key in ("ArrowRight", "ArrowDown"):
        for _ in range(8):
            page.keyboard.press(f"Shift+{key}")
    assert tab.text("spoken") == "50 % from the left, 50 % from the top, 13 % wide, 13 % high"
    page.keyboard.press("Enter")
    asked("0%2C32%2C32%2C40%2C40")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.part") == "drawArea"

    page.goto(tab.site.url + address + "&tab=lesson")
    page.wait_for_function(f"{MARKS}.length === 2")
    assert np.abs(chosen(tab, 1) - painted).max() < 0.01, "a link has the painted area"
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
