"""Many visitors at a time: how long each waits, what fails, and whether anybody gets an answer to another's action.

The visitors are HTTP clients that speak the page's own protocol: the same requests to the same routes as a browser's,
with a session, rising request numbers and what was shown before in them; every answer that follows is fetched as the
page fetches it, and a page that rests asks for its layer strip. They share one thread and one process of Python, on
the same cores as the server. Each acts once every two seconds on average, whether the answer before is there or not;
as on the page, a later action ends an earlier one.

A browser answers many actions itself, such as another class at the last layer; here every one goes to the server.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from browsing import Site
from client import Client
from figures import Figure, ms, quantile

ASSETS = Path(__file__).resolve().parents[1] / "assets"
USERS, MOST_USERS = 40, 200
MOST_SECONDS = 600
RESTS = 0.7  # seconds without an action after which a page asks for its strip
SPARE = 0.06  # seconds that a page leaves for painting before it asks for what nobody waits for
AGAIN = 2.0  # seconds until it asks again when others come first; the page waits longer each time
FIRST = 10  # seconds that are counted apart: everybody arrives, and layers are looked at for the first time
PAUSE = 2.0  # seconds between two actions of a visitor, on average
AIM = 1.0
METHODS = ("gradcam", "hirescam", "gradcam_plusplus", "xgradcam", "layercam", "eigencam", "gradcam_elementwise")
MODELS = ("efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2")  # those that need no network
# What visitors do, and how often of a hundred times.
MIX = {"class": 40, "layer": 20, "method": 15, "example": 13, "photo": 6, "model": 4, "fit": 2}


@dataclass(frozen=True)
class Protocol:
    """What the page's configuration says: where the scripts ask, the first state, and what can be chosen."""

    place: str
    value: dict[str, Any]
    layers: tuple[str, ...]
    examples: tuple[str, ...]
    fits: tuple[str, ...]

    @classmethod
    def read(cls, config: dict[str, Any]) -> Protocol:
        """Find the connection, and what it opens with."""
        names = {one["props"].get("component_class_name"): one for one in config["components"]}
        wire = names["Connection"]
        opening = json.loads(wire["props"]["props"]["opening"])
        lists = opening["lists"]
        return cls(
            opening["place"],
            wire["props"]["value"],
            tuple(layer["name"] for layer in opening["answer"]["layers"]),
            tuple(example["name"] for example in lists["examples"]),
            tuple(fit["name"] for fit in lists["fits"]),
        )

    def asked(self, name: str, value: Any, session: str) -> tuple[str, dict[str, Any]]:
        """The address and the body of what the scripts ask: an action, the next answer, or a function by its name."""
        return f"{self.place}/{name}", {"session_hash": session, "data": value}


@dataclass
class Tally:
    """What happened to all actions."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    overtaken: int = 0  # a later action of the same visitor came before the picture
    followed: Counter = field(default_factory=Counter)  # what came after pictures
    errors: Counter = field(default_factory=Counter)
    crossed: Counter = field(default_factory=Counter)
    models: Counter = field(default_factory=Counter)  # what the actions were about
    maps: dict[tuple, np.ndarray] = field(default_factory=dict)  # by what was asked: the same question has one answer

    @property
    def answered(self) -> list[float]:
        """Seconds of the actions that a picture came to."""
        return [one for some in self.seconds.values() for one in some]

    @property
    def waits(self) -> list[float]:
        """Seconds of all actions; who gave up waited longer than anybody."""
        return self.answered + self.overtaken * [float("inf")]


@dataclass(eq=False)
class Visitor:
    """One visitor: a session of the page, with what it asks for and what it has been shown."""

    number: int
    client: Client | httpx.AsyncClient
    protocol: Protocol
    tally: Tally
    photo: bytes
    want: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    request_id: int = 0
    photos: int = 0
    index: int = 0  # of the class on show
    end: float = 0.0

    def __post_init__(self):
        self.rng = random.Random(self.number)
        self.session = f"load{self.number:04}{self.rng.randrange(16**6):06x}"
        self.want = {name: value for name, value in self.protocol.value.items() if name not in ("shown", "request_id")}
        self.shown = dict(self.protocol.value["shown"])
        self.layers = self.protocol.layers

    async def visit(self, seconds: float) -> None:
        """Act again and again for a while, and wait for the last answers."""
        self.end = time.monotonic() + seconds
        await asyncio.sleep(self.rng.uniform(0, PAUSE))
        actions = []
        while time.monotonic() < self.end:
            kind = self.rng.choices(list(MIX), list(MIX.values()))[0]
            actions.append(asyncio.create_task(self.act(kind, self.change(kind))))
            await asyncio.sleep(self.rng.uniform(0.5, 1.5) * PAUSE)
        await asyncio.gather(*actions)

    def change(self, kind: str) -> dict[str, Any]:
        """What an action of this kind changes in the choice, as the page's controls would."""
        pick = self.rng.choice
        other = [name for name in self.protocol.examples if name != self.want["photo"].get("example")]
        return {
            "class": lambda: {"class": self.rng.randrange(1000)},
            "layer": lambda: {"layer": pick(self.layers)},
            "method": lambda: {"method": pick(METHODS)},
            "example": lambda: {"photo": {"example": pick(other)}, "class": None},
            "photo": lambda: {"class": None},
            "model": lambda: {"model": pick(MODELS), "layer": ""},
            "fit": lambda: {"fit": pick(self.protocol.fits)},
        }[kind]()

    async def act(self, kind: str, change: dict[str, Any]) -> None:
        """Carry out one action and time it, from the wish to its last picture; sending a photo is part of it."""
        start, tally = time.perf_counter(), self.tally  # of the time in which it began
        tally.models[change.get("model", self.want["model"])] += 1
        try:
            if kind == "photo":
                change = {**change, "photo": {"upload": await self.upload()}}
            self.want = {**self.want, **change}
            self.request_id = request_id = max(self.request_id + 1, int(time.time() * 1e6))
            painted = await self.answers(self.want, request_id, tally)
        except (OSError, httpx.HTTPError, LookupError, TypeError, ValueError) as error:
            tally.errors[f"{kind}: {type(error).__name__}: {error}"[:200]] += 1
            return
        if painted:
            tally.seconds.setdefault(kind, []).append(painted - start)
            await self.strip(request_id)

    async def upload(self) -> str:
        """Send a photo that nobody has sent before."""
        self.photos += 1
        content = self.photo + f"{self.session} {self.photos}".encode()  # behind a JPEG's end anything may stand
        answer = await self.client.post("gradio_api/upload", files={"files": ("photo.jpg", content, "image/jpeg")})
        answer.raise_for_status()
        return answer.json()[0]

    async def answers(self, want: dict[str, Any], request_id: int, tally: Tally) -> float:
        """Fetch all answers to an action; returns when the last picture came, 0 where there was none."""
        painted, name = 0.0, "act"
        while name:
            own = want["photo"].get("upload", "")  # a page shows a JPEG that it sent from its own file
            value = {**want, "request_id": request_id, "shown": self.shown, "own": own}
            found = await self.ask(name, value)
            overtaken = self.request_id != request_id
            if not found:  # what a later action overtook is answered with nothing
                tally.overtaken += not painted
                if not overtaken:
                    tally.errors["no answer"] += 1
                return painted
            if found.get("error"):
                tally.errors[found["error"]["text"]] += 1
                return painted
            self.judge(want, request_id, found)
            if "picture" in found:
                painted = time.perf_counter()
                want = self.take(want, found, overtaken)
                self.index = found["picture"]["class"]
            tally.followed["maps of other classes"] += "classes" in found
            await asyncio.sleep(found.get("after") or SPARE * found.get("prefetch", False))
            over = painted and time.monotonic() > self.end
            name = "more" if found.get("more") and self.request_id == request_id and not over else ""
        return painted

    async def ask(self, name: str, value: Any) -> dict[str, Any]:
        """Ask as the page's scripts do."""
        address, body = self.protocol.asked(name, value, self.session)
        answer = await self.client.post(address, json=body)
        answer.raise_for_status()
        return answer.json()

    async def strip(self, request_id: int) -> None:
        """Ask for the layer strip until it comes or the visitor acts."""
        wish = {name: self.want[name] for name in ("photo", "model", "fit", "method", "contrast")}
        wish |= {"class": self.index, "version": self.protocol.value["version"]}
        pause = RESTS
        while True:
            await asyncio.sleep(pause)
            if self.request_id != request_id or time.monotonic() > self.end:
                return
            found = await self.ask("layer_strip", wish)
            self.tally.followed["strip" if "layers" in found else "strip later"] += 1
            if not found.get("busy"):
                return
            pause = AGAIN

    def take(self, want: dict[str, Any], answer: dict[str, Any], overtaken: bool) -> dict[str, Any]:
        """Remember what is on show now; the choice as it was carried out."""
        self.shown = answer.get("shown", self.shown)
        self.layers = tuple(layer["name"] for layer in answer.get("layers", ())) or self.layers
        if "confirmed" not in answer or overtaken:
            return want
        self.want = {**self.want, **answer["confirmed"]}
        return self.want

    def judge(self, want: dict[str, Any], request_id: int, answer: dict[str, Any]) -> None:
        """Count an answer that belongs to another visitor, another action, another photo or another class."""
        for found in mistakes(want, request_id, answer):
            self.tally.crossed[found] += 1
        picture = answer.get("picture")
        if picture and picture["share"] == 1:
            found = np.frombuffer(base64.b64decode(picture["map"]), "<f4")
            if not alike(self.tally.maps.setdefault((picture["key"], picture["class"]), found), found):
                self.tally.crossed["another map for the same question"] += 1


def alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two maps are the same but for rounding: a pass on one core adds up in another order than one on two."""
    return one.shape == other.shape and bool(np.abs(one - other).max() <= 1e-3 * np.abs(one).max())


def photo_id(photo: dict[str, str]) -> str:
    """The name that the server gives a photo: an upload's folder is named by its content."""
    return f"example-{photo['example']}" if "example" in photo else Path(photo["upload"]).parent.name


def mistakes(want: dict[str, Any], request_id: int, answer: dict[str, Any]) -> list[str]:
    """What in an answer does not belong to the action that asked for it."""
    picture, confirmed = answer.get("picture"), answer.get("confirmed") or {}
    identity = photo_id(want["photo"])
    wrong = []
    if answer["request_id"] != request_id:
        wrong.append("request_id")
    asked = {name: wish for name, wish in want.items() if wish not in ("", None)}  # the rest is the server's choice
    if confirmed and any(confirmed.get(name) != wish for name, wish in asked.items() if name != "version"):
        wrong.append("choice")
    if picture:
        layer = confirmed.get("layer") or want["layer"]
        detail = f"{want.get('detail', 1):g}"
        key = [identity, want["model"], layer, want["fit"], detail, want["method"]]  # more may follow in it
        if picture["key"].split("|")[: len(key)] != key or picture["photo_id"] != identity:
            wrong.append("photo")
        if want["class"] is not None and picture["class"] != want["class"]:
            wrong.append("class")
    for part, name in (("ranking", "photo_id"), ("photo", "id")):
        if answer.get(part) and answer[part][name] != identity:
            wrong.append(part)
    if answer.get("classes") and not answer["classes"]["key"].startswith(f"{identity}|{want['model']}|"):
        wrong.append("classes")
    return wrong


@asynccontextmanager
async def arrived(site: Site, users: int, photo: bytes) -> AsyncIterator[list[Visitor]]:
    """So many visitors, each with connections of their own as browsers have; all models are loaded."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(Client(site.url)) for _ in range(1 + users)]
        protocol = Protocol.read((await clients[0].get("config")).json())
        warm = Visitor(0, clients[0], protocol, Tally(), photo)
        for model in MODELS:  # loaded before anybody waits for them
            await warm.act("model", {"model": model, "layer": ""})
        if warm.tally.errors:
            raise RuntimeError(f"The models cannot be loaded: {dict(warm.tally.errors)}")
        yield [Visitor(1 + number, client, protocol, Tally(), photo) for number, client in enumerate(clients[1:])]


async def crowd(site: Site, users: int, seconds: float, photo: bytes) -> tuple[Tally, Tally, float]:
    """Let the visitors act; returns what happened at first, what happened then, and this process's share of a core."""
    async with arrived(site, users, photo) as visitors:
        first, tally = Tally(), Tally()
        for visitor in visitors:
            visitor.tally = first
        start, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(visitor.visit(FIRST) for visitor in visitors))
        for visitor in visitors:
            visitor.tally = tally
        await asyncio.gather(*(visitor.visit(seconds) for visitor in visitors))
        return first, tally, (time.process_time() - used) / (time.perf_counter() - start)


def figures(site: Site, users: int, seconds: float) -> list[Figure]:
    """Run the load, say what happened, and return its figures."""
    from browser import EXAMPLES, SCREEN, jpeg

    users, seconds = min(users, MOST_USERS), min(seconds, MOST_SECONDS)
    limit = seconds + 180
    work = crowd(site, users, seconds, jpeg(EXAMPLES[1], SCREEN))
    first, tally, share = asyncio.run(asyncio.wait_for(work, limit))
    for kind, times in sorted(tally.seconds.items()):
        print(f"  {kind:8} {len(times):5}  median {ms(quantile(times, 0.5))}  p95 {ms(quantile(times, 0.95))}")
    errors, crossed = first.errors + tally.errors, first.crossed + tally.crossed
    for title, counted in (("error", errors), ("crossed", crossed)):
        for what, count in counted.most_common(10):
            print(f"  {title}: {what} ({count})")
    print(f"  followed: {dict(tally.followed)}")
    print(f"  overtaken before a picture: {tally.overtaken}; the clients used {100 * share:.0f} % of a core")
    if not tally.seconds:
        raise RuntimeError("No action was answered with a picture.")
    pages = int(Path(f"/proc/{site.process.pid}/statm").read_text().split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    slow = quantile(tally.waits, 0.95)
    middle, longest = (waiting(quantile(tally.waits, part)) for part in (0.5, 1))
    many = f"{users} users, one action per {PAUSE:g} s"
    found = (
        f"{waiting(slow)} (median {middle}, longest {longest}, {len(tally.waits)} actions; "
        f"in the first {FIRST} s p95 {waiting(quantile(first.waits, 0.95))})"
    )
    return [
        Figure(f"{many}: action → its last picture, p95", f"≤ {AIM:g} s", found, slow <= AIM),
        Figure(f"{many}: errors", "0", str(errors.total()), errors.total() == 0),
        Figure(f"{many}: answers crossed", "0", str(crossed.total()), crossed.total() == 0),
        Figure(f"{many}: memory of the page's process at the end", "", f"{memory:,.0f} MiB"),
    ]


def waiting(seconds: float) -> str:
    return "overtaken by the next action" if seconds == float("inf") else ms(seconds)
