"""The only hooks on a network and the only lock around one.

A hook that one thread sets changes what another thread computes, so every forward pass of the project, with or
without a hook, runs inside `running(net)`. A pass that the network's owner did not ask for, such as one on noise or on
a smaller picture, runs inside `trial(net)` as well, which undoes what the network changed of itself. Knows modules and
tensors; knows nothing about maps or classes.
"""

from __future__ import annotations

import collections
import functools
import itertools
import operator
import random
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy
import torch
from torch import nn

from ..errors import unknown
from .graphs import Edge, edge_of, has_no_derivative
from .layouts import tensors_in

_LOCKS: weakref.WeakKeyDictionary[nn.Module, threading.RLock] = weakref.WeakKeyDictionary()
_LOCKS_GUARD = threading.Lock()


def lock_of(net: nn.Module) -> threading.RLock:
    """Return the lock of this network: one for the network, however many `Model`s wrap it."""
    with _LOCKS_GUARD:
        return _LOCKS.setdefault(net, threading.RLock())


def module_at(net: nn.Module, name: str, offered: Iterable[str] = ()) -> nn.Module:
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
        if module.training:
            found.append(module)
        if module._modules:
            waiting += [child for child in module._modules.values() if child is not None]
    return found


@contextmanager
def running(net: nn.Module) -> Iterator[nn.Module]:
    """Hold the network's lock with the network in eval mode; every `training` flag is put back afterwards.

    Compiled parts run as they were before they were compiled, and attention without PyTorch's fast path: neither calls
    the hooks of the modules inside.
    """
    with lock_of(net):
        training = _training(net)
        try:
            for module in training:
                module.training = False
            with _uncompiled(net):
                yield net
        finally:
            for module in training:
                module.training = True


_SHORT_CUTS: weakref.WeakKeyDictionary[nn.Module, tuple[bool, bool]] = weakref.WeakKeyDictionary()
_fast_path_guard = threading.Lock()
_fast_path_off: list[bool] = []  # what the setting was, once for each pass that runs without it


@contextmanager
def _uncompiled(net: nn.Module) -> Iterator[None]:
    """Hold off what runs modules without calling them; which of it a network has is found out once."""
    if net not in _SHORT_CUTS:
        inside = [module for module in net.modules() if not isinstance(module, torch.jit.ScriptModule)]
        compiled = any(
            type(one).__name__ == "OptimizedModule"
            or one._compiled_call_impl
            or type(one).__module__
            == "torchvision.ops.poolers"  # compiles a function of its own where it has no kernel
            for one in inside
        )
        _SHORT_CUTS[net] = compiled, any(isinstance(one, nn.TransformerEncoderLayer) for one in inside)
    compiled, fast_path = _SHORT_CUTS[net]
    with ExitStack() as stack:
        if compiled:
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        if fast_path:
            stack.enter_context(_without_fast_path())
        yield


@contextmanager
def _without_fast_path() -> Iterator[None]:
    """The setting is the whole process's: the first pass that needs it off keeps what it was, the last restores it."""
    with _fast_path_guard:
        _fast_path_off.append(_fast_path_off[0] if _fast_path_off else torch.backends.mha.get_fastpath_enabled())
        torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        with _fast_path_guard:
            before = _fast_path_off.pop()
            if not _fast_path_off:
                torch.backends.mha.set_fastpath_enabled(before)


def unwrapped(net: nn.Module) -> nn.Module:
    """Return the module inside `torch.compile`'s, DataParallel's and DistributedDataParallel's wrappers."""
    while True:
        if type(net).__name__ == "OptimizedModule":
            net = net.get_submodule("_orig_mod")
        elif isinstance(net, (nn.DataParallel, nn.parallel.DistributedDataParallel)):
            net = net.module
        else:
            return net


class _Kept:
    """What a dict, list, set, deque, tensor or generator of random numbers was before a trial."""

    def __init__(self, part: Any) -> None:
        self.part, self.copy = part, _copy(part)

    def put_back(self) -> bool:
        """Undo every change; returns whether there was one."""
        part, copy = self.part, self.copy
        if isinstance(part, torch.Tensor):
            same = _equal(part, copy)
            if same:
                return False
            with torch.no_grad():
                part.copy_(copy)
        elif type(part) is torch.Generator:
            same = torch.equal(part.get_state(), copy)
            part.set_state(copy)
        else:
            same = part == copy if isinstance(part, set) else _alike(part, copy)
            if not same:
                part.clear()
                (part.update if isinstance(part, (dict, set)) else part.extend)(copy)
        return not same


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors have the same values; what is not a number equals itself."""
    if one.shape != other.shape:
        return False
    return torch.equal(one, other) or bool(((one == other) | ((one != one) & (other != other))).all())


def _is_whole(part: Any) -> bool:
    """Whether nothing is looked for inside: a tensor or a generator."""
    return isinstance(part, torch.Tensor) or type(part) is torch.Generator


def _copy(part: Any) -> Any:
    if isinstance(part, torch.Tensor):
        return part.detach().clone()
    if type(part) is torch.Generator:
        return part.get_state()
    return dict(part) if isinstance(part, dict) else set(part) if isinstance(part, set) else list(part)


def _alike(part: Any, copy: Any) -> bool:
    """Whether two dicts or two lists have the same objects in the same order."""
    return len(part) == len(copy) and all(map(operator.is_, _members(part), _members(copy)))


def _members(part: Any) -> Iterable:
    return itertools.chain(part.keys(), part.values()) if isinstance(part, dict) else part


def _changeable(net: nn.Module) -> Iterator[Any]:
    """Everything that a network may change of itself: its modules' attributes and buffers, and what these hold; and
    the hooks on them, which a network may set on itself in its first pass and note that it did.

    Its parameters are left out, and what lies deeper than containers and objects in an attribute.
    """
    seen: set[int] = set()
    waiting: list[tuple[Any, int]] = []
    for module in net.modules():
        own = [value for key, value in module.__dict__.items() if key not in _EVERY_MODULES]
        waiting.append((own + [tensor for tensor in module._buffers.values() if tensor is not None], 0))
        yield module.__dict__
        yield from (hooks for key in _HOOKS if isinstance(hooks := module.__dict__.get(key), dict))
        if isinstance(module._buffers, dict):  # a scripted module has a view of them
            yield module._buffers
    while waiting:
        holder, depth = waiting.pop()
        members = holder.values() if isinstance(holder, dict) else holder
        for part in map(_inside, members if len(holder) <= _MANY else ()):
            if part is None or id(part) in seen:
                continue
            seen.add(id(part))
            yield part
            if depth < _DEPTH and not _is_whole(part):
                waiting.append((part, depth + 1))


_EVERY_MODULES = frozenset(vars(nn.Module()))
_HOOKS = sorted(key for key in _EVERY_MODULES if "_hooks" in key)
_DEPTH, _MANY = 2, 1000  # how deep, and into containers of how many members, changes are looked for
_CONSTANTS = {bool, int, float, str, bytes, type(None), tuple, torch.dtype, torch.device, torch.Size}
_FOREIGN = {*sys.stdlib_module_names, "torch"} - {"types", "argparse"}  # whose objects belong to others, too


@functools.cache
def _kind_of(kind: type) -> str:
    """What is looked for in values of a type: the "value" itself, its "attributes", or nothing."""
    if kind in _CONSTANTS:
        return ""
    if issubclass(kind, (torch.Tensor, list, dict, set, collections.deque)) or kind is torch.Generator:
        return "value"
    called = any("__call__" in vars(base) for base in kind.__mro__)
    return "" if called or kind.__module__.partition(".")[0] in _FOREIGN else "attributes"


def _inside(value: Any) -> Any:
    """What of a value can be changed: itself, or an object's attributes; None where it is left alone."""
    kind = _kind_of(type(value))
    if kind == "attributes":
        return getattr(value, "__dict__", None)
    return value if kind and not (isinstance(value, torch.Tensor) and value.is_inference()) else None


@dataclass(eq=False)
class Trial:
    """A pass that nobody asked for; `changed` says afterwards whether the network changed something of itself."""

    changed: bool = False


_TRIED: weakref.WeakSet[nn.Module] = weakref.WeakSet()  # networks within a trial: its thread holds their lock


@contextmanager
def trial(net: nn.Module) -> Iterator[Trial]:
    """Within the block passes may be tried; afterwards every attribute and buffer of the network is as before.

    Random numbers are drawn from a fixed seed and the caller's generator stays where it was. Holds the lock. A trial
    within a trial leaves the undoing to the outer one.
    """
    found = Trial()
    with lock_of(net), torch.inference_mode(False), torch.random.fork_rng(devices=[]), _other_random_numbers():
        torch.manual_seed(0)
        if net in _TRIED:
            yield found
            return
        _TRIED.add(net)
        kept = [_Kept(part) for part in _changeable(net)]
        try:
            yield found
        finally:
            _TRIED.discard(net)
            found.changed = sum(one.put_back() for one in kept) > 0  # all of them, not just the first


@contextmanager
def frozen(net: nn.Module) -> Iterator[None]:
    """Within the block no weight asks for a gradient, so that what does depends on the input. Use inside `running`."""
    trained = [parameter for parameter in net.parameters() if parameter.requires_grad and parameter.is_leaf]
    try:
        for parameter in trained:
            parameter.requires_grad = False
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad = True


@contextmanager
def _other_random_numbers() -> Iterator[None]:
    """Within the block Python's and numpy's generators start from a fixed seed; afterwards they are as before."""
    before = random.getstate(), numpy.random.get_state()
    random.seed(0)
    numpy.random.seed(0)
    try:
        yield
    finally:
        random.setstate(before[0])
        numpy.random.set_state(before[1])


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

    `source` is its first argument, None where it has none. `edges`: where the output's tensors stand in the graph, by
    their path in it; `lost`: what came in was in a graph, and what went out is not. `versions` of the output's tensors
    when it was handed on, which grow with each writing.
    """

    name: str
    module: nn.Module
    source: Any
    output: Any
    edges: dict[tuple, Edge] = field(default_factory=dict, repr=False)
    lost: bool = False
    versions: tuple[int, ...] = field(default=(), repr=False)

    @property
    def written_later(self) -> bool:
        """Whether something was written into the output after it was handed on."""
        return self.versions != _versions(self.output)

    @property
    def reshaped(self) -> bool:
        """Whether the output is the input's own memory seen in another shape."""
        if not isinstance(self.source, torch.Tensor) or not isinstance(self.output, torch.Tensor):
            return False
        return self.source.data_ptr() == self.output.data_ptr() and self.source.shape != self.output.shape


def _call(name: str, module: nn.Module, args: tuple, output: Any) -> Call:
    made = list(tensors_in(output))
    edges = {path: edge for path, tensor in made if (edge := edge_of(tensor)) and not has_no_derivative(edge.node)}
    lost = bool(made) and not edges and any(tensor.requires_grad for _, tensor in tensors_in(args))
    return Call(name, module, args[0] if args else None, output, edges, lost, _versions(output))


def _versions(output: Any) -> tuple[int, ...]:
    return tuple(0 if tensor.is_inference() else tensor._version for _, tensor in tensors_in(output))


class _Enough(BaseException):
    """All that was to be seen of a pass was seen. No `Exception`, so that no network takes it for one of its own."""


def record(
    net: nn.Module,
    inputs: torch.Tensor,
    names: Collection[str] | None = None,
    counts: Mapping[str, int] | None = None,
) -> tuple[list[Call], Any]:
    """Run one pass; return the call of every module, or of `names`, in the order in which they end, and the output.

    With `counts`, how often each of `names` is called, the pass ends behind the last of these calls, with None for its
    output. The graph is that of the caller's gradient mode. Scripted and traced modules take no hooks and are left out.
    """
    calls: list[Call] = []
    handles = []
    missing = collections.Counter(counts)

    def note(name: str) -> Callable[..., None]:
        def noted(module: nn.Module, args: tuple, output: Any) -> None:
            calls.append(_call(name, module, args, output))
            missing[name] -= 1
            if counts is not None and not any(count > 0 for count in missing.values()):
                raise _Enough

        return noted

    with running(net):
        try:
            for name, module in net.named_modules():
                if name and (names is None or name in names) and not isinstance(module, torch.jit.ScriptModule):
                    handles.append(module.register_forward_hook(note(name)))
            output = net(inputs)
        except _Enough:
            output = None
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
