"""What the components of the page share: body, style sheet and scripts from files, and properties that travel as JSON.

Knows how Gradio's custom HTML components work, and what makes them slow. Knows no component.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

_STATIC = Path(__file__).parent / "static"


def packed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as they travel, each as the JSON of its value.

    Gradio copies all properties of a component, leaf by leaf, several times for each event and each answer; the text
    of a thousand class names is one leaf.
    """
    return {name: json.dumps(value) for name, value in properties.items()}


def script_of(html: str, css: str, *scripts: str) -> str:
    """Return a component's files, by their paths in `static`, as one function body: the page loads nothing else."""
    constants = {"HTML": _STATIC / html, "CSS": _STATIC / css}
    texts = [f"const {name} = {json.dumps(path.read_text(encoding='utf-8'))};" for name, path in constants.items()]
    texts += [path.read_text(encoding="utf-8") for path in (_STATIC / name for name in ("component.js", *scripts))]
    return "\n".join(['"use strict";', *texts])


class Component(gr.HTML):
    """A component made of files; a subclass names them by `SCRIPT`.

    The scripts find `element`, `trigger`, `props`, `server`, `upload` and `watch` (see Gradio's custom HTML components)
    and `read(name)`, the value of a property that is `packed`. Gradio makes a component anew, from all properties, for
    each answer that changes one.
    """

    SCRIPT = ""

    def __init__(self, value: Any = None, **options: Any) -> None:
        templates = {"html_template": "", "css_template": "", "js_on_load": self.SCRIPT, "apply_default_css": False}
        super().__init__(value, **{**templates, **options})

    def __getattr__(self, name: str) -> Any:
        # The parent takes every word that stands in quotes in the script for an event; an update of a property of that
        # name would then send a function instead of the property. All events used here are ordinary attributes.
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def api_info(self) -> dict[str, Any]:
        """Describe the value as any JSON: the web API has named endpoints of its own."""
        return {"type": {}, "description": f"the value of {type(self).__name__}"}
