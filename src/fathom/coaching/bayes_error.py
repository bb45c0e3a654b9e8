"""Is the error of a table about as low as its columns allow? Then no net and no more rows are worth a day's work.

Nobody can see the least error of data (Bayes' error), but it leaves marks. A net is taken to be there only where

1. none of five methods that learn in other ways is better than the net by a fifth of its error, as far as a one-sided
   95 % of the paired difference goes, and the best of them comes as near to the net;
2. three of them agree to a tenth, and among those near the best is the vote of neighbours, which assumes next to
   nothing of the form of the classes;
3. half the rows are as good as all of them: what could still be learned would have shown (Renggli et al. 2023 put the
   question so: "Snoopy", a feasibility study before a net is trained).

The bounds were chosen on 800 trainings on tables whose least error is known, many of them by nets that are far above
it. On others like those, 57 of 60 that they call as low as can be could avoid no more than a fifth of their error, and
31 of 34 on laws that they had not seen (``benchmarks/coach/floors.py``). They find about a quarter of what is so low.
Where anything else was found wrong, or where people are known to do better, nothing is said.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.coaching.run_context import RunContext
from fathom.diagnosis.baseline import NOT_ABOVE_BASELINE
from fathom.diagnosis.convergence import STILL_IMPROVING
from fathom.diagnosis.decomposition import TRAIN_ERROR_DOMINATES, UNDECIDED, VARIANCE
from fathom.diagnosis.error_floor import FLOOR_ESTIMATE
from fathom.diagnosis.intervals import wilson
from fathom.finding_kinds import FindingKind, Role, kind_of
from fathom.progress import Watcher
from fathom.records import Finding
from fathom.tasks.classification import majority

AT_FLOOR = FindingKind(
    name="at_floor",
    severity="good",
    lesson="bias-and-variance",
    meaning=(
        "Very different methods make as many mistakes, and half of the rows give the same error as all of "
        "them. So these columns probably tell no more about the target. This is no proof: about one in "
        "fifteen such trainings could still do better."
    ),
    advice="Add a column that says something new about each example. Another net or more rows will hardly help.",
    role=Role.ERROR,
    replaces=(TRAIN_ERROR_DOMINATES, VARIANCE, NOT_ABOVE_BASELINE, FLOOR_ESTIMATE, STILL_IMPROVING, UNDECIDED),
)

Wrong = NDArray[np.bool_]

AVOIDABLE = 0.2
"""Share of the error that may be avoidable after all."""
AGREE, NEIGHBOURS, HALVED = 0.1, 0.12, 0.15
"""Shares of the error: between the best three, from the best to the vote of neighbours, and that half the rows cost."""
LEAST = 0.04
"""An error below this is small, however low the floor is."""
LEARNED = 0.7
"""Of the majority's error that the net may make, for something to have been learned."""
ONE_SIDED = 1.645
FEWEST, MOST, COLUMNS = 200, 4_000, 200
"""Examples of dev; rows that are learned from, and columns, beyond which it takes too long."""


def at_floor(context: RunContext, found: Sequence[Finding], watcher: Watcher) -> list[Finding]:
    """That nothing much can be avoided, in place of what else was said of the error; or what was found, as it is.

    Args:
        context: the run.
        found: of it and of its data. Where a cause is among it, the floor is not looked for.
        watcher: is told how far it is.
    """
    known = context.metric.is_classification_error and context.settings.human_error is None
    if not known or any(_is_cause(one) for one in found):
        return list(found)
    train, wrong = context.of("train"), _of_net(context)
    dev = [e for e in context.of("dev") if e.id in wrong]
    if len(dev) < FEWEST or any(e.group is not None for e in (*train, *dev)):
        return list(found)
    chosen = np.random.default_rng(0).permutation(len(train))[:MOST]
    train = tuple(train[i] for i in chosen)
    x, x_dev = context.task.features(train), context.task.features(dev)
    if x is None or x_dev is None or x.shape[1] > COLUMNS:
        return list(found)
    net = np.array([wrong[e.id] for e in dev], np.bool_)
    y, y_dev = (np.array([str(e.target) for e in part]) for part in (train, dev))
    middle = len(y) // 2
    if len(set(y[:middle])) < 2 or not worth_asking(net, y_dev != str(majority(train, dev).predictions[0])):
        return list(found)
    watcher.begin_stage("look for the floor", 2)
    half = others(x[:middle], y[:middle], x_dev, y_dev)
    watcher.advance()
    whole = others(x, y, x_dev, y_dev)
    watcher.advance()
    if not used_up(net, whole, half):
        return list(found)
    return [one for one in found if kind_of(one.name) not in AT_FLOOR.replaces] + [_told(net, whole, half)]


def _is_cause(one: Finding) -> bool:
    """Whether something else is wrong, of the whole: neither a remark, nor a part, nor what the floor would explain."""
    kind = kind_of(one.name)
    return one.severity in ("problem", "warning") and kind not in AT_FLOOR.replaces and kind.rank <= 0


def worth_asking(net: Wrong, trivial: Wrong) -> bool:
    """Whether the mistakes of the net, ``(examples,)``, are not few, and far fewer than those of the majority class."""
    return bool(LEAST <= net.mean() <= LEARNED * trivial.mean())


def used_up(net: Wrong, whole: Mapping[str, Wrong], half: Mapping[str, Wrong]) -> bool:
    """Whether the mistakes of the net, and of other methods with all rows and with half of them, have the marks.

    Args:
        net: mistakes on dev, ``(examples,)``.
        whole: of each of the others, by its name; ``neighbours`` is one of them.
        half: the same, learned from half the rows.
    """
    error = float(net.mean())
    rates = sorted(float(wrong.mean()) for wrong in whole.values())
    if any(_most(net, wrong) > max(0.01, AVOIDABLE * error) for wrong in whole.values()):
        return False
    if rates[0] - error >= AVOIDABLE * error or rates[2] - rates[0] >= AGREE * error:
        return False
    if float(whole["neighbours"].mean()) - rates[0] >= NEIGHBOURS * error:
        return False
    return _most(half[_best(half)], whole[_best(whole)]) < max(0.01, HALVED * error)


def others(
    x: NDArray[np.float64], y: NDArray[Any], x_dev: NDArray[np.float64], y_dev: NDArray[Any]
) -> dict[str, Wrong]:
    """Mistakes on dev of five methods that learn in different ways, by name."""
    from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    votes = max(5, int(0.6 * np.sqrt(len(x)))) | 1
    models: dict[str, Any] = {
        "boosting": HistGradientBoostingClassifier(random_state=0),
        "neighbours": KNeighborsClassifier(votes),
        "kernel": SVC(),
        "logistic": LogisticRegression(max_iter=300),
        "trees": ExtraTreesClassifier(200, min_samples_leaf=5, random_state=0),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that one of five has not converged is no concern of the user
        return {name: model.fit(x, y).predict(x_dev) != y_dev for name, model in models.items()}


def _most(one: Wrong, other: Wrong) -> float:
    """How much worse one may be than the other: the upper end of a one-sided 95 % of the paired difference."""
    difference = one.astype(np.float64) - other
    return float(difference.mean() + ONE_SIDED * difference.std() / np.sqrt(len(difference)))


def _best(rivals: Mapping[str, Wrong]) -> str:
    return min(rivals, key=lambda name: float(rivals[name].mean()))


def _of_net(context: RunContext) -> dict[str, bool]:
    """Which examples of dev it got wrong, by id."""
    frame = context.run.results(context.metric.needs).filter(pl.col("split") == "dev")
    mistaken = frame["prediction"].cast(pl.String) != frame["target"].cast(pl.String)
    return dict(zip(frame["id"], mistaken, strict=True))


def _told(net: Wrong, whole: Mapping[str, Wrong], half: Mapping[str, Wrong]) -> Finding:
    own = wilson(float(net.sum()), len(net))
    named = sorted(whole, key=lambda name: float(whole[name].mean()))
    rivals = ", ".join(f"{name} {100 * float(whole[name].mean()):.1f} %" for name in named)
    best = float(half[_best(half)].mean())
    title = (
        f"nothing that was tried does clearly better than this net, {100 * own.value:.1f} %: {rivals}; "
        f"and half the rows do as well, {100 * best:.1f} %"
    )
    evidence = {"net": own, "others": {name: float(w.mean()) for name, w in whole.items()}, "half": best}
    return AT_FLOOR.found(title, evidence)
