"""What is known of a run's examples beside their results, kept in ``looks.parquet``: id → columns ``look_…``.

Simple measures of each example, what its table said of it, and the cluster in which the net sees it. Some hundreds of
each split are enough to tell whether two are of one kind; of dev all are taken, up to `MOST_DEV`, so that slices on
which the net is worse can be found.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from torch import nn

from fathom.data import files
from fathom.data.simple_features import extract_features
from fathom.diagnosis.error_floor import NEIGHBOUR_COLUMN
from fathom.diagnosis.example_metadata import CLUSTER_COLUMN, COLUMN_PREFIX
from fathom.errors import UserError
from fathom.library_reasons import reason_of
from fathom.progress import Watcher
from fathom.records import Example
from fathom.runs.folder import RunFolder
from fathom.runs.prepare import Prepared, source_of
from fathom.training.embeddings import penultimate_features

FILE_NAME = "looks.parquet"
MOST, MOST_DEV = 1_000, 3_000
MAX_CLUSTERS = 8
COMPLETE = "whole"


def write_metadata(
    run: RunFolder,
    recipe: Mapping[str, Any],
    prepared: Prepared,
    splits: list[str],
    watcher: Watcher,
    net: nn.Module | None = None,
    *,
    whole: bool = False,
) -> None:
    """Describe the examples of these splits, and keep what was said.

    Args:
        run: whose examples they are.
        recipe: of the run.
        prepared: its data.
        splits: names.
        watcher: is told how far it is.
        net: by which dev is clustered.
        whole: nothing more will be asked, so that it need not be done again.
    """
    chosen: list[Example] = []
    counts: dict[str, int] = {}
    for split in splits:
        members = prepared.of(split)
        most = MOST_DEV if split == "dev" else MOST
        keep = np.sort(np.random.default_rng(0).permutation(len(members))[:most])
        chosen += [members[i] for i in keep.tolist()]
        counts[split] = len(keep)
    if not chosen:
        return
    watcher.begin_stage("look", len(chosen))
    said = extract_features(chosen, watcher.advance, source_of(recipe).apart)
    columns: dict[str, object] = {"id": [e.id for e in chosen]}
    columns |= {f"{COLUMN_PREFIX}{name}": values for name, values in said.numbers.items()}
    columns |= {f"{COLUMN_PREFIX}{name}": [word or None for word in words] for name, words in said.categories.items()}
    if net is not None:
        of = _seen(prepared, net)
        columns[CLUSTER_COLUMN] = [of.get(e.id, (None, None))[0] for e in chosen]
        columns[NEIGHBOUR_COLUMN] = [of.get(e.id, (None, None))[1] for e in chosen]
    if whole:
        columns[COMPLETE] = [split for split, n in counts.items() for _ in range(n)]
    table = io.BytesIO()
    pl.DataFrame(columns).fill_nan(None).write_parquet(table)
    with files.replacing(run.path / FILE_NAME, run.advice) as waiting:
        waiting.write_bytes(table.getbuffer())


def is_complete(run: RunFolder) -> bool:
    """Whether all that can be looked at was looked at, of the splits that there are results of."""
    if not run.has(FILE_NAME):
        return False
    looks = _read(run)
    if COMPLETE not in looks.columns:
        return False
    return not run.results().filter(pl.col("split") == "test").height or "test" in looks[COMPLETE].to_list()


def with_metadata(run: RunFolder, frame: pl.DataFrame) -> pl.DataFrame:
    """Results with what is known of their examples, where it was kept.

    Raises:
        UserError: the file is damaged.
    """
    return frame.join(_read(run).drop(COMPLETE, strict=False), on="id", how="left") if run.has(FILE_NAME) else frame


def _read(run: RunFolder) -> pl.DataFrame:
    path = run.path / FILE_NAME
    try:
        looks = files.read_parquet(path)
        known = looks["id"].dtype == pl.String and looks["id"].n_unique() == looks.height
        kinds = (t.is_numeric() or t in (pl.String, pl.Null, pl.Boolean) for t in looks.schema.values())
        ours = (c in ("id", COMPLETE, NEIGHBOUR_COLUMN) or c.startswith(COLUMN_PREFIX) for c in looks.columns)
        if not (known and all(kinds) and all(ours)):
            raise ValueError("its columns are not those that were written")
    except (ValueError, LookupError, pl.exceptions.PolarsError, OSError) as error:
        why = reason_of(error)
        raise UserError(f"{path} is damaged ({why}): delete it, and run fathom diagnose {run.path} again") from None
    return looks


def _seen(prepared: Prepared, net: nn.Module) -> dict[str, tuple[str | None, float | None]]:
    """Of each example of dev, by its id: its cluster, and whether its nearest neighbour there is of another class."""
    from sklearn.cluster import KMeans
    from sklearn.neighbors import NearestNeighbors

    dev, settings = prepared.indices("dev")[:MOST_DEV], prepared.task.settings
    seen = penultimate_features(
        net, prepared.task, prepared.store, dev, device=settings.device or "cpu", precision=settings.precision or "fp32"
    )
    if seen is None or len(seen) < 10 * MAX_CLUSTERS or not np.isfinite(seen).all():
        return {}
    scaled = (seen - seen.mean(0)) / (seen.std(0) + 1e-6)
    names = [prepared.store.ids[i] for i in dev.tolist()]
    labels = KMeans(MAX_CLUSTERS, n_init=3, random_state=0).fit_predict(scaled)
    nearest = NearestNeighbors(n_neighbors=2).fit(scaled).kneighbors(scaled, return_distance=False)[:, 1]
    by_id = {e.id: str(e.target) for e in prepared.of("dev")}
    targets = np.array([by_id[name] for name in names])
    wrong = targets != targets[nearest]
    return {n: (str(c + 1), float(w)) for n, c, w in zip(names, labels.tolist(), wrong.tolist(), strict=True)}
