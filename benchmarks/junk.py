"""Junk requests: what strangers' programs may send to the page, seeded, and what became of each.

Every request differs in one thing from one that the page takes: a field of another type, a body that is no JSON, a
session that is no name, an address that is not ours. Knows the page's protocol; knows nothing about images.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import httpx
from load import Protocol

JUNK = (
    *(None, True, -1, 0, 2**70, 1.5, 1e300, "", "x" * 5000, "a\0b", "\ud800", "../../etc/passwd", "<script>", "🦊"),
    *([], [[]], ["x"] * 20, {}, {"a": {"b": {}}}, {"__class__": 1}, {str(number): number for number in range(50)}),
)
_INNARDS = re.compile(r"Traceback|File \"|\w+(Error|Exception)\b|/root/|/home/|/tmp/|site-packages|\.py\b")
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Request:
    """One request: where to, with what."""

    name: str
    path: str
    content: bytes
    headers: dict[str, str]
    method: str = "POST"


@dataclass(frozen=True)
class Outcome:
    """What became of a request: `outcome` is "refused" when it got a sentence and a status 4xx."""

    name: str
    status: int
    outcome: str
    seconds: float
    sentence: str = ""


def judged(answer: httpx.Response) -> str:
    """Say what an answer to junk is worth: "refused", or what is wrong with it."""
    if answer.status_code < 400:
        return "accepted"
    if answer.status_code >= 500:
        return "failed"
    sentence = sentence_of(answer)
    if _INNARDS.search(sentence):
        return "leaked"
    return "refused" if re.fullmatch(r"\S.*\.", sentence) else "no sentence"


def sentence_of(answer: httpx.Response) -> str:
    """The sentence of a refusal; "" where there is none."""
    try:
        found = answer.json()
    except ValueError:
        return answer.text[:300] if answer.headers.get("content-type", "").startswith("text/plain") else ""
    found = found.get("error") if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def ask(http: httpx.Client, asked: Iterable[Request]) -> list[Outcome]:
    """Send the requests one after another and judge the answers."""
    found = []
    for one in asked:
        start = time.perf_counter()
        try:
            answer = http.request(one.method, one.path, content=one.content, headers=one.headers)
        except httpx.HTTPError as error:
            found.append(Outcome(one.name, 0, f"no answer: {type(error).__name__}", time.perf_counter() - start))
            continue
        seconds = time.perf_counter() - start
        found.append(Outcome(one.name, answer.status_code, judged(answer), seconds, sentence_of(answer)))
    return found


def requests(http: httpx.Client, count: int = 200, seed: int = 0) -> list[Request]:
    """Return `count` junk requests for the page that `http` reaches: all kinds in turn."""
    rng = random.Random(seed)
    protocol = Protocol.read(http.get("config").json())
    kinds: list[Callable[[random.Random, Protocol], Request]] = [
        *(_choice, _envelope, _explain, _strip, _frame, _choice, _number, _explain),
        *(_broken, _form, _elsewhere, _origin, _small),
    ]
    return [kinds[number % len(kinds)](rng, protocol) for number in range(count)]


def _sent(name: str, path: str, body: Any, **headers: str) -> Request:
    return Request(name, path, json.dumps(body).encode(), {**_JSON, **headers})


def _other(rng: random.Random, fits: Callable[[Any], bool]) -> Any:
    """A piece of junk that a field does not take."""
    return rng.choice([value for value in JUNK if not fits(value)])


def _name(value: Any) -> bool:
    """Whether the core, not the door, judges this value where a name is asked for."""
    return value is None or (isinstance(value, str) and value.isprintable() and len(value) < 1000)


def _asked(kind: str, protocol: Protocol, **value: Any) -> Request:
    return _sent(kind, *protocol.asked("act", {**protocol.value, **value}, "junk"))


def _choice(rng: random.Random, protocol: Protocol) -> Request:
    """A field of the page's own value."""
    name = rng.choice(("model", "layer", "method", "fit", "photo", "class", "contrast", "shown", "own"))
    fits = {
        "photo": lambda value: value in (None, {}),
        "shown": lambda value: value in (None, {}),
        "class": lambda value: value is None or (isinstance(value, int) and abs(value) < 2**31 and value is not True),
        "contrast": lambda value: value is None or isinstance(value, bool),
    }
    return _asked(f"choice {name}", protocol, **{name: _other(rng, fits.get(name, _name))})


def _number(rng: random.Random, protocol: Protocol) -> Request:
    """Tickets of another time, or of none."""
    number = rng.choice((int((time.time() + 10**7) * 1e6), 2**80, -5, 1.5, "7", [7], {}, True))
    return _asked("request_id", protocol, request_id=number)


def _envelope(rng: random.Random, protocol: Protocol) -> Request:
    """A field of what is wrapped around the value."""
    name = rng.choice(("data", "session_hash", "more"))
    path, body = protocol.asked("act", protocol.value, "junk")
    return _sent(f"envelope {name}", path, {**body, name: _other(rng, lambda value: False)})


def _explain(rng: random.Random, _: Protocol) -> Request:
    """An argument of `/explain`; the image is junk, too, for nothing was sent."""
    data: list[Any] = [None, "efficientnet_lite0", "", "", -1]
    place = rng.randrange(6)
    if place == 5:
        path = rng.choice(("/etc/passwd", "http://127.0.0.1/", "\0", "", "/proc/self/mem", "x" * 5000))
        data[0] = {"path": path, "meta": {"_type": "gradio.FileData"}}
    else:
        data[place] = rng.choice(JUNK[4:])
    return _sent(
        "explain", f"gradio_api/{rng.choice(('run', 'call')) if place == 5 else 'run'}/explain", {"data": data}
    )


def _strip(rng: random.Random, protocol: Protocol) -> Request:
    return _sent("strip", *protocol.asked("layer_strip", _other(rng, lambda value: isinstance(value, dict)), "junk"))


def _frame(rng: random.Random, protocol: Protocol) -> Request:
    name = rng.choice(("data", "frame", "session_hash"))
    path, body = protocol.asked("explain_frame", {}, "junk")
    junk = _other(rng, lambda value: name == "frame" and isinstance(value, str))
    return _sent(f"frame {name}", path, {**body, **({"data": {name: junk}} if name == "frame" else {name: junk})})


def _broken(rng: random.Random, protocol: Protocol) -> Request:
    """A body that is no JSON object, is too large or comes under another name."""
    whole = json.dumps(protocol.asked("act", protocol.value, "junk")[1]).encode()
    content = rng.choice(
        (
            b"",
            whole[:-7],
            b"[" * 50_000,
            b"[1, 2]",
            b"\xff\xfe",
            b"9" * 10_000,
            b"null",
            whole + b" " * 1_100_000,
            b"{}",
        )
    )
    own = [f"{protocol.place}/{name}" for name in ("act", "layer_strip")]
    path = rng.choice((*own, *(f"gradio_api/{name}" for name in ("queue/join", "cancel", "reset"))))
    return Request(f"broken {path}", path, content, _JSON)


def _form(rng: random.Random, _: Protocol) -> Request:
    """Uploads of many files, without a boundary, or of no form at all."""
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nx\r\n'
    kind, content = rng.choice(
        (
            ("multipart/form-data; boundary=b", part * 9 + b"--b--\r\n"),
            ("multipart/form-data", part),
            ("application/json", b"{}"),
            ("multipart/form-data; boundary=b", b"--b\r\n" + b"x: " + b"y" * 20_000 + b"\r\n\r\n"),
        )
    )
    return Request("form", "gradio_api/upload", content, {"Content-Type": kind})


def _elsewhere(rng: random.Random, _: Protocol) -> Request:
    """Addresses that are not ours."""
    names = (
        "gradio_api/deep_link?session_hash=a",
        "docs",
        "gradio_api/proxy=http://127.0.0.1:22/",
        "monitoring/summary",
    )
    path = rng.choice((*names, "gradio_api/file=/etc/passwd", "gradio_api/file=http://127.0.0.1/", "x" * 5000, "%00"))
    return Request("elsewhere", path, b"", {}, "GET")


def _origin(rng: random.Random, protocol: Protocol) -> Request:
    """What a page of another site asks."""
    origin = rng.choice(("https://evil.example", "null", "http://localhost:1", "x"))
    return _sent("origin", *protocol.asked("act", protocol.value, "junk"), Origin=origin)


def _small(rng: random.Random, _: Protocol) -> Request:
    """The small writes of Gradio's own clients."""
    junk = _other(rng, lambda value: isinstance(value, str) and value.isprintable() and 0 < len(value) < 60)
    path = f"gradio_api/{rng.choice(('cancel', 'reset'))}"
    return _sent("small", path, {"session_hash": junk, "event_id": junk, "fn_index": junk})
