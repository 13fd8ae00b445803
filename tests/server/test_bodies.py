"""Bodies and request numbers: too large, too many, too slow, of the wrong shape; nothing of them stays."""

import asyncio
import json
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import junk
import pytest
from browsing import PATIENCE, alone, wait_for
from starlette.formparsers import MultiPartException
from test_door import call, refusal

from cam.messages import Message
from cam.server import body
from cam.server.body import Body, Totals
from cam.server.rules import Refused

MIB = 2**20


@pytest.fixture
def kept(site):
    """The files with something in them that the block leaves in the page's folder."""
    folder = site.folder / "sent" / "cam-explorer"

    def files():
        return {path for path in folder.rglob("*") if path.is_file() and path.stat().st_size}

    before = files()
    return lambda: files() - before


# --- sizes and numbers -----------------------------------------------------------------------------------------------


def test_json_of_more_than_a_megabyte(http, protocol):
    value = {**protocol.value, "own": "a" * 1_000_000}
    assert "larger than the 1 MB" in refusal(call(http, protocol, value), 413)


def test_json_without_a_length(http):
    """Told by its bytes, as it comes."""

    def pieces():
        yield from [b"[" * 100_000] * 50

    answer = http.post("actions/act", content=pieces(), headers={"Content-Type": "application/json"})
    refusal(answer, 413)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="The peak of memory is read as Linux tells it.")
def test_large_bodies_cost_no_memory(site):
    """Eight of 40 MB at a time, with and without a length: the process's peak is read, not its size afterwards."""
    process = Path(f"/proc/{site.process.pid}")

    def memory(name):
        return int(re.search(rf"{name}:\s+(\d+) kB", (process / "status").read_text())[1]) / 1024

    def pieces():
        yield from [b"[" * 1_000_000] * 40

    def ask(number):
        content = pieces() if number % 2 else b"[" * 40_000_000
        kind = {"Content-Type": "application/json"}
        url = site.url + "actions/act"
        return httpx.post(url, content=content, headers=kind, timeout=PATIENCE, trust_env=False).status_code

    (process / "clear_refs").write_text("5")
    before = memory("VmRSS")
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {413}
    assert memory("VmHWM") - before < 64


def test_more_than_a_few_files(http, kept):
    files = [("files", (f"{number}.jpg", b"x" * 1000, "image/jpeg")) for number in range(5)]
    assert "More than 4 files" in refusal(http.post("gradio_api/upload", files=files), 413)
    assert kept() == set()
    assert len(http.post("gradio_api/upload", files=files[:4]).json()) == 4


def test_files_that_are_too_large(http, kept):
    for size in (21, 100):
        answer = http.post("gradio_api/upload", files={"files": ("a.jpg", b"x" * size * MIB)})
        assert answer.status_code == 413
    assert kept() == set()


def test_an_upload_that_is_broken_off(site, http, kept, photo):
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {site.url[7:-1]}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    )
    host, port = site.url[7:-1].split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode() + b"x" * 200_000)
        wait_for(kept, "the part of the upload")
    wait_for(lambda: not kept(), "its end")
    assert http.post("gradio_api/upload", files={"files": ("a.jpg", photo.read_bytes())}).status_code == 200


def test_what_one_visitor_sends_within_an_hour(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(body.time, "monotonic", lambda: now[0])
    totals = Totals(10 * MIB, Message("much", "More than 10 MB came from this address within an hour."))
    for _ in range(10):
        totals.add("a", MIB)
        now[0] += 60
    with pytest.raises(Refused, match="More than 10 MB came from this address within an hour") as caught:
        totals.add("a", 1)
    assert caught.value.status == 429
    totals.add("b", 10 * MIB)
    now[0] = 1000 + 3601
    totals.add("a", MIB)
    with pytest.raises(Refused):
        totals.add("a", MIB + 1)
    now[0] += 3600
    totals.add("c", 1)
    assert list(totals._sent) == ["c"], "who was silent for an hour is forgotten"


# --- slow bodies -----------------------------------------------------------------------------------------------------


def received(*messages, headers=None):
    """A body of these messages; after them nothing comes."""
    waiting = list(messages)

    async def receive():
        if not waiting:
            await asyncio.sleep(60)
        return waiting.pop(0)

    return Body(receive, headers or {}, Totals(100, Message("much", "Too much came")), "me")


def piece(content, more=True):
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_that_stops(monkeypatch):
    monkeypatch.setattr(body, "_IDLE", 0.05)
    start = time.monotonic()
    with pytest.raises(Refused, match="too slowly") as caught:
        alone(received(piece(b"{")).whole(100))
    assert caught.value.status == 408
    assert time.monotonic() - start < 5


def test_a_body_that_drips(monkeypatch):
    """A byte now and then does not keep it open for ever."""
    monkeypatch.setattr(body, "_LONGEST", 0.2)

    async def drip():
        await asyncio.sleep(0.01)
        return piece(b"x")

    with pytest.raises(Refused, match="too slowly"):
        alone(Body(drip, {}, Totals(100, Message("much", "Too much came")), "me").whole(10**9))


FORM = {b"content-type": b"multipart/form-data; boundary=b"}


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([piece(b"x" * 101)], 429),
        ([piece(b"--b\r\n" * 5)], 413),
        ([piece(b"--b\r\n--b\r"), piece(b"\n--b\r\n--b"), piece(b"\r\n--b\r\n")], 413),
        ([piece(b"--b\r\n"), {"type": "http.disconnect"}], 400),
    ],
    ids=["total", "parts", "parts across messages", "gone"],
)
def test_an_upload_ends_with_gradios_word_for_a_bad_one(tmp_path, messages, status):
    """For that word Gradio deletes what it has written."""
    one = received(*messages, headers=FORM)
    receive = one.upload(10**6, tmp_path)

    async def read():
        while True:
            await receive()

    with pytest.raises(MultiPartException):
        alone(read())
    assert one.refused.status == status


def test_boundaries_that_lie_across_messages_count_once(tmp_path):
    one = received(piece(b"--b\r\n--b\r"), piece(b"\n--b\r\n--b"), piece(b"\r\n", more=False), headers=FORM)
    receive = one.upload(10**6, tmp_path)

    async def read():
        return [await receive() for _ in range(3)]

    assert len(alone(read())) == 3
    assert one._parts == 4


def test_a_disk_without_room(monkeypatch, tmp_path):
    usage = body.has_room.__globals__["shutil"].disk_usage(tmp_path)
    monkeypatch.setattr(body.has_room.__globals__["shutil"], "disk_usage", lambda _: usage._replace(free=MIB))
    one = received(piece(b"x"), headers=FORM)
    with pytest.raises(MultiPartException):
        alone(one.upload(10**6, tmp_path)())
    assert one.refused.status == 507


# --- numbers and junk ------------------------------------------------------------------------------------------------


def test_a_number_from_the_far_future(http, protocol):
    """It would end all later actions of its session."""
    number = int(time.time() * 1e6)
    late = call(http, protocol, {**protocol.value, "request_id": number + int(2 * 86_400e6)})
    assert "clock" in refusal(late, 422)
    assert (
        call(http, protocol, {**protocol.value, "request_id": number + int(3600e6)}, session="fast").status_code == 200
    )
    assert call(http, protocol, {**protocol.value, "request_id": number}).status_code == 200


def test_junk_in_every_field(site, http, kept):
    """Each of the requests is refused with a sentence, and the log grows by a few lines."""
    before = len(site.log)
    found = junk.ask(http, junk.requests(http, 200, seed=1))
    wrong = [one for one in found if one.outcome != "refused"]
    assert wrong == []
    assert len(found) == 200
    assert len({one.status for one in found}) >= 4, "many kinds of refusals"
    assert kept() == set()
    assert len(site.log) - before < 20_000
    assert "Traceback" not in site.log


def test_an_outcome_is_judged_by_the_answer():
    """A junk request that is answered, or refused with anything but a sentence, is told."""
    answers = {
        "refused": httpx.Response(422, json={"error": "`data` is not a list."}),
        "accepted": httpx.Response(200, json={"data": []}),
        "failed": httpx.Response(500, json={"error": "Something went wrong on the server."}),
        "no sentence": httpx.Response(422, json={"detail": [{"msg": "Field required"}]}),
        "leaked": httpx.Response(400, json={"error": "KeyError in /tmp/x."}),
    }
    assert {name: junk.judged(answer) for name, answer in answers.items()} == {name: name for name in answers}
    assert json.loads(answers["refused"].text)
