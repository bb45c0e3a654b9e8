"""What a watch keeps: each part takes up what it gave, so that a training that was stopped is watched on alike."""

from __future__ import annotations

import json

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adam

from fathom.training.health.memory import Named
from fathom.training.health.observer import Watch

STEPS = 24


def trained(kept_after: int) -> tuple[Watch, Watch]:
    """A watch of a training, and one that has taken up what it kept after so many steps, of the same net."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
    frozen = net[0].weight.requires_grad_(False)
    assert not frozen.requires_grad
    optimizer = Adam([p for p in net.parameters() if p.requires_grad], 1e-2)
    watch = Watch(net, optimizer).attach()
    x, y = torch.randn(96, 6), torch.randint(0, 3, (96,))
    for step in range(kept_after):
        if step % 6 == 5:
            net.eval()
            with torch.no_grad():
                net(x[:32])
            net.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[step % 3 :: 3]), y[step % 3 :: 3])
        loss.backward()
        optimizer.step()
        watch.step(loss)
    again = Watch(net, optimizer)
    again.resume(json.loads(json.dumps(watch.to_memory())), watch.steps, "memory")
    watch.detach()
    return watch, again


def test_each_part_takes_up_what_it_kept() -> None:
    for steps in range(1, STEPS):
        watch, again = trained(steps)
        one, other = (json.dumps(w.to_memory(), sort_keys=True) for w in (watch, again))
        assert one == other, steps


def test_something_is_kept_of_each_part() -> None:
    fresh = Watch(nn.Linear(2, 2), Adam(nn.Linear(2, 2).parameters()))
    seen = [trained(steps)[0] for steps in range(1, STEPS)]
    for name, part in fresh.parts.items():
        before = part.to_memory(Named.of(fresh.net))
        assert any(w.parts[name].to_memory(Named.of(w.net)) != before for w in seen), name


def test_no_part_that_keeps_something_is_forgotten() -> None:
    watch = Watch(nn.Linear(2, 2), Adam(nn.Linear(2, 2).parameters()))
    keeping = {name for name, part in vars(watch).items() if hasattr(part, "Kept")}
    assert keeping == set(watch.parts)
