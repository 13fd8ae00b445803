"""A small HTTP client for many visitors on the cores that they share with the server: it costs a fifth of a library's.

Keeps connections, sends JSON or one file, reads bodies of a told length or in chunks. Knows HTTP/1.1; knows no page.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson

_LONGEST = 60.0  # seconds for an answer
_IDLE = 3.0  # seconds after which a connection is not used again; the server closes what is idle for five
_EDGE = b"--------a-file-of-a-visitor"


class Failed(OSError):
    """No answer, or one that refuses."""


@dataclass(frozen=True)
class Answer:
    """An answer: its status and its body."""

    status_code: int
    content: bytes

    def json(self) -> Any:
        """Return what the body says."""
        return orjson.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise `Failed` for a refusal."""
        if self.status_code >= 400:
            raise Failed(f"{self.status_code}: {self.content[:200].decode(errors='replace')}")


class Client:
    """One visitor's connections to the page at `url`: as many as it has requests under way."""

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url)
        self._kept: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        for _since, _reader, writer in self._kept:
            writer.close()

    async def get(self, path: str) -> Answer:
        """Fetch what lies at a path below the page's address."""
        return await self._ask("GET", path, b"", "")

    async def post(self, path: str, *, json: Any = None, files: dict[str, tuple] | None = None) -> Answer:
        """Send JSON, or one file as {field: (name, content, type)}."""
        if files is None:
            return await self._ask("POST", path, orjson.dumps(json), "application/json")
        ((field, (name, content, kind)),) = files.items()
        head = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        body = b"--" + _EDGE + b"\r\n" + head.encode() + content + b"\r\n--" + _EDGE + b"--\r\n"
        return await self._ask("POST", path, body, f"multipart/form-data; boundary={_EDGE.decode()}")

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> Answer:
        lines = [f"{method} {self._place.path}{path} HTTP/1.1", f"Host: {self._place.netloc}"]
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"] if kind else []
        try:
            return await asyncio.wait_for(self._sent("\r\n".join([*lines, "", ""]).encode() + body), _LONGEST)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, TimeoutError, ValueError) as error:
            raise Failed(f"{path}: {type(error).__name__}") from error

    async def _sent(self, content: bytes) -> Answer:
        now = asyncio.get_running_loop().time()
        while self._kept and now - self._kept[-1][0] > _IDLE:
            self._kept.pop()[2].close()
        if self._kept:
            _, reader, writer = self._kept.pop()
        else:
            reader, writer = await asyncio.open_connection(self._place.hostname, self._place.port, limit=2**22)
        try:
            writer.write(content)
            status, body, stays = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if stays:
            self._kept.append((asyncio.get_running_loop().time(), reader, writer))
        else:
            writer.close()
        return Answer(status, body)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Read one answer: status, body, and whether another may follow on this connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.strip().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    if "content-length" in fields:
        body = await reader.readexactly(int(fields["content-length"]))
    else:  # in chunks
        pieces = []
        while size := int(await reader.readline(), 16):
            pieces.append(await reader.readexactly(size))
            await reader.readline()
        await reader.readline()
        body = b"".join(pieces)
    return int(first.split()[1]), body, fields.get("connection") != "close"
