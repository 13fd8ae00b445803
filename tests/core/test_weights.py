"""Weights from a server on this machine: what arrives, what is refused, what a person is told. No outside network."""

import hashlib
import io
import re
import socket
import threading
import time
from collections import OrderedDict, namedtuple
from dataclasses import replace
from pathlib import Path

import gradio
import pytest
import timm
import torch
from browsing import free_port
from PIL import Image
from publisher import files, page, refused, same

from cam import WeightsError, trace
from cam.models import downloads, weights
from cam.models.catalogue import BUNDLED, MODELS

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PHOTO = Path(gradio.__file__).parent / "media_assets" / "images" / "cheetah.jpg"


# The bundled models -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", BUNDLED, ids=lambda spec: spec.name)
def test_bundled_names_are_timms_one_for_one_and_in_its_order(spec):
    """The package's file lists its tensors in the order of timm's network, so each must get its twin's name."""
    state, published = weights.fetch(spec), torch.load(spec.local_file(), weights_only=True)
    with torch.device("meta"):
        twin = weights.build(spec).state_dict()
    assert list(state) == list(twin)
    assert all(state[name].shape == tensor.shape for name, tensor in twin.items())
    assert all(torch.equal(a, b) for a, b in zip(state.values(), published.values(), strict=True))


@pytest.mark.parametrize(("number", "probability"), [(0, 0.872), (1, 0.517), (2, 0.940)])
def test_bundled_models_know_a_cheetah(number, probability):
    spec = BUNDLED[number]
    net = weights.build(spec)
    assert str(net.load_state_dict(weights.fetch(spec), strict=True)) == "<All keys matched successfully>"
    settings = weights.preprocessing(spec)
    transform = timm.data.create_transform(
        (3, *settings["size"]),
        crop_pct=settings["size"][0] / settings["resize"],
        **{key: settings[key] for key in ("mean", "std", "interpolation")},
    )
    with torch.no_grad():
        probabilities = net.eval()(transform(Image.open(PHOTO))[None]).softmax(1)[0]
    assert weights.imagenet_labels()[probabilities.argmax()] == "cheetah"
    assert probabilities.max().item() == pytest.approx(probability, abs=0.01)


def test_a_loaded_model_is_timms_with_its_weights_laid_out_channels_last(lite0, photo):
    plain = weights.build(BUNDLED[0]).eval()
    plain.load_state_dict(weights.fetch(BUNDLED[0]))
    found = trace(lite0, photo)
    assert found.activations[None].is_contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        torch.testing.assert_close(plain(found.input)[0], found.logits, atol=1e-4, rtol=1e-4)


def test_a_bundled_model_without_its_package_names_the_package():
    missing = replace(BUNDLED[1], file="no_such_package_here/models/weights.pth")
    with pytest.raises(WeightsError, match="EfficientNet-Lite1 come with the package no-such-package-here"):
        weights.fetch(missing)


def test_labels_are_a_thousand_different_names():
    labels = weights.imagenet_labels()
    assert len(set(labels)) == len(labels) == 1000
    assert (labels[0], labels[293], labels[999]) == ("tench", "cheetah", "toilet tissue")


# Names of torchvision's files ---------------------------------------------------------------------------------------


def test_old_names_of_densenet_load():
    spec = MODELS["densenet121"]
    with torch.device("meta"):
        net = weights.build(spec)
    old = {
        re.sub(r"(denselayer\d+\.(?:norm|conv))([12])\.", r"\1.\2.", name): t for name, t in net.state_dict().items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    net.load_state_dict(weights._torchvision_names(spec, old), strict=True, assign=True)


@pytest.mark.parametrize(("name", "head"), [("googlenet", "aux1.fc1.weight"), ("inception_v3", "AuxLogits.fc.weight")])
def test_auxiliary_heads_are_left_out_of_file_and_network(name, head):
    """torchvision's files hold them, and its constructor with weights sets `transform_input`."""
    from torchvision.models import get_model

    with torch.device("meta"):
        published = get_model(name, weights=None, aux_logits=True, init_weights=False).state_dict()
        net = weights.build(MODELS[name])
    assert head in published
    assert head not in net.state_dict()
    assert net.transform_input
    net.load_state_dict(weights._torchvision_names(MODELS[name], published), strict=True, assign=True)


def test_the_versions_of_modules_survive():
    """MNASNet refuses a state dict without them."""
    spec = MODELS["mnasnet1_0"]
    with torch.device("meta"):
        net = weights.build(spec)
    net.load_state_dict(weights._torchvision_names(spec, net.state_dict()), strict=True, assign=True)


# Files like torchvision's -------------------------------------------------------------------------------------------

STATE = OrderedDict(weight=torch.arange(60_000.0), bias=torch.ones(3))


@pytest.fixture
def tiny(server, caches, monkeypatch):
    """An entry whose file lies on the server under the name that its content demands."""
    buffer = io.BytesIO()
    torch.save(STATE, buffer)
    content = buffer.getvalue()
    name = f"tiny-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    server.pages[f"/{name}"] = page(content)
    monkeypatch.setattr(weights, "TORCHVISION_URL", f"{server.url}/")
    spec = replace(MODELS["squeezenet1_1"], file=name, size_mb=len(content) / 1e6)
    return spec, content


def test_a_download_is_kept_and_not_repeated(tiny, server, caches):
    spec, content = tiny
    assert same(weights.fetch(spec), STATE)
    assert (caches / "torch" / spec.file).read_bytes() == content
    assert files(caches) == [f"torch/{spec.file}"]
    assert spec.available()
    assert same(weights.fetch(spec), STATE)
    assert server.requests == [("GET", f"/{spec.file}")]


def test_progress_rises_from_nothing_to_the_whole(tiny, server):
    spec, content = tiny
    server.pages[f"/{spec.file}"] = page(content, pieces=4, delay=0.02)
    seen = []
    weights.fetch(spec, lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, len(content))
    assert seen[-1] == (len(content), len(content))
    assert len(seen) >= 4
    assert seen == sorted(set(seen))


def test_progress_is_not_called_more_often_than_asked(tiny, server, monkeypatch):
    spec, content = tiny
    monkeypatch.setattr(downloads, "REPORT_EVERY", 60.0)
    server.pages[f"/{spec.file}"] = page(content, pieces=6, delay=0.01)
    seen = []
    weights.fetch(spec, lambda done, total: seen.append(done))
    assert seen == [0, len(content)]


def test_what_progress_raises_stops_the_download_and_comes_through(tiny, caches):
    spec, _ = tiny
    stop = ConnectionError("the person pressed stop")  # even where it looks like trouble with the network

    def progress(done, total):
        if done:
            raise stop

    with pytest.raises(ConnectionError) as caught:
        weights.fetch(spec, progress)
    assert caught.value is stop
    assert files(caches) == []
    assert same(weights.fetch(spec), STATE)


def test_a_connection_that_breaks_off(tiny, server, caches):
    spec, content = tiny
    server.pages[f"/{spec.file}"] = page(content[:100_000], promised=len(content) + 10**6)
    refused(spec, "the connection broke off after 0 of 1 MB")
    assert files(caches) == []


def test_a_connection_that_closes_without_an_answer(tiny, server):
    spec, _ = tiny
    server.pages[f"/{spec.file}"] = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    refused(spec, "the connection broke off;")


def test_a_wrong_hash(tiny, server, caches):
    spec, content = tiny
    server.pages[f"/{spec.file}"] = page(content[:-1] + b"?")
    refused(spec, "its checksum differs")
    assert files(caches) == []


@pytest.mark.parametrize(("status", "words"), [(404, "404 (Not Found)"), (503, "503 (Service Unavailable)")])
def test_an_http_error(tiny, server, caches, status, words):
    spec, _ = tiny
    server.pages[f"/{spec.file}"] = lambda handler: handler.send_error(status)
    refused(spec, f"the server answered {words}")
    assert files(caches) == []


def test_a_server_that_never_answers(tiny, server, monkeypatch):
    spec, _ = tiny
    monkeypatch.setattr(downloads, "TIMEOUT", 0.2)
    released = threading.Event()
    server.pages[f"/{spec.file}"] = lambda handler: released.wait(10)
    refused(spec, "the server did not answer within 0.2 seconds")
    released.set()


@pytest.mark.parametrize("address", [lambda: f"127.0.0.1:{free_port()}", lambda: "no-such-host.invalid"])
def test_no_network(tiny, monkeypatch, caches, address):
    monkeypatch.setattr(weights, "TORCHVISION_URL", f"http://{address()}/")
    refused(tiny[0], "there is no connection to the server")
    assert files(caches) == []


def test_a_full_disk(tiny, monkeypatch, caches):
    usage = namedtuple("usage", "total used free")(10**6, 10**6, 1000)
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda _: usage)
    refused(tiny[0], "the disk is full")
    assert files(caches) == []


def test_a_folder_that_cannot_be_written_has_a_substitute(tiny, caches):
    spec, _ = tiny
    (caches / "torch").write_text("a file where the folder should be")
    assert same(weights.fetch(spec), STATE)
    assert spec.local_file() == caches / "fallback" / spec.file
    assert (caches / "fallback").stat().st_mode & 0o777 == 0o700


def test_no_folder_can_be_written(tiny, caches):
    for name in ("torch", "fallback"):
        (caches / name).write_text("a file where the folder should be")
    refused(tiny[0], "no folder for them can be written")


def test_a_damaged_file_in_the_cache_is_fetched_again(tiny, server, caches):
    spec, content = tiny
    (caches / "torch").mkdir()
    (caches / "torch" / spec.file).write_bytes(content[:1000])
    assert same(weights.fetch(spec), STATE)
    assert (caches / "torch" / spec.file).read_bytes() == content


def test_a_damaged_file_without_a_network_is_one_sentence(tiny, server, caches):
    spec, content = tiny
    server.pages.clear()
    (caches / "torch").mkdir()
    (caches / "torch" / spec.file).write_bytes(content[:1000])
    refused(spec, "404")


def test_a_pickle_that_runs_code_is_not_loaded(server, caches, monkeypatch):
    """The published file itself is hostile: its hash is right, and nothing of it runs."""
    buffer = io.BytesIO()
    torch.save(Hostile(str(caches / "ran")), buffer)
    content = buffer.getvalue()
    spec = replace(MODELS["alexnet"], file=f"bad-{hashlib.sha256(content).hexdigest()[:8]}.pth")
    server.pages[f"/{spec.file}"] = page(content)
    monkeypatch.setattr(weights, "TORCHVISION_URL", f"{server.url}/")
    refused(spec, "the file is damaged")
    assert not (caches / "ran").exists()


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (Path(self.path),))


def in_threads(count: int, call) -> list:
    """Results of `call(number)`, the exception where it raised one."""
    results = [None] * count

    def run(number):
        try:
            results[number] = call(number)
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_threads_that_want_one_file_share_one_download(tiny, server, monkeypatch):
    spec, content = tiny
    monkeypatch.setattr(downloads, "REPORT_EVERY", 0.02)
    server.pages[f"/{spec.file}"] = page(content, pieces=5, delay=0.05)
    seen = [[] for _ in range(4)]
    results = in_threads(4, lambda number: weights.fetch(spec, lambda done, total: seen[number].append((done, total))))
    assert all(same(state, STATE) for state in results)
    assert len(server.requests) == 1
    assert all(numbers and {total for _, total in numbers} == {len(content)} for numbers in seen)


def test_who_waits_goes_on_when_the_first_one_stops(tiny, server):
    spec, content = tiny
    server.pages[f"/{spec.file}"] = page(content, pieces=5, delay=0.05)
    first_is_in = threading.Event()

    def call(number):
        if number:
            assert first_is_in.wait(10)
            return weights.fetch(spec)

        def stop(done, total):
            first_is_in.set()
            if done:
                raise InterruptedError

        return weights.fetch(spec, stop)

    stopped, waited = in_threads(2, call)
    assert isinstance(stopped, InterruptedError)
    assert same(waited, STATE)


def test_who_waits_can_stop_waiting(tiny, server, monkeypatch):
    spec, content = tiny
    monkeypatch.setattr(downloads, "REPORT_EVERY", 0.02)
    release = threading.Event()

    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        release.wait(10)
        handler.wfile.write(content)

    server.pages[f"/{spec.file}"] = answer

    def call(number):
        if number == 0:
            return weights.fetch(spec)
        while not server.requests:
            time.sleep(0.01)

        def stop(done, total):
            release.set()
            raise InterruptedError(f"{done} of {total}")

        return weights.fetch(spec, stop)

    loaded, stopped = in_threads(2, call)
    assert same(loaded, STATE)
    assert isinstance(stopped, InterruptedError)
    assert str(stopped) == f"0 of {len(content)}"
