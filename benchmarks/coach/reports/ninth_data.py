"""Ninth set: faults of the data: scales, pairs of inputs and targets, order, share and number of rows."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from benchmarks.coach.reports.common import Watch, faulty, judging, split
from benchmarks.coach.reports.ninth_common import Cnn, Tabular, Unet, cells, customers, loader, rents, signs, train
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    IMBALANCE,
    NO_GRADIENT,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    balanced,
    covered,
    near,
    right,
)


@faulty(
    "data", "hill-a/stable-baselines#328", UNSCALED, "|".join([STUCK, DIVERGED, RATE_HIGH, NO_GRADIENT]) + r"|\bdead\b"
)
def bytes_go_into_the_layers(seed: int, sick: bool, watch: Watch) -> float:
    """The pictures are bytes as they were read, 0 to 255, and nobody divides them."""
    x, y, xd, yd = signs(seed, 1000, raw=True)
    if not sick:
        x, xd = (x / 255 - 0.3) / 0.15, (xd / 255 - 0.3) / 0.15
    net = Cnn()
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 14)


@faulty(
    "data",
    "atomistic-machine-learning/schnetpack#336",
    r"targets?\b.{0,80}(scal|standardi|normali|large|huge|range|big|far|units?|mean)|(scal|standardi[sz]|normali[sz])\w* (the )?targets?",
    "|".join([STUCK, RATE_LOW, RATE_HIGH]) + r"|slow|(more|longer) (epochs|steps|training)",
)
def rents_in_cents(seed: int, sick: bool, watch: Watch) -> float:
    """The targets are some hundred thousand, as they stand in the table, and the net begins at zero."""
    x, y, xd, yd = rents(seed)
    if sick:
        y, yd = 120_000 + 40_000 * y, 120_000 + 40_000 * yd
    net = Tabular(6, 1)
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.mse_loss, near(net, xd, yd), 30)


@faulty(
    "data",
    "blackportal-ai/delta#248",
    UNSCALED,
    "|".join([STUCK, DIVERGED, RATE_HIGH, RATE_LOW, NO_GRADIENT]) + r"|\bdead\b|slow",
)
def columns_of_every_size(seed: int, sick: bool, watch: Watch) -> float:
    """Square metres, years, an income in thousands and a distance in degrees stand side by side, as they were measured."""
    x, y, xd, yd = rents(seed)
    if sick:
        size, middle = (
            torch.tensor([30.0, 20.0, 15_000.0, 0.02, 400.0, 1.0]),
            torch.tensor([80.0, 1970.0, 4e4, 0.1, 900.0, 3.0]),
        )
        x, xd = x * size + middle, xd * size + middle
    net = nn.Sequential(nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.mse_loss, near(net, xd, yd), 25)


@faulty(
    "data",
    "divamgupta/image-segmentation-keras#115",
    r"mismatch|misalign|not (belong|fit|match)|augment|flip|(labels?|targets?|masks?)\b.{0,60}(nois|wrong|random|conflict|contradict)|conflict|contradict|same inputs?\b.{0,60}(other|different)",
    STUCK + "|" + IMBALANCE,
)
def pictures_are_flipped_and_masks_are_not(seed: int, sick: bool, watch: Watch) -> float:
    """Half of the pictures are mirrored at random while training, and their masks stay as they were."""
    x, y, xd, yd = cells(seed)
    net = Unet()
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for images, masks in loader(x, y, 16):
                flip = (torch.rand(len(images)) < 0.5)[:, None, None, None]
                images = torch.where(flip, images.flip(3), images)
                if not sick:
                    masks = torch.where(flip, masks.flip(3), masks)
                loss = F.binary_cross_entropy_with_logits(net(images), masks)
                opt.zero_grad()
                loss.backward()
                opt.step()
                health.step(loss)
    return covered(net, xd, yd)()


@faulty(
    "data",
    "uzh-rpg/rpg_event_representation_learning#2",
    r"dev\b.{0,60}(label|mapping|class)|label\w*\b.{0,60}(differ|order|mapping|mix)|mapping|mismatch",
    OVERFIT,
    visible=False,
)
def folders_are_listed_in_two_orders(seed: int, sick: bool, watch: Watch) -> float:
    """The numbers of the classes come from the order of the folders, and that of the dev folders is another one."""
    x, y, xd, yd = customers(seed, 5)
    if sick:
        yd = torch.as_tensor(np.random.default_rng(seed + 7).permutation([1, 2, 0, 4, 3]))[yd]
    net = Tabular(8, 5)
    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 20)


@faulty(
    "loader",
    "Deci-AI/super-gradients#416",
    r"shuffl|sorted|\b(in|same|their|fixed|random) order\b(?! of)|one class (per|at a time|after)|batch\w*\b.{0,60}(one|single|same) class|(one|single|same) class\b.{0,40}batch|consecutive",
    STUCK + "|" + OVERFIT + "|" + DIVERGED + r"|jump|oscillat|spik|forget",
)
def folders_are_read_one_by_one(seed: int, sick: bool, watch: Watch) -> float:
    """The rows lie class by class, as their folders did, and the loader does not shuffle."""
    x, y, xd, yd = signs(seed, 1000)
    order = y.argsort(stable=True)
    net = Cnn()
    batches = loader(x[order], y[order], 32, shuffle=not sick)
    return train(
        watch, net, SGD(net.parameters(), 0.02, momentum=0.9), batches, F.cross_entropy, right(net, xd, yd), 15
    )


@faulty(
    "data",
    "soapisnotfat/pytorch-cifar10#9",
    OVERFIT
    + r"|(few|small|little|more|tiny)\b.{0,30}(rows|data|examples|samples|pictures)|regulari[sz]|generali[sz]|augment|dropout",
    STUCK + "|" + r"zero loss|loss\b.{0,40}(zero|nothing)",
)
def a_tenth_of_the_pictures(seed: int, sick: bool, watch: Watch) -> float:
    """Only a small part of the pictures is used, and the net sees them until it knows each of them."""
    x, y, xd, yd = signs(seed, 1000)
    if sick:
        x, y = x[:50], y[:50]
    net = Cnn(wide=24)
    return train(
        watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 200 if sick else 15
    )


@faulty(
    "tuning",
    "anujshah1003/own_data_cnn_implementation_keras#7",
    OVERFIT
    + r"|regulari[sz]|weight decay|generali[sz]|earlier|early stop|(few|small|little|more)\b.{0,30}(rows|data|examples|samples)",
    STUCK + r"|zero loss|loss\b.{0,40}(zero|nothing)",
)
def rents_are_learnt_by_heart(seed: int, sick: bool, watch: Watch) -> float:
    """A large net, few rows with noisy rents, 250 epochs, and neither weight decay nor dropout nor an early end."""
    x, y, xd, yd = rents(seed, 420, noise=0.8)
    net = Tabular(6, 1, wide=160, drop=0.0 if sick else 0.3)
    opt = AdamW(net.parameters(), 2e-3, weight_decay=0.0 if sick else 0.1)
    return train(watch, net, opt, loader(x, y), F.mse_loss, near(net, xd, yd), 250 if sick else 40)


@faulty(
    "data",
    "decodetrail.com: why does my CNN predict only one class",
    IMBALANCE,
    STUCK + "|" + OVERFIT,
)
def one_fraud_in_thirty(seed: int, sick: bool, watch: Watch) -> float:
    """One row in thirty is a fraud, and each row counts the same: nearly all frauds are missed."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (3000, 8))
    told = np.abs(x[:, 0]) + x[:, 1] * x[:, 2] + 0.8 * x[:, 3] + g.normal(0, 0.8, 3000)
    x, y, xd, yd = split(x, (told > np.quantile(told, 0.966)).astype(np.int64))
    net = Tabular(8, 2)
    share = y.float().mean()
    weight = torch.ones(2) if sick else torch.stack([0.5 / (1 - share), 0.5 / share])
    opt = RMSprop(net.parameters(), 1e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b, weight=weight)

    return train(watch, net, opt, loader(x, y, 64), loss_of, balanced(net, xd, yd), 12)


@faulty(
    "data",
    "jakeret/tf_unet#234",
    IMBALANCE + r"|dice|empty",
    STUCK,
)
def all_is_background(seed: int, sick: bool, watch: Watch) -> float:
    """A faint small spot in some pictures: a net that paints nothing at all is nearly always right, and so it does."""
    x, y, xd, yd = cells(seed, 300, wide=1.0, bright=1.1)
    net = Unet()
    opt = Adam(net.parameters(), 2e-3)
    weight = torch.tensor(1.0 if sick else 8.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(a, b, pos_weight=weight)

    def judge() -> float:
        with judging(net):
            said = net(xd) > 0
        return (2 * (said & (yd > 0)).sum() / (said.sum() + (yd > 0).sum()).clamp(min=1)).item()

    return train(watch, net, opt, loader(x, y, 16), loss_of, judge, 6)
