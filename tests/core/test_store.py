"""The caches: bounded in bytes, one computation for many requests, errors for all who asked."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from nets import PHOTO, recorded
from PIL import Image

import cam
from cam import LayerError, Store, UnknownNameError, explain
from cam.passes.store import Cache, digest

MODEL = "efficientnet_lite0"


def thing(nbytes):
    return SimpleNamespace(nbytes=nbytes)


class Clock:
    """A time that only `take` lets pass."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def take(self, seconds, nbytes):
        """Make a thing in so many seconds."""
        self.now += seconds
        return thing(nbytes)


def test_the_least_recently_used_goes_first_among_equals():
    cache = Cache(100, Clock())
    for key in "abc":
        cache.get(key, lambda: thing(30))
    cache.get("a", lambda: pytest.fail("a is there"))
    cache.get("d", lambda: thing(30))
    assert ["a" in cache, "b" in cache, "c" in cache, "d" in cache] == [True, False, True, True]
    assert cache.nbytes <= 100


def test_what_is_quick_to_make_for_its_size_goes_first():
    """Of things that took a second each, the large one makes room; before it, what took no time."""
    clock = Clock()
    cache = Cache(100, clock)
    cache.get("small", lambda: clock.take(1, 15))
    cache.get("quick", lambda: clock.take(0.01, 10))
    cache.get("large", lambda: clock.take(1, 60))
    cache.get("quick", lambda: pytest.fail("it is there"))
    cache.get("next", lambda: clock.take(1, 20))
    assert [key in cache for key in ("small", "quick", "large", "next")] == [True, False, True, True]
    cache.get("more", lambda: clock.take(1, 20))
    assert [key in cache for key in ("small", "large", "next", "more")] == [True, False, True, True]
    assert cache.nbytes == 55


def test_what_is_never_asked_for_again_goes_in_the_end():
    """A small thing that took long is not kept for ever: what is forgotten raises the bar."""
    clock = Clock()
    cache = Cache(100, clock)
    cache.get("old", lambda: clock.take(10, 10))
    for number in range(300):
        cache.get(number, lambda: clock.take(1, 30))
        if "old" not in cache:
            break
    assert 10 < number < 299


def test_time_that_was_spent_before_counts():
    clock = Clock()
    cache = Cache(100, clock)
    cache.get("slow", lambda: thing(40), seconds=10)
    cache.get("quick", lambda: clock.take(1, 40))
    cache.get("last", lambda: clock.take(1, 40))
    assert "slow" in cache
    assert "quick" not in cache


def test_a_pass_that_waited_for_others_is_worth_no_more():
    """What was recorded in a crowd took longer, and would stay in the cache when the crowd is gone."""

    def busy():
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        return SimpleNamespace(nbytes=1)

    def waiting():
        time.sleep(0.3)
        return SimpleNamespace(nbytes=1)

    passes = Store(trace_bytes=2).passes
    passes.get("busy", busy)
    passes.get("waited", waiting)
    passes.get("newest", busy)
    assert "busy" in passes
    assert "waited" not in passes


def test_find_looks_without_building():
    cache = Cache(100, Clock())
    assert cache.find("a") is None
    for key in "abc":
        cache.get(key, lambda: thing(30))
    assert cache.find("a") is cache.get("a", lambda: pytest.fail("a is there"))
    cache.get("d", lambda: thing(30))
    assert "a" in cache, "a look counts as use"
    assert "b" not in cache


def test_what_is_cleared_is_made_again():
    cache = Cache(100, Clock())
    cache.get("a", lambda: thing(30))
    cache.clear()
    assert (len(cache), cache.nbytes, cache.find("a")) == (0, 0, None)
    assert cache.get("a", lambda: thing(20)).nbytes == cache.nbytes == 20


def test_the_last_value_stays_whatever_its_size():
    cache = Cache(10)
    cache.get("small", lambda: thing(5))
    assert cache.get("large", lambda: thing(50)).nbytes == 50
    assert "large" in cache
    assert len(cache) == 1


def test_concurrent_requests_share_one_computation():
    cache, built, got = Cache(100), [], []

    def build():
        built.append(1)
        time.sleep(0.05)
        return thing(1)

    threads = [threading.Thread(target=lambda: got.append(cache.get("x", build))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(got) == 8
    assert len(set(map(id, got))) == 1


def test_an_error_reaches_all_and_the_next_request_tries_again():
    cache, errors = Cache(100), []

    def fail():
        time.sleep(0.05)
        raise ValueError("no")

    def ask():
        try:
            cache.get("x", fail)
        except ValueError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == ["no"] * 4
    assert cache.get("x", lambda: thing(1)).nbytes == 1


def test_forty_students_with_one_image_cost_one_trace(photo):
    store = Store()
    image = Image.open(photo).convert("RGB")
    traces = [store.trace(image.copy(), MODEL) for _ in range(40)]
    assert len({id(t) for t in traces}) == 1
    assert store.trace(image, MODEL, "bn2") is traces[0]  # the default layer by its name
    assert store.trace(image, MODEL, "blocks.4") is not traces[0]
    assert store.trace(image, MODEL, fit="pad") is not traces[0]
    with pytest.raises(UnknownNameError):
        store.trace(image, "no_such_model")


def test_photos_models_and_ways_to_fit_are_told_apart():
    """Each answer is that of the pass of its own, though all else of two questions is the same."""
    store, own = Store(), {}
    mirrored = PHOTO.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for seed in (0, 1):  # of one kind, so that layers have the same names
        name = f"pooled {seed}"
        store.models.get(name, lambda seed=seed, name=name: replace(recorded("pooled", seed=seed).model, name=name))
    for seed, image, fit in (
        (0, PHOTO, "squeeze"),
        (0, mirrored, "squeeze"),
        (1, PHOTO, "squeeze"),
        (0, PHOTO, "crop"),
    ):
        found = store.trace(image, f"pooled {seed}", fit=fit)
        own[seed, id(image), fit] = found
        assert torch.equal(found.logits, cam.trace(recorded("pooled", seed=seed).model, image, fit=fit).logits)
    assert len({tuple(found.logits.tolist()) for found in own.values()}) == 4


def test_a_name_stands_for_a_photos_pixels(monkeypatch):
    store = Store()
    store.models.get("pooled", lambda: recorded("pooled").model)
    unnamed = store.trace(PHOTO, "pooled")
    monkeypatch.setattr(cam.passes.store, "digest", lambda _: pytest.fail("the name says which photo it is"))
    one, other = (store.trace(PHOTO, "pooled", identity=name) for name in ("one", "other"))
    assert one is not other
    assert one is not unnamed
    assert store.trace(PHOTO.copy(), "pooled", identity="one") is one


def test_deeper_layers_come_from_the_pass_of_a_shallower_one(photo, monkeypatch):
    """Who walks through the layers waits for few passes, whatever the order; each holds what lies behind its layer."""
    passes, record = [], cam.passes.store.trace_layers
    monkeypatch.setattr(cam.passes.store, "trace_layers", lambda *a, **k: passes.append(a[2]) or record(*a, **k))
    store = Store()
    image = Image.open(photo).convert("RGB")
    offered = store.model(MODEL).layers
    for name in ("blocks.4", "bn2", "blocks.5", "blocks.4", "blocks.2", "blocks.3", "bn2", "blocks.2"):
        assert store.trace(image, MODEL, name).layer == name
    assert [names[0] for names in passes] == ["blocks.4", "blocks.2"]
    assert all(tuple(names) == offered[offered.index(names[0]) :] for names in passes)
    assert tuple(store.traces(image, MODEL)) == offered
    assert store.trace(image, MODEL, "blocks.2") is store.traces(image, MODEL)["blocks.2"]
    assert len(passes) == 3
    assert store.passes.nbytes > sum(one.activations.nbytes for one in store.traces(image, MODEL).values())


def test_a_layer_that_is_not_offered_has_a_pass_of_its_own(photo):
    store = Store()
    image = Image.open(photo).convert("RGB")
    assert store.trace(image, MODEL, "blocks.4.0.conv_dw").layer == "blocks.4.0.conv_dw"
    (kept,) = (entry.value for entry in store.passes._entries.values())
    assert list(kept.traces) == ["blocks.4.0.conv_dw"]
    with pytest.raises(UnknownNameError):
        store.trace(image, MODEL, "blocks.99")
    with pytest.raises(LayerError):
        store.trace(image, MODEL, "classifier")


def test_a_cached_map_is_that_of_a_trace_alone(photo):
    """Bit by bit, whatever pass it comes from: one question has one answer."""
    store = Store()
    image = Image.open(photo).convert("RGB")
    store.traces(image, MODEL)
    for name in store.model(MODEL).layers:
        alone = cam.trace(store.model(MODEL), image, name)
        found = store.trace(image, MODEL, name)
        for method in ("gradcam", "layercam", "eigencam"):
            assert torch.equal(explain(found, method, 7).raw, explain(alone, method, 7).raw), (name, method)


def test_a_trace_says_what_it_weighs(lite0, photo):
    deep, shallow = cam.trace(lite0, photo), cam.trace(lite0, photo, "blocks.0")
    assert deep.nbytes > deep.image.width * deep.image.height * 3 + deep.activations.nbytes
    assert shallow.nbytes > 15 * 2**20  # what the way back reads of nearly the whole network
    assert deep.nbytes < shallow.nbytes


def test_digest_tells_images_apart():
    one = Image.fromarray(np.zeros((4, 6, 3), np.uint8))
    assert digest(one) == digest(one.copy())
    assert digest(one) != digest(one.transpose(Image.Transpose.ROTATE_90))
    changed = one.copy()
    changed.putpixel((5, 3), (0, 0, 1))
    assert digest(one) != digest(changed)


# --- passes at a time ------------------------------------------------------------------------------------------------


def test_a_twin_has_modules_of_its_own_and_the_same_weights(photo):
    model = Store(device="cpu").model(MODEL)
    twin = model.twin()
    assert not set(map(id, model.net.modules())) & set(map(id, twin.net.modules()))
    for own, others in ((model.net.parameters(), twin.net.parameters()), (model.net.buffers(), twin.net.buffers())):
        assert [id(one) for one in own] == [id(one) for one in others]
    for layer in ("bn2", "blocks.2"):
        found, wanted = (explain(cam.trace(one, photo, layer), "gradcam", 281).raw for one in (twin, model))
        assert torch.equal(found, wanted)


def test_a_twin_knows_what_is_found_of_the_model_later(photo, monkeypatch):
    model = Store(device="cpu").model(MODEL)
    twin = model.twin()
    cam.trace(model, photo, "blocks.4.0")  # no layer that is offered: looked at now
    monkeypatch.setattr(cam.network.findings, "passed", lambda *_: pytest.fail("it was looked at a second time"))
    assert cam.trace(twin, photo, "blocks.4.0").layer == "blocks.4.0"


def test_passes_of_one_model_run_at_a_time(photo, monkeypatch):
    """Three meet in a pass, each with a network of its own; who is alone has the model itself."""
    store = Store(device="cpu", at_a_time=3)
    image = Image.open(photo).convert("RGB")
    model = store.model(MODEL)
    assert store.trace(image, MODEL, identity="before").model is model
    meeting, used, record = threading.Barrier(3), [], cam.passes.store.trace_layers

    def recorded(one, *arguments, **options):
        used.append(one)
        meeting.wait(60)
        return record(one, *arguments, **options)

    monkeypatch.setattr(cam.passes.store, "trace_layers", recorded)
    threads = [threading.Thread(target=store.trace, args=(image, MODEL), kwargs={"identity": str(n)}) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({id(one.net) for one in used}) == 3
    assert model in used
    crew = store._crews[model]
    assert (len(crew.twins), crew.running) == (2, [0, 0, 0])


def test_without_a_crowd_there_is_no_twin(photo, monkeypatch):
    """Nor where one pass at a time is all that was asked for."""
    image = Image.open(photo).convert("RGB")
    monkeypatch.setattr(cam.Model, "twin", lambda _: pytest.fail("a twin was made"))
    crowded = Store(device="cpu", at_a_time=4)
    for number in range(3):
        crowded.trace(image, MODEL, identity=str(number))
    single = Store(device="cpu")
    threads = [threading.Thread(target=single.trace, args=(image, MODEL), kwargs={"identity": str(n)}) for n in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(single.passes) == 2


def test_a_pass_that_fails_leaves_its_place(photo, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError("no memory")

    store = Store(device="cpu", at_a_time=2)
    image = Image.open(photo).convert("RGB")
    monkeypatch.setattr(cam.passes.store, "trace_layers", fails)
    with pytest.raises(RuntimeError, match="no memory"):
        store.trace(image, MODEL)
    assert store._crews[store.model(MODEL)].running == [0]
