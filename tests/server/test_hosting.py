"""What a host is told is true: the Dockerfile, the floors of the requirements, one login, what the document names."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from browsing import PATIENCE, free_port, wait_for
from handling import choice

from cam.server import settings

pytestmark = pytest.mark.page  # each starts a page of its own

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "hosting.md").read_text()
WORDS = [
    line.split(None, 1)
    for line in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    if line.strip() and not line.startswith("#")
]


def told(word):
    """What stands behind a word of the Dockerfile, each time."""
    return [rest.strip() for name, rest in WORDS if name == word]


def command(text):
    """A command in the form of a list, with this Python."""
    words = json.loads(text)
    assert words[0] == "python"
    return [sys.executable, *words[1:]]


# --- the container ---------------------------------------------------------------------------------------------------


def test_the_dockerfile_keeps_the_rules():
    names = [name for name, _ in WORDS]
    assert names[0] == "FROM"
    assert not told("FROM")[0].endswith((":latest", "python")), "a version is named"
    (user,) = told("USER")
    assert int(user) >= 1000, "a number, so that orchestrators can tell that it is not root"
    assert names.index("USER") > max(place for place, name in enumerate(names) if name in ("RUN", "COPY"))
    assert names.index("USER") < names.index("CMD")
    assert "ADD" not in names
    assert not [run for run in told("RUN") if "pip install" in run and "--no-cache-dir" not in run]
    requirements, code = (
        [place for place, (n, rest) in enumerate(WORDS) if n == "COPY" and w in rest]
        for w in ("requirements", "app.py")
    )
    assert requirements < code, "a change of the code does not install everything anew"
    assert told("STOPSIGNAL") == ["SIGTERM"]
    assert "curl" not in told("HEALTHCHECK")[0], "the image has none"


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A folder with what the Dockerfile copies, and the environment that it sets."""
    folder = tmp_path_factory.mktemp("image")
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for rest in told("COPY"):
        *sources, target = rest.split()
        for source in sources:
            assert source in allowed, f".dockerignore keeps {source} out"
            place = folder / target if (ROOT / source).is_dir() else folder / target / source
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
            else:
                shutil.copy(ROOT / source, place)
    environment = dict(part.split("=", 1) for part in shlex.split(told("ENV")[0]))
    return folder, environment


@pytest.fixture(scope="module")
def container(image, tmp_path_factory):
    """The page as the container starts it, with a login; its address and the health check's command."""
    folder, environment = image
    port, temporary = str(free_port()), tmp_path_factory.mktemp("temporary")
    assert environment["GRADIO_SERVER_PORT"] == told("EXPOSE")[0]
    changed = {"GRADIO_SERVER_PORT": port, "GRADIO_TEMP_DIR": str(temporary), "CAM_LOGIN": "class:open-sesame"}
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("CAM_", "GRADIO_"))}
    check = told("HEALTHCHECK")[0].split("CMD", 1)[1]
    probe = command(check.replace(environment["GRADIO_SERVER_PORT"], port))
    log = temporary / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            command(told("CMD")[0]), cwd=folder, env=outer | environment | changed, stdout=file, stderr=file
        )

    def healthy():
        assert process.poll() is None, log.read_text()
        return subprocess.run(probe, capture_output=True).returncode == 0

    assert subprocess.run(probe, capture_output=True).returncode != 0, "nothing answers yet"
    try:
        wait_for(healthy, "the container to be healthy")
        yield f"http://127.0.0.1:{port}/", folder, probe, process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def test_what_the_image_holds_serves_the_page(container):
    """Its own code, not this checkout's; and nothing is written into it."""
    url, folder, _, _ = container
    assert httpx.get(url + "health", timeout=PATIENCE, trust_env=False).json()["loaded"] is True
    assert not [path for path in folder.rglob("*") if path.suffix == ".pyc"]


def test_one_login_for_all(container):
    """Pages, photos and answers want it; whether the page works may be asked by anybody."""
    url = container[0]
    with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as http:
        files = {"files": ("a.jpg", b"x")}
        assert http.get("config").status_code == 401
        assert http.post("gradio_api/upload", files=files).status_code == 401
        body = {"data": [None, "efficientnet_lite0", "", "", -1]}
        assert http.post("gradio_api/run/explain", json=body).status_code == 401
        wish = {"session_hash": "one", "data": choice()}
        assert http.post("actions/act", json=wish).status_code == 401
        stolen = {"Cookie": "access-token-x=x"}
        assert http.post("actions/models_here", json=wish, headers=stolen).status_code == 401
        assert "gradio_config" in http.get("").text
        page = http.get("").text
        assert '"auth_required":true,"auth_message":"CAM Explorer"' in page.replace(": ", ":").replace(", ", ",")
        assert page.count("<title>CAM Explorer</title>") == 1, "who asks for the login"
        wrong = http.post("login", data={"username": "class", "password": "closed"})
        assert wrong.status_code == 400
        right = http.post("login", data={"username": "class", "password": "open-sesame"})
        assert right.json() == {"success": True}
        assert http.get("config").status_code == 200
        assert http.post("actions/act", json=wish).json()["picture"]["method"] == "Grad-CAM"
        assert "No image was sent" in http.post("gradio_api/run/explain", json=body).json()["error"]


def test_passwords_cannot_be_tried_for_ever():
    from cam.server.door import Gate, Refused

    gate = Gate(settings.Settings(), None, dict)
    for _ in range(200):
        gate.logins.add("1.2.3.4", 1)
    with pytest.raises(Refused, match="Too many logins came from this address within an hour"):
        gate.logins.add("1.2.3.4", 1)
    gate.logins.add("1.2.3.5", 1)


def test_the_end_of_a_container(container):
    """`docker stop` sends SIGTERM; the health check then fails."""
    _, _, probe, process = container
    process.terminate()
    assert process.wait(PATIENCE) == 0
    assert subprocess.run(probe, capture_output=True).returncode != 0


# --- the document ----------------------------------------------------------------------------------------------------


def test_what_the_document_names_exists():
    known = {row[0] for row in settings.table()}
    named = set(re.findall(r"\bCAM_[A-Z_]+\b", DOCUMENT))
    assert named <= known
    assert {"CAM_VISITOR_MB", "CAM_KEEP_FILES_MINUTES", "CAM_GRACE_SECONDS", "CAM_LOGIN", "CAM_SITES"} <= named
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", DOCUMENT):
        assert (ROOT / "docs" / target).exists(), target
    headings = {
        re.sub(r"[^a-z -]", "", line.lower()).strip().replace(" ", "-")
        for line in DOCUMENT.splitlines()
        if line.startswith("#")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", DOCUMENT)) <= headings
    for path in re.findall(r"`(tests/[\w/.]+)`", DOCUMENT):
        assert (ROOT / path).exists(), path


def test_the_limits_that_the_document_tells_are_those_of_the_code():
    from cam.server import body

    one = settings.Settings()
    rows = dict(re.findall(r"^\| ([^|]+) \| ([^|]+) \|", DOCUMENT, flags=re.MULTILINE))
    assert rows["a file, a photo"] == f"{one.max_file_mb} MiB, {one.max_megapixels} megapixels"
    assert rows["files in one request"] == str(body.MAX_PARTS)
    assert rows["a JSON body"] == f"{body.MAX_JSON / 1e6:g} MB"
    assert rows["a body's time"] == f"{body._IDLE:g} s without a byte, {body._LONGEST / 60:g} minutes in all"
    assert rows["what one address sends within an hour"] == f"{one.visitor_mb:,} MiB"
    assert rows["files that are kept"] == f"{one.keep_files_minutes} minutes, {one.keep_files_mb // 1024} GiB"
    assert rows["who waits"] == f"{one.queue_size} requests"
    assert f"client_max_body_size {body.MAX_PARTS * one.max_file_mb + 4}m;" in DOCUMENT


# --- what is installed -----------------------------------------------------------------------------------------------


def test_the_floors_are_above_the_known_holes():
    """Or the file says why not; torch is the one that cannot be raised."""
    text = (ROOT / "requirements.txt").read_text()
    floors = dict(re.findall(r"^([\w-]+)>=([\d.]+)", text, flags=re.MULTILINE))
    closed = {"pillow": ("12.1.1", "CVE-2026-25990"), "pillow-heif": ("1.3", "CVE-2026-28231")}
    for name, (version, hole) in closed.items():
        assert number(floors[name]) >= number(version)
        assert hole in text
    assert "CVE-2026-24747" in text
    assert "ZeroGPU" in text
    assert number(floors["torch"]) <= number("2.8.0"), "ZeroGPU could not run it"


def number(version):
    return [*map(int, version.split(".")), 0, 0][:3]


def test_ci_installs_what_the_tests_need():
    script = (ROOT / ".ci" / "run").read_text()
    assert re.search(r"apt-get install .*\bchromium\b.*\bnginx-light\b", script)
    assert "command -v nginx" in script


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CAM_LOGIN", "secret"),
        ("CAM_LOGIN", ":secret"),
        ("CAM_LOGIN", "teacher:"),
        ("CAM_SITES", "lab.example"),
        ("CAM_SITES", "https://a.example; script-src *"),
        ("CAM_SITES", "*"),
    ],
)
def test_texts_of_another_form_are_refused_and_not_repeated(variable, text):
    with pytest.raises(settings.SettingsError) as caught:
        settings.read_settings({variable: text})
    assert str(caught.value).startswith(f"{variable} is not of the form ")
    assert text not in str(caught.value).replace("CAM_SITES", "")


def test_a_login_is_not_shown():
    one = settings.read_settings(
        {"CAM_LOGIN": "user:pass:word", "CAM_SITES": "https://a.example http://*.b.example:8080"}
    )
    assert one.login == "user:pass:word"
    assert "word" not in repr(one)
    assert one.sites == "https://a.example http://*.b.example:8080"
