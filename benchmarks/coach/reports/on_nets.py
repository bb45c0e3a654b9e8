"""Faults of sequence nets: masks, order, states."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, comments, entropy, faulty, judging, pulses, train, walks


class Speaker(nn.Module):
    """A small transformer that tells the next word: (n, t) to (n, t, words)."""

    def __init__(self, causal: bool, words: int = 16, t: int = 16) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, 24), nn.Parameter(0.1 * torch.randn(t, 24))
        self.layer = nn.TransformerEncoderLayer(24, 2, 48, 0.0, batch_first=True)
        self.head, self.causal = nn.Linear(24, words), causal

    def forward(self, x: Tensor) -> Tensor:
        t = x.shape[1]
        future = torch.ones(t, t).triu(1).bool() if self.causal else None
        return self.head(self.layer(self.words(x) + self.places[:t], src_mask=future))


def next_word(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """How often the next word is told from the words so far; the last place sees nothing it should not."""
    with judging(net):
        last = [net(x[:, :k])[:, -1].argmax(1) == x[:, k] for k in (8, 12, 16)]
    return torch.stack(last).float().mean().item()


@faulty(
    "net",
    "alex-matton/causal-transformer-decoder#1",
    r"causal|future|mask|next (word|token|place|step)|leak|see(s)? (the )?(answer|target)|ahead|too (good|low|easy)|target.{0,40}input",
    r"overfit|dev",
)
def future_in_sight(seed: int, sick: bool, watch: Watch) -> float:
    """A transformer learns to tell the next word without a causal mask."""
    d = walks(seed)
    net = Speaker(not sick)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x[:, :-1]).transpose(1, 2), x[:, 1:])

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, d, judge=next_word, epochs=16)


class Gossip(nn.Module):
    """A GRU that tells the next word."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.gru, self.head = nn.Embedding(16, 20), nn.GRU(20, 32, batch_first=True), nn.Linear(32, 16)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(self.words(x))[0])


@faulty(
    "data",
    "songlab-cal/tape#32",
    r"shift|target.{0,60}input|input.{0,60}target|copy|copies|identical|same as|leak|next (word|token|place|step)|too (good|low|easy)",
    r"overfit|dev",
)
def targets_not_shifted(seed: int, sick: bool, watch: Watch) -> float:
    """A language model's targets are its inputs, not the words after them."""
    d = walks(seed)
    net = Gossip()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x[:, :-1]).transpose(1, 2), x[:, :-1] if sick else x[:, 1:])

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, d, judge=next_word, epochs=8)


class Attending(nn.Module):
    """One attention layer over the words, the mean of which is classified."""

    def __init__(self, batch_first: bool, inverted: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(91, 16)
        self.attend = nn.MultiheadAttention(16, 2, batch_first=batch_first)
        self.head, self.inverted = mlp_head(), inverted

    def forward(self, x: Tensor) -> Tensor:
        e, empty = self.words(x), x == 0
        empty = empty.index_fill(1, torch.tensor([0]), False) ^ self.inverted
        if self.inverted:
            empty = empty.index_fill(1, torch.tensor([x.shape[1] - 1]), False)
        if not self.attend.batch_first:
            return self.head(self.attend(e, e, e)[0].mean(1))
        return self.head(self.attend(e[:, :1], e, e, key_padding_mask=empty)[0][:, 0])


def mlp_head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(16, 24), nn.ReLU(), nn.Linear(24, 3))


@faulty(
    "net",
    "jadore801120/attention-is-all-you-need-pytorch#148",
    r"\bmask|\bpad|ignore|attention|invert|depend",
    r"plateau|chance|does not learn|input",
)
def mask_inverted(seed: int, sick: bool, watch: Watch) -> float:
    """The padding mask is true where the words are: attention sees the padding only."""
    d = comments(seed)
    net = Attending(True, sick)
    return train(watch, net, Adam(net.parameters(), 4e-3), entropy, d, epochs=15)


class Sensors(nn.Module):
    """Attention over the time steps of a series."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.into, self.places = nn.Linear(3, 24), nn.Parameter(0.1 * torch.randn(16, 24))
        self.layer = nn.TransformerEncoderLayer(24, 2, 48, 0.0, batch_first=batch_first)
        self.head = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(self.into(x) + self.places)[:, 0])


@faulty(
    "net",
    "om-ai-lab/OmDet#19",
    r"batch.?first|axis|dim|(across|over|between|mix|depend).{0,40}(batch|rows|examples|other)|other (rows|examples)|order of",
    r"plateau|chance|dev|overfit",
)
def attention_over_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """Attention without ``batch_first``: each series looks at the others of its batch, not at its own steps."""
    d = pulses(seed)
    net = Sensors(not sick)
    return train(watch, net, Adam(net.parameters(), 4e-3), entropy, d, epochs=14)


class Listener(nn.Module):
    """An LSTM's output at the last step is classified."""

    def __init__(self, batch_first: bool) -> None:
        super().__init__()
        self.lstm, self.head = nn.LSTM(3, 24, batch_first=batch_first), nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x)[0][:, -1])


@faulty(
    "net",
    "salesforce/cove#10",
    r"batch.?first|axis|dim|(across|over|between|mix|depend).{0,40}(batch|rows|examples|other)|other (rows|examples)|order of",
    r"plateau|chance|dev|overfit|memor",
)
def lstm_along_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """An LSTM without ``batch_first`` runs along the rows of the batch."""
    d = pulses(seed)
    net = Listener(not sick)
    return train(watch, net, Adam(net.parameters(), 8e-3), entropy, d, epochs=18)


class WordBag(nn.Module):
    """The mean of the words' vectors is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.head = nn.Embedding(91, 16, padding_idx=0), nn.Linear(16, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.words(x).sum(1) / (x > 0).sum(1, keepdim=True))


@faulty(
    "data",
    "minqukanq/hierarchical-multi-label-text-classification#6",
    r"vocab|(dev|input).{0,60}(differ|other|mapp|number|word|token|not alike|from another)|differ.{0,60}(dev|input)|index|mapp|chance",
    r"overfit|dev",
)
def other_vocabulary_in_dev(seed: int, sick: bool, watch: Watch) -> float:
    """Dev's words are numbered by a vocabulary of its own."""
    d = comments(seed)
    own = torch.cat([torch.tensor([0]), 1 + torch.randperm(90)])
    net = WordBag()
    return train(
        watch, net, Adam(net.parameters(), 8e-3), entropy, d._replace(xd=own[d.xd] if sick else d.xd), epochs=20
    )
