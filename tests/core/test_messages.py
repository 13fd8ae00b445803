"""Sentences with codes: English says what the code says, and Chinese says the same of the same things."""

import ast
import io
import json
import pickle
import re
from string import Formatter

import numpy as np
import pytest
import torch
import words
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent_ast
from fluent.syntax.visitor import Visitor
from nets import PooledCNN
from PIL import Image

import cam
from cam import METHODS, errors
from cam.errors import CamError, ImageError
from cam.maps.effort import EFFORTS, effort_obstacle
from cam.messages import Message
from cam.methods.requirements import obstacle

LANGUAGES = ("en", "zh")
ROOMS = ("photos", "tasks", "network", "models", "passes", "methods", "maps", "metrics", "server", "page")
# What is raised is built elsewhere, by these expressions; that it has a code is tested by raising it.
BUILT = {
    "Message.of(answer['error']).but(name=name)",
    "_no_map(seen, name, call, title)",
    "_taken_in(name, model)",
    "_not_of_finding(self)",
    "reason",
    "self.no_gradient",
    "found",
    "NO_ROOM",
    "_GOING",
    "protocol.RELOAD",
    "self._sentence",
    "sentence",  # of Gradio itself, or of a fault in it
}
# Of Chinese: names, formats and units that are written so in every language.
NAMES = set(
    re.findall(
        r"\w+",
        """Grad CAM HiResCAM Smooth XGrad LayerCAM Shapley Eigen KPCA FEM EigenGrad Score SS IS Ablation RISE FullGrad
        LeGrad SmoothGrad ViT ReLU Transformer Python EfficientNet Lite DeepLab YOLO PyTorch torchvision timm numpy PIL
        Photoshop PostScript SVG Apple Hugging Face Hub CC BY NC JPEG PNG WebP AVIF GIF TIFF BMP HEIC XL PDF ZIP MB GB
        logit softmax bfloat v cpu inferno viridis magma plasma cividis turbo jet Explorer Ctrl Shift Esc https
        localhost MCP ODAM HTML NPZ""",
    )
)
ONE_LANGUAGE = {"error-millions"}  # Chinese counts in tens of thousands, so it takes another of the two numbers


def _resource(language):
    return (words.LOCALES / f"{language}.ftl").read_text(encoding="utf-8")


def _messages(language):
    """Id -> pattern of a file; junk is an error."""
    parsed = FluentParser().parse(_resource(language))
    assert not [entry.content for entry in parsed.body if isinstance(entry, fluent_ast.Junk)]
    found = [entry for entry in parsed.body if isinstance(entry, fluent_ast.Message)]
    assert len({entry.id.name for entry in found}) == len(found)
    return {entry.id.name: entry.value for entry in found}


class _Parameters(Visitor):
    def __init__(self):
        self.names = set()

    def visit_VariableReference(self, node):
        self.names.add(node.id.name)


def _parameters(pattern):
    visitor = _Parameters()
    visitor.visit(pattern)
    return visitor.names


@pytest.fixture(scope="module")
def bundles():
    made = {}
    for language in LANGUAGES:
        made[language] = FluentBundle([language], use_isolating=False)
        made[language].add_resource(FluentResource(_resource(language)))
    return made


def said(bundles, language, message):
    """A message as a page says it: those among its params first, lists with the language's own comma."""
    bundle = bundles[language]
    key = next(
        key for key in (f"error-{message.code}", message.code) if bundle.has_message(key)
    )  # a title has an id of its own
    given = {}
    for name, value in message.params.items():
        if isinstance(value, list):
            value = {"en": ", ", "zh": "、"}[language].join(value)
        given[name] = said(bundles, language, value) if isinstance(value, Message) else str(value)
    text, faults = bundle.format_pattern(bundle.get_message(key).value, given)
    assert not faults, (key, faults)
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text) if language == "zh" else text


# --- the files -------------------------------------------------------------------------------------------------------


def test_the_english_words_are_those_of_the_code():
    text = _resource("en")
    assert words.BEGIN in text
    assert words.with_generated(text) == text, "run python tests/words.py"


def test_no_word_is_missing_or_left_over_in_either_language():
    ids = {key for entries in words.english().values() for key in entries}
    english, chinese = (set(_messages(language)) for language in LANGUAGES)
    assert len(ids) > 300
    assert ids <= english
    assert english - chinese == set(), "missing in zh.ftl"
    assert chinese - english == set(), "left over in zh.ftl"


def test_both_languages_speak_of_the_same_things():
    english, chinese = (_messages(language) for language in LANGUAGES)
    differ = {key for key in english if _parameters(english[key]) != _parameters(chinese[key])}
    assert differ == ONE_LANGUAGE


def test_chinese_is_chinese():
    """No Latin letters but names, what stands in `backquotes`, and what the sentences speak of."""
    wrong = {}
    for line in _resource("zh").splitlines():
        key, equals, text = line.strip().partition("] " if line.strip().startswith(("[", "*[")) else " = ")
        if line.startswith("#") or not equals:
            continue
        bare = re.sub(r"\{.*?(\}|$)", "", re.sub(r"`.*?`", "", text))
        left = set(re.findall(r"[A-Za-z]+", bare)) - NAMES
        if left:
            wrong[key] = left
        assert re.search(r"\{|[\u3000-\u9fff\uff00-\uffef]", text) or set(re.findall(r"[A-Za-z]+", text)) <= NAMES, line
    assert not wrong


def test_one_word_for_you():
    """The reader is addressed as docs/glossary-zh.md says, never as 您; in the lessons' cards, too."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (words.PACKAGE / "page").rglob("*zh*")}
    assert {"zh.ftl", "zh.md"} <= set(texts)
    assert {name: text.count("您") for name, text in texts.items()} == dict.fromkeys(texts, 0)


# --- the code --------------------------------------------------------------------------------------------------------


def _raised(room):
    return words.calls(words.KINDS, words.PACKAGE / room)


@pytest.mark.parametrize("room", ROOMS)
def test_every_error_has_a_code(room):
    for path, call in _raised(room):
        where = f"{path.name}:{call.lineno}"
        if call.func.id != "Message" and len(call.args) == 1:
            assert ast.unparse(call.args[0]) in BUILT, where
        elif ast.unparse(call.args[0]) != "f'method-{self.name}-title'":
            code, _ = words.literals(call)
            assert re.fullmatch(r"[a-z][a-z0-9-]+", code), where


# Where a sentence goes to the page: by which call at which place, or under which name of what is sent.
SPOKEN = {"failed": 0, "notice": 0, "answered": 1, "Totals": 1, "_refuse": 0}
FIELDS = ("error", "message", "why", "reason", "said")
TEXTS = {  # what is no sentence for this version's scripts
    "{'error': str(RELOAD)}",  # read by those of version 1
}


def _is_text(node):
    """Whether an expression is a text as it stands, or made into one."""
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str"
    return made or isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and bool(node.value))


def _uncoded(source):
    """The expressions of a module by which a text without a code would reach the page."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Dict) and ast.unparse(node) not in TEXTS:
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in FIELDS and _is_text(value):
                    yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SPOKEN and any(map(_is_text, node.args[SPOKEN[name] :][:1])):
                yield ast.unparse(node)
            if name in words.KINDS and len(node.args) == 1 and _is_text(node.args[0]):
                yield ast.unparse(node)


@pytest.mark.parametrize("room", ["server", "page"])
def test_no_sentence_reaches_the_page_without_a_code(room):
    for path in sorted((words.PACKAGE / room).rglob("*.py")):
        assert list(_uncoded(path.read_text(encoding="utf-8"))) == [], path.name


@pytest.mark.parametrize(
    "source",
    [
        "failed('Gone.', 'photo')",
        "failed(str(error), 'choice')",
        "notice(f'{name} comes.', 0.5)",
        "raise Refused('Gone.', status=404)",
        "raise CamError(f'{name} is gone.')",
        "raise Busy(str(error))",
        "answered(work, 'It failed.')",
        "self._refuse('No.', 400)",
        "found = {'error': str(error)}",
        "found = {'why': '' if right else 'It is wrong.'}",
    ],
)
def test_a_sentence_without_a_code_is_found(source):
    assert len(list(_uncoded(source))) == 1


def test_one_code_one_sentence():
    found = words.sentences()
    assert {code: texts for code, texts in found.items() if len(texts) > 1} == {}
    texts = [text for (text,) in found.values()]
    twice = {text for text in texts if texts.count(text) > 1}
    assert twice == set()


def test_a_site_gives_what_its_sentence_speaks_of():
    """Without a field's value the error itself would fail, on the day that it is needed."""
    for path, call in words.calls(words.KINDS):
        if len(words.literals(call)) != 2:
            continue
        fields = set(re.findall(r"\{(\w+)", words.literals(call)[1]))
        given = {keyword.arg for keyword in call.keywords}
        if None not in given:
            assert fields <= given, f"{path.name}:{call.lineno}"


def test_a_message_is_its_english_text_and_can_be_said_anew():
    message = Message(
        "x",
        "{name} has {count} of {low:.2f} in {shape}: {kinds}, {layer!r}, {inner}.",
        name="a{b}",
        count=3,
        low=1.005,
        shape=(1, 2),
        kinds=["p", "q"],
        layer="f.0",
        inner=Message("y", "in {z}", z=1),
    )
    assert message == "a{b} has 3 of 1.00 in (1, 2): p, q, 'f.0', in 1."
    assert message.params["low"] == "1.00"
    assert message.params["count"] == 3
    assert message.params["kinds"] == ["p", "q"]
    assert message.but(name="c") == message.replace("a{b}", "c")
    assert "other" not in message.but(other=1).params
    for again in (pickle.loads(pickle.dumps(message)), Message.of(json.loads(json.dumps(message.as_dict())))):
        assert (again, again.code, again.params) == (message, message.code, message.params)
        assert again.params["inner"].code == "y"
    assert Message("plain", "of {braces}") == "of {braces}"
    with pytest.raises(KeyError):
        Message("x", "{name} and {other}", name="a")


def test_errors_keep_their_code_in_another_process():
    error = pickle.loads(pickle.dumps(errors.unknown("model", "resnet5", ["resnet50", "vgg"])))
    assert type(error) is errors.UnknownNameError
    assert error.code == "unknown-near"
    assert str(error) == "Unknown model 'resnet5'. Did you mean resnet50."
    assert error.params["choices"] == ["resnet50"]
    assert error.params["kind"].code == "kind-model"


def test_a_sentence_of_ones_own_is_an_error_too():
    error = CamError("Something else.")
    assert (str(error), error.code, error.params) == ("Something else.", "", {})
    assert (str(CamError()), CamError().code) == ("", "")


def test_an_error_from_the_other_process_has_its_code_and_the_files_name(tmp_path):
    file = tmp_path / "cut.tif"
    file.write_bytes(b"II*\0" + bytes(200))
    with pytest.raises(ImageError) as raised:
        cam.open_image(file)
    assert raised.value.code == "image-damaged"
    assert raised.value.params == {"name": "cut.tif", "kind": "TIFF"}


# --- what is really raised -------------------------------------------------------------------------------------------

GREY = np.zeros((16, 16, 3), np.uint8)


def _file(head, name="it"):
    file = io.BytesIO(head)
    file.name = f"/somewhere/{name}"
    return file


def _wrapped(net=None, **options):
    torch.manual_seed(0)
    options.setdefault("preprocess", cam.Preprocess(size=(32, 32), resize=32))
    return cam.wrap_model(net or PooledCNN(), **options)


def _trace(**options):
    return cam.trace(_wrapped(), GREY, **options)


RAISED = {
    "image-type": lambda: cam.open_image(3),
    "image-address": lambda: cam.open_image("https://example.org/cat.jpg"),
    "image-missing": lambda: cam.open_image("/nowhere/cat.jpg"),
    "image-unreadable": lambda: cam.open_image("a" * 5000),
    "image-folder": lambda: cam.open_image("/"),
    "image-no-file": lambda: cam.open_image("/dev/null"),
    "image-text-mode": lambda: cam.open_image(io.StringIO("text")),
    "image-empty": lambda: cam.open_image(b""),
    "image-bytes": lambda: cam.open_image(b"x" * 2_000_000, max_bytes=1_500_000),
    "image-no-image": lambda: cam.open_image(_file(b"nothing of the kind", "notes.txt")),
    "image-other-kind": lambda: cam.open_image(_file(b"%PDF-1.7 and more", "paper.pdf")),
    "image-damaged": lambda: cam.open_image(b"\x89PNG\r\n\x1a\n" + bytes(50)),
    "image-small": lambda: cam.open_image(Image.new("RGB", (9, 4))),
    "image-pixels": lambda: cam.open_image(Image.new("RGB", (1500, 1000)), max_pixels=1_000_000),
    "array-shape": lambda: cam.open_image(np.zeros((2, 3, 4, 5))),
    "array-channels-first": lambda: cam.open_image(np.zeros((3, 20, 20))),
    "array-not-finite": lambda: cam.open_image(np.full((20, 20), np.nan)),
    "array-range": lambda: cam.open_image(np.full((20, 20), 7.5)),
    "array-type": lambda: cam.open_image(np.zeros((20, 20), np.int64)),
    "unknown-near": lambda: cam.load_model("resnet-50"),
    "unknown-many": lambda: cam.load_model("???"),
    "unknown-listed": lambda: cam.trace(_wrapped(), GREY, fit="??"),
    "unknown-listed-remedy": lambda: _trace().target("?"),
    "layer-never-runs": lambda: _never_runs(),
    "layer-no-map": lambda: _trace(layer="head"),
    "layer-call": lambda: _trace(call=3),
    "detail-range": lambda: _trace(detail=9),
    "tensor-detail": lambda: cam.trace(_wrapped(), torch.zeros(1, 3, 32, 32), detail=1.5),
    "tensor-shape": lambda: cam.trace(_wrapped(), torch.zeros(3)),
    "tensor-many": lambda: cam.trace(_wrapped(), torch.zeros(2, 3, 32, 32)),
    "tensor-type": lambda: cam.trace(_wrapped(), torch.zeros(1, 3, 32, 32, dtype=torch.int64)),
    "input-channels": lambda: cam.trace(_wrapped(), torch.zeros(1, 5, 32, 32)),
    "photo-bands": lambda: cam.trace(_wrapped(), Image.new("RGB", (20, 20)), bands=0),
    "preprocess-kind": lambda: _wrapped(preprocess=lambda image: "text"),
    "preprocess-keys": lambda: _wrapped(preprocess=lambda image: {"pixels": 1}),
    "preprocess-tuple": lambda: _wrapped(preprocess=lambda image: (1, 2, 3)),
    "wrap-no-function": lambda: _wrapped(output=3),
    "output-made": lambda: _wrapped(output=lambda out: [1, out]),
    "output-raised": lambda: _wrapped(output=lambda out: out["scores"]),
    "scores-no-probabilities": lambda: _wrapped(scores="given"),
    "target-type": lambda: _trace().target(1.5),
    "target-no-number": lambda: cam.explain(_trace(), "gradcam", lambda logits: 3),
    "method-class-blind": lambda: cam.against(_trace(), "eigencam"),
    "method-unsigned": lambda: cam.overlay(cam.explain(_trace(), "layercam"), evidence="both"),
    "many-batch": lambda: cam.explain_images(_wrapped(), [], batch=0),
    "many-on-error": lambda: cam.explain_images(_wrapped(), [], on_error="?"),
    "needs-blocks-no-attention": lambda: cam.explain(_trace(), "legrad"),
}


def _never_runs():
    net = PooledCNN()
    net.idle = torch.nn.Conv2d(3, 4, 3)
    cam.trace(_wrapped(net), GREY, layer="idle")


@pytest.mark.parametrize("code", RAISED)
def test_what_is_raised_says_the_same_in_english_and_something_in_chinese(bundles, code):
    with pytest.raises(CamError) as raised:
        RAISED[code]()
    error = raised.value
    assert error.code == code
    assert said(bundles, "en", error.message) == str(error)
    chinese = said(bundles, "zh", error.message)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert all(str(value) in chinese for value in error.params.values() if isinstance(value, int))


def test_every_sentence_is_rendered_as_the_code_says_it(bundles):
    """Filled in with the names of its own fields, in both languages."""
    for code, (text,) in words.sentences().items():
        fields = {field for _, field, _, _ in Formatter().parse(text) if field} if "{" in text else set()
        bare = re.sub(r"\{(\w+)[^}]*\}", r"{\1}", text)
        params = {field: f"<{field}>" for field in fields}
        message = Message(code, bare, **params)
        assert said(bundles, "en", message) == str(message)
        if f"error-{code}" not in ONE_LANGUAGE:
            chinese = said(bundles, "zh", message)
            assert all(value in chinese for value in params.values()), code


def test_large_numbers_are_said_in_each_languages_own_way(bundles):
    with pytest.raises(ImageError) as raised:
        cam.open_image(np.zeros((8000, 9000), np.uint8))
    english, chinese = (said(bundles, language, raised.value.message) for language in LANGUAGES)
    assert english == str(raised.value)
    assert "8000 = 72 million pixels, more than the limit of 64 million" in english
    assert "7200 万像素，超过了 6400 万的上限" in chinese


def test_sentences_that_are_returned_have_codes(bundles):
    """Why a method or a smaller effort does not apply, as the page shows it beside a greyed choice."""
    trace = _trace()
    found = [reason for reason in (obstacle(method, trace) for method in METHODS.values()) if reason]
    found += [effort_obstacle(effort, METHODS["gradcam"], trace) for effort in list(EFFORTS.values())[1:]]
    assert len({message.code for message in found}) >= 2
    for message in found:
        assert said(bundles, "en", message) == message
    assert "Grad-CAM 减少计算量" in said(bundles, "zh", found[-1])
    title = METHODS["occlusion"].said_title
    assert (title, said(bundles, "zh", title)) == ("Occlusion", "遮挡法")
