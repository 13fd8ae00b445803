"""A recipe: how a map is made, as somebody at a terminal or on the page chooses it by names.

Knows methods, contrasts and combinations; knows no layout and no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from ..errors import MethodError, unknown
from ..passes.trace import Trace
from ..tasks.targets import Contrast, Target, look_alikes, of_another_task
from .combinations import combine
from .effort import EFFORTS, EXACT, effort_obstacle
from .explanation import AllClasses, Explanation, all_classes, explain_steps, method_of


@dataclass(frozen=True)
class Recipe:
    """The `method`; whether the class is held against its look-alikes (`contrast`); the `combination`, or ""; the
    `effort` of a method that works step by step, a name in `EFFORTS`."""

    method: str = "gradcam"
    contrast: bool = False
    combination: str = ""
    effort: str = EXACT

    def target(self, trace: Trace, target: Any = None) -> Target:
        """Resolve what is explained: a class or what a caller gives, or that class against its look-alikes."""
        resolved = trace.target(target)
        if not self.contrast or resolved.index is None:
            return resolved
        if trace.logits.ndim > 1:
            raise of_another_task("trace.top()[0]")
        return Contrast(resolved.index, look_alikes(trace.logits, resolved.index))

    def explanations(self, trace: Trace, target: Any = None) -> Iterator[Explanation]:
        """Yield explanations that improve until the last one; a combination yields just that. Errors as `explain`'s.

        With less effort, `share` is that of the work that was asked for.
        """
        resolved = self.target(trace, target)
        if self.combination:
            yield combine(trace, self.combination, self.method, resolved)
        elif self.effort == EXACT:
            yield from explain_steps(trace, self.method, resolved)
        else:
            yield from self._approximations(trace, resolved)

    def _approximations(self, trace: Trace, target: Target) -> Iterator[Explanation]:
        if self.effort not in EFFORTS:
            raise unknown("effort", self.effort, EFFORTS)
        effort = EFFORTS[self.effort]
        reason = effort_obstacle(effort, method_of(self.method), trace)
        if reason:
            raise MethodError(reason)
        precision = torch.bfloat16 if effort.half else trace.precision
        working = replace(trace, precision=precision, part=effort.share)
        for explanation in explain_steps(working, self.method, target):
            share = min(1.0, explanation.share / effort.share)
            yield replace(explanation, trace=trace, effort=self.effort, share=share)
            if share == 1:
                return

    def all_classes(self, trace: Trace) -> AllClasses | None:
        """Return the maps of all classes, or None where that would not be quick."""
        return None if self.combination else all_classes(trace, self.method, contrast=self.contrast)

    def check_cost(self) -> None:
        """Raise `MethodError` for a combination of maps that take a while each: it would take very long."""
        if self.combination and not self.quick:
            raise MethodError(
                "combine-too-slow",
                "{method} takes a while for a single map. Combine the maps of an instant method instead.",
                method=method_of(self.method).said_title,
            )

    @property
    def quick(self) -> bool:
        """Whether a map takes no more than a few passes of the model."""
        return not method_of(self.method).streams
