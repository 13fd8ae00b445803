"""How many actions per second the page answers in time, compared with the machine's bare passes of the same models.

Visitors are added step by step on one page; they act as in `load.py`. A step holds when 95 of 100 of the actions that
begin in it are answered with a picture within a second: an action that the visitor's next one overtakes, or that fails,
counts as an endless wait. Between the last step that holds and the first that does not, the steps are halved. The
capacity is the highest rate of answered actions of a step that holds, divided by the bare passes per second: forward
passes without a graph of the models as the page has them, one after another with all threads, weighted by what the
actions were about, in a process of its own, before and after, while the page rests.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import load
from browsing import Site
from figures import Figure, ms, quantile

STEPS = (20, 40, 60, 80, 100, 120, 140, 160, 180, 200)  # visitors
FINEST = 5  # visitors: no step is halved below that
SETTLE, SECONDS = 4.0, 12.0
AIM = 1.0  # seconds, and bare passes per action
ROOT = Path(__file__).resolve().parents[1]
_BARE = """
import json, sys, time
import cam, torch
from cam.photos.images import open_image
seconds, image = {}, open_image(sys.argv[1])
for name in sys.argv[2:]:
    model = cam.load_model(name, device="cpu", fold=True)
    inputs, _ = model.preprocess(image, "squeeze")
    times = []
    with torch.inference_mode():
        for _ in range(45):
            start = time.perf_counter()
            model.net(inputs)
            times.append(time.perf_counter() - start)
    seconds[name] = sorted(times[5:])[20]
print(json.dumps(seconds))
"""
# Where a sample of the server belongs: the first of these that a function of its stack fits, innermost first.
_PLACES = {
    "waiting for a model": r"__enter__ .*hooks\.py|lock_of",
    "backward passes": r"_engine_run_backward",
    "forward passes": r"forward \(cam/passes/recording",
    "models, their first looks, their twins": r"load_model |twin ",
    "opening photos, making inputs": r"cam/photos/|cam/server/photos",
    "methods": r"cam/methods/|cam/maps/",
    "what is around passes": r"cam/passes/",
    "making answers": r"cam/server/(payload|answers|sessions|strip|actions|prefetch|scheduler)",
    "event loop, HTTP, JSON": r"uvicorn/|asyncio/",
}
_IDLE = re.compile(r"select \(selectors|wait \(threading|_worker \(concurrent|wait \(cam/server/serving|_bootstrap")


@dataclass
class Step:
    """What so many visitors met: what became of their actions, and the processor's seconds of page and visitors."""

    users: int
    tally: load.Tally = field(default_factory=load.Tally)
    server: float = 0.0
    clients: float = 0.0

    @property
    def rate(self) -> float:
        """Answered actions per second."""
        return len(self.tally.answered) / SECONDS

    @property
    def slow(self) -> float:
        """p95 of the seconds of all actions."""
        return quantile([*self.tally.waits, *(self.tally.errors.total() * [float("inf")])], 0.95)

    @property
    def holds(self) -> bool:
        """Whether the actions were answered in time."""
        return bool(self.tally.answered) and self.slow < AIM

    def __str__(self) -> str:
        many = max(1, len(self.tally.answered))
        return (
            f"  {self.users:3} visitors: {self.rate:5.1f} answered per second, p95 {load.waiting(self.slow)}, "
            f"overtaken {self.tally.overtaken}, errors {self.tally.errors.total()}; processor per action: page "
            f"{ms(self.server / many)}, visitors {ms(self.clients / many)}"
        )


def between(steps: list[Step]) -> int:
    """The number of visitors of the step that comes next; 0 where no other is worth it."""
    good = max((step.users for step in steps if step.holds), default=0)
    bad = min((step.users for step in steps if not step.holds and step.users > good), default=0)
    if not bad:
        return next((users for users in STEPS if users > good), 0)
    middle = (good + bad) // 2
    return middle if min(middle - good, bad - middle) >= FINEST else 0


def processor(pid: int) -> float:
    """Seconds that a process has computed for."""
    values = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(values[11]) + int(values[12])) / os.sysconf("SC_CLK_TCK")


async def act(site: Site, visitors: list[load.Visitor], users: int) -> Step:
    """Let so many visitors act; what begins while they settle is not counted."""
    step, settling = Step(users), load.Tally()
    acting = visitors[:users]
    for visitor in acting:
        visitor.tally = settling
    work = asyncio.gather(*(visitor.visit(SETTLE + SECONDS) for visitor in acting))
    await asyncio.sleep(SETTLE)
    for visitor in acting:
        visitor.tally = step.tally
    before = processor(site.process.pid), time.process_time()
    await asyncio.sleep(SECONDS)
    step.server, step.clients = processor(site.process.pid) - before[0], time.process_time() - before[1]
    await work
    step.tally.errors += settling.errors
    step.tally.crossed += settling.crossed
    return step


async def climb(site: Site, photo: bytes) -> tuple[list[Step], list[str]]:
    """All steps, and where the time of the best one goes."""
    steps: list[Step] = []
    async with load.arrived(site, max(STEPS), photo) as visitors:
        while users := between(steps):
            steps.append(await act(site, visitors, users))
            print(steps[-1], flush=True)
        best = max((step for step in steps if step.holds), key=lambda step: step.rate, default=steps[0])
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "samples"
            sampler = sampled(site.process.pid, file)
            await act(site, visitors, best.users)
            sampler and sampler.wait(60)
            found = profile(file.read_text()) if file.exists() else []
    return steps, found


def sampled(pid: int, file: Path) -> subprocess.Popen | None:
    """Sample the threads of a process while visitors act; None without py-spy."""
    found = shutil.which("py-spy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not found:
        return None
    command = [found, "record", "--nonblocking", "--rate", "100", "--duration", str(int(SETTLE + SECONDS))]
    command += ["--format", "raw", "--output", str(file), "--pid", str(pid)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def profile(text: str) -> list[str]:
    """Where the samples belong, a line for each place; what waits for work is left out."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        stack, number = line.rsplit(" ", 1)
        calls = stack.split(";")[::-1]  # innermost first
        if not _IDLE.match(calls[0]):
            found[place_of(calls)] += int(number)
    return [f"  {part / found.total():4.0%} {name}" for name, part in found.most_common()]


def place_of(calls: list[str]) -> str:
    """The place of a stack, innermost call first."""
    for name, pattern in _PLACES.items():
        if any(re.search(pattern, call) for call in calls):
            return name
    return "the rest"


def bare() -> dict[str, float]:
    """Seconds of a bare pass of each model, a median."""
    command = [sys.executable, "-c", _BARE, str(load.ASSETS / "cat.jpg"), *load.MODELS]
    return json.loads(subprocess.run(command, check=True, timeout=300, cwd=ROOT, stdout=subprocess.PIPE).stdout)


def per_pass(seconds: list[Mapping[str, float]], models: Counter[str]) -> float:
    """Seconds of a bare pass of the models in the mix of the actions."""
    mean = {name: statistics.mean(one[name] for one in seconds) for name in models}
    return sum(mean[name] * count for name, count in models.items()) / models.total()


def figures(site: Site) -> list[Figure]:
    """Add visitors step by step, say what each step met, and return the capacity."""
    from browser import EXAMPLES, SCREEN, jpeg

    before = bare()
    steps, parts = asyncio.run(climb(site, jpeg(EXAMPLES[1], SCREEN)))
    seconds = per_pass([before, bare()], sum((step.tally.models for step in steps), Counter()))
    held = [step for step in steps if step.holds]
    best = max(held, key=lambda step: step.rate, default=None)
    print("  where the page's time goes:", *(parts or ["  unknown: pip install py-spy"]), sep="\n")
    crossed = sum((step.tally.crossed for step in steps), Counter())
    errors = sum((step.tally.errors for step in held), Counter())
    for title, counted in (("error", errors), ("crossed", crossed)):
        for what, count in counted.most_common(10):
            print(f"  {title}: {what} ({count})")
    what = "capacity: answered actions per second at p95 < 1 s, to the machine's bare passes per second"
    if best is None:
        return [Figure(what, f"≥ {AIM:.1f}", f"0: {steps[0].users} visitors are not answered in time", False)]
    found = (
        f"{best.rate * seconds:.2f} ({best.rate:.0f} actions of {best.users} visitors, p95 {ms(best.slow)}, to "
        f"{1 / seconds:.0f} passes; the visitors took {best.clients / SECONDS:.0%} of a core)"
    )
    wrong = errors.total() + crossed.total()
    return [
        Figure(what, f"≥ {AIM:.1f}", found, best.rate * seconds >= AIM),
        Figure("capacity: errors and crossed answers", "0", str(wrong), wrong == 0),
    ]
