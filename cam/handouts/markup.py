"""Texts, numbers and formulas as HTML. Knows nothing about maps."""

from __future__ import annotations

import html
import re

_INDEXED = re.compile(r"_([A-Za-z0-9]+(?:,[A-Za-z]+)*)")
_LETTER = re.compile(r"(?<![\w'])(?!a )(ij|[A-Za-zα-ωΑ-Ω])(?!\w)")


def text(value: object) -> str:
    """A text as HTML: escaped, in one line, and of letters that a file can hold."""
    plain = str(value).encode("utf-8", "replace").decode("utf-8")
    return html.escape("".join(one if one.isprintable() else " " for one in plain))


def shown(value: float) -> str:
    """A number as a person reads it: four digits, a real minus."""
    return f"{value:.4g}".replace("-", "−")


def number(value: float) -> str:
    """A number for a person, with the exact one in its `value`."""
    return f'<data value="{float(value)!r}">{shown(value)}</data>'


def formula(plain: str) -> str:
    """A formula of a step with its indices below the line, single letters in italics."""
    marked = _INDEXED.sub("\x00\\1\x01", plain)
    letters = _LETTER.sub(lambda found: found[1] if found[1] in "ΣΠ" else f"\x02{found[1]}\x03", marked)
    escaped = re.sub(r"-(?=\d)", "−", html.escape(letters, quote=False))
    for mark, tag in zip("\x00\x01\x02\x03", ("<sub>", "</sub>", "<var>", "</var>"), strict=True):
        escaped = escaped.replace(mark, tag)
    return escaped
