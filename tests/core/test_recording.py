"""What a recorded pass keeps, and that no way back to an activation misses what it does not keep."""

import gc
import weakref

import pytest
import torch
from nets import NETS, PHOTO, PREPROCESS, make
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils.checkpoint import checkpoint

from cam import CamError, LayerError, trace, wrap_model
from cam.passes import recording

dropping = pytest.mark.skipif(
    not recording._HAS_SAVED_TENSOR_HOOKS, reason="this PyTorch lets nothing that a graph keeps be dropped"
)
INPUT = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def passed(net, names=None, *, whole=False):
    """A recorded pass of a network's layers, all that are offered by default."""
    model = wrap_model(net, preprocess=PREPROCESS)
    return recording.forward(model, INPUT, names or model.layers, whole=whole)


def frozen(kind):
    return make(kind).requires_grad_(False)


def gradients(found, index=2):
    leaves = [tap.tensor for tap in found.taps.values()]
    return torch.autograd.grad(found.scores[0, index], leaves, retain_graph=True)


def worst(monkeypatch):
    """Memory that is made anew holds the worst there is."""
    empty = torch.empty_strided
    monkeypatch.setattr(torch, "empty_strided", lambda *size, **kinds: empty(*size, **kinds).fill_(torch.nan))


class Strange(nn.Module):
    """What lies behind `stem` may read what it keeps: a computed weight does, statistics of the image do."""

    def __init__(self, computed=False, statistics=True):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 4, 3, stride=4, padding=1)
        self.conv = nn.Conv2d(4, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4, track_running_stats=statistics)
        self.head = nn.Linear(4, 5)
        self.computed = computed

    def forward(self, x):
        x = self.conv(self.stem(x).tanh())
        if self.computed:
            x = nn.functional.conv2d(x, x.mean((2, 3)).view(1, 4, 1, 1).expand(4, -1, -1, -1))
        return self.head(self.norm(x).mean((2, 3)))


@pytest.mark.parametrize("kind", NETS)
def test_what_is_not_kept_is_not_read(kind, monkeypatch):
    """In its place comes memory of no meaning, here the worst there is; every gradient is the same to the last bit."""
    whole = passed(frozen(kind), whole=True)
    wanted = gradients(whole)
    first_order_only = passed(frozen(kind))
    worst(monkeypatch)
    assert all(map(torch.equal, gradients(first_order_only), wanted))
    leaves = [tap.tensor for tap in first_order_only.taps.values()]
    together = torch.autograd.grad(first_order_only.scores, leaves, torch.eye(5)[:, None], True, is_grads_batched=True)
    assert all(torch.allclose(many[2], one, atol=1e-7) for many, one in zip(together, wanted, strict=True))
    assert not whole.first_order_only
    assert first_order_only.nbytes <= whole.nbytes


@dropping
def test_the_bundled_model_keeps_a_third(lite0, photo, monkeypatch):
    inputs, _ = lite0.preprocess(trace(lite0, photo).image, "squeeze")
    whole, first_order_only = (recording.forward(lite0, inputs, lite0.layers, whole=one) for one in (True, False))
    assert first_order_only.nbytes < 0.4 * whole.nbytes
    worst(monkeypatch)
    assert all(map(torch.equal, gradients(first_order_only), gradients(whole)))


@dropping
def test_what_is_not_kept_is_free():
    """Between a convolution and a batch normalisation lies memory that nothing else holds."""
    held = {}
    for whole in (True, False):
        net = Strange().requires_grad_(False)
        net.conv.register_forward_hook(
            lambda _, __, output, whole=whole: held.update({whole: StorageWeakRef(output.untyped_storage())})
        )
        found = passed(net, ["stem"], whole=whole)
        assert held[whole].expired() is not whole
        del found


@dropping
def test_bytes_are_those_that_a_graph_keeps():
    """Of a convolution its input, of the ReLU behind it its output; pooling and a fixed linear layer keep nothing."""
    behind = (nn.Conv2d(4, 6, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))
    net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=4, padding=1), *behind).requires_grad_(False)
    inside, outside = 4 * 8 * 8 * 4, 6 * 8 * 8 * 4
    assert passed(net, ["0"], whole=True).nbytes == inside + outside
    assert passed(net, ["0"]).nbytes == outside


@dropping
@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize(
    ("strange", "dropped"), [({}, 2), ({"statistics": False}, 1), ({"computed": True}, 2)], ids=str
)
def test_what_may_be_read_is_kept(strange, dropped, trainable, monkeypatch):
    """Also by others: the owner of trainable weights may go back through a part of the graph after the pass."""
    net = Strange(**strange).requires_grad_(trainable)
    whole = passed(net, ["stem"], whole=True)
    count, drop = [], recording._drop_input
    monkeypatch.setattr(recording, "_drop_input", lambda node: count.append(1) or drop(node))
    found = passed(net, ["stem"])
    assert len(count) == (0 if trainable else dropped)
    worst(monkeypatch)
    assert all(map(torch.equal, gradients(found), gradients(whole)))


def test_an_owners_own_way_back_is_exact(monkeypatch):
    """A network that remembers a value of its pass, for which its owner wants the weights' gradients afterwards."""
    net = Strange()
    net.norm.register_forward_hook(lambda _, __, output: setattr(net, "aside", output.square().mean()))
    found = []
    for whole in (True, False):
        passed(net, ["stem"], whole=whole)
        net.zero_grad()
        net.aside.backward()
        found.append(net.conv.weight.grad.clone())
        worst(monkeypatch)
    assert torch.equal(*found)


@pytest.mark.parametrize("kind", ["pooled", "deep_head"])
def test_another_default_device_changes_nothing(kind):
    model = wrap_model(frozen(kind), preprocess=PREPROCESS)
    t, again = (trace(model, PHOTO, model.layers[0]) for _ in range(2))
    with torch.device("meta"):
        found = t.gradients(1), t.class_gradients(torch.tensor([1], device="cpu"))[0]
    assert torch.equal(found[0], again.gradients(1))
    assert torch.allclose(found[1], found[0], atol=1e-7)


class Kept(torch.autograd.Function):
    """Twice its input, with one tensor kept for the way back."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return 2 * x

    @staticmethod
    def backward(context, gradient):
        return 2 * gradient + 0 * context.saved_tensors[0]


class Own(nn.Module):
    """A network with a derivative of its own."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=4)

    def forward(self, x):
        return Kept.apply(self.conv(x)).mean((2, 3))


def test_a_networks_own_derivatives_are_weighed():
    found = passed(Own(), ["conv"])
    assert found.nbytes == found.taps["conv"].tensor.nbytes
    assert torch.allclose(gradients(found)[0][0, 2], torch.tensor(2 / 64))


class Written(nn.Module):
    """A network that changes in place what was kept for the way back."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=4)

    def forward(self, x):
        x = self.conv(x)
        y = x.square()
        x.add_(1)
        return y.mean((2, 3))


def test_a_broken_way_back_is_told_when_it_is_taken():
    """The pass itself is good for every method that needs no gradient."""
    found = passed(Written(), ["conv"])
    assert found.scores.isfinite().all()
    with pytest.raises(RuntimeError, match="inplace"):
        gradients(found)


class Local(nn.Module):
    """A network that defines a derivative of its own anew in each pass; `kinds` are references to them."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3, stride=4)
        self.kinds = []

    def forward(self, x):
        twice = type("Twice", (Kept,), {})
        self.kinds.append(weakref.ref(twice))
        return twice.apply(self.conv(x)).mean((2, 3))


def test_what_a_pass_defines_goes_with_it():
    net = Local()
    passed(net, ["conv"])
    gc.collect()
    assert not [kind for kind in net.kinds if kind()]


class Checkpointed(nn.Module):
    """A network that keeps nothing of its middle and computes it again on the way back, `runs` times by now."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.stem = nn.Conv2d(3, 4, 3, stride=2)
        self.middle = nn.Sequential(nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.head = nn.Linear(4, 5)
        self.again, self.runs = True, 0

    def forward(self, x):
        x = self.stem(x)
        x = checkpoint(self.run, x, use_reentrant=False) if self.again else self.run(x)
        return self.head(x.mean((2, 3)))

    def run(self, x):
        self.runs += 1
        return self.middle(x)


@pytest.mark.parametrize("trainable", [False, True])
def test_what_a_network_computes_again_is_left_to_it(trainable):
    net = Checkpointed().requires_grad_(trainable)
    model = wrap_model(net, preprocess=PREPROCESS)
    net.runs = 0
    found = recording.forward(model, INPUT, ["stem"])
    assert not found.first_order_only
    assert net.runs == 1
    assert found.nbytes < found.taps["stem"].tensor.nbytes + 100
    net.eval()
    given = gradients(found)
    net.again = False
    assert all(map(torch.equal, given, gradients(passed(net, ["stem"], whole=True))))


@pytest.mark.parametrize("kind", ["pooled", "deep_head", "depthwise"])
def test_where_pytorch_does_not_tell_how_things_are_kept_all_is(kind, monkeypatch):
    """As in PyTorch 2.8."""
    net = frozen(kind)
    whole = passed(net, whole=True)
    monkeypatch.setattr(recording, "_HAS_SAVED_TENSOR_HOOKS", False)
    found = passed(net)
    assert not found.first_order_only
    assert found.nbytes == pytest.approx(whole.nbytes, rel=1e-3)
    assert all(map(torch.equal, gradients(found), gradients(whole)))


@dropping
@pytest.mark.parametrize("kind", ["pooled", "deep_head", "depthwise"])
def test_second_derivatives_are_taken_from_a_pass_that_keeps_all(kind, monkeypatch):
    model = wrap_model(frozen(kind), preprocess=PREPROCESS)
    t = trace(model, PHOTO, model.layers[0])
    assert t._first_order_only
    monkeypatch.setattr(torch, "empty_strided", lambda *_, **__: pytest.fail("what is not kept is asked for"))
    assert t.curvature(2).isfinite().all()


class Head(nn.Module):
    """A network whose logits are one `addmm` of its pooled layer; what `computed` names depends on the layer too."""

    def __init__(self, computed="", alpha=1):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, stride=4)
        self.weight = nn.Parameter(torch.randn(5, 4))
        self.bias = nn.Parameter(torch.randn(5))
        self.computed, self.alpha = computed, alpha

    def forward(self, x):
        pooled = self.conv(x).sigmoid().mean((2, 3))
        weight, bias = self.weight.t(), self.bias
        if self.computed == "weight":
            weight = weight * pooled.T
        if self.computed == "bias":
            bias = bias * pooled.sum()
        if self.computed == "nothing":
            pooled = pooled.detach()
        if self.computed == "constant":
            pooled = pooled.detach().requires_grad_()
            bias = bias * self.conv(x).mean()
        return torch.addmm(bias, pooled, weight, alpha=self.alpha)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize(
    ("head", "below"),
    [
        (Head(), True),
        (Head(alpha=-3), True),
        (Head("weight"), False),
        (Head("bias"), False),
        (Head("constant"), False),
        (make("deep_head"), True),
        (make("pooled"), True),
        (nn.Sequential(nn.Conv2d(3, 5, 3, stride=4), nn.AdaptiveAvgPool2d(1), nn.Flatten()), False),
        (nn.Sequential(nn.Conv2d(3, 4, 3, stride=8), nn.Flatten(), nn.Linear(64, 5, bias=False)), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else str(value),
)
def test_the_way_back_begins_with_rows_of_the_last_linear_layer(head, below, frozen):
    """Only where nothing else of that layer depends on the image; the derivatives are the same to the last bit."""
    head.requires_grad_(not frozen)
    model = wrap_model(head, preprocess=PREPROCESS)
    layer = "conv" if hasattr(head, "conv") else model.layers[0]
    found = recording.forward(model, INPUT, [layer])
    indices = torch.tensor([4, 0, 2])
    start, seeds = recording.backward_seed(found.scores, indices)
    assert (start is not found.scores) == below
    leaf = found.taps[layer].tensor
    for place, index in enumerate(indices.tolist()):
        (wanted,) = torch.autograd.grad(found.scores[0, index], leaf, retain_graph=True, materialize_grads=True)
        (one,) = torch.autograd.grad(start, leaf, seeds[place], retain_graph=True, materialize_grads=True)
        assert torch.equal(one, wanted)
    (many,) = torch.autograd.grad(start, leaf, seeds, is_grads_batched=True, materialize_grads=True)
    assert torch.allclose(many[-1], one, atol=1e-7)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_score_that_does_not_depend_on_the_layer_is_told(frozen):
    model = wrap_model(Head("nothing").requires_grad_(not frozen), preprocess=PREPROCESS)
    with pytest.raises(CamError, match="does not depend on"):
        trace(model, PHOTO, "conv").gradients(2)
    with pytest.raises(LayerError, match="does not depend on"):
        trace(model, PHOTO, "conv").class_gradients(torch.tensor([2]))


def test_a_hook_on_the_logits_is_heard_however_a_class_is_named():
    net = frozen("deep_head")

    def double(_, __, output):
        if output.requires_grad:
            output.register_hook(lambda gradient: 2 * gradient)

    net.register_forward_hook(double)
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    assert torch.equal(t.gradients(1), t.gradients(lambda logits: logits[1]))
    alone = trace(wrap_model(frozen("deep_head"), preprocess=PREPROCESS), PHOTO)
    assert torch.allclose(t.gradients(1), 2 * alone.gradients(1))
