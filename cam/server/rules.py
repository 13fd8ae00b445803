"""What a request may ask for: the JSON of every write is read here before anything else of the page sees it.

Knows the shape of the page's own messages, of `/explain` and of Gradio's envelope around them. Whether a model, a layer
or a class exists is for the core to judge.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import CamError
from ..maps.effort import EXACT
from ..messages import Message
from . import protocol
from .findings import GRID, RUNS

_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_LONGEST = 300  # characters of a name or a path of a layer
_AHEAD = 86_400  # seconds that a visitor's clock may be ahead of ours: a number of an action is a time
_NUMBER = 2**31
_FAR = 100_000  # pixels: no photo is as wide
_TEXTS = ("model", "layer", "method", "combine", "effort", "fit")
_EXPLAIN: dict[str, Any] = {
    **{"image": None, "model": "", "layer": "", "method": "", "class_index": -1, "detail": 1.0},
    **{"fit": "squeeze", "contrast": False, "combination": "", "effort": EXACT, "target": -1},
}
_LEAST = list(_EXPLAIN).index("detail")  # inputs of a list; those behind may be left out
INPUTS = tuple(_EXPLAIN)
FILE_AT = "/gradio_api/file="  # behind a page's address: before the path of a file
ACTIONS = ("act", "more", "stop")
SERVED = (
    *("layer_strip", "detail_survey", "explain_frame", "models_here", "lesson_story", "hub_model", "take_home"),
    "cover_photo",
)
COVERS = {"kind": ("grey", "blur", "patch"), "tool": ("brush", "box")}
MOST_STROKES, MOST_POINTS = 60, 400  # of one covered photo
# What a value should have been, and what it is.
_SESSION_NAME = Message("wanted-session", "a name of up to 64 letters, digits, - and _")
_WHOLE = Message("wanted-whole", "a whole number")
_NOT_NEGATIVE = Message("wanted-not-negative", "a whole number that is not negative")
_TRUTH = Message("wanted-truth", "true or false")
_PART = Message("wanted-part", "a part of this page")
_FUNCTION = Message("wanted-function", "a function of this page")
_SHORT_TEXT = Message("wanted-short-text", "a text of at most {most} characters", most=_LONGEST)
_PATH = Message("wanted-path", "a path")
_FEW_TEXTS = Message("wanted-few-texts", "an object of a few texts")
_AREA = Message("wanted-area", "the number of a class with a point, or with a grid and its runs")
_QUANTITY = Message("a-number", "a number")
_SHARE = Message("wanted-share", "a number from 0 to 1")
_TEXT = Message("a-text", "a text")
_NULL = Message("null", "null")
_KINDS = {
    bool: Message("a-truth-value", "a truth value"),
    int: _QUANTITY,
    float: _QUANTITY,
    str: _TEXT,
    list: Message("a-list", "a list"),
    dict: Message("an-object", "an object"),
}


class Refused(CamError):
    """A request that is not carried out; `status` is what it is answered with."""

    def __init__(self, said: str, text: str | None = None, /, *, status: int = 422, **params: Any) -> None:
        super().__init__(said, text, **params)
        self.status = status


def parsed(content: bytes) -> dict[str, Any]:
    """Return the JSON object that a body holds. Raises `Refused`."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # no JSON, no text, a number of thousands of digits, thousands of brackets
        raise Refused("body-no-json", "The body is not JSON: send a JSON object.", status=400) from None
    if not isinstance(found, dict):
        raise Refused("body-no-object", "The body is {kind}: send a JSON object.", status=400, kind=_kind(found))
    return found


def check_inputs(given: Iterable[str], inputs: Iterable[str]) -> None:
    """Raise `Refused` for a name that is none of the `inputs` of `/explain`."""
    if unknown := sorted(set(given) - set(inputs)):
        raise Refused(
            "explain-no-input",
            "`{name}` is no input of /explain. There are: {inputs}.",
            name=unknown[0][:40],
            inputs=list(inputs),
        )


def named(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call of `/explain` whose inputs come by their names as one with a list. Raises `Refused`."""
    check_inputs(body, INPUTS)
    return {"data": [body.get(name, usual) for name, usual in _EXPLAIN.items()]}


class Rules:
    """The rules for the writes of one page: `handlers` {fn_index: number of inputs, or the name of an endpoint}."""

    def __init__(self, page: Any, folder: Path) -> None:
        self._handlers = {number: (fn.api_name, len(fn.inputs)) for number, fn in page.fns.items()}
        self._blocks = {number: type(block).__name__ for number, block in page.blocks.items()}
        self._endpoints = {fn.api_name for fn in page.fns.values() if fn.api_visibility == "public"}
        self.folder = folder.resolve()

    def file(self, text: str) -> Path:
        """Return the file of a visitor that is meant by a path. Raises `Refused` for any other path."""
        try:
            path = Path(text).resolve()
            if path.parent.parent == self.folder and path.is_file():
                return path
        except (OSError, ValueError):
            pass
        raise Refused("file-gone", "This file is not on the server, or no longer. Send it again.", status=404)

    def check(self, route: str, body: Mapping[str, Any]) -> None:
        """Raise `Refused` for a body that is not of the shape that a route takes; what may be left out is filled in."""
        _optional(body, "session_hash", _is_session, _SESSION_NAME)
        place, _, name = route.strip("/").partition("/")
        if place == protocol.PLACE:
            self._check_asked(name, body)
        elif route == "component_server":
            self._check_served(body)
        elif route in ("cancel", "reset"):
            _optional(body, "event_id", _is_text, _TEXT)
            _optional(body, "fn_index", _is_number, _WHOLE)
        else:
            self._check_call(route, body)

    def _check_call(self, route: str, body: Mapping[str, Any]) -> None:
        if set(body) - {"data", "session_hash", "event_id", "event_data", "fn_index", "trigger_id", "simple_format"}:
            raise Refused(
                "body-holds-more", "The body holds more than data, session_hash, fn_index, trigger_id and event_data."
            )
        _optional(body, "event_id", _is_text, _TEXT)
        _optional(body, "simple_format", lambda value: isinstance(value, bool), _TRUTH)
        _optional(body, "trigger_id", lambda value: _is_number(value) and value in self._blocks, _PART)
        endpoint, count = self._handler(route, body)
        data = body.get("data")
        if endpoint in self._endpoints and isinstance(data, list) and _LEAST <= len(data) < count:
            data.extend(list(_EXPLAIN.values())[len(data) : count])
        if not isinstance(data, list) or len(data) != count:
            raise Refused("data-no-list", "`data` is not a list of {count} values.", count=count)
        if endpoint in self._endpoints:
            self._check_explain(data)
            return
        _need(body, "session_hash", _is_session, _SESSION_NAME)
        _check_wish(data[0])

    def _handler(self, route: str, body: Mapping[str, Any]) -> tuple[str, int]:
        """Which handler is meant: by the address, or by its number."""
        if route in self._endpoints and body.get("fn_index") is None:
            return next(found for found in self._handlers.values() if found[0] == route)
        if not _is_number(body.get("fn_index")) or body["fn_index"] not in self._handlers:
            raise Refused("handler-unknown", "`fn_index` is not the number of a handler of this page.")
        return self._handlers[body["fn_index"]]

    def _check_explain(self, data: list[Any]) -> None:
        given = dict(zip(_EXPLAIN, data, strict=True))
        image, number, detail = (given[name] for name in ("image", "class_index", "detail"))
        target = given["target"]
        if image is not None:
            if not isinstance(image, Mapping) or not _is_text(image.get("path")):
                raise Refused(
                    "image-not-sent", "`image` is not a file that was sent: send it to /gradio_api/upload first."
                )
            if not isinstance(image.get("meta"), Mapping) or image["meta"].get("_type") != "gradio.FileData":
                meta = '"meta": {"_type": "gradio.FileData"}'
                raise Refused("image-no-meta", "`image` is a file with {meta}.", meta=meta)
            if any(not _is_text(image.get(name) or "") for name in ("url", "orig_name", "mime_type")):
                raise Refused("image-no-description", "`image` does not describe a file.")
            if FILE_AT in image["path"]:  # the address of a file that was sent here
                found = str(self.file(image["path"].partition(FILE_AT)[2]))
                image = data[0] = {"path": found, "meta": dict(image["meta"])}
            if image["path"].lower().startswith(("http:", "https:")):
                raise Refused(
                    "image-web-address", "Web addresses are not opened: save the picture and send the saved file."
                )
            self.file(image["path"])
        for name in ("model", "layer", "method", "fit", "combination", "effort"):
            _need(given, name, _is_text, _SHORT_TEXT)
        _need(given, "contrast", lambda value: isinstance(value, bool), _TRUTH)
        if not _is_quantity(number):
            raise Refused(
                "class-index-no-number",
                "`class_index` is not a whole number: {found}. -1 is the top class.",
                found=_found(number),
            )
        if not _is_quantity(target):
            raise Refused(
                "finding-no-number",
                "`target` is not a whole number: {found}. 1 is the first finding, -1 the most confident one.",
                found=_found(target),
            )
        if not _is_quantity(detail):
            raise Refused(
                "detail-no-number",
                "`detail` is not a number: {found}. 1 is the model's own input size.",
                found=_found(detail),
            )

    def _check_served(self, body: Mapping[str, Any]) -> None:
        _need(body, "session_hash", _is_session, _SESSION_NAME)
        _need(body, "component_id", lambda value: _is_number(value) and value in self._blocks, _PART)
        _need(body, "fn_name", lambda value: value in SERVED, _FUNCTION)
        self._check_value(body["fn_name"], body.get("data"))

    def _check_asked(self, name: str, body: Mapping[str, Any]) -> None:
        """What the scripts ask at an address of the page's own."""
        if set(body) != {"data", "session_hash"}:
            raise Refused("body-no-call", "The body is not an object of data and session_hash.")
        _need(body, "session_hash", _is_session, _SESSION_NAME)
        if name in ACTIONS:
            _check_wish(body["data"])
        else:
            self._check_value(name, body["data"])

    def _check_value(self, name: str, value: Any) -> None:
        """What a function of the page is given."""
        if name in ("layer_strip", "detail_survey", "lesson_story"):
            check_choice(value)
        elif name == "hub_model":
            if not isinstance(value, Mapping) or not isinstance(value.get("id"), str) or len(value["id"]) > _LONGEST:
                raise Refused("data-no-id", "`data` is not an object with an id.")
        elif name == "take_home":
            check_choice(value)
            for part in ("what", "ending", "language", "colours", "evidence"):
                _optional(value, part, _is_text, _SHORT_TEXT)
            _optional(value, "visitor", _is_session, _SESSION_NAME)
            _optional(value, "opacity", lambda found: _is_quantity(found) and 0 <= found <= 1, _SHARE)
        elif name == "explain_frame":
            if not isinstance(value, Mapping) or not isinstance(value.get("frame"), str):
                raise Refused("data-no-frame", "`data` is not an object with a frame.")
            check_choice({name: value.get(name) for name in ("model", "class")})
        elif name == "cover_photo":
            check_choice(value)
            _need(value, "page", _is_session, _SESSION_NAME)
            _need(value, "number", lambda found: _is_number(found) and 0 <= found < _NUMBER, _NOT_NEGATIVE)
            _check_strokes(value.get("strokes"))


def _check_strokes(strokes: Any) -> None:
    """Raise `Refused` for what is no list of `protocol.Stroke`, and for too many of them."""
    if not isinstance(strokes, list) or not all(map(_is_stroke, strokes)):
        raise Refused("strokes-shape", "`strokes` is not a list of brushes and boxes with their points.")
    points = sum(len(stroke["points"]) for stroke in strokes)
    if len(strokes) > MOST_STROKES or points > MOST_POINTS:
        raise Refused(
            "strokes-many",
            "This is more than {strokes} strokes or {points} points. Undo some, or reset.",
            strokes=MOST_STROKES,
            points=MOST_POINTS,
        )


def _is_stroke(value: Any) -> bool:
    if not isinstance(value, Mapping) or any(value.get(name) not in words for name, words in COVERS.items()):
        return False
    points: Any = value.get("points")
    size: Any = value.get("size")
    if not isinstance(points, list) or not points or (value["tool"] == "box" and len(points) != 2):
        return False
    return all(map(_is_place, [*points, value.get("shift")])) and _is_quantity(size) and 0 <= size < _FAR


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_quantity(one) and abs(one) < _FAR for one in value)


def _check_wish(value: Any) -> None:
    """Raise `Refused` for what is no `protocol.Wish` of this version."""
    check_choice(value)
    if value.get("version") != protocol.VERSION:
        raise Refused(protocol.RELOAD)


def check_choice(value: Any) -> None:
    """Raise `Refused` for what is not of the shape of a `protocol.Wish`; all fields are optional."""
    if not isinstance(value, Mapping):
        raise Refused("choice-no-object", "A choice is an object, not {kind}.", kind=_kind(value))
    _optional(value, "request_id", _is_number, _NOT_NEGATIVE)
    number = value.get("request_id") or 0
    if not 0 <= number <= (time.time() + _AHEAD) * 1e6:
        raise Refused(
            "clock-wrong",
            "The action's number is of another day than today. Check this device's clock, and open the page anew.",
        )
    for name in _TEXTS:
        _optional(value, name, _is_text, _SHORT_TEXT)
    _optional(value, "own", _is_text, _PATH)
    _optional(value, "class", _is_class, _WHOLE)
    _optional(value, "detail", _is_quantity, _QUANTITY)
    _optional(value, "contrast", lambda found: isinstance(found, bool), _TRUTH)
    for name in ("photo", "shown"):
        _optional(value, name, _is_small, _FEW_TEXTS)
    _optional(value, "listed", lambda found: isinstance(found, bool), _TRUTH)
    _optional(value, "area", _is_area, _AREA)


def _need(body: Mapping[str, Any], name: str, fits: Callable[[Any], bool], wanted: Message) -> None:
    if not fits(body.get(name)):
        raise _not(name, wanted, body.get(name))


def _not(name: str, wanted: Message, value: Any) -> Refused:
    return Refused("field-is-not", "`{name}` is not {wanted}: {found}.", name=name, wanted=wanted, found=_found(value))


def _optional(body: Mapping[str, Any], name: str, fits: Callable[[Any], bool], wanted: Message) -> None:
    if body.get(name) is not None:
        _need(body, name, fits, wanted)


def _is_text(value: Any) -> bool:
    """Whether it is a short text that a file system and a log can take: no control characters, no half of a letter."""
    if not isinstance(value, str) or len(value) > _LONGEST * 4:
        return False
    return not any(letter < " " or "\ud800" <= letter <= "\udfff" for letter in value)


def _is_session(value: Any) -> bool:
    return isinstance(value, str) and _SESSION.fullmatch(value) is not None


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_quantity(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _NUMBER


def _is_class(value: Any) -> bool:
    return value is None or (_is_number(value) and abs(value) < _NUMBER)


def _is_small(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) <= 8 and all(_is_text(part) for part in (*value, *value.values()))


def _is_area(value: Any) -> bool:
    """Whether it is of the shape of a `protocol.Area`, and no larger than that can be."""
    if not isinstance(value, Mapping) or not _is_number(value.get("of")) or not 0 <= value["of"] < _NUMBER:
        return False
    if set(value) == {"of", "point"}:
        point = value["point"]
        return isinstance(point, list) and len(point) == 2 and all(map(_is_quantity, point))
    if set(value) != {"of", "grid", "runs"} or not isinstance(value["grid"], list) or len(value["grid"]) != 2:
        return False
    fits = all(_is_number(side) and 1 <= side <= GRID for side in value["grid"])
    return fits and isinstance(value["runs"], str) and len(value["runs"]) <= 3 * RUNS


def _kind(value: Any) -> Message:
    return _KINDS.get(type(value), _NULL)


def _found(value: Any) -> Message:
    """What was found, in a few plain characters."""
    if isinstance(value, float) and not math.isfinite(value):
        return Message("no-finite-number", "no finite number")
    if isinstance(value, int | float | str):
        return Message("value-is-kind", "{value} is {kind}", value=json.dumps(value)[:40], kind=_kind(value))
    return Message("it-is-kind", "it is {kind}", kind=_kind(value))
