"""The page's own addresses: what its scripts ask for comes as JSON and is answered with JSON, past Gradio's events.

`POST actions/act`, `more` and `stop` take a `protocol.Wish`, the functions that a tab serves what they take, all as
{"session_hash", "data"}. What a function makes as a `File` is sent as it is. Gradio's way of an event to its handler
and back takes longer than most answers do. What is asked is read and judged at the door. Knows HTTP and names; knows
nothing about what is asked.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.routing import Route

from .protocol import PLACE

ASKED = "cam.asked"  # where the door leaves what it has read, in the scope of a request
_HEADERS = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


@dataclass(frozen=True)
class File:
    """An answer that is a file, as a browser saves it: its `kind` as in Content-Type, and its name."""

    content: bytes
    kind: str
    name: str

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What is said of it; the name in ASCII and, for those that read RFC 6266, whole."""
        short = "".join(letter if letter.isascii() and letter not in '"\\' else "_" for letter in self.name)
        named = f"attachment; filename=\"{short}\"; filename*=UTF-8''{quote(self.name, safe='')}"
        return [
            (b"content-type", self.kind.encode()),
            (b"content-disposition", named.encode()),
            (b"cache-control", b"no-store"),
        ]


Function = Callable[[Any, str], Any]  # of what is asked and the session; or of that a promise


def routes(functions: Mapping[str, Function]) -> list[Route]:
    """Return a route for each function."""
    return [Route(f"/{PLACE}/{name}", _Served(function), methods=["POST"]) for name, function in functions.items()]


def without_session(functions: Iterable[Callable[[Any], Any]]) -> dict[str, Function]:
    """Return functions that know no session by their names."""

    def ignoring(function: Callable[[Any], Any]) -> Function:
        if inspect.iscoroutinefunction(function):
            return lambda value, _session: function(value)
        return lambda value, _session: run_in_threadpool(function, value)

    return {function.__name__: ignoring(function) for function in functions}


def encoded(answer: Any) -> bytes:
    """Return an answer as JSON."""
    return orjson.dumps(answer)


class _Served:
    """A function as an ASGI application: no `Request`, no `Response` and no dependencies are made for it."""

    def __init__(self, function: Function) -> None:
        self._function = function

    async def __call__(self, scope: dict[str, Any], _receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """Answer a request whose body the door has read."""
        if not _logged_in(scope):
            return await _send(send, 401, json.dumps({"detail": "Not authenticated"}).encode())
        asked = scope[ASKED]
        answer = self._function(asked["data"], asked["session_hash"])
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, File):
            return await _send(send, 200, answer.content, answer.headers)
        await _send(send, 200, answer if isinstance(answer, bytes) else encoded(answer))


async def _send(
    send: Callable[[Any], Awaitable[None]],
    status: int,
    content: bytes,
    kind: Iterable[tuple[bytes, bytes]] = _HEADERS,
) -> None:
    headers = [*kind, (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content, "more_body": False})


def _logged_in(scope: dict[str, Any]) -> bool:
    """Whether a request may be answered: the page asks for no login, or Gradio has given this visitor one."""
    app = scope["app"]
    if app.auth is None:
        return True
    cookies = HTTPConnection(scope).cookies
    names = (f"access-token-{app.cookie_id}", f"access-token-unsecure-{app.cookie_id}")
    return any(app.tokens.get(cookies.get(name)) is not None for name in names)
