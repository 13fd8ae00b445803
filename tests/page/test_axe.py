"""What axe finds wrong for people with a screen reader, without a mouse or with weak eyes: nothing, on any tab."""

from pathlib import Path

import pytest

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"  # of `npm install`, for developers
TABS = {"explore": ".cx-root", "lesson": ".lesson[data-state=ready]", "live": ".live .start"}  # and a part of each
RUN = """() => axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' ')}`))"""


@pytest.mark.parametrize(("language", "theme", "width"), [("en", "light", 1280), ("zh", "dark", 390)])
def test_axe_finds_nothing(visit, language, theme, width):
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install")
    tab = visit(f"?lang={language}&__theme={theme}", width=width, color_scheme=theme)
    tab.idle()
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = {}
    for name, part in TABS.items():
        tab.page.locator(f"#cam-tab-{name}-button").click()
        tab.page.locator(part).first.wait_for()
        tab.idle()
        found[name] = tab.page.evaluate(RUN)
    assert found == {name: [] for name in TABS}


def test_axe_is_heard(visit):
    """A picture without words and a button without a name are findings."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm install")
    tab = visit()
    tab.page.evaluate(AXE.read_text(encoding="utf-8"))
    tab.page.evaluate("document.querySelector('main, body').append(new Image(9, 9), document.createElement('button'))")
    assert {one.split(":")[0] for one in tab.page.evaluate(RUN)} >= {"image-alt", "button-name"}
