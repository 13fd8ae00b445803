"""What the components of the page share: a module that is served as a file, and properties that travel as JSON.

Knows how Gradio's custom HTML components work, and what makes them slow. Knows no component.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import gradio as gr

from ..server import modules

STATIC = Path(__file__).parent / "static"


def packed(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties as they travel, each as the JSON of its value.

    Gradio copies all properties of a component, leaf by leaf, several times for each event and each answer; the text
    of a thousand class names is one leaf.
    """
    return {name: json.dumps(value) for name, value in properties.items()}


@functools.cache
def address() -> str:
    """Return where the modules are served, below the page's own address."""
    return modules.address(STATIC)


def component(module: str, value: Any = None, *, name: str, events: tuple[str, ...] = (), **options: Any) -> gr.HTML:
    """Make a component whose behaviour is a module in `static`: its `mount` gets what Gradio gives to a script.

    That is `element`, `props`, `trigger`, `server`, `upload` and `watch` (see Gradio's custom HTML components). Of the
    script Gradio reads the names of `events` that it does not know. Plain `gr.HTML`: beside the source of a subclass
    Gradio would write a file of what it takes for its interface.
    """
    script = (
        f'import(new URL("{address()}/{module}", document.baseURI)).then(({{ mount }}) =>'
        f" mount({{ element, props, trigger, server, upload, watch, events: {json.dumps(events)} }}));"
    )
    made = gr.HTML(value, html_template="", css_template="", js_on_load=script, apply_default_css=False, **options)
    made.component_class_name = name
    return made
