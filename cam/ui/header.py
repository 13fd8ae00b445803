"""The page's header: its name, a link to the present state, and light or dark.

Knows the browser's address and storage; knows no models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"header.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))


class Header(gr.HTML):
    """A bar with the name of the page and two buttons; it sends no events."""

    def __init__(self, value: Any = None, **kwargs: Any):
        templates = {"html_template": _HTML, "css_template": _CSS, "js_on_load": _JS, "apply_default_css": False}
        super().__init__(value, **{**templates, **kwargs})
