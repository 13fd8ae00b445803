"""The other names of ImageNet's classes as one file for the page: Chinese, and WordNet's for a search.

The page's answers carry the English labels of their model; where `labels_id` says that those are ImageNet's, the page
fetches this file once and keeps it. docs/class-names.md says what it holds. Knows names; knows no networks.
"""

from __future__ import annotations

import functools
import json
import zlib
from collections.abc import Sequence

from starlette.routing import Route

from ..models.imagenet import imagenet_labels, imagenet_synonyms, things_chinese
from . import modules

FILE = "class-names.json"


def labels_id(labels: Sequence[str]) -> str:
    """Name the classes of a model: models with the same labels have the same classes."""
    return f"{len(labels)} {zlib.crc32(chr(0).join(labels).encode()):08x}"


@functools.cache
def content() -> bytes:
    """Return the file: JSON {"id": `labels_id`, "zh": [name], "others": [[name, ...]]}, in the classes' order.

    `words` {label: Chinese name} are those of the things that detectors find.
    """
    found = {
        "id": labels_id(imagenet_labels()),
        "zh": imagenet_labels("zh"),
        "others": imagenet_synonyms(),
        "words": things_chinese(),
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def offer() -> dict[str, str]:
    """What the page opens with: whose names they are and where they are served, below the page's own address."""
    return {"id": labels_id(imagenet_labels()), "address": modules.address_of(FILE, content())}


def route() -> Route:
    """Return the route that serves the file."""
    return modules.route_of(FILE, content(), "application/json")
