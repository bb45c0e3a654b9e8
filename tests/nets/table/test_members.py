import numpy as np
import pytest
import torch

from fathom.errors import UserError
from fathom.nets import TabularMembers
from fathom.nets.table.members import CommonValues, PiecewiseEncoding, mean_of_members
from fathom.nets.table.number_scale import KNOTS, fit_scale, thinned


def test_knots_are_distinct_values():
    rng = np.random.default_rng(0)
    mostly_zero = np.where(rng.random(2000) < 0.92, 0.0, rng.gamma(2, 1000, 2000))
    scale = fit_scale(np.append(mostly_zero, np.nan))
    assert len(scale.knots) == KNOTS, "a column that is nearly always 0 has as many knots as any other"
    assert scale.knots[0] == 0
    assert (np.diff(scale.knots) > 0).all()
    assert (np.diff(scale.ranks) >= 0).all()
    assert scale.ranks[0] == pytest.approx(-0.1, abs=0.05), "half of the zeros are below: the 46th percentile"
    assert scale.common == []
    assert fit_scale(np.array([np.nan])).knots == []


def test_common_values_are_there_more_than_once():
    assert fit_scale(np.array([1.0, 1, 2, 2, 3, 7, 7])).common == [1, 2, 7]
    assert fit_scale(np.array([0.0, 1, 0, 1])).common == [], "two values need no category"
    assert fit_scale(np.repeat(np.arange(200.0), 2)).common == []


def test_thinned_knots_keep_both_ends():
    scale = fit_scale(np.arange(1000.0))
    knots, ranks = thinned(scale, 4)
    assert knots.tolist() == pytest.approx([0, 250, 500, 749, 999], abs=20)
    assert len(ranks) == 5


def test_encoding_fills_bins_and_ranks():
    values = np.array([0.0, 10, 20, 40])
    encoding = PiecewiseEncoding(1, 48, 52)
    encoding.set_scale([values.mean()], [values.std()])
    encoding.set_scales([fit_scale(values)])
    with torch.no_grad():
        encoding.weight.zero_()
        encoding.weight[0, :51, :51] = torch.eye(51)
    seen = encoding(torch.tensor([[15.0], [99.0], [float("nan")], [-1.0]]))
    assert seen[0, :3].tolist() == pytest.approx([1, 0.5, 0], abs=1e-5)
    assert seen[1, :3].tolist() == [1, 1, 1]
    assert not seen[2, :50].any()
    assert seen[2, 50].item() == 1
    ranks = fit_scale(values).ranks
    assert seen[:, 49].tolist() == pytest.approx([(ranks[1] + ranks[2]) / 2, ranks[3], 0, ranks[0]], abs=1e-5)


def test_common_values_have_places():
    common = CommonValues([0, 3, 2])
    common.set_values(
        [fit_scale(np.arange(3.0)), fit_scale(np.repeat([1.0, 5, 9], 2)), fit_scale(np.array([4.0] * 2 + [6, 7, 7]))]
    )
    rows = torch.tensor([[1.0, 5, 7], [0, 9, 6], [0, float("nan"), 4]])
    assert common(rows).tolist() == [[2, 2], [3, 0], [0, 1]]


def test_members_are_averaged_when_asked():
    said = torch.tensor([[[2.0, 0.0], [0.0, 1.0]]])
    expected = said.softmax(2).mean(1).log()
    torch.testing.assert_close(mean_of_members(said), expected)
    assert mean_of_members(torch.tensor([[[1.0], [4.0]]])).tolist() == [[2.5]]


def test_while_training_each_member_speaks():
    torch.manual_seed(0)
    net = TabularMembers(3, [4], 2, [0, 2, 0], members=5, hidden=(8,))
    net.set_scales([fit_scale(np.arange(5.0)), fit_scale(np.array([1.0, 1, 2, 2, 3])), fit_scale(np.arange(9.0))])
    inputs = torch.randn(6, 3), torch.ones(6, 1, dtype=torch.int64)
    assert net(*inputs).shape == (6, 5, 2)
    said = net.eval()(*inputs)
    assert said.exp().sum(1).tolist() == pytest.approx([1.0] * 6, abs=1e-5)
    assert said.isfinite().all()
    with pytest.raises(UserError, match="members"):
        TabularMembers(3, [4], 2, members=0)
