"""How long the page takes to start, beside the import of the libraries that it stands on.

Both are whole processes, from their start. The page is ready when it answers with HTTP 200 and the answer holds a
finished map of the first example; the imports are ready when the last is done. They take turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browsing import serving
from figures import Figure

ROOT = Path(__file__).resolve().parents[1]
AIM = 1.3
# torchvision imports only with what this module declares, where its own operators do not load; it needs torch alone.
OPERATORS = ROOT / "cam" / "models" / "torchvision_ops.py"
IMPORTS = (
    "import gradio, torch, runpy\n"
    f"kept = runpy.run_path({str(OPERATORS)!r})\n"
    "import torchvision, timm, os\n"
    "os._exit(0)"  # without what a process does when it ends
)  # fmt: skip


def first_map(config: dict) -> str:
    """The map of the example that the page's configuration holds; "" where there is none."""
    for component in config["components"]:
        if component["props"].get("component_class_name") == "Connection":
            picture = json.loads(component["props"]["props"]["opening"])["answer"]["picture"]
            return picture["map"] if picture["share"] == 1 else ""
    return ""


def page_seconds() -> float:
    """From the start of `python app.py` to the answer with the finished example."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        with serving(Path(folder), "app.py") as site:
            seconds = time.perf_counter() - start
            if not first_map(json.loads(site.get("config"))):
                raise RuntimeError("The page answers without a finished example.")
    return seconds


def imports_seconds() -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, timeout=300)
    return time.perf_counter() - start


def figures(rounds: int) -> list[Figure]:
    """The ratio of both, after one start of each that reads the files into the system's memory."""
    page_seconds(), imports_seconds()
    pages, imports = zip(*((page_seconds(), imports_seconds()) for _ in range(rounds)), strict=True)
    ratio = statistics.median(page / other for page, other in zip(pages, imports, strict=True))
    found = f"{ratio:.2f} × ({statistics.median(pages):.1f} s to {statistics.median(imports):.1f} s)"
    return [
        Figure(
            "start until the page is ready, to importing gradio, torch, torchvision and timm",
            f"≤ {AIM} ×",
            found,
            ratio <= AIM,
        )
    ]
