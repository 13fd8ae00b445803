"""A recipe: how a map is made, as somebody at a terminal or on the page chooses it by names.

Knows methods, contrasts and combinations; knows no layout and no files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .combinators import combine
from .explanation import AllClasses, Explanation, all_classes, explain_steps, method_of
from .targets import Contrast, Target, look_alikes
from .tracing import Trace


@dataclass(frozen=True)
class Recipe:
    """The `method`; whether the class is held against its look-alikes (`contrast`); the `combination`, or ""."""

    method: str = "gradcam"
    contrast: bool = False
    combination: str = ""

    def target(self, trace: Trace, target: Any = None) -> Target:
        """Resolve what is explained: a class or what a caller gives, or that class against its look-alikes."""
        resolved = trace.target(target)
        if not self.contrast or resolved.index is None:
            return resolved
        return Contrast(resolved.index, look_alikes(trace.logits, resolved.index))

    def explanations(self, trace: Trace, target: Any = None) -> Iterator[Explanation]:
        """Yield explanations that improve until the last one; a combination yields just that. Errors as `explain`'s."""
        resolved = self.target(trace, target)
        if self.combination:
            yield combine(trace, self.combination, self.method, resolved)
        else:
            yield from explain_steps(trace, self.method, resolved)

    def all_classes(self, trace: Trace) -> AllClasses | None:
        """Return the maps of all classes, or None where that would not be quick."""
        return None if self.combination else all_classes(trace, self.method, contrast=self.contrast)

    @property
    def quick(self) -> bool:
        """Whether a map takes no more than a few passes of the model."""
        return not method_of(self.method).streams
