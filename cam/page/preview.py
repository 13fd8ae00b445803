"""What other sites show of a link to the page: its title, a sentence and a picture of it, instead of Gradio's.

Knows the page's HTML and its own address; knows nothing of what the page does.
"""

from __future__ import annotations

import functools
import re
from html import escape
from pathlib import Path
from typing import Any

from gradio.route_utils import get_root_url
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.routing import Route

from ..server import modules

TITLE = "CAM Explorer"
SENTENCE = "See where an image classifier finds the evidence for each of its classes: drop a photo, choose a class."
PICTURE = Path(__file__).with_name("preview.jpg")
SIZE = (1200, 630)  # as the sites that show it want it
_TAGS = re.compile(r"""\s*<meta\s+(?:property="og:|name="twitter:|name="description")[^>]*>""")


def route() -> Route:
    """Return the route that serves the picture."""
    return modules.route_of(PICTURE.name, PICTURE.read_bytes(), "image/jpeg")


@functools.cache
def _address() -> str:
    return modules.address_of(PICTURE.name, PICTURE.read_bytes())


def with_tags(html: str, root: str) -> str:
    """Return a page whose preview is ours; `root` is the page's whole address, without a last slash."""
    picture = f"{root}/{_address()}"
    values = {
        "og:type": "website",
        "og:url": f"{root}/",
        "og:title": TITLE,
        "og:description": SENTENCE,
        "og:image": picture,
        "og:image:width": str(SIZE[0]),
        "og:image:height": str(SIZE[1]),
    }
    tags = [f'<meta property="{name}" content="{escape(value)}" />' for name, value in values.items()]
    tags += [f'<meta name="description" content="{escape(SENTENCE)}" />']
    tags += ['<meta name="twitter:card" content="summary_large_image" />']  # the rest is read from the others
    if "<title>" not in html:
        tags += [f"<title>{TITLE}</title>"]  # of the login, too, to which Gradio gives none
    return _TAGS.sub("", html).replace("<head>", "\n\t\t".join(["<head>", *tags]), 1)


class Preview:
    """ASGI middleware that gives the page's HTML its tags."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self._app(scope, receive, send)
        start: dict[str, Any] = {}
        content = b""

        async def tagged(message: dict[str, Any]) -> None:
            nonlocal content
            if message["type"] == "http.response.start":
                start.update(message)
                if _is_page(message):
                    return
            elif start and _is_page(start):
                content += message.get("body", b"")
                if message.get("more_body"):
                    return
                root = get_root_url(Request(scope), "/", getattr(scope["app"], "root_path", None))
                body = with_tags(content.decode(), root).encode()
                MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
                await send(start)
                message = {"type": "http.response.body", "body": body}
            await send(message)

        await self._app(scope, receive, tagged)


def _is_page(start: dict[str, Any]) -> bool:
    kind = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(b"text/html")
