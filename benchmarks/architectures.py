"""Does the right map come out of a network that nobody tuned for? Every architecture that is at hand, three libraries.

    python benchmarks/architectures.py RESULTS.jsonl [--only PATTERN] [--libraries ours torchcam] [--write]

RESULTS.jsonl gets one line per architecture and library; what it has is not measured again, so a run that was stopped
goes on. Which architectures: `zoo.py`; how a library is asked, and grad-cam's layer chosen: `entrants.py`; what is true
of a map: `judging.py`; what is made of the lines: `verdict_tables.py`.

Weights are random (seed 0), networks in eval mode, inputs noise; where logits are the same for every input, batch
normalisations get running statistics first (`zoo.awake`, noted in the line). The class is the second. One thread.

A method of ours that takes many passes is left after `--budget` seconds, when it has had a batch; F is a graph-free
forward. Each pair of architecture and library has a process and `--limit` seconds of its own.
"""

from __future__ import annotations

import argparse
import fnmatch
import functools
import json
import multiprocessing
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import torch

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

import judging  # noqa: E402
import zoo  # noqa: E402
from entrants import ENTRANTS, Bare, Found, as_image, preload  # noqa: E402

from cam import METHODS, CamError, explain_steps, obstacle, trace  # noqa: E402

INDEX = 1  # of the class
SMALL = 0.2  # seconds of a pass; methods run on networks up to here: larger ones are longer rows of the same blocks


def noise(side: int, seed: int, count: int = 1) -> torch.Tensor:
    """Inputs (count, 3, side, side): noise, coarse and fine, with mean 0 and about unit variance."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(count, 3, 8, 8, generator=generator)
    coarse = torch.nn.functional.interpolate(coarse, (side, side), mode="nearest")
    return 0.7 * coarse + 0.7 * torch.randn(count, 3, side, side, generator=generator)


def judged(net, inputs: torch.Tensor, found: Found) -> dict:
    """What is true of a library's map and layer."""
    line: dict = {"layer": found.layer}
    line["upright"], line["peak"] = judging.right_way_up(found.read, inputs)
    line["way"], line["bypass"] = judging.way(net, inputs, found.layer, INDEX)
    if found.reading is None:
        return line | {"depends": None, "errors": {}}
    values = judging.map_and_gradient(net, inputs, found.reading, INDEX)
    line["shape"], line["depends"] = list(values[0].shape), bool(values[1].any())
    expected = {"gradcam": judging.grad_cam(*values), "hirescam": judging.hires_cam(*values)}
    line["errors"] = {
        name: judging.error(raw, expected[name].relu() if found.positive else expected[name])
        for name, raw in found.maps.items()
    }
    return line


def hidden(net, inputs: torch.Tensor, found: Found) -> dict:
    """What is true of a map by occlusion, where a network has no layer; equal values lie the right way up."""
    raw = found.maps["occlusion"]
    expected = judging.occlusion(net, inputs, INDEX)
    values = torch.tensor(list(expected.values()))
    wrong = judging.error(torch.stack([raw[place] for place in expected]), values)
    line = {"layer": "", "shape": list(raw.shape), "way": "no layer: occlusion", "depends": bool(values.any())}
    return line | {"errors": {"occlusion": wrong}, "upright": wrong < judging.CLOSE, "peak": 0.0}


def operations(net, inputs: torch.Tensor) -> list[str]:
    """The names of the backward operations between the logits and the input."""
    with torch.enable_grad():
        waiting = [zoo.scores(net, inputs.clone().requires_grad_()).grad_fn]
    seen = set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            waiting += [further for further, _ in node.next_functions]
    return sorted({node.name().removesuffix("0").removesuffix("Backward") for node in seen})


def methods(found: Found, inputs: torch.Tensor, budget: float) -> tuple[dict, dict]:
    """What became of each method, and the sentence where it did not run.

    One that takes many passes is left after `budget` seconds, but not before its second piece, which is a batch.
    """
    recorded = trace(found.model, as_image(inputs))
    states, reasons = {}, {}
    for name, method in METHODS.items():
        try:
            reason = obstacle(method, recorded)
            if reason:
                states[name], reasons[name] = "refused", reason
                continue
            start = time.perf_counter()
            for piece, _ in enumerate(explain_steps(recorded, name, INDEX), 1):
                if piece > 1 and time.perf_counter() - start > budget:
                    break
            states[name] = "ran"
        except CamError as error:
            states[name], reasons[name] = "refused", str(error)
        except Exception as error:
            states[name], reasons[name] = "failed", f"{type(error).__name__}: {error}"[:300]
    return states, reasons


def measured(entry: zoo.Entry, library: str, budget: float | None = 0.3) -> dict:
    """The line of one architecture and one library; `budget` None: without methods."""
    line: dict = {"architecture": entry.name, "library": library, "group": entry.group}
    try:
        net, side = zoo.build(entry)
    except Exception as error:
        return line | {"built": False, "why": f"{type(error).__name__}: {error}"[:300]}
    inputs, other = noise(side, 2), noise(side, 3)
    line |= {"built": True, "side": side, "awake": zoo.awake(net, torch.cat([inputs, other]))}
    with torch.no_grad():
        bare = isinstance(net(inputs), torch.Tensor)
    net = net if bare or library == "ours" else Bare(net).eval()
    forward = judging.forward_seconds(net, inputs)
    line |= {"forward": forward, "found": False, "operations": operations(net, inputs) if library == "ours" else []}
    before = judging.state_of(net)
    try:
        found = ENTRANTS[library](net, inputs, other, INDEX)
    except Exception as error:
        return line | {"why": f"{type(error).__name__}: {error}"[:400]}
    forward = (forward + judging.forward_seconds(net, inputs)) / 2  # a machine may be slower by now
    line |= {"forward": forward, "found": True, "wrap": found.wrap_seconds, "first": found.first_seconds}
    try:
        if found.layer:
            line["further"] = judging.seconds(found.again)
            line |= judged(net, inputs, found)
        else:
            line |= hidden(net, inputs, found)
    except Exception as error:
        line["why"] = f"not judged: {type(error).__name__}: {error}"[:400]
    if found.model is not None:
        line["default"], line["offered"] = found.model.default_layer, len(found.model.layers)
        if budget is not None and forward <= SMALL:
            line["methods"], line["reasons"] = methods(found, inputs, budget)
    line["changed"] = judging.changed_state(before, judging.state_of(net))[:20] if library == "ours" else []
    return line


# One process per line


def _child(index: int, library: str, budget: float | None, pipe) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    start = time.perf_counter()
    line = measured(known()[index], library, budget)
    pipe.send(line | {"seconds": time.perf_counter() - start})


@functools.cache
def known() -> tuple[zoo.Entry, ...]:
    return tuple(zoo.entries())


def lines_of(jobs: list[tuple[int, str]], limit: float, budget: float | None) -> Iterator[dict]:
    """Measure pairs of an entry's place and a library, each in a process of its own, killed after `limit` seconds."""
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in ways else "spawn")
    for index, library in jobs:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(index, library, budget, there))
        process.start()
        there.close()
        name = known()[index].name
        lost = {"architecture": name, "library": library, "group": known()[index].group, "built": True, "found": False}
        try:
            yield here.recv() if here.poll(limit) else lost | {"why": f"no answer in {limit:.0f} s"}
        except EOFError:
            process.join()
            yield lost | {"why": f"the process ended with {process.exitcode}"}
        finally:
            if process.is_alive():
                process.join(1)
            process.kill()
            process.join()


def read(file: Path) -> list[dict]:
    """The lines of a results file; a last line that was cut off is left out."""
    lines = []
    for text in file.read_text().splitlines() if file.exists() else []:
        try:
            lines.append(json.loads(text))
        except ValueError:
            print(f"{file}: a line is cut off and measured again", file=sys.stderr)
    return lines


def _ends_whole(file: Path) -> bool:
    text = file.read_bytes() if file.exists() else b""
    return not text or text.endswith(b"\n")


def run(options: argparse.Namespace) -> None:
    """Measure what the results file does not have, one line after the other."""
    done = {(line["architecture"], line["library"]) for line in read(options.results)}
    jobs = [
        (index, library)
        for library in options.libraries
        for index, entry in enumerate(known())
        if fnmatch.fnmatch(entry.name, options.only) and (entry.name, library) not in done
    ]
    preload()
    start = time.perf_counter()
    with options.results.open("a") as out:
        out.write("" if _ends_whole(options.results) else "\n")
        for count, line in enumerate(lines_of(jobs, options.limit, options.budget), 1):
            out.write(json.dumps(line) + "\n")
            out.flush()
            left = (time.perf_counter() - start) / count * (len(jobs) - count) / 60
            note = line.get("why") or ("" if line.get("upright") and line.get("depends") else "see its line")
            print(f"{count} of {len(jobs)}, {left:.0f} min left: {line['library']} {line['architecture']} {note[:150]}")
            sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(prog="benchmarks/architectures.py", description=__doc__.splitlines()[0])
    result.add_argument("results", type=Path, help="a file of one JSON line per architecture and library")
    result.add_argument(
        "--only", default="*", metavar="PATTERN", help="of names, as timm/vi*: * and ? stand for others"
    )
    result.add_argument("--libraries", nargs="+", default=list(ENTRANTS), choices=ENTRANTS)
    result.add_argument("--limit", type=float, default=300, help="seconds for one line")
    result.add_argument("--budget", type=float, default=0.3, help="seconds for one slow method")
    result.add_argument("--no-methods", action="store_const", dest="budget", const=None, help="layers and values only")
    result.add_argument("--write", action="store_true", help="put the table into docs/architectures.md")
    return result


def main(arguments: list[str] | None = None) -> int:
    """Run; returns the exit status."""
    options = parser().parse_args(arguments)
    torch.set_num_threads(1)
    run(options)
    if options.write:
        import verdict_tables

        verdict_tables.write(read(options.results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
