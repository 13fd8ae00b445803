"""Telling steps: a function names the tensors that it computes, and whoever listens keeps them.

A method writes `weights = tell("weights", gradients.mean((-2, -1)), "w_k = ...", "gradients")` where it would have
written `weights = gradients.mean((-2, -1))`. Nobody listens while maps are made; `cam.steps` does, in a run of its
own. What each name stands for is in `NAMES`. Knows frames and source text; knows no method.
"""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from types import CodeType
from typing import Any

import torch

from .step_names import NAMES

__all__ = ["NAMES", "Story", "Told", "body_of", "gather", "listen", "listening", "tell", "untold"]


@dataclass
class Told:
    """One tensor as it was told: in `parts` where it comes piece by piece, and the line that told it."""

    name: str
    parts: list[torch.Tensor]
    formula: str
    follows: tuple[str, ...]
    labels: tuple[str, ...]
    where: tuple[CodeType, int]

    @property
    def tensor(self) -> torch.Tensor:
        """The tensor, detached, float32, on the CPU."""
        parts = [part.detach().float().cpu() for part in self.parts]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    @property
    def code(self) -> str:
        """The statements that compute it, as `code_at` finds them."""
        return code_at(*self.where)


class Story:
    """What was told, in order. A name that is told again, as in a loop, counts as it was told last."""

    def __init__(self) -> None:
        self.told: dict[str, Told] = {}

    def add(self, told: Told) -> None:
        """Keep what is told, in place of what was told by that name."""
        self.told.pop(told.name, None)
        self.told[told.name] = told

    def extend(self, told: Told) -> None:
        """Keep one more part of a tensor that comes piece by piece."""
        before = self.told.get(told.name)
        if before is not None:
            told.parts, told.labels = before.parts + told.parts, before.labels + told.labels
        self.add(told)


_LISTENER: ContextVar[Story | None] = ContextVar("listener", default=None)


def tell(name: str, tensor: torch.Tensor, formula: str = "", *follows: str, labels: Sequence[str] = ()) -> torch.Tensor:
    """Return `tensor`, and let it be known as the step `name` of `NAMES`, if anybody listens.

    `follows` are the names, told before, that the formula computes it from; `labels` name what lies along its first
    axis, as layers, where numbers do not.
    """
    story = _LISTENER.get()
    if story is not None:
        story.add(_told(name, tensor, formula, follows, labels))
    return tensor


def gather(
    name: str, tensor: torch.Tensor, formula: str = "", *follows: str, labels: Sequence[str] = ()
) -> torch.Tensor:
    """As `tell`, for a tensor that comes piece by piece: the pieces lie one after another along the first axis."""
    story = _LISTENER.get()
    if story is not None:
        story.extend(_told(name, tensor, formula, follows, labels))
    return tensor


def _told(name: str, tensor: torch.Tensor, formula: str, follows: tuple[str, ...], labels: Sequence[str]) -> Told:
    caller = sys._getframe(2)
    return Told(name, [tensor], formula, follows, tuple(labels), (caller.f_code, caller.f_lineno))


def listening() -> bool:
    """Whether anybody listens: for what is computed only to be told."""
    return _LISTENER.get() is not None


@contextmanager
def listen() -> Iterator[Story]:
    """Keep what is told within the block, in this thread."""
    story = Story()
    before = _LISTENER.set(story)
    try:
        yield story
    finally:
        _LISTENER.reset(before)


@contextmanager
def untold() -> Iterator[None]:
    """Let nothing be known of what is computed within the block: a map on the way to another has a story of its own."""
    before = _LISTENER.set(None)
    try:
        yield
    finally:
        _LISTENER.reset(before)


# --- the lines of code that tell --------------------------------------------------------------------------------------


@cache
def code_at(code: CodeType, line: int) -> str:
    """Return the statements that compute what is told in a line of a function; "" where there is no source.

    These are the statement itself, without the word `tell` around its value, and those before it in the same block
    that tell nothing by themselves; of a name that was computed elsewhere, the statement that did.
    """
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError):
        return ""
    tree = ast.parse(textwrap.dedent("".join(lines)))
    block, number = _place(tree.body, line - first + 1)
    start = number
    while start > 0 and not _tells(block[start - 1]) and not _is_text(block[start - 1]):
        start -= 1
    shown = block[start : number + 1]
    statement = block[number]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):  # told on a line of its own
        name = _root(statement.value.args[1])
        if any(name in _binds(one) for one in shown[:-1]):
            shown = shown[:-1]
        else:
            before = [one for one in _assignments(tree) if one.lineno < statement.lineno and name in _binds(one)]
            shown = before[-1:] or [statement]
    return _shown(shown)


def body_of(function: Callable[..., Any]) -> str:
    """Return the statements of a function, without its docstring; "" where there is no source."""
    try:
        (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    except (OSError, TypeError):
        return ""
    assert isinstance(definition, ast.FunctionDef)
    return _shown([one for one in definition.body if not _is_text(one)])


def _place(block: list[ast.stmt], line: int) -> tuple[list[ast.stmt], int]:
    """The innermost block around a line, and the number of its statement there."""
    number = max(index for index, one in enumerate(block) if one.lineno <= line)
    for field in ("body", "orelse", "finalbody"):
        inner = getattr(block[number], field, [])
        if inner and inner[0].lineno <= line <= (inner[-1].end_lineno or 0):
            return _place(inner, line)
    return block, number


def _assignments(tree: ast.Module) -> list[ast.stmt]:
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AugAssign))]
    return sorted(found, key=lambda one: one.lineno)


def _root(node: ast.AST) -> str:
    """The name of which an expression is the value or a part, "" for others."""
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return _root(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):  # as `rows.flatten()`
        return _root(node.func)
    return node.id if isinstance(node, ast.Name) else ""


def _binds(statement: ast.stmt) -> set[str]:
    """The names that a statement, and what is inside of it, gives values to, in part or as a whole."""
    stored = (node for node in ast.walk(statement) if isinstance(getattr(node, "ctx", None), ast.Store))
    return {_root(node) for node in stored} - {""}


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _called(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


def _tells(statement: ast.stmt) -> bool:
    return any(_called(node, "tell", "gather") for node in ast.walk(statement))


class _Silent(ast.NodeTransformer):
    """The same code for one who does not listen."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return node.args[1] if _called(node, "tell", "gather") else node

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if _called(node.test, "listening"):
            return None
        self.generic_visit(node)
        return node


def _shown(statements: list[ast.stmt]) -> str:
    silent = [_Silent().visit(one) for one in statements]
    return "\n".join(ast.unparse(ast.fix_missing_locations(one)) for one in silent if one is not None)
