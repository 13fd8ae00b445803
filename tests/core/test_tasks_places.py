"""Segmentation: regions as findings, and a class in any mask as a target, held against plain autograd."""

from pathlib import Path

import numpy as np
import pytest
import torch
from nets import PHOTO
from torch import nn
from torch.nn import functional as F
from torchvision.models import segmentation

from cam import Area, Contrast, Preprocess, TargetError, default_method, explain, load_model, metrics, trace, wrap_model
from cam.metrics import box_mask
from cam.tasks.targets import ClassScore

ASSETS = Path(__file__).parents[2] / "assets"
PREPROCESS = Preprocess(size=(32, 32), resize=32, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))


class Places(nn.Module):
    """Logits of `classes` at 8 x 8 places, enlarged to `size`; returns `end(logits)`."""

    def __init__(self, end=lambda y: y, classes=3, size=16):
        super().__init__()
        self.end, self.size = end, size
        self.body = nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Conv2d(6, 8, 3, 2, 1), nn.ReLU())
        self.head = nn.Conv2d(8, classes, 3, padding=1)
        with torch.random.fork_rng():
            torch.manual_seed(4)
            for parameter in self.parameters():
                nn.init.normal_(parameter, 0.05, 0.5)

    def answer(self, maps):
        return F.interpolate(self.head(maps), (self.size, self.size), mode="bilinear")

    def forward(self, x):
        return self.end(self.answer(self.body(x)))


class Output:
    def __init__(self, logits):
        self.logits = logits


FORMS = {
    "a tensor": lambda y: y,
    "as torchvision": lambda y: {"out": y, "aux": y * 0},
    "as transformers": Output,
    "a mask and a class": lambda y: (y, y.mean((2, 3))),
    "by output=": lambda y: {"boxes": y[:, 0], "masks": y},
}


def wrapped(form="a tensor", classes=3, **options):
    if form == "by output=":
        options["output"] = lambda out: out["masks"]
    net = Places(FORMS[form], classes).eval()
    return wrap_model(net, preprocess=PREPROCESS, labels=["sky", "tree", "road"][:classes], **options)


def by_hand(net, inputs, index, cells):
    """Activations and the gradient of a class's logits summed over `cells`, (C, h, w) each, by plain autograd."""
    with torch.enable_grad():
        activations = net.body(inputs).detach().requires_grad_()
        score = net.answer(activations)[0, index][cells].sum()
        (gradient,) = torch.autograd.grad(score, activations)
    return activations[0].detach(), gradient[0]


def close(found, expected, tolerance=1e-5):
    assert expected.abs().max() > 0
    assert (found - expected).abs().max() <= tolerance * expected.abs().max()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_regions_and_maps(form):
    model = wrapped(form)
    assert (model.task, model.scores) == ("segmentation", "softmax")
    recorded = trace(model, PHOTO, "body.3")
    with torch.no_grad():
        logits = model.net.answer(model.net.body(recorded.input))[0]
    chances, winner = logits.softmax(0), logits.argmax(0)
    found = recorded.top()
    assert len(found) >= 2
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)
    for one in found:
        cells = winner == one.index
        assert torch.equal(one.cells, cells)
        assert one.share == pytest.approx(float(cells.float().mean()))
        assert one.probability == pytest.approx(float(chances[one.index][cells].mean()), abs=1e-6)
        activations, gradient = by_hand(model.net, recorded.input, one.index, cells)
        close(explain(recorded, "hirescam", one).raw, (activations * gradient).sum(0))
        close(explain(recorded, "gradcam", one.label).raw, (activations * gradient.mean((1, 2), keepdim=True)).sum(0))
    assert default_method(recorded) == "hirescam"


def test_a_class_at_one_point_and_in_a_mask_of_the_photo():
    recorded = trace(wrapped(), PHOTO, "body.3")
    width, height = PHOTO.size
    point = torch.zeros(16, 16, dtype=torch.bool)
    point[int(30 / height * 16), int(10 / width * 16)] = True
    activations, gradient = by_hand(recorded.model.net, recorded.input, 1, point)
    close(explain(recorded, "hirescam", Area("tree", point=(10, 30))).raw, (activations * gradient).sum(0))
    drawn = box_mask([(0, 0, width / 2, height)], (height, width))
    half = torch.zeros(16, 16, dtype=torch.bool)
    half[:, :8] = True
    activations, gradient = by_hand(recorded.model.net, recorded.input, 2, half)
    found = explain(recorded, "gradcam", Area(2, mask=drawn))
    close(found.raw, (activations * gradient.mean((1, 2), keepdim=True)).sum(0))
    assert (found.label, found.target.count) == ("road", 128)


class Fused(nn.Module):
    """Two grids, joined at a quarter of the picture's size, where a last convolution answers for each place."""

    def __init__(self):
        super().__init__()
        self.fine = nn.Conv2d(3, 8, 4, 4)
        self.coarse = nn.Sequential(nn.Conv2d(8, 12, 3, 2, 1), nn.ReLU())
        self.classifier = nn.Conv2d(20, 3, 1)

    def forward(self, x):
        fine = self.fine(x).relu()
        coarse = nn.functional.interpolate(self.coarse(fine), scale_factor=2.0)
        return {"out": self.classifier(torch.cat([fine, coarse], 1))}


class FusedThenMixed(Fused):
    """The same with a second convolution of each place by itself before the answer, as SegFormer's head has it."""

    def __init__(self):
        super().__init__()
        self.classifier = nn.Sequential(nn.Conv2d(20, 16, 1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 3, 1))


class Skips(nn.Module):
    """A U-Net of two steps."""

    def __init__(self):
        super().__init__()
        self.down, self.deep = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 12, 3, 2, 1)
        self.up, self.joined = nn.ConvTranspose2d(12, 8, 2, 2), nn.Conv2d(16, 8, 3, 1, 1)
        self.classifier = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        down = self.down(x).relu()
        joined = torch.cat([self.up(self.deep(down).relu()), down], 1)
        return nn.functional.interpolate(self.classifier(self.joined(joined).relu()), scale_factor=2)


class EachToken(nn.Module):
    """Tokens that one linear layer answers for, each by itself."""

    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 4, 4)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.classifier = nn.Linear(16, 3)

    def forward(self, x):
        tokens = self.patches(x)
        answers = self.classifier(self.block(tokens.flatten(2).transpose(1, 2)))
        return answers.transpose(1, 2).unflatten(2, tokens.shape[2:])


@pytest.mark.parametrize(
    ("build", "layer"), [(Fused, "coarse"), (FusedThenMixed, "coarse"), (Skips, "deep"), (EachToken, "block")]
)
def test_the_answer_of_each_place_is_not_its_own_explanation(build, layer):
    """At the logits themselves a region's map is the region; the default lies where the evidence is still mixed."""
    torch.manual_seed(0)
    model = wrap_model(build().eval(), preprocess=PREPROCESS)
    assert any(name.startswith("classifier") for name in model.layers)
    assert model.default_layer == layer
    recorded = trace(model, PHOTO)
    assert explain(recorded, "hirescam", recorded.top(1)[0]).raw.any()


def test_a_margin_is_no_part_of_a_region():
    recorded = trace(wrapped(), PHOTO, fit="pad")  # 60 x 40 pixels in 32 x 32
    top, bottom = (int(recorded.view.content[side]) for side in (1, 3))
    centres = (torch.arange(16) + 0.5) * 2
    shown = (centres >= top) & (centres < bottom)
    everywhere = recorded.target(Area("sky"))
    assert torch.equal(everywhere.mask.all(1), shown)
    assert sum(one.share for one in recorded.top()) == pytest.approx(1)
    masks = torch.stack([one.mask for one in recorded.top()])
    assert masks.shape[1:] == (40, 60)
    assert torch.equal(masks.sum(0), torch.ones(40, 60))


def test_one_output_is_the_foreground():
    recorded = trace(wrapped(classes=1), PHOTO)
    chances = recorded.logits[0].sigmoid()
    (found,) = recorded.top()
    assert torch.equal(found.cells, chances > 0.5)
    assert found.probability == pytest.approx(float(chances[chances > 0.5].mean()), abs=1e-6)


def test_probabilities_are_explained_by_their_logits():
    plain = trace(wrapped(), PHOTO, "body.3")
    for end, scores in ((lambda y: y.softmax(1), "softmax"), (lambda y: y.sigmoid(), "sigmoid")):
        net = Places(end).eval()
        model = wrap_model(net, preprocess=PREPROCESS)
        assert model.scores == scores
        chances = end(plain.logits[None])[0]
        recorded = trace(model, PHOTO, "body.3")
        one = recorded.top(1)[0]
        assert one.probability == pytest.approx(float(chances[one.index][one.cells].mean()), abs=1e-5)


def test_masked_images_are_asked_for_the_probability_in_the_region():
    recorded = trace(wrapped(), PHOTO)
    one = recorded.top(1)[0]
    heatmap = explain(recorded, None, one).heatmap
    curve = metrics.deletion(recorded, heatmap, one, pixels=256)
    with torch.no_grad():
        blank = recorded.model.net(torch.zeros_like(recorded.input))[0].softmax(0)[one.index][one.cells].mean()
    assert curve.scores[0] == pytest.approx(one.probability, abs=1e-5)
    assert curve.scores[-1] == pytest.approx(float(blank), abs=1e-5)


@pytest.mark.parametrize("kind", ["fcn_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"])
def test_the_networks_of_torchvision_are_known_by_what_they_return(kind):
    torch.manual_seed(0)
    net = getattr(segmentation, kind)(weights=None, weights_backbone=None, num_classes=4).eval()
    model = wrap_model(net, preprocess=Preprocess(size=(64, 64)))
    assert (model.task, len(model.labels)) == ("segmentation", 4)
    recorded = trace(model, PHOTO)
    with torch.no_grad():
        logits = net(recorded.input)["out"][0]
    assert torch.allclose(recorded.logits, logits, atol=1e-5)
    assert {one.index for one in recorded.top(9)} == set(logits.argmax(0).unique().tolist())


def test_the_bundled_network_tells_the_foreground():
    model = load_model("u2netp")
    recorded = trace(model, ASSETS / "coffee.jpg")
    (found,) = recorded.top()
    assert (model.task, found.label) == ("segmentation", "foreground")
    assert (found.share, found.probability) == pytest.approx((0.4762, 0.9949), abs=2e-3)
    inside = box_mask([(143, 12, 427, 398)], found.mask.shape)  # NanoDet-g's box of the cup
    assert found.mask.numpy()[inside].mean() > 0.8
    with torch.enable_grad():
        kept = []
        handle = model.net.get_submodule(model.default_layer).register_forward_hook(lambda m, i, o: kept.append(o))
        output = model.net(recorded.input.clone().requires_grad_())
        handle.remove()
        (gradient,) = torch.autograd.grad(output[0, 0][found.cells].sum(), kept[0])
    close(explain(recorded, None, found).raw, (kept[0][0].detach() * gradient[0]).sum(0), 1e-4)


def test_mistakes_are_told_with_the_way_out():
    recorded = trace(wrapped(), PHOTO)
    for wrong, code in (
        (Area("sky", mask=np.zeros((5, 5), bool)), "mask-size"),
        (Area("sky", point=(600, 3)), "area-empty"),
        (Area("sky", mask=np.zeros((40, 60), bool)), "area-empty"),
        (Contrast(0, (1,)), "target-of-classes"),
        (ClassScore(0), "target-of-classes"),
    ):
        with pytest.raises(TargetError) as said:
            explain(recorded, None, wrong)
        assert said.value.code == code
    finer = trace(recorded.model, PHOTO, detail=1.0)
    assert finer.target(recorded.top(1)[0]).count > 0
    with pytest.raises(TargetError) as said:
        wrap_model(Places(lambda y: y.mean((2, 3))).eval(), preprocess=PREPROCESS, task="segmentation")
    assert said.value.code == "output-no-places"


def test_a_class_that_wins_nowhere_is_all_places():
    recorded = trace(wrapped(), PHOTO)
    lost = set(range(3)) - {one.index for one in recorded.top()}
    for index in lost or {None}:
        target = recorded.target(index)
        assert target.count == (256 if lost else recorded.target(recorded.top(1)[0]).count)
