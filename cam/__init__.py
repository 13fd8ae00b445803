"""See what a vision model looks at: class activation maps of any network with a backbone and a head.

from cam import load_model, trace, explain, overlay

t = trace(load_model("efficientnet_lite0"), "photo.jpg")
overlay(explain(t, "gradcam", "tiger cat")).save("overlay.png")
"""

from .errors import CamError, ImageError, LayerError, MethodError, TargetError, UnknownNameError, WeightsError
from .handouts.sheet import handout
from .maps.combinations import (
    COMBINATIONS,
    against,
    combine,
    eigen_smooth,
    fuse,
    over_layers,
    signed_heatmap,
    smooth,
    turned,
)
from .maps.explanation import AllClasses, Explanation, all_classes, explain, explain_findings, explain_steps
from .maps.many import explain_images
from .maps.render import COLORMAPS, EVIDENCE, overlay
from .maps.steps import Step, steps
from .methods import METHODS, Method, default_method, obstacle
from .models import torchvision_ops  # noqa: F401  (first: torchvision may not import without it)
from .models.load import MODELS, Model, load_model, wrap_model
from .passes.store import Store
from .passes.trace import Prediction, Trace
from .passes.tracing import trace
from .photos.images import open_image
from .photos.views import FITS, Preprocess, View
from .tasks.boxes import BoxContrast, Boxes
from .tasks.detection import Detection
from .tasks.segmentation import Area, Region
from .tasks.targets import Contrast, look_alikes

__version__ = "0.1.0"

__all__ = [
    "COLORMAPS",
    "COMBINATIONS",
    "EVIDENCE",
    "FITS",
    "METHODS",
    "MODELS",
    "AllClasses",
    "Area",
    "BoxContrast",
    "Boxes",
    "CamError",
    "Contrast",
    "Detection",
    "Explanation",
    "ImageError",
    "LayerError",
    "Method",
    "MethodError",
    "Model",
    "Prediction",
    "Preprocess",
    "Region",
    "Step",
    "Store",
    "TargetError",
    "Trace",
    "UnknownNameError",
    "View",
    "WeightsError",
    "against",
    "all_classes",
    "combine",
    "default_method",
    "eigen_smooth",
    "explain",
    "explain_findings",
    "explain_images",
    "explain_steps",
    "fuse",
    "handout",
    "load_model",
    "look_alikes",
    "obstacle",
    "open_image",
    "over_layers",
    "overlay",
    "signed_heatmap",
    "smooth",
    "steps",
    "trace",
    "turned",
    "wrap_model",
]
