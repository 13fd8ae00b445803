"""Whatever cannot be opened is refused in one plain sentence that names it."""

import json
import re
import struct
import subprocess
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from pictures import SUFFIXES, encode, png, quadrants, refused
from PIL import Image

from cam.errors import ImageError
from cam.photos import apart
from cam.photos.decoding import Limits
from cam.photos.images import open_image
from cam.photos.plain import is_plain

# --- refusals --------------------------------------------------------------------------------------------------------

SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", r"^x\.jpg is empty \(0 bytes\): choose a JPEG, PNG, WebP, AVIF, GIF, TIFF, BMP or HEIC file\.$"),
        (b"hello", r"^x\.jpg is not an image that can be opened here: choose a JPEG, PNG,"),
        (b"\0" * 5000, r"is not an image that can be opened here"),
        (b"\xff", r"is not an image that can be opened here"),
        (SVG, r"^x\.jpg is an SVG drawing, which cannot be opened here: save the picture as PNG or JPEG first\.$"),
        (b"\xef\xbb\xbf\n <svg>", r"is an SVG drawing"),
        (b"<!DOCTYPE html><svg/>", r"is a web page"),
        (b"%PDF-1.7 ...", r"is a PDF document"),
        (b"PK\3\4....", r"is a ZIP archive"),
        (b"8BPS\0\1", r"is a Photoshop file"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", r"is a video or another kind of media file"),
        (b"\0\0\0\x01ftypheic", r"is a video or another kind"),
    ],
)
def test_files_that_are_not_images(tmp_path, data, words):
    path = tmp_path / "x.jpg"
    path.write_bytes(data)
    assert re.search(words, refused(path))
    assert refused(data).startswith("The file is ")


@pytest.mark.parametrize("share", [0.05, 0.3, 0.7])
@pytest.mark.parametrize("kind", SUFFIXES)
def test_truncated_files(tmp_path, kind, share):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))
    data = encode(noise, kind)
    path = tmp_path / f"cut.{SUFFIXES[kind]}"
    path.write_bytes(data[: int(len(data) * share)])
    shown = {"HEIF": "HEIC", "WEBP": "WebP"}.get(kind, kind)
    sentence = refused(path)
    assert sentence.startswith(
        f"cut.{SUFFIXES[kind]} starts like a {shown} image but cannot be read: it is damaged, cut"
    )
    assert "save or download it again, as JPEG or PNG" in sentence


# Opens each of the damaged files that stand in a folder as a process of its own does, but all in this one.
OPENER = f"""
{apart._START.rpartition("; ")[0]}
import io, json, pathlib
outcomes = []
for path in pathlib.Path(sys.argv[4]).iterdir():
    sys.stdin, sys.stdout = (io.TextIOWrapper(io.BytesIO(data)) for data in (path.read_bytes(), b""))
    apart.serve(sys.argv[2])
    outcomes.append(list(json.loads(sys.stdout.buffer.getvalue().splitlines()[0])))
print(json.dumps(outcomes), file=sys.__stdout__)
"""


def opened(data):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return open_image(data, max_pixels=1_000_000).mode
    except ImageError as error:
        return str(error)[:9]


def opened_apart(kind, files, folder):
    """What a process that opens such files answers to each: the names in the line that it writes."""
    for number, data in enumerate(files):
        (folder / str(number)).write_bytes(data)
    task = json.dumps({"kind": kind, "limits": asdict(Limits(1_000_000, None, 8))})
    command = [sys.executable, "-I", "-S", "-c", OPENER, str(Path(apart.__file__).parents[1]), task]
    done = subprocess.run([*command, "\n".join(sys.path), str(folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("kind", SUFFIXES)
def test_damaged_files_never_raise_anything_else(kind, tmp_path):
    data = encode(quadrants(32, 32), kind)
    random = np.random.default_rng(1)
    plain, others = [], []
    for _ in range(40):
        broken = bytearray(data)
        for at in random.integers(8, len(data), 6):
            broken[at] = random.integers(256)
        (plain if is_plain(kind, bytes(broken)) else others).append(bytes(broken))
    assert {opened(one) for one in plain + others[:4]} <= {"RGB", "The file "}  # the others take a process each
    answers = opened_apart(kind, others, tmp_path)
    assert len(plain) + len(answers) == 40
    assert all(answer in (["error"], ["size", "clear"]) for answer in answers)


def test_an_image_without_pixels():
    assert "without pixels" in refused(png(0, 0))
    assert "0 x 0 pixels" in refused(Image.new("RGB", (0, 0)), min_side=0)


@pytest.mark.parametrize(("size", "shown"), [((1, 1), "1 x 1"), ((7, 300), "7 x 300"), ((300, 7), "300 x 7")])
def test_sides_that_are_too_short(size, shown):
    sentence = f"The file is {shown} pixels: each side needs at least 8."
    assert refused(encode(Image.new("RGB", size), "PNG")) == sentence
    assert open_image(Image.new("RGB", size), min_side=1).size == size


def bombs():
    def patched(kind, at, body):
        data = bytearray(encode(quadrants(32, 32), kind))
        at = data.index(at) + len(at) if isinstance(at, bytes) else at
        data[at : at + len(body)] = body
        return bytes(data)

    return {
        "PNG": (png(20_000, 20_000), 400),
        "BMP": (patched("BMP", 18, struct.pack("<II", 20_000, 20_000)), 400),
        "GIF": (patched("GIF", 6, struct.pack("<HH", 20_000, 20_000)), 400),
        "JPEG": (patched("JPEG", b"\xff\xc0\0\x11\x08", struct.pack(">HH", 20_000, 20_000)), 400),
        "AVIF": (patched("AVIF", b"ispe\0\0\0\0", struct.pack(">II", 20_000, 20_000)), 400),
        "HEIF": (patched("HEIF", b"ispe\0\0\0\0", struct.pack(">II", 20_000, 20_000)), 400),
        "PNG of 100 million": (png(10_000, 10_000), 100),
    }


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "JPEG", "AVIF", "HEIF", "PNG of 100 million"])
def test_too_many_pixels_are_refused_by_the_header(monkeypatch, kind):
    allocated = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load_prepare", allocated.append)  # where the pixels' memory comes from
    data, millions = bombs()[kind]
    side = 20_000 if millions == 400 else 10_000
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        sentence = refused(data)
    size = f"{side} x {side} = {millions} million pixels"
    assert sentence == f"The file has {size}, more than the limit of 64 million: make it smaller first."
    assert (said, allocated) == ([], [])


def test_a_gif_whose_frame_outgrows_its_screen():
    data = bytearray(encode(quadrants(32, 32), "GIF"))
    at = data.index(b",\0\0\0\0")
    data[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    assert refused(bytes(data)) == "The file has more pixels than can be opened here: make it smaller first."


def test_the_pixel_limit_is_exact():
    image = Image.new("RGB", (100, 80))
    assert open_image(image, max_pixels=8000).size == (100, 80)
    sentence = refused(image, max_pixels=7999)
    assert sentence == "The image has 100 x 80 = 8000 pixels, more than the limit of 7999: make it smaller first."
    assert "The array has 100 x 80 = 8000" in refused(np.zeros((80, 100), np.uint8), max_pixels=7999)


def test_the_file_limit_is_exact(tmp_path):
    path = tmp_path / "big.png"
    path.write_bytes(encode(quadrants(), "PNG"))
    size = path.stat().st_size
    with open(path, "rb") as handle:
        for source, name in ((path, "big.png"), (path.read_bytes(), "The file"), (handle, "big.png")):
            assert open_image(source, max_bytes=size).size == (96, 64)
            sentence = f"{name} is larger than the limit of {size - 1} bytes: make it smaller or save it as JPEG."
            assert refused(source, max_bytes=size - 1) == sentence


def test_the_file_limit_is_said_in_megabytes():
    class Endless:
        given = 0

        def read(self, size):
            self.given += size
            return b"x" * size

    stream = Endless()
    assert "The file is larger than the limit of 2.5 MB" in refused(stream, max_bytes=2_500_000)
    assert stream.given < 5_000_000


def test_missing_files_folders_and_odd_paths(tmp_path):
    assert refused(tmp_path / "no.png") == "no.png does not exist: check its path."
    folder = tmp_path / "pictures"
    folder.mkdir()
    assert refused(f"{folder}/").startswith("pictures is a folder: choose a JPEG, PNG,")
    assert refused("/dev/null").startswith("null is not a regular file: choose")
    assert refused("a\0b.png") == "a?b.png cannot be read: check its path and its permissions."
    assert refused("") == "The file does not exist: check its path."
    assert refused("https://example.org/cat.png").startswith("Web addresses are not opened: save the picture")


def test_no_message_carries_a_folder_or_a_long_name(tmp_path):
    folder = tmp_path / "secret_folder"
    folder.mkdir()
    path = folder / f"{'a' * 100}\n.png"
    for data in (b"", b"hello", SVG, png(20_000, 20_000), png(1, 1), encode(quadrants(), "PNG")[:60]):
        path.write_bytes(data)
        with open(path, "rb") as handle:
            for sentence in (refused(path), refused(handle)):
                assert "secret_folder" not in sentence
                assert "aaa" in sentence
                assert len(re.search(r"a[a.?]*png", sentence).group()) <= 60
    assert "secret_folder" not in refused(folder / "missing.png")
    assert "secret_folder" not in refused("C:\\secret_folder\\missing.png")


@pytest.mark.parametrize("source", [None, 3, ["a.png"], object()])
def test_other_values_are_named(source):
    assert refused(source).startswith(
        f"A value of type {type(source).__name__} cannot be opened as an image: pass a path"
    )


def test_a_text_file_object_and_a_closed_one(tmp_path):
    path = tmp_path / "x.png"
    path.write_bytes(b"text")
    with open(path) as handle:
        assert refused(handle) == "x.png is opened as text: open it in binary mode ('rb')."
    assert refused(handle) == "x.png cannot be read: open it again for reading."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "needs more memory than there is: make it smaller first"),
        (OSError("/srv/secret broke"), "starts like a PNG image but cannot be read"),
        (RuntimeError("decoder"), "starts like a PNG image but cannot be read"),
        (Image.DecompressionBombError("bomb"), "has more pixels than can be opened here"),
    ],
)
@pytest.mark.parametrize(
    "place", ["PIL.PngImagePlugin.PngImageFile._open", "PIL.PngImagePlugin.PngImageFile.load_prepare"]
)
def test_what_a_reader_raises_becomes_a_sentence(monkeypatch, place, error, words):
    data = encode(quadrants(), "PNG")

    def fail(self):
        raise error

    monkeypatch.setattr(place, fail)
    sentence = refused(data)
    assert words in sentence
    assert "secret" not in sentence


def test_a_float_file_with_nan(tmp_path):
    values = np.full((16, 16), 0.5, np.float32)
    values[3, 3] = np.nan
    path = tmp_path / "depth.tif"
    Image.fromarray(values).save(path)
    assert refused(path) == "depth.tif holds NaN or infinity: save it with finite values."
