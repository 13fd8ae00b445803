"""Finer maps on the page: the handlers by direct call on tiny models, and the choice in a real browser."""

import numpy as np
import pytest
from browsing import alone, apart, heat_of
from handling import MODEL, array, choice, error_of, everything, wrapped

import cam
from cam.messages import Message
from cam.page.component import address
from cam.passes import detail as details
from cam.server import finer, rules, strip

ROOMY = "efficientnet_lite1"  # the name of a tiny model that takes any size; `MODEL` takes one


@pytest.fixture
def roomy(app_state):
    return app_state.store.models.get(ROOMY, lambda: wrapped("pooled", name=ROOMY))


def opened(app_state):
    return app_state.photos.open({"example": "cat"}).image


# --- handlers --------------------------------------------------------------------------------------------------------


def test_the_picture_is_that_of_the_larger_input(app_state, roomy):
    found = everything(app_state, model=ROOMY, detail=1.5)[0]
    trace = cam.trace(roomy, opened(app_state), detail=1.5)
    value, answer = found["picture"], found
    raw = cam.explain(trace).raw.numpy()
    np.testing.assert_allclose(array(value["map"], "<f4").reshape(value["shape"]), raw, atol=1e-6)
    shares = array(found["ranking"]["probabilities"], "<f4")
    np.testing.assert_allclose(shares, trace.logits.softmax(0).numpy(), atol=1e-6)
    assert found["photo"]["view"]["input"] == [48, 48]
    assert answer["confirmed"]["detail"] == value["at"]["detail"] == 1.5
    shapes = {name: list(shape) for name, shape in details.survey(roomy, 1.5).shapes.items()}
    assert {layer["name"]: layer["shape"] for layer in answer["layers"]} == dict(value["layers"]) == shapes
    assert shapes[trace.layer] == [12, 12, 12]


def test_each_detail_has_maps_of_its_own(app_state, roomy):
    keys, inputs = [], []
    for number, detail in enumerate((1, 1.5, 2, 1.5), 1):
        merged = {}
        for answer in everything(app_state, request_id=number, model=ROOMY, detail=detail):
            merged |= answer
        assert merged["classes"]["key"] == merged["picture"]["key"]
        assert merged["classes"]["shape"] == merged["picture"]["shape"]
        keys.append(merged["picture"]["key"])
        inputs.append(merged["picture"]["shape"])
    assert inputs == [[8, 8], [12, 12], [16, 16], [12, 12]]
    assert keys[1] == keys[3]
    assert len(set(keys)) == 3


def test_one_x_is_as_it_was(app_state, roomy, monkeypatch):
    """No survey, no pass more, and the same maps whether detail is named or not."""
    monkeypatch.setattr(details, "_surveyed", lambda *_: pytest.fail("a survey"))
    plain = everything(app_state, model=ROOMY)
    named = everything(app_state, request_id=2, model=ROOMY, detail=1)
    assert named[0]["picture"]["map"] == plain[0]["picture"]["map"]
    assert named[0]["picture"]["key"] == plain[0]["picture"]["key"]
    assert len(app_state.store.passes) == 1


def test_a_network_of_one_size_says_so(app_state):
    sentence = error_of(everything(app_state, detail=1.5)[0])
    assert "takes one input size only: at detail 1.5, 48 x 48 pixels" in sentence
    found = alone(finer.details_of(app_state, {"model": MODEL}))["details"]
    assert [one["detail"] for one in found] == [1.0, 1.5, 2.0]
    assert [bool(one["reason"]) for one in found] == [False, True, True]
    assert Message.of(found[1]["reason"]) == sentence
    assert "map" in everything(app_state, request_id=2)[0]["picture"]


def test_what_each_detail_means(app_state, roomy):
    found = alone(finer.details_of(app_state, {"model": ROOMY}))
    assert found["model"] == ROOMY
    layer = roomy.default_layer
    grids = [(one["input"], one["cost"], one["grids"][layer], one["reason"]) for one in found["details"]]
    assert grids == [([32, 32], 1.0, [8, 8], ""), ([48, 48], 2.25, [12, 12], ""), ([64, 64], 4.0, [16, 16], "")]
    assert alone(finer.details_of(app_state, {"model": "x"}))["error"]["params"]["value"] == "'x'"
    assert alone(finer.details_of(app_state, None))["error"]["params"]["value"] == "''"


@pytest.mark.parametrize("detail", [0, 3, 1.25, float("nan")])
def test_only_what_is_offered(app_state, detail):
    words = f"On the page detail is 1, 1.5 or 2, not {detail:g}."
    assert words in error_of(everything(app_state, detail=detail)[0])
    assert words in Message.of(alone(strip.strip_of(app_state, choice(detail=detail)))["error"])


@pytest.mark.parametrize("detail", [None, True, "2", [2]])
def test_what_is_no_number_is_one(detail):
    assert finer.read({"detail": detail}) == 1.0


@pytest.mark.parametrize("detail", ["2", True, [2], float("nan"), 2**40])
def test_the_door_takes_numbers(detail):
    rules.check_choice(choice(detail=1.5))
    with pytest.raises(rules.Refused, match="`detail` is not a number"):
        rules.check_choice(choice(detail=detail))


def test_the_strip_is_that_of_the_larger_input(app_state, roomy):
    wish = choice(model=ROOMY, **{"class": 3})
    plain, finest = (alone(strip.strip_of(app_state, {**wish, "detail": detail})) for detail in (1, 2))
    assert (plain["detail"], finest["detail"]) == (1, 2)
    raw = cam.explain(cam.trace(roomy, opened(app_state), detail=2), "gradcam", 3).raw.clamp(min=0)
    tile = finest["layers"][-1]
    assert tile["shape"] == [16, 16]
    assert plain["layers"][-1]["shape"] == [8, 8]
    values = array(tile["map"], "u1").reshape(16, 16)
    assert np.abs(values - (255 * raw / raw.max()).numpy()).max() <= 0.51


# --- in a browser ----------------------------------------------------------------------------------------------------


def choose(tab, detail):
    tab.page.locator(f"label:has(input[name=cam-detail][value='{detail:g}'])").click()


def plain(text):
    return text.replace("\u202f", " ")


def note(tab):
    return plain(tab.page.locator("#cam-detail-note").inner_text())


def turn_to_it(tab):
    tab.page.locator(".detail").hover()
    tab.page.wait_for_function("document.querySelector('#cam-detail-note').textContent !== ''")


def test_choosing_a_finer_map(tab, lite0, photo):
    tab.idle()
    address, requests = tab.page.url, len(tab.requests)
    turn_to_it(tab)
    assert note(tab).startswith("1.5 ×: 10 × 10 cells for 2 times the pixels; 2 ×: 14 × 14")
    assert len(tab.requests) == requests + 1
    with tab.answer():
        choose(tab, 1.5)
    found = cam.trace(lite0, photo, detail=1.5)
    assert apart(tab.heat(), heat_of(found, None)) < 0.02
    assert note(tab).startswith("10 × 10 cells instead of 7 × 7 at this layer. Costs 2 times the pixels")
    assert "a larger picture, 320 × 320 pixels, than it was trained on" in note(tab)
    assert "predictions are those of that pass" in tab.text("glance")
    assert "detail 1.5 ×" in plain(tab.text("facts"))
    assert tab.top[0][0] == found.top(1)[0].label
    assert float(tab.top[0][1].split()[0]) == pytest.approx(100 * found.top(1)[0].probability, abs=0.2)
    assert "10 × 10" in plain(tab.page.locator("#cam-layer-facts").inner_text())
    tab.page.wait_for_function("location.search.includes('detail=1.5')")
    with tab.answer():
        choose(tab, 1)
    tab.page.wait_for_function("!location.search.includes('detail')")
    assert "detail" not in address


def test_a_link_opens_a_finer_map(visit, lite0, photo):
    tab = visit("?detail=2")
    tab.answered(0)
    assert tab.heat().shape == (448, 448)
    assert tab.page.locator("input[name=cam-detail]:checked").get_attribute("value") == "2"


def test_by_keyboard(tab):
    tab.idle()
    tab.page.locator("input[name=cam-fit]:checked").focus()
    tab.page.keyboard.press("Tab")
    tab.page.wait_for_function("document.querySelector('#cam-detail-note').textContent !== ''")
    with tab.answer():
        tab.page.keyboard.press("ArrowRight")
    assert tab.page.evaluate("document.activeElement.value") == "1.5"
    assert tab.heat().shape == (320, 320)


def test_what_a_network_does_not_take_cannot_be_chosen(tab):
    reason = "This network takes one input size only."
    said = Message("one-size", reason).as_dict()
    one = {"detail": 1, "input": [224, 224], "cost": 1, "grids": {"bn2": [7, 7]}, "reason": ""}
    answer = {
        "model": "efficientnet_lite0",
        "details": [
            one,
            *({"detail": d, "grids": {}, "reason": said} for d in (1.5, 2)),
        ],
    }

    def survey(route):
        if "detail_survey" in route.request.url:
            route.fulfill(json=answer)
        else:
            route.continue_()

    tab.page.route("**/actions/**", survey)
    turn_to_it(tab)
    assert note(tab) == reason
    disabled = {
        one.get_attribute("value"): one.is_disabled() for one in tab.page.locator("input[name=cam-detail]").all()
    }
    assert disabled == {"1": False, "1.5": True, "2": True}


def test_less_work_is_offered_once_it_is_known_what_it_brings(tab):
    """Nobody is refused, seconds later, what the page offers."""
    options = "[...document.querySelectorAll('#cam-effort option')].map((one) => [one.value, one.disabled, one.title])"
    store = f"import(new URL('{address()}/store.js', document.baseURI)).then((found) => (window.page = found.store))"
    tab.page.evaluate(store)
    tab.choose("method", "scorecam")
    tab.wait("(root) => root.dataset.state === 'improving'")
    tab.page.get_by_role("button", name="Stop").click()
    tab.says("Stopped after")
    tab.page.wait_for_function("page.state.confirmed.efforts")
    found = tab.page.evaluate(options)
    assert [name for name, _, _ in found] == ["exact", "quarter", "bfloat16", "draft"]
    assert all(disabled == bool(title) for _, disabled, title in found)
    assert tab.status.startswith("Stopped after"), "what follows takes back no sentence"
    tab.page.evaluate("page.set({ confirmed: { ...page.state.confirmed, efforts: null } })")
    unknown = {name: title for name, disabled, title in tab.page.evaluate(options) if disabled}
    assert set(unknown) == {"bfloat16", "draft"}
    assert set(unknown.values()) == {"Whether this is faster on this machine is being found out."}
