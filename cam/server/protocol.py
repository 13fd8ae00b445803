"""What the page and its server say to each other, written down once. `static/protocol.js` says the same to the scripts.

The page sends a `Wish` for each action and comes again with it as long as an `Answer` says `more`. Binary data is
base64, little endian. Both sides' tests read `tests/messages/*.json`. Knows shapes; knows no models and no layout.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict, cast

from ..messages import Message

VERSION = 2  # of the messages: what an older page sends is answered with a sentence, see `rules` and `outdated`
RELOAD = Message("page-outdated", "This page and its server are of different versions. Reload the page.")


class Said(TypedDict):
    """A sentence as it travels: `code` by which the page says it in its own language, and of what it speaks.

    `text` is English with `{fields}` for the `params`: texts, numbers, lists of texts, and sentences of this kind.
    """

    code: str
    text: str
    params: dict[str, Any]


PLACE = "actions"  # of what the scripts ask, below the page's address; no name that a proxy serves a page under

Source = dict[str, str]  # of a photo: {"example": name} or {"upload": path}


_Target = TypedDict("_Target", {"class": "int | None"})  # a word of Python
_Class = TypedDict("_Class", {"class": int})


class Mask(TypedDict):
    """Places on a `grid` [w, h], row by row: `runs` uint16, how many do not belong to it, how many do, and so on."""

    grid: list[int]
    runs: str


class _Box(TypedDict, total=False):
    box: list[float]
    share: float
    mask: Mask
    own: bool


class Finding(_Box):
    """One of the things that a network found, chosen by its number in their list: its class, and its probability.

    `box` [left, top, right, bottom] in the photo's pixels; `share` of what the network saw, and `mask` over its input;
    `own`: an area that the visitor chose.
    """

    index: int
    label: str
    probability: float


class Area(TypedDict, total=False):
    """What a visitor asks about: the class `of` at a `point` [x, y] of the photo, or in an area: a `Mask` over it."""

    of: int
    point: list[float]
    grid: list[int]
    runs: str


class _Listed(TypedDict, total=False):
    area: Area
    listed: bool


class Choice(_Target, _Listed):
    """What a visitor wants to see. `layer` and `method` "" are the model's defaults, `class` None the top class.

    Where the network finds things instead of classes, `class` is a number in their list, from 0, and the server says
    that it is `listed`; behind the last of them comes an `area` that the visitor chose.
    """

    photo: Source
    model: str
    layer: str
    method: str
    contrast: bool
    combine: str
    effort: str
    fit: str
    detail: float


class Wish(Choice, total=False):
    """An action: a choice, its number, and what the page has.

    `request_id` rises from action to action of a page. `shown` {"photo", "view", "labels"} names what the page has got,
    so that it is not sent again; `own` is the path of the sent photo that the page shows by itself.
    """

    version: int
    request_id: int
    shown: dict[str, str]
    own: str


class At(TypedDict):
    """By which names a map was made."""

    model: str
    fit: str
    detail: float
    method: str
    contrast: bool


class Picture(_Class, total=False):
    """The current map, float32 (h, w), raw; where it is `signed`, negative values speak against the class.

    `key` names what the maps of all classes belong to; `layers` [[name, [C, h, w]]] is what the model offers;
    `correlation` [median, lowest] how close maps of this `effort` come; `contrast`: the class is held against its
    look-alikes, `rivals`; `share` of the work that is done.
    """

    key: str
    photo_id: str
    map: str
    shape: list[int]
    at: At
    layers: list[list[Any]]
    model: str
    layer: str
    method: str
    combination: str
    effort: str
    correlation: list[float] | None
    class_blind: bool
    layer_blind: bool
    contrast: bool
    rivals: list[int]
    signed: bool
    unit: str
    seconds: float
    share: float


class View(TypedDict):
    """What the model sees of a photo: `source` in its pixels, `content` in those of the `input` [W, H]."""

    source: list[float]
    content: list[float]
    input: list[int]


class Photo(TypedDict):
    """A photo as opened; `origin` is by what the page asked for it.

    `url` "" is the photo on show with another view, or the one that the page sent and shows by itself: where it cannot,
    it says in its next wish that it has none.
    """

    id: str
    origin: Source
    url: str
    size: list[int]
    view: View


class Card(TypedDict):
    """A photo in the left column; `thumb` "" for one that the page shows by itself."""

    title: str
    thumb: str


class Ranking(TypedDict):
    """All classes, most probable first: `order` uint16 (K), `probabilities` float32 (K) in class order."""

    photo_id: str
    order: str
    probabilities: str


class ClassMaps(TypedDict):
    """The maps of all classes or of some, int16 (n, h, w), each in `steps` float32 (n) of its own.

    `indices` uint16 (n) are the classes; `rivals` uint16 (n, r) those that each is held against, "" without a contrast.
    """

    key: str
    shape: list[int]
    indices: str
    rivals: str
    maps: str
    steps: str


class Packed(TypedDict):
    """One step of a computation. `axes` and `shape` are those of the whole tensor; `value` the number it comes to.

    `formula` is the step's by language: its words differ, its symbols do not.
    `values` holds `sent` numbers: float32, or int16 in steps of `scale`, float32 for each row of the first axis; "" for
    a heatmap, which the page makes itself, for a "product" of the two steps that it follows, number by number, and for
    what is too large in every form. `kept` uint16: the channels that are sent, or numbers along the first axis where
    there is no channel, "" for all. Where `sent` has fewer places than `shape`, one stands for all (1, 1), or each is
    the mean of those that it covers.
    """

    name: str
    axes: list[str]
    shape: list[int]
    formula: dict[str, str]
    follows: list[str]
    code: str
    labels: list[str]
    value: float | None
    values: str
    sent: list[int]
    dtype: str
    scale: str
    kept: str


class Raising(TypedDict):
    """The `classes` whose logits rise most with a channel, and their `rises` for one unit."""

    channel: int
    classes: list[int]
    rises: list[float]


class Story(TypedDict):
    """The steps of a computation in order; `channels` are those that matter most, and which classes each `raises`."""

    key: str
    steps: list[Packed]
    channels: list[int]
    raises: list[Raising]


class Stroke(TypedDict):
    """A cover on a photo, in its pixels: of `kind` "grey", "blur" or "patch": what lies `shift` [x, y] away.

    `tool` "brush": all within `size` of the line through `points` [[x, y]]; "box": the rectangle between two points.
    """

    kind: str
    tool: str
    size: float
    points: list[list[float]]
    shift: list[float]


class CoverWish(Choice):
    """What the covered photo of a `page` is asked for; `number` rises, and a later one overtakes those before it."""

    version: int
    page: str
    number: int
    strokes: list[Stroke]


class Covered(_Class):
    """What a model makes of a covered photo: the `ranking`, and a class's raw map, float32 `shape` (h, w).

    `map` is "" where it would take too long; `why` says so then.
    """

    number: int
    ranking: Ranking
    map: str
    shape: list[int]
    why: Said | Literal[""]
    seconds: float


class Layer(TypedDict):
    """A layer that the model offers, with its shape [C, h, w] at the chosen detail."""

    name: str
    shape: list[int]
    default: bool


class Answer(TypedDict, total=False):
    """What the server found; empty for an action that a later one overtook.

    `more`: another answer follows, for which the page comes `after` seconds; `prefetch`: it is for a wish that is not
    made yet, so the page comes when its picture is painted. `message` is a sentence for the page, "" for none,
    `progress` below 1 while work goes on. With a picture come `confirmed`, the choice as it was carried out, and what
    the page lacks; `findings` where the network finds things, which stand for the classes then. Once per model and
    layer `reasons` {method: why it does not apply}, for a slow method `efforts` {effort: why it would not help}.
    `times` {method: seconds} of slow ones at this layer, as far as they were made here; `resumes`: a map that was
    stopped goes on from there when it is asked for again. `error` is a sentence about the "photo", a "layer" that does
    not exist or the "choice", and the page keeps its picture.
    """

    version: int
    request_id: int
    step: int | str
    more: bool
    after: float
    prefetch: bool
    resumes: bool
    times: dict[str, float]
    message: Said | Literal[""]
    progress: float
    error: Said
    about: str
    picture: Picture
    photo: Photo
    card: Card
    ranking: Ranking
    labels: list[str]
    findings: list[Finding]
    classes: ClassMaps | None
    confirmed: Choice
    layers: list[Layer]
    shown: dict[str, str]
    reasons: dict[str, Said]
    efforts: dict[str, Said]


def numbered(answer: Answer, request_id: int, step: int | str = 0) -> Answer:
    """Put the action's number on an answer; no two answers to one have the same `step`."""
    answer.update(version=VERSION, request_id=request_id, step=step)
    return answer


def said(message: Message) -> Said:
    """A sentence as it travels."""
    return cast("Said", message.as_dict())


def notice(message: Message | None, progress: float = 1.0) -> Answer:
    """An answer without a map: the page keeps its picture and shows the sentence; below 1, `progress` is done."""
    return {"message": "" if message is None else said(message), "progress": progress}


def failed(message: Message, about: str) -> Answer:
    """An answer that keeps the picture; `about` "photo", "layer" or "choice": where the sentence belongs."""
    return {"error": said(message), "about": about, "more": False}


def outdated(value: Any) -> dict[str, str] | None:
    """What a served function answers to a page of another version, None for a page of this one.

    The sentence is a plain text: that is what the scripts of version 1 show.
    """
    current = isinstance(value, Mapping) and value.get("version") == VERSION
    return None if current else {"error": str(RELOAD)}


def request_id_of(value: Any) -> int:
    """The number of an action, 0 for what is none."""
    found = value.get("request_id")
    return found if isinstance(found, int) else 0
