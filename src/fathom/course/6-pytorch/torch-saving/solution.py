"""Saving and resuming: a run that was stopped takes the same steps as one that was not, to the last bit."""

import io

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F


def snapshot(net, optimizer, scheduler, step):
    """Everything that a run needs to go on, as a dict with the keys net, optimizer, scheduler, chance and step.

    net, optimizer, scheduler: by their state_dict. chance: the state of PyTorch's common generator. step: a number.
    """
    return {
        "net": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "chance": torch.get_rng_state(),
        "step": step,
    }


def written(state):
    """A snapshot as bytes, by torch.save."""
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def resume(data, net, optimizer, scheduler):
    """Bring a new net, optimizer and scheduler, and chance, to where the snapshot was made.

    data: bytes of `written`, which are read with weights_only=True: a file must not run code. Returns the step.
    """
    state = torch.load(io.BytesIO(data), weights_only=True)
    net.load_state_dict(state["net"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    torch.set_rng_state(state["chance"])
    return state["step"]


def weights_file(net):
    """The weights and buffers of a net alone, as bytes of safetensors: for others to use, not to go on training."""
    return safetensors.torch.save({name: value.contiguous() for name, value in net.state_dict().items()})


def parts(seed):
    """(Given.) A net with dropout and batch normalization, Adam, and a schedule."""
    torch.manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.3), nn.Linear(6, 2))
    net[4].weight.data = net[4].weight.data.T.contiguous().T  # not contiguous, as after a transpose
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    return net, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)


def go(net, optimizer, scheduler, begin, end):
    """(Given.) Train from one step to another, on data drawn by chance; the losses."""
    losses = []
    for _ in range(begin, end):
        x = torch.randn(8, 3)
        loss = F.cross_entropy(net(x), (x.sum(1) > 0).long())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def interrupted(seed, stop, steps):
    """(Given.) Whether a run that stops and goes on is, bit by bit, one that does not: losses, state, rate, step."""
    whole = parts(seed)
    losses = go(*whole, 0, steps)
    first = parts(seed)
    some = go(*first, 0, stop)
    data = written(snapshot(*first, stop))
    go(*first, stop, steps)  # the run went on for a while after it was saved
    second = parts(seed + 1)
    begin = resume(data, *second)
    some += go(*second, begin, steps)
    mine, right = second[0].state_dict(), whole[0].state_dict()
    same = {name: bool(torch.equal(mine[name], value)) for name, value in right.items()}
    return some == losses, same, second[1].param_groups[0]["lr"] == whole[1].param_groups[0]["lr"], begin


def keys(seed):
    """(Given.) What a snapshot holds, by name and type."""
    state = snapshot(*parts(seed), 7)
    return {name: type(value).__name__ for name, value in state.items()}


def refused():
    """(Given.) What resume says to a file that would run code."""
    file = io.BytesIO()
    torch.save({"net": print}, file)
    try:
        resume(file.getvalue(), *parts(0))
    except Exception as error:
        return type(error).__name__
    return "nothing"


def others(seed):
    """(Given.) The weights as another program reads them, with their names."""
    net = parts(seed)[0]
    go(*((net, *parts(seed)[1:])), 0, 1)
    return safetensors.torch.load(weights_file(net))
