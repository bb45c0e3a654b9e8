"""`mynn` in the page: the layers of the learner's own framework, its tests, and its trainings beside PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

from fathom.learning import own_framework, own_training
from fathom.learning.course import find
from fathom.learning.own_framework import Piece
from fathom.learning.workspace import Workspace
from fathom.serving.course_jobs import Job

TESTS = "tests"
"""What the job that tests the package is called; the others are called as their trainings."""


def framework(workspace: Workspace, last: Mapping[str, Job]) -> dict[str, Any]:
    """What is shown: layers, tests and trainings; nothing is written.

    Args:
        workspace: the learner's.
        last: jobs of this server, by what they did.
    """
    standing = own_framework.standing(workspace)
    trainings = []
    for one in own_training.TRAININGS:
        missing, nets = own_training.lacking(standing, one)
        lacks = {net: missing + [name for name in some if name not in missing] for net, some in nets.items()}
        ready = not all(lacks.values())
        trainings.append({"name": one.name, "title": one.title, "nets": lacks, "ready": ready})
    told = [_told(one, standing.missing.get(one, ())) for one in own_framework.pieces()]
    return {
        "folder": str(standing.folder), "layers": told, "trainings": trainings,
        "last": {name: job.told() for name, job in last.items()},
    }  # fmt: skip


def _told(one: Piece, why: tuple[str, ...]) -> dict[str, Any]:
    sources = [{"id": find(name).id, "title": find(name).title} for name in one.needs]
    return {"gives": one.gives, "title": one.title, "of": sources, "missing": list(why)}


def work(workspace: Workspace, name: str) -> tuple[str, Callable[[Job], None]]:
    """The title of a job, and the job: the package is built, then tested or trained with.

    Args:
        workspace: the learner's.
        name: of a training, or `TESTS`.

    Raises:
        UserError: there is no such training.
    """
    training = None if name == TESTS else own_training.find(name)

    def tests(job: Job) -> None:
        with closing(own_framework.tests(own_framework.build(workspace))) as lines:
            for holds, line in lines:
                job.say(line, holds)

    def train(job: Job) -> None:
        assert training is not None
        with closing(own_training.run(workspace, own_framework.build(workspace), training)) as lines:
            for line in lines:
                job.alive()
                if " epoch " in line:  # how far it is: the line of the last epoch follows, with the time of both
                    job.now = line
                else:
                    job.say(line)

    return ("The tests of your framework", tests) if training is None else (training.title, train)
