"""The page's header: its name, the language, a link to the present state, and light or dark.

Knows the browser's address and storage; knows no models.
"""

from __future__ import annotations

import gradio as gr

from .component import component


def header() -> gr.HTML:
    """Return a bar with the name of the page and three buttons; it has no value and sends no events."""
    return component("header/main.js", name="Header", elem_classes="cam-header")
