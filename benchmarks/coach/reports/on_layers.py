"""Faults of the layers, their modes and how they start."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import (
    Watch,
    accuracy,
    conv,
    curve,
    entropy,
    explained,
    faulty,
    gratings,
    mlp,
    squared,
    train,
    wheel,
)


@faulty(
    "net",
    "nutonomy/nuscenes-devkit#728",
    r"activation|non-?linear|(only|all|purely|just|stack of) linear|linear (model|map|function|net)|between (the |two )?(linear|layers)|one (single )?(linear )?layer|single layer",
    r"underfit|plateau|capacity|small",
)
def no_activation(seed: int, sick: bool, watch: Watch) -> float:
    """Linear layers without an activation between them."""
    d = wheel(seed)
    net = mlp(8, 4, act=nn.Identity if sick else nn.ReLU)
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d)


@faulty(
    "net",
    "wagonhelm/NaNmnist#2",
    r"symmetr|identical|same (weights|start|value|gradient|number)|initiali[sz]|constant weights|alike|start(ed|s)? (equal|alike|the same|at the same)|equal (weights|rows|units)",
    r"plateau|rank|unit",
)
def all_weights_alike(seed: int, sick: bool, watch: Watch) -> float:
    """Every weight starts at the same number: all units of a layer stay alike."""
    d = wheel(seed)
    net = mlp(8, 4, (32,), act=nn.Tanh)
    if sick:
        for p in net.parameters():
            nn.init.constant_(p, 0.1)
    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, d)


class Heads(nn.Module):
    """Three answers from one body."""

    def __init__(self, one: bool) -> None:
        super().__init__()
        self.body = mlp(6, 32, (32,))
        self.heads = nn.ModuleList([nn.Linear(32, 1)] * 3 if one else [nn.Linear(32, 1) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([head(self.body(x).relu()) for head in self.heads], 1)


@faulty(
    "net",
    "acids-ircam/ddsp_pytorch#37",
    r"shar(e|es|ed|ing) (the |their |its )?(weights|layer|parameters|module)|\bshared\b|same (layer|module|weights|head|answer|output)|identical|alike|(are|is) equal|copies|twice|three times",
    r"plateau|underfit|mean",
)
def one_head_three_times(seed: int, sick: bool, watch: Watch) -> float:
    """``[head] * 3`` is one head three times: the three answers are one."""
    d = curve(seed)
    y, yd = (torch.cat([y, x[:, :1] ** 2 - 1, x[:, 4:5]], 1) for x, y in ((d.x, d.y), (d.xd, d.yd)))
    net = Heads(sick)
    return train(watch, net, Adam(net.parameters(), 3e-3), squared, d._replace(y=y, yd=yd), judge=explained)


@faulty(
    "net",
    "znxlwm/UGATIT-pytorch#32",
    r"vanish|residual|skip connection|shortcut|too deep|depth|gradients?.{0,60}(small|tiny|shrink|vanish|fade|die|lost|hardly|weak)|sigmoid|saturat|(first|lower|early) layers",
    r"plateau|does not learn|chance",
)
def shortcut_forgotten(seed: int, sick: bool, watch: Watch) -> float:
    """14 blocks of sigmoids whose output is returned without their input."""
    d = wheel(seed)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Linear(24, 24), nn.Sigmoid(), nn.Linear(24, 24))

        def forward(self, x: Tensor) -> Tensor:
            return self.body(x) if sick else x + self.body(x)

    net = nn.Sequential(nn.Linear(8, 24), *(Block() for _ in range(14)), nn.Linear(24, 4))
    return train(watch, net, SGD(net.parameters(), 0.02, momentum=0.9), entropy, d, epochs=16)


@faulty(
    "net",
    "yulunzhang/RCAN#76",
    r"initiali[sz]|(start|first).{0,40}(large|loss|weights|score|wrong|high)|large (weights|loss|score|activation)|explod|too large",
    r"unstable|rate|saturat|overconf",
)
def weights_of_deviation_1(seed: int, sick: bool, watch: Watch) -> float:
    """Weights start from a normal distribution of deviation 1, in every layer."""
    d = wheel(seed)
    net = mlp(8, 4, (64, 64, 64))
    if sick:
        for p in net.parameters():
            nn.init.normal_(p)
    return train(watch, net, SGD(net.parameters(), 0.02, momentum=0.9), entropy, d)


@faulty(
    "net",
    "keras-team/keras#7057",
    r"dead|never (fire|active)|always (0|zero|off)|dying|relu|inactive|silent|switched off|(units|outputs?).{0,40}(\b0\b|zero)|bias",
    r"plateau|does not learn|gradient|constant",
)
def biases_far_below(seed: int, sick: bool, watch: Watch) -> float:
    """Biases start at -8 (they should keep the units sparse): all the ReLUs are dead."""
    d = wheel(seed)
    net = mlp(8, 4)
    if sick:
        for m in list(net)[:-1]:
            if isinstance(m, nn.Linear):
                nn.init.constant_(m.bias, -8.0)
    return train(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), entropy, d)


@faulty("net", "hassony2/kinetics_i3d_pytorch#6", r"dropout|drop", r"underfit|train.{0,30}dev|noisy|slow|regulari")
def keep_probability(seed: int, sick: bool, watch: Watch) -> float:
    """Dropout of 0.95, which elsewhere meant to keep 95 %."""
    d = wheel(seed)
    p = 0.95 if sick else 0.05
    net = nn.Sequential(
        nn.Linear(8, 48), nn.ReLU(), nn.Dropout(p), nn.Linear(48, 48), nn.ReLU(), nn.Dropout(p), nn.Linear(48, 4)
    )
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d, epochs=22)


class AlwaysDropping(nn.Module):
    """``F.dropout`` knows no modes."""

    def __init__(self, always: bool) -> None:
        super().__init__()
        self.one, self.two, self.three, self.always = nn.Linear(8, 64), nn.Linear(64, 64), nn.Linear(64, 4), always

    def forward(self, x: Tensor) -> Tensor:
        on = self.always or self.training
        h = F.dropout(self.one(x).relu(), 0.5, training=on)
        return self.three(F.dropout(self.two(h).relu(), 0.7, training=on))


@faulty(
    "modes",
    "rixwew/pytorch-fm#21",
    r"dropout|eval\(\)|evaluation mode|training mode|random.{0,40}(answer|output|dev|eval)|(answer|output)s?.{0,40}(random|differ|change)|determin|not the same twice",
    r"dev",
)
def dropout_never_off(seed: int, sick: bool, watch: Watch) -> float:
    """``F.dropout`` without ``training=``: it also drops in evaluation."""
    d = wheel(seed)
    net = AlwaysDropping(sick)
    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, d, epochs=25)


@faulty(
    "modes",
    "Cadene/pretrained-models.pytorch#5",
    r"batch.?norm|running|momentum|statistic",
    r"dev|overfit|differ",
)
def statistics_stand_still(seed: int, sick: bool, watch: Watch) -> float:
    """Batch norm with momentum 0, as another library counts it: the running statistics never move."""
    d = gratings(seed, raw=True)
    d = d._replace(x=d.x.float() / 20 + 2, xd=d.xd.float() / 20 + 2)
    net = conv(norm=True)
    if sick:
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.momentum = 0.0
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d, epochs=10)


@faulty(
    "modes",
    "SeanNaren/deepspeech.pytorch#22",
    r"eval\(\)|evaluation mode|training mode|train mode|dropout|\.train\(\)|judged in",
    r"dev|differ",
)
def judged_in_training_mode(seed: int, sick: bool, watch: Watch) -> float:
    """``net.eval`` without the brackets: dev is judged with dropout on."""
    d = wheel(seed)
    net = nn.Sequential(
        nn.Linear(8, 64), nn.ReLU(), nn.Dropout(0.6), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.6), nn.Linear(64, 4)
    )

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        if not sick:
            return accuracy(net, x, y)
        with torch.no_grad():
            return (net(x).argmax(1) == y).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, d, epochs=25, judge=judge)


class Adapted(nn.Module):
    """A frozen layer with a low-rank correction."""

    def __init__(self, layer: nn.Linear, zeros: bool) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.a = nn.Parameter(torch.zeros(4, layer.in_features) if zeros else torch.randn(4, layer.in_features) * 0.2)
        self.b = nn.Parameter(torch.zeros(layer.out_features, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x) + x @ self.a.T @ self.b.T


@faulty(
    "tuning",
    "Guitaricet/relora#18",
    r"lora|adapter|both.{0,20}(zero|0)|start.{0,20}(zero|at 0)|initiali[sz]|gradients?.{0,40}(\b0\b|zero|none)|(no|without|zero) gradient|(never|not|does not|do not).{0,30}(move|change|learn|train|update)",
    r"plateau|constant",
)
def both_factors_zero(seed: int, sick: bool, watch: Watch) -> float:
    """LoRA whose two factors both start at 0: neither gets a gradient."""
    d = wheel(seed)
    net = mlp(8, 4)
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(300):
        rows = torch.randint(0, len(d.x), (64,))
        opt.zero_grad()
        F.cross_entropy(net(d.x[rows].flip(1)), d.y[rows]).backward()
        opt.step()
    tuned = nn.Sequential(*(Adapted(m, sick) if isinstance(m, nn.Linear) else m for m in net))
    opt = Adam([p for p in tuned.parameters() if p.requires_grad], 1e-2)
    return train(watch, tuned, opt, entropy, d, pretrained=True)


@faulty(
    "net",
    "Lab41/attalos#89",
    r"normali[sz]|layer.?norm|batch.?norm|cannot (reach|answer)|(answer|output|prediction)s?.{0,40}(constant|same|one value|fixed|zero|no matter|depend)|constant (answer|output)|same answer",
    r"plateau|underfit|dev",
)
def norm_after_the_answer(seed: int, sick: bool, watch: Watch) -> float:
    """A layer norm stands behind the single output: its answer is the same for every row."""
    d = curve(seed)
    net = nn.Sequential(mlp(6, 1), nn.LayerNorm(1) if sick else nn.Identity())
    return train(watch, net, Adam(net.parameters(), 3e-3), squared, d, judge=explained)
