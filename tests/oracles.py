"""Every method's equation written a second time: slow, plain, on the bare network, without the package's passes.

Each function takes a trace (for the input, the layer's name and the network) and a class, and returns the raw map.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F


def forward_with(net, layer, inputs, change=None):
    """Run a network by hand; returns `(the layer's own output, logits)`, `change(output)` being handed on instead."""
    found = []

    def hook(_module, _inputs, output):
        found.append(output)
        return None if change is None else change(output)

    handle = net.get_submodule(layer).register_forward_hook(hook)
    try:
        logits = net(inputs)
    finally:
        handle.remove()
    return found[-1], logits


def score_of(net, inputs, index):
    with torch.no_grad():
        return net(inputs)[:, index]


def gradient_loops(name, a, g):
    """The map of a gradient method as its paper writes it, one place and one channel at a time."""
    channels, height, width = a.shape
    raw = torch.zeros(height, width, dtype=torch.float64)
    for k in range(channels):
        act, grad = a[k].double().tolist(), g[k].double().tolist()
        total = sum(map(sum, act))
        weight = 0.0
        places = [(i, j) for i in range(height) for j in range(width)]
        for i, j in places:
            if name == "gradcam":
                weight += grad[i][j] / (height * width)
            elif name == "xgradcam":
                weight += grad[i][j] * act[i][j] / total if total else 0.0
            elif name == "gradcam_plusplus" and grad[i][j]:
                one = grad[i][j]
                weight += one**2 / (2 * one**2 + total * one**3) * max(one, 0.0)
        for i, j in places:
            product = grad[i][j] * act[i][j]
            raw[i, j] += {
                "hirescam": product,
                "gradcam_elementwise": max(product, 0.0),
                "layercam": max(grad[i][j], 0.0) * act[i][j],
            }.get(name, weight * act[i][j])
    return raw


def odam_loops(a, g):
    """ODAM's map, one place, one channel and one neighbour at a time: a Gaussian of one cell over 5 x 5 places."""
    channels, height, width = a.shape
    raw = torch.zeros(height, width, dtype=torch.float64)
    for k in range(channels):
        act, grad = a[k].double().tolist(), g[k].double().tolist()
        for i in range(height):
            for j in range(width):
                above = below = 0.0
                for y in range(max(0, i - 2), min(height, i + 3)):
                    for x in range(max(0, j - 2), min(width, j + 3)):
                        share = math.exp(-((y - i) ** 2 + (x - j) ** 2) / 2)
                        above, below = above + share * grad[y][x], below + share
                raw[i, j] += above / below * act[i][j]
    return raw


def cam(t, index):
    return sum(t.model.net.head.weight[index, k].item() * t.activations[k] for k in range(len(t.activations)))


def smoothgradcam_plusplus(t, index, samples=8):
    net, spread = t.model.net, 0.1 * float(t.input.max() - t.input.min())
    passes = []
    for sample in range(samples):
        noise = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(sample))
        a, logits = forward_with(net, t.layer, t.input + spread * noise)
        (g,) = torch.autograd.grad(logits[0, index], a)
        passes.append((a[0].detach().double(), g[0].double()))
    raw = torch.zeros_like(t.activations[0], dtype=torch.float64)
    for k in range(len(t.activations)):
        first, second, third = (sum(g[k] ** power for _, g in passes) / samples for power in (1, 2, 3))
        total = sum(float(a[k].sum()) for a, _ in passes) / samples
        below = 2 * second + total * third
        alpha = torch.where(below != 0, second / below, 0)
        raw += float((alpha * first.clamp(min=0)).sum()) * t.activations[k]
    return raw


def shapleycam(t, index):
    """In float64, with PyTorch's own product of a vector with the Hessian of a function."""
    net = t.model.net.double()
    inputs = t.input.double()
    with torch.no_grad():
        own, _ = forward_with(net, t.layer, inputs)

    def score(flat):
        with explicit_attention():
            _, logits = forward_with(net, t.layer, inputs, lambda _: flat.view_as(own))
        return logits[0, index] + logits[0].log_softmax(0)[index]

    flat = own.flatten()
    slope = torch.autograd.functional.jacobian(score, flat)
    _, product = torch.autograd.functional.vhp(score, flat, flat)
    vector = t._layout.maps((slope - product / 2).view_as(own))[0]
    net.float()
    return (vector.mean((1, 2))[:, None, None] * t.activations).sum(0)


def explicit_attention():
    return torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)


def signed_component(matrix, mean, shape):
    """u s of the first singular vector, rising with the mean activation."""
    u, s, _ = torch.linalg.svd(matrix.double(), full_matrices=False)
    return rising((u[:, 0] * s[0]).view(shape), mean)


def rising(raw, mean):
    return raw if ((raw - raw.mean()) * (mean - mean.mean())).sum() >= 0 else -raw


def eigencam(t, _):
    a = t.activations.double()
    return signed_component(a.flatten(1).T, a.mean(0), a.shape[1:])


def eigengradcam(t, index):
    a = t.activations.double() * t.gradients(index).double()
    return signed_component(a.flatten(1).T, a.mean(0), a.shape[1:])


def eigencam_centred(t, _):
    return _centred(t.activations.double())


def eigengradcam_centred(t, index):
    return _centred(t.activations.double() * t.gradients(index).double())


def _centred(a):
    rows = a.flatten(1).T
    return signed_component(rows - rows.mean(0), a.mean(0), a.shape[1:])


def kpca_cam(t, _):
    from sklearn.decomposition import KernelPCA

    a = t.activations.double()
    rows = a.flatten(1).T.numpy()
    raw = KernelPCA(n_components=1, kernel="sigmoid").fit_transform(rows - rows.mean(0))
    return rising(torch.from_numpy(raw).view(a.shape[1:]), a.mean(0))


def fem(t, _):
    raw = np.zeros(t.activations.shape[1:])
    for channel in t.activations.double().numpy():
        raw += np.mean(channel > np.mean(channel) + 2 * np.std(channel)) * channel
    return raw


def random(t, _):
    weights = torch.rand(len(t.activations), generator=torch.Generator().manual_seed(0))
    return sum((2 * float(weight) - 1) * channel for weight, channel in zip(weights, t.activations, strict=True))


def _masked_channels(t, index, masks_of):
    """sum_k A_k times the mean probability under the masks of channel k."""
    raw = torch.zeros_like(t.activations[0])
    for k, channel in enumerate(t.activations):
        if channel.max() == channel.min():
            continue
        large = F.interpolate(channel[None, None], t.input.shape[2:], mode="bilinear", align_corners=False)
        masks = masks_of(k, large)
        probabilities = [float(t.model.net(t.input * mask).softmax(1)[0, index]) for mask in masks]
        raw += sum(probabilities) / len(probabilities) * channel
    return raw


def _unit(mask):
    return (mask - mask.min()) / (mask.max() - mask.min())


def scorecam(t, index):
    return _masked_channels(t, index, lambda _, large: [_unit(large)])


def sscam(t, index):
    def masks(k, large):
        for sample in range(10):
            noise = torch.randn(1, 32, 32, generator=torch.Generator().manual_seed(10 * k + sample))
            yield _unit(large + 2.0 * noise)

    return _masked_channels(t, index, lambda k, large: list(masks(k, large)))


def iscam(t, index):
    return _masked_channels(t, index, lambda _, large: [_unit(large) * i / 10 for i in range(1, 11)])


def ablationcam(t, index):
    raw = torch.zeros_like(t.activations[0])
    score = float(t.logits[index])
    for k, channel in enumerate(t.activations):
        keep = torch.ones(1, len(t.activations), 1, 1)
        keep[0, k] = 0
        with torch.no_grad():
            _, logits = forward_with(t.model.net, t.layer, t.input, lambda output, keep=keep: output * keep)
        raw += (score - float(logits[0, index])) / abs(score) * channel
    return raw


def rise_masks(size, count, cells=8, kept=0.5):
    """The authors' code, with our random numbers: scikit-image's resize, then a cut at a random shift."""
    from skimage.transform import resize

    generator = torch.Generator().manual_seed(0)
    grids = (torch.rand(count, 1, cells, cells, generator=generator) < kept).float()[:, 0].numpy()
    step = np.ceil(np.array(size) / cells).astype(int)
    shifts = [torch.randint(0, int(one), (count,), generator=generator).tolist() for one in step]
    masks = []
    for grid, y, x in zip(grids, *shifts, strict=True):
        large = resize(grid, (cells + 1) * step, order=1, mode="reflect", anti_aliasing=False)
        masks.append(large[y : y + size[0], x : x + size[1]])
    return torch.from_numpy(np.array(masks))


def rise(t, index, count=2000):
    from cam.methods.masks import rise_masks as ours  # compared with the authors' code in a row of its own

    masks = ours((32, 32), count)(torch.arange(count))
    raw = torch.zeros(32, 32)
    for start in range(0, count, 100):
        some = masks[start : start + 100]
        with torch.no_grad():
            weights = t.model.net(t.input * some).softmax(1)[:, index]
        raw += (weights[:, None, None] * some[:, 0]).sum(0)
    return raw / count / 0.5


def occlusion(t, index, patch=4, stride=2):
    change, covered = torch.zeros(32, 32), torch.zeros(32, 32)
    score = score_of(t.model.net, t.input, index)
    for top in range(0, 32 - patch + 1, stride):
        for left in range(0, 32 - patch + 1, stride):
            image = t.input.clone()
            image[:, :, top : top + patch, left : left + patch] = 0
            change[top : top + patch, left : left + patch] += score - score_of(t.model.net, image, index)
            covered[top : top + patch, left : left + patch] += 1
    return change / covered


def fullgrad(t, index):
    """On the net `deep_head`: its two convolutions' biases and the input, each scaled as in the authors' code."""
    net, inputs = t.model.net, t.input.clone().requires_grad_()
    one = net.stem[0](inputs)
    two = net.conv(one.relu())
    score = net.head(two.relu())[0, index]
    grads = torch.autograd.grad(score, [inputs, one, two])
    biases = [inputs.detach(), net.stem[0].bias[:, None, None], net.conv.bias[:, None, None]]
    raw = torch.zeros(32, 32)
    for grad, bias in zip(grads, biases, strict=True):
        part = (grad * bias).abs()
        part = part - part.min()
        part = part / (part.max() + 1e-6)
        raw += F.interpolate(part, (32, 32), mode="bilinear", align_corners=True)[0].sum(0)
    return raw


def gradcam(t, index, prefix=0):
    """On the network as it is: plain autograd at the layer's own output, tokens and channels last brought to (C, n)."""
    own, logits = forward_with(t.model.net, t.layer, t.input.clone().requires_grad_())
    (gradients,) = torch.autograd.grad(logits[0, index], own)
    a, g = own[0].detach(), gradients[0]
    if a.ndim == 2 or a.shape[0] != t.activations.shape[0]:  # (N, C) or (h, w, C)
        a, g = (part.reshape(-1, part.shape[-1])[prefix:].T for part in (a, g))
    a, g = (part.reshape(len(part), -1).double() for part in (a, g))
    return (g.mean(1) @ a).view(t.activations.shape[1:])


def attended(q, k, v, matrix):
    """Attention of one image by hand, q, k and v (heads, N, d): returns `(output (1, N, C), matrix (heads, N, N))`."""
    if matrix is None:
        matrix = (q @ k.transpose(1, 2) / q.shape[-1] ** 0.5).softmax(-1)
    return (matrix @ v).transpose(0, 1).reshape(1, q.shape[1], -1), matrix


def block_of_torch(x, matrix, norm1, attn, norm2, mlp):
    """One block around PyTorch's attention by hand: returns `(output, attention matrix (heads, N, N))`."""
    heads, width = attn.num_heads, x.shape[-1]
    parts = (norm1(x)[0] @ attn.in_proj_weight.T + attn.in_proj_bias).chunk(3, -1)
    mixed, matrix = attended(*(part.view(-1, heads, width // heads).transpose(0, 1) for part in parts), matrix)
    x = x + mixed @ attn.out_proj.weight.T + attn.out_proj.bias
    return x + mlp(norm2(x)), matrix


def block_of_timm(x, matrix, b):
    """One block of timm's by hand."""
    parts = b.attn.qkv(b.norm1(x))[0].view(x.shape[1], 3, b.attn.num_heads, -1).permute(1, 2, 0, 3)
    mixed, matrix = attended(*parts, matrix)
    x = x + b.attn.proj(mixed)
    return x + b.mlp(b.norm2(x)), matrix


def transformer(net, inputs):
    """Take a network apart: tokens, blocks `(x, matrix or None) -> (x, matrix)`, head, number of prefix tokens."""
    if hasattr(net, "encoder"):  # torchvision's
        x = torch.cat([net.class_token, net._process_input(inputs)], 1) + net.encoder.pos_embedding
        blocks = [
            lambda x, m, b=b: block_of_torch(x, m, b.ln_1, b.self_attention, b.ln_2, b.mlp) for b in net.encoder.layers
        ]
        return x, blocks, lambda x: net.heads(net.encoder.ln(x)[:, 0]), 1
    if hasattr(net, "patch_embed"):  # timm's
        x = torch.cat([net.cls_token, net.patch_embed(inputs)], 1) + net.pos_embed
        blocks = [lambda x, m, b=b: block_of_timm(x, m, b) for b in net.blocks]
        return x, blocks, lambda x: net.head(net.norm(x)[:, 0]), 1
    x = net.patch(inputs).flatten(2).transpose(1, 2)
    x = x if net.prefix is None else torch.cat([net.prefix, x], 1)
    blocks = [lambda x, m, b=b: block_of_torch(x, m, b.norm1, b.attn, b.norm2, b.mlp) for b in net.blocks]
    if net.prefix is None:
        return x, blocks, lambda x: net.head(net.norm(x).mean(1)), 0
    return x, blocks, lambda x: net.head(net.norm(x)[:, 0]), net.prefix.shape[1]


def attention_rollout(t, _):
    x, blocks, _, prefix = transformer(t.model.net, t.input)
    flow = np.eye(x.shape[1])
    for block in blocks:
        x, matrix = block(x, None)
        mean = matrix.detach().double().mean(0).numpy()
        step = 0.5 * mean + 0.5 * np.eye(len(mean))
        flow = (step / step.sum(1, keepdims=True)) @ flow
    row = flow[0] if prefix else flow.mean(0)
    return torch.from_numpy(row[prefix:].reshape(4, 4))


def attention_rises(t, index):
    """How a logit rises with each attention of each block, mean over heads: (blocks, tokens, tokens)."""
    x, blocks, head, _ = transformer(t.model.net, t.input)
    found = []
    for block in blocks:
        x = x.detach()
        _, matrix = block(x, None)
        leaf = matrix.detach().requires_grad_()
        out, _ = block(x, leaf)
        (gradient,) = torch.autograd.grad(head(out)[0, index], leaf)
        found.append(gradient.clamp(min=0).mean(0))
        x = out
    return torch.stack(found)


def legrad(t, index):
    *_, prefix = transformer(t.model.net, t.input)
    return attention_rises(t, index).mean((0, 1))[prefix:].view(4, 4)


def timm_vit(fused, seed=0):
    """A tiny vision transformer of timm with a class token, its attention fused or not."""
    import timm

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = timm.create_model(
            "vit_tiny_patch16_224", pretrained=False, img_size=32, patch_size=8, embed_dim=16, depth=3, num_heads=2,
            num_classes=5,
        )  # fmt: skip
        for parameter in net.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, 0.02, 1.5 / parameter[0].numel() ** 0.5)
    for module in net.modules():
        if hasattr(module, "fused_attn"):
            module.fused_attn = fused
    return net.eval()


def torchvision_vit(seed=0):
    """A tiny vision transformer of torchvision with a class token."""
    from torchvision.models import VisionTransformer

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = VisionTransformer(32, 8, num_layers=3, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5)
        for parameter in net.parameters():
            if parameter.ndim > 1:
                torch.nn.init.normal_(parameter, 0.02, 1.5 / parameter[0].numel() ** 0.5)
    return net.eval()


def timm_matrices(t):
    """The attention matrices of timm's blocks from the output of `qkv`, (heads, N, N) each."""
    matrices = []
    for number in range(len(t.model.net.blocks)):
        with torch.no_grad():
            qkv, _ = forward_with(t.model.net, f"blocks.{number}.attn.qkv", t.input)
        q, k, _ = qkv[0].view(-1, 3, 2, 8).permute(1, 2, 0, 3)
        matrices.append((q @ k.transpose(1, 2) / 8**0.5).softmax(-1))
    return matrices


def smoothgrad(t, index, samples=24):
    sigma = 0.15 * float(t.input.max() - t.input.min())
    total = torch.zeros(3, 32, 32)
    for sample in range(samples):
        noise = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(sample))
        inputs = (t.input + sigma * noise).requires_grad_()
        (gradient,) = torch.autograd.grad(t.model.net(inputs)[0, index], inputs)
        total += gradient[0] / samples
    return total.abs().sum(0)
