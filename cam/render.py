"""Pictures of explanations: colormaps, blending, and the way from the model's input back to the image.

Knows numpy, OpenCV and PIL. Touches no model. The page's canvas draws by the same rules.
"""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from .combinators import signed_heatmap, turned
from .errors import unknown
from .explanation import Explanation
from .views import View

DIMMED = 0.35  # brightness of what the model did not see


def _table(code: int) -> np.ndarray:
    """A colormap as (256, 3) uint8 RGB."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return np.ascontiguousarray(cv2.applyColorMap(ramp, code)[:, 0, ::-1])


COLORMAPS: dict[str, np.ndarray] = {
    "inferno": _table(cv2.COLORMAP_INFERNO),
    "viridis": _table(cv2.COLORMAP_VIRIDIS),
    "magma": _table(cv2.COLORMAP_MAGMA),
    "plasma": _table(cv2.COLORMAP_PLASMA),
    "cividis": _table(cv2.COLORMAP_CIVIDIS),
    "turbo": _table(cv2.COLORMAP_TURBO),
    "jet": _table(cv2.COLORMAP_JET),
    "grey": np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1),
}
"""Name -> (256, 3) uint8 RGB, from no evidence to the maximum. All but turbo and jet are perceptually uniform."""

AGAINST, FOR = (0, 114, 178), (230, 140, 0)  # blue and orange, which colour-blind people tell apart
SIGNED = np.array([AGAINST] * 128 + [FOR] * 128, dtype=np.uint8)
"""(256, 3) uint8 RGB from the strongest evidence against to the strongest for; how strong it is, the opacity says."""

EVIDENCE = ("for", "against", "both")


def on_image(heatmap: np.ndarray, view: View) -> tuple[np.ndarray, np.ndarray]:
    """Map a heatmap (H, W) back to the image: values (H0, W0) float32, and which pixels (H0, W0) the model saw."""
    width, height = view.size
    left, top, right, bottom = view.source
    x0, y0, x1, y1 = view.content
    columns = np.arange(width, dtype=np.float32) + 0.5
    rows = np.arange(height, dtype=np.float32) + 0.5
    xs = np.clip(x0 + (columns - left) * (x1 - x0) / (right - left) - 0.5, x0, x1 - 1)
    ys = np.clip(y0 + (rows - top) * (y1 - y0) / (bottom - top) - 0.5, y0, y1 - 1)
    values = _sample(np.ascontiguousarray(heatmap, dtype=np.float32), ys, xs)
    seen_x = (columns > left) & (columns < right)
    seen_y = (rows > top) & (rows < bottom)
    seen = seen_y[:, None] & seen_x[None, :]
    return np.where(seen, values, 0), seen


def _sample(grid: np.ndarray, ys: np.ndarray, xs: np.ndarray) -> np.ndarray:
    """Bilinear samples of `grid` at the outer product of row and column positions."""
    y0 = np.clip(np.floor(ys).astype(int), 0, grid.shape[0] - 1)
    x0 = np.clip(np.floor(xs).astype(int), 0, grid.shape[1] - 1)
    y1, x1 = np.minimum(y0 + 1, grid.shape[0] - 1), np.minimum(x0 + 1, grid.shape[1] - 1)
    fy, fx = (ys - y0).astype(np.float32)[:, None], (xs - x0).astype(np.float32)[None, :]
    rows = grid[y0] * (1 - fy) + grid[y1] * fy  # (H0, W)
    return rows[:, x0] * (1 - fx) + rows[:, x1] * fx


def colormap_of(name: str) -> np.ndarray:
    """Return a colormap (256, 3) uint8; raises `UnknownNameError`."""
    if name not in COLORMAPS:
        raise unknown("colormap", name, COLORMAPS)
    return COLORMAPS[name]


def overlay(
    explanation: Explanation, *, colormap: str = "inferno", opacity: float = 0.5, evidence: str = "for"
) -> Image.Image:
    """Paint the evidence over the image as it was opened, at its own size; RGB.

    At a pixel with heat v the colour covers `opacity * v * (2 - v)` of the photo: where there is no evidence the photo
    stays exactly as it is. What the model did not see is dimmed and never painted. `evidence` is "for" the target,
    "against" it, or "both": orange for and blue against, by the larger of both, whatever the colormap.
    Raises `UnknownNameError` for names, `ValueError` for an opacity outside [0, 1], `MethodError` where the map has no
    sign and more than "for" is asked.
    """
    table = colormap_of(colormap) if evidence != "both" else SIGNED
    if evidence not in EVIDENCE:
        raise unknown("evidence", evidence, EVIDENCE)
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity is a number from 0 to 1, not {opacity!r}.")
    photo = np.asarray(explanation.trace.image)
    shown = turned(explanation) if evidence == "against" else explanation
    heatmap = signed_heatmap(explanation) if evidence == "both" else shown.heatmap
    heat, seen = on_image(heatmap.numpy(), explanation.trace.view)
    alpha = (opacity * np.abs(heat) * (2 - np.abs(heat)))[..., None]
    place = (heat + 1) / 2 if evidence == "both" else heat
    colours = table[np.rint(place * 255).astype(np.uint8)]
    blended = photo * (1 - alpha) + colours * alpha
    blended = np.where(seen[..., None], blended, photo * DIMMED)
    return Image.fromarray(np.rint(blended).astype(np.uint8))
