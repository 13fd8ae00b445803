"""The words of a hand-out: its own in a table, those of steps, methods and formulas from their tables.

In other languages they stand in `cam/page/static/locales`: `handout-NAME`, `axis-NAME`, `formula-NAME`, `step-NAME`,
`step-NAME-holds`. Knows words; knows no layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import CamError
from ..languages import said, table, word
from ..maps.combinations import COMBINATIONS
from ..maps.effort import EFFORTS
from ..maps.explanation import Explanation
from ..messages import slug
from ..methods import METHODS
from ..methods.telling import NAMES
from ..models.imagenet import imagenet_labels, things_chinese
from ..photos.views import FITS

WORDS = {
    "title": "Where {model} sees “{label}”",
    "title-blind": "Where {model} is active",
    "title-score": "Where {model} finds the evidence for a score",
    "photo": "The photo",
    "overlay": "The evidence",
    "caption": "{method} at layer {layer}",
    "empty": "Nothing speaks for the target here, or all places alike: nothing is painted.",
    "top": "Predictions",
    "explained": "explained",
    "settings": "Settings",
    "model": "Model",
    "layer": "Layer",
    "no-layer": "none",
    "method": "Method",
    "combination": "Combination",
    "effort": "Effort",
    "target": "Explained",
    "file": "Photo",
    "seen": "Seen",
    "look": "Painted",
    "look-value": "{colormap}, opacity {opacity}",
    "for": "for the target",
    "against": "against the target",
    "both": "for in orange, against in blue",
    "input": "Input",
    "steps": "Step by step",
    "key": "In the pictures of the steps white is 0, orange positive and blue negative, each by its own largest value.",
    "untold": "The steps of this map are not told.",
    "shape": "Shape",
    "range": "{low} to {high}, mean {mean}",
    "largest": "Largest: {value} at row {row}, column {column}",
    "cut": "{count} of {all} places cut, {sum} in all",
    "channels": "Channels {channels}",
    "other-channels": "and {count} others",
    "shown-first": "shown: {count} of {all}",
    "value": "Value",
    "place": "One place added up: row {row}, column {column}",
    "channel": "channel",
    "weight": "weight",
    "activation": "activation",
    "product": "product",
    "rest": "all others",
    "sum": "sum",
    "raises": "Scores that rise with these channels",
    "size": "{name}, {width} × {height} pixels",
    "again": "The same map in Python",
    "own-network": "your own network, as it was wrapped",
    "own-score": "your own function of the scores",
    "own-method": "This method is none of the package's table, so there are no lines that make its map again.",
    "fused-by-hand": "Maps that were fused by hand are made again by the lines that made them.",
    "code": "The computation in code",
    "source": "Source",
    "lines": "{function} in {file}, lines {first} to {last}",
    "limits": (
        "A map shows where, at one layer, the evidence for a score lies. It does not prove why the model decides so."
    ),
}
"""Name -> English; `{fields}` are filled in."""

AXES = (
    *("class", "channel", "row", "column", "y", "x", "colour", "sample", "mask", "repeat", "number", "patch row"),
    *("patch column", "place", "point", "layer", "block", "token", "map"),
)

PHRASES = {
    "axes": "k the channel, ij the place",
    "enlarged-positive": "L⁺ enlarged",
    "enlarged": "L enlarged",
    "on-photo": "v the heatmap on the photo",
    "photo": "photo",
    "colour": "colour(v)",
    "linear-head": "W the weights of the linear head",
    "zero-gradient": "0 where g = 0",
    "zero-sum": "0 where S_k = 0",
    "smoothing": "G a Gaussian of deviation {n}",
    "noise": "ε normal of deviation {n}",
    "noisy": "A_s of each noisy input s",
    "hessian": "H the Hessian of what g is the gradient of",
    "singular": "first right singular vector of X (n, C)",
    "of-activations": "X = activations",
    "of-centred": "X = centred",
    "of-products": "X = products",
    "m-activations": "M the activations",
    "m-products": "M the products",
    "less-means": "less the means of rows and columns",
    "eigenvalue": "the largest eigenvalue of K",
    "rising": "rising with the mean over channels",
    "over-places": "over the places of A_k",
    "above": "1 where A_k,ij > t_k, else 0",
    "nothing": "0: nothing speaks for the target, or all places alike",
    "constant": "w_k = 0: each channel is the same everywhere",
    "chosen": "k of the {n} largest w_k, known in the end",
    "mask": "A_k, enlarged, scaled to [0, 1]",
    "noisy-mask": "A_k, enlarged, with normal noise of deviation {n}, scaled to [0, 1]",
    "confidence-of-channel": "confidence of the target for x · M_k,i",
    "confidence": "confidence of the target for x · M_i",
    "without": "y with A_k set to zero",
    "affine": "as the head is affine",
    "shown": "i of the {n} smallest and largest p_i of {all}, known in the end",
    "by-chance": "M_i by chance, {n} of the image open",
    "all-masks": "over all N = {n} masks",
    "patched": "x without {n} x {n} pixels at {stride} (r, c)",
    "patches": "n = patches of {n} pixels, {stride} apart, that cover a pixel",
    "mean-drop": "Σ of d_rc over the patches that cover a pixel",
    "shares": "Σ x · ∂y/∂x, then Σ b · ∂y/∂z of each bias; they add up to y",
    "layer-maps": "then |b · ∂y/∂z| of each bias with a place, scaled to [0, 1], summed and enlarged",
    "heads": "mean over the heads of block l",
    "flow": "the last block first",
    "first-row": "first row of R, the class token's, at the grid's tokens",
    "mean-row": "mean over the grid's rows of R, at the grid's tokens",
    "rises": "mean over the heads of max(∂y_l/∂a_l, 0), y_l the score with block l as the last",
    "queries": "mean over the queries q of r_l,qn",
    "blocks": "mean over the blocks l of t_l, at the grid's tokens",
    "max-colours": "max over colours of |g|",
    "sum-colours": "Σ over colours of |g|",
    "sum-products": "Σ over colours of P",
    "inputs": "∂y/∂x at each of these inputs s",
    "faded": "∂y/∂x at t_s x",
    "mean-colour": "0 is the mean colour",
    "guided": "each ReLU passing max(g, 0) back",
    "bilinear": "bilinearly at the input's size",
    "random": "w_k by chance from −1 to 1, the same each time",
    "placed": "L_a of the placed image, brought back to its place",
    "visible": "1 where the placed image shows the pixel",
    "weights-of": "w_k of",
    "heatmaps": "the heatmap of each",
    "in-range": "M_l in [0, 1]",
    "candidate": "of candidate {n}",
    "places": "over {n} of {all} places",
}
"""Name -> the words that stand in formulas, as steps tell them; `{n}` is any number."""

_FIELD = re.compile(r"\\\{(\w+)\\\}")


def _pattern(phrase: str) -> re.Pattern[str]:
    """A phrase as what finds it: each field is a number, the same one wherever it stands again."""
    seen: set[str] = set()

    def field(match: re.Match[str]) -> str:
        name = match[1]
        if name in seen:
            return f"(?P={name})"
        seen.add(name)
        return rf"(?P<{name}>\d[\d.,]*(?:e[+-]?\d+)?)"

    return re.compile(rf"(?<![\w⁺]){_FIELD.sub(field, re.escape(phrase))}(?!\w)")


_PATTERNS = {key: _pattern(PHRASES[key]) for key in sorted(PHRASES, key=lambda key: -len(PHRASES[key]))}


def short(name: str, most: int = 60) -> str:
    """A name of a photo, a class or a network as it is shown: its beginning and its end where it is long."""
    return name if len(name) <= most else f"{name[: most - 20]}…{name[-19:]}"


@dataclass(frozen=True)
class Speech:
    """What a hand-out says, in one language. Raises `UnknownNameError` for a language that is not there."""

    language: str = "en"

    def __post_init__(self) -> None:
        table(self.language)

    def __call__(self, name: str, /, **params: object) -> str:
        """A word of `WORDS`."""
        return word(self.language, f"handout-{name}", WORDS[name], **params)

    def colon(self, before: str, after: str) -> str:
        """One thing and what is said of it."""
        return f"{before}：{after}" if self.language == "zh" else f"{before}: {after}"

    def axis(self, name: str) -> str:
        """What is counted along an axis of a step."""
        return word(self.language, f"axis-{slug(name)}", name)

    def step(self, name: str) -> str:
        """The title of a step."""
        return word(self.language, f"step-{name}", NAMES[name].title)

    def holds(self, name: str) -> str:
        """A step in a plain sentence."""
        text = word(self.language, f"step-{name}-holds", NAMES[name].holds)
        return text[:1].upper() + text[1:] + ("。" if self.language == "zh" else ".")

    def formula(self, formula: str) -> str:
        """A formula with its words in this language."""
        if self.language == "en":
            return formula
        for key, pattern in _PATTERNS.items():
            formula = pattern.sub(lambda found, key=key: self._phrase(key, found), formula)
        return formula.replace("`", "")

    def _phrase(self, key: str, found: re.Match[str]) -> str:
        return word(self.language, f"formula-{key}", PHRASES[key], **found.groupdict())

    def method(self, name: str, part: str = "title") -> str:
        """The title or the summary of a method; of one that is in no table its name, and nothing."""
        if name not in METHODS:
            return name if part == "title" else ""
        return word(self.language, f"method-{name}-{part}", getattr(METHODS[name], part))

    def combination(self, name: str) -> str:
        """The title of a combination."""
        return word(self.language, f"combination-{name}-title", COMBINATIONS[name].title)

    def effort(self, name: str) -> str:
        """How much of the work was done."""
        return word(self.language, f"effort-{name}-title", EFFORTS[name].title)

    def fit(self, name: str) -> str:
        """How the photo lies in the input, a sentence."""
        return word(self.language, f"fit-{name}", FITS[name])

    def colormap(self, name: str) -> str:
        """The name of a colormap."""
        return word(self.language, f"colormap-{name}", name)

    def refusal(self, error: CamError) -> str:
        """Why there are no steps."""
        return said(self.language, error.message)

    def labels(self, explanation: Explanation) -> tuple[str, ...]:
        """The names of the classes: those of ImageNet and of detectors in this language, others as they are."""
        labels = explanation.trace.model.labels
        if self.language != "en" and labels == imagenet_labels():
            return imagenet_labels(self.language)
        known = things_chinese() if self.language == "zh" else {}
        return tuple(known.get(label) or short(label) for label in labels)

    def titled(self, explanation: Explanation) -> str:
        """What the hand-out is about."""
        model, index = short(explanation.trace.model.title), explanation.class_index
        method = METHODS.get(explanation.method)
        if method and method.class_blind:
            return self("title-blind", model=model)
        if index is None:
            return self("title-score", model=model)
        return self("title", model=model, label=self.labels(explanation)[index])


ENGLISH = Speech()
