"""The family of methods: a method is one function and one entry in the table `METHODS`."""

from .base import Map, Method
from .requirements import head_weights, needs_in_words, obstacle
from .table import METHODS

__all__ = ["METHODS", "Map", "Method", "head_weights", "needs_in_words", "obstacle"]
