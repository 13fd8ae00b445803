"""The layer strip: its maps, what they cost, when they are made, and the strip in a real browser."""

import asyncio
import base64
import json
import threading

import numpy as np
import pytest
import torch
from browsing import alone, wait_for
from handling import MODEL
from nets import PREPROCESS

import cam
from cam.messages import Message
from cam.passes import trace as tracing
from cam.passes.trace import share_gradients
from cam.passes.tracing import trace_layers
from cam.server import strip
from cam.server.scheduler import Scheduler

TILES = ".cx-tiles [role=option]"


def wish(**changes):
    value = {"photo": {"example": "cat"}, "model": MODEL, "fit": "squeeze", "method": "gradcam", "class": 3}
    return value | changes


def asked(app_state, **changes):
    return alone(strip.strip_of(app_state, wish(**changes)))


def values(layer):
    return np.frombuffer(base64.b64decode(layer["map"]), "u1").reshape(layer["shape"])


def opened(app_state):
    return app_state.photos.open({"example": "cat"}).image


# --- the maps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["gradcam", "layercam", "eigencam", "xgradcam"])
def test_the_maps_are_those_of_each_layer_alone(app_state, method):
    found = json.loads(json.dumps(asked(app_state, method=method, fit="pad")))
    model = app_state.store.model(MODEL)
    assert [layer["name"] for layer in found["layers"]] == list(model.layers)
    assert found["why"] == ""
    assert found["class"] == (None if cam.METHODS[method].class_blind else 3)
    assert any(values(layer).max() == 255 for layer in found["layers"])
    for layer in found["layers"]:
        raw = cam.explain(cam.trace(model, opened(app_state), layer["name"], fit="pad"), method, 3).raw.clamp(min=0)
        wanted = (raw / raw.max().clamp(min=1e-30)).numpy()
        assert np.abs(values(layer) / 255 - wanted).max() <= 0.5 / 255 + 1e-3


def test_a_large_map_is_averaged(monkeypatch):
    raw = torch.randn(112, 112, generator=torch.Generator().manual_seed(0))
    small = strip.reduced(raw)
    means = raw.clamp(min=0).reshape(56, 2, 56, 2).mean((1, 3))
    torch.testing.assert_close(small, means)
    assert torch.equal(strip.reduced(raw[:7, :9]), raw[:7, :9].clamp(min=0))
    assert strip.reduced(raw[:60, :3]).shape == (56, 3)


def test_one_forward_and_one_backward(app_state, monkeypatch):
    """A further class costs a backward pass and no forward, the same class nothing."""
    model, passes, backwards = app_state.store.model(MODEL), [], []
    handle = model.net.register_forward_hook(lambda *_: passes.append(1))
    grad = torch.autograd.grad
    monkeypatch.setattr(torch.autograd, "grad", lambda *a, **k: backwards.append(1) or grad(*a, **k))
    first = asked(app_state)
    assert (len(passes), len(backwards)) == (1, 1)
    assert asked(app_state) is first
    assert (len(passes), len(backwards)) == (1, 1)
    asked(app_state, **{"class": 1})
    assert (len(passes), len(backwards)) == (1, 2)
    asked(app_state, method="eigencam")
    assert (len(passes), len(backwards)) == (1, 2)
    handle.remove()


def test_passes_are_kept_within_their_bound(app_state):
    traces = list(trace_layers(app_state.store.model(MODEL), opened(app_state)).values())
    alone = [one.nbytes for one in traces]
    assert max(alone) < tracing.nbytes_of(traces) < sum(alone)
    assert app_state.store.passes.limit == app_state.settings.trace_bytes
    for target in range(40):
        share_gradients(traces, lambda logits, k=target: logits[k % 5] * (k + 1))
    assert all(len(one._memo) <= 16 for one in traces)


def test_methods_that_need_more_give_way():
    shown = {name: strip.everywhere(name) for name in cam.METHODS}
    own = {name for name, (entry, why) in shown.items() if entry.name == name and not why}
    assert {"gradcam", "hirescam", "layercam", "eigencam", "eigengradcam", "fem"} <= own
    for name in set(cam.METHODS) - own:
        entry, why = shown[name]
        assert entry.name == "gradcam"
        assert why.startswith(cam.METHODS[name].title)
        assert why.endswith(": this is Grad-CAM.")
    assert "too long" in shown["scorecam"][1]
    assert "too long" in shown["kpca_cam"][1], "its matrix of all pairs of places has no bound at a shallow layer"
    assert "not at one layer" in shown["rise"][1]
    assert "not at one layer" in strip.everywhere("guided_backprop")[1]
    assert "one layer only" in shown["cam"][1]


def test_a_contrast_is_shown_as_one(app_state):
    one = cam.trace(app_state.store.model(MODEL), opened(app_state))
    shown = 0
    for index in range(5):
        found = asked(app_state, contrast=True, **{"class": index})
        assert (found["contrast"], found["class"]) == (True, index)
        raw = cam.explain(one, "gradcam", cam.Contrast(index, cam.look_alikes(one.logits, index))).raw
        small = strip.reduced(raw)
        if small.max() > 0:
            shown += 1
            assert np.abs(values(found["layers"][-1]) - (255 * small / small.max()).numpy()).max() <= 0.51
            assert found["layers"] != asked(app_state, **{"class": index})["layers"]
    assert shown


def test_a_slow_method_shows_gradcam(app_state):
    found = asked(app_state, method="scorecam")
    assert found["layers"] == asked(app_state)["layers"]
    assert (found["method"], found["shown"]) == ("scorecam", "Grad-CAM")


class Aside(torch.nn.Module):
    """A network that computes something it does not use."""

    def __init__(self):
        super().__init__()
        self.stem, self.aside = torch.nn.Conv2d(3, 4, 3, 2), torch.nn.Conv2d(4, 4, 1)

    def forward(self, inputs):
        maps = self.stem(inputs).relu()
        self.aside(maps)
        return maps.mean((2, 3))


def test_a_layer_without_a_say(app_state):
    """The score does not depend on it: it says so, and the others have their maps."""
    torch.manual_seed(0)
    model = cam.wrap_model(Aside(), preprocess=PREPROCESS)
    traces = list(trace_layers(model, opened(app_state), ["stem", "aside"]).values())
    seeing, blind = strip.tiles(traces, cam.METHODS["gradcam"], 2)
    assert (blind["name"], blind["map"]) == ("aside", "")
    assert "does not depend on layer 'aside'" in Message.of(blind["why"])
    assert values(seeing).max() == 255
    assert seeing["why"] == ""


# --- when ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": "alexnet"}, "not on this machine"),
        ({"method": "magic"}, "Unknown method"),
        ({"fit": "stretch"}, "stretch"),
        ({"class": 5}, "5"),
        ({"photo": {"upload": "/etc/passwd"}}, "no longer on the server"),
        ({"photo": None}, "no longer on the server"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said(app_state, changes, words):
    found = asked(app_state, **changes)
    assert list(found) == ["error"]
    assert words in Message.of(found["error"])


def test_a_layer_of_the_strip_needs_no_other_pass(app_state, monkeypatch):
    """Its trace comes from the strip's pass, and so do the gradients of the class that the strip shows."""
    found = asked(app_state)
    monkeypatch.setattr(cam.passes.store, "trace_layers", lambda *_, **__: pytest.fail("the pass is recorded"))
    monkeypatch.setattr(torch.autograd, "grad", lambda *_, **__: pytest.fail("the gradients are there"))
    photo = app_state.photos.open({"example": "cat"})
    for layer in found["layers"]:
        small = strip.reduced(cam.explain(app_state.trace(photo, MODEL, layer["name"], "squeeze"), "gradcam", 3).raw)
        peak = float(small.max())
        np.testing.assert_allclose(values(layer), 255 * small / (peak or 1), atol=0.51)
    model = app_state.store.model(MODEL)
    assert app_state.trace(photo, MODEL, "", "squeeze").layer == model.default_layer
    monkeypatch.undo()
    assert app_state.trace(photo, MODEL, "stem.0", "squeeze").layer == "stem.0", "one that is not in the strip"
    assert app_state.trace(photo, MODEL, "", "pad").fit == "pad"


def test_what_nobody_thought_of_is_logged_and_not_told(app_state, monkeypatch, caplog):
    monkeypatch.setattr(strip, "gpu_made", lambda *_: 1 / 0)
    assert asked(app_state) == {
        "error": {"code": "strip-broken", "text": "The layers could not be shown.", "params": {}}
    }
    assert "ZeroDivisionError" in caplog.text


def test_others_come_first(app_state, monkeypatch):
    """Nothing is begun while others are here or the line is full; what is made already is given."""
    gate, begun, make_one = threading.Event(), [], strip.made

    def slow(app_state, wish):
        begun.append(wish.target)
        assert gate.wait(60)
        return make_one(app_state, wish)

    monkeypatch.setattr(strip, "gpu_made", slow)

    async def visitors():
        app_state.scheduler = Scheduler(1, 1)
        asks = [asyncio.create_task(strip.strip_of(app_state, wish(**{"class": k}))) for k in range(3)]
        while not asks[2].done():
            await asyncio.sleep(0.01)
        gate.set()
        found = await asyncio.gather(*asks)
        app_state.scheduler = Scheduler(1, 1)
        app_state.scheduler._load = 2.0  # many came lately
        late = await strip.strip_of(app_state, wish(**{"class": 4}))
        again = await strip.strip_of(app_state, wish(**{"class": 0}))
        return found, late, again

    found, late, again = alone(visitors())
    assert [one.get("class", "busy") for one in found] == [0, 1, "busy"]
    assert found[2] == late == {"busy": True}
    assert again is found[0]
    assert begun == [0, 1]


# --- the page --------------------------------------------------------------------------------------------------------


def painted(tab, count):
    tab.wait("(root, n) => root.querySelector('.cx-strip').dataset.painted === n", str(count))
    tab.page.wait_for_function("!document.querySelector('.cx-strip').classList.contains('cx-stale')")


def asked_for(tab, count):
    """Wait until the page has asked for that many strips; requests are noted while the page is looked at."""
    wait_for(lambda: tab.page.wait_for_timeout(50) or len(tab.strips) >= count, f"{count} strips")
    assert len(tab.strips) == count


def pixels(tab):
    """The small pictures as arrays (layers, bytes)."""
    return np.array(
        tab.page.evaluate("""() => [...document.querySelectorAll('.cx-tiles canvas')].map((canvas) =>
          [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data])"""),
        int,
    )


def chosen(tab):
    return tab.page.locator(f"{TILES}[aria-selected=true] b").all_inner_texts()


def test_it_opens_with_the_strip(tab, lite0):
    painted(tab, len(lite0.layers))
    assert tab.page.locator(f"{TILES} b").all_inner_texts() == list(lite0.layers)
    assert chosen(tab) == ["bn2"]
    assert tab.page.locator(f"{TILES} span").last.inner_text() == "7\u202f×\u202f7"
    assert tab.page.locator(".cx-tiles").get_attribute("role") == "listbox"
    maps = pixels(tab)
    assert len({row.tobytes() for row in maps}) == len(maps), "each layer has its own"
    plain = tab.page.evaluate("document.querySelector('.cx-root').cam.heat().length")
    assert plain == 224 * 224
    tab.slide("opacity", 0)
    tab.canvas()
    assert (pixels(tab) == pixels(tab)[0]).all(), "without colour all are the photo"
    tab.slide("opacity", 0.75)
    tab.canvas()
    assert np.array_equal(pixels(tab), maps)
    tab.page.locator("[data-part=colours]").select_option("jet")
    tab.canvas()
    assert np.abs(pixels(tab) - maps).mean() > 1
    tab.page.wait_for_timeout(800)
    assert tab.strips == [], "nothing was asked for: it came with the page"


def test_a_click_chooses_the_layer(tab):
    with tab.answer():
        tab.page.locator(TILES).nth(5).click()
    assert tab.chosen()["layer"] == "blocks.4"
    assert chosen(tab) == ["blocks.4"]
    assert tab.strips == [], "the strip is the same at every layer"


def test_the_keyboard_chooses_the_layer(tab):
    tab.page.locator(f"{TILES}[tabindex='0']").focus()
    tab.page.keyboard.press("ArrowRight")
    assert tab.page.evaluate("document.activeElement.querySelector('b').textContent") == "bn2", "there is none behind"
    with tab.no_request():
        for key in ("ArrowLeft", "ArrowLeft", "Home", "ArrowRight"):
            tab.page.keyboard.press(key)
    assert tab.page.evaluate("document.activeElement.getAttribute('aria-label')") == "blocks.0 112\u202f×\u202f112"
    assert tab.page.locator(f"{TILES}[tabindex='0']").count() == 1
    with tab.answer():
        tab.page.keyboard.press("Enter")
    assert tab.chosen()["layer"] == "blocks.0"
    assert tab.page.evaluate("document.activeElement.querySelector('b').textContent") == "blocks.0"
    with tab.answer():
        tab.page.keyboard.press("End")
        tab.page.keyboard.press("Space")
    assert tab.chosen()["layer"] == "bn2"


def test_it_waits_for_what_the_visitor_waits_for(tab, site):
    tab.idle()
    with site.holding("blocks.4"), tab.answer():
        tab.slide("rank", 3)
        tab.choose("layer", "blocks.4")
        site.wait_held("blocks.4")
        tab.page.wait_for_timeout(900)
        assert tab.strips == [], "a page that rests asks after 700 ms"
        site.release("blocks.4")
    asked_for(tab, 1)


def test_it_follows_when_the_page_rests(tab, lite0, photo):
    """No request while the class slides; then one, for the class that is shown."""
    painted(tab, 9)
    before = pixels(tab)
    tab.page.evaluate("""async () => {
      const slider = document.querySelector('[data-part=rank]');
      for (let rank = 2; rank <= 30; rank++) {
        slider.value = rank;
        slider.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise((done) => setTimeout(done, 30));
      }
    }""")
    assert tab.strips == []
    assert tab.page.locator(".cx-strip.cx-stale").count() == 1
    painted(tab, 9)
    assert len(tab.strips) == 1
    assert np.abs(pixels(tab) - before).mean() > 1
    with tab.answer():
        tab.page.locator(".examples button[data-name=coffee]").click()
    asked_for(tab, 2)
    painted(tab, 9)


def test_it_says_when_it_shows_another_method(tab):
    with tab.answer():
        tab.choose("layer", "blocks.0")
    with tab.answer():
        tab.choose("method", "ablationcam")
    note = tab.page.locator("[data-part=stripNote]")
    assert note.inner_text().startswith("Pale: the maps of the choice before."), "stale maps are named"
    note.filter(has_text="this is").wait_for()
    assert note.inner_text() == "Ablation-CAM would take too long at every layer: this is Grad-CAM."
    with tab.answer():
        tab.choose("method", "hirescam")
    tab.wait("(root) => !root.querySelector('[data-part=stripNote]').textContent")
    painted(tab, 9)
    tab.page.get_by_role("button", name="Against", exact=True).click()
    assert note.inner_text() == "The positive values of HiResCAM alone."
    tab.page.get_by_role("button", name="For", exact=True).click()
    assert note.inner_text() == ""
    with tab.answer():
        tab.choose("combine", tab.page.locator("#cam-combine option").nth(1).get_attribute("value"))
    tab.wait("(root) => root.querySelector('[data-part=stripNote]').textContent")
    assert note.inner_text() == "The positive values of HiResCAM alone."


def test_a_busy_server_is_asked_again(tab):
    answers = iter(['{"busy": true}', None])

    def sometimes(route):
        if "layer_strip" in route.request.url and (body := next(answers, None)):
            route.fulfill(body=body, content_type="application/json")
        else:
            route.continue_()

    tab.page.route("**/actions/**", sometimes)
    tab.row(4).click()
    tab.shows(967)
    asked_for(tab, 2)
    painted(tab, 9)
    assert tab.status == ""


@pytest.mark.parametrize("width", [390, 1280])
def test_it_scrolls_within_itself(visit, width):
    tab = visit(width=width, height=844)
    for layer in ("bn2", "bn1", "blocks.3"):
        if layer != "bn2":
            with tab.answer():
                tab.choose("layer", layer)
        painted(tab, 9)
        assert chosen(tab) == [layer]
        assert tab.page.evaluate("document.scrollingElement.scrollWidth") <= width
        assert_in_sight(tab, width == 390)


def assert_in_sight(tab, scrolls):
    inside = tab.page.evaluate("""() => {
      const list = document.querySelector('.cx-tiles');
      const box = list.getBoundingClientRect();
      const one = list.querySelector('[aria-selected=true]').getBoundingClientRect();
      return [box.left, box.right, one.left, one.right, list.scrollWidth, list.clientWidth];
    }""")
    left, right, start, end, all_of_it, shown = inside
    assert left <= start
    assert end <= right + 1, "the chosen one is in sight"
    assert (all_of_it > shown) == scrolls
