"""Mixed precision: layers compute in bfloat16, what needs digits stays in float32."""

import torch
from torch import nn
from torch.nn import functional as F


def loss_of(net, x, labels):
    """The mean cross-entropy of a net whose layers compute in bfloat16.

    net: its weights are float32. x: (batch, features), float32. labels: (batch,). The net runs under torch.autocast on
    the processor; the loss is computed outside of it, of logits in float32. Returns the loss, a tensor with a graph.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        z = net(x)
    return F.cross_entropy(z.float(), labels)


def mean(x):
    """The mean of each column of a bfloat16 tensor, (rows, columns), added up in float32: (columns,), torch.float32."""
    return x.float().mean(0)


def step(master, gradient, rate):
    """A step of gradient descent on weights that are kept in float32.

    master: float32, any shape; it stays as it is. gradient: bfloat16, the same shape. rate: a number. Returns the new
    weights in float32, and their copy in bfloat16, with which the net computes.
    """
    new = master - rate * gradient.float()
    return new, new.bfloat16()


def types_of(net, x):
    """The type of the output of each layer of an nn.Sequential under autocast: a list such as ["torch.bfloat16", …]."""
    types = []
    with torch.autocast("cpu", dtype=torch.bfloat16), torch.no_grad():
        for layer in net:
            x = layer(x)
            types.append(str(x.dtype))
    return types


def small(features, classes, seed):
    """(Given.) A net with a softmax-like layer in the midst."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(features, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, classes))


def trained(x, labels, classes, seed):
    """(Given.) The loss, its type, the types that the first layer's inputs and the weights had, and a gradient."""
    net = small(x.shape[1], classes, seed)
    seen = []
    net[3].register_forward_hook(lambda module, inputs, output: seen.append(str(output.dtype)))
    loss = loss_of(net, x, labels)
    loss.backward()
    return loss, seen, [str(p.dtype) for p in net.parameters()], [p.grad for p in net.parameters()]


def types(x, classes, seed):
    """(Given.) The types of the layers' outputs."""
    return types_of(small(x.shape[1], classes, seed), x)


def steps(master, gradient, rate, count):
    """(Given.) Where as many equal steps lead."""
    low = master.bfloat16()
    for _ in range(count):
        master, low = step(master, gradient, rate)
    return master, low
