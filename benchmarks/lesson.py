"""What a class waits for in the tab "How it works" and in "Cover it", measured inside a browser on the running page.

A stopwatch in the page starts at the event's own time stamp and ends when the frame that shows the change is through
the browser's rendering. Work alone is what the page computes and lays out for it, without waiting for that frame. F is
timed beside each stroke, as in `browser.py`.
"""

from __future__ import annotations

import statistics

from browser import EXAMPLES, SCREEN, TimedTab, chromium, forward, jpeg, visitor
from browsing import Site
from figures import Figure, ms, quantile, scaled

LAYERS = ("blocks.5", "blocks.2", "bn1")  # besides the default: 7 x 7, 28 x 28, 112 x 112
FRAME = 1 / 60
MOST_BYTES = 500_000  # of a story at the default layer
STROKES = 9
WALKS = 3  # there and back
SHOWN = "(({ number, asked }) => number === asked)(document.querySelector('#cam-board').dataset)"

# `changed(kind, selector, name, value)`: seconds from the next event of that kind until the frame in which an attribute
# of an element has changed (to `value`, where one is given), and of the work alone, is over; null if none comes.
STOPWATCH = """
window.changed = (kind, selector, name, value) => new Promise((done) => {
  const node = document.querySelector(selector);
  let start = null;
  document.addEventListener(kind, (event) => { start = event.timeStamp; }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    if (start === null || (value && node.getAttribute(name) !== value)) return;
    observer.disconnect();
    node.getBoundingClientRect();  // lays out what has changed
    const work = (performance.now() - start) / 1000;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done([(performance.now() - start) / 1000, work]);
      port2.postMessage(0);
    });
  });
  observer.observe(node, { attributes: true, attributeFilter: [name] });
  setTimeout(() => done(null), 30000);
});
0;
"""


def timed(tab: TimedTab, event: tuple[str, ...], act) -> tuple[float, float]:
    """Seconds until the frame is over, and of the work alone."""
    tab.page.evaluate("(what) => { window.timing = changed(...what); }", list(event))
    act()
    found = tab.page.evaluate("window.timing")
    if found is None:
        raise RuntimeError(f"Nothing changed after {event}. The page says: {tab.status!r}; {tab.errors}")
    return found


def lesson_of(tab: TimedTab) -> float:
    """Open the tab on a photo that it has not told of: seconds until its story is painted. It stays open."""
    click = tab.page.locator("#cam-tab-lesson-button").click
    return timed(tab, ("click", ".lesson", "data-state", "ready"), click)[0]


def explore(tab: TimedTab) -> None:
    """Back to the first tab."""
    tab.page.locator("#cam-tab-explore-button").click()
    tab.idle()


def walked(tab: TimedTab) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    """Every step there and back by the arrow keys, thrice, then cells of the grid: times of both, and the requests."""
    root, keyboard = tab.page.locator(".lesson"), tab.page.keyboard
    tab.page.wait_for_timeout(1500)  # what is made ahead is made
    tab.idle()
    before = len(tab.requests)
    root.locator("[data-part=strip] [aria-current=step]").focus()
    count = root.locator(".step").count()
    keyboard.press("Home")
    steps = []
    for key in (["ArrowRight"] * (count - 1) + ["ArrowLeft"] * (count - 1)) * WALKS:
        steps.append(timed(tab, ("keydown", ".lesson", "data-step"), lambda key=key: keyboard.press(key)))
    root.locator(".step[data-name=weighted_sum]").click()
    root.locator(".cells").focus()
    cells = []
    for key in ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"] * 5:
        cells.append(timed(tab, ("keydown", ".lesson", "data-cell"), lambda key=key: keyboard.press(key)))
    tab.page.wait_for_timeout(1000)  # what a request would wait for
    return steps, cells, len(tab.requests) - before


def size_of(tab: TimedTab, layer: str = "") -> int:
    """Bytes of a story as the server sends it, at a layer that was not told of before; "" is the default."""
    explore(tab)
    if layer:
        tab.choose_timed("layer", layer)
        tab.idle()
    with tab.page.expect_response("**/lesson_story") as got:
        lesson_of(tab)
    return len(got.value.body())


def strokes(tab: TimedTab) -> list[tuple[float, float]]:
    """Seconds from the end of a stroke to the new map on show, and F beside it."""
    explore(tab)
    tab.page.locator(".cx-try [data-activity=cover]").click()
    tab.page.locator(".cx-pen").wait_for()
    tab.page.locator("[data-part=coverTool] [value=box]").click()
    tab.page.locator(".cx-pen").focus()
    found = []
    for _ in range(STROKES):
        own = forward()
        tab.page.keyboard.press("ArrowRight")
        with tab.page.expect_response("**/cover_photo"):
            tab.page.keyboard.press("Enter")
        tab.page.wait_for_function(SHOWN)
        found.append((float(tab.page.locator("#cam-board").get_attribute("data-ms")) / 1000, own))
    return found


def figures(site: Site, rounds: int) -> list[Figure]:
    """All figures of the lesson and of covering."""
    forward()
    with chromium() as browser, visitor(browser, site) as tab:
        tab.page.evaluate(STOPWATCH)
        tab.page.locator("#cam-tab-lesson-button").click()  # fetches its scripts
        tab.page.locator(".lesson[data-state=ready]").wait_for()
        explore(tab)
        openings = []
        for mark in range(rounds):
            tab.drop_photo(jpeg(EXAMPLES[mark % len(EXAMPLES)], SCREEN, 500 + mark))
            tab.idle()
            openings.append(lesson_of(tab))
            if mark < rounds - 1:
                explore(tab)
        steps, cells, requests = walked(tab)
        explore(tab)
        tab.drop_photo(jpeg(EXAMPLES[0], SCREEN, 900))
        tab.idle()
        sizes = {"the default layer": size_of(tab)} | {f"`{layer}`": size_of(tab, layer) for layer in LAYERS}
        covered = strokes(tab)
        tab.check()

    def quick(what: str, times: list[tuple[float, float]]) -> Figure:
        painted, work = ([one[place] for one in times] for place in (0, 1))
        slow = quantile(work, 0.95)
        said = f"{ms(slow)} in nineteen of twenty (median {ms(statistics.median(work))}; painted after "
        return Figure(what, f"< {ms(FRAME)}", f"{said}{ms(statistics.median(painted))} in the median)", slow < FRAME)

    opening, first = statistics.median(openings), next(iter(sizes.values()))
    own = statistics.median(one[1] for one in covered)
    stroke = statistics.median(one[0] for one in covered)
    return [
        Figure(
            "How it works, opened on a new photo → its story painted",
            f"≤ 100 ms at F = 20 ms: {ms(scaled(0.1, own))}",
            ms(opening),
            opening <= scaled(0.1, own),
        ),
        quick("How it works: arrow key → the work for another step", steps),
        quick("How it works: arrow key → the work for another cell", cells),
        Figure(f"How it works: {len(steps)} steps and {len(cells)} cells: requests", "0", str(requests), requests == 0),
        Figure(
            "How it works: bytes of a story",
            f"≤ {MOST_BYTES // 1000} kB at the default layer",
            ", ".join(f"{size / 1000:.0f} kB at {layer}" for layer, size in sizes.items()),
            first <= MOST_BYTES,
        ),
        Figure(
            f"Cover it: end of a stroke → new map on show (F = {ms(own)})",
            f"≤ 150 ms at F = 20 ms, + F: {ms(scaled(0.15, own) + own)}",
            ms(stroke),
            stroke <= scaled(0.15, own) + own,
        ),
    ]
