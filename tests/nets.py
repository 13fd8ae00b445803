"""Tiny seeded networks for the tests, one of each kind that the project explains. No downloads."""

import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from cam import Preprocess, trace, wrap_model

CLASSES = 5
SIZE = 32
PREPROCESS = Preprocess(size=(SIZE, SIZE), resize=36, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
PHOTO = Image.effect_mandelbrot((60, 40), (-2, -1.2, 1, 1.2), 40).convert("RGB")


class PooledCNN(nn.Module):
    """Convolutions, global average pooling and one linear layer; ReLUs in place as in torchvision's models."""

    def __init__(self, inplace=True, depthwise=False):
        super().__init__()
        groups = 6 if depthwise else 1
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, padding=1),
            nn.BatchNorm2d(6),
            nn.ReLU(inplace),
            nn.Conv2d(6, 12, 3, stride=2, padding=1, groups=groups),
            nn.ReLU(inplace),
        )
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class DeepHeadCNN(nn.Module):
    """A second convolution and a hidden layer behind the last stage, so that no identity makes methods equal."""

    def __init__(self, inplace=True):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU(inplace))
        self.conv = nn.Conv2d(6, 10, 3, stride=2, padding=1)
        self.act = nn.ReLU(inplace)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(10 * 64, 16), nn.GELU(), nn.Linear(16, CLASSES))

    def forward(self, x):
        return self.head(self.act(self.conv(self.stem(x))))


class SkipAround(nn.Module):
    """The input also reaches the head around the layer `conv`."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=4, padding=1)
        self.side = nn.Conv2d(3, 6, 1)
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        main = self.conv(x).relu().mean((2, 3))
        return self.head(torch.cat([main, self.side(x).sigmoid().mean((2, 3))], 1))


class ChannelsLastCNN(nn.Module):
    """Stages that hand on (B, h, w, C), as Swin's and ConvNeXt's can."""

    class Block(nn.Module):
        def __init__(self, inward, outward):
            super().__init__()
            self.norm = nn.LayerNorm(inward)
            self.mix = nn.Linear(inward, outward)

        def forward(self, x):
            return F.gelu(self.mix(self.norm(x)))

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, stride=4)
        self.stages = nn.Sequential(self.Block(8, 8), self.Block(8, 12))
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        return self.head(self.stages(self.patch(x).permute(0, 2, 3, 1)).mean((1, 2)))


class TinyViT(nn.Module):
    """A vision transformer with `prefix` tokens before the grid; with none, the tokens' mean feeds the head."""

    class Block(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.norm1 = nn.LayerNorm(width)
            self.attn = nn.MultiheadAttention(width, 2, batch_first=True)
            self.norm2 = nn.LayerNorm(width)
            self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

        def forward(self, x):
            y = self.norm1(x)
            x = x + self.attn(y, y, y, need_weights=False)[0]
            return x + self.mlp(self.norm2(x))

    def __init__(self, prefix=1, width=16, depth=3):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 8, stride=8)
        self.prefix = nn.Parameter(torch.randn(1, prefix, width) * 0.5) if prefix else None
        self.blocks = nn.Sequential(*(self.Block(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        if self.prefix is not None:
            x = torch.cat([self.prefix.expand(len(x), -1, -1), x], 1)
        x = self.norm(self.blocks(x))
        return self.head(x.mean(1) if self.prefix is None else x[:, 0])


class AttentionPooled(nn.Module):
    """A convolutional backbone whose map is pooled by one learned query."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=4, padding=1), nn.ReLU())
        self.query = nn.Parameter(torch.randn(1, 1, 8))
        self.pool = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, CLASSES)

    def forward(self, x):
        tokens = self.stem(x).flatten(2).transpose(1, 2)
        return self.head(self.pool(self.query.expand(len(x), -1, -1), tokens, tokens, need_weights=False)[0][:, 0])


class SharedReLU(nn.Module):
    """One ReLU module called twice in a pass."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.two = nn.Conv2d(6, 6, 3, stride=2, padding=1)
        self.relu = nn.ReLU()
        self.head = nn.Linear(6, CLASSES)

    def forward(self, x):
        return self.head(self.relu(self.two(self.relu(self.one(x)))).mean((2, 3)))


def tiny_swin():
    """torchvision's Swin with two stages of two blocks: windows, shifted windows and patch merging."""
    from torchvision.models.swin_transformer import SwinTransformer  # after cam, which makes torchvision import

    options = {"mlp_ratio": 2.0, "stochastic_depth_prob": 0.0, "num_classes": CLASSES}
    return SwinTransformer([4, 4], 8, [2, 2], [2, 2], [2, 2], **options)


NETS = {
    "pooled": PooledCNN,
    "depthwise": lambda: PooledCNN(depthwise=True),
    "deep_head": DeepHeadCNN,
    "channels_last": ChannelsLastCNN,
    "swin": tiny_swin,
    "vit": TinyViT,
    "vit_registers": lambda: TinyViT(prefix=5),
    "vit_mean": lambda: TinyViT(prefix=0),
    "attention_pooled": AttentionPooled,
    "shared_relu": SharedReLU,
}


def make(kind, seed=0):
    """Return a seeded network of the table above, in eval mode, with weights that require gradients."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = NETS[kind]()
        for parameter in net.parameters():  # wider than the usual start, so that classes and places differ
            if parameter.ndim > 1:
                nn.init.normal_(parameter, 0.02, 1.5 / parameter[0].numel() ** 0.5)
    return net.eval()


def recorded(net="deep_head", layer=None, image=PHOTO, seed=0):
    """Return the trace of a network, or of one of a kind, at a layer."""
    net = make(net, seed) if isinstance(net, str) else net
    return trace(wrap_model(net, preprocess=PREPROCESS), image, layer)
