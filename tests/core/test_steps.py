"""The steps of a computation: each follows from those it names, and the last is the map on show."""

import functools
import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
import torch
from nets import CLASSES, PHOTO, recorded
from oracles import forward_with
from step_equations import INDEX, as_maps, expected, large

from cam import (
    COLORMAPS,
    COMBINATIONS,
    METHODS,
    Contrast,
    Method,
    MethodError,
    against,
    combine,
    explain,
    explain_steps,
    fuse,
    look_alikes,
    obstacle,
    over_layers,
    overlay,
    steps,
    turned,
)
from cam.errors import LayerError
from cam.maps import render
from cam.maps.linked import cell, most_important, raises
from cam.maps.recipe import Recipe
from cam.methods import Map
from cam.methods.telling import NAMES, listen, tell

KINDS = ("pooled", "deep_head", "vit")  # a linear head, a hidden layer in the head, a transformer
BY_ITSELF = {"fullgrad": ("deep_head",)}  # where the equations know all biases


def cases():
    """Each method on each network where it applies."""
    for name in METHODS:
        for kind in BY_ITSELF.get(name, KINDS):
            yield name, kind


trace_of = functools.cache(recorded)  # its own network each


@functools.cache
def story(name, kind="deep_head", target=INDEX):
    """An explanation and its steps; None where the method does not apply."""
    t = trace_of(kind)
    if obstacle(METHODS[name], t):
        return None
    explanation = explain(t, name, target)
    return explanation, steps(explanation)


def stories():
    return [(name, *found) for name, kind in cases() if (found := story(name, kind))]


def close(found, wanted, scale=1e-5):
    wanted = wanted.float()
    torch.testing.assert_close(found, wanted, atol=scale * float(wanted.abs().max()) + 1e-7, rtol=1e-3)


@pytest.mark.parametrize(("name", "kind"), list(cases()))
def test_each_step_follows_from_those_it_names(name, kind):
    if not story(name, kind):
        pytest.skip("does not apply")
    explanation, found = story(name, kind)
    tensors = {step.name: step.tensor for step in found}
    for number, step in enumerate(found):
        assert set(step.follows) <= {one.name for one in found[:number]}
        assert step.tensor.dtype == torch.float32
        assert step.tensor.ndim == len(step.axes)
        assert not step.tensor.requires_grad
        assert step.formula
        assert step.code
        if step.name != "overlay":
            close(step.tensor, expected(step.name, tensors, explanation.trace, name), 1e-4)
    last = found[-2]
    assert last.name in ("enlarge", "scale")
    torch.testing.assert_close(last.tensor, explanation.heatmap, atol=1e-5, rtol=1e-4)
    assert float(last.tensor.max()) == (0 if explanation.empty else 1)


def test_every_method_is_told_somewhere():
    assert {name for name, _, _ in stories()} == set(METHODS)


def test_the_names_of_grad_cam():
    _, found = story("gradcam")
    names = ["scores", "activations", "gradients", "weights", "weighted_sum", "relu", "enlarge", "overlay"]
    assert [step.name for step in found] == names
    assert [step.follows for step in found] == [
        (),
        (),
        ("scores", "activations"),
        ("gradients",),
        ("weights", "activations"),
        ("weighted_sum",),
        ("relu",),
        ("enlarge",),
    ]


def test_what_is_not_negative_by_itself_has_no_relu():
    """And nowhere is a step left out that does cut something."""
    for name, explanation, found in stories():
        names = [step.name for step in found]
        raw = names[-4] if "relu" in names else names[-3]
        assert ("relu" in names) != NAMES[raw].positive, name
        assert explanation.raw.min() >= 0 or not NAMES[raw].positive
    assert {name for name, named in NAMES.items() if named.positive} >= {"magnitude", "positive_sum", "total", "rises"}


def test_the_picture_is_the_last_step():
    """At each pixel (1 - a) photo + a colour, a = opacity v (2 - v), within the rounding to whole numbers."""
    explanation, _ = story("gradcam")
    found = steps(explanation, colormap="viridis", opacity=0.7)[-1]
    assert np.array_equal(found.tensor.numpy(), np.asarray(overlay(explanation, colormap="viridis", opacity=0.7)))
    heat, seen = render.on_image(explanation.heatmap.numpy(), explanation.trace.view)
    share = (0.7 * heat * (2 - heat))[..., None]
    mixed = (1 - share) * np.asarray(PHOTO) + share * COLORMAPS["viridis"][np.rint(heat * 255).astype(int)]
    assert seen.all()
    assert np.abs(found.tensor.numpy() - mixed).max() <= 0.51
    assert "blended" in found.code
    assert steps(explanation, picture=False)[-1].name == "enlarge"


def test_a_picture_of_nothing_says_so():
    t = recorded("pooled")
    both = [way(t, "gradcam", index) for index in range(CLASSES) for way in (explain, against)]
    empty = next(one for one in both if one.empty)
    found = steps(empty)
    assert [step.name for step in found][-3:] == ["relu", "enlarge", "overlay"]
    assert not found[-2].tensor.any()
    assert "nothing" in found[-2].formula


# --- what is explained ------------------------------------------------------------------------------------------------


def test_the_scores_say_the_class_and_its_score():
    explanation, found = story("gradcam", target=3)
    assert found[0].formula.startswith("y = z_3 = ")
    assert found[0].value == float(explanation.trace.logits[3])


def test_the_scores_say_the_contrast():
    t = recorded()
    others = look_alikes(t.logits, 1)
    found = steps(explain(t, "gradcam", Contrast(1, others, alpha=0.5)))
    logits = t.logits.double()
    value = logits[1] - 0.5 * sum(logits[other] for other in others) / 3
    assert found[0].value == pytest.approx(float(value), rel=1e-5)
    a, b, c = others
    assert found[0].formula == f"y = z_1 − 0.5 · (z_{a} + z_{b} + z_{c}) / 3 = {value:.4g}"
    gradient = sum(g * w for g, w in zip([t.gradients(o) for o in (1, *others)], [1, *[-0.5 / 3] * 3], strict=True))
    close(found[2].tensor, gradient)


def test_the_scores_say_what_speaks_against_and_a_free_function():
    t = recorded()
    turned_round = steps(against(t, "gradcam", 2))
    assert turned_round[0].formula == f"y = −(z_2) = {-float(t.logits[2]):.4g}"
    close(turned_round[2].tensor, -t.gradients(2))
    free = steps(explain(t, "gradcam", lambda logits: logits[0] * logits[1]))
    assert free[0].formula.startswith("y = f(z) = ")
    assert free[0].value == pytest.approx(float(t.logits[0] * t.logits[1]), rel=1e-6)


def test_methods_that_do_not_see_the_class_tell_no_scores():
    for name in ("eigencam", "fem", "random"):
        assert "scores" not in [step.name for step in story(name)[1]]
    assert "scores" in [step.name for step in story("eigengradcam")[1]]


def test_the_exact_way_of_ablation_says_so():
    affine, other = (story("ablationcam", kind)[1] for kind in ("pooled", "deep_head"))
    assert [step.name for step in affine][2:5] == ["gradients", "losses", "weights"]
    assert [step.name for step in other][2:5] == ["scores_without", "losses", "weights"]


# --- combinations, and what has no story ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMBINATIONS)
def test_combinations_tell_what_they_combine(name):
    t = recorded()
    explanation = combine(t, name, "gradcam", INDEX)
    found = {step.name: step for step in steps(explanation)}
    torch.testing.assert_close(
        found["scale" if "scale" in found else "enlarge"].tensor, explanation.heatmap, atol=1e-6, rtol=0
    )
    if name == "eigen":
        products = found["weights"].tensor[:, None, None] * found["activations"].tensor
        close(found["weights"].tensor, explain(t, "gradcam", INDEX).weights)
        close(found["products"].tensor, products)
        left, values, _ = torch.linalg.svd(products.flatten(1).T, full_matrices=False)
        close(found["projection"].tensor.abs().flatten(), (left[:, 0] * values[0]).abs(), 1e-3)
        return
    maps = found["maps"]
    if name == "smooth":
        assert maps.labels[0] == "as it is, 1 x"
        assert maps.labels[3] == "mirrored, 1 x"
        close(maps.tensor[0], large(explain(t, "gradcam", INDEX).raw))
        close(found["combined"].tensor, maps.tensor.sum(0) / found["seen"].tensor.sum(0))
        return
    assert maps.labels == tuple(t.model.layers)
    layers = over_layers(t, t.model.layers, "gradcam", INDEX)
    close(maps.tensor, torch.stack([one.heatmap for one in layers]))
    how = {"layers_mean": maps.tensor.mean(0), "layers_max": maps.tensor.amax(0), "layers_product": maps.tensor.prod(0)}
    close(found["fused"].tensor, how[name])


def test_a_turned_map_is_turned_in_its_story():
    explanation = turned(explain(recorded(), "gradcam", INDEX))
    found = {step.name: step for step in steps(explanation)}
    assert torch.equal(found["turned"].tensor, -found["weighted_sum"].tensor)
    assert found["relu"].follows == ("turned",)
    assert torch.equal(found["enlarge"].tensor, explanation.heatmap)


def test_what_is_not_finished_or_approximate_has_no_story():
    t = recorded()
    first = replace(next(explain_steps(t, "rise", INDEX)), share=0.25)
    with pytest.raises(MethodError, match="not finished") as error:
        steps(first)
    assert error.value.code == "steps-unfinished"
    approximate = replace(explain(t, "scorecam", INDEX), effort="quarter")
    with pytest.raises(MethodError, match="approximation of Score-CAM") as error:
        steps(approximate)
    assert error.value.code == "steps-approximate"
    assert Recipe("scorecam", effort="quarter").effort == "quarter"


def test_another_map_has_no_story():
    t = recorded()
    fused = fuse([explain(t, "gradcam", INDEX), explain(t, "layercam", INDEX)])
    with pytest.raises(MethodError, match="another map") as error:
        steps(fused)
    assert error.value.code == "steps-other-map"
    changed = explain(t, "gradcam", INDEX)
    with pytest.raises(MethodError, match="another map"):
        steps(replace(changed, raw=changed.raw * 1.01))


def test_a_method_that_tells_nothing_says_so(monkeypatch):
    silent = Method(
        name="silent", title="Silent", summary="", advice="", speed="instant", paper="", needs=("activations",),
        function=lambda activations: Map(activations.sum(0)), class_blind=True,
    )  # fmt: skip
    monkeypatch.setitem(METHODS, "silent", silent)
    with pytest.raises(MethodError, match="Silent does not tell the steps") as error:
        steps(explain(recorded(), "silent"))
    assert error.value.code == "steps-untold"


# --- telling ----------------------------------------------------------------------------------------------------------


def test_nobody_listens_while_maps_are_made():
    t = recorded()
    with listen() as heard:
        explain(t, "gradcam", INDEX)
        combine(t, "eigen", "gradcam", INDEX)  # which tells, and what it is made of does not
    assert "gradients" not in heard.told
    with listen() as heard:
        explain(t, "scorecam", INDEX)
    assert heard.told == {}
    tensor = torch.ones(2)
    assert tell("weights", tensor, "w") is tensor


def test_the_code_is_that_of_the_function_that_runs():
    _, found = story("gradcam")
    code = {step.name: step.code for step in found}
    assert code["weights"] == "weights = gradients.mean((-2, -1))"
    assert code["weighted_sum"] == "raw = (weights[:, None, None] * activations).sum(0)"
    assert code["relu"] == "positive = raw.float().relu()"
    assert code["enlarge"].splitlines()[0].startswith("enlarged = F.interpolate(positive[None, None], size")
    assert code["enlarge"].splitlines()[-1] == "return (enlarged - low) / (high - low)"
    activations, gradients = (step.tensor for step in found[1:3])
    names = {"activations": activations, "gradients": gradients}
    exec("\n".join([code["weights"], code["weighted_sum"], code["relu"]]), {}, names)  # it is a program
    assert torch.equal(names["positive"], found[5].tensor)


def test_no_code_speaks_of_telling():
    seen = set()
    for name, _, found in stories():
        for step in found:
            assert not any(word in step.code for word in ("tell(", "gather(", "listening(")), (name, step.name)
            seen.add(step.name)
    combined = {"turned", "place_weights", "maps", "seen", "combined", "fused"}
    assert seen == set(NAMES) - combined


def test_steps_hold_no_graph_and_leave_nothing_behind():
    t = recorded()
    explanation = explain(t, "gradcam", INDEX)
    found = steps(explanation)
    assert all(step.tensor.grad_fn is None for step in found)
    with listen() as heard:
        tell("weights", torch.ones(2, requires_grad=True) * 2)
    assert not heard.told["weights"].tensor.requires_grad
    watched = weakref.ref(t)
    del t, explanation
    gc.collect()
    assert watched() is None
    assert found[-2].tensor.shape == (32, 32)


def test_a_finer_grid_gives_all_it_has():
    t = recorded("deep_head", "stem")
    found = steps(explain(t, "hirescam", INDEX))
    assert found[1].tensor.shape == (6, 16, 16)
    assert found[3].tensor.shape == (6, 16, 16)


# --- linked views -----------------------------------------------------------------------------------------------------

SUMS = ("gradcam", "hirescam", "gradcam_elementwise", "layercam", "xgradcam", "eigencam", "eigengradcam_centred")


@pytest.mark.parametrize("name", SUMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_cell_adds_up(name, kind):
    explanation, found = story(name, kind)
    raw = explanation.raw.double()
    for row, column in ((0, 0), (1, 3), (3, 2)):
        one = cell(found, row, column, 4)
        assert len(one.channels) == len(one.products) == 4
        magnitudes = sum(map(abs, one.products)) + abs(one.rest)
        assert sum(one.products) + one.rest == pytest.approx(one.value, rel=1e-12, abs=1e-12)
        assert abs(one.value - float(raw[row, column])) <= 1e-6 * max(magnitudes, abs(one.value)) + 1e-9
        assert one.products == sorted(one.products, key=abs, reverse=True)
        for weight, activation, product in zip(one.weights, one.activations, one.products, strict=True):
            cut = name == "gradcam_elementwise" and weight * activation < 0
            assert product == pytest.approx(0 if cut else weight * activation, rel=1e-6)
    every = cell(found, 1, 3, 1000)
    assert sorted(every.channels) == list(range(len(explanation.trace.activations)))
    assert every.rest == 0


def test_a_cell_shows_the_channels_that_matter_there():
    explanation, found = story("gradcam")
    products = explanation.weights[:, None, None] * explanation.trace.activations
    one = cell(found, 2, 5, 3)
    assert one.channels == products[:, 2, 5].abs().argsort(descending=True)[:3].tolist()
    assert one.activations == [float(explanation.trace.activations[k, 2, 5]) for k in one.channels]
    with pytest.raises(IndexError, match="Row 8, column 0 is outside the grid of 8 x 8"):
        cell(found, 8, 0)


def test_the_most_important_channels():
    explanation, found = story("gradcam", "pooled")
    assert explanation.weights.min() < 0 < explanation.weights.max()
    order = sorted(range(12), key=lambda k: -abs(float(explanation.weights[k])))
    assert most_important(found, 12) == order
    assert most_important(found, 4) == order[:4]
    explanation, found = story("hirescam")
    sizes = (explanation.weights * explanation.trace.activations).abs().sum((1, 2))
    assert most_important(found, 10) == sorted(range(10), key=lambda k: -float(sizes[k]))


@pytest.mark.parametrize("name", ["rise", "integrated_gradients", "kpca_cam"])
def test_maps_that_are_no_sums_over_channels_say_so(name):
    _, found = story(name)
    for ask in (lambda: most_important(found), lambda: cell(found, 0, 0)):
        with pytest.raises(MethodError, match="no sum over a layer's channels") as error:
            ask()
        assert error.value.code == "steps-no-channels"


def test_the_classes_that_a_channel_raises_by_the_head():
    t = recorded("pooled")
    weights = t.model.net.head.weight.detach()
    for channel in (0, 7):
        found = raises(t, channel, 3)
        order = weights[:, channel].argsort(descending=True)[:3].tolist()
        assert [one.index for one in found] == order
        assert [one.rise for one in found] == [float(weights[index, channel]) for index in order]
        assert [one.label for one in found] == [t.model.labels[index] for index in order]


@pytest.mark.parametrize("kind", ["deep_head", "vit", "channels_last"])
def test_the_classes_that_a_channel_raises_by_a_gradient(kind):
    t = recorded(kind)
    own, logits = forward_with(t.model.net, t.layer, t.input.clone().requires_grad_())
    for channel in (0, 3):
        slopes = []
        for index in range(CLASSES):
            (gradient,) = torch.autograd.grad(logits[0, index], own, retain_graph=True)
            maps = as_maps(t, gradient) if kind != "channels_last" else gradient[0].permute(2, 0, 1)
            slopes.append(float(maps[channel].sum()))
        found = raises(t, channel, CLASSES)
        assert [one.index for one in found] == sorted(range(CLASSES), key=lambda c: -slopes[c])
        scale = max(map(abs, slopes))
        assert [one.rise for one in found] == pytest.approx(sorted(slopes, reverse=True), abs=0.02 * scale)


def test_a_channel_that_is_not_there():
    with pytest.raises(IndexError, match="Channel 12 is none of the 12"):
        raises(recorded("pooled"), 12)
    t = recorded("pooled")
    with pytest.raises(LayerError):
        raises(replace(t, layer="", activations=torch.zeros(0, 0, 0)), 0)
