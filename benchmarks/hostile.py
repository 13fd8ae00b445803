"""Strangers' input against the limits of cost: what becomes of it, the worst seconds and the worst megabytes.

    python benchmarks/hostile.py --write                  # all, some 15 minutes
    python benchmarks/hostile.py --kinds tags GIF junk    # some kinds

The files are those of `corpus.py`. Each is opened as Python opens it; every eighth is also sent to the running page and
explained there. The junk requests are those of `junk.py`. Seconds are by the clock; megabytes are the peak of the
process and of those that it starts, above what it held before and above three bytes for each pixel of the picture or of
the size that the file declares.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]  # cam, and the helpers of its tests

import httpx  # noqa: E402
import junk  # noqa: E402
import page  # noqa: E402
from corpus import FILES, Recipe  # noqa: E402
from figures import machine, write  # noqa: E402
from peaks import Peak  # noqa: E402

import cam  # noqa: E402

page.PATIENCE = 180  # a busy machine starts slowly
PIXELS = 50_000_000  # of the largest picture that the page opens
SAMPLE = 8  # of so many files one is sent to the page
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


def opened(kind: str, recipes: list[Recipe]) -> Outcome:
    """Open each file of one kind in this process, as Python and the command line do."""
    outcome = Outcome(kind)
    for number, recipe in enumerate(recipes):
        data, pixels, said = recipe(), 0, ""
        start = time.perf_counter()
        with Peak() as peak:
            try:
                picture = cam.open_image(data, max_pixels=PIXELS)
                pixels = picture.width * picture.height
                del picture
            except cam.ImageError as error:
                said = str(error)
            except Exception as error:
                said = f"!{error!r}"
            seconds = time.perf_counter() - start
        outcome.add(named(recipe), said, seconds, peak.megabytes - 3 * (pixels or declared(data)) / 1e6)
        tell(kind, number + 1, len(recipes))
    return outcome


def explained(kind: str, recipes: list[Recipe], site: page.Site) -> Outcome:
    """Send files to the running page and have each explained."""
    outcome = Outcome(f"{kind}, by `/explain`")
    with httpx.Client(base_url=site.url, timeout=60, trust_env=False) as http:
        for number, recipe in enumerate(recipes):
            data = recipe()
            start = time.perf_counter()
            with Peak(site.process.pid) as peak:
                said = explain(http, data)
                seconds = time.perf_counter() - start
            above = peak.megabytes - 3 * declared(data) / 1e6
            outcome.add(named(recipe), said, seconds, above, REFUSED if said else EXPLAINED)
            tell(outcome.kind, number + 1, len(recipes))
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
    """The pixels that a file declares, as far as Pillow can tell from its header, within the limit."""
    if data[:3] == b"\xff\xd8\xff" and (at := max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))) > 0:
        pixels = int.from_bytes(data[at + 5 : at + 7], "big") * int.from_bytes(data[at + 7 : at + 9], "big")
    elif data[:4] == b"\x89PNG":
        pixels = int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")
    elif b"ispe" in data[:4096]:
        at = data.index(b"ispe") + 8
        pixels = int.from_bytes(data[at : at + 4], "big") * int.from_bytes(data[at + 4 : at + 8], "big")
    else:
        pixels = 0
    return pixels if pixels <= PIXELS else 0


# --- requests, and all together --------------------------------------------------------------------------------------


def junk_requests(site: page.Site) -> list[Outcome]:
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
    with tempfile.TemporaryDirectory() as place, page.serving(Path(place), "app.py", CAM_VISITOR_MB="100000") as site:
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
