"""Nets for rows of words: a future in sight, padding that the loss counts, mixed rows; each beside its twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import names

WORDS, PLACES = 24, 16


class Speaker(nn.Module):
    """One layer of attention over the words of a row, with a code of each place."""

    def __init__(self, causal: bool = True, along: int = 1, classes: int = WORDS) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(WORDS, 24), nn.Linear(24, classes)
        self.places = nn.Parameter(torch.randn(64, 24))
        self.layer = nn.TransformerEncoderLayer(24, 2, 48, 0.0, batch_first=True)
        self.causal, self.along = causal, along

    def forward(self, x: Tensor) -> Tensor:
        t, places = x.shape[1], self.places[: x.shape[self.along]]
        h = self.words(x) + (places if self.along else places[:, None])
        return self.head(self.layer(h, torch.ones(t, t, dtype=torch.bool).triu(1) if self.causal else None))


class Recurrent(nn.Module):
    """A GRU over words, that may read from both ends or take time for the first axis."""

    def __init__(self, both: bool = False, batch_first: bool = True) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, 16)
        self.gru = nn.GRU(16, 24, batch_first=batch_first, bidirectional=both)
        self.head = nn.Linear(48 if both else 24, WORDS)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(self.words(x))[0])


def rows(n: int = 320, longest: int = PLACES) -> Tensor:
    """Each word is the one before and its number, in a circle, with some chance; 0 fills the rows up."""
    x = torch.randint(1, WORDS, (n, PLACES))
    for t in range(1, PLACES):
        x[:, t] = torch.where(torch.rand(n) < 0.8, 1 + (2 * x[:, t - 1]) % (WORDS - 1), x[:, t])
    return torch.where(torch.arange(PLACES) < torch.randint(3, longest + 1, (n, 1)), x, 0)


def told(model: nn.Module, x: Tensor, y: Tensor, ignore: int = -100, time_first: bool = False) -> list[str]:
    """What is said of a training that is judged after each pass."""
    optimizer = Adam(model.parameters(), 3e-3)
    with fathom.watch(model, optimizer) as health:
        for _ in range(6):
            model.train()
            for i in torch.randperm(len(x)).split(20):
                inputs, labels = (x[i].T, y[i].T) if time_first else (x[i], y[i])
                loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten(), ignore_index=ignore)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
            model.eval()
            with torch.no_grad():
                model(x[:40].T if time_first else x[:40])
    return names(health.findings)


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        (lambda: Speaker(causal=False), True),
        (lambda: Speaker(causal=True), False),
        (lambda: Recurrent(both=True), True),
        (lambda: Recurrent(), False),
    ],
    ids=["no mask", "causal", "from both ends", "from the left"],
)
def test_a_net_that_sees_the_word_it_is_to_tell_is_told(make: Callable[[], nn.Module], seen: bool) -> None:
    x = rows(longest=PLACES)
    x[x == 0] = 1
    found = told(make(), x[:, :-1], x[:, 1:])
    assert ("future_in_sight" in found) == seen
    assert "examples_mixed" not in found


def test_a_net_that_tells_something_of_each_word_may_read_from_both_ends() -> None:
    x = torch.randint(1, WORDS, (320, PLACES))
    assert not {"future_in_sight", "examples_mixed"} & {*told(Recurrent(both=True), x, x.roll(1, 1) % 7)}


@pytest.mark.parametrize("ignore", [-100, 0])
@pytest.mark.parametrize("left", [False, True])
def test_padding_that_the_loss_counts_is_told(ignore: int, left: bool) -> None:
    x = rows(longest=6)
    y = torch.where(x > 0, 1 + x % 5, 0)
    x, y = (x.flip(1), y.flip(1)) if left else (x, y)
    assert ("padding_in_the_loss" in told(Recurrent(), x, y, ignore)) == (ignore != 0)


@pytest.mark.parametrize(
    ("make", "time_first", "mixed"),
    [
        (lambda: Speaker(causal=False, along=0, classes=7), False, True),
        (lambda: Speaker(causal=False, along=1, classes=7), False, False),
        (lambda: Recurrent(both=True, batch_first=False), True, False),
    ],
    ids=["codes along the batch", "codes along time", "time first"],
)
def test_answers_to_words_that_depend_on_other_rows_are_told(
    make: Callable[[], nn.Module], time_first: bool, mixed: bool
) -> None:
    x = torch.randint(1, WORDS, (320, PLACES))
    assert ("examples_mixed" in told(make(), x, (x.roll(1, 1) + x) % 7, time_first=time_first)) == mixed


@pytest.mark.parametrize("blank", [0, 4])
def test_frames_of_a_ctc_loss_have_no_labels(blank: int) -> None:
    """Most frames are blank, which says nothing of how much a class counts."""
    letters = [i for i in range(5) if i != blank]
    y = torch.tensor(letters)[torch.randint(0, 4, (160, 3))]
    frames = torch.full((160, 15), blank)
    frames[:, 2::5] = y
    x = F.one_hot(frames, 5).float() + 0.3 * torch.randn(160, 15, 5)
    model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 5))
    optimizer = Adam(model.parameters(), 1e-2)
    with fathom.watch(model, optimizer) as health:
        for _ in range(20):
            for i in torch.randperm(len(x)).split(16):
                out = model(x[i]).log_softmax(-1).transpose(0, 1)
                loss = F.ctc_loss(out, y[i], torch.full((len(i),), 15), torch.full((len(i),), 3), blank=blank)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    assert health.signals.loss_kind == "ctc"
    assert names(health.findings) in ([], ["unfinished"])


class Doubler(nn.Module):
    """Tells the second half of a row of words by the first, or by itself."""

    def __init__(self, copies: bool) -> None:
        super().__init__()
        self.words, self.say, self.copies = nn.Embedding(WORDS, 24), nn.Linear(24, WORDS), copies

    def forward(self, x: Tensor) -> Tensor:
        half = x.shape[1] // 2
        said = self.say(self.words(x[:, half:] if self.copies else x[:, :half]))
        return torch.cat([torch.zeros_like(said), said], 1)


@pytest.mark.parametrize("copies", [True, False])
def test_a_word_that_is_the_target_and_that_nobody_reads(copies: bool) -> None:
    torch.manual_seed(0)
    first = torch.randint(0, WORDS, (320, 8))
    x = torch.cat([first, (first + 5) % WORDS], 1)
    y = x.clone()
    y[:, :8] = -100
    model = Doubler(copies)
    optimizer = Adam(model.parameters(), 0.02)
    with fathom.watch(model, optimizer) as health:
        for _ in range(6):
            for part in torch.randperm(320).split(32):
                loss = F.cross_entropy(model(x[part]).transpose(1, 2), y[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
            model.eval()
            with torch.no_grad():
                model(x[:64])
            model.train()
    assert ("targets_are_inputs" in names(health.findings)) is copies
    assert set(health.signals.details.own_target_read) == {copies}
