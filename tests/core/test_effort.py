"""Less work for nearly the same map: what is done, what is said of it, and where it is not offered."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from nets import make, recorded
from torch import nn

import cam
from cam import METHODS, MethodError, UnknownNameError, explain_steps
from cam.maps import effort
from cam.maps.effort import EFFORTS, effort_obstacle
from cam.maps.recipe import Recipe
from cam.maps.report import report
from cam.network import precision


@pytest.fixture
def fast(monkeypatch):
    monkeypatch.setattr(precision, "gain_of_bfloat16", lambda net, inputs: 2.0)


def test_the_figures_are_correlations_of_what_exists():
    measured = json.loads((Path(cam.__file__).parent / "maps" / "effort.json").read_text())
    assert measured["correlations"]
    for name, efforts in measured["correlations"].items():
        assert METHODS[name].streams
        assert set(efforts) <= set(EFFORTS) - {"exact"}
        for median, lowest in efforts.values():
            assert -1 <= lowest <= median <= 1
    assert "EfficientNet-Lite0" in effort.measured_on()


def test_a_quarter_is_the_map_after_a_quarter_of_the_channels(monkeypatch):
    monkeypatch.setattr("cam.passes.again.CHUNK_SECONDS", 0)  # one channel at a time
    t = recorded()
    steps = [step for step in explain_steps(t, "scorecam", 1) if step.share >= 0.25]
    found = list(Recipe("scorecam", effort="quarter").explanations(t, 1))
    assert torch.equal(found[-1].raw, steps[0].raw)
    assert not torch.equal(found[-1].raw, steps[-1].raw)
    assert (found[-1].share, found[-1].effort) == (1, "quarter")
    assert found[0].share < 0.5
    assert found[-1].trace is t


@pytest.mark.parametrize("method", ["scorecam", "sscam", "rise", "ablationcam"])
def test_a_part_of_the_work_is_the_same_part_on_any_machine(monkeypatch, method):
    t, found = recorded("deep_head"), []
    for seconds in (0, 60):  # one step at a time; as many as fit
        monkeypatch.setattr("cam.passes.again.CHUNK_SECONDS", seconds)
        found.append([step for step in explain_steps(replace(t, part=0.3), method, 1) if step.share >= 0.3])
    alone, together = found
    assert len(alone) > len(together)
    assert alone[0].share == together[0].share
    torch.testing.assert_close(alone[0].raw, together[0].raw)
    assert alone[-1].share == together[-1].share == 1
    torch.testing.assert_close(alone[-1].raw, together[-1].raw)


def test_bfloat16_is_automatic_casting_of_the_masked_passes(fast):
    t = recorded()
    *_, found = Recipe("scorecam", effort="bfloat16").explanations(t, 1)
    *_, exact = explain_steps(t, "scorecam", 1)
    assert not torch.equal(found.raw, exact.raw)
    torch.testing.assert_close(found.raw, exact.raw, atol=0.05 * float(exact.raw.abs().max()), rtol=0)
    batch = torch.cat([t.input, t.input / 2])
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        expected = t.model.net(batch).float()
    rough = next(iter(Recipe("scorecam", effort="bfloat16").explanations(t, 1)))
    assert rough.trace.precision is None, "what is handed out is the exact trace"
    torch.testing.assert_close(replace(t, precision=torch.bfloat16).scores_of_images(batch), expected)


def test_an_approximation_says_so(fast):
    t = recorded()
    *_, found = Recipe("scorecam", effort="draft").explanations(t, 1)
    said = report(found, 0.1)
    assert said["effort"] == "draft"
    assert said["correlation"] == list(EFFORTS["draft"].correlation(METHODS["scorecam"]))
    *_, exact = Recipe("scorecam").explanations(t, 1)
    assert not {"effort", "correlation"} & set(report(exact, 0.1))


def test_less_effort_is_refused_where_it_is_unknown_or_no_faster(monkeypatch):
    t = recorded()
    with pytest.raises(UnknownNameError, match="quarter"):
        next(Recipe("scorecam", effort="quart").explanations(t, 1))
    with pytest.raises(MethodError, match="was not measured"):
        next(Recipe("gradcam", effort="quarter").explanations(t, 1))
    monkeypatch.setitem(effort._MEASURED["correlations"], "occlusion", {"quarter": [0.6, 0.5]})
    with pytest.raises(MethodError, match=r"another map with less work.* 0\.60"):
        next(Recipe("occlusion", effort="quarter").explanations(t, 1))
    monkeypatch.setattr(precision, "gain_of_bfloat16", lambda net, inputs: 1.1)
    with pytest.raises(MethodError, match="no faster on this machine"):
        next(Recipe("scorecam", effort="bfloat16").explanations(t, 1))
    assert effort_obstacle(EFFORTS["quarter"], METHODS["scorecam"], t) is None
    assert effort_obstacle(EFFORTS["exact"], METHODS["gradcam"], t) is None


# ---- precision of a whole network ----


@pytest.fixture
def accelerator(monkeypatch):
    """The CPU as if it were a device that networks are converted for; `times` are what passes take there."""
    times = {torch.float32: 1.0, torch.bfloat16: 0.4}

    def seconds(net, inputs):
        assert next(net.parameters()).dtype == inputs.dtype, "what is timed is what will run"
        return times[inputs.dtype]

    monkeypatch.setattr(precision, "HALF", {"cpu": torch.bfloat16})
    monkeypatch.setattr(precision, "seconds", seconds)
    return times


def test_a_network_is_converted_where_that_is_faster(accelerator):
    net = make("pooled")
    inputs = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    found = precision.settled(net, inputs)
    assert next(found.parameters()).dtype == torch.bfloat16
    assert next(net.parameters()).dtype == torch.float32, "the network that was given stays as it is"
    accelerator[torch.bfloat16] = 0.9
    assert precision.settled(net, inputs) is net


def test_a_network_whose_logits_would_change_is_not_converted(accelerator):
    class Steep(nn.Module):
        """The difference of two large sums: half precision loses it."""

        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 1)
            nn.init.constant_(self.conv.bias, 3000.0)

        def forward(self, x):
            return self.conv(x).mean((2, 3)) - 3000.0

    net = Steep().eval()
    assert precision.settled(net, torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))) is net


def test_on_the_cpu_networks_stay_in_single_precision(lite0):
    assert "cpu" not in precision.HALF
    assert next(lite0.net.parameters()).dtype == torch.float32


def test_timing_takes_the_passes_that_it_says():
    calls = []

    class Counting(nn.Module):
        def forward(self, x):
            calls.append((tuple(x.shape), torch.is_autocast_enabled("cpu")))
            return x.mean((2, 3))

    net = Counting().eval()
    assert 0 < precision.gain_of_bfloat16(net, torch.zeros(1, 3, 8, 8)) < 1000
    assert {shape for shape, _ in calls} == {(4, 3, 8, 8)}
    assert [cast for _, cast in calls] == [False] * 4 + [True] * 4
    precision.gain_of_bfloat16(net, torch.zeros(1, 3, 8, 8))
    assert len(calls) == 8, "timed once per network"


@pytest.mark.parametrize(("wait", "passes"), [(0.3, 1), (0.08, 2)])
def test_a_hopeless_type_is_not_timed_to_the_end(wait, passes):
    """Where bfloat16 is emulated, a pass may take seconds: one or two tell."""
    calls = []

    class Slow(nn.Module):
        def forward(self, x):
            calls.append(torch.is_autocast_enabled("cpu"))
            time.sleep(wait if calls[-1] else 0.002)
            return x.mean((2, 3))

    assert precision.gain_of_bfloat16(Slow().eval(), torch.zeros(1, 3, 8, 8)) < precision.WORTH_IT
    assert calls == [False] * 4 + [True] * passes


def test_a_recipe_of_a_method_that_streams_is_not_quick():
    assert {name: Recipe(name).quick for name in METHODS} == {name: not one.streams for name, one in METHODS.items()}
    assert Recipe("gradcam").quick
    assert not Recipe("rise").quick
