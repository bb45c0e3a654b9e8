"""Words that are numbered otherwise where a net is asked than where it is trained."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from fathom.training.health.checks.judged_on_other_inputs import JudgedOnOtherInputs
from fathom.training.health.measure.word_frequencies import compare_words, keep_words
from fathom.training.health.signals import Signals

WORDS = 200


def texts(n: int, generator: np.random.Generator, flat: bool = False) -> tuple[Tensor, Tensor]:
    """Rows of words, filled up with 0, some frequent and some of one class; or all as frequent."""
    shares = np.ones(WORDS - 1) if flat else 1 / np.arange(2, WORDS + 1)
    words = 1 + generator.choice(WORDS - 1, size=(n, 20), p=shares / shares.sum())
    labels = generator.integers(0, 2, n)
    if not flat:
        words[:, :2] = np.where(labels[:, None], 50, 60) + generator.integers(0, 8, (n, 2))
    words[np.arange(20) >= generator.integers(8, 21, (n, 1))] = 0
    return torch.from_numpy(words), torch.from_numpy(labels)


class Bag(nn.Module):
    """The mean of the vectors of all words."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.EmbeddingBag(WORDS, 16, padding_idx=0), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.words(x))


def told(judge: Tensor, train: tuple[Tensor, Tensor], batch: int = 32) -> list[Finding]:
    """What is said of a training that is judged on these rows after each epoch."""
    torch.manual_seed(0)
    net = Bag()
    optimizer = Adam(net.parameters(), 1e-2)
    with fathom.watch(net, optimizer) as health:
        for _ in range(4):
            for i in torch.randperm(len(train[0])).split(batch):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(train[0][i]), train[1][i])
                loss.backward()
                optimizer.step()
                health.step(loss)
            with torch.no_grad():
                net(judge)
    return [one for one in health.findings if one.name == "judged_on_other_inputs"]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("flat", [False, True])
def test_a_vocabulary_that_was_made_anew_is_told_from_that_of_train(seed: int, flat: bool) -> None:
    generator = np.random.default_rng(seed)
    train, (judged, _) = texts(500, generator, flat), texts(200, generator, flat)
    anew = torch.from_numpy(np.concatenate([[0], 1 + generator.permutation(WORDS - 1)]))
    assert not told(judged, train)
    found = told(anew[judged], train)
    assert bool(found) or flat  # words that are all as frequent tell nothing
    if found:
        seen = found[0].evidence
        assert f"the frequencies of {seen['words']:.0f} words correlate by {seen['across']:.2f}" in found[0].title


def test_other_words_of_the_same_language_are_not_another_vocabulary() -> None:
    generator = np.random.default_rng(5)
    train, (judged, labels) = texts(500, generator), texts(400, generator)
    assert not told(judged[labels == 1], train)  # of one class alone


def test_a_net_that_is_asked_about_its_own_few_words_is_left_alone() -> None:
    train = texts(500, np.random.default_rng(6))
    assert not told(torch.full((4, 60), 7), train)
    assert not told(torch.full((64, 60), 7), train)  # of one word nothing can be compared


def test_words_that_are_all_as_frequent_tell_nothing() -> None:
    for seed in range(40):
        generator, signals = np.random.default_rng(seed), Signals(loss_kind="cross-entropy")
        for _ in range(8):
            keep_words(signals, texts(32, generator, flat=True)[0])
        compare_words(signals, texts(200, generator, flat=True)[0])
        assert len(signals.word_agreement) == 1
        assert JudgedOnOtherInputs().run(signals) is None
