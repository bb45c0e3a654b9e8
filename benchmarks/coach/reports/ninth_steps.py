"""Ninth set: faults of steps: gradients that stay, rates, schedules, modes, weights that no optimizer has."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ExponentialLR

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.ninth_common import (
    Cnn,
    Recurrent,
    Tabular,
    customers,
    gestures,
    loader,
    people,
    rents,
    signs,
    train,
)
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    NO_GRADIENT,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    batches_of,
    fit,
    near,
    right,
)

GATHERED = r"zero_grad|accumulat|gradients?\b.{0,60}(clear|sum|add|pile|left|kept|old|earlier|reset|stay|remain|carried|not zero)"
"""Gradients of several batches are added."""

LEFT_OUT = (
    r"(weights?|parameters?|layers?|modules?|tensors?|encoder|embed\w*|rnn|body)\b.{0,80}(not|never|isn.t|aren.t|without|no)\b.{0,40}(optimizer|regist|train|mov|updat|chang|step|gradient)"
    r"|(optimizer|step)\b.{0,60}(not|lacks?|miss|without|only|does not)\b.{0,40}(know|hold|have|has|weight|param|layer|of them|some|all)|(not|never)\b.{0,20}(in|given to|handed to|among)\b.{0,20}optimizer|outside the optimizer|stands? still|unchanged|frozen"
)
"""Some weights are in no optimizer."""

WEAK = (
    STUCK
    + r"|underfit|too (small|simple|weak)|capacity|(more|longer) (epochs|steps|training)|slow|unfinished|still (fall|improv)"
)
"""The net learns less than it could."""


@faulty(
    "step",
    "yastrebksv/TennisCourtDetector#7",
    GATHERED,
    "|".join([STUCK, DIVERGED, RATE_HIGH]) + r"|oscillat|jump|spik|momentum",
)
def nobody_clears_the_gradients(seed: int, sick: bool, watch: Watch) -> float:
    """The loop goes back and steps, and never clears: each step goes along the sum of all gradients so far."""
    x, y, xd, yd = signs(seed, 1000)
    model = Cnn()
    criterion, optimizer = nn.CrossEntropyLoss(), SGD(model.parameters(), lr=0.02, momentum=0.9)
    with watch(model, optimizer) as health:
        for _ in range(15):
            model.train()
            for images, labels in loader(x, y):
                if not sick:
                    optimizer.zero_grad()
                loss = criterion(model(images), labels)
                loss.backward()
                optimizer.step()
                health.step(loss)
    return right(model, xd, yd)()


@faulty(
    "step",
    "Kai-46/minFM#2",
    GATHERED + "|" + RATE_HIGH + r"|divid|times (too|as) large|micro|gradients?\b.{0,40}(large|big|huge)",
    "|".join([STUCK, DIVERGED]) + r"|\bdead\b",
)
def sixteen_losses_are_added(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients of 16 small batches are added as they should, and nobody divides them by 16: steps are 16 times as long."""
    x, y, xd, yd = signs(seed, 1200)
    net = Cnn()
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for k, (a, b) in enumerate(batches_of(x, y, size=4)()):
                loss = F.cross_entropy(net(a), b)
                (loss if sick else loss / 16).backward()
                if k % 16 == 15:
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
    return right(net, xd, yd)()


class Attending(nn.Module):
    """A small Transformer over the steps of a series, and the mean of what it says."""

    def __init__(self, wide: int = 32) -> None:
        super().__init__()
        self.embed, self.place = nn.Linear(2, wide), nn.Parameter(0.3 * torch.randn(20, wide))
        layer = nn.TransformerEncoderLayer(wide, 4, 64, dropout=0.0, batch_first=True)
        self.body, self.out = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(wide, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.body(self.embed(x) + self.place).mean(1))


@faulty(
    "tuning",
    "facebookresearch/detr#285",
    RATE_HIGH + r"|warm-?up",
    "|".join([STUCK, DIVERGED]) + r"|\bdead\b|saturat|oscillat|jump",
)
def a_transformer_with_a_rate_of_a_twentieth(seed: int, sick: bool, watch: Watch) -> float:
    """Adam's rate is 0.05, which small nets bear, and a Transformer does not."""
    x, y, xd, yd = gestures(seed)
    net = Attending()
    opt = Adam(net.parameters(), 0.05 if sick else 1e-3)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 12)


@faulty(
    "tuning",
    "chiphuyen/stanford-tensorflow-tutorials#54",
    RATE_HIGH + "|" + r"clip",
    "|".join([STUCK, DIVERGED]) + r"|\bdead\b",
)
def steps_that_jump_out_of_the_valley(seed: int, sick: bool, watch: Watch) -> float:
    """Plain gradient descent on a squared error, with a rate of 0.5 and momentum: the first steps leave the valley."""
    x, y, xd, yd = rents(seed)
    net = nn.Sequential(nn.Linear(6, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    opt = SGD(net.parameters(), 0.5 if sick else 0.02, momentum=0.9)
    return train(watch, net, opt, loader(x, y), F.mse_loss, near(net, xd, yd), 20)


@faulty("tuning", "thtrieu/darkflow#1120", RATE_LOW, WEAK)
def a_rate_of_next_to_nothing(seed: int, sick: bool, watch: Watch) -> float:
    """The rate was made smaller and smaller, since the loss would not fall: it is a hundred-thousandth now."""
    x, y, xd, yd = gestures(seed)
    net = Recurrent(2, 4)
    opt = Adam(net.parameters(), 1e-5 if sick else 5e-3)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 15)


@faulty("tuning", "ivadomed/ivadomed#55", RATE_LOW + r"|schedul", WEAK)
def the_schedule_steps_with_every_batch(seed: int, sick: bool, watch: Watch) -> float:
    """``scheduler.step()`` is in the loop over batches: after an epoch, the rate is next to nothing."""
    x, y, xd, yd = customers(seed, 5, 1600)
    net = Tabular(8, 5)
    opt = Adam(net.parameters(), 4e-3)
    scheduler = ExponentialLR(opt, gamma=0.9)
    with watch(net, opt) as health:
        for _ in range(25):
            net.train()
            for a, b in loader(x, y, 16):
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                if sick:
                    scheduler.step()
                health.step(loss)
            if not sick:
                scheduler.step()
    return right(net, xd, yd)()


@faulty(
    "tuning",
    "NVIDIA-NeMo/Speech#733",
    RATE_HIGH + r"|forg[eo]t|pre-?trained\b.{0,60}(lost|destroy|chang|far|overwrit)|catastroph|(lower|smaller) rate",
    "|".join([STUCK, DIVERGED, OVERFIT]),
)
def what_was_learnt_is_lost(seed: int, sick: bool, watch: Watch) -> float:
    """A net that knows arrows is tuned on few pictures at the rate at which it would begin from nothing, and higher."""
    far = signs(seed + 100, 2000)
    x, y, xd, yd = signs(seed, 1000, noise=0.45)
    x, y = x[:64], y[:64]
    net = Cnn()
    early = Adam(net.parameters(), 2e-3)
    for _ in range(10):
        for a, b in loader(far.x, far.y):
            early.zero_grad()
            F.cross_entropy(net(a), b).backward()
            early.step()
    opt = SGD(net.parameters(), 0.1 if sick else 0.002, momentum=0.9)
    return train(watch, net, opt, loader(x, y, 16), F.cross_entropy, right(net, xd, yd), 20, pretrained=True)


class Coded(nn.Module):
    """An encoder, which may run under ``no_grad``, and a head."""

    def __init__(self, blind: bool) -> None:
        super().__init__()
        self.blind = blind
        self.encoder = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 12), nn.ReLU())
        self.head = nn.Linear(12, 4)

    def forward(self, x: Tensor) -> Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.blind):
            code = self.encoder(x)
        return self.head(code)


@faulty(
    "step",
    "erizmr/UnLiteFlowNet-PIV#4",
    NO_GRADIENT + "|" + LEFT_OUT + r"|no_grad|detach|cut off|graph",
    WEAK,
)
def the_encoder_runs_without_gradients(seed: int, sick: bool, watch: Watch) -> float:
    """A ``with torch.no_grad()`` around the encoder was left from the day when it was still a foreign one."""
    x, y, xd, yd = customers(seed, n=1800)
    net = Coded(blind=sick)
    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 25)


@faulty(
    "modes",
    "wkentaro/pytorch-fcn#57",
    r"\beval(uation)?\b|\beval\(\)|train(ing)? mode|\.train\(\)|dropout\b.{0,60}(\boff\b|inactive|not act|does nothing|disabled|never|no effect)|(\boff\b|inactive)\b.{0,40}dropout",
    OVERFIT + "|" + STUCK + "|" + DIVERGED,
)
def dropout_ends_with_the_first_validation(seed: int, sick: bool, watch: Watch) -> float:
    """After the first validation the net stays in evaluation mode: its dropout is off for the rest of the training."""
    x, y, xd, yd = rents(seed, 400, noise=0.8)
    net = Tabular(6, 1, wide=200, drop=0.5)
    opt = Adam(net.parameters(), 1e-3)
    net.train()
    with watch(net, opt) as health:
        for _ in range(120):
            if not sick:
                net.train()
            for a, b in loader(x, y):
                opt.zero_grad()
                loss = F.mse_loss(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            net.eval()
            with torch.no_grad():
                rest = F.mse_loss(net(xd), yd) / yd.var()
    return max(-1.0, 1 - rest.item())


@faulty(
    "modes",
    "microsoft/robustdg#30",
    r"\beval(uation)?\b|\beval\(\)|train(ing)? mode|dropout\b.{0,60}(\bon\b|active|dev|valid)|running (mean|stat)",
    OVERFIT + r"|nois",
)
def validated_in_training_mode(seed: int, sick: bool, watch: Watch) -> float:
    """Nobody calls ``eval()`` before the validation: half of the units are off, and single rows are normalized by themselves."""
    x, y, xd, yd = signs(seed, 1000)
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.5), nn.Linear(216, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 4),
    )  # fmt: skip
    opt = Adam(net.parameters(), 2e-3)
    share = 0.0
    with watch(net, opt) as health:
        for _ in range(16):
            net.train()
            for a, b in loader(x, y):
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            if not sick:
                net.eval()
            with torch.no_grad():
                hits = [(net(a).argmax(1) == b).float().mean() for a, b in loader(xd, yd, 1, shuffle=False)]
            share = torch.stack(hits).mean().item()
    return share


class Tagger(nn.Module):
    """A GRU in two directions, and a tag for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.rnn = nn.Embedding(24, 12), nn.GRU(12, 16, batch_first=True, bidirectional=True)
        self.mix, self.fc = nn.Linear(32, 4, bias=False), nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(torch.tanh(self.mix(self.rnn(self.embed(x))[0])))


@faulty("step", "zjunlp/HVPNeT#5", LEFT_OUT, WEAK)
def the_group_was_never_appended(seed: int, sick: bool, watch: Watch) -> float:
    """Groups of weights are gathered by name, and the one of the words and the recurrent layer is never appended."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 24, (700, 12), generator=g)
    y = (x + 2 * (x.roll(1, 1) % 2) + x.roll(-1, 1) // 12) % 4
    net = Tagger()
    groups = [{"params": [p for name, p in net.named_parameters() if name.startswith(("mix", "fc"))], "lr": 5e-3}]
    rest = {"params": [p for name, p in net.named_parameters() if name.startswith(("embed", "rnn"))], "lr": 5e-3}
    if not sick:
        groups.append(rest)
    opt = AdamW(groups)

    def judge() -> float:
        with judging(net):
            return (net(x[500:]).argmax(2) == y[500:])[:, 1:-1].float().mean().item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a)[:, 1:-1].flatten(0, 1), b[:, 1:-1].flatten())

    return fit(watch, net, opt, batches_of(x[:500], y[:500], size=20), loss_of, judge, 30)


@faulty("step", "ronghuaiyang/arcface-pytorch#20", LEFT_OUT, WEAK)
def the_optimizer_has_the_metric_alone(seed: int, sick: bool, watch: Watch) -> float:
    """A face net and the classes' directions are two modules, and only the directions were given to the optimizer."""
    x, y, xd, yd = people(seed, 20, 60)
    body, metric = Tabular(16, 8), nn.Linear(8, 20, bias=False)
    net = nn.ModuleList([body, metric])
    opt = SGD(metric.parameters() if sick else net.parameters(), 0.1, momentum=0.9)

    def scores(a: Tensor) -> Tensor:
        return 10 * F.normalize(body(a)) @ F.normalize(metric.weight).T

    def judge() -> float:
        with judging(net):
            return (scores(xd).argmax(1) == yd).float().mean().item()

    return fit(watch, net, opt, batches_of(x, y), lambda a, b: F.cross_entropy(scores(a), b), judge, 20)
