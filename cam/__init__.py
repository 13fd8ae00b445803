"""See what a vision model looks at: class activation maps of any network with a backbone and a head.

from cam import load_model, trace, explain, overlay

t = trace(load_model("efficientnet_lite0"), "photo.jpg")
overlay(explain(t, "gradcam", "tiger cat")).save("overlay.png")
"""

from . import torchvision_ops  # noqa: F401  (first: torchvision may not import without it)
from .errors import CamError, ImageError, LayerError, MethodError, TargetError, UnknownNameError, WeightsError
from .explanation import AllClasses, Explanation, all_classes, explain, explain_steps
from .images import open_image
from .methods import METHODS, Method, obstacle
from .models import MODELS, Model, load_model, wrap_model
from .render import COLORMAPS, overlay
from .store import Store
from .tracing import Prediction, Trace, trace
from .views import FITS, Preprocess, View

__all__ = [
    "COLORMAPS",
    "FITS",
    "METHODS",
    "MODELS",
    "AllClasses",
    "CamError",
    "Explanation",
    "ImageError",
    "LayerError",
    "Method",
    "MethodError",
    "Model",
    "Prediction",
    "Preprocess",
    "Store",
    "TargetError",
    "Trace",
    "UnknownNameError",
    "View",
    "WeightsError",
    "all_classes",
    "explain",
    "explain_steps",
    "load_model",
    "obstacle",
    "open_image",
    "overlay",
    "trace",
    "wrap_model",
]
