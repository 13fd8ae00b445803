"""The hand-out: its numbers are the core's, its lines run, its words are in one language, and nothing in it acts."""

import functools
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from nets import PHOTO, PREPROCESS, DeepHeadCNN, recorded
from PIL import Image

import cam
from cam import (
    COMBINATIONS,
    METHODS,
    Contrast,
    against,
    combine,
    explain,
    fuse,
    handout,
    obstacle,
    overlay,
    steps,
    trace,
    turned,
    wrap_model,
)
from cam.errors import UnknownNameError
from cam.handouts import pictures
from cam.maps.explanation import last
from cam.maps.linked import cell
from cam.maps.recipe import Recipe

KINDS = ("deep_head", "pooled", "vit")
trace_of = functools.cache(recorded)
MOST_BYTES = 700_000


class Read(HTMLParser):
    """The elements of a file, and what stands in each step: its numbers with their texts, its words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.steps, self.numbers, self.words = [], {}, [], []
        self._step, self._value = None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append((tag, given))
        if given.get("class") == "step":
            self._step = self.steps.setdefault(given["id"], [])
        elif tag == "section":
            self._step = None
        if tag == "data":
            self._value = float(given["value"])

    def handle_endtag(self, tag):
        if tag == "data":
            self._value = None

    def handle_data(self, text):
        if self._value is not None:
            self.numbers.append((self._value, text))
            if self._step is not None:
                self._step.append(self._value)


def code_in(text):
    """The lines that make the map again."""
    return html.unescape(re.search(r'(?s)<pre class="again">(.*?)</pre>', text)[1])


def made_again(text, model, folder, monkeypatch, photo="photo.png", image=PHOTO):
    """What the lines of a hand-out make: the map and the picture. The line for one's own network is filled in."""
    lines = code_in(text)
    if "load_model" not in lines:
        lines, count = re.subn(r"^model = \.\.\..*$", "", lines, flags=re.MULTILINE)
        assert count == 1
    image.save(folder / photo)
    monkeypatch.chdir(folder)
    names = {"model": model}
    exec(compile(lines, "handout", "exec"), names)
    with Image.open(folder / "overlay.png") as picture:
        return names["found"], picture.copy()


def explanations():
    for name in METHODS:
        yield name, name
    for name in COMBINATIONS:
        yield name, f"combination-{name}"


@functools.cache
def explained(name, key):
    if key != name:
        return combine(trace_of("deep_head"), name, target=2)
    found = next(trace_of(kind) for kind in KINDS if not obstacle(METHODS[name], trace_of(kind)))
    return explain(found, name, 2)


@pytest.mark.parametrize(("name", "key"), list(explanations()), ids=lambda one: one)
def test_numbers_are_the_cores_and_the_lines_run(name, key, tmp_path, monkeypatch):
    explanation = explained(name, key)
    text = handout(explanation, photo="photo.png")
    read, told = Read(text), steps(explanation)
    assert list(read.steps) == [step.name for step in told]
    for step in told[:-1]:
        values = [step.tensor.min(), step.tensor.max(), step.tensor.mean()] if step.tensor.ndim else [step.tensor]
        for value in values:
            wanted = float(value)
            assert any(abs(found - wanted) <= 1e-5 * abs(wanted) + 1e-9 for found in read.steps[step.name]), step.name
    for value, shown in read.numbers:
        number = shown.replace("−", "-")
        assert number in (f"{value:.4g}", f"{value:.1%}")
    assert len(text.encode()) < MOST_BYTES
    found, picture = made_again(text, explanation.trace.model, tmp_path, monkeypatch)
    torch.testing.assert_close(found.raw, explanation.raw, atol=1e-5, rtol=1e-4)
    difference = np.asarray(picture, dtype=int) - np.asarray(overlay(explanation), dtype=int)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(("name", "key"), list(explanations()), ids=lambda one: one)
def test_chinese_is_chinese(name, key):
    """No English word but names: of the model, the layer, the method and the paper; of symbols only functions."""
    explanation = explained(name, key)
    text = handout(explanation, language="zh")
    assert '<html lang="zh-Hans">' in text
    body = re.sub(r"(?s)<style>.*?</style>|<pre.*?</pre>|<header>.*?</header>", "", text.partition("<body")[2])
    shown = html.unescape(re.sub(r"<[^>]*>", " ", body.partition(">")[2]))
    method, model = METHODS[explanation.method], explanation.trace.model
    for one in (model.title, explanation.trace.layer, method.paper, method.title, "ReLU"):
        shown = shown.replace(one, "")
    shown = re.sub(r"[\w/]+\.(py|jpg) 中的 \w+|photo\.jpg|\((\w+)\)", "", shown)
    words = set(re.findall(r"[A-Za-z]{3,}", shown)) - {
        "max",
        "min",
        "log",
        "tanh",
        "logit",
        "inferno",
        "Grad",
        "CAM",
        "Eigen",
        "EigenGrad",
    }
    assert words - set(" ".join(model.layers).replace(".", " ").split()) == set()


def test_what_stands_in_it():
    every = (explain(trace_of(kind), "gradcam", index) for kind in KINDS for index in range(5))
    explanation = next(one for one in every if one.raw.min() < 0 < one.raw.max())
    text = handout(explanation, photo="photo.png")
    read, told = Read(text), steps(explanation)
    place = divmod(int(told[4].tensor.argmax()), told[4].tensor.shape[1])
    added = cell(told, *place, 4)
    values = [value for value, _ in read.numbers]
    for wanted in (*added.products, *added.weights, *added.activations, added.rest, added.value, told[0].value):
        assert any(abs(value - wanted) <= 1e-5 * abs(wanted) for value in values)
    negative = told[4].tensor[told[4].tensor < 0]
    assert len(negative) > 0
    assert f"{len(negative)} of {told[4].tensor.numel()} places cut" in text
    probabilities = explanation.trace.model.probabilities(explanation.trace.logits)
    assert any(abs(value - float(probabilities[explanation.class_index])) < 1e-6 for value in values)
    for words in (METHODS["gradcam"].paper, "cam/methods/gradient.py", "weights = gradients.mean((-2, -1))", "60 × 40"):
        assert words in text
    assert "sum_k mean(g_k) A_k." in text  # what the method says of itself
    assert text.count("data:image/jpeg") >= 2


def test_targets_and_looks(tmp_path, monkeypatch):
    """Each is made again by the lines: a contrast, what speaks against, a turned map, other colours, less effort."""
    t = trace_of("deep_head")
    contrast = explain(t, "gradcam", Contrast(2, (0, 1), 0.5))
    cases = [
        (contrast, {}),
        (against(t, "hirescam", 1), {}),
        (turned(explain(t, "gradcam", 1)), {}),
        (explain(t, "gradcam", 1), {"evidence": "against", "colormap": "viridis", "opacity": 0.75}),
        (explain(t, "gradcam", 1), {"evidence": "both"}),
    ]
    for number, (explanation, look) in enumerate(cases):
        (tmp_path / str(number)).mkdir()
        text = handout(explanation, photo="photo.png", **look)
        assert ("turned" in Read(text).steps) == (number in (2, 3))
        found, picture = made_again(text, t.model, tmp_path / str(number), monkeypatch)
        torch.testing.assert_close(found.raw, explanation.raw)
        difference = np.asarray(picture, dtype=int) - np.asarray(overlay(explanation, **look), dtype=int)
        assert np.abs(difference).max() <= 1


def test_what_has_no_steps_says_so(tmp_path, monkeypatch):
    t = trace_of("deep_head")
    draft = last(Recipe("scorecam", effort="quarter").explanations(t, 1))
    text = handout(draft, photo="photo.png")
    assert "The steps of an approximation of Score-CAM cannot be told" in text
    assert not Read(text).steps
    found, _ = made_again(text, t.model, tmp_path, monkeypatch)
    assert (found.effort, found.method, found.class_index) == ("quarter", "scorecam", 1)  # where it stops, time says
    assert "近似" in handout(draft, language="zh")
    fused = handout(fuse([explain(t, "gradcam", 1), explain(t, "hirescam", 1)]))
    assert "fused by hand" in code_in(fused)
    assert "overlay(" not in code_in(fused)


def test_a_function_of_the_scores():
    text = handout(explain(trace_of("deep_head"), "gradcam", lambda logits: logits[0] - logits[1]))
    assert "score = ...  # your own function of the scores" in code_in(text)
    assert "finds the evidence for a score" in text


def test_a_language_that_is_not_there():
    with pytest.raises(UnknownNameError, match="Unknown language 'fr'. Choose one of en, zh"):
        handout(explain(trace_of("deep_head")), language="fr")


HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\nimport os", "'; import os #", "{label}\0")
FILE = "\"><svg onload=alert(1)>\n{model}\udcff'.png"


def hostile(photo=PHOTO, name=FILE):
    torch.manual_seed(0)
    model = wrap_model(DeepHeadCNN().eval(), preprocess=PREPROCESS, labels=HOSTILE, name="<b>net</b>")
    return handout(explain(trace(model, photo), "gradcam", 2), photo=name)


def test_names_are_text():
    text = hostile()
    text.encode("utf-8")
    allowed = {
        *("html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "div", "figure", "img"),
        *("figcaption", "section", "span", "i", "b", "data", "dl", "dt", "dd", "small", "sub", "var", "table", "tr"),
        *("th", "td", "ul", "li", "pre", "footer"),
    }
    tags = Read(text).tags
    assert {tag for tag, _ in tags} <= allowed
    for tag, given in tags:
        assert not [name for name in given if name.startswith("on")]
        if tag == "img":
            assert given["src"].startswith("data:image/")
    assert html.escape("<script>alert(1)</script>") in text
    lines = code_in(text)
    compile(lines, "handout", "exec")
    assert not re.search(r"^import os", lines, re.MULTILINE)


def test_no_file_is_large():
    """A photo of noise, and the stories with the most pictures."""
    generator = np.random.default_rng(0)
    noise = Image.fromarray(generator.integers(0, 255, (900, 1400, 3), dtype=np.uint8))
    t = trace(trace_of("deep_head").model, noise)
    for name in ("smoothgradcam_plusplus", "guided_gradcam", "smoothgrad"):
        assert len(handout(explain(t, name)).encode()) < MOST_BYTES


def test_it_is_no_more_than_its_options_say():
    """The same map gives the same file, and making it leaves the explanation as it was."""
    explanation = explain(trace_of("pooled"), "gradcam", 1)
    before = explanation.raw.clone()
    assert handout(explanation) == handout(explanation)
    assert torch.equal(explanation.raw, before)
    assert cam.handout is handout


def test_colours_of_signed_values():
    """White is zero, each end has the colour of its sign, and half of the largest is half way to it."""
    negative, positive = pictures._ENDS.astype(float)
    found = pictures.coloured(torch.tensor([[2.0, 1.0], [0.0, -2.0], [-1.0, 0.5]])).astype(float)
    assert np.array_equal(found[0, 0], positive)
    assert np.array_equal(found[1], [[255] * 3, negative])
    assert np.allclose([found[0, 1], found[2, 0]], [(255 + positive) / 2, (255 + negative) / 2], atol=1)
    assert np.allclose(found[2, 1], 255 + (positive - 255) / 4, atol=1)
    assert np.array_equal(pictures.coloured(torch.tensor([[1.0]]), 0.5)[0, 0], positive), "clipped at the given end"
    assert np.array_equal(pictures.coloured(torch.zeros(1, 1)), np.full((1, 1, 3), 255))


@pytest.mark.parametrize(("name", "number", "count"), [("nanodet_g", 1, 5), ("u2netp", 0, 1)])
def test_a_finding_is_among_what_was_found_and_its_lines_make_its_map(name, number, count, tmp_path, monkeypatch):
    model = cam.load_model(name, device="cpu")
    image = Image.open(Path(__file__).parents[2] / "assets" / "two_people.jpg").convert("RGB")
    t = trace(model, image, fit="squeeze")
    explanation = explain(t, None, t.listed[number])
    text = handout(explanation, photo="photo.png")
    rows = re.findall(r'<div class="bar( marked)?"><span>(\d+\. [^<]+)</span>.*?<data value="([^"]+)">', text)
    assert [row[1] for row in rows] == [f"{at + 1}. {one.label}" for at, one in enumerate(t.listed)][:count]
    assert [float(row[2]) for row in rows] == [one.probability for one in t.listed][:count]
    assert [bool(row[0]) for row in rows] == [at == number for at in range(count)]
    found, _ = made_again(text, model, tmp_path, monkeypatch, image=image)
    torch.testing.assert_close(found.raw, explanation.raw, atol=1e-5, rtol=1e-4)
