"""A Hub on this machine that publishes tiny models with random weights, by the addresses of the Hub's own API."""

import hashlib
import json

import pytest
import torch
from publisher import page
from safetensors.torch import save

COMMIT = "0123456789abcdef0123456789abcdef01234567"
VIT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
VIT |= {"image_size": 32, "patch_size": 8}


def publish(server, repository, config, content, *, name="model.safetensors", said=None, size=None, **more):
    """Publish a repository: its description, `config` and the bytes of its weights; `more` are further JSON files."""
    files = {name: content, "config.json": json.dumps(config).encode()}
    files |= {f"{file}.json": json.dumps(value).encode() for file, value in more.items()}
    digest = hashlib.sha256(content).hexdigest()
    siblings = [{"rfilename": file, "size": len(found)} for file, found in files.items()]
    siblings[0] |= {"size": size or len(content), "lfs": {"sha256": digest, "size": size or len(content)}}
    about = {"id": repository, "sha": COMMIT, "siblings": siblings, "cardData": {"license": "apache-2.0"}}
    server.pages[f"/api/models/{repository}?blobs=true"] = page(json.dumps(about | (said or {})).encode())
    for file, found in files.items():
        pieces = 8 if file == name else 1
        server.pages[f"/{repository}/resolve/{COMMIT}/{file}"] = page(found, pieces=pieces)


def tiny_timm(classes=3, seed=0):
    """A network of timm's own for tests, its configuration and its file."""
    import timm

    torch.manual_seed(seed)
    net = timm.create_model("test_resnet.r160_in1k", pretrained=False, num_classes=classes)
    cfg = {"input_size": [3, 64, 64], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "crop_pct": 1.0}
    config = {"architecture": "test_resnet", "num_classes": classes, "pretrained_cfg": cfg}
    return net.eval(), config | {"label_names": [f"kind {number}" for number in range(classes)]}, save(net.state_dict())


def tiny_transformer(kind="ViTForImageClassification", **changes):
    """A network of transformers with random weights, its configuration and its file."""
    transformers = pytest.importorskip("transformers")

    torch.manual_seed(0)
    labels = {0: "husky", 1: "wolf"}
    if kind == "ViTForImageClassification":
        config = transformers.ViTConfig(**VIT, id2label=labels)
    elif kind == "YolosForObjectDetection":
        config = transformers.YolosConfig(**VIT | {"image_size": [32, 32]}, num_detection_tokens=5, id2label=labels)
    else:
        sizes = {"depth_multiplier": 0.25, "min_depth": 4, "depth_divisible_by": 4}
        config = transformers.MobileNetV2Config(**sizes, id2label=labels)
    net = getattr(transformers, kind)(config).eval()
    told = json.loads(config.to_json_string(use_diff=False)) | {"architectures": [kind]} | changes
    return net, told, save({name: value.contiguous() for name, value in net.state_dict().items()})
