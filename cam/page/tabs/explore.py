"""The Explore tab: the choices, and the picture with its evidence, the classes and what the map says in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ...server import finer, hub_search, strip, takehome
from ...server.app_state import AppState
from ...server.cover import Covers
from ...server.protocol import outdated
from ..component import component


def functions(app_state: AppState) -> list[Callable[[Any], Any]]:
    """What the tab's scripts call beside the page's actions."""

    covers, shelf = Covers(app_state), takehome.Shelf(app_state)

    async def layer_strip(value: Any) -> Any:
        return outdated(value) or await strip.strip_of(app_state, value)

    async def detail_survey(value: Any) -> Any:
        return outdated(value) or await finer.details_of(app_state, value)

    async def hub_model(value: Any) -> Any:
        return await hub_search.looked(app_state, value)

    async def take_home(value: Any) -> Any:
        return outdated(value) or await shelf.taken(value)

    async def cover_photo(value: Any) -> Any:
        return outdated(value) or await covers.seen(value)

    return [layer_strip, detail_survey, hub_model, take_home, cover_photo]


def build(app_state: AppState) -> None:
    """Lay out the tab."""
    with gr.Row(elem_classes="cam-explore"):
        with gr.Column(elem_classes="cam-left"):
            component("choices/main.js", name="Choices")
        with gr.Column(elem_classes="cam-main"):
            component("picture/main.js", name="Picture")
