"""A visitor's choice becomes a stream of answers: pictures that improve, and what the next wish may need.

Takes and gives plain values. Knows sessions, photos and traces; knows no layout and no Gradio.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from .. import METHODS, CamError, ImageError, Model, Trace, default_method
from ..maps.effort import EXACT
from ..maps.recipe import Recipe
from ..messages import Message
from ..models.catalogue import LOADABLE
from . import finer, payload, prefetch
from .app_state import AppState
from .class_names import labels_id
from .photos import Photo
from .protocol import Answer, Picture, failed, notice, numbered, request_id_of
from .sessions import Superseded
from .settings import by_the_call
from .slow import Work
from .zerogpu import on_gpu

_PAUSE = 0.15  # seconds between two pictures of a map that is still improving
_POLL = 0.25  # seconds between two words about a model that is being loaded, or a photo that is being opened
_BROKEN = Message(
    "answer-broken",
    "Something went wrong here; the picture before it is still shown. Try again, or choose something else.",
)
_log = logging.getLogger(__name__)
_SLOW = [name for name, method in METHODS.items() if method.streams]

Result = TypeVar("Result")
Steps = Generator[Answer, None, Result]  # answers, and what it returns after the last one


@dataclass(frozen=True)
class Choice:
    """What a visitor wants to see. `layer` and `method` "" are the model's defaults, `target` None the top class.

    `shown` names the photo, the view and the labels that the browser has, so that they are not sent again; `own` is the
    uploaded photo whose pixels it has kept.
    """

    photo: Mapping[str, Any]
    model: str
    layer: str
    recipe: Recipe
    fit: str
    detail: float
    target: int | None
    shown: Mapping[str, str]
    own: str

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Choice:
        """Read a `protocol.Wish`; the core judges the names. Raises `CamError` for a detail not offered."""
        names = {name: str(value.get(name) or "") for name in ("model", "layer", "fit")}
        made = {name: str(value.get(name) or "") for name in ("method", "combine", "effort")}
        recipe = Recipe(made["method"], bool(value.get("contrast")), made["combine"], made["effort"] or EXACT)
        target = value.get("class")
        return cls(
            photo=dict(value.get("photo") or {}),
            target=target if isinstance(target, int) else None,
            shown=dict(value.get("shown") or {}),
            own=str(value.get("own") or ""),
            recipe=recipe,
            detail=finer.read(value),
            **names,
        )


@dataclass(frozen=True)
class Request:
    """One action of one visitor while it is carried out."""

    app_state: AppState
    session: str
    request_id: int

    def check(self) -> None:
        """Raise `Superseded` when the visitor has done something else meanwhile."""
        self.app_state.sessions.check(self.session, self.request_id)

    @property
    def stopped(self) -> bool:
        """Whether the visitor pressed Stop."""
        return self.app_state.sessions.stopped(self.session, self.request_id)


@dataclass(frozen=True, eq=False)
class Scene:
    """What a choice has become: the opened photo and its trace; `start` by the clock of `time.perf_counter`."""

    choice: Choice
    photo: Photo
    trace: Trace
    start: float

    @property
    def names(self) -> dict[str, str]:
        """Name what the browser keeps: the photo, what the model sees of it, and the classes."""
        view = self.trace.view
        seen = f"{self.photo.id} {view.source} {view.content} {view.input}"
        return {"photo": self.photo.id, "view": seen, "labels": labels_id(self.trace.model.labels)}

    @property
    def owned(self) -> bool:
        """Whether the browser shows the photo from the file that it sent."""
        return bool(self.choice.own) and self.choice.own == self.choice.photo.get("upload")

    @property
    def key(self) -> str:
        """Name what the maps of all classes belong to."""
        return payload.key_of(self.trace, self.photo.id, self.choice.recipe)

    def timed(self, method: str, effort: str = EXACT) -> tuple:
        """Name what takes as long as such a map: the same method at the same layer of the same model."""
        layer = "" if METHODS[method].layer_blind else self.trace.layer
        return (self.trace.model.name, layer, self.trace.detail, method, effort)


def answers(app_state: AppState, value: Mapping[str, Any], session: str) -> Iterator[Answer]:
    """Answer one action step by step: pictures that improve, then the maps of all classes where they are cheap.

    Errors become answers that keep the picture. Ends without one as soon as the session has a later action.
    """
    request = Request(app_state, session, request_id_of(value))
    try:
        for step, answer in enumerate(_answers(request, Choice.read(value))):
            yield numbered(answer, request.request_id, step)
    except Superseded:
        return
    except CamError as error:
        yield numbered(failed(error.message, _about(error)), request.request_id)
    except Exception:
        _log.exception("An answer failed")
        yield numbered(failed(_BROKEN, "choice"), request.request_id)


def _about(error: CamError) -> str:
    """Where a sentence belongs: "photo", "layer" for one that the model does not have, or "choice"."""
    if isinstance(error, ImageError):
        return "photo"
    kind = error.params.get("kind")
    return "layer" if isinstance(kind, Message) and kind.code == "kind-layer" else "choice"


gpu_answers = on_gpu(answers)


def _answers(request: Request, choice: Choice) -> Iterator[Answer]:
    """The pictures, then what is made for the next wish.

    In between no trace is held: many pages may rest at a time.
    """
    choice, last, missing = yield from _pictures(request, choice)
    yield last
    for key in missing:
        yield _part(request, choice, key, more=key != missing[-1])


def _pictures(request: Request, choice: Choice) -> Steps[tuple[Choice, Answer, list[tuple]]]:
    """Answer with each picture but the last.

    Returns the choice as it was carried out, the last answer, and the keys of the parts that may follow it.
    """
    app_state = request.app_state
    yield from _opened(request, choice.photo)
    request.check()
    model = yield from _loaded(request, choice.model)
    same_classes = choice.shown.get("labels", "") in ("", labels_id(model.labels))
    choice = replace(choice, target=choice.target if same_classes else None)
    start = time.perf_counter()
    photo, trace = _traced(app_state, choice)
    choice = replace(choice, recipe=replace(choice.recipe, method=choice.recipe.method or default_method(trace)))
    request.check()
    answer, missing = yield from _maps(request, Scene(choice, photo, trace, start))
    return choice, answer, missing


def _traced(app_state: AppState, choice: Choice) -> tuple[Photo, Trace]:
    photo = app_state.photos.open(choice.photo)
    return photo, app_state.trace(photo, choice.model, choice.layer, choice.fit, choice.detail)


def _opened(request: Request, source: Mapping[str, Any]) -> Steps[None]:
    """Open the photo; answers with a sentence while that takes long."""
    for sentence in request.app_state.photo(source):
        request.check()
        if request.stopped:
            raise ImageError("photo-not-awaited", "No longer waiting for your photo. Send it again, or another one.")
        yield {**notice(sentence, 0.0), "more": True, "after": _POLL}


def _loaded(request: Request, name: str) -> Steps[Model]:
    """Load the model; answers with the download's progress, returns the `Model`."""
    loading = request.app_state.model(name)
    while True:
        try:
            sentence, share = next(loading)
        except StopIteration as finished:
            return finished.value
        request.check()
        if request.stopped:
            raise CamError(
                "model-not-awaited",
                "No longer waiting for {model}. Its weights keep coming in the background.",
                model=LOADABLE[name].title,
            )
        yield {**notice(sentence, share), "more": True, "after": _POLL}


def _maps(request: Request, scene: Scene) -> Steps[tuple[Answer, list[tuple]]]:
    """Answer with each better map; returns the one that is finished or stopped, and the keys of what may follow it."""
    app_state = request.app_state
    key = ("picture", scene.key, scene.trace.target(scene.choice.target).index)
    kept = app_state.find(key)
    if kept is not None:
        value = {**kept, "seconds": time.perf_counter() - scene.start}
        return _finished(request, scene, value)
    sent = 0.0  # when the last picture went out
    ahead = _kept(request, scene)
    recipe = scene.choice.recipe
    recipe.check_cost()
    work = app_state.stopped.take(request.session, key) or Work(recipe.explanations(scene.trace, scene.choice.target))
    before = work.seconds  # spent on it until it was stopped
    for explanation in work:
        request.check()
        if METHODS[recipe.method].streams:
            app_state.times.note(scene.timed(recipe.method, recipe.effort), work.seconds, explanation.share)
        if explanation.share < 1 and time.perf_counter() - sent < _PAUSE:
            continue
        value = payload.picture(explanation, scene.photo.id, recipe, before + time.perf_counter() - scene.start)
        if explanation.share >= 1:
            app_state.keep(key, lambda value=value: value, explanation.seconds)
            return _finished(request, scene, value, again=sent > 0)
        answer = _complete(request, scene, value, more=True, again=sent > 0)
        answer.update(ahead)
        yield answer
        if request.stopped:
            app_state.stopped.keep(request.session, key, work)
            answer, missing = _finished(request, scene, value, again=True)
            resumes = not by_the_call()  # there the work is another process's, which ends with the call
            return {**answer, **notice(_stopped(explanation.share)), "resumes": resumes}, missing
        ahead = _ahead(request, scene) if sent == 0 and "efforts" not in ahead else {}
        sent = time.perf_counter()
    raise RuntimeError(f"{recipe} ended without a finished map")


def _kept(request: Request, scene: Scene) -> Answer:
    """What follows the picture and is known already."""
    found: Answer = {}
    for key in prefetch.parts(scene.trace, scene.photo.id, scene.choice.recipe):
        found.update(request.app_state.find(key) or {})
    return found


def _ahead(request: Request, scene: Scene) -> Answer:
    """What is said of less work with this method, while a slow map begins: it is offered all along.

    It may have to be timed, which is done between two steps, when nothing else runs for this visitor.
    """
    found: Answer = {}
    for key, make in prefetch.parts(scene.trace, scene.photo.id, scene.choice.recipe).items():
        if key[0] == "efforts":
            found.update(request.app_state.keep(key, make))
    return found


def _stopped(share: float) -> Message:
    """How much of a computation is done, in words that are true of the first step and of the last but one."""
    if share < 0.01:
        return Message("stopped-at-once", "Stopped after less than 1 %: this map is not finished.")
    return Message("stopped-after", "Stopped after {percent} %: this map is not finished.", percent=int(100 * share))


def _finished(
    request: Request, scene: Scene, value: Mapping[str, Any], *, again: bool = False
) -> tuple[Answer, list[tuple]]:
    """A finished map with those of the parts after it that are kept; the keys of the others."""
    app_state = request.app_state
    following = {key: app_state.find(key) for key in prefetch.parts(scene.trace, scene.photo.id, scene.choice.recipe)}
    missing = [key for key, kept in following.items() if kept is None]
    answer = _complete(request, scene, value, more=bool(missing), again=again)
    if missing:
        answer["prefetch"] = True
    for kept in following.values():
        answer.update(kept or {})
    return answer, missing


def _part(request: Request, choice: Choice, key: tuple, *, more: bool) -> Answer:
    """Make a part that follows a picture."""
    photo, trace = _traced(request.app_state, choice)
    make = prefetch.parts(trace, photo.id, choice.recipe)[key]
    answer: Answer = {"more": more, "prefetch": more}
    answer.update(request.app_state.keep(key, make))
    return answer


def _complete(request: Request, scene: Scene, value: Mapping[str, Any], *, more: bool, again: bool = False) -> Answer:
    """A picture with all that the browser needs to draw it and does not have: nothing else when it comes `again`."""
    answer: Answer = {**notice(None, value["share"]), "picture": cast("Picture", value), "more": more}
    if scene.choice.recipe.method in _SLOW or not again:
        answer["times"] = _times(request, scene)
    if again:
        return answer
    sent = request.app_state.sessions.sent(request.session)
    names, shown = scene.names, scene.choice.shown
    new = {kind for kind, name in names.items() if not name == shown.get(kind) == sent.get(kind, name)}
    answer["ranking"] = payload.ranking(scene.trace, scene.photo.id)
    answer.update(_understood(scene))
    if "labels" in new:
        answer["labels"] = list(scene.trace.model.labels)
    if "view" in new:
        url = scene.photo.url if "photo" in new and not scene.owned else ""
        answer["photo"] = payload.photo(scene.photo.id, url, scene.trace.view, scene.choice.photo)
    if "photo" in new:
        answer["card"] = {"title": scene.photo.title, "thumb": "" if scene.owned else scene.photo.thumb}
    return answer


def _times(request: Request, scene: Scene) -> dict[str, float]:
    """Seconds of slow methods at this layer, with the effort that was chosen for the method on show."""
    recipe = scene.choice.recipe
    keys = {name: scene.timed(name, recipe.effort if name == recipe.method else EXACT) for name in _SLOW}
    return {name: round(took, 1) for name, key in keys.items() if (took := request.app_state.times.of(key)) is not None}


def _understood(scene: Scene) -> Answer:
    """The choice as it was carried out, with the model's layers."""
    trace, model = scene.trace, scene.trace.model
    shapes = dict(payload.shapes_of(trace))
    shapes.setdefault(trace.layer, tuple(trace.activations.shape))  # any module's path may be asked for
    return {
        "confirmed": {
            "photo": dict(scene.choice.photo),
            "model": model.name,
            "layer": trace.layer,
            "method": scene.choice.recipe.method,
            "contrast": scene.choice.recipe.contrast,
            "combine": scene.choice.recipe.combination,
            "effort": scene.choice.recipe.effort,
            "fit": scene.choice.fit,
            "detail": scene.choice.detail,
            "class": scene.choice.target,
        },
        "layers": [
            {"name": name, "shape": list(shape), "default": name == model.default_layer}
            for name, shape in shapes.items()
        ],
        "shown": scene.names,
    }
