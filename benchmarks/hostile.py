"""Strangers' input against the limits of cost: what becomes of it, the worst seconds and the worst megabytes.

    python benchmarks/hostile.py --write                  # all, some 15 minutes
    python benchmarks/hostile.py --kinds tags GIF junk    # some kinds

The files are those of `corpus.py`. Each is opened as Python opens it; every eighth is also sent to the running page and
explained there. The junk requests are those of `junk.py`. Seconds are by the clock; megabytes are the peak of the
process and of those that it starts, above what it held before and above three bytes for each pixel that the file
declares. What goes beyond a limit is tried again, up to three times, and the least counts; from seconds beyond a limit
is taken by how much the machine is then slower than an idle one at an ordinary file.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]  # cam, and the helpers of its tests

import browsing  # noqa: E402
import httpx  # noqa: E402
import junk  # noqa: E402
from corpus import FILES, Recipe  # noqa: E402
from costly import ordinary  # noqa: E402
from figures import machine, write  # noqa: E402
from peaks import Peak  # noqa: E402

import cam  # noqa: E402

browsing.PATIENCE = 180  # a busy machine starts slowly
PIXELS = 50_000_000  # of the largest picture that the page opens
SAMPLE = 8  # of so many files one is sent to the page
TRIES = 3  # of what takes too much: other work on the machine only adds
APART = 0.2  # seconds that an ordinary file takes in a process of its own on an idle machine
JUNK = 200
DOCUMENT = ROOT / "docs" / "hosting.md"


@dataclass(frozen=True)
class Limits:
    """What one input may take: seconds, and megabytes beside the picture's own pixels."""

    seconds: float = 5.0
    megabytes: float = 300.0


EXPLAINED = Limits(8.0, 1000.0)  # opened, explained and painted over, however large
REFUSED = Limits(6.0, 300.0)  # sent, and refused


@dataclass
class Outcome:
    """What became of the inputs of one kind; `wrong` are those that break a limit or are answered with no sentence."""

    kind: str
    given: int = 0
    opened: int = 0
    refused: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, name: str, said: str, seconds: float, megabytes: float = 0.0, limits: Limits | None = None) -> None:
        """Count one input; `said` is "" where it is answered, else its refusal's sentence, or a fault after "!"."""
        limits = limits or Limits()
        self.given += 1
        fault = said.startswith("!") or (said and not said.endswith(".")) or "\n" in said
        self.opened += not said
        self.refused += bool(said) and not fault
        self.seconds, self.megabytes = max(self.seconds, seconds), max(self.megabytes, megabytes)
        if fault or seconds > limits.seconds or megabytes > limits.megabytes:
            self.wrong.append(f"{name}: {seconds:.2f} s, {megabytes:.0f} MB: {said or 'answered'}")

    def __str__(self) -> str:
        cells = (self.kind, self.given, self.opened, self.refused, len(self.wrong))
        memory = f"{self.megabytes:.0f}" if self.megabytes else ""
        return "| " + " | ".join(map(str, cells)) + f" | {self.seconds:.1f} | {memory} |"


HEAD = "| input | number | answered | refused with a sentence | beyond a limit | worst seconds | worst MB |\n"
HEAD += "| --- " * 7 + "|"


# --- files -----------------------------------------------------------------------------------------------------------


def lag() -> float:
    """Seconds by which opening an ordinary file in a process of its own takes longer now than on an idle machine."""
    start = time.perf_counter()
    with suppress(cam.ImageError):  # it takes too long, too
        cam.open_image(ordinary("TIFF"))
    return max(0.0, time.perf_counter() - start - APART)


def tried(outcome: Outcome, recipe: Recipe, work: Callable[[bytes], str], pid: object, above: Limits) -> None:
    """Do `work` with a file and count what became of it, up to three times if it takes too much: the least counts."""
    data, seconds, megabytes = recipe(), float("inf"), float("inf")
    for _ in range(TRIES):
        start = time.perf_counter()
        with Peak(pid) as peak:
            said = work(data)
            taken = time.perf_counter() - start
        limits = above if not said else REFUSED if above is EXPLAINED else Limits()
        seconds = min(seconds, max(0.0, taken - (lag() if taken > limits.seconds else 0.0)))
        megabytes = min(megabytes, peak.megabytes - 3 * declared(data) / 1e6)
        if seconds <= limits.seconds and megabytes <= limits.megabytes:
            break
    outcome.add(named(recipe), said, seconds, megabytes, limits)


def opened(kind: str, recipes: list[Recipe]) -> Outcome:
    """Open each file of one kind in this process, as Python and the command line do."""
    outcome = Outcome(kind)
    for number, recipe in enumerate(recipes, 1):
        tried(outcome, recipe, open_here, "self", Limits())
        tell(kind, number, len(recipes))
    return outcome


def open_here(data: bytes) -> str:
    """Return the sentence of a refusal, "" where there is a picture."""
    try:
        cam.open_image(data, max_pixels=PIXELS)
    except cam.ImageError as error:
        return str(error)
    except Exception as error:
        return f"!{error!r}"
    return ""


def explained(kind: str, recipes: list[Recipe], site: browsing.Site) -> Outcome:
    """Send files to the running page and have each explained."""
    outcome = Outcome(f"{kind}, by `/explain`")
    with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as http:
        for number, recipe in enumerate(recipes, 1):
            tried(outcome, recipe, partial(explain, http), site.process.pid, EXPLAINED)
            tell(outcome.kind, number, len(recipes))
    return outcome


def explain(http: httpx.Client, data: bytes) -> str:
    """Return the sentence of a refusal, "" where there is an answer."""
    answer = http.post("gradio_api/upload", files={"files": ("photo", data)})
    if answer.status_code == 200:
        image = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
        answer = http.post("gradio_api/run/explain", json={"data": [image, "efficientnet_lite0", "", "gradcam", -1]})
    if answer.status_code == 200:
        picture, report = answer.json()["data"]
        found = http.get(f"gradio_api/file={picture['path']}") if report["class"] else answer
        return "" if found.headers["content-type"].startswith("image/") else "!no picture"
    judged = junk.judged(answer)
    return junk.sentence_of(answer) if judged == "refused" else f"!{judged}: {answer.status_code} {answer.text[:200]}"


def named(recipe: Recipe) -> str:
    """What a file was made by."""
    more = "".join(f", {name}={value!r}" for name, value in recipe.keywords.items())
    return f"{recipe.func.__name__}({', '.join(map(repr, recipe.args))}{more})"[:150]


def declared(data: bytes) -> int:
    """The pixels that a file declares, as far as its header tells them plainly, within the limit."""
    width = height = 0
    if data[:3] == b"\xff\xd8\xff" and (at := max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))) > 0:
        height, width = (int.from_bytes(data[at + n : at + n + 2], "big") for n in (5, 7))
    elif data[:4] == b"\x89PNG":
        width, height = (int.from_bytes(data[n : n + 4], "big") for n in (16, 20))
    elif data[:2] == b"BM":
        width, height = (abs(int.from_bytes(data[n : n + 4], "little", signed=True)) for n in (18, 22))
    elif data[:4] == b"II*\0":
        width, height = (int.from_bytes(value, "little") for value in _tags(data, 256, 257))
    elif b"ispe" in data[:4096]:
        at = data.index(b"ispe") + 8
        width, height = (int.from_bytes(data[n : n + 4], "big") for n in (at, at + 4))
    elif data[12:16] == b"VP8L":
        packed = int.from_bytes(data[21:25], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    return width * height if width * height <= PIXELS else 0


def _tags(data: bytes, *wanted: int) -> list[bytes]:
    """The values of some tags of a little-endian TIFF's first directory, as bytes; empty where there is none."""
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    entries = [data[at + 2 + 12 * n : at + 14 + 12 * n] for n in range(count)]
    found = {int.from_bytes(entry[:2], "little"): entry[8:12] for entry in entries}
    return [found.get(tag, b"") for tag in wanted]


# --- requests, and all together --------------------------------------------------------------------------------------


def junk_requests(site: browsing.Site) -> list[Outcome]:
    """Ask the running page for what makes no sense."""
    found: dict[str, Outcome] = {}
    with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as http:
        for one in junk.ask(http, junk.requests(http, JUNK)):
            outcome = found.setdefault(one.name.split()[0], Outcome(f"junk: {one.name.split()[0]}"))
            said = one.sentence if one.outcome == "refused" else f"!{one.outcome} {one.status} {one.sentence}"
            outcome.add(one.name, said, one.seconds)
    return list(found.values())


def tell(kind: str, done: int, number: int) -> None:
    """Say how far it is, where somebody looks."""
    if sys.stderr.isatty() or done % 20 == 0:
        print(f"\r{kind}: {done} of {number} ", end="\n" if done == number else "", file=sys.stderr, flush=True)


def outcomes(kinds: list[str]) -> Iterator[Outcome]:
    """The outcomes of each kind as they come: all files in this process, then a part of them and junk at the page."""
    corpus = {kind: FILES[kind]() for kind in kinds if kind in FILES}
    for kind, recipes in corpus.items():
        yield opened(kind, recipes)
    with (
        tempfile.TemporaryDirectory() as place,
        browsing.serving(Path(place), "app.py", CAM_VISITOR_MB="100000") as site,
    ):
        for kind, recipes in corpus.items():
            yield explained(kind, recipes[::SAMPLE], site)
        if "junk" in kinds:
            yield from junk_requests(site)
        if "Traceback" in site.log:
            raise SystemExit(f"The page's log holds an error:\n{site.log[-5000:]}")


def all_together(found: list[Outcome]) -> Outcome:
    """The last line of the table."""
    total = Outcome("all", *(sum(getattr(one, name) for one in found) for name in ("given", "opened", "refused")))
    total.seconds = max(one.seconds for one in found)
    total.megabytes = max(one.megabytes for one in found)
    total.wrong = [sentence for one in found for sentence in one.wrong]
    return total


def main() -> None:
    kinds = [*FILES, "junk"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="+", choices=kinds, default=kinds, metavar="KIND", help=", ".join(kinds))
    parser.add_argument("--write", action="store_true", help="put the table into docs/hosting.md; needs all kinds")
    options = parser.parse_args()
    if options.write and set(options.kinds) != set(kinds):
        parser.error("--write needs all kinds: the table is of one run.")
    warnings.simplefilter("ignore")  # Pillow's own words about broken blocks
    start, found = time.perf_counter(), []
    print(HEAD)
    for one in outcomes(options.kinds):
        found.append(one)
        print(one, *one.wrong, sep="\n", flush=True)
    found.append(all_together(found))
    print(found[-1])
    if options.write:
        note = f"Within {(time.perf_counter() - start) / 60:.0f} minutes. {machine()}"
        write("hostile", "\n".join([HEAD, *map(str, found), "", note]), DOCUMENT)
    if found[-1].wrong:
        raise SystemExit("A limit does not hold.")


if __name__ == "__main__":
    main()
