"""The only hooks on a network and the only lock around one.

A hook that one thread sets changes what another thread computes, so every forward pass of the project, with or
without a hook, runs inside `running(net)`. Knows modules and tensors; knows nothing about maps or classes.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from .errors import unknown

_LOCKS: weakref.WeakKeyDictionary[nn.Module, threading.RLock] = weakref.WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


def lock_of(net: nn.Module) -> threading.RLock:
    """Return the lock of this network: one for the network, however many `Model`s wrap it."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(net, threading.RLock())


def module_at(net: nn.Module, name: str, offered=()) -> nn.Module:
    """Return the module at the dotted path `name`; raises `UnknownNameError` that names near matches."""
    try:
        module = net.get_submodule(name) if name else None
    except AttributeError:
        module = None
    if module is None:
        others = (path for path, _ in net.named_modules() if path and path not in offered)
        raise unknown("layer", name, [*offered, *others])
    return module


def _training(net: nn.Module) -> list[nn.Module]:
    """The modules of a network that are in training mode, some more than once.

    Looked up in each pass, because modules and flags may have changed since the last one; through `net.modules()` it
    would take five times as long.
    """
    found, waiting = [], [net]
    while waiting:
        module = waiting.pop()
        if module is not None:
            if module.training:
                found.append(module)
            if module._modules:
                waiting += module._modules.values()
    return found


@contextmanager
def running(net: nn.Module) -> Iterator[nn.Module]:
    """Hold the network's lock with the network in eval mode; every `training` flag is put back afterwards."""
    with lock_of(net):
        training = _training(net)
        try:
            for module in training:
                module.training = False
            yield net
        finally:
            for module in training:
                module.training = True


@contextmanager
def tapped(module: nn.Module, function: Callable[[Any], Any]) -> Iterator[None]:
    """Within the block, each output of `module` becomes `function(output)`. Use inside `running`."""
    handle = module.register_forward_hook(lambda _module, _inputs, output: function(output))
    try:
        yield
    finally:
        handle.remove()


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module in a forward pass: its dotted `name`, the `module`, and its `output` as returned.

    `source` is its first argument, None where it has none.
    """

    name: str
    module: nn.Module
    source: Any
    output: Any

    @property
    def reshaped(self) -> bool:
        """Whether the output is the input's own memory seen in another shape."""
        if not isinstance(self.source, torch.Tensor) or not isinstance(self.output, torch.Tensor):
            return False
        return self.source.data_ptr() == self.output.data_ptr() and self.source.shape != self.output.shape


def record(net: nn.Module, inputs: torch.Tensor) -> tuple[list[Call], torch.Tensor]:
    """Run one graph-free pass; return every module's call in the order in which they end, and the output."""
    calls: list[Call] = []
    handles = []

    def note(name: str):
        def hook(module, args, output):
            calls.append(Call(name, module, args[0] if args else None, output))

        return hook

    with running(net), torch.no_grad():
        try:
            for name, module in net.named_modules():
                if name:
                    handles.append(module.register_forward_hook(note(name)))
            output = net(inputs)
        finally:
            for handle in handles:
                handle.remove()
    return calls, output


@contextmanager
def noted(net: nn.Module, names: Iterable[str], note: Callable[[str, Any], Any]) -> Iterator[None]:
    """Within the block, which holds the lock, outputs of the modules `names` become `note(name, output)`."""
    with ExitStack() as stack:
        stack.enter_context(running(net))
        for name in names:
            stack.enter_context(tapped(module_at(net, name), partial(note, name)))
        yield
