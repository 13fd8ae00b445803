"""The family of methods: a method is one function and one entry in the table `METHODS`."""

from .base import Map, Method
from .eigen import eigencam, eigengradcam
from .gradient import cam, gradcam, gradcam_elementwise, gradcam_plusplus, hirescam, layercam, xgradcam
from .passes import ablationcam, scorecam
from .requirements import head_weights

__all__ = ["METHODS", "Map", "Method", "head_weights"]

_GRADIENT = ("activations", "gradients")
_PASSES = ("activations", "gradients", "trace", "target")

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "gradcam",
            "Grad-CAM",
            "Channels weighed by their mean gradient. The safe first choice.",
            "instant",
            "Selvaraju et al. 2017, arXiv 1610.02391",
            _GRADIENT,
            gradcam,
            batched=True,
        ),
        Method(
            "cam",
            "CAM",
            "Channels weighed by the head's own weights. Only where pooling and one linear layer follow.",
            "instant",
            "Zhou et al. 2016, arXiv 1512.04150",
            ("activations", "head_weights"),
            cam,
        ),
        Method(
            "hirescam",
            "HiResCAM",
            "Gradients and activations multiplied place by place: exactly what a linear head adds up.",
            "instant",
            "Draelos and Carin 2020, arXiv 2011.08891",
            _GRADIENT,
            hirescam,
            batched=True,
        ),
        Method(
            "gradcam_elementwise",
            "Grad-CAM, element-wise",
            "As HiResCAM, but what speaks against the class is cut before the sum.",
            "instant",
            "variant of Selvaraju et al. 2017",
            _GRADIENT,
            gradcam_elementwise,
            batched=True,
        ),
        Method(
            "gradcam_plusplus",
            "Grad-CAM++",
            "Positive gradients only, weighed so that several objects of a class count alike.",
            "instant",
            "Chattopadhyay et al. 2018, arXiv 1710.11063",
            _GRADIENT,
            gradcam_plusplus,
            batched=True,
        ),
        Method(
            "xgradcam",
            "XGrad-CAM",
            "Gradients averaged where the channel is active. Unsteady on layers with negative values.",
            "instant",
            "Fu et al. 2020, arXiv 2008.02312",
            _GRADIENT,
            xgradcam,
            batched=True,
        ),
        Method(
            "layercam",
            "LayerCAM",
            "Positive gradients place by place: finer maps, and useful at shallow layers.",
            "instant",
            "Jiang et al. 2021, IEEE TIP 30",
            _GRADIENT,
            layercam,
            batched=True,
        ),
        Method(
            "eigencam",
            "Eigen-CAM",
            "The main pattern of the activations. The same for every class: it shows what stands out.",
            "instant",
            "Muhammad and Yeasin 2020, arXiv 2008.00299",
            ("activations",),
            eigencam,
            class_blind=True,
        ),
        Method(
            "eigengradcam",
            "EigenGrad-CAM",
            "The main pattern of gradient times activation: smooth, and the class counts.",
            "instant",
            "variant of Muhammad and Yeasin 2020",
            _GRADIENT,
            eigengradcam,
        ),
        Method(
            "scorecam",
            "Score-CAM",
            "Each channel masks the image; what the class then scores is its weight. No gradient in the map.",
            "one pass of the model per channel",
            "Wang et al. 2020, arXiv 1910.01279",
            _PASSES,
            scorecam,
            streams=True,
        ),
        Method(
            "ablationcam",
            "Ablation-CAM",
            "Each channel is switched off in turn; what the score loses is its weight.",
            "one pass behind the layer per channel",
            "Desai and Ramaswamy 2020, WACV",
            _PASSES,
            ablationcam,
            streams=True,
        ),
    )
}
