"""Back and Forward: each choice is one step, a slide is one, and how the picture is looked at stays."""

CHOICES = "document.querySelector('#cam-method').value"


def entries(tab):
    return tab.page.evaluate("history.length")


def rest(tab):
    """What follows a choice within a moment belongs to the same step."""
    tab.idle()
    tab.page.wait_for_timeout(1300)


def test_back_undoes_the_last_choice_and_forward_redoes_it(tab):
    first = tab.chosen()
    start = entries(tab)
    with tab.answer():
        tab.choose("method", "hirescam")
    rest(tab)
    with tab.answer():
        tab.choose("layer", "blocks.5")
    rest(tab)
    assert entries(tab) == start + 2
    with tab.answer():
        tab.page.go_back()
    assert tab.chosen() == first | {"method": "hirescam"}
    assert "blocks.5" not in tab.page.url
    with tab.answer():
        tab.page.go_back()
    assert tab.chosen() == first
    assert tab.text("title") == "Evidence for “tiger cat”"
    with tab.answer():
        tab.page.go_forward()
    with tab.answer():
        tab.page.go_forward()
    assert tab.chosen() == first | {"method": "hirescam", "layer": "blocks.5"}
    assert entries(tab) == start + 2, "going back and forward makes none"
    tab.page.wait_for_function("location.search.includes('layer=blocks.5')")
    with tab.answer():
        tab.page.locator(".examples button[data-name=coffee]").click()
    rest(tab)
    with tab.answer():
        tab.page.go_back()
    assert tab.top[0][0] == "tiger cat"


def test_a_slide_is_one_step_and_the_look_and_the_tab_stay(tab):
    start = entries(tab)
    slider = tab.page.locator("[data-part=rank]")
    slider.focus()
    for _ in range(12):
        tab.page.keyboard.press("ArrowRight")
        tab.page.wait_for_timeout(120)
    rest(tab)
    assert slider.input_value() == "13"
    assert entries(tab) == start + 1
    tab.page.locator("[data-part=opacity]").fill("0.4")
    tab.page.wait_for_function("location.search.includes('opacity=0.4')")
    tab.page.get_by_role("tab", name="Live").click()
    tab.page.wait_for_function("location.search.includes('tab=live')")
    assert entries(tab) == start + 1, "neither is a choice"
    tab.page.go_back()
    tab.page.wait_for_function("document.querySelector('.cx-root').dataset.class === '282'")
    tab.page.wait_for_function("location.search.includes('opacity=0.4') && location.search.includes('tab=live')")
    assert tab.page.locator("[data-part=opacity]").input_value() == "0.4"
    tab.page.get_by_role("tab", name="Explore").click()
    tab.shows(282)


def test_back_from_a_link_leaves_the_page(tab):
    tab.open("?method=hirescam")
    tab.page.wait_for_function(f"{CHOICES} === 'hirescam'")
    rest(tab)
    before = entries(tab)
    with tab.answer():
        tab.choose("layer", "blocks.5")
    rest(tab)
    assert entries(tab) == before + 1
    with tab.answer():
        tab.page.go_back()
    assert (tab.chosen()["method"], tab.chosen()["layer"]) == ("hirescam", "bn2")
