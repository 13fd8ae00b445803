"""A long run of everything that visitors do, over HTTP: what grows, what fails, and whose answer goes astray.

    python benchmarks/soak.py --write

Starts `python app.py` with small caches and a short time for files, lets 20 visitors carry out 5,000 mixed actions
(the load's, and programs at `/explain`, frames of a camera, uploads that break off, junk, pages opened anew), and reads
memory and kept files of the process all along. A visitor has as many connections as a browser opens. Ten times
everybody waits until all is answered, idle connections have ended and free memory was given back: threads and open
files are compared between these rests, for between them their number is that of the requests under way. Half an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import math
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]  # cam, and the helpers of the page's tests

import browsing  # noqa: E402
import httpx  # noqa: E402
import junk  # noqa: E402
import load  # noqa: E402
from browser import EXAMPLES, jpeg  # noqa: E402
from figures import Figure, machine, quantile, table, write  # noqa: E402

browsing.PATIENCE = 180  # a busy machine starts slowly
ACTIONS, VISITORS, PAUSE = 5000, 20, 2.0
LEGS = 10  # parts of the run, each with a rest behind it
WARM = 2  # of them: models are loaded, caches are full
REST = 33.0  # seconds: idle connections have ended, and free memory was given back
AT_ONCE = 6  # connections of a browser to one server, and actions under way
_LIMITS = httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=1)  # never one that the server is about to close
MIX = {**load.MIX, "explain": 6, "frame": 12, "broken": 3, "junk": 6, "reload": 3}
SETTINGS = {
    "CAM_KEEP_FILES_MINUTES": "3",  # longer than a visitor keeps to one photo
    "CAM_TRACE_CACHE_MB": "128",
    "CAM_PHOTO_CACHE_MB": "64",
    "CAM_MAP_CACHE_MB": "16",
}
_PHOTO = (640, 480)
_FRAME = (320, 240)


@dataclass(frozen=True)
class Sample:
    """The process at one moment: memory in MiB, threads, open files, and files of visitors with something in them."""

    done: int
    memory: float
    threads: int
    opened: int
    kept: int
    resting: bool = False


def sample(pid: int, folder: Path, done: int, resting: bool) -> Sample:
    """Read the process and its folder."""
    process = Path(f"/proc/{pid}")
    pages = int((process / "statm").read_text().split()[1])
    files = sum(len(names) for _, _, names in os.walk(folder))
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    opened, threads = (len(os.listdir(process / name)) for name in ("fd", "task"))
    return Sample(done, memory, threads, opened, files, resting)


class Resident(load.Visitor):
    """A visitor who stays, and does everything that can be done."""

    async def stay(self, actions: int, pause: float, count) -> None:
        """Carry out so many actions, one after another or not, and wait for the last answers."""
        self.end = math.inf
        running: set[asyncio.Task] = set()
        for _ in range(actions):
            while len(running) >= AT_ONCE:
                _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            (kind,) = self.rng.choices(list(MIX), list(MIX.values()))
            work = self.act(kind, self.change(kind)) if kind in load.MIX else getattr(self, kind)()
            running.add(asyncio.create_task(self.counted(kind, work, count)))
            await asyncio.sleep(self.rng.uniform(0.5, 1.5) * pause)
        await asyncio.gather(*running)

    async def counted(self, kind: str, work, count) -> None:
        """Wait for an action; what it raises is an error of the tally's."""
        try:
            await work
        except httpx.HTTPStatusError as error:
            said = junk.sentence_of(error.response) or error
            self.tally.errors[f"{kind}: {error.response.status_code}: {said}"[:200]] += 1
        except (httpx.HTTPError, LookupError, TypeError, ValueError) as error:
            self.tally.errors[f"{kind}: {type(error).__name__}: {error}"[:200]] += 1
        count()

    async def explain(self) -> None:
        """A program asks for a class, and fetches the picture."""
        index = self.rng.randrange(1000)
        image = {"path": await self.upload(), "meta": {"_type": "gradio.FileData"}}
        body = {"data": [image, self.rng.choice(load.MODELS), "", self.rng.choice(load.METHODS), index]}
        answer = await self.client.post("gradio_api/run/explain", json=body)
        answer.raise_for_status()
        picture, report = answer.json()["data"]
        self.tally.crossed["explain"] += report["class"]["index"] != index
        found = await self.client.get(f"gradio_api/file={picture['path']}")
        found.raise_for_status()
        self.tally.errors["picture"] += not found.content.startswith(b"\x89PNG")

    async def frame(self) -> None:
        """A frame of the camera with a class that is pinned."""
        index = self.rng.randrange(1000)
        frame = base64.b64encode(FRAMES[self.rng.randrange(len(FRAMES))]).decode()
        version = self.protocol.value["version"]
        value = {"frame": frame, "model": load.MODELS[0], "class": index, "version": version}
        answer = await self.ask("explain_frame", value)
        self.tally.errors["frame"] += "error" in answer
        self.tally.crossed["frame"] += answer.get("class") != index

    async def broken(self) -> None:
        """An upload whose sender goes in the middle."""
        url = self.client.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nContent-Length: 900000\r\n"
        head += "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; "
        writer.write(head.encode() + b'name="files"; filename="a.jpg"\r\n\r\n' + self.photo[:30_000])
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        del reader

    async def junk(self) -> None:
        """A request that is refused with a sentence."""
        one = self.rng.choice(JUNK)
        answer = await self.client.request(one.method, one.path, content=one.content, headers=one.headers)
        self.tally.errors[f"junk {one.name}: {answer.status_code}"] += junk.judged(answer) != "refused"

    async def reload(self) -> None:
        """The page opened anew."""
        answer = await self.client.get("")
        answer.raise_for_status()
        self.tally.errors["page"] += "gradio_config" not in answer.text


JUNK: list[junk.Request] = []
FRAMES: list[bytes] = []


async def run(site: browsing.Site, actions: int, visitors: int, pause: float) -> tuple[load.Tally, list[Sample]]:
    """Let the visitors act; returns what happened and the process all along."""
    tally, samples, done = load.Tally(), [], 0

    def count() -> None:
        nonlocal done
        done += 1

    def look(resting: bool = False) -> None:
        samples.append(sample(site.process.pid, site.folder / "sent", done, resting))

    async with AsyncExitStack() as stack:
        client = partial(httpx.AsyncClient, base_url=site.url, timeout=120, trust_env=False, limits=_LIMITS)
        clients = [await stack.enter_async_context(client()) for _ in range(visitors)]
        config = (await clients[0].get("config")).json()
        protocol = load.Protocol.read(config)
        photo = jpeg(EXAMPLES[1], _PHOTO)
        residents = [Resident(n, client, protocol, tally, photo) for n, client in enumerate(clients)]
        for model in load.MODELS:  # loaded before anybody waits for them
            residents[0].end = math.inf
            await residents[0].act("model", {"model": model, "layer": ""})
        for _ in range(LEGS):
            staying = asyncio.gather(*(one.stay(actions // visitors // LEGS, pause, count) for one in residents))
            while not staying.done():
                look()
                await asyncio.wait([staying], timeout=1)
            await staying
            await asyncio.sleep(REST)
            look(resting=True)
            print(samples[-1], flush=True)
    return tally, samples


def figures(tally: load.Tally, samples: list[Sample], actions: int) -> list[Figure]:
    """What grew from the end of the warm-up to the end: memory and files by medians of a tenth of the run."""
    early = [one for one in samples if WARM <= LEGS * one.done / actions < WARM + 1]
    late = [one for one in samples if one.done >= (LEGS - 1) / LEGS * actions]
    rests = [one for one in samples if one.resting]
    first, last = rests[WARM - 1], rests[-1]

    def both(name: str) -> tuple[float, float]:
        return tuple(quantile([getattr(one, name) for one in part], 0.5) for part in (early, late))

    found = []
    for words, (before, after) in (("at work", both("memory")), ("at rest", (first.memory, last.memory))):
        said = f"{before:,.0f} MiB after warm-up, {after:,.0f} MiB at the end ({after / before - 1:+.1%})"
        found.append(Figure(f"memory {words}", "≤ +5 %", said, after <= 1.05 * before))
    for name, words, slack in (("threads", "threads", 2), ("opened", "open files", 5)):
        start, end = getattr(first, name), getattr(last, name)
        most = max(getattr(one, name) for one in samples)
        said = f"{start} after warm-up, {end} at the end; at work {most} at most"
        found.append(Figure(f"{words} at rest", "flat", said, end <= start + slack))
    start, end = both("kept")
    found.append(Figure("visitors' files", "flat", f"{start:.0f} and {end:.0f}", end <= start + 40))
    for words, counted in (("errors", tally.errors), ("answers crossed", tally.crossed)):
        found.append(Figure(words, "0", str(counted.total()), counted.total() == 0))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--actions", type=int, default=ACTIONS, help=f"of all visitors, default {ACTIONS:,}")
    parser.add_argument("--visitors", type=int, default=VISITORS, help=f"default {VISITORS}")
    parser.add_argument("--pause", type=float, default=PAUSE, help="seconds between a visitor's actions, on average")
    parser.add_argument("--write", action="store_true", help="put the table into docs/hosting.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, browsing.serving(Path(place), "app.py", **SETTINGS) as site:
        with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as client:
            JUNK.extend(junk.requests(client, 200))
        FRAMES.extend(jpeg(example, _FRAME) for example in EXAMPLES[:3])
        start = time.perf_counter()
        tally, samples = asyncio.run(run(site, options.actions, options.visitors, options.pause))
        minutes = (time.perf_counter() - start) / 60
        log = len(site.log.encode())
        if "Traceback" in site.log:
            raise SystemExit(f"The page's log holds an error:\n{site.log[-5000:]}")
    for title, counted in (("error", tally.errors), ("crossed", tally.crossed)):
        for what, count in counted.most_common(10):
            if count:
                print(f"  {title}: {what} ({count})")
    found = figures(tally, samples, options.actions)
    note = (
        f"{options.actions:,} actions of {options.visitors} visitors within {minutes:.0f} minutes; the log grew to "
        f"{log / 1000:.0f} kB. {machine()}"
    )
    text = f"{table(found)}\n\n{note}"
    print(f"\n{text}")
    if options.write:
        write("soak", text, ROOT / "docs" / "hosting.md")


if __name__ == "__main__":
    main()
