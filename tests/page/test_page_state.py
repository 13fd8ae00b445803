"""The page over time in a real browser: late answers, Stop, several visitors, links, reloads."""

import re
from urllib.parse import urlsplit

import numpy as np
import pytest
from browsing import wait_for

import cam

ESPRESSO = 967
RUN = "**/actions/act"  # what an action asks


def same(tab, drawing):
    return np.array_equal(tab.canvas(), drawing)


# --- the last action wins --------------------------------------------------------------------------------------------


def test_a_slow_answer_never_overwrites_a_newer_one(tab, site):
    with site.holding("blocks.3"):
        tab.choose("layer", "blocks.3")
        site.wait_held("blocks.3")
        tab.choose("layer", "blocks.6")
        tab.answered(0)
        drawing, heat = tab.canvas(), tab.heat()
        site.release("blocks.3")
        tab.idle()
    assert tab.chosen()["layer"] == "blocks.6"
    assert same(tab, drawing)
    with tab.answer():
        tab.choose("layer", "blocks.3")
    assert np.abs(tab.heat() - heat).max() > 0.1, "the two differ, so the test could fail"


def test_answers_that_overtake_each_other(tab):
    """The network, not the server, delivers the older answer last."""
    kept = []

    def keep_first(route):
        if kept:
            route.continue_()
        else:
            kept.append((route, route.fetch()))

    layers = tab.page.locator("#cam-layer option").all_inner_texts()
    tab.page.route(RUN, keep_first)
    tab.choose("model", "efficientnet_lite1")
    wait_for(lambda: tab.chosen() and kept, "the first answer")
    tab.choose("model", "efficientnet_lite0")
    tab.answered(0)
    drawing, top, heat = tab.canvas(), tab.top, tab.heat()
    route, response = kept[0]
    assert "EfficientNet-Lite1" in response.text()
    route.fulfill(response=response)
    tab.idle()
    assert tab.chosen() == {"model": "efficientnet_lite0", "layer": "bn2", "method": "gradcam", "fit": "squeeze"}
    assert tab.page.locator("#cam-layer option").all_inner_texts() == layers
    assert same(tab, drawing)
    assert tab.top == top
    assert np.array_equal(tab.heat(), heat)


def test_the_last_of_many_wishes_counts(tab, site, lite0, photo):
    """One request is out at a time; of the wishes meanwhile the last one is sent."""
    wanted = cam.trace(lite0, photo).top(60)[-1]
    with tab.answer():
        tab.choose("layer", "blocks.4")
    tab.idle()
    before = len(tab.requests)
    with site.holding("blocks.4"):
        tab.slide("rank", 20)
        site.wait_held("blocks.4")
        for rank in (30, 40, 50, 60):
            tab.slide("rank", rank)
        assert tab.text("title") == f"Evidence for “{wanted.label}”"
        assert "computing" in tab.text("facts")
        assert "Still showing “tiger cat”" in tab.text("note")
        site.release("blocks.4")
        tab.shows(wanted.index)
    tab.idle()
    assert tab.data("shown") == str(wanted.index)
    assert len(tab.requests) - before <= 4, "not one computation for each wish"


def test_another_photo_while_a_map_is_computed(tab, site, photo):
    with site.holding("blocks.3"):
        tab.choose("layer", "blocks.3")
        site.wait_held("blocks.3")
        tab.choose("layer", "bn2")
        tab.drop(("coffee.jpg", "image/jpeg", (photo.parent / "coffee.jpg").read_bytes()))
        tab.has_photo("Your photo")
        drawing = tab.canvas()
        site.release("blocks.3")
        tab.idle()
    assert tab.text("title") == "Evidence for “espresso”"
    assert tab.top[0][0] == "espresso"
    assert tab.chosen()["layer"] == "bn2"
    assert same(tab, drawing)


def test_a_burst_of_actions_ends_where_it_ended(tab):
    for layer in ("blocks.6", "blocks.5", "blocks.3", "bn2", "blocks.4"):
        tab.choose("layer", layer)
    tab.fit("pad")
    tab.row(0).click()
    tab.page.locator(".examples button[data-name=coffee]").click()
    tab.has_photo("A cup of coffee")
    tab.idle()
    assert tab.chosen() == {
        "model": "efficientnet_lite0",
        "layer": "blocks.4",
        "method": "gradcam",
        "fit": "pad",
    }
    assert tab.text("title") == f"Evidence for “{tab.top[0][0]}”"
    assert tab.status == ""


# --- slow methods ----------------------------------------------------------------------------------------------------


def test_stop(tab):
    tab.choose("method", "scorecam")
    tab.wait("(root) => root.dataset.state === 'improving'")
    assert tab.text("share").startswith("Computing: ")
    tab.page.get_by_role("button", name="Stop").click()
    tab.says("Stopped after")
    assert re.fullmatch(r"Stopped after (less than 1|[1-9]\d?) %: this map is not finished\.", tab.status)
    tab.ready()
    assert tab.page.get_by_role("button", name="Continue").is_visible()
    assert tab.heat().max() == pytest.approx(1)
    tab.idle()
    with tab.answer():
        tab.choose("method", "gradcam")
    assert tab.status == ""
    assert tab.page.locator("[data-part=work]").is_hidden()


def test_a_slow_method_gives_way(tab):
    finished = tab.canvas()
    tab.choose("method", "scorecam")
    tab.wait("(root) => root.dataset.state === 'improving'")
    assert not same(tab, finished)
    begun = tab.request
    tab.choose("method", "gradcam")
    tab.answered(begun)
    tab.idle()
    assert tab.page.locator("[data-part=work]").is_hidden()
    assert tab.chosen()["method"] == "gradcam"
    assert np.abs(tab.canvas().astype(int) - finished).max() <= 2


def test_a_slow_method_ends_by_itself(tab):
    with tab.answer():
        tab.choose("layer", "blocks.0")
    with tab.answer():
        tab.choose("method", "scorecam")
    tab.idle()
    assert tab.page.locator("[data-part=work]").is_hidden()
    assert tab.status == ""
    assert tab.data("state") == "ready"


# --- several visitors ------------------------------------------------------------------------------------------------


def test_two_visitors_get_their_own_answers(visit, photo):
    one, two = visit(), visit(width=1000)
    for names in (("coffee", "photographer"), ("photographer", "coffee")):
        before = [one.request, two.request]
        for tab, name in zip((one, two), names, strict=True):
            tab.drop((f"{name}.jpg", "image/jpeg", (photo.parent / f"{name}.jpg").read_bytes()))
        for tab, name, last in zip((one, two), names, before, strict=True):
            tab.answered(last)
            tab.idle()
            assert tab.top[0][0] == {"coffee": "espresso", "photographer": "tripod"}[name]
            assert tab.text("title") == f"Evidence for “{tab.top[0][0]}”"


def test_one_visitors_slow_map_holds_up_nobody(visit, site):
    slow, quick = visit(), visit()
    with site.holding("blocks.3"):
        slow.choose("layer", "blocks.3")
        site.wait_held("blocks.3")
        with quick.answer():
            quick.choose("layer", "blocks.5")
        quick.row(4).click()
        quick.shows(ESPRESSO)
        assert slow.request == 0
        site.release("blocks.3")
        slow.answered(0)
    assert slow.chosen()["layer"] == "blocks.3"
    assert slow.text("title") == "Evidence for “tiger cat”"
    assert quick.text("title") == "Evidence for “espresso”"


# --- links and reloads -----------------------------------------------------------------------------------------------


def set_out(tab):
    """Choose something of everything; returns what is to be found again."""
    with tab.answer():
        tab.page.locator(".examples button[data-name=cat]").click()
    with tab.answer():
        tab.choose("layer", "blocks.4")
    with tab.answer():
        tab.choose("method", "hirescam")
    with tab.answer():
        tab.fit("crop")
    tab.row(2).click()
    tab.shows(tab.row(2).get_attribute("data-index"))
    tab.idle()
    return tab.chosen(), tab.text("title"), tab.top, tab.heat()


def assert_found(tab, state):
    tab.wait("(root, title) => root.querySelector('[data-part=title]').textContent === title", state[1])
    tab.ready()
    tab.idle()
    assert (tab.chosen(), tab.text("title"), tab.top) == state[:3]
    assert np.abs(tab.heat() - state[3]).max() < 2 / 255, "one of the two may have travelled as bytes"
    assert tab.page.locator(".examples [aria-pressed=true]").get_attribute("data-name") == "cat"


def test_a_copied_link_and_a_reload_restore_the_state(visit, site):
    tab = visit(permissions=["clipboard-read", "clipboard-write"])
    state = set_out(tab)
    tab.page.get_by_role("button", name="Copy link").click()
    tab.page.wait_for_function("document.querySelector('.cam-header .said').textContent === 'Copied.'")
    link = tab.page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(site.url)
    assert_found(visit("?" + urlsplit(link).query), state)
    tab.page.reload()
    tab.ready()
    assert_found(tab, state)


def test_ones_own_photo_is_not_in_the_link(visit, photo):
    tab = visit(permissions=["clipboard-read", "clipboard-write"])
    with tab.answer():
        tab.drop(("mine.jpg", "image/jpeg", (photo.parent / "coffee.jpg").read_bytes()))
    tab.page.get_by_role("button", name="Copy link").click()
    said = tab.page.locator(".cam-header .said")
    said.filter(has_text="Your own photo is not part of the link.").wait_for()
    link = tab.page.evaluate("navigator.clipboard.readText()")
    assert "example" not in link
    assert "mine" not in link
    other = visit("?" + urlsplit(link).query)
    other.idle()
    assert other.top[0][0] == "tiger cat"


def test_ones_own_photo_is_there_after_a_reload(visit, photo):
    tab = visit()
    with tab.answer():
        tab.drop(("mine.jpg", "image/jpeg", (photo.parent / "coffee.jpg").read_bytes()))
    with tab.answer():
        tab.choose("layer", "blocks.4")
    tab.idle()
    heat = tab.heat()
    tab.page.reload()
    tab.ready()
    tab.has_photo("Your photo")
    tab.idle()
    assert tab.top[0][0] == "espresso"
    assert tab.chosen()["layer"] == "blocks.4"
    assert np.abs(tab.heat() - heat).max() < 2 / 255
    tab.page.evaluate("""() => {
      const kept = JSON.parse(sessionStorage.getItem('cam-photo'));
      sessionStorage.setItem('cam-photo', JSON.stringify({ ...kept, upload: kept.upload + '.gone' }));
    }""")
    tab.page.reload()
    tab.says("no longer on the server")
    tab.ready()
    assert tab.top[0][0] == "tiger cat"
    assert tab.page.evaluate("sessionStorage.getItem('cam-photo')") is None
    with tab.answer():
        tab.page.locator(".examples button[data-name=cat]").click()
    assert tab.status == ""


OUT = "Left out of this link, because it does not exist here: "
BROKEN_LINKS = {
    "?model=resnet9000": OUT + "model “resnet9000”.",
    "?layer=features.99": OUT + "layer “features.99”.",
    "?method=%3Cb%3Ecam": OUT + "method “<b>cam”.",
    "?example=../../etc/passwd": OUT + "example “../../etc/passwd”.",
    "?class=99999": OUT + "class “99999”.",
    "?class=wolpertinger": "No class is called “wolpertinger”.",
    "?fit=stretch&opacity=9": OUT + "fit “stretch”, opacity “9”.",
    "?model=resnet9000&class=wolpertinger": OUT + "model “resnet9000”. No class is called “wolpertinger”.",
}


def test_links_to_what_does_not_exist(tab):
    for query, words in BROKEN_LINKS.items():
        tab.open(query)
        tab.says(words)
        assert tab.status == words
        assert tab.text("title") == "Evidence for “tiger cat”"
        assert tab.chosen() == {"model": "efficientnet_lite0", "layer": "bn2", "method": "gradcam", "fit": "squeeze"}
    with tab.answer():
        tab.choose("layer", "blocks.5")
    assert tab.status == ""


def test_what_else_a_broken_link_names_is_opened(tab):
    tab.open("?model=resnet9000&layer=features.99&method=hirescam&class=Egyptian%20cat&evidence=both")
    tab.says(OUT + "model “resnet9000”, layer “features.99”.")
    tab.shows(285)
    assert tab.chosen()["method"] == "hirescam"
    assert tab.page.locator("[data-part=evidence] button[value=both]").get_attribute("aria-pressed") == "true"
    tab.page.wait_for_function("!location.search.includes('9000') && !location.search.includes('features.99')")


def test_a_link_says_how_the_picture_is_looked_at(tab):
    tab.page.locator("[data-part=evidence] button[value=both]").click()
    tab.page.locator("[data-part=opacity]").fill("0.4")
    tab.page.locator("[data-part=hide]").fill("0.2")
    tab.page.locator("[data-part=contours]").click()
    tab.page.locator("[data-part=wipeToggle]").click()
    tab.page.locator("[data-part=zoomIn]").click()
    tab.page.wait_for_function("location.search.includes('zoom=1.4')")
    link = tab.page.url.removeprefix(tab.site.url)
    drawing = tab.canvas()
    tab.open("?method=hirescam")
    tab.ready()
    tab.open(link)
    tab.ready()
    tab.page.wait_for_function("document.querySelector('[data-part=zoomReset]').textContent === '140 %'")
    for part, value in {"opacity": "0.4", "hide": "0.2"}.items():
        assert tab.page.locator(f"[data-part={part}]").input_value() == value
    assert tab.page.locator("[data-part=evidence] button[value=both]").get_attribute("aria-pressed") == "true"
    assert same(tab, drawing)


def test_a_link_names_a_class_by_its_name(tab):
    tab.open("?class=Egyptian%20cat")
    tab.page.wait_for_function("document.querySelector('.cx-root')?.dataset.shown === '285'")
    tab.page.wait_for_function("location.search.includes('class=285')")


def test_a_link_names_the_tab(tab):
    tab.page.goto(tab.site.url + "?tab=live")
    tab.page.wait_for_function(
        "document.querySelector('#cam-tab-live-button')?.getAttribute('aria-selected') === 'true'"
    )
    tab.page.locator("#cam-tab-explore-button").click()
    tab.ready()
    tab.page.wait_for_function("!location.search.includes('tab')")


def test_a_lost_connection(tab, photo):
    """The controls go back to what the picture shows, and that is said; the page goes on when the server is back."""
    with tab.answer():
        tab.drop(("mine.jpg", "image/jpeg", photo.read_bytes()))
    with tab.answer():
        tab.choose("method", "hirescam")
    drawing = tab.canvas()
    for place in ("gradio_api", "actions"):
        tab.page.route(f"**/{place}/**", lambda route: route.abort())
    tab.choose("layer", "blocks.3")
    wait_for(lambda: tab.page.wait_for_timeout(50) or "Your last choice was taken back" in tab.status, "the sentence")
    tab.page.wait_for_timeout(3000)  # the page looks again whether the server is there
    assert "Your last choice was taken back" in tab.status
    assert tab.chosen() == {"model": "efficientnet_lite0", "layer": "bn2", "method": "hirescam", "fit": "squeeze"}
    assert same(tab, drawing)
    assert tab.page.get_by_text("Your last choice was taken back").count() == 2, "in both places where one looks"
    assert tab.page.get_by_text("Connection to the server was lost").count() == 0, "Gradio is silent"
    for place in ("gradio_api", "actions"):
        tab.page.unroute(f"**/{place}/**")
    tab.page.wait_for_function("document.querySelector('#cam-photo-note').hidden")
    tab.errors.clear()  # the browser itself reports the failed requests
    assert tab.status == ""
    tab.has_photo("Your photo")
    with tab.answer():
        tab.choose("layer", "blocks.3")
    assert tab.chosen()["method"] == "hirescam"


def test_while_others_are_served_the_page_comes_again_for_what_nobody_waits_for(tab, site):
    """The picture comes at once, the maps of other classes when there is time: then a click needs no request."""
    tab.page.locator(".examples button").nth(3).click()
    with tab.answer():
        tab.fit("pad")
    sign = site.folder / "busy"
    sign.touch()
    try:
        with tab.answer():
            tab.choose("method", "xgradcam")
        before = len(tab.requests)
        wait_for(lambda: tab.page.wait_for_timeout(50) or len(tab.requests) > before, "the page to come again")
        assert len(tab.requests) == before + 1, "not at once, and not all the time"
        tab.idle()  # it is answered while others are still there
    finally:
        sign.unlink()
    wait_for(lambda: tab.page.wait_for_timeout(50) or len(tab.requests) > before + 1, "the page to come once more")
    tab.idle()
    with tab.no_request():
        tab.row(3).click()


def test_a_page_of_another_version_says_that_it_has_to_be_reloaded(tab):
    def older(route):
        body = route.request.post_data_json
        body["data"]["version"] = 0
        route.continue_(post_data=body)

    tab.page.route(RUN, older)
    drawing = tab.canvas()
    tab.choose("layer", "blocks.3")
    tab.page.locator("#cam-photo-note").filter(has_text="Reload the page.").wait_for()
    assert tab.chosen()["layer"] == "bn2"
    assert same(tab, drawing)
    tab.errors.clear()  # the browser itself reports the refused request
