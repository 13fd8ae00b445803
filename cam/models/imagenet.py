"""The names of ImageNet's 1,000 classes: in English, in Simplified Chinese, and WordNet's other names for a search;
and those of the things that detectors find, in Chinese.

Knows where the names are kept, knows nothing about networks and weights. docs/class-names.md says who wrote them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..errors import unknown
from . import torchvision_ops  # noqa: F401  (first: torchvision may not import without it)


def _english() -> tuple[str, ...]:
    from torchvision.models import AlexNet_Weights

    return tuple(AlexNet_Weights.IMAGENET1K_V1.meta["categories"])


def _chinese() -> tuple[str, ...]:
    return tuple(Path(__file__).with_name("imagenet_zh.txt").read_text(encoding="utf-8").splitlines())


_LABELS = {"en": _english, "zh": _chinese}


@cache
def imagenet_labels(language: str = "en") -> tuple[str, ...]:
    """The 1,000 class names of ImageNet-1k in the order of the outputs, each of them once.

    `language`: "en", torchvision's, or "zh", Simplified Chinese. Raises `UnknownNameError` for another one.
    """
    if language not in _LABELS:
        raise unknown("language of the class names", language, _LABELS)
    return _LABELS[language]()


@cache
def things_chinese() -> dict[str, str]:
    """Chinese names of the things that detectors and networks for regions find, by their English labels.

    COCO's 80 kinds, and what Pascal VOC, torchvision and this package call otherwise."""
    lines = Path(__file__).with_name("things_zh.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines)
    return {label: name for label, _, name in pairs}


@cache
def imagenet_synonyms() -> tuple[tuple[str, ...], ...]:
    """WordNet's other names of each class, English and scientific, in the order of the outputs; () where it has none.

    A name can belong to several classes ("panda" to both pandas). The lists are those that timm brings along.
    """
    from timm.data.imagenet_info import ImageNetInfo

    classes = ImageNetInfo("imagenet-1k").label_descriptions()
    return tuple(
        tuple(name for name in names.split(", ") if name != label)
        for names, label in zip(classes, imagenet_labels(), strict=True)
    )
