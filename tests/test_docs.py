"""The README is true: its tables, its commands, its paths and its front matter."""

import pathlib
import re

import pytest
from readme_tables import filled

import cam

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_tables_are_those_of_the_code():
    assert filled(README) == README, "run: python tests/readme_tables.py"


def test_the_two_commands():
    lines = README.splitlines()
    assert "pip install -r requirements.txt && python app.py" in lines
    assert "pip install -r requirements.txt -r tests/requirements.txt && pytest" in lines


def test_front_matter_for_spaces():
    matter = README.split("---\n")[1]
    entries = dict(line.split(": ", 1) for line in matter.splitlines() if ": " in line)
    assert entries["sdk"] == "gradio"
    assert entries["app_file"] == "app.py"
    assert len(entries["short_description"]) <= 60
    low, high = re.search(r"gradio>=([\d.]+),<(\d+)", (ROOT / "requirements.txt").read_text()).groups()
    version = [int(part) for part in entries["sdk_version"].split(".")]
    assert [int(part) for part in low.split(".")] <= version < [int(high)]


def test_paths_and_names_exist():
    """What is written as a path of this repository is there; what is written as a name of the package, too."""
    tree = re.search(r"```text\n(.*?)```", README, flags=re.DOTALL).group(1)
    parents = {0: ROOT}
    for line in tree.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        path = parents[depth] / name
        assert path.exists(), path
        parents[depth + 1] = path
    for target in re.findall(r"\]\((?!https?:|#)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL))
def test_python_examples_run(block, tmp_path, monkeypatch, photo):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    exec(compile(block, "README.md", "exec"), {})  # the examples hold their own assertions and files


@pytest.mark.parametrize("line", re.findall(r"^python -m cam (photo\.jpg.*)$", README, flags=re.MULTILINE))
def test_command_line_examples_run(line, tmp_path, monkeypatch, photo, capsys):
    import shlex

    from cam.__main__ import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    assert main(shlex.split(line)) == 0


def test_public_docstrings():
    for name in cam.__all__:
        thing = getattr(cam, name)
        if callable(thing):
            assert thing.__doc__, name
            assert not thing.__doc__.startswith(f"{name}("), f"{name} has only the signature that dataclasses give"
