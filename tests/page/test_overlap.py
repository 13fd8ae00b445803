"""Texts stand beside each other: no two that can be seen lie over one another, in either language, on both tabs."""

import pytest

# Boxes of all texts in sight, cut to what their ancestors let be seen. Words on the picture lie over it on purpose.
BOXES = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const parent = node.parentElement;
    const out = 'script, style, noscript, option, select, .cx-stage, .cam-skip, [aria-hidden=true]';
    if (!node.data.trim() || parent.closest(out)) continue;
    if (!parent.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
      for (let at = parent; at && at !== document.body; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.display === 'inline') continue;
        if (style.clip !== 'auto' || style.clipPath !== 'none') right = left;
        if (style.overflow === 'visible') continue;
        const box = at.getBoundingClientRect();
        left = Math.max(left, box.left); top = Math.max(top, box.top);
        right = Math.min(right, box.right); bottom = Math.min(bottom, box.bottom);
      }
      if (right - left > 1 && bottom - top > 1) found.push([node.data.trim(), left, top, right, bottom]);
    }
  }
  return found;
}"""
LEAST = 3.0  # pixels in both directions by which boxes may touch: a line's box is higher than its letters


def overlaps(tab):
    boxes = tab.page.evaluate(BOXES)
    assert len(boxes) > 10
    found = []
    for at, (one, x0, y0, x1, y1) in enumerate(boxes):
        for other, left, top, right, bottom in boxes[at + 1 :]:
            if min(x1, right) - max(x0, left) > LEAST and min(y1, bottom) - max(y0, top) > LEAST:
                found.append((one, other))
    return found


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_text_lies_over_another(visit, language, width):
    tab = visit(f"?lang={language}&class=1&scale=common", width=width, height=844)
    tab.idle()
    assert overlaps(tab) == []
    for part in ("scale", "python"):
        tab.page.locator(f"[data-part={part}]").scroll_into_view_if_needed()
    tab.page.evaluate("window.scrollTo(0, 0)")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    tab.page.locator("#cam-tab-live-button").click()
    tab.page.locator(".live .start").wait_for()
    assert overlaps(tab) == []


def test_an_overlap_is_found(tab):
    tab.page.evaluate("document.querySelector('.cx-explain').style.cssText = 'position: relative; top: -24px'")
    assert overlaps(tab)
