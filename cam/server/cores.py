"""How many cores the work of one visitor gets: all of them for one who is alone, one each in a crowd.

A pass on two cores takes more of both together than on one, so a crowd is answered sooner by a pass on each. Knows
PyTorch's threads; knows nothing about the work.
"""

from __future__ import annotations

import torch

_ALL = torch.get_num_threads()


def share(crowd: float) -> None:
    """Let what the calling thread computes from now on have its share of the cores; `crowd` are who compute at a time.

    With OpenMP the number is a thread's own, once it was asked for in this thread.
    """
    torch.get_num_threads()
    torch.set_num_threads(max(1, int(_ALL / max(1.0, crowd))))
