"""Opening images: every format and source gives upright pixels in sRGB, detached and thread by thread."""

import io
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from pictures import (
    BLUE,
    GREEN,
    GREYS,
    QUADRANTS,
    RED,
    SUFFIXES,
    YELLOW,
    assert_near,
    corners,
    encode,
    half_clear,
    quadrants,
)
from PIL import Image, ImageCms

from cam.photos.images import open_image

# --- formats and sources ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SUFFIXES)
def test_every_format_gives_its_pixels(tmp_path, kind):
    path = tmp_path / f"photo.{SUFFIXES[kind]}"
    path.write_bytes(encode(quadrants(), kind))
    image = open_image(path)
    assert type(image) is Image.Image
    assert (image.mode, image.size, image.info) == ("RGB", (96, 64), {})
    assert_near(corners(image), QUADRANTS)


def test_every_kind_of_source_gives_the_same_picture(tmp_path):
    data = encode(quadrants(), "PNG")
    path = tmp_path / "photo.png"
    path.write_bytes(data)
    wanted = quadrants().tobytes()
    halfway = io.BytesIO(data)
    halfway.seek(30)  # a file object is read from its start
    with open(path, "rb") as handle, Image.open(path) as lazy:
        sources = [str(path), path, data, bytearray(data), memoryview(data), halfway, handle, lazy, quadrants()]
        for source in [*sources, np.array(quadrants())]:
            assert open_image(source).tobytes() == wanted, type(source)


def test_a_stream_that_cannot_be_rewound_is_read():
    class Stream(io.RawIOBase):
        def __init__(self, data):
            self.rest = data

        def readable(self):
            return True

        def read(self, size=-1):  # hands out little at a time, as sockets do
            given, self.rest = self.rest[:100], self.rest[100:]
            return given

    assert_near(corners(open_image(Stream(encode(quadrants(), "PNG")))), QUADRANTS, 0)


def test_the_name_of_a_file_does_not_decide(tmp_path):
    path = tmp_path / "photo.txt"
    path.write_bytes(encode(quadrants(), "WEBP"))
    assert_near(corners(open_image(path)), QUADRANTS, 0)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_the_first_frame_counts(kind):
    frames = [Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE, GREEN)]
    data = encode(frames[0], kind, save_all=True, append_images=frames[1:])
    assert Image.open(io.BytesIO(data)).n_frames == 3
    assert_near(open_image(data).getpixel((8, 8)), RED, 1)


def test_the_result_is_detached():
    array = np.array(quadrants())
    picture = Image.fromarray(array.copy())
    from_array, from_picture = open_image(array), open_image(picture)
    array[:] = 7
    picture.paste((7, 7, 7), (0, 0, *picture.size))
    for image in (from_array, from_picture):
        assert_near(corners(image), QUADRANTS, 0)


def test_an_extreme_aspect_ratio_is_fine():
    image = open_image(Image.new("RGB", (20_000, 8), RED))
    assert image.size == (20_000, 8)


def test_threads_get_their_own_pictures():
    files = {kind: encode(quadrants(), kind) for kind in SUFFIXES}
    wrong = []

    def work(kind):
        try:
            for _ in range(5):
                assert_near(corners(open_image(files[kind])), QUADRANTS)
        except Exception as error:
            wrong.append((kind, error))

    threads = [threading.Thread(target=work, args=(kind,)) for kind in SUFFIXES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_import_is_light():
    code = (
        "import sys, types\n"
        "package = types.ModuleType('cam'); package.__path__ = ['cam']; sys.modules['cam'] = package\n"
        "import cam.photos.images\n"
        "heavy = ('torch', 'pillow_heif', 'PIL.ImageCms', 'PIL.AvifImagePlugin')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    root = __file__.rpartition("tests")[0]
    run = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


# --- orientation -----------------------------------------------------------------------------------------------------

TURNED = {  # EXIF orientation -> how an upright image is stored
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(orientation):
    """Quadrants as a camera stores them, with the EXIF block that says so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = TURNED[orientation]
    return (quadrants() if turn is None else quadrants().transpose(turn)), exif


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_exif_orientation_is_applied_once(kind, orientation):
    image, exif = stored(orientation)
    opened = open_image(encode(image, kind, exif=exif))
    assert opened.size == (96, 64)
    assert_near(corners(opened), QUADRANTS)
    assert 0x0112 not in opened.getexif()
    assert open_image(opened).tobytes() == opened.tobytes()


def test_a_turned_heic_is_upright():
    import pillow_heif

    image, exif = stored(6)
    data = encode(image, "HEIF", exif=exif.tobytes())
    assert pillow_heif.open_heif(io.BytesIO(data)).size == (96, 64)  # the container itself turns
    assert_near(corners(open_image(data)), QUADRANTS)


def test_a_pil_image_with_orientation_is_turned():
    image, exif = stored(8)
    lazy = Image.open(io.BytesIO(encode(image, "JPEG", exif=exif)))
    assert_near(corners(open_image(lazy)), QUADRANTS)


@pytest.mark.parametrize("exif", [b"Exif\0\0garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"])
def test_a_broken_exif_block_is_ignored(exif):
    data = encode(quadrants(), "JPEG", exif=exif)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own word about the block
        assert_near(corners(open_image(data)), QUADRANTS)


# --- colour profiles -------------------------------------------------------------------------------------------------


def swapped_profile():
    """A valid RGB profile whose red primary is sRGB's green and the other way round."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = data.replace(b"\0s\0R\0G\0B", b"\0t\0e\0s\0t")
    return data.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_a_profile_is_converted_to_srgb(kind):
    opened = open_image(encode(quadrants(), kind, icc_profile=swapped_profile()))
    assert_near(corners(opened), [GREEN, RED, BLUE, YELLOW], 16)
    assert "icc_profile" not in opened.info


def test_a_profile_is_converted_below_transparency():
    opened = open_image(encode(half_clear("RGBA"), "PNG", icc_profile=swapped_profile()))
    assert_near(corners(opened), [GREEN, (255,) * 3, (127, 255, 127), (255,) * 3], 3)


@pytest.mark.parametrize("profile", [b"", b"garbage", b"\0" * 200, None])
def test_a_broken_profile_is_ignored(profile):
    profile = swapped_profile()[:300] if profile is None else profile
    assert_near(corners(open_image(encode(quadrants(), "JPEG", icc_profile=profile))), QUADRANTS)


@pytest.mark.parametrize("mode", ["L", "CMYK", "P"])
def test_a_profile_for_another_mode_is_ignored(mode):
    image = quadrants().convert(mode)
    image.info["icc_profile"] = swapped_profile()
    wanted = {"L": GREYS, "CMYK": QUADRANTS, "P": [GREEN, RED, BLUE, YELLOW]}[mode]  # a palette holds RGB
    assert_near(corners(open_image(image)), wanted, 3)


def test_an_srgb_profile_changes_nothing():
    data = encode(quadrants(), "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert open_image(data).tobytes() == quadrants().tobytes()
