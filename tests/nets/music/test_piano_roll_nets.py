"""The net for piano rolls: it looks back only, its members are averaged, and it plays as it predicts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fathom.errors import UserError
from fathom.nets.music.piano_roll import PianoRollLSTM


@pytest.fixture
def net() -> PianoRollLSTM:
    torch.manual_seed(0)
    return PianoRollLSTM(hidden=12, layers=2, members=3)


def roll(steps: int = 9, batch: int = 2) -> torch.Tensor:
    return (torch.rand(batch, steps, 88, generator=torch.Generator().manual_seed(1)) < 0.1).to(torch.uint8)


def test_it_looks_back_only(net):
    net.eval()
    before, after = roll(), roll()
    after[:, 5:] = 1 - after[:, 5:]
    a, b = net(before), net(after)
    assert a.shape == (2, 10, 1, 88)
    assert torch.equal(a[:, :6], b[:, :6])  # place 5 has seen chords 0 to 4
    assert not torch.allclose(a[:, 6], b[:, 6])
    assert torch.allclose(net(before[:, :4]), a[:, :5], atol=1e-6)  # another length is another order of sums


def test_in_evaluation_the_members_probabilities_are_averaged(net):
    net.eval()
    chords = torch.cat([net.start.expand(2, 1, 88), roll().float()], 1)
    each = torch.stack([member(chords)[0] for member in net.members]).detach().double().numpy()
    mean = (1 / (1 + np.exp(-each))).mean(0)  # (batch, steps, 88)
    assert torch.sigmoid(net(roll()))[:, :, 0].detach().numpy() == pytest.approx(mean, abs=1e-6)
    net.train()
    assert net(roll()).shape == (2, 10, 3, 88)


def test_playing_step_by_step_gives_what_the_whole_gives(net):
    net.eval()
    whole = net(roll())[:, :, 0]
    logits, states = net.step(None, None)
    found = [logits.expand(2, 88)]
    states = [[(h.repeat(1, 2, 1), c.repeat(1, 2, 1)) for h, c in member] for member in states]
    for chord in roll().unbind(1):
        logits, states = net.step(chord, states)
        found.append(logits)
    assert torch.allclose(torch.stack(found, 1), whole, atol=1e-5)


def test_pitch_classes_are_counted_from_a(net):
    member, seen = net.members[0], []
    member.layers[0].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    member.eval()
    chords = torch.zeros(1, 1, 88)
    chords[0, 0, [60 - 21, 72 - 21, 69 - 21]] = 1  # C4, C5, A4
    member(chords)
    classes = seen[0][0, 0, 88:].tolist()
    assert (classes[0], classes[9], sum(classes)) == (2, 1, 3)  # C, A


def test_options_out_of_range_are_refused():
    with pytest.raises(UserError, match="1 or more"):
        PianoRollLSTM(members=0)
