"""What is measured on the running page: its start, a visitor's waiting, 40 visitors at a time, how many it holds.

    python benchmarks/served.py --write

Starts `python app.py` on a free port of this machine and a browser of its own, and ends both. About five minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[1:1] = [str(ROOT), str(ROOT / "tests")]  # cam, and the helpers of the page's tests

import browser  # noqa: E402
import browsing  # noqa: E402
import capacity  # noqa: E402
import lesson  # noqa: E402
import load  # noqa: E402
import start  # noqa: E402
from figures import Figure, machine, table, write  # noqa: E402

browsing.PATIENCE = 180  # a busy machine starts slowly
PARTS = ("start", "browser", "lesson", "load", "capacity")


def measured(part: str, options: argparse.Namespace) -> list[Figure]:
    """The figures of one part, each on a page that was just started."""
    if part == "start":
        return start.figures(options.rounds)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site = stack.enter_context(browsing.serving(folder, "app.py"))
        if part == "browser":
            found = browser.figures(site, folder, options.rounds, options.steps)
        elif part == "lesson":
            found = lesson.figures(site, options.rounds)
        elif part == "capacity":
            found = capacity.figures(site)
        else:
            found = load.figures(site, options.users, options.seconds)
        if "Traceback" in site.log:
            raise RuntimeError(f"The page's log holds an error:\n{site.log}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=9, help="of starts and of a visitor's actions, default 9")
    parser.add_argument("--steps", type=int, default=999, help="of the slider of classes, default 999")
    parser.add_argument(
        "--users", type=int, default=load.USERS, help=f"default {load.USERS}, at most {load.MOST_USERS}"
    )
    parser.add_argument("--seconds", type=int, default=60, help="of the load, default 60")
    parser.add_argument("--write", action="store_true", help="put the table into docs/speed.md; needs all parts")
    options = parser.parse_args()
    if options.write and set(options.parts) != set(PARTS):
        parser.error("--write needs all parts: the table is of one run.")
    figures = []
    for part in options.parts:
        try:
            found = measured(part, options)
        except (RuntimeError, AssertionError, TimeoutError) as error:
            raise SystemExit(f"{part}: {type(error).__name__}: {error}") from error
        print(*found, sep="\n", flush=True)
        figures += found
    note = (
        f"Medians of {options.rounds} rounds; page, browser and the {options.users} users on one machine: {machine()}"
    )
    text = f"{table(figures)}\n\n{note}"
    print(f"\n{text}")
    if options.write:
        write("page", text)


if __name__ == "__main__":
    main()
