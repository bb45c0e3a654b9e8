"""Music as events: the notes of a roll, one distribution, transposition, and a tune that follows its beginning."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import fathom
from fathom.data.counter_rng import BatchRng
from fathom.data.music.note_events import events_of
from fathom.nets.music.events import BEGIN, END, EVENT_NETS, KEYS, MAX_DURATION, EventNet
from fathom.records import Example, Settings
from fathom.runs.load import load_net, load_task
from fathom.tasks.music.events import MusicEvents
from fathom.training.batching import collate

SMALL = {"lstm": {"hidden": 8, "embedding": 4}, "transformer": {"width": 8, "heads": 2, "layers": 2, "context": 6}}
ROLLS = arrays(np.uint8, st.tuples(st.integers(1, 30), st.just(KEYS)), elements=st.integers(0, 1), fill=st.just(0))


def played(events: np.ndarray, steps: int) -> np.ndarray:
    """The roll of events."""
    roll, now = np.zeros((steps, KEYS), np.uint8), 0
    for pitch, step, lasts in events:
        now += step
        roll[now : now + lasts, pitch] = 1
    return roll


@given(ROLLS)
@settings(deadline=None)
def test_events_are_the_roll_again(roll):
    np.testing.assert_array_equal(played(events_of(roll), len(roll)), roll)


def small(name: str) -> EventNet:
    torch.manual_seed(0)
    return EVENT_NETS[name](**SMALL[name]).eval()


def batch_of(task: MusicEvents, pieces: list[list[tuple[int, ...]]]) -> dict[str, torch.Tensor]:
    task.grid_ = 1
    return task.prepare(collate(task, [task.encode(Example(str(i), tuple(p))) for i, p in enumerate(pieces)]), None)


PIECES = [[(60, 64), (60, 67), (62,)], [(72,), (), (), (71,), (71,)], [(50, 60, 65, 70)]]


@pytest.mark.parametrize("name", list(EVENT_NETS))
def test_padding_changes_nothing(name):
    task, net = MusicEvents(), small(name)
    batch = batch_of(task, PIECES)
    losses, weights = task.loss(net(batch["events"]), batch)
    for i, piece in enumerate(PIECES):
        alone = batch_of(task, [piece])
        one, weight = task.loss(net(alone["events"]), alone)
        torch.testing.assert_close(one[0], losses[i])
        assert weight[0] == weights[i] == len(events_of(task._roll(Example("", tuple(piece))))) + 1


@pytest.mark.parametrize("name", list(EVENT_NETS))
def test_what_may_come_next_adds_up_to_one(name):
    net = small(name)
    found, _ = net.go_on(torch.tensor([[[BEGIN, 0, 0], [40, 1, 2]]]), None)
    h = found[0, -1].detach()
    net.requires_grad_(False)
    total = 0.0
    pitch = net.say(h).softmax(0)
    for p in range(KEYS):
        steps = net.say(h, torch.tensor(p)).softmax(0)
        lasts = torch.stack([net.say(h, torch.tensor(p), torch.tensor(s)).softmax(0) for s in range(MAX_DURATION + 1)])
        total += float(pitch[p] * (steps[:, None] * lasts).sum())
    assert total + float(pitch[END]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("name", list(EVENT_NETS))
def test_event_by_event_is_the_same_as_all_at_once(name):
    net = small(name)
    events = torch.tensor([[[BEGIN, 0, 0], [40, 1, 2], [44, 0, 2], [47, 0, 2], [40, 2, 1]]])
    whole, _ = net.go_on(events, None)
    state, parts = None, []
    for t in range(events.shape[1]):
        found, state = net.go_on(events[:, t : t + 1], state)
        parts.append(found)
    torch.testing.assert_close(torch.cat(parts, 1), whole)


def test_a_transposed_piece_is_moved_as_a_whole_and_stays_on_the_keyboard():
    task = MusicEvents(Settings(augment=2.0))
    task.grid_ = 1
    raw = collate(task, [task.encode(Example("a", ((21, 108),))), task.encode(Example("b", ((60, 64), (62,))))])
    moved = set()
    for epoch in range(20):
        events = task.prepare(dict(raw), BatchRng(0, epoch, np.array([1, 2], np.uint64)))["events"]
        np.testing.assert_array_equal(events[0], raw["events"][0])  # there is no room
        shift = events[1, 1:4, 0] - raw["events"][1, 1:4, 0].long()
        assert len(set(shift.tolist())) == 1
        moved.add(int(shift[0]))
        assert events[1, 0, 0] == BEGIN
        assert events[1, 4, 0] == END
    assert len(moved) > 5


@pytest.fixture
def run(tmp_path):
    chords = [[48, 60, 64, 67], [53, 60, 65, 69], [55, 59, 62, 67], [57, 60, 64, 69]]
    pieces = [[chords[(i + t) % 4] for t in range(6 + i % 7 + i // 7)] for i in range(60)]
    (tmp_path / "pieces.json").write_text(json.dumps(pieces), "utf-8")
    return fathom.train(
        tmp_path / "pieces.json", task="music-events", out=tmp_path / "run", epochs=12, lr=0.02, hidden=16, embedding=8
    )


def test_a_tune_goes_on_from_its_beginning_and_is_repeatable(run):
    from fathom.runs.compose import compose

    tunes = [compose(run.folder, prompt="[[48, 60], [48, 60]]", length=20, seed=seed).roll for seed in (3, 3, 4)]
    np.testing.assert_array_equal(tunes[0], tunes[1])
    assert not np.array_equal(tunes[0], tunes[2])
    assert tunes[0].shape == (22, KEYS)
    assert np.flatnonzero(tunes[0][0]).tolist() == [48 - 21, 60 - 21]
    assert tunes[0][:2].sum() == 4


def test_a_net_that_learned_knows_more_than_the_frequencies(run):
    task = load_task(run.folder)
    assert isinstance(load_net(run.folder, task), EventNet)
    baselines = run.folder.baselines()
    losses = [sum(b.losses) / sum(b.weights) for b in baselines]
    assert losses[1] < losses[0]
    assert run.figures["dev"].value < losses[0]
