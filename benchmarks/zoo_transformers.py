"""transformers' architectures from tiny configurations, as classifiers or in a small wrapper that gives class scores.

Knows configurations; the sizes are those of a test, never of a published model.
"""

from __future__ import annotations

import torch
from torch import nn
from zoo_entry import CLASSES, Entry

_ATTENDING = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
_PATCHED = {**_ATTENDING, "image_size": 64, "patch_size": 16}
_STAGES = {"depths": [1, 1, 2, 1], "hidden_sizes": [16, 32, 48, 64]}
_SWIN = {"image_size": 64, "patch_size": 2, "embed_dim": 16, "depths": [1, 1, 2], "num_heads": [1, 2, 4]}
_DETR = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "num_queries": 5,
}
_RESNET = {**_STAGES, "embedding_size": 16, "layer_type": "basic"}

CLASSIFIERS: dict[str, tuple[str, dict, int]] = {  # name -> class of transformers, configuration, side
    "vit": ("ViTForImageClassification", _PATCHED, 64),
    "deit": ("DeiTForImageClassification", _PATCHED, 64),
    "deit_distilled": ("DeiTForImageClassificationWithTeacher", _PATCHED, 64),
    "beit": ("BeitForImageClassification", {**_PATCHED, "use_relative_position_bias": True}, 64),
    "data2vec": ("Data2VecVisionForImageClassification", _PATCHED, 64),
    "vit_msn": ("ViTMSNForImageClassification", _PATCHED, 64),
    "ijepa": ("IJepaForImageClassification", _PATCHED, 64),
    "dinov2": ("Dinov2ForImageClassification", {**_PATCHED, "mlp_ratio": 2}, 64),
    "dinov2_with_registers": ("Dinov2WithRegistersForImageClassification", {**_PATCHED, "mlp_ratio": 2}, 64),
    "swin": ("SwinForImageClassification", {**_SWIN, "window_size": 7}, 64),
    "swin_224": (
        "SwinForImageClassification",
        {
            "image_size": 224,
            "patch_size": 4,
            "embed_dim": 16,
            "depths": [1, 1, 2, 1],
            "num_heads": [1, 2, 4, 8],
            "window_size": 7,
        },
        224,
    ),
    "swinv2": ("Swinv2ForImageClassification", {**_SWIN, "window_size": 8}, 64),
    "convnext": ("ConvNextForImageClassification", _STAGES, 128),
    "convnextv2": ("ConvNextV2ForImageClassification", _STAGES, 128),
    "resnet": ("ResNetForImageClassification", _RESNET, 128),
    "regnet": ("RegNetForImageClassification", {**_RESNET, "layer_type": "y", "groups_width": 8}, 128),
    "bit": ("BitForImageClassification", {**_STAGES, "embedding_size": 16, "num_groups": 8}, 128),
    "van": ("VanForImageClassification", _STAGES, 128),
    "pvt": (
        "PvtForImageClassification",
        {"image_size": 64, "hidden_sizes": [16, 32, 48, 64], "depths": [1] * 4, "num_attention_heads": [1, 2, 3, 4]},
        64,
    ),
    "pvt_v2": (
        "PvtV2ForImageClassification",
        {"image_size": 64, "hidden_sizes": [16, 32, 48, 64], "depths": [2] * 4, "num_attention_heads": [1, 2, 3, 4]},
        128,
    ),
    "segformer": (
        "SegformerForImageClassification",
        {"hidden_sizes": [16, 32, 48, 64], "depths": [1] * 4, "num_attention_heads": [1, 2, 3, 4]},
        128,
    ),
    "mobilevit": (
        "MobileViTForImageClassification",
        {"image_size": 128, "hidden_sizes": [24, 32, 40], "neck_hidden_sizes": [8, 16, 24, 32, 48, 64, 64]},
        128,
    ),
    "mobilevitv2": ("MobileViTV2ForImageClassification", {"image_size": 128, "width_multiplier": 0.5}, 128),
    "mobilenet_v1": ("MobileNetV1ForImageClassification", {"depth_multiplier": 0.25, "image_size": 128}, 128),
    "mobilenet_v2": ("MobileNetV2ForImageClassification", {"depth_multiplier": 0.35, "image_size": 128}, 128),
    "efficientnet": (
        "EfficientNetForImageClassification",
        {"width_coefficient": 0.5, "depth_coefficient": 0.3, "image_size": 128, "hidden_dim": 640},
        128,
    ),
    "focalnet": (
        "FocalNetForImageClassification",
        {
            "image_size": 64,
            "patch_size": 2,
            "embed_dim": 16,
            "depths": [1, 1, 2],
            "focal_levels": [2] * 3,
            "focal_windows": [3] * 3,
            "hidden_sizes": [16, 32, 64],
        },
        64,
    ),
    "levit": (
        "LevitForImageClassification",
        {
            "image_size": 224,
            "hidden_sizes": [32, 48, 64],
            "num_attention_heads": [2, 3, 4],
            "depths": [1, 1, 1],
            "key_dim": [8, 8, 8],
        },
        224,
    ),
    "poolformer": ("PoolFormerForImageClassification", {"hidden_sizes": [16, 32, 48, 64], "depths": [1] * 4}, 128),
    "cvt": (
        "CvtForImageClassification",
        {"embed_dim": [16, 32, 64], "num_heads": [1, 2, 4], "depth": [1, 2, 3]},
        64,
    ),
    "hiera": (
        "HieraForImageClassification",
        {"image_size": [64, 64], "embed_dim": 16, "depths": [1, 1, 2, 1], "num_heads": [1, 2, 4, 8]},
        64,
    ),
    "swiftformer": (
        "SwiftFormerForImageClassification",
        {"image_size": 128, "depths": [1] * 4, "embed_dims": [16, 32, 48, 64]},
        128,
    ),
    "hgnet_v2": ("HGNetV2ForImageClassification", {}, 128),
    "textnet": ("TextNetForImageClassification", {}, 128),
    "dinat": (
        "DinatForImageClassification",
        {"embed_dim": 16, "depths": [1, 1], "num_heads": [1, 2], "kernel_size": 3, "dilations": [[1], [1]]},
        64,
    ),
    "perceiver": (
        "PerceiverForImageClassificationConvProcessing",
        {
            "num_latents": 8,
            "d_latents": 32,
            "num_blocks": 1,
            "num_self_attends_per_block": 2,
            "num_self_attention_heads": 2,
            "num_cross_attention_heads": 1,
        },
        64,
    ),
    "clip": ("CLIPForImageClassification", {"vision_config": _PATCHED}, 64),
    "siglip": ("SiglipForImageClassification", {"vision_config": _PATCHED}, 64),
    "metaclip_2": ("MetaClip2ForImageClassification", {"vision_config": _PATCHED}, 64),
}
UNNAMED: dict[str, tuple[str, dict, int]] = {  # wrapped: the class scores stand where others have hidden states
    "pp_lcnet": ("PPLCNetForImageClassification", {}, 128),
}
BODIES: dict[str, tuple[str, dict, int]] = {  # wrapped: the mean of the last hidden state goes to a linear layer
    "vit_body": ("ViTModel", _PATCHED, 64),
    "vit_mae": ("ViTMAEModel", {**_PATCHED, "mask_ratio": 0.0}, 64),
    "clip_vision": ("CLIPVisionModel", _PATCHED, 64),
    "siglip_vision": ("SiglipVisionModel", _PATCHED, 64),
    "chinese_clip_vision": ("ChineseCLIPVisionModel", _PATCHED, 64),
    "blip_vision": ("BlipVisionModel", {**_PATCHED, "initializer_range": 0.02}, 64),
    "aimv2": ("Aimv2VisionModel", _PATCHED, 64),
    "mlcd": ("MLCDVisionModel", _PATCHED, 64),
    "owlvit_vision": ("OwlViTVisionModel", _PATCHED, 64),
    "dinov3_vit": ("DINOv3ViTModel", _PATCHED, 64),
    "dinov3_convnext": ("DINOv3ConvNextModel", _STAGES, 128),
    "glpn": (
        "GLPNModel",
        {"hidden_sizes": [16, 32, 48, 64], "depths": [1] * 4, "num_attention_heads": [1, 2, 3, 4]},
        128,
    ),
    "donut_swin": ("DonutSwinModel", {**_SWIN, "window_size": 8}, 64),
    "vitdet": (
        "VitDetModel",
        {"image_size": 64, "patch_size": 8, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2},
        64,
    ),
}
QUERIES: dict[str, tuple[str, dict, int]] = {  # wrapped: the mean over the queries
    "detr": ("DetrForObjectDetection", _DETR, 128),
    "conditional_detr": ("ConditionalDetrForObjectDetection", _DETR, 128),
    "table_transformer": ("TableTransformerForObjectDetection", _DETR, 128),
    "yolos": ("YolosForObjectDetection", {**_PATCHED, "image_size": [64, 64], "num_detection_tokens": 5}, 64),
}
SEGMENTERS: dict[str, tuple[str, dict, int]] = {  # wrapped: the mean over the map
    "segformer_masks": ("SegformerForSemanticSegmentation", CLASSIFIERS["segformer"][1], 128),
    "mobilevit_masks": ("MobileViTForSemanticSegmentation", CLASSIFIERS["mobilevit"][1], 128),
    "beit_masks": (
        "BeitForSemanticSegmentation",
        {**_PATCHED, "num_hidden_layers": 4, "out_indices": [1, 2, 3, 4]},
        64,
    ),
}


class Unnamed(nn.Module):
    """Class scores (B, K) of a classifier that calls them its last hidden state."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x).last_hidden_state


class Pooled(nn.Module):
    """A body and a linear layer on the mean of its last hidden state."""

    def __init__(self, body: nn.Module, side: int):
        super().__init__()
        self.body = body
        with torch.no_grad():
            width = self._pooled(torch.zeros(1, 3, side, side)).shape[1]
        self.head = nn.Linear(width, CLASSES)

    def _pooled(self, x):
        hidden = self.body(x).last_hidden_state
        return hidden.mean((2, 3)) if hidden.ndim == 4 else hidden.mean(1)

    def forward(self, x):
        return self.head(self._pooled(x))


class Queried(nn.Module):
    """Class scores (B, K) of a detector with queries: the mean over them."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x).logits.mean(1)


class Masked(nn.Module):
    """Class scores (B, K) of a segmentation network: the mean of each class's map."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x).logits.mean((2, 3))


def _make(kind: str, settings: dict) -> nn.Module:
    import transformers

    found = getattr(transformers, kind)
    return found(found.config_class(num_labels=CLASSES, **settings)).eval()


def _detector(kind: str, settings: dict) -> nn.Module:
    """A detector with queries; those with a backbone of their own get transformers' small ResNet."""
    import transformers

    if "d_model" in settings:
        body = transformers.ResNetConfig(**_RESNET, out_features=["stage4"])
        settings = {**settings, "use_timm_backbone": False, "use_pretrained_backbone": False, "backbone_config": body}
        settings["backbone"] = None
    return Queried(_make(kind, settings))


def entries() -> list[Entry]:
    """What the installed transformers has of these classes; raises ImportError where it is not installed."""
    import transformers

    ways = (
        (CLASSIFIERS, lambda kind, settings, side: _make(kind, settings)),
        (UNNAMED, lambda kind, settings, side: Unnamed(_make(kind, settings))),
        (BODIES, lambda kind, settings, side: Pooled(_make(kind, settings), side).eval()),
        (QUERIES, lambda kind, settings, side: _detector(kind, settings)),
        (SEGMENTERS, lambda kind, settings, side: Masked(_make(kind, settings))),
    )
    return [
        Entry(f"transformers/{name}", "transformers", lambda side, way=way, args=args: way(*args), (args[2],))
        for table, way in ways
        for name, args in table.items()
        if hasattr(transformers, args[0])
    ]
