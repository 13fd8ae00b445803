"""What figures say and what they do not: means with their errors, differences with their intervals, and tables of them.

Figures are values per image, so that two maps are compared image by image. What is best among many is chosen on every
second image and judged on the others: the best of a hundred equals looks better than it is. Knows no networks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

EVERY_LAYER = "-"  # where a map does not depend on the layer
TODAY = "gradcam"
RESAMPLED = 2000
COLUMNS = {  # measure: heading, decimals
    "grid": ("grid ↑", 2),
    "energy": ("energy in box ↑", 2),
    "pointing": ("pointing ↑", 2),
    "iou": ("box IoU ↑", 2),
    "drop": ("drop % ↓", 0),
    "increase": ("increase % ↑", 0),
    "gain": ("gain % ↑", 0),
    "complexity": ("complexity", 2),
    "insertion": ("insertion ↑", 2),
    "deletion": ("deletion ↓", 2),
}

Row = tuple[str, str]  # layer, map


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether zero lies outside."""
        return self.low > 0 or self.high < 0


def error(values) -> float:
    """The standard error of the mean."""
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def difference(one, other, seed: int = 0) -> Interval:
    """The mean of one - other, image by image, with the bootstrap's 95 % interval over images."""
    gaps = np.asarray(one, float) - np.asarray(other, float)
    drawn = np.random.default_rng(seed).integers(0, len(gaps), (RESAMPLED, len(gaps)))
    low, high = np.percentile(gaps[drawn].mean(1), (2.5, 97.5))
    return Interval(float(gaps.mean()), float(low), float(high))


def joined(runs: dict[int, dict]) -> dict[Row, dict[str, list[float]]]:
    """The figures of several networks of a kind, one after the other: (layer, map) -> measure -> values."""
    rows: dict[Row, dict[str, list[float]]] = {}
    for run in runs.values():
        for layer, maps in run["figures"].items():
            for name, measures in maps.items():
                into = rows.setdefault((layer, name), {})
                for key, values in measures.items():
                    into.setdefault(key, []).extend(values)
    return rows


def complete(rows: dict[Row, dict[str, list[float]]], measure: str = "grid") -> dict[Row, np.ndarray]:
    """The rows that were measured on all images."""
    most = max(len(values[measure]) for values in rows.values())
    return {row: np.array(values[measure]) for row, values in rows.items() if len(values[measure]) == most}


def place(rows: dict[Row, np.ndarray], row: Row) -> int:
    """How many rows have a higher mean, plus one."""
    return 1 + sum(values.mean() > rows[row].mean() for other, values in rows.items() if other != row)


def best(rows: dict[Row, np.ndarray]) -> Row:
    """The row with the highest mean over every second image: to be judged on the others."""
    return max(rows, key=lambda row: rows[row][::2].mean())


def _line(cells) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _table(head: list[str], rows: list[list], left: int = 1) -> str:
    return "\n".join([_line(head), "|" + "---|" * left + "---:|" * (len(head) - left), *map(_line, rows)])


def summary(results: dict[str, dict[int, dict]], titles: dict[str, str]) -> str:
    """A line for each kind: the default layer and method, Grad-CAM at that layer, places, and what is best."""
    lines = []
    for name, runs in results.items():
        rows = complete(joined(runs))
        first = next(iter(runs.values()))
        default, today, winner = (first["default"], first["method"]), (first["default"], TODAY), best(rows)
        judged = slice(1, None, 2)
        ahead = difference(rows[winner][judged], rows[default][judged])
        lines.append(
            [
                titles[name],
                f"{np.mean([run['accuracy'] for run in runs.values()]):.2f}",
                f"`{default[1]}` at `{default[0]}`",
                f"{rows[default].mean():.2f} ± {error(rows[default]):.2f}",
                f"{place(rows, default)} of {len(rows)}",
                f"{rows[today].mean():.2f}",
                f"`{winner[1]}`" + ("" if winner[0] == EVERY_LAYER else f" at `{winner[0]}`"),
                f"{rows[winner][judged].mean():.2f}",
                f"{ahead.mean:+.2f} ({ahead.low:+.2f} to {ahead.high:+.2f})",
            ]
        )
    head = ["kind", "accuracy", "default", "grid", "its place", "Grad-CAM there", "best on half the images"]
    return _table([*head, "on the other half", "ahead of the default"], lines)


def at_default(results: dict[str, dict[int, dict]], methods: list[str]) -> str:
    """The grid game of every map at the default layers: a line for each map, a column for each kind.

    A star marks what is clearly better than Grad-CAM there, a minus what is clearly worse.
    """
    columns = []
    for runs in results.values():
        rows, default = joined(runs), next(iter(runs.values()))["default"]
        today = np.array(rows[default, TODAY]["grid"])
        cells = {}
        for (layer, name), measures in rows.items():
            if layer in (EVERY_LAYER, default):
                values = np.array(measures["grid"])
                gap = difference(values, today[: len(values)])
                mark = "" if not gap.clear or abs(gap.mean) < 0.005 else "\\*" if gap.mean > 0 else " −"
                cells[name] = f"{values.mean():.2f}{mark}"
        columns.append(cells)
    names = [name for name in methods if any(name in cells for cells in columns)]
    lines = [[f"`{name}`" if name in methods else name, *(cells.get(name, "") for cells in columns)] for name in names]
    return _table(["map", *results], lines)


def layers(rows: dict[Row, dict[str, list[float]]], names: list[str], methods: list[str]) -> str:
    """The grid game of one kind: a line for each map that depends on the layer, a column for each layer."""
    found = [name for name in methods if any((layer, name) in rows for layer in names)]
    lines = [
        [
            f"`{name}`",
            *(f"{np.mean(rows[layer, name]['grid']):.2f}" if (layer, name) in rows else "" for layer in names),
        ]
        for name in found
    ]
    return _table(["grid", *(f"`{layer}`" for layer in names)], lines)


def measures(rows: dict[Row, dict[str, list[float]]], default: str, maps: list[str]) -> str:
    """All measures of one kind at its default layer."""
    lines = []
    for name in maps:
        row = next((rows[layer, name] for layer in (EVERY_LAYER, default) if (layer, name) in rows), None)
        if row is not None:
            cells = [f"{np.mean(row[key]):.{digits}f}" if key in row else "" for key, (_, digits) in COLUMNS.items()]
            cells[0] += f" ± {error(row['grid']):.2f}"
            lines.append([f"`{name}`", *cells])
    return _table(["map", *(heading for heading, _ in COLUMNS.values())], lines)


def tables(results: dict[str, dict[int, dict]], titles: dict[str, str], maps: list[str]) -> dict[str, str]:
    """The parts of `families.md` by their markers; `maps` in the order of the lines, the baselines first."""
    details = []
    for name, runs in results.items():
        rows, first = joined(runs), next(iter(runs.values()))
        details += [
            f"<details><summary>{titles[name]} (<code>{name}</code>)</summary>\n",
            f"All measures at the default layer, `{first['default']}`:\n",
            measures(rows, first["default"], maps) + "\n",
            "The grid game at every layer, shallow to deep:\n",
            layers(rows, first["layers"], maps) + "\n",
            "</details>\n",
        ]
    return {"summary": summary(results, titles), "methods": at_default(results, maps), "details": "\n".join(details)}


def replaced(text: str, name: str, table: str) -> str:
    """The text with one table replaced; raises `ValueError` where its markers are not there once."""
    pattern = rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)"
    text, count = re.subn(pattern, lambda found: f"{found[1]}{table}\n{found[2]}", text, flags=re.DOTALL)
    if count != 1:
        raise ValueError(f"The text holds the table {name!r} {count} times.")
    return text
