"""What stands before the page: every request passes here, and what does not belong here is answered here.

In this order: the page is open at all, the address is one of ours, the request comes from our own pages or from a
program, its body is within the limits and of a shape that the page takes. Then Gradio answers, and its answer gets our
headers; a fault becomes one line in the log and one sentence. Knows HTTP; knows no models and no pictures.
"""

from __future__ import annotations

import asyncio
import errno
import fnmatch
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.formparsers import MultiPartException

from ..errors import CamError
from ..messages import Message
from . import journal, mcp, modules, plain, protocol
from .body import MAX_JSON, Body, Totals
from .headers import headers
from .protocol import said
from .rules import ACTIONS, INPUTS, SERVED, Refused, Rules, named, parsed
from .settings import Settings, by_the_call
from .sweeping import NO_ROOM

API = "/gradio_api"
# The addresses that are open: what the page and programs ask for. The rest of Gradio is closed.
READS = (
    *("/", "/health", "/alive", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json", "/logout"),
    *("/assets/*", "/static/*", f"/{modules.PLACE}/*", f"{API}/file=*"),
    *(f"{API}/{name}" for name in ("info", "app_id", "startup-events", "theme.css")),
    *(f"{API}/{name}" for name in ("queue/data", "call/explain/*", "heartbeat/*")),
)


_EVENTS = tuple(f"{API}/{name}" for name in ("run/predict", "component_server"))  # what older pages ask


def writes(lent: bool) -> tuple[str, ...]:
    """Return the addresses that take what is sent; where a GPU is `lent` by the call, the scripts ask Gradio's."""
    own = [f"/{protocol.PLACE}/{name}" for name in (*ACTIONS, *SERVED)]
    asked = _EVENTS if lent else own
    names = ("run/explain", "call/explain", "call/v2/explain", "queue/join", "upload", "cancel", "reset")
    return ("/login", *asked, *(f"{API}/{name}" for name in names))


WRITES = writes(by_the_call())
MCP = f"{API}/{mcp.PLACE}"  # takes what is sent where the setting CAM_MCP asks for it
_STREAMS = ("/alive", f"{API}/heartbeat/")  # they last as long as a page
_PING = 15.0  # seconds between two signs of life; proxies close what is silent for a minute
_BASE64 = 4 / 3  # characters of a byte
_LOGIN = 10_000  # bytes of a login's form
_LOGINS = 200  # from one address within an hour: a class, but not a dictionary
FAULT = Message("server-fault", "Something went wrong on the server.")
_UNKNOWN = Message("request-shape", "The request is not of the shape that is taken at this address.")
_GOING = Message("server-going", "The server is being stopped or restarted. Try again in a moment.")

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Any]


class Gate:
    """What all requests of a process share: whether it is open, and how many are being answered.

    `health` returns the content of `/health`. `idle` tells how long nothing has been answered.
    """

    def __init__(self, settings: Settings, rules: Rules, health: Callable[[], Mapping[str, Any]]) -> None:
        self.settings, self.rules, self.health = settings, rules, health
        self.totals = Totals(
            settings.bytes_of("visitor_mb"),
            Message(
                "visitor-sent-much",
                "More than {most} MB came from this address within an hour. Try again later.",
                most=settings.visitor_mb,
            ),
        )
        self.logins = Totals(
            _LOGINS,
            Message("visitor-many-logins", "Too many logins came from this address within an hour. Try again later."),
        )
        self.headers = headers(settings.sites)
        self.name = secrets.token_hex(8)  # of this start of the server
        self.closing = False
        self.active = 0
        self.closed = asyncio.Event()  # for the streams of the loop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last = time.monotonic()

    @property
    def idle(self) -> float:
        """Seconds since the last answer ended; 0 while there is one."""
        return 0.0 if self.active else time.monotonic() - self._last

    def enter(self, change: int) -> None:
        """Count a request that begins (1) or ends (-1)."""
        self._loop = self._loop or asyncio.get_running_loop()
        self.active += change
        self._last = time.monotonic()

    def close(self) -> None:
        """Take no new work, and tell open pages; may be called from any thread."""
        self.closing = True
        if self._loop:
            self._loop.call_soon_threadsafe(self.closed.set)

    def check_origin(self, origin: str, host: str) -> None:
        """Raise `Refused` for a request that a page of another site makes. Programs send no `Origin`."""
        if not origin:
            return
        own = {host.lower(), os.environ.get("SPACE_HOST", "").lower()}
        own.add(urlsplit(os.environ.get("GRADIO_ROOT_PATH", "")).netloc.lower())
        sites = [site.lower() for site in self.settings.sites.split()]
        netloc = re.sub(r"^https?://", "", origin.lower())
        if not netloc or not (netloc in own or any(fnmatch.fnmatchcase(origin.lower(), site) for site in sites)):
            raise Refused(
                "other-sites", "Requests from other sites' pages are not answered; see CAM_SITES.", status=403
            )


class Door:
    """ASGI middleware around Gradio's application."""

    def __init__(self, app: Any, gate: Gate) -> None:
        self._app, self._gate = app, gate

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        if scope["type"] != "http":  # websockets: the page has none
            return await send({"type": "websocket.close", "code": 1008})
        await _Request(self._app, self._gate, scope, receive, send).answer()


class _Request:
    """One request on its way to Gradio and back."""

    def __init__(self, app: Any, gate: Gate, scope: Scope, receive: Any, send: Send) -> None:
        self.app, self.gate, self.scope, self.receive, self._send = app, gate, scope, receive, send
        self.path = path_of(scope)
        self.write = scope["method"] not in ("GET", "HEAD")
        self.route = self.path.removeprefix(f"{API}/").removeprefix("run/").removeprefix("call/")
        self.given = dict(scope["headers"])
        self.visitor = (scope.get("client") or ("", 0))[0]
        self.body = Body(receive, self.given, gate.totals, self.visitor)
        self.started, self.status = False, 0
        self.changed: list[dict[str, Any]] = []  # an answer whose status may still change

    async def answer(self) -> None:
        """Answer the request, whatever happens."""
        streams = self.path.startswith(_STREAMS)
        self.gate.enter(not streams)
        try:
            self._check()
            await self._handle()
        except Refused as error:
            await self._refuse(error.message, error.status)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            await self._fault(error)
        finally:
            self.gate.enter(-(not streams))

    @property
    def _is_mcp(self) -> bool:
        return self.write and self.path == MCP and bool(self.gate.settings.mcp)

    def _check(self) -> None:
        """Raise `Refused` for what can be told from the first line and the headers."""
        header = {name: value.decode("latin-1") for name, value in self.given.items()}
        self.gate.check_origin(header.get(b"origin", ""), header.get(b"host", ""))
        if not (is_open(self.path, self.write) or self._is_mcp):
            if self.path in _EVENTS:
                raise Refused(protocol.RELOAD, status=404)
            raise Refused("address-unknown", "There is nothing at this address.", status=404)
        if self.scope["method"] not in ("GET", "HEAD", "POST"):
            raise Refused("verb-unknown", "Only GET, HEAD and POST are answered here.", status=405)
        if self.gate.closing and (self.path == "/" or (self.write and self.route not in ("cancel", "reset"))):
            raise Refused(_GOING, status=503)

    async def _handle(self) -> None:
        if self.path == "/health":
            return await self._json(self.gate.health(), 503 if self.gate.closing else 200)
        if self.path == "/alive":
            return await self._alive()
        if self.path.startswith(f"{API}/file="):
            self.gate.rules.file(self.path.removeprefix(f"{API}/file="))
        receive = await self._body() if self.write else self.receive
        if receive is None:
            return
        start = time.monotonic()
        await self.app(self.scope, receive, self.send)
        if self.route == "upload" and self.status == 200:
            journal.action("upload", "ok", time.monotonic() - start)

    async def _body(self) -> Any:
        """What the checked body is read from; None when the client has gone."""
        if self.route == "upload":
            return self.body.upload(self.gate.settings.bytes_of("max_file_mb"), self.gate.rules.folder)
        kind = self.given.get(b"content-type", b"").split(b";")[0].strip().lower()
        if self.route != "/login" and kind != b"application/json":
            raise Refused(
                "body-is-json",
                "The body of this request is JSON: send it with Content-Type: application/json.",
                status=415,
            )
        if self.route == "/login":
            self.gate.logins.add(self.visitor, 1)
        file = self.gate.settings.bytes_of("max_file_mb")
        most = _LOGIN if self.route == "/login" else MAX_JSON + (_BASE64 * file if self._is_mcp else 0)
        content = await self.body.whole(round(most))
        if content is None:
            return None
        if self.route != "/login":
            asked = parsed(content)
            if self.route == "v2/explain":  # by the inputs' names
                asked, self.route = named(asked), "explain"
                self.scope = {**self.scope, "path": self.scope["path"].replace("/call/v2/", "/call/", 1)}
            if self._is_mcp:
                try:
                    mcp.check(self.gate.rules, asked, INPUTS, file)
                except Refused as error:
                    journal.repeated(f"refused {self._named()}", error.code)
                    return await self._json(mcp.failed(asked, error), 200)
            else:
                self.gate.rules.check(self.route, asked)
            if self.path.startswith(f"/{protocol.PLACE}/"):
                self.scope[plain.ASKED] = asked
                return self._replay(b"")
            content = json.dumps(asked).encode()
        return self._replay(content)

    def _replay(self, content: bytes) -> Any:
        """A body that was read already; then whatever follows it."""
        messages = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else await self.receive()

        return receive

    async def send(self, message: dict[str, Any]) -> None:
        """Send a part of Gradio's answer with our headers; after a limit was broken, our own answer instead."""
        if message["type"] == "http.response.start":
            if not self.body.done and self.write:
                await self.body.drain()
            if self.body.refused:
                raise self.body.refused
            self.status = message["status"]
            if self.status >= 400 and self.route != "upload":  # there Gradio answers with a sentence itself
                self.changed.append(message)
                return
            message = {**message, "headers": [*message.get("headers", []), *self.gate.headers]}
            self.started = True
        elif self.changed:
            self.changed.append(message)
            if not message.get("more_body"):
                await self._in_words()
            return
        await self._send(message)

    async def _in_words(self) -> None:
        """Give Gradio's word for a failure a sentence: ours where it has one, and then it was the request's fault."""
        start, content = self.changed[0], b"".join(message.get("body", b"") for message in self.changed[1:])
        self.changed = []
        try:
            sentence = json.loads(content).get("error") or json.loads(content).get("detail")
        except (ValueError, AttributeError):
            sentence = None
        if start["status"] == 500 and isinstance(sentence, str) and sentence != FAULT:
            await self._refuse(CamError(sentence).message, 507 if sentence == NO_ROOM else 422, quiet=True)
        elif isinstance(sentence, str):
            await self._refuse(CamError(sentence).message, start["status"])
        elif start["status"] == 401:  # Gradio's word for one who has to log in
            await self._json({"detail": sentence}, start["status"])
        else:
            await self._refuse(FAULT if start["status"] >= 500 else _UNKNOWN, start["status"])

    async def _alive(self) -> None:
        """A stream that lasts as long as the server: by its end a page knows that the server goes."""
        kind = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no")]
        await self.send({"type": "http.response.start", "status": 200, "headers": kind})
        gone = asyncio.ensure_future(self._gone())
        closed = asyncio.ensure_future(self.gate.closed.wait())
        text = f"data: {self.gate.name}\n\n"
        try:
            while not gone.done():
                await self._send({"type": "http.response.body", "body": text.encode(), "more_body": True})
                if closed.done():
                    break
                await asyncio.wait([gone, closed], timeout=_PING, return_when=asyncio.FIRST_COMPLETED)
                text = "event: going\ndata: \n\n" if closed.done() else ": \n\n"
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            closed.cancel()

    async def _gone(self) -> None:
        """Wait until nobody is there any more."""
        while (await self.receive())["type"] == "http.request":
            pass

    async def _fault(self, error: Exception) -> None:
        """A fault of the server's: one line in the log, one sentence for the client."""
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE)
        journal.fault(self._named(), error)
        if isinstance(error, MultiPartException):
            unread = Message("upload-unreadable", "The upload cannot be read. Send it again.")
            await self._refuse(unread, 400, quiet=True)
        elif full:
            await self._refuse(NO_ROOM, 507, quiet=True)
        else:
            await self._refuse(FAULT, 500, quiet=True)

    async def _refuse(self, message: Message, status: int, *, quiet: bool = False) -> None:
        """Answer with a sentence, in English and as the page says it; a line in the log tells of what was refused."""
        if not quiet:
            journal.repeated(f"refused {self._named()}", str(status))
        if self.started:  # too late for a sentence: the connection ends
            return
        if not self.body.done and self.write:
            await self.body.drain()
        await self._json({"error": message, "detail": message, "said": said(message)}, status)

    def _named(self) -> str:
        """The address for the log: one of ours, or none."""
        return next((p for p in (*WRITES, MCP, *READS) if fnmatch.fnmatchcase(self.path, p)), "elsewhere")

    async def _json(self, content: Mapping[str, Any], status: int) -> None:
        kind = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        kind += [(b"retry-after", b"5")] if status in (429, 503) else []
        text = json.dumps(content).encode()
        head = [*kind, (b"content-length", str(len(text)).encode()), *self.gate.headers]
        self.started = True
        await self._send({"type": "http.response.start", "status": status, "headers": head})
        text = b"" if self.scope["method"] == "HEAD" else text
        await self._send({"type": "http.response.body", "body": text, "more_body": False})


def path_of(scope: Scope) -> str:
    """The address within the page, without the folder that a proxy serves it under and without a last slash."""
    path, root = scope["path"], scope.get("root_path", "")
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    return re.sub(r"(?<=.)/+$", "", path) or "/"


def is_open(path: str, write: bool) -> bool:
    """Whether an address is one of those that are answered."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in (WRITES if write else READS))
