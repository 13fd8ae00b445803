"""The package as others install it: a wheel with all that the page needs, which opens from any folder."""

import email
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import versions
from packaging.requirements import Requirement
from packaging.version import Version

from cam.models.imagenet import imagenet_labels

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the files as they are, built without the repository being written to."""
    folder = tmp_path_factory.mktemp("wheel")
    source = versions.copied(folder / "source")
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
    assert {name.suffix for name in packed if name.parts[1] == "assets"} <= {
        *(".jpg", ".json", ".md", ".safetensors", ".human-models", ".rembg")  # and no script
    }
    assert Path("cam/py.typed") in packed  # type checkers read the annotations of what is installed


def test_the_wheel_holds_the_chinese_names(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = packed.read("cam/models/imagenet_zh.txt").decode("utf-8").splitlines()
    assert tuple(names) == imagenet_labels("zh")


def test_the_wheel_holds_the_words_of_both_languages(wheel):
    with zipfile.ZipFile(wheel) as packed:
        for language in ("en", "zh"):
            name = f"cam/page/static/locales/{language}.ftl"
            assert packed.read(name) == (ROOT / name).read_bytes()


def test_what_is_installed_opens_the_page_and_explains_a_photo_from_another_folder(wheel, tmp_path):
    place, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    options = ["--quiet", "--no-deps", "--target", place]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True)
    versions.use(sys.executable, place / "bin" / "cam-explorer", elsewhere, PYTHONPATH=str(place))


def test_the_wheel_asks_for_what_is_written_down(wheel):
    """One list, read twice: by `pip install -r requirements.txt` and by whoever installs the package."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        fields = email.message_from_bytes(opened.read(name))
    asked = [Requirement(line) for line in fields.get_all("Requires-Dist")]
    always = [one for one in asked if "extra" not in str(one.marker)]
    assert set(always) == set(versions.requirements())
    assert fields["Requires-Python"] == f">={'.'.join(map(str, versions.PYTHONS[0]))}"


def test_the_floors_are_those_of_the_ranges():
    assert versions.floors("3.12")["torch"] == "2.8"
    assert versions.floors("3.12")["numpy"] == "1.26"
    assert versions.floors("3.13")["numpy"] == "2.1"
    assert {one.name for one in versions.requirements()} == set(versions.floors("3.10"))


def test_the_table_of_versions_is_of_these_ranges():
    """Whatever was tried and noted worked, with versions still promised; each Python was tried at both ends."""
    rows = versions.rows(versions.PAGE.read_text(encoding="utf-8"))
    tried = {(tuple(map(int, row["Python"].split(".")[:2])), row["versions"]) for row in rows}
    assert tried >= {(python, way) for python in versions.PYTHONS for way in ("lowest", "highest")}
    for row in rows:
        python = ".".join(row["Python"].split(".")[:2])
        assert not row["outcome"].startswith("failed"), row
        for one in versions.requirements():
            if one.name in versions.COLUMNS and (one.marker is None or one.marker.evaluate({"python_version": python})):
                found = row[versions.COLUMNS[one.name]]
                assert one.specifier.contains(found), f"{one} does not admit {found}: run tests/versions.py again"
        if row["versions"] == "lowest":
            for name, floor in versions.floors(python).items():
                assert name not in versions.COLUMNS or Version(row[versions.COLUMNS[name]]) == Version(floor), row


def test_the_list_of_packages_is_complete():
    project = pytest.importorskip("tomllib").loads((ROOT / "pyproject.toml").read_text())
    found = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "cam").rglob("__init__.py")}
    assert set(project["tool"]["setuptools"]["packages"]) == found | {"cam.assets"}
