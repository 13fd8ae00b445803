"""The Explorer: the picture with its evidence, the classes beside it, and what the map says in words.

Knows which properties the browser receives and which events it sends. Knows nothing about models, maps or how a value
is computed. The browser's part lies beside this file: `explorer.html`, `explorer.css` and the scripts, which are joined
in order into one function body, so that the page loads nothing from outside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

_FOLDER = Path(__file__).parent
_SCRIPTS = (
    *("text.js", "data.js", "heat.js", "stage.js", "gestures.js", "panel.js", "search.js", "strip.js", "words.js"),
    "main.js",
)

_HTML = (_FOLDER / "explorer.html").read_text(encoding="utf-8")
_CSS = (_FOLDER / "explorer.css").read_text(encoding="utf-8")
_JS = "\n".join(['"use strict";', *((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)])


class Explorer(gr.HTML):
    """The picture, the predictions and the words: `value` is the current map, the rest is what it is drawn with.

    `value`: None or {seq, key, photo_id, class, map, shape [h, w], at {model, fit, method, contrast}, layers [[name,
    [C, h, w]]], model, layer, method, combination, effort, correlation, class_blind, contrast, signed, unit, seconds,
    share, message}; `map` is base64 of float32 (h, w), raw; where it is `signed`, negative values speak against the
    class; `at` holds names, `layers` what the model offers; `contrast`: the class is held against its look-alikes;
    `effort` names an approximation and `correlation` [median, lowest] how close such maps come. `photo`: {id, origin,
    url, size [W, H], view {source, content, input}}; `origin` is by what the page asked for it; `url` "" is the photo
    on show with another view, or the one that the DOM event `cam-own` handed over with `detail` {upload, pixels:
    promise of {image, size}}: where that cannot be used, the event `cam-lost` asks for one with a URL. `ranking`:
    {photo_id, order (K) uint16, probabilities (K) float32}. `labels`: K names. `classes`: None or {key, shape, indices
    (n) uint16, maps (n, h, w) int16, steps (n) float32}, the maps of all classes or of some, each in steps of its own.
    `strip`: an answer of `layer_strip` to open with. `colormaps`: {name: (256, 3) uint8}, the first is the default;
    `signed_colours`: (256, 3) uint8, from all against to all for. Binary data is base64, little endian.

    Events: `select` (a class without a local map is wanted: `event.index`) and `stop` (the running computation shall
    end). At most one `select` is open at a time: listen with `trigger_mode="multiple"`, the only mode that neither
    drops it nor repeats older event data. In the page a bubbling DOM event `cam-class` with `detail` {index, local}
    says which class is wanted: before a request for it goes out, or 100 ms after the last step to a class whose map
    is in the browser; and `cam-layer` with `detail` {name}, which layer is wanted. `server_functions` may hold
    `layer_strip`, see `strip.strip_of`: it is called when the page rests.
    """

    def __init__(self, value: dict[str, Any] | None = None, **options: Any):
        options.setdefault("apply_default_css", False)
        templates = {"html_template": _HTML, "css_template": _CSS, "js_on_load": _JS}
        super().__init__(value, **{**templates, **options})

    def __getattr__(self, name: str) -> Any:
        # The parent takes every word that stands in quotes in the script for an event; an update of a property of that
        # name would then send a function instead of the property. All events used here are ordinary attributes.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def api_info(self) -> dict[str, Any]:
        """Describe the value as any JSON: the web API has named endpoints of its own."""
        return {"type": {}, "description": "the current map"}
