"""What is made of the sweep's lines: summary, what each library missed and why, methods, a row per architecture.

Knows lines and Markdown; knows no networks.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from pathlib import Path

import judging

PAGE = Path(__file__).resolve().parents[1] / "docs" / "architectures.md"
LIBRARIES = ("ours", "grad-cam", "torchcam")
Line = dict


def equal(line: Line) -> bool:
    """Whether each map is what autograd gives at this layer."""
    return bool(line.get("errors")) and max(line["errors"].values()) < judging.CLOSE


def right(line: Line) -> bool:
    """Whether the default alone gave a right map: found, the score depends on it, right way up, equal in value."""
    return bool(line.get("found") and line.get("depends") and line.get("upright") and equal(line))


def reason(line: Line) -> str:
    """Why a line is not right, shortly; "" where it is."""
    if not line.get("built"):
        return "not built: " + line["why"]
    if not line.get("found"):
        return "no map: " + line["why"]
    found = []
    if line.get("why"):
        found.append(line["why"])
    elif line.get("depends") is None:
        found.append("the layer's output is in no layout that the test knows")
    elif not line["depends"]:
        found.append("the score does not depend on the map")
    if line.get("upright") is False:
        found.append(f"the map changes elsewhere than the picture, by {line['peak']:.1f} cells")
    if line.get("errors") and not equal(line):
        found.append(f"value off by {max(line['errors'].values()):.1g}")
    return "; ".join(found)


def _cell(text: str, length: int = 160) -> str:
    text = " ".join(text.replace("|", "/").split())
    return text if len(text) <= length else text[: length - 1] + "…"


def _table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _of(lines: list[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line["library"], []).append(line)
    return {name: found[name] for name in LIBRARIES if name in found}


def _in_passes(lines: list[Line], key: str) -> list[float]:
    return sorted(line[key] / line["forward"] for line in lines if line.get("found") and line.get(key))


def _median(lines: list[Line], key: str) -> str:
    values = _in_passes(lines, key)
    return f"{statistics.median(values):.1f} F" if values else "–"


def _most(lines: list[Line], key: str) -> str:
    """What nine of ten networks stay below."""
    values = _in_passes(lines, key)
    return f"{values[max(0, math.ceil(0.9 * len(values)) - 1)]:.1f} F" if values else "–"


def summary(lines: list[Line]) -> str:
    """One row per library: how many of the networks that could be built, and the times."""
    rows = []
    for name, own in _of(lines).items():
        own = [line for line in own if line["built"]]
        counts = [
            sum(bool(test(line)) for line in own)
            for test in (
                lambda line: line["found"],
                lambda line: line.get("depends"),
                lambda line: line.get("way", "beside") != "beside",
                lambda line: line.get("upright"),
                equal,
                right,
            )
        ]
        rows.append([name, len(own), *counts, *(_median(own, key) for key in ("wrap", "first", "further"))])
    head = ["library", "networks", "a map", "score depends on it", "all of it passes", "right way up", "value equal"]
    return _table([*head, "right by itself", "wrapping", "first map", "another image's"], rows)


def times(lines: list[Line]) -> str:
    """One row per library and group of networks: the median of a pass in ms, and of each step in passes."""
    rows = []
    for name, own in _of(lines).items():
        own = [line for line in own if line.get("found")]
        groups = {"all": own}
        for line in own:
            groups.setdefault(line.get("group", "others"), []).append(line)
        for group, part in groups.items():
            median = statistics.median(line["forward"] for line in part) if part else 0.0
            steps = [_median(part, "wrap"), _most(part, "wrap"), _median(part, "first"), _median(part, "further")]
            rows.append([name, group, len(part), f"{1000 * median:.0f} ms", *steps])
    head = ["library", "networks of", "a map", "F", "wrapping", "in nine of ten at most", "first map"]
    return _table([*head, "another image's"], rows)


def missed(lines: list[Line]) -> str:
    """What is not right, with its reason, library by library."""
    rows = [
        [name, f"`{line['architecture']}`", f"`{line['layer']}`" if line.get("layer") else "–", _cell(reason(line))]
        for name, own in _of(lines).items()
        for line in own
        if not right(line)
    ]
    return _table(["library", "architecture", "layer", "what is not right"], rows)


def methods(lines: list[Line]) -> str:
    """Of each method of ours: on how many networks it ran, was refused, failed."""
    own = [line for line in lines if line.get("methods")]
    names = list(dict.fromkeys(name for line in own for name in line["methods"]))
    rows = []
    for name in names:
        count = Counter(line["methods"].get(name) for line in own)
        rows.append([f"`{name}`", *(count[state] for state in ("ran", "refused", "failed"))])
    return _table(["method", "ran", "refused", "failed"], rows)


def architectures(lines: list[Line]) -> str:
    """One row per architecture: our default layer, how the score passes it, which libraries were right, times."""
    by_name: dict[str, dict[str, Line]] = {}
    for line in lines:
        by_name.setdefault(line["architecture"], {})[line["library"]] = line
    rows = []
    for name, row in sorted(by_name.items()):
        own = row.get("ours", {})
        verdicts = [("yes" if right(row[one]) else "no") if one in row else "–" for one in LIBRARIES]
        shape = "×".join(map(str, own.get("shape", []))) or "–"
        times = [_median([own], key) if own else "–" for key in ("wrap", "first", "further")]
        layer = f"`{own['layer']}`" if own.get("layer") else "–"
        rows.append([f"`{name}`", own.get("side", "–"), layer, shape, own.get("way", "–"), *verdicts, *times])
    head = ["architecture", "input", "our default layer", "its map", "passes", *LIBRARIES]
    return _table([*head, "wrapping", "first map", "another image's"], rows)


TABLES = {"summary": summary, "times": times, "missed": missed, "methods": methods, "architectures": architectures}


def filled(text: str, lines: list[Line]) -> str:
    """The page's text with every table between its markers `<!-- NAME:begin -->` and `<!-- NAME:end -->`."""
    from verdicts import replaced

    for name, make in TABLES.items():
        text = replaced(text, name, make(lines))
    return text


def write(lines: list[Line]) -> None:
    """Put the tables into docs/architectures.md."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")
