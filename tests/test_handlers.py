"""The page's handlers by direct call: answers, tickets, errors and what is sent, on a tiny model without a browser."""

import base64
import dataclasses
import gc
import json
import threading
import time
import weakref

import numpy as np
import pytest
from nets import PREPROCESS, make

import cam
from cam.recipe import Recipe
from cam.ui import afterwards, explore, payload, workbench
from cam.ui.answers import _done
from cam.ui.choices import choices
from cam.ui.line import Line
from cam.ui.settings import Settings
from cam.ui.visits import Visits
from cam.ui.workbench import Workbench

MODEL = "efficientnet_lite0"  # the name under which the tiny model stands in the cache
LABELS = [f"class {number}" for number in range(5)]


def wrapped(kind, labels=LABELS, name=MODEL):
    return cam.wrap_model(make(kind), preprocess=PREPROCESS, labels=labels, name=name)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    made = Workbench(Settings())
    made.store.models.get(MODEL, lambda: wrapped("deep_head"))
    return made


def choice(ticket=1, **changes):
    value = {"ticket": ticket, "photo": {"example": "cat"}, "model": MODEL, "layer": "", "method": "gradcam"}
    return value | {"fit": "squeeze"} | changes


def act(bench, value, session):
    """The first answer to an action."""
    explore.begin(bench, value, session)
    return explore.proceed(bench, value, session)


def everything(bench, session="me", **changes):
    """All answers to one action, one by one as the page comes for them."""
    value = choice(**changes)
    found = [act(bench, value, session)]
    while found[-1]["controls"]["answer"]["more"]:
        found.append(explore.proceed(bench, value, session))
    json.dumps(found)
    return found


def array(text, dtype):
    return np.frombuffer(base64.b64decode(text), dtype)


def error_of(found):
    """The sentence of an answer that is nothing but a sentence."""
    answer = found["controls"]["answer"]
    assert found["explorer"] == {"value": {"message": answer["error"], "share": 1.0, "seq": answer["seq"]}}
    assert answer["more"] is False
    assert "state" not in answer
    return answer["error"]


@pytest.fixture
def traced(bench):
    model = bench.store.model(MODEL)
    return cam.trace(model, bench.photos.open({"example": "cat"}).image)


# --- a good answer ---------------------------------------------------------------------------------------------------


def test_the_first_answer_holds_the_picture(bench, traced):
    first = everything(bench)[0]
    value, best = first["explorer"]["value"], traced.top(1)[0].index
    raw = cam.explain(traced).raw
    assert np.allclose(array(value["map"], "<f4").reshape(value["shape"]), raw.numpy(), atol=1e-6)
    assert (value["class"], value["seq"], value["share"], value["message"]) == (best, 1, 1.0, "")
    assert (value["model"], value["layer"], value["method"]) == (MODEL, traced.layer, "Grad-CAM")
    assert 0 < value["seconds"] < 60
    ranking = first["explorer"]["ranking"]
    shares = array(ranking["probabilities"], "<f4")
    assert np.allclose(shares, traced.logits.softmax(0).numpy(), atol=1e-6)
    assert (np.diff(shares[array(ranking["order"], "<u2")]) <= 0).all()
    assert first["explorer"]["labels"] == LABELS
    photo = first["explorer"]["photo"]
    assert photo["id"] == value["photo_id"] == ranking["photo_id"] == "example-cat"
    assert photo["url"].startswith("data:image/jpeg;base64,")
    assert photo["size"] == list(traced.image.size)
    assert photo["view"]["input"] == [32, 32]


def test_the_controls_learn_what_was_done(bench):
    answer = everything(bench, layer="stem.0", fit="pad")[0]["controls"]["answer"]
    assert answer["state"] == {
        "photo": {"example": "cat"},
        "model": MODEL,
        "layer": "stem.0",
        "method": "gradcam",
        "contrast": False,
        "combine": "",
        "effort": "exact",
        "fit": "pad",
        "class": None,
    }
    named = {layer["name"]: layer["shape"] for layer in answer["layers"]}
    model = bench.store.model(MODEL)
    assert named == {**{k: list(v) for k, v in model.layer_shapes.items()}, "stem.0": [6, 16, 16]}
    assert [layer["name"] for layer in answer["layers"] if layer["default"]] == [model.default_layer]
    assert answer["photo"]["title"] == "Chelsea the cat"
    assert answer["photo"]["thumb"].startswith("data:image/jpeg;base64,")


def test_the_maps_of_the_likeliest_classes_follow(bench, traced):
    answers = everything(bench)
    assert len(answers) > 1, "they come after the picture"
    merged = {}
    for answer in answers:
        merged |= answer["explorer"]
    classes = merged["classes"]
    assert classes["key"] == merged["value"]["key"]
    indices = array(classes["indices"], "<u2").tolist()
    assert sorted(indices) == list(range(5)), "the five classes are fewer than are sent ahead"
    maps = array(classes["maps"], "<i2").reshape(5, *classes["shape"])
    steps = array(classes["steps"], "<f4")
    for place, index in enumerate(indices):
        raw = cam.explain(traced, "gradcam", index).raw.numpy()
        np.testing.assert_allclose(maps[place] * steps[place], raw, atol=np.abs(raw).max() / 65000)


def test_what_is_known_comes_at_once_and_is_computed_once(bench, monkeypatch):
    everything(bench)
    explained = []
    monkeypatch.setattr(Recipe, "explanations", lambda *arguments: explained.append(arguments))
    answers = everything(bench, session="another", ticket=2)
    assert explained == []
    assert len(answers) == 1
    assert {"value", "classes", "photo", "ranking", "labels"} <= set(answers[0]["explorer"])


def test_a_class_is_held_against_its_look_alikes(bench, traced):
    """The picture and the maps that follow it are contrasts, under a key of their own."""
    plain = everything(bench, **{"class": 3})[0]["explorer"]["value"]
    merged = {}
    for answer in everything(bench, ticket=2, contrast=True, **{"class": 3}):
        merged |= answer["explorer"]
    value, classes = merged["value"], merged["classes"]
    assert value["contrast"]
    assert value["signed"]
    assert value["key"] == classes["key"] != plain["key"]
    maps = array(classes["maps"], "<i2").reshape(5, *classes["shape"])
    for place, index in enumerate(array(classes["indices"], "<u2").tolist()):
        target = cam.Contrast(index, cam.look_alikes(traced.logits, index))
        raw = cam.explain(traced, "gradcam", target).raw.numpy()
        scale = np.abs(raw).max()
        np.testing.assert_allclose(maps[place] * array(classes["steps"], "<f4")[place], raw, atol=scale / 60000)
        if index == 3:
            np.testing.assert_allclose(array(value["map"], "<f4").reshape(raw.shape), raw, atol=1e-5 * scale)
    blind = everything(bench, ticket=3, contrast=True, method="eigencam")[0]["explorer"]["value"]
    assert not blind["contrast"], "it does not see the class"


def test_what_is_made_differently_has_another_key(traced):
    """So that an approximation is never given for the exact map, nor a combination for a single one."""
    recipes = [
        Recipe(),
        Recipe("layercam"),
        Recipe(contrast=True),
        Recipe(combination="smooth"),
        Recipe(effort="draft"),
    ]
    keys = {payload.key_of(traced, "photo", recipe) for recipe in recipes}
    assert len(keys | {payload.key_of(traced, "other", Recipe())}) == len(recipes) + 1


def test_combined_maps_are_those_of_the_core(bench, traced):
    answer = everything(bench, combine="layers_mean", **{"class": 2})[0]
    value = answer["explorer"]["value"]
    expected = cam.combine(traced, "layers_mean", "gradcam", 2).raw.numpy()
    np.testing.assert_allclose(array(value["map"], "<f4").reshape(value["shape"]), expected, atol=1e-6)
    assert (value["combination"], value["signed"]) == ("All layers, mean", False)
    assert answer["controls"]["answer"]["state"]["combine"] == "layers_mean"
    following = afterwards.parts(traced, "p", Recipe("gradcam", False, "smooth"))
    assert "classes" not in {key[0] for key in following}


def test_what_is_forgotten_meanwhile_is_there_all_the_same(bench, monkeypatch):
    """The cache drops a picture and its parts as soon as they were looked up."""
    everything(bench)
    find = bench.find

    def find_and_forget(key):
        found = find(key)
        bench._kept._entries.clear()
        return found

    monkeypatch.setattr(bench, "find", find_and_forget)
    first = everything(bench, session="another", ticket=2)[0]
    assert first["explorer"]["value"]["map"]
    assert first["explorer"]["value"]["class"] >= 0


def test_a_photo_that_the_page_shows_by_itself_is_not_encoded(bench, monkeypatch):
    path = bench.photos._uploads / ("0" * 64) / "photo.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(bench.photos.examples["cat"].path.read_bytes())
    upload = {"upload": str(path)}
    with monkeypatch.context() as patch:
        patch.setattr("cam.ui.photos.jpeg_url", lambda *_: pytest.fail("nobody needs it"))
        first = everything(bench, photo=upload, own=str(path))[0]
    assert first["explorer"]["photo"]["url"] == first["controls"]["answer"]["photo"]["thumb"] == ""
    assert first["explorer"]["photo"]["size"] == [451, 300]
    other = everything(bench, session="you", photo=upload, own="another")[0]
    assert other["explorer"]["photo"]["url"].startswith("data:image/jpeg")
    example = everything(bench, session="they", own="")[0]
    assert example["explorer"]["photo"]["url"].startswith("data:image/jpeg")


def test_only_what_the_page_lacks_is_sent(bench):
    first = everything(bench)[0]
    shown = first["controls"]["answer"]["shown"]
    second = everything(bench, ticket=2, method="layercam", shown=shown)[0]
    assert {"photo", "labels"}.isdisjoint(second["explorer"])
    assert "photo" not in second["controls"]["answer"]
    third = everything(bench, ticket=3, fit="crop", shown=shown)[0]
    assert third["explorer"]["photo"]["url"] == "", "the same pixels, another view"
    assert third["explorer"]["photo"]["view"] != first["explorer"]["photo"]["view"]
    fourth = everything(bench, ticket=4, photo={"example": "coffee"}, shown=shown)[0]
    assert fourth["explorer"]["photo"]["url"] != first["explorer"]["photo"]["url"]
    late = everything(bench, ticket=5, shown=shown)[0]  # it says that it shows the cat, but coffee is on its way
    assert late["explorer"]["photo"]["url"] == first["explorer"]["photo"]["url"]


def test_a_class_stays_with_its_labels(bench):
    first = everything(bench, **{"class": 3})[0]
    assert first["explorer"]["value"]["class"] == 3
    shown = first["controls"]["answer"]["shown"]
    name = "efficientnet_lite1"
    bench.store.models.get(name, lambda: wrapped("pooled", [f"other {k}" for k in range(5)], name))
    other = everything(bench, ticket=2, model=name, shown=shown, **{"class": 3})[0]
    assert other["controls"]["answer"]["state"]["class"] is None
    assert other["explorer"]["labels"][0] == "other 0"


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "about", "words"),
    [
        ({"model": "resnet9000"}, "choice", "Unknown model 'resnet9000'."),
        ({"method": "magic"}, "choice", "Unknown method 'magic'."),
        ({"layer": "nowhere"}, "choice", "nowhere"),
        ({"layer": "head.1"}, "choice", "head.1"),
        ({"fit": "stretch"}, "choice", "stretch"),
        ({"class": 5}, "choice", "5"),
        ({"class": -1}, "choice", "-1"),
        ({"method": "cam"}, "choice", "CAM"),
        ({"combine": "everything"}, "choice", "Unknown combination 'everything'."),
        ({"combine": "layers_max", "method": "rise"}, "choice", "RISE takes a while for a single map."),
        ({"effort": "lazy", "method": "scorecam"}, "choice", "Unknown effort 'lazy'."),
        ({"effort": "quarter"}, "choice", "How close Grad-CAM comes to its map with less work was not measured"),
        ({"combine": "eigen", "method": "fullgrad"}, "choice", "FullGrad does not weigh channels"),
        ({"photo": {"example": "dog"}}, "choice", "Unknown example 'dog'."),
        ({"photo": {"upload": "/etc/passwd"}}, "photo", "This photo is no longer on the server. Send it again."),
        ({"photo": {}}, "photo", "This photo is no longer on the server. Send it again."),
    ],
    ids=str,
)
def test_errors_are_sentences_and_the_next_action_works(bench, changes, about, words):
    found = everything(bench, ticket=7, **changes)
    assert len(found) == 1
    sentence = error_of(found[0])
    assert words in sentence
    assert sentence.endswith(".")
    assert found[0]["controls"]["answer"]["about"] == about
    assert found[0]["controls"]["answer"]["seq"] == 7
    assert "map" in everything(bench, ticket=8)[0]["explorer"]["value"]


def test_what_nobody_thought_of_is_logged_and_not_told(bench, monkeypatch, caplog):
    def broken(source):
        raise RuntimeError("/secret/path")

    with monkeypatch.context() as patch:
        patch.setattr(bench.photos, "open", broken)
        sentence = error_of(everything(bench)[0])
    assert "secret" not in sentence
    assert "Something went wrong here" in sentence
    assert "/secret/path" in caplog.text
    assert "map" in everything(bench, ticket=2)[0]["explorer"]["value"]


def test_a_map_that_is_not_a_number(bench, monkeypatch):
    method = cam.METHODS["gradcam"]

    def broken(activations, gradients):
        return cam.methods.Map(activations.sum(0) * float("nan"))

    monkeypatch.setitem(cam.METHODS, "gradcam", dataclasses.replace(method, function=broken))
    assert "not numbers" in error_of(everything(bench)[0])


@pytest.mark.parametrize("value", [{}, {"ticket": "x", "photo": None, "class": "2", "shown": None}])
def test_values_of_any_shape(bench, value):
    assert error_of(act(bench, value, "stranger"))


# --- tickets ---------------------------------------------------------------------------------------------------------


def test_a_later_action_wins(bench):
    value = choice(ticket=10)
    first = act(bench, value, "me")
    assert first["controls"]["answer"]["more"] is True
    assert act(bench, choice(ticket=9, method="layercam"), "me") == {}, "an older one that arrives late"
    later = act(bench, choice(ticket=11, method="layercam"), "me")
    assert later["explorer"]["value"]["method"] == "LayerCAM"
    assert explore.proceed(bench, value, "me") == {}
    assert act(bench, choice(ticket=1), "you")["explorer"]["value"]["seq"] == 1, "sessions are apart"


def test_work_that_is_overtaken_says_nothing(bench, monkeypatch):
    """The later action comes while the first is at work: in its trace, before anything was answered."""
    trace, overtaking = bench.store.trace, []

    def slow(*arguments):
        if not overtaking:
            overtaking.append(True)
            overtaking[0] = act(bench, choice(ticket=2, method="layercam"), "me")
        return trace(*arguments)

    monkeypatch.setattr(bench.store, "trace", slow)
    assert act(bench, choice(ticket=1), "me") == {}
    assert overtaking[0]["explorer"]["value"]["seq"] == 2


def test_an_action_ends_the_one_before_as_soon_as_it_comes(bench, monkeypatch):
    """Both wait in line: the first is not carried out any more when its turn comes."""
    monkeypatch.setattr(bench.store, "trace", lambda *_: pytest.fail("nobody waits for this"))
    explore.begin(bench, choice(ticket=1), "me")
    explore.begin(bench, choice(ticket=2), "me")
    assert explore.proceed(bench, choice(ticket=1), "me") == {}


def test_what_nobody_waits_for_waits(bench, monkeypatch):
    """While others are here the page is told to come again, and is not put in line; then the same parts follow."""
    value, busy = choice(), Line(4, 0)
    parts = everything(bench, session="another")[1:]
    bench._kept._entries.clear()
    bench.line, calm = busy, bench.line
    busy._here, busy._load = 3, 2.5
    first = act(bench, value, "me")["controls"]["answer"]
    assert (first["more"], first["spare"]) == (True, True)
    assert first["after"] == pytest.approx(2.5, abs=0.1), "the more are here, the later"
    told = explore.rest(bench, value, "me")
    assert told["explorer"] == {}
    assert told["controls"]["answer"]["more"] is True
    assert told["controls"]["answer"]["after"] == pytest.approx(2.5, abs=0.1)
    assert told["controls"]["answer"]["step"] != explore.rest(bench, value, "me")["controls"]["answer"]["step"]
    assert explore.rest(bench, choice(ticket=2), "me") is None, "another action waits for its picture"
    bench.line = calm
    assert explore.rest(bench, value, "me") is None
    found = [explore.proceed(bench, value, "me") for _ in parts]
    assert [set(one["explorer"]) for one in found] == [set(one["explorer"]) for one in parts]
    assert "after" not in found[0]["controls"]["answer"]


def test_a_picture_that_improves_does_not_wait(bench):
    bench.line._here, bench.line._load = 3, 2.5
    first = act(bench, choice(method="ablationcam"), "me")["controls"]["answer"]
    assert first["more"] is True
    assert "after" not in first
    assert explore.rest(bench, choice(), "me") is None


def test_a_kept_picture_is_worth_the_time_it_took(bench):
    everything(bench, method="ablationcam")
    (worth,) = (entry.worth for key, entry in bench._kept._entries.items() if key[0] == "picture")
    assert worth * bench._kept.nbytes > 1e-3, "not the moment that putting it away takes"


def test_a_page_that_rests_holds_no_trace(bench):
    """Forty pages that rest between picture and parts would otherwise hold forty traces beside the cache."""
    value = choice()
    assert act(bench, value, "me")["controls"]["answer"]["more"]
    (key,) = bench.store.traces._entries
    held = weakref.ref(bench.store.traces.find(key))
    bench.store.traces._entries.clear()
    gc.collect()
    assert held() is None
    assert "classes" in explore.proceed(bench, value, "me")["explorer"]


def test_a_slow_method_improves_and_stops(bench):
    value = choice(ticket=3, method="ablationcam")
    first = act(bench, value, "me")
    assert 0 < first["explorer"]["value"]["share"] < 1
    assert first["controls"]["answer"]["more"] is True
    explore.stop(bench, choice(ticket=2), "me")  # of an older action: nothing
    assert not bench.visits.stopped("me", 3)
    explore.stop(bench, value, "me")
    last = explore.proceed(bench, value, "me")
    share = first["explorer"]["value"]["share"]
    assert last["explorer"]["value"]["message"] == f"Stopped after {int(100 * share)} %: this map is not finished."
    assert last["explorer"]["value"]["share"] == 1
    assert last["explorer"]["value"]["map"] == first["explorer"]["value"]["map"]
    assert last["controls"]["answer"]["more"] is False
    again = everything(bench, ticket=4, method="ablationcam")
    shares = [a["explorer"]["value"]["share"] for a in again if "value" in a["explorer"]]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert again[-1]["explorer"].get("value", {}).get("message", "") == "", "what was stopped is not kept as finished"


@pytest.mark.parametrize(
    ("share", "words"), [(0.0004, "less than 1 %"), (0.01, "1 %"), (0.256, "25 %"), (0.9996, "99 %")]
)
def test_how_much_was_done(share, words):
    assert _done(share) == words


def test_a_page_that_was_silent_for_too_long(bench):
    value = choice(ticket=3, method="ablationcam")
    assert act(bench, value, "me")["controls"]["answer"]["more"]
    bench.visits = Visits()
    assert "Choose once more" in error_of(explore.proceed(bench, value, "me"))


# --- models that take time -------------------------------------------------------------------------------------------


@pytest.fixture
def fetching(bench, monkeypatch):
    """A model whose download has brought 30 of 120 MB; `finish(outcome)` ends it."""
    done, outcome = threading.Event(), []

    def model(name, progress=None):
        if name != "alexnet":
            return wrapped("deep_head")
        progress(30 * 2**20, 120 * 2**20)
        assert done.wait(60)
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        return outcome[0]

    def finish(result):
        outcome.append(result)
        done.set()

    monkeypatch.setattr(workbench, "_PATIENCE", 0.0)
    monkeypatch.setattr(bench.store, "model", model)
    yield finish
    finish(RuntimeError("the test is over"))


def test_a_download_is_told(bench, fetching):
    value = choice(model="alexnet")
    seen = act(bench, value, "me")
    while "Fetching" not in seen["explorer"]["value"]["message"]:
        seen = explore.proceed(bench, value, "me")
    assert seen["explorer"]["value"]["message"] == "Fetching AlexNet: 30 of 120 MB."
    assert seen["explorer"]["value"]["share"] == 0.25
    assert seen["controls"]["answer"]["more"] is True
    assert "map" not in seen["explorer"]["value"], "the page keeps its picture"
    fetching(cam.WeightsError("No network; the bundled models work without one."))
    while seen["controls"]["answer"]["more"]:
        seen = explore.proceed(bench, value, "me")
    assert error_of(seen) == "No network; the bundled models work without one."


def test_all_who_wait_for_a_model_wait_for_one_loading(bench, fetching, monkeypatch):
    """The first waits for a moment in case it is quick; who comes while it is slow is told so at once."""
    monkeypatch.setattr(workbench, "_PATIENCE", 0.2)
    began = time.monotonic()
    told = [act(bench, choice(model="alexnet"), f"visitor {number}")["controls"]["answer"] for number in range(20)]
    assert all(one["more"] and 0 < one["after"] < 1 for one in told)
    assert 0.2 <= time.monotonic() - began < 2
    assert sum(thread.name == "loading alexnet" for thread in threading.enumerate()) == 1


def test_waiting_for_a_download_can_be_stopped(bench, fetching):
    value = choice(model="alexnet")
    act(bench, value, "me")
    explore.stop(bench, value, "me")
    assert "No longer waiting for AlexNet" in error_of(explore.proceed(bench, value, "me"))
    assert "map" in everything(bench, ticket=2)[0]["explorer"]["value"]


# --- the page's lists ------------------------------------------------------------------------------------------------


def test_opening(bench):
    shown = explore.opening(bench)
    assert shown["explorer"]["value"]["seconds"] == 0
    assert shown["controls"]["value"]["photo"] == {"example": next(iter(bench.photos.examples))}
    assert "classes" in shown["explorer"]
    assert shown["explorer"]["strip"]["class"] == shown["explorer"]["value"]["class"]
    assert all(layer["map"] for layer in shown["explorer"]["strip"]["layers"])
    json.dumps(shown)


def test_opening_without_its_example(bench):
    path = next(iter(bench.photos.examples.values())).path
    name = next(iter(bench.photos.examples))
    bench.photos.examples[name] = dataclasses.replace(bench.photos.examples[name], path=path.with_name("gone.jpg"))
    with pytest.raises(RuntimeError, match="first example cannot be shown"):
        explore.opening(bench)


def test_choices(bench):
    lists = choices(bench)
    json.dumps(lists)
    assert [one["name"] for one in lists["models"]] == list(cam.MODELS)
    assert [one["name"] for one in lists["methods"]] == list(cam.METHODS)
    assert [one["name"] for one in lists["fits"]] == list(cam.FITS)
    assert [one["name"] for one in lists["examples"]] == list(bench.photos.examples)
    assert [one["quick"] for one in lists["methods"]] == [not method.streams for method in cam.METHODS.values()]
    assert all(len(one["thumb"]) < 12_000 for one in lists["examples"])


# --- what travels ----------------------------------------------------------------------------------------------------


def test_class_maps_by_hand(traced):
    import torch

    raw = torch.tensor([[[0.0, 4.0], [-1.0, 3.0]], [[-2.0, -1.0], [0.0, -3.0]]])
    found = payload.class_maps(cam.AllClasses(traced, "gradcam", raw), "p", Recipe())
    assert array(found["maps"], "<i2").tolist() == [0, 32767, -8192, 24575, -21845, -10922, 0, -32767]
    assert array(found["steps"], "<f4").tolist() == pytest.approx([4 / 32767, 3 / 32767])
    assert array(found["indices"], "<u2").tolist() == [0, 1]
    assert found["shape"] == [2, 2]
    large = torch.zeros(payload.MAX_CLASS_BYTES // 8 + 1, 2, 2)
    assert payload.class_maps(cam.AllClasses(traced, "gradcam", large), "p", Recipe()) is None


def test_nothing_follows_a_slow_or_a_blind_method(traced):
    followed = {name: {key[0] for key in afterwards.parts(traced, "p", Recipe(name))} for name in cam.METHODS}
    assert "classes" in followed["gradcam"]
    for name, method in cam.METHODS.items():
        if method.streams or method.class_blind:
            assert "classes" not in followed[name]
