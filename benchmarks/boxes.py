"""The map of a detector's box, the first of a photo and each further one, beside what other libraries come nearest to.

    python benchmarks/boxes.py --write

NanoDet-g on a photo of two people, its last stage, HiResCAM of the logit that a box comes from. Each library gets the
same input and the same network, folded as the page has it; grad-cam and torchcam find no boxes, so they are told the
candidate that ours found, by a wrapper that returns all logits in one row. The maps of all three are compared before
anything is timed. F is a pass of the network without a graph, timed in every round beside the rest.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from figures import Figure, machine, table, write
from torch import nn

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import cam  # noqa: E402

PHOTO = ROOT / "assets" / "two_people.jpg"
FIRST, FURTHER = 1.5, 0.5  # of F, at most
CLOSE = 1e-3


class Logits(nn.Module):
    """All candidates' logits in one row (1, N K), as libraries take them that know of classes alone."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.net(x).logits.flatten(1)


def column(found: cam.Detection, classes: int) -> int:
    """The place of a box's logit in that row."""
    return found.candidate * classes + found.index


class Ours:
    """`trace` keeps the graph: a further box costs its backward pass alone. It finds the boxes itself."""

    def __init__(self, model: cam.Model, image: Path | torch.Tensor) -> None:
        self.model, self.image = model, image

    def first(self, boxes: list) -> torch.Tensor:
        self.trace = cam.trace(self.model, self.image)
        return cam.explain(self.trace, "hirescam", self.trace.top(1)[0]).raw

    def further(self, box: cam.Detection) -> torch.Tensor:
        return cam.explain(self.trace, "hirescam", box).raw


class GradCam:
    """The package grad-cam: each box is a forward and a backward pass of its own."""

    def __init__(self, model: cam.Model, inputs: torch.Tensor, classes: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pytorch_grad_cam import HiResCAM
            from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
        self.target, self.inputs, self.classes = ClassifierOutputTarget, inputs, classes
        net = Logits(copy.deepcopy(model.net)).requires_grad_(True).eval()
        self.cam = HiResCAM(model=net, target_layers=[net.net.get_submodule(model.default_layer)])

    def first(self, boxes: list) -> torch.Tensor:
        return self.further(boxes[0])

    def further(self, box: cam.Detection) -> torch.Tensor:
        found = self.cam(input_tensor=self.inputs.clone(), targets=[self.target(column(box, self.classes))])
        return torch.from_numpy(found[0])


class TorchCam:
    """torchcam: one forward pass, and a backward pass for each box while the caller keeps the graph."""

    def __init__(self, model: cam.Model, inputs: torch.Tensor, classes: int) -> None:
        from torchcam.methods import GradCAM

        self.inputs, self.classes = inputs, classes
        self.net = Logits(copy.deepcopy(model.net)).requires_grad_(True).eval()
        self.cam = GradCAM(self.net, target_layer=f"net.{model.default_layer}")

    def first(self, boxes: list) -> torch.Tensor:
        self.scores = self.net(self.inputs.clone().requires_grad_(True))
        return self.further(boxes[0])

    def further(self, box: cam.Detection) -> torch.Tensor:
        return self.cam(column(box, self.classes), self.scores, retain_graph=True)[0][0].detach()


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def differ(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference of two maps of one size, each in parts of its own maximum."""
    scaled = [(found := maps.detach().float().clamp(min=0)) / found.max() for maps in (one, other)]
    return float((scaled[0] - scaled[1]).abs().max())


def measure(rounds: int) -> tuple[dict[str, dict[str, float]], dict[str, float], int]:
    """Medians in F by library and step, how far the peers' maps are from ours, and how many boxes there are."""
    model = cam.load_model("nanodet_g", fold=True)
    recorded = cam.trace(model, PHOTO)
    boxes, inputs, classes = recorded.top(100), recorded.input, len(model.labels)
    libraries = {"ours": Ours(model, inputs), "ours, from the file": Ours(model, PHOTO)}
    libraries |= {"grad-cam": GradCam(model, inputs, classes), "torchcam": TorchCam(model, inputs, classes)}
    apart = {}
    for name, kind in (("grad-cam", "hirescam"), ("torchcam", "gradcam")):
        maps = [libraries[name].first(boxes), *map(libraries[name].further, boxes[1:])]
        expected = [cam.explain(recorded, kind, box) for box in boxes]
        pairs = zip(maps, expected, strict=True)
        apart[name] = max(differ(one, own.raw if one.shape == own.raw.shape else own.heatmap) for one, own in pairs)
    times: dict[str, dict[str, list[float]]] = {name: {"first": [], "further": []} for name in libraries}
    for _ in range(rounds):
        with torch.inference_mode():
            own = statistics.median(seconds(lambda: model.net(inputs)) for _ in range(3))
        for name, library in libraries.items():
            times[name]["first"].append(seconds(lambda library=library: library.first(boxes)) / own)
            further = [seconds(lambda box=box, library=library: library.further(box)) for box in boxes[1:]]
            times[name]["further"].append(statistics.mean(further) / own)
    medians = {name: {step: statistics.median(found) for step, found in one.items()} for name, one in times.items()}
    return medians, apart, len(boxes)


def figures(rounds: int) -> list[Figure]:
    """The lines of the table."""
    found, apart, count = measure(rounds)
    peers = "grad-cam {grad-cam:.2f}, torchcam {torchcam:.2f}"

    def line(step: str, what: str, aim: float) -> Figure:
        values = {name: one[step] for name, one in found.items()}
        said = f"{values['ours']:.2f} F ({peers.format(**values)})"
        return Figure(what, f"≤ {aim} F", said, round(values["ours"], 2) <= aim)

    worst = max(apart.values())
    same = ", ".join(f"{name} {value:.1e}" for name, value in apart.items())
    return [
        line("first", "the first box's map, of the ready input", FIRST),
        Figure(
            "the same, with opening the photo and preprocessing", "", f"{found['ours, from the file']['first']:.2f} F"
        ),
        line("further", f"a further box's map, mean of {count - 1}", FURTHER),
        Figure("largest difference of the peers' maps from ours", f"≤ {CLOSE:g}", same, worst <= CLOSE),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15, help="default 15")
    parser.add_argument("--write", action="store_true", help="put the table into docs/speed.md")
    options = parser.parse_args()
    found = figures(options.rounds)
    text = f"{table(found)}\n\nMedians of {options.rounds} rounds. {machine()}"
    print(text)
    if options.write:
        write("boxes", text)


if __name__ == "__main__":
    main()
