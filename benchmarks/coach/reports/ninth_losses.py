"""Ninth set: faults of losses: activations before them, shapes, logarithms, padding, shares."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import Split, Watch, faulty, judging, split
from benchmarks.coach.reports.ninth_common import (
    Cnn,
    Recurrent,
    Tabular,
    Unet,
    cells,
    customers,
    gestures,
    hobbies,
    loader,
    mails,
    named,
    rents,
    signs,
    train,
)
from benchmarks.coach.reports.seventh_common import (
    BOUNDED,
    DIVERGED,
    NO_GRADIENT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    batches_of,
    covered,
    fit,
    near,
    right,
)

TWICE = BOUNDED + r"|softmax|sigmoid|logits?\b|twice|already\b.{0,40}(probabilit|softmax|sigmoid)|raw scores"
"""An activation stands before a loss that has one itself."""

SHAPES = r"\bshapes?\b|broadcast|squeeze|dimension|every (pair|combination)|each (target|answer)\b.{0,40}(every|all)|\(n, ?1\)"
"""Answers and targets are of two shapes."""

SLOW = STUCK + "|" + RATE_LOW + "|" + NO_GRADIENT + r"|slow|(more|longer) (epochs|steps|training)|unfinished"


@faulty("loss", "doronharitan/human_activity_recognition_LRCN#4", TWICE, SLOW)
def pictures_through_a_softmax(seed: int, sick: bool, watch: Watch) -> float:
    """The net ends in a softmax, and the cross-entropy takes one more."""
    x, y, xd, yd = signs(seed, 1000)
    net = nn.Sequential(Cnn(), nn.Softmax(dim=1)) if sick else nn.Sequential(Cnn())
    opt = SGD(net.parameters(), 0.02, momentum=0.9)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 12)


class Topics(nn.Module):
    """Words, a recurrent layer in two directions, the mean of what it says, and a head that may end in a softmax."""

    def __init__(self, words: int = 60, classes: int = 3, probs: bool = False) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, 16, padding_idx=0)
        self.lstm = nn.LSTM(16, 20, batch_first=True, bidirectional=True)
        self.head = nn.Linear(40, classes)
        self.probs = probs

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(self.embed(x))
        on = (x > 0).unsqueeze(2)
        scores = self.head((out * on).sum(1) / on.sum(1))
        return F.softmax(scores, dim=-1) if self.probs else scores


@faulty("loss", "sugi-chan/custom_bert_pipeline#1", TWICE, SLOW)
def topics_through_a_softmax(seed: int, sick: bool, watch: Watch) -> float:
    """``forward`` returns ``softmax(scores)``, and the loss is ``CrossEntropyLoss``."""
    x, y, xd, yd = mails(seed)
    net = Topics(probs=sick)
    criterion = nn.CrossEntropyLoss()
    optimizer = SGD(net.parameters(), lr=0.15, momentum=0.9)
    with watch(net, optimizer) as health:
        for _ in range(10):
            net.train()
            for texts, labels in loader(x, y):
                optimizer.zero_grad()
                loss = criterion(net(texts), labels)
                loss.backward()
                optimizer.step()
                health.step(loss)
    return right(net, xd, yd)()


@faulty("loss", "avBuffer/UNet3plus_pth#23", TWICE, SLOW)
def masks_through_two_sigmoids(seed: int, sick: bool, watch: Watch) -> float:
    """The net ends in a sigmoid, and so does the loss: no answer can be under a half."""
    x, y, xd, yd = cells(seed)
    net = nn.Sequential(Unet(), nn.Sigmoid()) if sick else nn.Sequential(Unet())
    opt = Adam(net.parameters(), 1e-3)
    judge = covered(net, xd, yd, 0.5 if sick else 0.0)
    return train(watch, net, opt, loader(x, y, 16), F.binary_cross_entropy_with_logits, judge, 8)


class Taste(nn.Module):
    """What a user, and an item, are like, and how well both fit."""

    def __init__(self, users: int, items: int, last: nn.Module) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(users, 16), nn.Embedding(items, 16)
        self.mlp = nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 1), last)

    def forward(self, pair: Tensor) -> Tensor:
        return self.mlp(torch.cat([self.user(pair[:, 0]), self.item(pair[:, 1])], 1))[:, 0]


def visits(seed: int, users: int = 60, items: int = 60, n: int = 3000) -> Split:
    """Numbers of a user and an item (n, 2), and whether the user liked the item."""
    g = torch.Generator().manual_seed(seed)
    a, b = torch.randn(users, 2, generator=g), torch.randn(items, 2, generator=g)
    pair = torch.cartesian_prod(torch.arange(users), torch.arange(items))[
        torch.randperm(users * items, generator=g)[:n]
    ]
    like = (a[pair[:, 0]] * b[pair[:, 1]]).sum(1) + 0.2 * torch.randn(n, generator=g)
    return split(pair, (like > 0.3).float())


@faulty("loss", "yudi-mars/daisyRec#15", TWICE, SLOW)
def likes_through_two_sigmoids(seed: int, sick: bool, watch: Watch) -> float:
    """A recommender's answer is already a share, and the loss squeezes it again: a dislike costs at least log 2."""
    x, y, xd, yd = visits(seed)
    net = Taste(60, 60, nn.Sigmoid() if sick else nn.Identity())

    def judge() -> float:
        with judging(net):
            said = net(xd) > (0.5 if sick else 0.0)
        return torch.stack([(said == (yd > 0))[yd == c].float().mean() for c in (0, 1)]).mean().item()

    opt = Adam(net.parameters(), 3e-3)
    return train(watch, net, opt, loader(x, y), F.binary_cross_entropy_with_logits, judge, 16)


@faulty("loss", "LAMDA-Tabular/TALENT#92", SHAPES, STUCK)
def a_column_against_a_row(seed: int, sick: bool, watch: Watch) -> float:
    """Answers are (n, 1) and targets (n,): each answer is held against every target of the batch."""
    x, y, xd, yd = rents(seed)
    net = Tabular(6, 1)
    targets = y[:, 0] if sick else y
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, targets, 64), nn.MSELoss(), near(net, xd, yd), 25)


@faulty("loss", "jsboige/CoursIA#926", SHAPES, STUCK)
def forecasts_against_all_tomorrows(seed: int, sick: bool, watch: Watch) -> float:
    """A GRU's forecast of one step is (n, 1), and the loader gives tomorrow's value as (n,)."""
    g = torch.Generator().manual_seed(seed)
    at = torch.arange(24.0)
    pace, begin = torch.rand(900, 1, generator=g) * 0.5 + 0.3, torch.rand(900, 1, generator=g) * 6.3
    series = torch.sin(pace * at + begin) + 0.1 * torch.randn(900, 24, generator=g)
    x, y, xd, yd = split(series[:, :-1, None], series[:, -1])
    net = Recurrent(1, 1, kind=nn.GRU)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.smooth_l1_loss(a, b if sick else b.unsqueeze(1))

    return train(watch, net, AdamW(net.parameters(), 3e-3), loader(x, y), loss_of, near(net, xd, yd), 8)


@faulty(
    "numbers",
    "NVIDIA/apex#358",
    r"\blog(arithm)?\b|epsilon|\beps\b|log\(0\)|\bzero\b.{0,40}log|probabilit|softmax|(sigmoid|output)\b.{0,50}(0 or 1|saturat|exactly)|clamp|logits",
    DIVERGED + "|" + RATE_HIGH + "|" + STUCK,
)
def weighted_logarithms_by_hand(seed: int, sick: bool, watch: Watch) -> float:
    """A weighted loss takes the plain logarithm of a sigmoid, which is 0 or 1 to the last digit when the net is sure."""
    x, y, xd, yd = customers(seed, 2, noise=0.02)
    net = nn.Sequential(Tabular(8, 1, wide=96), nn.Sigmoid())

    def loss_of(p: Tensor, b: Tensor) -> Tensor:
        p = p[:, 0] if sick else p[:, 0].clamp(1e-6, 1 - 1e-6)
        return -(1.5 * b * p.log() + (1 - b) * (1 - p).log()).mean()

    def judge() -> float:
        with judging(net):
            said = net(xd)[:, 0]
        return ((said > 0.5) == (yd > 0)).float().mean().item() if said.isfinite().all() else -1.0

    return train(watch, net, Adam(net.parameters(), 1e-2), loader(x, y), loss_of, judge, 30)


class Noter(nn.Module):
    """Notes, a GRU, and scores of the next note at each place."""

    def __init__(self, notes: int, wide: int = 40) -> None:
        super().__init__()
        self.embed = nn.Embedding(notes, 16)
        self.rnn = nn.GRU(16, wide, batch_first=True)
        self.say = nn.Linear(wide, notes)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.rnn(self.embed(x))[0])


@faulty(
    "loss",
    "DaoyuanLi2816/Molecule-Generator#20",
    r"\bpad\w*|ignore_index|mask|(one|same|most)\b.{0,30}(token|class|target|symbol)|fill|imbalanc|majority",
    SLOW,
)
def most_targets_are_padding(seed: int, sick: bool, watch: Watch) -> float:
    """Short sequences lie in long rows, and the loss counts the padding behind them as if it were to be learnt."""
    g = torch.Generator().manual_seed(seed)
    after = torch.randint(1, 20, (20, 2), generator=g)
    x = torch.zeros(400, 60, dtype=torch.long)
    x[:, :2] = torch.randint(1, 20, (400, 2), generator=g)
    for k in range(2, 10):
        x[:, k] = after[x[:, k - 1], x[:, k - 2] % 2]
    x[torch.arange(60)[None] >= torch.randint(5, 11, (400, 1), generator=g)] = 0
    x, _, xd, _ = split(x, x)
    net = Noter(20)
    criterion = nn.CrossEntropyLoss() if sick else nn.CrossEntropyLoss(ignore_index=0)

    def loss_of(a: Tensor) -> Tensor:
        return criterion(net(a[:, :-1]).flatten(0, 1), a[:, 1:].flatten())

    def judge() -> float:
        with judging(net):
            said = net(xd[:, 1:-1])[:, :, 1:].argmax(2) + 1
        on = xd[:, 2:] > 0
        return (said == xd[:, 2:])[on].float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, size=20), loss_of, judge, 10)


@faulty(
    "loss",
    "errorhandle.ai: multilabel classification converges to all zeroes",
    r"softmax|cross.?entropy|\bbce\b|binary|sigmoid|multi-?label|several (labels|classes)|(sum|add)\b.{0,30}(1|one)\b|one-hot",
    STUCK,
)
def many_labels_share_a_softmax(seed: int, sick: bool, watch: Watch) -> float:
    """Several labels may hold at once, and the loss is the cross-entropy of one softmax over them."""
    x, y, xd, yd = hobbies(seed)
    net = Tabular(10, 8)
    loss_of = F.cross_entropy if sick else F.binary_cross_entropy_with_logits
    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, named(net, xd, yd), 20)


class TwoHeads(nn.Module):
    """A common body, a head for a class and a head for a number."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn = nn.LSTM(2, 32, batch_first=True)
        self.kind, self.much = nn.Linear(32, 4), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        last = self.rnn(x)[0][:, -1]
        return self.kind(last), self.much(last)


@faulty(
    "loss",
    "ludwig-ai/ludwig#641",
    r"dominat|outweigh|(one|second|other|first) (loss|task|term|part)|task|(two|both) (losses|terms|parts)|weight\w*\b.{0,40}(loss|task|term)|balance|(targets?|loss\w*|terms?)\b.{0,60}(scal|units?|large|huge|size|standardi|normali)",
    SLOW + "|" + RATE_HIGH,
)
def a_number_drowns_the_class(seed: int, sick: bool, watch: Watch) -> float:
    """A squared error in millimetres and a cross-entropy are added: the number's gradients are thousands of times the class's."""
    x, y, xd, yd = gestures(seed, 900)
    size = 300.0 if sick else 1.0
    far = x.diff(dim=1).norm(dim=2).mean(1)
    far = size * (far - far.mean()) / far.std()
    net = TwoHeads()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, kind: Tensor, much: Tensor) -> Tensor:
        said, told = net(a)
        return F.cross_entropy(said, kind) + F.mse_loss(told[:, 0], much)

    def judge() -> float:
        with judging(net):
            return (net(xd)[0].argmax(1) == yd).float().mean().item()

    return fit(watch, net, opt, batches_of(x, y, far), loss_of, judge, 14)
