"""The tab "How it works": the computation of the map on show, step by step, with its real numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from ...server.app_state import AppState
from ...server.lesson import Stories
from ...server.protocol import outdated
from ..component import component


def functions(app_state: AppState) -> list[Callable[[Any], Any]]:
    """What the tab's scripts call: the story of a choice."""
    stories = Stories(app_state)

    async def lesson_story(value: Any) -> Any:
        return outdated(value) or await stories.told(value)

    return [lesson_story]


def build(app_state: AppState) -> None:
    """Lay out the tab."""
    with gr.Row(elem_classes="cam-lesson"):
        component("lesson/main.js", name="Lesson")
