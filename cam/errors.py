"""The errors that a user can meet. Knows sentences, knows nothing about where they are shown.

Every message names the thing, the value that was given, what is possible instead, and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class CamError(Exception):
    """Base of every error that this package raises on purpose."""


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


def unknown(kind: str, value: object, choices: Iterable, remedy: str = "") -> UnknownNameError:
    """Build the error for a name outside `choices`: it names the value, near matches first, and the remedy."""
    choices = [str(choice) for choice in choices]
    near = get_close_matches(str(value), choices, n=3, cutoff=0.5)
    listed = near or choices[:12]
    hint = "Did you mean " if near else "Choose one of "
    more = "" if near or len(choices) <= 12 else ", ..."
    return UnknownNameError(f"Unknown {kind} {str(value)[:80]!r}. {hint}{', '.join(listed)}{more}. {remedy}".strip())
