"""The hand-out of a map: one HTML file that needs nothing else and prints on two pages.

Puts together what the modules beside it say; knows no files and no server.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image

from ..errors import CamError
from ..maps.combinations import turned
from ..maps.effort import EXACT
from ..maps.explanation import Explanation
from ..maps.render import colormap_of, overlay, smaller
from ..maps.steps import Step, steps
from ..methods import METHODS
from . import pictures
from .lines import Look, again, code_of, finding_number, head_of, source_of
from .markup import formula, number, text
from .numbers import Bar, Links, bars, facts, filled, links
from .words import Speech, short

_PHOTO, _SMALL = 640, 320  # pixels of the longer side: of the photo and the overlay, of the overlay among the steps
_DENSE = {"few": 8, "medium": 12}  # steps at most; "many" have less room each
_TOP = 5
_WIDE = 1.35  # of a picture's height: what is wider fills the width


@cache
def _style() -> str:
    return Path(__file__).with_name("sheet.css").read_text(encoding="utf-8")


def handout(
    explanation: Explanation,
    *,
    language: str = "en",
    photo: str = "photo.jpg",
    colormap: str = "inferno",
    opacity: float = 0.5,
    evidence: str = "for",
) -> str:
    """Return a map as a hand-out: an HTML file, some 100 kB, without scripts, that prints on two pages of A4 or letter.

    It shows the photo, the overlay, the predictions, each step with its formula, real numbers and a picture, the
    settings, the lines of Python that make the map again, and the lines that computed it. `language` is one of
    `cam.languages.LANGUAGES`; `photo` the name of the file, as it is written down; the others are as for `overlay`.
    It takes as long as the map did. A map whose steps cannot be told says why. Errors as of `overlay`, and
    `UnknownNameError` for a language.
    """
    speech, look = Speech(language), Look(colormap, opacity, evidence)
    colormap_of(colormap)
    small = smaller(explanation, _PHOTO)
    picture = overlay(small, **look._asdict())
    asked = turned(small) if evidence == "against" else small
    try:
        found, refusal = steps(asked, colormap=colormap, opacity=opacity), None
    except CamError as error:
        found, refusal = [], error
    body = [_head(explanation, speech), _top(small, picture, photo, explanation.trace.image.size, look, speech)]
    body += _story(found, asked, speech) if found else [_refused(refusal, speech)]
    given_turned = any(step.name == "turned" for step in found) != (evidence == "against") and bool(found)
    by_hand = refusal is not None and explanation.method in METHODS and explanation.effort == EXACT
    lines = (
        f"# {speech('fused-by-hand')}" if by_hand else again(explanation, photo, look, speech, is_turned=given_turned)
    )
    body += [
        _section(speech("again"), f'<pre class="again">{_code(lines)}</pre>'),
        *_source(found, explanation, speech),
    ]
    body.append(f"<footer><p>{text(speech('limits'))}</p></footer>")
    return _page(speech, speech.titled(explanation), "".join(body), len(found))


def _page(speech: Speech, title: str, body: str, count: int) -> str:
    dense = next((name for name, most in _DENSE.items() if count <= most), "many")
    language = {"zh": "zh-Hans"}.get(speech.language, speech.language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{text(title)}</title>\n<style>\n{_style()}</style>\n</head>\n"
        f'<body class="{dense}">\n{body}\n</body>\n</html>\n'
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{text(title)}</h2>{body}</section>\n"


def _head(explanation: Explanation, speech: Speech) -> str:
    summary = speech.method(explanation.method, "summary")
    said = speech.colon(speech.method(explanation.method), summary) if summary else explanation.method
    return f"<header><h1>{text(speech.titled(explanation))}</h1><p>{text(said)}</p></header>\n"


def _top(
    explanation: Explanation, picture: Image.Image, photo: str, size: tuple[int, int], look: Look, speech: Speech
) -> str:
    """The photo of this `size` and the overlay, and below them the predictions and the settings."""
    trace = explanation.trace
    method, layer = speech.method(explanation.method), trace.layer or speech("no-layer")
    caption = speech("empty") if explanation.empty else speech("caption", method=method, layer=layer)
    width, height = size
    named = speech("size", name=short(photo), width=width, height=height)
    figures = [(trace.image, speech("photo"), named), (picture, speech("overlay"), caption)]
    drawn = [
        f'<figure><img src="{pictures.photo(image, _PHOTO)}" alt="{text(name)}">'
        f"<figcaption>{text(speech.colon(name, said))}</figcaption></figure>"
        for image, name, said in figures
    ]
    side = _section(speech("top"), _predictions(explanation, speech))
    side += _section(speech("settings"), _settings(explanation, look, speech))
    return f'<div class="top">{"".join(drawn)}</div><div class="pair">{side}</div>\n'


def _predictions(explanation: Explanation, speech: Speech) -> str:
    """The most probable classes or findings, and the one that is explained, with their probabilities."""
    if explanation.trace.listed is not None:
        return _findings(explanation, speech)
    trace, labels, chosen = explanation.trace, speech.labels(explanation), explanation.class_index
    probabilities = trace.model.probabilities(trace.logits)
    drawn = [best.index for best in trace.top(_TOP)]
    if chosen is not None and chosen not in drawn:
        drawn.append(chosen)
    return "".join(
        _bar(Bar(labels[index], float(probabilities[index]), index == chosen), 1.0, percent=True) for index in drawn
    )


def _findings(explanation: Explanation, speech: Speech) -> str:
    """What the network found, by the numbers that the page and `--target` give it, from 1."""
    labels, chosen = speech.labels(explanation), finding_number(explanation)
    drawn = [
        Bar(f"{number + 1}. {labels[one.index]}", one.probability, number == chosen)
        for number, one in enumerate(explanation.trace.listed or [])
        if number < _TOP or number == chosen
    ]
    return "".join(_bar(bar, 1.0, percent=True) for bar in drawn)


def _bar(bar: Bar, largest: float, *, percent: bool = False) -> str:
    share = abs(bar.value) / largest * 100 if largest else 0.0
    written = f'<data value="{bar.value!r}">{bar.value:.1%}</data>' if percent else number(bar.value)
    minus = ' class="minus"' if bar.value < 0 else ""
    return (
        f'<div class="bar{" marked" if bar.marked else ""}"><span>{text(bar.label)}</span>'
        f'<i><b{minus} style="width:{share:.1f}%"></b></i>{written}</div>'
    )


def _settings(explanation: Explanation, look: Look, speech: Speech) -> str:
    trace, labels = explanation.trace, speech.labels(explanation)
    channels, height, width = trace.activations.shape
    at = f"{trace.layer} ({channels} × {height} × {width})" if trace.layer else speech("no-layer")
    chosen = "" if explanation.class_index is None else f" ({labels[explanation.class_index]})"
    detail = f" × {trace.detail:g}" if trace.detail != 1 else ""
    colours = speech("look-value", colormap=speech.colormap(look.colormap), opacity=f"{look.opacity:g}")
    rows = [
        ("model", short(trace.model.title)),
        ("layer", at),
        ("method", f"{speech.method(explanation.method)} ({explanation.method})"),
        *([("combination", speech.combination(explanation.combination))] if explanation.combination else []),
        *([("effort", speech.effort(explanation.effort))] if explanation.effort != EXACT else []),
        ("target", explanation.target.formula),
        ("input", " × ".join(str(side) for side in trace.input.shape[1:]) + detail),
        ("seen", speech.fit(trace.fit)),
        ("look", f"{colours}; {speech(look.evidence)}"),
    ]
    listed = (
        f"<dt>{text(speech(name))}</dt><dd>{formula(value) + text(chosen) if name == 'target' else text(value)}</dd>"
        for name, value in rows
    )
    return f"<dl>{''.join(listed)}</dl>"


def _refused(error: CamError | None, speech: Speech) -> str:
    said = f"<p>{text(speech.refusal(error))}</p>" if error else ""
    return _section(speech("steps"), f"<p>{text(speech('untold'))}</p>{said}")


def _story(found: Sequence[Step], explanation: Explanation, speech: Speech) -> list[str]:
    """The steps in order, two in a row, and how channels make the map."""
    linked = links(found, explanation)
    before = {step.name: next((one for one in found if one.name in step.follows), None) for step in found}
    drawn = [
        _step(place, step, before[step.name], explanation, linked.order, speech) for place, step in enumerate(found, 1)
    ]
    rows = [f'<div class="row">{"".join(drawn[place : place + 2])}</div>' for place in range(0, len(drawn), 2)]
    key = f"<p><small>{text(speech('key'))}</small></p>"
    return [_section(speech("steps"), key + "".join(rows)), *_linked(linked, explanation, speech)]


def _step(
    place: int, step: Step, before: Step | None, explanation: Explanation, order: Sequence[int], speech: Speech
) -> str:
    picture, sharp = pictures.of_step(step, order, before)
    values = bars(step, explanation, order, speech)
    if picture:
        painted = step.axes[-1:] == ("colour",)
        address = pictures.photo(picture, _SMALL) if painted else pictures.of_paper(picture, sharp)
        kind = " ".join(["sharp"] * sharp + ["high"] * (picture.width < _WIDE * picture.height))
        drawn = f'<img class="{kind}" src="{address}" alt="">'
    else:
        largest = max((abs(one.value) for one in values), default=0.0)
        drawn = "".join(_bar(one, largest) for one in values)
    lines = "".join(f"<p>{line}</p>" for line in facts(step, before, order, speech))
    return (
        f'<div class="step" id="{step.name}"><div class="picture">{drawn}</div><div>'
        f"<h3><span>{place}</span> {text(speech.step(step.name))}</h3><p>{text(speech.holds(step.name))}</p>"
        f'<p class="formula">{formula(speech.formula(step.formula))}</p><div class="facts">{lines}</div></div></div>'
    )


def _linked(linked: Links, explanation: Explanation, speech: Speech) -> list[str]:
    """One place added up, and the classes that the first channels raise, side by side."""
    place = linked.cell
    if place is None:
        return []
    heads = [text(speech(name)) for name in ("channel", "weight", "activation", "product")]
    rows = [
        f"<tr><td>{channel}</td><td>{number(weight)}</td><td>{number(activation)}</td><td>{number(product)}</td></tr>"
        for channel, weight, activation, product in zip(
            place.channels, place.weights, place.activations, place.products, strict=True
        )
    ]
    rows.append(f"<tr><td>{text(speech('rest'))}</td><td></td><td></td><td>{number(place.rest)}</td></tr>")
    rows.append(
        f'<tr class="total"><td>{text(speech("sum"))}</td><td></td><td></td><td>{number(place.value)}</td></tr>'
    )
    table = f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>{''.join(rows)}</table>"
    title = speech("place", row=place.row, column=place.column)
    return [f'<div class="pair">{_section(title, table)}{_raised(linked, explanation, speech)}</div>']


def _raised(linked: Links, explanation: Explanation, speech: Speech) -> str:
    if not linked.raised:
        return ""
    labels = speech.labels(explanation)
    items = [
        f"<li>{channel}: " + ", ".join(f"{text(labels[one.index])} {number(one.rise)}" for one in classes) + "</li>"
        for channel, classes in linked.raised
    ]
    return _section(speech("raises"), f"<ul>{''.join(items)}</ul>")


def _code(lines: str) -> str:
    return "\n".join(text(line) for line in lines.split("\n"))


def _source(found: Sequence[Step], explanation: Explanation, speech: Speech) -> list[str]:
    """The lines of code of the steps, where the method is written, and its paper."""
    method = METHODS.get(explanation.method)
    if method is None:
        return []
    parts = [f"<pre>{_code(head_of(method))}</pre>"]
    parts += [f"<pre><b># {text(speech.step(name))}</b>\n{_code(code)}</pre>" for name, code in code_of(found)]
    written = source_of(method)
    where = [text(method.paper)]
    if written:
        where.append(filled(speech, "lines", **{key: text(value) for key, value in written._asdict().items()}))
    said = f"<p><small>{text(speech.colon(speech('source'), ''))}{'; '.join(where)}</small></p>"
    return [_section(speech("code"), f'{said}<div class="code">{"".join(parts)}</div>')]
