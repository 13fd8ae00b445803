"""How many passes it takes to know a network's layers, and what those passes can and cannot tell apart."""

import numpy as np
import pytest
import torch
from kinds import CLASSES, Convs, Latents, Tokens
from test_kinds import Mirrored, picture, seeded, wrapped
from torch import nn
from torch.nn import functional as F

from cam import trace
from cam.network import graphs, observing, places, tries
from cam.network.watching import Still


@pytest.fixture
def passes(monkeypatch):
    """The passes that nobody asked for, one entry each: whether all modules were looked at."""
    counted = []

    def counting(net, inputs, way, names=None, counts=None, passed=tries.passed):
        counted.append(names is None)
        return passed(net, inputs, way, names, counts)

    for module in (tries, observing):
        monkeypatch.setattr(module, "passed", counting)
    return counted


class Gated(nn.Module):
    """Every operation on maps that keeps places: gates, sums, pieces joined on, pooling and enlarging."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.Hardswish())
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Hardsigmoid())
        self.branch = nn.Sequential(nn.Conv2d(4, 8, 3, 2, 1), nn.GELU(), nn.Upsample(scale_factor=2))
        self.last = nn.Sequential(nn.Conv2d(12, 8, 3, 1, 1), nn.ReLU6(inplace=True))
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        x = self.stem(x)
        x = x * self.squeeze(x) + 1
        one, other = x.chunk(2, 1)
        return self.head(self.last(torch.cat([self.branch(one), other], 1)).mean((2, 3)))


def test_maps_of_convolutions_are_known_after_one_pass(passes):
    model = wrapped(seeded(Gated), (32, 32))
    assert passes == [True]
    assert model.layers[-1] == "last"
    assert model.layer_shapes["last"] == (8, 16, 16)


def test_tokens_are_known_after_two_passes(passes):
    model = wrapped(seeded(lambda: Tokens(4, before=0)), (32, 32))
    assert passes == [True, False]
    assert model.layer_shapes["blocks.1.norm1"][1:] == (8, 8)


def test_a_pass_ends_where_nothing_more_is_to_be_seen():
    """The head runs in the pass that is looked at as a whole, and in none of those on changed pictures."""
    net = seeded(lambda: Tokens(4, before=0))
    asked = []
    net.patch.register_forward_hook(lambda *_: asked.append("start"))
    net.head.register_forward_hook(lambda *_: asked.append("end"))
    wrapped(net, (32, 32))
    assert asked == ["start", "end", "start"]


class Written(Tokens):
    """What the blocks hand on is written into by whoever takes it."""

    def __init__(self, write):
        super().__init__(4, before=0)
        self.write = write

    def forward(self, x):
        x = self.embed(x)
        for block in self.blocks:
            x = block(x)
        self.write(x)
        return self.head(x.mean(1))


@pytest.mark.parametrize("write", [F.relu_, lambda x: x.mul_(2), lambda x: x.copy_(x.flip(-1).clone())])
def test_what_is_written_into_later_is_compared_as_it_is_in_the_end(passes, write):
    model = wrapped(seeded(lambda: Written(write)), (32, 32))
    assert model.layer_shapes["blocks.0"] == model.layer_shapes["blocks.1"] == (16, 8, 8)
    assert passes == [True, False]


@pytest.mark.parametrize("build", [lambda: Tokens(4, before=0), Gated], ids=["tokens", "convolutions"])
def test_what_was_seen_of_a_network_is_asked_no_second_time(passes, build):
    model = wrapped(seeded(build), (32, 32))
    passes.clear()
    trace(model, picture((32, 32)))
    assert passes == []


class Changed(Convs):
    """What comes before the convolutions moves places, so that these say nothing about the picture's."""

    def __init__(self, change):
        super().__init__((8, 3, 2, 1), (12, 3, 2, 1))
        self.change = change

    def forward(self, x):
        return super().forward(self.change(x))


CHANGES = {
    "mirrored": lambda x: x.flip(-1),
    "turned": lambda x: x.mT.contiguous(),
    "rolled": lambda x: x.roll(24, -1),
    "halves exchanged": lambda x: torch.cat(x.chunk(2, -1)[::-1], -1),
    "folded": lambda x: x.view(1, 3, 32, 2, 32, 2).permute(0, 1, 3, 2, 5, 4).reshape(1, 3, 64, 64),
}


@pytest.mark.parametrize("change", CHANGES)
def test_convolutions_of_a_picture_whose_places_were_moved_are_not_taken_for_its_map(change):
    net = seeded(lambda: Changed(CHANGES[change]))
    leaf = picture((64, 64)).requires_grad_()
    scores = net(leaf.clone())
    found = graphs.pictures(scores, leaf, graphs.between(scores, leaf))
    assert not {"Convolution", "Relu"} & graphs.names_of(found)
    assert wrapped(net, (64, 64)).layers == ()


@pytest.mark.parametrize("side", [32, 64, 96])
@pytest.mark.parametrize("change", [lambda x: torch.fft.fft2(x).abs() / 8, lambda x: torch.fft.rfft2(x).real / 8])
def test_a_spectrum_is_no_map_of_its_picture_whatever_the_weights(change, side):
    for seed in range(6):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = Changed(change).eval()
        assert wrapped(net, (side, side)).layers == ()


@pytest.mark.parametrize("count", [9, 16, 25, 64])
def test_latents_are_never_folded_into_a_square(count):
    """Of a few tokens, and of the 16 channels of each, chance finds three that change where the picture did."""
    for seed in range(4):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = Latents(count).eval()
        assert all(layer.startswith("stem") for layer in wrapped(net, (32, 32)).layers)


def test_a_value_that_is_the_same_for_all_places_is_no_map():
    conv = seeded(lambda: nn.Conv2d(3, 4, 3, padding=1))
    leaf = picture((8, 8)).requires_grad_()
    maps = conv(leaf.clone())
    spread = F.interpolate(maps.mean((2, 3), keepdim=True), size=(8, 8))
    scores = (maps.relu() + spread).sum((2, 3))
    found = graphs.pictures(scores, leaf, graphs.between(scores, leaf))
    assert maps.grad_fn in found
    assert spread.grad_fn not in found
    assert scores.grad_fn not in found


def test_a_bottleneck_is_what_every_way_leads_through():
    """From both ends: the score's own node is one, and so is the picture's; what has a way around it is none."""
    leaf = picture((4, 4)).requires_grad_()
    one = leaf.exp()
    around = one.sin()
    score = (one + around).sum()
    inside = graphs.between(score, leaf)
    assert len(inside) == 5
    assert inside - graphs.bottlenecks(score, inside) == {around.grad_fn}


def test_rows_of_channels_are_no_map():
    """A mean over the rows of five axes leaves four, of which one counts channels."""
    leaf = picture((8, 8)).requires_grad_()
    left = leaf.clone().view(1, 1, 3, 8, 8).mean(3)
    scores = left.relu().sum((2, 3))
    assert left.grad_fn not in graphs.pictures(scores, leaf, graphs.between(scores, leaf))


def spots(grid, cells, others=0.01):
    change = np.full(grid, others)
    for (y, x), size in cells.items():
        change[y, x] = size
    return change


def test_places_that_change_together_are_told_apart():
    near = places.choose((3, 112, 112), {(14, 14)})
    cells = [places.cell_of(place, (14, 14)).box[:2] for place in near]
    right = spots((14, 14), dict(zip(cells, (1.0, 0.7, 0.4), strict=True)))
    for of_tokens in (True, False):
        assert places.is_clear(right, near, of_tokens)
        for wrong in (
            right[:, ::-1],
            right[::-1],
            right.T,
            np.roll(right, 1, 1) if of_tokens else np.roll(right, 2, 1),
        ):
            assert not places.is_clear(wrong, near, of_tokens)
        assert not places.is_clear(np.ones((14, 14)), near, of_tokens)
        assert not places.is_clear(right[:3, :3], near, of_tokens)
    blurred = np.maximum(right, np.roll(right, 1, 1) * 0.9)  # a convolution's neighbours change, too
    assert places.is_clear(blurred, near, True)
    one_missing = spots((14, 14), dict(zip(cells[:2], (1.0, 0.7), strict=True)))
    assert not places.is_clear(one_missing, near, True)


def test_attention_that_does_not_mix_shows_whose_query_it_was():
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(1, 2, count, 4, generator=generator) for count in (5, 7, 7))
    moved = query.clone()
    moved[:, :, 3] += 1

    def by_hand(query):
        matrix = (query @ key.mT).softmax(-1)
        return matrix @ value

    heads = seeded(lambda: nn.MultiheadAttention(8, 2, batch_first=True))
    tokens = torch.randn(1, 5, 8, generator=generator)
    others = tokens.clone()
    others[:, 3] += torch.arange(8)
    for attend, one, other in (
        (by_hand, query, moved),
        (lambda query: F.scaled_dot_product_attention(query, key, value), query, moved),
        (lambda query: heads(query, tokens, tokens)[0], tokens, others),
        (lambda query: heads(query, tokens, tokens, need_weights=False)[0], tokens, others),
    ):
        with torch.no_grad(), Still() as still:
            change = (attend(other) - attend(one)).abs().amax(-1).reshape(-1, 5).amax(0)
        assert still.found
        assert change[3] > 0
        assert not change[[0, 1, 2, 4]].any()


def test_as_many_queries_as_keys_keep_the_queries_order():
    """Not that of the keys, although both are as many: what a query gets would else pass for its place."""
    generator = torch.Generator().manual_seed(0)
    query, key, value, other = (torch.randn(1, 2, 6, 4, generator=generator) for _ in range(4))
    with torch.no_grad(), Still():
        before = F.scaled_dot_product_attention(query, key, value)
        value[:, :, 2:] = other[:, :, 2:]
        assert torch.equal(F.scaled_dot_product_attention(query, key, value), before)


def test_a_mirrored_picture_takes_passes_and_is_refused(passes):
    model = wrapped(seeded(lambda: Mirrored((8, 3, 2, 1), (12, 3, 2, 1))), (64, 64))
    assert model.layers == ()
    assert len(passes) > 1
