"""A `Trace`: one recorded forward pass of a model on an image, from which every map is computed.

Knows passes, gradients and chunks; knows no method.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from PIL import Image
from torch.overrides import TorchFunctionMode

from ..errors import LayerError, TargetError, unknown
from ..messages import Message
from ..models.load import Model
from ..network import findings, graphs, hooks, watching
from ..network.layouts import Layout
from ..photos.views import View
from ..tasks import targets
from ..tasks.classification import Prediction  # noqa: F401  (what `top` returns of a classifier)
from ..tasks.task import Answer
from . import recording
from .again import Again

_GRADIENTS_KEPT = 2  # of a trace, for targets that are asked for again, at most
_GRADIENT_BYTES = 2**20  # of them, at most; the last one is kept whatever its size


@dataclass(frozen=True, eq=False)
class Trace(Again):
    """One recorded pass: `image` as shown, its `view`, `input` (1, C, H, W), `layer`, `activations` (C, h, w) and
    `logits` (K,), of another task its answer; all detached and in float32 except `input`, which has the network's type.
    `call`: which of the layer's calls, -1 the last. `precision`: the type that `scores_of_images` casts to where it is
    safe to, None for the network's own. `part`: the share of a method's steps behind which it may be left, from 0 to 1.
    `detail`: the factor on the model's input size that was asked for. `black()` makes the input of a black image.
    Without a layer, as of a network that has no map inside, `layer` is "" and `activations` are empty."""

    model: Model
    image: Image.Image = field(repr=False)
    view: View
    fit: str
    input: torch.Tensor = field(repr=False)
    layer: str
    activations: torch.Tensor = field(repr=False)
    logits: torch.Tensor = field(repr=False)
    nbytes: int
    _layout: Layout = field(repr=False)
    _leaf: torch.Tensor = field(repr=False)
    _scores: torch.Tensor = field(repr=False)
    _first_order_only: bool = field(repr=False)
    _calls: int = field(repr=False)
    black: Callable[[], torch.Tensor] = field(repr=False)
    call: int = -1
    precision: torch.dtype | None = None
    part: float = 1.0
    detail: float = 1.0
    _memo: OrderedDict = field(repr=False, default_factory=OrderedDict)

    def top(self, k: int = 5) -> list[Any]:
        """Return the `k` most confident findings of the model's task, best first: of classes `Prediction`s, the most
        probable; of a detector `Detection`s; of a network that answers for each place `Region`s."""
        return self.model.reader.task.findings(self.answer, k)

    def target(self, target: Any = None) -> targets.Target:
        """Resolve None (the most confident finding), a finding, an index, a label or a callable of the logits."""
        return self.model.reader.task.resolve(target, self.answer)

    def finding(self, number: int, k: int = 1000) -> Any:
        """Return a finding by its number in the list of `top`, from 1; raises `UnknownNameError` for another number."""
        found = self.top(k)
        if 1 <= number <= len(found):
            return found[number - 1]
        listed = [f"1 to {len(found)}"] if found else []
        raise unknown("finding", number, listed or ["none: nothing was found"])

    @cached_property
    def answer(self) -> Answer:
        """What the network said about the image, as its task reads it."""
        return Answer(self.logits, self.model.labels, self.model.scores, self.view)

    @cached_property
    def listed(self) -> list[Any] | None:
        """What was found and is chosen by its number, from 0; None where every class is chosen by its index."""
        return self.model.reader.task.listed(self.answer)

    def gradients(self, target: Any = None) -> torch.Tensor:
        """Return d(target)/d(activations), (C, h, w) float32: one backward pass through the head, kept per target.

        Raises `LayerError` when the score does not depend on the layer, `TargetError` when the target is no function
        of the logits.
        """
        resolved = self.target(target)
        with hooks.lock_of(self.model.net):
            if resolved not in self._memo:
                self._remember(resolved, self._gradient(resolved))
            self._memo.move_to_end(resolved)
            kept = self._memo[resolved]
        if kept is None and self.logits.ndim > 1:
            raise LayerError(_not_of_finding(self))
        return self._as_maps(None) if kept is None else kept

    def _gradient(self, target: targets.Target) -> torch.Tensor | None:
        reason = self.no_gradient
        if reason:
            raise LayerError(reason)
        return _gradients(self._scores, target, [self._leaf])[0]

    @cached_property
    def no_gradient(self) -> Message | None:
        """Why no score has a gradient at this layer, a sentence; None where it has one."""
        if not self.layer:
            return _no_layer(self.model)
        trained = any(parameter.requires_grad for parameter in self.model.net.parameters())
        if self._scores.requires_grad and not (trained and not graphs.between(self._scores, self._leaf)):
            return None
        place = recording.where_gradients_end(self.model, self.input, self.layer, self._calls - 1)
        return Message(
            "layer-no-gradient",
            "The score does not depend on layer {layer!r} of {title} by anything that has a gradient: the graph ends "
            'in {place}. Score-CAM, Ablation-CAM, Eigen-CAM, RISE and occlusion need none: explain(trace, "scorecam").',
            layer=self.layer,
            title=self.model.title,
            place=place,
        )

    def _remember(self, target: targets.Target, gradient: torch.Tensor | None) -> None:
        """Keep a gradient's maps; None: the target does not depend on the layer."""
        if gradient is not None and self.logits.ndim > 1 and not gradient.any():  # a box that another grid found
            gradient = None
        self._memo[target] = None if gradient is None else self._as_maps(gradient)[0]
        while len(self._memo) > gradients_kept(self.activations):
            self._memo.popitem(last=False)

    def class_gradients(self, indices: torch.Tensor, others: torch.Tensor | None = None) -> torch.Tensor:
        """Return the gradients of several classes' logits at once, (len(indices), C, h, w), in one vectorised pass.

        With `others` (len(indices), n): of each logit less the mean of n other ones, as in a `Contrast`.
        """
        if self.no_gradient:
            raise LayerError(self.no_gradient)
        with hooks.lock_of(self.model.net), torch.inference_mode(False), torch.enable_grad():
            if others is None:
                start, seeds = recording.backward_seed(self._scores, indices)
            else:
                start, seeds = self._scores, recording.one_hot(self._scores, indices)
                seeds[:, 0].scatter_(1, others, -1 / others.shape[1])
            (gradients,) = torch.autograd.grad(
                start, self._leaf, seeds, retain_graph=True, is_grads_batched=True, allow_unused=True
            )
        return self._as_maps(None if gradients is None else self._layout.merged(gradients))

    def _as_maps(self, gradient: torch.Tensor | None) -> torch.Tensor:
        if gradient is None:
            raise LayerError(
                "layer-not-in-score",
                "The score does not depend on layer {layer!r}. Choose a layer nearer to the output.",
                layer=self.layer,
            )
        return self._layout.maps(gradient.detach()).float()

    @property
    def head_is_cheap(self) -> bool:
        """Whether only pooling, normalisation and linear maps lie behind the layer: no convolution, no attention."""
        if self.no_gradient:
            return False
        nodes = graphs.nodes_of(self._scores, self._leaf.grad_fn)
        heavy = ("Convolution", "Attention", "Bmm", "BaddbmmBackward", "Softmax")
        return len(nodes) <= 24 and not any(word in node.name() for node in nodes for word in heavy)

    def is_affine(self, target: Any = None) -> bool:
        """Whether the target changes by gradient x change, exactly, whatever is done to the activations.

        So it is where pooling, sums and linear maps alone lie behind the layer. The graph tells, and one pass with
        weakened activations must agree.
        """
        resolved = self.target(target)
        if self.no_gradient:
            return False
        with torch.inference_mode(False), torch.enable_grad():
            if not graphs.is_affine(resolved(self._scores[0]), self._leaf):
                return False
        generator = torch.Generator().manual_seed(0)
        change = -self.activations * torch.rand(self.activations.shape, generator=generator).to(self.activations)
        found = resolved(self.scores_of_activations((self.activations + change)[None])[0])
        parts = self.gradients(resolved) * change
        error = (resolved(self.logits) + parts.sum() - found).abs()
        return bool(error <= 1e-5 * (parts.abs().sum() + self.logits.abs().max()))

    def curvature(self, target: Any = None) -> torch.Tensor:
        """Return H A, (C, h, w): the Hessian of the target in the activations, times the activations."""
        resolved, scores, leaf = self.target(target), self._scores, self._leaf
        fused = any(map(watching.has_no_second_derivative, graphs.nodes_of(scores)))
        if fused or self._first_order_only:
            with watching.TwiceDifferentiable():
                again = recording.forward(self.model, self.input, [self.layer], whole=True, call=self.call)
            scores, leaf = again.scores, again.taps[self.layer].tensor
        with hooks.lock_of(self.model.net), torch.inference_mode(False), torch.enable_grad():
            (slope,) = torch.autograd.grad(resolved(scores[0]), leaf, create_graph=True, allow_unused=True)
            product = None
            if slope is not None and slope.requires_grad:
                (product,) = torch.autograd.grad(slope, leaf, leaf.detach(), retain_graph=True, allow_unused=True)
        return self._as_maps(torch.zeros_like(leaf) if product is None else product)[0]

    def layer_gradients(self, target: Any, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the layer's activations and gradients, both (B, C, h, w), for other inputs (B, C, H, W)."""
        resolved = self.target(target)
        other = recording.forward(self.model, batch.to(self.input), [self.layer], call=self.call)
        tap = other.taps[self.layer]
        with torch.inference_mode(False), torch.enable_grad():
            (gradients,) = torch.autograd.grad(resolved(other.scores).sum(), tap.tensor, allow_unused=True)
        return tap.layout.maps(tap.tensor.detach()).float(), self._as_maps(gradients)

    def input_gradients(
        self, target: Any, batch: torch.Tensor, *, guided: bool = False, watch: watching.AdditiveTerms | None = None
    ) -> list[torch.Tensor]:
        """Return d(target)/d(input), (B, C, H, W), of one pass and one backward pass through the whole model.

        `guided`: ReLUs pass positive gradients only. After it come the gradients at the outputs that `watch` noted.
        """
        leaf, logits = self.run_from_input(batch, watch)
        with torch.inference_mode(False), torch.enable_grad():
            score = self.target(target)(logits).sum()
            if guided:
                graphs.guide(score)
            noted = [output for output, _ in watch.terms] if watch else []
            found = torch.autograd.grad(score, [leaf, *noted], allow_unused=True, materialize_grads=True)
        return [gradient.detach().float() for gradient in found]

    def run_from_input(
        self,
        batch: torch.Tensor,
        watch: TorchFunctionMode | None = None,
        taps: dict[str, Callable[[Any], Any]] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Run the whole model with a graph that starts at its input: returns `(input (B, C, H, W), logits (B, K))`.

        `watch` sees what is computed; `taps` replace outputs of modules, by dotted path.
        """
        net = self.model.net
        with ExitStack() as stack:
            stack.enter_context(hooks.running(net))
            stack.enter_context(torch.inference_mode(False))
            stack.enter_context(torch.enable_grad())
            for name, function in (taps or {}).items():
                stack.enter_context(hooks.tapped(hooks.module_at(net, name), function))
            stack.enter_context(watching.way_through(findings.way_of(net)))
            if isinstance(watch, watching.AdditiveTerms):
                stack.enter_context(hooks.frozen(net))
            leaf = batch.to(self.input).detach().clone().requires_grad_()
            with watch or nullcontext():
                logits = self.model.logits_of(net(leaf.clone()))
        return leaf, logits


def _no_layer(model: Model) -> Message:
    return Message(
        "model-no-layer",
        "{title} has no layer whose map could be shown. RISE, occlusion and other methods on pixels need none: "
        'explain(trace, "rise").',
        title=model.title,
    )


def _not_of_finding(trace: Trace) -> Message:
    usual = trace.model.default_layer
    if trace.layer == usual:
        return Message(
            "layer-not-of-finding-usual",
            "The score of this finding has no gradient at layer {layer!r}: it comes another way through the network, "
            'or is at the end of its range. A method that needs no layer shows it: explain(trace, "rise", finding).',
            layer=trace.layer,
        )
    return Message(
        "layer-not-of-finding",
        "The score of this finding has no gradient at layer {layer!r}: it comes another way through the network, or is "
        "at the end of its range. Use trace(model, image, {usual!r}).",
        layer=trace.layer,
        usual=usual,
    )


def gradients_kept(activations: torch.Tensor) -> int:
    return max(1, min(_GRADIENTS_KEPT, _GRADIENT_BYTES // max(1, activations.nbytes)))


def nbytes_of(traces: Sequence[Trace]) -> int:
    """Memory of the traces of one pass, in bytes: what they share counts once."""
    own = [(1 + gradients_kept(one.activations)) * one.activations.nbytes for one in traces]
    return sum(own) + max(one.nbytes - mine for one, mine in zip(traces, own, strict=True))


def share_gradients(traces: Sequence[Trace], target: Any = None) -> None:
    """Pull the gradients of one target at all layers of `trace_layers` in one backward pass and keep them there.

    A layer that the target does not depend on says so when its gradients are asked for.
    """
    first = traces[0]
    resolved = first.target(target)
    with hooks.lock_of(first.model.net):
        for one, gradient in zip(traces, _gradients(first._scores, resolved, [t._leaf for t in traces]), strict=True):
            one._remember(resolved, gradient)


def _gradients(scores: torch.Tensor, target: targets.Target, leaves: list[torch.Tensor]) -> tuple:
    """d(target)/d(leaf) for each leaf; None where there is no dependence."""
    with torch.inference_mode(False), torch.enable_grad():
        if isinstance(target, targets.ClassScore) and scores.requires_grad:
            start, seeds = recording.backward_seed(scores, torch.tensor([target.index], device=scores.device))
            return torch.autograd.grad(start, leaves, seeds[0], retain_graph=True, allow_unused=True)
        if target.entry is not None and scores.requires_grad:
            start, seed = recording.entry_seed(scores, target.entry)
            return torch.autograd.grad(start, leaves, seed, retain_graph=True, allow_unused=True)
        score = target(scores[0])
        if not score.requires_grad:
            raise TargetError(
                "target-no-gradient", "The target does not depend on the logits by anything that has a gradient."
            )
        return torch.autograd.grad(score, leaves, retain_graph=True, allow_unused=True)
