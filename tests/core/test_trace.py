"""A trace: where the graph starts, what is left behind (nothing), and passes that resume behind the layer."""

import contextlib
import copy
import gc
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from nets import NETS, PHOTO, PREPROCESS, SkipAround, make, recorded
from torch import nn

from cam import (
    METHODS,
    CamError,
    Contrast,
    MethodError,
    TargetError,
    UnknownNameError,
    all_classes,
    default_method,
    explain,
    explain_steps,
    look_alikes,
    obstacle,
    trace,
    wrap_model,
)
from cam.maps.many import without_graph
from cam.network.hooks import lock_of
from cam.passes.trace import share_gradients
from cam.passes.tracing import trace_layers
from cam.tasks.targets import all_look_alikes


def test_logits_are_the_networks_own():
    net = make("deep_head")
    t = recorded(net)
    with torch.no_grad():
        torch.testing.assert_close(t.logits, net(t.input)[0])
    assert t.input.shape == (1, 3, 32, 32)
    best = t.top(3)
    assert [p.index for p in best] == t.logits.argsort(descending=True)[:3].tolist()
    assert best[0].probability == pytest.approx(float(t.logits.softmax(0).max()))


def test_convolution_before_an_in_place_relu_keeps_its_own_output():
    """The layer's map is what the convolution gave, with its negative values, and the gradient is that of the same."""
    inplace, plain = (make_deep(inplace) for inplace in (True, False))
    t, reference = recorded(inplace, "conv"), recorded(plain, "conv")
    assert t.activations.min() < 0
    torch.testing.assert_close(t.activations, reference.activations)
    torch.testing.assert_close(t.gradients(1), reference.gradients(1))
    with torch.no_grad():
        torch.testing.assert_close(t.activations, inplace.conv(inplace.stem(t.input))[0])


def make_deep(inplace):
    net = make("deep_head")
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = inplace
    return net


def test_nothing_before_the_layer_and_no_weight_is_in_the_graph():
    net = make("pooled")
    t = recorded(net)
    t.gradients(0)
    assert all(p.grad is None for p in net.parameters())
    assert t.input.grad_fn is None
    assert t._leaf.is_leaf


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_weights_and_callers_without_gradients(context, frozen):
    expected = recorded(make("deep_head")).gradients(2)
    net = make("deep_head").requires_grad_(not frozen)
    with context():
        torch.testing.assert_close(recorded(net).gradients(2), expected)


def test_a_module_called_twice_counts_at_its_last_call():
    net = make("shared_relu")
    t = recorded(net, "relu")
    with torch.no_grad():
        first = net.relu(net.one(t.input))
        torch.testing.assert_close(t.activations, net.relu(net.two(first))[0])
    torch.testing.assert_close(t.scores_of_activations(t.activations[None])[0], t.logits)


def changed(t):
    return torch.stack([t.activations, t.activations * 0.5, t.activations.flip(0)])


@pytest.mark.parametrize("kind", NETS)
def test_passes_resume_behind_the_layer(kind):
    """One batch of replaced maps scores as each map alone does in a network that is edited by hand."""
    net = make(kind)
    t = recorded(net)
    module = net.get_submodule(t.layer)
    scores = t.scores_of_activations(changed(t))
    for maps, score in zip(changed(t), scores, strict=True):
        calls = []

        def edit(_module, _inputs, output, maps=maps, calls=calls):
            calls.append(1)
            return t._layout.restore(maps[None], output) if len(calls) == t._calls else None

        handle = module.register_forward_hook(edit)
        with torch.no_grad():
            torch.testing.assert_close(net(t.input)[0], score, atol=1e-5, rtol=1e-4)
        handle.remove()
    assert not torch.allclose(scores[0], scores[1])


def test_a_blank_carrier_is_used_only_where_nothing_leads_around_the_layer():
    around = SkipAround().eval()
    t = recorded(around, "conv")
    torch.testing.assert_close(t.scores_of_activations(t.activations[None])[0], t.logits)
    assert t._resume_input[0] is t.input
    t = recorded(make("pooled"))
    t.scores_of_activations(t.activations[None])
    assert t._resume_input[0] is not t.input


def test_scores_of_images():
    t = recorded(make("deep_head"))
    batch = torch.cat([t.input, t.input * 0.3])
    with torch.no_grad():
        torch.testing.assert_close(t.scores_of_images(batch), t.model.net(batch))


@pytest.mark.parametrize("kind", NETS)
def test_all_gradients_in_one_pass_are_the_single_ones(kind):
    t = recorded(make(kind))
    together = t.class_gradients(torch.arange(5))
    versus = t.class_gradients(torch.arange(5), all_look_alikes(t.logits, 2))
    for index in range(5):
        torch.testing.assert_close(together[index], t.gradients(index), atol=1e-6, rtol=1e-4)
        contrast = t.gradients(Contrast(index, look_alikes(t.logits, index, 2)))
        torch.testing.assert_close(versus[index], contrast, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("contrast", [False, True])
@pytest.mark.parametrize("name", ["gradcam", "layercam"])
def test_the_maps_of_all_classes_are_those_of_each(name, contrast):
    t = recorded(make("pooled"))
    found = all_classes(t, name, contrast=contrast, chunk=2)
    assert found.signed == (name == "gradcam")
    for index in range(5):
        target = Contrast(index, look_alikes(t.logits, index)) if contrast else index
        expected = explain(t, name, target).raw
        torch.testing.assert_close(found.raw[index], expected, atol=1e-5 * float(expected.abs().max()), rtol=1e-4)


def test_gradients_are_kept_per_target_and_not_without_end():
    t = recorded(make("deep_head"))
    assert t.gradients(1) is t.gradients(1)
    for weight in range(100):
        t.gradients(lambda logits, weight=weight: logits[0] * weight)
    assert len(t._memo) <= 16


def test_targets():
    net = make("deep_head")
    model = wrap_model(net, preprocess=PREPROCESS, labels=["ant", "bee", "cat", "dog", "eel"])
    t = trace(model, PHOTO)
    torch.testing.assert_close(t.gradients("Dog"), t.gradients(3))
    torch.testing.assert_close(t.gradients("3"), t.gradients(3))
    torch.testing.assert_close(t.gradients(), t.gradients(int(t.logits.argmax())))
    difference = t.gradients(lambda logits: logits[1] - 0.5 * logits[4])
    torch.testing.assert_close(difference, t.gradients(1) - 0.5 * t.gradients(4), atol=1e-6, rtol=1e-4)
    for wrong in (5, -1, "zebra"):
        with pytest.raises(UnknownNameError):
            t.gradients(wrong)
    for wrong in (lambda logits: logits, lambda logits: 3.0, 1.5, lambda logits: torch.tensor(2.0)):
        with pytest.raises(TargetError):
            t.gradients(wrong)


def state(net):
    """What a careless library leaves behind in a network."""
    return (
        {name: len(module._forward_hooks) + len(module._forward_pre_hooks) for name, module in net.named_modules()},
        {name: len(module._backward_hooks) for name, module in net.named_modules()},
        {name: module.training for name, module in net.named_modules()},
        {name: (p.requires_grad, p.grad is None) for name, p in net.named_parameters()},
    )


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("name", METHODS)
def test_every_method_leaves_every_network_as_it_was(name, kind):
    net = make(kind)
    net.train()
    net.get_submodule("head").eval()  # a mixture is to stay a mixture
    weights = copy.deepcopy(net.state_dict())
    before = state(net)
    threads = threading.active_count()
    t = recorded(net)
    if obstacle(METHODS[name], t) is None:
        explain(t, name, 1)
    else:
        with pytest.raises(MethodError):
            explain(t, name, 1)
    assert state(net) == before
    assert threading.active_count() == threads
    assert all(torch.equal(value, weights[key]) for key, value in net.state_dict().items())


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_left_behind_by_an_error(name):
    """The network fails in the middle of a pass, at first and later on."""
    net = make("pooled").train()
    before = state(net)
    model = wrap_model(net, preprocess=PREPROCESS)
    t = trace(model, PHOTO)
    applies = obstacle(METHODS[name], t) is None
    net.head.forward = broken
    with pytest.raises(RuntimeError, match="out of order"):
        trace(model, PHOTO)
    if applies and (METHODS[name].streams or METHODS[name].layer_blind):
        with pytest.raises(RuntimeError, match="out of order"):
            explain(t, name, 1)
    del net.head.forward
    assert state(net) == before
    assert lock_of(net).acquire(timeout=1)
    lock_of(net).release()


def broken(*_):
    raise RuntimeError("out of order")


def test_two_threads_on_one_network_get_their_own_answers():
    net = make("deep_head")
    model = wrap_model(net, preprocess=PREPROCESS)
    images = [np.random.default_rng(seed).integers(0, 256, (40, 40, 3), dtype=np.uint8) for seed in range(4)]
    layers = ["stem.1", "act", "conv", "act"]
    names = ["ablationcam", "gradcam", "scorecam", "layercam"]
    expected = [explain(trace(model, i, layer), n, 1).raw for i, layer, n in zip(images, layers, names, strict=True)]
    wrong, errors = [], []

    def work(number):
        try:
            for _ in range(15):
                raw = explain(trace(model, images[number], layers[number]), names[number], 1).raw
                if not torch.allclose(raw, expected[number], atol=1e-5, rtol=1e-4):
                    wrong.append(number)
        except Exception as error:  # shown below: a thread's own traceback is lost
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert not wrong


@pytest.mark.parametrize("name", METHODS)
def test_traces_are_freed(name):
    t = recorded(make("vit" if "attention" in METHODS[name].requires else "pooled"))
    explanation = explain(t, name, 1)
    graph, whole = weakref.ref(t._scores), weakref.ref(t)
    del t
    gc.collect()
    assert whole() is explanation.trace  # the explanation keeps what it explains
    del explanation
    gc.collect()
    assert whole() is None
    assert graph() is None


@pytest.mark.parametrize(("layer", "most"), [("bn1", 1), ("blocks.1", 2), ("bn2", 2)])
def test_few_large_gradients_are_kept(lite0, photo, layer, most):
    """At most 1 MiB of them beside the last one: of a shallow layer one, of a deep one two."""
    t = trace(lite0, photo, layer)
    for index in range(18):
        t.gradients(index)
    assert len(t._memo) == most
    assert sum(kept.nbytes for kept in t._memo.values()) <= max(2**20, t.activations.nbytes)


def test_an_accelerator_meets_few_sizes_of_chunks():
    """A size that is new there costs seconds; the last chunk is made of sizes that came before."""
    t = recorded(make("pooled"))
    order = torch.randperm(61)
    here = list(t.in_chunks(len, lambda indices: torch.zeros(len(indices)), order))
    there = list(replace(t, input=t.input.to("meta")).in_chunks(len, lambda indices: torch.zeros(len(indices)), order))
    for found in (here, there):
        assert torch.equal(torch.cat([indices for indices, _ in found]), order)
        assert all(size == len(indices) for indices, size in found)
    assert {size for _, size in there} <= {1, 8, 32}
    assert len(here) < len(there)


def test_half_precision_networks_are_explained():
    reference = explain(recorded(make("deep_head")), "gradcam", 1).raw
    raw = explain(recorded(make("deep_head").bfloat16()), "gradcam", 1).raw
    assert raw.dtype == torch.float32
    assert np.corrcoef(raw.flatten(), reference.flatten())[0, 1] > 0.95


@pytest.mark.parametrize("kind", NETS)
def test_all_layers_from_one_pass_and_one_backward(kind, monkeypatch):
    """The maps of every layer are those of a trace of that layer alone."""
    model = wrap_model(make(kind), preprocess=PREPROCESS)
    traces = trace_layers(model, PHOTO)
    assert tuple(traces) == model.layers
    share_gradients(list(traces.values()), 3)
    monkeypatch.setattr(torch.autograd, "grad", lambda *_, **__: pytest.fail("one backward was enough"))
    together = {name: (t.logits, t.activations, t.gradients(3)) for name, t in traces.items()}
    monkeypatch.undo()
    for name, (logits, activations, gradients) in together.items():
        alone = trace(model, PHOTO, name)
        torch.testing.assert_close(logits, alone.logits)
        torch.testing.assert_close(activations, alone.activations)
        torch.testing.assert_close(gradients, alone.gradients(3), atol=1e-6, rtol=1e-4)
        assert traces[name].head_is_cheap == alone.head_is_cheap


@pytest.mark.parametrize("kind", NETS)
def test_every_method_gives_the_same_map_from_a_shared_pass(kind):
    """What lies before the layer is in the graph of such a trace, and is not asked."""
    model = wrap_model(make(kind), preprocess=PREPROCESS)
    for name, shared in trace_layers(model, PHOTO).items():
        alone = trace(model, PHOTO, name)
        assert default_method(shared) == default_method(alone)
        assert shared.is_affine(3) == alone.is_affine(3)
        for method, entry in METHODS.items():
            assert obstacle(entry, shared) == obstacle(entry, alone), (name, method)
            if obstacle(entry, alone) is None and (not entry.streams or name == model.default_layer):
                found, wanted = explain(shared, method, 3).raw, explain(alone, method, 3).raw
                scale = float(wanted.abs().max())
                torch.testing.assert_close(found, wanted, atol=1e-5 * scale + 1e-6, rtol=1e-3)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_leaves_a_bundled_model_as_it_was(name, lite0, photo):
    """Also when it is stopped half-way."""
    before = state(lite0.net)
    steps = explain_steps(trace(lite0, photo), name, 1)
    with contextlib.nullcontext() if obstacle(METHODS[name], lite0) is None else pytest.raises(CamError):
        assert next(steps).raw.isfinite().all()
    steps.close()
    assert state(lite0.net) == before
    assert lock_of(lite0.net).acquire(timeout=1)
    lock_of(lite0.net).release()


def test_a_misspelt_layer_that_is_not_offered_is_named_too():
    model = wrap_model(make("pooled"), preprocess=PREPROCESS)
    assert "features" not in model.layers
    with pytest.raises(UnknownNameError, match=r"'featurs'. Did you mean features,"):
        trace(model, PHOTO, "featurs")


@pytest.mark.parametrize("graph", [True, False])
def test_a_trace_counts_its_photo_with_three_bytes_a_pixel(graph):
    model = wrap_model(make("deep_head"), preprocess=PREPROCESS)
    one, other = (trace(model, PHOTO.resize(size)) for size in ((40, 30), (80, 50)))
    counted = [(found if graph else without_graph(found)).nbytes for found in (one, other)]
    assert counted[1] - counted[0] == (80 * 50 - 40 * 30) * 3
    assert counted[0] > one.activations.nbytes + one.input.nbytes + 40 * 30 * 3
