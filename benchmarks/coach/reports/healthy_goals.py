"""Healthy programs whose goal is more than one loss of one net."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam, AdamW

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    comments,
    explained,
    gratings,
    healthy,
    judging,
    mlp,
    plain,
    pulses,
    shuffled,
    train,
    walks,
    wheel,
)
from benchmarks.coach.reports.on_goals import Pair, TwoTasks, Variational, alike, bowls, neighbours, rebuilt, ring


@healthy("goals", 0.5)
def variational(seed: int, watch: Watch) -> float:
    net = Variational()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out, mean, log_var = net(x)
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(1)
        return ((out - x) ** 2).sum(1).mean() + 0.5 * kl.mean()

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, bowls(seed), judge=rebuilt, epochs=25)


@healthy("goals", 0.8)
def gan(seed: int, watch: Watch) -> float:
    real = ring(seed)
    net = Pair()
    critic, maker = Adam(net.critic.parameters(), 2e-3, (0.5, 0.9)), Adam(net.maker.parameters(), 1e-3, (0.5, 0.9))
    yes, no = torch.full((64, 1), 0.9), torch.zeros(64, 1)
    with watch(net, critic, maker) as health:
        for _ in range(90):
            for rows in shuffled(len(real), 64):
                made = net.maker(torch.randn(64, 4))
                told = F.binary_cross_entropy_with_logits(net(real[rows]), yes)
                loss = told + F.binary_cross_entropy_with_logits(net(made.detach()), no)
                plain(critic, loss)
                fooled = F.binary_cross_entropy_with_logits(net(made), yes)
                plain(maker, fooled)
                health.step(loss + fooled)
    with torch.no_grad():
        return alike(net.maker(torch.randn(400, 4)), real[:400])


@healthy("goals", 0.65)
def triplets(seed: int, watch: Watch) -> float:
    net = mlp(8, 8)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        z = net(x)
        like = (y[:, None] == y).float()
        chance = torch.rand_like(like)
        same, other = (like * chance - torch.eye(len(y))).argmax(1), ((1 - like) * chance).argmax(1)
        return F.triplet_margin_loss(z, z[same], z[other], margin=1.0)

    return train(
        watch, net, Adam(net.parameters(), 3e-3), loss_of, wheel(seed, 1400), judge=neighbours, batch=64, epochs=40
    )


@healthy("goals", 0.45)
def two_views(seed: int, watch: Watch) -> float:
    """Contrastive: two noisy views of a series find each other among the batch."""
    d = pulses(seed)
    net = nn.Sequential(nn.Flatten(), mlp(48, 16, (64,)))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        one, two = (F.normalize(net(x + 0.3 * torch.randn_like(x)), dim=1) for _ in range(2))
        return F.cross_entropy(one @ two.T / 0.2, torch.arange(len(x)))

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=neighbours, batch=64, epochs=20)


@healthy("goals", 0.65)
def two_tasks(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = TwoTasks()
    amount = torch.cat([d.x, d.xd])[:, :3].sum(1, keepdim=True) ** 2 / 4
    y = torch.cat([torch.cat([d.y, d.yd]).float()[:, None], amount], 1)
    n = len(d.x)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        kind, amount = net(x)
        return F.cross_entropy(kind, y[:, 0].long()) + 0.5 * F.mse_loss(amount, y[:, 1:])

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return (net(x)[0].argmax(1) == y[:, 0].long()).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, Split(d.x, y[:n], d.xd, y[n:]), judge=judge)


@healthy("goals", 0.85)
def q_learning(seed: int, watch: Watch) -> float:
    """A walk of 8 places, and a second net that follows slowly as the target."""
    net = mlp(8, 2, (32,))
    slow = copy.deepcopy(net).requires_grad_(False)
    opt = Adam(net.parameters(), 5e-3)
    true = torch.tensor([0.95 ** (7 - k) for k in range(8)])
    with watch(net, opt) as health:
        for _ in range(1500):
            place, way = torch.randint(0, 8, (48,)), torch.randint(0, 2, (48,))
            over = (place == 7) & (way == 1)
            later = slow(F.one_hot((place + 2 * way - 1).clamp(0, 7), 8).float()).max(1)[0]
            goal = over.float() + 0.95 * later * (~over).float()
            loss = F.smooth_l1_loss(net(F.one_hot(place, 8).float())[torch.arange(48), way], goal)
            plain(opt, loss)
            health.step(loss)
            with torch.no_grad():
                for s, p in zip(slow.parameters(), net.parameters()):
                    s.lerp_(p, 0.05)
    with torch.no_grad():
        return 1 - (net(torch.eye(8)).max(1)[0] - true).abs().mean().item()


@healthy("goals", 0.6)
def policy_gradient(seed: int, watch: Watch) -> float:
    """The loss goes nowhere in particular; the reward rises."""
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        p = torch.distributions.Categorical(logits=net(x))
        choice = p.sample()
        return -(p.log_prob(choice) * ((choice == y).float() - 0.25)).mean() - 0.01 * p.entropy().mean()

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, wheel(seed, 1400), epochs=50)


class Actor(nn.Module):
    """A policy and a value from one body."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.way, self.worth = nn.Sequential(nn.Linear(8, 48), nn.Tanh()), nn.Linear(48, 4), nn.Linear(48, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.way(h), self.worth(h)[:, 0]


@healthy("goals", 0.5)
def actor_and_critic(seed: int, watch: Watch) -> float:
    net = Actor()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        way, worth = net(x)
        p = torch.distributions.Categorical(logits=way)
        choice = p.sample()
        gain = (choice == y).float()
        return (
            -(p.log_prob(choice) * (gain - worth.detach())).mean()
            + 0.5 * F.mse_loss(worth, gain)
            - 0.01 * p.entropy().mean()
        )

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return (net(x)[0].argmax(1) == y).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, wheel(seed, 1400), judge=judge, epochs=50)


@healthy("goals", 0.25)
def noise_told(seed: int, watch: Watch) -> float:
    """Diffusion: the net tells the noise that was added, which it can do only in part."""
    real = ring(seed, 900)
    real = (real - real.mean(0)) / real.std(0)
    d = Split(real[:700], real[:700], real[700:], real[700:])
    net = mlp(3, 2, (64, 64), nn.SiLU)

    def told(net: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
        noise, t = torch.randn_like(x), torch.rand(len(x), 1)
        a = (1.57 * t).cos()
        return net(torch.cat([a * x + (1 - a**2).sqrt() * noise, t], 1)), noise

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return 1 - F.mse_loss(*told(net, x)).item()

    return train(
        watch, net, Adam(net.parameters(), 2e-3), lambda n, x, y: F.mse_loss(*told(n, x)), d, judge=judge, epochs=50
    )


@healthy("goals", 0.45)
def bootstrapped(seed: int, watch: Watch) -> float:
    """Two views, no negatives, and a target net that follows slowly (BYOL)."""
    d = pulses(seed)
    net = nn.ModuleDict(
        {
            "body": nn.Sequential(nn.Flatten(), nn.Linear(48, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 16)),
            "guess": mlp(16, 16, (32,)),
        }
    )
    slow = copy.deepcopy(net["body"]).requires_grad_(False)
    opt = AdamW(net.parameters(), 2e-3)
    with watch(net, opt) as health:
        for _ in range(20):
            for rows in shuffled(len(d.x), 64):
                one, two = (d.x[rows] + 0.3 * torch.randn_like(d.x[rows]) for _ in range(2))
                goal = F.normalize(slow(two), dim=1)
                loss = 2 - 2 * (F.normalize(net["guess"](net["body"](one)), dim=1) * goal).sum(1).mean()
                plain(opt, loss)
                health.step(loss)
                with torch.no_grad():
                    for s, p in zip(slow.parameters(), net["body"].parameters()):
                        s.lerp_(p, 0.02)
            result = neighbours(net["body"], d.xd, d.yd)
    return result


@healthy("goals", 0.5)
def masked_words(seed: int, watch: Watch) -> float:
    """A fifth of the words are hidden, and told from those around them; the loss counts only these."""
    d = walks(seed, 900)

    class Around(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.gru, self.head = (
                nn.Embedding(17, 20),
                nn.GRU(20, 32, batch_first=True, bidirectional=True),
                nn.Linear(64, 16),
            )

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.gru(self.words(x))[0])

    net = Around()

    def hide(x: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.rand(x.shape) < 0.2
        return x.masked_fill(hidden, 16), x.masked_fill(~hidden, -100)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        seen, asked = hide(x)
        return F.cross_entropy(net(seen).transpose(1, 2), asked)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        seen, asked = hide(x)
        with judging(net):
            return (net(seen).argmax(2) == asked)[asked >= 0].float().mean().item()

    return train(watch, net, Adam(net.parameters(), 8e-3), loss_of, d, judge=judge, epochs=13)


@healthy("goals", 0.6)
def words_near_words(seed: int, watch: Watch) -> float:
    """Word vectors with drawn negatives: each step moves few rows of two tables."""
    d = walks(seed, 900)
    x, y = d.x[:, :-1].flatten(), d.x[:, 1:].flatten()

    class Tables(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Embedding(16, 12), nn.Embedding(16, 12)

        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            return (self.a(x) * self.b(y)).sum(-1)

    net = Tables()
    opt = Adam(net.parameters(), 5e-3)
    with watch(net, opt) as health:
        for _ in range(10):
            for rows in shuffled(len(x), 64):
                near, far = net(x[rows], y[rows]), net(x[rows, None], torch.randint(0, 16, (64, 5)))
                loss = F.softplus(-near).mean() + F.softplus(far).mean()
                plain(opt, loss)
                health.step(loss)
    with torch.no_grad():
        scores = net.a.weight @ net.b.weight.T
        return (scores[d.xd[:, :-1].flatten()].argmax(1) == d.xd[:, 1:].flatten()).float().mean().item()


class Reverse(torch.autograd.Function):
    """Turns gradients around."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return -0.3 * grad


@healthy("goals", 0.6)
def two_domains(seed: int, watch: Watch) -> float:
    """A second head must not be able to tell the domain: its gradient is turned around on the way to the body."""
    d = wheel(seed, 1400)
    shift = torch.randn(8) * 0.3
    net = nn.ModuleDict({"body": mlp(8, 32, (48,)), "kind": nn.Linear(32, 4), "domain": mlp(32, 1, (16,))})
    opt = Adam(net.parameters(), 3e-3)
    which = torch.cat([torch.zeros(32, 1), torch.ones(32, 1)])
    with watch(net, opt) as health:
        for _ in range(25):
            for rows in shuffled(len(d.x), 32):
                h = net["body"](torch.cat([d.x[rows], d.x[torch.randint(0, len(d.x), (32,))] + shift])).relu()
                loss = F.cross_entropy(net["kind"](h[:32]), d.y[rows])
                loss = loss + F.binary_cross_entropy_with_logits(net["domain"](Reverse.apply(h)), which)
                plain(opt, loss)
                health.step(loss)
            with torch.no_grad():
                result = (net["kind"](net["body"](d.xd).relu()).argmax(1) == d.yd).float().mean().item()
    return result


@healthy("goals", 0.85)
def prototypes(seed: int, watch: Watch) -> float:
    """Episodes: 5 rows of each class are the reference for 5 others; batches are made of classes on purpose."""
    d = gratings(seed)
    x, xd = d.x.flatten(1), d.xd.flatten(1)
    net = nn.Sequential(
        nn.Unflatten(1, (1, 12, 12)),
        nn.Conv2d(1, 12, 5, padding=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(108, 16),
    )
    opt = Adam(net.parameters(), 3e-3)

    def episode(x: Tensor, y: Tensor) -> Tensor:
        rows = torch.stack([(y == c).nonzero()[:, 0][torch.randperm(int((y == c).sum()))[:10]] for c in range(4)])
        z = net(x[rows.flatten()]).view(4, 10, -1)
        return -((z[:, 5:].flatten(0, 1)[:, None] - z[:, :5].mean(1)) ** 2).sum(2)

    asked = torch.arange(4).repeat_interleave(5)
    with watch(net, opt, grouped=True) as health:
        for _ in range(400):
            loss = F.cross_entropy(episode(x, d.y), asked)
            plain(opt, loss)
            health.step(loss)
        with torch.no_grad():
            return torch.stack([(episode(xd, d.yd).argmax(1) == asked).float().mean() for _ in range(10)]).mean().item()


@healthy("goals", 0.5)
def picked_words(seed: int, watch: Watch) -> float:
    """Attention with one query: which words are looked at is learned from the text's class alone."""
    d = comments(seed)

    class Looks(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words, self.look, self.head = nn.Embedding(91, 16), nn.Linear(16, 1), nn.Linear(16, 3)

        def forward(self, x: Tensor) -> Tensor:
            e = self.words(x)
            w = self.look(e)[..., 0].masked_fill(x == 0, float("-inf")).softmax(1)
            return self.head((w[..., None] * e).sum(1))

    net = Looks()
    return train(watch, net, Adam(net.parameters(), 6e-3), lambda n, x, y: F.cross_entropy(n(x), y), d, epochs=16)


@healthy("goals", 0.5)
def noise_removed(seed: int, watch: Watch) -> float:
    """A denoising autoencoder: inputs are noisier than targets."""
    d = bowls(seed)
    net = nn.Sequential(mlp(144, 16, (64,)), nn.ReLU(), mlp(16, 144, (64,)))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(net(x + 0.5 * torch.randn_like(x)), y)

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=explained, epochs=30)
