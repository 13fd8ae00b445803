"""Whether a map lies where the object is: measures of a map (H, W) and annotated boxes, both in the image's pixels.

`render.on_image` brings a heatmap to the image's own size first: 15 pixels are pixels of the image, not of the input.
A box is (left, top, right, bottom) with the pixels whose centres lie inside it; what hangs over the edge is cut off. A
map without any heat points nowhere and scores 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from PIL import Image

from ..photos.views import Box

TOLERANCE = 15.0  # pixels
_ROUNDING = 1e-3  # pixels: OpenCV's distances are rounded, differently in each version; the next is sqrt(226)
THRESHOLD = 0.15  # of the maximum

Heatmap = torch.Tensor | np.ndarray  # (H, W)


def _map(heatmap: Heatmap) -> np.ndarray:
    values = np.asarray(heatmap, dtype=np.float64)
    if values.ndim != 2:
        raise ValueError(f"A map has shape (H, W), not {values.shape}.")
    return np.clip(values, 0, None)


def box_mask(boxes: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """The pixels (H, W) of an image of `size` (H, W) that lie in any of the boxes, bool."""
    mask = np.zeros(size, dtype=bool)
    rows, columns = np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5
    for left, top, right, bottom in boxes:
        mask |= ((rows >= top) & (rows < bottom))[:, None] & ((columns >= left) & (columns < right))[None, :]
    return mask


def pointing_game(heatmap: Heatmap, boxes: Sequence[Box], tolerance: float = TOLERANCE) -> float:
    """1 if an annotated pixel lies within `tolerance` pixels of the map's maximum, else 0; report means over classes.

    Where several pixels share the maximum it is the share of them that hit: a uniform map gets what chance gets.
    Zhang et al. 2016, arXiv 1608.00507, section 4.1.
    """
    values = _map(heatmap)
    mask = box_mask(boxes, values.shape)
    if values.max() == 0 or not mask.any():
        return 0.0
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float((distance[values == values.max()] <= tolerance + _ROUNDING).mean())


def energy_pointing_game(heatmap: Heatmap, boxes: Sequence[Box]) -> float:
    """The share of the map's sum that lies in the boxes, sum_box M / sum M in [0, 1].

    Wang et al. 2020 (Score-CAM), arXiv 1910.01279, section 4.3. A uniform map gets the boxes' share of the image.
    """
    values = _map(heatmap)
    total = values.sum()
    return float(values[box_mask(boxes, values.shape)].sum() / total) if total > 0 else 0.0


def segment_box(heatmap: Heatmap, threshold: float = THRESHOLD) -> Box | None:
    """The box of the largest 8-connected segment at or above `threshold` times the maximum; None for an empty map.

    Selvaraju et al. 2017 (Grad-CAM), arXiv 1610.02391, section 4.1.
    """
    values = _map(heatmap)
    if values.max() == 0:
        return None
    hot = (values >= threshold * values.max()).astype(np.uint8)
    _, _, statistics, _ = cv2.connectedComponentsWithStats(hot, connectivity=8)
    segments = statistics[1:]  # without the background
    left, top, width, height, _ = segments[segments[:, cv2.CC_STAT_AREA].argmax()].tolist()
    return float(left), float(top), float(left + width), float(top + height)


def iou(one: Box, other: Box) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    width = max(0.0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0.0, min(one[3], other[3]) - max(one[1], other[1]))
    both = width * height
    areas = [max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]) for box in (one, other)]
    return both / (sum(areas) - both) if both else 0.0


def localisation_iou(heatmap: Heatmap, boxes: Sequence[Box], threshold: float = THRESHOLD) -> float:
    """The best IoU in [0, 1] of the map's own box (`segment_box`) with a true one; above 0.5 the object is found.

    Selvaraju et al. 2017 (Grad-CAM), arXiv 1610.02391, section 4.1.
    """
    found = segment_box(heatmap, threshold)
    height, width = np.asarray(heatmap).shape
    inside = [(max(0.0, b[0]), max(0.0, b[1]), min(width, b[2]), min(height, b[3])) for b in boxes]
    return max((iou(found, box) for box in inside), default=0.0) if found else 0.0


def mosaic(images: Sequence[Image.Image], cell: int = 224) -> tuple[Image.Image, list[Box]]:
    """Four images as a 2 x 2 mosaic of square cells, in reading order, with the cells' boxes."""
    if len(images) != 4:
        raise ValueError(f"A mosaic takes four images, not {len(images)}.")
    whole = Image.new("RGB", (2 * cell, 2 * cell))
    boxes = []
    for number, image in enumerate(images):
        left, top = number % 2 * cell, number // 2 * cell
        whole.paste(image.convert("RGB").resize((cell, cell), Image.Resampling.BICUBIC), (left, top))
        boxes.append((float(left), float(top), float(left + cell), float(top + cell)))
    return whole, boxes


def grid_pointing_game(heatmap: Heatmap, cell: Box, *, by: str = "energy") -> float:
    """How much of a mosaic's map for one class lies in that class's cell, in [0, 1]; chance is 0.25.

    `by="energy"` is the share of the map's sum, `by="maximum"` whether the maximum lies there (the share of the maxima
    where several are equal). Böhle et al. 2021, arXiv 2104.00032; the best test of whether a method sees the class.
    """
    if by not in ("energy", "maximum"):
        raise ValueError(f"by is 'energy' or 'maximum', not {by!r}.")
    return energy_pointing_game(heatmap, [cell]) if by == "energy" else pointing_game(heatmap, [cell], tolerance=0)
