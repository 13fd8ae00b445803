"""Tiny networks that lay out their maps in every way that was met, for the tests by kind. Knows no method."""

import torch
from torch import nn
from torch.nn import functional as F

CLASSES = 4


class Convs(nn.Module):
    """Convolutions with a stride each, ReLUs, the mean over places and a linear head."""

    def __init__(self, *steps, channels=3):
        super().__init__()
        self.parts = nn.ModuleList()
        for width, kernel, stride, padding in steps:
            self.parts.append(nn.Conv2d(channels, width, kernel, stride, padding))
            channels = width
        self.head = nn.Linear(channels, CLASSES)

    def forward(self, x):
        for part in self.parts:
            x = part(x).relu()
        return self.head(x.mean((2, 3)))


class LastAsWideAsTall(nn.Module):
    """Maps (B, side, side, side), channels last."""

    def __init__(self, side):
        super().__init__()
        self.patch = nn.Conv2d(3, side, 3, stride=2, padding=1)
        self.block = nn.Sequential(nn.LayerNorm(side), nn.Linear(side, side), nn.GELU())
        self.head = nn.Linear(side, CLASSES)

    def forward(self, x):
        return self.head(self.block(self.patch(x).permute(0, 2, 3, 1)).amax((1, 2)))


class Block(nn.Module):
    """A transformer's block on tokens (B, N, C), or (N, B, C)."""

    def __init__(self, width, batch_first=True):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, 2, batch_first=batch_first)
        self.mlp = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        y = self.norm1(x)
        x = x + self.attn(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.norm2(x))


class Tokens(nn.Module):
    """A vision transformer with `before` tokens in front of its grid and `behind` ones after it.

    `order` is "tokens" (B, N, C) or "sequence" (N, B, C). What is no multiple of the patch is cut off, or filled up
    with zeros ("pad"), or resized away ("resize").
    """

    def __init__(self, patch=8, width=16, before=1, behind=0, order="tokens", fit="cut", depth=2):
        super().__init__()
        self.patch, self.size, self.fit, self.order = self.embedding(patch, width), patch, fit, order
        self.before, self.behind = (nn.Parameter(torch.randn(1, n, width) * 0.5) for n in (before, behind))
        self.blocks = nn.ModuleList(Block(width, order == "tokens") for _ in range(depth))
        self.head = nn.Linear(width, CLASSES)

    def embedding(self, patch, width):
        return nn.Conv2d(3, width, patch, patch)

    def embed(self, x):
        return self.patch(x).flatten(2).transpose(1, 2)

    def forward(self, x):
        lacking = [-side % self.size for side in x.shape[2:]]
        if self.fit == "pad":
            x = F.pad(x, (0, lacking[1], 0, lacking[0]))
        elif self.fit == "resize":
            x = F.interpolate(x, [side + more for side, more in zip(x.shape[2:], lacking, strict=True)])
        x = torch.cat([self.before.expand(len(x), -1, -1), self.embed(x), self.behind.expand(len(x), -1, -1)], 1)
        x = x.transpose(0, 1) if self.order == "sequence" else x
        for block in self.blocks:
            x = block(x)
        x = x.transpose(0, 1) if self.order == "sequence" else x
        return self.head(x[:, 0] if self.before.shape[1] else x.mean(1))


class PlacesOnly(Tokens):
    """The head reads the mean of the places and ignores the class's token."""

    def forward(self, x):
        x = torch.cat([self.before.expand(len(x), -1, -1), self.embed(x)], 1)
        for block in self.blocks:
            x = block(x)
        return self.head(x[:, 1:].mean(1))


class Reshaped(Tokens):
    """Patches are cut out by reshaping, and embedded by a linear layer."""

    def embedding(self, patch, width):
        return nn.Linear(3 * patch * patch, width)

    def embed(self, x):
        b, c, height, width = x.shape
        p = self.size
        x = x.reshape(b, c, height // p, p, width // p, p).permute(0, 2, 4, 1, 3, 5)
        return self.patch(x.reshape(b, (height // p) * (width // p), c * p * p))


class Unfolded(Reshaped):
    """Patches are cut out by `F.unfold`."""

    def embed(self, x):
        return self.patch(F.unfold(x, self.size, stride=self.size).transpose(1, 2))


class Columns(nn.Module):
    """Blocks on (B, C, N): convolutions over a list of tokens, as mixers and point networks have."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 12, 8, 8)
        self.mix = nn.ModuleList(nn.Conv1d(12, 12, 1) for _ in range(2))
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = self.patch(x).flatten(2)
        for part in self.mix:
            x = x + part(x).relu()
        return self.head(x.amax(2))


class Deep(nn.Module):
    """A transformer in a wrapper; the part inside declares how many tokens come first."""

    def __init__(self, before):
        super().__init__()
        self.body = Tokens(before=before)
        self.body.num_prefix_tokens = before

    def forward(self, x):
        return {"logits": self.body(x)}


class TwoTowers(nn.Module):
    """A picture's tower and one for the words of the classes' names; 16 words, as many as the picture has places."""

    def __init__(self, words_first=False):
        super().__init__()
        self.visual = Tokens(before=1)
        self.words = nn.Embedding(40, 16)
        self.text = nn.Sequential(Block(16), Block(16))
        self.register_buffer("names", torch.randint(0, 40, (CLASSES, 16)))
        self.words_first = words_first

    def forward(self, x):
        if self.words_first:
            text = self.text(self.words(self.names[:1])).mean(1)
            return self.visual(x) + text.sum()
        seen = self.visual(x)
        return seen + torch.stack([self.text(self.words(one[None])).mean() for one in self.names])[None]


class Rows(nn.Module):
    """An LSTM reads the rows of a map from top to bottom: 16 steps, as a grid of 4 x 4 would have."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, 2, 1)
        self.lstm = nn.LSTM(8 * 16, 16, batch_first=True)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        x = self.conv(x).relu()
        return self.head(self.lstm(x.permute(0, 2, 1, 3).flatten(2))[0][:, -1])


class Queries(nn.Module):
    """Learned queries, `count` of them, ask a map of 8 x 8 in two rounds, as detectors' decoders and Perceivers do."""

    def __init__(self, count):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, 4, 1), nn.ReLU())
        self.queries = nn.Parameter(torch.randn(1, count, 16))
        self.decoder = nn.ModuleList(
            nn.TransformerDecoderLayer(16, 2, 32, dropout=0.0, batch_first=True) for _ in range(2)
        )
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        memory = self.stem(x).flatten(2).transpose(1, 2)
        found = self.queries.expand(len(x), -1, -1)
        for layer in self.decoder:
            found = layer(found, memory)
        return self.head(found.mean(1))


class Latents(nn.Module):
    """A Perceiver: `count` latents read a map of 4 x 4 once, mix among themselves, and their mean is classified."""

    def __init__(self, count):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 16, 8, 8), nn.ReLU())
        self.latents = nn.Parameter(torch.randn(1, count, 16))
        self.reading = nn.MultiheadAttention(16, 2, batch_first=True)
        self.blocks = nn.ModuleList(Block(16) for _ in range(2))
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        places = self.stem(x).flatten(2).transpose(1, 2)
        asking = self.latents.expand(len(x), -1, -1)
        found = asking + self.reading(asking, places, places, need_weights=False)[0]
        for block in self.blocks:
            found = block(found)
        return self.head(found.mean(1))


class Scrambled(nn.Module):
    """Tokens in another order than rows: windows one after another ("windows"), from right to left ("turned"), column
    by column ("columns"), or by chance ("chance")."""

    def __init__(self, order):
        super().__init__()
        self.patch = nn.Conv2d(3, 12, 4, 4)
        numbers = torch.arange(64).reshape(8, 8)
        self.register_buffer(
            "order",
            {
                "windows": numbers.reshape(2, 4, 2, 4).permute(0, 2, 1, 3).flatten(),
                "turned": numbers.flip(1).flatten(),
                "columns": numbers.T.flatten(),
                "chance": torch.randperm(64, generator=torch.Generator().manual_seed(5)),
            }[order],
        )
        self.mix = nn.Sequential(*(nn.Sequential(nn.LayerNorm(12), nn.Linear(12, 12), nn.GELU()) for _ in range(2)))
        self.head = nn.Linear(12, CLASSES)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)[:, self.order]
        return self.head(self.mix(x).amax(1))
