"""A pretrained net begins with its head: fitted on the frozen features of train, before anything else is trained.

A new head on good features would spoil them in its first steps (Kumar et al. 2022, *Fine-Tuning can Distort Pretrained
Features and Underperform Out-of-Distribution*): probing first, fine-tuning then.
"""

from __future__ import annotations

from typing import Any

from fathom.nets.pretrained import FitsStart
from fathom.progress import Watcher
from fathom.runs.prepare import Prepared
from fathom.training.linear_probe import fit_head, fit_label_heads, head_inputs


def start_head(net: Any, prepared: Prepared, watcher: Watcher) -> None:
    """Fit the head of a pretrained net on its frozen features of train, in its own way where it has one."""
    s = prepared.task.settings
    indices = prepared.indices("train")
    watcher.begin_stage("frozen features", len(indices))
    features = head_inputs(
        net,
        prepared.task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
    )
    known = prepared.store.gather(indices)
    if isinstance(prepared.task, FitsStart):
        prepared.task.fit_start(net, features, known["label"].numpy())
    elif "labels" in known:
        fit_label_heads(net.head, features, known["labels"].numpy(), known["told"].numpy())
    else:
        fit_head(net.head, features, known["label"].numpy())
