"""One recording: is it one, how long is it, and its samples as one channel at one rate.

WAV, FLAC, OGG, MP3, AIFF and AU are decoded by libsndfile and resampled by soxr; both come with the extra ``audio``.
What libsndfile has no decoder for, AAC above all, is found as well, and refused with what to do, so that no file is
passed over unsaid. A header can claim any length, so that no more is read than the caller allows, and never more than
`MAX_SECONDS` seconds.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from fathom.data.file_scan import find_files
from fathom.errors import MissingExtra, TooLarge, Unreadable

MAX_SECONDS = 3600.0
"""Seconds; a longer recording is refused."""
_MAX_SAMPLES = 2**28
"""Samples of a recording as it lies in its file, for each channel; more are refused, whatever the header claims."""
_SILENCE = 1e-4
"""Peak, on the scale -1 to 1, below which a recording is silent."""
_SHORTEST = 0.01
"""Seconds; in less there is no sound to be told from another, since the steps of a spectrogram are as long."""
EXTENSIONS = frozenset({
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".au", ".caf", ".w64", ".rf64",
})  # fmt: skip
_FOREIGN = frozenset({".m4a", ".m4b", ".aac", ".wma", ".amr", ".mka", ".ape", ".wv", ".ra", ".dsf"})
"""Names of recordings for which there is no decoder here."""
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (4, b"ftyp", "AAC or video in an MP4 file"),
    (0, b"\x30\x26\xb2\x75", "Windows Media"),
    (0, b"#!AMR", "AMR, as telephones record it"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska or WebM"),
    (0, b"wvpk", "WavPack"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"\xff\xf1", "AAC"),
    (0, b"\xff\xf9", "AAC"),
)
"""Where and how files begin that are recordings of other kinds, whatever their names, and what they are."""
_CANCELLED = 0.1
"""Share of the power of unrelated channels below which their average has lost what was in them."""
_BLOCK = 2**16
_RATES = (1_000, 768_000)
_STREAMED = (0, 0xFFFFFFFF)  # sizes that a WAV has which was written to a pipe, and one of more than 4 GiB
_MAX_CHUNKS = 1000
_MOST_HEADER = 4096
"""Bytes up to which a file without samples may well be a header alone."""
_CONVERT = "for which there is no decoder here: convert it, as with ffmpeg -i NAME NAME.wav"
_PRINTABLE = bytes({9, 10, 13, *range(32, 127)})


def is_recording(path: Path | str) -> bool:
    """Whether the name is that of a recording, of a kind that can be read or not."""
    return Path(path).suffix.lower() in EXTENSIONS | _FOREIGN


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

    Where the channels are each other's opposites, as balanced cables give them, their average would be silence: then
    the loudest channel is taken.

    Args:
        path: a recording of one of the kinds in `EXTENSIONS`.
        rate: samples per second to resample to.
        longest: seconds that it may last.

    Raises:
        Unreadable: no recording, truncated, damaged, empty, silent, too short or too long; the reason in plain words.
        MissingExtra: the libraries that read sound are not installed.
    """
    with _open(path, longest) as file:
        own = file.samplerate
        samples = _mono(file, min(_MAX_SAMPLES, int(longest * own) + own))
    if len(samples) > longest * own:
        raise _too_long(len(samples) / own, longest)
    if len(samples) < _SHORTEST * own:
        raise Unreadable(f"too short ({1000 * len(samples) / own:.2g} ms)")
    if not np.isfinite(samples).all():
        raise Unreadable("damaged (samples that are no numbers)")
    if np.abs(samples).max() < _SILENCE:
        raise Unreadable("silent")
    if np.ptp(samples) < _SILENCE:
        raise Unreadable("silent (the same value throughout)")
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
        raise Unreadable(_why_unknown(path)) from error
    try:
        if not _RATES[0] <= file.samplerate <= _RATES[1]:
            raise Unreadable(f"damaged ({file.samplerate} samples a second)")
        if file.frames > _MAX_SAMPLES or file.frames > longest * file.samplerate:
            raise _too_long(file.frames / file.samplerate, longest)
        if file.frames == 0:
            more = path.stat().st_size > _MOST_HEADER
            raise Unreadable(f"empty (no samples{' by its header, which its recorder did not finish' if more else ''})")
    except Unreadable:
        file.close()
        raise
    return file


def _check_file(path: Path) -> None:
    """Refuse what is no plain file, empty, of a kind that is not read, or a WAV shorter than its header says."""
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            raise Unreadable("not a plain file")
        if about.st_size == 0:
            raise Unreadable("empty (0 bytes)")
        with path.open("rb") as file:
            head = file.read(64)
            claimed = _samples_end(file) if head.startswith((b"RIFF", b"RF64")) and head[8:12] == b"WAVE" else 0
    except FileNotFoundError as error:
        raise Unreadable("file is missing") from error
    except OSError as error:
        raise Unreadable(f"cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a NUL in its name
        raise Unreadable("of a name that no file can have") from error
    if head.startswith(b"version https://git-lfs"):
        raise Unreadable("not a recording but a Git LFS pointer: run git lfs pull")
    if kind := next((kind for at, magic, kind in _MAGIC if head[at : at + len(magic)] == magic), ""):
        raise Unreadable(f"{kind}, {_CONVERT}")
    if head.lstrip()[:1] in (b"<", b"{") or not head.translate(None, _PRINTABLE):
        raise Unreadable("not a recording but a text")
    if claimed > about.st_size:
        raise Unreadable("truncated")


def _why_unknown(path: Path) -> str:
    """Why libsndfile cannot open a file."""
    suffix = path.suffix.lower()
    return f"an {suffix} file, {_CONVERT}" if suffix in _FOREIGN else "not a recording, or damaged in its header"


def _samples_end(file: BinaryIO) -> int:
    """Where the samples of a WAV end by the header of their chunk; 0 where it does not say.

    The size of the whole, at the beginning, is wrong in what many recorders and editors write, so that it is not asked.
    """
    at = 12
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return 0
        size = int.from_bytes(head[4:], "little")
        if head[:4] == b"data":
            return 0 if size in _STREAMED else at + 8 + size
        at += 8 + size + size % 2
    return 0


def _mono(file: Any, most: int) -> NDArray[np.float32]:
    """The average of the channels, or the loudest where they cancel: ``(samples,)``, at most `most`+ a block."""
    claimed, lossless = file.frames, file.format in ("WAV", "WAVEX", "FLAC", "RF64")
    blocks: list[NDArray[np.float32]] = []
    count, power = 0, np.zeros(file.channels)
    try:
        for block in _blocks(file, most):
            blocks.append(block.mean(1))
            count += len(block)
            if file.channels > 1:
                power += np.square(block, dtype=np.float64).sum(0)
        left = sum(float(np.square(block, dtype=np.float64).sum()) for block in blocks) if file.channels > 1 else 0.0
        if left < _CANCELLED * power.mean() / file.channels:
            file.seek(0)
            blocks = [block[:, int(power.argmax())] for block in _blocks(file, most)]
    except Exception as error:  # libsndfile's decoders stumble over broken files in many ways
        raise Unreadable("truncated or damaged") from error
    if not count or (lossless and count < claimed):
        raise Unreadable("truncated")
    return np.concatenate(blocks)


def _blocks(file: Any, most: int) -> Iterator[NDArray[np.float32]]:
    """The samples in parts, ``(samples, channels)`` each, until there are more than `most`."""
    count = 0
    while count <= most and len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        yield block
        count += len(block)


def _too_long(seconds: float, longest: float) -> TooLarge:
    return TooLarge(f"too long ({seconds:,.1f} s, where {longest:g} s are the most)")
