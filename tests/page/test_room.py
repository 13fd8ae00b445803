"""What the page has for a room: a projector, two pictures, the list of keys, a frame, files, no network."""

import functools
import http.server
import io
import itertools
import json
import re
import threading

import numpy as np
import pytest
from browsing import ASSETS, PATIENCE, apart, heat_of
from PIL import Image

import cam

# The sizes of all words in sight that are smaller than a projector's least.
SMALL = """() => [...document.querySelectorAll('body *')].filter((node) =>
    [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim()) && node.getClientRects().length &&
    node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !node.closest('.cx-hidden'))
  .map((node) => [parseFloat(getComputedStyle(node).fontSize), `${node.tagName} ${node.className} ${node.textContent}`])
  .filter(([size]) => size < 24)"""
BOX = "(selector) => document.querySelector(selector).getBoundingClientRect().toJSON()"
SECOND = "Array.from(document.querySelector('.cx-root').second.heat() ?? [])"
FRAME = """<!doctype html><body style="margin:0"><iframe id="cam" src="{address}" style="width:100%;border:0"></iframe>
<script>addEventListener("message", ({{ data, origin }}) => {{
  if (origin === "{home}" && data.source === "cam-explorer")
    document.getElementById("cam").style.height = data.height + "px";
}});</script>"""


@pytest.fixture(scope="module")
def recorded(lite0, photo):
    return cam.trace(lite0, photo)


def tall():
    """A photo that is much higher than wide, as a JPEG file."""
    content = io.BytesIO()
    with Image.open(ASSETS / "cat.jpg") as photo:
        photo.convert("RGB").crop((100, 0, 300, 300)).resize((800, 1200)).save(content, "JPEG")
    return "my tall cat.jpg", "image/jpeg", content.getvalue()


def second(tab, named):
    """The heat of the second picture once it is the one that is `named`."""
    tab.page.wait_for_function("(name) => document.querySelector('.cx-root').dataset.second === name", arg=named)
    values = np.array(tab.page.evaluate(SECOND), np.float32)
    side = int(len(values) ** 0.5)
    return values.reshape(side, side)


def turn(tab, name):
    """Go to a tab by the bar of the room."""
    tab.page.locator(".room-bar button", has_text=name).click()
    root = {"Explore": ".cx-canvas", "How it works": ".lesson[data-state=ready] .figure", "Live": ".live"}[name]
    tab.page.wait_for_selector(root, state="visible")


def test_a_projector(visit, recorded):
    tab = visit("?present=1", width=1920, height=1080)
    page = tab.page
    assert page.evaluate(SMALL) == []
    tab.drop(tall())
    tab.has_photo("Your photo")
    page.wait_for_function(f"({BOX})('.cx-canvas').height > 1000")
    box = page.evaluate(BOX, ".cx-canvas")
    assert (box["height"], round(box["width"] / box["height"], 2)) == (1064, 0.67)
    assert page.evaluate(BOX, "[data-part=list]")["left"] > box["right"]
    page.locator(".examples button").first.evaluate("node => node.click()")
    tab.page.wait_for_function("document.querySelector('.photo .thumb').alt !== 'Your photo'")
    with tab.answer():
        page.locator("#cam-room-method").select_option("layercam")
    assert apart(tab.heat(), heat_of(recorded, 282, "layercam")) < 2e-3
    turn(tab, "How it works")
    assert page.evaluate(SMALL) == []
    page.locator("#cam-room-class").select_option("281")
    page.wait_for_function("document.querySelector('.lesson h2').textContent.includes('tabby')")
    page.locator(".lesson .strip button").first.focus()
    page.keyboard.press("End")
    assert page.locator(".lesson").get_attribute("data-step") == "overlay"
    assert page.evaluate(SMALL) == []
    turn(tab, "Live")
    assert page.evaluate(SMALL) == []
    assert page.locator("#cam-room-method").is_hidden()
    turn(tab, "Explore")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.body.classList.contains('cam-present') && !location.search.includes('present')")
    assert page.evaluate("document.activeElement.className") == "present"
    find = page.locator("[data-part=find]")
    find.fill("")
    find.press("p")
    assert find.input_value() == "p"
    page.locator(".cx-canvas").focus()
    page.keyboard.press("p")
    page.wait_for_function("document.body.classList.contains('cam-present') && location.search.includes('present=1')")
    assert page.evaluate("Boolean(document.fullscreenElement)")


def test_the_bar_follows_tabs_that_are_built_anew(visit):
    """Gradio builds its row of tabs late on a busy machine, and anew in a window of another width."""
    tab = visit("?present=1", width=1280)
    tab.page.evaluate("""() => {
      for (const list of document.querySelectorAll('.cam-tabs [role=tablist]')) {
        const row = list.parentElement;
        const other = row.cloneNode(false);  // the same tabs in another row
        other.append(...row.childNodes);
        row.replaceWith(other);
      }
    }""")
    turn(tab, "How it works")
    tab.page.locator("#cam-room-class").wait_for(state="visible")
    turn(tab, "Live")
    tab.page.locator("#cam-room-method").wait_for(state="hidden")


def test_the_cards_leave_the_page_its_place(visit):
    """The drawer covers neither predictions nor buttons, on a projector neither the bar, and the bar nothing else."""
    tab = visit(width=1280)
    page = tab.page
    page.locator("[data-cards]").first.click()
    page.wait_for_function("document.querySelector('#cam-cards')?.getBoundingClientRect().width > 0")
    drawer = page.evaluate(BOX, "#cam-cards")
    assert drawer["width"] == 360
    for part in (".cx-list", ".cam-header .keys", ".cx-frame"):
        assert page.evaluate(BOX, part)["right"] <= drawer["left"], part
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("p")
    page.wait_for_function("document.body.classList.contains('cam-present')")
    assert page.evaluate(BOX, ".room-bar")["right"] <= drawer["left"]
    page.keyboard.press("Escape")
    page.locator("#cam-cards [data-part=shut]").click()
    assert page.evaluate(BOX, ".cam-header .keys")["right"] > drawer["left"]
    page.keyboard.press("p")
    page.wait_for_function("document.body.classList.contains('cam-present')")
    guess = page.locator(".cx-try [data-activity=guess]")
    guess.click()  # waits until nothing lies over it
    page.locator("[data-part=guessReveal]").wait_for()
    order = [".room-bar", ".cx-head", ".cx-try", ".cx-activity", "#cam-board", ".cx-list"]
    boxes = [page.evaluate(BOX, one) for one in order]
    assert all(one["bottom"] <= other["top"] + 1 for one, other in itertools.pairwise(boxes)), boxes


def test_two_pictures(visit, recorded, lite0, photo):
    tab = visit("?class=282")
    page = tab.page
    tab.idle()
    page.locator(".cx-canvas").focus()
    with tab.no_request():
        page.keyboard.press("s")
        assert apart(second(tab, "class:285 285"), heat_of(recorded, 285)) < 2e-3
        page.locator("#cam-beside-which").select_option("504")
        assert apart(second(tab, "class:504 504"), heat_of(recorded, 504)) < 2e-3
    page.wait_for_function("location.search.includes('beside=class%3A504')")
    alike(tab)
    first = tab.request
    page.locator("#cam-beside-kind").select_option("method")
    page.locator("#cam-beside-which").select_option("layercam")
    assert apart(second(tab, "method:layercam 504"), heat_of(recorded, 504, "layercam")) < 2e-3
    page.locator("#cam-beside-kind").select_option("layer")
    page.locator("#cam-beside-which").select_option("blocks.4")
    coarse = heat_of(cam.trace(lite0, photo, "blocks.4"), 504)
    assert apart(second(tab, "layer:blocks.4 504"), coarse) < 2e-3
    page.locator("#cam-beside-kind").select_option("photo")
    page.locator("#cam-beside-which").select_option("coffee")
    other = heat_of(cam.trace(lite0, ASSETS / "coffee.jpg"), 504)
    assert apart(second(tab, "photo:coffee 504"), other) < 2e-3
    tab.idle()
    assert tab.request == first, "the first picture was left alone"
    # A class more in the first: the second follows with one action, and asks for nothing that would come after it.
    before = len(tab.requests)
    tab.row(0).click()
    second(tab, "photo:coffee 282")
    tab.idle()
    assert [url.rsplit("/", 1)[1] for url in tab.requests[before:]] == ["act"]
    page.locator("[data-part=scale]").click()
    peaks = [cam.explain(one, "gradcam", 282).raw.max() for one in (recorded, cam.trace(lite0, ASSETS / "coffee.jpg"))]
    assert f"{max(peaks):.2f}" in tab.text("scaleNote")
    page.set_viewport_size({"width": 690, "height": 900})
    page.wait_for_function(f"({BOX})('.room-second').top >= ({BOX})('.room-pair > .cx-frame').bottom")


def test_the_keyboard_enters_and_leaves_a_projector_and_a_pair(visit):
    page = visit().page
    page.locator(".cam-header .present").focus()
    page.keyboard.press("Enter")
    bar = "document.activeElement.closest('.room-bar') !== null"
    assert page.evaluate(bar), "the header with the button is hidden"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className") == "present"
    page.locator(".cx-canvas").focus()
    page.keyboard.press("s")
    page.wait_for_function("document.activeElement.id === 'cam-beside-which'")
    box = page.evaluate(BOX, "#cam-beside-which")
    assert 0 <= box["top"] < box["bottom"] <= 900, "what has the focus is in sight"


def test_two_wide_photos_have_no_empty_frame(visit):
    page = visit("?example=cat_and_coffee&beside=class:285").page
    page.wait_for_function(f"({BOX})('.room-second canvas').height > 0")
    for frame, canvas in ((".room-pair > .cx-frame", ".cx-canvas"), (".room-second", ".cx-second")):
        page.wait_for_function(f"({BOX})('{frame}').height <= ({BOX})('{canvas}').height + 8")


def alike(tab):
    """Of the same class both canvases hold the same pixels: opacity, colours, zoom and wipe go along."""
    page = tab.page
    tab.slide("opacity", 0.4)
    tab.slide("hide", 0.2)
    page.locator("[data-part=colours]").select_option("viridis")
    page.locator("[data-part=wipeToggle]").click()
    page.locator(".room-second canvas").focus()
    page.keyboard.press("+")
    assert tab.text("zoomReset") == "140 %"
    tab.page.locator(".cx-list button[data-index='504']").click()
    page.wait_for_function("document.querySelector('.cx-root').dataset.shown === '504'")
    found = [
        page.evaluate(
            """(selector) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const canvas = document.querySelector(selector);
          const small = Object.assign(document.createElement('canvas'), { width: 90, height: 45 });
          const ctx = small.getContext('2d');
          ctx.drawImage(canvas, 0, 0, 90, 45);
          done(Array.from(ctx.getImageData(0, 0, 90, 45).data));
        })))""",
            selector,
        )
        for selector in (".room-pair > .cx-frame:not(.room-second) canvas", ".room-second canvas")
    ]
    one, other = (np.array(pixels).reshape(45, 90, 4) for pixels in found)
    assert np.abs(one - other).mean() < 2
    assert one[:, :40].std() > 20
    assert page.locator(".room-line").is_visible()
    tab.slide("opacity", 0.75)
    tab.slide("hide", 0)
    page.locator("[data-part=wipeToggle]").click()


def test_links_to_two_pictures(visit, recorded):
    tab = visit("?beside=method:layercam&lang=zh")
    assert apart(second(tab, "method:layercam 282"), heat_of(recorded, 282, "layercam")) < 2e-3
    tab.open("?beside=class:4000&present=maybe&lang=en")
    tab.says("second picture “class:4000”")
    tab.says("mode for a projector “maybe”")
    assert tab.page.locator(".room-second").is_hidden()
    assert not tab.page.evaluate("document.body.classList.contains('cam-present')")


def test_the_list_of_keys(visit):
    tab = visit()
    page = tab.page
    page.locator(".cx-canvas").focus()
    page.keyboard.press("?")
    dialog = page.locator("dialog.room-keys")
    table = page.evaluate(
        f"import(new URL('{modules(tab)}/room/keys.js', document.baseURI)).then(({{ KEYS }}) => KEYS)"
    )
    wanted = [len(actions) for place, actions in table.items()]
    found = {one: page.locator(f"dialog dl[data-place={one}] dd").count() for one in table}
    assert list(found.values()) == [n * (2 if one == "classes" else 1) for one, n in zip(table, wanted, strict=True)]
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.querySelector('.cam-explore').contains(document.activeElement)")
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    assert page.evaluate("document.activeElement.className") == "cx-canvas"
    page.locator("button.keys").click()
    assert "上一步" not in dialog.inner_text()
    page.keyboard.press("?")
    assert dialog.is_hidden()
    page.locator("button.language").click()
    page.locator("button.keys").click()
    dialog.get_by_text("上一步").wait_for()


def modules(tab):
    return re.search(r"modules/\w+", next(url for url in tab.requests if "/modules/" in url))[0]


def test_files_to_take_home(visit, recorded, tmp_path):
    tab = visit("?class=504&method=layercam&colours=viridis&lang=zh")

    def take(what):
        with tab.page.expect_download() as saved:
            tab.page.locator("[data-part=takeHome]").click()
            tab.page.locator(f"[data-what={what}]").click()
        saved.value.save_as(tmp_path / saved.value.suggested_filename)
        tab.page.wait_for_function("document.querySelector('[data-part=takeHome]').textContent.trim() === '带走'")
        return tmp_path / saved.value.suggested_filename

    explanation = cam.explain(recorded, "layercam", 504)
    with np.load(take("map"), allow_pickle=False) as kept:
        assert apart(kept["raw"], explanation.raw.numpy()) < 1e-5
        assert apart(kept["heatmap"], explanation.heatmap.numpy()) < 1e-5
        assert json.loads(str(kept["settings"]))["photo"] == "cat_and_coffee.jpg"
    with Image.open(take("classes-gif")) as slide:
        assert (slide.format, slide.n_frames) == ("GIF", 8)
    tab.drop(tall())
    tab.has_photo("你的照片")
    handed = take("handout")
    assert re.fullmatch(r"my.tall.cat-efficientnet_lite0-layercam-.*\.html", handed.name)
    page = tab.page.context.new_page()
    page.goto(handed.as_uri())
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    shares = [float(one) for one in page.locator(".bar.marked data").evaluate_all("all => all.map((one) => one.value)")]
    content = tmp_path / "own.jpg"
    content.write_bytes(tall()[2])
    own = cam.trace(recorded.model, content)
    shown = int(tab.data("class"))
    assert abs(shares[0] - float(own.model.probabilities(own.logits)[shown])) < 1e-4
    page.close()
    for path in (tab.site.folder / "sent").rglob("*my*cat*"):
        if path.is_file():
            path.unlink()  # as the sweeper does
    tab.page.locator("[data-part=takeHome]").click()
    tab.page.route("**/take_home", gone)
    tab.page.locator("[data-what=map]").click()
    tab.says("已不在服务器上")
    tab.errors.clear()


def gone(route):
    """The photo that is asked for is one that the server has no more."""
    asked = json.loads(route.request.post_data)
    asked["data"]["photo"]["upload"] = asked["data"]["photo"]["upload"].replace("my", "no")
    route.continue_(post_data=json.dumps(asked))


def test_a_frame_on_another_site(browser, site, tmp_path):
    home = site.url.rstrip("/")
    (tmp_path / "index.html").write_text(FRAME.format(address=f"{site.url}?embed=1&class=504", home=home))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", site.course), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    context = browser.new_context(viewport={"width": 800, "height": 600})
    try:
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"http://localhost:{site.course}/")
        frame = page.frames[1]
        frame.wait_for_function("document.querySelector('.cx-root')?.dataset.state === 'ready'")
        frame.wait_for_function(
            "innerHeight > 400 && Math.abs(document.documentElement.scrollHeight - innerHeight) < 2"
            " && Math.abs(document.querySelector('.room-open').getBoundingClientRect().bottom - innerHeight) < 2"
        )
        hidden = ".cam-header, footer, .cam-left, [role=tablist], .cx-deck, .room-beside, .cx-glance"
        assert not frame.evaluate(f"[...document.querySelectorAll('{hidden}')].some((one) => one.checkVisibility())")
        assert frame.locator(".cx-list button").first.is_visible()
        frame.locator(".cx-list button").first.click()
        with context.expect_page() as opened:
            frame.locator(".room-open").click()
        opened.value.wait_for_function("document.querySelector('.cx-root')?.dataset.state === 'ready'")
        assert "embed" not in opened.value.url
        assert opened.value.locator(".cx-root").get_attribute("data-class") == "282"
        assert opened.value.locator(".cam-header").first.is_visible()
    finally:
        context.close()
        server.shutdown()
        server.server_close()


def test_without_a_network(browser, site):
    """Whatever does not go to the page's own address is cut off, and nothing tries: all tabs, languages and dialogs."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tried = []

    def cut(route):
        if route.request.url.startswith((site.url, "data:", "blob:")):
            return route.continue_()
        tried.append(route.request.url)
        return route.abort()

    try:
        context.route("**/*", cut)
        page = context.new_page()
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(f"{site.url}?lang=en&beside=class:504")
        page.wait_for_function("document.querySelector('.cx-root')?.dataset.state === 'ready'")
        for _ in ("en", "zh"):
            page.keyboard.press("?")
            page.keyboard.press("Escape")
            page.locator("#cam-tab-lesson-button").click()
            page.wait_for_selector(".lesson[data-state=ready]")
            page.locator("#cam-tab-live-button").click()
            page.locator(".live").wait_for()
            page.locator("#cam-tab-explore-button").click()
            page.locator("[data-part=takeHome]").click()
            page.keyboard.press("Escape")
            page.locator("footer .show-api").click()
            page.locator(".api-docs").wait_for()
            page.keyboard.press("Escape")
            page.goto(page.url.split("&view=")[0].replace("view=api", ""))
            page.wait_for_function("document.querySelector('.cx-root')?.dataset.state === 'ready'")
            page.locator("button.language").click()
            page.locator("button.mode").click()
        assert tried == []
    finally:
        context.close()
