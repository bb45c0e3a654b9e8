"""The training loop in PyTorch: one epoch of training, and an evaluation that changes nothing."""

import torch
from torch import nn
from torch.nn import functional as F


def train_epoch(net, batches, optimizer, largest, together):
    """Train for one epoch.

    net: takes x, returns logits (batch, classes). batches: a list of pairs x, (batch, features), and labels, (batch,).
    optimizer: a step is made for each `together` batches, and one more for those that are left over. The gradient of a
    step is that of the mean of the losses (cross-entropy, a mean over the batch) of its batches, shortened to a norm of
    at most `largest` over all weights together. The net is left in the mode of training.
    Returns the mean of the losses of all batches, a number.
    """
    net.train()
    losses = []
    for i in range(0, len(batches), together):
        group = batches[i : i + together]
        optimizer.zero_grad()
        for x, labels in group:
            loss = F.cross_entropy(net(x), labels)
            (loss / len(group)).backward()
            losses.append(loss.item())
        nn.utils.clip_grad_norm_(net.parameters(), largest)
        optimizer.step()
    return sum(losses) / len(losses)


def evaluate(net, batches):
    """The mean loss over all examples, and the share of wrong answers: two numbers.

    Nothing changes by it: neither weights, gradients nor buffers, and the net goes on in the mode in which it was.
    No graph is built. A smaller last batch counts by its examples.
    """
    mode = net.training
    net.eval()
    loss, wrong, count = 0.0, 0, 0
    with torch.no_grad():
        for x, labels in batches:
            z = net(x)
            loss += F.cross_entropy(z, labels, reduction="sum").item()
            wrong += (z.argmax(1) != labels).sum().item()
            count += len(labels)
    net.train(mode)
    return loss / count, wrong / count


class Watched(nn.Module):
    """(Given.) A small net that counts how often it was asked while a graph was built."""

    def __init__(self, features, classes, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.layers = nn.Sequential(
            nn.Linear(features, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.3), nn.Linear(5, classes)
        )
        self.graphs = 0

    def forward(self, x):
        """(batch, features) → (batch, classes)."""
        self.graphs += torch.is_grad_enabled()
        return self.layers(x)


def trained(xs, labels, classes, rate, largest, together, seed):
    """(Given.) The losses of two epochs, whether the net is in training, and its state after them."""
    net = Watched(xs[0].shape[1], classes, seed)
    optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.5)
    net.eval()
    losses = [train_epoch(net, list(zip(xs, labels)), optimizer, largest, together) for _ in range(2)]
    return torch.tensor(losses), net.training, net.state_dict()


def evaluated(xs, labels, classes, training, seed):
    """(Given.) What evaluate says, the mode after it, how many graphs were built, the state, and a gradient."""
    net = Watched(xs[0].shape[1], classes, seed).train(training)
    first = net.layers[0].weight
    first.grad = torch.ones_like(first)
    return torch.tensor(evaluate(net, list(zip(xs, labels)))), net.training, net.graphs, net.state_dict(), first.grad
