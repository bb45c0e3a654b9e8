"""Recordings as samples, for whom one encoded input would be too little: what is long is cut later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fathom.data.audio import waveform
from fathom.errors import UserError
from fathom.serving.service.limits import Limits
from fathom.serving.service.messages import Arrays, Reading
from fathom.serving.service.request_body import Accepts


class SampleInputs:
    """Reads recordings.

    Args:
        rate: samples a second that are wanted.
        limits: how long they may be.
    """

    accepts = Accepts.RECORDING

    def __init__(self, rate: int, limits: Limits) -> None:
        self.rate, self.limits = rate, limits

    def read(self, text: str, *, is_file: bool) -> Iterator[tuple[str, Arrays | str, list[str]]]:
        """As `fathom.serving.service.run_inputs.RunInputs.read`; the one array is ``samples``, ``(samples,)``."""
        if not is_file:
            raise UserError("a text is no recording: send a file")
        yield text, {"samples": waveform.decode(Path(text), self.rate, self.limits.seconds)}, []

    def draw(self, text: str, asked: Mapping[str, Any], *, is_file: bool) -> Reading:
        """Nothing."""
        return Reading()
