"""Many images: each map is that of a pass of its own, bad files cost no other, and nothing of a pass lives on."""

import json

import numpy as np
import pytest
import torch
from nets import NETS, PREPROCESS, make
from PIL import Image
from torch import nn

from cam import CamError, ImageError, UnknownNameError, explain, explain_images, trace, wrap_model
from cam.__main__ import main
from cam.passes import recording


def photos(count=5):
    chance = np.random.default_rng(0)
    return [Image.fromarray(chance.integers(0, 256, (40 + i, 50, 3), dtype=np.uint8)) for i in range(count)]


def model_of(net):
    return wrap_model(make(net) if isinstance(net, str) else net, preprocess=PREPROCESS)


@pytest.fixture
def passes(monkeypatch):
    """How many images each recorded pass had."""
    seen, real = [], recording.forward

    def counted(model, inputs, names, **more):
        seen.append(len(inputs))
        return real(model, inputs, names, **more)

    monkeypatch.setattr(recording, "forward", counted)
    return seen


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("method", [None, "layercam", "eigencam", "scorecam"])
def test_each_map_is_that_of_a_pass_of_its_own(kind, method):
    model, images = model_of(kind), photos()
    found = list(explain_images(model, images, method, batch=2))
    assert len(found) == len(images)
    for image, one in zip(images, found, strict=True):
        expected = explain(trace(model, image), method)
        assert (one.method, one.target) == (expected.method, expected.target)
        scale = float(expected.raw.abs().max())
        torch.testing.assert_close(one.raw, expected.raw, atol=1e-4 * scale, rtol=1e-4)


def test_passes_in_batches_and_one_alone_once(passes):
    model = model_of("pooled")
    list(explain_images(model, photos(5), "gradcam", 2, batch=2))
    assert passes == [2, 1, 2, 1], "a batch, its last image alone for comparison, a batch, the rest"


def test_inputs_of_different_sizes_pass_alone(passes):
    model = model_of("pooled")
    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(1, 3, side, side, generator=generator) for side in (32, 48, 48)]
    found = list(explain_images(model, inputs, "gradcam", 1, batch=3))
    assert passes == [1, 1, 1]
    for tensor, one in zip(inputs, found, strict=True):
        torch.testing.assert_close(one.raw, explain(trace(model, tensor), "gradcam", 1).raw)


def test_a_method_that_passes_masks_has_each_image_alone(passes):
    list(explain_images(model_of("pooled"), photos(4), "scorecam", 1, batch=2))
    assert passes == [1, 1, 1, 1]


def test_what_is_handed_on_holds_no_graph_and_records_again(passes):
    model, images = model_of("deep_head"), photos(4)
    found = list(explain_images(model, images, "gradcam", batch=4))
    assert all(not {"_leaf", "_scores"} & set(vars(one.trace)) for one in found)
    before = len(passes)
    assert found[2].trace.gradients().shape == found[2].trace.activations.shape
    assert len(passes) == before, "the gradients of its own target are kept"
    torch.testing.assert_close(found[2].trace.gradients(3), trace(model, images[2]).gradients(3))


class Mixing(nn.Module):
    """Images of a batch change one another's scores."""

    def __init__(self, strict):
        super().__init__()
        self.net, self.strict = make("pooled"), strict

    def forward(self, x):
        if self.strict and len(x) > 1:
            raise RuntimeError("one image at a time")
        return self.net(x - x.mean(0, keepdim=True) + x[:1])


@pytest.mark.parametrize("strict", [False, True])
def test_networks_that_do_not_treat_images_separately(strict):
    model, images = model_of(Mixing(strict)), photos(4)
    for image, one in zip(images, explain_images(model, images, "gradcam", batch=4), strict=True):
        torch.testing.assert_close(one.raw, explain(trace(model, image)).raw)


def test_a_bad_image_takes_its_place():
    model, (first, second) = model_of("pooled"), photos(2)
    found = list(explain_images(model, [first, b"no", second], on_error="yield"))
    assert isinstance(found[1], ImageError)
    torch.testing.assert_close(found[2].raw, explain(trace(model, second)).raw)
    with pytest.raises(ImageError):
        list(explain_images(model, [first, b"no", second]))


def test_what_is_wrong_with_the_call_is_said_before_the_first_image():
    model = model_of("pooled")
    for options, error in (
        ({"target": 99}, UnknownNameError),
        ({"method": "nocam"}, UnknownNameError),
        ({"on_error": "skip"}, CamError),
        ({"batch": 0}, CamError),
        ({"detail": 9}, CamError),
    ):
        with pytest.raises(error):
            explain_images(model, [], **options)


@pytest.fixture
def folder(tmp_path, photo):
    """Two photos of one name, and a file that is none."""
    for place, box in (("a", (0, 0, 400, 400)), ("b", (400, 0, 800, 400))):
        (tmp_path / place).mkdir()
        Image.open(photo).crop(box).save(tmp_path / place / "x.png")
    (tmp_path / "b" / "bad.jpg").write_text("no")
    return tmp_path


def test_the_command_line(folder, capsys, lite0):
    out, sheet = folder / "maps", folder / "sheet.png"
    for _ in range(2):  # the second run does not take the first one's maps for photos
        status = main([str(folder), "--out", str(out), "--sheet", str(sheet), "--json"])
        captured = capsys.readouterr()
        lines = [json.loads(line) for line in captured.out.splitlines()]
        assert status == 1
        assert "1 of 3 images could not be explained" in captured.err
        assert [line["file"] for line in lines] == [str(folder / name) for name in ("a/x.png", "b/bad.jpg", "b/x.png")]
    assert "bad.jpg is not an image" in lines[1]["error"]
    assert [lines[0]["out"], lines[2]["out"]] == [str(out / "x.png"), str(out / "x-2.png")]
    assert all((out / name).is_file() for name in ("x.png", "x-2.png"))
    expected = trace(lite0, folder / "b" / "x.png").top(1)[0]
    assert lines[2]["class"]["index"] == expected.index
    drawn = Image.open(sheet)
    assert drawn.size == (2 * 252 + 252 + 12, 3 * 192 + 12)
    crops = [np.asarray(drawn.crop((12, y, 252, y + 180)), int) for y in (12, 396)]
    assert all(crop.std() > 10 for crop in crops)
    assert np.abs(crops[0] - crops[1]).mean() > 5
    words = np.asarray(drawn.convert("L"))[:, 2 * 252 + 12 :]
    assert (words[:, :12] < 128).any()
    assert (words[:, -12:] > 128).all()


def test_photos_are_never_overwritten(folder, capsys):
    before = [(folder / place / "x.png").read_bytes() for place in "ab"]
    main([str(folder / "a"), str(folder / "b" / "x.png"), "--out", str(folder / "a")])
    assert before == [(folder / place / "x.png").read_bytes() for place in "ab"]
    assert sorted(path.name for path in (folder / "a").iterdir()) == ["x-2.png", "x-3.png", "x.png"]
