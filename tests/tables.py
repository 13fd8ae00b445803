"""The documents' tables, made from the tables of the code: `python tests/tables.py` writes them into `docs`.

A table stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))

from nets import recorded  # noqa: E402

from cam import COMBINATIONS, METHODS, MODELS, combine, explain, load_model, obstacle, steps, trace  # noqa: E402
from cam.maps import effort  # noqa: E402
from cam.methods import needs_in_words  # noqa: E402
from cam.methods.telling import NAMES  # noqa: E402
from cam.server import settings  # noqa: E402


def table_of(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def methods():
    """Name, what it does, when to use it, what it needs and costs, where it comes from."""
    rows = [[f"`{m.name}`", m.title, m.summary, m.advice, needs_in_words(m), m.cost, m.paper] for m in METHODS.values()]
    return table_of(["name", "method", "what it does", "when, and where it misleads", "needs", "cost", "source"], rows)


def models():
    """Families and their members, the bundled ones first."""
    families = {}
    for spec in MODELS.values():
        where = "bundled" if spec.source == "bundled" else f"{spec.size_mb:.0f} MB"
        families.setdefault(spec.family, []).append(f"`{spec.name}` ({where})")
    return table_of(["family", "models (size of the download)"], [[f, ", ".join(m)] for f, m in families.items()])


def combinations():
    """Name, what it does, what it costs."""
    rows = [[f"`{one.name}`", one.title, one.summary, one.cost] for one in COMBINATIONS.values()]
    return table_of(["name", "combination", "what it does", "cost"], rows)


def told():
    """The steps of each method and combination, on a tiny network to which it applies, by running them."""
    traces = [recorded(kind) for kind in ("deep_head", "pooled", "vit")]
    rows = []
    for method in METHODS.values():
        found = explain(next(t for t in traces if not obstacle(method, t)), method)
        rows.append([f"`{method.name}`", _names_of(found)])
    rows += [[f"`{name}` (of Grad-CAM)", _names_of(combine(traces[0], name))] for name in COMBINATIONS]
    return table_of(["method or combination", "steps"], rows)


def _names_of(explanation):
    return ", ".join(step.name for step in steps(explanation, picture=False)) + ", overlay"


def tasks():
    """Which methods explain a class, a box and a region, on the bundled network of each task; and why others do not."""
    photo = ROOT / "assets" / "two_people.jpg"
    traces = [trace(load_model(name), photo) for name in ("efficientnet_lite0", "nanodet_g", "u2netp")]
    rows = []
    for method in METHODS.values():
        reasons = [obstacle(method, one) for one in traces]
        why = next((str(reason) for reason in reasons if reason), "")
        rows.append([f"`{method.name}`", *("no" if reason else "yes" for reason in reasons), why])
    return table_of(["method", "class (Lite0)", "box (NanoDet-g)", "region (U2-Net-P)", "why not"], rows)


def step_names():
    """What each name stands for."""
    rows = [[f"`{name}`", one.title, ", ".join(one.axes) or "–", one.holds] for name, one in NAMES.items()]
    return table_of(["name", "title", "axes", "what it holds"], rows)


def efforts():
    """How close each method comes with each effort; a dash where that was not measured."""
    less = [one for one in effort.EFFORTS.values() if one.name != effort.EXACT]
    rows = []
    for method in METHODS.values():
        found = [one.correlation(method) for one in less]
        if any(found):
            rows.append([f"`{method.name}`", *(f"{c.median:.3f} / {c.lowest:.3f}" if c else "–" for c in found)])
    return table_of([effort.measured_on(), *(f"{one.title.lower()} (`{one.name}`)" for one in less)], rows)


def variables():
    """The environment variables of the page."""
    rows = [[f"`{name}`", default, unit, meaning] for name, default, unit, meaning in settings.table()]
    return table_of(["variable", "default", "unit", "meaning"], rows)


TABLES = {
    "combinations": ("methods.md", combinations),
    "efforts": ("methods.md", efforts),
    "methods": ("methods.md", methods),
    "models": ("models.md", models),
    "settings": ("settings.md", variables),
    "step_names": ("steps.md", step_names),
    "steps": ("steps.md", told),
    "tasks": ("tasks.md", tasks),
}


def replaced(text, name, table):
    """Return a document's text with one table replaced."""
    pattern = rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)"
    text, count = re.subn(pattern, lambda m: f"{m[1]}{table}\n{m[2]}", text, flags=re.DOTALL)
    assert count == 1, f"the document holds the table {name!r} {count} times"
    return text


def write(document, name, table):
    """Put a table between its markers in a document of `docs`."""
    path = DOCS / document
    path.write_text(replaced(path.read_text(encoding="utf-8"), name, table), encoding="utf-8")


if __name__ == "__main__":
    for name, (document, make) in TABLES.items():
        write(document, name, make())
