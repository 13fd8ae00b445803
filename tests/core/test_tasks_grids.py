"""Detectors with several grids: a default layer that every box depends on, and no empty map in silence."""

import pytest
import torch
from nets import PHOTO
from torch import nn

from cam import Boxes, LayerError, Preprocess, explain, trace, wrap_model

PREPROCESS = Preprocess(size=(32, 32), resize=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


def conv(inward, outward, stride=2):
    return nn.Sequential(nn.Conv2d(inward, outward, 3, stride, 1), nn.LeakyReLU(0.1))


class Grids(nn.Module):
    """Boxes from an 8 x 8 and a 4 x 4 grid. `down`: the fine one also sees the coarse one, as in a pyramid."""

    def __init__(self, down):
        super().__init__()
        self.down = down
        self.stem, self.body, self.extra = conv(3, 6), conv(6, 8), conv(8, 8)
        self.fine, self.coarse = conv(8, 8, 1), conv(8, 8, 1)
        self.heads = nn.ModuleList(nn.Conv2d(8, 7, 1) for _ in range(2))
        with torch.random.fork_rng():
            torch.manual_seed(2)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.0, 0.35)

    def forward(self, x):
        fine = self.body(self.stem(x))
        coarse = self.extra(fine)
        if self.down:
            fine = fine + nn.functional.interpolate(coarse, scale_factor=2.0)
        found = [
            head(one).flatten(2) for head, one in zip(self.heads, (self.fine(fine), self.coarse(coarse)), strict=True)
        ]
        found = torch.cat(found, 2).transpose(1, 2)  # (B, 64 + 16, 7)
        places = torch.cat([torch.cartesian_prod(*[torch.arange(n) + 0.5] * 2).flip(1) * 32 / n for n in (8, 4)])
        sides = found[..., 3:].sigmoid() * 12
        return Boxes(torch.cat([places - sides[..., :2], places + sides[..., 2:]], -1), found[..., :3])


def wrapped(down):
    return wrap_model(Grids(down).eval(), preprocess=PREPROCESS)


@pytest.mark.parametrize(("down", "layer"), [(True, "extra"), (False, "body")])
def test_every_box_depends_on_the_default_layer(down, layer):
    model = wrapped(down)
    assert model.default_layer.split(".")[0] == layer
    recorded = trace(model, PHOTO)
    found = recorded.top(1000)
    assert {one.candidate < 64 for one in found} == {True, False}
    for one in found[::5]:
        with torch.enable_grad():
            gradient = torch.autograd.grad(
                recorded._scores[0, one.candidate, 4 + one.index], recorded._leaf, retain_graph=True
            )[0][0]
        expected = (gradient * recorded.activations).sum(0)
        assert expected.abs().max() > 0
        assert torch.allclose(explain(recorded, None, one).raw, expected, atol=1e-5)


@pytest.mark.parametrize("method", ["hirescam", "odam", "gradcam"])
def test_a_layer_that_a_box_does_not_pass_through_says_so(method):
    recorded = trace(wrapped(False), PHOTO, "extra")
    for one in recorded.top(1000):
        if one.candidate >= 64:
            assert explain(recorded, method, one).raw.abs().max() > 0
            continue
        with pytest.raises(LayerError, match="trace.model, image, 'body") as said:
            explain(recorded, method, one)
        assert said.value.code == "layer-not-of-finding"


# --- networks that choose their boxes themselves ----------------------------------------------------------------------


class Body(nn.Module):
    """Two maps, by name; with `down` the fine one also holds the coarse one."""

    def __init__(self, down):
        super().__init__()
        self.down, self.stem, self.fine, self.coarse = down, conv(3, 6), conv(6, 8), conv(8, 8)

    def forward(self, x):
        fine = self.fine(self.stem(x))
        coarse = self.coarse(fine)
        if self.down:
            fine = fine + nn.functional.interpolate(coarse, scale_factor=2.0)
        return {"fine": fine, "coarse": coarse}


class Choosing(nn.Module):
    """Hands on the boxes of some grids whose score is high enough, as torchvision's detectors do."""

    def __init__(self, down, grids, least):
        super().__init__()
        self.body, self.grids, self.least = Body(down), grids, least
        self.heads = nn.ModuleDict({name: nn.Conv2d(8, 7, 1) for name in ("fine", "coarse")})
        with torch.random.fork_rng():
            torch.manual_seed(2)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.0, 0.35)

    def forward(self, x):
        maps = self.body(x)
        found = torch.cat([self.heads[name](maps[name]).flatten(2) for name in self.grids], 2)[0].T
        scores, labels = found[:, :3].sigmoid().max(1)
        keep = scores > self.least
        corners = found[:, 3:5].sigmoid() * 16
        boxes = torch.cat([corners, corners + 1 + found[:, 5:].sigmoid() * 12], 1)
        return [{"boxes": boxes[keep], "labels": labels[keep], "scores": scores[keep]}]


@pytest.mark.parametrize(("down", "layer"), [(True, "body.coarse"), (False, "body.fine")])
@pytest.mark.parametrize(("grids", "least"), [(("fine", "coarse"), 0.0), (("coarse",), 0.0), (("fine", "coarse"), 1.0)])
def test_the_default_layer_serves_also_the_boxes_that_were_not_found(down, layer, grids, least):
    model = wrap_model(Choosing(down, grids, least).eval(), preprocess=PREPROCESS, labels=["a", "b", "c"])
    assert model.default_layer.startswith(layer)
    assert bool(trace(model, PHOTO).top()) == (least == 0)
