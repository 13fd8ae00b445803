"""What each step follows from, as equations on the bare network: `EXPECTED[name](s, t, method)` gives its tensor.

`s` holds the tensors of the steps by name, `t` is the trace, and class `INDEX` is explained. Where methods differ the
key is (method, name).
"""

import functools
import math

import cv2
import numpy as np
import oracles
import torch
from nets import make
from oracles import explicit_attention, forward_with, rise_masks, rising, transformer
from torch.nn import functional as F

INDEX = 2


def as_maps(t, own):
    """What the layer hands on of one image, (C, h, w): tokens of the grid last, or maps."""
    shape = t.activations.shape
    return own[0][-math.prod(shape[1:]) :].T.reshape(shape) if own.ndim == 3 else own[0]


def maps_and_gradients(t, inputs, score=lambda logits: logits[0, INDEX]):
    """Activations and their gradients by plain autograd, for one input."""
    own, logits = forward_with(t.model.net, t.layer, inputs.clone().requires_grad_())
    (gradients,) = torch.autograd.grad(score(logits), own)
    return as_maps(t, own).detach(), as_maps(t, gradients)


def residual(logits):
    return logits[0, INDEX] + logits[0].log_softmax(0)[INDEX]


def input_gradient(t, inputs, net=None):
    leaf = inputs.clone().requires_grad_()
    (gradient,) = torch.autograd.grad((net or t.model.net)(leaf)[0, INDEX], leaf)
    return gradient[0]


def probability(t, image):
    with torch.no_grad():
        return t.model.net(image[None]).softmax(1)[0, INDEX]


def noisy(t, count, spread):
    sigma = spread * float(t.input.max() - t.input.min())
    return torch.stack(
        [t.input[0] + sigma * torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(i)) for i in range(count)]
    )


def weighted(s, t, method):
    return torch.einsum("k,kij->ij", s["weights"].double(), s["activations"].double())


def summed(name):
    return lambda s, t, method: sum(part.double() for part in s[name])


def product(one, other):
    return lambda s, t, method: s[one] * s[other]


def cut(name):
    return lambda s, t, method: torch.where(s[name] > 0, s[name], 0)


def large(map_, size=(32, 32)):
    return torch.from_numpy(cv2.resize(map_.numpy(), size, interpolation=cv2.INTER_LINEAR))


def unit(map_):
    return (map_ - map_.min()) / (map_.max() - map_.min())


def heatmap(s, t, method):
    enlarged = large(shown(s))
    return unit(enlarged) if enlarged.max() > enlarged.min() else torch.zeros(32, 32)


def shown(s):
    """The map before it is scaled: what its last step but one came to."""
    names = list(s)
    return s[names[names.index("enlarge" if "enlarge" in s else "scale") - 1]]


# --- gradients and activations ----------------------------------------------------------------------------------------


def smoothed(gradients):
    """By matrices of rows and of columns whose shares add up to one: a Gaussian of one cell, two cells far."""
    across, down = (
        torch.tensor([[math.exp(-((i - j) ** 2) / 2) * (abs(i - j) <= 2) for j in range(side)] for i in range(side)])
        for side in gradients.shape[:0:-1]
    )
    across, down = (shares / shares.sum(1, keepdim=True) for shares in (across, down))
    return torch.einsum("iu,jv,kuv->kij", down, across, gradients)


def alphas(s, t, method):
    if method == "smoothgradcam_plusplus":
        above, below = s["mean_squares"].double(), s["mean_cubes"].double()
    else:
        above, below = s["gradients"].double() ** 2, s["gradients"].double() ** 3
    below = 2 * above + s["sums"].double()[:, None, None] * below
    return torch.where(below != 0, above / below, 0)


def curvature(s, t, method):
    with torch.no_grad():
        own, _ = forward_with(t.model.net, t.layer, t.input)

    def score(flat):
        with explicit_attention():
            return residual(forward_with(t.model.net, t.layer, t.input, lambda _: flat.view_as(own))[1])

    _, found = torch.autograd.functional.vhp(score, own.flatten(), own.flatten())
    return as_maps(t, found.view_as(own))


def noisy_maps(number):
    def stacked(s, t, method):
        return torch.stack([maps_and_gradients(t, one[None])[number] for one in s["noisy_inputs"]])

    return stacked


def xgrad_weights(s, t, method):
    return torch.where(s["sums"].abs() > 1e-7, s["products"].sum((1, 2)) / s["sums"], 0)


# --- patterns and statistics ------------------------------------------------------------------------------------------


def matrix_of(s):
    name = next(name for name in ("centred", "products", "activations") if name in s)
    return s[name].double().flatten(1).T  # (n, C)


def direction(s, t, method):
    rows = matrix_of(s)
    _, _, right = torch.linalg.svd(rows, full_matrices=False)
    # centred rows all have a mean of nothing, and the sign goes by the mean of what was centred
    signed = rising(rows @ right[0], rows.mean(1))
    return right[0] if torch.equal(signed, rows @ right[0]) else -right[0]


def variance_share(s, t, method):
    values = torch.linalg.svdvals(matrix_of(s))
    return values[0] ** 2 / (values**2).sum()


def projection(s, t, method):
    return (matrix_of(s) @ s["direction"].double()).view(t.activations.shape[1:])


def kernel(s, t, method):
    rows = s["activations"].double().flatten(1).T
    rows = rows - rows.mean(0)
    n, channels = rows.shape
    found = torch.tensor([[math.tanh(float(a @ b) / channels + 1) for b in rows] for a in rows])
    middle = torch.eye(n) - 1 / n
    return middle @ found @ middle


def component(s, t, method):
    _, vectors = torch.linalg.eigh(s["kernel"].double())
    raw = (vectors[:, -1] * s["eigenvalue"].double().sqrt()).view(t.activations.shape[1:])
    return rising(raw, s["activations"].double().mean(0))


# --- masks and ablations ----------------------------------------------------------------------------------------------


def mask(t, method, k, i):
    enlarged = large(t.activations[k])
    if method == "sscam":
        enlarged = enlarged + 2 * torch.randn(32, 32, generator=torch.Generator().manual_seed(10 * k + i))
    return unit(enlarged) * ((i + 1) / 10 if method == "iscam" else 1)


def channel_masks(s, t, method):
    repeats = s["confidences"].shape[1]
    return torch.stack([mask(t, method, int(k), n % repeats) for n, k in enumerate(s["chosen"])])


def confidences(s, t, method):
    repeats = 1 if method == "scorecam" else 10
    found = torch.zeros(len(t.activations), repeats)
    for k, i in np.ndindex(*found.shape):
        if t.activations[k].max() > t.activations[k].min():
            found[k, i] = probability(t, s["input"] * mask(t, method, k, i))
    return found


def chosen(s, t, method):
    repeats = s["confidences"].shape[1]
    varied = [k for k, channel in enumerate(t.activations) if channel.max() > channel.min()]
    best = sorted(varied, key=lambda k: -float(s["weights"][k]))[:8]
    return torch.tensor([k for k in best for _ in range(repeats)])


def scores_without(s, t, method):
    found = []
    for k in range(len(t.activations)):

        def without(own, k=k):
            changed = own.clone()
            as_maps(t, changed)[k] = 0
            return changed

        with torch.no_grad():
            found.append(forward_with(t.model.net, t.layer, t.input, without)[1][0, INDEX])
    return torch.stack(found)


def losses(s, t, method):
    return s["scores"][INDEX] - scores_without(s, t, method)


@functools.cache
def all_masks():
    return rise_masks((32, 32), 2000).float()


def mask_scores(s, t, method):
    with torch.no_grad():
        return t.model.net(s["input"] * all_masks()[:, None]).softmax(1)[:, INDEX]


def rise_shown(s, t, method):
    order = sorted(range(2000), key=lambda i: float(s["mask_scores"][i]))
    return torch.tensor(order[:4] + order[-4:])


def mean_mask(s, t, method):
    return torch.einsum("b,bij->ij", s["mask_scores"].double(), all_masks().double()) / 2000 / 0.5


def corners():
    return [(row, column, 2 * row, 2 * column) for row in range(15) for column in range(15)]


def drops(s, t, method):
    found = torch.zeros(15, 15)
    for row, column, top, left in corners():
        image = s["input"].clone()
        image[:, top : top + 4, left : left + 4] = 0
        with torch.no_grad():
            found[row, column] = s["scores"][INDEX] - t.model.net(image[None])[0, INDEX]
    return found


def under_patches(value):
    """At each pixel the sum of a number over the patches that cover it."""

    def found(s, t, method):
        total = torch.zeros(32, 32)
        for row, column, top, left in corners():
            total[top : top + 4, left : left + 4] += value(s, row, column)
        return total

    return found


def mean_drop(s, t, method):
    return under_patches(lambda s, row, column: s["drops"][row, column])(s, t, method) / s["covered"]


# --- pixels -----------------------------------------------------------------------------------------------------------


def guided(s, t, method):
    kind = "pooled" if hasattr(t.model.net, "features") else "deep_head"
    net = make(kind)
    for module in net.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
            module.register_full_backward_hook(lambda _module, inward, _outward: (inward[0].clamp(min=0),))
    return input_gradient(t, s["input"][None], net)


def at_each(points):
    return lambda s, t, method: torch.stack([input_gradient(t, one[None]) for one in points(s)])


# --- all layers at once -----------------------------------------------------------------------------------------------


def parts_of(t):
    """On the net `deep_head`: bias times gradient, for the input and both convolutions."""
    net, inputs = t.model.net, t.input.clone().requires_grad_()
    one = net.stem[0](inputs)
    two = net.conv(one.relu())
    grads = torch.autograd.grad(net.head(two.relu())[0, INDEX], [inputs, one, two])
    biases = [inputs.detach(), net.stem[0].bias[:, None, None], net.conv.bias[:, None, None]]
    return [(grad * bias).detach() for grad, bias in zip(grads, biases, strict=True)]


def shares(s, t, method):
    """The first three one by one, and all of them together."""
    expected = s["shares"].double().clone()
    expected[:3] = torch.stack([part.double().sum() for part in parts_of(t)])
    expected[-1] = s["scores"][INDEX].double() - expected[:-1].sum()
    return expected


def layer_maps(s, t, method):
    found = []
    for part in parts_of(t):
        part = part.abs() - part.abs().min()
        part = part / (part.max() + 1e-6)
        found.append(F.interpolate(part, (32, 32), mode="bilinear", align_corners=True)[0].sum(0))
    return torch.stack(found)


def attentions(s, t, method):
    x, blocks, _, _ = transformer(t.model.net, t.input)
    found = []
    for block in blocks:
        x, matrix = block(x, None)
        found.append(matrix.detach().mean(0))
    return torch.stack(found)


def flow(s, t, method):
    found = torch.eye(s["attentions"].shape[-1]).double()
    for matrix in s["attentions"].double():
        found = (matrix + torch.eye(len(matrix))) / 2 @ found
    return found


def attention_rises(s, t, method):
    return oracles.attention_rises(t, INDEX)


EXPECTED = {
    "scores": lambda s, t, method: t.model.net(t.input)[0].detach(),
    "input": lambda s, t, method: t.input[0],
    "activations": lambda s, t, method: maps_and_gradients(t, t.input)[0],
    "gradients": lambda s, t, method: maps_and_gradients(t, t.input)[1],
    ("shapleycam", "gradients"): lambda s, t, method: maps_and_gradients(t, t.input, residual)[1],
    "products": product("gradients", "activations"),
    ("layercam", "products"): product("positive_gradients", "activations"),
    ("odam", "products"): product("smoothed_gradients", "activations"),
    ("odam", "weighted_sum"): summed("products"),
    "smoothed_gradients": lambda s, t, method: smoothed(s["gradients"]),
    "positive_products": cut("products"),
    "positive_gradients": cut("gradients"),
    ("smoothgradcam_plusplus", "positive_gradients"): cut("mean_gradients"),
    "positive_sum": summed("positive_products"),
    "weighted_sum": weighted,
    ("hirescam", "weighted_sum"): summed("products"),
    ("layercam", "weighted_sum"): summed("products"),
    "sums": lambda s, t, method: s["activations"].sum((1, 2)),
    ("smoothgradcam_plusplus", "sums"): lambda s, t, method: s["noisy_activations"].sum((2, 3)).mean(0),
    "alphas": alphas,
    "curvature": curvature,
    "noisy_inputs": lambda s, t, method: noisy(t, 24, 0.15) if method == "smoothgrad" else noisy(t, 8, 0.1),
    "noisy_activations": noisy_maps(0),
    "noisy_gradients": noisy_maps(1),
    "mean_gradients": lambda s, t, method: s["noisy_gradients"].mean(0),
    "mean_squares": lambda s, t, method: (s["noisy_gradients"] ** 2).mean(0),
    "mean_cubes": lambda s, t, method: (s["noisy_gradients"] ** 3).mean(0),
    ("gradcam", "weights"): lambda s, t, method: s["gradients"].mean((1, 2)),
    ("guided_gradcam", "weights"): lambda s, t, method: s["gradients"].mean((1, 2)),
    ("cam", "weights"): lambda s, t, method: t.model.net.head.weight[INDEX].detach(),
    ("gradcam_plusplus", "weights"): lambda s, t, method: (s["alphas"] * s["positive_gradients"]).sum((1, 2)),
    ("smoothgradcam_plusplus", "weights"): lambda s, t, method: (s["alphas"] * s["positive_gradients"]).sum((1, 2)),
    ("xgradcam", "weights"): xgrad_weights,
    ("shapleycam", "weights"): lambda s, t, method: (s["gradients"] - s["curvature"] / 2).mean((1, 2)),
    ("fem", "weights"): lambda s, t, method: s["above"].mean((1, 2)),
    ("random", "weights"): lambda s, t, method: (
        2 * torch.rand(len(s["activations"]), generator=torch.Generator().manual_seed(0)) - 1
    ),
    ("ablationcam", "weights"): lambda s, t, method: s["losses"] / s["scores"][INDEX].abs(),
    "weights": lambda s, t, method: s["confidences"].mean(1),
    "centred": lambda s, t, method: (
        (m := s.get("products", s["activations"])) - torch.stack([one.mean() for one in m])[:, None, None]
    ),
    "direction": direction,
    "variance_share": variance_share,
    "projection": projection,
    "kernel": kernel,
    "eigenvalue": lambda s, t, method: torch.linalg.eigvalsh(s["kernel"].double())[-1],
    "component": component,
    "thresholds": lambda s, t, method: torch.stack([a.mean() + 2 * a.std(correction=0) for a in s["activations"]]),
    "above": lambda s, t, method: (s["activations"] > s["thresholds"][:, None, None]).float(),
    "chosen": chosen,
    "masks": channel_masks,
    "confidences": confidences,
    "scores_without": scores_without,
    "losses": losses,
    "shown": rise_shown,
    ("rise", "masks"): lambda s, t, method: all_masks()[s["shown"].long()],
    "mask_scores": mask_scores,
    "mean_mask": mean_mask,
    "drops": drops,
    "covered": under_patches(lambda s, row, column: 1),
    "mean_drop": mean_drop,
    "input_gradients": lambda s, t, method: input_gradient(t, s["input"][None]),
    "guided_gradients": guided,
    ("input_gradient", "magnitude"): lambda s, t, method: s["input_gradients"].abs().amax(0),
    ("smoothgrad", "magnitude"): lambda s, t, method: s["mean_gradient"].abs().sum(0),
    "magnitude": lambda s, t, method: s["guided_gradients"].abs().sum(0),
    "noisy_input_gradients": at_each(lambda s: s["noisy_inputs"]),
    "path": lambda s, t, method: torch.tensor([(i + 0.5) / 48 for i in range(48)]),
    "path_gradients": at_each(lambda s: s["input"] * s["path"][:, None, None, None]),
    ("smoothgrad", "mean_gradient"): lambda s, t, method: s["noisy_input_gradients"].mean(0),
    "mean_gradient": lambda s, t, method: s["path_gradients"].mean(0),
    "pixel_products": product("input", "mean_gradient"),
    "pixel_sum": summed("pixel_products"),
    "enlarged_map": lambda s, t, method: large(s["weighted_sum"].clamp(min=0)),
    "product": product("enlarged_map", "magnitude"),
    "shares": shares,
    "layer_maps": layer_maps,
    "total": summed("layer_maps"),
    "attentions": attentions,
    "flow": flow,
    "reading": lambda s, t, method: s["flow"][0, 1:].view(4, 4),
    "attention_rises": attention_rises,
    "token_rises": lambda s, t, method: s["attention_rises"].mean(1),
    "rises": lambda s, t, method: s["token_rises"].mean(0)[1:].view(4, 4),
    "relu": lambda s, t, method: torch.where((m := s[list(s)[list(s).index("relu") - 1]]) > 0, m, 0),
    "enlarge": heatmap,
    "scale": lambda s, t, method: unit(shown(s)),
}


def expected(name, s, t, method):
    """The tensor of a step by its equation."""
    return EXPECTED.get((method, name), EXPECTED.get(name))(s, t, method).detach()
