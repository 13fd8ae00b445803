"""The Explorer: the picture with its evidence, the classes beside it, and what the map says in words.

Knows which properties the browser receives and which events it sends. Knows nothing about models, maps or how a value
is computed. The browser's part lies in `static/explorer`.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from .component import component


def explorer(value: Any = None, **options: Any) -> gr.HTML:
    """The picture, the predictions and the words: `value` is the current map, the rest is what it is drawn with.

    All are `packed`.

    `value`: None or {seq, key, photo_id, class, map, shape [h, w], at {model, fit, detail, method, contrast}, layers
    [[name, [C, h, w]]], model, layer, method, combination, effort, correlation, class_blind, contrast, signed, unit,
    seconds, share, message}; `map` is base64 of float32 (h, w), raw; where it is `signed`, negative values speak
    against the class; `at` holds names, `layers` what the model offers; `contrast`: the class is held against its
    look-alikes; `effort` names an approximation and `correlation` [median, lowest] how close such maps come. `photo`:
    {id, origin, url, size [W, H], view {source, content, input}}; `origin` is by what the page asked for it; `url` ""
    is the photo on show with another view, or the one that the DOM event `cam-own` handed over with `detail` {upload,
    pixels: promise of {image, size}}: where that cannot be used, the event `cam-lost` asks for one with a URL.
    `ranking`: {photo_id, order (K) uint16, probabilities (K) float32}. `labels`: K names. `classes`: None or {key,
    shape, indices (n) uint16, maps (n, h, w) int16, steps (n) float32}, the maps of all classes or of some, each in
    steps of its own. `strip`: an answer of `layer_strip` to open with. `colormaps`: {name: (256, 3) uint8}, the first
    is the default; `signed_colours`: (256, 3) uint8, from all against to all for. Binary data is base64, little endian.

    Events: `select` (a class without a local map is wanted: `event.index`) and `stop` (the running computation shall
    end). At most one `select` is open at a time: listen with `trigger_mode="multiple"`, the only mode that neither
    drops it nor repeats older event data. In the page a bubbling DOM event `cam-class` with `detail` {index, local}
    says which class is wanted: before a request for it goes out, or 100 ms after the last step to a class whose map
    is in the browser; and `cam-layer` with `detail` {name}, which layer is wanted. `server_functions` may hold
    `layer_strip`, see `strip.strip_of`: it is called when the page rests, and later after the event `cam-busy`, by
    which the rest of the page says that the visitor waits for something else.
    """

    return component("picture/main.js", value, name="Explorer", **options)
