"""Which program answers for which task, and what it must be told of the task besides what `fit` learned."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from torch import nn

from fathom.data.text.wordpiece import WordPieces
from fathom.nets.text.crf import CRF
from fathom.nets.text.gpt import GPT
from fathom.task import Task
from fathom.tasks.audio.speech_recognition import SpeechRecognition
from fathom.tasks.classification import cost_matrix
from fathom.tasks.text.language_model import LanguageModel
from fathom.tasks.text.tagging import Tagging
from fathom.tasks.text.translation import Translation
from fathom.version import __version__

PROGRAMS = {
    "image-classification": "fathom.exported.pictures:Classes",
    "detection": "fathom.exported.boxes:Boxes",
    "image-regression": "fathom.exported.pictures:Measured",
    "multi-label": "fathom.exported.pictures:Labels",
    "multi-label-text": "fathom.exported.texts:TextLabels",
    "spoken-words": "fathom.exported.sounds:Words",
    "speech-recognition": "fathom.exported.sounds:Transcripts",
    "table": "fathom.exported.tables:Rows",
    "tagging": "fathom.exported.tags:Tags",
    "text-classification": "fathom.exported.texts:TextClasses",
    "language-model": "fathom.exported.likelihoods:Likelihoods",
    "music": "fathom.exported.music:Chords",
    "music-events": "fathom.exported.music:Notes",
    "segmentation": "fathom.exported.pictures:Masks",
    "translation": "fathom.exported.translations:Translations",
    "trigger-word": "fathom.exported.sounds:Trigger",
    "verification": "fathom.exported.pictures:Embedded",
}
"""Task → module and class; what a task of another name exports is a net without a program."""

USAGE = '''"""Answer with the exported model, a line for each input:

    python predict.py INPUT ... [--json]

It needs what requirements.txt names, and neither torch nor fathom.
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # also where Python was told to leave the folder of a program out

try:
    from runtime.{module} import {name}
    from runtime.exported.program import main
except ModuleNotFoundError as error:
    name = (error.name or "").partition(".")[0]
    print(f"{{name}} is not installed: pip install -r {{HERE / 'requirements.txt'}}", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    sys.exit(main(HERE, {name}))
'''


SOURCE_USAGE = '''"""Answer with the net in net.py, a line for each input:

    python use.py INPUT ... [--json]

It needs what requirements.txt names, torch among it, and not fathom. To train on:

    model = net.load().train()
    output = model(*net.prepared({{"{first}": arrays, ...}}))
"""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

try:
    import net
    from runtime.{module} import {name}
    from runtime.exported.program import main
except ModuleNotFoundError as error:
    name = (error.name or "").partition(".")[0]
    print(f"{{name}} is not installed: pip install -r {{HERE / 'requirements.txt'}}", file=sys.stderr)
    sys.exit(2)

if __name__ == "__main__":
    model = net.load()
    sys.exit(main(HERE, {name}, ask=lambda arrays: net.answer(model, arrays)))
'''


def has_program(task: Task) -> bool:
    """Whether a program without torch can read the inputs of a task, as it was trained."""
    state = task.state()
    return task.name in PROGRAMS and not any(state.get(name) for name in ("hears", "hub", "texts", "lines"))


def also_needed(task: Task, runs_by: Sequence[str] = ("onnxruntime",)) -> list[str]:
    """Modules that the program of a task needs for what this run has learned, and another not.

    Args:
        task: as it was trained.
        runs_by: modules that the net runs by.
    """
    state = task.state()
    return [*runs_by] + ["tokenizers"] * any(isinstance(one, dict) and "merges" in one for one in state.values())


def program_of(task: str) -> tuple[str, str]:
    """Module and class of the program of a task that has one, the module as it is called below the package."""
    module, _, name = PROGRAMS[task].removeprefix("fathom.").partition(":")
    return module, name


def program_text(task: str) -> str:
    """``predict.py`` for a task that has a program."""
    module, name = program_of(task)
    return USAGE.format(module=module, name=name)


def source_program_text(task: Task) -> str:
    """``use.py``, beside a net as source, for a task that has a program."""
    module, name = program_of(task.name)
    return SOURCE_USAGE.format(module=module, name=name, first=task.inputs[0])


def described(task: Task, net: nn.Module, fingerprint: str) -> dict[str, Any]:
    """What the program must know: ``preprocess.json``.

    Args:
        task: as it was trained.
        net: of it.
        fingerprint: of the data.
    """
    state = task.state()
    classes, costs = list(task.classes), task.mistake_costs
    return {
        "fathom": __version__,
        "task": task.name,
        "data": fingerprint,
        "encoder": state,
        "pieces": list(WordPieces.packaged()) if _are_cut(task) else None,
        "costs": cost_matrix(classes, costs).tolist() if costs and classes else None,
        "threshold": list(task.decision_threshold) if task.decision_threshold else None,
        **_beside(task, net),
    }


def metadata(task: Task, fingerprint: str) -> dict[str, str]:
    """What an ONNX file says of itself.

    Args:
        task: as it was trained.
        fingerprint: of the data.
    """
    told = {"task": task.name, "data": fingerprint, "fathom": __version__}
    return {**told, "classes": json.dumps(list(task.classes), ensure_ascii=False)} if task.classes else told


def _are_cut(task: Task) -> bool:
    """Whether texts are cut into the pieces of the packaged encoder; a translator has learned pieces of its own."""
    state = task.state()
    return bool(state.get("cuts")) or (state.get("tokens") == "pieces" and not isinstance(task, Translation))


def _beside(task: Task, net: nn.Module) -> dict[str, Any]:
    """What only the programs of some tasks must know."""
    if isinstance(task, Tagging):
        crf = next(module for module in net.modules() if isinstance(module, CRF))
        return {"transitions": crf.transitions.tolist()}
    if isinstance(task, LanguageModel):
        context = next((module.context for module in net.modules() if isinstance(module, GPT)), None)
        return {"context": context}
    return {"beam": task.beam} if isinstance(task, SpeechRecognition | Translation) else {}
