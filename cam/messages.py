"""Sentences that can be said in more than one language: a code, what it speaks of, and the English text.

The words of other languages stand in `cam/page/static/locales`, by code. Imports nothing but the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

__all__ = ["Message", "slug"]

_FIELD = re.compile(r"\{(\w+)\}")


class Message(str):
    """An English sentence that knows its `code` and its `params`, by which another language says the same.

    `Message("image-missing", "{name} does not exist: check its path.", name=name)`: `text` is written where the
    sentence is made, as for `str.format`. A value with a conversion or a format, as `{low:.4g}`, is kept as it is
    shown; others stay numbers, lists of words or messages themselves, or become text. Without params the text is
    taken as it is.
    """

    code: str
    text: str
    params: dict[str, str | int | list[str]]

    def __new__(cls, code: str, text: str, /, **params: Any) -> Message:
        """Fill in the params; raises `KeyError` for a field of the text that has none."""
        plain = _settled(text, params) if params else text
        shown = _FIELD.sub(lambda field: _shown(params[field[1]]), plain) if params else text
        message = super().__new__(cls, shown)
        message.code, message.text, message.params = code, plain, params
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return (self.code, self.text), self.params

    def but(self, **params: Any) -> Message:
        """The same sentence about something else: with some other params, where it has such."""
        return Message(self.code, self.text, **{name: params.get(name, value) for name, value in self.params.items()})

    def as_dict(self) -> dict[str, Any]:
        """As plain values for JSON: `code`, `text` with `{fields}`, and `params`, messages among them likewise."""
        params = {name: value.as_dict() if isinstance(value, Message) else value for name, value in self.params.items()}
        return {"code": self.code, "text": self.text, "params": params}

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Message:
        """The message that `as_dict` made plain values of; raises `KeyError` or `TypeError` for anything else."""
        params = {name: cls.of(value) if isinstance(value, dict) else value for name, value in said["params"].items()}
        return cls(said["code"], said["text"], **params)


def _settled(text: str, params: dict[str, Any]) -> str:
    """The text with bare fields; the params become what can be shown."""
    parts, used = [], {name: _kept(value, "", None) for name, value in params.items()}
    for before, field, form, conversion in Formatter().parse(text):
        parts.append(before)
        if field is not None:
            used[field] = _kept(params[field], form or "", conversion)
            parts.append(f"{{{field}}}")
    params.update(used)
    return "".join(parts)


def _kept(value: Any, form: str, conversion: str | None) -> str | int | list[str]:
    if conversion == "r":
        value = repr(value)
    if form:
        return format(value, form)
    if isinstance(value, list):
        return [str(one) for one in value]
    return value if isinstance(value, (str, int)) and not isinstance(value, bool) else str(value)


def _shown(value: str | int | list[str]) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def slug(text: str) -> str:
    """A text as a part of a key: its letters and digits, in lower case, with hyphens between its words."""
    return "-".join(re.findall(r"[a-z0-9]+", text.lower()))
