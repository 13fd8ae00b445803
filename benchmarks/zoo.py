"""The architectures of the sweep: how each is built with random weights, and the input that it takes.

Knows builders and sizes; knows nothing about maps. Every builder of torchvision stands here, one small model of every
module of timm (`TIMM`; of a module that a newer timm has, the first model by name), and what `zoo_transformers.py`
lists. What is no network of one picture says so in `NOT_PICTURES`.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from unittest import mock

import torch
from torch import nn
from zoo_entry import CLASSES, SIDE, Entry

import cam  # noqa: F401  (before torchvision, which may not import without its operators)

# torchvision

NOT_PICTURES = {
    "raft_large": "optical flow: two pictures in, a field out",
    "raft_small": "optical flow: two pictures in, a field out",
}
_SIDES = {
    "maxvit_t": 224,
    "inception_v3": 192,
    "quantized_inception_v3": 192,
    "ssd300_vgg16": 300,
    "vit_b_32": 224,
    "vit_l_32": 224,
    "vit_h_14": 112,
}
_CLIPS = {"s3d": (64, 16), "mvit_v1_b": (SIDE, 2), "mvit_v2_s": (SIDE, 2)}  # side and frames; others: 64 and 2


class Segmented(nn.Module):
    """Class scores (B, K) of a segmentation network: the mean of each class's map."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x)["out"].mean((2, 3))


class Dense(nn.Module):
    """Class scores (B, K) of a one-stage detector: the mean over its anchors."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        features = self.net.backbone(x)
        features = list(features.values()) if isinstance(features, dict) else [features]
        return self.net.head(features)["cls_logits"].mean(1)


class Regions(nn.Module):
    """Class scores (B, K) of a two-stage detector: the mean over five fixed regions, four quarters and the whole."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        height, width = x.shape[2:]
        parts = [(0, 0, 0.5, 0.5), (0.5, 0, 1, 0.5), (0, 0.5, 0.5, 1), (0.5, 0.5, 1, 1), (0, 0, 1, 1)]
        boxes = torch.tensor(parts, device=x.device, dtype=x.dtype) * x.new_tensor([width, height, width, height])
        features, heads = self.net.backbone(x), self.net.roi_heads
        pooled = heads.box_roi_pool(features, [boxes] * len(x), [(height, width)] * len(x))
        scores, _ = heads.box_predictor(heads.box_head(pooled))  # (5 B, K)
        return scores.unflatten(0, (len(x), len(parts))).mean(1)


class Clip(nn.Module):
    """A network of clips that sees one picture as a clip of `frames` equal ones."""

    def __init__(self, net: nn.Module, frames: int):
        super().__init__()
        self.net, self.frames = net, frames

    def forward(self, x):
        return self.net(x[:, :, None].expand(-1, -1, self.frames, -1, -1))


def _torchvision(name: str, side: int) -> nn.Module:
    import torchvision

    builder = torchvision.models.get_model_builder(name)
    takes = inspect.signature(builder).parameters
    options: dict = {"weights": None}
    if "weights_backbone" in takes:
        options["weights_backbone"] = None
    if "googlenet" in name or "inception" in name:
        options |= {"aux_logits": False, "init_weights": False}
    if name.startswith("vit_"):
        options["image_size"] = side
    home = builder.__module__.split(".")[2]
    if home == "video":
        return _clips(name, builder, side)
    net = builder(num_classes=CLASSES, **options)
    if home == "segmentation":
        return Segmented(net)
    if home == "detection":
        return Regions(net) if hasattr(net, "roi_heads") else Dense(net)
    return net


def _clips(name: str, builder: Callable[..., nn.Module], side: int) -> nn.Module:
    """A network of clips at a size that takes seconds instead of minutes."""
    from torchvision.models.video import mvit

    frames, make = _CLIPS.get(name, (64, 2))[1], mvit._mvit
    sizes = {"spatial_size": (side, side), "temporal_size": frames}
    with mock.patch.object(mvit, "_mvit", lambda **options: make(**{**options, **sizes})):
        net = builder(num_classes=CLASSES, weights=None)
    if name == "s3d":
        net.avgpool = nn.AdaptiveAvgPool3d(1)  # its own has the size of the last map of 224 pixels
    return Clip(net, frames)


def torchvision_entries() -> list[Entry]:
    """Every builder of the installed torchvision that takes one picture."""
    import torchvision

    clips = torchvision.models.list_models(module=torchvision.models.video)

    def entry(name):
        sides = (_CLIPS.get(name, (64, 2))[0],) if name in clips else (_SIDES.get(name, SIDE), 224)
        return Entry(f"torchvision/{name}", "torchvision", lambda side: _torchvision(name, side), sides)

    return [entry(name) for name in torchvision.models.list_models() if name not in NOT_PICTURES]


# timm

TIMM: dict[str, str] = {  # module -> its smallest model
    "beit": "beit_base_patch16_224",
    "byoanet": "halonet_h1",
    "byobnet": "test_byobnet",
    "cait": "cait_xxs24_224",
    "coat": "coat_tiny",
    "convit": "convit_tiny",
    "convmixer": "convmixer_768_32",
    "convnext": "test_convnext",
    "cpubone": "cpubone_nano",
    "crossvit": "crossvit_tiny_240",
    "csatv2": "csatv2",
    "cspnet": "cs3darknet_focus_s",
    "cspnext": "cspnext_tiny",
    "davit": "davit_tiny",
    "deepseek_vit": "deepseek_vit_412m",
    "deit": "deit_tiny_patch16_224",
    "densenet": "densenet121",
    "dla": "dla34",
    "dpn": "dpn48b",
    "edgenext": "edgenext_xx_small",
    "efficientformer": "efficientformer_l1",
    "efficientformer_v2": "efficientformerv2_s0",
    "efficientnet": "test_efficientnet",
    "efficientvim": "efficientvim_m1",
    "efficientvit_mit": "efficientvit_b0",
    "efficientvit_msra": "efficientvit_m0",
    "eva": "vit_tiny_patch16_dinov3_qkvb",
    "fasternet": "fasternet_t0",
    "fastvit": "fastvit_t8",
    "focalnet": "focalnet_tiny_srf",
    "gcvit": "gcvit_xxtiny",
    "gemma4_vit": "gemma4_vit_167m",
    "ghostnet": "ghostnet_050",
    "hardcorenas": "hardcorenas_b",
    "hgnet": "hgnetv2_b0",
    "hiera": "hiera_tiny_224",
    "hieradet_sam2": "sam2_hiera_tiny",
    "hrnet": "hrnet_w18_small",
    "iformer": "iformer_t",
    "inception_next": "inception_next_atto",
    "inception_resnet_v2": "inception_resnet_v2",
    "inception_v3": "inception_v3",
    "inception_v4": "inception_v4",
    "lcnetv2": "lcnetv2_small",
    "levit": "levit_conv_128",
    "lowformer": "lowformer_b0",
    "mambaout": "test_mambaout",
    "maxxvit": "test_coatnet",
    "metaformer": "poolformer_s12",
    "mlp_mixer": "gmlp_ti16_224",
    "mobilenetv3": "mobilenetv3_small_050",
    "mobilenetv5": "mobilenetv5_base",
    "mobilevit": "mobilevit_xxs",
    "mvitv2": "mvitv2_tiny",
    "naflexvit": "naflexvit_base_patch16_gap",
    "nasnet": "nasnetalarge",
    "nest": "nest_tiny",
    "nextvit": "nextvit_small",
    "nfnet": "test_nfnet",
    "pit": "pit_ti_224",
    "pnasnet": "pnasnet5large",
    "pvt_v2": "pvt_v2_b0",
    "qwen3_vit": "qwen3_vit_88m",
    "rdnet": "rdnet_tiny",
    "regnet": "regnetx_002",
    "repghost": "repghostnet_050",
    "repvit": "repvit_m1",
    "res2net": "res2next50",
    "resnest": "resnest14d",
    "resnet": "test_resnet",
    "resnetv2": "resnetv2_18",
    "rexnet": "rexnet_100",
    "selecsls": "selecsls42",
    "senet": "legacy_seresnet18",
    "sequencer": "sequencer2d_s",
    "shvit": "shvit_s1",
    "sknet": "skresnet18",
    "starnet": "starnet_s050",
    "swiftformer": "swiftformer_xs",
    "swin_transformer": "swin_tiny_patch4_window7_224",
    "swin_transformer_v2": "swinv2_tiny_window8_256",
    "swin_transformer_v2_cr": "swinv2_cr_tiny_224",
    "tiny_vit": "tiny_vit_5m_224",
    "tnt": "tnt_s_legacy_patch16_224",
    "tresnet": "tresnet_m",
    "twins": "twins_svt_small",
    "vgg": "vgg11",
    "visformer": "visformer_tiny",
    "vision_transformer": "test_vit",
    "vision_transformer_hybrid": "vit_tiny_r_s16_p8_224",
    "vision_transformer_relpos": "test_vit_relpos",
    "vision_transformer_sam": "samvit_base_patch16_224",
    "vitamin": "vitamin_small_224",
    "volo": "volo_d1_224",
    "vovnet": "ese_vovnet19b_slim_dw",
    "xception": "legacy_xception",
    "xception_aligned": "xception41p",
    "xcit": "xcit_nano_12_p8_224",
}


_SHORTER = {  # whose smallest model takes minutes; the blocks are all alike
    "deepseek_vit_412m": {"depth": 6},
    "gemma4_vit_167m": {"depth": 6},
}


def _timm(name: str, side: int) -> nn.Module:
    import timm

    options = {"num_classes": CLASSES, **_SHORTER.get(name, {})}
    try:
        return timm.create_model(name, img_size=side, **options)
    except TypeError:  # takes no size: convolutional, as a rule
        return timm.create_model(name, **options)


def timm_entries() -> list[Entry]:
    """One small model of each module of the installed timm."""
    import timm

    def entry(module):
        names = timm.list_models(module=module)
        name = TIMM[module] if TIMM.get(module) in names else names[0]
        return Entry(f"timm/{module}/{name}", "timm", lambda side: _timm(name, side), (SIDE, 224, 256, 240, 331, 384))

    return [entry(module) for module in timm.list_modules() if timm.list_models(module=module)]


def entries() -> list[Entry]:
    """All architectures that the installed libraries can build; a library that is missing is left out."""
    import zoo_transformers

    found: list[Entry] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for list_them in (timm_entries, zoo_transformers.entries, torchvision_entries):
            try:
                found += list_them()
            except ImportError as error:
                print(f"left out: {error}")
    return found


def build(entry: Entry) -> tuple[nn.Module, int]:
    """The network of an entry with the random weights of seed 0, in eval mode, and the side of its input in pixels.

    Raises what the library raises at the last of the entry's sizes.
    """
    for side in entry.sides:
        torch.manual_seed(0)
        try:
            with warnings.catch_warnings(), torch.no_grad():
                warnings.simplefilter("ignore")
                net = entry.make(side).eval()
                scores(net, torch.zeros(1, 3, side, side))
            return net, side
        except Exception:
            if side == entry.sides[-1]:
                raise
    raise ValueError(f"{entry.name} names no size.")


# Random weights that tell pictures apart


def scores(net: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of a network that returns them bare, as `.logits`, or first in a tuple."""
    output = net(inputs)
    output = getattr(output, "logits", output)
    return output if isinstance(output, torch.Tensor) else output[0]


def _tells_apart(net: nn.Module, inputs: torch.Tensor) -> bool:
    with torch.no_grad():
        found = torch.cat([scores(net, one[None]) for one in inputs]).double()
    return bool(torch.isfinite(found).all() and (found - found[:1]).abs().max() > 1e-4 * found.abs().max())


def awake(net: nn.Module, inputs: torch.Tensor) -> str:
    """See that the logits differ between `inputs` (B, 3, H, W), with the least that has to be done; says what.

    Fresh batch normalisations keep the mean 0 and the variance 1, with which deep networks vanish or overflow: they get
    those of `inputs`. What is left is weights that start at zero, which are drawn, and scales of branches
    that start at 1e-5 or so, which become 0.1.
    """
    if _tells_apart(net, inputs):
        return ""
    norms = [
        one for one in net.modules() if isinstance(one, nn.modules.batchnorm._BatchNorm) and one.track_running_stats
    ]
    if norms:
        kept = [one.momentum for one in norms]
        for one in norms:
            one.momentum = 1.0
            one.train()
        with torch.no_grad():
            scores(net, inputs)
        for one, momentum in zip(norms, kept, strict=True):
            one.momentum = momentum
            one.eval()
        if _tells_apart(net, inputs):
            return "running statistics"
    with torch.no_grad():
        for parameter in net.parameters():
            flat = parameter.numel() > 1 and bool((parameter == parameter.flatten()[0]).all())
            if flat and parameter.ndim > 1 and not parameter.any():
                nn.init.normal_(parameter, std=0.02)
            elif flat and 0 < abs(parameter.flatten()[0]) < 0.1:
                parameter.fill_(0.1)
    if _tells_apart(net, inputs):
        return "flat weights drawn"
    return "constant logits"
