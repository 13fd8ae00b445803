"""The words of the page: each id that its scripts and bodies name has words, and no words are left over."""

import re

import words

STATIC = words.PACKAGE / "page" / "static"
ID = re.compile(r"^([a-z][\w-]*) =", re.M)


def _files(kind):
    return {path: path.read_text(encoding="utf-8") for path in STATIC.rglob(f"*.{kind}") if "vendor" not in path.parts}


def _ids(language="en"):
    return set(ID.findall((words.LOCALES / f"{language}.ftl").read_text(encoding="utf-8")))


def _named():
    """The ids that scripts and bodies name whole."""
    found = set()
    for text in _files("js").values():
        found |= set(re.findall(r'"((?:page|method|combination|effort|fit|colormap|example)-[\w-]+)"', text))
    for text in _files("html").values():
        found |= set(re.findall(r'data-l10n(?:-[a-z-]+)?="([^"]*)"', text))
    return found


def _built():
    """The ids that scripts put together, `page-place-${row}-${column}`, as patterns."""
    return {
        re.sub(r"\\?\$\\?\{.*?\\?\}", r"[\\w-]+", re.escape(one))
        for text in _files("js").values()
        for one in re.findall(r"say\(\s*`([^`]+)`", text)
    }


def test_what_the_page_says_has_words():
    ids = _ids()
    assert len(_named()) > 150
    # What `TEXT` puts in front of "-for", "-against" and "-both" is no id itself.
    starts = {"page-evidence", "page-contrast"}
    assert _named() - ids - starts == set()
    for pattern in _built() - {r"error\-[\w-]+"}:
        assert any(re.fullmatch(pattern, key) for key in ids), pattern


def test_no_words_of_the_page_are_left_over():
    built = [re.compile(pattern) for pattern in _built()]
    starts = ("page-evidence", "page-contrast")
    built += [re.compile(rf"{start}-(for|against|both)") for start in starts]
    page = {key for key in _ids() if key.startswith("page-")}
    assert len(page) > 200
    assert {key for key in page - _named() if not any(one.fullmatch(key) for one in built)} == set()


def test_the_bodies_hold_no_words_themselves():
    """But the page's name."""
    for path, text in _files("html").items():
        shown = re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<svg.*?</svg>", "", text))
        assert set(re.findall(r"[A-Za-z]{2,}", shown)) <= {"CAM", "Explorer"}, path
        assert not re.findall(r'(?<=\s)(?:aria-label|title|placeholder)="[^"]+"', text), path


def test_the_scripts_speak_by_the_tables_alone():
    """No script writes a sentence into the page that stands in itself."""
    for path, text in _files("js").items():
        written = re.findall(r'(?:textContent|innerText|title|alt|placeholder) = "([^"]*[A-Za-z]{2}[^"]*)"', text)
        written += re.findall(r'setAttribute\("aria-(?:label|valuetext)", "([^"]+)"\)', text)
        assert not written, path
