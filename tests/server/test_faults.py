"""When the machine fails the page: no room, no descriptors, no home; afterwards the next request works."""

import os
import resource
import socket
import subprocess
import time

import forking
import httpx
import pytest
from browsing import PATIENCE, serving, wait_for

pytestmark = pytest.mark.page  # each starts a page of its own

MIB = 2**20


def send(site, content):
    files = {"files": ("mine.jpg", content, "image/jpeg")}
    return httpx.post(site.url + "gradio_api/upload", files=files, timeout=PATIENCE, trust_env=False)


def explain(site, path):
    data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "efficientnet_lite0", "", "", -1]
    url = site.url + "gradio_api/run/explain"
    return httpx.post(url, json={"data": data}, timeout=PATIENCE, trust_env=False)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("A small disk cannot be mounted here: that takes the rights of root.")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(tmp_path, small_disk, photo):
    """Nothing of what did not fit stays, answers get a sentence, and when there is room again all is well."""
    with serving(tmp_path, GRADIO_TEMP_DIR=str(small_disk)) as site:
        (path,) = send(site, photo.read_bytes()).json()
        (small_disk / "filler").write_bytes(b"x" * int(6.5 * MIB))
        before = len(site.log)
        for _ in range(20):
            answer = send(site, photo.read_bytes() + b"x" * 2 * MIB)
            assert (answer.status_code, answer.json()["error"][:22]) == (507, "The server has no room")
            assert explain(site, path).status_code == 507
        assert len(site.log) - before < 5000
        kept = [one for one in small_disk.rglob("*") if one.is_file() and one.stat().st_size]
        assert sorted(one.name for one in kept) == ["filler", "mine.jpg"]
        (small_disk / "filler").unlink()
        assert explain(site, path).status_code == 200
        assert send(site, photo.read_bytes() + b"x" * 2 * MIB).status_code == 200
        assert "Traceback" not in site.log


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="The limit of another process can be set on Linux only.")
def test_no_descriptors_and_a_home_that_cannot_be_written(tmp_path, photo):
    """Hundreds of connections of one client while the process may open no more files."""
    with serving(tmp_path, HOME="/proc/none", XDG_CACHE_HOME="/proc/none", XDG_CONFIG_HOME="/proc/none") as site:

        def answers():
            try:
                return httpx.get(site.url + "health", timeout=5, trust_env=False).status_code == 200
            except httpx.HTTPError:
                return False

        wait_for(lambda: "public link" in site.log, "Gradio's own look at the page that it has opened")
        before = len(site.log)
        limits = resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE)
        opened = len(os.listdir(f"/proc/{site.process.pid}/fd"))
        resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE, (opened + 10, limits[1]))
        host, port = site.url[7:-1].split(":")
        held = [socket.create_connection((host, int(port))) for _ in range(100)]
        time.sleep(5)
        for one in held:
            one.close()
        resource.prlimit(site.process.pid, resource.RLIMIT_NOFILE, limits)
        wait_for(answers, "the page to answer again")
        (path,) = send(site, photo.read_bytes()).json()
        assert explain(site, path).status_code == 200
        assert len(site.log) - before < 20_000
        wait_for(lambda: len(os.listdir(f"/proc/{site.process.pid}/fd")) < opened + 10, "the connections to be closed")


def test_many_connections_are_turned_away_before_the_files_run_out():
    """What the process may open is raised, and connections get three quarters of it."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 512));"
        "from cam.server.serving import _open_files; print(_open_files(), *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    assert forking.printed(code).split() == ["336", "512", "512"]
