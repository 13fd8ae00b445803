"""The left column: the photo, the model, the layer, the method, the fit and the detail, in one component.

`value` is what the visitor asks for, `answer` what the server found; both carry the visitor's ticket. Knows files and
properties; the behaviour is in `controls.js`, the choice of a detail in `finer.js`, how photos are sent in
`sending.js`. Knows no models: the lists come in.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from .component import component


def controls(value: Any = None, **options: Any) -> gr.HTML:
    """The visitor's choices.

    `value` {"ticket", "photo": {"example"} | {"upload"}, "model", "layer", "method", "contrast": bool, "combine",
    "effort", "fit", "detail": float, "class": int | None, "shown", "own": path of the sent photo that the page shows by
    itself}, sent with the event `input` and then, as long as more answers follow, with `more`; it is kept up to date
    for the events of other components. The rest is `packed`.

    `answer` {"seq", "step", "more", "after": seconds until the page comes for the next one, "prefetch": whether that is
    for a wish that is not made yet, so that the page comes when its picture is painted}; with a picture also {"state":
    the choices as they were carried out, "layers": [{"name", "shape", "default"}], "shown": what the page has got,
    "photo": {"title", "thumb" or "" for one's own} unless it is the one before}; once per model and layer "reasons"
    {method: why it does not apply} and, for a slow method, "efforts" {effort: why it would not help}; with a failure
    {"error": a sentence, "about": "photo" | "choice"}.
    `examples` [{"name", "title", "thumb"}], `models` [{"name", "title", "group", "here", "size"}], `methods` [{"name",
    "title", "summary", "advice", "cost", "quick", "blind", "efforts": [{"name", "title", "note"}]}], `combinations`
    [{"name", "title", "summary", "cost"}], `fits` [{"name", "title", "summary"}], `details` the numbers on
    offer, `limit` of a file in bytes. `server_functions` holds `detail_survey`, see `finer.details_of`: it is called
    when the visitor turns to the choice of a detail, or has one other than 1.
    """

    return component("choices/main.js", value, name="Controls", events=("more",), **options)
