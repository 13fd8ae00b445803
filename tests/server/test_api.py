"""The web API, asked by Gradio's own client: good calls, bad calls, many calls at once."""

import json
import re
import subprocess
import threading

import httpx
import numpy as np
import pytest
from browsing import INNARDS, PATIENCE
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from pictures import png
from PIL import Image

import cam
from cam.maps.effort import EFFORTS
from cam.maps.explanation import last
from cam.maps.recipe import Recipe
from cam.server import api

TIGER_CAT, ESPRESSO = 282, 967
MORE = ("fit", "contrast", "combination", "effort", "target")


def connect(site):
    return Client(site.url, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def client(site):
    made = connect(site)
    yield made
    made.close()


def ask(client, image, model="efficientnet_lite0", layer="", method="gradcam", class_index=-1, **more):
    file = handle_file(str(image)) if image is not None else None
    path, found = client.predict(file, model, layer, method, class_index, **more, api_name="/explain")
    return np.asarray(Image.open(path).convert("RGB"), int), found


def wanted(trace, method="gradcam", target=None):
    return np.asarray(cam.overlay(cam.explain(trace, method, target)), int)


def test_it_is_the_only_endpoint(client):
    listed = client.view_api(return_format="dict", print_info=False)
    assert list(listed["named_endpoints"]) == ["/explain"]
    assert listed["unnamed_endpoints"] == {}
    parameters = [one["parameter_name"] for one in listed["named_endpoints"]["/explain"]["parameters"]]
    assert parameters == ["image", "model", "layer", "method", "class_index", "detail", *MORE]


def test_the_panel_s_examples_send_a_photo_and_are_taken(site, photo, tmp_path):
    """The panel of the footer shows them; what is sent is a photo on the reader's own machine."""
    known = json.loads(site.get("gradio_api/info"))["named_endpoints"]["/explain"]
    snippets = known["code_snippets"]
    assert "handle_file('photo.jpg')" in snippets["python"]
    assert 'fetch("photo.jpg")' in snippets["javascript"]
    assert not any("pdf" in text or "github.com" in text for text in snippets.values())
    script = (
        snippets["bash"].replace("/path/to/your/file", str(photo)).replace("| read EVENT_ID;", "| { read EVENT_ID;")
    )
    said = subprocess.run(["bash", "-c", script + ";}"], capture_output=True, text=True, timeout=PATIENCE).stdout
    assert "event: complete" in said, script
    assert "tiger cat" in said


@pytest.mark.parametrize(
    ("body", "words"), [({"picture": 1}, "`picture` is no input of /explain"), ({"model": 3}, "`model` is not a text")]
)
def test_inputs_by_their_names_are_checked(site, body, words):
    answer = httpx.post(f"{site.url}gradio_api/call/v2/explain", json=body, trust_env=False)
    assert (answer.status_code, words in answer.json()["error"]) == (422, True), answer.text


def test_a_good_call(client, lite0, photo):
    picture, found = ask(client, photo)
    trace = cam.trace(lite0, photo)
    assert picture.shape[:2] == trace.image.size[::-1] == (400, 800)
    assert np.abs(picture - wanted(trace)).max() <= 2
    best = trace.top(5)
    assert {name: found[name] for name in ("model", "layer", "method", "shape")} == {
        "model": "efficientnet_lite0",
        "layer": "bn2",
        "method": "gradcam",
        "shape": [1280, 7, 7],
    }
    assert found["class"] == {
        "index": TIGER_CAT,
        "label": "tiger cat",
        "probability": pytest.approx(best[0].probability, abs=1e-4),
    }
    assert [(one["index"], one["label"]) for one in found["top"]] == [(one.index, one.label) for one in best]
    assert found["seconds"] > 0
    json.dumps(found)


@pytest.mark.parametrize(("index", "label"), [(0, "tench"), (999, "toilet tissue"), (ESPRESSO, "espresso")])
def test_classes(client, lite0, photo, index, label):
    picture, found = ask(client, photo, class_index=index)
    assert (found["class"]["index"], found["class"]["label"]) == (index, label)
    assert np.abs(picture - wanted(cam.trace(lite0, photo), target=index)).max() <= 2


def test_layer_method_and_model(client, lite0, photo):
    picture, found = ask(client, photo, layer="blocks.4", method="layercam", class_index=ESPRESSO)
    assert (found["layer"], found["method"], found["shape"]) == ("blocks.4", "layercam", [112, 14, 14])
    assert np.abs(picture - wanted(cam.trace(lite0, photo, "blocks.4"), "layercam", ESPRESSO)).max() <= 2
    _, found = ask(client, photo, model="efficientnet_lite1")
    assert (found["model"], found["shape"]) == ("efficientnet_lite1", [1280, 8, 8])


def test_fit_contrast_combination_and_effort(client, lite0, photo):
    padded = cam.trace(lite0, photo, fit="pad")
    picture, found = ask(client, photo, class_index=ESPRESSO, fit="pad")
    assert np.abs(picture - wanted(padded, target=ESPRESSO)).max() <= 2
    picture, found = ask(client, photo, class_index=ESPRESSO, contrast=True)
    trace = cam.trace(lite0, photo)
    others = cam.look_alikes(trace.logits, ESPRESSO)
    assert [one["index"] for one in found["against"]] == list(others)
    assert np.abs(picture - wanted(trace, target=cam.Contrast(ESPRESSO, others))).max() <= 2
    picture, found = ask(client, photo, class_index=ESPRESSO, combination="smooth", fit="pad")
    assert found["combination"] == "smooth"
    combined = cam.overlay(cam.combine(padded, "smooth", "gradcam", ESPRESSO))
    assert np.abs(picture - np.asarray(combined, int)).max() <= 2
    few = cam.trace(lite0, photo, "blocks.2")  # forty channels, of which each costs a pass
    picture, found = ask(client, photo, class_index=ESPRESSO, method="scorecam", effort="quarter", layer="blocks.2")
    quarter = last(Recipe("scorecam", effort="quarter").explanations(few, ESPRESSO))
    assert (found["effort"], len(found["correlation"])) == ("quarter", 2)
    assert np.abs(picture - np.asarray(cam.overlay(quarter), int)).max() <= 2


def test_the_schema_says_what_there_is(site):
    known = json.loads(site.get("gradio_api/info"))["named_endpoints"]["/explain"]
    assert all(name in known["description"] for name in (*cam.FITS, *cam.COMBINATIONS, *EFFORTS))
    more = {one["parameter_name"]: one for one in known["parameters"] if one["parameter_name"] in MORE}
    usual = {"fit": "squeeze", "contrast": False, "combination": "", "effort": "exact", "target": -1}
    assert {name: one["parameter_default"] for name, one in more.items()} == usual


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fit": "stretch"}, "Unknown fit 'stretch'"),
        ({"combination": "mix"}, "Unknown combination 'mix'"),
        ({"effort": "half"}, "Unknown effort 'half'"),
        ({"combination": "smooth", "method": "rise"}, "RISE takes a while for a single map."),
        ({"class_index": 1000}, "1000"),
        ({"class_index": -2}, "-2"),
        ({"class_index": 1.5}, "class_index is a whole number, -1 for the top class, not 1.5."),
        ({"model": "efficientnet_lite9"}, "Unknown model 'efficientnet_lite9'. Did you mean efficientnet_lite"),
        ({"layer": "blocks.77"}, "blocks.77"),
        ({"layer": "classifier"}, "classifier"),
        ({"method": "gradcamm"}, "Unknown method 'gradcamm'. Did you mean gradcam"),
        ({"method": "cam", "layer": "blocks.3"}, "CAM"),
        ({"image": None}, "No image was sent"),
        ({"image": "text.jpg"}, "text.jpg is not an image that can be opened here"),
        ({"image": "empty.png"}, "empty.png is empty"),
        ({"image": "bomb.png"}, "bomb.png has 20000 x 20000 = 400 million pixels"),
    ],
    ids=str,
)
def test_bad_calls(client, photo, tmp_path, changes, words):
    (tmp_path / "text.jpg").write_text("Dear diary")
    (tmp_path / "empty.png").touch()
    (tmp_path / "bomb.png").write_bytes(png(20_000, 20_000))
    arguments = {"image": photo} | changes
    if isinstance(arguments["image"], str):
        arguments["image"] = tmp_path / arguments["image"]
    with pytest.raises(AppError) as caught:
        ask(client, **arguments)
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not INNARDS.search(sentence)
    assert ask(client, photo)[1]["class"]["label"] == "tiger cat", "the next call works"


def test_many_calls_at_once_are_not_crossed(site, lite0, photo):
    """8 programs with 5 calls each: every answer is for its own image and its own class."""
    photos = [photo, *(photo.parent / f"{name}.jpg" for name in ("cat", "coffee", "photographer"))]
    traces = [cam.trace(lite0, path) for path in photos]
    calls = {(n, k): (n % 4, (37 * n + 211 * k) % 1000) for n in range(8) for k in range(5)}
    answers, errors = {}, []
    start = threading.Barrier(8)

    def visitor(n):
        try:
            own = connect(site)
            start.wait()
            for k in range(5):
                number, index = calls[n, k]
                answers[n, k] = ask(own, photos[number], class_index=index)
            own.close()
        except Exception as error:
            errors.append(error)
            start.abort()

    threads = [threading.Thread(target=visitor, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len({index for _, index in calls.values()}) == 40
    for key, (number, index) in calls.items():
        picture, found = answers[key]
        assert found["class"]["index"] == index
        assert found["top"][0]["index"] == traces[number].top(1)[0].index
        assert np.abs(picture - wanted(traces[number], target=index)).max() <= 2


def test_the_panel_s_description_has_its_parts():
    """The page says it in Chinese by them: `header/gradio.js`."""
    pattern = (
        r"See where .* made to fit, (.*)\. contrast: .* one map, or (.*)\. effort of a slow method: (.*)\. target: .*"
    )
    found = re.fullmatch(pattern, api._ABOUT)
    assert [part.split(", ") for part in found.groups()] == [list(cam.FITS), list(cam.COMBINATIONS), list(EFFORTS)]
