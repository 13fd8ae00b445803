"""The same brightness for all classes: what the server says for it, and the switch in a real browser."""

import numpy as np
from browsing import alone, wait_for
from handling import MODEL

import cam
from cam.server import strip


def test_each_layer_says_how_strong_the_most_likely_class_is(app_state):
    wish = {"photo": {"example": "cat"}, "model": MODEL, "fit": "squeeze", "method": "gradcam", "common": True}
    model = app_state.store.model(MODEL)
    photo = app_state.photos.open({"example": "cat"}).image
    top = cam.trace(model, photo).top(1)[0].index
    for index in (top, 3, 4):
        found = alone(strip.strip_of(app_state, {**wish, "class": index}))
        assert found["measured"] is True
        for layer in found["layers"]:
            one = cam.trace(model, photo, layer["name"])
            own, most = (float(cam.explain(one, "gradcam", k).raw.clamp(min=0).max()) for k in (index, top))
            assert np.allclose([layer["peak"], layer["top"]], [own, most], rtol=1e-3, atol=1e-7)
    unlikely = (cam.trace(model, photo, fit="pad").top(1)[0].index + 1) % 5
    other = alone(strip.strip_of(app_state, {**wish, "class": unlikely, "fit": "pad", "common": False}))
    assert other["measured"] is False, "no pass is made for a scale that is not on show"
    blind = alone(strip.strip_of(app_state, {**wish, "method": "eigencam", "class": 3}))
    assert all(layer["peak"] == layer["top"] > 0 for layer in blind["layers"]), "the same for every class"


def strength(tab, plain):
    """How much of the picture is coloured, in steps of a byte on average."""
    return np.abs(tab.canvas().astype(int) - plain).mean()


def switch(tab):
    return tab.page.locator("[data-part=scale]")


def test_an_unlikely_class_is_as_weak_as_it_is(tab):
    plain = tab.plain().astype(int)
    tab.slide("opacity", 1)
    tab.page.locator("[data-part=find]").fill("goldfish")
    tab.page.keyboard.press("Enter")
    tab.wait("(root) => root.dataset.shown === '1'")
    own = strength(tab, plain)
    with tab.no_request():
        switch(tab).click()
        common = strength(tab, plain)
    assert switch(tab).get_attribute("aria-checked") == "true"
    assert common < own / 3
    assert "dial telephone" in tab.text("most"), "whose maximum full brightness is"
    assert tab.text("scaleNote").startswith("Full brightness is the maximum of “dial telephone”; this class reaches 8.")
    tab.page.wait_for_function("location.search.includes('scale=common')")
    with tab.page.expect_download() as saved:
        tab.page.locator("[data-part=save]").click()
    assert saved.value.suggested_filename == "goldfish-common-scale-Grad-CAM-bn2.png"
    with tab.no_request():
        switch(tab).focus()
        tab.page.keyboard.press("Space")
    assert abs(strength(tab, plain) - own) < 1e-6


def test_a_class_far_below_the_most_likely_one_is_called_weak(tab, lite0, photo):
    trace = cam.trace(lite0, photo)
    maps = cam.all_classes(trace).raw.amax(dim=(1, 2))
    top = trace.top(1)[0]
    index = int((maps - 0.03 * maps[top.index]).abs().argmin())
    tab.open(f"?class={index}")
    share = f"{100 * maps[index] / maps[top.index]:.1f} %"
    wait_for(lambda: "Very weak" in tab.text("scaleNote"), "the sentence that offers the common scale")
    assert f"its maximum is {share} of that of “{top.label}”. Here it is stretched" in tab.text("scaleNote")
    glance = tab.page.locator("[data-part=glance] li").first
    assert glance.inner_text() == f"Very weak evidence: at most {share} of the maximum for “{top.label}”."
    tab.open(f"?class={index}&scale=common")
    wait_for(lambda: "this class reaches" in tab.text("scaleNote"), "the common scale of the link")
    assert switch(tab).get_attribute("aria-checked") == "true"


def test_a_map_of_every_class_has_one_brightness(tab):
    with tab.answer():
        tab.page.locator("#cam-method").select_option("eigencam")
    assert switch(tab).get_attribute("aria-disabled") == "true"
    assert tab.text("scaleNote") == "This map is the same for every class."
    switch(tab).click(force=True)
    assert switch(tab).get_attribute("aria-checked") == "false"
