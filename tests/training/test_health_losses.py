"""Losses that are put together wrongly, each beside a twin that is meant so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_figures import check
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from fathom.training.health.analysis.broadcast_targets import has_broadcast_targets
from fathom.training.health.measure.answer_gradient import answer_gradient
from loops import names, net, points, regress, run

Loss = Callable[[Tensor, Tensor], Tensor]


def watched(
    model: nn.Module,
    loss: Callable[[nn.Module, Tensor, Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    steps: int = 60,
    rate: float = 0.01,
) -> list[Finding]:
    """A loop with Adam; each figure of its findings' titles was measured."""
    optimizer = Adam(model.parameters(), rate)
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for _ in range(steps):
            rows = torch.randint(0, len(x), (32,), generator=generator)
            value = loss(model, x[rows], y[rows])
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            health.step(value)
    if health.findings:
        check(health.findings, health.signals)
    return health.findings


def of_classes(loss: Loss, steps: int = 60) -> list[Finding]:
    """Four clouds, and a loss of scores and class numbers."""
    x, y = points()
    return watched(net(24), lambda model, a, b: loss(model(a), b), x, y, steps)


def first(found: list[Finding]) -> tuple[str, str]:
    return (found[0].name, found[0].title) if found else ("", "")


def hot(y: Tensor) -> Tensor:
    return F.one_hot(y, 4).float()


NO_GRADIENT: dict[str, Loss] = {
    "rounded": lambda a, y: F.mse_loss(a.sigmoid().round(), hot(y)),
    "compared": lambda a, y: ((a > 0).float() - hot(y)).square().mean().requires_grad_(),
    "argmax": lambda a, y: (a.argmax(1) != y).float().requires_grad_().mean(),
    "a number made a tensor": lambda a, y: torch.tensor(F.cross_entropy(a, y).item(), requires_grad=True),
    "sign": lambda a, y: (a.sign() - hot(y)).abs().mean(),
    "detached": lambda a, y: F.cross_entropy(a.detach(), y) + 0 * a.sum(),
}


@pytest.mark.parametrize("how", NO_GRADIENT)
def test_a_loss_without_a_gradient_is_named_as_such_and_as_nothing_else(how: str) -> None:
    name, title = first(found := of_classes(NO_GRADIENT[how]))
    assert name == "loss_without_gradient", found
    assert "gradient" in title
    assert "wrong_output" not in names(found)


def test_a_rounded_number_is_no_broadcast_whatever_the_checks_leave_out() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(12, 1))
    optimizer = Adam(model.parameters(), 0.01)
    with fathom.watch(model, optimizer) as health:
        for k in range(30):
            value = F.mse_loss(model(x[k : k + 32])[:, 0].sigmoid().round(), y[k : k + 32].float())
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            health.step(value)
    assert not has_broadcast_targets(health.signals)


def test_a_rounded_answer_whose_gradient_is_passed_through_is_not() -> None:
    def straight(a: Tensor, y: Tensor) -> Tensor:
        p = a.sigmoid()
        return F.mse_loss(p + (p.round() - p).detach(), hot(y))

    assert "loss_without_gradient" not in names(of_classes(straight))


def test_dead_units_and_a_single_output_are_no_loss_without_a_gradient() -> None:
    x, y = points()
    model = net(24)
    nn.init.constant_(model[0].bias, -60.0)
    assert "loss_without_gradient" not in names(run(model, x, y, epochs=4))
    single = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 1))
    found = watched(single, lambda m, a, b: F.cross_entropy(m(a), torch.zeros_like(b)), x, y)
    assert first(found)[0] == "wrong_output"


def policy(a: Tensor, y: Tensor) -> Tensor:
    """The choices that were right by more than chance become likelier."""
    log_p = a.log_softmax(1)
    choice = torch.multinomial(log_p.detach().exp(), 1)
    gain = (choice[:, 0] == y).float() - 0.25
    return -(log_p.gather(1, choice)[:, 0] * gain).mean()


def test_a_policy_gradient_below_0_is_no_sign_error_and_a_sign_error_is() -> None:
    torch.manual_seed(0)
    assert "wrong_output" not in names(of_classes(policy, 200))
    for wrong in (
        lambda a, y: -F.cross_entropy(a, y),
        lambda a, y: (a.log_softmax(1) * hot(y)).sum(1).mean(),
        lambda a, y: a.log_softmax(1).gather(1, y[:, None]).mean(),
    ):
        name, title = first(of_classes(wrong))
        assert name == "wrong_output"
        assert "sign is wrong" in title


def test_a_policy_of_two_choices_is_no_sign_error() -> None:
    def bernoulli(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out = model(x)[:, 0]
        choice = torch.bernoulli(out.detach().sigmoid())
        gain = (choice == (y > 1).float()).float() - 0.5
        return (F.binary_cross_entropy_with_logits(out, choice, reduction="none") * gain).mean()

    torch.manual_seed(0)
    x, y = points()
    assert "wrong_output" not in names(watched(net(24), bernoulli, x, y, 200))


class Pairs(nn.Module):
    """How near two words are: one number for each pair."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.a, self.b = nn.Embedding(12, 8), nn.Embedding(12, 8)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return (self.a(x) * self.b(y)).sum(-1)


def test_drawn_pairs_are_no_labels_and_labels_of_which_none_holds_are_told_in_words() -> None:
    x = torch.randint(0, 12, (600,), generator=torch.Generator().manual_seed(0))

    def loss(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        near, far = model(a, b), model(a[:, None], torch.randint(0, 12, (32, 5)))
        return F.softplus(-near).mean() + F.softplus(far).mean()

    assert "one_class" not in names(watched(Pairs(), loss, x, (x + 1) % 12, 200))
    found = of_classes(lambda a, y: F.binary_cross_entropy_with_logits(a, torch.zeros_like(a)))
    assert first(found)[0] == "one_class"
    assert "whether each of 4 labels holds is no in all" in found[0].title
    assert names(of_classes(lambda a, y: F.binary_cross_entropy_with_logits(a, hot(y)), 300)) in ([], ["unfinished"])


def test_an_overflow_in_half_precision_is_named_and_a_root_of_0_is_not_called_one() -> None:
    found = regress(lambda a, y: ((a[:, 0] - 400 * y - 900).half() ** 2).mean().sqrt().float())
    assert first(found)[0] == "not_finite"
    assert "half precision (float16)" in found[0].title
    assert "65,504" in found[0].title
    found = regress(lambda a, y: (a[:, 0] - a[:, 0].detach()).square().sqrt().mean() + (a[:, 0] - y).square().mean())
    assert "not_finite" in names(found)
    assert "half" not in found[0].title


def goal(y: Tensor) -> Tensor:
    return 0.9 * hot(y) + 0.025


def test_a_divergence_of_no_logarithms_is_named() -> None:
    for wrong in (
        lambda a, y: F.kl_div(a.softmax(1), goal(y), reduction="batchmean"),
        lambda a, y: F.kl_div(a.sigmoid(), goal(y), reduction="sum") / len(y),
        lambda a, y: F.kl_div(a.softmax(1), goal(y).log(), reduction="batchmean", log_target=True),
        lambda a, y: F.kl_div(a, goal(y), reduction="batchmean"),
        lambda a, y: F.cross_entropy(a, y) + 2 * F.kl_div(a.softmax(1), goal(y), reduction="batchmean"),
    ):
        name, title = first(of_classes(wrong))
        assert name == "wrong_output"
        assert "kl_div" in title
    for right in (
        lambda a, y: F.kl_div(a.log_softmax(1), goal(y), reduction="batchmean"),
        lambda a, y: F.kl_div(a.log_softmax(1), goal(y).log(), reduction="batchmean", log_target=True),
        lambda a, y: ((goal(y) - 0.9 * a.softmax(1)) ** 2).mean(),
    ):
        assert "wrong_output" not in names(of_classes(right))


def test_a_divergence_from_logarithms_is_named_where_its_loss_is_no_number() -> None:
    found = of_classes(lambda a, y: F.kl_div(a.log_softmax(1), goal(y).log(), reduction="batchmean"))
    assert first(found)[0] == "not_finite"
    assert "kl_div whose target is below 0" in found[0].title


def several(y: Tensor) -> Tensor:
    """Two labels of four, for half of the examples."""
    return (hot(y) + hot((y + 1) % 4) * (y < 2)[:, None]).clamp(max=1)


def test_several_labels_under_a_softmax_are_named() -> None:
    x, y = points()
    inside = nn.Sequential(net(24), nn.Softmax(1))
    for found in (
        of_classes(lambda a, y: F.cross_entropy(a, several(y))),
        of_classes(lambda a, y: F.binary_cross_entropy(a.softmax(1), several(y))),
        watched(inside, lambda m, a, b: F.binary_cross_entropy(m(a), several(b)), x, y),
    ):
        assert first(found)[0] == "labels_share_a_softmax", found
    for right in (
        lambda a, y: F.cross_entropy(a, several(y) / several(y).sum(1, keepdim=True)),
        lambda a, y: F.binary_cross_entropy(a.softmax(1), hot(y)),
        lambda a, y: F.cross_entropy(a, y, weight=torch.tensor([2.0, 1, 1, 2])),
        lambda a, y: F.binary_cross_entropy_with_logits(a, several(y)),
        lambda a, y: F.cross_entropy(a, y, label_smoothing=0.2),
    ):
        assert "labels_share_a_softmax" not in names(of_classes(right))


class Tagger(nn.Module):
    """Words (n, t) → scores (n, tags, t)."""

    def __init__(self, words: int = 24, tags: int = 4) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words, self.mix = nn.Embedding(words, 12), nn.Conv1d(12, 32, 3, padding=1)
        self.head = nn.Conv1d(32, tags, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(self.words(x).transpose(1, 2)).relu())  # type: ignore[no-any-return]


def tagged(loss: Loss, words: int = 24, tags: int = 4, padded: bool = False, steps: int = 150) -> list[Finding]:
    """Each word has a tag; the ends may be padding, of tag and word 0."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randint(1, words, (400, 9), generator=generator)
    y = x % tags if not padded else 1 + x % (tags - 1)
    if padded:
        end = torch.arange(9) >= torch.randint(4, 10, (400, 1), generator=generator)
        x, y = x.masked_fill(end, 0), y.masked_fill(end, 0)
    return watched(Tagger(words, tags), lambda m, a, b: loss(m(a), b), x, y, steps)


def test_scores_that_are_viewed_and_not_permuted_are_named() -> None:
    for wrong in (
        lambda a, y: F.cross_entropy(a.reshape(-1, 4), y.reshape(-1)),
        lambda a, y: F.cross_entropy(a.view(len(a), -1, 4).flatten(0, 1), y.flatten()),
        lambda a, y: F.nll_loss(a.view(-1, 4).log_softmax(-1), y.flatten()),
    ):
        name, title = first(tagged(wrong))
        assert name == "wrong_output"
        assert "viewed" in title
    for right in (
        lambda a, y: F.cross_entropy(a.transpose(1, 2).reshape(-1, 4), y.reshape(-1)),
        lambda a, y: F.cross_entropy(a.permute(0, 2, 1).contiguous().view(-1, 4), y.reshape(-1)),
        lambda a, y: F.cross_entropy(a, y),
        lambda a, y: F.cross_entropy(a.movedim(1, 2).flatten(0, 1), y.flatten()),
    ):
        assert names(tagged(right)) in ([], ["unfinished"])


def test_scores_with_their_classes_last_may_be_viewed_but_not_as_if_these_were_second() -> None:
    class Last(Tagger):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x).transpose(1, 2).contiguous()

    def go(loss: Loss) -> list[Finding]:
        x = torch.randint(1, 24, (400, 9), generator=torch.Generator().manual_seed(0))
        return watched(Last(), lambda m, a, b: loss(m(a), b), x, x % 4, 150)

    assert "viewed" in first(go(lambda a, y: F.cross_entropy(a.view(len(a), 4, 9), y)))[1]
    assert names(go(lambda a, y: F.cross_entropy(a.view(-1, 4), y.flatten()))) in ([], ["unfinished"])


def test_a_class_that_is_left_out_is_named_and_padding_and_hidden_words_are_not() -> None:
    for wrong in (
        lambda a, y: F.cross_entropy(a, y, ignore_index=0),
        lambda a, y: F.cross_entropy(a, y, weight=torch.tensor([0.0, 1, 1, 1])),
    ):
        name, title = first(tagged(wrong))
        assert name == "class_left_out"
        assert title.startswith("class 0 of 4 never counts")
    assert "class_left_out" not in names(tagged(lambda a, y: F.cross_entropy(a, y, ignore_index=0), padded=True))

    def hidden(a: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(a, y.masked_fill(torch.rand(y.shape) < 0.4, -100))

    assert "class_left_out" not in names(tagged(hidden))
    assert first(of_classes(lambda a, y: F.cross_entropy(a, y, ignore_index=2)))[0] == "class_left_out"


def test_errors_that_are_averaged_before_they_are_squared_are_named() -> None:
    for wrong in (
        lambda a, y: (a[:, 0] - y).mean() ** 2,
        lambda a, y: (y - a[:, 0]).mean().abs(),
        lambda a, y: (y[:, None] - a).sum().square() / len(y),
        lambda a, y: ((a[:, 0] - y).mean() ** 2).sqrt(),
    ):
        name, title = first(regress(wrong))
        assert name == "wrong_output"
        assert "cancel" in title
    for right in (
        lambda a, y: ((a[:, 0] - y) ** 2).mean().sqrt(),
        lambda a, y: (a[:, 0] - y).abs().mean(),
        lambda a, y: (a - y[:, None]).mean(1).square().mean(),
    ):
        assert "wrong_output" not in names(regress(right))


def overlap(a: Tensor, y: Tensor) -> Tensor:
    p, y = a.sigmoid(), hot(y)
    return (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)


def jaccard(a: Tensor, y: Tensor) -> Tensor:
    p, y = a.sigmoid(), hot(y)
    common = (p * y).sum()
    return common / (p.sum() + y.sum() - common)


def test_an_overlap_that_is_made_small_is_named_and_one_minus_it_is_not() -> None:
    for wrong in (
        overlap,
        jaccard,
        lambda a, y: F.binary_cross_entropy_with_logits(a, hot(y)) + overlap(a, y),
        lambda a, y: ((2 * a.sigmoid() * hot(y)).sum(1) / (a.sigmoid().sum(1) + hot(y).sum(1))).mean(),
    ):
        name, title = first(of_classes(wrong))
        assert name == "wrong_output"
        assert "overlap" in title
    for right in (
        lambda a, y: 1 - overlap(a, y),
        lambda a, y: -jaccard(a, y),
        lambda a, y: F.binary_cross_entropy_with_logits(a, hot(y)) - overlap(a, y),
        lambda a, y: (a.sigmoid() * (1 - hot(y))).sum() / (a.sigmoid().sum() + 1e-6),
    ):
        assert "wrong_output" not in names(of_classes(right))


class Speaker(nn.Module):
    """Words (n, t) → scores of words (n, t, words)."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.words, self.gru, self.head = nn.Embedding(12, 16), nn.GRU(16, 24, batch_first=True), nn.Linear(24, 12)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(self.words(x))[0])  # type: ignore[no-any-return]


def spoken(ahead: int, steps: int = 200) -> list[Finding]:
    """Walks in which each word has two likely successors; the targets stand so far ahead."""
    generator = torch.Generator().manual_seed(0)
    x = torch.zeros(400, 12, dtype=torch.long)
    x[:, 0] = torch.randint(0, 12, (400,), generator=generator)
    for k in range(1, 12):
        x[:, k] = (x[:, k - 1] * 5 + torch.randint(1, 3, (400,), generator=generator)) % 12
    end = 12 - max(1, ahead)

    def loss(model: nn.Module, a: Tensor, _: Tensor) -> Tensor:
        return F.cross_entropy(model(a[:, :end]).transpose(1, 2), a[:, ahead : ahead + end])

    return watched(Speaker(), loss, x, x, steps)


def test_targets_that_are_not_the_next_words_are_named() -> None:
    assert first(spoken(0))[0] == "targets_are_inputs"
    assert "the input word itself" in first(spoken(0))[1]
    assert names(spoken(1)) in ([], ["unfinished"])
    assert "the word after the next one" in first(spoken(2))[1]
    assert names(spoken(0, steps=20)) in ([], ["unfinished"])  # a text that is pressed together is learned slowly


@pytest.mark.parametrize("given", [torch.tensor(2.0), torch.eye(8).to_sparse(), None])
def test_whatever_the_net_was_given_its_answers_are_read(given: Tensor | None) -> None:
    answer, y = torch.randn(8, 4, requires_grad=True), torch.arange(8) % 4
    (slope,) = torch.autograd.grad(F.cross_entropy(answer, y), answer)
    found = answer_gradient(answer, slope, given)
    assert (found.is_zero, found.is_inverted, found.words_ahead, found.classes) == (False, False, -1, 4)
    assert answer_gradient(answer, -slope, given).is_inverted
    assert answer_gradient(answer, 0 * slope, given).is_zero
