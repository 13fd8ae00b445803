"""Figures as lines of a table, the machine they were taken on, and their places in the documents.

Knows numbers and text; knows nothing about what is measured.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

_OWN = 0.020  # seconds
SPEED = Path(__file__).resolve().parents[1] / "docs" / "speed.md"


@dataclass(frozen=True)
class Figure:
    """One line: what was measured, what it should reach ("": no aim), what was found, whether that reaches it."""

    what: str
    aim: str
    found: str
    reached: bool | None = None

    def __str__(self) -> str:
        return f"{self.what}: {self.found}" + (f" (aim {self.aim}: {self.verdict})" if self.aim else "")

    @property
    def verdict(self) -> str:
        return {None: "", True: "yes", False: "no"}[self.reached]


def table(figures: Sequence[Figure]) -> str:
    """The Markdown table of the figures."""
    rows = [f"| {one.what} | {one.aim} | {one.found} | {one.verdict} |" for one in figures]
    return "\n".join(["| what | aim | measured | reached |", "| --- | --- | --- | --- |", *rows])


def quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` of the values do not exceed: quantile(v, 0.95) is p95."""
    ordered = sorted(values)
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]


def ms(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms" if seconds < 0.02 else f"{1000 * seconds:,.0f} ms"


def scaled(seconds: float, own: float) -> float:
    """An aim on the machine at hand, from one where a pass of the network, F, takes 20 ms."""
    return seconds * own / _OWN


def machine(*more: str) -> str:
    """One sentence: processor, cores, versions, threads, and `more`."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    processor = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    facts = [
        processor or platform.processor() or platform.machine(),
        f"{os.cpu_count()} cores",
        f"{torch.get_num_threads()} threads",
        f"Python {platform.python_version()}",
        f"PyTorch {torch.__version__}",
        *more,
    ]
    return ", ".join(facts) + "."


def write(name: str, text: str, document: Path = SPEED) -> None:
    """Put the text between the document's markers `name:begin` and `name:end`; ends with a sentence where none are."""
    markers = [f"<!-- {name}:{end} -->" for end in ("begin", "end")]
    page = document.read_text(encoding="utf-8") if document.exists() else ""
    head, begin, rest = page.partition(markers[0])
    _, end, tail = rest.partition(markers[1])
    if not (begin and end):
        raise SystemExit(f"{document.name} has no {markers[0]} ... {markers[1]} to write between.")
    document.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")
