"""The package on the lowest and the highest versions that requirements.txt promises, in a fresh environment each time.

    python tests/versions.py python3.12 --lowest --write
    python tests/versions.py python3.12 --highest --write
    python tests/versions.py python3.12 --wheel --write

`--lowest` installs the floor of each range, `--highest` what pip takes by itself; then a sample of the core's tests
is run and the page is built. `--wheel` builds a wheel, installs it with all that it asks for, and uses it from
another folder: a photo is explained, the page and `/health` are asked for. `--write` notes what came of it in
docs/versions.md, which `test_package.py` holds against requirements.txt. Run it in an environment that has
tests/requirements.txt; each run takes some minutes and up to 8 GB on the disk, and leaves nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from browsing import serving  # noqa: E402

PAGE = ROOT / "docs" / "versions.md"
MARKS = ("<!-- versions -->\n", "<!-- /versions -->\n")
WAYS = ("lowest", "highest", "wheel")
PYTHONS = ((3, 10), (3, 11), (3, 12), (3, 13))
SHOWN = ("torch", "torchvision", "timm", "gradio", "numpy", "pillow", "opencv-python-headless", "pillow-heif")
COLUMNS = {name: name.partition("-python")[0] for name in SHOWN}  # of the table, by package
HEAD = ("Python", "versions", *COLUMNS.values(), "outcome", "date")
SAMPLE = tuple(
    f"tests/core/test_{name}.py"
    for name in ("layers", "store", "cli", "images", "recording", "metrics", "render", "catalogue")
)
RUNNERS = ("pytest", "pytest-xdist", "hypothesis")  # of tests/requirements.txt, what the sample takes
BUILT = "from cam.page import build_page; from cam.server.settings import Settings; build_page(Settings())"
FOUND = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


def requirements(path: Path = ROOT / "requirements.txt") -> list[Requirement]:
    """The requirements in a file, without its comments."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def floors(python: str) -> dict[str, str]:
    """The lowest version of each package that is promised for a Python as "3.12"; of several lines the highest one."""
    found: dict[str, str] = {}
    for one in requirements():
        if one.marker is None or one.marker.evaluate({"python_version": python}):
            (low,) = (part.version for part in one.specifier if part.operator in (">=", "=="))
            kept = found.get(one.name, "0")
            found[one.name] = max(kept, low, key=lambda version: [int(part) for part in version.split(".")])
    return found


def use(python: Path | str, command: Path, folder: Path, **environment: str) -> None:
    """Use what is installed from another folder: explain a photo with the `command`, then open the page."""
    photo = ROOT / "assets" / "cat.jpg"
    subprocess.run(
        [python, command, photo, "--out", "map.png"], check=True, cwd=folder, env={**os.environ, **environment}
    )
    assert (folder / "map.png").stat().st_size > 10_000
    script = folder / "alone.py"
    script.write_text("import sys\nfrom cam.console import main\ndel sys.argv[1:]\nmain()\n")
    with serving(folder, str(script), python=str(python), **environment) as site:
        assert b"CAM Explorer" in site.get()
        health = json.loads(site.get("health"))
    version = re.search(r'^__version__ = "(.+)"$', (ROOT / "cam" / "__init__.py").read_text(), flags=re.MULTILINE)
    assert version
    assert health["version"] == version.group(1)


class Failed(Exception):
    """What a command said last."""


def _ran(*command: Path | str, folder: Path = ROOT) -> str:
    """What a command prints."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], file=sys.stderr)
        said = (done.stdout.strip() or done.stderr.strip() or "nothing").splitlines()[-1]
        raise Failed(said[:160])
    return done.stdout


def _install(pip: tuple[Path | str, ...], way: str, folder: Path, version: str) -> None:
    if way == "wheel":
        _ran(*pip, "wheel", "-q", "--no-deps", "--wheel-dir", folder, copied(folder / "source"))
        _ran(*pip, "install", "-q", next(folder.glob("cam_explorer-*.whl")))
        return
    runners = [str(one) for one in requirements(ROOT / "tests" / "requirements.txt") if one.name in RUNNERS]
    pins = [f"{name}=={floor}" for name, floor in floors(version).items()]
    _ran(*pip, "install", "-q", *runners, *(pins if way == "lowest" else ("-r", ROOT / "requirements.txt")))


def copied(folder: Path) -> Path:
    """The files of the repository in a folder of their own, so that building a wheel writes nothing into it."""
    listed = ("git", "ls-files", "-co", "--exclude-standard")
    for name in subprocess.check_output(listed, cwd=ROOT, text=True).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def tried(interpreter: str, way: str) -> dict[str, str]:
    """Try one way on one Python; the row for docs/versions.md, by the names in `HEAD`."""
    with tempfile.TemporaryDirectory(prefix="cam-versions-") as name:
        folder = Path(name)
        _ran(interpreter, "-m", "venv", folder / "env")
        python = folder / "env" / "bin" / "python"
        exact = _ran(python, "-c", "import platform; print(platform.python_version())").strip()
        row = {"Python": exact, "versions": way, "date": date.today().isoformat()}
        try:
            _install((python, "-m", "pip"), way, folder, ".".join(exact.split(".")[:2]))
            versions = json.loads(_ran(python, "-c", FOUND, *SHOWN))
            row |= {COLUMNS[name]: version for name, version in versions.items()}
            row["outcome"] = _outcome(python, way, folder)
        except (Failed, subprocess.CalledProcessError, AssertionError) as error:
            row["outcome"] = f"failed: {' '.join(str(error).split())[:160]}"
    return row


def _outcome(python: Path, way: str, folder: Path) -> str:
    """What came of the tests, or of using the wheel, in words."""
    if way == "wheel":
        (folder / "elsewhere").mkdir()
        use(python, python.with_name("cam-explorer"), folder / "elsewhere")
        return "a photo explained, the page and /health served"
    said = _ran(python, "-m", "pytest", "-p", "no:cacheprovider", *SAMPLE)
    _ran(python, "-c", BUILT)
    return f"{re.findall(r'[0-9]+ passed', said)[-1]}, the page built"


def rows(text: str) -> list[dict[str, str]]:
    """The rows of the table in docs/versions.md."""
    lines = text.partition(MARKS[0])[2].partition(MARKS[1])[0].splitlines()[2:]
    return [dict(zip(HEAD, (cell.strip() for cell in line.strip("|").split("|")), strict=True)) for line in lines]


def written(text: str, row: dict[str, str]) -> str:
    """The page with this row instead of the one for the same Python and way."""
    kept = {(one["Python"], one["versions"]): one for one in (*rows(text), row)}
    order = sorted(kept, key=lambda key: ([int(part) for part in key[0].split(".")], WAYS.index(key[1])))
    cells = [HEAD, ["---"] * len(HEAD), *([kept[key].get(name, "") for name in HEAD] for key in order)]
    table = "".join(f"| {' | '.join(line)} |\n" for line in cells)
    return text.partition(MARKS[0])[0] + MARKS[0] + table + MARKS[1] + text.partition(MARKS[1])[2]


def main() -> int:
    parser = argparse.ArgumentParser(description="Try the package on the versions that requirements.txt promises.")
    parser.add_argument("interpreter", help="the Python to try, as python3.12 or a path")
    ways = parser.add_mutually_exclusive_group(required=True)
    for way in WAYS:
        ways.add_argument(f"--{way}", dest="way", action="store_const", const=way)
    parser.add_argument("--write", action="store_true", help="note the outcome in docs/versions.md")
    options = parser.parse_args()
    row = tried(options.interpreter, options.way)
    print(json.dumps(row, indent=2))
    if options.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), row), encoding="utf-8")
    return int(row["outcome"].startswith("failed"))


if __name__ == "__main__":
    sys.exit(main())
