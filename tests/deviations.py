"""Where a library differs from a method's paper: how, by how much, and why the paper's definition is taken.

`python tests/deviations.py` measures and prints the table as Markdown, with `--write` into docs/proof.md;
`test_deviations.py` measures again and holds the document's figures. Both maps of a row are final heatmaps in [0, 1] of
one input, one layer and one class, enlarged and scaled alike, so what is left is the difference of the methods. Noise
is the same for both. Agreement with a library has its rows in `proof.py` and `test_parity.py`.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch.nn import functional as F

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import peers
import tables
from nets import PREPROCESS, make
from oracles import torchvision_vit
from proof import PHOTO as FRACTAL
from proof import plain

import cam
from cam import explain, trace, wrap_model
from cam.maps.explanation import heatmap_of
from cam.methods.sampling import noise

PHOTO = Path(__file__).parents[1] / "assets" / "cat_and_coffee.jpg"
GRAD_CAM, TORCHCAM, CAPTUM = "grad-cam 1.5.7", "torchcam 0.5.0", "captum 0.9.0"

Maps = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Deviation:
    """One difference: `maps()` gives our heatmap and the library's, (H, W) in [0, 1] each."""

    library: str
    method: str
    does: str
    why: str
    where: str
    maps: Callable[[], Maps]

    def measured(self) -> tuple[float, float]:
        """Largest difference, and correlation, of the two heatmaps."""
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # the libraries' own remarks
            warnings.simplefilter("ignore")
            ours, theirs = self.maps()
        for heatmap in (ours, theirs):
            assert float(heatmap.min()) == 0, "not a heatmap in [0, 1]"
            assert abs(float(heatmap.max()) - 1) <= 1e-4, "not a heatmap in [0, 1]"
        pair = torch.stack([ours.flatten(), theirs.flatten()]).double()
        return float((ours - theirs).abs().max()), float(torch.corrcoef(pair)[0, 1])


@functools.cache
def lite0(layer):
    """A trace of the example at a layer of EfficientNet-Lite0, and its network as the libraries want it."""
    model = cam.load_model("efficientnet_lite0")
    return trace(model, PHOTO, layer), copy.deepcopy(model.net).requires_grad_(True)


def tiny(net, layer):
    """A trace of a fractal at a layer of a tiny seeded network, and the network."""
    return trace(wrap_model(copy.deepcopy(net), preprocess=PREPROCESS), FRACTAL, layer), net


def deep_head(layer):
    return tiny(plain("deep_head"), layer)


def depthwise(layer):
    return tiny(plain("depthwise"), layer)


def deep_head_in_place(layer):
    return tiny(make("deep_head"), layer)


def scaled(raw: torch.Tensor, t) -> torch.Tensor:
    """A map without ReLU at the input's size, in [0, 1]."""
    large = F.interpolate(raw.float()[None, None], t.input.shape[2:], mode="bilinear", align_corners=False)[0, 0]
    return (large - large.min()) / (large.max() - large.min())


def heat(raw: torch.Tensor, t) -> torch.Tensor:
    return heatmap_of(raw, tuple(t.input.shape[2:]))


def top(t) -> int:
    return int(t.logits.argmax())


def of_grad_cam(name, kind, setting, layer, choose=top):
    def maps():
        t, net = setting(layer)
        return explain(t, name, choose(t)).heatmap, peers.grad_cam(kind, net, t.input, layer, choose(t)).heatmap

    return maps


def of_torchcam(name, kind, setting, layer, options=None, relu=True):
    """`options(trace)` are the library's, so that both use the same noise."""

    def maps():
        t, net = setting(layer)
        raw = peers.torchcam_raw(kind, net, t.input, layer, top(t), **(options(t) if options else {}))
        return explain(t, name, top(t)).heatmap, (heat if relu else scaled)(raw, t)

    return maps


def eigencam_up_to_sign() -> Maps:
    t, net = lite0("blocks.4")
    ours, theirs = explain(t, "eigencam"), peers.grad_cam("EigenCAM", net, t.input, "blocks.4", top(t)).raw
    candidates = [heat(sign * theirs, t) for sign in (1, -1)]
    return ours.heatmap, min(candidates, key=lambda map_: float((map_ - ours.heatmap).norm()))


def eigencam_turned() -> Maps:
    t, net = lite0("blocks.4")
    ours, theirs = explain(t, "eigencam_centred"), peers.grad_cam("EigenCAM", net, t.input, "blocks.4", top(t)).raw
    turned = theirs if float((theirs * ours.raw).sum()) < 0 else -theirs
    return ours.heatmap, heat(turned, t)


def captum_gradcam() -> Maps:
    t, net = lite0("blocks.4")
    return explain(t, "gradcam").heatmap, scaled(peers.captum_gradcam(net, t.input, "blocks.4", top(t)), t)


def fullgrad(setting, layer):
    def maps():
        t, net = setting(layer)
        with contextlib.redirect_stdout(io.StringIO()):
            theirs = peers.grad_cam_fullgrad(net, t.input, top(t))
        raw = explain(t, "fullgrad", top(t)).raw
        return scaled(raw, t), theirs

    return maps


def legrad() -> Maps:
    t, net = tiny(torchvision_vit(), None)
    blocks = [f"encoder.layers.{name}" for name, _ in net.encoder.layers.named_children()]
    return explain(t, "legrad", top(t)).heatmap, heat(peers.torchcam_legrad(net, t.input, blocks, top(t)), t)


def noisy_inputs(t):
    spread = 0.1 * float(t.input.max() - t.input.min())
    samples = iter(range(8))
    return {"num_samples": 8, "drawn": lambda size: spread * noise(torch.empty(size[1:]), [next(samples)])}


def noisy_masks(t):
    channels, samples = torch.arange(len(t.activations)), iter(range(10))
    like = torch.empty(1, *t.input.shape[2:])

    def drawn(_):
        return 2.0 * noise(like, channels * 10 + next(samples)).transpose(0, 1)

    return {"num_samples": 10, "drawn": drawn}


PLUSPLUS = "eq. 19 has no such term, and alpha = 1 / (2 + S g) is finite without it"
WEIGHT = "the paper's increase in confidence is a probability, and the authors' program takes it as it is"

DEVIATIONS = (
    Deviation(
        GRAD_CAM,
        "gradcam_plusplus",
        "adds 1e-6 to a denominator that is often smaller",
        PLUSPLUS,
        "Lite0, bn2",
        of_grad_cam("gradcam_plusplus", "GradCAMPlusPlus", lite0, "bn2"),
    ),
    Deviation(
        GRAD_CAM,
        "gradcam_plusplus",
        "the same",
        PLUSPLUS,
        "Lite0, blocks.4",
        of_grad_cam("gradcam_plusplus", "GradCAMPlusPlus", lite0, "blocks.4"),
    ),
    Deviation(
        TORCHCAM,
        "gradcam_plusplus",
        "divides a copy: alpha is g^2",
        "eq. 19 divides",
        "Lite0, blocks.4",
        of_torchcam("gradcam_plusplus", "GradCAMpp", lite0, "blocks.4"),
    ),
    Deviation(
        TORCHCAM,
        "smoothgradcam_plusplus",
        "takes ReLU(g) and A from the last noisy pass, and sums g^3 A",
        "eq. 8 averages over the passes, sums A before it multiplies, and the map is the image's own",
        "Lite0, bn2",
        of_torchcam("smoothgradcam_plusplus", "SmoothGradCAMpp", lite0, "bn2", noisy_inputs),
    ),
    Deviation(
        TORCHCAM,
        "cam",
        "applies no ReLU before scaling",
        "evidence against the class would be painted as a little evidence for it",
        "Lite0, bn2",
        of_torchcam("cam", "CAM", lite0, "bn2", lambda _: {"fc_layer": "classifier"}, relu=False),
    ),
    Deviation(
        CAPTUM,
        "gradcam",
        "applies no ReLU unless it is asked to",
        "the ReLU is a part of eq. 2",
        "Lite0, blocks.4",
        captum_gradcam,
    ),
    Deviation(
        GRAD_CAM,
        "eigencam",
        "centres each channel first",
        "the paper projects A itself; centred it is `eigencam_centred` here",
        "Lite0, blocks.4, the nearer sign",
        eigencam_up_to_sign,
    ),
    Deviation(
        GRAD_CAM,
        "eigencam_centred",
        "leaves the component's sign to chance: so far off where it falls the wrong way",
        "a map should not turn round between two machines; ours rises with the mean activation",
        "Lite0, blocks.4, the other sign",
        eigencam_turned,
    ),
    Deviation(
        GRAD_CAM,
        "scorecam",
        "enlarges with aligned corners, and takes the softmax of the logits over the channels",
        WEIGHT,
        "Lite0, blocks.0",
        of_grad_cam("scorecam", "ScoreCAM", lite0, "blocks.0"),
    ),
    Deviation(
        TORCHCAM,
        "scorecam",
        "scales before it enlarges, and takes the softmax of the logits over the channels",
        WEIGHT,
        "Lite0, blocks.0",
        of_torchcam("scorecam", "ScoreCAM", lite0, "blocks.0"),
    ),
    Deviation(
        TORCHCAM,
        "sscam",
        "adds the noise to masks in [0, 1] and does not scale them again; softmax over the channels",
        "a mask is a share between 0 and 1, with the noise as without",
        "deep_head, act",
        of_torchcam("sscam", "SSCAM", deep_head, "act", noisy_masks),
    ),
    Deviation(
        TORCHCAM,
        "iscam",
        "adds its coefficients up: 0.1, 0.3, 0.6, 1 ... 5.5; softmax over the channels",
        "on the way from nothing to the mask no input is brighter than the image",
        "deep_head, act",
        of_torchcam("iscam", "ISCAM", deep_head, "act"),
    ),
    Deviation(
        GRAD_CAM,
        "ablationcam",
        "divides by the score, so a negative one turns the map round",
        "losing a channel that supports the class must count for it, whatever the score",
        "depthwise, last ReLU, a class with the score -0.09",
        of_grad_cam("ablationcam", "AblationCAM", depthwise, "features.4", lambda _: 4),
    ),
    Deviation(
        GRAD_CAM,
        "ablationcam",
        "sets a channel to -1e7 instead of zero where the layer has negative values",
        "the paper sets it to zero",
        "Lite0, blocks.0",
        of_grad_cam("ablationcam", "AblationCAM", lite0, "blocks.0"),
    ),
    Deviation(
        GRAD_CAM,
        "gradcam",
        "pairs activations behind an in-place ReLU with gradients before it",
        "both belong to the layer's own output",
        "deep_head, conv",
        of_grad_cam("gradcam", "GradCAM", deep_head_in_place, "conv"),
    ),
    Deviation(
        TORCHCAM,
        "gradcam",
        "explains what an in-place ReLU made of the layer's output",
        "the layer that is named is explained",
        "deep_head, conv",
        of_torchcam("gradcam", "GradCAM", deep_head_in_place, "conv"),
    ),
    Deviation(
        GRAD_CAM,
        "fullgrad",
        "finds no bias in timm's normalisations and leaves the input's gradient alone",
        "eq. 3 sums over all biases; ours add up to the score",
        "Lite0",
        fullgrad(lite0, "bn2"),
    ),
    Deviation(
        GRAD_CAM,
        "fullgrad",
        "scales each channel for itself",
        "psi scales a layer as a whole, in the paper and in its authors' program",
        "deep_head",
        fullgrad(deep_head, "act"),
    ),
    Deviation(
        TORCHCAM,
        "legrad",
        "feeds the head the mean of all tokens",
        "this head reads the class token (the authors' program averages, too, for CLIP)",
        "torchvision's ViT, tiny",
        legrad,
    ),
)


def table() -> str:
    """The table as Markdown."""
    head = ["library", "method", "what it does", "largest difference", "correlation", "measured on", "why not so here"]
    rows = []
    for one in DEVIATIONS:
        difference, correlation = one.measured()
        figures = [f"{difference:.2f}", f"{correlation:.3f}"]
        rows.append([one.library, f"`{one.method}`", one.does, *figures, one.where, one.why])
    return tables.table_of(head, rows)


def written(text: str) -> list[tuple[float, float]]:
    """The figures of the document's table, row by row."""
    block = re.search(r"<!-- deviations:begin -->\n(.*?)<!-- deviations:end -->", text, flags=re.DOTALL)[1]
    cells = [line.strip("| ").split(" | ") for line in block.splitlines()[2:]]
    return [(float(row[3]), float(row[4])) for row in cells]


if __name__ == "__main__":
    print(made := table())
    if "--write" in sys.argv:
        tables.write("proof.md", "deviations", made)
