"""How long explanations take, against captum, torchcam and grad-cam, side by side in one run.

    python benchmarks/speed.py --rounds 15 --slow --write

Every figure is a ratio to F, a graph-free forward pass of the same network, as its library builds it unless the row
says otherwise, on the same input, timed right before and right after. Within a round all contestants take their turn,
in an order that moves on from round to round; the table shows the median of the rounds. All get the photo as the same
ready tensor, so nobody's reading and resizing is in the figures, and all are told the class. `--memory N` instead
follows the memory of one process over N explanations.
"""

from __future__ import annotations

import argparse
import copy
import functools
import itertools
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import memory  # noqa: E402
from figures import machine, write  # noqa: E402

import cam  # noqa: E402  before torchvision, which may not import without its operators

os.environ["TQDM_DISABLE"] = "1"  # grad-cam draws progress bars
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import captum.attr
    import pytorch_grad_cam
    import torchcam.methods
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

PHOTO = ROOT / "assets" / "cat_and_coffee.jpg"
ENTRANTS = ("ours", "captum", "torchcam", "grad-cam")


@dataclass(frozen=True)
class Contestant:
    """`work` does `units` (classes, channels) at each call, or returns how many; `once`: it takes minutes.

    What `prepare` makes is handed to `work` and is not timed.
    """

    work: Callable[[Any], Any]
    units: float = 1
    once: bool = False
    prepare: Callable[[], Any] = lambda: None

    def seconds(self) -> float:
        """Do the work and return the time per unit."""
        prepared = self.prepare()
        start = time.perf_counter()
        done = self.work(prepared)
        return (time.perf_counter() - start) / (done if isinstance(done, float) else self.units)


@dataclass(frozen=True, eq=False)
class Subject:
    """A network in the run: `model` is ours, `net` a copy for F and for the others, whose weights are trainable."""

    model: cam.Model
    net: torch.nn.Module
    photo: Image.Image
    input: torch.Tensor
    layer: str
    index: int

    @property
    def module(self) -> torch.nn.Module:
        return self.net.get_submodule(self.layer)

    def trace(self) -> cam.Trace:
        return cam.trace(self.model, self.photo)

    def forward(self, _prepared: Any = None) -> None:
        """F, the unit of all figures."""
        with torch.no_grad():
            self.net(self.input)

    def grad_cam(self, kind: str, index: int) -> None:
        with getattr(pytorch_grad_cam, kind)(model=self.net, target_layers=[self.module]) as extractor:
            extractor(input_tensor=self.input, targets=[ClassifierOutputTarget(index)])

    def torchcam(self, kind: str, index: int) -> None:
        with getattr(torchcam.methods, kind)(self.net, self.layer) as extractor:
            extractor(index, self.net(self.input))


@dataclass(frozen=True, eq=False)
class Eight(Subject):
    """The same network with another unit: eight maps of ours, one photo after the other."""

    def forward(self, _prepared: Any = None) -> None:
        for _ in range(8):
            cam.explain(self.trace(), "gradcam", self.index)


def subject(model: cam.Model, layout: torch.memory_format = torch.contiguous_format) -> Subject:
    """Get a network ready; the copy's weights lie in `layout`."""
    photo = Image.open(PHOTO).convert("RGB")
    inputs, view = model.preprocess(photo, "squeeze")
    photo = photo.resize(view.input)  # what is left of it is a copy of its pixels
    net = copy.deepcopy(model.net).requires_grad_(True).to(memory_format=layout)
    ready = replace(model, preprocess=lambda image, fit: (inputs, view))
    return Subject(ready, net, photo, inputs, model.default_layer, cam.trace(ready, photo).top(1)[0].index)


@functools.cache
def lite0() -> Subject:
    """The bundled default model."""
    return subject(cam.load_model("efficientnet_lite0"))


@functools.cache
def lite0_as_loaded() -> Subject:
    """The bundled default model, where F and the others have the layout that `load_model` makes."""
    return subject(cam.load_model("efficientnet_lite0"), torch.channels_last)


@functools.cache
def lite0_folded() -> Subject:
    """The bundled default model as the page loads it; F and the others have the network as timm builds it."""
    usual = lite0()
    model = cam.load_model("efficientnet_lite0", fold=True)
    return replace(usual, model=replace(model, preprocess=usual.model.preprocess))


@functools.cache
def lite0_eight() -> Subject:
    """The bundled default model, in maps of eight photos."""
    return Eight(**vars(lite0()))


@functools.cache
def resnet50() -> Subject:
    """A user's own network; random weights take the same time as trained ones."""
    import torchvision

    torch.manual_seed(0)
    return subject(cam.wrap_model(torchvision.models.resnet50(weights=None).eval()))


def plain(of: Subject, slow: bool) -> dict[str, Contestant]:
    """A pass without a graph of the model as we load it: what a prediction takes without an explanation."""

    def ours(_: Any) -> None:
        with torch.no_grad():
            of.model.net(of.input)

    return {"ours": Contestant(ours)}


def first_class(of: Subject, slow: bool) -> dict[str, Contestant]:
    """From the input to a Grad-CAM map of one class, the network's pass included."""
    captums = captum.attr.LayerGradCam(of.net, of.module)
    return {
        "ours": Contestant(lambda _: cam.explain(of.trace(), "gradcam", of.index)),
        "captum": Contestant(lambda _: captums.attribute(of.input, target=of.index)),
        "torchcam": Contestant(lambda _: of.torchcam("GradCAM", of.index)),
        "grad-cam": Contestant(lambda _: of.grad_cam("GradCAM", of.index)),
    }


def further_class(of: Subject, slow: bool) -> dict[str, Contestant]:
    """A Grad-CAM map of another class of the image just explained: torchcam can keep its graph, two run again."""
    traced = of.trace()
    captums = captum.attr.LayerGradCam(of.net, of.module)
    extractor = torchcam.methods.GradCAM(of.net, of.layer)
    scores = of.net(of.input)
    extractor.disable_hooks()  # what it has kept is not replaced by another contestant's pass
    classes = itertools.cycle(range(scores.shape[1]))  # a class that comes again is long forgotten by every cache

    def ours(_: Any) -> None:
        for _ in range(20):
            cam.explain(traced, "gradcam", next(classes))

    def torchcams(_: Any) -> None:
        for _ in range(20):
            extractor(next(classes), scores, retain_graph=True)

    return {
        "ours": Contestant(ours, 20),
        "captum": Contestant(lambda _: captums.attribute(of.input, target=next(classes))),
        "torchcam": Contestant(torchcams, 20),
        "grad-cam": Contestant(lambda _: of.grad_cam("GradCAM", next(classes))),
    }


def all_classes(of: Subject, slow: bool) -> dict[str, Contestant]:
    """Grad-CAM maps of all classes of the image just explained; the others have no such call."""
    return {"ours": Contestant(cam.all_classes, prepare=of.trace)}


def batch_of_eight(of: Subject, slow: bool) -> dict[str, Contestant]:
    """Grad-CAM maps of eight photos in one batch; every photo comes as the same ready tensor."""
    photos, inputs = [of.photo] * 8, of.input.repeat(8, 1, 1, 1)
    captums = captum.attr.LayerGradCam(of.net, of.module)

    def torchcams(_: Any) -> None:
        with torchcam.methods.GradCAM(of.net, of.layer) as extractor:
            extractor([of.index] * 8, of.net(inputs))

    def grad_cams(_: Any) -> None:
        with pytorch_grad_cam.GradCAM(model=of.net, target_layers=[of.module]) as extractor:
            extractor(input_tensor=inputs, targets=[ClassifierOutputTarget(of.index)] * 8)

    return {
        "ours": Contestant(lambda _: list(cam.explain_images(of.model, photos, "gradcam", of.index, batch=8))),
        "captum": Contestant(lambda _: captums.attribute(inputs, target=[of.index] * 8)),
        "torchcam": Contestant(torchcams),
        "grad-cam": Contestant(grad_cams),
    }


def ablation(of: Subject, slow: bool) -> dict[str, Contestant]:
    """The exact Ablation-CAM map of an image just explained."""
    contestants = {"ours": Contestant(lambda traced: cam.explain(traced, "ablationcam", of.index), prepare=of.trace)}
    if slow:
        contestants["grad-cam"] = Contestant(lambda _: of.grad_cam("AblationCAM", of.index), once=True)
    return contestants


def score(of: Subject, slow: bool) -> dict[str, Contestant]:
    """Score-CAM per channel; ours stops after the first 200 channels or so, for one costs what another costs."""
    channels = len(of.trace().activations)

    def ours(traced: cam.Trace) -> float:
        for step in cam.explain_steps(traced, "scorecam", of.index):
            if step.share * channels >= 200:
                break
        return step.share * channels

    contestants = {"ours": Contestant(ours, prepare=of.trace)}
    if slow:
        contestants["torchcam"] = Contestant(lambda _: of.torchcam("ScoreCAM", of.index), channels, once=True)
        contestants["grad-cam"] = Contestant(lambda _: of.grad_cam("ScoreCAM", of.index), channels, once=True)
    return contestants


@functools.cache
def deit() -> Subject:
    """A network of tokens; its maps are known after a second pass."""
    import timm

    torch.manual_seed(0)
    return subject(cam.wrap_model(timm.create_model("deit_tiny_patch16_224").eval()))


def wrapping(of: Subject, slow: bool) -> dict[str, Contestant]:
    """Looking at a network for the first time: layouts, layers, the default one. The others ask their users.

    The subject is made for this row alone: on the shared one others have left hooks, which cannot be copied.
    """

    def ours(net: torch.nn.Module) -> None:
        cam.wrap_model(net, preprocess=lambda _: of.input[0])

    return {"ours": Contestant(ours, prepare=lambda: copy.deepcopy(of.net))}


@dataclass(frozen=True)
class Row:
    """A line of the table: what it measures, what ours should reach in F, on which network, and who takes part."""

    title: str
    aim: float | None
    subject: Callable[[], Subject]
    contestants: Callable[[Subject, bool], dict[str, Contestant]]


ROWS = {
    "plain": Row("a prediction alone, Lite0", None, lite0, plain),
    "first": Row("Grad-CAM, first class, Lite0", 1.05, lite0, first_class),
    "first-folded": Row("the same, folded as on the page", 1.05, lite0_folded, first_class),
    "first-as-loaded": Row("the same, unfolded, all in its layout as loaded", 1.05, lite0_as_loaded, first_class),
    "first-resnet50": Row("Grad-CAM, first class, ResNet-50", 1.05, resnet50, first_class),
    "further": Row("Grad-CAM, a further class, Lite0", 0.03, lite0, further_class),
    "further-resnet50": Row("Grad-CAM, a further class, ResNet-50", 0.03, resnet50, further_class),
    "all": Row("Grad-CAM, all 1,000 classes, Lite0", 5, lite0, all_classes),
    "batch": Row("Grad-CAM, eight photos in a batch, Lite0", 0.8, lite0_eight, batch_of_eight),
    "wrap": Row("a network looked at for the first time, Lite0", 2.5, lite0.__wrapped__, wrapping),
    "wrap-resnet50": Row("the same, ResNet-50", 2.5, resnet50.__wrapped__, wrapping),
    "wrap-deit": Row("the same, DeiT-tiny", 2.5, deit, wrapping),
    "ablation": Row("Ablation-CAM, exact, Lite0", 4, lite0, ablation),
    "score": Row("Score-CAM, exact, per channel, Lite0", 0.65, lite0, score),
}


def measure(row: Row, rounds: int, slow: bool) -> tuple[dict[str, float], float]:
    """Return each contestant's median ratio to F, and the median of F in seconds."""
    of = row.subject()
    contestants = row.contestants(of, slow)
    forward = Contestant(of.forward)
    forward.seconds()
    for one in contestants.values():
        if not one.once:
            one.seconds()  # a first call allocates and chooses kernels
    ratios: dict[str, list[float]] = {name: [] for name in contestants}
    units = []
    names = list(contestants)
    for turn in range(rounds):
        for step in range(len(names)):
            name = names[(turn + step) % len(names)]
            if contestants[name].once and turn:
                continue
            before, seconds, after = forward.seconds(), contestants[name].seconds(), forward.seconds()
            units.append((before + after) / 2)
            ratios[name].append(seconds / units[-1])
    return {name: statistics.median(values) for name, values in ratios.items()}, statistics.median(units)


def cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def table(results: dict[str, tuple[dict[str, float], float]], rounds: int) -> str:
    """The Markdown table with a sentence on how it came about."""
    lines = [
        "| in F, less is better | aim | " + " | ".join(ENTRANTS) + " | F |",
        "| --- | ---: |" + " ---: |" * (len(ENTRANTS) + 1),
    ]
    for name, (ratios, unit) in results.items():
        row = ROWS[name]
        values = " | ".join(cell(ratios.get(entrant)) for entrant in ENTRANTS)
        lines.append(f"| {row.title} | {'' if row.aim is None else f'{row.aim:g}'} | {values} | {unit * 1000:.0f} ms |")
    peers = [f"{name} {version(name)}" for name in ENTRANTS[1:]]
    note = (
        "F is one forward pass without a graph of the network as timm or torchvision builds it, or as loaded where the "
        f"row says so; of eight photos, our eight maps one after another. Medians of {rounds} interleaved rounds. "
        f"{machine(*peers)} "
        "A dash: the library has no such call, or it takes minutes and `--slow` was not given."
    )
    return "\n".join([*lines, "", note])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    parser.add_argument("--rounds", type=int, default=9, help="default: 9")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="default: all cores")
    parser.add_argument("--slow", action="store_true", help="also what takes minutes: others' Ablation- and Score-CAM")
    parser.add_argument("--write", action="store_true", help="put the table, or the memory, into docs/speed.md")
    parser.add_argument("--memory", type=int, metavar="N", help="follow the memory over N explanations and do no more")
    parser.add_argument("--cache", type=int, default=64, help="MiB of traces that --memory keeps, default 64")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.memory:
        sentence = memory.follow(options.memory, options.cache)
        print(f"\n{sentence}")
        if options.write:
            write("memory", sentence)
        return
    results = {}
    for name in options.rows:
        results[name] = measure(ROWS[name], options.rounds, options.slow)
        print(f"{name}: " + ", ".join(f"{who} {cell(value)}" for who, value in results[name][0].items()), flush=True)
    text = table(results, options.rounds)
    print(f"\n{text}")
    if options.write:
        write("speed", text)


if __name__ == "__main__":
    main()
