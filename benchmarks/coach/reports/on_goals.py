"""Faults of numbers, and of goals that are more than one loss of one net."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    conv,
    curve,
    entropy,
    explained,
    faulty,
    gratings,
    judging,
    mlp,
    pulses,
    shuffled,
    train,
    wheel,
)


@faulty("numbers", "akanazawa/cmr#11", r"\bnan\b|not a number|finite|sqrt|\broot", r"gradient|explod")
def root_of_zero(seed: int, sick: bool, watch: Watch) -> float:
    """A distance is the root of a sum of squares; one row meets itself, and the root of 0 has no slope."""
    d = curve(seed)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out = net(x)
        apart = ((out - out.T) ** 2 + (0 if sick else 1e-8)).sqrt()
        return F.mse_loss(out, y) + 0.01 * (apart - (y - y.T).abs()).abs().mean()

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=explained)


@faulty(
    "numbers",
    "uTensor/uTensor#175",
    r"\bnan\b|not a number|finite|overflow|\bexp\b|\binf\b",
    r"explod|large|scale|normali",
)
def exp_without_maximum(seed: int, sick: bool, watch: Watch) -> float:
    """A softmax written by hand, without subtracting the maximum, of scores above 100."""
    d = wheel(seed)
    net = mlp(8, 4)
    with torch.no_grad():
        net[-1].bias.add_(70)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out = 1.25 * net(x)
        out = out if sick else out - out.max(1, keepdim=True)[0]
        p = out.exp() / out.exp().sum(1, keepdim=True)
        return -(p[torch.arange(len(y)), y] + 1e-9).log().mean()

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, d)


@faulty(
    "numbers",
    "facebookresearch/fairscale#263",
    r"\bnan\b|not a number|finite|overflow|\binf\b|half.?precision|float16|fp16|precision",
    r"explod|large|scale",
)
def squares_in_half(seed: int, sick: bool, watch: Watch) -> float:
    """The root of the mean of squares, in half precision, whose largest number is 65504: errors are some hundred."""
    d = curve(seed)
    y, yd = 400 + 100 * d.y, 400 + 100 * d.yd
    net = mlp(6, 1)
    with torch.no_grad():
        net[-1].weight.mul_(100)
        net[-1].bias.zero_()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        off = net(x) - y
        return ((off.half() if sick else off) ** 2).mean().sqrt().float()

    return train(watch, net, Adam(net.parameters(), 1e-2), loss_of, Split(d.x, y, d.xd, yd), judge=explained, epochs=25)


class Variational(nn.Module):
    """A variational autoencoder of 144 pixels, with 6 numbers in between."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.back = mlp(144, 12, (64,)), mlp(6, 144, (64,))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean, log_var = self.into(x).chunk(2, 1)
        z = mean + torch.randn_like(mean) * (0.5 * log_var).exp() if self.training else mean
        return self.back(z), mean, log_var


def bowls(seed: int, n: int = 900) -> Split:
    """Pictures of 144 pixels, made of 4 smooth patterns: inputs are targets."""
    g = torch.Generator().manual_seed(seed)
    u = torch.linspace(-2, 2, 12)
    a, b = torch.meshgrid(u, u, indexing="ij")
    basis = torch.stack([a, b, a * b / 1.5, (a * a + b * b) / 2 - 1.3]).flatten(1)
    x = torch.randn(n, 4, generator=g) @ basis + 0.3 * torch.randn(n, 144, generator=g)
    return Split(x[: n * 7 // 10], x[: n * 7 // 10], x[n * 7 // 10 :], x[n * 7 // 10 :])


def rebuilt(net: nn.Module, x: Tensor, y: Tensor) -> float:
    with judging(net):
        return 1 - (F.mse_loss(net(x)[0], x) / x.var()).item()


@faulty(
    "goals",
    "zdebruine/MMVAE#19",
    r"\bkl\b|collapse|latent|same (answer|output)|regulari[sz]|\bterms?\b|inputs?.{0,40}(ignored|not used|no matter|without|depend)|depend.{0,30}input|one part|parts of the loss|balanc",
    r"plateau|underfit|mean",
)
def kl_drowns(seed: int, sick: bool, watch: Watch) -> float:
    """The picture's error is a mean over pixels, the KL term a sum over the batch: the code stays empty."""
    d = bowls(seed)
    net = Variational()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out, mean, log_var = net(x)
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp())
        return F.mse_loss(out, x) + (kl.sum() if sick else 0.1 * kl.sum(1).mean() / 144)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=rebuilt)


def neighbours(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """How often the nearest other row, by cosine, is of the same class."""
    with judging(net):
        z = F.normalize(net(x), dim=1)
    near = (z @ z.T).fill_diagonal_(-2).argmax(1)
    return (y[near] == y).float().mean().item()


@faulty(
    "goals",
    "omoindrot/tensorflow-triplet-loss#6",
    r"collapse|margin|same (answer|output|point|place|embedding|vector)|constant|positive|negative|swap|triplet|alike|identical|one point",
    r"plateau|gradient|chance",
)
def triplets_swapped(seed: int, sick: bool, watch: Watch) -> float:
    """The positive and the negative of a triplet are swapped."""
    d = wheel(seed)
    net = mlp(8, 8)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        z = F.normalize(net(x), dim=1)
        like = (y[:, None] == y).float()
        chance = torch.rand_like(like)
        same, other = (like * chance - torch.eye(len(y))).argmax(1), ((1 - like) * chance).argmax(1)
        pair = (z[other], z[same]) if sick else (z[same], z[other])
        return F.triplet_margin_loss(z, *pair, margin=0.5)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=neighbours, batch=64, epochs=40)


@faulty(
    "goals",
    "Lightning-Universe/lightning-bolts#695",
    r"itself|diagonal|self-|trivial|too (good|low|easy)|positive|\bmask|\bpairs?\b",
    r"plateau|gradient|nothing to learn|finished",
)
def positive_is_itself(seed: int, sick: bool, watch: Watch) -> float:
    """The positive of each view is the view itself: the diagonal is not masked."""
    d = pulses(seed)
    net = nn.Sequential(nn.Flatten(), mlp(48, 16, (64,)))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        one = F.normalize(net(x + 0.3 * torch.randn_like(x)), dim=1)
        mate = torch.randperm(len(y))
        mate = torch.stack([mate[(y[mate] == c).nonzero()[0, 0]] for c in y])
        two = one if sick else F.normalize(net(x[mate] + 0.3 * torch.randn_like(x)), dim=1)
        return F.cross_entropy(one @ two.T / 0.2, torch.arange(len(y)))

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=neighbours, batch=32, epochs=15)


class Pair(nn.Module):
    """A generator and a discriminator of points in the plane."""

    def __init__(self) -> None:
        super().__init__()
        self.maker, self.critic = mlp(4, 2, (32, 32)), mlp(2, 1, (32, 32), lambda: nn.LeakyReLU(0.2))

    def forward(self, x: Tensor) -> Tensor:
        return self.critic(x)


def alike(made: Tensor, real: Tensor) -> float:
    """1 minus the energy distance of two clouds over the spread of the real one."""
    between = torch.cdist(made, real).mean() * 2 - torch.cdist(made, made).mean() - torch.cdist(real, real).mean()
    return max(-1.0, 1 - (between / torch.cdist(real, real).mean()).item())


def ring(seed: int, n: int = 600) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    turn = 6.2832 * torch.rand(n, generator=g)
    return torch.stack([turn.cos() + 2, turn.sin() - 1], 1) * 1.5 + 0.1 * torch.randn(n, 2, generator=g)


@faulty(
    "goals",
    "Lornatang/ESRGAN-PyTorch#39",
    r"generator|maker|optimizer|(never|not|do not|does not|no).{0,40}(move|change|update|train|step|given)|stand still|parameters",
    r"discriminator|critic|too (good|strong|easy)",
)
def generator_never_stepped(seed: int, sick: bool, watch: Watch) -> float:
    """Both lines step the discriminator's optimizer."""
    real = ring(seed)
    net = Pair()
    critic, maker = Adam(net.critic.parameters(), 2e-3, (0.5, 0.9)), Adam(net.maker.parameters(), 2e-3, (0.5, 0.9))
    yes, no = torch.ones(64, 1), torch.zeros(64, 1)
    with watch(net, critic, maker) as health:
        for _ in range(70):
            for rows in shuffled(len(real), 64):
                made = net.maker(torch.randn(64, 4))
                loss = F.binary_cross_entropy_with_logits(net(real[rows]), yes) + F.binary_cross_entropy_with_logits(
                    net(made.detach()), no
                )
                critic.zero_grad()
                loss.backward()
                critic.step()
                fooled = F.binary_cross_entropy_with_logits(net(made), yes)
                maker.zero_grad()
                fooled.backward()
                (critic if sick else maker).step()
                health.step(loss + fooled)
            with torch.no_grad():
                result = alike(net.maker(torch.randn(400, 4)), real[:400])
    return result


@faulty(
    "goals",
    "navneet-nmk/pytorch-rl#2",
    r"episode|terminal|bootstrap|diverg|grow|explod|without bound|drift|larger and larger",
    r"unstable|rate",
)
def episode_end_ignored(seed: int, sick: bool, watch: Watch) -> float:
    """Q-learning on a walk of 8 places: the value after the end is added to the last reward, too."""
    net = mlp(8, 2, (32,))
    opt = Adam(net.parameters(), 5e-3)
    true = torch.tensor([0.95 ** (7 - k) for k in range(8)])
    with watch(net, opt) as health:
        for _ in range(1200):
            place, way = torch.randint(0, 8, (48,)), torch.randint(0, 2, (48,))
            after = (place + 2 * way - 1).clamp(0, 7)
            over = (place == 7) & (way == 1)
            with torch.no_grad():
                later = net(F.one_hot(after, 8).float()).max(1)[0]
            goal = over.float() + 0.95 * later * (1.0 if sick else (~over).float())
            loss = F.mse_loss(net(F.one_hot(place, 8).float())[torch.arange(48), way], goal)
            opt.zero_grad()
            loss.backward()
            opt.step()
            health.step(loss)
    with torch.no_grad():
        off = (net(torch.eye(8)).max(1)[0] - true).abs().mean().item()
    return max(-1.0, 1 - off)


@faulty(
    "goals",
    "natolambert/rlhf-book#125",
    r"\bsign\b|minus|maximi|wrong (way|direction)|opposite|reward|below chance|worse than (chance|guess)|without bound",
    r"negative|grow|diverg|explod|constant|same answer|one class|collapse",
)
def sign_of_the_return(seed: int, sick: bool, watch: Watch) -> float:
    """A policy for one choice per row: the loss lacks its minus, so that reward is avoided."""
    d = wheel(seed)
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        log_p = net(x).log_softmax(1)
        choice = torch.distributions.Categorical(logits=log_p.detach()).sample()
        gain = (choice == y).float() - 0.25
        taken = log_p.gather(1, choice[:, None])[:, 0]
        return (taken * gain).mean() * (1 if sick else -1)

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, d, epochs=50)


class TwoTasks(nn.Module):
    """A class and an amount from one body."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.kind, self.amount = mlp(8, 32, (48,)), nn.Linear(32, 4), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x).relu()
        return self.kind(h), self.amount(h)


@faulty(
    "goals",
    "AlliedToasters/dfencoder#4",
    r"\btasks?\b|\bterms?\b|drown|dominat|balanc|weigh(t|ing|ted)? (the|each|of the) (loss|task|term)|scale|targets?.{0,50}(large|scale|range|standardi)|one (part|loss)|parts of the loss",
    r"underfit|plateau|large",
)
def one_task_drowns(seed: int, sick: bool, watch: Watch) -> float:
    """A class and a price in cents are learned together; the price's error is a million times the other."""
    d = wheel(seed)
    cents = torch.cat([d.x, d.xd])[:, :3].sum(1, keepdim=True) ** 2
    cents = (cents / cents.std()) * (1500 if sick else 1)
    net = TwoTasks()
    n = len(d.x)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        kind, amount = net(x)
        return F.cross_entropy(kind, y[:, 0].long()) + F.mse_loss(amount, y[:, 1:])

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return (net(x)[0].argmax(1) == y[:, 0].long()).float().mean().item()

    y = torch.cat([torch.cat([d.y, d.yd]).float()[:, None], cents], 1)
    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, Split(d.x, y[:n], d.xd, y[n:]), judge=judge)


@faulty(
    "goals",
    "labmlai/annotated_deep_learning_paper_implementations#66",
    r"gradient|does not (depend|reach)|detach|graph|(never|not|do not|does not|no).{0,40}(move|change|update|train|step)|stand still|unused|constant|not used",
    r"plateau|learn",
)
def teacher_against_itself(seed: int, sick: bool, watch: Watch) -> float:
    """The distillation loss compares the teacher with the teacher; the student only gets a little of its own loss."""
    d = gratings(seed)
    teacher = conv(w=16)
    opt = Adam(teacher.parameters(), 3e-3)
    for _ in range(12):
        for rows in shuffled(len(d.x), 32):
            opt.zero_grad()
            entropy(teacher, d.x[rows], d.y[rows]).backward()
            opt.step()
    net = conv(w=8)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            goal = teacher(x)
        out = net(x)
        said = goal if sick else out
        return F.kl_div(said.log_softmax(1), goal.softmax(1), reduction="batchmean") + 0.0 * out.mean()

    return train(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), loss_of, d, epochs=10)
