"""Attention as it is seen from outside: the matrices are the module's own, and what a pass gives does not change."""

import pytest
import torch
from kinds import Block, PlacesOnly, Tokens
from nets import NETS, make, recorded
from oracles import timm_matrices, timm_vit
from test_kinds import seeded
from torch import nn
from torch.nn import functional as F

from cam import MethodError, explain
from cam.methods.transformers import attention_rollout, legrad, stack_of
from cam.network.watching import Attention


@pytest.mark.parametrize(
    "settings", [{}, {"is_causal": True}, {"scale": 0.3}, {"attn_mask": "added"}, {"attn_mask": "bool"}]
)
def test_fused_attention_is_its_equation(settings):
    generator = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 2, 4, 6, 8, generator=generator)
    masks = {"added": torch.randn(6, 6, generator=generator), "bool": torch.eye(6, dtype=torch.bool).logical_not()}
    settings = {key: masks.get(value, value) if isinstance(value, str) else value for key, value in settings.items()}
    expected = F.scaled_dot_product_attention(q, k, v, **settings)
    with Attention() as watch:
        found = F.scaled_dot_product_attention(q, k, v, **settings)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)
    assert watch.matrices[0].shape == (2, 4, 6, 6)
    torch.testing.assert_close(watch.matrices[0] @ v, expected, atol=1e-6, rtol=1e-5)


def test_grouped_queries():
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(1, heads, 5, 8, generator=generator) for heads in (4, 2, 2))
    expected = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    with Attention():
        torch.testing.assert_close(F.scaled_dot_product_attention(q, k, v, enable_gqa=True), expected)


@pytest.mark.parametrize("asked", [{"need_weights": False}, {}, {"average_attn_weights": False}])
@pytest.mark.parametrize("context", [torch.no_grad, torch.enable_grad])
def test_torch_attention_gives_its_own_matrices(asked, context):
    """PyTorch's fast path too: in eval mode and without a graph it would not compute the matrix as a tensor at all."""
    torch.manual_seed(0)
    module, x = nn.MultiheadAttention(8, 2, batch_first=True).eval(), torch.randn(1, 5, 8)
    expected, weights = module(x, x, x, **asked)
    _, each = module(x, x, x, average_attn_weights=False)
    with context(), Attention() as watch:
        output, own = module(x, x, x, **asked)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(own, weights)
    torch.testing.assert_close(watch.matrices[0].view(1, 2, 5, 5), each)


@pytest.mark.parametrize("fused", [True, False])
def test_timm_attention_gives_its_own_matrices(fused):
    t = recorded(timm_vit(fused))
    with Attention() as watch, torch.no_grad():
        torch.testing.assert_close(t.model.net(t.input)[0], t.logits, atol=1e-5, rtol=1e-4)
    for found, expected in zip(watch.matrices, timm_matrices(t), strict=True):
        torch.testing.assert_close(found[0], expected, atol=1e-6, rtol=1e-4)


def test_maps_do_not_depend_on_how_attention_is_computed():
    one, other = (recorded(timm_vit(fused)) for fused in (True, False))
    for name in ("attention_rollout", "legrad", "shapleycam"):
        expected = explain(one, name, 1).raw
        torch.testing.assert_close(explain(other, name, 1).raw, expected, atol=1e-5 * float(expected.max()), rtol=1e-3)


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_the_stack_of_blocks_is_found(prefix):
    t = recorded(make({0: "vit_mean", 1: "vit", 5: "vit_registers"}[prefix]))
    stack = stack_of(t)
    assert stack.blocks == ("blocks.0", "blocks.1", "blocks.2")
    assert (stack.layout.prefix, stack.layout.grid) == (prefix, (4, 4))


def test_torchvisions_blocks_are_found():
    from torchvision.models import VisionTransformer

    torch.manual_seed(0)
    net = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=5).eval()
    nn.init.normal_(net.heads.head.weight)
    t = recorded(net)
    assert [name.split(".")[-1] for name in stack_of(t).blocks] == ["encoder_layer_0", "encoder_layer_1"]
    assert explain(t, "attention_rollout").raw.sum() < 1  # a row of the product, less the class token's own share
    assert explain(t, "legrad", 1).raw.min() >= 0


def test_a_window_or_a_single_query_is_not_a_stack():
    from torchvision.models import SwinTransformer

    torch.manual_seed(0)
    swin = SwinTransformer([4, 4], 8, [1, 1], [2, 2], [2, 2], num_classes=5).eval()
    for net in (swin, make("attention_pooled")):
        with pytest.raises(MethodError, match="needs a vision transformer"):
            explain(recorded(net), "legrad")


def test_rollout_rows_add_up_to_one():
    """With tokens of one sort, the whole row is the map."""
    raw = explain(recorded(make("vit_mean")), "attention_rollout").raw
    assert float(raw.sum()) == pytest.approx(1, abs=1e-5)


def test_rollout_is_the_mean_over_the_grid_where_the_head_reads_that_and_not_the_class_token():
    t = recorded(seeded(PlacesOnly).eval())
    with Attention() as watch:
        t.model.net(t.input)
    flow = torch.eye(watch.matrices[0].shape[-1])
    for matrix in watch.matrices:
        mean = matrix.detach().reshape(-1, *flow.shape).mean(0)
        flow = (mean + torch.eye(len(mean))) / 2 @ flow
    expected = flow[1:, 1:].mean(0)
    assert not torch.allclose(flow[0, 1:], expected, atol=1e-3)
    torch.testing.assert_close(explain(t, "attention_rollout").raw.flatten(), expected, atol=1e-6, rtol=1e-5)


class ClassAttention(Block):
    """A block whose class token looks at all tokens once more, by itself."""

    def __init__(self, width):
        super().__init__(width)
        self.last = nn.MultiheadAttention(width, 2, batch_first=True)

    def forward(self, x):
        x = super().forward(x)
        return torch.cat([x[:, :1] + self.last(x[:, :1], x, x, need_weights=False)[0], x[:, 1:]], 1)


@pytest.mark.parametrize("number", [0, 1])
def test_a_block_in_which_one_token_looks_by_itself_is_no_block_of_all_tokens(number):
    net = seeded(Tokens).eval()
    net.blocks[number] = ClassAttention(16).eval()
    with pytest.raises(MethodError) as said:
        explain(recorded(net), "attention_rollout")
    assert said.value.code == "needs-blocks-fewer-tokens"


def test_rollout_does_not_see_the_class_and_legrad_does():
    t = recorded(make("vit"))
    assert torch.equal(explain(t, "attention_rollout", 0).raw, explain(t, "attention_rollout", 3).raw)
    assert not torch.allclose(explain(t, "legrad", 0).raw, explain(t, "legrad", 3).raw)


@pytest.mark.parametrize("kind", [kind for kind in NETS if "vit" not in kind])
def test_other_networks_have_no_stack(kind):
    assert stack_of(recorded(make(kind))) is None


@pytest.mark.parametrize("method", [attention_rollout, legrad])
def test_the_methods_themselves_say_that_there_is_no_stack(method):
    t = recorded(make("deep_head"))
    with pytest.raises(MethodError, match="This needs a vision transformer"):
        method(t, t.target())
