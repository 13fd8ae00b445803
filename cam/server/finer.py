"""How fine maps may be on the page: the details that are offered, and what each of them means for a model.

A model is looked at when a visitor turns to the choice: until then the page makes no pass for it. Knows plain values
and the core's survey of a model; knows no layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import CamError
from ..messages import Message
from ..passes.detail import OFFERED, Survey, survey
from .app_state import AppState
from .aside import Answer, answered, texts
from .protocol import said
from .zerogpu import on_gpu


def read(value: Mapping[str, Any]) -> float:
    """Return the `detail` of a visitor's choice, 1 where it is no number. Raises `CamError` for one not offered."""
    found = value.get("detail")
    if not isinstance(found, int | float) or isinstance(found, bool):
        return 1.0
    if found not in OFFERED:
        *others, last = (f"{one:g}" for one in OFFERED)
        raise CamError(
            "detail-not-offered",
            "On the page detail is {others} or {last}, not {found:g}. Choose one of these.",
            others=others,
            last=last,
            found=found,
        )
    return float(found)


async def details_of(app_state: AppState, value: Any) -> Answer:
    """Return what each offered detail means for a model: `value` {"model": name}.

    Returns {"model", "details": [{"detail", "input": [W, H], "cost": pixels compared with 1, "grids": {layer: [h, w]},
    "reason": a `protocol.Said` where the network does not take it, and nothing else, or ""}]}; {"busy": True} when too
    many others wait; {"error": a `protocol.Said`} when it cannot be made.
    """
    work = app_state.scheduler.run(gpu_made, app_state, texts(value, "model")["model"], background=True)
    return await answered(work, Message("survey-broken", "What this network takes could not be found out."))


def made(app_state: AppState, name: str) -> Answer:
    """Look at a model as `details_of` returns it. Raises `CamError`; fetches no weights."""
    model = app_state.model_here(name)
    return {"model": name, "details": [_plain(survey(model, detail)) for detail in OFFERED]}


gpu_made = on_gpu(made)


def _plain(found: Survey) -> dict[str, Any]:
    """A survey as it travels."""
    return {
        "detail": found.detail,
        "input": list(found.input),
        "cost": found.cost,
        "grids": {name: list(shape[1:]) for name, shape in (found.shapes or {}).items()},
        "reason": said(found.reason) if isinstance(found.reason, Message) else found.reason,
    }
