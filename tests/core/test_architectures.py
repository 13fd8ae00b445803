"""A sample of the sweep over architectures, its own judgements on networks whose answer is known, and its tables."""

import json
import re

import architectures
import judging
import pytest
import torch
import verdict_tables
import zoo
from entrants import ENTRANTS
from judging import Reading
from torch import nn

SAMPLE = (
    "timm/vision_transformer/test_vit",
    "timm/byobnet/test_byobnet",
    "timm/starnet/starnet_s050",
    "torchvision/squeezenet1_1",
    "torchvision/mnasnet0_5",
    "torchvision/lraspp_mobilenet_v3_large",
    "torchvision/ssdlite320_mobilenet_v3_large",
    "transformers/vit",
    "transformers/dinov2_with_registers",
    "transformers/convnext",
    "transformers/pvt_v2",
    "transformers/cvt",
    "transformers/siglip_vision",
)


def _entry(name):
    return next(entry for entry in architectures.known() if entry.name == name)


@pytest.mark.filterwarnings("ignore")  # the networks' own
@pytest.mark.parametrize("name", SAMPLE)
def test_the_default_gives_the_right_map(name, monkeypatch):
    monkeypatch.setattr(architectures, "SMALL", float("inf"))  # a busy machine is slow
    if name.startswith("transformers/"):
        pytest.importorskip("transformers")
    line = architectures.measured(_entry(name), "ours", budget=0)
    assert verdict_tables.reason(line) == ""
    assert verdict_tables.right(line)
    assert "failed" not in line["methods"].values(), line["reasons"]
    assert line["methods"]["gradcam"] == line["methods"]["eigencam"] == "ran"
    assert line["changed"] == []


def test_what_is_listed_is_at_hand():
    names = [entry.name for entry in architectures.known()]
    assert len(names) == len(set(names))
    assert len(names) >= 207


# The judgements


class Branches(nn.Module):
    """A convolution, one more whose output only a sum meets, and one that nothing reads."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.side, self.unread = (nn.Conv2d(a, 4, 3, 2, 1) for a in (3, 3, 3))
        self.block = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        self.unread(x)
        maps = self.first(x) + self.side(x)
        return self.head(self.block(maps).mean((2, 3)))


@pytest.mark.parametrize(
    ("layer", "way"), [("block.0", "all"), ("block", "all"), ("first", "beside"), ("side", "beside")]
)
def test_the_way_of_the_score(layer, way):
    assert judging.way(Branches().eval(), architectures.noise(16, 0), layer, 1)[0] == way


def test_a_branch_that_nothing_reads_has_no_gradient_and_others_have():
    net, inputs = Branches().eval(), architectures.noise(16, 0)
    gradients = {
        name: judging.map_and_gradient(net, inputs, Reading(name, lambda t: t), 1)[1] for name in ("first", "unread")
    }
    assert gradients["first"].any()
    assert not gradients["unread"].any()


def test_maps_of_a_linear_head_are_known():
    net, inputs = Branches().eval(), architectures.noise(16, 0)
    values = judging.map_and_gradient(net, inputs, Reading("block", lambda t: t), 1)
    expected = torch.einsum("c,chw->hw", net.head.weight[1], values[0]) / 64
    torch.testing.assert_close(judging.grad_cam(*values), expected)
    torch.testing.assert_close(judging.hires_cam(*values), expected)


def test_occlusion_of_a_linear_network_is_known():
    """The score is a weighted sum of pixels, so a patch loses what it covers."""
    net, inputs = nn.Sequential(nn.Flatten(), nn.Linear(3 * 28 * 28, 3)).eval(), architectures.noise(28, 0)
    shares = (net[1].weight[1].detach().reshape(3, 28, 28) * inputs[0]).sum(0)
    found = judging.occlusion(net, inputs, 1)
    assert set(found) == {(0, 0), (2, 16), (12, 5), (14, 14), (22, 25)}
    torch.testing.assert_close(found[0, 0], float(shares[:4, :4].sum()), rtol=1e-4, atol=1e-5)
    four = [shares[y : y + 4, x : x + 4].sum() for y in (12, 14) for x in (12, 14)]
    torch.testing.assert_close(found[14, 14], float(sum(four) / 4), rtol=1e-4, atol=1e-5)


def test_a_network_without_a_map_inside_is_judged_by_occlusion():
    net = nn.Sequential(nn.Flatten(), nn.Linear(3 * 28 * 28, 3)).eval()
    inputs = architectures.noise(28, 0)
    found = ENTRANTS["ours"](net, inputs, architectures.noise(28, 1), architectures.INDEX)
    line = architectures.hidden(net, inputs, found)
    assert (found.layer, line["upright"], line["depends"]) == ("", True, True)
    found.maps["occlusion"].copy_(found.maps["occlusion"].T.clone())
    assert not architectures.hidden(net, inputs, found)["upright"]


def test_a_map_on_its_side_is_found_out():
    net, inputs = nn.Conv2d(3, 4, 3, 2, 1).eval(), architectures.noise(32, 0)

    def read(turn):
        return lambda pixels: turn(net(pixels)[0].detach())

    assert judging.right_way_up(read(lambda m: m), inputs) == (True, 0)
    assert not judging.right_way_up(read(lambda m: m.transpose(1, 2)), inputs)[0]
    assert not judging.right_way_up(read(lambda m: m.flip(1)), inputs)[0]
    assert not judging.right_way_up(read(lambda m: m.permute(1, 2, 0)), inputs)[0]


def test_a_change_of_state_is_seen():
    net = Branches()
    before = judging.state_of(net)
    assert judging.changed_state(before, judging.state_of(net)) == []
    net.first.stride = (1, 1)
    with torch.no_grad():
        net.head.bias.add_(1)
    assert judging.changed_state(before, judging.state_of(net)) == ["first.stride", "head.bias"]


def test_constant_logits_are_woken():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()
    nn.init.zeros_(net[3].weight)
    assert zoo.awake(net, architectures.noise(16, 0, 2)) == "flat weights drawn"
    assert zoo.awake(net, architectures.noise(16, 0, 2)) == ""


# The file and its tables


def _line(**more):
    base = {"architecture": "a", "library": "ours", "built": True, "found": True, "depends": True, "upright": True}
    return (
        base | {"errors": {"gradcam": 1e-6}, "layer": "x", "peak": 0.0, "way": "all", "forward": 1.0, "wrap": 2} | more
    )


def test_right_takes_all_four():
    assert verdict_tables.right(_line())
    for broken in ({"found": False, "why": "no"}, {"depends": False}, {"upright": False}, {"errors": {"gradcam": 0.1}}):
        line = _line(**broken)
        assert not verdict_tables.right(line)
        assert verdict_tables.reason(line)


def test_what_a_run_has_measured_is_not_measured_again(tmp_path, monkeypatch):
    file = tmp_path / "results.jsonl"
    names = SAMPLE[1:3]
    file.write_text(json.dumps(_line(architecture=names[0])) + "\n" + '{"architecture": "tran')
    asked, entries = [], [_entry(name) for name in names]
    monkeypatch.setattr(
        architectures,
        "lines_of",
        lambda jobs, *_: (_line(architecture=entries[i].name, asked=asked.append(i)) for i, _ in jobs),
    )
    monkeypatch.setattr(architectures, "known", lambda: entries)
    architectures.run(architectures.parser().parse_args([str(file), "--libraries", "ours"]))
    assert asked == [1]
    assert [line["architecture"] for line in architectures.read(file)] == list(names)


def test_the_page_has_every_table_once_and_says_what_the_lines_say():
    text = verdict_tables.filled(verdict_tables.PAGE.read_text(), [_line(), _line(architecture="b", depends=False)])
    assert "| ours | 2 | 2 | 1 | 2 | 2 | 2 | 1 | 2.0 F | – | – |" in text
    assert "| ours | all | 2 | 1000 ms | 2.0 F | 2.0 F | – | – |" in text
    assert "| ours | `b` | `x` | the score does not depend on the map |" in text


def test_the_numbers_of_the_page_belong_together():
    """The summary's networks are the rows of the long table, and its misses are listed."""
    text = verdict_tables.PAGE.read_text()
    tables = {
        name: re.search(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", text, re.S)[1]
        for name in verdict_tables.TABLES
    }
    rows = tables["architectures"].splitlines()[2:]
    assert len(rows) >= 207
    summary = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in tables["summary"].splitlines()[2:]}
    assert "ours" in summary
    for place, library in enumerate(verdict_tables.LIBRARIES):
        if library not in summary:  # it has not been run
            continue
        cells = summary[library]
        right = sum(row.split(" | ")[5 + place] == "yes" for row in rows)
        assert int(cells[7]) == right
