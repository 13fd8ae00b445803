"""The method to begin with follows from what lies behind the layer."""

import pytest
import torch
from nets import PREPROCESS, make
from PIL import Image

import cam
from cam import default_method, explain, trace, wrap_model

NOISE = Image.effect_noise((40, 40), 80).convert("RGB")


def model_of(kind, **options):
    return wrap_model(make(kind), preprocess=PREPROCESS, **options)


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        ("pooled", "gradcam"),
        ("depthwise", "gradcam"),
        ("channels_last", "gradcam"),
        ("shared_relu", "gradcam"),
        ("swin", "gradcam"),
        ("deep_head", "hirescam"),  # a hidden layer sees each place
        ("vit", "hirescam"),  # attention weighs each place
        ("vit_registers", "hirescam"),
        ("attention_pooled", "hirescam"),
    ],
)
def test_grad_cam_where_every_place_counts_alike(kind, method):
    model = model_of(kind)
    assert default_method(model) == method
    assert default_method(trace(model, NOISE)) == method
    both = [explain(trace(model, NOISE), name).raw for name in ("gradcam", "hirescam")]
    same = torch.allclose(*both, atol=1e-5 * both[0].abs().max())
    assert same == (method == "gradcam"), "the rule is exactly where the two differ"


def test_it_is_the_layers_and_not_the_models():
    model = model_of("pooled")
    shallow = trace(model, NOISE, model.layers[0])
    assert default_method(shallow) == "hirescam"
    assert default_method(model) == default_method(trace(model, NOISE)) == "gradcam"


def test_it_is_found_once(monkeypatch):
    model = model_of("deep_head")
    assert default_method(model) == "hirescam"
    monkeypatch.setattr(cam.methods.defaults, "_found", None)
    assert default_method(model) == default_method(trace(model, NOISE)) == "hirescam"


def test_none_means_the_default():
    recorded = trace(model_of("vit"), NOISE)
    assert explain(recorded, None).method == "hirescam"
    assert explain(recorded).method == "gradcam"
    assert explain(trace(model_of("pooled"), NOISE), None, 3).method == "gradcam"


def test_a_layer_without_influence_has_a_default_too():
    model = model_of("vit")
    unseen = trace(model, NOISE, "blocks.2")  # the class token alone is read behind it
    assert default_method(unseen) in cam.METHODS
