"""Weights from a Hub on this machine: fetched into the Hub's own cache, found there, refused. No outside network."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest
import timm
import torch
from browsing import free_port
from huggingface_hub import constants, hf_hub_download
from publisher import files, page, refused, same
from safetensors.torch import save_file

from cam.models import weights
from cam.models.catalogue import MODELS

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(scope="module")
def net():
    """A network of timm's own for tests, 0.4 million parameters."""
    torch.manual_seed(0)
    return timm.create_model("test_vit.r160_in1k")


@pytest.fixture
def repository(server, caches, monkeypatch, net, tmp_path):
    """A Hub that holds one repository: metadata with commit and SHA-256, then the file."""
    save_file(net.state_dict(), tmp_path / "published.safetensors")
    content = (tmp_path / "published.safetensors").read_bytes()
    (tmp_path / "published.safetensors").unlink()
    spec = replace(
        MODELS["deit_tiny_patch16_224.fb_in1k"],
        arch="test_vit",
        weights="r160_in1k",
        file="timm/test_vit.r160_in1k",
        size_mb=len(content) / 1e6,
    )
    headers = {"X_Repo_Commit": COMMIT, "ETag": f'"{hashlib.sha256(content).hexdigest()}"'}
    for revision in ("main", COMMIT):
        server.pages[f"/{spec.file}/resolve/{revision}/model.safetensors"] = page(content, **headers)
    monkeypatch.setattr(constants, "ENDPOINT", server.url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    return spec, content


def test_a_repository_is_fetched_into_the_hubs_own_cache(repository, server, caches, net):
    spec, content = repository
    seen = []
    state = weights.fetch(spec, lambda done, total: seen.append((done, total)))
    assert same(state, net.state_dict())
    weights.build(spec).load_state_dict(state, strict=True)
    assert (seen[0], seen[-1]) == ((0, len(content)), (len(content), len(content)))
    where = f"/{spec.file}/resolve"
    fetched = [("HEAD", f"{where}/main/model.safetensors"), ("GET", f"{where}/{COMMIT}/model.safetensors")]
    assert [request for request in server.requests if where in request[1]] == fetched
    folder = "hub/models--timm--test_vit.r160_in1k"
    assert files(caches) == [f"{folder}/refs/main", f"{folder}/snapshots/{COMMIT}/model.safetensors"]
    server.requests.clear()
    assert same(weights.fetch(spec), net.state_dict())
    assert server.requests == []


def test_the_hubs_client_finds_what_was_fetched(repository, server, caches):
    spec, content = repository
    weights.fetch(spec)
    found = hf_hub_download(spec.file, "model.safetensors", cache_dir=caches / "hub", local_files_only=True)
    assert Path(found).read_bytes() == content


def test_a_repository_that_the_hubs_client_fetched_needs_no_network(repository, server, caches, net):
    """timm's older file name, in the layout with blobs and links that the client writes."""
    spec, _ = repository
    root = caches / "hub" / "models--timm--test_vit.r160_in1k"
    for folder in ("blobs", "refs", f"snapshots/{COMMIT}"):
        (root / folder).mkdir(parents=True)
    torch.save(net.state_dict(), root / "blobs" / "abc")
    (root / "refs" / "main").write_text(COMMIT)
    (root / "snapshots" / COMMIT / "pytorch_model.bin").symlink_to("../../blobs/abc")
    assert same(weights.fetch(spec), net.state_dict())
    assert server.requests == []


def test_a_repository_whose_file_was_deleted_is_fetched_again(repository, caches, net):
    """The folders and the note of the commit are still there."""
    spec, _ = repository
    weights.fetch(spec)
    (caches / "hub" / "models--timm--test_vit.r160_in1k" / "snapshots" / COMMIT / "model.safetensors").unlink()
    assert same(weights.fetch(spec), net.state_dict())


def test_a_repository_with_a_wrong_hash(repository, server, caches):
    spec, content = repository
    server.pages[f"/{spec.file}/resolve/{COMMIT}/model.safetensors"] = page(content[:-1] + b"?")
    refused(spec, "its checksum differs")
    assert files(caches) == []


def test_a_repository_with_another_networks_weights(repository, caches):
    spec, _ = repository
    refused(replace(spec, arch="test_resnet"), "the file holds other weights than this network's")


def test_a_repository_that_does_not_exist(repository, server, caches):
    spec, _ = repository
    server.pages.clear()
    refused(spec, "the server answered 404 (Not Found)")
    assert files(caches) == []


def test_a_server_that_is_no_hub(repository, server):
    spec, content = repository
    server.pages[f"/{spec.file}/resolve/main/model.safetensors"] = page(content, X_Repo_Commit="../../up", ETag='"x"')
    refused(spec, "the server does not answer as the Hugging Face Hub does")


def test_no_network_to_the_hub(repository, monkeypatch):
    spec, _ = repository
    template = f"http://127.0.0.1:{free_port()}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    started = time.monotonic()
    refused(spec, "there is no connection to the server")
    assert time.monotonic() - started < 5


def test_the_hubs_offline_mode_is_respected(repository, server, monkeypatch):
    spec, _ = repository
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused(spec, "HF_HUB_OFFLINE forbids")
    assert server.requests == []


def test_a_hub_folder_that_cannot_be_written_has_a_substitute(repository, caches, net):
    spec, _ = repository
    (caches / "hub").write_text("a file where the folder should be")
    assert same(weights.fetch(spec), net.state_dict())
    assert spec.local_file().is_relative_to(caches / "fallback")
