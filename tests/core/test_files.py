"""A network of one's own from files: the function, the weights that fit and those that do not, labels, sizes."""

import sys

import pytest
import torch
from own_nets import net
from safetensors.torch import save_file
from torch import nn

from cam import __main__ as terminal
from cam import own_page, wrap_model
from cam.errors import NetworkError
from cam.models import files

NETS = """
import torch
from torch import nn
def make():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
def number():
    return 3
def failing():
    raise RuntimeError("no GPU here")
class Tiny(nn.Module):
    pass
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with a module of one's own."""
    (tmp_path / "nets_of_mine.py").write_text(NETS)
    (tmp_path / "broken_nets.py").write_text("import no_such_package\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    yield tmp_path
    for name in ("nets_of_mine", "broken_nets"):
        sys.modules.pop(name, None)


def test_a_function_or_a_class_gives_the_network(folder):
    assert isinstance(files.network("nets_of_mine:make")[0], nn.Conv2d)
    assert type(files.network("nets_of_mine:Tiny")).__name__ == "Tiny"


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("nets_of_mine", ("names no function", "my_nets:make")),
        ("nets_of_mine:mak", ("has no 'mak'", "it has make")),
        ("nets_of_min:make", ("no module 'nets_of_min'", "nets_of_mine")),
        ("broken_nets:make", ("broken_nets imports 'no_such_package'", "not installed")),
        ("nets_of_mine:number", ("gives an object of type int", "return the network")),
        ("nets_of_mine:failing", ("RuntimeError: no GPU here",)),
    ],
)
def test_what_is_no_network_says_what_was_found(folder, place, parts):
    with pytest.raises(NetworkError) as caught:
        files.network(place)
    assert all(part in str(caught.value) for part in parts), caught.value


def changed(network):
    """The same architecture with other weights."""
    other = net(2, seed=1)
    assert not torch.equal(other[0].weight, network[0].weight)
    return other.state_dict()


@pytest.mark.parametrize(
    ("wrap", "told"),
    [
        (lambda state: state, []),
        (lambda state: {"state_dict": state, "epoch": 3}, ["the weights are those under 'state_dict'"]),
        (
            lambda state: {"model": {f"module.{key}": value for key, value in state.items()}},
            ["the weights are those under 'model'", "the prefix 'module.' of its keys is left out"],
        ),
        (lambda state: {f"model.module.{key}": value for key, value in state.items()}, ["the prefix 'model.module.'"]),
    ],
)
def test_weights_are_found_under_outer_keys_and_prefixes(tmp_path, wrap, told):
    network, said = net(2), []
    state = changed(network)
    torch.save(wrap(state), tmp_path / "best.pt")
    files.load_weights(network, tmp_path / "best.pt", tell=said.append)
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    assert len(said) == len(told)
    assert all(part in line for part, line in zip(told, said, strict=True))


def test_keys_get_the_prefix_of_the_network(tmp_path):
    inner, said = net(2), []
    network = nn.ModuleDict({"body": inner})
    state = changed(inner)
    save_file(state, tmp_path / "best.safetensors")
    files.load_weights(network, tmp_path / "best.safetensors", tell=said.append)
    assert torch.equal(inner[0].weight, state["0.weight"])
    assert said == ["best.safetensors: its keys get the prefix 'body.' that the network's have."]


def test_counts_of_batch_normalisations_may_be_missing(tmp_path):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    state = {key: value + 1 for key, value in network.state_dict().items() if "num_batches" not in key}
    save_file(state, tmp_path / "best.safetensors")
    files.load_weights(network, tmp_path / "best.safetensors")
    assert torch.equal(network[1].running_mean, torch.ones(4))


def refused(network, path):
    with pytest.raises(NetworkError) as caught:
        files.load_weights(network, path)
    return str(caught.value)


def test_what_does_not_fit_says_which_keys(tmp_path):
    network = net(2)
    state = net(5).state_dict()
    state |= {f"extra.{number}": torch.zeros(1) for number in range(5)}
    del state["0.bias"]
    save_file(state, tmp_path / "best.safetensors")
    said = refused(network, tmp_path / "best.safetensors")
    assert "do not fit the network Sequential" in said
    assert "1 missing (0.bias)" in said
    assert "5 unexpected (extra.0, extra.1, extra.2 and 2 more)" in said
    assert "2 of another shape (6.weight is 5x12, expected 2x12, 6.bias is 5, expected 2)" in said


class Hostile:
    def __reduce__(self):
        return print, ("opened",)


def test_what_is_no_file_of_tensors_is_refused(tmp_path, capsys):
    torch.save(Hostile(), tmp_path / "hostile.pt")
    assert "holds Python objects" in refused(net(2), tmp_path / "hostile.pt")
    assert capsys.readouterr().out == ""
    (tmp_path / "text.pt").write_text("hello")
    assert "is no file of weights" in refused(net(2), tmp_path / "text.pt")
    (tmp_path / "text.safetensors").write_text("hello")
    assert "is no file of weights" in refused(net(2), tmp_path / "text.safetensors")
    torch.save({"epoch": 3}, tmp_path / "empty.pt")
    assert "holds no tensors: its keys are epoch" in refused(net(2), tmp_path / "empty.pt")
    torch.save([torch.zeros(1)], tmp_path / "list.pt")
    assert "holds an object of type list" in refused(net(2), tmp_path / "list.pt")
    assert "There is no file" in refused(net(2), tmp_path / "gone.pt")


def test_labels_are_lines_or_json(tmp_path):
    (tmp_path / "names.txt").write_text("tabby cat\n dog\n\n", encoding="utf-8")
    (tmp_path / "list.json").write_text('["cat", "dog"]')
    (tmp_path / "numbers.json").write_text('{"10": "dog", "2": "cat"}')
    (tmp_path / "wrong.json").write_text("3")
    assert files.read_labels(tmp_path / "names.txt") == ["tabby cat", "dog"]
    assert files.read_labels(tmp_path / "list.json") == ["cat", "dog"]
    assert files.read_labels(tmp_path / "numbers.json") == ["cat", "dog"]
    for name, part in (("wrong.json", "a JSON list of names"), ("gone.txt", "cannot be read")):
        with pytest.raises(NetworkError, match=part):
            files.read_labels(tmp_path / name)


def test_preprocessing_is_what_is_said_and_the_rest_as_usual():
    assert files.preprocessing(net(2)) is None
    grey = files.preprocessing(net(2, channels=1), size=(48, 64))
    assert (grey.size, grey.resize, len(grey.mean)) == ((48, 64), 48, 1)
    own = files.preprocessing(net(2), mean=(0.5, 0.4, 0.3), std=(1, 1, 1))
    assert (own.size, own.mean, own.std) == ((224, 224), (0.5, 0.4, 0.3), (1, 1, 1))
    with pytest.raises(NetworkError, match="--mean has 1 values: the first convolution takes 3"):
        files.preprocessing(net(2), mean=(0.5,))


def wrapped_by(*arguments):
    return own_page.model_of(own_page.parser().parse_args(arguments))


def test_the_command_line_makes_a_model(folder, capsys):
    made = files.network("nets_of_mine:make")
    torch.save({"state_dict": {key: value * 2 for key, value in made.state_dict().items()}}, "best.pt")
    (folder / "names.txt").write_text("husky\nwolf\n")
    options = ("--weights", "best.pt", "--labels", "names.txt", "--size", "32x48", "--name", "dogs")
    model = wrapped_by("--network", "nets_of_mine:make", *options)
    assert (model.name, model.labels, model.preprocess.size) == ("dogs", ("husky", "wolf"), (32, 48))
    assert torch.equal(model.net[0].weight, made[0].weight * 2)
    assert "the weights are those under 'state_dict'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--weights", "best.pt"], "name it by --network"),
        (["--network", "nets_of_mine:make", "--labels", "three.txt"], "2 outputs, but 3 labels"),
        (["--network", "nets_of_mine:make", "--weights", "gone.pt"], "There is no file of weights gone.pt"),
        (["--model", "resnet5"], "Unknown model 'resnet5'"),
    ],
)
def test_the_command_says_why_it_cannot_open(folder, capsys, arguments, part):
    (folder / "three.txt").write_text("a\nb\nc\n")
    assert terminal.main(["serve", *arguments]) == 1
    assert part in capsys.readouterr().err


def test_a_wrapped_model_takes_no_further_options(folder, monkeypatch):
    model = wrap_model(net(2))
    monkeypatch.setattr(files, "network", lambda _: model)
    assert wrapped_by("--network", "any:thing") is model
    with pytest.raises(NetworkError, match="leave out --weights, --size"):
        wrapped_by("--network", "any:thing", "--weights", "best.pt", "--size", "32")
