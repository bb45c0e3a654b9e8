"""A device that is not at hand is refused with the reason: no such library, no such hardware, or no such number."""

from __future__ import annotations

import pytest
import torch

from fathom.errors import UserError
from fathom.runs.load import check_device


@pytest.mark.parametrize(
    ("device", "built", "count", "why"),
    [
        ("cuda", False, 0, "is installed without CUDA"),
        ("cuda", True, 0, "no graphics processor is found (nvidia-smi says"),
        ("cuda:2", True, 2, "there are 2 of its kind, and numbers begin at 0"),
        ("cuda:1", True, 1, "there is one of its kind, and numbers begin at 0"),
    ],
)
def test_why_a_device_is_missing(
    monkeypatch: pytest.MonkeyPatch, device: str, built: bool, count: int, why: str
) -> None:
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    with pytest.raises(UserError) as error:
        check_device(device)
    assert why in str(error.value)
    assert str(error.value).endswith(f": choose {'cuda' if count else 'cpu'}")


def test_one_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_device("cuda:1")
    check_device("cpu")
    check_device(None)
