"""``fathom card``: what a stranger must know of a trained net before they use it, as Markdown.

The block at the top is what hubs read (Mitchell et al. 2019, *Model Cards for Model Reporting*, says what belongs
below). Nothing in it names a folder of this machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import polars as pl
import yaml

from fathom.diagnosis.per_class import per_class, per_label
from fathom.metrics import Metric, Predicts
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task
from fathom.task import Task
from fathom.version import __version__

PIPELINES = {
    "image-classification": "image-classification",
    "segmentation": "image-segmentation",
    "detection": "object-detection",
    "verification": "image-feature-extraction",
    "table": "tabular-classification",
    "text-classification": "text-classification",
    "multi-label-text": "text-classification",
    "tagging": "token-classification",
    "translation": "translation",
    "language-model": "text-generation",
    "spoken-words": "audio-classification",
    "speech-recognition": "automatic-speech-recognition",
}
"""Task → what hubs call it."""
_USE = "```console\n$ pip install fathom-dl\n$ fathom predict RUN INPUT\n```\n\nRUN is the folder of the run."
_LICENSE = (
    "It is not known here: name under which terms the net may be used, in the first block (`license`) and in this "
    "place, before it is passed on. The terms of the data, and of pretrained weights that it began with, bind it."
)
MOST_CLASSES = 50
"""Classes that are listed at most."""


def card(run: RunFolder, use: str = "") -> str:
    """The model card of a run.

    Args:
        run: that was trained.
        use: how it is used as it lies there, in Markdown; of a run folder without.

    Raises:
        UserError: it is not finished, or a file of it is damaged.
    """
    run.check_finished()
    recipe, figures = run.read_recipe(), run.figures()
    task = load_task(run, recipe)
    results = run.results(task.metric.needs)
    name = run.path.resolve().name
    parts = [
        f"---\n{yaml.safe_dump(_metadata(recipe, figures, task.metric, name), sort_keys=False, allow_unicode=True)}---",
        f"# {name}",
        "\n".join(_about(recipe, results, list(task.classes))),
        f"## How to use it\n\n{use or _USE}",
        "\n".join(["## What it is for", "", *_intended(task, str(recipe["resolved"]["task"]))]),
        "## What it reaches\n\n" + "\n".join(_figures(figures, task.metric)) + f"\n\n{_computed_by(recipe)}",
        *_by_class(results, task.metric, task.classes),
        *_findings(run),
        f"## How it was made\n\n{_made(recipe)}",
        f"## License\n\n{_LICENSE}",
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(recipe: Mapping[str, Any], figures: Mapping[str, Any], metric: Metric, name: str) -> dict[str, Any]:
    """What hubs read at the top of a card."""
    task = recipe["resolved"]["task"]
    kind = "tabular-regression" if task == "table" and metric.name != "error" else PIPELINES.get(task, task)
    of = "test" if "test" in figures["splits"] else "dev"
    figure = figures["splits"].get(of)
    measured = [{"type": metric.name, "value": round(figure["value"], 6)}] if figure else []
    result = {
        "task": {"type": kind},
        "dataset": {"name": _data(recipe), "type": _data(recipe), "split": of},
        "metrics": measured,
    }
    return {
        "library_name": "fathom",
        "license": "unknown",
        "tags": ["fathom", task],
        "pipeline_tag": kind,
        "model-index": [{"name": name, "results": [result]}],
    }


def _data(recipe: Mapping[str, Any]) -> str:
    """What the data is called, without where it lies."""
    text = str(recipe["resolved"]["source"]["text"])
    return text if ":" in text else PurePath(text).name


def _about(recipe: Mapping[str, Any], results: pl.DataFrame, classes: Sequence[str]) -> Iterator[str]:
    resolved, settings = recipe["resolved"], recipe["resolved"]["settings"]
    kind = resolved["task"].replace("-", " ")
    yield f"A net of the kind `{settings['net']}` for {kind}, trained with fathom {__version__}."
    yield ""
    yield f"- **Data**: {_data(recipe)}, fingerprint `{resolved['data_fingerprint']}`"
    counts = {split: results.filter(pl.col("split") == split).height for split in ("train", "dev", "test")}
    yield "- **Examples**: " + ", ".join(f"{split} {n:,}" for split, n in counts.items() if n)
    if target := resolved["source"].get("target"):
        yield f"- **Predicted**: `{target}`"
    if classes:
        more = f" and {len(classes) - MOST_CLASSES:,} more" if len(classes) > MOST_CLASSES else ""
        yield f"- **Classes**: {', '.join(map(str, classes[:MOST_CLASSES]))}{more}"
    yield f"- **Looks at test**: {recipe.get('looks_at_test', 0)}"


def _intended(task: Task, kind: str) -> Iterator[str]:
    """What it is for, and what it was not made for."""
    asked = {"image": "pictures", "audio": "recordings", "table": "rows of tables", "music": "pieces of music"}
    given = next((name for part, name in asked.items() if f".{part}." in type(task).__module__), "texts")
    what = "one of the classes above for each" if task.classes else "an answer for each"
    yield f"For {given} like those that it was trained on: {kind.replace('-', ' ')}, {what}."
    yield f"What it says of other {given} was not measured, and a confidence is no promise there: look at some answers"
    yield "of your own before you rely on it, and let a person decide where a mistake would harm somebody."


def _figures(figures: Mapping[str, Any], metric: Metric) -> Iterator[str]:
    """A table of the splits and the baselines, with 95 % intervals."""
    yield f"| | {metric.label} (95 % interval) |"
    yield "|---|---|"
    rows = [(split, one) for split, one in figures["splits"].items()]
    rows += [(f"{one['name']}, dev", one) for one in figures["baselines"]]
    rows += [(f"{one['name']}, test", one) for one in figures.get("test_baselines", [])]
    for name, one in rows:
        yield f"| {_cell(name)} | {metric.show_with_range(one['value'], one['low'], one['high'])} |"


def _computed_by(recipe: Mapping[str, Any]) -> str:
    """Whose figures these are."""
    settings = recipe["resolved"]["settings"]
    return f"The run itself computed them, in {settings['precision'] or 'fp32'} on {settings['device'] or 'cpu'}."


def _cell(text: str) -> str:
    """A text that is one cell of a table, whatever it holds."""
    return " ".join(text.split()).replace("|", "\\|")


def _by_class(results: pl.DataFrame, metric: Metric, classes: Sequence[str]) -> Iterator[str]:
    """A table of the classes, on test or dev, where an example is of one; or of the labels."""
    of = "test" if (results["split"] == "test").any() else "dev"
    on, kind = results.filter(pl.col("split") == of), "class"
    if metric.predicts is Predicts.LABELS:
        parts, kind = per_label(on, metric, MOST_CLASSES), "label"
    else:
        parts = per_class(on.filter(pl.col("target").is_in(list(classes))), metric)[:MOST_CLASSES]
    if not parts:
        return
    lines = [f"| {kind}, {of} | {metric.label} (95 % interval) | examples |", "|---|---|---|"]
    for one in parts:
        told = metric.show_with_range(one.figure.value, one.figure.low, one.figure.high)
        lines.append(f"| {_cell(one.name)} | {told} | {one.count:,} |")
    yield f"## {kind.capitalize()} by {kind}\n\n" + "\n".join(lines)


def _findings(run: RunFolder) -> Iterator[str]:
    """What limits the net, as the run found it."""
    found = [one for one in run.findings() if one.severity != "good"]
    if found:
        yield "## Limits\n\n" + "\n".join(f"- {one.title}. {one.advice}" for one in found)


def _made(recipe: Mapping[str, Any]) -> str:
    settings = recipe["resolved"]["settings"]
    keys = ("optimizer", "lr", "schedule", "batch_size", "epochs", "weight_decay", "dropout", "precision", "seed")
    rows = [f"| {key} | {settings[key]} |" for key in keys if settings.get(key) is not None]
    versions = ", ".join(f"{name} {value}" for name, value in recipe["resolved"]["versions"].items())
    return (
        "| setting | |\n|---|---|\n" + "\n".join(rows) + f"\n\nMade with {versions}. With the same data, "
        "`fathom train --recipe RUN/recipe.json` makes it again, RUN being the folder that it was trained into."
    )
