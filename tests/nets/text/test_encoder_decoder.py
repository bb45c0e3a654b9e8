"""Nets that turn one sequence into another: padding, going on step by step, and the search against all sequences."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from fathom.errors import UserError
from fathom.nets.text.beam_search import LENGTH_PENALTY, beam_search
from fathom.nets.text.encoder_decoder import TRANSLATORS, AttentionLSTM, EncoderDecoder, Transformer
from fathom.sequence_symbols import BEGIN, END

SMALL = {"lstm": {"embedding": 8, "hidden": 8, "layers": 2}, "transformer": {"width": 8, "heads": 2, "layers": 2}}


def small(name: str, symbols: int = 7) -> EncoderDecoder:
    torch.manual_seed(0)
    net = TRANSLATORS[name](9, symbols, **SMALL[name]).eval()
    for parameter in net.parameters():
        parameter.data.mul_(2.0)  # further from indifference
    return net


@pytest.mark.parametrize("name", list(TRANSLATORS))
def test_padding_changes_nothing(name):
    net = small(name)
    source, length = torch.randint(3, 9, (3, 8)), torch.tensor([8, 5, 1])
    target = torch.randint(3, 7, (3, 6))
    there = torch.arange(8) < length[:, None]
    wanted = net(source.where(there, 0), length, target).logits
    for other in (source, torch.nn.functional.pad(source, (0, 4), value=7)):
        torch.testing.assert_close(net(other, length, target).logits, wanted)
    _, _, looks = net.go_on(target, (memory := net.remember(source, length)), net.begin(memory))
    assert (looks[~there[:, None].expand_as(looks)] == 0).all()
    torch.testing.assert_close(looks.sum(2), torch.ones(3, 6))


@pytest.mark.parametrize("name", list(TRANSLATORS))
def test_step_by_step_is_the_same_as_all_at_once(name):
    net = small(name)
    source, length, target = torch.randint(3, 9, (2, 5)), torch.tensor([5, 3]), torch.randint(3, 7, (2, 4))
    memory = net.remember(source, length)
    whole, _, looks = net.go_on(target, memory, net.begin(memory))
    state, steps = net.begin(memory), []
    for t in range(4):
        logits, state, look = net.go_on(target[:, t : t + 1], memory, state)
        steps.append(logits)
        torch.testing.assert_close(look[:, 0], looks[:, t])
    torch.testing.assert_close(torch.cat(steps, 1), whole)


@pytest.mark.parametrize("name", list(TRANSLATORS))
def test_nothing_is_seen_before_it_is_said(name):
    net = small(name)
    source, length, target = torch.randint(3, 9, (1, 5)), torch.tensor([5]), torch.randint(3, 7, (1, 4))
    other = target.clone()
    other[0, 2] = 3 + (other[0, 2] - 2) % 4
    same = net(source, length, target).logits[:, :2], net(source, length, other).logits[:, :2]
    torch.testing.assert_close(*same)


def best_of_all(net: EncoderDecoder, memory, longest: int) -> list[int]:
    """The sequence of the highest normalized score among all."""
    scores = {}
    for length in range(longest):
        for said in product(range(3, 6), repeat=length):
            numbers = torch.tensor([[BEGIN, *said]])
            logs = net.go_on(numbers, memory, net.begin(memory))[0].log_softmax(2)[0]
            p = sum(float(logs[t, s]) for t, s in enumerate((*said, END)))
            scores[said] = p / (length + 1) ** LENGTH_PENALTY
    return list(max(scores, key=scores.__getitem__))


@pytest.mark.parametrize("name", list(TRANSLATORS))
def test_a_wide_beam_finds_the_best_of_all(name):
    net = small(name, symbols=6)
    source, length = torch.randint(3, 9, (4, 5)), torch.tensor([5, 3, 2, 4])
    together = beam_search(net, net.remember(source, length), beam=200, longest=torch.full((4,), 4))
    for row in range(4):
        memory = net.remember(source[row : row + 1], length[row : row + 1])
        with torch.no_grad():
            found = best_of_all(net, memory, 4)
        cut_off = len(together[row]) == 4  # did not end: not among those counted
        assert cut_off or together[row] == found


@pytest.mark.parametrize("name", list(TRANSLATORS))
def test_a_beam_of_one_is_greedy(name):
    net = small(name)
    source, length = torch.randint(3, 9, (3, 5)), torch.tensor([5, 3, 2])
    found = beam_search(net, net.remember(source, length), beam=1, longest=torch.full((3,), 6))
    for row in range(3):
        memory = net.remember(source[row : row + 1], length[row : row + 1])
        said, state = [BEGIN], net.begin(memory)
        while len(said) <= 6:
            logits, state, _ = net.go_on(torch.tensor([said[-1:]]), memory, state)
            logits[0, 0, :2] = -torch.inf
            said.append(int(logits[0, 0].argmax()))
            if said[-1] == END:
                break
        assert found[row] == [s for s in said[1:] if s != END]


@pytest.mark.parametrize("make", [lambda: AttentionLSTM(5, 5, layers=0), lambda: Transformer(5, 5, width=9)])
def test_impossible_sizes_are_refused(make):
    with pytest.raises(UserError):
        make()
