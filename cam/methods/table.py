"""`METHODS`: every method with what it does, when to use it and where it misleads, cost, source and needs."""

from .base import Method
from .baselines import random_cam
from .layer_table import AT_A_LAYER
from .network_table import OF_THE_NETWORK

_TO_COMPARE_WITH = Method(
    name="random",
    title="Random weights",
    summary="Channels weighed by chance.",
    advice="A baseline without evidence, to compare with; a method that looks no better shows nothing.",
    speed="instant",
    paper="baseline",
    needs=("activations",),
    function=random_cam,
    class_blind=True,
)

METHODS: dict[str, Method] = {method.name: method for method in (*AT_A_LAYER, *OF_THE_NETWORK, _TO_COMPARE_WITH)}
