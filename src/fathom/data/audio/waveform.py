"""One recording: is it one, how long is it, and its samples as one channel at one rate.

WAV, FLAC, OGG and MP3 are decoded by libsndfile and resampled by soxr; both come with the extra ``audio``. A header can
claim any length, so that no more is read than the caller allows, and never more than `MAX_SECONDS` seconds.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.file_scan import find_files
from fathom.errors import MissingExtra, Unreadable

MAX_SECONDS = 3600.0
"""Seconds; a longer recording is refused."""
_MAX_SAMPLES = 2**28
"""Samples of a recording as it lies in its file, for each channel; more are refused, whatever the header claims."""
_SILENCE = 1e-4
"""Peak, on the scale -1 to 1, below which a recording is silent."""
EXTENSIONS = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3"})
_BLOCK = 2**16
_RATES = (1_000, 768_000)
_STREAMED = (0, 0xFFFFFFFF)  # sizes that a WAV has which was written to a pipe


def is_recording(path: Path | str) -> bool:
    """Whether the name is that of a recording."""
    return Path(path).suffix.lower() in EXTENSIONS


def find_recordings(folder: Path) -> list[Path]:
    """All recordings below a folder, sorted by relative path; hidden files and folders are passed over."""
    return sorted(map(Path, find_files(folder, is_recording)), key=lambda path: path.relative_to(folder).as_posix())


def has_recordings(folder: Path) -> bool:
    """Whether there is a recording below a folder; stops at the first."""
    return next(find_files(folder, is_recording), None) is not None


def probe(path: Path) -> tuple[float, int, int]:
    """Seconds, samples per second and channels of a recording, from its header alone.

    Raises:
        Unreadable: with the reason in plain words.
        MissingExtra: the library that reads sound is not installed.
    """
    with _open(path) as file:
        return file.frames / file.samplerate, file.samplerate, file.channels


def decode(path: Path, rate: int, longest: float = MAX_SECONDS) -> NDArray[np.float32]:
    """The samples of a recording, its channels averaged, on the scale -1 to 1: ``(samples,)`` float32.

    Args:
        path: a WAV, FLAC, OGG or MP3 file.
        rate: samples per second to resample to.
        longest: seconds that it may last.

    Raises:
        Unreadable: no recording, truncated, damaged, empty, silent, or too long; the reason in plain words.
        MissingExtra: the libraries that read sound are not installed.
    """
    with _open(path, longest) as file:
        own = file.samplerate
        samples = _mono(file, min(_MAX_SAMPLES, int(longest * own) + own))
    if len(samples) > longest * own:
        raise Unreadable(_too_long(len(samples) / own, longest))
    if not np.isfinite(samples).all():
        raise Unreadable("damaged (samples that are no numbers)")
    if np.abs(samples).max() < _SILENCE:
        raise Unreadable("silent")
    return samples if own == rate else resample(samples, own, rate)


def resample(samples: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """The same sound at another number of samples per second: ``(samples,)`` float32.

    Raises:
        MissingExtra: soxr is not installed.
    """
    try:
        import soxr
    except (ImportError, OSError) as error:
        raise MissingExtra("resampling sound", "audio") from error
    return np.asarray(soxr.resample(samples, rate, wanted), np.float32)


def _open(path: Path, longest: float = MAX_SECONDS) -> Any:
    """The file, opened by libsndfile, its header checked."""
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingExtra("reading sound", "audio") from error
    _check_file(path)
    try:
        file = soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise Unreadable("not a recording, or damaged in its header") from error
    try:
        if not _RATES[0] <= file.samplerate <= _RATES[1]:
            raise Unreadable(f"damaged ({file.samplerate} samples a second)")
        if file.frames > _MAX_SAMPLES or file.frames > longest * file.samplerate:
            raise Unreadable(_too_long(file.frames / file.samplerate, longest))
        if file.frames == 0:
            raise Unreadable("empty (no samples)")
    except Unreadable:
        file.close()
        raise
    return file


def _check_file(path: Path) -> None:
    """Refuse what is no plain file, empty, or a WAV shorter than its header says."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("not a plain file")
        if about.st_size == 0:
            raise Unreadable("empty (0 bytes)")
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror or error})") from error
    if head.startswith(b"version https://git-lfs"):
        raise Unreadable("not a recording but a Git LFS pointer: run git lfs pull")
    claimed = int.from_bytes(head[4:8], "little")
    if head.startswith(b"RIFF") and claimed not in _STREAMED and about.st_size < claimed + 8 - 1:
        raise Unreadable("truncated")


def _mono(file: Any, most: int) -> NDArray[np.float32]:
    """The average of the channels, ``(samples,)``, at most `most` and a block more."""
    blocks: list[NDArray[np.float32]] = []
    count, claimed, lossless = 0, file.frames, file.format in ("WAV", "WAVEX", "FLAC", "RF64")
    try:
        while count <= most:
            block = file.read(_BLOCK, dtype="float32", always_2d=True)  # (samples, channels)
            if not len(block):
                break
            blocks.append(block.mean(1))
            count += len(block)
    except Exception as error:  # libsndfile's decoders stumble over broken files in many ways
        raise Unreadable("truncated or damaged") from error
    if not count or (lossless and count < claimed):
        raise Unreadable("truncated")
    return np.concatenate(blocks)


def _too_long(seconds: float, longest: float) -> str:
    return f"too long ({seconds:,.1f} s, where {longest:g} s are the most)"
