"""Detection: a network gives boxes with scores; a finding is a box, its score the logit of the candidate it came from.

Networks either return all their candidates, `Boxes`, of which those that stand out are chosen here, or a choice of
their own, as torchvision's: dictionaries with boxes, labels and scores. Of these the logit is what the score is the
sigmoid of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from ..errors import TargetError
from ..messages import Message
from ..photos.views import Box
from . import targets
from .boxes import LOST, BoxContrast, Boxes, BoxScore, kept
from .scores import probabilities
from .targets import Target
from .task import Answer, Task, to_photo

LEAST = 0.3  # probability of a candidate that is a finding
OVERLAP = 0.5  # IoU of two boxes of one class, of which the better is kept
_ROUNDING = 1e-5  # pixels and logits: what a candidate may differ by that nothing happened to
_CONSIDERED = 1000  # candidates, the most probable
_CHOSEN = 300  # boxes of an image whose network chooses itself: answers are filled up to that
_TORCHVISION = {"boxes", "labels", "scores"}
_KNOWN_CLASSES = 91  # of torchvision's detectors, where the network does not say


@dataclass(frozen=True)
class Detection:
    """A box (left, top, right, bottom) in pixels of the photo, its class, and the class's probability in [0, 1]."""

    index: int
    label: str
    probability: float
    box: Box
    candidate: int = field(repr=False)
    inside: Box = field(repr=False)  # in pixels of the input


@dataclass(frozen=True)
class Detecting(Task):
    """Answers are candidates (B, N, 4 + K). `chosen`: the network chose its boxes itself, of so many `classes`."""

    chosen: bool = False
    classes: int = 0
    name = "detection"
    axes = 2
    uneven = True

    @property
    def own_scores(self) -> str:
        return "sigmoid" if self.chosen else ""

    @property
    def untouched(self) -> Callable[[torch.Tensor, torch.Tensor], bool]:
        """Whether a candidate is as it was; of a network's own choice whatever its place in the list."""

        def same(before: torch.Tensor, after: torch.Tensor) -> bool:
            one, other = before[0].float(), after[0].float()
            if not self.chosen:
                return one.shape == other.shape and bool(((one - other).abs().amax(-1) <= _ROUNDING).any())
            real = one[one[:, 4:].amax(-1) > torch.logit(torch.tensor(2 * LOST))]
            return bool(len(real)) and bool((torch.cdist(real, other, p=torch.inf) <= _ROUNDING).any())

        return same

    def recognises(self, returned: Any) -> bool:
        if isinstance(getattr(returned, "pred_boxes", None), torch.Tensor):
            raise TargetError(
                "boxes-relative",
                "The network returned {returned}: boxes beside logits, as DETR does. Say how they become boxes in "
                'pixels, for an input of 800 x 800: wrap_model(net, scores="softmax", output=lambda out: '
                "Boxes.relative(out.pred_boxes, out.logits, (800, 800))).",
                returned=targets.described(returned),
            )
        return isinstance(returned, Boxes) or _list_of(returned, Boxes) or _is_chosen(returned)

    def fitted(self, net: nn.Module, labels: Sequence[str] | None, returned: Any) -> Detecting:
        return Detecting(
            _is_chosen(returned), self.classes or (len(labels) if labels is not None else _classes_of(net))
        )

    def values(self, returned: Any) -> torch.Tensor:
        if _is_chosen(returned):
            return _filled([self._of_dict(one) for one in returned])
        if _list_of(returned, Boxes):
            return _filled([_joined(one) for one in returned])
        if not isinstance(returned, Boxes):
            raise _no_boxes(returned)
        joined = _joined(returned)
        return joined if joined.ndim == 3 else joined[None]

    def _of_dict(self, found: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """The candidates (N, 4 + K) of a network's own choice: of all other classes nothing was found."""
        boxes, labels, scores = (found[name] for name in ("boxes", "labels", "scores"))
        if len(labels) and int(labels.max()) >= self.classes:
            raise TargetError(
                "box-label",
                "The network found a box of class {label}, and there are {count} labels. Give a label for each number "
                "that it may return: wrap_model(net, labels=[...]).",
                label=int(labels.max()),
                count=self.classes,
            )
        lost = torch.logit(scores.new_tensor(LOST))
        own = F.one_hot(labels.long(), self.classes).bool()
        return torch.cat([boxes, torch.where(own, torch.logit(scores, 1e-7)[:, None], lost)], 1)

    def by_class(self, values: torch.Tensor) -> torch.Tensor:
        return values[..., 4:]

    def usual_scores(self, values: torch.Tensor) -> str:
        return "sigmoid"

    def changed(self, values: torch.Tensor, function: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
        return torch.cat([values[..., :4], function(values[..., 4:])], -1)

    def names(self, values: torch.Tensor, labels: Sequence[str] | None) -> tuple[str, ...]:
        """One name less than logits: the last then stands for no object, and is never found."""
        if labels is not None and len(labels) == values.shape[-1] - 5:
            return tuple(labels)
        return super().names(values, labels)

    def findings(self, answer: Answer, k: int) -> list[Detection]:
        chances = self._chances(answer)
        values, best = chances.max(-1)  # a candidate is of one class
        order = values.argsort(descending=True, stable=True)[:_CONSIDERED]
        rows = order[values[order] > (2 * LOST if self.chosen else LEAST)]
        classes = best[rows]
        found = list(range(len(rows)))
        if not self.chosen:
            boxes = answer.logits[rows, :4]
            apart = classes[:, None] * (boxes.abs().max() * 2 + 1 if len(boxes) else 0)  # classes never overlap
            found = kept(boxes + apart, OVERLAP)
        return [self._finding(answer, chances, int(rows[one]), int(classes[one])) for one in found[:k]]

    def listed(self, answer: Answer) -> list[Detection]:
        """Where nothing stands out it is the most probable candidate alone."""
        found = super().listed(answer) or []
        chances = self._chances(answer)
        if found or not len(chances) or chances.max() <= 2 * LOST:
            return found
        row, index = divmod(int(chances.argmax()), chances.shape[1])
        return [self._finding(answer, chances, row, index)]

    def _chances(self, answer: Answer) -> torch.Tensor:
        return probabilities(answer.logits[:, 4:], answer.scores)[:, : len(answer.labels)]

    def _finding(self, answer: Answer, chances: torch.Tensor, row: int, index: int) -> Detection:
        left, top, right, bottom = answer.logits[row, :4].tolist()
        inside, chance = (left, top, right, bottom), float(chances[row, index])
        return Detection(index, answer.labels[index], chance, to_photo(inside, answer.view), row, inside)

    def resolve(self, target: Any, answer: Answer) -> Target:
        """None means the most probable candidate, an index or a label that of its class, a finding its own box, a
        `BoxContrast` one held against another; a callable is a function of the candidates (N, 4 + K)."""
        if isinstance(target, Detection):
            return self._of_finding(target, answer)
        if isinstance(target, BoxContrast):
            return self._contrast(target, answer)
        if isinstance(target, targets.Against) and isinstance(target.target, BoxScore | BoxContrast | targets.Score):
            return targets.Against(self.resolve(target.target, answer))
        if isinstance(target, BoxScore | targets.Score):
            return target
        if isinstance(target, Target):
            raise targets.of_another_task("trace.top()[0]")
        if callable(target):
            return targets.Score(target, self.axes)
        chances = self._chances(answer)
        if target is None:
            index = int(chances.amax(0).argmax()) if len(chances) else 0
        else:
            index = targets.number_of(target, answer.labels)
        row = int(chances[:, index].argmax()) if len(chances) else -1
        if row < 0 or chances[row, index] <= 2 * LOST:
            raise _nothing_found(None if target is None else answer.labels[index])
        return self._score(answer, chances, row, index)

    def _of_finding(self, found: Detection, answer: Answer) -> BoxScore:
        rows = answer.logits[:, :4]
        if found.candidate < len(rows) and tuple(rows[found.candidate].tolist()) == found.inside:
            return self._score(answer, self._chances(answer), found.candidate, found.index)
        raise TargetError(
            "finding-elsewhere",
            "The {label} at {box} was not found in this pass. Take a finding of this trace: trace.top()[0].",
            label=found.label,
            box=", ".join(f"{side:.0f}" for side in found.box),
        )

    def _contrast(self, wanted: BoxContrast, answer: Answer) -> BoxContrast:
        box, other = self.resolve(wanted.box, answer), wanted.other
        if not isinstance(box, BoxScore):
            raise targets.of_another_task("trace.top()[0]")
        if isinstance(other, str | int):
            index = targets.number_of(other, answer.labels)
            against = self._score(answer, self._chances(answer), box.candidate, index)
        else:
            against = self.resolve(other, answer)
        if not isinstance(against, BoxScore) or (against.candidate, against.index) == (box.candidate, box.index):
            raise TargetError(
                "box-contrast-alone",
                "A contrast of a box needs another box, or another class for it: BoxContrast(found[0], found[1]).",
            )
        return BoxContrast(box, against)

    def _score(self, answer: Answer, chances: torch.Tensor, row: int, index: int) -> BoxScore:
        left, top, right, bottom = answer.logits[row, :4].tolist()
        return BoxScore(index, row, (left, top, right, bottom), tuple(chances[row].tolist()), answer.scores)

    def told(self, finding: Detection) -> dict[str, Any]:
        return super().told(finding) | {"box": [round(side, 2) for side in finding.box]}

    def told_target(self, target: Target, answer: Answer) -> dict[str, Any] | None:
        told, inner = super().told_target(target, answer), getattr(target, "target", target)
        both = {"box": inner.box, "other": inner.other} if isinstance(inner, BoxContrast) else {"box": inner}
        for name, score in both.items():
            if told is not None and isinstance(score, BoxScore):
                told[name] = [round(side, 2) for side in to_photo(score.box, answer.view)]
        if told is not None and isinstance(inner, BoxContrast):
            told["other_label"] = answer.labels[inner.other.index]
        return told


def _list_of(returned: Any, kind: type) -> bool:
    several = isinstance(returned, (list, tuple)) and not isinstance(returned, Boxes) and len(returned) > 0
    return several and all(isinstance(one, kind) for one in returned)


def _is_chosen(returned: Any) -> bool:
    return _list_of(returned, Mapping) and all(set(one) >= _TORCHVISION for one in returned)


def _joined(found: Boxes) -> torch.Tensor:
    """Boxes (..., N, 4) and logits (..., N, K) as one tensor; raises `TargetError` where they do not fit."""
    boxes, logits = found
    if boxes.ndim not in (2, 3) or boxes.shape[-1] != 4 or boxes.shape[:-1] != logits.shape[:-1]:
        raise _no_boxes(found)
    return torch.cat([boxes, logits.to(boxes)], -1)


def _filled(found: list[torch.Tensor]) -> torch.Tensor:
    """Candidates of several images, (n, 4 + K) each, as (B, N, 4 + K): the best first, filled up with lost ones."""
    most = max(_CHOSEN, *(len(one) for one in found)) if found else _CHOSEN
    lost = torch.logit(torch.tensor(LOST)).item()
    filled = []
    for one in found:
        empty = one.new_zeros(most - len(one), one.shape[1])
        empty[:, 4:] = lost
        filled.append(torch.cat([one, empty]))
    return torch.stack(filled)


def _classes_of(net: nn.Module) -> int:
    """How many classes a detector of torchvision's kind has, as its parts say."""
    for module in net.modules():
        if isinstance(linear := getattr(module, "cls_score", None), nn.Linear):
            return linear.out_features
        count = getattr(module, "num_classes", getattr(module, "num_columns", None))
        if isinstance(count, int) and count > 4:
            return count
    return _KNOWN_CLASSES


def _no_boxes(found: Any) -> TargetError:
    return TargetError(
        "output-no-boxes",
        "A detector's output is Boxes(boxes (N, 4) in pixels of the input, logits (N, K)), and this is {returned}. Say "
        'how it becomes that: wrap_model(net, output=lambda out: Boxes(out["boxes"], out["logits"])).',
        returned=targets.described(found),
    )


def _nothing_found(label: str | None) -> TargetError:
    what = Message("found-of-class", "a {label}", label=label) if label else Message("found-anything", "anything")
    return TargetError(
        "nothing-found",
        "The network did not find {what} in this image, so there is no box to explain. trace.top() says what it found.",
        what=what,
    )
