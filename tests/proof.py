"""The proof table: every method, what it is held against, and the largest difference that is measured.

`python tests/proof.py` prints the table as Markdown, with `--write` into docs/proof.md; `test_proof.py` holds each row
to its tolerance. A difference is
max |ours - oracle| / max |oracle| over a raw map on a tiny seeded network. An oracle is the method's equation written a
second time, slowly and without the package, or the authors' code, or a library where it does what the paper says.
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import oracles
import peers
import tables
from nets import PHOTO, PREPROCESS, make

from cam import explain, trace, wrap_model
from cam.methods.fullgrad import completeness
from cam.methods.masks import rise_masks
from cam.tasks.targets import Contrast, look_alikes

CLASS = 1


@dataclass(frozen=True)
class Row:
    """One comparison: `pair()` gives our value and the oracle's."""

    method: str
    oracle: str
    net: str
    pair: Callable[[], tuple[torch.Tensor, torch.Tensor]]
    tolerance: float = 1e-4

    def difference(self) -> float:
        """Largest difference, as a share of the oracle's largest value."""
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):  # the libraries' own remarks
            warnings.simplefilter("ignore")
            ours, oracle = (torch.as_tensor(value).detach().double() for value in self.pair())
        assert ours.shape == oracle.shape, (ours.shape, oracle.shape)
        assert oracle.abs().max() > 1e-6, "an oracle of zeros proves nothing"
        return float((ours - oracle).abs().max() / oracle.abs().max())


def recorded(kind, layer=None):
    return trace(wrap_model(plain(kind), preprocess=PREPROCESS), PHOTO, layer)


def plain(kind):
    """The seeded network without in-place operations: some libraries cannot take them."""
    net = make(kind)
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
    return net


def ours(name, kind="deep_head", layer=None, target=CLASS):
    t = recorded(kind, layer)
    return t, explain(t, name, target).raw


def against_loops(name, kind):
    def pair():
        t, raw = ours(name, kind)
        return raw, oracles.gradient_loops(name, t.activations.double(), t.gradients(CLASS).double())

    return Row(name, "equation, in loops", kind, pair)


def against_equation(name, kind="deep_head", tolerance=1e-4, layer=None):
    def pair():
        t, raw = ours(name, kind, layer)
        return raw, getattr(oracles, name)(t, CLASS)

    return Row(name, "equation, written again", kind, pair, tolerance)


def against_grad_cam(name, peer, kind="deep_head", layer="conv", tolerance=1e-4, upto_sign=False):
    """grad-cam's own map, scaled as the library does; its layer is the one that we explain."""

    def pair():
        import pytorch_grad_cam
        from pytorch_grad_cam.utils.model_targets import ClassifierOutputReST, ClassifierOutputTarget

        t, raw = ours(name, kind, layer)
        target = (ClassifierOutputReST if name == "shapleycam" else ClassifierOutputTarget)(CLASS)
        net = plain(kind)
        with getattr(pytorch_grad_cam, peer)(net, [net.get_submodule(t.layer)]) as library:
            maps = [library(t.input.clone(), [target])[0]]
            if upto_sign:  # it leaves the sign to chance: ours is compared with the same one
                raw = raw if _same_sign(raw, library, net, t) else -raw
        heat = F.interpolate(raw.relu()[None, None], t.input.shape[2:], mode="bilinear", align_corners=False)[0, 0]
        heat = heat - heat.min()
        return heat / heat.max(), maps[0]

    return Row(name, "grad-cam 1.5", kind, pair, tolerance)


def _same_sign(raw, library, net, t):
    with torch.no_grad():
        other = library.get_cam_image(t.input, None, CLASS, t.activations[None].numpy(), None, False)[0]
    return float((torch.as_tensor(other) * raw).sum()) > 0


def against_captum(name, build, kind="deep_head"):
    def pair():
        import captum.attr

        t, raw = ours(name, kind, "act" if kind == "deep_head" else None)
        return raw, build(captum.attr, plain(kind), t)

    return Row(name, "Captum 0.9", kind, pair)


def _occluded(attr, net, t):
    side = t.input.shape[-1] // 7
    windows = {"sliding_window_shapes": (3, side, side), "strides": (3, side // 2, side // 2), "baselines": 0}
    return attr.Occlusion(net).attribute(t.input, target=CLASS, **windows)[0, 0]


def _guided_gradcam(attr, net, t):
    peer = attr.GuidedGradCam(net, net.get_submodule(t.layer))
    return peer.attribute(t.input, target=CLASS, interpolate_mode="bilinear")[0].abs().sum(0)


def _integrated(attr, net, t):
    peer = attr.IntegratedGradients(net)
    return peer.attribute(t.input, target=CLASS, n_steps=48, method="riemann_middle")[0].sum(0)


def _completeness(build):
    """FullGrad's identity: the full gradients add up to the score."""

    def pair():
        t = trace(wrap_model(build(), preprocess=PREPROCESS), PHOTO)
        score, total, _ = completeness(t, t.target(CLASS))
        return torch.tensor([total]), torch.tensor([score])

    return pair


def timm_net():
    """A tiny ResNet of timm, whose batch normalisations hold their activation, with statistics that are not 0 and 1."""
    import timm

    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = timm.create_model("resnetv2_18d", pretrained=False, num_classes=5, channels=(8, 8, 16, 16), stem_chs=8)
        for name, buffer in net.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_(0, 0.3)
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2)
        for name, parameter in net.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, 0, 0.3)
    return net.eval()


def _rise_masks():
    masks = rise_masks((32, 40), 5)
    return masks(torch.arange(5))[:, 0], oracles.rise_masks((32, 40), 5)


def _contrast():
    t = recorded("deep_head")
    target = Contrast(CLASS, look_alikes(t.logits, CLASS, 2), 0.6)
    single = {k: oracles.gradient_loops("gradcam", t.activations, t.gradients(k)) for k in (CLASS, *target.others)}
    expected = single[CLASS] - 0.6 * sum(single[k] for k in target.others) / 2  # Grad-CAM is linear in the score
    return explain(t, "gradcam", target).raw, expected


def _integrated_sum():
    t, raw = ours("integrated_gradients")
    blank = t.scores_of_images(torch.zeros_like(t.input))[0, CLASS]
    return raw.sum()[None], (t.logits[CLASS] - blank)[None]


TRANSFORMERS = {
    "timm ViT, fused": lambda: oracles.timm_vit(True),
    "timm ViT, not fused": lambda: oracles.timm_vit(False),
    "torchvision ViT": oracles.torchvision_vit,
}


def of_transformer(name, net):
    def pair():
        t = trace(wrap_model(TRANSFORMERS[net](), preprocess=PREPROCESS), PHOTO)
        return explain(t, name, CLASS).raw, getattr(oracles, name)(t, CLASS)

    return Row(name, "equation, written again", net, pair)


def at_the_default_layer(net, layer, prefix=0):
    """Grad-CAM where the project looks by itself, which must be `layer`, against plain autograd."""

    def pair():
        t = trace(wrap_model(TRANSFORMERS.get(net, lambda: plain(net))(), preprocess=PREPROCESS), PHOTO)
        assert t.layer == layer, t.layer
        return explain(t, "gradcam", CLASS).raw, oracles.gradcam(t, CLASS, prefix)

    return Row("gradcam", "plain autograd", f"{net}, {layer}", pair)


def _legrad_of_torchcam():
    """With the class token's score: its own one is the mean token's, which this head never reads."""
    net = oracles.torchvision_vit()
    t = trace(wrap_model(net, preprocess=PREPROCESS), PHOTO)
    blocks = [f"encoder.layers.encoder_layer_{number}" for number in range(3)]

    def score(tokens):
        return net.heads(net.encoder.ln(tokens)[:, 0])

    return explain(t, "legrad", CLASS).raw, peers.torchcam_legrad(net, t.input, blocks, CLASS, score)


LOOPED = ("gradcam", "hirescam", "odam", "gradcam_elementwise", "gradcam_plusplus", "xgradcam", "layercam")
ROWS = [
    *(against_loops(name, kind) for name in LOOPED for kind in ("deep_head", "vit")),
    against_grad_cam("gradcam", "GradCAM"),
    against_grad_cam("hirescam", "HiResCAM"),
    against_grad_cam("gradcam_elementwise", "GradCAMElementWise"),
    against_grad_cam("xgradcam", "XGradCAM"),
    against_grad_cam("layercam", "LayerCAM"),
    at_the_default_layer("pooled", "features.4"),
    at_the_default_layer("depthwise", "features.4"),
    at_the_default_layer("channels_last", "stages.1"),
    at_the_default_layer("swin", "norm"),
    at_the_default_layer("attention_pooled", "stem.1"),
    at_the_default_layer("vit_mean", "blocks.2.norm1"),
    at_the_default_layer("vit_registers", "blocks.2.norm1", 5),
    at_the_default_layer("timm ViT, fused", "blocks.2.norm1", 1),
    at_the_default_layer("torchvision ViT", "encoder.layers.encoder_layer_2.ln_1", 1),
    against_equation("cam", "pooled"),
    against_equation("smoothgradcam_plusplus"),
    against_equation("shapleycam", layer="act"),
    against_equation("shapleycam", "vit", 1e-3),
    against_grad_cam("shapleycam", "ShapleyCAM"),
    Row("finer-cam (contrast)", "equation, written again", "deep_head", _contrast),
    against_equation("eigencam"),
    against_equation("eigencam", "vit"),
    against_equation("eigengradcam"),
    against_equation("eigencam_centred"),
    against_equation("eigengradcam_centred"),
    against_grad_cam("eigencam_centred", "EigenCAM", upto_sign=True),
    Row(**{**vars(against_equation("kpca_cam")), "oracle": "scikit-learn 1.9, KernelPCA"}),
    against_grad_cam("kpca_cam", "KPCA_CAM", upto_sign=True),
    against_equation("fem"),
    against_grad_cam("fem", "FEM"),
    against_equation("random"),
    against_equation("scorecam"),
    against_equation("scorecam", "channels_last"),
    against_equation("sscam"),
    against_equation("iscam"),
    against_equation("ablationcam", layer="act"),
    against_grad_cam("ablationcam", "AblationCAM", layer="act", tolerance=1e-3),
    against_equation("rise"),
    Row("rise (masks)", "authors' code", "none", _rise_masks),
    against_equation("occlusion"),
    against_captum("occlusion", _occluded),
    against_equation("fullgrad"),
    Row("fullgrad (adds up to the score)", "identity", "deep_head", _completeness(lambda: make("pooled"))),
    Row("fullgrad (adds up to the score)", "identity", "timm ResNetV2", _completeness(timm_net)),
    against_equation("attention_rollout", "vit"),
    against_equation("attention_rollout", "vit_registers"),
    against_equation("attention_rollout", "vit_mean"),
    against_equation("legrad", "vit"),
    against_equation("legrad", "vit_registers"),
    against_equation("legrad", "vit_mean"),
    *(of_transformer(name, net) for name in ("attention_rollout", "legrad") for net in TRANSFORMERS),
    *([Row("legrad", "torchcam 0.5", "torchvision ViT", _legrad_of_torchcam)] if sys.version_info >= (3, 11) else []),
    against_captum(
        "input_gradient", lambda attr, net, t: attr.Saliency(net).attribute(t.input, target=CLASS)[0].amax(0)
    ),
    against_equation("smoothgrad"),
    against_captum("integrated_gradients", _integrated),
    Row("integrated_gradients (adds up)", "identity y(x) - y(0)", "deep_head", _integrated_sum, 1e-2),
    against_captum(
        "guided_backprop",
        lambda attr, net, t: attr.GuidedBackprop(net).attribute(t.input, target=CLASS)[0].abs().sum(0),
    ),
    against_captum("guided_gradcam", _guided_gradcam),
]


def table() -> str:
    """The table as Markdown, differences rounded to one digit."""
    rows = [[row.method, row.oracle, row.net, f"{row.difference():.0e}"] for row in ROWS]
    return tables.table_of(["method", "oracle", "network", "largest difference"], rows)


if __name__ == "__main__":
    print(made := table())
    if "--write" in sys.argv:
        tables.write("proof.md", "proof", made)
