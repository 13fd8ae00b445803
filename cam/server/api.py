"""The web API: `/explain`, the same answer as the command line's, for programs.

Knows plain values; names are judged by the core, so that every model, layer and class can be asked for. The overlay has
the photo's own size: as a PNG up to four megapixels, above as a JPEG, because a large PNG takes many seconds.
"""

from __future__ import annotations

import logging
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder
from PIL import Image

from .. import COMBINATIONS, FITS, CamError, ImageError, TargetError, default_method, overlay
from ..maps.effort import EFFORTS, EXACT
from ..maps.explanation import last
from ..maps.recipe import Recipe
from ..maps.report import report
from ..photos.apart import PLACES, WAITING
from . import cores, journal
from .app_state import AppState
from .door import FAULT
from .sweeping import NO_ROOM, has_room
from .zerogpu import on_gpu

PNG_PIXELS = 4_000_000  # of an overlay that is sent as a PNG
_QUALITY = 92
_ABOUT = (
    "See where an image classifier looks: explains why it gives a photo a class. Returns the photo with a heat map of "
    "the evidence laid over it, and a report: the likeliest classes with their probabilities, and which of them was "
    "explained. Model '', layer '', method '' and class -1: defaults. "
    "The overlay has the photo's size: a PNG up to 4 megapixels, above a JPEG. "
    f"fit: how the photo is made to fit, {', '.join(FITS)}. contrast: hold the class against its look-alikes. "
    f"combination: '' for one map, or {', '.join(COMBINATIONS)}. effort of a slow method: {', '.join(EFFORTS)}. "
    "target: a finding by its number in the list, from 1, such as a detector's box; -1: the most confident one."
)
_EXAMPLE = {"path": "photo.jpg", "url": "photo.jpg", "orig_name": "photo.jpg", "meta": {"_type": "gradio.FileData"}}
_log = logging.getLogger(__name__)


@on_gpu
def explained(
    app_state: AppState,
    image: str | None,
    model: str,
    layer: str,
    method: str,
    class_index: float,
    detail: float = 1.0,
    fit: str = "squeeze",
    contrast: bool = False,
    combination: str = "",
    effort: str = EXACT,
    target: float = -1,
) -> tuple[Image.Image, dict[str, Any]]:
    """Return the overlay and the report. `layer` and `method` "" are the defaults, `class_index` -1 the top class.

    `target` is a finding by its number in the list of `Trace.top`, from 1; -1 the most confident one.
    `fit`, `contrast`, `combination` and `effort` as in `Recipe` and `cam.trace`.
    Raises `CamError` with a sentence for whatever is wrong with the arguments.
    """
    if not image:
        raise ImageError("no-image-sent", "No image was sent: give a file as `image`.")
    if not isinstance(target, int | float) or not float(target).is_integer() or (target < 1 and target != -1):
        raise TargetError(
            "target-whole",
            "target is the number of a finding, from 1, or -1 for the most confident one, not {value}.",
            value=target,
        )
    if not isinstance(class_index, int | float) or not float(class_index).is_integer():
        raise TargetError(
            "class-index-whole", "class_index is a whole number, -1 for the top class, not {value}.", value=class_index
        )
    opened = app_state.photos.read(image)
    with app_state.explaining:  # not while a file is opened: one that takes long keeps nobody else waiting
        cores.share(1 + app_state.scheduler.load)
        recipe = Recipe(method, contrast, combination, effort or EXACT)
        return _answer(app_state, opened, (model, layer, fit, detail), recipe, (int(class_index), int(target)))


def _answer(
    app_state: AppState,
    opened: Image.Image,
    seen: tuple[str, str, str, float],
    recipe: Recipe,
    wanted: tuple[int, int],
) -> tuple[Image.Image, dict[str, Any]]:
    model, layer, fit, detail = seen
    model = model or next(iter(app_state.models))
    app_state.check_offered(model)
    loaded = app_state.store.model(model, layer)
    start = time.perf_counter()
    trace = app_state.store.trace(opened, loaded.name, layer or None, fit or "squeeze", detail=detail)
    recipe = replace(recipe, method=recipe.method or default_method(trace))
    recipe.check_cost()
    class_index, number = wanted
    target = trace.finding(number) if number != -1 else None if class_index == -1 else class_index
    explanation = last(recipe.explanations(trace, target))
    return overlay(explanation), report(explanation, time.perf_counter() - start)


def sent(picture: Image.Image, folder: str) -> Image.Image | str:
    """What is sent of an overlay: itself, which becomes a PNG, or the path of a JPEG that is written into `folder`."""
    if picture.width * picture.height <= PNG_PIXELS:
        return picture
    path = Path(tempfile.mkdtemp(dir=folder)) / "image.jpeg"
    picture.save(path, quality=_QUALITY)
    return str(path)


def add(app_state: AppState) -> None:
    """Add the endpoint to the page that is being built."""

    def explain(
        image: str | None,
        model: str,
        layer: str,
        method: str,
        class_index: float,
        detail: float = 1.0,
        fit: str = "squeeze",
        contrast: bool = False,
        combination: str = "",
        effort: str = EXACT,
        target: float = -1,
    ) -> tuple[Any, dict[str, Any]]:
        """See where an image classifier looks.

        Args:
            image: the photo: a data:image/...;base64, URL, or the address of a file that was sent to this page
            model: the network's name; "" is the page's first one
            layer: dotted path of a layer of the network; "" is its best one
            method: how the map is made, such as gradcam, gradcam_plusplus, layercam or scorecam; "" suits the layer
            class_index: the number of the class to explain; -1 is the one that the network finds likeliest
            detail: a factor on the network's input size, 0.5 to 4; above 1 the map is finer
            fit: squeeze, crop or pad: how the photo is made to fit the network's input
            contrast: true explains why this class and not the ones most like it
            combination: "" or the name of a combination of several maps
            effort: how much work a slow method does: exact, or less
            target: a finding by its number in the list, from 1, such as a box; -1 is the most confident one
        """
        start, outcome = time.perf_counter(), "fault"
        try:
            more = (detail, fit, contrast, combination, effort, target)
            picture, found = explained(app_state, image, model, layer, method, class_index, *more)
            if not has_room(Path(get_upload_folder()), 3 * picture.width * picture.height):
                raise ImageError(NO_ROOM)
            answered = sent(picture, outputs[0].GRADIO_CACHE), found
            outcome = "ok"
            return answered
        except CamError as error:
            outcome = "refused"
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            _log.exception("/explain failed")
            raise gr.Error(str(FAULT), print_exception=False) from error
        finally:
            journal.action("explain", outcome, time.perf_counter() - start, model, method)

    image = gr.File(label="image", type="filepath", visible=False)
    image.example_payload = lambda: _EXAMPLE  # Gradio's own is a document on the web
    inputs = [
        image,
        gr.Textbox(next(iter(app_state.models)), label="model", visible=False),
        gr.Textbox("", label="layer", visible=False),
        gr.Textbox("", label="method", visible=False),
        gr.Number(-1, label="class_index", visible=False),
        gr.Number(1.0, label="detail", visible=False),
        gr.Textbox("squeeze", label="fit", visible=False),
        gr.Checkbox(False, label="contrast", visible=False),
        gr.Textbox("", label="combination", visible=False),
        gr.Textbox(EXACT, label="effort", visible=False),
        gr.Number(-1, label="target", visible=False),
    ]
    outputs = [gr.Image(format="png", label="overlay", visible=False), gr.JSON(label="report", visible=False)]
    trigger = gr.Button(visible=False)  # a listener without a trigger would run whenever the page loads
    trigger.click(
        explain,
        inputs=inputs,
        outputs=outputs,
        api_name="explain",
        api_description=_ABOUT,
        concurrency_id="explain",
        concurrency_limit=app_state.settings.concurrency + PLACES + WAITING,
    )
