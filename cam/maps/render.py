"""Pictures of explanations: colormaps, blending, and the way from the model's input back to the image.

Knows numpy, OpenCV and PIL. Touches no model. The page's canvas draws by the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from ..errors import unknown
from ..photos.views import View
from .combinations import signed_heatmap, turned
from .explanation import Explanation

_BAND = 100_000  # pixels that are painted at a time
_THREADS = 2
_SHARE = 0.995  # of a fine map's places that lie below full colour
_RARE = 0.5  # of the maximum: where so few places reach it, the map is painted with a scale of its own
_NOTEBOOK = 400  # pixels of the longer side
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
    return _Placed(heatmap, view).rows(0, view.size[1])


class _Placed:
    """A heatmap (H, W) that lies on the image, given out in bands of the image's rows."""

    def __init__(self, heatmap: np.ndarray, view: View) -> None:
        width, height = view.size
        left, top, right, bottom = view.source
        x0, y0, x1, y1 = view.content
        columns = np.arange(width, dtype=np.float32) + 0.5
        rows = np.arange(height, dtype=np.float32) + 0.5
        xs = np.clip(x0 + (columns - left) * (x1 - x0) / (right - left) - 0.5, x0, x1 - 1)
        self._ys = np.clip(y0 + (rows - top) * (y1 - y0) / (bottom - top) - 0.5, y0, y1 - 1)
        self._grid = np.ascontiguousarray(heatmap, dtype=np.float32)
        self._columns = _neighbours(xs, self._grid.shape[1])
        self._seen_x = (columns > left) & (columns < right)
        self._seen_y = (rows > top) & (rows < bottom)

    def rows(self, first: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """The values (end - first, W0) float32 of the image's rows, bilinear, and which of their pixels were seen."""
        y0, y1, fy = _neighbours(self._ys[first:end], len(self._grid))
        x0, x1, fx = self._columns
        fy, grid = fy[:, None], self._grid
        lines = grid[y0] * (1 - fy) + grid[y1] * fy  # (rows, W)
        values = lines.take(x0, axis=1)  # (rows, W0)
        values *= 1 - fx
        right = lines.take(x1, axis=1)
        right *= fx
        values += right
        seen = self._seen_y[first:end, None] & self._seen_x
        if not seen.all():
            values[~seen] = 0
        return values, seen


def _neighbours(places: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two cells that each place lies between, and the second one's share (float32)."""
    first = np.clip(np.floor(places).astype(int), 0, size - 1)
    return first, np.minimum(first + 1, size - 1), (places - first).astype(np.float32)


def colormap_of(name: str) -> np.ndarray:
    """Return a colormap (256, 3) uint8; raises `UnknownNameError`."""
    if name not in COLORMAPS:
        raise unknown("colormap", name, COLORMAPS)
    return COLORMAPS[name]


def full_colour(heatmap: torch.Tensor, grid: Sequence[int]) -> float:
    """Return the heat that gets full colour: 1, but for a map `grid` (h, w) as fine as the heatmap (H, W) often less.

    A few pixels then tower above all others, and nothing else would be seen: where 99.5 % of the places stay below half
    of the maximum, full colour begins at their largest value. That changes the colours alone, no value.
    """
    if any(cells < side for cells, side in zip(grid, heatmap.shape, strict=True)):
        return 1.0
    values = heatmap.abs().flatten()
    reached = values.kthvalue(math.ceil(_SHARE * len(values))).values.item()
    return reached if 0 < reached < _RARE else 1.0


def overlay(
    explanation: Explanation, *, colormap: str = "inferno", opacity: float = 0.5, evidence: str = "for"
) -> Image.Image:
    """Paint the evidence over the image as it was opened, at its own size; RGB.

    At a pixel with heat v, 1 from `full_colour` on, the colour covers `opacity * v * (2 - v)` of the photo: where there
    is no evidence the photo stays exactly as it is. What the model did not see is dimmed and never painted. `evidence`
    is "for" the target, "against" it, or "both": orange for and blue against, by the larger of both, whatever the
    colormap.
    Raises `UnknownNameError` for names, `ValueError` for an opacity outside [0, 1], `MethodError` where the map has no
    sign and more than "for" is asked.
    """
    table = colormap_of(colormap) if evidence != "both" else SIGNED
    if evidence not in EVIDENCE:
        raise unknown("evidence", evidence, EVIDENCE)
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity is a number from 0 to 1, not {opacity!r}.")
    shown = turned(explanation) if evidence == "against" else explanation
    heatmap = signed_heatmap(explanation) if evidence == "both" else shown.heatmap
    full = full_colour(heatmap, explanation.raw.shape)
    photo, placed = explanation.trace.image, _Placed(heatmap.numpy(), explanation.trace.view)
    made = Image.new("RGB", photo.size)
    rows = max(1, _BAND // photo.width)
    starts = range(0, photo.height, rows)

    def painted(top: int) -> Image.Image:
        box = (0, top, photo.width, min(top + rows, photo.height))
        heat, seen = placed.rows(box[1], box[3])
        heat = heat if full == 1 else np.clip(heat / full, -1, 1)
        return Image.fromarray(_blended(np.asarray(photo.crop(box)), heat, seen, table, opacity))

    if len(starts) == 1:
        return painted(0)
    with ThreadPoolExecutor(_THREADS) as threads:
        for top, band in zip(starts, threads.map(painted, starts), strict=True):
            made.paste(band, (0, top))
    return made


def _blended(photo: np.ndarray, heat: np.ndarray, seen: np.ndarray, table: np.ndarray, opacity: float) -> np.ndarray:
    """Pixels (H, W, 3) uint8 under heat (H, W) in [0, 1], or [-1, 1] with a table of two halves; -> uint8."""
    strength = np.abs(heat)
    alpha = strength * (2 - strength)
    alpha *= opacity
    place = (heat + 1) / 2 if table is SIGNED else heat
    steps = np.rint(place * 255).astype(np.uint8)
    blended = cv2.applyColorMap(steps, table[:, None]).astype(np.float32)  # (H, W, 3), channels in the table's order
    blended -= photo
    blended *= alpha[..., None]
    blended += photo
    if not seen.all():
        blended[~seen] = photo[~seen] * np.float32(DIMMED)
    return np.rint(blended, out=blended).astype(np.uint8)


def coarse(maps: torch.Tensor, side: int) -> torch.Tensor:
    """Maps (..., h, w) with `side` values on the longer side at most, each the mean of what it covers."""
    height, width = maps.shape[-2:]
    longer = max(height, width)
    if longer <= side:
        return maps
    size = max(1, round(height * side / longer)), max(1, round(width * side / longer))
    return F.adaptive_avg_pool2d(maps.reshape(1, -1, height, width), size).reshape(*maps.shape[:-2], *size)


def smaller(explanation: Explanation, side: int) -> Explanation:
    """Return the same map of the photo at `side` pixels at most, RGB: its overlay costs as much as it shows."""
    trace = explanation.trace
    image = trace.image.convert("RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    across, down = image.width / trace.image.width, image.height / trace.image.height
    left, top, right, bottom = trace.view.source
    source = (left * across, top * down, right * across, bottom * down)
    view = View(image.size, source, trace.view.content, trace.view.input)
    return replace(explanation, trace=replace(trace, image=image, view=view))


def in_a_notebook(explanation: Explanation) -> str:
    """Return what a notebook shows of a map, HTML of less than 200 kB: the overlay, and below it what it is of."""
    import base64
    import html
    import io

    trace, file = explanation.trace, io.BytesIO()
    overlay(smaller(explanation, _NOTEBOOK)).save(file, "JPEG", quality=80)
    done = f", {explanation.share:.0%}" if explanation.share < 1 else ""
    words = f"{explanation.label}: {explanation.method}, {trace.model.title}, {trace.layer}{done}"
    caption = html.escape(words.encode("utf-8", "replace").decode("utf-8"))
    address = f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
    return f'<figure style="margin:0"><img src="{address}" alt=""><figcaption>{caption}</figcaption></figure>'


Explanation._repr_html_ = in_a_notebook
