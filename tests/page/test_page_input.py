"""Photos that come to the page in a real browser: how they arrive, and what is wrong with them."""

import numpy as np
import pytest
from pictures import QUADRANTS, assert_near, encode, png, quadrants
from PIL import Image

import cam

TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT = QUADRANTS


@pytest.fixture(scope="module")
def coffee(photo):
    return (photo.parent / "coffee.jpg").read_bytes()


def shows_coffee(tab, before):
    assert tab.top[0][0] == "espresso"
    assert tab.text("title") == "Evidence for “espresso”"
    assert not np.array_equal(tab.canvas(), before)
    assert tab.page.locator(".photo .thumb").get_attribute("alt") == "Your photo"
    assert tab.page.locator(".examples [aria-pressed=true]").count() == 0
    assert tab.status == ""


# --- ways in ---------------------------------------------------------------------------------------------------------


def test_drop(tab, coffee):
    before = tab.canvas()
    with tab.answer():
        tab.drop(("coffee.jpg", "image/jpeg", coffee))
    shows_coffee(tab, before)
    assert tab.page.locator(".veil.on").count() == 0


def test_paste(tab, coffee):
    before = tab.canvas()
    with tab.answer():
        tab.paste(("image.png", "image/png", coffee))  # browsers call everything that is pasted so
    shows_coffee(tab, before)


def test_pick(tab, coffee):
    before = tab.canvas()
    with tab.answer():
        tab.pick("coffee.jpg", "image/jpeg", coffee)
    shows_coffee(tab, before)
    with tab.answer():
        tab.page.locator(".examples button").nth(1).click()
    with tab.answer():
        tab.pick("coffee.jpg", "image/jpeg", coffee)  # the same file once more
    shows_coffee(tab, before)


def test_the_first_of_several_files_counts(tab, coffee, photo):
    before = tab.canvas()
    with tab.answer():
        tab.drop(("one.jpg", "image/jpeg", coffee), ("two.jpg", "image/jpeg", photo.read_bytes()))
    shows_coffee(tab, before)


def test_a_new_photo_keeps_the_other_choices(tab, coffee):
    with tab.answer():
        tab.choose("layer", "blocks.4")
    with tab.answer():
        tab.choose("method", "layercam")
    with tab.answer():
        tab.drop(("coffee.jpg", "image/jpeg", coffee))
    assert tab.chosen() == {
        "model": "efficientnet_lite0",
        "layer": "blocks.4",
        "method": "layercam",
        "fit": "squeeze",
    }
    assert tab.row(0).get_attribute("aria-pressed") == "true", "it starts at its own best class"


def test_an_address_is_no_picture(tab):
    drawing = tab.canvas()
    with tab.no_request():
        tab.page.evaluate("""() => {
          const data = new DataTransfer();
          data.setData('text/uri-list', 'http://example.com/cat.jpg');
          for (const kind of ['dragenter', 'dragover', 'drop'])
            document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
        }""")
        assert "only an address" in tab.page.locator("#cam-photo-note").inner_text()
    assert np.array_equal(tab.canvas(), drawing)


# --- kinds -----------------------------------------------------------------------------------------------------------


def dropped(tab, name, kind, content):
    with tab.answer():
        tab.drop((name, kind, content))
    return tab.plain()


def corners(pixels):
    h, w = pixels.shape[:2]
    return [tuple(pixels[y, x].tolist()) for y in (h // 4, 3 * h // 4) for x in (w // 4, 3 * w // 4)]


def test_a_turned_photo_drops_upright(tab):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side: turn clockwise
    pixels = dropped(tab, "phone.jpg", "image/jpeg", encode(quadrants(300, 200), "JPEG", exif=exif.tobytes()))
    assert pixels.shape[0] == pytest.approx(1.5 * pixels.shape[1], rel=0.02)
    assert_near(corners(pixels), [BOTTOM_LEFT, TOP_LEFT, BOTTOM_RIGHT, TOP_RIGHT], 16)


def test_a_sent_jpeg_does_not_come_back(tab, coffee):
    """It is shown from the file: on the canvas, in the left column, in what is saved, and with another model."""
    answers = []
    tab.page.on("response", lambda response: "/actions/" in response.url and answers.append(response.text()))
    before = tab.page.locator(".thumb").get_attribute("src")
    with tab.answer():
        tab.drop(("coffee.jpg", "image/jpeg", coffee))
    tab.idle()
    assert answers
    assert not any("data:image/jpeg" in answer for answer in answers)
    thumb = tab.page.locator(".thumb").get_attribute("src")
    assert thumb.startswith("data:image/jpeg")
    assert thumb != before
    found = np.asarray(saved(tab), int)
    opened = cam.open_image(coffee)
    wanted = np.asarray(cam.overlay(cam.explain(cam.trace(cam.load_model("efficientnet_lite0"), opened)), opacity=0.75))
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).mean() < 2
    with tab.answer():
        tab.choose("model", "efficientnet_lite1")
    assert_shows(tab, opened)


def saved(tab):
    """The picture that "Save PNG" gives."""
    with tab.page.expect_download() as download:
        tab.page.get_by_role("button", name="Save PNG").click()
    return cam.open_image(download.value.path())


def assert_shows(tab, image):
    """The canvas without heat is this image."""
    pixels = tab.plain().astype(int)
    wanted = np.asarray(image.resize(pixels.shape[1::-1]), int)
    assert np.abs(pixels - wanted).mean() < 4


def test_a_large_jpeg_is_made_smaller_for_the_page(tab, photo):
    large = Image.open(photo).convert("RGB").resize((2400, 1200))
    with tab.answer():
        tab.drop(("large.jpg", "image/jpeg", encode(large, "JPEG")))
    assert saved(tab).size == (1600, 800)
    assert_shows(tab, large)


@pytest.mark.parametrize(
    "broken",
    ["throw new Error('no memory')", "return old(...args).then((image) => createSmaller(image))"],
    ids=["not decoded", "another size"],
)
def test_a_sent_jpeg_that_the_browser_cannot_show_comes_back(tab, coffee, broken):
    tab.page.evaluate(f"""() => {{
      const old = window.createImageBitmap.bind(window);
      const createSmaller = (image) => old(image, 0, 0, 20, 10);
      window.createImageBitmap = async (...args) => {{ {broken}; }};
    }}""")
    wishes = []
    tab.page.on(
        "request", lambda request: "actions/act" in request.url and wishes.append(request.post_data_json["data"])
    )
    with tab.answer():
        tab.drop(("coffee.jpg", "image/jpeg", coffee))
    tab.has_photo("Your photo")
    tab.idle()
    assert tab.top[0][0] == "espresso"
    assert_shows(tab, cam.open_image(coffee))
    assert tab.status == ""
    asked = {wish["request_id"]: bool(wish["own"]) for wish in wishes}
    assert list(asked.values()) == [True, False], "it asks once more, and says that it has none"


def test_what_only_claims_to_be_a_jpeg(tab):
    """Transparency lies on white, as the server opens it, whatever the file is called."""
    clear = Image.new("RGBA", (300, 200), (255, 0, 0, 0))
    assert_near(corners(dropped(tab, "photo.jpg", "image/jpeg", encode(clear, "PNG"))), [(255,) * 3] * 4, 3)


def test_files_that_browsers_do_not_open(tab):
    for name, kind, form in (("p.heic", "image/heic", "HEIF"), ("p.tif", "image/tiff", "TIFF"), ("p.avif", "", "AVIF")):
        assert_near(corners(dropped(tab, name, kind, encode(quadrants(300, 200), form))), QUADRANTS, 30)


def test_sixteen_bits(tab):
    values = np.repeat(np.repeat(np.uint16([[0, 16384], [32768, 65535]]), 60, 0), 60, 1)
    pixels = dropped(tab, "scan.png", "image/png", encode(Image.fromarray(values), "PNG"))
    assert_near(corners(pixels), [(0,) * 3, (64,) * 3, (128,) * 3, (255,) * 3], 3)


def test_odd_shapes(tab):
    for width, height in ((8, 8), (1200, 12), (12, 1200)):
        pixels = dropped(tab, "odd.png", "image/png", encode(quadrants(width, height), "PNG"))
        assert pixels.std() > 10, "something of the picture is to be seen"
        assert tab.status == ""
        assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= 1280


# --- faults ----------------------------------------------------------------------------------------------------------


FAULTS = [
    ("cat.jpg", "image/jpeg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20, "cannot be read: it is damaged"),
    ("text.jpg", "image/jpeg", b"Dear diary, this is no picture.", "is not an image that can be opened here"),
    ("bomb.png", "image/png", png(20_000, 20_000), "has 20,000 x 20,000 = 400 million pixels"),
    ("dot.png", "image/png", png(1, 1, rows=b"\0\0"), "is 1 x 1 pixels: each side needs at least 8"),
    ("drawing.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is an SVG drawing"),
]


def test_what_cannot_be_opened(tab):
    """A sentence that names the file; the picture before it is kept; the next action works."""
    title = tab.text("title")
    for number, (name, kind, content, words) in enumerate(FAULTS):
        drawing = tab.canvas()
        tab.drop((name, kind, content))
        tab.says(words)
        assert tab.status.startswith(f"{name} ")
        assert tab.status.endswith(".")
        assert tab.text("title") == title
        assert np.array_equal(tab.canvas(), drawing)
        assert tab.page.locator(".drop.busy").count() == 0
        tab.row(number + 1).click()
        tab.shows(tab.row(number + 1).get_attribute("data-index"))
        assert tab.status == ""
        title = tab.text("title")
    with tab.answer():
        tab.choose("method", "hirescam")
    assert tab.text("title") == title


def test_faults_that_need_no_server(tab):
    drawing = tab.canvas()
    note = tab.page.locator("#cam-photo-note")
    with tab.no_request():
        tab.drop(("empty.jpg", "image/jpeg", b""))
        assert note.inner_text() == "This file is empty. Choose another one."
        tab.page.evaluate("""() => {
          const data = new DataTransfer();
          data.items.add(new File([new Uint8Array(21 * 2 ** 20)], 'large.jpg', { type: 'image/jpeg' }));
          document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }""")
        assert note.inner_text() == "This file has 21 MB; at most 20 MB can be sent. Make it smaller first."
    assert np.array_equal(tab.canvas(), drawing)
    with tab.answer():
        tab.choose("method", "hirescam")
    assert note.is_hidden()


def test_a_phone_reads_the_fault_beside_the_photo(visit):
    tab = visit(width=390, height=844)
    tab.drop(("cat" * 50 + ".jpg", "image/jpeg", b"no picture"))
    note = tab.page.locator("#cam-photo-note")
    note.wait_for(state="visible")
    assert "is not an image" in note.inner_text()
    assert note.evaluate("(node) => node.scrollWidth <= node.clientWidth"), "a long name stays within the card"


def test_a_server_that_is_gone(tab):
    drawing = tab.canvas()
    tab.page.route("**/upload*", lambda route: route.abort())
    tab.drop(("cat.png", "image/png", encode(quadrants(), "PNG")))
    tab.page.wait_for_function("!document.querySelector('#cam-photo-note').hidden")
    assert "could not be sent" in tab.page.locator("#cam-photo-note").inner_text()
    assert np.array_equal(tab.canvas(), drawing)
    tab.errors.clear()  # the browser itself reports the failed request
    tab.page.unroute("**/upload*")
    with tab.answer():
        tab.drop(("cat.png", "image/png", encode(quadrants(), "PNG")))
