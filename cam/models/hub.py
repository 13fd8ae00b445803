"""Models of the Hugging Face Hub by their ids: what one is, how large, under which licence, and its files.

Only public repositories are asked for, without anybody's token; only configurations in JSON and tensors are fetched,
never code. Knows the Hub's addresses and its cache; what a configuration builds is `hub_nets.py`.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import WeightsError
from ..messages import Message
from . import catalogue, downloads

_ID = re.compile(r"(?:hf[-_]hub:)?([A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})")
_COMMIT = re.compile(r"[0-9a-f]{40}")
CONFIG, PROCESSOR = "config.json", "preprocessor_config.json"
MOST_MB = 4096  # of a file of weights, where the caller says nothing else
_MOST_JSON = 4_000_000  # bytes of what the Hub says of a repository, or of a configuration
# The kinds of model by the ends of their classes' names in transformers, with their tasks.
TASKS = {
    "ForImageClassification": "classification",
    "ForObjectDetection": "detection",
    "ForSemanticSegmentation": "segmentation",
}


@dataclass(frozen=True)
class HubModel:
    """A model of the Hub: what is known before its weights are fetched.

    `name` is its id; `library` "timm" or "transformers", `arch` the architecture's name or class there; `file` the id
    again, as a `catalogue.ModelSpec` has it; `weights` the name of the file of weights, `digest` its SHA-256 or "".
    """

    name: str
    size_mb: float
    licence: str
    library: str
    arch: str
    task: str
    commit: str
    weights: str
    digest: str
    config: Mapping[str, Any] = field(repr=False)
    processor: Mapping[str, Any] = field(repr=False)
    family: str = ""
    source: str = "hub"

    @property
    def title(self) -> str:
        """What it is called: the second part of its id."""
        return self.name.partition("/")[2]

    @property
    def file(self) -> str:
        """The repository, by which downloads are told apart."""
        return self.name

    def local_file(self) -> Path | None:
        """The file of weights on this machine, None where it is not; never asks a network."""
        return _cached(self.name, self.weights, self.commit)

    def available(self) -> bool:
        """True when the weights are on this machine."""
        return self.local_file() is not None


def is_id(name: str) -> bool:
    """Whether a name is meant as an id of the Hub, right or wrong."""
    return "/" in name or name.startswith(("hf-hub:", "hf_hub:"))


def read_id(text: str) -> str:
    """Return an id as owner/name. Raises `WeightsError` for anything else: a path, an address, a revision."""
    found = _ID.fullmatch(text.strip())
    if found is None or ".." in text or "--" in text:
        raise WeightsError(
            "hub-id",
            "{id} is no id of the Hugging Face Hub, which is owner/name, as timm/resnet18.a1_in1k.",
            id=repr(text[:80]),
        )
    return found[1]


def find(name: str, most_mb: int = MOST_MB) -> HubModel:
    """Return a model that lies on this machine, or what the Hub says of it; errors as for `look`."""
    return here(name) or look(name, most_mb)


def here(name: str) -> HubModel | None:
    """Return a model whose files lie in the Hub's cache, None where they do not; never asks a network."""
    repository = read_id(name)
    found = next((path for file in catalogue.HUB_FILES if (path := _cached(repository, file))), None)
    if found is None or (config := _read(found.with_name(CONFIG))) is None:
        return None
    processor = _read(found.with_name(PROCESSOR)) or {}
    commit = found.parent.name
    return _model(repository, config, processor, (found.name, found.stat().st_size, ""), commit, "")


def look(name: str, most_mb: int = MOST_MB) -> HubModel:
    """Ask the Hub what a model is; fetches its configuration, and no weights.

    Raises `WeightsError` with a sentence: no id, no such public model, no weights that are opened here, larger than
    `most_mb`, no image model of timm or transformers, or one that needs code of its own.
    """
    repository = read_id(name)
    try:
        said = _asked(f"{_endpoint()}/api/models/{repository}?blobs=true")
        commit = said.get("sha")
        if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
            raise downloads.Unusable(
                Message("weights-no-hub", "the server does not answer as the Hugging Face Hub does")
            )
        files = _files(said)
        chosen = _chosen(repository, files, most_mb)
        config = _asked(_address(repository, commit, CONFIG)) if CONFIG in files else {}
        processor = _asked(_address(repository, commit, PROCESSOR)) if PROCESSOR in files else {}
    except WeightsError:
        raise
    except Exception as error:
        raise _unheard(repository, error) from error
    if said.get("gated"):
        raise WeightsError(
            "hub-gated",
            "{id} is given out by its publisher to those who agree to something first: fetch it by the Hub's own "
            "client, and it is found here.",
            id=repository,
        )
    return _model(repository, config, processor, chosen, commit, _licence(said))


def _files(said: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """The files of a repository: their sizes in bytes, and SHA-256 or ""."""
    found = {}
    for one in said.get("siblings") or ():
        lfs = one.get("lfs") or {}
        digest = str(lfs.get("sha256") or lfs.get("oid") or "")
        size = lfs.get("size") or one.get("size") or 0
        found[str(one.get("rfilename"))] = (int(size), digest if re.fullmatch("[0-9a-f]{64}", digest) else "")
    return found


def _chosen(repository: str, files: Mapping[str, tuple[int, str]], most_mb: int) -> tuple[str, int, str]:
    """The file of weights that is fetched: its name, size and digest."""
    name = next((one for one in catalogue.HUB_FILES if one in files), None)
    if name is None:
        raise WeightsError(
            "hub-no-weights",
            "{id} has no file that is opened here: {files}. Its weights may be in several parts or of another kind.",
            id=repository,
            files=list(catalogue.HUB_FILES),
        )
    size, digest = files[name]
    if not 0 < size <= most_mb * 2**20:
        raise WeightsError(
            "hub-large",
            "{file} of {id} has {size:.0f} MB, and at most {most} MB are fetched here.",
            file=name,
            id=repository,
            size=size / 2**20,
            most=most_mb,
        )
    return name, size, digest


def _licence(said: Mapping[str, Any]) -> str:
    """The licence as the publisher names it; "" where nothing is said."""
    card = said.get("cardData") or {}
    names = [str(tag).partition(":")[2] for tag in said.get("tags") or () if str(tag).startswith("license:")]
    found = card.get("license_name") or card.get("license") or (names[0] if names else "")
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)[:80]


def _model(
    repository: str,
    config: Mapping[str, Any],
    processor: Mapping[str, Any],
    chosen: tuple[str, int, str],
    commit: str,
    licence: str,
) -> HubModel:
    library, arch, task = _kind(repository, config)
    name, size, digest = chosen
    return HubModel(
        repository, size / 1e6, licence, library, arch, task, commit, name, digest, config=config, processor=processor
    )


def _kind(repository: str, config: Mapping[str, Any]) -> tuple[str, str, str]:
    """The library, the architecture and the task that a configuration names."""
    arch = config.get("architecture")
    if isinstance(arch, str):
        import timm

        if arch in timm.list_models():  # and not an address, which timm would follow
            return "timm", arch, "classification"
        raise WeightsError(
            "hub-arch", "{id} is of the architecture {arch}, which timm does not have.", id=repository, arch=arch[:80]
        )
    names = config.get("architectures")
    name = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else ""
    task = next((task for end, task in TASKS.items() if name.endswith(end)), "")
    if not task or not name.isidentifier():
        raise WeightsError(
            "hub-kind",
            "{id} is no image model that is explained here ({found}): those are timm's classifiers, and {kinds} of "
            "transformers.",
            id=repository,
            found=name[:80] or "config.json names no architecture",
            kinds=list(TASKS),
        )
    return "transformers", name, task


# Asking and fetching ------------------------------------------------------------------------------------------------


def _endpoint() -> str:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        raise downloads.Unusable(Message("weights-offline", "HF_HUB_OFFLINE forbids to ask the Hugging Face Hub"))
    return constants.ENDPOINT


def _address(repository: str, commit: str, file: str) -> str:
    return f"{_endpoint()}/{repository}/resolve/{commit}/{file}"


def _asked(url: str) -> dict[str, Any]:
    """The JSON object at an address. Raises what urllib raises."""
    request = urllib.request.Request(url, headers={"User-Agent": "cam-explorer"})
    try:
        with urllib.request.urlopen(request, timeout=downloads.TIMEOUT) as answer:
            found = json.loads(answer.read(_MOST_JSON))
    except urllib.error.HTTPError as error:
        error.close()
        raise
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise downloads.Unusable(Message("weights-no-hub", "the server does not answer as the Hugging Face Hub does"))
    return found


def _unheard(repository: str, error: Exception) -> WeightsError:
    if getattr(error, "code", None) in (401, 403, 404):
        return WeightsError("hub-none", "There is no public model {id} on the Hugging Face Hub.", id=repository)
    return WeightsError(
        "hub-unheard",
        "The Hugging Face Hub cannot be asked for {id}, because {reason}.",
        id=repository,
        reason=downloads.reason_of(error),
    )


def obtain(model: HubModel, progress: downloads.Progress | None = None) -> Path:
    """Return the file of weights, fetched on first use into the Hub's cache, with the configurations beside it.

    `progress` as for `weights.fetch`. Raises `WeightsError`.
    """
    return model.local_file() or downloads.obtain(model, _fetched, progress)


def _fetched(model: HubModel, report: downloads.Progress) -> Path:
    most = model.size_mb * 1e6

    def within(done: int, total: int) -> None:
        if done > most:
            raise downloads.Unusable(Message("weights-larger", "more arrives than was promised"))
        report(done, total)

    folder = downloads.writable(catalogue.hub_folder()) / f"models--{model.name.replace('/', '--')}"
    target = folder / "snapshots" / model.commit / model.weights
    downloads.download(_address(model.name, model.commit, model.weights), target, model.digest, within)
    for name, content in ((CONFIG, model.config), (PROCESSOR, model.processor)):
        if content and not target.with_name(name).exists():
            target.with_name(name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(model.commit)
    return target


def _cached(repository: str, file: str, commit: str | None = None) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    for folder in (catalogue.hub_folder(), catalogue.fallback_folder()):
        found = try_to_load_from_cache(repository, file, cache_dir=folder, revision=commit)
        if isinstance(found, str) and Path(found).is_file():
            return Path(found)
    return None


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
