"""Each remedy changes what it is named after, and in the direction that it says."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import fathom
from fathom.coaching.probe import encoded, probe, run_statistics
from fathom.coaching.remedies import available_remedies
from fathom.coaching.remedies.capacity import MoreMembers
from fathom.coaching.remedies.optimization import GoOn
from fathom.coaching.remedies.pictures import FixMore, MirroredAnswers
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.diagnosis.decomposition import AVOIDABLE_BIAS
from fathom.progress import Watcher


@pytest.fixture(scope="module")
def context(tmp_path_factory: Any) -> RunContext:
    """A run of which neither bias nor variance is known to be what limits it."""
    out = tmp_path_factory.mktemp("remedies") / "run"
    run = fathom.train("practice:iris", net="mlp", epochs=2, lr=0.01, dropout=0.2, weight_decay=0.02, out=out)
    context = context_of(run.folder)
    return replace(context, findings=frozenset(), decomposition=replace(context.decomposition, kind=None))


def asked(context: RunContext, name: str) -> dict[str, Any]:
    change = next(one for one in available_remedies() if one.name == name).probe(context)
    assert isinstance(change, Change)
    return dict(change.settings)


def widths(context: RunContext, name: str) -> list[int]:
    return [int(width) for width in asked(context, name)["options"]["hidden"]]


def test_the_larger_net_is_twice_as_wide_and_the_smaller_half(context: RunContext) -> None:
    size = context.size()
    assert size is not None
    now = [int(width) for width in size[1]]
    assert widths(context, "larger_net") == [2 * width for width in now]
    assert widths(context, "smaller_net") == [width // 2 for width in now]


def test_rates_go_up_and_down(context: RunContext) -> None:
    assert asked(context, "higher_rate")["lr"] == pytest.approx(0.03)
    assert asked(context, "lower_rate")["lr"] == pytest.approx(0.01 / 3)


def test_against_learning_by_heart_there_is_more_of_what_holds_a_net_back(context: RunContext) -> None:
    assert asked(context, "dropout")["dropout"] == pytest.approx(0.4)
    assert asked(context, "weight_decay")["weight_decay"] == pytest.approx(0.2)
    less = asked(context, "less_regularization")
    assert (less["weight_decay"], less["dropout"]) == (0.0, 0.0)


def test_longer_is_three_times_as_long(context: RunContext) -> None:
    assert asked(context, "train_longer")["epochs"] == 6


def test_a_net_of_members_gets_twice_as_many(tmp_path: Path, context: RunContext) -> None:
    run = fathom.train("practice:iris", net="tabm", epochs=1, options={"members": "3"}, out=tmp_path / "run")
    several = context_of(run.folder)
    several = replace(several, decomposition=replace(several.decomposition, kind=None))
    assert asked(several, "more_members") == {"options": {"members": 6}}
    assert "--set members=6" in several.command(Change({"options": {"members": 6}}))
    limited = replace(several, decomposition=replace(several.decomposition, kind=AVOIDABLE_BIAS))
    assert MoreMembers().probe(limited) is None
    assert MoreMembers().probe(context) is None


def test_answers_are_averaged_over_mirror_images_where_training_mirrors(tmp_path: Path) -> None:
    def context_with(name: str, **said: Any) -> RunContext:
        return context_of(fathom.train("practice:cats?n=60", epochs=1, size=16, out=tmp_path / name, **said).folder)

    plain = context_with("plain", net="convnet")
    change = MirroredAnswers().probe(plain)
    assert change is not None
    assert "--set tta=yes" in plain.command(change)
    judged = probe(plain, change, 7, 0.1, Watcher())
    command = shlex.split(plain.command(change))
    anew = fathom.train(recipe=command[command.index("--recipe") + 1], tta="yes", out=tmp_path / "anew")
    dev = encoded(plain, plain.settings).of("dev")
    made = run_statistics(context_of(anew.folder), dev)
    assert made is not None
    assert made.tolist() == judged.rows.tolist()  # what was promised of the run's own net, the command makes
    for name, said in {"done": {"tta": True}, "never": {"flip": "no"}, "still": {"augment": 0.0}}.items():
        assert MirroredAnswers().probe(context_with(name, net="convnet", **said)) is None


def test_less_of_a_pretrained_net_is_tuned_where_much_was(context: RunContext) -> None:
    def tuned(**options: Any) -> Change | None:
        settings = replace(context.settings, net="pretrained", options=options)
        return FixMore().probe(replace(context, task=context.task.clone(settings)))

    change = tuned()
    assert change is not None
    assert change.settings == {"options": {"fixed": 11}}
    assert tuned(fixed="0") == change
    assert tuned(fixed=11) is None
    assert FixMore().probe(context) is None


def test_going_on_begins_with_what_the_run_ended_with(tmp_path: Path) -> None:
    run = fathom.train("practice:iris", net="mlp", epochs=2, lr=1e-3, out=tmp_path / "run")
    context = replace(context_of(run.folder), findings=frozenset({"unfinished"}))
    change = GoOn().probe(context)
    assert change is not None
    settings = context.settings_with(change, 7)
    net = context.initial_net(context.task.clone(settings), change)
    kept = load_file(run.folder.weights)
    assert all(torch.equal(value, kept[name]) for name, value in net.state_dict().items())
    command = context.command(change)
    assert f"--init-from {run.folder.path}" in command
    assert "--lr 0.000333" in command
    judged = probe(context, change, 7, 1.0, Watcher())
    before = run_statistics(context, encoded(context, context.settings).of("dev"))
    assert before is not None
    assert judged.rows[:, 0].sum() <= before[:, 0].sum() + 1
    leapt = replace(context, findings=frozenset({"unfinished", "diverged"}))
    assert GoOn().probe(leapt) is None
