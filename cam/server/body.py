"""The bodies of requests: how large, of how many parts, how slow, and how much from one visitor within an hour.

Knows bytes and times; knows nothing about what they mean. A body that breaks a limit ends with Gradio's own word for a
bad upload, for which it deletes what it has written; so does one that is broken off.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.formparsers import MultiPartException

from ..messages import Message
from .rules import Refused
from .sweeping import NO_ROOM, has_room

MAX_JSON = 1_000_000  # bytes
MAX_PARTS = 4  # files of one request
_ENVELOPE = 64 * 1024  # bytes around the files of a request
_HOUR = 3600.0
_KNOWN = 20_000  # visitors whose totals are remembered
_IDLE = 30.0  # seconds without a byte
_LONGEST = 600.0  # seconds for a body
_DRAINED = 64 * 2**20  # bytes that are read and thrown away, so that the answer arrives

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Totals:
    """What came from each address within the last hour, such as bytes; it is kept for as long, and nowhere else.

    `sentence` is said to who goes beyond `most`.
    """

    def __init__(self, most: int, sentence: Message) -> None:
        self.most, self._sentence = most, sentence
        self._sent: OrderedDict[str, deque[tuple[float, int]]] = OrderedDict()
        self._guard = threading.Lock()

    def add(self, visitor: str, count: int) -> None:
        """Count what comes now. Raises `Refused` with a sentence when it is too much."""
        now = time.monotonic()
        with self._guard:
            sent = self._sent.setdefault(visitor, deque())
            self._sent.move_to_end(visitor)
            while sent and now - sent[0][0] >= _HOUR:
                sent.popleft()
            if sum(size for _, size in sent) + count > self.most:
                raise Refused(self._sentence, status=429)
            if sent and now - sent[-1][0] < 1:  # a second is counted as one
                sent[-1] = (sent[-1][0], sent[-1][1] + count)
            else:
                sent.append((now, count))
            self._forget(now)

    def _forget(self, now: float) -> None:
        while self._sent:
            visitor, sent = next(iter(self._sent.items()))
            if len(self._sent) <= _KNOWN and sent and now - sent[-1][0] < _HOUR:
                return
            del self._sent[visitor]


class Body:
    """A request's body as it arrives: `receive` is what Gradio reads, `whole` what is read here."""

    def __init__(self, receive: Receive, headers: dict[bytes, bytes], totals: Totals, visitor: str) -> None:
        self._receive, self._totals, self._visitor = receive, totals, visitor
        self._headers = headers
        self._count, self._parts, self._tail = 0, 0, b""
        self._end = time.monotonic() + _LONGEST
        self.done = False  # all of it has come, or nobody is there any more
        self.refused: Refused | None = None

    def check_length(self, most: int) -> None:
        """Raise `Refused` for a body that says that it is too large, or says nonsense."""
        text = self._headers.get(b"content-length", b"0")
        if not re.fullmatch(rb"\d{1,15}", text):
            raise Refused("length-no-number", "The header Content-Length is not a number.", status=400)
        self._check(int(text), most)

    def _check(self, count: int, most: int) -> None:
        if count > most:
            raise Refused(
                "body-too-large",
                "The body is larger than the {most:.4g} MB that are taken here: make it smaller first.",
                status=413,
                most=most / 1e6,
            )

    async def _next(self) -> dict[str, Any]:
        """The next message, within the time that a body may take."""
        patience = min(_IDLE, self._end - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, patience))
        except (asyncio.TimeoutError, TimeoutError):
            raise Refused("body-too-slow", "The body came too slowly. Try again.", status=408) from None
        self.done = message["type"] != "http.request" or not message.get("more_body", False)
        self._count += len(message.get("body", b""))
        return message

    async def whole(self, most: int) -> bytes | None:
        """Return all of a body; None when the client has gone. Raises `Refused`."""
        self.check_length(most)
        pieces = []
        while not self.done:
            message = await self._next()
            if message["type"] != "http.request":
                return None
            pieces.append(message.get("body", b""))
            self._check(self._count, most)
        return b"".join(pieces)

    def upload(self, most_file: int, folder: Path) -> Receive:
        """Return what Gradio reads a multipart body from into `folder`; see the module for how it ends too early."""
        found = re.search(rb'boundary="?([^";,\s]+)', self._headers.get(b"content-type", b""))
        if not found:
            raise Refused("upload-no-boundary", "Files are sent as multipart/form-data with a boundary.", status=415)
        most = MAX_PARTS * most_file + _ENVELOPE
        self.check_length(most)
        boundary = b"--" + found[1] + b"\r\n"

        async def receive() -> dict[str, Any]:
            if self.done:
                return {"type": "http.disconnect"}
            try:
                message = await self._next()
                if message["type"] != "http.request":
                    raise Refused("upload-broken-off", "The upload was broken off.", status=400)
                self._check(self._count, most)
                content = message.get("body", b"")
                if not has_room(folder, len(content)):
                    raise Refused(NO_ROOM, status=507)
                self._totals.add(self._visitor, len(content))
                self._count_parts(content, boundary)
            except Refused as error:
                self.refused = error
                raise MultiPartException(str(error)) from None
            return message

        return receive

    def _count_parts(self, content: bytes, boundary: bytes) -> None:
        """Count the parts that begin; a boundary may lie across two messages."""
        seen = self._tail + content
        self._parts += seen.count(boundary)
        self._tail = seen[-(len(boundary) - 1) :]
        if self._parts > MAX_PARTS:
            raise Refused(
                "upload-many-files",
                "More than {most} files in one request. Send them one after another.",
                status=413,
                most=MAX_PARTS,
            )

    async def drain(self) -> None:
        """Read what is still on its way and throw it away: a client that writes does not see an answer."""
        end = self._count + _DRAINED
        try:
            while not self.done and self._count < end:
                await self._next()
        except Refused:
            return
