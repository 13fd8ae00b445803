"""What all visitors share: models, traces, photos, finished maps, and the line of those who wait.

Knows the bounds of the caches and how a model's download is followed. Knows no layout and no events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from .. import Model, Store, Trace, WeightsError
from ..errors import unknown
from ..messages import Message
from ..models import hub
from ..models.catalogue import ModelSpec
from ..models.hub import HubModel
from ..models.load import load_found
from ..passes.store import Cache
from . import hosts, journal
from .photos import Example, Photo, Photos
from .scheduler import Scheduler
from .sessions import Sessions
from .settings import MIB, Settings
from .slow import Stopped, Times

_PATIENCE = 0.4  # seconds before a model that is being loaded is worth a word
_MOST_FOUND = 200  # models of the Hub that are remembered

Offered = ModelSpec | hosts.Own | HubModel


@dataclass(frozen=True)
class Kept:
    """A finished piece of an answer as it travels; `nbytes` is an estimate."""

    content: Any
    nbytes: int


class AppState:
    """The one object behind every handler of a process."""

    def __init__(
        self,
        settings: Settings,
        examples: Mapping[str, Example] | None = None,
        store: Store | None = None,
        sessions: Sessions | None = None,
        own: Mapping[str, Model] | None = None,
    ) -> None:
        """`own`: the host's networks by their names, see `hosts.named`; they come first."""
        self.settings = settings
        self.store = store or Store(
            model_bytes=settings.bytes_of("model_cache_mb"),
            trace_bytes=settings.trace_bytes,
            at_a_time=settings.concurrency,
            own=own,
        )
        self.models: dict[str, Offered] = {**hosts.own(self.store.own), **hosts.models(settings)}
        self.photos = Photos(
            hosts.examples(settings) if examples is None else examples,
            Path(get_upload_folder()),
            cache_bytes=settings.bytes_of("photo_cache_mb"),
            max_pixels=settings.max_megapixels * 2**20,  # a camera of 50 megapixels makes 8160 x 6144 pixels
        )
        self.sessions = sessions or Sessions()
        self.hub = hosts.hub(settings)
        self._found: dict[str, HubModel] = {}  # what was looked up on the Hub, by its id
        self.scheduler = Scheduler(settings.concurrency, settings.queue_size)
        self.explaining = threading.BoundedSemaphore(settings.concurrency)  # calls of the web API
        self.stopped = Stopped()
        self.times = Times()
        journal.learn(self.store.own)
        self._kept: Cache[Kept] = Cache(settings.bytes_of("map_cache_mb"))
        self._loading: dict[str, _Loading] = {}
        self._opening: dict[str, _Job] = {}
        self._guard = threading.Lock()

    def keep(self, key: tuple, build: Callable[[], Any], seconds: float = 0.0) -> Any:
        """Return what `build` makes, made once per key as long as it is remembered; `seconds` went before it."""

        def kept() -> Kept:
            content = build()
            return Kept(content, _size(content))

        return self._kept.get(key, kept, seconds).content

    def find(self, key: tuple) -> Any | None:
        """Return a piece that is remembered, or None."""
        found = self._kept.find(key)
        return None if found is None else found.content

    def trace(self, photo: Photo, model: str, layer: str, fit: str, detail: float = 1.0) -> Trace:
        """Return the trace of a photo at a layer, "" for the default; errors as for `Store.trace`."""
        return self.store.trace(photo.image, model, layer or None, fit, photo.id, detail)

    @property
    def offered(self) -> dict[str, Offered]:
        """All models that are offered: those of the list, and those of the Hub that are on this machine."""
        return {**self.models, **{name: one for name, one in self._found.items() if one.available()}}

    def spec(self, name: str) -> Offered:
        """Return what is known of a model before it is loaded; errors as for `check_offered`."""
        self.check_offered(name)
        return self.models.get(name) or self._found[name]

    def check_offered(self, name: str) -> None:
        """Raise `UnknownNameError` for a model that this page does not offer.

        One of the Hub is offered once it was looked up, or where its files are on this machine: `WeightsError` for
        others, because nobody has seen how large they are.
        """
        if name in self.models or name in self._found:
            return
        if not hub.is_id(name):
            raise unknown("model", name, self.models)
        if not self.hub:
            raise WeightsError(
                "hub-off", "This page fetches no models of the Hugging Face Hub: its host sets CAM_HUB=on for that."
            )
        found = hub.here(name)
        if found is None:
            raise WeightsError(
                "hub-look-first",
                "{id} is not on this machine. Look it up below the list of models: its size and licence come first.",
                id=name[:80],
            )
        self._keep_found(found)

    def look_up(self, text: str) -> HubModel:
        """Return what the Hub says of a model; it can be fetched then. Raises `WeightsError`."""
        if not self.hub:
            self.check_offered(hub.read_id(text))
        found = hub.look(text, self.settings.hub_mb)
        self._keep_found(found)
        return found

    def _keep_found(self, found: HubModel) -> None:
        with self._guard:
            while len(self._found) >= _MOST_FOUND:
                gone = next(iter(self._found))
                del self._found[gone]
                self.store.loaders.pop(gone, None)
                journal.forget(gone)
            self._found[found.name] = found
            self.store.loaders[found.name] = partial(load_found, found)
        journal.learn([found.name])

    def model_here(self, name: str) -> Model:
        """Return a model whose weights are on this machine. Raises `CamError` for others: nothing is fetched."""
        found = self.spec(name)
        if not found.available():
            raise WeightsError("weights-not-here", "The weights of {model} are not on this machine.", model=found.title)
        return self.store.model(name)

    def photo(self, source: Mapping[str, Any]) -> Iterator[Message]:
        """Open a photo; yields a sentence as often as asked while it takes long, and returns the `Photo`.

        Raises what `Photos.open` raises. Who waits holds no place in the line: a file that takes seconds is opened on a
        thread of its own.
        """
        if self.photos.at_hand(source):
            return self.photos.open(source)
        key = self.photos.identity(source)
        with self._guard:
            self._opening = {name: job for name, job in self._opening.items() if not job.done.is_set()}
            job = self._opening.get(key) or _Job("opening a photo", lambda: self.photos.open(source))
            self._opening[key] = job
        job.done.wait(max(0.0, job.started + _PATIENCE - time.monotonic()))
        while not job.done.is_set():
            yield Message("photo-opening", "Opening your photo …")
        return job.result()

    def model(self, name: str) -> Iterator[tuple[Message, float]]:
        """Load a model; yields `(sentence, share)` as often as asked while it takes long, and returns the `Model`.

        Raises what the store raises. Leaving early lets the download go on for the next visitor.
        """
        title = self.spec(name).title
        if self.store.holds(name):
            return self.store.model(name)
        with self._guard:
            job = self._loading.get(name)
            if job is None or job.done.is_set():
                job = self._loading[name] = _Loading(self.store, name, title)
        job.done.wait(max(0.0, job.started + _PATIENCE - time.monotonic()))
        while not job.done.is_set():
            yield job.words(), job.share
        return job.result()


class _Job:
    """Work that runs on a thread of its own, and its outcome."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self.done = threading.Event()
        self.started = time.monotonic()
        self._work = work
        self._outcome: Any = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        try:
            self._outcome = self._work()
        except BaseException as error:  # raised again where the result is asked for
            self._outcome = error
        self.done.set()

    def result(self) -> Any:
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome


class _Loading(_Job):
    """A model that is being loaded."""

    def __init__(self, store: Store, name: str, title: str) -> None:
        self._title = title
        self._bytes = (0, 0)
        super().__init__(f"loading {name}", lambda: store.model(name, progress=self._progress))

    def _progress(self, done: int, total: int) -> None:
        self._bytes = (done, total)

    @property
    def share(self) -> float:
        """What has arrived, in [0, 0.99]."""
        done, total = self._bytes
        return min(0.99, done / total) if total else 0.0

    def words(self) -> Message:
        done, total = self._bytes
        if total and done < total:
            return Message(
                "model-fetching",
                "Fetching {model}: {done} of {total} MB.",
                model=self._title,
                done=round(done / MIB),
                total=round(total / MIB),
            )
        return Message("model-loading", "Loading {model} …", model=self._title)


def _size(content: Any) -> int:
    """Memory of nested dictionaries and lists of strings and numbers, in bytes, roughly."""
    if isinstance(content, Mapping):
        return 200 + sum(_size(part) for part in content.values())
    if isinstance(content, list | tuple):
        return 50 + sum(_size(part) for part in content)
    return 50 + (len(content) if isinstance(content, str | bytes) else 0)
