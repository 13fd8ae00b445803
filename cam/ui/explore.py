"""The Explore tab: a visitor's choice becomes a stream of answers, and the layout around it.

Handlers above, layout below. Handlers take and give plain values; `build` and what it wires alone know Gradio.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from .. import METHODS, MODELS, CamError, ImageError, MethodError, Model, Trace, default_method
from ..effort import EXACT
from ..recipe import Recipe
from . import afterwards, payload, strip
from .choices import choices
from .controls import Controls
from .explorer import Explorer
from .lent import on_gpu
from .line import Busy, Line
from .photos import Photo
from .visits import Superseded
from .workbench import Workbench

_PAUSE = 0.15  # seconds between two pictures of a map that is still improving
_BROKEN = "Something went wrong here; the picture before it is still shown. Try again, or choose something else."
_GIVEN_UP = "This was given up because the page was silent for a while. Choose once more to start again."
_FIT = "squeeze"
_log = logging.getLogger(__name__)

Answer = dict[str, dict[str, Any]]  # {"explorer": properties, "controls": properties}


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to see. `layer` and `method` "" are the model's defaults, `target` None the top class.

    `shown` names the photo, the view and the labels that the browser has, so that they are not sent again.
    """

    photo: Mapping[str, Any]
    model: str
    layer: str
    recipe: Recipe
    fit: str
    target: int | None
    shown: Mapping[str, str]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Choice:
        """Read the value of `Controls`; the core judges the names."""
        names = {name: str(value.get(name) or "") for name in ("model", "layer", "fit")}
        made = {name: str(value.get(name) or "") for name in ("method", "combine", "effort")}
        recipe = Recipe(made["method"], bool(value.get("contrast")), made["combine"], made["effort"] or EXACT)
        target = value.get("class")
        return cls(
            photo=dict(value.get("photo") or {}),
            target=target if isinstance(target, int) else None,
            shown=dict(value.get("shown") or {}),
            recipe=recipe,
            **names,
        )


@dataclass(frozen=True)
class Errand:
    """One action of one visitor while it is carried out."""

    bench: Workbench
    session: str
    ticket: int

    def check(self) -> None:
        """Raise `Superseded` when the visitor has done something else meanwhile."""
        self.bench.visits.check(self.session, self.ticket)

    @property
    def stopped(self) -> bool:
        """Whether the visitor pressed Stop."""
        return self.bench.visits.stopped(self.session, self.ticket)


@dataclass(frozen=True, eq=False)
class Scene:
    """What a choice has become: the opened photo, its trace, and the class (None: the top one)."""

    choice: Choice
    photo: Photo
    trace: Trace
    target: int | None
    start: float

    @property
    def names(self) -> dict[str, str]:
        """Name what the browser keeps: the photo, what the model sees of it, and the classes."""
        view = self.trace.view
        seen = f"{self.photo.id} {view.source} {view.content} {view.input}"
        return {"photo": self.photo.id, "view": seen, "labels": labels_id(self.trace.model)}

    @property
    def key(self) -> str:
        """Name what the maps of all classes belong to."""
        return payload.key_of(self.trace, self.photo.id, self.choice.recipe)


def begin(bench: Workbench, value: Mapping[str, Any], session: str) -> Answer:
    """Start what an action asks for and return its first answer; empty when a later action came in between."""
    ticket = _ticket(value)
    try:
        bench.visits.begin(session, ticket, lent_answers(bench, value, session))
    except Superseded:
        return {}
    return proceed(bench, value, session)


def proceed(bench: Workbench, value: Mapping[str, Any], session: str) -> Answer:
    """Return the next answer to an action; empty when a later action came in between."""
    ticket = _ticket(value)
    try:
        answer = bench.visits.advance(session, ticket)
        if answer is None:  # the page was silent for so long that the work was given up
            answer = _numbered(_failed(_GIVEN_UP, "choice"), ticket)
        bench.visits.send(session, ticket, answer["controls"]["answer"].get("shown", {}))
    except Superseded:
        return {}
    return answer


def stop(bench: Workbench, value: Mapping[str, Any], session: str) -> None:
    """End what runs for this visitor with what it has."""
    bench.visits.stop(session, _ticket(value))


def answers(bench: Workbench, value: Mapping[str, Any], session: str) -> Iterator[Answer]:
    """Answer one action step by step: pictures that improve, then the maps of all classes where they are cheap.

    `more` in the controls' answer tells that another answer follows. Errors become answers that keep the picture.
    Ends without one as soon as the session has a later ticket.
    """
    errand = Errand(bench, session, _ticket(value))
    try:
        for step, answer in enumerate(_answers(errand, Choice.read(value))):
            yield _numbered(answer, errand.ticket, step)
    except Superseded:
        return
    except CamError as error:
        yield _numbered(_failed(str(error), "photo" if isinstance(error, ImageError) else "choice"), errand.ticket)
    except Exception:
        _log.exception("An answer failed")
        yield _numbered(_failed(_BROKEN, "choice"), errand.ticket)


lent_answers = on_gpu(answers)


def _ticket(value: Mapping[str, Any]) -> int:
    ticket = value.get("ticket")
    return ticket if isinstance(ticket, int) else 0


def _numbered(answer: Answer, ticket: int, step: int = 0) -> Answer:
    """Put the ticket on what replaces something on the page; no two answers to a ticket have the same `step`."""
    for properties in answer.values():
        for name in ("value", "photo", "answer"):
            if name in properties:
                properties[name]["seq"] = ticket
    answer["controls"]["answer"]["step"] = step
    return answer


def _failed(sentence: str, about: str) -> Answer:
    return {
        "explorer": {"value": payload.notice(sentence)},
        "controls": {"answer": {"error": sentence, "about": about, "more": False}},
    }


def _answers(errand: Errand, choice: Choice) -> Iterator[Answer]:
    bench = errand.bench
    photo = bench.photos.open(choice.photo)
    errand.check()
    model = yield from _loaded(errand, choice.model)
    same_classes = choice.shown.get("labels", "") in ("", labels_id(model))
    start = time.perf_counter()
    trace = bench.store.trace(photo.image, model.name, choice.layer or None, choice.fit, photo.id)
    recipe = replace(choice.recipe, method=choice.recipe.method or default_method(trace))
    choice = replace(choice, recipe=recipe)
    scene = Scene(choice, photo, trace, choice.target if same_classes else None, start)
    errand.check()
    yield from _pictures(errand, scene)


def _loaded(errand: Errand, name: str) -> Iterator[Answer]:
    """Load the model; answers with the download's progress, returns the `Model`."""
    loading = errand.bench.model(name)
    while True:
        try:
            sentence, share = next(loading)
        except StopIteration as finished:
            return finished.value
        errand.check()
        if errand.stopped:
            raise CamError(f"No longer waiting for {MODELS[name].title}. Its weights keep coming in the background.")
        yield {"explorer": {"value": payload.notice(sentence, share)}, "controls": {"answer": {"more": True}}}


def _pictures(errand: Errand, scene: Scene) -> Iterator[Answer]:
    """Answer with each better map until it is finished or stopped, and then with the maps of all classes."""
    bench = errand.bench
    key = ("picture", scene.key, scene.trace.target(scene.target).index)
    kept = bench.find(key)
    if kept is not None:
        value = {**kept, "seconds": time.perf_counter() - scene.start}
        yield from _finished(errand, scene, value)
        return
    sent = 0.0  # when the last picture went out
    recipe = scene.choice.recipe
    if recipe.combination and not recipe.quick:
        title = METHODS[recipe.method].title
        raise MethodError(f"{title} takes a while for a single map. Combine the maps of an instant method instead.")
    for explanation in recipe.explanations(scene.trace, scene.target):
        errand.check()
        if explanation.share < 1 and time.perf_counter() - sent < _PAUSE:
            continue
        value = payload.picture(explanation, scene.photo.id, recipe, time.perf_counter() - scene.start)
        if explanation.share >= 1:
            bench.keep(key, lambda value=value: value)
            yield from _finished(errand, scene, value, again=sent > 0)
            return
        yield _complete(errand, scene, value, more=True, again=sent > 0)
        sent = time.perf_counter()
        if errand.stopped:
            message = f"Stopped after {_done(explanation.share)}: this map is not finished."
            yield _complete(errand, scene, {**value, "share": 1.0, "message": message}, more=False, again=True)
            return


def _done(share: float) -> str:
    """How much of a computation is done, in words that are true of the first step and of the last but one."""
    return f"{int(100 * share)} %" if share >= 0.01 else "less than 1 %"


def _finished(errand: Errand, scene: Scene, value: Mapping[str, Any], *, again: bool = False) -> Iterator[Answer]:
    """Answer with a finished map and what follows it: parts that are kept go with it, the others come one by one."""
    bench = errand.bench
    following = [
        (key, make, bench.find(key)) for key, make in afterwards.parts(scene.trace, scene.photo.id, scene.choice.recipe)
    ]
    later = [(key, make) for key, make, kept in following if kept is None]
    answer = _complete(errand, scene, value, more=bool(later), again=again)
    for _, _, kept in following:
        _join(answer, kept or {})
    yield answer
    for key, make in later:
        errand.check()
        part = {"explorer": {}, "controls": {"answer": {"more": key != later[-1][0]}}}
        yield _join(part, bench.keep(key, make))


def _join(answer: Answer, part: Answer) -> Answer:
    """Add a part to an answer."""
    answer["explorer"].update(part.get("explorer", {}))
    answer["controls"]["answer"].update(part.get("controls", {}).get("answer", {}))
    return answer


def _complete(errand: Errand, scene: Scene, value: Mapping[str, Any], *, more: bool, again: bool = False) -> Answer:
    """A picture with all that the browser needs to draw it and does not have: nothing else when it comes `again`."""
    explorer: dict[str, Any] = {"value": {"message": "", **value}}
    understood: dict[str, Any] = {"more": more}
    if not again:
        sent = errand.bench.visits.sent(errand.session)
        names, shown = scene.names, scene.choice.shown
        new = {kind for kind, name in names.items() if not name == shown.get(kind) == sent.get(kind, name)}
        explorer["ranking"] = payload.ranking(scene.trace, scene.photo.id)
        understood |= _understood(scene)
        if "labels" in new:
            explorer["labels"] = list(scene.trace.model.labels)
        if "view" in new:
            url = scene.photo.url if "photo" in new else ""
            explorer["photo"] = payload.photo(scene.photo.id, url, scene.trace.view, scene.choice.photo)
        if "photo" in new:
            understood["photo"] = {"title": scene.photo.title, "thumb": scene.photo.thumb}
    return {"explorer": explorer, "controls": {"answer": understood}}


def _understood(scene: Scene) -> dict[str, Any]:
    """The choice as it was carried out, with the model's layers."""
    trace, model = scene.trace, scene.trace.model
    shapes = dict(model.layer_shapes)
    shapes.setdefault(trace.layer, tuple(trace.activations.shape))  # any module's path may be asked for
    return {
        "state": {
            "photo": dict(scene.choice.photo),
            "model": model.name,
            "layer": trace.layer,
            "method": scene.choice.recipe.method,
            "contrast": scene.choice.recipe.contrast,
            "combine": scene.choice.recipe.combination,
            "effort": scene.choice.recipe.effort,
            "fit": scene.choice.fit,
            "class": scene.target,
        },
        "layers": [
            {"name": name, "shape": list(shape), "default": name == model.default_layer}
            for name, shape in shapes.items()
        ],
        "shown": scene.names,
    }


def labels_id(model: Model) -> str:
    """Name the classes of a model: models with the same labels have the same classes."""
    return f"{len(model.labels)} {zlib.crc32(chr(0).join(model.labels).encode()):08x}"


def opening(bench: Workbench) -> Answer:
    """The finished example that the page opens on: what both components show before any request."""
    value = {"photo": {"example": next(iter(bench.photos.examples))}, "fit": _FIT}
    value |= {"model": next(iter(MODELS))}
    shown: Answer = {"explorer": {}, "controls": {}}
    found: dict[str, Any] = {}
    for answer in answers(bench, value, "opening"):
        shown["explorer"].update(answer["explorer"])
        found.update(answer["controls"]["answer"])
    if "error" in found:
        raise RuntimeError(f"The page's first example cannot be shown: {found['error']}")
    shown["explorer"]["value"]["seconds"] = 0  # nobody waited for it
    wish = strip.Wish.read({**found["state"], "class": shown["explorer"]["value"]["class"]})
    shown["explorer"]["strip"] = strip.made(bench, wish)
    shown["controls"]["answer"] = found
    shown["controls"]["value"] = {**found["state"], "shown": found["shown"], "ticket": 0}
    return shown


def build(bench: Workbench) -> None:
    """Lay out the tab and connect it."""
    shown = opening(bench)
    strips = Line(1, strip.WAITING)

    async def layer_strip(value):
        return await strip.strip_of(bench, strips, value)

    with gr.Row(elem_classes="cam-explore"):
        with gr.Column(elem_classes="cam-left"):
            controls = Controls(limit=bench.settings.bytes_of("max_file_mb"), **choices(bench), **shown["controls"])
        with gr.Column(elem_classes="cam-main"):
            explorer = Explorer(**payload.colours(), server_functions=[layer_strip], **shown["explorer"])

    async def reply(work: Callable[..., Answer], value: dict, session: str) -> tuple[Any, Any]:
        try:
            answer = await bench.line.run(work, bench, value, session)
        except Busy as error:
            answer = _numbered(_failed(str(error), "choice"), _ticket(value))
        parts = (answer.get("explorer"), answer.get("controls"))
        return tuple(gr.update(**part) if part else gr.skip() for part in parts)

    async def show(value: dict, event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        if event.target is explorer:
            value = {**value, "class": event.index}
        return await reply(begin, value, request.session_hash)

    async def show_more(value: dict, request: gr.Request) -> tuple[Any, Any]:
        return await reply(proceed, value, request.session_hash)

    def end(value: dict, request: gr.Request) -> None:
        stop(bench, value, request.session_hash)

    # Not queued: each request brings its own answer. Gradio's queue sends all answers through one stream that it closes
    # when it is idle, and an action that comes at that moment loses its answer.
    direct = {"queue": False, "trigger_mode": "multiple", "show_progress": "hidden", "api_visibility": "private"}
    gr.on([controls.input, explorer.select], show, inputs=controls, outputs=[explorer, controls], **direct)
    controls.more(show_more, inputs=controls, outputs=[explorer, controls], **direct)
    explorer.stop(end, inputs=controls, **direct)
