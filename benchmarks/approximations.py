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
from cam.maps.effort import EFFORTS, EXACT  # noqa: E402

MODEL = "efficientnet_lite0"
LAYERS = {"scorecam": "bn2", "rise": "bn2", "ablationcam": "blocks.5"}  # behind bn2 Ablation-CAM has an instant form
CASTING = ("scorecam", "rise")  # whose passes run the whole model
OUT = ROOT / "cam" / "maps" / "effort.json"


def maps_at(recorded: Trace, method: str, shares: dict[str, float]) -> dict[str, torch.Tensor]:
    """Run a method to its end; return for each name the heatmap as soon as its share of the work was done."""
    found: dict[str, torch.Tensor] = {}
    for step in explain_steps(recorded, method):
        for name, share in shares.items():
            if name not in found and step.share >= share:
                found[name] = step.heatmap
    return found


def correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.corrcoef(torch.stack([one.flatten(), other.flatten()]).double())[0, 1])


def measure(photos: list[Path], methods: list[str]) -> dict[str, dict[str, list[float]]]:
    """Return for each method and effort the correlations, one per photo."""
    model = load_model(MODEL)
    results: dict[str, dict[str, list[float]]] = {method: {} for method in methods}
    for photo in photos:
        for method in methods:
            recorded = trace(model, photo, LAYERS[method])
            exact = maps_at(recorded, method, {e.name: e.share for e in EFFORTS.values() if not e.half})
            maps = dict(exact)
            if method in CASTING:
                rough = replace(recorded, precision=torch.bfloat16)
                maps |= maps_at(rough, method, {e.name: e.share for e in EFFORTS.values() if e.half})
            for name, heatmap in maps.items():
                if name != EXACT:
                    results[method].setdefault(name, []).append(correlation(heatmap, exact[EXACT]))
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
