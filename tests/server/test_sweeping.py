"""The page's own folder: what is in it goes by age, and nothing else is touched."""

import os
import time

import pytest

from cam.server import sweeping
from cam.server.sweeping import Sweeper, own_folder, sweep

HOUR = 3600.0


@pytest.fixture
def folder(tmp_path):
    """A folder as a day of visitors leaves it: uploads, overlays, parts, placeholders, states of links, a link."""
    made = tmp_path / "cam-explorer"
    for name in ("aa/photo.jpg", "bb/image.png", "tmpabc", "tmpempty", "deep_links/x/state.json", "cc/dd/part"):
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if "empty" in name else b"x" * 1000)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "mine").write_text("stays")
    (made / "link").symlink_to(tmp_path / "elsewhere")
    return made


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_everything_goes_after_its_time(folder):
    assert sweep(folder, HOUR, now=time.time() + HOUR + 61) == 0
    assert everything(folder) == []
    assert (folder.parent / "elsewhere" / "mine").read_text() == "stays", "links are not followed"


def test_what_is_young_stays(folder):
    os.utime(folder / "aa" / "photo.jpg", (0, time.time() - HOUR - 1))
    sweep(folder, HOUR)
    kept = everything(folder)
    assert "aa/photo.jpg" not in kept
    assert {"bb/image.png", "tmpabc", "cc/dd/part"} <= set(kept)


def test_a_part_that_grows_no_more_goes_sooner(folder):
    """Whoever sends slowly keeps his part, because it grows."""
    old = time.time() - sweeping._PART_SECONDS - 1
    for name in ("tmpabc", "aa/photo.jpg"):
        os.utime(folder / name, (old, old))
    sweep(folder, HOUR)
    assert "tmpabc" not in everything(folder)
    assert "aa/photo.jpg" in everything(folder)


def test_the_oldest_go_first_when_there_is_too_much(folder):
    for age, name in enumerate(("bb/image.png", "aa/photo.jpg", "cc/dd/part", "deep_links/x/state.json")):
        when = time.time() - 10 * age - 1
        os.utime(folder / name, (when, when))
    (folder / "tmpabc").unlink()
    assert sweep(folder, HOUR, most_bytes=2500) <= 2500
    left = [name for name in everything(folder) if (folder / name).is_file()]
    assert left == ["aa/photo.jpg", "bb/image.png", "tmpempty"]


def test_a_folder_that_was_just_made_waits_for_its_file(folder):
    (folder / "new").mkdir()
    sweep(folder, HOUR)
    assert "new" in everything(folder)
    sweep(folder, HOUR, now=time.time() + 61)
    assert "new" not in everything(folder)


def test_it_sweeps_at_start_and_all_the_time(folder, monkeypatch):
    """What lay there before a restart goes, and what comes later goes, too."""
    monkeypatch.setattr(sweeping, "_EVERY", (0.02, 0.02))
    old = time.time() - HOUR
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    sweeper = Sweeper(folder, HOUR, 10**9)
    try:
        assert not [path for path in folder.rglob("*") if path.is_file()]
        late = folder / "ee" / "late.jpg"
        late.parent.mkdir()
        late.write_bytes(b"x")
        os.utime(late, (old, old))
        end = time.monotonic() + 10
        while late.exists() and time.monotonic() < end:
            time.sleep(0.01)
        assert not late.exists()
    finally:
        sweeper.stop(delete=True)
    assert everything(folder) == []


def test_a_file_that_cannot_be_deleted_is_told_and_the_rest_goes(folder, monkeypatch, caplog):
    unlink = type(folder).unlink

    def stuck(path, **options):
        if path.name == "photo.jpg":
            raise PermissionError(13, "Permission denied")
        unlink(path, **options)

    monkeypatch.setattr(type(folder), "unlink", stuck)
    sweep(folder, 0.0)
    assert [name for name in everything(folder) if "." in name] == ["aa/photo.jpg"]
    assert caplog.messages == ["A file of a visitor could not be deleted: Permission denied"]


def test_the_folder_is_the_pages_own(tmp_path, monkeypatch):
    """In a folder that others use, too, it makes one of its own, the same after each start."""
    (tmp_path / "somebody.txt").write_text("else")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    folder = own_folder()
    assert folder == tmp_path / "cam-explorer"
    assert os.environ["GRADIO_TEMP_DIR"] == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert own_folder() == folder
    sweep(folder, 0.0)
    assert (tmp_path / "somebody.txt").exists()


def test_without_a_wish_it_lies_in_the_systems_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    monkeypatch.setattr(sweeping.tempfile, "gettempdir", lambda: str(tmp_path))
    assert own_folder() == tmp_path / f"cam-explorer-{os.getuid()}"


def test_a_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file"))
    with pytest.raises(OSError, match="cannot be made .*: set GRADIO_TEMP_DIR to another folder"):
        own_folder()


def test_a_folder_of_somebody_else_is_not_used(tmp_path, monkeypatch):
    """Everybody may make names in the system's folder for temporary files."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    (tmp_path / "theirs").mkdir()
    (tmp_path / "cam-explorer").symlink_to(tmp_path / "theirs")
    with pytest.raises(PermissionError, match="set GRADIO_TEMP_DIR to a folder of your own"):
        own_folder()
