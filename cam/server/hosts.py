"""What a host may choose for a page: its examples, the models that it offers, and what it says on privacy.

Knows settings, files and the names of models; knows no visitors.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..errors import unknown
from ..models.catalogue import LESSONS, MODELS, ModelSpec
from .photos import ASSETS, Example, read_examples
from .settings import Settings, SettingsError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".gif", ".bmp", ".tif", ".tiff")
_MOST = 24  # examples
OFFERED = MODELS | LESSONS


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


def models(settings: Settings) -> dict[str, ModelSpec]:
    """Return the models that the page offers, in the host's order; all of them where the host names none.

    Those of the lesson come last.

    Raises `SettingsError` for a name that is none.
    """
    names = settings.models.replace(",", " ").split()
    for name in names:
        if name not in OFFERED:
            raise SettingsError(f"CAM_MODELS: {unknown('model', name, OFFERED)}")
    return {name: OFFERED[name] for name in names} or dict(OFFERED)


def privacy(settings: Settings) -> dict[str, str]:
    """Return what the host says on privacy in each language; empty without."""
    english, _, chinese = (part.strip() for part in settings.privacy.partition("|"))
    return {"en": english, "zh": chinese or english} if english else {}
