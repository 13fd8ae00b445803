"""Tiny networks of every kind in the catalogue, trained from scratch on planted digits in a minute or two each.

They are torchvision's and timm's own classes with small sizes, so that attention, layouts and heads are the real ones.
Knows networks and training; knows no maps. Weights are kept in a folder that the caller names.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import planted
import torch
from timm.models import ConvNeXt, EfficientNet, MlpMixer, MobileNetV3, ResNet, VisionTransformer
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.resnet import BasicBlock
from torch import nn
from torch.nn import functional as F
from torchvision.models.densenet import DenseNet
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.models.vgg import VGG, make_layers

from cam import Model, Preprocess, wrap_model

PREPROCESS = Preprocess(size=(planted.SIDE, planted.SIDE), resize=planted.SIDE, mean=(0.5,) * 3, std=(0.25,) * 3)
POOL = 9600  # scenes to learn from
BATCH = 64
_INVERTED = [["ds_r1_k3_s1_e1_c16"], ["ir_r1_k3_s2_e3_c24"], ["ir_r1_k3_s2_e3_c40_se0.25"]]
_vit = partial(VisionTransformer, planted.SIDE, 8, num_classes=10, embed_dim=64, depth=4, num_heads=4, mlp_ratio=2.0)


def _vgg() -> VGG:
    net = VGG(make_layers([16, "M", 32, "M", 64, "M", 64]), num_classes=10)
    hidden = [nn.Linear(64 * 49, 64), nn.ReLU(inplace=True), nn.Linear(64, 64), nn.ReLU(inplace=True)]
    net.classifier = nn.Sequential(*hidden, nn.Linear(64, 10))  # three linear layers as in the large one
    return net


@dataclass(frozen=True)
class Kind:
    """A kind of network: the catalogue's `families` that it stands for, how one is made and how long it learns.

    `wide`: weights start with a variance that keeps the signal's, where the library's start is meant for wide layers.
    """

    title: str
    families: tuple[str, ...]
    make: Callable[[], nn.Module]
    steps: int = 500
    rate: float = 2e-3
    wide: bool = False


KINDS: dict[str, Kind] = {
    "vgg": Kind("CNN, hidden layers behind the map", ("AlexNet", "VGG"), _vgg),
    "resnet": Kind(
        "residual CNN, pooling and one linear layer",
        ("Inception", "ResNet", "SqueezeNet", "Xception", "Darknet", "ShuffleNet", "RegNet", "RepVGG"),
        lambda: ResNet(
            BasicBlock, (1, 1, 1, 1), num_classes=10, stem_width=16, channels=(16, 24, 32, 64), output_stride=8
        ),
    ),
    "densenet": Kind(
        "DenseNet, a ReLU before the pooling",
        ("DenseNet",),
        lambda: DenseNet(growth_rate=12, block_config=(3, 3), num_init_features=24, num_classes=10),
    ),
    "efficientnet": Kind(
        "depthwise CNN, pooling and one linear layer",
        ("EfficientNet-Lite", "EfficientNet", "MNASNet"),
        lambda: EfficientNet(
            decode_arch_def(_INVERTED), num_classes=10, num_features=96, stem_size=16, act_layer=nn.SiLU
        ),
    ),
    "mobilenetv3": Kind(
        "depthwise CNN, pooling and a hidden layer",
        ("MobileNet", "GhostNet"),
        lambda: MobileNetV3(
            decode_arch_def([*_INVERTED, ["cn_r1_k1_s1_c96"]]),
            num_classes=10,
            num_features=96,
            stem_size=16,
            act_layer=nn.Hardswish,
        ),
    ),
    "convnext": Kind(
        "ConvNeXt, pooling and LayerNorm",
        ("ConvNeXt",),
        lambda: ConvNeXt(
            num_classes=10, depths=(1, 1, 1, 1), dims=(24, 32, 48, 64), output_stride=8, ls_init_value=0.1
        ),
        1000,
        3e-3,
        wide=True,
    ),
    "vit": Kind("ViT, class token", ("ViT", "DeiT"), _vit, 800, 2e-3, wide=True),
    "vit_mean": Kind(
        "ViT, mean of the patches",
        ("BEiT", "EVA"),
        lambda: _vit(class_token=False, global_pool="avg"),
        800,
        2e-3,
        wide=True,
    ),
    "vit_registers": Kind(
        "ViT, mean of the patches, 4 registers",
        ("ViT",),
        lambda: _vit(class_token=False, reg_tokens=4, global_pool="avg"),
        800,
        2e-3,
        wide=True,
    ),
    "vit_pool": Kind(
        "ViT, attention pooling",
        (),
        lambda: _vit(class_token=False, global_pool="map"),
        800,
        2e-3,
        wide=True,
    ),
    "swin": Kind(
        "Swin, attention in windows",
        ("Swin",),
        lambda: SwinTransformer(
            [4, 4], 32, [2, 2], [2, 4], [3, 3], mlp_ratio=2.0, stochastic_depth_prob=0.0, num_classes=10
        ),
        800,
        2e-3,
        wide=True,
    ),
    "mixer": Kind(
        "MLP-Mixer",
        ("Mixer",),
        lambda: MlpMixer(num_classes=10, img_size=planted.SIDE, patch_size=8, num_blocks=4, embed_dim=64),
        1000,
        3e-3,
    ),
}


def tensors(scenes: list[planted.Scene]) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs (N, 3, H, W) as `PREPROCESS` makes them, and the classes (N,) of the first digits."""
    pixels = torch.from_numpy(np.stack([one.pixels for one in scenes])).permute(0, 3, 1, 2)
    return (pixels.float() / 255 - 0.5) / 0.25, torch.tensor([one.planted[0].index for one in scenes])


def _widen(net: nn.Module) -> None:
    for name, parameter in net.named_parameters():
        if name.endswith("pos_embed"):
            nn.init.normal_(parameter, 0, 0.3)
        elif parameter.ndim > 1:
            nn.init.normal_(parameter, 0, parameter[0].numel() ** -0.5)


def learn(kind: Kind, seed: int, inputs: torch.Tensor, classes: torch.Tensor) -> nn.Module:
    """Train a network of this kind: AdamW, one cycle of the learning rate, cross entropy."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    net = kind.make().train()
    if kind.wide:
        _widen(net)
    optimiser = torch.optim.AdamW(net.parameters(), kind.rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, kind.rate, total_steps=kind.steps, pct_start=0.2)
    for _ in range(kind.steps):
        chosen = torch.from_numpy(chance.integers(0, len(inputs), BATCH))
        optimiser.zero_grad()
        F.cross_entropy(net(inputs[chosen]), classes[chosen]).backward()
        optimiser.step()
        schedule.step()
    return net.eval()


def trained(name: str, seed: int, folder: Path) -> Model:
    """The network of a kind, wrapped, from the folder where it is there and otherwise trained and kept there."""
    kind, file = KINDS[name], folder / f"{name}-{seed}.pt"
    net = kind.make().eval()
    if not file.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        start = time.process_time()
        net = learn(kind, seed, *tensors(planted.scenes(False, POOL, seed=1000 + seed)))
        torch.save(net.state_dict(), file)
        print(f"{name}-{seed}: trained in {time.process_time() - start:.0f} s of one core", file=sys.stderr)
    net.load_state_dict(torch.load(file, weights_only=True))
    net.requires_grad_(False)
    return wrap_model(net, preprocess=PREPROCESS, labels=[str(number) for number in range(10)], name=kind.title)


def accuracy(model: Model, scenes: list[planted.Scene]) -> float:
    """Share of scenes whose digit is the network's first choice."""
    inputs, classes = tensors(scenes)
    with torch.no_grad():
        return (model.net(inputs).argmax(1) == classes).double().mean().item()
