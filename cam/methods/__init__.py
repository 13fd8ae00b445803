"""The family of methods: a method is one function and one entry in the table `METHODS`."""

from .base import Map, Method
from .cancelling import cancelled
from .defaults import default_method
from .requirements import head_weights, needs_in_words, obstacle
from .table import METHODS

__all__ = [
    "METHODS",
    "Map",
    "Method",
    "cancelled",
    "default_method",
    "head_weights",
    "needs_in_words",
    "obstacle",
]
