"""`METHODS`: every method with what it does, when to use it and where it misleads, cost, source and needs."""

from .base import Method
from .baselines import fem, random_cam
from .eigen import eigencam, eigencam_centred, eigengradcam, eigengradcam_centred, kpca_cam
from .fullgrad import fullgrad
from .gradient import (
    cam,
    gradcam,
    gradcam_elementwise,
    gradcam_plusplus,
    hirescam,
    layercam,
    shapleycam,
    smoothgradcam_plusplus,
    xgradcam,
)
from .masks import occlusion, rise
from .passes import ablationcam, iscam, scorecam, sscam
from .pixels import guided_backprop, guided_gradcam, input_gradient, integrated_gradients, smoothgrad
from .transformers import attention_rollout, legrad

_GRADIENT = ("activations", "gradients")
_PASSES = ("activations", "trace", "target")

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            name="gradcam",
            title="Grad-CAM",
            summary="Channels weighed by their mean gradient.",
            advice=(
                "The first choice where pooling follows the layer; "
                "elsewhere its mean over places blurs where evidence is."
            ),
            speed="instant",
            paper="Selvaraju et al. 2017, arXiv 1610.02391",
            needs=_GRADIENT,
            function=gradcam,
            batched=True,
            signed=True,
        ),
        Method(
            name="cam",
            title="CAM",
            summary="Channels weighed by the head's own weights.",
            advice="Exact before a linear head, and there Grad-CAM's picture; it says nothing about any other layer.",
            speed="instant",
            paper="Zhou et al. 2016, arXiv 1512.04150",
            needs=("activations", "head_weights"),
            function=cam,
            signed=True,
            requires=("linear head",),
        ),
        Method(
            name="hirescam",
            title="HiResCAM",
            summary="Gradients times activations, place by place, summed over channels.",
            advice=(
                "The first choice where places count differently, as in a ViT; only before a linear head it is exact."
            ),
            speed="instant",
            paper="Draelos and Carin 2020, arXiv 2011.08891",
            needs=_GRADIENT,
            function=hirescam,
            batched=True,
            signed=True,
        ),
        Method(
            name="gradcam_elementwise",
            title="Grad-CAM, element-wise",
            summary="Gradients times activations, place by place, without the negative products.",
            advice="For all that speaks for a class; what speaks against it is not subtracted, so maps are wide.",
            speed="instant",
            paper="variant of Selvaraju et al. 2017",
            needs=_GRADIENT,
            function=gradcam_elementwise,
            batched=True,
        ),
        Method(
            name="gradcam_plusplus",
            title="Grad-CAM++",
            summary="Positive gradients only, weighed so that several objects of a class count alike.",
            advice=(
                "For several objects of one class; what speaks against it is not subtracted, so look-alikes light up."
            ),
            speed="instant",
            paper="Chattopadhyay et al. 2018, arXiv 1710.11063",
            needs=_GRADIENT,
            function=gradcam_plusplus,
            batched=True,
        ),
        Method(
            name="smoothgradcam_plusplus",
            title="Smooth Grad-CAM++",
            summary="Grad-CAM++ over noisy copies of the image.",
            advice="For a steadier Grad-CAM++; its faults stay, and with too much noise it explains another image.",
            speed="passes",
            cost="eight passes of the model",
            paper="Omeiza et al. 2019, arXiv 1908.01224",
            needs=("activations", "trace", "target"),
            function=smoothgradcam_plusplus,
            requires=("gradients",),
        ),
        Method(
            name="xgradcam",
            title="XGrad-CAM",
            summary="Gradients averaged where the channel is active.",
            advice="For layers behind a ReLU; where a channel's values nearly cancel out, its weight runs away.",
            speed="instant",
            paper="Fu et al. 2020, arXiv 2008.02312",
            needs=_GRADIENT,
            function=xgradcam,
            batched=True,
            signed=True,
        ),
        Method(
            name="layercam",
            title="LayerCAM",
            summary="Positive gradients place by place, times the activations.",
            advice=(
                "For shallow layers, where it keeps fine places; a place that lowers the score on balance can light up."
            ),
            speed="instant",
            paper="Jiang et al. 2021, IEEE TIP 30",
            needs=_GRADIENT,
            function=layercam,
            batched=True,
        ),
        Method(
            name="shapleycam",
            title="Shapley-CAM",
            summary="Grad-CAM with a second-order term for how channels act together.",
            advice="For heads far from linear; it explains the score plus its log-probability, and so the rivals, too.",
            speed="instant",
            paper="Cai 2025, arXiv 2501.06261",
            needs=("activations", "gradients", "trace", "target"),
            function=shapleycam,
            signed=True,
        ),
        Method(
            name="eigencam",
            title="Eigen-CAM",
            summary="The main pattern of the activations.",
            advice=(
                "For what stands out at a layer; it is the same for every class, so it cannot say why one was chosen."
            ),
            speed="instant",
            paper="Muhammad and Yeasin 2020, arXiv 2008.00299",
            needs=("activations",),
            function=eigencam,
            class_blind=True,
        ),
        Method(
            name="eigencam_centred",
            title="Eigen-CAM, centred",
            summary="Eigen-CAM without what all places share.",
            advice="Often nearer to the object than Eigen-CAM; the same for every class, and its sign is a convention.",
            speed="instant",
            paper="variant of Muhammad and Yeasin 2020",
            needs=("activations",),
            function=eigencam_centred,
            class_blind=True,
        ),
        Method(
            name="kpca_cam",
            title="KPCA-CAM",
            summary="Eigen-CAM with a curved kernel, for patterns that no straight line fits.",
            advice=(
                "Where Eigen-CAM mixes object and background; the same for every class, and its sign is a convention."
            ),
            speed="instant",
            cost="instant; a second at 56 x 56 places",
            paper="Karmani et al. 2024, arXiv 2410.00267",
            needs=("activations",),
            function=kpca_cam,
            class_blind=True,
            requires=("few places",),
        ),
        Method(
            name="fem",
            title="FEM",
            summary="Channels weighed by the share of places two deviations above their mean.",
            advice=(
                "For a look without gradients; the same for every class, and what fills the picture stands out nowhere."
            ),
            speed="instant",
            paper="Fuad et al. 2020, IPTA",
            needs=("activations",),
            function=fem,
            class_blind=True,
        ),
        Method(
            name="eigengradcam",
            title="EigenGrad-CAM",
            summary="The main pattern of gradient times activation.",
            advice=(
                "For a smoother map that sees the class; a second object can be missing, and its sign is a convention."
            ),
            speed="instant",
            paper="variant of Muhammad and Yeasin 2020",
            needs=_GRADIENT,
            function=eigengradcam,
        ),
        Method(
            name="eigengradcam_centred",
            title="EigenGrad-CAM, centred",
            summary="EigenGrad-CAM without what all places share.",
            advice=(
                "For objects before an even background; "
                "the sign is a convention, and the wrong one shows the background."
            ),
            speed="instant",
            paper="variant of Muhammad and Yeasin 2020",
            needs=_GRADIENT,
            function=eigengradcam_centred,
        ),
        Method(
            name="scorecam",
            title="Score-CAM",
            summary="Each channel masks the image, and the class's probability then is its weight.",
            advice=(
                "For maps without gradients; no weight is negative and most are alike, so classes can look the same."
            ),
            speed="passes",
            cost="one pass of the model per channel",
            paper="Wang et al. 2020, arXiv 1910.01279",
            needs=_PASSES,
            function=scorecam,
        ),
        Method(
            name="sscam",
            title="SS-CAM",
            summary="Score-CAM averaged over noisy masks.",
            advice="For a smoother Score-CAM; where activations are small against the noise, all channels weigh alike.",
            speed="passes",
            cost="ten passes of the model per channel",
            paper="Wang et al. 2020, arXiv 2006.14255",
            needs=_PASSES,
            function=sscam,
        ),
        Method(
            name="iscam",
            title="IS-CAM",
            summary="Score-CAM with masks that fade in.",
            advice=(
                "Where one full mask is too sudden; most steps show a darkened image, unlike any that was trained on."
            ),
            speed="passes",
            cost="ten passes of the model per channel",
            paper="Naidu et al. 2020, arXiv 2010.03023",
            needs=_PASSES,
            function=iscam,
        ),
        Method(
            name="ablationcam",
            title="Ablation-CAM",
            summary="Each channel is switched off in turn, and what the score loses is its weight.",
            advice="Where gradients saturate; channels that stand in for each other each look useless.",
            speed="passes",
            cost="one pass behind the layer per channel; none before a linear head",
            paper="Desai and Ramaswamy 2020, WACV",
            needs=_PASSES,
            function=ablationcam,
            signed=True,
        ),
        Method(
            name="rise",
            title="RISE",
            summary="Random masks, weighed by the class's probability behind them.",
            advice=(
                "For any model, without layer or gradient; "
                "the grain is chance, and small objects slip through the masks."
            ),
            speed="passes",
            cost="2,000 passes of the model",
            paper="Petsiuk et al. 2018, arXiv 1806.07421",
            needs=("trace", "target"),
            function=rise,
            layer_blind=True,
        ),
        Method(
            name="occlusion",
            title="Occlusion",
            summary="A grey patch slides over the image; where the score falls, it mattered.",
            advice="The plainest test of what the score needs; evidence that is there twice hides itself.",
            speed="passes",
            cost="about 170 passes of the model",
            paper="Zeiler and Fergus 2013, arXiv 1311.2901",
            needs=("trace", "target"),
            function=occlusion,
            signed=True,
            layer_blind=True,
        ),
        Method(
            name="fullgrad",
            title="FullGrad",
            summary="The input's gradient and those of all biases, from every layer at once.",
            advice=(
                "For fine detail from all layers; "
                "absolute values make evidence against a class look like evidence for it."
            ),
            speed="pass",
            cost="one pass and one backward pass",
            paper="Srinivas and Fleuret 2019, arXiv 1905.00780",
            needs=("trace", "target"),
            function=fullgrad,
            layer_blind=True,
            requires=("input gradients", "full gradients"),
        ),
        Method(
            name="attention_rollout",
            title="Attention rollout",
            summary="Where a transformer's head reads, through all blocks.",
            advice=(
                "For what reaches the head, not what it does with it: the same for every class, background included."
            ),
            speed="pass",
            cost="one pass",
            paper="Abnar and Zuidema 2020, arXiv 2005.00928",
            needs=("trace", "target"),
            function=attention_rollout,
            class_blind=True,
            layer_blind=True,
            requires=("attention",),
        ),
        Method(
            name="legrad",
            title="LeGrad",
            summary="How the score rises with each attention, averaged over all blocks.",
            advice=(
                "For all blocks of a transformer at once; only rises count, so what speaks against a class is missing."
            ),
            speed="pass",
            cost="one pass and one backward pass",
            paper="Bousselham et al. 2024, arXiv 2404.03214",
            needs=("trace", "target"),
            function=legrad,
            layer_blind=True,
            requires=("attention", "input gradients"),
        ),
        Method(
            name="input_gradient",
            title="Input gradient",
            summary="How the score answers to a change of each pixel.",
            advice=(
                "For what the score is sensitive to; it is noisy, and pixels that settled the class may have none left."
            ),
            speed="pass",
            cost="one pass and one backward pass",
            paper="Simonyan et al. 2013, arXiv 1312.6034",
            needs=("trace", "target"),
            function=input_gradient,
            layer_blind=True,
            requires=("input gradients",),
        ),
        Method(
            name="smoothgrad",
            title="SmoothGrad",
            summary="The input gradient averaged over noisy copies of the image.",
            advice=(
                "For less grain than one gradient has; it still shows sensitivity, and too much noise is another image."
            ),
            speed="passes",
            cost="24 passes and backward passes",
            paper="Smilkov et al. 2017, arXiv 1706.03825",
            needs=("trace", "target"),
            function=smoothgrad,
            layer_blind=True,
            requires=("input gradients",),
        ),
        Method(
            name="integrated_gradients",
            title="Integrated gradients",
            summary="Gradients on the way from a grey image to this one, times the pixels.",
            advice="Where parts must add up to the score; blind to what is grey, and another start gives another map.",
            speed="passes",
            cost="48 passes and backward passes",
            paper="Sundararajan et al. 2017, arXiv 1703.01365",
            needs=("trace", "target"),
            function=integrated_gradients,
            signed=True,
            layer_blind=True,
            requires=("input gradients",),
        ),
        Method(
            name="guided_backprop",
            title="Guided backprop",
            summary="The input gradient, with ReLUs passing positive gradients only.",
            advice=(
                "For sharp outlines and no more: an edge finder that hardly changes with the class or with "
                "random weights."
            ),
            speed="pass",
            cost="one pass and one backward pass",
            paper="Springenberg et al. 2014, arXiv 1412.6806",
            needs=("trace", "target"),
            function=guided_backprop,
            layer_blind=True,
            requires=("input gradients", "rectifiers"),
        ),
        Method(
            name="guided_gradcam",
            title="Guided Grad-CAM",
            summary="Guided backprop where Grad-CAM is positive.",
            advice=(
                "For a sharp picture of Grad-CAM's region; the detail inside is edges and fails the same sanity checks."
            ),
            speed="pass",
            cost="one pass and one backward pass",
            paper="Selvaraju et al. 2017, arXiv 1610.02391",
            needs=("activations", "gradients", "trace", "target"),
            function=guided_gradcam,
            requires=("input gradients", "rectifiers"),
        ),
        Method(
            name="random",
            title="Random weights",
            summary="Channels weighed by chance.",
            advice="A baseline without evidence, to compare with; a method that looks no better shows nothing.",
            speed="instant",
            paper="baseline",
            needs=("activations",),
            function=random_cam,
            class_blind=True,
        ),
    )
}
