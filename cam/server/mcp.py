"""What a client of the Model Context Protocol may send: the shape of its messages, and the image of a call.

Gradio's own server of MCP answers; it calls `/explain` by this page's own address, so that all that holds for
`/explain` holds here. An image comes as a `data:` URL, which becomes a visitor's file here, or as the address of a file
that was sent to this page; a path on the server and any other address are refused before Gradio sees them. Knows JSON;
knows no models.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import importlib.util
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .rules import FILE_AT, Refused, Rules, check_inputs
from .settings import Settings, SettingsError
from .sweeping import NO_ROOM, has_room

PLACE = "mcp"  # behind Gradio's prefix
_ASKED = (
    "initialize",
    "ping",
    "tools/list",
    "tools/call",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
)
_FIELDS = {"jsonrpc", "id", "method", "params"}
_KIND = re.compile(r"data:image/([a-z0-9]{1,10})[^,;]{0,40};base64,", re.IGNORECASE)
_OWN = "http://localhost" + FILE_AT  # nobody opens it: `Rules` reads the file's path out of it


def check_settings(settings: Settings) -> bool:
    """Whether the page is to answer clients of MCP. Raises `SettingsError` where it cannot."""
    if not settings.mcp:
        return False
    if settings.login:
        raise SettingsError("CAM_MCP=1 and CAM_LOGIN exclude each other: a client of MCP cannot log in here.")
    if importlib.util.find_spec("mcp") is None:
        raise SettingsError("CAM_MCP=1 needs the package mcp: pip install 'gradio[mcp]'.")
    return True


def check(rules: Rules, body: dict[str, Any], inputs: Iterable[str], most: int) -> None:
    """Raise `Refused` for what is no message of MCP, or no call of `explain`; its image becomes a file's address.

    `inputs`: the names of the tool's inputs; `most`: bytes of an image.
    """
    method = body.get("method")
    if body.get("jsonrpc") != "2.0" or set(body) - _FIELDS or not isinstance(method, str):
        raise Refused(
            "mcp-no-message", "The body is no message of MCP: an object with jsonrpc 2.0, id, method and params."
        )
    if method not in _ASKED and not method.startswith("notifications/"):
        raise Refused("mcp-no-method", "This page answers no {method} of MCP.", method=method[:40])
    if method != "tools/call":
        return
    params = body.get("params")
    given = params.get("arguments") if isinstance(params, Mapping) else None
    if not isinstance(given, dict):
        raise Refused("mcp-no-arguments", "A call of a tool has params with a name and arguments.")
    check_inputs(given, inputs)
    given["image"] = _address(rules, given.get("image"), most)


def mend(server: Any) -> None:
    """Let Gradio's server of MCP answer with each output by itself, the picture as a picture.

    Gradio 6.31 makes one text of all outputs where a client asks for no progress.
    """
    whole = server._execute_tool_without_progress

    async def each(job: Any) -> list[Any]:
        (outputs,) = await whole(job)
        return list(outputs) if isinstance(outputs, list | tuple) else [outputs]

    server._execute_tool_without_progress = each


def failed(body: Mapping[str, Any], error: Refused) -> dict[str, Any]:
    """Return what a client of MCP shows of a refusal: the result of a call that failed, or an error."""
    number = body.get("id")
    number = number if isinstance(number, int | str) else None
    sentence = str(error)
    if body.get("method") != "tools/call":
        return {"jsonrpc": "2.0", "id": number, "error": {"code": -32600, "message": sentence}}
    content = [{"type": "text", "text": sentence}]
    return {"jsonrpc": "2.0", "id": number, "result": {"content": content, "isError": True}}


def _address(rules: Rules, image: Any, most: int) -> str:
    """The address of the file that an image is, as Gradio takes it."""
    if isinstance(image, str) and FILE_AT in image:
        return _OWN + str(rules.file(image.partition(FILE_AT)[2]))
    found = _KIND.match(image) if isinstance(image, str) else None
    if found is None:
        raise Refused(
            "mcp-image",
            "`image` is neither a picture as data:image/jpeg;base64,... nor the address of a file that was sent to "
            "this page (POST /gradio_api/upload, then .../gradio_api/file=PATH). Nothing else is opened.",
        )
    text = image[found.end() :]
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("mcp-image-damaged", "`image` is no base64 of a file: send it again.") from None
    if len(content) > most:
        raise Refused(
            "mcp-image-large",
            "`image` has {size:.1f} MB, and at most {most:.0f} MB are taken: make it smaller first.",
            size=len(content) / 2**20,
            most=most / 2**20,
        )
    return _OWN + str(_kept(rules.folder, content, found[1].lower()))


def _kept(folder: Path, content: bytes, kind: str) -> Path:
    """Write an image where uploads lie; it is swept with them."""
    if not has_room(folder, len(content)):
        raise Refused(NO_ROOM, status=507)
    own = folder / hashlib.sha256(content).hexdigest()
    own.mkdir(parents=True, exist_ok=True)
    path = own / f"image.{kind}"
    path.write_bytes(content)
    return path
