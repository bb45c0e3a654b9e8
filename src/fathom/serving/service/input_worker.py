"""A process that reads what strangers send, so that it can be killed: parses, decodes, encodes.

It holds nothing that is worth taking, has a bound on its memory, and ends by itself when an input takes too long, even
where a decoder in C hangs, or when the server is gone.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import signal
import time
from collections.abc import Iterator, Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from fathom.answer_lines import one_line
from fathom.errors import FathomError, TooLarge
from fathom.serving.service import messages
from fathom.serving.service.limits import Limits, Refused
from fathom.serving.service.messages import Arrays, Body, Input, Progress, Reading, packed
from fathom.serving.service.request_body import Accepts, File, Given, ending_of, inputs_of
from fathom.serving.service.size_check import refuse_large

CANNOT = "it cannot be read: send another file"
GRACE = 2
"""Seconds after which a worker that nobody killed ends itself."""
TURN = 1.0
"""Seconds that a request is read before others have their turn."""
MOST_NOTES = 20
_numbers = itertools.count(1)


class Inputs(Protocol):
    """What reads inputs: of a run, or of an export."""

    accepts: Accepts

    def read(self, text: str, *, is_file: bool) -> Iterator[tuple[str, Arrays | str, list[str]]]:
        """See `fathom.serving.service.run_inputs.RunInputs.read`."""
        ...

    def draw(self, text: str, asked: Mapping[str, Any], *, is_file: bool) -> Reading:
        """See `fathom.serving.service.run_inputs.RunInputs.draw`."""
        ...


def opened(place: Path, *, exported: bool) -> Inputs:
    """What reads the inputs of a run or of an export."""
    if exported:
        from fathom.serving.service.export_inputs import ExportInputs

        return ExportInputs(place)
    from fathom.serving.service.run_inputs import RunInputs

    return RunInputs(place)


def work(connection: Connection, place: Path, exported: bool, limits: Limits, folder: Path) -> None:
    """Answer bodies with what is in them, until the server hangs up.

    Args:
        connection: to the server.
        place: of the run or of the export.
        exported: which of both.
        limits: how much a client may ask for.
        folder: an empty one, to put files into while they are read.
    """
    for name in ("SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # the server says when it is over
    os.chdir(folder)
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # what decoders print of a stranger's file is nobody's concern
    reader = opened(place, exported=exported)
    _bound(limits.memory)
    with contextlib.suppress(EOFError, OSError):
        connection.send_bytes(b"ready")
        while True:
            body = messages.decode_body(connection.recv_bytes())
            _alarm(limits.read_time + GRACE)
            answer = reading(reader, body, limits, folder)
            _alarm(0)
            connection.send_bytes(messages.encode(answer))


def reading(reader: Inputs, body: Body, limits: Limits, folder: Path) -> Reading:
    """What is in a body, or in a part of it; whatever is wrong with it is a sentence.

    Args:
        reader: of the run.
        body: as it came.
        limits: how much a client may ask for.
        folder: to put files into while they are read.
    """
    if body.rate:
        from fathom.serving.service.sample_inputs import SampleInputs

        reader = SampleInputs(body.rate, limits)
    with heard() as notes:
        try:
            given, many = inputs_of(body.kind, body.data, reader.accepts, limits)
        except Refused as error:
            return Reading(refused=str(error), status=error.status)
        if body.draw is not None:
            return _drawn(reader, given[0], body.draw, folder)
        answer = _read_on(reader, given, body.progress, limits, folder, notes)
    if answer.refused or answer.progress is not None:
        return answer
    if not many and len(answer.inputs) == 1 and answer.inputs[0].error:
        return Reading(refused=answer.inputs[0].error, status=answer.inputs[0].status)
    answer.many = many or len(answer.inputs) > 1
    return answer


def _read_on(
    reader: Inputs, given: list[Given], progress: Progress, limits: Limits, folder: Path, notes: list[str]
) -> Reading:
    """The inputs from where the reading stands, until they end or it is the turn of others."""
    found: list[Input] = []
    until = time.monotonic() + TURN
    for one in given[progress.given :]:
        if found and time.monotonic() > until:
            return Reading(found, notes=notes[:MOST_NOTES], progress=progress)
        progress.given += 1
        found += _read(reader, one, folder, limits, progress, notes)
        if progress.found + len(found) > limits.inputs:
            return Reading(
                refused=f"that is more than the {limits.inputs:,} inputs that are answered at once", status=413
            )
    return Reading(found, notes=notes[:MOST_NOTES])


def _read(
    reader: Inputs, given: Given, folder: Path, limits: Limits, progress: Progress, notes: list[str]
) -> list[Input]:
    """An input, or those in a file; the reason why there is none in place of it."""
    path, named, before = None, given.name if isinstance(given, File) else f"input {progress.given}", len(notes)
    try:
        with _laid(given, folder) as path:
            if path is not None:
                refuse_large(path, reader.accepts, limits, progress)
            text = str(path) if path is not None else str(given)
            most = limits.tokens if reader.accepts is Accepts.TEXT else None
            return [_input(*one, path, named, most) for one in reader.read(text, is_file=path is not None)]
    except (Refused, FathomError) as error:
        status = int(error.status) if isinstance(error, Refused) else 413 if isinstance(error, TooLarge) else 422
        return [Input(named, error=_told(str(error), path, named), status=status)]
    except MemoryError:
        return [Input(named, error="it needs more memory to be read than is given to it", status=413)]
    except Exception:  # a decoder's own: the file is to blame
        return [Input(named, error=CANNOT, status=422)]
    finally:
        notes[before:] = [_told(note, path, named) for note in notes[before:]]


def _drawn(reader: Inputs, given: Given, asked: Mapping[str, Any], folder: Path) -> Reading:
    """A prediction, drawn into its input; nothing where that cannot be."""
    try:
        with _laid(given, folder) as path:
            return reader.draw(str(given) if path is None else str(path), asked, is_file=path is not None)
    except Exception:  # the answer stands without it
        return Reading()


@contextlib.contextmanager
def _laid(given: Given, folder: Path) -> Iterator[Path | None]:
    """The file in which an input lies while it is read; None for a text that names no file of this machine.

    A text is a text, also where a file is called so: then it is put into a file of ours, whose path stands for it.
    """
    if not isinstance(given, File) and not _names_something(given):
        yield None
        return
    data, ending = (given.data, ending_of(given.name)) if isinstance(given, File) else (given.encode(), ".txt")
    path = folder / f"{next(_numbers)}{ending}"  # of a name of its own, since what is said of a file is said once
    try:
        path.write_bytes(data)
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """What fathom says within the block, as on a terminal: what was guessed, replaced or left out."""
    said: list[str] = []
    handler, log = _Heard(said), logging.getLogger("fathom")
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)


class _Heard(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.said.append(one_line(record.getMessage()))


def _input(
    name: str, arrays: Arrays | str, doubts: list[str], path: Path | None, named: str, most: int | None
) -> Input:
    name = name if path is None else _told(name, path, named)
    if most and not isinstance(arrays, str) and max((len(a) for a in arrays.values() if a.ndim), default=0) > most:
        return Input(name, error=f"it is longer than the {most:,} tokens that are read", status=413)
    if isinstance(arrays, str):
        return Input(name, error=_told(arrays, path, named), status=422, doubts=doubts)
    return Input(name, packed(arrays), doubts=doubts)


def _told(text: str, path: Path | None, named: str) -> str:
    """What is said, of the file as the client calls it."""
    whole = text if path is None else text.replace(str(path), named).replace(f"{path.parent}{os.sep}", "")
    return one_line(whole)


def _names_something(text: str) -> bool:
    """Whether a task could take a text for the name of a file or a folder of this machine."""
    for one in (text, text.strip()) if text.strip() else ():
        with contextlib.suppress(OSError, ValueError):
            if os.path.lexists(one) or Path(one).exists():
                return True
    return False


def _bound(most: int) -> None:
    """No more memory than what is in use, and so much; no files but small ones, and no core dumps."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    used = 0
    with contextlib.suppress(OSError, ValueError):
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    if used:
        resource.setrlimit(resource.RLIMIT_AS, (used + most, used + most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _alarm(seconds: int) -> None:
    """End this process after so long, whatever it does; 0 takes that back."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
