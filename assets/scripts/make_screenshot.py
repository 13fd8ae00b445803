"""Makes screenshot.png, the README's picture of the page, and cam/page/preview.jpg, the smaller one that other sites
show of a link to the page: `python assets/scripts/make_screenshot.py`.

Needs Playwright and Chromium, as the tests do. Starts the app on a free port and takes the opening example with the
evidence for "coffee mug" and contour lines.
"""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from browsing import QUIET, browser_path, free_port, wait_for  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402

from cam.models.weights import imagenet_labels  # noqa: E402
from cam.page.preview import PICTURE, SIZE  # noqa: E402
from cam.tasks.targets import class_index  # noqa: E402


def answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def take(url: str) -> None:
    mug = class_index("coffee mug", imagenet_labels())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(QUIET))
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.goto(f"{url}?class={mug}")
        page.wait_for_selector(f'.cx-root[data-state="ready"][data-shown="{mug}"]', state="attached", timeout=60_000)
        page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)  # the picture is drawn at its new size
        page.screenshot(path=PICTURE, quality=80)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.get_by_text("Contours and weak evidence").click()
        page.click('[data-part="contours"]')
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)  # the button's colour fades in
        page.screenshot(path=ROOT / "assets" / "screenshot.png")
        browser.close()


def main() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    app = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment)
    try:
        wait_for(lambda: answers(url), "the page")
        take(url)
    finally:
        app.terminate()


if __name__ == "__main__":
    main()
