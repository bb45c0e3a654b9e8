"""What a net does with padding, states, norms and words that it should not see, told at steps and at evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from loops import names, points

Ask = Callable[[nn.Module], object]


def trained(
    model: nn.Module,
    loss: Callable[[Tensor], Tensor],
    rows: int,
    ask: Ask,
    *,
    epochs: int = 8,
    rate: float = 5e-3,
    batch: int = 32,
    order: Callable[[int], Sequence[Tensor]] | None = None,
) -> list[Finding]:
    """Adam over rows in a new order in each epoch, and the net asked after each, in evaluation mode."""
    optimizer, generator = Adam(model.parameters(), rate), torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for epoch in range(epochs):
            model.train()
            for one in order(epoch) if order else torch.randperm(rows, generator=generator).split(batch):
                value = loss(one)
                optimizer.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                health.step(value)
            model.eval()
            with torch.no_grad():
                ask(model)
    return health.findings


def texts(n: int = 500, longest: int = 12) -> tuple[Tensor, Tensor]:
    """Words of 40, padded behind by 0, and whether more of them are even: (n, longest), (n,)."""
    torch.manual_seed(0)
    length = torch.randint(3, longest + 1, (n, 1))
    x = torch.where(torch.arange(longest) < length, torch.randint(1, 41, (n, longest)), torch.zeros(()).long())
    even = ((x % 2 == 0) & (x > 0)).sum(1)
    return x, (2 * even > length[:, 0]).long()


class Texts(nn.Module):
    """Words, something that makes one vector of them, two classes."""

    def __init__(self, pool: Callable[[Tensor, Tensor], Tensor], layer: nn.Module | None = None) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.words, self.say, self.pool = nn.Embedding(41, 16), nn.Linear(16, 2), pool
        self.layer = layer or nn.Sequential(nn.Linear(16, 16), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time) → (batch, 2)."""
        h = self.layer(self.words(x))
        return self.say(self.pool(h[0] if isinstance(h, tuple) else h, x > 0))  # type: ignore[no-any-return]


def mean_of_all(h: Tensor, there: Tensor) -> Tensor:
    return h.mean(1)


def mean(h: Tensor, there: Tensor) -> Tensor:
    return (h * there[..., None]).sum(1) / there.sum(1, keepdim=True)


def last_of_all(h: Tensor, there: Tensor) -> Tensor:
    return h[:, -1]


def last(h: Tensor, there: Tensor) -> Tensor:
    return h[torch.arange(len(h)), there.sum(1) - 1]


@pytest.mark.parametrize(
    ("pool", "recurrent", "wider", "named"),
    [
        (mean_of_all, False, 60, ["padding_changes_answers"]),
        (last_of_all, True, 60, ["padding_changes_answers"]),
        (mean_of_all, False, 0, []),
        (mean, False, 60, []),
        (last, True, 60, []),
    ],
    ids=["mean", "last output", "mean of one length", "masked mean", "last word's output"],
)
def test_padding_that_changes_answers_is_named(
    pool: Callable[[Tensor, Tensor], Tensor], recurrent: bool, wider: int, named: list[str]
) -> None:
    x, y = texts()
    model = Texts(pool, nn.GRU(16, 16, batch_first=True) if recurrent else None)
    dev = F.pad(x[400:], (0, wider))
    found = trained(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 400, lambda net: net(dev))
    assert [name for name in names(found) if name != "unfinished"] == named


class Carrying(nn.Module):
    """A recurrent layer or cell whose state is kept, or not."""

    def __init__(self, kind: str, keep: bool) -> None:
        super().__init__()
        torch.manual_seed(1)
        make = {"lstm": lambda: nn.LSTM(2, 16, batch_first=True), "gru": lambda: nn.GRU(2, 16, batch_first=True)}
        self.read = make.get(kind, lambda: nn.GRUCell(2, 16))()
        self.say, self.keep = nn.Linear(16, 2), keep
        self.state: Tensor | tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, 2) → (batch, 2)."""
        before = self.state if self.keep and self.training else None
        if isinstance(self.read, nn.GRUCell):
            for step in x.unbind(1):
                before = self.read(step, before)
            self.state = before.detach()
            return self.say(before)  # type: ignore[no-any-return]
        said, state = self.read(x, before)
        self.state = tuple(one.detach() for one in state) if isinstance(state, tuple) else state.detach()
        return self.say(said[:, -1])  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["lstm", "gru", "cell"])
@pytest.mark.parametrize("keep", [True, False])
def test_a_state_that_is_carried_over_shuffled_batches_is_named(kind: str, keep: bool) -> None:
    torch.manual_seed(0)
    x = torch.randn(384, 8, 2)
    y, model = (x[:, :3, 0].sum(1) > 0).long(), Carrying(kind, keep)
    found = trained(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 384, lambda net: net(x[:32]))
    assert (names(found)[:1] == ["state_kept"]) is keep, names(found)


def test_a_state_that_is_carried_along_a_series_is_right() -> None:
    torch.manual_seed(0)
    x = torch.randn(320, 8, 2)
    y, model = (x[:, :3, 0].sum(1) > 0).long(), Carrying("gru", True)
    in_order = torch.arange(320).split(32)
    found = trained(
        model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 320, lambda net: net(x[:32]),
        order=lambda epoch: in_order,
    )  # fmt: skip
    assert "state_kept" not in names(found)


class Normed(nn.Module):
    """Layers of different sizes, with one norm for all, or one for each."""

    def __init__(self, make: Callable[[], nn.Module], shared: bool, sizes: tuple[float, float] = (1.0, 6.0)) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.first, self.second, self.say = nn.Linear(12, 24), nn.Linear(24, 24), nn.Linear(24, 4)
        one = make()
        self.norms, self.sizes = nn.ModuleList([one, one] if shared else [one, make()]), sizes

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 12) → (batch, 4)."""
        h = self.norms[0](self.sizes[0] * self.first(x)).relu()
        return self.say(self.norms[1](self.sizes[1] * self.second(h)).relu())  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("make", "shared", "named"),
    [
        (lambda: nn.BatchNorm1d(24), True, ["norm_reused"]),
        (lambda: nn.BatchNorm1d(24), False, []),
        (lambda: nn.LayerNorm(24), True, []),
    ],
    ids=["shared", "one each", "layer norm"],
)
def test_a_batch_norm_for_several_places_is_named(
    make: Callable[[], nn.Module], shared: bool, named: list[str]
) -> None:
    x, y = points()
    model = Normed(make, shared)
    found = trained(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 500, lambda net: net(x[500:]))
    assert names(found) == named


def squares(n: int = 500) -> tuple[Tensor, Tensor]:
    """Bright or dark pictures: the class is how bright: (n, 1, 6, 6), (n,)."""
    torch.manual_seed(0)
    y = torch.randint(0, 3, (n,))
    return y.view(-1, 1, 1, 1) + 0.7 * torch.randn(n, 1, 6, 6), y


@pytest.mark.parametrize(
    ("norm", "part", "named"),
    [
        (lambda: nn.BatchNorm2d(8, track_running_stats=False), "a class at a time", ["norms_by_dev_batch"]),
        (lambda: nn.BatchNorm2d(8, track_running_stats=False), "one at a time", ["norms_by_dev_batch"]),
        (lambda: nn.BatchNorm2d(8, track_running_stats=False), "mixed", []),
        (lambda: nn.BatchNorm2d(8), "a class at a time", []),
    ],
    ids=["a class at a time", "one at a time", "mixed as in training", "running statistics"],
)
def test_norms_by_the_batch_that_is_judged_are_named(
    norm: Callable[[], nn.Module], part: str, named: list[str]
) -> None:
    x, y = squares()
    torch.manual_seed(1)
    model = nn.Sequential(nn.Conv2d(1, 8, 3), norm(), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3))
    order = y[400:].argsort() + 400
    parts = {"a class at a time": order.split(20), "one at a time": torch.arange(400, 420).split(1)}
    dev = parts.get(part, (torch.arange(400, 500),))

    def ask(net: nn.Module) -> None:
        for rows in dev:
            net(x[rows])

    found = trained(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 400, ask)
    assert [name for name in names(found) if name != "unfinished"] == named


class Writer(nn.Module):
    """A source is read, the target so far is read as well; `inside` moves it by one in the net."""

    def __init__(self, inside: bool = False) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.source, self.target = nn.Embedding(9, 16), nn.Embedding(10, 16)
        self.read, self.write = nn.GRU(16, 32, batch_first=True), nn.GRU(16, 32, batch_first=True)
        self.say, self.inside = nn.Linear(32, 9), inside

    def forward(self, x: Tensor, written: Tensor) -> Tensor:
        """(batch, time) twice → (batch, time, 9)."""
        if self.inside:
            written = torch.cat([torch.full_like(written[:, :1], 9), written[:, :-1]], 1)
        return self.say(self.write(self.target(written), self.read(self.source(x))[1])[0])  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("moved", "inside", "by_name", "named"),
    [
        (False, False, False, True), (False, False, True, True), (True, False, False, False),
        (False, True, False, False),
    ],
    ids=["not moved", "not moved, by name", "moved", "moved in the net"],
)  # fmt: skip
def test_a_writer_that_is_given_its_answer_is_named(moved: bool, inside: bool, by_name: bool, named: bool) -> None:
    torch.manual_seed(0)
    x = torch.randint(0, 9, (400, 5))
    y, model = (x.flip(1) + 1) % 9, Writer(inside)
    start = torch.full((400, 1), 9)
    given = torch.cat([start, y[:, :-1]], 1) if moved else y

    def said(rows: Tensor) -> Tensor:
        answer: Tensor = model(x[rows], written=given[rows]) if by_name else model(x[rows], given[rows])
        return answer

    def loss(rows: Tensor) -> Tensor:
        return F.cross_entropy(said(rows).flatten(0, 1), y[rows].flatten())

    found = trained(model, loss, 300, lambda net: said(torch.arange(300, 400)))
    assert ("answer_given" in names(found)) is named, names(found)


class Blind(nn.Module):
    """Its answers at evaluation are NaN, as those of a softmax over nothing."""

    def __init__(self, broken: bool) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.layer, self.broken = nn.Linear(12, 4), broken

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 12) → (batch, 4)."""
        h: Tensor = self.layer(x)
        return h * float("nan") if self.broken and not self.training else h


@pytest.mark.parametrize("broken", [True, False])
def test_answers_that_are_nan_at_evaluation_are_named(broken: bool) -> None:
    x, y = points()
    model = Blind(broken)
    found = trained(model, lambda rows: F.cross_entropy(model(x[rows]), y[rows]), 500, lambda net: net(x[500:]))
    assert (names(found)[:1] == ["answers_not_numbers"]) is broken, names(found)


class Speaker(nn.Module):
    """Tells the next word."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.words, self.read, self.say = nn.Embedding(14, 16), nn.GRU(16, 32, batch_first=True), nn.Linear(32, 14)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time) → (batch, time, 14)."""
        return self.say(self.read(self.words(x))[0])  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("end", "pad", "ignored", "named"),
    [(1, 1, 1, True), (1, 0, 0, False), (0, 0, 0, True), (1, 1, -100, False)],
    ids=["end is padding", "end and padding", "no end", "the padding counts"],
)
def test_an_end_that_is_never_asked_for_is_named(end: int, pad: int, ignored: int, named: bool) -> None:
    torch.manual_seed(0)
    length, x = torch.randint(3, 9, (400, 1)), torch.randint(2, 14, (400, 12))
    place = torch.arange(12)
    x = torch.where(place < length, x, torch.where(place == length, torch.tensor(end), torch.tensor(pad)))
    model = Speaker()

    def loss(rows: Tensor) -> Tensor:
        return F.cross_entropy(model(x[rows, :-1]).flatten(0, 1), x[rows, 1:].flatten(), ignore_index=ignored)

    found = trained(model, loss, 300, lambda net: net(x[300:, :-1]), epochs=3)
    assert ("end_untaught" in names(found)) is named, names(found)


@pytest.mark.parametrize("in_place", [True, False])
def test_a_mask_that_stays_in_the_data_is_named(in_place: bool) -> None:
    torch.manual_seed(0)
    x, model = torch.randint(0, 12, (300, 10)), Speaker()

    def loss(rows: Tensor) -> Tensor:
        start = int(rows[0])
        words = x[start : start + 30] if in_place else x[start : start + 30].clone()
        hidden = torch.rand(words.shape) < 0.2
        labels = words.masked_fill(~hidden, -100)
        words[hidden] = 13
        return F.cross_entropy(model(words).flatten(0, 1), labels.flatten())

    found = trained(
        model, loss, 300, lambda net: net(x[:32].clone()), epochs=30, order=lambda _: torch.arange(300).split(30)
    )
    assert ("inputs_drift" in names(found)) is in_place, names(found)
