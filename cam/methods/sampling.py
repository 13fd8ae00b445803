"""Seeded noise and shares of work: what methods that repeat themselves have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

import torch

Result = TypeVar("Result")


def noise(like: torch.Tensor, indices: torch.Tensor | Sequence[int]) -> torch.Tensor:
    """Standard normal noise (b, *like.shape), one sample per index, the same whatever the other indices are."""
    samples = []
    for index in torch.as_tensor(indices).tolist():
        generator = torch.Generator().manual_seed(index)
        samples.append(torch.randn(like.shape, generator=generator))
    return torch.stack(samples).to(like)


def counted(chunks: Iterable[tuple[torch.Tensor, Result]], total: int) -> Iterator[tuple[float, torch.Tensor, Result]]:
    """Add to each chunk `(indices, result)` the share of the work that is done with it, at the front."""
    done = 0
    for indices, result in chunks:
        done += len(indices)
        yield done / total, indices, result
