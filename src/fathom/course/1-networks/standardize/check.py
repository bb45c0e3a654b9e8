"""What must hold of standardizing."""

import numpy as np

from fathom.learning.trial import Trial, prop


@prop("means and deviations, one for each feature")
def fitted(t: Trial) -> None:
    x = t.normal(t.dim(5, least=2), t.dim(4), scale=3) + t.normal(1) * 4
    t.same("fit", x)


@prop("new examples are measured by the learned scale")
def fresh(t: Trial) -> None:
    features = t.dim(4)
    mean, deviation = t.normal(features), 0.5 + np.abs(t.normal(features))
    t.same("apply", t.normal(t.dim(3), features), mean, deviation)


@prop("what was standardized has mean 0 and deviation 1", always=False)
def centred(t: Trial) -> None:
    x = t.normal(5, t.dim(3), scale=2)
    z = np.asarray(t.mine("apply", x, *map(np.asarray, t.mine("fit", x))))  # lists do as well as arrays
    t.equal(z.mean(0), np.zeros(x.shape[1]), "the mean is not 0")
    t.equal(z.std(0), np.where(x.std(0) == 0, 0.0, 1.0), "the deviation is not 1")


@prop("without a loop over the examples", trials=1)
def whole(t: Trial) -> None:
    x = t.rng.normal(size=(2050, 3))
    scale = x.mean(0), x.std(0)
    t.whole("fit", [x[:50]], [x], 2000, "fit goes through the examples one by one")
    t.whole("apply", [x[:50], *scale], [x, *scale], 2000, "apply goes through the examples one by one")


@prop("a feature that never changes does no harm")
def still(t: Trial) -> None:
    x = t.normal(t.dim(4), t.dim(4))
    x[:, 0] = 7.0
    mean, deviation = t.same("fit", x)
    z = np.asarray(t.mine("apply", x, np.asarray(mean), np.asarray(deviation)))
    t.equal(z[:, 0], np.zeros(len(x)), "it becomes 0")
