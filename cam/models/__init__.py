"""Models: what can be loaded, where weights come from, and a user's own network."""

from . import torchvision_ops  # noqa: F401  (first: torchvision may not import without it)
