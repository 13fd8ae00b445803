"""The camera: the live picture, the frame that was explained last with its evidence on it, and its predictions.

Knows files and props; the behaviour is in `camera.js`, the arithmetic of the picture in the scripts of the Explorer.
Knows no models: `explain_frame` comes in as a function of the server.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from .component import component


def camera(value: Any = None, **options: Any) -> gr.HTML:
    """A visitor's camera, explained frame by frame; it has no value and sends no events. Its properties are packed:

    `models` [{"name", "title"}], the first is the default; `method` the title of the method; `colormaps` {name: base64
    of (256, 3) uint8}, the first is used. `server_functions` holds `explain_frame({"frame", "model", "class"})`, see
    `live.looked_at`; at most one call of a page is open at a time; and `models_here`, which returns `models` anew.

    In the page a DOM event `cam-photo` with `detail` {file} hands a frame over; whoever takes photos listens.
    """

    return component("live/main.js", value, name="Camera", **options)
