"""The names of steps: what each tensor is that a method tells, once for all methods. Knows nothing else.

Axes: `channel`, `row` and `column` of a layer's grid; `y`, `x` and `colour` of the model's input; `class` of the
scores; others say what they count. In other languages `step-NAME` is a title, in `cam/page/static/locales`.
"""

from __future__ import annotations

from typing import NamedTuple


class Named(NamedTuple):
    """What a name stands for: a `title`, the `axes` of its tensor, what it holds, and whether it is never negative."""

    title: str
    axes: tuple[str, ...]
    holds: str
    positive: bool = False


_MAPS, _GRID, _CHANNEL = ("channel", "row", "column"), ("row", "column"), ("channel",)
_PIXELS, _COLOURS = ("y", "x"), ("colour", "y", "x")

NAMES: dict[str, Named] = {
    # of every method
    "scores": Named("Scores", ("class",), "the logits; the formula says what of them is explained"),
    "input": Named("Input", _COLOURS, "what the network is given: the photo, resized and normalised"),
    "activations": Named("Activations", _MAPS, "what the layer hands on"),
    "gradients": Named("Gradients", _MAPS, "how the score rises with each activation"),
    "weights": Named("Weights", _CHANNEL, "what each channel counts"),
    "place_weights": Named("Weights by place", _MAPS, "what each channel counts at each place"),
    "weighted_sum": Named("Weighted sum", _GRID, "the sum over channels, signed"),
    "turned": Named("Turned", _GRID, "the map with its sign turned: what speaks against the target"),
    "relu": Named("ReLU", _GRID, "what speaks for the target: negative values are cut"),
    "enlarge": Named("Enlarge", _PIXELS, "the heatmap: bilinearly at the input's size, scaled to [0, 1]", True),
    "scale": Named("Scale", _PIXELS, "the heatmap: scaled to [0, 1]", True),
    "overlay": Named("On the photo", ("y", "x", "colour"), "the picture, 0 to 255, at the photo's own size", True),
    # gradients and activations
    "products": Named("Products", _MAPS, "gradient times activation, place by place"),
    "smooth_gradients": Named("Smooth gradients", _MAPS, "the gradients, mixed with those of places nearby"),
    "positive_products": Named("Positive products", _MAPS, "the products, negative ones cut", True),
    "positive_gradients": Named("Positive gradients", _MAPS, "the gradients, negative ones cut", True),
    "positive_sum": Named("Sum", _GRID, "the sum over channels of what is not negative", True),
    "sums": Named("Sums", _CHANNEL, "the sum of each channel's activations"),
    "alphas": Named("Shares of the gradient", _MAPS, "how much of each gradient counts"),
    "curvature": Named("Curvature", _MAPS, "the Hessian of the score times the activations"),
    "noisy_inputs": Named("Noisy inputs", ("sample", *_COLOURS), "the input with noise on it"),
    "noisy_activations": Named("Activations under noise", ("sample", *_MAPS), "of each noisy input"),
    "noisy_gradients": Named("Gradients under noise", ("sample", *_MAPS), "of each noisy input"),
    "mean_gradients": Named("Mean gradients", _MAPS, "over the noisy inputs"),
    "mean_squares": Named("Mean squares", _MAPS, "of the gradients, over the noisy inputs", True),
    "mean_cubes": Named("Mean cubes", _MAPS, "of the gradients, over the noisy inputs"),
    # patterns and statistics
    "centred": Named("Centred", _MAPS, "each channel less its mean"),
    "direction": Named(
        "Main direction", _CHANNEL, "the first right singular vector: the pattern that places share most"
    ),
    "variance_share": Named("Share of the variance", (), "the first eigenvalue over the sum of all", True),
    "projection": Named("Projection", _GRID, "how far each place goes in the main direction"),
    "kernel": Named("Kernel", ("place", "place"), "how alike each two places are, centred"),
    "eigenvalue": Named("Eigenvalue", (), "the largest of the kernel", True),
    "component": Named("Main component", _GRID, "the kernel's first component"),
    "thresholds": Named("Thresholds", _CHANNEL, "two deviations above the channel's mean"),
    "above": Named("Stands out", _MAPS, "1 where the channel is above its threshold", True),
    # masks and ablations
    "chosen": Named(
        "Channels shown", ("mask",), "the channels whose masks are kept: those of the largest weights", True
    ),
    "masks": Named("Masks", ("mask", *_PIXELS), "what is left of the image, 0 to 1", True),
    "confidences": Named("Confidences", ("channel", "repeat"), "of the target, under each mask of each channel"),
    "scores_without": Named("Scores without", _CHANNEL, "the score with the channel set to zero"),
    "losses": Named("Losses", _CHANNEL, "what the score loses without the channel"),
    "shown": Named("Masks shown", ("mask",), "the numbers of the masks that are kept: the worst and the best", True),
    "mask_scores": Named("Confidences", ("number",), "of the target, under each mask"),
    "mean_mask": Named("Mean mask", _PIXELS, "the masks' mean, weighed by the confidences"),
    "drops": Named("Drops", ("patch row", "patch column"), "what the score loses under each patch"),
    "covered": Named("Patches per pixel", _PIXELS, "how many patches cover a pixel", True),
    "mean_drop": Named("Mean drop", _PIXELS, "over the patches that cover a pixel"),
    # pixels
    "input_gradients": Named("Input gradients", _COLOURS, "how the score rises with each pixel and colour"),
    "noisy_input_gradients": Named("Gradients under noise", ("sample", *_COLOURS), "of each noisy input"),
    "guided_gradients": Named("Guided gradients", _COLOURS, "with ReLUs that pass positive gradients only"),
    "mean_gradient": Named("Mean gradient", _COLOURS, "over all inputs that were tried"),
    "magnitude": Named("Magnitude", _PIXELS, "one number for the colours, without a sign", True),
    "path": Named("Path", ("point",), "how far the input has faded in at each point, 0 to 1", True),
    "path_gradients": Named("Gradients on the path", ("point", *_COLOURS), "at each point of the path"),
    "pixel_products": Named("Products", _COLOURS, "input times mean gradient"),
    "pixel_sum": Named("Sum", _PIXELS, "over the colours, signed"),
    "enlarged_map": Named("Enlarged map", _PIXELS, "Grad-CAM's map at the input's size", True),
    "product": Named("Product", _PIXELS, "of both maps, place by place", True),
    # all layers at once
    "shares": Named("Shares of the score", ("layer",), "what the input and each bias add to the score"),
    "layer_maps": Named(
        "Maps of the layers", ("layer", *_PIXELS), "the input's and each bias's gradients, scaled", True
    ),
    "total": Named("Total", _PIXELS, "the sum over layers", True),
    "attentions": Named("Attention", ("block", "token", "token"), "mean over the heads", True),
    "flow": Named("Flow", ("token", "token"), "through all blocks: where each token comes from", True),
    "reading": Named("Reading", _GRID, "where the head reads", True),
    "attention_rises": Named(
        "Rises", ("block", "token", "token"), "how the score rises with each attention, mean over the heads", True
    ),
    "token_rises": Named("Rises by token", ("block", "token"), "mean over the queries", True),
    "rises": Named("Mean rise", _GRID, "mean over the blocks, of the grid's tokens", True),
    # combinations
    "maps": Named("Maps", ("map", *_PIXELS), "what is combined, at the input's size"),
    "seen": Named("Seen", ("map", *_PIXELS), "1 where a placed image shows the pixel", True),
    "combined": Named("Mean", _PIXELS, "over the maps that show a pixel, signed"),
    "fused": Named("Fused", _PIXELS, "the maps in one", True),
}
