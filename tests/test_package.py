"""The package as others install it: a wheel with all that the page needs, which opens from any folder."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from browsing import serving

import cam
from cam.models.imagenet import imagenet_labels

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the files as they are, built without the repository being written to."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines()
    for name in names:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source]
    subprocess.run(command, check=True, cwd=folder, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    (found,) = folder.glob("cam_explorer-*.whl")
    return found


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    packed = {name for name in names if name.parts[0] == "cam"}
    assert all(name.parts[0] == "cam" or name.parts[0].endswith(".dist-info") for name in names)
    tracked = subprocess.check_output(["git", "ls-files", "cam"], cwd=ROOT, text=True).splitlines()
    assert {Path(name) for name in tracked if (ROOT / name).exists()} <= packed
    assert {Path("cam/assets", name) for name in ("examples.json", "cat.jpg", "README.md")} <= packed


def test_the_wheel_holds_the_chinese_names(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = packed.read("cam/models/imagenet_zh.txt").decode("utf-8").splitlines()
    assert tuple(names) == imagenet_labels("zh")


def test_what_is_installed_opens_the_page_and_explains_a_photo_from_another_folder(wheel, tmp_path):
    place, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = ["--quiet", "--no-deps", "--target", place]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True)
    command = [sys.executable, place / "bin" / "cam-explorer", ROOT / "assets" / "cat.jpg", "--out", "map.png"]
    subprocess.run(command, check=True, cwd=elsewhere, env={**os.environ, "PYTHONPATH": str(place)})
    assert (elsewhere / "map.png").exists()
    script = elsewhere / "alone.py"
    script.write_text("import sys\nfrom cam.console import main\ndel sys.argv[1:]\nmain()\n")
    with serving(elsewhere, str(script), PYTHONPATH=str(place)) as site:
        assert b"CAM Explorer" in site.get()
        assert json.loads(site.get("health"))["version"] == cam.__version__


def test_the_list_of_packages_is_complete():
    project = pytest.importorskip("tomllib").loads((ROOT / "pyproject.toml").read_text())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "cam").rglob("__init__.py")}
    assert set(project["tool"]["setuptools"]["packages"]) == found | {"cam.assets"}
