"""Networks that hide something: gradient modes, state of their own, several calls, side branches, wrappers."""

import collections
import copy
import random
import threading
import types

import numpy
import pytest
import torch
from kinds import CLASSES, Tokens
from test_kinds import picture, seeded, wrapped
from torch import nn
from torch.nn import functional as F

from cam import METHODS, explain, trace
from cam.methods import obstacle
from cam.network import hooks

SIZE = (32, 32)


# The default layer


class SideBranch(nn.Module):
    """A stream of three stages, and one convolution that looks at the picture itself, last of all."""

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(nn.Conv2d(3 if i == 0 else 8, 8, 3, 2, 1) for i in range(3))
        self.side = nn.Conv2d(3, 8, 3, 2, 1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        y = x
        for stage in self.stages:
            y = stage(y).relu()
        return self.head(y.mean((2, 3)) + 0.1 * self.side(x).relu().mean((2, 3)))


class ClassTokenBeside(nn.Module):
    """A class token travels beside a map, as in PiT: the last stage's map has no effect."""

    class Stage(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(8, 8, 3, 2, 1)
            self.mix = nn.Linear(8, 8)

        def forward(self, pair):
            maps, token = pair
            token = token + self.mix(maps.flatten(2).amax(2) + token).tanh()
            return self.conv(maps).relu(), token

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 8))
        self.stages = nn.Sequential(self.Stage(), self.Stage(), self.Stage())
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.head(self.stages((self.patch(x), self.token))[1])


class TwoBranches(nn.Module):
    """A fine and a coarse branch, both read by the head."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU())
        self.coarse = nn.Sequential(nn.Conv2d(3, 8, 3, 4, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1), nn.ReLU())
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        coarse = self.coarse(x).mean((2, 3))
        return self.head(torch.cat([self.fine(x).mean((2, 3)), coarse], 1))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.down, self.low = nn.Conv2d(3, 8, 3, 1, 1), nn.Conv2d(8, 16, 3, 2, 1)
        self.middle, self.up = nn.Conv2d(16, 16, 3, 1, 1), nn.ConvTranspose2d(16, 8, 2, 2)
        self.out = nn.Conv2d(16, 3, 1)

    def forward(self, x):
        a = self.down(x).relu()
        return self.out(torch.cat([self.up(self.middle(self.low(a).relu()).relu()), a], 1))


class Summed(nn.Module):
    """A segmentation network in a wrapper that adds up each class within a box."""

    def __init__(self):
        super().__init__()
        self.net = UNet()

    def forward(self, x):
        return self.net(x)[:, :, 16:48, 16:48].sum((2, 3))


class Repeated(nn.Module):
    """One convolution runs three times."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.block = nn.Conv2d(8, 8, 3, 1, 1)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.stem(x).relu()
        for _ in range(3):
            x = x + self.block(x).relu()
        return self.head(x.mean((2, 3)))


class SumsOutside(nn.Module):
    """Blocks whose sums are the output of no module: behind the stem no module's output holds everything."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.blocks = nn.ModuleList(nn.Conv2d(8, 8, 3, 1, 1) for _ in range(4))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x).relu()
        return self.head(x.mean((2, 3)))


@pytest.mark.parametrize(
    ("build", "default"),
    [
        (SumsOutside, "blocks.3"),
        (Repeated, "block"),
        (SideBranch, "stages.2"),
        (ClassTokenBeside, "stages.1"),
        (TwoBranches, "coarse.3"),
        (Summed, "net.middle"),
        (Tokens, "blocks.1.norm1"),
    ],
)
def test_the_default_layer_is_in_the_main_stream(build, default):
    net = seeded(build)
    size = (64, 64)
    model = wrapped(net, size)
    assert model.default_layer == default
    recorded = trace(model, picture(size))
    assert recorded.gradients(1).abs().max() > 0


# What a network keeps of itself


class Shrinks(nn.Module):
    """Shrinks its window for good when the map is smaller than it, as transformers' Swin does."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, 4)
        self.mix = nn.Conv2d(8, 8, 1)
        self.window = 12
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.patch(x)
        self.window = min(self.window, *x.shape[2:])
        x = F.avg_pool2d(F.pad(x, [0, -x.shape[3] % self.window, 0, -x.shape[2] % self.window]), self.window).repeat(
            1, 1, 2, 2
        ).mean((2, 3), keepdim=True) + self.mix(x)
        return self.head(x.relu().amax((2, 3)))


class Counts(nn.Module):
    """Keeps a table for each size that it met, counts its passes, and a mean of what it saw, also in eval mode."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, 1)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(8, CLASSES)
        self.tables, self.passes, self.sizes = {}, 0, []
        self.register_buffer("mean", torch.zeros(8))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        self.passes += 1
        self.seen += 1
        self.sizes.append(tuple(x.shape))
        x = self.norm(self.conv(x)).relu()
        self.mean.mul_(0.5).add_(x.detach().mean((0, 2, 3)))
        if x.shape[2:] not in self.tables:
            self.tables[x.shape[2:]] = torch.linspace(0, 1, x.shape[2])[:, None]
        return self.head((x * self.tables[x.shape[2:]]).mean((2, 3)))


class Hides(nn.Module):
    """Changes what it holds in every other way: nested, in an object, behind PyTorch's back, in generators."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(3, 8, 3, 2, 1), nn.Linear(8, CLASSES)
        self.config = types.SimpleNamespace(window=12, met={"sizes": []})
        self.recent = collections.deque([0], maxlen=3)
        self.bank = [torch.zeros(8)]
        self.generator = torch.Generator().manual_seed(3)
        self.register_buffer("scale", torch.ones(8))

    def forward(self, x):
        x = self.conv(x).relu()
        self.config.window = min(self.config.window, x.shape[2] // 4)
        self.config.met["sizes"].append(x.shape)
        self.recent.append(len(x))
        self.bank[0].add_(x.detach().mean((0, 2, 3)))
        self.scale.data.mul_(0.5)
        torch.rand(1, generator=self.generator)
        random.random()
        numpy.random.rand()
        return self.head(x.mean((2, 3)))


class Captures(nn.Module):
    """Hangs hooks on its own layers in its first pass and notes that it did, as networks of transformers do that hand
    on what their blocks gave: hung twice, each would be handed on twice."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 12, 3, 2, 1)
        self.heads = nn.ModuleList([nn.Linear(8, CLASSES), nn.Linear(12, CLASSES)])
        self.captured, self.installed = [], False

    def forward(self, x):
        if not self.installed:
            for part in (self.one, self.other):
                part.register_forward_hook(lambda module, args, output: self.captured.append(output))
                part.register_forward_pre_hook(lambda module, args: None)
            self.installed = True
        self.captured.clear()
        self.other(self.one(x).relu()).relu()
        first, second = self.captured
        return self.heads[0](first.mean((2, 3))) + self.heads[1](second.relu().mean((2, 3)))


def test_hooks_that_a_network_sets_on_itself_are_set_once():
    net = seeded(Captures)
    model = wrapped(net, (32, 32))
    assert not net.installed
    assert not net.one._forward_hooks
    assert not net.other._forward_pre_hooks
    recorded = trace(model, picture((32, 32)))
    assert net.installed
    assert len(net.one._forward_hooks) == len(net.other._forward_pre_hooks) == 1
    with torch.no_grad():
        assert torch.allclose(recorded.logits, seeded(Captures)(picture((32, 32)))[0], atol=1e-6)
    explain(recorded, "scorecam", 1)
    assert len(net.one._forward_hooks) == 1, "what is tried later leaves them in their place"


class Rewires(nn.Module):
    """Wraps the forward of a part in its first pass, for good; a hook lives for one pass alone."""

    def __init__(self):
        super().__init__()
        self.one, self.other = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 12, 3, 2, 1)
        self.head, self.wired = nn.Linear(12, CLASSES), False

    def forward(self, x):
        if not self.wired:
            inner = self.one.forward
            self.one.forward = lambda y: 2 * inner(y)
            self.wired = True
        seen = []
        handle = self.one.register_forward_hook(lambda module, args, output: seen.append(output))
        self.one(x)
        handle.remove()
        return self.head(self.other(seen[0].relu()).relu().mean((2, 3)))


def test_a_part_that_a_network_wraps_is_wrapped_once():
    net = seeded(Rewires)
    model = wrapped(net, (32, 32))
    assert not net.wired
    assert "forward" not in vars(net.one)
    recorded = trace(model, picture((32, 32)))
    with torch.no_grad():
        assert torch.allclose(recorded.logits, seeded(Rewires)(picture((32, 32)))[0], atol=1e-6)
    explain(recorded, "scorecam", 1)
    assert net.wired
    assert not net.one._forward_hooks


def test_what_a_network_hides_is_put_back_too():
    net = seeded(Hides)
    config, bank = net.config, net.bank[0]
    others = random.getstate(), numpy.random.get_state()[1].tolist()
    wrapped(net, (64, 64))
    assert net.config is config
    assert config.window == 12
    assert config.met == {"sizes": []}
    assert list(net.recent) == [0]
    assert net.bank[0] is bank
    assert not bank.any()
    assert torch.equal(net.scale, torch.ones(8))
    assert torch.equal(net.generator.get_state(), torch.Generator().manual_seed(3).get_state())
    assert (random.getstate(), numpy.random.get_state()[1].tolist()) == others


def whole_state(net):
    """All that a network is: attributes, containers' members, tensors' values, hooks, flags; and the process's own."""
    found = {}
    for name, module in net.named_modules():
        for key, value in vars(module).items():
            if key not in ("_parameters", "_buffers", "_modules"):
                found[name, key] = copy.copy(value) if isinstance(value, (list, dict)) else value
        for key, value in (*module._parameters.items(), *module._buffers.items()):
            gradient = None if value is None or value.grad is None else value.grad.clone()
            found[name, key] = None if value is None else (value.detach().clone(), value.requires_grad, gradient)
    found["random"] = torch.get_rng_state(), random.getstate(), numpy.random.get_state()[1].tolist()
    found["process"] = torch.is_grad_enabled(), torch.backends.mha.get_fastpath_enabled(), threading.active_count()
    return found


def same(one, other):
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other


@pytest.mark.parametrize("build", [Shrinks, Counts, lambda: Tokens(before=1)])
def test_nothing_that_is_tried_leaves_a_trace(build):
    size = (64, 64)
    net = seeded(build)
    with torch.no_grad():
        net(picture(size))
    before = whole_state(net)
    model = wrapped(net, size)
    after = whole_state(net)
    assert before.keys() == after.keys()
    assert not [key for key in before if not same(before[key], after[key])]
    with torch.no_grad():
        logits = net(picture(size))
    recorded = trace(model, picture(size))
    ran = 0
    for name in METHODS:
        if not obstacle(METHODS[name], recorded):
            explain(recorded, name, 1)
            ran += 1
    assert ran >= 20
    with torch.no_grad():
        assert torch.equal(net(picture(size)), logits)
    if build is Shrinks:
        assert net.window == 12
    for module in net.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert not module._backward_hooks


@pytest.mark.parametrize(("build", "changes"), [(Counts, True), (lambda: Tokens(4), False)])
def test_a_trial_says_whether_the_network_changed_something_of_itself(build, changes):
    net = seeded(build)
    with hooks.trial(net) as tried:
        net(picture((32, 32)))
    assert tried.changed == changes
