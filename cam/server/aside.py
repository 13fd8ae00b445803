"""What a page asks for beside its picture: its wishes are read here, and its answers are never an exception.

Knows plain values; knows no models and no layout.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from ..errors import CamError
from ..messages import Message
from .protocol import said
from .scheduler import Busy

_log = logging.getLogger(__name__)

Answer = dict[str, Any]


def texts(value: Any, *names: str) -> dict[str, str]:
    """Return some fields of a wish as texts, "" for those that are not there."""
    return {name: str(value.get(name) or "") if isinstance(value, Mapping) else "" for name in names}


async def answered(work: Awaitable[Answer], fault: Message) -> Answer:
    """Return what `work` gives; {"busy": True} when others come first, {"error": a `protocol.Said`} when not.

    `fault` is the sentence for what should not happen; the log gets the rest.
    """
    try:
        return await work
    except Busy:
        return {"busy": True}
    except CamError as error:
        return {"error": said(error.message)}
    except Exception:
        _log.exception("%s", fault)
        return {"error": said(fault)}
