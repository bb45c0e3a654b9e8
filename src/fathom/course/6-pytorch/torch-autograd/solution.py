"""An operation of your own with a backward pass of your own, as PyTorch wants it."""

import torch
from torch.autograd import Function, gradcheck


class Swish(Function):
    """x · sigmoid(slope · x): a soft relu, with a slope for each feature that can be learned."""

    @staticmethod
    def forward(ctx, x, slope):
        """Compute the output, and save for the backward pass what it needs: the inputs alone.

        ctx: what is saved is kept here. x: (batch, features). slope: (features,). Returns (batch, features).
        """
        ctx.save_for_backward(x, slope)
        return x * torch.sigmoid(slope * x)

    @staticmethod
    def backward(ctx, upstream):
        """The gradients of x and of slope, in the order of forward's arguments, each in the shape of its own.

        upstream: the gradient of the output, (batch, features).
        """
        x, slope = ctx.saved_tensors
        p = torch.sigmoid(slope * x)
        bend = p * (1 - p)
        d_x = upstream * (p + slope * x * bend)
        return d_x, (upstream * x * x * bend).sum(0)


class Round(Function):
    """Rounding with a straight-through gradient, as nets with few bits are trained."""

    @staticmethod
    def forward(ctx, x, largest):
        """Round x, of any shape, to whole numbers, and cut it at -largest and largest, a number."""
        ctx.save_for_backward(x)
        ctx.largest = largest
        return x.round().clamp(-largest, largest)

    @staticmethod
    def backward(ctx, upstream):
        """The gradient of x: upstream where -largest ≤ x ≤ largest, as if nothing were rounded; 0 elsewhere.

        A number has no gradient: None stands for it.
        """
        (x,) = ctx.saved_tensors
        return upstream * (x.abs() <= ctx.largest), None


def swish(x, slope, upstream):
    """(Given.) The output, and the gradients of x and of slope."""
    x, slope = x.clone().requires_grad_(), slope.clone().requires_grad_()
    out = Swish.apply(x, slope)
    out.backward(upstream)
    return out, x.grad, slope.grad


def swish_holds(x, slope):
    """(Given.) Whether PyTorch's own gradient check agrees; x and slope are float64."""
    return gradcheck(Swish.apply, (x.clone().requires_grad_(), slope.clone().requires_grad_()), raise_exception=False)


def rounded(x, largest, upstream):
    """(Given.) The output, and the gradient of x."""
    x = x.clone().requires_grad_()
    out = Round.apply(x, largest)
    out.backward(upstream)
    return out, x.grad


def saved(x, slope):
    """(Given.) How many numbers the operation keeps for its backward pass."""
    out = Swish.apply(x.clone().requires_grad_(), slope.clone().requires_grad_())
    return sum(one.numel() for one in out.grad_fn.saved_tensors)
