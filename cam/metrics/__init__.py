"""Measures of maps: does the model need what the map shows, and does the map lie where the object is?

Every measure is a small function with its paper in the docstring. Read them with care: a map that looks good is no
evidence, a uniform map and a Gaussian in the centre score well on some of them (`baselines.py` has both, to be printed
beside every result), and larger maps lose less confidence when they mask the image.
"""

from .baselines import centre_gaussian, uniform
from .confidence import (
    adcc,
    average_drop,
    average_gain,
    coherency,
    coherency_of,
    complexity,
    increase_in_confidence,
    masked_confidences,
    masked_input,
)
from .curves import Curve, Road, deletion, impute, insertion, road
from .localisation import (
    box_mask,
    energy_pointing_game,
    grid_pointing_game,
    iou,
    localisation_iou,
    mosaic,
    pointing_game,
    segment_box,
)
from .sanity import RandomisationStep, max_sensitivity, parameter_randomisation, spearman, ssim

__all__ = [
    "Curve",
    "RandomisationStep",
    "Road",
    "adcc",
    "average_drop",
    "average_gain",
    "box_mask",
    "centre_gaussian",
    "coherency",
    "coherency_of",
    "complexity",
    "deletion",
    "energy_pointing_game",
    "grid_pointing_game",
    "impute",
    "increase_in_confidence",
    "insertion",
    "iou",
    "localisation_iou",
    "masked_confidences",
    "masked_input",
    "max_sensitivity",
    "mosaic",
    "parameter_randomisation",
    "pointing_game",
    "road",
    "segment_box",
    "spearman",
    "ssim",
    "uniform",
]
