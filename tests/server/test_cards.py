"""The lesson's cards: what a file means, how a wrong one is told, and that both languages have the same cards."""

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from cam import METHODS
from cam.models.catalogue import LOADABLE
from cam.server import cards, hosts
from cam.server.settings import Settings, SettingsError

DOCS = (Path(__file__).parents[2] / "docs" / "cards.md").read_text(encoding="utf-8")
EXAMPLE = DOCS.partition("```text\n")[2].partition("```")[0]
WANTED = {
    "title": "Two cats in one",
    "name": "two-cats",
    "link": "?example=cat&class=282",
    "task": "The model hesitates between two cats. A line more belongs to the task.",
    "hint": "Read the second class of the list.",
    "solution": '"Egyptian cat" is first, "tiger cat" second.',
    "ask": "Would you have known?",
}


def test_the_example_of_the_documents_is_one_card():
    assert cards.parse("A remark.\n\n" + EXAMPLE, "x") == [WANTED]
    named = cards.parse(EXAMPLE.replace("name: two-cats\n", ""), "x")
    assert named[0]["name"] == "two-cats-in-one"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("task:", "tusk:", "f.md, line 4: found `tusk:`, expected one of name:, link:, task:, hint:, solution:, ask:"),
        ("hint:", "task:", "f.md, line 6: found a second `task:` of this card, expected one"),
        ("?example", "example", "f.md, line 3: found link 'example=cat&class=282', expected what stands"),
        ("two-cats", "two cats", "f.md, line 2: found name 'two cats', expected letters, digits and hyphens"),
        ("## Two cats in one", "##", "f.md, line 1: found '##', expected a title after ##"),
        ("name: two-cats", "two-cats", "f.md, line 2: found 'two-cats', expected a field (name, link,"),
        ("ask: Would you have known?", "", "f.md, line 1: found 'Two cats in one', expected `ask:` below it"),
        ("ask: Would you have known?", "ask:", "f.md, line 1: found 'Two cats in one', expected `ask:` below it"),
        ("## Two", "# Two", "f.md: found no card, expected a line `## Title`"),
    ],
)
def test_a_wrong_file_is_told_by_its_line(old, new, said):
    with pytest.raises(SettingsError) as raised:
        cards.parse(EXAMPLE.replace(old, new), "f.md")
    assert str(raised.value).startswith(said)


def test_a_name_is_given_once():
    with pytest.raises(SettingsError, match="f.md, line 10: found 'two-cats', expected a name that no other card"):
        cards.parse(EXAMPLE + "\n" + EXAMPLE, "f.md")


def test_both_languages_have_the_same_cards():
    found = cards.cards(Settings())
    same = [[(card["name"], card["link"]) for card in found[language]] for language in ("en", "zh")]
    assert same[0] == same[1]
    assert len(same[0]) == 14
    assert all(en[field] != zh[field] for en, zh in zip(*found.values(), strict=True) for field in ("title", "task"))


def test_links_name_what_exists():
    known = {
        "example": hosts.examples(Settings()),
        "model": LOADABLE,
        "method": METHODS,
        "tab": ("lesson",),
        "activity": ("cover", "guess"),
    }
    for card in cards.cards(Settings())["en"]:
        for name, (value,) in parse_qs(card["link"][1:], strict_parsing=True).items():
            assert name in (*known, "class", "target", "layer", "contrast", "detail", "step"), card["name"]
            assert name not in known or value in known[name], card["name"]


def test_a_hosts_cards_come_first_and_replace(tmp_path):
    path = tmp_path / "cards.md"
    path.write_text(EXAMPLE + "\n" + EXAMPLE.replace("two-cats", "cover-it"), encoding="utf-8")
    settings = Settings(cards=str(path))
    for found in json.loads(cards.content(settings)).values():
        names = [card["name"] for card in found]
        assert names[:3] == ["two-cats", "cover-it", "guess-first"]
        assert len(names) == 15
        assert found[1]["task"] == WANTED["task"]
    assert cards.offer(settings)["names"] == names
    assert cards.route(settings).path == f"/{cards.offer(settings)['address']}"


def test_a_hosts_file_that_is_none(tmp_path):
    path = tmp_path / "cards.md"
    with pytest.raises(SettingsError, match="this file cannot be read"):
        cards.cards(Settings(cards=str(path)))
    path.write_bytes(b"# a\n# \xff\n")
    with pytest.raises(SettingsError, match="line 2: found bytes that are no UTF-8"):
        cards.cards(Settings(cards=str(path)))
