"""Faults of the data and of how it is loaded."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    accuracy,
    comments,
    conv,
    curve,
    entropy,
    explained,
    faulty,
    gratings,
    judging,
    mlp,
    recall,
    squared,
    train,
    wheel,
)


@faulty(
    "data",
    "mlcommons/GaNDLF#870",
    r"labels?\b.{0,80}(match|wrong|random|belong|shuffl|order|noise|mix|unrelated|correct)|(match|wrong|random|belong|shuffl|align|unrelated).{0,60}labels?|shuffl|align|mismatch|not belong|labels.{0,20}by heart|examples with their labels",
    r"memor|overfit|noise|chance|random",
)
def shuffled_apart(seed: int, sick: bool, watch: Watch) -> float:
    """Inputs and labels are shuffled by two permutations."""
    d = wheel(seed)
    y = d.y[torch.randperm(len(d.y))] if sick else d.y
    net = mlp(8, 4)
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d._replace(y=y))


@faulty(
    "data",
    "weecology/DeepForest#1147",
    r"class(es)?.{0,40}(order|index|number|map)|labels?.{0,60}(order|map|number|match|differ|permut|other|wrong|swap)|order of|below chance|worse than chance|mapping|permut|swapp",
    r"overfit|dev|differ",
)
def other_class_order(seed: int, sick: bool, watch: Watch) -> float:
    """Dev's classes are numbered in the order of its own folders."""
    d = gratings(seed)
    net = conv()
    yd = torch.tensor([2, 0, 3, 1])[d.yd] if sick else d.yd
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d._replace(yd=yd), epochs=12)


@faulty(
    "loader",
    "ZhaoJ9014/face.evoLVe#39",
    r"same (batch|rows|examples|data)|repeat|only.{0,40}(batch|rows|examples)|few (rows|examples)|again and again|new iterator|iter\(",
    r"overfit|memor|dev",
)
def first_batch_forever(seed: int, sick: bool, watch: Watch) -> float:
    """``next(iter(loader))`` in the loop of a loader that does not shuffle: always its first batch."""
    d = wheel(seed)
    net = mlp(8, 4)

    def order(n: int, size: int) -> list[Tensor]:
        rows = torch.arange(n).split(size)
        return [rows[0]] * len(rows) if sick else list(rows)

    return train(watch, net, Adam(net.parameters(), 2e-3), entropy, d, order=order)


@faulty(
    "loader",
    "Deci-AI/super-gradients#416",
    r"shuffl|sorted|in (the )?order of|order of (the )?(rows|class|examples)|one class|single class|same class",
    r"forget|jump|swing|osc",
)
def sorted_by_class(seed: int, sick: bool, watch: Watch) -> float:
    """The loader goes through rows that are sorted by class."""
    d = gratings(seed)
    net = conv()
    by_class = d.y.argsort()

    def order(n: int, size: int) -> list[Tensor]:
        return list((by_class if sick else torch.randperm(n)).split(size))

    return train(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), entropy, d, epochs=12, order=order)


@faulty(
    "data",
    "anishmadan23/deep3d-pytorch#1",
    r"(input|pixel|picture|image|column|feature|value).{0,60}(small|tiny|scale|range|normali|standardi|constant|deviation|spread|alike)|normali[sz]e|standardi[sz]e",
    r"slow|rate|learn",
)
def divided_twice(seed: int, sick: bool, watch: Watch) -> float:
    """Pictures of 0 to 1 are divided by 255 once more."""
    d = gratings(seed, raw=True)
    x, xd = (v.flatten(1).float() / 255 / (255 if sick else 1) for v in (d.x, d.xd))
    net = conv()
    net.insert(0, nn.Unflatten(1, (1, 12, 12)))
    opt = Adam(net.parameters(), 3e-3)
    return train(watch, net, opt, entropy, Split(x, d.y, xd, d.yd), epochs=15)


@faulty(
    "data",
    "huggingface/lerobot#239",
    r"constant|deviation|divid|std|outlier|(input|column|feature|value).{0,60}(large|huge|scale|range|far|extreme|normali|standardi)",
    r"dev|differ|overfit",
)
def constant_column(seed: int, sick: bool, watch: Watch) -> float:
    """A sensor that stood still in training is divided by its deviation of almost 0; in dev it moves."""
    d = curve(seed)
    still = torch.full((len(d.x), 1), 20.0) + 1e-5 * torch.randn(len(d.x), 1)
    moves = 20 + 0.5 * torch.randn(len(d.xd), 1)
    scale = still.std() + (1e-8 if sick else 5.0)
    x, xd = (torch.cat([v, (c - still.mean()) / scale], 1) for v, c in ((d.x, still), (d.xd, moves)))
    net = mlp(7, 1)
    return train(watch, net, Adam(net.parameters(), 2e-3), squared, Split(x, d.y, xd, d.yd), judge=explained)


@faulty("numbers", "Nixtla/neuralforecast#186", r"\bnan\b|missing|not a number|finite", "")
def missing_values(seed: int, sick: bool, watch: Watch) -> float:
    """Half a percent of the cells of a table are empty."""
    d = curve(seed)
    x = d.x.masked_fill(torch.rand_like(d.x) < 0.005, float("nan"))
    x = x if sick else x.nan_to_num(0.0)
    net = mlp(6, 1)
    return train(watch, net, Adam(net.parameters(), 2e-3), squared, d._replace(x=x), judge=explained)


@faulty(
    "data",
    "ageron/handson-ml3#20",
    r"(input|column|feature|value).{0,80}(large|huge|scale|range|normali|standardi|magnitude|deviation|unit)|normali[sz]e|standardi[sz]e",
    r"explod|unstable|diverg|rate|large loss",
)
def seconds_since_1970(seed: int, sick: bool, watch: Watch) -> float:
    """One of the columns is a time in seconds, as it comes."""
    d = curve(seed)
    clock = [1.6e9 + 3e7 * torch.rand(len(v), 1) for v in (d.x, d.xd)]
    if not sick:
        clock = [(c - 1.615e9) / 8.7e6 for c in clock]
    x, xd = torch.cat([d.x, clock[0]], 1), torch.cat([d.xd, clock[1]], 1)
    net = mlp(7, 1)
    return train(watch, net, Adam(net.parameters(), 2e-3), squared, Split(x, d.y, xd, d.yd), judge=explained)


@faulty(
    "loader",
    "NifTK/NiftyNet#432",
    r"sampl|class(es)?.{0,60}(never|rare|missing|few|imbalance|frequen|not seen|absent|unequal|share|balance)|imbalance|rare|minority|majority",
    r"never (predict|answer)|dev",
)
def sampler_upside_down(seed: int, sick: bool, watch: Watch) -> float:
    """A weighted sampler gets the classes' counts instead of their inverse: the rare ones almost never come."""
    d = wheel(seed, lean=0.9)
    counts = torch.bincount(d.y, minlength=4).float()
    weights = (counts**2 if sick else 1 / counts)[d.y]
    net = mlp(8, 4)

    def order(n: int, size: int) -> list[Tensor]:
        return list(torch.tensor(list(WeightedRandomSampler(weights, n))).split(size))

    return train(watch, net, Adam(net.parameters(), 2e-3), entropy, d, judge=recall, order=order)


class Reader(nn.Module):
    """A GRU whose state after the last place, or after the last word, is classified."""

    def __init__(self, to_the_end: bool) -> None:
        super().__init__()
        self.words, self.gru, self.head = (
            nn.Embedding(91, 16, padding_idx=0),
            nn.GRU(16, 24, batch_first=True),
            nn.Linear(24, 3),
        )
        self.to_the_end = to_the_end

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.gru(self.words(x))
        last = torch.full((len(x),), x.shape[1] - 1) if self.to_the_end else (x > 0).sum(1) - 1
        return self.head(states[torch.arange(len(x)), last])


@faulty(
    "data",
    "ray-project/ray#21392",
    r"pad|length|last (place|step|position|word)|forget",
    r"recurrent|gradient|vanish|early",
)
def state_after_padding(seed: int, sick: bool, watch: Watch) -> float:
    """A GRU's last state is taken after 60 places of padding."""
    d = comments(seed, 900)
    x, xd = F.pad(d.x, (0, 50)), F.pad(d.xd, (0, 50))
    net = Reader(sick)
    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, Split(x, d.y, xd, d.yd), epochs=7)


@faulty(
    "data",
    "srinidhiPY/SSL_CR_Histo#5",
    r"(targets?|labels?).{0,80}(alike|are 0)|targets?.{0,80}(constant|same|whole|integer|zero|round|few|one value|vary|type|binary|two values)|(constant|same|whole|zero).{0,40}target|integer|truncat|\bround|dtype",
    r"bias|below|constant|same answer",
)
def targets_cut_to_integers(seed: int, sick: bool, watch: Watch) -> float:
    """Shares between 0 and 1 are cast to integers: nearly all become 0."""
    d = curve(seed)
    y, yd = torch.sigmoid(d.y), torch.sigmoid(d.yd)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(net(x), (y.long() if sick else y).float())

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, Split(d.x, y, d.xd, yd), judge=explained)


@faulty(
    "loader",
    "RasmussenLab/vamb#425",
    r"no (step|batch|training|loss|update)|empty|never.{0,30}(step|train|call|ran)|not (one|a single)|0 (steps|batches)|nothing",
    "",
)
def fewer_rows_than_a_batch(seed: int, sick: bool, watch: Watch) -> float:
    """``drop_last`` with a batch above the number of rows: the loader is empty, and nobody says so."""
    d = wheel(seed, 800)
    net = mlp(8, 4)
    loader = DataLoader(TensorDataset(d.x, d.y), 1024 if sick else 64, shuffle=True, drop_last=True)
    opt = Adam(net.parameters(), 4e-3)
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(25):
            for x, y in loader:
                loss = F.cross_entropy(net(x), y)
                opt.zero_grad()
                loss.backward()
                opt.step()
                health.step(loss)
            result = accuracy(net, d.xd, d.yd)
    return result


@faulty(
    "data",
    "Nixtla/neuralforecast#720",
    r"scale|unit|normali|standardi|(target|dev).{0,80}(differ|other|range|mean|shift)|differ.{0,60}dev",
    r"overfit|dev",
)
def dev_in_other_units(seed: int, sick: bool, watch: Watch) -> float:
    """Targets are standardized for training; dev's stay in the units of the file."""
    d = curve(seed)
    net = mlp(6, 1)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            rest = F.mse_loss(net(x), 40 + 12 * y if sick else y) / (144 if sick else 1)
        return 1 - rest.item()

    return train(watch, net, Adam(net.parameters(), 2e-3), squared, d, judge=judge)
