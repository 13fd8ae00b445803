"""The page's scripts as files: where they lie, how long a browser keeps them, and what a second visit fetches."""

import json
import re
import shutil

import httpx
import pytest
from browsing import PATIENCE, ROOT, Tab

from cam.page.component import STATIC, address
from cam.server import modules

FETCHED = """() => performance.getEntriesByType('resource').filter((one) => one.name.includes('/modules/'))
  .map(({ name, transferSize, decodedBodySize }) => [name, transferSize, decodedBodySize])"""


@pytest.fixture(scope="module")
def http(site):
    with httpx.Client(base_url=site.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("path", sorted(path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.*")))
def test_each_file_may_be_kept_for_ever(http, path):
    answer = http.get(f"{address()}/{path}")
    assert answer.content == (STATIC / path).read_bytes()
    kind = {"js": "javascript", "css": "text/css", "html": "text/html", "ftl": "text/plain"}[path.rsplit(".", 1)[1]]
    assert kind in answer.headers["content-type"]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    again = http.get(f"{address()}/{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["../component.py", "%2e%2e/component.py", "nothing.js", "", "picture", "../../server/rules.py"]
)
def test_nothing_else_is_served(http, path):
    assert http.get(f"{address()}/{path}").status_code in (404, 405)
    assert http.get(f"modules/0123456789ab/{path}").status_code == 404, "files of another version"


@pytest.mark.parametrize("root", ["", "/cam"])
@pytest.mark.parametrize("kept", [True, False], ids=["proxy keeps the folder", "proxy takes it off"])
def test_below_a_folder_of_a_proxy(root, kept):
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    client = TestClient(Starlette(routes=[modules.route(STATIC)]), root_path=root)
    answer = client.get(f"{root if kept else ''}/{address()}/words.js")
    assert answer.content == (STATIC / "words.js").read_bytes()


def test_the_address_changes_with_any_file(tmp_path):
    shutil.copytree(STATIC, tmp_path / "a")
    seen = {modules.address(tmp_path / "a")}
    assert seen == {address()}
    for path in ("words.js", "picture/picture.css", "live/live.html"):
        (tmp_path / "a" / path).write_text("changed")
        seen.add(modules.address(tmp_path / "a"))
    (tmp_path / "a" / "words.js").rename(tmp_path / "a" / "word.js")
    assert len(seen | {modules.address(tmp_path / "a")}) == 5


def test_no_folder_of_the_server_is_told(site):
    config = site.get("config").decode()
    assert str(ROOT) not in config
    scripts = [one["props"].get("js_on_load") for one in json.loads(config)["components"]]
    ours = [script for script in scripts if script and "modules/" in script]
    assert len(ours) == 7
    assert all(len(script) < 300 for script in ours), "an address, not a script"


def test_a_second_visit_fetches_no_script(visit, site):
    names = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('class-names.json'))"
    tab = visit(fresh=True)
    tab.page.wait_for_function(names)
    first = tab.page.evaluate(FETCHED)
    assert len(first) > 20
    assert all(sent > 0 for _, sent, _ in first)
    again = Tab(tab.page.context, site).open()
    again.page.wait_for_function(names)
    assert {name for name, _, _ in again.page.evaluate(FETCHED)} == {name for name, _, _ in first}
    assert sum(sent for _, sent, _ in again.page.evaluate(FETCHED)) == 0
    again.check()


def test_no_source_has_a_companion():
    """Gradio writes one beside each module that subclasses a component."""
    assert list((ROOT / "cam").rglob("*.pyi")) == []


def test_modules_are_short_and_import_what_they_use():
    for path in STATIC.rglob("*.js"):
        text = path.read_text()
        assert len(text.splitlines()) <= 400, path
        for name in re.findall(r'from "(\.[^"]+)"', text):
            assert (path.parent / name).resolve().is_file(), f"{path}: {name}"
