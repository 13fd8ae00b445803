"""The errors that a user can meet. Knows sentences, knows nothing about where they are shown.

Every message names the thing, the value that was given, what is possible instead, and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from .messages import Message


class CamError(Exception):
    """Base of every error that this package raises on purpose.

    `CamError("image-missing", "{name} does not exist.", name=name)` has a code and params, by which a page says it in
    other languages; `CamError("A sentence.")`, or a `Message`, is taken as it is. `str(error)` is English.
    """

    def __init__(self, said: str = "", text: str | None = None, /, **params: Any) -> None:
        super().__init__(said if text is None else Message(said, text, **params))

    @property
    def message(self) -> Message:
        """What it says, with code and params; the code of a sentence that has none is empty."""
        said = self.args[0] if self.args else ""
        return said if isinstance(said, Message) else Message("", str(said))

    @property
    def code(self) -> str:
        """Which sentence it is: a name that stays when words change."""
        return self.message.code

    @property
    def params(self) -> dict[str, Any]:
        """What the sentence speaks of: texts, numbers, lists of texts, and messages."""
        return self.message.params


class ImageError(CamError, ValueError):
    """The file or array cannot be opened as an image, or is too large or too small."""


class UnknownNameError(CamError, LookupError):
    """A model, layer, method, class or colormap that does not exist."""


class LayerError(CamError, ValueError):
    """The layer exists but cannot be explained: no spatial map, or never reached."""


class MethodError(CamError, ValueError):
    """The method does not apply to this model or layer, or its map is not a number."""


class TargetError(CamError, ValueError):
    """The target is not a class of this model or not a scalar function of the logits."""


class WeightsError(CamError, LookupError):
    """Weights that are not on this machine and cannot be fetched."""


class NetworkError(ValueError):
    """What a command line names makes no network: no such function, weights of another one, no labels."""


def unknown(kind: str, value: object, choices: Iterable, remedy: str = "") -> UnknownNameError:
    """Build the error for a name outside `choices`: it names the value, near matches first, and the remedy.

    `kind` and `remedy` are words of their own: the code of a kind is "kind-" and the kind, with hyphens.
    """
    choices = [str(choice) for choice in choices]
    near = get_close_matches(str(value), choices, n=3, cutoff=0.5)
    params = {
        "kind": Message(f"kind-{kind.replace(' ', '-')}", kind),
        "value": repr(str(value)[:80]),
        "choices": near or choices[:12],
    }
    if remedy:
        return _unknown_with_remedy(bool(near), len(choices) > 12, params | {"remedy": remedy})
    if near:
        return UnknownNameError("unknown-near", "Unknown {kind} {value}. Did you mean {choices}.", **params)
    if len(choices) > 12:
        return UnknownNameError("unknown-many", "Unknown {kind} {value}. Choose one of {choices} and others.", **params)
    return UnknownNameError("unknown-listed", "Unknown {kind} {value}. Choose one of {choices}.", **params)


def _unknown_with_remedy(near: bool, many: bool, params: dict[str, Any]) -> UnknownNameError:
    if near:
        return UnknownNameError(
            "unknown-near-remedy", "Unknown {kind} {value}. Did you mean {choices}. {remedy}", **params
        )
    if many:
        return UnknownNameError(
            "unknown-many-remedy", "Unknown {kind} {value}. Choose one of {choices} and others. {remedy}", **params
        )
    return UnknownNameError(
        "unknown-listed-remedy", "Unknown {kind} {value}. Choose one of {choices}. {remedy}", **params
    )
