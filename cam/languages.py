"""The words of the package in more than one language, for what it writes itself; English stands in the code.

Those of other languages are read out of the page's tables in `cam/page/static/locales`, by the same codes. Knows of
Fluent's format what the words of the code need: a line for each, with `{ $params }`. Imports nothing of the page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .errors import unknown
from .messages import Message

LANGUAGES = ("en", "zh")
_FOLDER = Path(__file__).parent / "page" / "static" / "locales"
_ENTRY = re.compile(r"^([a-z][\w-]*) = (.+)$", re.MULTILINE)
_PARAM = re.compile(r"\{ *\$(\w+) *\}")
_COMMA = {"en": ", ", "zh": "、"}


@cache
def table(language: str) -> Mapping[str, str]:
    """Id -> text of a language, as it stands in its file; empty for English, which the code has.

    Raises `UnknownNameError` for a language that is none of `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise unknown("language", language, LANGUAGES)
    if language == LANGUAGES[0]:
        return {}
    return dict(_ENTRY.findall((_FOLDER / f"{language}.ftl").read_text(encoding="utf-8")))


def word(language: str, key: str, english: str, /, **params: Any) -> str:
    """Return the text with the id `key`, its `{params}` filled in; the English one where a language has none."""
    found = table(language).get(key)
    if found is None:
        return re.sub(r"\{(\w+)\}", lambda field: str(params[field[1]]), english) if params else english
    return _PARAM.sub(lambda field: str(params[field[1]]), found)


def said(language: str, message: Message) -> str:
    """Return a sentence in a language, what it speaks of as well."""
    if language == LANGUAGES[0]:
        return str(message)
    given = {name: _inside(language, value) for name, value in message.params.items()}
    known = table(language)
    key = next((one for one in (f"error-{message.code}", message.code) if one in known), "")
    return word(language, key, message.text, **given)


def _inside(language: str, value: Any) -> str:
    if isinstance(value, Message):
        return said(language, value)
    return _COMMA[language].join(value) if isinstance(value, list) else str(value)
