"""The package's public names, and its one-way imports."""

import ast
import os
import pathlib
import subprocess
import sys

import cam

ROOT = pathlib.Path(cam.__file__).parent
# Each room may import from the rooms before it, and within a room each module from the modules before it.
ORDER = {
    "messages": (),
    "errors": (),
    "languages": (),
    "photos": ("pixels", "bands", "views", "plain", "frames", "decoding", "apart", "images", "inputs"),
    "tasks": (
        *("scores", "boxes", "regions", "targets", "task", "classification", "detection", "segmentation", "table"),
    ),
    "network": (
        *("layouts", "graphs", "hooks", "watching", "places", "tries", "observing", "findings", "layers"),
        *("precision", "folding"),
    ),
    "models": (
        *("torchvision_ops", "nanodet", "u2netp", "own", "shortcuts", "catalogue", "imagenet", "downloads"),
        *("weights", "hub", "hub_nets", "outputs", "load", "files", "onnx_files"),
    ),
    "passes": ("detail", "recording", "again", "trace", "tracing", "store"),
    "methods": (
        *("step_names", "telling", "base", "sampling", "baselines", "eigen", "gradient", "passes", "masks", "fullgrad"),
        *("pixels", "transformers", "layer_table", "network_table", "table", "cancelling", "requirements"),
        "defaults",
    ),
    "maps": ("explanation", "many", "combinations", "effort", "recipe", "render", "steps", "linked", "report", "files"),
    "metrics": None,
    "handouts": ("words", "markup", "pictures", "numbers", "lines", "sheet", "keeping"),
    "__init__": (),
    "server": (
        *(
            "memory",
            "settings",
            "journal",
            "headers",
            "modules",
            "class_names",
            "cards",
            "protocol",
            "payload",
            "findings",
        ),
        *("plain", "rules", "sweeping"),
        *("body", "mcp", "door", "cores", "scheduler", "sessions", "photos", "hosts", "slow", "app_state", "zerogpu"),
        *("steps", "aside", "hub_search", "finer", "prefetch", "strip", "answers", "lesson", "cover", "api", "actions"),
        *("takehome", "health", "serving"),
    ),
    "page": ("theme", "component", "preview", "header", "choices", "connection", "tabs", "run"),
    "own_page": (),
    "__main__": (),
    "console": (),
}
ROOMS = list(ORDER)


def test_all_is_sorted_and_complete():
    assert len(set(cam.__all__)) == len(cam.__all__)
    for name in cam.__all__:
        assert hasattr(cam, name), name
    public = {name for name, value in vars(cam).items() if not name.startswith("_") and not _is_module(value)}
    assert public == set(cam.__all__)


def _is_module(value):
    return isinstance(value, type(cam))


def test_the_core_loads_no_page():
    code = "import sys, cam, cam.__main__; assert not [m for m in sys.modules if m.split('.')[0] in ('gradio', 'app')]"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent)


def test_a_request_does_not_load_all_of_matplotlib():
    """What Gradio does around each request, in a process that has the page's libraries and nothing else."""
    code = """
import sys
import cam.page
from gradio.utils import MatplotlibBackendMananger
with MatplotlibBackendMananger():
    pass
assert "matplotlib" in sys.modules, "Gradio does not ask any more: the setting in cam.page can go"
assert "matplotlib.pyplot" not in sys.modules
"""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent, env=environment)


def place(path):
    """The room of a file and its name in there, "" for the room itself."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts[0], ("" if parts[-1] == "__init__" and len(parts) == 2 else parts[1]) if len(parts) > 1 else ""


def imported(path):
    """The rooms of this package that a file imports, and the modules in there, from relative and absolute imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if node.level else ROOT.parent
            named = base.joinpath(*(node.module or "").split("."))
            if not named.is_relative_to(ROOT):
                continue
            for alias in node.names:
                inner = next((one for one in (named / f"{alias.name}.py", named / alias.name) if one.exists()), None)
                found = inner or (named if named.is_dir() else named.with_suffix(".py"))
                yield ("__init__", "") if found == ROOT else place(found)
        elif isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] in ("app", "tests") for alias in node.names)


def test_imports_point_one_way():
    files = [path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts]
    assert {place(path)[0] for path in files} == set(ORDER)
    for path in files:
        own, name = place(path)
        for room, module in imported(path):
            assert room == own or ROOMS.index(room) < ROOMS.index(own), f"{path} imports {room}"
            inside = ORDER[own]
            if room == own and inside and name and module:
                assert inside.index(module) < inside.index(name), f"{path} imports {module}"


def test_the_lists_of_modules_are_complete():
    for room, modules in ORDER.items():
        if modules:
            inside = (one for one in (ROOT / room).iterdir() if one.suffix == ".py" or (one / "__init__.py").exists())
            found = {one.stem for one in inside}
            assert found - {"__init__"} == set(modules), room
