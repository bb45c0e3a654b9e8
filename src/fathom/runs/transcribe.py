"""``fathom transcribe``: what is said in recordings of English, by the packaged Whisper as it is.

Each file has one text or one reason why it has none, in the order in which they came. Parts of several files are heard
together, so that many short ones take little longer than one long one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from fathom.data.audio import waveform
from fathom.data.files import is_file, is_folder
from fathom.errors import Unreadable, UserError
from fathom.nets.audio.whisper_vocabulary import packaged_vocabulary
from fathom.progress import Interrupted, Watcher
from fathom.spelling import near_file
from fathom.tasks.audio.transcription import Part, parts_of, transcribe_parts
from fathom.tasks.audio.whisper_features import RATE

TOGETHER = 8
"""Parts that are heard at once."""


@dataclass(frozen=True)
class Stretch:
    """What is said between two moments of a recording, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Transcript:
    """What is said in a recording, or why nobody can say.

    Attributes:
        input: the path, as it was given or found.
        stretches: one after the other.
        error: why there is none; empty where there is one.
    """

    input: str
    stretches: tuple[Stretch, ...] = ()
    error: str = ""

    @property
    def text(self) -> str:
        """All of it."""
        return " ".join(one.text for one in self.stretches if one.text)

    def record(self) -> dict[str, Any]:
        """For machines."""
        if self.error:
            return {"input": self.input, "error": self.error}
        seconds = round(self.stretches[-1].end, 2)
        parts = [{"start": round(s.start, 2), "end": round(s.end, 2), "text": s.text} for s in self.stretches]
        return {"input": self.input, "text": self.text, "seconds": seconds, "parts": parts}


def recordings_in(given: Sequence[str | Path]) -> list[Path | Transcript]:
    """The recordings that paths name: files as they are, and those in folders.

    Args:
        given: paths of files and folders.

    Returns:
        paths, and in the place of one that names nothing the transcript that says so.

    Raises:
        UserError: the only path that was given names nothing.
    """
    found: list[Path | Transcript] = []
    for one in map(str, given):
        try:
            found += _recordings_at(one)
        except UserError as error:
            if len(given) == 1:
                raise
            found.append(Transcript(one, error=str(error)))
    return found


def _recordings_at(one: str) -> list[Path]:
    if is_folder(one):
        inside = waveform.find_recordings(Path(one))
        if not inside:
            raise UserError(f"{one} holds no recordings: give files such as speech.wav, or a folder of them")
        return inside
    if not is_file(one):
        raise UserError(
            f"there is no {one[:200]}{near_file(one)}: give the path of a recording, or of a folder of them"
        )
    return [Path(one)]


def transcribe(paths: Sequence[Path | Transcript], watcher: Watcher | None = None) -> Iterator[Transcript]:
    """What is said in each recording, in order, as soon as it is known.

    Args:
        paths: of recordings, of an hour at most each; what says why there is none passes as it is.
        watcher: is told how many are done.

    Raises:
        MissingExtra: the packaged model is not installed.
        Interrupted: the user asked to stop.
    """
    packaged_vocabulary()  # what is missing is said before anything is read
    watcher = watcher or Watcher()
    watcher.begin_stage("transcribe", len(paths))
    done: dict[int, list[Stretch]] = {}
    waiting: deque[tuple[int, str, list[Part] | str]] = deque()
    parts = _parts(paths, waiting)
    while True:
        some = list(islice(parts, TOGETHER))
        texts = transcribe_parts([part for _, part in some]) if some else []
        for (file, part), text in zip(some, texts, strict=True):
            done.setdefault(file, []).append(Stretch(part.start, part.end, text))
        while waiting and (isinstance(found := waiting[0][2], str) or len(done.get(waiting[0][0], ())) == len(found)):
            file, name, _ = waiting.popleft()
            watcher.advance()
            yield Transcript(name, error=found) if isinstance(found, str) else Transcript(name, tuple(done.pop(file)))
        if not some:
            return
        if watcher.stop_requested():
            raise Interrupted


def _parts(
    paths: Sequence[Path | Transcript], waiting: deque[tuple[int, str, list[Part] | str]]
) -> Iterator[tuple[int, Part]]:
    """The parts of all files with the number of each; who waits for them is appended to `waiting`."""
    for file, path in enumerate(paths):
        if isinstance(path, Transcript):
            waiting.append((file, path.input, path.error))
            continue
        try:
            parts = parts_of(waveform.decode(path, RATE))
        except Unreadable as error:
            waiting.append((file, str(path), str(error)))
            continue
        waiting.append((file, str(path), parts))
        yield from ((file, part) for part in parts)
