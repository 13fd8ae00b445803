"""Models by their ids, from a Hub on this machine: timm's and transformers', and what is refused."""

import io

import pytest
import torch
from hubs import COMMIT, publish, tiny_timm, tiny_transformer
from huggingface_hub import constants
from publisher import files

import cam
from cam import __main__ as terminal
from cam.models import hub


@pytest.fixture
def hubs(server, caches, monkeypatch):
    """The server as the Hub that is asked; the caches are empty."""
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return server


def refused(name, **options):
    with pytest.raises(cam.WeightsError) as caught:
        hub.look(name, **options)
    return str(caught.value)


def test_a_model_is_looked_at_before_it_is_fetched(hubs):
    _, config, content = tiny_timm()
    publish(hubs, "timm/tiny", config, content)
    found = hub.look("hf-hub:timm/tiny")
    assert (found.name, found.title, found.licence, found.task) == ("timm/tiny", "tiny", "apache-2.0", "classification")
    assert found.size_mb == pytest.approx(len(content) / 1e6)
    assert not found.available()
    assert not any("model.safetensors" in path for _, path in hubs.requests)


def test_a_classifier_of_timm_is_the_one_that_was_published(hubs, caches):
    net, config, content = tiny_timm()
    publish(hubs, "timm/tiny", config, content)
    seen = []
    model = cam.load_model("timm/tiny", device="cpu", progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(content), len(content))
    assert model.labels == ("kind 0", "kind 1", "kind 2")
    assert (model.preprocess.size, model.preprocess.resize, model.preprocess.std) == ((64, 64), 64, (0.25,) * 3)
    values = torch.rand(1, 3, 64, 64)
    assert torch.equal(model.net(values), net(values))
    folder = f"hub/models--timm--tiny/snapshots/{COMMIT}"
    assert files(caches) == ["hub/models--timm--tiny/refs/main", f"{folder}/config.json", f"{folder}/model.safetensors"]
    hubs.requests.clear()
    again = cam.load_model("hf-hub:timm/tiny", device="cpu")
    assert torch.equal(again.net(values), net(values))
    assert hubs.requests == []


def test_a_classifier_of_transformers(hubs, photo, tmp_path, capsys):
    net, config, content = tiny_transformer()
    processor = {"size": {"height": 32, "width": 32}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3}
    publish(hubs, "school/vit", config, content, preprocessor_config=processor)
    model = cam.load_model("school/vit", device="cpu")
    assert model.labels == ("husky", "wolf")
    assert (model.preprocess.size, model.preprocess.mean) == ((32, 32), (0.5,) * 3)
    assert model.preprocess.interpolation == "bicubic"
    recorded = cam.trace(model, photo)
    assert torch.allclose(recorded.logits, net(model.preprocess(recorded.image)[0]).logits[0], atol=1e-6)
    assert terminal.main([str(photo), "--model", "school/vit"]) == 0
    assert capsys.readouterr().out.startswith("school/vit, layer ")


@pytest.mark.parametrize("kind", ["YolosForObjectDetection", "MobileNetV2ForSemanticSegmentation"])
def test_detectors_and_segmenters_load(hubs, kind, photo):
    net, config, content = tiny_transformer(kind)
    publish(hubs, "school/other", config, content, preprocessor_config={"size": {"height": 64, "width": 32}})
    model = cam.load_model("school/other", device="cpu")
    assert model.task == hub.look("school/other").task == hub.TASKS[f"For{kind.partition('For')[2]}"]
    values = torch.rand(1, 3, 64, 32)
    answer = model.logits_of(model.net(values))
    returned = net(values)
    if model.task == "segmentation":
        assert torch.allclose(answer, returned.logits, atol=1e-6)
    else:
        middle, sides = returned.pred_boxes[0, :, :2], returned.pred_boxes[0, :, 2:]
        expected = torch.cat([middle - sides / 2, middle + sides / 2], 1) * torch.tensor([32, 64, 32, 64])
        assert torch.allclose(answer.reshape(5, -1)[:, :4], expected, atol=1e-4)


@pytest.mark.parametrize("name", ["../etc/passwd", "a/../b", "/etc/passwd", "a/b/c", "https://x.example/a", "a/b@main"])
def test_what_is_no_id_is_refused_before_anything_is_asked(hubs, name):
    assert "is no id of the Hugging Face Hub" in refused(name)
    with pytest.raises(cam.CamError, match="is no id of the Hugging Face Hub"):
        cam.load_model(name)
    assert hubs.requests == []


def test_what_the_hub_does_not_have(hubs, monkeypatch):
    assert refused("school/none") == "There is no public model school/none on the Hugging Face Hub."
    hubs.pages["/api/models/school/odd?blobs=true"] = lambda handler: handler.send_error(500)
    assert "cannot be asked for school/odd, because the server answered 500" in refused("school/odd")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE forbids" in refused("school/odd")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    assert "no connection to the server" in refused("school/odd")


def test_what_is_not_fetched(hubs):
    _, config, content = tiny_timm()
    publish(hubs, "school/large", config, content, size=3 * 2**30)
    assert "has 3072 MB, and at most 1000 MB are fetched here" in refused("school/large", most_mb=1000)
    publish(hubs, "school/keras", config, content, name="model.h5")
    assert "has no file that is opened here: model.safetensors, pytorch_model.bin" in refused("school/keras")
    publish(hubs, "school/gated", config, content, said={"gated": "manual"})
    assert "to those who agree" in refused("school/gated")
    publish(hubs, "school/text", {"architectures": ["BertModel"]}, content)
    assert "no image model that is explained here (BertModel)" in refused("school/text")
    publish(hubs, "school/elsewhere", {"architecture": "hf-hub:evil/net"}, content)
    assert "architecture hf-hub:evil/net, which timm does not have" in refused("school/elsewhere")
    assert not any("/resolve/" in path and "config.json" not in path for _, path in hubs.requests)


class Hostile:
    def __reduce__(self):
        return print, ("opened",)


def unfit(name):
    with pytest.raises(cam.WeightsError) as caught:
        cam.load_model(name, device="cpu")
    return str(caught.value)


def test_a_pickle_is_not_opened(hubs, capsys):
    _, config, _ = tiny_timm()
    file = io.BytesIO()
    torch.save(Hostile(), file)
    publish(hubs, "school/pickle", config, file.getvalue(), name="pytorch_model.bin")
    assert unfit("school/pickle") == (
        "school/pickle cannot be opened, because the file holds something else than tensors."
    )
    assert capsys.readouterr().out == ""


def test_tensors_that_torch_saved_are_opened(hubs):
    net, config, _ = tiny_timm()
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    publish(hubs, "school/older", config, file.getvalue(), name="pytorch_model.bin")
    assert torch.equal(cam.load_model("school/older", device="cpu").net.conv1[0].weight, net.conv1[0].weight)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"model_args": {"checkpoint_path": "/etc/passwd"}}, "(checkpoint_path)"),
        ({"model_args": {"pretrained_cfg": {"url": "http://evil.example"}}}, "(pretrained_cfg)"),
        ({"model_args": {"act_layer": "a/b"}}, "(act_layer)"),
        ({"model_args": {"width": 10**9}}, "(width)"),
        ({"model_args": {"layers": [1] * 17}}, "(layers)"),
        ({"model_args": {"layers": [[1]]}}, "(layers)"),
        ({"num_classes": 10**9}, "(num_classes)"),
        ({"pretrained_cfg": {"input_size": [3, 10**6, 10**6]}}, "(pretrained_cfg)"),
        ({"num_classes": 4}, "other weights than this network's"),
    ],
)
def test_a_configuration_of_timm_that_asks_for_more_is_refused(hubs, changes, part):
    _, config, content = tiny_timm()
    publish(hubs, "school/tiny", config | changes, content)
    assert part in unfit("school/tiny")


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"model_type": "evil", "auto_map": {"AutoConfig": "evil.Config"}}, "code from the Hub is never run"),
        ({"architectures": ["EvilForImageClassification"]}, "transformers has no EvilForImageClassification"),
        ({"backbone": "evil/net"}, "(backbone)"),
        ({"quantization_config": {"quant_method": "evil"}}, "(quantization_config)"),
        ({"hidden_size": 32}, "other weights than this network's"),
        ({"num_hidden_layers": 3}, "other weights than this network's"),
    ],
)
def test_a_configuration_of_transformers_that_asks_for_more_is_refused(hubs, changes, part):
    _, config, content = tiny_transformer()
    publish(hubs, "school/vit", config | changes, content)
    assert part in unfit("school/vit")


def test_what_arrives_is_checked(hubs, caches):
    _, config, content = tiny_timm()
    publish(hubs, "school/tiny", config, content)
    publish(hubs, "school/other", config, content[:-1] + b"x")
    address = f"/school/%s/resolve/{COMMIT}/model.safetensors"
    hubs.pages[address % "tiny"] = hubs.pages[address % "other"]
    assert "its checksum differs" in unfit("school/tiny")
    assert files(caches) == []
