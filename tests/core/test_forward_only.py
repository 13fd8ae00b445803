"""Networks through which no gradient comes, or in which no layer has a map: what needs neither works all the same."""

import pytest
import torch
from kinds import CLASSES, Convs
from test_kinds import picture, seeded, wrapped
from torch import nn

from cam import CamError, LayerError, explain, trace

SIZE = (32, 32)
ON_A_LAYER = ("scorecam", "sscam", "iscam", "ablationcam", "eigencam", "eigencam_centred", "kpca_cam", "fem")
ON_PIXELS = ("rise", "occlusion")


class Detached(Convs):
    """The head reads numbers that have left the graph."""

    def forward(self, x):
        for part in self.parts:
            x = part(x).relu()
        return self.head(x.mean((2, 3)).detach().contiguous())


def convs():
    return Convs((8, 3, 2, 1), (12, 3, 2, 1))


def quantised():
    return torch.ao.quantization.quantize_dynamic(convs(), {nn.Linear}, dtype=torch.qint8)


BUILDS = {"detached": lambda: Detached((8, 3, 2, 1), (12, 3, 2, 1)), "quantised": quantised}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("kind", BUILDS)
def test_methods_without_gradients_give_the_free_networks_map(kind):
    """Where only the graph is missing, the maps are those of the same network with one."""
    recorded = trace(wrapped(seeded(BUILDS[kind]), SIZE), picture(SIZE), "parts.1")
    free = trace(wrapped(seeded(convs), SIZE), picture(SIZE), "parts.1")
    tolerance = 0.2 if kind == "quantised" else 1e-5  # eight bits of weights and of activations
    for name in (*ON_A_LAYER, *ON_PIXELS):
        found, wanted = explain(recorded, name, 1).raw, explain(free, name, 1).raw
        assert (found - wanted).abs().max() <= tolerance * wanted.abs().max().clamp_min(1e-6), name


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize(("kind", "place"), [("detached", "own `forward`"), ("quantised", "module 'head'")])
def test_methods_with_gradients_name_the_place_where_they_end(kind, place):
    recorded = trace(wrapped(seeded(BUILDS[kind]), SIZE), picture(SIZE), "parts.1")
    for name in ("gradcam", "hirescam", "layercam"):
        with pytest.raises(CamError, match=place):
            explain(recorded, name, 1)


class Volume(nn.Module):
    """Three-dimensional inside: the picture's channels are taken for slices."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv3d(1, 8, 3, 2, 1), nn.Linear(8, CLASSES)

    def forward(self, x):
        return self.head(self.conv(x[:, None]).relu().mean((2, 3, 4)))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 16), nn.GELU(), nn.Linear(16, CLASSES))


WITHOUT_LAYERS = {
    "mlp": (mlp, lambda net: net),
    "volume": (Volume, lambda net: net),
    "traced": (convs, lambda net: torch.jit.trace(net, picture(SIZE))),
    "scripted": (mlp, torch.jit.script),
    "exported": (convs, lambda net: torch.export.export(net, (picture(SIZE),)).module()),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("kind", WITHOUT_LAYERS)
def test_methods_on_the_model_alone_give_the_plain_networks_map(kind):
    build, convert = WITHOUT_LAYERS[kind]
    model = wrapped(convert(seeded(build)), SIZE)
    recorded = trace(model, picture(SIZE))
    plain = trace(wrapped(seeded(build), SIZE), picture(SIZE))
    torch.testing.assert_close(recorded.logits, plain.logits)
    for name in ON_PIXELS:
        torch.testing.assert_close(explain(recorded, name, 1).raw, explain(plain, name, 1).raw, rtol=1e-3, atol=1e-5)
    if not model.default_layer:
        with pytest.raises((LayerError, CamError), match="no layer|rise"):
            explain(recorded, "gradcam", 1)


@pytest.mark.parametrize("kind", ["mlp", "volume"])
def test_a_network_without_maps_has_no_layers(kind):
    assert wrapped(seeded(WITHOUT_LAYERS[kind][0]), SIZE).layers == ()
