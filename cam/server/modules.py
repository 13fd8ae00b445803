"""The page's scripts, style sheets and bodies as files: each version of them at an address of its own.

The address holds a digest of all files, so a browser may keep them for ever and asks for nothing on its next visit, and
a page never gets files of two versions. A file that is made here has an address by its content. Knows files and HTTP;
knows nothing about what is in them.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

PLACE = "modules"  # no name that a proxy is likely to serve the page under: that is taken off each address
_KINDS = (".js", ".css", ".html", ".ftl")
mimetypes.add_type("text/plain", ".ftl")
_FOR_EVER = "public, max-age=31536000, immutable"


def address(folder: Path) -> str:
    """Return the address of the files of a folder, below the page's own."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _KINDS):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return _place(digest.hexdigest())


def address_of(name: str, content: bytes) -> str:
    """Return the address of one file that is made here, below the page's own."""
    return f"{_place(hashlib.sha256(content).hexdigest())}/{name}"


def _place(digest: str) -> str:
    return f"{PLACE}/{digest[:12]}"


def route(folder: Path) -> Route:
    """Return the route that serves the files of a folder at their `address`.

    No `Mount`: below the folder that a proxy serves the page under, Starlette looks for its files at the whole address.
    """
    files = _Kept(directory=folder)

    async def serve(request: Request) -> Response:
        return await files.get_response(request.path_params["path"], request.scope)

    return Route(f"/{address(folder)}/{{path:path}}", serve, methods=["GET"])


def route_of(name: str, content: bytes, kind: str) -> Route:
    """Return the route that serves one file of a media type at its `address_of`."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    kept = {"cache-control": _FOR_EVER, "etag": tag}

    async def serve(request: Request) -> Response:
        known = request.headers.get("if-none-match", "").removeprefix("W/")
        return Response(status_code=304, headers=kept) if known == tag else Response(content, 200, kept, kind)

    return Route(f"/{address_of(name, content)}", serve, methods=["GET"])


class _Kept(StaticFiles):
    """Files that do not change at their address; each has an ETag, too."""

    def file_response(self, *values: Any, **options: Any) -> Response:
        """Return a file that may be kept."""
        answer = super().file_response(*values, **options)
        answer.headers["cache-control"] = _FOR_EVER
        return answer

    def lookup_path(self, path: str) -> tuple[str, Any]:
        """Find a file of one of the kinds that are served."""
        return super().lookup_path(path) if path.endswith(_KINDS) else ("", None)
