"""How large a picture or a recording is, by its header alone, before anything of it is decoded."""

from __future__ import annotations

from pathlib import Path

from fathom.errors import Unreadable
from fathom.serving.service.limits import Limits, Refused
from fathom.serving.service.request_body import Accepts


def refuse_large(path: Path, accepts: Accepts, limits: Limits) -> None:
    """Refuse what is larger than is decoded here.

    Args:
        path: of a file that a client sent.
        accepts: what it should be.
        limits: pixels and seconds.

    Raises:
        Refused: it is larger; what cannot be told is left to who decodes it.
    """
    try:
        if accepts is Accepts.PICTURE:
            from fathom.data.image import image_file

            width, height = image_file.probe(path)[0]
            if width * height > limits.pixels:
                raise Refused(413, f"a picture of {width:,} × {height:,} pixels is more than {limits.pixels:,} pixels")
        elif accepts is Accepts.RECORDING:
            from fathom.data.audio import waveform

            seconds = waveform.probe(path)[0]
            if seconds > limits.seconds:
                raise Refused(413, f"a recording of {seconds:,.0f} s is longer than {limits.seconds:,} s")
    except Unreadable:
        return
