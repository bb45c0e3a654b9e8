"""Several processes, one training: what each has to know of the others.

Start them with torchrun (``torchrun --nproc-per-node 2 -m fathom train photos/``); each then trains on its own share of
every batch, and `torch.distributed` adds up the gradients: gloo between processors, NCCL between GPUs. In one process
everything here is a no-op, so that the loop is written once.

All processes do the same collective calls in the same order. Only the first, the *main* one, writes and speaks.

Reference: Li et al. 2020, *PyTorch Distributed: Experiences on Accelerating Data Parallel Training* (VLDB).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from inspect import signature
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn

from fathom.errors import UserError

T = TypeVar("T")
_TIMEOUT = timedelta(hours=12)
"""How long the others wait for the main process, which reads the data and fits the baselines alone."""


def requested_processes() -> int:
    """How many processes torchrun started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def world_size() -> int:
    """How many processes train together."""
    return dist.get_world_size() if dist.is_initialized() else 1


def rank() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def is_main() -> bool:
    """Whether this process writes and speaks; before they have met, by what torchrun said."""
    return rank() == 0 if dist.is_initialized() else os.environ.get("RANK", "0") == "0" or requested_processes() == 1


@contextmanager
def process_group(device: str | None) -> Iterator[None]:
    """Meet the other processes that torchrun started, if any, and part from them at the end.

    Args:
        device: as asked; None is found out. On GPUs each process takes the one of its local rank.
    """
    if requested_processes() == 1 or dist.is_initialized():
        yield
        return
    cuda = (device or "cuda").startswith("cuda") and torch.cuda.is_available()
    if cuda:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    dist.init_process_group("cpu:gloo,cuda:nccl" if cuda else "gloo", timeout=_TIMEOUT)
    try:
        yield
    finally:
        dist.destroy_process_group()


def from_main(make: Callable[[], T]) -> T:
    """What `make` returns in the main process, in all of them.

    Raises:
        SystemExit: in the others, where it failed in the main one, which tells why.
    """
    if world_size() == 1:
        return make()
    box: list[Any] = [None, False]
    try:
        if is_main():
            box = [make(), True]
    finally:
        dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
    if not box[1]:
        raise SystemExit(2)
    return box[0]


def wrap(net: nn.Module) -> nn.Module:
    """The net as the loop calls it: its gradients are averaged over the processes; the weights start as the main's."""
    if world_size() == 1 or not any(p.requires_grad for p in net.parameters()):
        return net
    ddp = nn.parallel.DistributedDataParallel
    # buffers are the main process' own, given to the others before they evaluate (`broadcast_buffers`) and not at
    # each step
    newer = "forward_sync_buffers" in signature(ddp).parameters  # what older releases call broadcast_buffers
    each_step: dict[str, Any] = {"forward_sync_buffers" if newer else "broadcast_buffers": False}
    return ddp(net, gradient_as_bucket_view=True, **each_step)


def own_share(items: Any) -> Any:
    """This process' share of an array or list: each n-th."""
    return items if world_size() == 1 else items[rank() :: world_size()]


def gather_shares(items: Sequence[T]) -> list[T]:
    """The shares of all processes, in the order in which `own_share` dealt them."""
    if world_size() == 1:
        return list(items)
    parts: list[Any] = [None] * world_size()
    dist.all_gather_object(parts, list(items))
    together: list[Any] = [None] * sum(map(len, parts))
    for i, part in enumerate(parts):
        together[i :: len(parts)] = part
    return together


def all_reduce_sum(tensor: Tensor) -> Tensor:
    """The sum over all processes."""
    if world_size() > 1:
        tensor = tensor.clone()
        dist.all_reduce(tensor)
    return tensor


def any_process(*flags: bool) -> tuple[bool, ...]:
    """Each flag: whether it is raised in any process."""
    if world_size() == 1:
        return flags
    votes = torch.tensor(flags, dtype=torch.int32)
    dist.all_reduce(votes, op=dist.ReduceOp.MAX)
    return tuple(bool(v) for v in votes.tolist())


def broadcast_buffers(net: nn.Module) -> None:
    """Give every process the main one's running statistics (batch norm), before they evaluate together."""
    if world_size() > 1:
        for buffer in net.buffers():
            dist.broadcast(buffer, src=0)


def broadcast_weights(net: nn.Module) -> None:
    """Give every process the main one's weights and buffers."""
    if world_size() > 1:
        for tensor in net.state_dict().values():
            dist.broadcast(tensor, src=0)


def check_share(examples: int) -> None:
    """Refuse more processes than there are examples.

    Raises:
        UserError: some process would have nothing to do.
    """
    if examples < world_size():
        raise UserError(f"{world_size()} processes cannot share {examples} training examples: start fewer")
