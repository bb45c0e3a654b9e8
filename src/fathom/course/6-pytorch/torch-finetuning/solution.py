"""Fine-tuning in PyTorch: a new head, a frozen body, and groups of parameters with rates of their own."""

import torch
from torch import nn
from torch.nn import functional as F


def new_head(net, classes):
    """Exchange net.head, an nn.Linear, for a new one with that many outputs and as many inputs. Returns nothing."""
    net.head = nn.Linear(net.head.in_features, classes)


def freeze(net, frozen):
    """Freeze the body, or set it free again: every parameter that is not of net.head. Returns nothing.

    A frozen parameter gets no gradient.
    """
    for name, p in net.named_parameters():
        if not name.startswith("head."):
            p.requires_grad_(not frozen)


def training_mode(net):
    """Set the mode of training, but leave each batch normalization whose weights are frozen in the mode of use.

    Its averages would otherwise move though its weights do not. Returns nothing.
    """
    net.train()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm1d) and not module.weight.requires_grad:
            module.eval()


def groups(net, rate, smaller, decay):
    """Groups of parameters for an optimizer: a list of three dicts with the keys params, lr and weight_decay.

    First the head: rate, decay for all of it. Then the body's parameters of two axes or more: rate · smaller, decay.
    Last the body's others (biases and norms): rate · smaller, no decay. Frozen parameters are in none of them.
    """
    free = [(name, p) for name, p in net.named_parameters() if p.requires_grad]
    head = [p for name, p in free if name.startswith("head.")]
    body = [p for name, p in free if not name.startswith("head.")]
    return [
        {"params": head, "lr": rate, "weight_decay": decay},
        {"params": [p for p in body if p.ndim >= 2], "lr": rate * smaller, "weight_decay": decay},
        {"params": [p for p in body if p.ndim < 2], "lr": rate * smaller, "weight_decay": 0.0},
    ]


class Net(nn.Module):
    """(Given.) A net that was trained before: a body, and a head for three classes."""

    def __init__(self, features, seed):
        super().__init__()
        torch.manual_seed(seed)
        self.header = nn.Linear(features, features)  # of the body, whatever its name
        self.body = nn.Sequential(nn.Linear(features, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 4))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        """(batch, features) → (batch, classes)."""
        return self.head(self.body(self.header(x)).relu())


def head_of(features, classes, seed):
    """(Given.) The new head's weights by a fixed chance, and whether the rest stayed."""
    net = Net(features, seed)
    before = {name: p.clone() for name, p in net.named_parameters() if not name.startswith("head.")}
    torch.manual_seed(seed + 1)
    new_head(net, classes)
    after = dict(net.named_parameters())
    return net.head.weight, net.head.bias, all(torch.equal(p, after[name]) for name, p in before.items())


def frozen_in(features, again, seed):
    """(Given.) Which parameters are trained after freezing, and after setting free again."""
    net = Net(features, seed)
    freeze(net, True)
    if again:
        freeze(net, False)
    return {name: p.requires_grad for name, p in net.named_parameters()}


def modes(features, frozen, seed):
    """(Given.) The mode of each module that does work."""
    net = Net(features, seed).eval()
    freeze(net, frozen)
    training_mode(net)
    return {name: m.training for name, m in net.named_modules()}


def grouped(features, frozen, rate, smaller, decay, seed):
    """(Given.) Names, rate and decay of each group."""
    net = Net(features, seed)
    freeze(net, frozen)
    names = {p: name for name, p in net.named_parameters()}
    told = groups(net, rate, smaller, decay)
    return [(sorted(names[p] for p in one["params"]), one["lr"], one["weight_decay"]) for one in told]


def tuned(x, labels, classes, rate, smaller, decay, seed):
    """(Given.) The state after two steps with the body frozen, and two with all free."""
    net = Net(x.shape[1], seed)
    torch.manual_seed(seed + 1)
    new_head(net, classes)
    for frozen in (True, False):
        freeze(net, frozen)
        training_mode(net)
        optimizer = torch.optim.SGD([one for one in groups(net, rate, smaller, decay) if one["params"]], lr=1.0)
        for _ in range(2):
            optimizer.zero_grad()
            F.cross_entropy(net(x), labels).backward()
            optimizer.step()
    return net.state_dict()
