"""Second set: faults of trainings with goals of their own: adversaries, views, rewards."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import groups, stack
from benchmarks.coach.reports.later_steps import UNTRAINED


@faulty("goals", "tamarott/SinGAN#117", r"detach|" + UNTRAINED, r"discriminator|critic|plateau|balance")
def generator_cut_off(seed: int, sick: bool, watch: Watch) -> float:
    """The generator's loss is taken of samples that were detached: no gradient reaches the generator."""
    g = torch.Generator().manual_seed(seed)
    centres = 1.5 * torch.tensor([[1.0, 0.4], [-0.3, 1.2], [-1.0, -0.9]])
    real = centres[torch.randint(0, 3, (900,), generator=g)] + 0.15 * torch.randn(900, 2, generator=g)
    make, tell = stack(4, 48, 48, 2), stack(2, 48, 48, 1, act=lambda: nn.LeakyReLU(0.2))
    net = nn.ModuleDict({"make": make, "tell": tell})
    opt_make, opt_tell = (Adam(p.parameters(), 2e-3, betas=(0.5, 0.99)) for p in (make, tell))
    with watch(net, opt_make, opt_tell) as health:
        for step in range(900):
            some, fake = real[torch.randint(0, 900, (64,))], make(torch.randn(64, 4))
            loss_tell = F.softplus(-tell(some)).mean() + F.softplus(tell(fake.detach())).mean()
            opt_tell.zero_grad()
            loss_tell.backward()
            opt_tell.step()
            loss_make = F.softplus(-tell(fake.detach() if sick else fake)).mean()
            opt_make.zero_grad()
            loss_make.backward()
            opt_make.step()
            health.step(loss_make)
            if step % 300 == 299:
                with judging(net):
                    far = torch.cdist(make(torch.randn(300, 4)), centres).amin(1)
                result = (far < 0.6).float().mean().item()
    return result


@faulty(
    "goals",
    "PatrickHua/SimSiam#39",
    r"collaps|stop.?grad|detach|(answers?|outputs?|embeddings?|vectors?|representations?|rows).{0,60}(alike|same|identical|constant|equal|not depend)|same (answer|output|embedding|vector)|constant|trivial",
    r"plateau|loss.{0,30}(stand|still|-1)",
)
def both_views_learn(seed: int, sick: bool, watch: Watch) -> float:
    """Two views are drawn together without a stop of the gradient: all rows get one embedding."""
    x, _, xd, _ = groups(seed, 12, 1000)
    encode = nn.Sequential(nn.Linear(16, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 24))
    predict = nn.Sequential(nn.Linear(24, 12), nn.ReLU(), nn.Linear(12, 24))
    net = nn.ModuleDict({"encode": encode, "predict": predict})
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    with watch(net, opt) as health:
        for _ in range(25):
            for rows in torch.randperm(len(x)).split(50):
                one, two = (encode(x[rows] + 0.3 * torch.randn(len(rows), 16)) for _ in range(2))
                goals = (one, two) if sick else (one.detach(), two.detach())
                loss = -0.5 * sum(
                    F.cosine_similarity(predict(a), b).mean() for a, b in ((one, goals[1]), (two, goals[0]))
                )
                opt.zero_grad()
                loss.backward()
                opt.step()
                health.step(loss)
            with judging(net):
                result = min(1.0, (F.normalize(encode(xd), dim=1).std(0).mean() * 24**0.5).item())
    return result
