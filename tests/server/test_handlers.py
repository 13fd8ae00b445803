"""The page's handlers by direct call: answers, errors and what is sent, on a tiny model without a browser."""

import dataclasses
import json

import numpy as np
import pytest
from handling import LABELS, MODEL, act, array, error_of, everything, wrapped

import cam
from cam.maps.recipe import Recipe
from cam.models.catalogue import LOADABLE
from cam.page.choices import choices
from cam.server import actions, payload, prefetch


@pytest.fixture
def traced(app_state):
    model = app_state.store.model(MODEL)
    return cam.trace(model, app_state.photos.open({"example": "cat"}).image)


# --- a good answer ---------------------------------------------------------------------------------------------------


def test_the_first_answer_holds_the_picture(app_state, traced):
    first = everything(app_state)[0]
    value, best = first["picture"], traced.top(1)[0].index
    raw = cam.explain(traced).raw
    assert np.allclose(array(value["map"], "<f4").reshape(value["shape"]), raw.numpy(), atol=1e-6)
    assert (value["class"], first["request_id"], value["share"], first["message"]) == (best, 1, 1.0, "")
    assert (value["model"], value["layer"], value["method"]) == (MODEL, traced.layer, "Grad-CAM")
    assert 0 < value["seconds"] < 60
    ranking = first["ranking"]
    shares = array(ranking["probabilities"], "<f4")
    assert np.allclose(shares, traced.logits.softmax(0).numpy(), atol=1e-6)
    assert (np.diff(shares[array(ranking["order"], "<u2")]) <= 0).all()
    assert first["labels"] == LABELS
    photo = first["photo"]
    assert photo["id"] == value["photo_id"] == ranking["photo_id"] == "example-cat"
    assert photo["url"].startswith("data:image/jpeg;base64,")
    assert photo["size"] == list(traced.image.size)
    assert photo["view"]["input"] == [32, 32]


def test_the_controls_learn_what_was_done(app_state):
    answer = everything(app_state, layer="stem.0", fit="pad")[0]
    assert answer["confirmed"] == {
        "photo": {"example": "cat"},
        "model": MODEL,
        "layer": "stem.0",
        "method": "gradcam",
        "contrast": False,
        "combine": "",
        "effort": "exact",
        "fit": "pad",
        "detail": 1.0,
        "class": None,
    }
    named = {layer["name"]: layer["shape"] for layer in answer["layers"]}
    model = app_state.store.model(MODEL)
    assert named == {**{k: list(v) for k, v in model.layer_shapes.items()}, "stem.0": [6, 16, 16]}
    assert [layer["name"] for layer in answer["layers"] if layer["default"]] == [model.default_layer]
    assert answer["card"]["title"] == "Chelsea the cat"
    assert answer["card"]["thumb"].startswith("data:image/jpeg;base64,")


def test_the_maps_of_the_likeliest_classes_follow(app_state, traced):
    answers = everything(app_state)
    assert len(answers) > 1, "they come after the picture"
    merged = {}
    for answer in answers:
        merged |= answer
    classes = merged["classes"]
    assert classes["key"] == merged["picture"]["key"]
    indices = array(classes["indices"], "<u2").tolist()
    assert sorted(indices) == list(range(5)), "the five classes are fewer than are sent ahead"
    maps = array(classes["maps"], "<i2").reshape(5, *classes["shape"])
    steps = array(classes["steps"], "<f4")
    for place, index in enumerate(indices):
        raw = cam.explain(traced, "gradcam", index).raw.numpy()
        np.testing.assert_allclose(maps[place] * steps[place], raw, atol=np.abs(raw).max() / 65000)


def test_what_is_known_comes_at_once_and_is_computed_once(app_state, monkeypatch):
    everything(app_state)
    explained = []
    monkeypatch.setattr(Recipe, "explanations", lambda *arguments: explained.append(arguments))
    answers = everything(app_state, session="another", request_id=2)
    assert explained == []
    assert len(answers) == 1
    assert {"picture", "classes", "photo", "ranking", "labels"} <= set(answers[0])


def test_a_class_is_held_against_its_look_alikes(app_state, traced):
    """The picture and the maps that follow it are contrasts, under a key of their own."""
    plain = everything(app_state, **{"class": 3})[0]["picture"]
    merged = {}
    for answer in everything(app_state, request_id=2, contrast=True, **{"class": 3}):
        merged |= answer
    value, classes = merged["picture"], merged["classes"]
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
    blind = everything(app_state, request_id=3, contrast=True, method="eigencam")[0]["picture"]
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


def test_combined_maps_are_those_of_the_core(app_state, traced):
    answer = everything(app_state, combine="layers_mean", **{"class": 2})[0]
    value = answer["picture"]
    expected = cam.combine(traced, "layers_mean", "gradcam", 2).raw.numpy()
    np.testing.assert_allclose(array(value["map"], "<f4").reshape(value["shape"]), expected, atol=1e-6)
    assert (value["combination"], value["signed"]) == ("All layers, mean", False)
    assert answer["confirmed"]["combine"] == "layers_mean"
    following = prefetch.parts(traced, "p", Recipe("gradcam", False, "smooth"))
    assert "classes" not in {key[0] for key in following}


def test_what_is_forgotten_meanwhile_is_there_all_the_same(app_state, monkeypatch):
    """The cache drops a picture and its parts as soon as they were looked up."""
    everything(app_state)
    find = app_state.find

    def find_and_forget(key):
        found = find(key)
        app_state._kept._entries.clear()
        return found

    monkeypatch.setattr(app_state, "find", find_and_forget)
    first = everything(app_state, session="another", request_id=2)[0]
    assert first["picture"]["map"]
    assert first["picture"]["class"] >= 0


def test_a_photo_that_the_page_shows_by_itself_is_not_encoded(app_state, monkeypatch):
    path = app_state.photos._uploads / ("0" * 64) / "photo.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(app_state.photos.examples["cat"].path.read_bytes())
    upload = {"upload": str(path)}
    with monkeypatch.context() as patch:
        patch.setattr("cam.server.photos.jpeg_url", lambda *_: pytest.fail("nobody needs it"))
        first = everything(app_state, photo=upload, own=str(path))[0]
    assert first["photo"]["url"] == first["card"]["thumb"] == ""
    assert first["photo"]["size"] == [451, 300]
    other = everything(app_state, session="you", photo=upload, own="another")[0]
    assert other["photo"]["url"].startswith("data:image/jpeg")
    example = everything(app_state, session="they", own="")[0]
    assert example["photo"]["url"].startswith("data:image/jpeg")


def test_only_what_the_page_lacks_is_sent(app_state):
    first = everything(app_state)[0]
    shown = first["shown"]
    second = everything(app_state, request_id=2, method="layercam", shown=shown)[0]
    assert {"photo", "labels"}.isdisjoint(second)
    assert "card" not in second
    third = everything(app_state, request_id=3, fit="crop", shown=shown)[0]
    assert third["photo"]["url"] == "", "the same pixels, another view"
    assert third["photo"]["view"] != first["photo"]["view"]
    fourth = everything(app_state, request_id=4, photo={"example": "coffee"}, shown=shown)[0]
    assert fourth["photo"]["url"] != first["photo"]["url"]
    late = everything(app_state, request_id=5, shown=shown)[
        0
    ]  # it says that it shows the cat, but coffee is on its way
    assert late["photo"]["url"] == first["photo"]["url"]


def test_a_class_stays_with_its_labels(app_state):
    first = everything(app_state, **{"class": 3})[0]
    assert first["picture"]["class"] == 3
    shown = first["shown"]
    name = "efficientnet_lite1"
    app_state.store.models.get(name, lambda: wrapped("pooled", [f"other {k}" for k in range(5)], name))
    other = everything(app_state, request_id=2, model=name, shown=shown, **{"class": 3})[0]
    assert other["confirmed"]["class"] is None
    assert other["labels"][0] == "other 0"


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "about", "words"),
    [
        ({"model": "resnet9000"}, "choice", "Unknown model 'resnet9000'."),
        ({"method": "magic"}, "choice", "Unknown method 'magic'."),
        ({"layer": "nowhere"}, "layer", "nowhere"),
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
def test_errors_are_sentences_and_the_next_action_works(app_state, changes, about, words):
    found = everything(app_state, request_id=7, **changes)
    assert len(found) == 1
    sentence = error_of(found[0])
    assert words in sentence
    assert sentence.endswith(".")
    assert found[0]["about"] == about
    assert found[0]["request_id"] == 7
    assert "map" in everything(app_state, request_id=8)[0]["picture"]


def test_what_nobody_thought_of_is_logged_and_not_told(app_state, monkeypatch, caplog):
    def broken(source):
        raise RuntimeError("/secret/path")

    with monkeypatch.context() as patch:
        patch.setattr(app_state.photos, "open", broken)
        sentence = error_of(everything(app_state)[0])
    assert "secret" not in sentence
    assert "Something went wrong here" in sentence
    assert "/secret/path" in caplog.text
    assert "map" in everything(app_state, request_id=2)[0]["picture"]


def test_a_map_that_is_not_a_number(app_state, monkeypatch):
    method = cam.METHODS["gradcam"]

    def broken(activations, gradients):
        return cam.methods.Map(activations.sum(0) * float("nan"))

    monkeypatch.setitem(cam.METHODS, "gradcam", dataclasses.replace(method, function=broken))
    assert "not numbers" in error_of(everything(app_state)[0])


@pytest.mark.parametrize("value", [{}, {"request_id": "x", "photo": None, "class": "2", "shown": None}])
def test_values_of_any_shape(app_state, value):
    assert error_of(act(app_state, value, "stranger"))


# --- the page's lists ------------------------------------------------------------------------------------------------


def test_opening(app_state):
    shown = actions.opening(app_state)
    answer = shown["answer"]
    assert answer["picture"]["seconds"] == 0
    assert shown["wish"]["photo"] == {"example": next(iter(app_state.photos.examples))}
    assert "classes" in answer
    assert shown["strip"]["class"] == answer["picture"]["class"]
    assert all(layer["map"] for layer in shown["strip"]["layers"])
    json.dumps(shown)


def test_opening_without_its_example(app_state):
    path = next(iter(app_state.photos.examples.values())).path
    name = next(iter(app_state.photos.examples))
    app_state.photos.examples[name] = dataclasses.replace(
        app_state.photos.examples[name], path=path.with_name("gone.jpg")
    )
    with pytest.raises(RuntimeError, match="first example cannot be shown"):
        actions.opening(app_state)


def test_choices(app_state):
    lists = choices(app_state)
    json.dumps(lists)
    assert [one["name"] for one in lists["models"]] == list(LOADABLE)
    assert {one["task"] for one in lists["models"]} == {"classification", "detection", "segmentation"}
    assert [one["name"] for one in lists["methods"]] == list(cam.METHODS)
    assert [one["name"] for one in lists["fits"]] == list(cam.FITS)
    assert [one["name"] for one in lists["examples"]] == list(app_state.photos.examples)
    assert [one["quick"] for one in lists["methods"]] == [not method.streams for method in cam.METHODS.values()]
    assert all(len(one["thumb"]) < 12_000 and bool(one["thumb"]) != one["lesson"] for one in lists["examples"])


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
    followed = {name: {key[0] for key in prefetch.parts(traced, "p", Recipe(name))} for name in cam.METHODS}
    assert "classes" in followed["gradcam"]
    for name, method in cam.METHODS.items():
        if method.streams or method.class_blind:
            assert "classes" not in followed[name]
