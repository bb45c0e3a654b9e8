"""Modules of PyTorch: what is trained, what is only kept, and how a net holds its layers."""

import torch
from torch import nn


class RunningNorm(nn.Module):
    """Batch normalization of features, written by yourself."""

    def __init__(self, features, momentum, eps):
        """Make the parameters gain (ones) and shift (zeros), and the buffers mean (zeros) and variance (ones).

        features: how many; all four have the shape (features,). momentum: share of a new batch in the averages that are
        kept. eps: added to the variance.
        """
        super().__init__()
        self.momentum, self.eps = momentum, eps
        self.gain, self.shift = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("variance", torch.ones(features))

    def forward(self, x):
        """(batch, features) → (batch, features).

        While training by the batch's own mean and variance (divided by the size of the batch); these then move the
        buffers: new = (1 - momentum) * old + momentum * the batch's, without a gradient. Else by the buffers.
        """
        mean, variance = self.mean, self.variance
        if self.training:
            mean, variance = x.mean(0), x.var(0, unbiased=False)
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance, self.momentum)
        return self.gain * (x - mean) / (variance + self.eps).sqrt() + self.shift


class Net(nn.Module):
    """Dense layers with a relu between them."""

    def __init__(self, widths):
        """Make the layers, nn.Linear, and keep them under the name layers.

        widths: [features, hidden, …, outputs].
        """
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        """(batch, features) → (batch, outputs): a relu after each layer but the last."""
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


def parts_of_norm(features, momentum, eps):
    """(Given.) Names of the parameters and of the buffers, what the state holds, and its types after .double()."""
    norm = RunningNorm(features, momentum, eps)
    parameters, buffers = dict(norm.named_parameters()), dict(norm.named_buffers())
    doubles = {name: str(value.dtype) for name, value in norm.double().state_dict().items()}
    return sorted(parameters), sorted(buffers), norm.state_dict(), doubles


def normalize(batches, x, gain, shift, momentum, eps):
    """(Given.) Outputs of a training on batches, of x when used after that, and what is kept then."""
    norm = RunningNorm(x.shape[1], momentum, eps)
    with torch.no_grad():
        norm.gain.copy_(gain)
        norm.shift.copy_(shift)
    outputs = [norm(batch) for batch in batches]
    return outputs, norm.eval()(x), norm.mean, norm.variance, bool(norm.mean.requires_grad)


def gradient_of_norm(x, upstream):
    """(Given.) The gradients of x and of the parameters while training."""
    norm, x = RunningNorm(x.shape[1], 0.1, 1e-5), x.clone().requires_grad_()
    norm(x).backward(upstream)
    return x.grad, norm.gain.grad, norm.shift.grad


def parts_of_net(widths):
    """(Given.) Names and shapes of what an optimizer would train."""
    return {name: list(p.shape) for name, p in Net(widths).named_parameters()}


def outputs_of_net(widths, seed, x):
    """(Given.) Outputs of a net with random weights."""
    torch.manual_seed(seed)
    return Net(widths)(x)
