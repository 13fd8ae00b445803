"""Methods that read the attention matrices of a vision transformer, torchvision's, timm's or any other's.

The matrices are seen by `watching.Attention`, so it does not matter which module computes them or whether it is fused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..errors import LayerError, MethodError
from ..messages import Message
from ..models.load import Model
from ..network import findings, hooks
from ..network.layouts import Layout
from ..network.watching import Attention
from ..passes.trace import Trace
from ..passes.tracing import retrace
from ..tasks.targets import Target
from .base import Map
from .telling import gather, listening, tell


@dataclass(frozen=True)
class Stack:
    """The blocks of a transformer by their dotted paths, one attention matrix each, and how their outputs lie."""

    blocks: tuple[str, ...]
    layout: Layout


_STACKS: WeakKeyDictionary[Model, dict[tuple[int, ...], Stack | Message]] = WeakKeyDictionary()


def stack_of(trace: Trace) -> Stack | None:
    """Return the list of blocks that hand on the same tokens and attend once each, None where there is no such list."""
    found = _stack_or_reason(trace)
    return None if isinstance(found, Message) else found


def _needed(trace: Trace) -> Stack:
    found = _stack_or_reason(trace)
    if isinstance(found, Message):
        raise MethodError(found)
    return found


def no_stack(trace: Trace) -> Message | None:
    """Why there is no such list of blocks, a sentence; None where there is one."""
    found = _stack_or_reason(trace)
    return found if isinstance(found, Message) else None


def _stack_or_reason(trace: Trace) -> Stack | Message:
    known = _STACKS.setdefault(trace.model, {})
    shape = tuple(trace.input.shape)
    if shape not in known:
        known[shape] = _find_stack(trace)
    return known[shape]


def _find_stack(trace: Trace) -> Stack | Message:
    """Look for it in one pass without a graph."""
    net, watch, counts, outputs, oblong = trace.model.net, Attention(), {}, {}, {}

    def note(name: str, output: Any) -> Any:
        counts[name], outputs[name], oblong[name] = len(watch.matrices), output, len(watch.oblong)
        return output

    groups = [
        [f"{name}.{key}".lstrip(".") for key, _ in module.named_children()]
        for name, module in net.named_modules()
        if isinstance(module, (nn.Sequential, nn.ModuleList))
    ]
    with hooks.noted(net, [path for group in groups for path in group], note), torch.no_grad(), watch:
        net(trace.input)
    sizes = {matrix.shape[-1] for matrix in watch.matrices}
    for group in groups:
        if not group or [counts.get(path, 0) for path in group] != list(range(1, len(watch.matrices) + 1)):
            continue
        try:
            layout = findings.layout_at(net, trace.input, trace.model.logits_of, group[-1], -1, trace.model.title)
        except LayerError:
            continue
        tokens = layout.of_tokens and layout.tokens(layout.pick(outputs[group[-1]])).shape[1]
        if any(before < len(watch.matrices) for before in watch.oblong) or oblong[group[-1]]:
            return Message(
                "needs-blocks-fewer-tokens",
                "This needs a vision transformer: a list of blocks, each with one attention over all tokens of the "
                "image. {title} has attentions that look at fewer tokens than there are.",
                title=trace.model.title,
            )
        if set(watch.batches) == {1} and sizes == {tokens}:
            return Stack(tuple(group), layout)
    if not watch.matrices:
        return Message(
            "needs-blocks-no-attention",
            "This needs a vision transformer: a list of blocks, each with one attention over all tokens of the image. "
            "{title} has no attention that can be seen.",
            title=trace.model.title,
        )
    return Message(
        "needs-blocks-windows",
        "This needs a vision transformer: a list of blocks, each with one attention over all tokens of the image. "
        "{title} attends within windows, or in another order than block by block.",
        title=trace.model.title,
    )


_READ = {
    True: "L = mean over the grid's rows of R, at the grid's tokens",
    False: "L = first row of R, the class token's, at the grid's tokens",
}


def attention_rollout(trace: Trace, target: Target) -> Map:
    """The product over blocks of (mean over heads of A + I) / 2, each row summing to one: where the head's token reads.

    Abnar and Zuidema 2020, arXiv 2005.00928, eq. 1. The row is the class token's, or the mean over the grid where the
    head reads that. It does not see the class.
    """
    stack = _needed(trace)
    with Attention() as watch:
        last = retrace(trace, layer=stack.blocks[-1])
    flow = torch.eye(watch.matrices[0].shape[-1]).to(trace.activations)
    for block, matrix in zip(stack.blocks, watch.matrices, strict=True):
        mean = matrix.detach().float().reshape(-1, *matrix.shape[-2:]).mean(0)  # (N, N)
        gather("attentions", mean[None], "a_l = mean over the heads of block l", labels=[block])
        flow = (mean + torch.eye(len(mean)).to(mean)) / 2 @ flow
    tell("flow", flow, "R = Π_l (a_l + 1) / 2, the last block first", "attentions")
    prefix = stack.layout.prefix
    try:
        reads_grid = prefix == 0 or bool(last.gradients(target).any())
    except LayerError:  # no gradient tells; where there is a class token the head reads it
        reads_grid = False
    row = flow[prefix : prefix + math.prod(stack.layout.grid)].mean(0) if reads_grid else flow[0]
    raw = row[prefix : prefix + math.prod(stack.layout.grid)].unflatten(0, stack.layout.grid)
    tell("reading", raw, _READ[reads_grid], "flow")
    return Map(raw)


_RISES = "r_l = mean over the heads of max(∂y_l/∂a_l, 0), y_l the score with block l as the last"


def legrad(trace: Trace, target: Target) -> Map:
    """Mean over blocks l, heads and queries of ReLU(ds_l/dA_l), s_l being the score with block l's output as the last.

    Bousselham et al. 2024, arXiv 2404.03214. What lies behind the blocks runs once, on all outputs together, or once
    for each where the network takes one image at a time.
    """
    stack = _needed(trace)
    every = range(len(stack.blocks))
    together = [list(every)] if trace.takes_batches else [[number] for number in every]
    columns = []
    for numbers in together:
        matrices, score = _scores_from(trace, stack, target, numbers)
        with torch.inference_mode(False), torch.enable_grad():
            found = torch.autograd.grad(score, matrices, allow_unused=True)  # a block may be left out of the score
        gradients = [torch.zeros_like(one) if new is None else new for one, new in zip(matrices, found, strict=True)]
        for number, matrix, gradient in zip(numbers, matrices, gradients, strict=True):
            rises = gradient.float().relu().reshape(-1, *gradient.shape[-2:]).mean(0)  # (N, N)
            block = [stack.blocks[number]]
            if listening():
                mean = matrix.detach().float().reshape(-1, *rises.shape).mean(0)
                gather("attentions", mean[None], "a_l = mean over the heads of block l", labels=block)
            gather("attention_rises", rises[None], _RISES, "scores", "attentions", labels=block)
            columns.append(rises.mean(0))  # (N,)
    tokens = torch.stack(columns)
    tell("token_rises", tokens, "t_l,n = mean over the queries q of r_l,qn", "attention_rises", labels=stack.blocks)
    prefix, places = stack.layout.prefix, math.prod(stack.layout.grid)
    raw = tokens.mean(0)[prefix : prefix + places].unflatten(0, stack.layout.grid)
    return Map(tell("rises", raw, "L = mean over the blocks l of t_l, at the grid's tokens", "token_rises"))


def _scores_from(
    trace: Trace, stack: Stack, target: Target, numbers: list[int]
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """The attention matrices of some blocks, and the sum of the scores with each of their outputs as the last."""
    watch, outputs = Attention(), []

    def keep(output: Any) -> Any:
        outputs.append(stack.layout.pick(output))
        start = outputs[-1].detach().requires_grad_()  # so that s_l depends on A_l alone, and one backward pass does
        return stack.layout.put(output, start)

    def hand_on(output: Any) -> Any:
        keep(output)
        return stack.layout.put(output, torch.cat([outputs[number] for number in numbers], stack.layout.batch_axis))

    taps = dict.fromkeys(stack.blocks[:-1], keep) | {stack.blocks[-1]: hand_on}
    _, logits = trace.run_from_input(trace.input, watch, taps)
    with torch.inference_mode(False), torch.enable_grad():
        score = target(logits.float()).sum()
    return [watch.matrices[number] for number in numbers], score
