"""Networks that switch gradients, run a layer several times or come in a wrapper: the map is the free network's."""

import threading

import pytest
import torch
from kinds import CLASSES, Convs
from test_kinds import first, picture, plain_gradcam, seeded, wrapped
from test_kinds_state import Repeated, Summed
from torch import nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

from cam import LayerError, MethodError, explain, trace, wrap_model

SIZE = (32, 32)


# Gradient modes


class Guarded(nn.Module):
    """Part of the network runs in a gradient mode of its own."""

    def __init__(self, guard, around="features"):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 12, 3, 2, 1), nn.ReLU())
        self.hidden, self.head = nn.Linear(12, 12), nn.Linear(12, CLASSES)
        self.guard, self.around = guard, around

    def forward(self, x):
        if self.around == "all":
            with self.guard():
                return self.last(self.features(x))
        if self.around == "hidden":
            x = self.features(x).clone()
            with self.guard():
                x = self.hidden(x.mean((2, 3))).tanh()
            return self.head(x)
        with self.guard():
            x = self.features(x)
        return self.last(x.clone())

    def last(self, x):
        return self.head(self.hidden(x.mean((2, 3))).tanh())


GUARDS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "set_grad_enabled(False)": lambda: torch.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda: torch.set_grad_enabled(True),
    "enable_grad": torch.enable_grad,
}


@pytest.mark.parametrize("around", ["features", "hidden", "all"])
@pytest.mark.parametrize("guard", GUARDS)
def test_gradient_modes_inside_a_network_do_not_matter(guard, around):
    net = seeded(lambda: Guarded(GUARDS[guard], around))
    free = seeded(lambda: Guarded(torch.enable_grad))
    wanted = plain_gradcam(free, "features.3", picture(SIZE), first)
    model = wrapped(net, SIZE)
    assert model.default_layer == "features.3"
    recorded = trace(model, picture(SIZE))
    torch.testing.assert_close(explain(recorded, "gradcam", 1).raw, wanted)
    explain(recorded, "scorecam", 1)
    (slope,) = recorded.input_gradients(1, recorded.input)
    leaf = picture(SIZE).requires_grad_()
    torch.testing.assert_close(slope, torch.autograd.grad(free(leaf)[0, 1], leaf)[0])


class Decorated(Guarded):
    forward = torch.inference_mode()(Guarded.forward)


class Checkpointed(Guarded):
    def __init__(self, reentrant):
        super().__init__(torch.enable_grad)
        self.reentrant = reentrant

    def forward(self, x):
        for part in (self.features[:2], self.features[2:], self.last):
            x = checkpoint(part, x, use_reentrant=self.reentrant)
        return x


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad=True")
@pytest.mark.parametrize(
    "build", [lambda: Decorated(torch.enable_grad), lambda: Checkpointed(True), lambda: Checkpointed(False)]
)
@pytest.mark.parametrize("layer", ["features.1", "features.3"])
def test_decorated_and_checkpointed_passes_give_the_free_ones_map(build, layer):
    wanted = plain_gradcam(seeded(lambda: Guarded(torch.enable_grad)), layer, picture(SIZE), first)
    recorded = trace(wrapped(seeded(build), SIZE), picture(SIZE), layer)
    torch.testing.assert_close(explain(recorded, "gradcam", 1).raw, wanted)


def test_weights_made_in_inference_mode_work():
    with torch.inference_mode():
        net = seeded(lambda: Convs((8, 3, 2, 1), (12, 3, 2, 1)))
    wanted = plain_gradcam(seeded(lambda: Convs((8, 3, 2, 1), (12, 3, 2, 1))), "parts.1", picture(SIZE), first)
    recorded = trace(wrapped(net, SIZE), picture(SIZE))
    torch.testing.assert_close(explain(recorded, "gradcam", 1).raw, wanted)


@pytest.mark.filterwarnings("ignore:None of the inputs have requires_grad=True")
def test_two_threads_at_once():
    builds = (lambda: Guarded(torch.no_grad), lambda: Checkpointed(True))
    models = [wrapped(seeded(build), SIZE) for build in builds]
    wanted = plain_gradcam(seeded(lambda: Guarded(torch.enable_grad)), "features.3", picture(SIZE), first)
    found = [[], []]

    def work(number):
        for _ in range(4):
            found[number].append(explain(trace(models[number], picture(SIZE), "features.3"), "gradcam", 1).raw)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for maps in found:
        assert len(maps) == 4
        for one in maps:
            torch.testing.assert_close(one, wanted)


# Several calls


@pytest.mark.parametrize("call", [0, 1, 2, -1])
def test_each_call_of_a_layer_can_be_explained(call):
    net = seeded(Repeated)
    recorded = trace(wrapped(net, SIZE), picture(SIZE), "block", call=call)
    wanted = plain_gradcam(net, "block", picture(SIZE), first, call=call)
    torch.testing.assert_close(explain(recorded, "gradcam", 1).raw, wanted)


class Siamese(nn.Module):
    """Compares a picture with one that it keeps, through one encoder."""

    def __init__(self, order):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.register_buffer("reference", torch.randn(1, 3, *SIZE))
        self.order = order

    def forward(self, x):
        if self.order == "stacked":
            one, other = self.encoder(torch.cat([x, self.reference])).split(1)
        elif self.order == "picture first":
            one, other = self.encoder(x), self.encoder(self.reference)
        else:
            other, one = self.encoder(self.reference), self.encoder(x)
        return torch.cat([F.cosine_similarity(one, other)[:, None], (one - other).norm(dim=1)[:, None]], 1)


@pytest.mark.parametrize(("order", "call"), [("picture first", 0), ("picture last", 1), ("picture last", -1)])
def test_of_two_towers_the_pictures_own_is_explained(order, call):
    net = seeded(lambda: Siamese(order))
    recorded = trace(wrapped(net, SIZE), picture(SIZE), "encoder.1", call=call)
    wanted = plain_gradcam(net, "encoder.1", picture(SIZE), first, call=call)
    torch.testing.assert_close(explain(recorded, "gradcam", 1).raw, wanted)


@pytest.mark.parametrize(
    ("order", "call", "wrong", "right"),
    [("picture first", 1, 1, 0), ("picture first", -1, 1, 0), ("picture last", 0, 0, 1)],
)
def test_the_other_towers_call_is_refused_with_the_right_one(order, call, wrong, right):
    model = wrapped(seeded(lambda: Siamese(order)), SIZE)
    with pytest.raises(LayerError, match=f"runs 2 times in a pass, and its call {wrong} does not .* call={right}"):
        trace(model, picture(SIZE), "encoder.1", call=call)


def test_a_stack_of_two_pictures_is_no_map_of_one():
    with pytest.raises(LayerError, match="no spatial map"):
        trace(wrapped(seeded(lambda: Siamese("stacked")), SIZE), picture(SIZE), "encoder.1")


# Wrappers


class CompiledInside(nn.Module):
    def __init__(self, compiled):
        super().__init__()
        self.body = Convs((8, 3, 2, 1), (12, 3, 2, 1))
        if compiled:
            self.body.compile(backend="eager")

    def forward(self, x):
        return 2 * self.body(x)


def test_compiled_and_parallel_networks_are_looked_through():
    net = seeded(lambda: Convs((8, 3, 2, 1), (12, 3, 2, 1)))
    wanted = plain_gradcam(net, "parts.1", picture(SIZE), first)
    for outside in (torch.compile(net, backend="eager"), nn.DataParallel(net)):
        model = wrap_model(outside, preprocess=lambda _: picture(SIZE))
        assert model.default_layer == "parts.1"
        torch.testing.assert_close(explain(trace(model, picture(SIZE)), "gradcam", 1).raw, wanted)


def test_what_is_compiled_inside_is_looked_through():
    wanted = plain_gradcam(seeded(lambda: CompiledInside(False)), "body.parts.1", picture(SIZE), first)
    model = wrapped(seeded(lambda: CompiledInside(True)), SIZE)
    assert model.default_layer == "body.parts.1"
    torch.testing.assert_close(explain(trace(model, picture(SIZE)), "gradcam", 1).raw, wanted)


def test_a_method_that_does_not_apply_says_so():
    recorded = trace(wrapped(seeded(Summed), SIZE), picture(SIZE))
    with pytest.raises(MethodError, match="attention"):
        explain(recorded, "legrad", 1)
