"""The camera: the live picture, the frame that was explained last with its evidence on it, and its predictions.

Knows files and props; the behaviour is in `camera.js`, the arithmetic of the picture in the scripts of the Explorer.
Knows no models: `explain_frame` comes in as a function of the server.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

_HERE = Path(__file__).parent
_SCRIPTS = ("explorer/text.js", "explorer/data.js", "explorer/heat.js", "camera.js")

_HTML, _CSS = ((_HERE / f"camera.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = "\n".join(['"use strict";', *((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)])


class Camera(gr.HTML):
    """A visitor's camera, explained frame by frame; it has no value and sends no events.

    `models` [{"name", "title"}], the first is the default; `method` the title of the method; `colormaps` {name: base64
    of (256, 3) uint8}, the first is used. `server_functions` holds `explain_frame({"frame", "model", "class"})`, see
    `live.looked_at`; at most one call of a page is open at a time; and `models_here`, which returns `models` anew.

    In the page a DOM event `cam-photo` with `detail` {file} hands a frame over; whoever takes photos listens.
    """

    def __init__(self, value: Any = None, **kwargs: Any):
        templates = {"html_template": _HTML, "css_template": _CSS, "js_on_load": _JS, "apply_default_css": False}
        super().__init__(value, **{**templates, **kwargs})

    def __getattr__(self, name: str) -> Any:
        # The parent takes every word that stands in quotes in the script for an event of its own.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def api_info(self) -> dict[str, Any]:
        """Describe the value as any JSON: there is none."""
        return {"type": {}, "description": "nothing"}
