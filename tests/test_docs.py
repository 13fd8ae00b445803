"""The documents are true: their tables, examples, commands, links and paths, and the README's front matter."""

import functools
import re
import shlex

import pytest
from tables import DOCS, ROOT, TABLES, replaced

import cam

DOCUMENTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for folder in (ROOT, DOCS, ROOT / "benchmarks", ROOT / "assets")
    for path in sorted(folder.glob("*.md"))
}
README, INDEX = DOCUMENTS["README.md"], DOCUMENTS["docs/README.md"]
LINK = re.compile(r"\]\((?!https?:)([^)]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def everywhere(pattern, flags=re.MULTILINE):
    """Each match in each document, as test parameters with the document's name."""
    return [(name, found) for name, text in DOCUMENTS.items() for found in re.findall(pattern, text, flags)]


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_those_of_the_code(name):
    document, make = TABLES[name]
    text = DOCUMENTS[f"docs/{document}"]
    assert replaced(text, name, make()) == text, "run: python tests/tables.py"


def test_a_table_stands_in_one_document():
    """Also what measurements write: proof, deviations, speed, page, memory."""
    places = {}
    for document, name in everywhere(r"^<!-- (\w+):begin -->$"):
        if document.startswith("docs/"):
            places.setdefault(name, []).append(document.removeprefix("docs/"))
    measured = {
        "proof": "proof.md",
        "deviations": "proof.md",
        "speed": "speed.md",
        "page": "speed.md",
        "memory": "speed.md",
    }
    for name, document in {**measured, **{name: place for name, (place, _) in TABLES.items()}}.items():
        assert [place for place in places[name] if place != "architectures.md"] == [document], name


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 170


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


def test_the_readme_counts_right():
    assert f"{len(cam.METHODS)} methods" in README
    table = re.search(
        r"<!-- summary:begin -->\n(.*?)<!-- summary:end -->", DOCUMENTS["docs/architectures.md"], re.DOTALL
    )[1]
    head, _, ours, *_ = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
    found = dict(zip(head, ours, strict=True))
    assert f"out of {found['right by itself']} of {found['networks']} architectures" in README
    for document in ("docs/README.md", "docs/defaults.md"):
        assert f"{found['networks']} architectures" in DOCUMENTS[document]


def test_the_changelog_names_this_version():
    sections = re.findall(r"^## (.+)$", DOCUMENTS["CHANGELOG.md"], re.MULTILINE)
    versions = [
        re.fullmatch(r"([\d.]+) \((\d{4}-\d\d-\d\d)\)", one).groups() for one in sections if one != "Unreleased"
    ]
    assert sections.index("Unreleased") == 0
    assert versions[0][0] == cam.__version__
    assert versions == sorted(versions, reverse=True, key=lambda one: one[1])
    assert len({version for version, _ in versions}) == len(versions)


def test_the_index_names_every_document():
    linked = {(DOCS / target.split("#")[0]).resolve() for target in LINK.findall(INDEX)}
    missing = {ROOT / name for name in DOCUMENTS} - linked - {DOCS / "README.md"}
    assert not missing
    from_the_readme = {(ROOT / target.split("#")[0]).resolve() for target in LINK.findall(README)}
    assert DOCS / "README.md" in from_the_readme


def anchors(text):
    """The anchors of a document's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}


@pytest.mark.parametrize(("document", "target"), everywhere(LINK.pattern))
def test_links_lead_somewhere(document, target):
    path, _, anchor = target.partition("#")
    place = ((ROOT / document).parent / path).resolve() if path else ROOT / document
    assert place.exists()
    if anchor:
        assert anchor in anchors(place.read_text(encoding="utf-8"))


TOP = [path for path in ROOT.iterdir() if path.name not in (".git", ".venv", "node_modules", "build", "dist")]


@functools.cache
def names_of_files():
    """The names of all files of the project."""
    return {path.name for room in TOP for path in (room, *room.rglob("*"))}


def written_paths():
    """What looks like a path of the project in backticks: it begins with a room, or is a file of Python or Markdown."""
    for document, code in everywhere(r"(?<!`)`([^`\n]+)`(?!`)"):
        for word in code.split():
            if word.split("/")[0] in {path.name for path in TOP} or re.fullmatch(r"[\w/-]+\.(py|md)", word):
                yield document, word
    for document, word in everywhere(r"^python (?:-m pytest )?([\w/]+\.py)"):
        yield document, word


@pytest.mark.parametrize(("document", "path"), sorted(set(written_paths())))
def test_paths_exist(document, path):
    if "/" in path or path in {one.name for one in TOP}:
        places = (ROOT, (ROOT / document).parent)
        assert any(list(place.glob(path.rstrip("/"))) for place in places)
    else:
        assert path in names_of_files()


def test_the_tree_of_rooms_is_the_real_one():
    tree = re.search(r"```text\n(.*?)```", DOCUMENTS["docs/architecture.md"], flags=re.DOTALL).group(1)
    parents, seen = {0: ROOT}, set()
    for line in tree.splitlines():
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        path = parents[depth] / name
        assert path.exists(), path
        parents[depth + 1] = path
        seen.add(path)
    assert {path.parent for path in (ROOT / "cam").glob("*/__init__.py")} <= seen


PYTHON = [(name, code) for name, text in DOCUMENTS.items() for kind, code in FENCE.findall(text) if kind == "python"]


@pytest.mark.parametrize(("document", "code"), PYTHON, ids=[f"{name}-{i}" for i, (name, _) in enumerate(PYTHON)])
def test_python_examples_run(document, code, tmp_path, monkeypatch, photo):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    exec(compile(code, document, "exec"), {})  # the examples hold their own assertions and files


@pytest.mark.parametrize("line", sorted({line for _, line in everywhere(r"^python -m cam (photo\.jpg.*)$")}))
def test_command_line_examples_run(line, tmp_path, monkeypatch, photo):
    from cam.__main__ import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(photo.read_bytes())
    assert main(shlex.split(line)) == 0


def test_examples_are_found():
    """The patterns above match something in each place where examples stand."""
    assert {"README.md", "docs/python.md", "docs/guide.md"} <= {name for name, _ in PYTHON}
    assert {name for name, _ in everywhere(r"^python -m cam (photo\.jpg.*)$")} >= {"README.md", "docs/terminal.md"}


def test_public_docstrings():
    for name in cam.__all__:
        thing = getattr(cam, name)
        if callable(thing):
            assert thing.__doc__, name
            assert not thing.__doc__.startswith(f"{name}("), f"{name} has only the signature that dataclasses give"
