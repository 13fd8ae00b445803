"""The command line: files and JSON as documented, sentences instead of stack traces."""

import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cam import Contrast, explain, look_alikes, overlay, smooth, trace
from cam.__main__ import main


def run(capsys, *arguments):
    status = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_whole_way_in_a_process_of_its_own(photo, tmp_path, lite0):
    out, saved = tmp_path / "overlay.png", tmp_path / "map.npy"
    command = [sys.executable, "-m", "cam", photo, "--class", "coffee mug", "--json", "--out", out, "--save-map", saved]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, cwd=photo.parents[1])
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    expected = explain(trace(lite0, photo), "gradcam", "coffee mug")
    assert set(result) >= {"model", "layer", "method", "class", "top", "shape", "seconds"}
    assert (result["model"], result["layer"], result["method"]) == ("efficientnet_lite0", "bn2", "gradcam")
    assert result["class"]["label"] == "coffee mug"
    assert result["class"]["index"] == expected.class_index
    assert result["shape"] == [1280, 7, 7]
    assert [entry["index"] for entry in result["top"]] == [best.index for best in expected.trace.top(5)]
    assert result["top"][0]["probability"] == pytest.approx(expected.trace.top(1)[0].probability, abs=1e-4)
    np.testing.assert_allclose(np.load(saved), expected.raw.numpy(), atol=1e-5)
    difference = np.asarray(Image.open(out), dtype=int) - np.asarray(overlay(expected), dtype=int)
    assert np.abs(difference).max() <= 1


def test_words_for_people(photo, capsys):
    status, out, _ = run(capsys, photo, "--class", "0", "--method", "layercam", "--layer", "blocks.4", "--fit", "crop")
    assert status == 0
    assert "efficientnet_lite0, layer blocks.4, layercam" in out
    assert "tench (0)" in out
    assert out.count("%") == 6  # the five best and the one that was asked for


def test_contrast_combination_and_negative_evidence(photo, capsys, tmp_path, lite0):
    out, saved = tmp_path / "overlay.png", tmp_path / "map.npy"
    where = ["--class", "coffee mug", "--json", "--out", out, "--save-map", saved]
    status, printed, _ = run(capsys, photo, *where, "--look-alikes", "--combine", "smooth", "--evidence", "both")
    assert status == 0
    t = trace(lite0, photo)
    target = Contrast(504, look_alikes(t.logits, 504))
    expected = smooth(t, "gradcam", target)
    result = json.loads(printed)
    assert result["combination"] == "smooth"
    assert [entry["index"] for entry in result["against"]] == list(target.others)
    np.testing.assert_allclose(np.load(saved), expected.raw.numpy(), atol=1e-5)
    difference = np.asarray(Image.open(out), dtype=int) - np.asarray(overlay(expected, evidence="both"), dtype=int)
    assert np.abs(difference).max() <= 1
    status, printed, _ = run(capsys, photo, "--json")
    assert not set(json.loads(printed)) & {"against", "combination"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "resnet5000"], "resnet50"),
        (["--layer", "bn3"], "bn2"),
        (["--layer", "classifier"], "no spatial map"),
        (["--method", "grad-cam"], "gradcam"),
        (["--class", "tigr cat"], "tiger cat"),
        (["--class", "1000"], "0 to 999"),
        (["--fit", "stretch"], "squeeze"),
        (["--colormap", "infern", "--out", "x.png"], "inferno"),
        (["--opacity", "7", "--out", "x.png"], "opacity"),
        (["--evidence", "no", "--out", "x.png"], "against"),
        (["--evidence", "both", "--method", "layercam", "--out", "x.png"], "how much matters"),
        (["--combine", "layers"], "layers_mean"),
        (["--combine", "layers_max", "--method", "rise"], "same map at every layer"),
    ],
)
def test_bad_arguments_get_a_sentence(photo, capsys, arguments, sentence, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, photo, *arguments)
    assert status == 1
    assert not out
    assert sentence in err
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


def test_bad_images_get_a_sentence(tmp_path, capsys):
    bad = tmp_path / "notes.txt"
    bad.write_text("no picture")
    for path in (bad, tmp_path / "missing.jpg", tmp_path):
        status, _, err = run(capsys, path)
        assert status == 1
        assert err.startswith("cam: ")
        assert err.count("\n") == 1
