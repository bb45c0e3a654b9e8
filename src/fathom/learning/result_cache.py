"""What was trained once is not trained again: answers of trainings, one line of JSON each, in the learner's folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fathom.version import __version__

FOLDER = ".trained"


class ResultCache:
    """Answers by their keys.

    Args:
        path: of the file; lines of another making are left out.
        of: whatever the answers depend on besides their keys.
    """

    def __init__(self, path: Path, *of: object) -> None:
        self.path = path
        told = [repr(one) for one in of] + [Path(__file__).with_name("trainings.py").read_text("utf-8"), __version__]
        self.version = hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]
        self.answers: dict[str, Any] = {}
        with contextlib.suppress(OSError):
            for line in path.read_text("utf-8", errors="replace").splitlines():
                with contextlib.suppress(ValueError, TypeError):
                    version, key, answer = json.loads(line)
                    if version == self.version:
                        self.answers[key] = answer

    def get(self, key: Sequence[Any]) -> Any:
        """The answer; None where there is none yet."""
        return self.answers.get(json.dumps(key))

    def put(self, key: Sequence[Any], answer: Any) -> None:
        """Keep an answer; where the disk does not take it, until the end of this process."""
        self.answers[json.dumps(key)] = answer
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([self.version, json.dumps(key), answer]) + "\n")
