"""Hooks: look at what passes through a net, without changing the net."""

import torch
from torch import nn
from torch.nn import functional as F


def activations(net, x):
    """What each layer puts out for x, as figures.

    net: a module in any mode, which stays. x: (batch, …). Listen to each module that has no modules in it. Returns a
    dict from the module's name in the net to three numbers: mean and deviation (of all numbers, divided by their count)
    of its output, and the share of zeros. No graph is built, and no hook stays behind, not even after an error.
    """
    told, hooks = {}, []

    def listen(name):
        def hook(module, inputs, output):
            zeros = (output == 0).double().mean().item()
            told[name] = (output.mean().item(), output.std(unbiased=False).item(), zeros)

        return hook

    try:
        for name, module in net.named_modules():
            if not list(module.children()):
                hooks.append(module.register_forward_hook(listen(name)))
        with torch.no_grad():
            net(x)
    finally:
        for one in hooks:
            one.remove()
    return told


def gradient_norms(net, x, labels):
    """The norm of the gradient of the mean cross-entropy with respect to each parameter, by its name.

    Parameters without a gradient are left out. The net's own .grad stays as it was, None or not.
    """
    named = {name: p for name, p in net.named_parameters() if p.requires_grad}
    loss = F.cross_entropy(net(x), labels)
    grads = torch.autograd.grad(loss, list(named.values()), allow_unused=True)
    return {name: g.norm().item() for name, g in zip(named, grads) if g is not None}


def dead_units(net, layer, batches):
    """Which outputs of a layer are 0 for every example of all batches: a list of their numbers.

    layer: a module in net, whose output is (batch, units). batches: a list of x. No hook stays behind.
    """
    alive = []
    hook = layer.register_forward_hook(lambda module, inputs, output: alive.append((output != 0).any(0)))
    try:
        with torch.no_grad():
            for x in batches:
                net(x)
    finally:
        hook.remove()
    return (~torch.stack(alive).any(0)).nonzero()[:, 0].tolist()


class Net(nn.Module):
    """(Given.) A body, a head, an unused layer, and, if asked for, a fault."""

    def __init__(self, features, classes, seed, fails=False):
        super().__init__()
        torch.manual_seed(seed)
        self.body = nn.Sequential(nn.Linear(features, 6), nn.ReLU(), nn.Dropout(0.5))
        self.head, self.unused, self.fails = nn.Linear(6, classes), nn.Linear(2, 2), fails
        self.body[0].bias.data[::3] = -50.0  # these units are dead

    def forward(self, x):
        """(batch, features) → (batch, classes)."""
        z = self.head(self.body(x))
        if self.fails:
            raise RuntimeError("the fault that was asked for")
        return z


def left(net):
    """(Given.) How many hooks there are in a net."""
    return sum(len(module._forward_hooks) for module in net.modules())


def listened(x, classes, training, seed):
    """(Given.) The figures, rounded by float32, the hooks that stay, and whether the mode stayed."""
    net = Net(x.shape[1], classes, seed).train(training)
    told = activations(net, x)
    return {name: torch.tensor(figures) for name, figures in told.items()}, left(net), net.training == training


def graphs(x, seed):
    """(Given.) Hooks that stay after an error, and how many outputs had a graph."""
    net, seen = Net(x.shape[1], 2, seed, fails=True), []
    net.head.register_forward_hook(lambda module, inputs, output: seen.append(output.requires_grad))
    try:
        activations(net, x)
    except RuntimeError as error:
        return left(net) - 1, sum(seen), str(error)
    return "no error came out", sum(seen), ""


def norms(x, labels, classes, before, frozen, seed):
    """(Given.) The norms, and the gradient that was there before; with frozen, the body's weights are not trained."""
    net = Net(x.shape[1], classes, seed).eval()
    net.head.bias.grad = torch.ones(classes) if before else None
    net.body[0].weight.requires_grad_(not frozen)
    told = gradient_norms(net, x, labels)
    kept = [p.grad for p in net.parameters()]
    return {name: torch.tensor(n) for name, n in told.items()}, kept


def dead(batches, seed):
    """(Given.) Dead units of a small net, and the hooks that stay."""
    net = Net(batches[0].shape[1], 2, seed).eval()
    return dead_units(net, net.body[1], batches), left(net)
