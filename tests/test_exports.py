"""The package's public names, and its one-way imports."""

import ast
import os
import pathlib
import subprocess
import sys

import cam

ROOT = pathlib.Path(cam.__file__).parent
# Each module may import from the rooms before it.
ORDER = [
    *("errors", "torchvision_ops", "targets", "layouts", "graphs", "hooks", "outputs", "watching", "pixels", "bands"),
    *("views", "plain", "frames", "decoding", "apart", "images", "inputs", "catalogue", "weights", "places", "tries"),
    *("observing", "findings", "layers", "precision", "folding", "models", "detail", "recording", "again", "tracing"),
    *("methods", "explanation", "many", "combinators", "effort", "recipe", "render", "metrics", "report", "store"),
    *("files", "__init__", "__main__", "ui"),
]


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
import cam.ui
from gradio.utils import MatplotlibBackendMananger
with MatplotlibBackendMananger():
    pass
assert "matplotlib" in sys.modules, "Gradio does not ask any more: the setting in cam.ui can go"
assert "matplotlib.pyplot" not in sys.modules
"""
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT.parent, env=environment)


def room(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported_rooms(path):
    """The rooms of this package that a file imports, from relative and absolute imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            base = path.parent
            for _ in range(node.level - 1):
                base = base.parent
            if node.module:
                yield room(base / node.module.replace(".", "/"))
            elif base == ROOT:
                yield from (
                    alias.name if (ROOT / f"{alias.name}.py").exists() or (ROOT / alias.name).is_dir() else "__init__"
                    for alias in node.names
                )
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "cam":
            yield node.module.split(".")[1] if "." in node.module else "__init__"
        elif isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] in ("app", "tests") for alias in node.names)


def test_imports_point_one_way():
    files = [path for path in ROOT.rglob("*.py") if "__pycache__" not in path.parts]
    assert {room(path) for path in files} == set(ORDER)
    for path in files:
        for name in imported_rooms(path):
            own = room(path)
            assert name == own or ORDER.index(name) < ORDER.index(own), f"{path.name} imports {name}"
