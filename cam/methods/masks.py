"""Methods that hide parts of the image and watch the score; they need no layer and no gradient. Maps are (H, W)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import torch
from torch.nn import functional as F

from ..passes.trace import Trace
from ..photos.views import sides
from ..tasks.targets import Target
from .base import Map
from .sampling import counted
from .telling import listening, tell

_MASKS_TOLD = 8  # that are told as a step; all of them would be thousands of images


def rise_masks(
    size: tuple[int, int], count: int, cells: int = 8, kept: float = 0.5
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Random masks as in the code of Petsiuk et al.: returns `masks(indices) -> (b, 1, H, W)`, seeded.

    A grid of `cells` x `cells`, each cell open with probability `kept`, is enlarged bilinearly to a bit more than the
    image (mirrored beyond the outer cells' centres) and cut out at a random shift of less than a cell.
    """
    generator = torch.Generator().manual_seed(0)
    grids = (torch.rand(count, 1, cells, cells, generator=generator) < kept).float()
    steps = [math.ceil(side / cells) for side in size]  # pixels per cell
    shifts = torch.stack([torch.randint(0, step, (count,), generator=generator) for step in steps], 1)

    def masks(indices: torch.Tensor) -> torch.Tensor:
        axes = []
        for axis, (side, step) in enumerate(zip(size, steps, strict=True)):
            pixels = torch.arange(side) + shifts[indices, axis, None]  # (b, side), of (cells + 1) * step
            centres = (pixels + 0.5) * cells / ((cells + 1) * step) - 0.5  # in cells
            axes.append(2 * centres / (cells - 1) - 1)
        rows, columns = axes
        shape = (len(rows), *size)
        where = torch.stack([columns[:, None, :].expand(shape), rows[:, :, None].expand(shape)], -1)  # (b, H, W, 2)
        return F.grid_sample(grids[indices], where, mode="bilinear", padding_mode="reflection", align_corners=True)

    return masks


def rise(trace: Trace, target: Target, count: int = 2000, kept: float = 0.5) -> Iterator[tuple[Map, float]]:
    """1/(N p) sum_i p(target | input * M_i) M_i over random masks M_i that keep a share p of the image.

    Petsiuk et al. 2018, arXiv 1806.07421, eq. 6, with masks as in the authors' code (who take N = 4,000 to 8,000). Of a
    box it is D-RISE (2021, arXiv 2006.03204): instead of p counts how like the box the best of the detections is.
    """
    masks = rise_masks(sides(trace.input), count, kept=kept)
    last, confidences = {}, torch.zeros(count)
    tell("input", trace.input[0], "x")

    def masked(indices: torch.Tensor) -> torch.Tensor:
        last["masks"] = masks(indices).to(trace.input)
        return trace.input * last["masks"]

    total, done = 0, 0
    for share, indices, logits in counted(trace.in_chunks(trace.scores_of_images, masked, torch.arange(count)), count):
        done += len(indices)
        found = target.likeness(logits)
        total = total + torch.einsum("b,bhw->hw", found, last["masks"][:, 0].float())
        confidences[indices] = found.to(confidences)
        if share == 1 and listening():
            order = confidences.argsort(stable=True)
            shown = torch.cat([order[: _MASKS_TOLD // 2], order[-_MASKS_TOLD // 2 :]])
            tell("shown", shown, f"i of the {_MASKS_TOLD // 2} smallest and largest p_i of {count:,}, known in the end")
            tell("masks", masks(shown)[:, 0], f"M_i by chance, {kept:g} of the image open", "shown")
        tell("mask_scores", confidences, "p_i = confidence of the target for x · M_i", "input", "masks")
        raw = total / (done * kept)
        tell(
            "mean_mask",
            raw,
            f"L = 1/(N · {kept:g}) · Σ_i p_i M_i, over all N = {count:,} masks",
            "mask_scores",
            "masks",
        )
        yield Map(raw), share


def occlusion(
    trace: Trace, target: Target, patch: int | None = None, stride: int | None = None
) -> Iterator[tuple[Map, float]]:
    """At each pixel the mean of y(x) - y(x with a patch set to the mean colour) over the patches that cover it.

    Zeiler and Fergus 2013, arXiv 1311.2901, section 4.2. A patch is a seventh of the shorter side by default and moves
    by half of itself; those at the edge are cut.
    """
    height, width = trace.input.shape[2:]
    patch = patch or max(2, min(height, width) // 7)
    stride = stride or max(1, patch // 2)
    starts = [_starts(side, patch, stride) for side in (height, width)]
    corners = torch.cartesian_prod(*starts)  # (p, 2)
    tell("input", trace.input[0], "x")
    score = target(trace.logits)
    rounding = 1e-6 * trace.logits.abs().max()  # a batch of another size can differ by so much without a reason
    change, covered, drops = torch.zeros(height, width), torch.zeros(height, width), torch.zeros(len(corners))

    def hidden(indices: torch.Tensor) -> torch.Tensor:
        batch = trace.input.repeat(len(indices), 1, 1, 1)
        for image, (top, left) in zip(batch, corners[indices].tolist(), strict=True):
            image[:, top : top + patch, left : left + patch] = 0
        return batch

    order = torch.randperm(len(corners), generator=torch.Generator().manual_seed(0))
    work = trace.in_chunks(trace.scores_of_images, hidden, order)
    for share, indices, logits in counted(work, len(order)):
        losses = score - target(logits)
        drops[indices] = torch.where(losses.abs() > rounding, losses, 0).to(drops)
        for (top, left), loss in zip(corners[indices].tolist(), drops[indices].tolist(), strict=True):
            change[top : top + patch, left : left + patch] += loss
            covered[top : top + patch, left : left + patch] += 1
        grid = drops.view(len(starts[0]), len(starts[1]))
        tell(
            "drops", grid, f"d_rc = y(x) − y(x without {patch} x {patch} pixels at {stride} (r, c))", "scores", "input"
        )
        tell("covered", covered, f"n = patches of {patch} pixels, {stride} apart, that cover a pixel")
        raw = change / covered.clamp(min=1)
        tell("mean_drop", raw, "L = 1/n · Σ of d_rc over the patches that cover a pixel", "drops", "covered")
        yield Map(raw), share


def _starts(side: int, patch: int, stride: int) -> torch.Tensor:
    """Where patches start so that they cover a side: the first at zero, the last reaches the end."""
    return torch.arange(math.ceil(max(0, side - patch) / stride) + 1) * stride
