"""Places that hold no data: each is refused with what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fathom.data.image.image_file import probe
from fathom.data.source import resolve
from fathom.errors import Unreadable, UserError


def test_a_link_to_nothing_is_called_so(tmp_path: Path) -> None:
    (tmp_path / "pictures").symlink_to(tmp_path / "gone")
    with pytest.raises(UserError, match=r"pictures is a link to .*gone, which does not exist"):
        resolve(str(tmp_path / "pictures"))


@pytest.mark.parametrize("address", ["https://example.com/x.zip", "s3://bucket/cats", "http://example.com"])
def test_an_address_is_not_fetched(address: str) -> None:
    with pytest.raises(UserError, match="is an address, and nothing is fetched"):
        resolve(address)


def test_a_sound_that_is_given_as_a_picture_is_called_so(tmp_path: Path) -> None:
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(tmp_path / "a.wav", np.zeros(100), 8000)
    with pytest.raises(Unreadable, match="not a picture but a sound"):
        probe((tmp_path / "a.wav").rename(tmp_path / "a.png"))
