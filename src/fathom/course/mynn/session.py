"""Answers the questions of `fathom learn mynn`: tests of the whole package, and trainings, epoch by epoch. (Given.)"""

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import mynn

STEP = 1e-5
held = {}


def parts():
    """Names of the files that have examples to test."""
    return [one.__name__.rpartition(".")[2] for one in mynn.FILES if hasattr(one, "examples")]


def gradient_check(name):
    """Check the layers of a file by central differences: a list of class, number of gradients, largest difference."""
    rng, told = np.random.default_rng(0), []
    file = next(one for one in mynn.FILES if one.__name__.endswith("." + name))
    for layer, x in file.examples(rng):
        upstream = rng.normal(size=np.shape(_forward(layer, x)))
        pairs = [(np.array(layer.backward(upstream)), x)]
        for part in layer.layers():
            pairs += [(np.array(part.grads.get(name, np.nan)), w) for name, w in part.weights.items()]
        worst = 0.0
        for claimed, at in pairs:
            slope = _slope(layer, x, upstream, at)
            size = max(1.0, np.abs(slope).max())
            worst = max(worst, np.inf if claimed.shape != slope.shape else np.abs(claimed - slope).max() / size)
        told.append((type(layer).__name__, sum(at.size for _, at in pairs), float(worst)))
    return told


def _forward(layer, x):
    """The outputs; what is drawn by chance is the same each time."""
    if hasattr(layer, "rng"):
        layer.rng = np.random.default_rng(0)
    return layer.forward(x)


def _slope(layer, x, upstream, moved):
    """The gradient of the sum of upstream · outputs with respect to an array, which is moved and put back."""
    found = np.zeros(moved.shape)
    for at in np.ndindex(*moved.shape):
        kept, sums = moved[at], []
        for h in (STEP, -STEP):
            moved[at] = kept + h
            sums.append(float((upstream * _forward(layer, x)).sum()))
        moved[at] = kept
        found[at] = (sums[0] - sums[1]) / (2 * STEP)
    return found


def fits():
    """A small net learns twelve examples by heart: the loss at first, and after 200 steps."""
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(12, 5)), np.arange(12) % 3
    net = mynn.Sequential(mynn.Dense(5, 24, rng), mynn.Relu(), mynn.Dense(24, 3, rng, "linear"))
    loss, steps = mynn.CrossEntropy(), _optimizer(net, 0.02, 0.3)
    losses = []
    for _ in range(200):
        losses.append(loss.forward(net.forward(x), y))
        net.backward(loss.backward())
        steps.step()
    return losses[0], losses[-1]


def _optimizer(net, rate, plain):
    return mynn.Adam(net, rate) if hasattr(mynn, "Adam") else mynn.Descent(net, plain)


def begin(spec, seed, rate, plain):
    """Build a net; its weights, of each part layer by layer, and whether it is trained by Adam.

    spec: a list of (kind, sizes …). rate, plain: of Adam, and of plain descent.
    """
    rng = np.random.default_rng(seed)
    parts = [_layer(kind, sizes, rng) for kind, *sizes in spec]
    held["net"] = mynn.Sequential(*parts)
    held["steps"] = _optimizer(held["net"], rate, plain)
    weights = [[{k: np.array(w) for k, w in one.weights.items()} for one in part.layers()] for part in parts]
    return weights, hasattr(mynn, "Adam")


def _layer(kind, sizes, rng):
    match kind:
        case "dense" | "logits":
            return mynn.Dense(*sizes, rng, "relu" if kind == "dense" else "linear")
        case "convolution":
            return mynn.Convolution(*sizes, rng)
        case "pool":
            return mynn.MaxPool(*sizes)
        case "rnn" | "lstm" | "gru" | "block" | "everywhere":
            return getattr(mynn, kind.title())(*sizes, rng)
    return {"relu": mynn.Relu, "flatten": mynn.Flatten, "rows": Rows, "places": getattr(mynn, "Places", None)}[kind]()


class Rows(mynn.Module):
    """(time, batch, features) → (time · batch, features)."""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def backward(self, upstream):
        return upstream.reshape(self.shape)


def data(x, y):
    """Keep what is to be trained on: x (examples, …), y (examples,), or (examples, time) for sequences."""
    held["x"], held["y"] = x, y


def order(size, rng):
    """The batches of an epoch, as the learner's function cuts them."""
    return [np.asarray(one) for one in mynn.batches(len(held["x"]), size, rng)]


def train(batches, largest):
    """Train on these batches: the losses, and the seconds of CPU that it took. largest: norm of the gradient, or 0."""
    began, net, loss, losses = time.process_time(), held["net"], mynn.CrossEntropy(), []
    net.train(True)
    for at in batches:
        x, y = _batch(held["x"][at], held["y"][at])
        losses.append(loss.forward(net.forward(x), y))
        net.backward(loss.backward())
        if largest and hasattr(mynn, "clip_gradients"):
            mynn.clip_gradients(net, largest)
        held["steps"].step()
    return losses, time.process_time() - began


def _batch(x, y):
    """Sequences are laid with time first, and their labels in the same order."""
    return (x.swapaxes(0, 1), y.T.ravel()) if y.ndim == 2 else (x, y)


def outputs(x):
    """The logits of new examples; of sequences (time · batch, classes)."""
    held["net"].train(False)
    return np.asarray(held["net"].forward(x.swapaxes(0, 1) if held["y"].ndim == 2 else x))


def scaled(x, x_new):
    """Both on the scale of the first, by the learner's functions."""
    scale = mynn.Standardize(x)
    return scale(x), scale(x_new)


def heard(sounds, width, hop, bands, times):
    """Features of sounds, (sounds, bands · times)."""
    return np.stack([mynn.loudness(x, width, hop, bands, times) for x in sounds])


def written(classes, first, longest, temperature, rng):
    """Draw letters after a first one, which is also the end, by the learner's sample: a list of their numbers."""
    held["net"].train(False)
    letters = [first]
    while len(letters) <= longest:
        z = held["net"].forward(np.eye(classes)[letters][:, None])[-1]
        letters.append(int(mynn.sample(z, temperature, rng)))
        if letters[-1] == first:
            break
    return [one for one in letters if one != first]
