"""How large a picture or a recording is, by its header alone, before anything of it is decoded."""

from __future__ import annotations

from pathlib import Path

from fathom.errors import TooLarge, Unreadable
from fathom.serving.service.limits import Limits, Refused
from fathom.serving.service.messages import Progress
from fathom.serving.service.request_body import Accepts


def refuse_large(path: Path, accepts: Accepts, limits: Limits, progress: Progress) -> None:
    """Refuse what is larger than is decoded here, by itself or together with what came before it.

    Args:
        path: of a file that a client sent.
        accepts: what it should be.
        limits: pixels and seconds.
        progress: of the request; the file is added to it.

    Raises:
        Refused: it is larger; what cannot be told is left to who decodes it.
    """
    try:
        if accepts is Accepts.PICTURE:
            _check_picture(path, limits, progress)
        elif accepts is Accepts.RECORDING:
            _check_recording(path, limits, progress)
    except TooLarge:
        most = f"{limits.pixels:,} pixels" if accepts is Accepts.PICTURE else f"{limits.seconds:,} s"
        raise Refused(413, f"a {accepts} of more than {most} is not read") from None
    except Unreadable:
        return


def _check_picture(path: Path, limits: Limits, progress: Progress) -> None:
    from fathom.data.image import image_file

    width, height = image_file.probe(path)[0]
    if width * height > limits.pixels:
        raise Refused(413, f"a picture of {width:,} × {height:,} pixels has more than {limits.pixels:,}")
    if max(width, height) > limits.side:
        raise Refused(413, f"a picture of {width:,} × {height:,} pixels has a side of more than {limits.side:,}")
    progress.pixels += width * height
    if progress.pixels > limits.all_pixels:
        raise Refused(413, f"the pictures of the request have more than {limits.all_pixels:,} pixels together")


def _check_recording(path: Path, limits: Limits, progress: Progress) -> None:
    from fathom.data.audio import waveform

    seconds = waveform.probe(path)[0]
    if seconds > limits.seconds:
        raise Refused(413, f"a recording of {seconds:,.0f} s is longer than {limits.seconds:,} s")
    progress.seconds += seconds
    if progress.seconds > limits.all_seconds:
        raise Refused(413, f"the recordings of the request are longer than {limits.all_seconds:,} s together")
