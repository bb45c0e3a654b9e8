"""Which program answers for which task, and what it must be told of the task besides what `fit` learned."""

from __future__ import annotations

from typing import Any

from fathom.data.text.wordpiece import WordPieces
from fathom.task import Task
from fathom.tasks.classification import cost_matrix
from fathom.version import __version__

PROGRAMS = {
    "image-classification": "fathom.exported.pictures:Classes",
    "image-regression": "fathom.exported.pictures:Measured",
    "multi-label": "fathom.exported.pictures:Labels",
    "spoken-words": "fathom.exported.sounds:Words",
    "table": "fathom.exported.tables:Rows",
    "text-classification": "fathom.exported.texts:TextClasses",
    "segmentation": "fathom.exported.pictures:Masks",
    "verification": "fathom.exported.pictures:Embedded",
}
"""Task → module and class; what a task of another name exports is a net without a program."""

USAGE = '''"""Answer with the exported model, a line for each input:

    python predict.py INPUT ... [--json]

It needs what requirements.txt names, and neither torch nor fathom.
"""

import sys
from pathlib import Path

from runtime.{module} import {name}
from runtime.exported.program import main

if __name__ == "__main__":
    sys.exit(main(Path(__file__).parent, {name}))
'''


def has_program(task: Task) -> bool:
    """Whether a program without torch can read the inputs of a task, as it was trained."""
    state = task.state()
    return task.name in PROGRAMS and not (state.get("hears") or state.get("hub") or state.get("texts"))


def program_text(task: str) -> str:
    """``predict.py`` for a task that has a program."""
    module, name = PROGRAMS[task].removeprefix("fathom.").split(":")
    return USAGE.format(module=module, name=name)


def described(task: Task, fingerprint: str) -> dict[str, Any]:
    """What the program must know: ``preprocess.json``.

    Args:
        task: as it was trained.
        fingerprint: of the data.
    """
    classes, costs = list(task.classes), task.settings.cost
    return {
        "fathom": __version__,
        "task": task.name,
        "data": fingerprint,
        "encoder": task.state(),
        "pieces": list(WordPieces.packaged()) if task.state().get("tokens") == "pieces" else None,
        "costs": cost_matrix(classes, costs).tolist() if costs and classes else None,
        "threshold": list(task.decision_threshold) if task.decision_threshold else None,
    }
