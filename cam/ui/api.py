"""The web API: `/explain`, the same answer as the command line's, for programs.

Knows plain values; names are judged by the core, so that every model, layer and class can be asked for.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from .. import MODELS, CamError, ImageError, TargetError, explain, overlay
from ..report import report
from . import journal
from .door import FAULT
from .lent import on_gpu
from .sweeping import NO_ROOM, has_room
from .workbench import Workbench

_log = logging.getLogger(__name__)


@on_gpu
def explained(
    bench: Workbench, image: str | None, model: str, layer: str, method: str, class_index: float
) -> tuple[Image.Image, dict[str, Any]]:
    """Return the overlay and the report. `layer` and `method` "" are the defaults, `class_index` -1 the top class.

    Raises `CamError` with a sentence for whatever is wrong with the arguments.
    """
    if not image:
        raise ImageError("No image was sent: give a file as `image`.")
    if not isinstance(class_index, int | float) or not float(class_index).is_integer():
        raise TargetError(f"class_index is a whole number, -1 for the top class, not {class_index}.")
    opened = bench.photos.read(image)
    loaded = bench.store.model(model, layer)
    start = time.perf_counter()
    trace = bench.store.trace(opened, loaded.name, layer or None)
    explanation = explain(trace, method or None, None if class_index == -1 else int(class_index))
    return overlay(explanation), report(explanation, time.perf_counter() - start)


def add(bench: Workbench) -> None:
    """Add the endpoint to the page that is being built."""

    def answer(image, model, layer, method, class_index):
        start, outcome = time.perf_counter(), "fault"
        try:
            found = explained(bench, image, model, layer, method, class_index)
            width, height = found[0].size
            if not has_room(Path(get_upload_folder()), 3 * width * height):
                raise ImageError(NO_ROOM)
            outcome = "ok"
            return found
        except CamError as error:
            outcome = "refused"
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _log.exception("/explain failed")
            raise gr.Error(FAULT, print_exception=False) from error
        finally:
            journal.action("explain", outcome, time.perf_counter() - start, model, method)

    inputs = [
        gr.File(label="image", type="filepath", visible=False),
        gr.Textbox(next(iter(MODELS)), label="model", visible=False),
        gr.Textbox("", label="layer", visible=False),
        gr.Textbox("", label="method", visible=False),
        gr.Number(-1, label="class_index", visible=False),
    ]
    outputs = [gr.Image(format="png", label="overlay", visible=False), gr.JSON(label="report", visible=False)]
    trigger = gr.Button(visible=False)  # a listener without a trigger would run whenever the page loads
    trigger.click(
        answer,
        inputs=inputs,
        outputs=outputs,
        api_name="explain",
        api_description="The overlay of an image and what the model saw. Layer '', method '' and class -1: defaults.",
        concurrency_id="explain",
        concurrency_limit=bench.settings.concurrency,
    )
