"""The command line: thin. Each verb is parsed here, done elsewhere, and shown.

Nothing heavy is imported before a verb needs it, so that ``fathom --help`` answers at once. Results go to stdout,
progress and notes to stderr. Exit code 0: done; 1: our fault; 2: the user's; 130: interrupted.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import sys
from typing import Annotated, NoReturn

import typer

from fathom.answer_lines import one_line
from fathom.cli import judging, learning, predicting, serving, training, usage
from fathom.cli.library_messages import silence_libraries
from fathom.cli.options import with_flags
from fathom.data.files import own_names
from fathom.errors import FathomError
from fathom.interrupts import CODE, Stopped, interrupts, say
from fathom.version import __version__

app = typer.Typer(
    name="fathom",
    help="Learn deep learning by doing it, then do it on your own data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

SURROUNDINGS = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EFBIG", "EMFILE", "ENFILE", "ENAMETOOLONG")
    if hasattr(errno, name)
)
"""What disks and permissions refuse: not our fault."""


def main() -> None:
    """Run the command line; every error leaves as one sentence and the right exit code."""
    interrupts.watch()
    _reach_any_terminal()
    silence_libraries()
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        code = _told(error)
    interrupts.done()
    _leave(code if isinstance(code, int) else 0)


def _leave(code: int) -> NoReturn:
    """End the process. One of several that trained together leaves at once, with all that it said written out.

    What torch.distributed has running beside Python may otherwise abort the process while the interpreter takes itself
    apart, and torchrun then stops the others, though all was done. A server does so, too: see `Interrupts.at_once`.
    """
    if interrupts.at_once:
        atexit._run_exitfuncs()  # folders that other processes were reached by
    if interrupts.at_once or os.environ.get("WORLD_SIZE", "1") != "1":
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
    raise SystemExit(code)


def _told(error: BaseException) -> int:
    """Tell what went wrong in one sentence, and return the exit code; a defect of ours goes on as it is."""
    if interrupts.leaving is not None or isinstance(error, Stopped | KeyboardInterrupt | typer.Abort):
        say("; ".join(["fathom: interrupted", *getattr(error, "__notes__", ())]))
        return CODE
    if _nobody_reads(error):  # they have seen enough
        _to_nowhere()
        return 0
    if isinstance(error, FathomError):
        _tell(one_line(with_flags(str(error), app, *sys.argv[1:2])))
        return error.exit_code
    if isinstance(error, OSError) and error.errno in SURROUNDINGS:
        where = f"{own_names(str(error.filename))}: " if error.filename else ""
        denied = isinstance(error, PermissionError)
        advice = "give a place that you may read and write" if denied else "make room, or give a place that can be used"
        _tell(f"{where}{error.strerror}: {advice}")
        return 2
    if of := _full_memory(error):
        _tell(f"the memory of {of} is full: use a smaller batch (--batch-size), net or data set")
        return 2
    if hasattr(error, "exit_code") and hasattr(error, "show"):  # the parser's own: a wrong option
        with contextlib.suppress(OSError):
            if type(error).__name__ == "NoArgsIsHelpError":
                error.show()
            else:
                _tell(one_line(usage.sentence(error, app, sys.argv[1:])))
        return int(error.exit_code)
    raise error


def _full_memory(error: BaseException) -> str:
    """Whose memory is full; "" where none is. PyTorch has an error of its own for a GPU, and one without a kind."""
    if type(error).__name__ == "OutOfMemoryError":
        return "the GPU"
    full = isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
    return "this machine" if full else ""


def _tell(text: str) -> None:
    """A line on stderr, which may be closed or full: the exit code says it, too."""
    with contextlib.suppress(OSError):
        print(f"fathom: {text}", file=sys.stderr, flush=True)


def _nobody_reads(error: BaseException) -> bool:
    """Whether what stdout led to is gone; the parser and rich make an exit with code 1 of that."""
    cause = error.__context__ if isinstance(error, SystemExit) else error
    return isinstance(cause, BrokenPipeError)


def _reach_any_terminal() -> None:
    """Print also where the terminal knows few letters, or where there is none."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - for good
        stream = getattr(sys, name)
        if hasattr(stream, "reconfigure"):
            wide = (stream.encoding or "").lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="backslashreplace" if wide else "replace")


def _to_nowhere() -> None:
    """Nobody reads stdout any more: what is still in its buffer goes nowhere, quietly."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _version(wanted: bool) -> None:
    if wanted:
        print(f"fathom {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")] = False,
) -> None:
    pass


for verb in (training.train, predicting.test, predicting.predict, predicting.transcribe, predicting.generate):
    app.command()(verb)
for verb in (judging.check, judging.diagnose):
    app.command()(verb)
app.command("next")(training.next_)
for verb in (training.tune, judging.review, predicting.similar, predicting.style, predicting.export, serving.serve):
    app.command()(verb)
app.add_typer(learning.app, name="learn")
app.command()(judging.report)
app.command()(judging.card)
app.command()(judging.compare)
