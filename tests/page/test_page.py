"""The page in a real browser: what a visitor sees and changes by mouse and keyboard."""

import re

import numpy as np
import pytest
from browsing import apart, browser_path, heat_of
from PIL import Image

import cam

TIGER_CAT, EGYPTIAN_CAT, ESPRESSO, TENCH = 282, 285, 967, 0
TITLE = "[data-part=title]"


@pytest.fixture(scope="module")
def traced(lite0, photo):
    return cam.trace(lite0, photo)


# --- opening ---------------------------------------------------------------------------------------------------------


def test_it_opens_on_a_finished_example(tab, traced):
    assert tab.text("title") == "Evidence for “tiger cat”"
    assert tab.request == 0, "an answer to no request"
    best = traced.top(8)
    assert tab.top == [(one.label, f"{100 * one.probability:.1f} %") for one in best]
    assert tab.chosen() == {"model": "efficientnet_lite0", "layer": "bn2", "method": "gradcam", "fit": "squeeze"}
    assert [r for r in tab.requests if "/run/" in r or "/queue/join" in r or "/call/" in r] == []
    assert tab.status == ""
    assert tab.page.url == tab.site.url, "the address names nothing that nobody chose"


def test_the_api_panel_asks_for_nothing_in_vain(tab):
    """`Tab.check` fails for what the browser's console complains of."""
    answers = []
    tab.page.on("response", lambda answer: answers.append((answer.status, answer.url)))
    tab.page.locator("footer button", has_text="API").click()
    tab.page.get_by_text("photo.jpg").first.wait_for()
    assert tab.page.get_by_text("sample_file").count() == 0
    assert [answer for answer in answers if answer[0] >= 400] == []


def test_its_picture_is_the_servers(tab, traced, photo):
    """The saved picture is `overlay` of the same explanation, but for the JPEG that the photo travelled as."""
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="Save PNG").click()
    assert saved.value.suggested_filename == "tiger-cat-Grad-CAM-bn2.png"
    found = np.asarray(Image.open(saved.value.path()).convert("RGB"), int)
    wanted = np.asarray(cam.overlay(cam.explain(traced), opacity=0.75), int)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 2
    untouched = np.asarray(Image.open(photo).convert("RGB"), int)
    assert np.abs(found - untouched).mean() > 20


def test_the_picture_of_a_pixel_method_can_be_seen_and_is_the_servers(visit, traced, photo):
    tab = visit("?method=guided_backprop")
    tab.page.wait_for_function("document.querySelector('[data-part=most]').textContent.startsWith('from ')")
    tab.idle()
    with tab.page.expect_download() as saved:
        tab.page.get_by_role("button", name="Save PNG").click()
    found = np.asarray(Image.open(saved.value.path()).convert("RGB"), int)
    wanted = np.asarray(cam.overlay(cam.explain(traced, "guided_backprop"), opacity=0.75), int)
    assert np.abs(found - wanted).mean() < 2
    untouched = np.asarray(Image.open(photo).convert("RGB"), int)
    assert np.abs(found - untouched).mean() > 5
    assert "99.5 % of the places stay below" in tab.text("glance")
    assert "max = " in tab.text("most")


def test_the_browsers_maps_are_the_servers(tab, traced):
    assert apart(tab.heat(), heat_of(traced, TIGER_CAT)) < 1e-4  # a float map, as it opened
    for position, index in ((1, EGYPTIAN_CAT), (4, ESPRESSO)):  # from the maps of all classes, in steps
        tab.row(position).click()
        tab.shows(index)
        assert apart(tab.heat(), heat_of(traced, index)) < 2 / 255


# --- classes ---------------------------------------------------------------------------------------------------------


def test_click_on_a_prediction(tab):
    before, drawn = tab.canvas(), tab.data("drawn")
    with tab.no_request():
        tab.row(4).click()
        tab.shows(ESPRESSO)
        after = tab.canvas()
    assert tab.text("title") == "Evidence for “espresso”"
    assert re.fullmatch(r"6\.\d % · rank 5 of 1,000 · instant", tab.text("facts"))
    assert [tab.row(i).get_attribute("aria-pressed") for i in range(8)] == ["false"] * 4 + ["true"] + ["false"] * 3
    assert int(tab.data("drawn")) > int(drawn)
    width = before.shape[1]
    change = np.abs(before.astype(int) - after).mean((0, 2))
    assert change[: width // 2].mean() > 20, "the cat keeps its heat"
    assert change[width // 2 :].mean() > 5, "the cup gets none"
    heat = tab.heat()
    assert heat[:, heat.shape[1] // 2 :].mean() > 3 * heat[:, : heat.shape[1] // 2].mean()


def test_slider_by_arrow_keys(tab, traced):
    order = traced.logits.argsort(descending=True, stable=True).tolist()
    slider = tab.page.locator("[data-part=rank]")
    slider.focus()
    with tab.no_request():
        for _ in range(12):
            tab.page.keyboard.press("ArrowRight")
        tab.shows(order[12])
        tab.page.keyboard.press("ArrowLeft")
        tab.shows(order[11])
        assert apart(tab.heat(), heat_of(traced, order[11])) < 2 / 255
        tab.page.keyboard.press("End")
        tab.shows(order[-1])
    name = traced.model.labels[order[-1]]
    assert tab.text("title") == f"Evidence for “{name}”"
    assert slider.get_attribute("aria-valuetext").startswith(f"{name}, ")
    assert tab.row(8).get_attribute("aria-pressed") == "true", "a class beyond the list stands below it"


def test_slider_by_mouse(tab, traced):
    order = traced.logits.argsort(descending=True, stable=True).tolist()
    slider = tab.page.locator("[data-part=rank]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    with tab.no_request():
        tab.page.mouse.move(box["x"] + 8, middle)
        tab.page.mouse.down()
        tab.page.mouse.move(box["x"] + box["width"] / 2, middle, steps=10)
        tab.page.mouse.up()
        rank = int(slider.input_value())
        tab.shows(order[rank - 1])
    assert 400 < rank < 600
    assert tab.text("facts").split(" · ")[1] == f"rank {rank} of 1,000"


def test_search_by_keyboard(tab):
    box = tab.page.get_by_role("combobox", name="Find a class")
    box.focus()
    with tab.no_request():
        tab.page.keyboard.type("TENCH")
        options = tab.page.locator(".cx-options [role=option]")
        assert "tench" in options.first.inner_text()
        assert box.get_attribute("aria-expanded") == "true"
        tab.page.keyboard.press("Enter")
        tab.shows(TENCH)
    assert tab.text("title") == "Evidence for “tench”"
    assert options.first.is_hidden()
    box.fill("no such thing")
    assert "No class is called “no such thing”" in tab.text("found")
    tab.page.keyboard.press("Enter")
    assert tab.data("class") == str(TENCH)
    box.fill("cat")
    tab.page.keyboard.press("ArrowDown")
    second = options.nth(1)
    assert second.get_attribute("aria-selected") == "true"
    assert box.get_attribute("aria-activedescendant") == second.get_attribute("id")
    tab.page.keyboard.press("Escape")
    assert second.is_hidden()
    assert tab.data("class") == str(TENCH)


def test_search_ranks_whole_words_first(tab, traced):
    """After the classes that the photo probably shows."""
    shares = {label: float(share) for label, share in zip(traced.model.labels, traced.logits.softmax(0), strict=True)}
    box = tab.page.get_by_role("combobox", name="Find a class")
    box.fill("cat")
    found = tab.page.locator(".cx-options [role=option] span:first-child").all_inner_texts()
    assert found[:2] == ["tiger cat", "Egyptian cat"]
    assert "catamaran" in found
    labels = [text.split(" · ")[0] for text in found]
    likely = [shares[label] > 0.01 for label in labels]
    assert likely == sorted(likely, reverse=True)
    rest = list(zip(found, labels, strict=True))[sum(likely) :]
    kinds = [2 - bool(re.search(r"\bcat\b", name)) if re.search(r"\bcat", name) else 3 for name, _ in rest]
    assert kinds == sorted(kinds)
    assert set(kinds) == {1, 2, 3}
    for kind in (1, 2, 3):
        ranked = [shares[label] for (_, label), one in zip(rest, kinds, strict=True) if one == kind]
        assert ranked == sorted(ranked, reverse=True)
    box.fill("cup")
    assert tab.page.locator(".cx-options [role=option] span").first.inner_text() == "cup", "the name itself"
    box.press("Escape")


def test_a_class_whose_map_is_on_the_server(tab, lite0, photo):
    with tab.answer():
        tab.choose("layer", "blocks.3")
    deep = cam.trace(lite0, photo, "blocks.3")
    assert apart(tab.heat(), heat_of(deep, TIGER_CAT)) < 1e-3
    far = deep.top(40)[-1]
    with tab.answer():
        tab.slide("rank", 40)
    tab.shows(far.index)
    assert apart(tab.heat(), heat_of(deep, far.index)) < 1e-3
    assert tab.text("title") == f"Evidence for “{far.label}”"
    assert tab.chosen()["layer"] == "blocks.3"


def test_the_listed_classes_are_sent_ahead(tab, lite0, photo):
    with tab.answer():
        tab.choose("layer", "blocks.3")
    tab.idle()
    with tab.no_request():
        tab.row(4).click()
        tab.shows(ESPRESSO)
    assert apart(tab.heat(), heat_of(cam.trace(lite0, photo, "blocks.3"), ESPRESSO)) < 2 / 255


# --- choices ---------------------------------------------------------------------------------------------------------


def test_model_layer_method_and_fit(tab, traced, lite0, photo):
    with tab.answer():
        tab.choose("method", "layercam")
    assert apart(tab.heat(), heat_of(traced, TIGER_CAT, "layercam")) < 1e-3
    with tab.answer():
        tab.choose("layer", "blocks.2")
    assert apart(tab.heat(), heat_of(cam.trace(lite0, photo, "blocks.2"), TIGER_CAT, "layercam")) < 1e-3
    with tab.answer():
        tab.fit("crop")
    cropped = cam.trace(lite0, photo, "blocks.2", fit="crop")
    assert tab.top[0][0] == cropped.top(1)[0].label
    assert apart(tab.heat(), heat_of(cropped, int(tab.data("class")), "layercam")) < 5e-3  # other kinks: folded
    edge = tab.plain()[:, 2].mean()
    with tab.answer():
        tab.fit("pad")
    assert edge < 0.5 * tab.canvas()[:, 2].mean(), "what the crop did not see was dimmed"
    assert tab.chosen() == {"model": "efficientnet_lite0", "layer": "blocks.2", "method": "layercam", "fit": "pad"}
    with tab.answer():
        tab.choose("model", "efficientnet_lite1")
    assert tab.chosen() == {"model": "efficientnet_lite1", "layer": "bn2", "method": "layercam", "fit": "pad"}
    other = cam.trace(cam.load_model("efficientnet_lite1"), photo, fit="pad")
    assert tab.top[0] == (other.top(1)[0].label, f"{100 * other.top(1)[0].probability:.1f} %")
    assert tab.heat().shape == tuple(other.input.shape[2:])
    assert apart(tab.heat(), heat_of(other, int(tab.data("class")), "layercam")) < 1e-3


def test_a_method_that_does_not_apply(tab):
    with tab.answer():
        tab.choose("method", "cam")
    title, drawing = tab.text("title"), tab.canvas()
    tab.choose("layer", "blocks.4")
    tab.wait("(root) => root.querySelector('[data-part=status]').textContent")
    assert tab.status.endswith(".")
    assert tab.chosen()["layer"] == "bn2", "the choice goes back to what is shown"
    assert tab.text("title") == title
    assert np.array_equal(tab.canvas(), drawing)
    with tab.answer():
        tab.choose("method", "hirescam")
    assert tab.status == ""
    with tab.answer():
        tab.choose("layer", "blocks.4")
    option = tab.page.locator("#cam-method option[value=cam]")
    tab.page.wait_for_function("document.querySelector('#cam-method option[value=cam]').disabled")
    assert option.is_disabled()
    assert "do not apply here" in tab.page.locator(".reasons summary").inner_text()
    tab.page.locator(".reasons summary").click()
    assert "CAM" in tab.page.locator(".reasons dt").all_inner_texts()


def test_a_class_blind_method_says_so(tab):
    with tab.answer():
        tab.choose("method", "eigencam")
    assert tab.text("title") == "Where the layer responds most"
    assert "the same for every class" in tab.text("blind")
    drawing = tab.canvas()
    with tab.no_request():
        tab.row(3).click()
        tab.wait("(root) => root.dataset.class === root.querySelectorAll('.cx-list button')[3].dataset.index")
    assert np.array_equal(tab.canvas(), drawing)


def test_examples(tab):
    for name, top in (("coffee", "espresso"), ("cat", "Egyptian cat")):
        button = tab.page.locator(f".examples button[data-name={name}]")
        with tab.answer():
            button.click()
        assert tab.top[0][0] == top
        assert tab.text("title") == f"Evidence for “{top}”"
        assert button.get_attribute("aria-pressed") == "true"
        assert tab.page.locator(".examples [aria-pressed=true]").count() == 1


def test_opacity_and_colours_make_no_request(tab, photo):
    shown = tab.canvas()
    with tab.no_request():
        plain = tab.plain()
        tab.slide("opacity", 0.75)
        assert np.array_equal(tab.canvas(), shown)
        tab.page.locator("[data-part=colours]").select_option("jet")
        jet = tab.canvas()
        tab.slide("hide", 0.95)
        hidden = tab.canvas()
    height, width = plain.shape[:2]
    untouched = np.asarray(Image.open(photo).convert("RGB").resize((width, height)), int)
    assert np.abs(untouched - plain).mean() < 4, "the photo itself is never changed"
    assert np.abs(jet.astype(int) - shown).mean() > 5
    assert np.abs(hidden.astype(int) - plain).mean() < 0.1 * np.abs(jet.astype(int) - plain).mean()


# --- without a browser -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_without_a_browser(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="No browser: none of chromium, chromium-browser, google-chrome"):
        browser_path()
