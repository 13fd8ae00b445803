"""What other sites show of a link to the page: read from the HTML that is served, as they read it."""

import io
import re
from html.parser import HTMLParser

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from cam.page import preview


class Metas(HTMLParser):
    """The page's tags, by name: each value that a site could read."""

    def __init__(self, html):
        super().__init__()
        self.found = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        name = values.get("property") or values.get("name") or ""
        if tag == "meta" and re.match("og:|twitter:|description", name):
            self.found.setdefault(name, []).append(values["content"])


def test_the_page_shows_its_own_title_sentence_and_picture(site, http):
    answer = http.get("")
    found = Metas(answer.text).found
    assert found["og:title"] == ["CAM Explorer"]
    assert found["og:description"] == found["description"] == [preview.SENTENCE]
    assert found["og:url"] == [site.url]
    assert "Gradio" not in str(found)
    assert all(len(values) == 1 for values in found.values()), "one each: the first is what is read"
    (address,) = found["og:image"]
    assert address.startswith(site.url), "whole: some sites read no other"
    picture = httpx.get(address, trust_env=False)
    assert picture.headers["content-type"] == "image/jpeg"
    size = Image.open(io.BytesIO(picture.content)).size
    assert [str(side) for side in size] == [*found["og:image:width"], *found["og:image:height"]]
    assert len(picture.content) < 300_000, "some sites show no larger one"
    assert "window.gradio_config" in answer.text, "the page is whole"


@pytest.mark.parametrize(
    ("headers", "root", "whole"),
    [
        ({}, "", "http://testserver"),
        ({}, "/cam", "http://testserver/cam"),
        ({"X-Forwarded-Host": "example.org", "X-Forwarded-Proto": "https"}, "/cam", "https://example.org/cam"),
        ({}, "https://example.org/cam", "https://example.org/cam"),
    ],
)
def test_addresses_are_those_of_the_request(headers, root, whole):
    html = (
        '<html><head>\n<meta property="og:image"\n content="https://gradio.app/x.jpg" /><title>a</title></head></html>'
    )
    app = Starlette(routes=[Route("/", lambda _: HTMLResponse(html)), Route("/text", lambda _: PlainTextResponse("a"))])
    app.root_path = root
    app.add_middleware(preview.Preview)
    client = TestClient(app)
    answer = client.get("/", headers=headers)
    found = Metas(answer.text).found
    assert found["og:url"] == [f"{whole}/"]
    assert re.fullmatch(re.escape(whole) + r"/modules/[0-9a-f]{12}/preview\.jpg", found["og:image"][0])
    assert len(found["og:image"]) == 1
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert client.get("/text").text == "a"
