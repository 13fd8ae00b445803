"""The entries of methods that ask the network as a whole: masks on the image, all blocks at once, or the pixels."""

from .base import Method
from .fullgrad import fullgrad
from .masks import occlusion, rise
from .pixels import guided_backprop, guided_gradcam, input_gradient, integrated_gradients, smoothgrad
from .transformers import attention_rollout, legrad

OF_THE_NETWORK = (
    Method(
        name="rise",
        title="RISE",
        summary="Random masks, weighed by the class's probability behind them.",
        advice=(
            "For any model, without layer or gradient; the grain is chance, and small objects slip through the masks."
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
            "For fine detail from all layers; absolute values make evidence against a class look like evidence for it."
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
        advice=("For what reaches the head, not what it does with it: the same for every class, background included."),
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
            "For sharp outlines and no more: an edge finder that hardly changes with the class or with random weights."
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
        requires=("gradients", "averages", "input gradients", "rectifiers"),
    ),
)
