"""Each row of the catalogue names something that exists, with the size and the address that its library gives."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
import timm
import torch
from torchvision.models import get_model_weights

from cam.models import catalogue, weights
from cam.models.catalogue import BUNDLED, MODELS, ModelSpec

TORCHVISION = [spec for spec in MODELS.values() if spec.source == "torchvision"]
TIMM = [spec for spec in MODELS.values() if spec.source == "timm"]


def named(specs) -> dict:
    return {"argvalues": list(specs), "ids": lambda spec: spec.name}


def test_the_bundled_models_come_first_and_lite0_is_the_default():
    assert list(MODELS)[:3] == ["efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"]
    assert [spec.name for spec in BUNDLED] == list(MODELS)[:3]
    assert {spec.source for spec in MODELS.values()} == {"bundled", "torchvision", "timm"}


def test_names_and_titles_are_unique():
    assert len(MODELS) == len(catalogue._ROWS) == 80
    assert len({spec.title for spec in MODELS.values()}) == 80
    assert all(name == spec.name for name, spec in MODELS.items())


@pytest.mark.parametrize("spec", **named(MODELS.values()))
def test_papers_and_years_have_their_form(spec):
    """No network is older than its paper, and an arXiv number says when that was."""
    year, month = re.fullmatch(r"(\d\d)(\d\d)\.\d{4,5}", spec.paper).groups()
    assert 2014 <= 2000 + int(year) <= spec.year <= 2026
    assert 1 <= int(month) <= 12


@pytest.mark.parametrize("spec", **named(BUNDLED))
def test_bundled_files_are_on_this_machine(spec):
    assert spec.available()
    assert spec.local_file().stat().st_size / 1e6 == pytest.approx(spec.size_mb, abs=0.06)


@pytest.mark.parametrize("spec", **named(TORCHVISION))
def test_torchvision_rows_agree_with_torchvision(spec):
    published = get_model_weights(spec.arch)[spec.weights]
    assert published.url == weights.TORCHVISION_URL + spec.file
    assert tuple(published.meta["categories"]) == weights.imagenet_labels()
    assert published.meta["_file_size"] * 2**20 / 1e6 == pytest.approx(spec.size_mb, abs=0.06)


OTHERS = [spec for spec in catalogue.OTHER_TASKS.values() if spec.source == "torchvision"]


@pytest.mark.parametrize("spec", **named(OTHERS))
def test_rows_of_other_tasks_agree_with_torchvision(spec):
    published = get_model_weights(spec.arch)[spec.weights]
    assert published.url == weights.TORCHVISION_URL + spec.file
    assert published.meta["_file_size"] * 2**20 / 1e6 == pytest.approx(spec.size_mb, abs=0.06)
    assert weights.labels(spec) == tuple(published.meta["categories"])
    assert weights.labels(spec)[1] == {"detection": "person", "segmentation": "aeroplane"}[spec.task]
    with torch.device("meta"):
        net = weights.build(spec)
    count = sum(one.numel() for one in net.parameters())
    assert count <= published.meta["num_params"]
    assert count == published.meta["num_params"] or spec.task == "segmentation", "its state has the same entries"
    assert bool(weights.preprocessing(spec)) == (spec.task == "segmentation"), "a detector normalises by itself"


@pytest.mark.parametrize("spec", **named(TIMM))
def test_timm_rows_agree_with_timm(spec):
    assert spec.name == f"{spec.arch}.{spec.weights}"
    assert timm.is_model(spec.arch)
    published = timm.get_pretrained_cfg(spec.name)
    assert published.hf_hub_id == spec.file
    assert published.hf_hub_filename is None
    assert published.crop_mode == "center"
    assert ("CC BY-NC" in spec.note) == ("-nc-" in (published.license or ""))


@pytest.mark.parametrize("spec", **named(MODELS.values()))
def test_each_network_builds_and_has_a_thousand_outputs(spec):
    """On the device that stores nothing, but where a library reads tensors while it builds (RegNets, older timm)."""
    try:
        with torch.device("meta"):
            net = weights.build(spec)
    except (NotImplementedError, RuntimeError):
        net = weights.build(spec)
    net.to("meta").eval()
    settings = weights.preprocessing(spec)
    with torch.no_grad():
        assert net(torch.empty(2, 3, *settings["size"], device="meta")).shape == (2, 1000)
    megabytes = sum(tensor.numel() for tensor in net.state_dict().values()) * 4e-6
    assert spec.size_mb == pytest.approx(megabytes, rel=0.02, abs=1) or spec.name in weights._TRAINING_ONLY


@pytest.mark.parametrize("spec", **named(MODELS.values()))
def test_preprocessing_is_complete(spec):
    settings = weights.preprocessing(spec)
    assert list(settings) == ["size", "resize", "mean", "std", "interpolation"]
    assert settings["size"][0] == settings["size"][1] <= settings["resize"]
    assert settings["interpolation"] in ("bilinear", "bicubic")
    assert len(settings["mean"]) == len(settings["std"]) == 3
    assert all(0 <= mean < 1 and 0 < std <= 1 for mean, std in zip(settings["mean"], settings["std"], strict=True))


def test_preprocessing_values():
    assert weights.preprocessing(MODELS["efficientnet_lite1"]) == {
        "size": (240, 240),
        "resize": 272,  # 240 / 0.882
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
        "interpolation": "bicubic",
    }
    assert weights.preprocessing(MODELS["inception_v3"]) == {
        "size": (299, 299),
        "resize": 342,
        "mean": (0.485, 0.456, 0.406),
        "std": (0.229, 0.224, 0.225),
        "interpolation": "bilinear",
    }


def test_the_catalogue_imports_no_library_of_networks():
    code = (
        "import importlib.util, sys\n"
        f"found = importlib.util.spec_from_file_location('catalogue', {catalogue.__file__!r})\n"
        "sys.modules['catalogue'] = module = importlib.util.module_from_spec(found)\n"
        "found.loader.exec_module(module)\n"
        "assert module.MODELS['efficientnet_lite0'].available()\n"
        "print({'torch', 'torchvision', 'timm', 'huggingface_hub'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()", done.stderr


@pytest.fixture
def caches(monkeypatch, tmp_path):
    """The three folders in which weights are looked for, empty and apart from the user's own."""
    for name in ("torch", "hub", "fallback"):
        monkeypatch.setattr(catalogue, f"{name}_folder", lambda folder=tmp_path / name: folder)
    return tmp_path


@pytest.mark.parametrize("folder", ["torch", "fallback"])
def test_a_torchvision_file_is_found_in_either_folder(caches, folder):
    spec = MODELS["squeezenet1_1"]
    assert not spec.available()
    (caches / folder).mkdir()
    (caches / folder / "squeezenet1_1-b8a52dc0.pth").touch()
    assert spec.local_file() == caches / folder / "squeezenet1_1-b8a52dc0.pth"


@pytest.mark.parametrize("folder", ["hub", "fallback"])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
def test_a_timm_repository_is_found_in_either_folder(caches, folder, name):
    spec = MODELS["resnet50.a1_in1k"]
    assert not spec.available()
    repository = caches / folder / "models--timm--resnet50.a1_in1k"
    commit = "0123456789abcdef0123456789abcdef01234567"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    assert not spec.available()
    (repository / "snapshots" / commit).mkdir(parents=True)
    (repository / "snapshots" / commit / name).touch()
    assert spec.local_file() == repository / "snapshots" / commit / name


def test_a_module_of_one_file_is_no_package_with_weights():
    assert replace(BUNDLED[0], file="bisect/weights.safetensors").local_file() is None


def test_a_package_that_is_not_installed_is_not_available():
    missing: ModelSpec = replace(BUNDLED[0], file="no_such_package_here/models/weights.pth")
    assert missing.local_file() is None
