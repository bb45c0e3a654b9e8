"""The conditional random field against every tag sequence there is, in float64."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from fathom.nets.text.crf import CRF

TAGS = 3


@pytest.fixture
def field() -> tuple[CRF, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    allowed = torch.ones(TAGS + 1, TAGS + 1, dtype=torch.bool)
    allowed[0, 2] = allowed[TAGS, 2] = allowed[1, TAGS] = False
    crf = CRF(allowed).double()
    torch.nn.init.normal_(crf.scores)
    return crf, 2 * torch.randn(6, 4, TAGS, dtype=torch.float64), torch.tensor([4, 1, 3, 2, 4, 3])


def score(crf: CRF, emissions: torch.Tensor, tags: tuple[int, ...]) -> float:
    steps = zip((TAGS, *tags), (*tags, TAGS), strict=True)
    return float(sum(crf.scores.detach()[a, b] for a, b in steps) + sum(emissions[t, k] for t, k in enumerate(tags)))


def test_the_loss_is_that_of_all_sequences_counted(field):
    crf, emissions, lengths = field
    tags = torch.randint(TAGS, (6, 4))
    losses = crf.loss(emissions, tags, lengths)
    for i, n in enumerate(lengths.tolist()):
        every = torch.tensor([score(crf, emissions[i], s) for s in product(range(TAGS), repeat=n)], dtype=torch.float64)
        own = score(crf, emissions[i], tuple(tags[i, :n].tolist()))
        assert float(losses[i].detach()) == pytest.approx(float(every.logsumexp(0)) - own, abs=1e-9)


def test_the_best_is_the_best_of_the_allowed(field):
    crf, emissions, lengths = field
    for i, found in enumerate(crf.best(emissions, lengths)):
        every = [
            s
            for s in product(range(TAGS), repeat=int(lengths[i]))
            if all(crf.allowed[a, b] for a, b in zip((TAGS, *s), (*s, TAGS), strict=True))
        ]
        assert tuple(found) == max(every, key=lambda s: score(crf, emissions[i], s))


def test_padding_changes_nothing(field):
    crf, emissions, lengths = field
    tags = torch.randint(TAGS, (6, 4))
    there = torch.arange(4) < lengths[:, None]
    other = torch.where(there[:, :, None], emissions, torch.full_like(emissions, 50.0))
    others = torch.where(there, tags, torch.zeros_like(tags))
    assert torch.equal(crf.loss(emissions, tags, lengths), crf.loss(other, others, lengths))
    assert crf.best(emissions, lengths) == crf.best(other, lengths)
