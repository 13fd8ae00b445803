"""What a network returns: logits, distributions, independent probabilities, tuples and dictionaries, each as it is."""

import math
from collections import OrderedDict
from dataclasses import dataclass

import pytest
import torch
from nets import PHOTO, PREPROCESS, make
from torch import nn

from cam import CamError, Contrast, TargetError, UnknownNameError, explain, metrics, trace, wrap_model
from cam.maps.report import report
from cam.models.outputs import Reader
from cam.tasks.targets import Against, ClassScore, ResidualScore, log_probabilities, probabilities, resolve

LOGITS = torch.tensor([1.5, 0.2, -0.7, 2.4])


class Net(nn.Module):
    """A convolution, pooling and a linear layer to logits `y`; returns `end(y)`."""

    def __init__(self, end, classes=4):
        super().__init__()
        self.conv, self.head, self.end = nn.Conv2d(3, 6, 3, stride=4), nn.Linear(6, classes), end
        with torch.random.fork_rng():
            torch.manual_seed(0)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.1, 0.5)

    def logits(self, x):
        return self.head(self.conv(x).relu().mean((2, 3)))

    def forward(self, x):
        return self.end(self.logits(x))


class Blind(Net):
    """The same without a graph."""

    def forward(self, x):
        with torch.no_grad():
            return super().forward(x)


def wrapped(end, classes=4, kind=Net, **options):
    return wrap_model(kind(end, classes).eval(), preprocess=PREPROCESS, **options)


def plain(model, image=PHOTO):
    """The logits of the network and what it returns, for the image, by itself."""
    with torch.no_grad():
        inputs = model.preprocess(image, "squeeze")[0]
        return model.net.logits(inputs)[0], model.net(inputs)


def mixed(y):
    return (y.softmax(-1) + (2 * y).softmax(-1)) / 2


def either(y):
    positive = y[:, :1].sigmoid()
    return torch.cat([positive, 1 - positive], 1)


DISTRIBUTIONS = {
    "softmax": lambda y: y.softmax(-1),
    "functional": lambda y: nn.functional.softmax(y, dim=1).float().view(len(y), -1),
    "module": nn.Softmax(dim=-1),
    "exp of log": lambda y: y.log_softmax(-1).exp(),
    "mean of two": mixed,
    "shares": lambda y: y.exp() / y.exp().sum(-1, keepdim=True),
    "p and 1 - p": either,
}
INDEPENDENT = {
    "sigmoid": lambda y: y.sigmoid(),
    "module": nn.Sigmoid(),
    "clamped": lambda y: y.sigmoid().clamp(1e-6, 1 - 1e-6),
    "heads": lambda y: torch.cat([one.sigmoid() for one in y.split(1, 1)], 1),
    "without the background": lambda y: y.softmax(-1)[:, 1:],
    "exp of log": lambda y: y.log_softmax(-1).exp()[:, 1:],
    "any of two": lambda y: 1 - (1 - y.sigmoid()) * (1 - (2 * y).sigmoid()),
}


READINGS = {  # (scores, inverse) -> what returns them, and the logits of what it returns
    ("softmax", "log"): (DISTRIBUTIONS, torch.log),
    ("sigmoid", "logit"): (INDEPENDENT, lambda p: (p / (1 - p)).log()),
}


@pytest.mark.parametrize("kind", [Net, Blind])
@pytest.mark.parametrize(("reading", "name"), [(one, name) for one, (ends, _) in READINGS.items() for name in ends])
def test_probabilities_are_noticed_and_read_by_their_inverse(reading, name, kind):
    ends, logits = READINGS[reading]
    model = wrapped(ends[name], kind=kind)
    _, returned = plain(model)
    assert (model.scores, model.reader.inverse) == reading
    torch.testing.assert_close(model.logits_of(returned), logits(returned))
    torch.testing.assert_close(model.probabilities(model.logits_of(returned)), returned)


@pytest.mark.parametrize(
    "end",
    [
        lambda y: y,
        lambda y: y.log_softmax(-1),
        lambda y: 0.5 + 0.001 * y,  # from 0 to 1 by chance
        lambda y: nn.functional.softplus(y) / 50,
        lambda y: y.sigmoid() * (0.5 + 0.001 * y),  # a gate and what it lets through
        lambda y: 0 * y + 0.25,  # adds up to one by chance, whatever the input
    ],
)
def test_logits_stay_as_they_are(end):
    model = wrapped(end)
    _, returned = plain(model)
    assert (model.scores, model.reader.inverse) == ("softmax", "")
    assert torch.equal(model.logits_of(returned), returned)


def test_a_distribution_is_explained_by_its_logarithm():
    model = wrapped(lambda y: y.softmax(-1))
    recorded = trace(model, PHOTO, "conv")
    inputs = recorded.input
    maps = model.net.conv(inputs).detach().requires_grad_()
    p = model.net.head(maps.relu().mean((2, 3))).softmax(-1)[0]
    for index, best in zip(p.argsort(descending=True).tolist(), recorded.top(4), strict=True):
        assert best.index == index
        assert best.probability == pytest.approx(p[index].item(), abs=1e-6)
        (expected,) = torch.autograd.grad(p[index].log(), maps, retain_graph=True)
        torch.testing.assert_close(recorded.gradients(index), expected[0])


def test_small_probabilities_keep_their_logarithm_in_half_precision():
    p = torch.tensor([[1e-6, 1.0]], dtype=torch.float16)
    assert Reader("softmax", "log")(p)[0, 0].item() == pytest.approx(math.log(p[0, 0].item()))


def test_independent_labels_each_have_their_own_probability():
    for model in (wrapped(lambda y: y, scores="sigmoid"), wrapped(lambda y: y.sigmoid())):
        logits, _ = plain(model)
        recorded = trace(model, PHOTO)
        torch.testing.assert_close(recorded.logits, logits, atol=1e-5, rtol=1e-5)
        found = {one.index: one.probability for one in recorded.top(4)}
        assert found == pytest.approx(dict(enumerate(logits.sigmoid().tolist())), abs=1e-6)
        assert sum(found.values()) != pytest.approx(1, abs=0.05)


def test_given_probabilities_are_shown_and_explained_as_they_are():
    for end in (lambda y: y.sigmoid(), lambda y: y.softmax(-1)):
        model = wrapped(end, scores="given")
        _, returned = plain(model)
        recorded = trace(model, PHOTO, "conv")
        assert torch.equal(recorded.logits, returned[0])
        assert recorded.top(1)[0].probability == returned.max().item()
        maps = model.net.conv(recorded.input).detach().requires_grad_()
        p = end(model.net.head(maps.relu().mean((2, 3))))[0, 2]
        torch.testing.assert_close(recorded.gradients(2), torch.autograd.grad(p, maps)[0][0])


def test_given_probabilities_lie_between_0_and_1():
    with pytest.raises(TargetError, match=r'-?\d.* to \d.*probabilities lie in \[0, 1\].*scores="softmax"'):
        wrapped(lambda y: y, scores="given")


def test_a_kind_of_scores_that_does_not_exist():
    with pytest.raises(UnknownNameError, match="kind of scores 'sigmod'. Did you mean sigmoid"):
        wrapped(lambda y: y, scores="sigmod")


def test_a_head_with_one_output_is_a_sigmoid():
    for end in (lambda y: y, lambda y: y.sigmoid()):
        model = wrapped(end, classes=1)
        logits, _ = plain(model)
        recorded = trace(model, PHOTO)
        assert model.scores == "sigmoid"
        assert recorded.top(1)[0].probability == pytest.approx(logits.sigmoid().item(), abs=1e-6)
        assert recorded.top(1)[0].probability < 0.999
        chosen = recorded.target(0)
        assert chosen.confidence(recorded.logits).item() == pytest.approx(logits.sigmoid().item(), abs=1e-6)
        asked = report(explain(recorded, "gradcam"), 0.0)
        assert asked["class"]["probability"] == pytest.approx(logits.sigmoid().item(), abs=1e-5)
    assert probabilities(torch.zeros(1)).item() == 0.5


SHAPES = {
    "tuple": (lambda p, y: (p, y), 1),
    "list": (lambda p, y: [p, y], 1),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["softmax", "sigmoid"])
def test_beside_probabilities_their_logits_are_found(shape, kind):
    pack, place = SHAPES[shape]
    model = wrapped(lambda y: pack(probabilities(y, kind), y))
    logits, _ = plain(model)
    assert (model.scores, model.reader.inverse, model.reader.part) == (kind, "", place)
    torch.testing.assert_close(trace(model, PHOTO).logits, logits)


def test_beside_probabilities_other_tensors_are_no_logits():
    model = wrapped(lambda y: (y.softmax(-1), 2 * y, y[:, :2]))
    logits, _ = plain(model)
    assert (model.reader.inverse, model.reader.part) == ("log", None)
    torch.testing.assert_close(trace(model, PHOTO).logits, logits.log_softmax(-1))


@dataclass
class Answer:
    scores: torch.Tensor
    features: torch.Tensor


@pytest.mark.parametrize(
    ("end", "output"),
    [
        (lambda y: {"boxes": y[:, :2], "scores": y}, lambda out: out["scores"]),
        (lambda y: (y[:, :2], (y,)), lambda out: out[1][0]),
        (lambda y: Answer(y, y[:, :2]), lambda out: out.scores),
        (lambda y: y[:, :, None, None], lambda out: out.flatten(1)),
    ],
)
def test_a_function_finds_the_logits(end, output):
    model = wrapped(end, output=output)
    logits, _ = plain(model)
    recorded = trace(model, PHOTO)
    torch.testing.assert_close(recorded.logits, logits)
    torch.testing.assert_close(recorded.scores_of_images(recorded.input)[0], logits)
    torch.testing.assert_close(recorded.scores_of_activations(recorded.activations[None])[0], logits)
    leaf = recorded.input.clone().requires_grad_()
    (expected,) = torch.autograd.grad(model.net.logits(leaf)[0, 1], leaf)
    torch.testing.assert_close(recorded.input_gradients(1, recorded.input)[0], expected)


class Told(nn.Module):
    """A vision transformer with a class token whose answer is a dictionary."""

    def __init__(self):
        super().__init__()
        self.net = make("vit")

    def forward(self, x):
        return {"tokens": x[:, 0], "scores": self.net(x)}


def test_layers_are_found_whatever_the_network_returns():
    told = wrap_model(Told().eval(), preprocess=PREPROCESS, output=lambda out: out["scores"])
    usual = wrap_model(make("vit"), preprocess=PREPROCESS)
    assert told.layers == tuple(f"net.{name}" for name in usual.layers)
    assert told.default_layer == f"net.{usual.default_layer}"


@pytest.mark.parametrize("scores", ["softmax", "sigmoid"])
def test_shapley_cam_takes_the_log_probability_of_the_models_kind(scores):
    """At a layer before a linear head: y + log p, gradients and half the Hessian times the map, written out."""
    recorded = trace(wrapped(lambda y: y, scores=scores), PHOTO, "conv")
    net = recorded.model.net
    maps = net.conv(recorded.input).detach().requires_grad_()
    y = net.head(maps.relu().mean((2, 3)))[0]
    score = y[1] + (y.log_softmax(0) if scores == "softmax" else nn.functional.logsigmoid(y))[1]
    (first,) = torch.autograd.grad(score, maps, create_graph=True)
    (second,) = torch.autograd.grad((first * maps.detach()).sum(), maps)
    weights = (first - second / 2).detach()[0].mean((1, 2))
    found = explain(recorded, "shapleycam", 1)
    torch.testing.assert_close(found.weights, weights, atol=1e-6, rtol=1e-4)


def test_what_a_function_finds_may_be_a_distribution():
    model = wrapped(lambda y: {"p": y.softmax(-1)}, output=lambda out: out["p"])
    logits, _ = plain(model)
    torch.testing.assert_close(trace(model, PHOTO).logits, logits.log_softmax(-1))


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (
            lambda y: {"boxes": y[:, :2], "scores": y},
            r"a dict \('boxes': a tensor of shape \(1, 2\), 'scores': .*\(1, 4\)",
        ),
        (lambda y: OrderedDict(out=y), r"an OrderedDict \('out': a tensor of shape \(1, 4\)\).*out\[\"scores\"\]"),
        (
            lambda y: Answer(y, y),
            r"an Answer \(.scores: a tensor of shape \(1, 4\).*wrap_model\(net, output=lambda out:",
        ),
        (lambda y: ((y, y), y), r"a tuple \(a tuple \(a tensor of shape \(1, 4\), .*output=lambda out: out"),
        (lambda y: y[0], r"a tensor of shape \(4,\).*output=lambda out: out\[:, None\]"),
        (lambda y: y[:, :, None, None], r"\(1, 4, 1, 1\).*output=lambda out: out.flatten\(1\)"),
        (lambda y: y[:, None].expand(-1, 7, -1), r"\(1, 7, 4\).*output=lambda out: out.mean\(1\)"),
        (lambda y: None, r"a value of type NoneType.*wrap_model\(net, output="),
        (lambda y: (), r"an empty tuple"),
    ],
)
def test_an_output_without_logits_is_described(end, said):
    with pytest.raises(TargetError, match=said):
        wrapped(end)


def test_logits_at_each_place_are_no_classification():
    """By themselves they are a segmentation's: tests/core/test_tasks_places.py."""
    with pytest.raises(TargetError, match=r"\(1, 4, 5, 6\).*output=lambda out: out.mean\(\(2, 3\)\)"):
        wrapped(lambda y: y[:, :, None, None].expand(-1, -1, 5, 6), task="classification")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            lambda out: out["logit"],
            r"a dict \('scores': .*\(1, 4\)\), and output= raised KeyError: 'logit'.*out\[\"scores\"\]",
        ),
        (
            lambda out: out["scores"][0],
            r"output= made a tensor of shape \(4,\) of it, not logits of shape \(batch, classes",
        ),
        (lambda out: out, r"output= made a dict \('scores'"),
    ],
)
def test_a_function_that_finds_no_logits(output, said):
    with pytest.raises(TargetError, match=said):
        wrapped(lambda y: {"scores": y}, output=output)


def test_the_function_is_a_function():
    with pytest.raises(CamError, match=r"output is a function, not str: wrap_model\(net, output=function\)"):
        wrapped(lambda y: y, output="scores")


def test_a_network_that_cannot_be_looked_into_is_asked_about(monkeypatch):
    monkeypatch.setattr("cam.models.outputs._LastOperation.saw", lambda self, tensor: False)
    with pytest.raises(TargetError, match=r'cannot be looked into.*wrap_model\(net, scores="given"\)'):
        wrapped(lambda y: 0.5 + 0.001 * y)
    assert wrapped(lambda y: 0.5 + 0.001 * y, scores="softmax").reader.inverse == ""


@pytest.mark.parametrize("scores", ["softmax", "sigmoid", "given"])
def test_targets_weigh_by_the_models_own_probabilities(scores):
    p = {"softmax": LOGITS.softmax(0), "sigmoid": LOGITS.sigmoid(), "given": LOGITS}[scores]
    labels = ("a", "b", "c", "d")
    for asked in (1, "b", ClassScore(1)):
        target = resolve(asked, labels, 0, scores)
        assert target == ClassScore(1, scores)
        torch.testing.assert_close(target.confidence(LOGITS), p[1])
    assert resolve(None, labels, 3, scores) == ClassScore(3, scores)
    contrast = resolve(Contrast(1, (0, 3), 0.5), labels, 0, scores)
    assert contrast == Contrast(1, (0, 3), 0.5, scores)
    torch.testing.assert_close(contrast.confidence(LOGITS), p[1] - 0.5 * (p[0] + p[3]) / 2)
    against = resolve(Against(ClassScore(2)), labels, 0, scores)
    assert against == Against(ClassScore(2, scores))
    torch.testing.assert_close(against.confidence(LOGITS), -p[2])
    values = LOGITS.sigmoid() if scores == "given" else LOGITS
    residual = resolve(ResidualScore(1), labels, 0, scores)
    own = {"softmax": values.softmax(0), "sigmoid": values.sigmoid(), "given": values}[scores]
    torch.testing.assert_close(residual(values), values[1] + own[1].log())
    torch.testing.assert_close(residual.confidence(values), own[1])
    torch.testing.assert_close(log_probabilities(values, scores), own.log())
    assert len({target, contrast, against, residual, resolve(1, labels, 0, scores)}) == 4  # equal ones are one key


def test_gradients_are_kept_per_target_of_the_model():
    recorded = trace(wrapped(lambda y: y, scores="sigmoid"), PHOTO)
    assert recorded.gradients(1) is recorded.gradients(ClassScore(1))


def test_score_cam_weighs_labels_by_their_own_probability():
    """Each channel's weight is the label's sigmoid behind the channel's mask, written out."""
    model = wrapped(lambda y: y, scores="sigmoid")
    recorded = trace(model, PHOTO, "conv")
    found = explain(recorded, "scorecam", 1).weights
    for channel, maps in enumerate(recorded.activations):
        size = tuple(recorded.input.shape[2:])
        mask = nn.functional.interpolate(maps[None, None], size, mode="bilinear", align_corners=False)
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        with torch.no_grad():
            expected = model.net.logits(recorded.input * mask)[0, 1].sigmoid()
        torch.testing.assert_close(found[channel], expected, atol=1e-5, rtol=1e-5)


def test_confidence_behind_a_map_is_the_labels_own():
    model = wrapped(lambda y: y, scores="sigmoid")
    recorded = trace(model, PHOTO)
    before, after = metrics.masked_confidences(recorded, torch.ones(1, *recorded.input.shape[2:]), 1)
    assert before == pytest.approx(recorded.logits[1].sigmoid().item(), abs=1e-6)
    torch.testing.assert_close(after, recorded.logits[1].sigmoid()[None], atol=1e-5, rtol=1e-5)


def test_reports_say_where_probabilities_do_not_add_up():
    independent = report(explain(trace(wrapped(lambda y: y, scores="sigmoid"), PHOTO), "gradcam", 1), 0.0)
    logits, _ = plain(wrapped(lambda y: y))
    assert independent["scores"] == "sigmoid"
    assert independent["class"]["probability"] == pytest.approx(logits[1].sigmoid().item(), abs=1e-5)
    assert {one["index"]: one["probability"] for one in independent["top"]} == pytest.approx(
        dict(enumerate(logits.sigmoid().tolist())), abs=1e-5
    )
    exclusive = report(explain(trace(wrapped(lambda y: y), PHOTO), "gradcam", 1), 0.0)
    assert "scores" not in exclusive
    assert sum(one["probability"] for one in exclusive["top"]) == pytest.approx(1, abs=1e-5)


def test_a_model_says_what_its_scores_are():
    assert "Reader(scores='sigmoid', inverse='')" in repr(wrapped(lambda y: y, scores="sigmoid"))
    assert wrapped(lambda y: y, scores="sigmoid").scores == "sigmoid"
