"""Hugging Face data sets: ``hf:NAME`` on the hub, or ``hf:FOLDER`` as the library ``datasets`` writes them.

A set is laid out once in fathom's cache as people have data of their own: a table for each split (``train.parquet``,
``dev.parquet``, ``test.parquet``; ``data.parquet`` where there is one split only), class labels by their names, and
each picture, sound or other file beside it, as it came, with its path in the table. From there on nothing knows where
it came from: a table that names pictures is pictures, any other a table. Rows pass through in batches, so that memory
stays flat.

The code of a data set is never run.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from fathom.data.cache import build_once
from fathom.data.table.tables import SPLIT_NAMES
from fathom.errors import MissingExtra, UserError

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS_IN_MEMORY = 256
"""Rows that are in memory at once."""
_TIMEOUT_SECONDS = 5
"""How long to wait for the hub to answer at all."""
_VERSION = "1"
_PARAMETERS = ("config", "split", "revision")
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,5}")
_BEGINNINGS = (
    (b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"BM", ".bmp"), (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"), (b"fLaC", ".flac"), (b"OggS", ".ogg"), (b"ID3", ".mp3"), (b"MThd", ".mid"), (b"%PDF", ".pdf"),
)  # fmt: skip


@dataclass(frozen=True)
class _HubRequest:
    """What was asked for.

    Attributes:
        text: as typed, for sentences.
        name: on the hub, or a folder.
        config, split, revision: as after the question mark, or None; `split` may be several, joined by commas.
    """

    text: str
    name: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder, if it is one."""
        path = Path(self.name).expanduser()
        return path if path.exists() else None


def fetch(text: str, cache: Path) -> Path:
    """Lay a data set out in the cache, or find it there.

    Args:
        text: ``"hf:cifar10"``, ``"hf:owner/name?config=…&split=train,test"`` or ``"hf:/path/of/a/folder"``.
        cache: the folder that keeps what can be made again; the data comes to lie in its ``hf`` folder.

    Returns:
        The folder that holds the tables.

    Raises:
        UserError: there is no such set, the hub cannot be reached, or its splits or columns are not usable.
        MissingExtra: the library `datasets` is not installed.
    """
    wanted = _parse_request(text)
    if wanted.folder is None and wanted.name.startswith(("/", "~", ".")):
        raise UserError(f"{text} does not exist: check the name of the folder")
    if wanted.folder is not None and not wanted.folder.is_dir():
        raise UserError(f"{text} is a file: give it without hf:, or the folder that the data set is in")
    marks = [_VERSION, *(str(getattr(wanted, name)) for name in ("name", *_PARAMETERS))]
    if wanted.folder is not None:
        marks += [str(wanted.folder.resolve()), *_state_of(wanted.folder)]
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", wanted.folder.resolve().name if wanted.folder else wanted.name)
    digest = hashlib.blake2b("\n".join(marks).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return build_once(Path(cache) / "hf" / f"{stem}-{digest}", lambda folder: _write(wanted, folder))


def _parse_request(text: str) -> _HubRequest:
    name, _, query = text.removeprefix("hf:").partition("?")
    given: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        key, equals, value = part.partition("=")
        if not equals or not value or key not in _PARAMETERS or key in given:
            raise UserError(
                f"{text} cannot be read at '{part}': after ? write {'=…, '.join(_PARAMETERS)}=…, joined by &"
            )
        given[key] = unquote(value)
    if not name.strip():
        raise UserError(f"{text} names no data set: write hf:NAME, hf:OWNER/NAME or hf:FOLDER")
    return _HubRequest(text, name.strip(), **given)


def _state_of(folder: Path) -> list[str]:
    """What changes when the files in a folder do."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [f"{path.relative_to(folder)} {(s := path.stat()).st_size} {s.st_mtime_ns}" for path in files]


def _write(wanted: _HubRequest, folder: Path) -> Path:
    """Load the set, and write each split as a table with its files beside it."""
    root = folder / "data"
    work = folder / "work"
    root.mkdir()
    try:
        parts = _assign_split_names(wanted, _select_splits(wanted, _load(wanted, work)))
        if not parts:
            raise UserError(f"{wanted.text} has no rows: give another set")
        for name, part in parts.items():
            _write_part(part, root, name, wanted)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return root


def _load(wanted: _HubRequest, work: Path) -> Mapping[str, Any]:
    """The splits of a set by their names, as `datasets.Dataset`; arrays stay on the disk.

    Raises:
        UserError: it is not there, or cannot be read.
    """
    try:
        from huggingface_hub import constants

        asked = constants.HF_HUB_OFFLINE
        away = wanted.folder is None and not asked and not _is_reachable(constants.ENDPOINT)
        constants.HF_HUB_OFFLINE = asked or away or wanted.folder is not None  # else it tries again and again
        import datasets
    except ImportError:
        raise MissingExtra("reading Hugging Face data sets", "hf") from None
    datasets.config.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE
    if wanted.folder is not None:
        datasets.disable_progress_bars()
    try:
        loaded = _loaded(datasets, wanted, work)
    except Exception as error:  # the library raises whatever its readers stumble over
        raise UserError(
            _error_sentence(wanted, error, "HF_HUB_OFFLINE is set" if asked else away and "no answer")
        ) from error
    finally:
        constants.HF_HUB_OFFLINE = datasets.config.HF_HUB_OFFLINE = asked
    return loaded if isinstance(loaded, Mapping) else {"all": loaded}


def _loaded(datasets: Any, wanted: _HubRequest, work: Path) -> Any:
    folder = wanted.folder
    if folder is None:
        return datasets.load_dataset(wanted.name, wanted.config, revision=wanted.revision)
    if (folder / "dataset_dict.json").is_file() or (folder / "state.json").is_file():
        return datasets.load_from_disk(str(folder))
    return datasets.load_dataset(str(folder.resolve()), wanted.config, cache_dir=str(work))


def _is_reachable(endpoint: str) -> bool:
    """Whether the hub, or the proxy on the way to it, answers at all."""
    address = urlsplit(endpoint)
    proxies = getproxies()
    through = proxies.get(address.scheme) or proxies.get("all")
    if through:
        address = urlsplit(through if "//" in through else f"//{through}")
    try:
        port = address.port or (443 if address.scheme == "https" else 80)
        with socket.create_connection((address.hostname or "", port), timeout=_TIMEOUT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _error_sentence(wanted: _HubRequest, error: Exception, offline: str | bool) -> str:
    """One sentence: what, where, how to mend it; `offline` says why the hub was not asked, if it was not."""
    why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".:")
    if wanted.folder is not None:
        return (
            f"{wanted.text} cannot be read as a data set ({why}): "
            "give a folder that save_to_disk wrote, or one of Parquet files named train, validation and test"
        )
    if "pick one" in str(error):
        return f"{wanted.text} needs a configuration ({' '.join(str(error).split())[:300]}): add ?config=NAME"
    if offline:
        return (
            f"{wanted.text} is no folder, is not downloaded yet, and the Hugging Face hub cannot be reached "
            f"({offline}): {'unset it' if 'set' in str(offline) else 'connect'}, or write the set elsewhere with "
            "save_to_disk and give hf:FOLDER"
        )
    return (
        f"{wanted.text} cannot be loaded ({why}): check the name, log in where it is private, "
        "or write it elsewhere with save_to_disk and give hf:FOLDER"
    )


def _select_splits(wanted: _HubRequest, splits: Mapping[str, Any]) -> Mapping[str, Any]:
    """The splits that were asked for, or all; the empty ones left out."""
    if wanted.split is not None:
        names = [name.strip() for name in wanted.split.split(",")]
        if absent := [name for name in names if name not in splits]:
            raise UserError(f"{wanted.text} has no split '{absent[0]}': choose of {', '.join(splits)}")
        splits = {name: splits[name] for name in names}
    return {name: part for name, part in splits.items() if len(part)}


def _assign_split_names(wanted: _HubRequest, splits: Mapping[str, Any]) -> dict[str, Any]:
    """The splits by what they are for: train, dev and test; a single one is for all of them."""
    if len(splits) == 1:
        return {"data": next(iter(splits.values()))}
    found: dict[str, Any] = {}
    for name, part in splits.items():
        use = SPLIT_NAMES.get(name.lower())
        if use is None or use in found:
            why = f"'{name}' is no split for training, validation or test" if use is None else f"two are for {use}"
            raise UserError(
                f"{wanted.text} has the splits {', '.join(splits)}, and {why}: choose with "
                f"{'&' if '?' in wanted.text else '?'}split=NAME,NAME"
            )
        found[use] = part
    if found and "train" not in found:
        raise UserError(
            f"{wanted.text} has the splits {', '.join(splits)} and none to train on: choose one with ?split="
        )
    return found


def _write_part(part: Any, root: Path, name: str, wanted: _HubRequest) -> None:
    """Write ``NAME.parquet``, and the files of its rows below ``NAME/``."""
    from pyarrow import parquet

    rows = part.with_format("arrow")
    writer = None
    try:
        for start in range(0, len(part), _ROWS_IN_MEMORY):
            table = _plain(rows[start : start + _ROWS_IN_MEMORY], part.features, root, name, start)
            _check_target(table, wanted)
            writer = writer or parquet.ParquetWriter(root / f"{name}.parquet", table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()


def _check_target(table: pa.Table, wanted: _HubRequest) -> None:
    """Refuse a set whose last column, which would be learned, holds lists: tags of words, boxes.

    Raises:
        UserError: it does, or there are no columns.
    """
    import pyarrow as pa

    if not table.num_columns:
        raise UserError(f"{wanted.text} has no columns: give another set")
    last = table.schema.field(table.num_columns - 1)
    if pa.types.is_nested(last.type):
        raise UserError(
            f"{wanted.text} has lists in the column {last.name!r}, which are not read from a data set: write words "
            "and their tags as CoNLL files, or pictures and their boxes as a COCO file, and give that folder"
        )


def _plain(table: pa.Table, features: Mapping[str, Any], root: Path, name: str, start: int) -> pa.Table:
    """Files as paths, first; class labels as names, last, and the first label the very last; all else as it is."""
    import pyarrow as pa

    files, values, labels = {}, {}, {}
    alone = sum(_is_file(field.type) for field in table.schema) == 1
    for column in table.column_names:
        kind = table.schema.field(column).type
        if _is_file(kind):
            below = name if alone else f"{name}/{re.sub(r'[^A-Za-z0-9.-]+', '-', column)}"
            paths = [_file(cell, root, f"{below}/{start + i:07d}") for i, cell in enumerate(table[column].to_pylist())]
            files[column] = pa.array(paths, pa.string())
        elif hasattr(features[column], "int2str"):
            names = features[column].names
            known = [names[i] if i is not None and i >= 0 else None for i in table[column].to_pylist()]
            labels[column] = pa.array(known, pa.string())
        else:
            values[column] = table[column]
    return pa.table(files | values | dict(reversed(labels.items())))


def _is_file(kind: pa.DataType) -> bool:
    """Whether a column holds files: pictures, sounds and the like are stored as their bytes and a path."""
    import pyarrow as pa

    return pa.types.is_struct(kind) and {field.name for field in kind} == {"bytes", "path"}


def _file(cell: Mapping[str, Any] | None, root: Path, stem: str) -> str | None:
    """Write one file as it came; its path in `root`, or None where there is none."""
    if cell is None or (cell["bytes"] is None and not cell["path"]):
        return None
    path = Path(cell["path"] or "")
    content = cell["bytes"]
    if content is None:
        if not path.is_file():
            return None
        content = path.read_bytes()
    suffix = path.suffix.lower() if _SUFFIX.fullmatch(path.suffix) else _suffix(content)
    target = root / f"{stem}{suffix}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return f"{stem}{suffix}"


def _suffix(content: bytes) -> str:
    """What a file is, by its first bytes."""
    if content[:4] == b"RIFF":
        return {b"WEBP": ".webp", b"WAVE": ".wav"}.get(content[8:12], ".bin")
    return next((suffix for beginning, suffix in _BEGINNINGS if content.startswith(beginning)), ".bin")
