"""Export: a net as a graph that runs without its Python code, for batches of any size."""

import torch
from torch import nn


class Scorer(nn.Module):
    """A net that can be exported: what depends on numbers is computed, not decided by an if."""

    def __init__(self, weight, bias, limit):
        """(Given.) weight: (features, classes). bias: (classes,). limit: a number."""
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)
        self.dropout, self.limit = nn.Dropout(0.5), limit

    def forward(self, x):
        """(batch, features) → logits (batch, classes).

        Dropout of x, then x @ weight + bias. Of a row whose largest logit is above the limit all logits are divided by
        that largest one, times the limit: row by row, without an if that looks at numbers.
        """
        z = self.dropout(x) @ self.weight + self.bias
        top = z.amax(1, keepdim=True)
        return torch.where(top > self.limit, z / top * self.limit, z)


def exported(net, x):
    """The net as a torch.export.ExportedProgram, in the mode of use, for batches of any size of two or more.

    x: an example, (batch, features), two rows or more. The net goes on in the mode in which it was.
    """
    mode = net.training
    batch = torch.export.Dim("batch", min=2)
    program = torch.export.export(net.eval(), (x,), dynamic_shapes=({0: batch},))
    net.train(mode)
    return program


def largest_difference(net, program, inputs):
    """How far the logits of program and net in the mode of use lie apart at most, over a list of inputs: a number.

    The net goes on in the mode in which it was; no graph is built.
    """
    mode, run = net.training, program.module()
    net.eval()
    with torch.no_grad():
        apart = max((run(x) - net(x)).abs().max().item() for x in inputs)
    net.train(mode)
    return apart


def logits(x, weight, bias, limit):
    """(Given.) The logits of the net in use."""
    return Scorer(weight, bias, limit).eval()(x).detach()


def through(example, others, weight, bias, limit, training):
    """(Given.) What the exported program says of other batches, and the mode of the net after it."""
    net = Scorer(weight, bias, limit).train(training)
    run = exported(net, example).module()
    return [run(x).detach() for x in others], net.training


class Shifted(nn.Module):
    """(Given.) Stands for a program: a net whose answers for some batches are off."""

    def __init__(self, net, by):
        super().__init__()
        self.net, self.by, self.asked = net, list(by), []

    def module(self):
        """As a program has it."""
        return self

    def forward(self, x):
        """Off by the next number, in the last row's first class."""
        self.asked.append(torch.is_grad_enabled())
        z = self.net(x).detach()
        z[-1, 0] += self.by[(len(self.asked) - 1) % len(self.by)]
        return z


def compared(inputs, weight, bias, by, training):
    """(Given.) The difference to a program off by known amounts, the mode after it, and if a graph was built."""
    net = Scorer(weight, bias, 1e9).train(training)
    program = Shifted(Scorer(weight, bias, 1e9).eval(), by)
    return torch.tensor(largest_difference(net, program, inputs)), net.training, any(program.asked)
