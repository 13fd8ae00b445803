"""A slow map in a real browser: the time it takes, the time left, Stop and Continue."""

import re

from browsing import wait_for


def share(tab):
    return int(re.search(r"(\d+) %", tab.text("share")).group(1))


def test_a_slow_map_says_how_long_and_goes_on_after_stop(tab):
    tab.page.locator("#cam-method").select_option("rise")
    stop = tab.page.locator("[data-part=stop]")
    wait_for(lambda: stop.is_visible() and re.search(r"^Computing: \d+ %, about .+ left$", tab.text("share")), "time")
    assert "is known once it has run" in tab.page.locator("#cam-method-note").inner_text()
    wait_for(lambda: share(tab) >= 7, "some of the map")
    stop.click()
    wait_for(lambda: stop.inner_text() == "Continue", "the map being stopped")
    assert re.search(r"^Stopped at \d+ %$", tab.text("share"))
    until = share(tab)
    assert "unfinished" in tab.text("title")
    assert re.search(r"takes about \d+ (s|min)", tab.page.locator("#cam-method-note").inner_text())
    assert re.search(r"RISE · about \d+ (s|min)", tab.page.locator("#cam-method option[value=rise]").inner_text())
    stop.focus()
    tab.page.keyboard.press("Enter")
    wait_for(lambda: stop.inner_text() == "Stop" and tab.text("share").startswith("Computing"), "the work")
    wait_for(lambda: int(tab.page.locator("[data-part=title]").inner_text().split(", ")[-1].split()[0]) > until, "more")
    assert share(tab) >= until, "it did not begin anew"
    stop.click()
    wait_for(lambda: stop.inner_text() == "Continue", "the map being stopped again")
    with tab.answer():
        tab.page.locator("#cam-method").select_option("gradcam")
    assert not tab.page.locator("[data-part=work]").is_visible()
