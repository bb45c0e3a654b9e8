"""Music: the likelihood against one worked out by hand, padding, transposition, baselines, and playing on."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from fathom.data.counter_rng import BatchRng, example_keys
from fathom.data.music import midi, piano_roll
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.records import Example, Settings
from fathom.tasks.music.piano_roll import Music, transpose
from fathom.tasks.music_baselines import Frequencies, NGrams, nats


def tune(steps: int, seed: int = 0) -> tuple[tuple[int, ...], ...]:
    rng = np.random.default_rng(seed)
    return tuple(tuple(sorted(rng.choice(range(40, 90), 3, replace=False).tolist())) for _ in range(steps))


@pytest.fixture
def task() -> Music:
    task = Music(Settings(net="lstm", augment=1.0, options={"hidden": 8, "members": 2}))
    task.fit([Example(str(i), tune(6, i), "") for i in range(4)])
    return task


def batch_of(task: Music, *examples: Example) -> dict[str, torch.Tensor]:
    from fathom.training.batching import collate

    return collate(task, [task.encode(e) for e in examples])


def test_the_loss_is_that_of_88_bernoullis_in_double_precision(task):
    batch = batch_of(task, Example("a", tune(5, 1)), Example("b", tune(3, 2)))
    logits = torch.randn(2, 6, 1, 88, generator=torch.Generator().manual_seed(0)) * 4
    losses, weights = task.loss(logits, batch)
    assert weights.tolist() == [5, 3]
    for row, steps in ((0, 5), (1, 3)):
        by_hand = 0.0
        for t in range(steps):
            for key in range(88):
                p = 1 / (1 + math.exp(-float(logits[row, t, 0, key])))
                by_hand -= math.log(p if batch["roll"][row, t, key] else 1 - p)
        assert float(losses[row]) == pytest.approx(by_hand, rel=1e-6)


def test_members_are_judged_each_for_itself(task):
    batch = batch_of(task, Example("a", tune(5, 1)))
    logits = torch.randn(1, 6, 3, 88, generator=torch.Generator().manual_seed(0))
    alone = [float(task.loss(logits[:, :, i], batch)[0]) for i in range(3)]
    assert float(task.loss(logits, batch)[0]) == pytest.approx(sum(alone) / 3, rel=1e-6)


def test_padding_touches_neither_loss_nor_gradient_nor_prediction(task):
    torch.manual_seed(0)
    net = task.net().eval()
    batch = batch_of(task, Example("short", tune(3, 1)), Example("long", tune(9, 2)))
    found = []
    for filling in (0, 1):
        filled = {**batch, "roll": batch["roll"].clone()}
        filled["roll"][0, 3:] = filling
        net.zero_grad()
        output = net(filled["roll"])
        losses, weights = task.loss(output, filled)
        (losses.sum() / weights.sum()).backward()
        gradient = torch.cat([p.grad.flatten() for p in net.parameters()])
        found.append((losses.detach(), gradient, [p.value for p in task.decode(output, filled)]))
    assert torch.equal(found[0][0], found[1][0])
    assert torch.allclose(found[0][1], found[1][1], atol=1e-7)
    assert found[0][2] == found[1][2]
    alone = batch_of(task, Example("short", tune(3, 1)))
    assert task.loss(net(alone["roll"]), alone)[0].item() == pytest.approx(float(found[0][0][0]), rel=1e-5)


def test_an_infinite_loss_in_the_padding_is_no_loss(task):
    batch = batch_of(task, Example("short", tune(1, 1)), Example("long", tune(4, 2)))
    logits = torch.zeros(2, 5, 1, 88)
    logits[0, 1:] = float("nan")
    assert task.loss(logits, batch)[0].tolist() == pytest.approx([88 * math.log(2), 4 * 88 * math.log(2)])


def test_transposing_moves_all_steps_alike_and_stays_on_the_keyboard():
    rolls = torch.from_numpy(
        np.stack([piano_roll.chords_to_roll([(60, 64), (21,)]), piano_roll.chords_to_roll([(60,), (107,)])])
    )
    up = transpose(rolls, torch.tensor([3, 3]))
    assert piano_roll.roll_to_chords(up[0].numpy()) == [(63, 67), (24,)]
    assert piano_roll.roll_to_chords(up[1].numpy()) == [(61,), (108,)]
    down = transpose(rolls, torch.tensor([-3, -3]))
    assert piano_roll.roll_to_chords(down[0].numpy()) == [(60, 64), (21,)]
    assert piano_roll.roll_to_chords(down[1].numpy()) == [(57,), (104,)]


def test_only_training_transposes(task):
    batch = batch_of(task, *(Example(str(i), tune(4, i)) for i in range(30)))
    assert torch.equal(task.prepare(batch, None)["roll"], batch["roll"])
    moved = task.prepare(batch, BatchRng(0, 1, example_keys([str(i) for i in range(30)])))["roll"]
    first = [int(m[0].nonzero()[0] - b[0].nonzero()[0]) for m, b in zip(moved, batch["roll"])]
    assert set(first) <= set(range(-5, 6))
    assert len(set(first)) > 6
    assert torch.equal(moved.sum((1, 2)), batch["roll"].sum((1, 2)))


def test_pieces_in_one_key_are_not_transposed_and_others_are():
    scale = [60 + s for s in (0, 2, 4, 5, 7, 9, 11)]
    in_c = [Example(str(i), tuple((n,) for n in scale), "") for i in range(12)]
    in_all = [Example(str(i), tuple((n + i,) for n in scale), "") for i in range(12)]
    assert Music().defaults(in_c)["augment"] == 0
    assert Music().defaults(in_all)["augment"] == 1


def test_frequencies_by_hand():
    train = [piano_roll.chords_to_roll([(60,), (60, 64)]), piano_roll.chords_to_roll([(60,), ()])]
    p = Frequencies(train)(train[0])
    assert p.shape == (3, 88)
    assert p[0, [39, 43, 0]] == pytest.approx([4 / 6, 2 / 6, 1 / 6])
    expected = -2 * math.log(4 / 6) - math.log(2 / 6) - math.log(4 / 6) - 2 * 86 * math.log(5 / 6)
    assert nats(p[:-1], train[0]) == pytest.approx(expected)


def test_ngrams_by_hand():
    train = [piano_roll.chords_to_roll([(60,), (64,), (60,), (64,)])]
    model = NGrams(train)
    p = model(train[0])
    f = (2 + 1) / 6  # of key 64
    markov = (2 + 3 * f) / (3 + 1 + 3 - 1)  # after no 64 (three times, the start among them) it came twice
    assert model.markov[0, 43] == pytest.approx((2 + 3 * f) / (3 + 3))
    after_c = (2 + 3 * markov) / (2 + 3)
    after_start_c, after_e_c = (1 + 3 * after_c) / (1 + 3), (1 + 3 * after_c) / (1 + 3)
    assert p[[1, 3], 43] == pytest.approx([after_start_c, after_e_c])
    unseen = model(piano_roll.chords_to_roll([(72,)]))
    assert unseen[1] == pytest.approx(np.where(piano_roll.chords_to_roll([(72,)])[0], model.markov[1], model.markov[0]))


def test_every_probability_is_one_and_silence_costs_little():
    model = NGrams([piano_roll.chords_to_roll(tune(30, i)) for i in range(5)])
    p = model(piano_roll.chords_to_roll(tune(20, 9)))
    assert (p > 0).all()
    assert (p < 1).all()


def test_playing_on_is_repeatable_and_begins_with_the_prompt(task):
    torch.manual_seed(0)
    net = task.net()
    prompt = task.read("[[60, 64, 67], [62]]")
    one, same, other = (list(task.compose(net, prompt=prompt, length=12, seed=s)) for s in (1, 1, 2))
    assert len(one) == 14
    assert piano_roll.roll_to_chords(np.stack(one))[:2] == [(60, 64, 67), (62,)]
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    assert np.array_equal(*(list(task.compose(net, length=5, temperature=0, seed=s)) for s in (1, 2)))


def test_what_is_played_follows_the_probabilities(task):
    class Fixed(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.logits = torch.nn.Parameter(torch.linspace(-3, 3, 88)[None])

        def step(self, chord, states):
            return self.logits, states

    task.voices_ = [0, 88]
    played = np.stack(list(task.compose(Fixed(), length=3000, temperature=2.0)))
    expected = 1 / (1 + np.exp(-np.linspace(-3, 3, 88) / 2))
    assert played.mean(0) == pytest.approx(expected, abs=5 * 0.5 / math.sqrt(3000))
    task.voices_ = [40, 42]
    notes = np.stack(list(task.compose(Fixed(), length=50, temperature=2.0))).sum(1)
    assert set(notes.tolist()) == {40, 41, 42}


@pytest.mark.parametrize("asked", [{"length": 0}, {"temperature": -1.0}, {"temperature": math.nan}])
def test_what_cannot_be_played_is_refused(asked, task):
    with pytest.raises(UserError):
        list(task.compose(task.net(), **asked))


@pytest.mark.parametrize("text", ["nothing", "[60]", "[[200]]", "{}", "[" * 5000])
def test_what_is_no_piece_is_refused_in_a_sentence(text, task):
    with pytest.raises(UserError) as refused:
        task.read(text)
    assert "\n" not in str(refused.value)


def test_a_folder_of_midi_is_recognized_and_a_corrupt_file_is_skipped_at_once(tmp_path):
    pytest.importorskip("symusic")
    for i in range(3):
        midi.write_midi(tmp_path / "train" / f"{i}.mid", piano_roll.chords_to_roll(tune(8, i)), steps_per_quarter=4)
    (tmp_path / "train" / "bad.mid").write_bytes(b"MThd broken")
    source = resolve(str(tmp_path))
    assert Music.recognize(source).score > 0.8
    task = Music()
    read = task.examples(source)
    assert [e.id for e in read.items] == [f"train/{n}.mid" for n in (0, 1, 2)]
    assert [s.id for s in read.skipped] == ["train/bad.mid"]
    assert {e.split for e in read.items} == {"train"}
    task.fit(read.items)
    assert task.grid_ == 4
    assert piano_roll.roll_to_chords(task.encode(read.items[0])["roll"]) == list(tune(8, 0))
    assert task.show(read.items[0])["picture"].dtype == np.uint8


@pytest.mark.parametrize(
    "state", [{}, {"frequency": [0.1], "grid": 1}, {"frequency": [0.1] * 88, "grid": 0, "voices": [1, 4]}, []]
)
def test_a_damaged_state_is_refused(state, task):
    with pytest.raises(UserError):
        task.restore(state)
