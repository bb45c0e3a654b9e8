"""Health checks: each fault is named, first; healthy trainings are passed over in silence; nothing is changed."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

import fathom
from fathom.data.files import read_json
from fathom.diagnosis import REGISTRY
from fathom.errors import UserError
from fathom.records import Finding
from fathom.training.health import CHECKS, Signals, findings, from_json, to_json
from fathom.training.health.loss_series import MAX_LOSSES, LossSeries
from fathom.training.health.measure.schedule import is_due
from fathom.training.health.signals import LayerStats, Snapshot
from loops import CLASSES, FEATURES, alike, biased, names, net, points, regress, run, scaled


def asked_awake(model: nn.Module) -> None:
    """Judge without calling eval."""
    with torch.no_grad():
        model(points()[0])


def asked(model: nn.Module) -> None:
    """Judge as it should be."""
    model.eval()
    with torch.no_grad():
        model(points()[0])


class Dropping(nn.Module):
    """Drops in each mode."""

    def forward(self, x: Tensor) -> Tensor:
        """Drop half."""
        return F.dropout(x, 0.5, training=True)


def planted() -> dict[str, Callable[[], list[Finding]]]:
    """The name of what should be found first, and a training in which it is."""
    x, y = points()
    order = torch.argsort(y, stable=True)
    dropped = nn.Sequential(net(32)[0], nn.ReLU(), nn.Dropout(0.5), net(32)[2])
    return {
        "vanishing_gradients": lambda: run(net(*[24] * 8, activation=nn.Sigmoid), x, y),
        "exploding_gradients": lambda: run(scaled(net(48, 48), 4), x, y, lr=0.001),
        "dead_units": lambda: run(biased(net(32, 32)), x, y),
        "saturated_units": lambda: run(scaled(net(48, 48, activation=nn.Tanh), 5), x, y, lr=0.01),
        "high_learning_rate": lambda: run(net(32, 32), x, y, lr=6.0),
        "low_learning_rate": lambda: run(net(32, 32), x, y, lr=3e-4),
        "inputs_not_scaled": lambda: run(net(32), x * 100, y, lr=0.001),
        "symmetric_weights": lambda: run(alike(net(32, 32)), x, y),
        "class_order": lambda: run(net(32), x[order], y[order], shuffle=False),
        "wrong_output": lambda: run(net(32), x, y, loss=lambda z, t: F.cross_entropy(z.softmax(1), t)),
        "judged_in_training_mode": lambda: run(dropped, x, y, judge=asked_awake),
        "weights_shrunk": lambda: run(net(32, 32), x, y, decay=2.0, lr=0.05),
        "labels_unrelated": lambda: run(net(8), x, y[torch.randperm(600)], lr=0.02, epochs=12),
        "unfinished": lambda: run(net(32, 32, 32), x, y, lr=0.1, epochs=3),
    }


@pytest.mark.parametrize("name", planted())
def test_what_was_planted_is_named_first(name: str) -> None:
    found = planted()[name]()
    assert names(found)[:1] == [name], [finding.title for finding in found]
    assert found[0].advice
    assert found[0].evidence


def test_a_short_training_is_unfinished_where_its_loss_still_fell() -> None:
    def judged_net() -> nn.Sequential:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 4))

    x, y = points()
    short = run(judged_net(), x, y, lr=0.03, epochs=4, judge=asked)
    assert names(short) == ["unfinished"], [finding.title for finding in short]
    assert not run(judged_net(), x, y, lr=0.03, epochs=60, judge=asked)


@pytest.mark.parametrize(("epochs", "lr"), [(1, 0.05), (5, 0.01)])  # 10 steps, and 50
def test_a_training_that_has_hardly_begun_is_unfinished_unless_its_loss_does_not_fall(epochs: int, lr: float) -> None:
    x, y = points()
    found = run(net(32), x, y, lr=lr, epochs=epochs, batch=60, judge=asked)
    assert names(found) == ["unfinished"], [finding.title for finding in found]
    assert "unfinished" not in names(run(net(32), x, y, lr=1e-6, epochs=epochs, batch=60, judge=asked))


def zeroed(layer: nn.Linear) -> nn.Linear:
    """As a logistic regression begins."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


HEALTHY: dict[str, Callable[[], list[Finding]]] = {
    "relu": lambda: run(net(32, 32), *points()),
    "tanh": lambda: run(net(32, activation=nn.Tanh), *points(1)),
    "judged": lambda: run(nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 4)), *points(),
                          judge=asked),
    "borders of zeros": lambda: run(net(32), torch.cat([points()[0][:, :6], torch.zeros(600, 6)], 1), points()[1]),
    "batch norm": lambda: run(nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4)),
                              *points(2), judge=asked),
    "one layer that begins at 0": lambda: run(zeroed(nn.Linear(12, 4)), *points(), lr=0.05, epochs=20),
    "learned by heart": lambda: run(net(128), points()[0][:60], points()[1][:60], epochs=200),
    "large inputs before a norm": lambda: run(nn.Sequential(nn.BatchNorm1d(12), net(32)), points()[0] * 100,
                                              points()[1]),
}  # fmt: skip


@pytest.mark.parametrize("kind", HEALTHY)
def test_healthy_trainings_are_passed_over_in_silence(kind: str) -> None:
    assert names(HEALTHY[kind]()) == []


def test_an_eval_that_still_drops_is_told() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), Dropping(), nn.Linear(32, CLASSES))
    assert "judged_in_training_mode" in names(run(model, x, y, judge=asked))


@pytest.mark.parametrize("passes", [1, 3])
def test_a_judging_that_keeps_its_graph_is_told_from_training(passes: int) -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, CLASSES))

    def judge(awake: bool) -> Callable[[nn.Module], None]:
        def ask(model: nn.Module) -> None:
            model.train(awake)
            for part in x.chunk(passes):
                model(part)

        return ask

    assert "judged_in_training_mode" in names(run(model, x, y, judge=judge(awake=True)))
    assert "judged_in_training_mode" not in names(run(model, x, y, judge=judge(awake=False)))


def test_a_training_in_evaluation_mode_is_told() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, CLASSES))
    model.train = lambda mode=True: model  # type: ignore[method-assign, assignment]
    nn.Sequential.train(model, False)
    assert "trained_in_evaluation_mode" in names(run(model, x, y))


def test_a_loss_that_is_no_number_is_told() -> None:
    x, y = points()
    x[300] = math.nan
    assert names(run(net(32), x, y, epochs=2)) == ["inputs_not_finite"]
    spoiled = run(net(32), points()[0], y, epochs=2, loss=lambda a, b: F.cross_entropy(a, b) + (b[:1].sum() - 1).log())
    assert names(spoiled)[0] in ("not_finite", "high_learning_rate")  # the logarithm of 0 or less


def test_watching_changes_no_bit() -> None:
    x, y = points()
    weights = []
    for watched in (True, False):
        model = nn.Sequential(net(32)[0], nn.ReLU(), nn.Dropout(0.5), net(32)[2])
        torch.manual_seed(3)
        run(model, x, y, epochs=3, judge=asked, watched=watched)
        weights.append(torch.cat([p.flatten() for p in model.parameters()]))
    assert torch.equal(*weights)


def test_it_is_a_context_manager_that_leaves_no_hooks() -> None:
    model = net(8)
    optimizer = torch.optim.Adam(model.parameters())
    with fathom.watch(model, optimizer) as health:
        F.cross_entropy(model(points()[0]), points()[1]).backward()
        optimizer.step()
        health.step(1.0)
    assert not model._forward_hooks
    assert not model._forward_pre_hooks
    assert health.signals.losses.values == [1.0]


def test_every_check_has_a_name_of_its_own_and_is_silent_where_nothing_was_measured() -> None:
    found = [check.name for check in CHECKS]
    assert len(set(found)) == len(found)
    assert not set(found) & set(REGISTRY)
    explained = {name for check in CHECKS for name in check.explains}
    assert explained <= set(found)
    assert findings(Signals()) == []


@given(st.lists(st.floats(-10, 10) | st.just(math.nan), max_size=60), st.integers(0, 40))
def test_signals_come_back_from_json(values: list[float], dead: int) -> None:
    signals = Signals(loss_kind="cross-entropy", classes=3)
    for value in values:
        signals.losses.add(value)
    signals.snapshots.append(Snapshot(dead, [LayerStats("a.weight", 0.5, 1.0)]))
    told = json.loads(json.dumps(to_json(signals), allow_nan=False))
    assert to_json(from_json(told, "health.json")) == to_json(signals)


@pytest.mark.parametrize("broken", [[], {}, {"losses": 3}, {"looks": [1]}])
def test_broken_signals_are_refused(broken: Any) -> None:
    with pytest.raises(UserError, match=r"health\.json"):
        from_json(broken, "health.json")


def test_memory_stays_flat() -> None:
    losses = LossSeries()
    for i in range(3 * MAX_LOSSES):
        losses.add(float(i))
    assert len(losses.values) < MAX_LOSSES
    assert losses.windows(2) == pytest.approx([1.5 * MAX_LOSSES * 0.5, 1.5 * MAX_LOSSES * 1.5], rel=0.01)


def test_looks_grow_apart() -> None:
    steps = [step for step in range(1000) if is_due(step)]
    assert steps[:8] == [0, 1, 2, 3, 5, 8, 13, 21]
    assert steps[-9:] == list(range(100, 1000, 100))


def test_what_the_loop_measured_lies_in_the_run(tmp_path: Any) -> None:
    trained = fathom.train("practice:iris", out=tmp_path / "run", epochs=3)
    told = from_json(read_json(trained.path / "health.json"), "health.json")
    assert told.losses.steps > 0
    assert told.loss_kind == "cross-entropy"
    assert math.isfinite(told.snapshots[0].layers[0].relative_update)


def test_a_rate_that_is_too_high_is_told_of_a_run(tmp_path: Any) -> None:
    trained = fathom.train("practice:digits", out=tmp_path / "run", net="mlp", lr=0.3, optimizer="adam", epochs=3)
    assert "high_learning_rate" in names(trained.diagnose())


def test_a_run_that_is_well_is_told_nothing_of(tmp_path: Any) -> None:
    trained = fathom.train("practice:digits", out=tmp_path / "run", net="mlp", epochs=12)
    told = set(names(trained.diagnose()))
    assert not told & {check.name for check in CHECKS}
    assert "of_another_kind" not in told


def test_norms_of_a_pretrained_net_may_rest() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, CLASSES)).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with fathom.watch(model, optimizer, pretrained=True) as health:
        for rows in torch.randperm(len(x)).split(32):
            value = F.cross_entropy(model(x[rows]), y[rows])
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(value)
    assert names(health.findings) == []


@pytest.mark.parametrize("loss", [torch.ones(3), [1.0, 2.0], None, "0.5"])
def test_a_loss_that_is_no_number_is_refused_at_once(loss: Any) -> None:
    model = net(8)
    with fathom.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as health:
        with pytest.raises(UserError, match=r"loss\.mean\(\)"):
            health.step(loss)
        health.step(torch.ones(1))


@pytest.mark.parametrize("given", [(1, 2), (nn.Linear(2, 2),), (nn.Linear(2, 2), "sgd")])
def test_what_is_no_model_with_an_optimizer_is_refused(given: Any) -> None:
    with pytest.raises(UserError, match=r"watch\(model, optimizer\)"):
        fathom.watch(*given)


def test_a_loop_that_tells_no_loss_is_told_so() -> None:
    model, (x, y) = net(8), points()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loop() -> None:
        with fathom.watch(model, optimizer):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()

    with pytest.warns(UserWarning, match="never called"):
        loop()


def test_answers_that_are_compared_each_with_each_are_told() -> None:
    assert names(regress(lambda a, b: F.mse_loss(a[:, 0], b))) == []
    for loss in (F.mse_loss, lambda a, b: ((a - b) ** 2).mean(), F.l1_loss):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert names(regress(loss))[:1] == ["wrong_output"]


def test_a_first_squared_error_is_measured_by_the_targets() -> None:
    assert "exploding_gradients" in names(regress(lambda a, b: F.mse_loss(a[:, 0], b), scale=9.0))
    assert names(regress(lambda a, b: F.mse_loss(a[:, 0], b), batch=2)) == []  # one small batch says little


def test_a_loss_that_is_more_than_a_cross_entropy_is_not_taken_for_one() -> None:
    x, y = points()
    for loss in (
        lambda a, b: F.cross_entropy(a, b) * 10,
        lambda a, b: F.cross_entropy(a, b, reduction="sum"),
        lambda a, b: F.cross_entropy(a, b) + 3,
    ):
        rate = 0.1 if float(loss(torch.zeros(8, 4), torch.zeros(8, dtype=torch.long))) < 6 else 0.003
        assert names(run(net(32), x, y, loss=loss, lr=rate)) == []


def test_a_loss_below_zero_has_no_share_that_it_could_fall_to() -> None:
    x, y = points()
    assert names(run(net(32), x, y, loss=lambda a, b: F.cross_entropy(a, b) - 2)) == []


def test_labels_are_found_again_from_the_gradient() -> None:
    from fathom.training.health.measure.labels import labels_of
    from fathom.training.health.measure.targets import targets_of

    torch.manual_seed(0)
    answer, y = torch.randn(16, 5, requires_grad=True), torch.randint(0, 5, (16,))
    loss = F.cross_entropy(answer, y)
    found = labels_of(answer, torch.autograd.grad(loss, answer)[0])
    assert found is not None
    assert found.counts == {str(k): n for k in range(5) if (n := int((y == k).sum()))}
    assert found.cross_entropy == pytest.approx(float(loss.detach()), rel=1e-5)
    text, z = torch.randn(4, 7, 5, requires_grad=True), torch.randint(0, 5, (4, 7))
    loss = F.cross_entropy(text.flatten(0, 1), z.flatten())
    found = labels_of(text, torch.autograd.grad(loss, text)[0])
    assert found is not None
    assert found.cross_entropy == pytest.approx(float(loss.detach()), rel=1e-5)
    number, t = torch.randn(16, 1, requires_grad=True), torch.rand(16)
    loss = F.mse_loss(number[:, 0], t)
    squares = targets_of(number, torch.autograd.grad(loss, number)[0])
    assert squares is not None
    assert (squares.squared_error, squares.mean, squares.variance) == pytest.approx(
        (float(loss.detach()), float(t.mean()), float(t.var(correction=0))), rel=1e-4
    )


def test_constant_targets_beside_a_further_term_are_no_comparison_of_each_with_each() -> None:
    def ones(answer: Tensor, _: Tensor) -> Tensor:
        return ((answer[:, 0] - 1) ** 2).mean() + 0.5

    assert "wrong_output" not in names(regress(ones))


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5])
def test_targets_that_are_one_number_always_are_told(value: float) -> None:
    def loss(answer: Tensor, _: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], torch.full((len(answer),), value))

    assert names(regress(loss))[0] == "one_class"


def test_targets_that_hardly_differ_are_not() -> None:
    def loss(answer: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], 1 + 0.01 * y)

    assert "one_class" not in names(regress(loss))


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_losses_and_targets_of_nothing_are_survived(first: float) -> None:
    def zeros(answer: Tensor, _: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], torch.zeros(len(answer))) * first

    assert "exploding_gradients" not in names(regress(zeros))


def test_units_that_a_long_step_has_flattened_are_laid_at_the_rate() -> None:
    x, y = points()
    found = run(net(48, 48, activation=nn.Tanh), x, y, lr=30.0)
    assert names(found)[0] == "high_learning_rate"
    assert "saturated_units" not in names(found)


def test_units_that_were_flat_at_first_are_not() -> None:
    x, y = points()
    assert names(run(scaled(net(48, 48, activation=nn.Tanh), 5), x, y, lr=0.01))[0] == "saturated_units"
