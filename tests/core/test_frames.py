"""WebP and AVIF are read with few copies, and exactly as Pillow reads them."""

import io

import costly
import numpy as np
import pytest
from pictures import encode
from PIL import AvifImagePlugin, Image, WebPImagePlugin

from cam.photos import frames

READERS = {
    "WEBP": (frames.WebP, WebPImagePlugin.WebPImageFile),
    "AVIF": (frames.Avif, AvifImagePlugin.AvifImageFile),
}


def picture(mode="RGB", size=(301, 200)):
    made = costly.noise(*size).resize(size)
    if mode == "RGBA":
        made.putalpha(Image.fromarray(np.add.outer(np.arange(size[1]), np.arange(size[0])).astype(np.uint8)))
    return made


def turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


def read(reader, data):
    """What a reader makes of a file: its pixels and all that the page asks it for."""
    image = reader(io.BytesIO(data), "")
    before = image.size, image.mode, image.info.get("icc_profile"), image.getexif().get(0x0112)
    image.load()
    return *before, image.tobytes(), image.has_transparency_data


@pytest.fixture(params=["libwebp", "Pillow"])
def library(request, monkeypatch):
    """With the library and where it cannot be reached."""
    if request.param == "Pillow":
        monkeypatch.setattr(frames, "_LIBRARY", None)
    return request.param


@pytest.mark.parametrize("options", [{"quality": 70}, {"lossless": True}, {"quality": 70, "alpha_quality": 40}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_webp_is_read_as_pillow_reads_it(library, mode, options):
    ours, pillows = READERS["WEBP"]
    data = encode(picture(mode), "WEBP", exif=turned(), icc_profile=b"profile", **options)
    found = read(ours, data)
    assert found == read(pillows, data)
    assert found[:4] == ((301, 200), mode, b"profile", 6)


def test_the_library_is_used(monkeypatch):
    """Where Pillow's module is linked as in its wheels; a reader that always fell back would pass all else."""
    if frames._LIBRARY is None:
        pytest.skip("libwebp cannot be reached through Pillow here")
    monkeypatch.setattr(frames.WebPImageFile, "load", lambda _: pytest.fail("Pillow's own reader was used"))
    read(frames.WebP, encode(picture(), "WEBP"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_an_avif_is_read_as_pillow_reads_it(mode):
    ours, pillows = READERS["AVIF"]
    made = picture("RGB").convert("L") if mode == "L" else picture(mode)
    data = encode(made, "AVIF", exif=turned(), speed=10)
    assert read(ours, data) == read(pillows, data)


@pytest.mark.parametrize("kind", READERS)
def test_of_an_animation_the_first_frame_counts(library, kind):
    colours = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    data = encode(colours[0], kind, save_all=True, append_images=colours[1:], duration=100)
    ours, pillows = READERS[kind]
    found = read(ours, data)
    assert found == read(pillows, data)
    red, green, _ = np.frombuffer(found[4], np.uint8).reshape(-1, 3).mean(0)
    assert red > 240
    assert green < 15


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_webp_raises_or_gives_what_pillow_gives(library, seed):
    data = costly.damaged("WEBP", seed)
    ours, pillows = READERS["WEBP"]
    try:
        wanted = read(pillows, data)
    except Exception:
        wanted = None
    try:
        found = read(ours, data)
    except Exception:
        found = None
    assert found == wanted or wanted is None
