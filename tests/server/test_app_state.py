"""What stands behind the page's handlers: settings, photos, the line of those who wait, and the program's start."""

import base64
import dataclasses
import io
import math
import os
import threading
import time
from functools import partial
from types import SimpleNamespace

import anyio
import numpy as np
import pytest
from browsing import alone
from pictures import encode, png, quadrants
from PIL import Image

import cam
from cam.errors import ImageError, TargetError, UnknownNameError
from cam.models.catalogue import LOADABLE
from cam.server import api, journal, payload, settings
from cam.server import app_state as app_state_module
from cam.server.app_state import AppState
from cam.server.photos import Photos, jpeg_url, read_examples
from cam.server.scheduler import Busy, Scheduler
from cam.server.sessions import Sessions, Superseded
from cam.server.settings import Settings, SettingsError, read_settings

# --- settings --------------------------------------------------------------------------------------------------------


def test_defaults_and_given_values():
    assert read_settings({}) == Settings()
    given = read_settings({"CAM_MAX_FILE_MB": " 5 ", "CAM_QUEUE_SIZE": "7", "CAM_SESSIONS": "", "OTHER": "x"})
    assert given == dataclasses.replace(Settings(), max_file_mb=5, queue_size=7)
    assert given.bytes_of("max_file_mb") == 5 * 2**20


@pytest.mark.parametrize("text", ["0", "-3", "many", "1e3", "2.5", "99999999999", "٣x"])
def test_wrong_values(text):
    with pytest.raises(SettingsError) as caught:
        read_settings({"CAM_MAX_FILE_MB": text})
    sentence = str(caught.value)
    assert sentence.startswith(f"CAM_MAX_FILE_MB={text!r} is not a whole number from 1 to 1024 (MiB: ")
    assert sentence.endswith("default 20).")


def test_every_wrong_value_is_named():
    with pytest.raises(SettingsError) as caught:
        read_settings({"CAM_MAX_FILE_MB": "x", "CAM_QUEUE_SIZE": "y"})
    assert [line.split("=")[0] for line in str(caught.value).splitlines()] == ["CAM_MAX_FILE_MB", "CAM_QUEUE_SIZE"]


def test_the_table_lists_them_all():
    rows = settings.table()
    assert [row[1] for row in rows] == [getattr(Settings(), field.name) for field in dataclasses.fields(Settings)]
    for variable, default, _, _ in rows:
        assert read_settings({variable: str(default)}) == Settings(), f"the default of {variable} is in its range"


def test_the_program_ends_with_the_sentence(monkeypatch):
    import app

    for name in [name for name in os.environ if name.startswith("CAM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CAM_CONCURRENCY", "none")
    with pytest.raises(SystemExit) as caught:
        app.main()
    assert str(caught.value).startswith("CAM_CONCURRENCY='none' is not a whole number from 1 to 256")


# --- photos ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def photos(tmp_path):
    return Photos(read_examples(), tmp_path / "sent", cache_bytes=2**24, max_pixels=10_000)


def put(folder, name="a.png", content=None, identity="0123"):
    path = folder / "sent" / identity / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode(quadrants(), "PNG") if content is None else content)
    return path


def test_an_upload_is_opened_once(photos, tmp_path):
    path = put(tmp_path)
    opened = photos.open({"upload": str(path)})
    assert (opened.id, opened.title, opened.image.size) == ("0123", "Your photo", (96, 64))
    path.unlink()
    assert photos.open({"upload": str(path)}) is opened


@pytest.mark.parametrize("where", ["b.png", "sent/b.png", "sent/x/y/b.png", "sent/x/../../b.png", "sent2/x/b.png"])
def test_nothing_else_is_opened(photos, tmp_path, where):
    """Only FOLDER/NAME/FILE in the folder of what was sent; the file is there, and a picture."""
    for parent in ("sent/x/y", "sent2/x"):
        (tmp_path / parent).mkdir(parents=True, exist_ok=True)
    path = tmp_path / where
    path.resolve().write_bytes(encode(quadrants(), "PNG"))
    with pytest.raises(ImageError, match=r"^This photo is no longer on the server\. Send it again\.$"):
        photos.open({"upload": str(path)})


def test_a_link_out_of_the_folder_is_not_followed(photos, tmp_path):
    secret = tmp_path / "secret.png"
    secret.write_bytes(encode(quadrants(), "PNG"))
    link = tmp_path / "sent" / "x" / "link.png"
    link.parent.mkdir(parents=True)
    link.symlink_to(secret)
    with pytest.raises(ImageError):
        photos.open({"upload": str(link)})


def test_limits_of_photos(photos, tmp_path):
    with pytest.raises(ImageError, match="more than the limit"):
        photos.open({"upload": str(put(tmp_path, content=png(20_000, 20_000)))})
    with pytest.raises(UnknownNameError, match="Unknown example 'dog'"):
        photos.open({"example": "dog"})


def test_a_camera_of_50_megapixels_is_within_the_limit(app_state, tmp_path):
    path = tmp_path / "camera.jpg"
    Image.new("RGB", (8160, 6144)).save(path, quality=50)
    assert app_state.photos.read(str(path)).size == (8160, 6144)


def test_photos_are_sent_small(tmp_path):
    photo = Photos(read_examples(), tmp_path, cache_bytes=1, max_pixels=10**6).open({"example": "cat"})
    assert photo.url is photo.url, "encoded once"
    assert photo.thumb is photo.thumb
    for text, side in ((photo.url, 1600), (photo.thumb, 400), (photo.icon, 144)):
        with Image.open(io.BytesIO(base64.b64decode(text.split(",")[1]))) as image:
            assert max(image.size) <= side
            assert image.format == "JPEG"


@pytest.mark.parametrize(("size", "wanted"), [((100, 50), (100, 50)), ((400, 100), (200, 50)), ((9, 4000), (1, 200))])
def test_jpeg_url(size, wanted):
    kind, text = jpeg_url(Image.new("RGB", size, (200, 30, 30)), 200, 90).split(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(text))) as image:
        assert image.size == wanted


# --- visits -----------------------------------------------------------------------------------------------------------


def test_visits():
    visits = Sessions(limit=2)
    visits.begin("a", 5, iter("xy"))
    assert visits.advance("a", 5) == "x"
    with pytest.raises(Superseded):
        visits.begin("a", 4, iter("z"))
    visits.begin("a", 6, iter("q"))
    with pytest.raises(Superseded):
        visits.advance("a", 5)
    assert [visits.advance("a", 6), visits.advance("a", 6)] == ["q", None]
    visits.send("a", 6, {"photo": "p"})
    assert visits.sent("a") == {"photo": "p"}
    visits.send("a", 6, {}, prefetch=True)
    assert visits.prefetch("a", 6)
    visits.begin("a", 7, iter("r"))
    assert not visits.prefetch("a", 7), "a new action is waited for"
    visits.begin("b", 1, iter("b"))
    visits.begin("c", 1, iter("c"))  # one too many: the oldest is forgotten
    assert visits.advance("b", 1) == "b"
    assert visits.sent("a") == {}


def test_a_step_that_takes_long_is_not_given_up(monkeypatch):
    """Other pages come while it is made; once it is made, its page has as long as any to come for the next."""
    now, visits = [0.0], Sessions()
    monkeypatch.setattr("cam.server.sessions.time", SimpleNamespace(monotonic=lambda: now[0]))

    def slow():
        now[0] += 1000
        visits.begin("b", 1, iter("b"))
        yield "x"
        yield "y"

    visits.begin("a", 1, slow())
    assert visits.advance("a", 1) == "x"
    visits.begin("c", 1, iter("c"))
    assert visits.advance("a", 1) == "y"
    now[0] += 1000
    visits.begin("d", 1, iter("d"))
    assert list(visits._visits) == ["d"]


def test_the_limit_holds_while_steps_are_made():
    visits = Sessions(limit=1)

    def slow():
        for session in "bcd":
            visits.begin(session, 1, iter("x"))
            assert visits.advance(session, 1) == "x"
        yield "x"

    visits.begin("a", 1, slow())
    assert visits.advance("a", 1) == "x"
    assert len(visits._visits) <= 2


# --- the line --------------------------------------------------------------------------------------------------------


def test_the_line_turns_away_whoever_is_too_many():
    """Two places and one more in line: of four at once the last is turned away, and later ones come in again."""
    gate, inside, peak, turned = threading.Event(), [], [], []

    def work(number):
        inside.append(number)
        peak.append(len(inside))
        assert gate.wait(60)
        inside.remove(number)
        return number

    async def run():
        line = Scheduler(2, 1)
        results = []

        async def one(number):
            try:
                results.append(await line.run(work, number))
            except Busy as busy:
                turned.append(str(busy))
                gate.set()

        async with anyio.create_task_group() as group:
            for number in range(4):
                group.start_soon(one, number)
        results.append(await line.run(work, 9))
        return results

    results = alone(run())
    assert turned == ["Too many people are using this at the moment. Try again in a few seconds."]
    assert len(results) == 4
    assert results[-1] == 9
    assert max(peak) <= 2


def test_what_comes_later_gives_way():
    """Both places are taken: who has no answer yet comes first, and one place is kept from the rest."""
    gate, order, together = threading.Event(), [], []

    def work(name, wait=False):
        order.append(name)
        together.append(name)
        assert not wait or gate.wait(60)
        if name.startswith("later"):
            time.sleep(0.05)
            assert sum(one.startswith("later") for one in together) == 1
        together.remove(name)

    async def run():
        line = Scheduler(2, 10)
        async with anyio.create_task_group() as group:
            group.start_soon(line.run, work, "a", True)
            group.start_soon(line.run, work, "b", True)
            await anyio.sleep(0.05)
            for number in range(3):
                group.start_soon(partial(line.run, background=True), work, f"later {number}")
            group.start_soon(line.run, work, "c")
            group.start_soon(line.run, work, "d")
            await anyio.sleep(0.05)
            gate.set()

    alone(run())
    assert order[:2] == ["a", "b"]
    assert set(order[2:4]) == {"c", "d"}
    assert order[4:] == ["later 0", "later 1", "later 2"]


def test_who_leaves_the_line_is_not_waited_for():
    gate = threading.Event()

    async def run():
        line = Scheduler(1, 5)
        async with anyio.create_task_group() as group:
            group.start_soon(line.run, gate.wait, 60)
            await anyio.sleep(0.05)
            for later in (False, True):
                with anyio.move_on_after(0.05):
                    await line.run(pytest.fail, "its visitor has gone", background=later)
            gate.set()
        assert line._here == 0
        return await line.run(lambda: "next")

    assert alone(run()) == "next"


def test_calm(monkeypatch):
    """Calm is who is alone and has been for a while: one second after many were here is too early."""
    now, line = [0.0], None
    monkeypatch.setattr("cam.server.scheduler.time", SimpleNamespace(monotonic=lambda: now[0]))
    line = Scheduler(4, 10)
    assert line.idle
    line._count(1)
    assert line.idle, "one request does not disturb itself"
    now[0] = 0.3
    assert line.idle
    line._count(1)
    assert not line.idle
    now[0] = 3.3
    assert line.load == pytest.approx(2 - 1.905 * math.exp(-1), abs=0.01)
    line._count(-1)
    line._count(-1)
    assert not line.idle
    now[0] = 4.3
    assert not line.idle
    now[0] = 12.0
    assert line.idle


def test_the_line_frees_a_place_after_an_error():
    async def run():
        line = Scheduler(1, 0)
        with pytest.raises(ZeroDivisionError):
            await line.run(lambda: 1 / 0)
        return await line.run(lambda: "fine")

    assert alone(run()) == "fine"


# --- the web API's function ------------------------------------------------------------------------------------------


@pytest.fixture
def app_state(lite0, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made = AppState(Settings())
    made.store.models.get("efficientnet_lite0", lambda: lite0)
    return made


def test_explained(app_state, photo):
    picture, found = api.explained(app_state, str(photo), "efficientnet_lite0", "blocks.5", "gradcam", 967.0)
    assert picture.size == (800, 400)
    assert (found["layer"], found["class"]["label"]) == ("blocks.5", "espresso")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((None, "efficientnet_lite0", "", "gradcam", -1), ImageError),
        (("", "efficientnet_lite0", "", "gradcam", -1), ImageError),
        (("{photo}", "efficientnet_lite0", "", "gradcam", 0.5), TargetError),
        (("{photo}", "efficientnet_lite0", "", "gradcam", float("nan")), TargetError),
        (("{photo}", "efficientnet_lite0", "", "gradcam", float("inf")), TargetError),
        (("{photo}", "efficientnet_lite0", "", "gradcam", None), TargetError),
        (("{photo}", "nothing", "", "gradcam", -1), UnknownNameError),
    ],
    ids=str,
)
def test_explained_refuses(app_state, photo, arguments, error):
    with pytest.raises(error):
        api.explained(app_state, *(str(photo) if one == "{photo}" else one for one in arguments))


# --- colours ----------------------------------------------------------------------------------------------------------


def test_colormaps():
    tables = payload.colormaps()
    assert list(tables) == list(cam.COLORMAPS)
    for name, text in tables.items():
        assert np.array_equal(np.frombuffer(base64.b64decode(text), "u1").reshape(256, 3), cam.COLORMAPS[name])


def test_models_that_were_looked_up_are_forgotten_again(app_state, monkeypatch):
    """The page's list, the store's loaders and the names that the log may write are bounded together."""
    monkeypatch.setattr(app_state_module, "_MOST_FOUND", 3)
    for number in range(5):
        app_state._keep_found(SimpleNamespace(name=f"someone/net-{number}"))
    kept = [f"someone/net-{number}" for number in (2, 3, 4)]
    assert list(app_state._found) == list(app_state.store.loaders) == kept
    assert sorted(name for name in journal._models if name.startswith("someone/")) == kept
    assert set(LOADABLE) <= journal._models
    for name in kept:
        journal.forget(name)
