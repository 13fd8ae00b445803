"""What a host may choose for a page: its examples, the models and networks that it offers, what it says on privacy.

Knows settings, files and the names of models; knows no visitors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from .. import Model
from ..errors import unknown
from ..models.catalogue import LOADABLE, ModelSpec
from .photos import ASSETS, Example, read_examples
from .settings import Settings, SettingsError, by_the_call

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".gif", ".bmp", ".tif", ".tiff")
_MOST = 24  # examples
_LONGEST = 80  # characters of a network's name


@dataclass(frozen=True)
class Own:
    """A network of the host's own, as the page lists it: what a `ModelSpec` says of others."""

    name: str
    title: str
    size_mb: float
    task: str
    family: str = ""

    def available(self) -> bool:
        """True: it is in memory."""
        return True


def examples(settings: Settings) -> dict[str, Example]:
    """Return the page's examples: those of the host's folder by their files' names, else those that come with the page.

    Those that cards open follow.

    Raises `SettingsError` for a folder without pictures.
    """
    if not settings.examples:
        return read_examples() | _of_cards()
    folder = Path(settings.examples).expanduser()
    if not folder.is_dir():
        raise SettingsError(f"CAM_EXAMPLES is not a folder: {folder}. Give one with a few pictures.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise SettingsError(f"CAM_EXAMPLES has no picture in it: {folder} ({', '.join(SUFFIXES)}).")
    found = [Example(f"own-{path.stem}", path.stem.replace("_", " ").strip() or path.name, path) for path in files]
    return {example.name: example for example in found[:_MOST]} | _of_cards()


def _of_cards() -> dict[str, Example]:
    """The photos that cards of the lesson open."""
    return {name: replace(one, lesson=True) for name, one in read_examples(ASSETS / "cards").items()}


def named(models: Model | Sequence[Model] | Mapping[str, Model]) -> dict[str, Model]:
    """Return networks by names of which no two are alike, nor like one of the table `LOADABLE`.

    `models`: one, several, or several by the names that they shall have. Raises `TypeError` for what is no `Model`,
    `ValueError` for none.
    """
    given = models.items() if isinstance(models, Mapping) else [("", one) for one in _several(models)]
    found: dict[str, Model] = {}
    for wanted, model in given:
        if not isinstance(model, Model):
            raise TypeError(_unwrapped(model))
        first = "".join(letter for letter in str(wanted) or model.name if letter >= " ").strip()[:_LONGEST] or "network"
        ends = (f" ({number})" for number in range(2, len(found) + 3))
        end = next(end for end in ("", *ends) if f"{first}{end}" not in found and f"{first}{end}" not in LOADABLE)
        title = first if wanted or model.title == model.name else model.title
        found[f"{first}{end}"] = replace(model, name=f"{first}{end}", title=f"{title}{end}")
    if not found:
        raise ValueError("There is no network to show: serve(model), or serve({name: model}).")
    return found


def _several(models: Model | Sequence[Model]) -> Sequence[Model]:
    if isinstance(models, nn.Module):  # a `Sequential` has a length, too
        raise TypeError(_unwrapped(models))
    return models if isinstance(models, Sequence) and not isinstance(models, str) else [models]  # pyright: ignore[reportReturnType]  # `named` judges what is in it


def _unwrapped(found: object) -> str:
    kind = type(found).__name__
    if isinstance(found, nn.Module):
        return (
            f"serve shows a Model, and this is the torch.nn.Module {kind}: wrap it first, with its preprocessing and "
            "the names of its classes: serve(wrap_model(net, preprocess=..., labels=[...]))."
        )
    return f"serve shows a Model, several in a list, or a dictionary of names to models, not a {kind}."


def own(models: Mapping[str, Model]) -> dict[str, Own]:
    """Return what the page lists of networks of the host's own."""
    return {name: Own(name, model.title, model.nbytes / 1e6, model.task) for name, model in models.items()}


def models(settings: Settings) -> dict[str, ModelSpec]:
    """Return the models that the page offers, in the host's order; all of them where the host names none.

    Those of the lesson come last.

    Raises `SettingsError` for a name that is none.
    """
    names = settings.models.replace(",", " ").split()
    for name in names:
        if name not in LOADABLE:
            raise SettingsError(f"CAM_MODELS: {unknown('model', name, LOADABLE)}")
    return {name: LOADABLE[name] for name in names} or dict(LOADABLE)


def hub(settings: Settings, environment: Mapping[str, str] | None = None) -> bool:
    """Whether visitors may fetch models of the Hugging Face Hub by their ids: as the host says.

    Where nothing is said: yes on a page that only this machine reaches and that is offered to nobody else, which a
    login, other sites, chosen models, an address of a proxy or a Space tell. Never where a GPU is lent by the call.
    """
    known = os.environ if environment is None else environment
    if by_the_call():
        return False
    if settings.hub:
        return settings.hub == "on"
    offered = (settings.login, settings.sites, settings.models, known.get("GRADIO_ROOT_PATH"), known.get("SPACE_ID"))
    return not any(offered) and known.get("GRADIO_SERVER_NAME", "127.0.0.1") in ("127.0.0.1", "localhost", "::1")


def privacy(settings: Settings) -> dict[str, str]:
    """Return what the host says on privacy in each language; empty without."""
    english, _, chinese = (part.strip() for part in settings.privacy.partition("|"))
    return {"en": english, "zh": chinese or english} if english else {}
