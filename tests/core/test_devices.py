"""The same maps on an accelerator as on the CPU. Skipped where there is none."""

import numpy as np
import pytest
import torch
from browsing import ASSETS
from handling import array, everything
from nets import NETS, PREPROCESS, make
from proof import CLASS, PHOTO

import cam
from cam import metrics
from cam.models.load import default_device
from cam.network import precision
from cam.passes.trace import share_gradients
from cam.passes.tracing import trace_layers
from cam.server import actions
from cam.server.app_state import AppState
from cam.server.settings import Settings

DEVICE = default_device()
pytestmark = pytest.mark.skipif(DEVICE.type == "cpu", reason="needs an accelerator")
INSTANT = ("gradcam", "hirescam", "gradcam_plusplus", "layercam", "xgradcam")


@pytest.fixture(autouse=True)
def exact_products(monkeypatch):
    """Convolutions with all bits of float32, as on the CPU; matrix products have them unless somebody asks for less."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


@pytest.fixture(scope="module")
def models():
    """Make a tiny network of a kind on both devices, once: `models(kind) -> (CPU's, accelerator's)`."""
    made = {}

    def both(kind):
        if kind not in made:
            made[kind] = [cam.wrap_model(make(kind).to(device), preprocess=PREPROCESS) for device in ("cpu", DEVICE)]
        return made[kind]

    return both


def close(found, wanted, tolerance=2e-3):
    """Whether two maps differ by no more than a share of the largest value, each device rounding in its own way."""
    found, wanted = torch.as_tensor(found), torch.as_tensor(wanted)
    assert found.device.type == "cpu"
    assert found.shape == wanted.shape
    return float((found - wanted).abs().max()) <= tolerance * float(wanted.abs().max())


def correlation(one, other):
    return np.corrcoef(np.ravel(one), np.ravel(other))[0, 1]


@pytest.mark.parametrize("kind", NETS)
@pytest.mark.parametrize("method", cam.METHODS)
def test_every_method_makes_the_same_map(method, kind, models):
    here, there = (cam.trace(model, PHOTO) for model in models(kind))
    assert there.activations.device.type == DEVICE.type
    reason = cam.obstacle(cam.METHODS[method], here)
    assert cam.obstacle(cam.METHODS[method], there) == reason
    if reason:
        pytest.skip(reason)
    wanted, found = (cam.explain(one, method, CLASS) for one in (here, there))
    assert close(found.raw, wanted.raw)
    if wanted.weights is not None:
        assert close(found.weights, wanted.weights)


@pytest.mark.parametrize("kind", ["pooled", "deep_head", "vit"])
def test_targets_classes_layers_and_combinations_agree(kind, models):
    here, there = (cam.trace(model, PHOTO) for model in models(kind))
    for target in (None, cam.Contrast(0, (1, 2)), lambda logits: logits[0] - logits.logsumexp(0)):
        assert close(cam.explain(there, "gradcam", target).raw, cam.explain(here, "gradcam", target).raw)
    for contrast in (False, True):
        wanted, found = (cam.all_classes(one, contrast=contrast) for one in (here, there))
        assert (wanted is None) == (found is None)
        assert wanted is None or close(found.raw, wanted.raw)
    for name in cam.COMBINATIONS:
        assert close(cam.combine(there, name, target=CLASS).raw, cam.combine(here, name, target=CLASS).raw), name
    layers = [trace_layers(model, PHOTO) for model in models(kind)]
    for traces in layers:
        share_gradients(list(traces.values()), CLASS)
    for name, one in layers[0].items():
        assert close(layers[1][name].gradients(CLASS).cpu(), one.gradients(CLASS)), name


def test_measures_agree(models):
    here, there = (cam.explain(cam.trace(model, PHOTO), "gradcam", CLASS) for model in models("deep_head"))
    for measure in (metrics.deletion, metrics.insertion):
        wanted, found = (measure(one.trace, one.heatmap, CLASS) for one in (here, there))
        assert found.auc == pytest.approx(wanted.auc, abs=1e-3)
    wanted, found = (metrics.masked_confidences(one.trace, one.heatmap[None], CLASS) for one in (here, there))
    assert close(found[1].cpu(), wanted[1])
    assert metrics.coherency_of(there) == pytest.approx(metrics.coherency_of(here), abs=1e-3)
    wanted, found = (metrics.road(one.trace, one.heatmap, CLASS) for one in (here, there))
    assert found.combined == pytest.approx(wanted.combined, abs=1e-3)
    assert metrics.max_sensitivity(there) == pytest.approx(metrics.max_sensitivity(here), abs=1e-2)
    steps = [list(metrics.parameter_randomisation(one)) for one in (here, there)]
    for wanted, found in zip(*steps, strict=True):
        assert found.spearman == pytest.approx(wanted.spearman, abs=0.02)


@pytest.mark.parametrize("quicker", [torch.float32, torch.float16], ids=str)
def test_the_default_model_shows_what_it_shows_on_the_cpu(quicker, photo, monkeypatch):
    monkeypatch.setattr(precision, "seconds", lambda net, inputs, dtype=None: 1 + 9 * (inputs.dtype != quicker))
    models = [cam.load_model("efficientnet_lite0", device=device) for device in ("cpu", DEVICE)]
    assert next(models[1].net.parameters()).dtype == quicker
    here, there = (cam.trace(model, photo) for model in models)
    for wanted, found in zip(here.top(3), there.top(3), strict=True):
        assert found.index == wanted.index
        assert found.probability == pytest.approx(wanted.probability, abs=0.02)
    for method in (*INSTANT, "ablationcam", "scorecam", "eigencam"):
        wanted, found = (cam.explain(one, method, "tiger cat") for one in (here, there))
        assert correlation(found.heatmap, wanted.heatmap) > 0.99, method


def test_the_page_answers():
    app_state = AppState(Settings())
    shown = actions.opening(app_state)
    assert app_state.store.model("efficientnet_lite0").device.type == DEVICE.type
    assert shown["picture"]["map"]
    found = everything(app_state, photo={"example": "cat"}, method="scorecam")
    share = [one["picture"]["share"] for one in found if "picture" in one]
    assert share[-1] == 1
    instant = everything(app_state, session="you", **{"photo": {"example": "cat"}, "class": 285})
    raw = cam.explain(cam.trace(app_state.store.model("efficientnet_lite0"), ASSETS / "cat.jpg"), "gradcam", 285).raw
    assert close(array(instant[0]["picture"]["map"], "<f4").reshape(7, 7).copy(), raw)
    assert any("classes" in one for one in instant)
