"""Recordings beside pictures, or pictures beside recordings: said, since only one of the two is read."""

from __future__ import annotations

from pathlib import Path

from fathom.data import repairs
from fathom.records import InputKind


def tell_other_kinds(kind: InputKind, place: Path) -> None:
    """Tell that a folder also holds files of the kind that is not read.

    Args:
        kind: what was read.
        place: where; files have nothing beside them.
    """
    if kind not in (InputKind.PICTURE, InputKind.RECORDING) or not place.is_dir():
        return
    from fathom.data.audio.waveform import has_recordings  # what reads tables needs neither
    from fathom.data.image.image_file import has_images

    mine, other, found = (
        ("pictures", "recordings", has_recordings)
        if kind is InputKind.PICTURE
        else ("recordings", "pictures", has_images)
    )
    if found(place):
        repairs.tell(
            f"the {mine} are read, and the {other} that lie there, too, are not: give their folder alone", place
        )
