"""The kinds of problems that fathom knows: one file a task.

The tuple below lists the built-in ones; packages of others add theirs by the entry point ``fathom.tasks``.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from importlib.metadata import entry_points

from fathom.data import repairs
from fathom.data.table.table_files import each_read_once
from fathom.errors import UserError
from fathom.records import Source
from fathom.spelling import choice
from fathom.task import Recognition, Task
from fathom.tasks.refusals import nothing_recognized

SURE, NEAR = 0.9, 0.1
"""From this score on a reading is plain; below it, another that is no further away is said as well."""

BUILT_IN = (
    "fathom.tasks.image.classification:ImageClassification",
    "fathom.tasks.image.multi_label:MultiLabel",
    "fathom.tasks.image.regression:ImageRegression",
    "fathom.tasks.image.segmentation:Segmentation",
    "fathom.tasks.image.detection:Detection",
    "fathom.tasks.image.verification:Verification",
    "fathom.tasks.table.tabular:Table",
    "fathom.tasks.text.classification:TextClassification",
    "fathom.tasks.text.multi_label:MultiLabelText",
    "fathom.tasks.text.tagging:Tagging",
    "fathom.tasks.text.translation:Translation",
    "fathom.tasks.audio.spoken_words:SpokenWords",
    "fathom.tasks.audio.speech_recognition:SpeechRecognition",
    "fathom.tasks.audio.trigger_word:TriggerWord",
    "fathom.tasks.music.piano_roll:Music",
    "fathom.tasks.music.events:MusicEvents",
    "fathom.tasks.text.language_model:LanguageModel",
)


def all_tasks() -> dict[str, type[Task]]:
    """Every task by its name, the built-in ones first."""
    found = [_load(reference) for reference in BUILT_IN]
    found += [point.load() for point in entry_points(group="fathom.tasks")]
    return {task.name: task for task in found}


def _load(reference: str) -> type[Task]:
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def by_name(name: str) -> type[Task]:
    """The task of that name.

    Args:
        name: as it is typed after ``--task``.

    Returns:
        the class of the task.

    Raises:
        UserError: there is none.
    """
    tasks = all_tasks()
    if name not in tasks:
        raise UserError(f"there is no task '{name[:40]}'{choice(name, tasks)}")
    return tasks[name]


def recognize(source: Source) -> tuple[type[Task], Recognition]:
    """The task that is surest of this source.

    Args:
        source: what the user pointed at.

    Returns:
        the class of the task, and why; where another task is nearly as sure, with the option that asks for that one.

    Raises:
        UserError: no task can make anything of it.
    """
    with each_read_once(), repairs.unsaid():  # the task that is chosen reads again, and says what it repairs
        heard = [(task, task.recognize(source)) for task in all_tasks().values()]
    ranked = sorted(heard, key=lambda pair: -pair[1].score)  # the order above stands where scores are equal
    task, answer = ranked[0]
    if answer.score <= 0:
        raise UserError(nothing_recognized(source))
    for second, other in ranked[1:2]:
        if not answer.otherwise and answer.score < SURE and answer.score - other.score <= NEAR and other.score > 0:
            answer = replace(answer, otherwise=f"--task {second.name} reads it as {other.reason}")
    return task, answer
