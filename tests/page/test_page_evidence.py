"""For, against and both; look-alikes; combinations: what the browser draws is what the core computes."""

import numpy as np
import pytest
from browsing import apart, heat_of

import cam
from cam.maps.render import AGAINST, FOR

ESPRESSO = 967


@pytest.fixture
def recorded(lite0, photo):
    return cam.trace(lite0, photo)


def look(tab, evidence):
    tab.page.locator(f"[data-part=evidence] [value={evidence}]").click()
    tab.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pressed(tab):
    return tab.page.locator("[data-part=evidence] [aria-pressed=true]").get_attribute("value")


@pytest.mark.parametrize("local", [False, True])
def test_evidence_for_against_and_both(tab, recorded, local):
    """Without a request, for the map that came alone and for one of the many that came after it."""
    index = ESPRESSO if local else int(recorded.logits.argmax())
    found = cam.explain(recorded, "gradcam", index)
    with tab.no_request():
        if local:
            tab.row(4).click()
            tab.shows(index)
        name = recorded.model.labels[index]
        look(tab, "against")
        assert tab.text("title") == f"Evidence against “{name}”"
        assert apart(tab.heat(), cam.turned(found).heatmap.numpy()) < 2 / 255
        look(tab, "both")
        assert tab.text("title") == f"For and against “{name}”"
        assert apart(tab.heat(), cam.signed_heatmap(found).numpy()) < 2 / 255
        assert "speaks against it" in tab.text("glance")
        look(tab, "for")
        assert apart(tab.heat(), found.heatmap.numpy()) < 2 / 255
        assert float(tab.text("most").split("= ")[1]) == pytest.approx(float(found.raw.max()), rel=0.05)
    assert pressed(tab) == "for"


def test_both_signs_have_their_colours(tab, recorded):
    plain = tab.plain().astype(float)
    tab.slide("opacity", 1)
    look(tab, "both")
    painted = tab.canvas().astype(float)
    signed = cam.signed_heatmap(cam.explain(recorded)).numpy()
    for sign, colour in ((1, FOR), (-1, AGAINST)):
        row, column = np.unravel_index((sign * signed).argmax(), signed.shape)
        y, x = ((at + 0.5) / 224 * size for at, size in zip((row, column), plain.shape, strict=False))
        v = abs(float(signed[row, column]))
        expected = plain[int(y), int(x)] * (1 - v * (2 - v)) + np.array(colour) * v * (2 - v)
        np.testing.assert_allclose(painted[int(y), int(x)], expected, atol=12)


def test_a_map_without_a_sign_says_so(tab):
    look(tab, "both")
    with tab.answer():
        tab.choose("method", "layercam")
    assert pressed(tab) == "for"
    button = tab.page.locator("[data-part=evidence] [value=both]")
    assert button.get_attribute("aria-disabled") == "true"
    assert "how much matters" in button.get_attribute("title")
    button.click(force=True)
    assert pressed(tab) == "for"
    with tab.answer():
        tab.choose("method", "hirescam")
    assert pressed(tab) == "both", "the wish is kept for maps that have a sign"


def test_look_alikes(tab, recorded):
    with tab.answer():
        tab.page.locator(".question label").nth(1).click()
    index = int(tab.data("class"))
    target = cam.Contrast(index, cam.look_alikes(recorded.logits, index))
    assert apart(tab.heat(), heat_of(recorded, target)) < 1e-3
    assert tab.text("title") == f"What tells “{recorded.model.labels[index]}” from its look-alikes"
    assert all(recorded.model.labels[other] in tab.text("glance") for other in target.others)
    tab.idle()
    with tab.no_request():
        tab.row(4).click()
        tab.shows(ESPRESSO)
    target = cam.Contrast(ESPRESSO, cam.look_alikes(recorded.logits, ESPRESSO))
    assert apart(tab.heat(), heat_of(recorded, target)) < 2 / 255
    tab.page.reload()
    tab.ready()
    tab.shows(ESPRESSO)
    assert tab.page.locator("input[name=cam-question][value=contrast]").is_checked()


def test_combinations(tab, recorded):
    with tab.answer():
        tab.choose("combine", "smooth")
    expected = cam.smooth(recorded).heatmap.numpy()
    assert apart(tab.heat(), expected) < 1e-3
    assert "Flips and scales" in tab.text("facts")
    with tab.answer():
        tab.choose("method", "rise")
        tab.page.locator("[data-part=stop]").click()
    assert tab.page.locator("#cam-combine").input_value() == ""
    assert tab.page.locator("#cam-combine").is_disabled()


def test_words_and_legend_are_of_the_map_on_show(tab, recorded):
    """From class to class, one without any positive evidence among them, and from sign to sign."""
    maps = cam.all_classes(recorded).raw
    order = recorded.logits.argsort(descending=True).tolist()
    nothing = next(rank for rank, index in enumerate(order, 1) if maps[index].max() <= 0)
    counts = set()
    for rank in (1, 400, nothing, 2):
        tab.slide("rank", rank)
        tab.shows(order[rank - 1])
        for sign, other in (("for", 1), ("both", -1)):
            look(tab, sign)
            words = tab.page.locator("[data-part=glance] li").all_text_contents()
            counts.add(len(words))
            label = tab.page.locator("[data-part=canvas]").get_attribute("aria-label")
            assert label == f"{tab.text('title')}. {' '.join(words)}"
            assert tab.text("least").startswith("−") == (other < 0)
            assert tab.text("most").startswith("+") == (other < 0)
        extra = tab.page.locator(".cx-extra.cx-shown button span").first
        assert extra.count() == (rank > 8)
        if rank > 8:
            assert extra.text_content() == f"{rank}. {recorded.model.labels[order[rank - 1]]}"
    assert len(counts) > 1


def test_the_legend_has_the_colours_of_the_picture(tab):
    def bar():
        return tab.page.locator("[data-part=bar]").evaluate("(node) => node.style.backgroundImage")

    usual = bar()
    tab.page.locator("[data-part=colours]").select_option("jet")
    jet = bar()
    look(tab, "both")
    signed = bar()
    look(tab, "for")
    assert bar() == jet
    tab.page.locator("[data-part=colours]").select_option("inferno")
    assert bar() == usual
    assert len({usual, jet, signed}) == 3
