import math

import pytest
import torch
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets import TABLE_NETS, TabularMLP
from fathom.nets.table.tabular import NumericEncoding

NAN = float("nan")
each_net = pytest.mark.parametrize("name", [name for name in TABLE_NETS if name != "boosting"])  # it is fitted


def rows(batch=16):
    generator = torch.Generator().manual_seed(0)
    numeric = torch.randn(batch, 3, generator=generator)
    numeric[0, 0] = NAN
    categorical = torch.stack([torch.arange(batch) % 5, torch.arange(batch) % 3], dim=1)
    return numeric, categorical


def build(name, **more):
    torch.manual_seed(0)
    return TABLE_NETS[name](3, [4, 2], 2, **more)


@each_net
@pytest.mark.parametrize("bins", [1, 4])
def test_shapes(name, bins):
    net = build(name, bins=bins).eval()
    out = net(*rows())
    assert out.shape == (16, 2)
    assert out.isfinite().all()
    assert torch.equal(out, net(*rows()))


@each_net
def test_a_new_net_knows_nothing_and_all_parameters_learn(name):
    net = build(name, bins=3)
    said = net(*rows())
    said = said.mean(1) if said.ndim == 3 else said
    loss = F.cross_entropy(said, (torch.arange(16) % 3 == 0).long())
    assert loss.item() == pytest.approx(math.log(2), abs=0.3)
    loss.backward()
    assert all(p.grad is not None and p.grad.any() for p in net.parameters())


@each_net
@pytest.mark.parametrize(("numeric", "cardinalities"), [(0, [3]), (2, [])])
def test_tables_of_one_kind_of_column(name, numeric, cardinalities):
    net = TABLE_NETS[name](numeric, cardinalities, 1, bins=2).eval()
    out = net(torch.randn(4, numeric), torch.ones(4, len(cardinalities), dtype=torch.int64))
    assert out.shape == (4, 1)


@each_net
def test_no_column_is_said(name):
    with pytest.raises(UserError, match="no column"):
        TABLE_NETS[name](0, [], 2)


def test_missing_is_the_mean_beside_an_indicator():
    encoding = NumericEncoding(2)
    encoding.set_scale([10.0, 0.0], [2.0, 0.0])
    encoded = encoding(torch.tensor([[14.0, 3.0], [NAN, float("inf")]]))
    assert encoded.tolist() == [[2.0, 3.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]


def test_bins_fill_from_below():
    encoding = NumericEncoding(1, bins=3)
    encoding.set_scale([10.0], [2.0])
    encoding.set_bins([[0.0, 10.0, 10.0, 20.0]])  # the bin in the middle is empty: a step
    filled = encoding(torch.tensor([[5.0], [15.0], [-9.0], [99.0], [NAN]]))[:, 2:]
    expected = [[0.5, 0, 0], [1, 1, 0.5], [0, 0, 0], [1, 1, 1], [0, 0, 0]]
    torch.testing.assert_close(filled, torch.tensor(expected))


def test_scale_and_bins_are_saved_and_checked():
    net = build("mlp", bins=2)
    net.set_scale([1.0, 2, 3], [1.0, 2, 3])
    net.set_bins([[0.0, 1, 2]] * 3)
    other = build("mlp", bins=2)
    other.load_state_dict(net.state_dict())
    assert other.mean.tolist() == [1, 2, 3]
    assert other.std.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="shape"):
        net.set_scale([1.0], [1.0])


def test_gradient_is_finite_beside_missing_values():
    net = build("mlp", bins=2)
    net(torch.full((4, 3), NAN), torch.zeros(4, 2, dtype=torch.int64)).sum().backward()
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_embedding_sizes_and_unknown_starts_in_the_middle():
    net = TabularMLP(1, [1, 9, 500], 2)
    assert [e.weight.shape for e in net.embeddings] == [(2, 1), (10, 5), (501, 50)]
    assert not net.embeddings[1].weight[0].any()
    assert net.embed(torch.zeros(2, 1), torch.zeros(2, 3, dtype=torch.int64)).shape == (2, net.head.in_features)
