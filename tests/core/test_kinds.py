"""Networks of every kind that lays out its maps in its own way: right grid, right way up, plain autograd's value.

What a layer hands on is brought to (1, C, h, w) by a line written out here, apart from the project's own layouts.
"""

import pytest
import torch
from kinds import (
    Columns,
    Convs,
    Deep,
    LastAsWideAsTall,
    Latents,
    PlacesOnly,
    Queries,
    Reshaped,
    Rows,
    Scrambled,
    Tokens,
    TwoTowers,
    Unfolded,
)

from cam import LayerError, explain, trace, wrap_model


def seeded(build):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build().eval()


def picture(size, channels=3, seed=1):
    return torch.randn(1, channels, *size, generator=torch.Generator().manual_seed(seed))


def wrapped(net, size, channels=3, **options):
    return wrap_model(net, preprocess=lambda _: picture(size, channels), **options)


def plain_gradcam(net, layer, inputs, maps, read=lambda output: output, call=-1, index=1):
    """Grad-CAM in the words of its paper, by a hook and plain autograd: the mean gradient of each channel weighs it."""
    kept = []
    handle = net.get_submodule(layer).register_forward_hook(lambda module, args, output: kept.append(output))
    score = read(net(inputs.clone()))[0, index]
    handle.remove()
    (gradient,) = torch.autograd.grad(score, kept[call])
    return (maps(gradient).mean((2, 3), keepdim=True) * maps(kept[call])).sum(1)[0].detach()


def first(tensor):
    return tensor


def last(tensor):
    return tensor.permute(0, 3, 1, 2)


def tokens(height, width, before=0):
    def maps(tensor):  # (1, N, C)
        rows = [tensor[0, before + y * width : before + (y + 1) * width].T for y in range(height)]
        return torch.stack(rows, 1)[None]

    return maps


def sequence(height, width, before=0):
    return lambda tensor: tokens(height, width, before)(tensor.transpose(0, 1))


def columns(height, width):
    return lambda tensor: tokens(height, width)(tensor.transpose(1, 2))


KINDS = {
    # a convolution's output is channels first, whatever its shape
    "16 x 64 maps of 16 channels": (
        lambda: Convs((8, 3, (4, 1), 1), (16, 3, 1, 1)),
        (64, 64),
        "parts.1",
        first,
        (16, 64),
    ),
    "8 x 32 maps of 8 channels": (lambda: Convs((8, 3, (4, 1), 1)), (32, 32), "parts.0", first, (8, 32)),
    "strided spectrogram": (
        lambda: Convs((8, (7, 3), (4, 1), (3, 1)), (24, 3, (4, 2), 1), channels=1),
        (64, 48),
        "parts.1",
        first,
        (4, 24),
    ),
    "channels last, as many as the side": (lambda: LastAsWideAsTall(24), (48, 48), "block", last, (24, 24)),
    "channels last, a smaller one": (lambda: LastAsWideAsTall(10), (20, 20), "block", last, (10, 10)),
    "channels last, 96 of 96 x 96": (lambda: LastAsWideAsTall(96), (192, 192), "block", last, (96, 96)),
    # layers much wider than tall
    "4 x 64": (lambda: Convs((9, 3, (4, 1), 1), (20, 3, (4, 1), 1)), (64, 64), "parts.1", first, (4, 64)),
    "60 x 1": (lambda: Convs((16, (3, 1), 1, (1, 0)), channels=11), (60, 1), "parts.0", first, (60, 1)),
    "a line of text": (lambda: Convs((8, 3, (2, 1), 1), (12, (8, 3), 1, (0, 1))), (16, 40), "parts.1", first, (1, 40)),
    "a column": (lambda: Convs((8, 3, (1, 2), 1), (12, (3, 8), 1, (1, 0))), (40, 16), "parts.1", first, (40, 1)),
    # transformers on what is no multiple of their patch
    "cut": (lambda: Tokens(14), (100, 80), "blocks.0", tokens(7, 5, 1), (7, 5)),
    "cut, as many as another grid": (lambda: Tokens(14), (66, 56), "blocks.0", tokens(4, 4, 1), (4, 4)),
    "padded": (lambda: Tokens(14, fit="pad"), (90, 60), "blocks.0", tokens(7, 5, 1), (7, 5)),
    "padded, wide": (lambda: Tokens(8, fit="pad", before=0), (30, 61), "blocks.0", tokens(4, 8), (4, 8)),
    "resized": (lambda: Tokens(14, fit="resize"), (75, 100), "blocks.0", tokens(6, 8, 1), (6, 8)),
    # tokens around the grid
    "a declared prefix deep inside": (lambda: Deep(3), (48, 32), "body.blocks.0", tokens(6, 4, 3), (6, 4)),
    "registers": (lambda: Tokens(before=5), (48, 40), "blocks.1.norm1", tokens(6, 5, 5), (6, 5)),
    "nine registers": (lambda: Tokens(before=9), (40, 40), "blocks.0", tokens(5, 5, 9), (5, 5)),
    "tokens behind": (lambda: Tokens(before=0, behind=4), (48, 40), "blocks.0", tokens(6, 5), (6, 5)),
    "tokens on both sides": (lambda: Tokens(before=2, behind=3), (40, 48), "blocks.0", tokens(5, 6, 2), (5, 6)),
    "a class token that the head ignores": (PlacesOnly, (48, 32), "blocks.1", tokens(6, 4, 1), (6, 4)),
    # the tokens' axis
    "(N, B, C)": (lambda: Tokens(order="sequence"), (48, 32), "blocks.0", sequence(6, 4, 1), (6, 4)),
    "(N, B, C), 16 of 16": (
        lambda: Tokens(order="sequence", before=0),
        (32, 32),
        "blocks.0",
        sequence(4, 4),
        (4, 4),
    ),
    "(B, C, N)": (Columns, (48, 64), "mix.0", columns(6, 8), (6, 8)),
    # no convolution tells the grid
    "cut by reshaping": (Reshaped, (48, 32), "blocks.0", tokens(6, 4, 1), (6, 4)),
    "cut by unfold": (lambda: Unfolded(before=0), (40, 56), "blocks.0", tokens(5, 7), (5, 7)),
    # beside something else
    "beside words": (TwoTowers, (32, 32), "visual.blocks.0", tokens(4, 4, 1), (4, 4)),
    "behind words": (lambda: TwoTowers(True), (32, 32), "visual.blocks.0", tokens(4, 4, 1), (4, 4)),
    "before an LSTM": (Rows, (32, 32), "conv", first, (16, 16)),
    "before queries": (lambda: Queries(25), (32, 32), "stem", first, (8, 8)),
    "before latents": (lambda: Latents(9), (32, 32), "stem", first, (4, 4)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_is_plain_autograds_on_the_true_grid(kind):
    build, size, layer, maps, grid = KINDS[kind]
    net = seeded(build)
    channels = next(net.parameters()).shape[1] if isinstance(net, Convs) else 3
    model = wrapped(net, size, channels)
    found = explain(trace(model, picture(size, channels), layer), "gradcam", 1).raw

    def read(output):
        return output["logits"] if isinstance(output, dict) else output

    wanted = plain_gradcam(net, layer, picture(size, channels), maps, read)
    assert found.shape == wanted.shape == grid
    assert wanted.abs().max() > 0
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-6 * float(wanted.abs().max()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_is_the_right_way_up(kind):
    """Of all places the one changes most where the picture was changed: low on the left, and right at the top."""
    build, size, layer, _, grid = KINDS[kind]
    net = seeded(build)
    channels = next(net.parameters()).shape[1] if isinstance(net, Convs) else 3
    model = wrapped(net, size, channels)
    before = trace(model, picture(size, channels), layer).activations
    for down, across in ((0.8, 0.15), (0.15, 0.8)):
        y, x = int(down * grid[0]), int(across * grid[1])
        axes = zip((y, x), size, grid, strict=True)
        spans = [(int(at * side / cells), -(-(at + 1) * side // cells)) for at, side, cells in axes]
        changed = picture(size, channels)
        (top, bottom), (left, right) = spans
        changed[..., top:bottom, left:right] += picture((bottom - top, right - left), channels, seed=2)
        difference = (trace(model, changed, layer).activations - before).square().sum(0)
        peak = divmod(int(difference.argmax()), grid[1])
        assert abs(peak[0] - y) <= 1
        assert abs(peak[1] - x) <= 1


NO_MAPS = {
    "words": (TwoTowers, ("text.0", "text.1", "words")),
    "words that come first": (lambda: TwoTowers(True), ("text.0", "text.1", "words")),
    "an LSTM's steps": (Rows, ("lstm",)),
    "queries": (lambda: Queries(25), ("decoder.0", "decoder.1")),
    "as many queries as places": (lambda: Queries(64), ("decoder.0", "decoder.1")),
    "latents": (lambda: Latents(9), ("reading", "blocks.0", "blocks.0.norm1", "blocks.1")),
    "windows one after another": (lambda: Scrambled("windows"), ("mix", "mix.0", "mix.1")),
    "from right to left": (lambda: Scrambled("turned"), ("mix", "mix.0", "mix.1")),
    "column by column": (lambda: Scrambled("columns"), ("mix", "mix.0", "mix.1")),
    "by chance": (lambda: Scrambled("chance"), ("mix", "mix.0", "mix.1")),
}


@pytest.mark.parametrize("kind", NO_MAPS)
def test_what_is_no_map_is_not_offered_and_says_so(kind):
    build, layers = NO_MAPS[kind]
    model = wrapped(seeded(build), (32, 32))
    assert not set(layers) & set(model.layers)
    assert model.layers
    for layer in layers:
        with pytest.raises(LayerError, match=f"Layer '{layer}' of .* has no spatial map: its output is "):
            trace(model, picture((32, 32)), layer)


class Mirrored(Convs):
    """Looks at the picture from behind."""

    def forward(self, x):
        return super().forward(x.flip(-1))


@pytest.mark.parametrize("side", [12, 16, 20, 48])
def test_a_mirrored_map_is_refused_on_small_grids_too(side):
    """Of few places, one changes where the picture did by chance: flipped maps of 3 x 3 to 5 x 5 pass a single look."""
    model = wrapped(seeded(lambda: Mirrored((8, 3, 2, 1), (12, 3, 2, 1))), (side, side))
    assert model.layers == ()
    with pytest.raises(LayerError, match="does not change most in that place"):
        trace(model, picture((side, side)), "parts.1")
