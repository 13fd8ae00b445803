"""The hand-out in a browser: it asks for nothing, runs nothing, and prints on two pages."""

import re

import pytest
from nets import recorded
from PIL import Image
from test_handout import hostile

from cam import explain, handout


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.fixture
def opened(browser, tmp_path):
    """Open a hand-out without a network: `opened(text)` returns the page and what was asked for."""
    context = browser.new_context(offline=True)

    def show(text):
        file = tmp_path / "handout.html"
        file.write_text(text, encoding="utf-8")
        page, asked = context.new_page(), []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: asked.append(said.text))
        page.goto(file.as_uri())
        return page, [url for url in asked if url != file.as_uri() and not url.startswith("data:")]

    yield show
    context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["gradcam", "scorecam", "smoothgradcam_plusplus", "guided_gradcam"])
def test_two_pages(opened, name, language):
    page, asked = opened(handout(explain(recorded("deep_head"), name, 2), language=language))
    assert asked == []
    assert page.evaluate("document.scripts.length") == 0
    broken = "Array.from(document.images).filter((one) => !one.naturalWidth).length"
    assert page.evaluate("document.images.length") > 5
    assert page.evaluate(broken) == 0
    for form in ("A4", "Letter"):
        assert pages(page.pdf(format=form)) == 2
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    for width in (360, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(wide), width


@pytest.mark.parametrize("size", [(300, 1500), (2000, 100)])
def test_any_photo_and_any_name(opened, size):
    photo = Image.effect_mandelbrot(size, (-2, -1.2, 1, 1.2), 40).convert("RGB")
    page, asked = opened(hostile(photo, "a long name " * 10 + "x" * 130))  # 250 characters: as many as a disk takes)
    assert asked == []
    assert page.evaluate("document.querySelectorAll('script, svg, [onerror], [onload]').length") == 0
    for form in ("A4", "Letter"):
        assert pages(page.pdf(format=form)) <= 2
