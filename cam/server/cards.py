"""The lesson's cards: a text file for each language that a teacher extends without code, and the host's own file.

A card begins with `## Title`; each field is a line `name: text`, which goes on in the lines after it. What stands
before the first card is a remark. docs/cards.md says what the fields are. Knows text, files and HTTP; knows no models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl

from starlette.routing import Route

from . import modules
from .settings import Settings, SettingsError

FILE = "cards.json"
FOLDER = Path(__file__).parents[1] / "page" / "cards"
LANGUAGES = ("en", "zh")
FIELDS = ("name", "link", "task", "hint", "solution", "ask")
_MOST = 1 << 18  # bytes of a host's file

Card = dict[str, str]


def parse(text: str, path: str) -> list[Card]:
    """Return the cards of a file, each with "title" and `FIELDS`. Raises `SettingsError` that names the line."""
    found: list[tuple[int, Card]] = []
    field = ""
    for number, line in enumerate(text.splitlines(), 1):
        content = line.strip()
        heading = re.match(r"##(?!#)\s*(.*)", content)
        begun = re.match(rf"({'|'.join(FIELDS)}):(.*)", content) or re.match(r"([a-z]+):(\s.*|)$", content)
        if heading:
            if not heading[1]:
                raise _wrong(path, number, content, "a title after ##")
            found.append((number, {"title": heading[1]}))
            field = ""
        elif not found:
            continue
        elif begun:
            field = _begin(found[-1][1], begun[1], begun[2].strip(), f"{path}, line {number}")
        elif content and not field:
            raise _wrong(path, number, content, f"a field ({', '.join(FIELDS)}), as `task: ...`")
        elif content:
            card = found[-1][1]
            card[field] = f"{card[field]} {content}".strip()
    return _checked(found, path)


def _begin(card: Card, name: str, value: str, at: str) -> str:
    if name not in FIELDS:
        raise SettingsError(f"{at}: found `{name}:`, expected one of {', '.join(f'{one}:' for one in FIELDS)}")
    if name in card:
        raise SettingsError(f"{at}: found a second `{name}:` of this card, expected one")
    if name == "link" and not (value.startswith("?") and parse_qsl(value[1:]) and " " not in value):
        raise SettingsError(f"{at}: found link {value!r}, expected what stands in the page's address from ? on")
    if name == "name" and not re.fullmatch(r"[\w-]{1,60}", value):
        raise SettingsError(f"{at}: found name {value!r}, expected letters, digits and hyphens")
    card[name] = value
    return name


def _checked(found: list[tuple[int, Card]], path: str) -> list[Card]:
    """The cards, each with a name, which follows from its title where none is given, and no field without text."""
    if not found:
        raise SettingsError(f"{path}: found no card, expected a line `## Title` and its fields below")
    names: set[str] = set()
    for number, card in found:
        card.setdefault("name", re.sub(r"\W+", "-", card["title"].lower()).strip("-"))
        missing = [one for one in FIELDS if not card.get(one)]
        if missing:
            wanted = " and ".join(f"`{one}:`" for one in missing)
            raise _wrong(path, number, card["title"], f"{wanted} below it, before the next ##")
        if card["name"] in names:
            raise _wrong(path, number, card["name"], "a name that no other card of this file has")
        names.add(card["name"])
    return [card for _, card in found]


def _wrong(path: str, number: int, found: str, expected: str) -> SettingsError:
    return SettingsError(f"{path}, line {number}: found {found[:60]!r}, expected {expected}")


def read(path: Path, name: str) -> list[Card]:
    """Return the cards of a file; `name` is what an error calls it. Raises `SettingsError`."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"{name}: this file cannot be read ({error.strerror}).") from error
    if len(content) > _MOST:
        raise SettingsError(f"{name}: found {len(content)} bytes, expected at most {_MOST}.")
    try:
        return parse(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SettingsError(f"{name}, line {line}: found bytes that are no UTF-8, expected a text in UTF-8.") from error


def cards(settings: Settings) -> Mapping[str, list[Card]]:
    """Return the cards in each language: the host's own come first, also in place of one of their name."""
    own = read(Path(settings.cards).expanduser(), f"CAM_CARDS={settings.cards}") if settings.cards else []
    names = {card["name"] for card in own}
    common = {language: read(FOLDER / f"{language}.md", f"{language}.md") for language in LANGUAGES}
    return {
        language: [*own, *(card for card in found if card["name"] not in names)] for language, found in common.items()
    }


def content(settings: Settings) -> bytes:
    """Return the file that the page fetches: JSON {language: [card]}."""
    return json.dumps(cards(settings), ensure_ascii=False, separators=(",", ":")).encode()


def offer(settings: Settings) -> dict[str, object]:
    """What the page opens with: the cards' names, and where they are served, below the page's own address."""
    names = [card["name"] for card in cards(settings)["en"]]
    return {"names": names, "address": modules.address_of(FILE, content(settings))}


def route(settings: Settings) -> Route:
    """Return the route that serves the file."""
    return modules.route_of(FILE, content(settings), "application/json")
