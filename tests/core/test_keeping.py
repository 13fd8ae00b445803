"""What one takes home beside the hand-out: a map's numbers, a slide, and what a notebook shows."""

import base64
import dataclasses
import html
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from nets import PHOTO, PREPROCESS, DeepHeadCNN, recorded
from PIL import Image, ImageSequence

from cam import METHODS, CamError, Explanation, explain, explain_steps, obstacle, overlay, trace, wrap_model
from cam.__main__ import main
from cam.errors import UnknownNameError
from cam.handouts import keeping
from cam.handouts.keeping import (
    CLASSES,
    MILLISECONDS,
    Frame,
    captioned,
    frames,
    save_map,
    save_slide,
    speech_of_slides,
)
from cam.handouts.lines import Look
from cam.handouts.words import Speech
from cam.maps.recipe import Recipe


def test_a_map_reads_back_equal(tmp_path):
    explanation = explain(recorded("deep_head"), "gradcam", 2)
    path = tmp_path / "map"  # no ending is added
    save_map(explanation, path, "猫\udcff.png")
    with np.load(path, allow_pickle=False) as kept:
        assert set(kept) == {"raw", "heatmap", "weights", "activations_shape", "settings"}
        np.testing.assert_array_equal(kept["raw"], explanation.raw.numpy())
        np.testing.assert_array_equal(kept["heatmap"], explanation.heatmap.numpy())
        np.testing.assert_array_equal(kept["weights"], explanation.weights.numpy())
        assert kept["raw"].dtype == kept["heatmap"].dtype == np.float32
        assert tuple(kept["activations_shape"]) == tuple(explanation.trace.activations.shape)
        settings = json.loads(str(kept["settings"]))
    assert (settings["method"], settings["layer"], settings["fit"]) == ("gradcam", "act", "squeeze")
    assert (settings["class"]["index"], settings["target"]) == (2, "y = z_2")
    assert (settings["photo"], settings["size"], settings["signed"]) == ("猫?.png", [60, 40], METHODS["gradcam"].signed)


def test_a_map_without_weights_has_none(tmp_path):
    save_map(explain(recorded("deep_head"), "occlusion", 2), tmp_path / "map.npz")
    with np.load(tmp_path / "map.npz", allow_pickle=False) as kept:
        assert "weights" not in kept


@pytest.mark.parametrize("ending", [".webp", ".gif"])
@pytest.mark.parametrize("of", ["classes", "methods"])
def test_a_slide_reads_back_equal(of, ending, tmp_path):
    t = recorded("deep_head")
    shown = list(frames(t, of, Recipe("hirescam"), 2, Look("viridis", 0.75)))
    save_slide(shown, tmp_path / f"slide{ending}")
    look = {"colormap": "viridis", "opacity": 0.75}
    if of == "classes":
        expected = [overlay(explain(t, "hirescam", best.index), **look) for best in t.top(CLASSES)]
    else:
        quick = [one for one in METHODS.values() if not one.streams and not obstacle(one, t)]
        assert len(quick) > 10
        expected = [overlay(explain(t, one, 2), **look) for one in quick]
        assert [one.words.partition(":")[0] for one in shown] == [one.title for one in quick]
    assert len(shown) == len(expected)
    for one, picture in zip(shown, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(one.picture), np.asarray(picture))
    with Image.open(tmp_path / f"slide{ending}") as read:
        assert read.n_frames == len(shown)
        for one, frame in zip(ImageSequence.Iterator(read), shown, strict=True):
            found, wanted = (np.asarray(it.convert("RGB"), dtype=int) for it in (one, captioned(frame)))
            assert one.info["duration"] == MILLISECONDS
            difference = np.abs(found - wanted)
            assert difference.max() == 0 if ending == ".webp" else difference.mean() < 4  # a GIF has 256 colours


def test_a_slide_speaks_chinese():
    """Names of classes and methods, by the table of the page; a letter is drawn as such, not as an empty box."""
    t = recorded("deep_head")
    named = dataclasses.replace(t, model=dataclasses.replace(t.model, labels=("person", "cup", "dog", "x", "y")))
    chinese = Speech("zh")
    words = [one.words for one in frames(named, "classes", Recipe("hirescam"), speech=chinese)]
    assert {one.partition("  ")[0] for one in words} == {"人", "杯子", "狗", "x", "y"}
    titles = [one.words for one in frames(named, "methods", Recipe(), 1, speech=chinese)]
    assert "中心化 Eigen-CAM：杯子" in titles


def test_chinese_words_on_a_slide_are_drawn():
    if keeping._chinese_font() is None:
        pytest.skip("No font with Chinese letters is installed.")
    drawn = [np.asarray(captioned(Frame(Image.new("RGB", (300, 9)), one)), dtype=int) for one in ("猫", "狗", "Cat")]
    assert all((one[9:] < 128).any() for one in drawn)
    assert (drawn[0] != drawn[1]).any(), "two letters are not two boxes"
    assert speech_of_slides("zh").language == "zh"


def test_a_slide_is_english_where_no_font_has_chinese_letters(monkeypatch):
    monkeypatch.setattr(keeping, "_HAN", ("no-such-font.ttf",))
    keeping._chinese_font.cache_clear()
    try:
        assert [speech_of_slides(one).language for one in ("zh", "en")] == ["en", "en"]
        assert captioned(Frame(PHOTO, "猫")).size[1] == PHOTO.height + 26
    finally:
        keeping._chinese_font.cache_clear()


def test_a_slide_of_what_is_signed():
    """Where the evidence on both sides is painted, methods without a sign are left out."""
    shown = list(frames(recorded("deep_head"), "methods", Recipe(), 2, Look(evidence="both")))
    titles = {METHODS[name].title for name in METHODS if METHODS[name].signed}
    assert {one.words.rpartition(":")[0] for one in shown} <= titles
    assert len(shown) >= 3


def test_what_is_no_slide(tmp_path):
    with pytest.raises(CamError, match="WebP or a GIF, not '.png'"):
        save_slide([Frame(PHOTO, "")], tmp_path / "slide.png")
    with pytest.raises(CamError, match="no picture"):
        save_slide([], tmp_path / "slide.gif")
    with pytest.raises(UnknownNameError, match="classes, methods"):
        list(frames(recorded("pooled"), "layers", Recipe()))
    assert not list(tmp_path.iterdir())


def test_the_terminal(photo, tmp_path, capsys):
    paths = {name: tmp_path / f"out.{name}" for name in ("html", "npz", "webp")}
    options = ["--handout", paths["html"], "--language", "zh", "--npz", paths["npz"], "--slide", paths["webp"]]
    assert main([str(one) for one in (photo, "--class", "coffee mug", "--fit", "crop", *options)]) == 0
    text = paths["html"].read_text(encoding="utf-8")
    assert "马克杯" in text
    assert "fit=&#x27;crop&#x27;" in text
    assert photo.name in text
    with np.load(paths["npz"], allow_pickle=False) as kept:
        assert kept["raw"].shape == (7, 7)
        assert json.loads(str(kept["settings"]))["fit"] == "crop"
    with Image.open(paths["webp"]) as slide:
        assert slide.n_frames == CLASSES
    assert "coffee mug" in capsys.readouterr().out


def test_the_terminal_with_many_photos(tmp_path, capsys):
    for name in ("a.png", "b.png"):
        PHOTO.save(tmp_path / name)
    made = tmp_path / "made"
    assert main([str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--handout", str(made), "--npz", str(made)]) == 0
    assert sorted(one.name for one in made.iterdir()) == ["a.html", "a.npz", "b.html", "b.npz"]
    assert "b.png, 60 × 40" in (made / "b.html").read_text(encoding="utf-8")
    capsys.readouterr()
    assert main([str(tmp_path), "--slide", "slide.webp"]) == 1
    assert "one image" in capsys.readouterr().err
    assert main([str(tmp_path / "a.png"), "--handout", "x.html", "--language", "fr"]) == 1
    assert "en, zh" in capsys.readouterr().err


def test_a_notebook_shows_it():
    torch.manual_seed(0)
    net = DeepHeadCNN().eval()
    model = wrap_model(net, preprocess=PREPROCESS, labels=["a", "<b>b</b>", "c", "d", "e"], name="<i>net</i>")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (1500, 2000, 3), dtype=np.uint8))
    explanation = explain(trace(model, noise), "gradcam", 1)
    shown = explanation._repr_html_()
    assert len(shown.encode()) < 200_000
    assert html.escape("<b>b</b>: gradcam, <i>net</i>, act") in shown
    assert set(re.findall(r"<(\w+)", shown)) == {"figure", "img", "figcaption"}
    address = re.search(r'src="data:image/jpeg;base64,([^"]+)"', shown)[1]
    picture = Image.open(io.BytesIO(base64.b64decode(address)))
    assert picture.size == (400, 300)
    whole = overlay(explanation).resize(picture.size, Image.Resampling.LANCZOS)
    blurred = [np.asarray(one.convert("RGB").resize((20, 15)), dtype=float) for one in (picture, whole)]
    assert np.abs(blurred[0] - blurred[1]).max() < 12
    share = next(iter(explain_steps(recorded("deep_head"), "rise", 1)))
    assert f", {share.share:.0%}" in share._repr_html_()


def test_a_notebook_costs_nothing_before():
    """Nothing is painted or kept with an explanation until it is shown, and `import cam` needs no more for it."""
    assert "_repr_html_" not in [one.name for one in dataclasses.fields(Explanation)]
    explanation = explain(recorded("pooled"))
    explanation._repr_html_()
    assert not {"heatmap_html", "_repr_html_"} & set(vars(explanation))
    code = (
        "import sys, cam; assert not [name for name in sys.modules if name.partition('.')[0] in ('IPython', 'gradio')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
