"""The left column: the photo, the model, the layer, the method and the fit, in one component.

`value` is what the visitor asks for, `answer` what the server found; both carry the visitor's ticket. Knows files and
props; the behaviour is in `controls.js`, how photos are sent in `sending.js`. Knows no models: the lists come in as
plain values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

_HERE = Path(__file__).parent
_HTML, _CSS, *_SCRIPTS = (
    (_HERE / name).read_text(encoding="utf-8")
    for name in ("controls.html", "controls.css", "controls.js", "sending.js")
)
_JS = "\n".join(_SCRIPTS)


class Controls(gr.HTML):
    """The visitor's choices.

    `value` {"ticket", "photo": {"example"} | {"upload"}, "model", "layer", "method", "contrast": bool, "combine",
    "effort", "fit", "class": int | None, "shown", "own": path of the sent photo that the page shows by itself}, sent
    with the event `input` and then, as long as more answers follow, with `more`; it is kept up to date for the events
    of other components. `answer` {"seq", "step", "more", "after": seconds until the page comes for the next one}; with
    a picture also {"state": the choices as they were carried out, "layers": [{"name", "shape", "default"}], "shown":
    what the page has got, "photo": {"title", "thumb" or "" for one's own} unless it is the one before}; once per model
    and layer "reasons" {method: why it does not apply} and, for a slow method, "efforts" {effort: why it would not
    help}; with a failure {"error": a sentence, "about": "photo" | "choice"}.
    `examples` [{"name", "title", "thumb"}], `models` [{"name", "title", "group", "here", "size"}], `methods` [{"name",
    "title", "summary", "advice", "cost", "quick", "blind", "efforts": [{"name", "title", "note"}]}], `combinations`
    [{"name", "title", "summary", "cost"}], `fits` [{"name", "title", "summary"}], `limit` of a file in bytes.
    """

    EVENTS = (*gr.HTML.EVENTS, "more")

    def __init__(self, value: Any = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=kwargs.pop("html_template", _HTML),
            css_template=kwargs.pop("css_template", _CSS),
            js_on_load=kwargs.pop("js_on_load", _JS),
            apply_default_css=kwargs.pop("apply_default_css", False),
            **kwargs,
        )

    def __getattr__(self, name: str) -> Any:
        # The parent takes every word that stands in quotes in the script for an event of its own.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def api_info(self) -> dict[str, Any]:
        """Describe the value as any JSON: the web API has named endpoints of its own."""
        return {"type": {}, "description": "the visitor's choices"}
