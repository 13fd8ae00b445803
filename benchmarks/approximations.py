"""How close maps made with less work come to the exact ones: the figures behind `cam/maps/effort.py`.

    python benchmarks/approximations.py --write

For each photo of the page and each slow method of `LAYERS`, every effort's map is set against the exact one: Pearson's
correlation of the two heatmaps, the top class explained. What is not measured here is not offered.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import replace
from pathlib import Path

import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cam import Trace, explain_steps, load_model, trace  # noqa: E402
from cam.maps.effort import EFFORTS, EXACT, Effort  # noqa: E402

MODEL = "efficientnet_lite0"
LAYERS = {"scorecam": "bn2", "rise": "bn2", "ablationcam": "blocks.5"}  # behind bn2 Ablation-CAM has an instant form
CASTING = ("scorecam", "rise")  # whose passes run the whole model
OUT = ROOT / "cam" / "maps" / "effort.json"


def map_after(recorded: Trace, method: str, effort: Effort) -> torch.Tensor:
    """Run a method until the effort's share of its work is done; return the heatmap."""
    precision = torch.bfloat16 if effort.half else None
    steps = explain_steps(replace(recorded, precision=precision, part=effort.share), method)
    return next(step.heatmap for step in steps if step.share >= effort.share)


def correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]).double())[0, 1])


def measure(photos: list[Path], methods: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return for each method and effort the correlations, one per photo."""
    model = load_model(MODEL)
    results: dict[str, dict[str, list[float]]] = {method: {} for method in methods}
    for photo in photos:
        for method in methods:
            recorded = trace(model, photo, LAYERS[method])
            exact = map_after(recorded, method, EFFORTS[EXACT])
            for name, effort in EFFORTS.items():
                if name != EXACT and (method in CASTING or not effort.half):
                    found = correlation(map_after(recorded, method, effort), exact)
                    results[method].setdefault(name, []).append(found)
            print(photo.stem, method, {name: f"{r[-1]:.4f}" for name, r in results[method].items()}, flush=True)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", choices=LAYERS, default=list(LAYERS))
    parser.add_argument("--photos", type=int, default=None, help="only so many; default: all examples of the page")
    parser.add_argument("--write", action="store_true", help="put the figures where the package reads them")
    options = parser.parse_args()
    listed = json.loads((ROOT / "assets" / "examples.json").read_text(encoding="utf-8"))
    photos = [ROOT / "assets" / entry["file"] for entry in listed][: options.photos]
    results = measure(photos, options.methods)
    correlations = {
        method: {name: [round(statistics.median(r), 4), round(min(r), 4)] for name, r in efforts.items()}
        for method, efforts in results.items()
    }
    about = f"EfficientNet-Lite0, {len(photos)} photos, PyTorch {torch.__version__}"
    text = json.dumps({"on": about, "correlations": correlations}, indent=2) + "\n"
    print(text)
    if options.write:
        OUT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
