"""Eighth set: healthy trainings with unusual steps, schedules and goals."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import ASGD, SGD, Adam, Adamax, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.coach.reports.common import Split, Watch, healthy, judging
from benchmarks.coach.reports.eighth_common import (
    Gist,
    alike,
    glyphs,
    harvest,
    orchard,
    petals,
    schooled,
    seer,
    sorts,
    tickets,
    weighs,
)
from benchmarks.coach.reports.seventh_common import batches_of, dense, fit, right


@healthy("step", 0.6)
def largest_gradient_so_far(seed: int, watch: Watch) -> float:
    """Adamax: steps by the largest gradient there was, which fades slowly."""
    net = dense(8, 48, 48, 5)
    return sorts(watch, net, Adamax(net.parameters(), 4e-3), orchard(seed), 10)


@healthy("step", 0.7)
def average_kept_by_the_optimizer(seed: int, watch: Watch) -> float:
    """ASGD: the optimizer keeps an average of its own, which nobody asks for; batches of 8 at a rate of 0.03."""
    net = dense(5, 48, 48, 1)
    return weighs(watch, net, ASGD(net.parameters(), 0.03), harvest(seed), 12, 8)


class Lion(Optimizer):
    """Steps by the sign of a mean of gradients, and a decoupled decay."""

    def __init__(self, params, lr: float, decay: float) -> None:
        super().__init__(params, {"lr": lr, "decay": decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                m = self.state[p].setdefault("mean", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["decay"]).sub_(group["lr"] * (0.9 * m + 0.1 * p.grad).sign())
                m.mul_(0.99).add_(0.01 * p.grad)


@healthy("step", 0.75)
def signs_of_the_momentum(seed: int, watch: Watch) -> float:
    """An optimizer of one's own: each weight moves by 0.0007, whatever its gradient, and decays by as much as it is worth."""
    net = seer()
    return sorts(watch, net, Lion(net.parameters(), 7e-4, 0.3), glyphs(seed), 12)


@healthy("step", 0.75)
def a_long_plateau_and_a_quick_end(seed: int, watch: Watch) -> float:
    """The rate is warmed up, stays for four fifths of the training, and falls in a line in the last fifth."""
    x, y, xd, yd = glyphs(seed)
    net = seer()
    opt = AdamW(net.parameters(), 2e-3)
    steps = 12 * 17
    schedule = LambdaLR(opt, lambda k: min(1.0, (k + 1) / 20, max(0.01, (steps - k) / (0.2 * steps))))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 12, after_step=schedule.step)


@healthy("step", 0.6)
def rate_by_one_over_the_step(seed: int, watch: Watch) -> float:
    """The rate is 0.5 over one plus a fiftieth of the step: at the end a tenth of what it was at first."""
    x, y, xd, yd = orchard(seed)
    net = dense(8, 48, 48, 5)
    opt = SGD(net.parameters(), 0.3)
    schedule = LambdaLR(opt, lambda k: 1 / (1 + k / 50))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 16, after_step=schedule.step)


@healthy("step", 0.75)
def strong_decay_behind_norms(seed: int, watch: Watch) -> float:
    """Plain descent with a decay of 0.01 and batch norms: weights shrink without an end, and norms make up for it."""
    net = seer(norm=True)
    opt = SGD(net.parameters(), 0.02, momentum=0.9, weight_decay=0.01, nesterov=True)
    return sorts(watch, net, opt, glyphs(seed), 10)


@healthy("step", 0.7)
def centred_squares(seed: int, watch: Watch) -> float:
    """RMSprop that takes the mean off its squares, with a momentum."""
    net = dense(5, 48, 48, 1)
    return weighs(watch, net, RMSprop(net.parameters(), 1e-3, centered=True, momentum=0.8), harvest(seed), 14)


@healthy("step", 0.7)
def three_sites_and_their_mean(seed: int, watch: Watch) -> float:
    """Three hospitals keep their rows; each goes eight steps from where all are, and then the mean of the three is where all are."""
    x, y, xd, yd = glyphs(seed, 1000)
    net = seer()
    opt = SGD(net.parameters(), 0.06)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(24):
            net.train()
            begin = copy.deepcopy(net.state_dict())
            ends = []
            for site in range(3):
                net.load_state_dict(begin)
                rows = torch.arange(site, len(x), 3)
                for r in rows[torch.randperm(len(rows))][:192].view(8, 24):
                    opt.zero_grad()
                    loss = F.cross_entropy(net(x[r]), y[r])
                    loss.backward()
                    opt.step()
                    health.step(loss)
                ends.append(copy.deepcopy(net.state_dict()))
            net.load_state_dict({k: torch.stack([e[k] for e in ends]).mean(0) for k in begin})
            judge()
    return judge()


@healthy("step", 0.55)
def as_far_as_the_loss_is_high(seed: int, watch: Watch) -> float:
    """Polyak's steps: the rate is the batch's loss by the squared gradient, at most 1, and set anew each time."""
    x, y, xd, yd = orchard(seed)
    net = dense(8, 48, 48, 5)
    opt = SGD(net.parameters(), 0.1)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for a, b in batches_of(x, y, size=64)():
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                slope = sum(float(p.grad.pow(2).sum()) for p in net.parameters() if p.grad is not None)
                opt.param_groups[0]["lr"] = min(0.5, loss.item() / (slope + 1e-6) / 2)
                opt.step()
                health.step(loss)
            judge()
    return judge()


@healthy("step", 0.6)
def small_weights_become_none(seed: int, watch: Watch) -> float:
    """After each step weights of the first layer are drawn to 0 by a little, and stay there if that is all they are."""
    x, y, xd, yd = orchard(seed)
    net = dense(8, 96, 48, 5)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)

    def shrink() -> None:
        w = net[0].weight.data
        assert isinstance(w, Tensor)
        w.copy_(w.sign() * (w.abs() - 4e-4).clamp(min=0))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 12, after_step=shrink)


@healthy("step", 0.6)
def rows_of_length_one(seed: int, watch: Watch) -> float:
    """After each step each unit's weights are made one long again, so that only their direction is learned."""
    x, y, xd, yd = orchard(seed)
    net = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 5))
    opt = Adam(net.parameters(), 5e-3)

    def project() -> None:
        w = net[0].weight.data
        assert isinstance(w, Tensor)
        w.div_(w.norm(dim=1, keepdim=True))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 12, after_step=project)


@healthy("step", 0.75)
def each_layer_cut_for_itself(seed: int, watch: Watch) -> float:
    """Each tensor's gradient is cut to a norm of 0.05, most of them at most steps, by a higher rate than usual."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def cut() -> None:
        for p in net.parameters():
            nn.utils.clip_grad_norm_([p], 0.05)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.3, momentum=0.8)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 16, before_step=cut)


@healthy("numbers", 0.75)
def brain_floats_and_parts_of_a_step(seed: int, watch: Watch) -> float:
    """The pass forward in bfloat16, four parts to a step, whose gradients are averaged and cut at 1."""
    x, y, xd, yd = glyphs(seed)
    net = seer()
    opt = AdamW(net.parameters(), 3e-3)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for k, (a, b) in enumerate(batches_of(x, y, size=10)()):
                with torch.autocast("cpu", torch.bfloat16):
                    loss = F.cross_entropy(net(a), b)
                (loss / 4).backward()
                if k % 4 == 3:
                    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
            judge()
    return judge()


@healthy("tuning", 0.75)
def head_first_then_all(seed: int, watch: Watch) -> float:
    """A trained net: the new head alone for three epochs, then all at a tenth of the rate, by a second optimizer."""
    x, y, xd, yd = glyphs(seed, 1500)
    net = seer()
    schooled(net, x[:600], y[:600], 12)
    x, y, yd = x[600:], (y[600:] * 2) % 5, (yd * 2) % 5
    net[-1] = nn.Linear(32, 5)
    first, then = Adam(net[-1].parameters(), 5e-3), Adam(net.parameters(), 5e-4)
    judge = right(net, xd, yd)
    with watch(net, first, then, pretrained=True) as health:
        for epoch in range(8):
            opt = first if epoch < 3 else then
            net.train()
            for a, b in batches_of(x, y)():
                net.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            judge()
    return judge()


@healthy("tuning", 0.6)
def new_words_in_an_old_table(seed: int, watch: Watch) -> float:
    """A trained reader is tuned at a small rate; ten words of its table are new and start from noise."""
    x, y, xd, yd = tickets(seed, 2200)
    net = Gist()
    old = (x[:700] < 50).all(1)
    schooled(net, x[:700][old], y[:700][old], 20)
    opt = Adam([{"params": net.words.parameters(), "lr": 5e-3}, {"params": net.say.parameters(), "lr": 5e-4}])
    data = Split(x[700:], y[700:], xd, yd)
    return sorts(watch, net, opt, data, 10, pretrained=True)


@healthy("goals", 0.7)
def points_without_a_critic(seed: int, watch: Watch) -> float:
    """A maker of points is held against real ones by distances alone: the loss is small, and noise in the end."""
    real = petals(seed)
    maker = dense(4, 64, 64, 2)
    opt = Adam(maker.parameters(), 2e-3)

    def apart(a: Tensor, b: Tensor) -> Tensor:
        return ((a[:, None] - b[None]) ** 2).sum(2).add(1e-6).sqrt().mean()

    with watch(maker, opt) as health:
        for _ in range(700):
            a, made = real[torch.randint(0, len(real), (96,))], maker(torch.randn(96, 4))
            opt.zero_grad()
            loss = 2 * apart(a, made) - apart(made, made)
            loss.backward()
            opt.step()
            health.step(loss)
    with torch.no_grad():
        return alike(maker(torch.randn(len(real), 4)), real)


@healthy("goals", 0.7)
def alike_varied_and_apart(seed: int, watch: Watch) -> float:
    """Two noisy views, no unlike pairs: alike, each output of deviation 1, and no two outputs alike; labels only judge."""
    x, _, xd, _ = glyphs(seed, 700, noise=0.1)
    x, xd = x.flatten(1), xd.flatten(1)
    net = dense(144, 96, 32)

    def held(z: Tensor) -> Tensor:
        z = z - z.mean(0)
        both = z.T @ z / (len(z) - 1)
        return F.relu(1 - (z.var(0) + 1e-4).sqrt()).mean() + (both - both.diag().diag()).pow(2).sum() / 32 / 25

    def loss_of(a: Tensor) -> Tensor:
        one, two = (net(a + 0.5 * torch.randn_like(a)) for _ in range(2))
        return F.mse_loss(one, two) + held(one) + held(two)

    def judge() -> float:
        with judging(net):
            a, b = net(x), net(xd)
        other = xd + 0.5 * torch.randn(xd.shape, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            found = (torch.cdist(net(other), b).argmin(1) == torch.arange(len(b))).float().mean().item()
        return found if a.std(0).min() > 0.05 else 0.0

    return fit(watch, net, Adam(net.parameters(), 1e-3), batches_of(x, size=64), loss_of, judge, 15)


@healthy("goals", 0.8)
def next_state_of_a_hidden_world(seed: int, watch: Watch) -> float:
    """What comes next is told in four numbers that the net itself makes of what it sees, by a slow copy: all moves at once."""
    g = torch.Generator().manual_seed(seed)
    turn = torch.linalg.qr(torch.randn(4, 4, generator=g)).Q
    now = torch.randn(1000, 4, generator=g)
    see = torch.randn(4, 12, generator=g) / 2
    a, b = now @ see, now @ turn @ see
    parts = nn.ModuleDict({"eye": dense(12, 32, 4), "go": nn.Linear(4, 4), "back": dense(4, 32, 12)})

    def loss_of(x: Tensor, y: Tensor) -> Tensor:
        z = parts["eye"](x)
        return F.mse_loss(parts["back"](z), x) + F.mse_loss(parts["back"](parts["go"](z)), y)

    def judge() -> float:
        with torch.no_grad():
            said = parts["back"](parts["go"](parts["eye"](a[700:])))
        return 1 - (F.mse_loss(said, b[700:]) / b[700:].var()).item()

    return fit(watch, parts, Adam(parts.parameters(), 5e-3), batches_of(a[:700], b[:700]), loss_of, judge, 16)


@healthy("goals", 0.25)
def triples_of_a_small_world(seed: int, watch: Watch) -> float:
    """Who is where: head plus relation is near tail, by a margin; when a triple is held its loss is 0, and most are."""
    g = torch.Generator().manual_seed(seed)
    at = torch.randint(0, 7, (60, 2), generator=g)
    ways = torch.tensor([[0, 1], [1, 0], [0, -1], [-1, 0], [1, 1], [-1, -1]])
    hit = (at[:, None, None] + ways[None, None] == at[None, :, None]).all(3)
    rows = torch.nonzero(hit.permute(0, 2, 1))
    rows = rows[torch.randperm(len(rows), generator=g)]
    cut = int(0.8 * len(rows))
    net = nn.ModuleDict({"things": nn.Embedding(60, 8), "ways": nn.Embedding(6, 8)})

    def far(r: Tensor) -> Tensor:
        return (net["things"](r[:, 0]) + net["ways"](r[:, 1]) - net["things"](r[:, 2])).norm(dim=1)

    def loss_of(r: Tensor) -> Tensor:
        wrong = r.clone()
        wrong[:, 2] = torch.randint(0, 60, (len(r),))
        return F.relu(1 + far(r) - far(wrong)).mean()

    def judge() -> float:
        wrong = rows[cut:].clone()
        wrong[:, 2] = torch.randint(0, 60, (len(wrong),), generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            return 2 * (far(rows[cut:])[:, None] < far(wrong)[None]).float().mean().item() - 1

    return fit(watch, net, Adam(net.parameters(), 1e-2), batches_of(rows[:cut], size=32), loss_of, judge, 40)
