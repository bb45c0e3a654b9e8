"""Ninth set: healthy trainings with unusual nets, steps and schedules."""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, OneCycleLR, ReduceLROnPlateau

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.ninth_common import (
    Cnn,
    Recurrent,
    Tabular,
    customers,
    gestures,
    hobbies,
    loader,
    mails,
    named,
    rents,
    signs,
    train,
    tunes,
)
from benchmarks.coach.reports.seventh_common import batches_of, fit, near, right


@healthy("tuning", 0.55)
def the_rate_begins_anew(seed: int, watch: Watch) -> float:
    """Warm restarts: the rate falls to nothing and jumps back, twice, and the loss jumps with it."""
    x, y, xd, yd = customers(seed, 4, 2000)
    net = Tabular(8, 4)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    schedule = CosineAnnealingWarmRestarts(opt, T_0=4, T_mult=2)
    judge = right(net, xd, yd)
    return fit(
        watch, net, opt, batches_of(x, y), lambda a, b: F.cross_entropy(net(a), b), judge, 28, after_epoch=schedule.step
    )


@healthy("tuning", 0.8)
def one_cycle_of_a_high_rate(seed: int, watch: Watch) -> float:
    """The rate climbs to a height that it could not bear for long, and falls to a thousandth, all within fourteen epochs."""
    x, y, xd, yd = signs(seed, 1300)
    net = Cnn(norm=True)
    opt = SGD(net.parameters(), 0.01, momentum=0.9, weight_decay=1e-3)
    schedule = OneCycleLR(opt, max_lr=0.06, total_steps=14 * (len(x) // 32))
    judge = right(net, xd, yd)
    return fit(
        watch, net, opt, batches_of(x, y), lambda a, b: F.cross_entropy(net(a), b), judge, 14, after_step=schedule.step
    )


@healthy("loader", 0.8)
def two_rows_and_layer_norm(seed: int, watch: Watch) -> float:
    """A batch is two rows; the net normalizes each row by itself, and the rate is small: the loss of a batch jumps about."""
    x, y, xd, yd = rents(seed, 900)
    net = nn.Sequential(nn.Linear(6, 48), nn.LayerNorm(48), nn.GELU(), nn.Linear(48, 48), nn.GELU(), nn.Linear(48, 1))
    return train(watch, net, Adam(net.parameters(), 5e-4), loader(x, y, 2), F.mse_loss, near(net, xd, yd), 12)


@healthy("net", 0.7)
def a_frozen_body_and_a_new_head(seed: int, watch: Watch) -> float:
    """Convolutions were learnt on other pictures and are frozen on purpose; two new layers are trained on few."""
    far = signs(seed + 100, 1600)
    net = Cnn()
    early = Adam(net.parameters(), 2e-3)
    for _ in range(10):
        for a, b in loader(far.x, far.y):
            early.zero_grad()
            F.cross_entropy(net(a), b).backward()
            early.step()
    for p in (*net.conv1.parameters(), *net.conv2.parameters()):
        p.requires_grad_(False)
    net.fc1, net.fc2 = nn.Linear(216, 32), nn.Linear(32, 4)
    x, y, xd, yd = signs(seed, 900)
    opt = Adam([p for p in net.parameters() if p.requires_grad], 2e-3, weight_decay=1e-3)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 12, pretrained=True)


@healthy("tuning", 0.5)
def much_is_taken_from_the_weights(seed: int, watch: Watch) -> float:
    """A weight decay of 0.5 on a few noisy rows: weights become small, and dev better."""
    x, y, xd, yd = rents(seed, 600, noise=0.5)
    net = Tabular(6, 1, wide=96)
    opt = AdamW(net.parameters(), 2e-3, weight_decay=0.5)
    return train(watch, net, opt, loader(x, y), F.mse_loss, near(net, xd, yd), 30)


@healthy("net", 0.6)
def more_than_half_is_dropped(seed: int, watch: Watch) -> float:
    """A dropout of 0.5 in a wide net: its training loss is higher than that of dev, as it should be."""
    x, y, xd, yd = customers(seed, 4, 2000)
    net = Tabular(8, 4, wide=256, drop=0.5)
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 30)


class Both(nn.Module):
    """A recurrent body, a head for the class, a head for how far the hand went."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.GRU(2, 32, batch_first=True)
        self.kind, self.far = nn.Linear(32, 4), nn.Linear(32, 1)
        self.doubt = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        last = self.rnn(x)[0][:, -1]
        return self.kind(last), self.far(last)[:, 0]


@healthy("loss", 0.8)
def class_and_way_with_learnt_weights(seed: int, watch: Watch) -> float:
    """Two losses with learnt weights (uncertainties): their sum falls below zero, and both tasks are learnt."""
    x, y, xd, yd = gestures(seed, 900)
    far = x.diff(dim=1).norm(dim=2).mean(1)
    far = (far - far.mean()) / far.std()
    net = Both()

    def loss_of(a: Tensor, kind: Tensor, much: Tensor) -> Tensor:
        said, told = net(a)
        losses = torch.stack([F.cross_entropy(said, kind), 0.5 * F.mse_loss(told, much)])
        return (losses * torch.exp(-net.doubt) + 0.5 * net.doubt).sum()

    def judge() -> float:
        with judging(net):
            return (net(xd)[0].argmax(1) == yd).float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y, far), loss_of, judge, 15)


@healthy("step", 0.8)
def eight_batches_make_a_step(seed: int, watch: Watch) -> float:
    """Gradients of eight batches of four are added, each divided by eight, and cleared after the step."""
    x, y, xd, yd = signs(seed, 1200)
    net = Cnn()
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for _ in range(16):
            net.train()
            for k, (a, b) in enumerate(batches_of(x, y, size=4)()):
                loss = F.cross_entropy(net(a), b) / 8
                loss.backward()
                if k % 8 == 7:
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
    return right(net, xd, yd)()


@healthy("loss", 0.6)
def eight_labels_that_may_all_hold(seed: int, watch: Watch) -> float:
    """Multi-label, each label rare, and weights for the yeses: the loss begins higher than that of chance."""
    x, y, xd, yd = hobbies(seed)
    net = Tabular(10, 8, wide=64)
    weight = ((1 - y).sum(0) / y.sum(0)).clamp(max=5).sqrt()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(a, b, pos_weight=weight)

    opt = RMSprop(net.parameters(), 1e-3)
    return train(watch, net, opt, loader(x, y), loss_of, named(net, xd, yd), 25)


class Packed(nn.Module):
    """Words, and an LSTM over texts that are packed, so that it never sees the padding."""

    def __init__(self, words: int = 60) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, 16, padding_idx=0)
        self.rnn, self.out = nn.LSTM(16, 24, batch_first=True, bidirectional=True), nn.Linear(48, 3)

    def forward(self, x: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embed(x), (x > 0).sum(1), batch_first=True, enforce_sorted=False)
        _, (last, _) = self.rnn(packed)
        return self.out(torch.cat([last[0], last[1]], 1))


@healthy("net", 0.65)
def texts_of_many_lengths(seed: int, watch: Watch) -> float:
    """Most of each row is padding, and none of it counts; gradients are clipped to a length of a half."""
    x, y, xd, yd = mails(seed, 1400, t=12, least=4)
    x, xd = (F.pad(v, (0, 28)) for v in (x, xd))
    net = Packed()

    def clip() -> None:
        nn.utils.clip_grad_norm_(net.parameters(), 0.5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = Adam(net.parameters(), 4e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 9, before_step=clip)


@healthy("tuning", 0.85)
def the_rate_waits_for_dev(seed: int, watch: Watch) -> float:
    """``ReduceLROnPlateau`` halves the rate when dev no longer gains; what is judged is a running mean of the weights."""
    x, y, xd, yd = rents(seed)
    net = Tabular(6, 1)
    mean = deepcopy(net)
    opt = Adam(net.parameters(), 5e-3)
    schedule = ReduceLROnPlateau(opt, mode="max", factor=0.5, patience=2)

    def follow() -> None:
        with torch.no_grad():
            for slow, fast in zip(mean.parameters(), net.parameters(), strict=True):
                slow.lerp_(fast, 0.02)

    judge = near(mean, xd, yd)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    def halve() -> None:
        schedule.step(judge())

    return fit(watch, net, opt, batches_of(x, y), loss_of, judge, 25, after_step=follow, after_epoch=halve)


class Memory(nn.Module):
    """Notes, an LSTM that begins each piece where it ended the last, and scores of the next note."""

    def __init__(self, notes: int = 16) -> None:
        super().__init__()
        self.embed, self.rnn = nn.Embedding(notes, 16), Recurrent(16, 1, 40).rnn
        self.out = nn.Linear(40, notes)

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        said, state = self.rnn(self.embed(x), state)
        return self.out(said), state


@healthy("step", 0.6)
def memory_is_cut_and_carried(seed: int, watch: Watch) -> float:
    """Truncated back-propagation: pieces come in order, unshuffled, and the state goes on from piece to piece, detached."""
    x, _, xd, _ = tunes(seed, 300, t=41)
    net = Memory()
    opt = Adam(net.parameters(), 4e-3)
    with watch(net, opt) as health:
        for _ in range(25):
            net.train()
            for rows in torch.randperm(len(x)).split(30):
                state: tuple[Tensor, Tensor] | None = None
                for k in range(0, 40, 10):
                    opt.zero_grad()
                    said, state = net(x[rows, k : k + 10], state)
                    state = (state[0].detach(), state[1].detach())
                    loss = F.cross_entropy(said.flatten(0, 1), x[rows, k + 1 : k + 11].flatten())
                    loss.backward()
                    opt.step()
                    health.step(loss)
    with judging(net):
        said, _ = net(xd[:, :-1], None)
    return (said.argmax(2) == xd[:, 1:])[:, 2:].float().mean().item()
