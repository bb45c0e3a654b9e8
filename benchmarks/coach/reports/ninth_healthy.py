"""Ninth set: healthy trainings with unusual data, losses and goals."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from benchmarks.coach.reports.common import Watch, healthy, judging, split
from benchmarks.coach.reports.ninth_common import (
    Cnn,
    Tabular,
    Unet,
    cells,
    customers,
    loader,
    nearest,
    people,
    rents,
    signs,
    train,
    tunes,
)
from benchmarks.coach.reports.ninth_goals import likeness, ring
from benchmarks.coach.reports.ninth_nets import Composer, foretold
from benchmarks.coach.reports.seventh_common import balanced, batches_of, covered, dense, fit, near, right


@healthy("data", 0.5)
def a_third_of_the_labels_is_wrong(seed: int, watch: Watch) -> float:
    """Labels are noisy, the loss stays high, and smoothing and weight decay keep the net from learning the noise."""
    x, y, xd, yd = customers(seed, 4, 2000)
    g = torch.Generator().manual_seed(seed)
    y = torch.where(torch.rand(len(y), generator=g) < 0.33, torch.randint(0, 4, y.shape, generator=g), y)
    net = Tabular(8, 4, drop=0.1)
    opt = AdamW(net.parameters(), 3e-3, weight_decay=0.05)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b, label_smoothing=0.1)

    return train(watch, net, opt, loader(x, y), loss_of, right(net, xd, yd), 15)


@healthy("loss", 0.75)
def pictures_are_mixed(seed: int, watch: Watch) -> float:
    """Mixup: each picture is a blend of two, and so is its label; the training loss is far above that of plain pictures."""
    x, y, xd, yd = signs(seed, 1400)
    net = Cnn(norm=True)
    opt = Adam(net.parameters(), 2e-3)
    share = np.random.default_rng(seed)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        lam, other = float(share.beta(0.4, 0.4)), torch.randperm(len(a))
        said = net(lam * a + (1 - lam) * a[other])
        return lam * F.cross_entropy(said, b) + (1 - lam) * F.cross_entropy(said, b[other])

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 18)


@healthy("data", 0.7)
def rare_frauds_are_drawn_more_often(seed: int, watch: Watch) -> float:
    """One row in twenty-five is a fraud, and a sampler draws the classes alike: the same frauds come often."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (3000, 8))
    told = np.abs(x[:, 0]) + x[:, 1] * x[:, 2] + 0.8 * x[:, 3] + g.normal(0, 0.6, 3000)
    x, y, xd, yd = split(x, (told > np.quantile(told, 0.96)).astype(np.int64))
    weights = (1 / y.bincount())[y]
    sampler = WeightedRandomSampler(weights.tolist(), len(y), generator=torch.Generator().manual_seed(seed))
    batches: DataLoader[tuple[Tensor, ...]] = DataLoader(TensorDataset(x, y), 64, sampler=sampler)
    net = Tabular(8, 2, drop=0.3)
    opt = AdamW(net.parameters(), 1e-3, weight_decay=0.1)
    return train(watch, net, opt, batches, F.cross_entropy, balanced(net, xd, yd), 8)


@healthy("loss", 0.5)
def small_spots_by_their_overlap(seed: int, watch: Watch) -> float:
    """Few pixels are inside, and the loss is that of the overlap (dice) plus a cross-entropy that counts them more."""
    x, y, xd, yd = cells(seed, 300, wide=1.6)
    net = Unet()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        p = a.sigmoid()
        dice = 1 - (2 * (p * b).sum((1, 2, 3)) + 1) / ((p + b).sum((1, 2, 3)) + 1)
        return dice.mean() + F.binary_cross_entropy_with_logits(a, b, pos_weight=torch.tensor(3.0))

    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y, 16), loss_of, covered(net, xd, yd), 15)


@healthy("data", 0.85)
def large_targets_and_an_output_that_knows(seed: int, watch: Watch) -> float:
    """Rents are in thousands, and a fixed scale and offset at the end of the net bring its answers there."""
    x, y, xd, yd = rents(seed)
    y, yd = 1200 + 350 * y, 1200 + 350 * yd

    class Scaled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = Tabular(6, 1)
            self.register_buffer("middle", y.mean())
            self.register_buffer("size", y.std())

        def forward(self, a: Tensor) -> Tensor:
            return self.middle + self.size * self.body(a)

    net = Scaled()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(a / 350, b / 350)

    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, near(net, xd, yd), 20)


@healthy("data", 0.75)
def pictures_of_sixteen_greys(seed: int, watch: Watch) -> float:
    """Pixels have sixteen values, from 0 to 1, and the first layer is a batch normalization."""
    x, y, xd, yd = signs(seed, 1200, raw=True)
    x, xd = ((v / 16).floor() / 15 for v in (x, xd))
    net = nn.Sequential(nn.BatchNorm2d(1), Cnn())
    opt = SGD(net.parameters(), 0.03, momentum=0.9, nesterov=True)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 16)


@healthy("data", 0.6)
def sixty_rows_and_much_care(seed: int, watch: Watch) -> float:
    """Sixty rows only, a small net, noise on the inputs and strong weight decay; dev is nearly as good as training."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (400, 4))
    x, y, xd, yd = split(x, (x[:, 0] + 0.7 * x[:, 1] - 0.5 * x[:, 2] + g.normal(0, 0.3, 400) > 0).astype(np.int64))
    x, y = x[:60], y[:60]
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    opt = AdamW(net.parameters(), 5e-3, weight_decay=0.3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a + 0.3 * torch.randn_like(a)), b)

    return fit(watch, net, opt, batches_of(x, y, size=15), loss_of, right(net, xd, yd), 60)


@healthy("goals", 0.7)
def two_nets_in_balance(seed: int, watch: Watch) -> float:
    """A GAN on eight clumps, the critic's rate twice the maker's: both losses hover, as they should."""
    real = ring(2000, seed)
    maker, critic = dense(4, 64, 64, 2), dense(2, 64, 64, 1)
    opt_g = Adam(maker.parameters(), 5e-4, betas=(0.5, 0.99))
    opt_d = Adam(critic.parameters(), 1e-3, betas=(0.5, 0.99))
    with watch(nn.ModuleList([maker, critic]), opt_g, opt_d) as health:
        for (points,) in (b for _ in range(40) for b in batches_of(real, size=64)()):
            fake = maker(torch.randn(64, 4))
            opt_d.zero_grad()
            loss_d = (F.softplus(-critic(points)) + F.softplus(critic(fake.detach()))).mean()
            loss_d.backward()
            opt_d.step()
            opt_g.zero_grad()
            F.softplus(-critic(fake)).mean().backward()
            opt_g.step()
            health.step(loss_d)
    with torch.no_grad():
        return likeness(maker(torch.randn(1000, 4)), real[:1000])


@healthy("goals", 0.6)
def two_views_of_a_row(seed: int, watch: Watch) -> float:
    """Contrastive: of all rows of a batch, each is to find the other view of itself; the loss begins at log 64."""
    x, y, xd, yd = people(seed, 12, 80)
    net = dense(16, 64, 64, 12)

    def loss_of(a: Tensor) -> Tensor:
        one, two = (F.normalize(net(a + 0.4 * torch.randn_like(a))) for _ in range(2))
        return F.cross_entropy(one @ two.T / 0.2, torch.arange(len(a)))

    return fit(
        watch, net, Adam(net.parameters(), 2e-3), batches_of(x, size=64), loss_of, nearest(net, x, y, xd, yd), 30
    )


@healthy("goals", 0.7)
def triplets_with_easy_ones(seed: int, watch: Watch) -> float:
    """Triplets drawn at random: most of them are soon right by the margin, and the loss is near zero."""
    x, y, xd, yd = people(seed, 12, 60)
    net = dense(16, 64, 64, 8)

    def loss_of(a: Tensor, who: Tensor) -> Tensor:
        e = F.normalize(net(a))
        same = (who[:, None] == who[None]).float()
        friend = torch.multinomial(same + 1e-6, 1)[:, 0]
        stranger = torch.multinomial(1 - same + 1e-6, 1)[:, 0]
        return F.triplet_margin_loss(e, e[friend], e[stranger], margin=0.4)

    return fit(
        watch, net, Adam(net.parameters(), 1e-3), batches_of(x, y, size=64), loss_of, nearest(net, x, y, xd, yd), 40
    )


@healthy("goals", 0.75)
def noise_is_taken_from_pictures(seed: int, watch: Watch) -> float:
    """An autoencoder with a narrow middle, whose inputs are noisier than what it is to paint."""
    x, _, xd, _ = signs(seed, 900, noise=0.05)
    net = nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1, stride=2), nn.ReLU(),
        nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(), nn.ConvTranspose2d(32, 24, 2, stride=2), nn.ReLU(), nn.Conv2d(24, 1, 3, padding=1),
    )  # fmt: skip

    def loss_of(a: Tensor) -> Tensor:
        return F.mse_loss(net(a + 0.5 * torch.randn_like(a)), a)

    def judge() -> float:
        with judging(net):
            return 1 - (F.mse_loss(net(xd + 0.5 * torch.randn_like(xd)), xd) / xd.var()).item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x), loss_of, judge, 15)


@healthy("goals", 0.75)
def the_next_note(seed: int, watch: Watch) -> float:
    """A language model of notes with a causal mask and a warm-up: its loss ends at what chance leaves, far above zero."""
    x, _, xd, _ = tunes(seed, 700)
    net = Composer()
    opt = AdamW(net.parameters(), 3e-3, weight_decay=0.1)
    warm = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: min(1.0, (k + 1) / 40))

    def loss_of(a: Tensor) -> Tensor:
        return F.cross_entropy(net(a[:, :-1]).flatten(0, 1), a[:, 1:].flatten())

    return fit(watch, net, opt, batches_of(x), loss_of, lambda: foretold(net, xd), 16, after_step=warm.step)


@healthy("goals", 0.55)
def gains_of_sampled_actions(seed: int, watch: Watch) -> float:
    """Policy gradients with a running baseline: the loss is about zero at all times, and means nothing."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1800, 6, generator=g)
    gain = torch.tanh(x @ torch.randn(6, 4, generator=g) * 0.8)
    net = dense(6, 48, 4)
    usual = 0.0

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        nonlocal usual
        policy = Categorical(logits=net(a))
        action = policy.sample()
        got = b.gather(1, action[:, None])[:, 0]
        usual = 0.95 * usual + 0.05 * got.mean().item()
        return -(policy.log_prob(action) * (got - usual)).mean() - 0.01 * policy.entropy().mean()

    def judge() -> float:
        with judging(net):
            best = net(x[1300:]).argmax(1, keepdim=True)
        return (gain[1300:].gather(1, best).mean() / gain[1300:].max(1).values.mean()).item()

    return fit(watch, net, RMSprop(net.parameters(), 3e-3), batches_of(x[:1300], gain[:1300]), loss_of, judge, 25)
