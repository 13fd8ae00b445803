"""Layers are found by what a forward pass shows, and maps go to (C, h, w) and back unchanged."""

import pytest
import timm
import torch
import torchvision
from nets import PREPROCESS, TinyViT, make
from torch import nn

from cam import LayerError, Preprocess, UnknownNameError, trace, wrap_model
from cam.models.u2netp import U2NetP
from cam.network import graphs
from cam.network.layouts import Layout, possible, tensors_in


def wrapped(net, size=32):
    return wrap_model(net, preprocess=Preprocess(size=(size, size)))


@pytest.mark.parametrize(
    ("kind", "layers", "default"),
    [
        ("pooled", {"features.2": (6, 16, 16), "features.4": (12, 8, 8)}, "features.4"),
        ("deep_head", {"stem.1": (6, 16, 16), "act": (10, 8, 8)}, "act"),
        ("channels_last", {"patch": (8, 8, 8), "stages.0": (8, 8, 8), "stages.1": (12, 8, 8)}, "stages.1"),
        ("vit", dict.fromkeys(("patch", "blocks.0", "blocks.1", "blocks.2.norm1"), (16, 4, 4)), "blocks.2.norm1"),
        (
            "vit_mean",
            dict.fromkeys(("patch", "blocks.0", "blocks.1", "blocks.2.norm1", "blocks.2", "norm"), (16, 4, 4)),
            "blocks.2.norm1",
        ),
        ("attention_pooled", {"stem.1": (8, 8, 8)}, "stem.1"),
    ],
)
def test_layers_of_small_networks(kind, layers, default):
    model = wrap_model(make(kind), preprocess=PREPROCESS)
    assert model.layer_shapes == layers
    assert model.layers == tuple(layers)
    assert model.default_layer == default


def test_registers_are_no_part_of_the_grid():
    assert wrap_model(make("vit_registers"), preprocess=PREPROCESS).layer_shapes["blocks.2.norm1"] == (16, 4, 4)


@pytest.mark.parametrize(
    ("build", "count", "default", "shape"),
    [
        (lambda: torchvision.models.alexnet(), 5, "features.11", (256, 13, 13)),
        (lambda: torchvision.models.resnet18(), 5, "layer4", (512, 7, 7)),
        (lambda: torchvision.models.densenet121(), 6, "features.norm5", (1024, 7, 7)),
        (lambda: torchvision.models.mobilenet_v3_small(), 13, "features.12", (576, 7, 7)),
        (lambda: torchvision.models.squeezenet1_1(), 10, "classifier.2", (1000, 13, 13)),
        (lambda: torchvision.models.shufflenet_v2_x0_5(), 5, "conv5", (1024, 7, 7)),
        (lambda: torchvision.models.swin_t(), 9, "norm", (768, 7, 7)),
        (lambda: torchvision.models.convnext_tiny(), 5, "features.7", (768, 7, 7)),
        (lambda: timm.create_model("tf_efficientnet_lite0"), 9, "bn2", (1280, 7, 7)),
        (lambda: timm.create_model("deit_tiny_patch16_224"), 13, "blocks.11.norm1", (192, 14, 14)),
        (lambda: timm.create_model("deit_tiny_distilled_patch16_224"), 13, "blocks.11.norm1", (192, 14, 14)),
        (
            lambda: timm.create_model("vit_little_patch16_reg4_gap_256", img_size=224, depth=4),
            6,
            "blocks.3.norm1",
            (320, 14, 14),
        ),
        (lambda: timm.create_model("mixer_s32_224"), 11, "blocks.7.norm1", (512, 7, 7)),
        (lambda: timm.create_model("convnext_atto"), 5, "stages.3", (320, 7, 7)),
        (lambda: timm.create_model("mobilenetv4_conv_small"), 6, "blocks.4", (960, 7, 7)),
    ],
)
def test_layers_of_known_families(build, count, default, shape):
    """Architectures with random weights: stage by stage for CNNs, block by block for transformers."""
    model = wrapped(build(), 224)
    assert len(model.layers) == count
    assert model.default_layer == default
    assert model.layer_shapes[default] == shape
    sides = [h for _, h, _ in model.layer_shapes.values()]
    assert sides == sorted(sides, reverse=True)  # shallow to deep


def test_a_vision_transformer_whose_head_is_still_zero_gets_the_last_blocks_first_norm():
    net = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=3)
    assert net.heads.head.weight.abs().max() == 0
    assert wrapped(net).default_layer == "encoder.layers.encoder_layer_1.ln_1"


@pytest.mark.parametrize(
    ("layout", "shape"),
    [
        (Layout("first", (4, 6)), (2, 5, 4, 6)),
        (Layout("last", (4, 6)), (2, 4, 6, 5)),
        (Layout("tokens", (4, 6), 0), (2, 24, 5)),
        (Layout("tokens", (4, 6), 3), (2, 27, 5)),
        (Layout("columns", (4, 6), 3), (2, 5, 27)),
        (Layout("sequence", (4, 6), 3), (29, 2, 5)),
    ],
)
def test_maps_and_back(layout, shape):
    tensor = torch.rand(shape)
    maps = layout.maps(tensor)
    assert maps.shape == (2, 5, 4, 6)
    assert torch.equal(layout.maps(layout.restore(maps, tensor)), maps)
    if layout.kind == "tokens" and not layout.prefix:
        assert maps[1, 2, 3, 4] == tensor[1, 3 * 6 + 4, 2]  # row by row


def likeliest(tensor, seen=(), aspect=1.0, prefix=None, first=False):
    return next(iter(possible(tensor, 1, seen, aspect, prefix, first)), None)


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((1, 768, 7, 7), Layout("first", (7, 7))),
        ((1, 7, 7, 768), Layout("last", (7, 7))),
        ((1, 8, 8, 8), Layout("first", (8, 8))),
        ((1, 196, 64), Layout("tokens", (14, 14), 0)),
        ((1, 197, 64), Layout("tokens", (14, 14), 1)),
        ((1, 201, 64), Layout("tokens", (14, 14), 5)),
        ((1, 640, 197), Layout("columns", (14, 14), 1)),
        ((197, 1, 64), Layout("sequence", (14, 14), 1)),
        ((1, 35, 64), Layout("tokens", (7, 5), 0)),
    ],
)
def test_the_likeliest_layout_has_a_grid_that_was_seen(shape, layout):
    assert likeliest(torch.zeros(shape), {(14, 14), (7, 5), (7, 7)}) == layout


def test_a_convolutions_output_is_channels_first_whatever_its_shape():
    tensor = torch.zeros(1, 16, 16, 64)
    assert [one.kind for one in possible(tensor, 1, {(16, 64)}, 1.0, None, True)] == ["first"]
    assert [one.kind for one in possible(tensor, 1, {(16, 64)}, 1.0, None, False)] == ["first", "last"]


def test_without_a_grid_that_was_seen_the_image_s_shape_tells():
    assert likeliest(torch.zeros(1, 33, 5), aspect=0.5) == Layout("tokens", (4, 8), 1)
    assert likeliest(torch.zeros(1, 32, 5), aspect=2.0) == Layout("tokens", (8, 4), 0)
    assert likeliest(torch.zeros(1, 36, 5), aspect=0.5, prefix=4) == Layout("tokens", (4, 8), 4)


@pytest.mark.parametrize("shape", [(1, 10), (10,), (2, 3, 4, 4), (1, 0, 4)])
def test_what_can_carry_no_map(shape):
    assert possible(torch.zeros(shape), 1, {(14, 14)}, 1.0, None, False) == []


def test_tokens_behind_the_grid_stay_where_they_are():
    tensor = torch.rand(1, 2 + 24 + 3, 5)
    layout = Layout("tokens", (4, 6), 2)
    changed = layout.restore(layout.maps(tensor) + 1, tensor)
    assert torch.equal(changed[:, :2], tensor[:, :2])
    assert torch.equal(changed[:, 26:], tensor[:, 26:])
    assert torch.equal(changed[:, 2:26], tensor[:, 2:26] + 1)


@pytest.mark.parametrize("wrap", [lambda x: (None, x), lambda x: {"aux": 1, "map": x}, lambda x: [[x], 2]])
def test_maps_inside_tuples_and_dicts(wrap):
    maps = torch.rand(1, 4, 8, 8)
    ((path, found),) = tensors_in(wrap(maps))
    layout = Layout("first", (8, 8), path=path)
    assert found is layout.pick(wrap(maps)) is maps
    original = wrap(maps)
    changed = layout.put(original, maps + 1)
    assert torch.equal(layout.pick(changed), maps + 1)
    assert layout.pick(original) is maps
    assert type(changed) is type(original)


class TupleOut(nn.Module):
    """A stage that returns its map inside a tuple, and a network that returns a dict."""

    class Stage(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, stride=4)

        def forward(self, x):
            return self.conv(x), "extra"

    def __init__(self):
        super().__init__()
        self.stage = self.Stage()
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return {"logits": self.head(self.stage(x)[0].mean((2, 3)))}


def test_a_layer_that_returns_a_tuple_can_be_explained():
    t = trace(wrapped(TupleOut().eval()), torch.rand(32, 32, 3).numpy(), "stage")
    expected = t.model.net.head.weight[1][:, None, None].expand(4, 8, 8) / 64
    torch.testing.assert_close(t.gradients(1), expected)
    torch.testing.assert_close(t.scores_of_activations(t.activations[None])[0], t.logits)


def test_errors_name_the_layer_and_the_remedy():
    model = wrap_model(make("vit"), preprocess=PREPROCESS)
    photo = torch.rand(40, 40, 3).numpy()
    with pytest.raises(UnknownNameError, match="blocks.2.norm1"):
        trace(model, photo, "blocks.2.norm")
    with pytest.raises(LayerError, match="no spatial map"):
        trace(model, photo, "head")
    with pytest.raises(LayerError, match="does not depend"):
        trace(_Unused().model(), photo, "side").gradients()
    with pytest.raises(LayerError, match="never runs"):
        trace(_Unused().model(), photo, "idle")


class _Unused(nn.Module):
    """`side` runs but nothing reads it; `idle` never runs."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.side = nn.Conv2d(3, 4, 3, stride=2)
        self.idle = nn.Conv2d(3, 4, 3)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        self.side(x)
        return self.head(self.conv(x).mean((2, 3)))

    def model(self):
        return wrapped(self.eval())


def test_any_module_path_is_accepted():
    t = trace(wrap_model(TinyViT().eval(), preprocess=PREPROCESS), torch.rand(50, 40, 3).numpy(), "blocks.1.mlp.2")
    assert t.activations.shape == (16, 4, 4)


def test_a_module_that_is_called_by_keywords_alone_is_found():
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 6, 3, stride=4, padding=1)

        def forward(self, *, picture):
            return self.conv(picture).relu()

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()
            self.head = nn.Linear(6, 5)

        def forward(self, x):
            return self.head(self.block(picture=x).mean((2, 3)))

    assert wrapped(Net().eval()).layers == ("block",)


def test_one_way_back_tells_which_of_many_layers_matter(monkeypatch):
    """A network whose way splits and meets again many times has no last layer through which everything passes."""
    torch.manual_seed(0)
    net = U2NetP().eval()
    counts, way_back = [], graphs.gradients_at

    def counted(scores, edges):
        counts.append(len(edges))
        return way_back(scores, edges)

    monkeypatch.setattr(graphs, "gradients_at", counted)
    model = wrap_model(net, preprocess=Preprocess(size=(64, 64)), task="segmentation")
    assert model.default_layer == "down.5"
    assert counts == [1, len(model.layers) - 1]  # the last one, whose map is the answer, and then all others


# --- stages inside modules that are no lists --------------------------------------------------------------------------


def _unit(inward, outward, stride):
    return nn.Sequential(nn.Conv2d(inward, outward, 3, stride, 1), nn.BatchNorm2d(outward), nn.ReLU())


class _Block(nn.Module):
    """A block of units with layers inside, with a way around where its size stays."""

    def __init__(self, inward, outward, stride):
        super().__init__()
        self.block = nn.Sequential(_unit(inward, 2 * inward, stride), _unit(2 * inward, outward, 1))
        self.around = stride == 1 and inward == outward

    def forward(self, x):
        return self.block(x) + x if self.around else self.block(x)


class _Handing(nn.Module):
    """A body that hands on several maps, its stages in a list, by name, or in lists of lists."""

    def __init__(self, kind):
        super().__init__()
        stages = [_unit(3, 4, 2), _Block(4, 8, 2), _Block(8, 8, 1), _Block(8, 12, 2)]
        if kind == "names":
            self.stages = nn.ModuleDict({f"stage{i}": one for i, one in enumerate(stages)})
        else:
            self.stages = nn.Sequential(*stages)

    def forward(self, x):
        found = {}
        for name, stage in self.stages.named_children():
            x = found[name] = stage(x)
        return dict(list(found.items())[-2:])


class _Wrapped(nn.Module):
    """A body, and a neck behind it that is smaller, as in SSD."""

    def __init__(self, kind):
        super().__init__()
        self.body, self.neck = _Handing(kind), _unit(12, 12, 2)
        self.heads = nn.ModuleList([nn.Linear(8, 5), nn.Linear(12, 5), nn.Linear(12, 5)])

    def forward(self, x):
        maps = list(self.body(x).values())
        maps.append(self.neck(maps[-1]))
        return sum(head(one.mean((2, 3))) for head, one in zip(self.heads, maps, strict=True))


@pytest.mark.parametrize("kind", ["list", "names"])
def test_stages_in_a_wrapper_are_found_and_their_blocks_stay_closed(kind):
    torch.manual_seed(0)
    model = wrapped(_Wrapped(kind).eval())
    names = [f"body.stages.{'stage' if kind == 'names' else ''}{i}" for i in range(4)]
    assert model.layers == (*names, "neck")
    assert model.default_layer == "neck"  # the coarsest
