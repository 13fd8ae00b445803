"""The family of methods: a method is one function and one entry in the table `METHODS`."""

from .base import Map, Method
from .defaults import default_method
from .requirements import head_weights, needs_in_words, obstacle, products_cancel
from .table import METHODS

__all__ = [
    "METHODS",
    "Map",
    "Method",
    "default_method",
    "head_weights",
    "needs_in_words",
    "obstacle",
    "products_cancel",
]
