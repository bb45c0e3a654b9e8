"""The command line: thin. Each verb is parsed here, done elsewhere, and shown.

Nothing heavy is imported before a verb needs it, so that ``fathom --help`` answers at once. Results go to stdout,
progress and notes to stderr. Exit code 0: done; 1: our fault; 2: the user's; 130: interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from fathom.cli import coaching, images, judging, learning
from fathom.errors import FathomError, UserError
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

RunArgument = Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)]
DATA, NET, LOOP, RUN = "Data", "Net", "Training", "Run"


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
    apart, and torchrun then stops the others, though all was done.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
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
    if isinstance(error, FathomError):
        print(f"fathom: {_one_line(str(error))}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, BrokenPipeError):  # the reader has seen enough
        _to_nowhere()
        return 0
    if isinstance(error, OSError) and error.errno in SURROUNDINGS:
        where = f"{error.filename}: " if error.filename else ""
        print(f"fathom: {where}{error.strerror}: make room, or give a place that can be used", file=sys.stderr)
        return 2
    if isinstance(error, MemoryError):
        print("fathom: the memory of this machine is full: use a smaller net, batch or data set", file=sys.stderr)
        return 2
    if hasattr(error, "exit_code") and hasattr(error, "show"):  # the parser's own: a wrong option
        error.show()
        return int(error.exit_code)
    raise error


def _one_line(text: str) -> str:
    """The text without line breaks and control characters, which could rewrite the terminal."""
    return "".join(c if c.isprintable() or 0xD800 <= ord(c) < 0xE000 else " " for c in text)


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


def _rate(text: str | None) -> dict[str, Any]:
    """A learning rate, or the wish that it be found."""
    if text == "auto":
        return {"lr_find": True}
    try:
        return {"lr": None if text is None else float(text)}
    except ValueError:
        raise UserError(f"--lr {text} is no rate: give a number, such as 0.001, or auto") from None


@app.command()
def train(
    data: Annotated[str | None, typer.Argument(help="Folder, table, or practice:cats.", show_default=False)] = None,
    task: Annotated[str | None, typer.Option(help="The kind of problem, such as table or speech-recognition; found out without.", rich_help_panel=DATA)] = None,
    target: Annotated[str | None, typer.Option(help="Column to predict.", rich_help_panel=DATA)] = None,
    dev: Annotated[str | None, typer.Option(help="Data to judge by; 'none' holds nothing out.", rich_help_panel=DATA)] = None,
    test: Annotated[str | None, typer.Option(help="Data to test on, at the end.", rich_help_panel=DATA)] = None,
    group: Annotated[str | None, typer.Option(help="Column: what belongs together.", rich_help_panel=DATA)] = None,
    source: Annotated[str | None, typer.Option(help="Column: where it was collected.", rich_help_panel=DATA)] = None,
    split_by: Annotated[str | None, typer.Option("--split-by", "--split", metavar="RULE", help="time=COLUMN, column=COLUMN, or source=NAME for dev and test.", rich_help_panel=DATA)] = None,
    annotators: Annotated[str | None, typer.Option(metavar="COLUMNS", help="What several people said: A,B,C; gives the human error.", rich_help_panel=DATA)] = None,
    exclude: Annotated[str | None, typer.Option("--exclude", "--without", metavar="LIST", help="A CSV of ids to leave out, or to correct.", rich_help_panel=DATA)] = None,
    synthesize: Annotated[list[str] | None, typer.Option(metavar="KIND", help="Add altered copies to train: noise=5-20, blur, crop, jpeg, typos=0.03.", rich_help_panel=DATA)] = None,
    noise: Annotated[str | None, typer.Option(metavar="FOLDER", help="Recorded noise to mix in.", rich_help_panel=DATA)] = None,
    weight: Annotated[list[str] | None, typer.Option("--source-weight", "--weight", metavar="SOURCE=W", help="How much a source counts in training; others count 1.", rich_help_panel=DATA)] = None,
    splits: Annotated[Path | None, typer.Option(help="Use the splits of this run.", rich_help_panel=DATA)] = None,
    net: Annotated[str | None, typer.Option(help="logistic, mlp, lenet, convnet, vgg, resnet, inception, mobilenet, pretrained, hf:NAME …", rich_help_panel=NET)] = None,
    init_from: Annotated[Path | None, typer.Option("--init-from", "--from", metavar="RUN", help="Start from the net of this run, with a new head.", rich_help_panel=NET)] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of units dropped.", rich_help_panel=NET)] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="An option of the net or task: hidden=20,7,5.", rich_help_panel=NET)] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.", rich_help_panel=LOOP)] = None,
    budget: Annotated[str | None, typer.Option(help="Time to train for: 60s, 5m, 1h.", rich_help_panel=LOOP)] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per step.", rich_help_panel=LOOP)] = None,
    optimizer: Annotated[str | None, typer.Option(help="sgd, momentum, nesterov, rmsprop, adam, adamw, muon.", rich_help_panel=LOOP)] = None,
    lr: Annotated[str | None, typer.Option(metavar="RATE", help="Peak learning rate, or auto: a range test finds it.", rich_help_panel=LOOP)] = None,
    schedule: Annotated[str | None, typer.Option(help="constant, step, cosine, one-cycle.", rich_help_panel=LOOP)] = None,
    warmup: Annotated[float | None, typer.Option(help="Share of the steps to warm up.", rich_help_panel=LOOP)] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Pull towards small weights.", rich_help_panel=LOOP)] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Doubt spread over the other classes.", rich_help_panel=LOOP)] = None,
    grad_clip: Annotated[float | None, typer.Option("--grad-clip", "--clip", help="Largest norm of the gradient.", rich_help_panel=LOOP)] = None,
    augment: Annotated[float | None, typer.Option(help="Strength of augmentation; 0 none, 1 usual.", rich_help_panel=LOOP)] = None,
    patience: Annotated[int | None, typer.Option(help="Epochs without a better dev figure before stopping.", rich_help_panel=LOOP)] = None,
    class_weight_power: Annotated[float | None, typer.Option("--class-weight-power", "--balance", help="How far rare classes count as much as others: 0 to 1.", rich_help_panel=LOOP)] = None,
    require: Annotated[list[str] | None, typer.Option(metavar="WHAT", help="A constraint: latency_ms<20, recall[cat]>=0.95.", rich_help_panel=LOOP)] = None,
    cost: Annotated[list[str] | None, typer.Option(metavar="CLASS=COST", help="What a mistake on it costs; others cost 1.", rich_help_panel=LOOP)] = None,
    human_error: Annotated[float | None, typer.Option(help="Error that people make, e.g. 0.01.", rich_help_panel=LOOP)] = None,
    seed: Annotated[int, typer.Option(help="Of everything random.", rich_help_panel=RUN)] = 0,
    out: Annotated[Path | None, typer.Option(help="Run folder to make.", rich_help_panel=RUN)] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with this run.", rich_help_panel=RUN)] = None,
    recipe: Annotated[Path | None, typer.Option(help="Repeat the run of this recipe.json.", rich_help_panel=RUN)] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, mps.", rich_help_panel=RUN)] = None,
    precision: Annotated[str | None, typer.Option(help="fp32 or bf16.", rich_help_panel=RUN)] = None,
) -> None:  # fmt: skip
    """Train on your own data: folder in, trained and tested model out."""
    from fathom import api
    from fathom.console import Console

    options = dict(_pair(text) for text in set_ or ())
    given = {
        "net": net, "dropout": dropout, "epochs": epochs, "batch_size": batch_size, "optimizer": optimizer,
        **_rate(lr), "class_weight_power": class_weight_power, "schedule": schedule, "warmup": warmup, "weight_decay": weight_decay, "grad_clip": grad_clip,
        "label_smoothing": label_smoothing, "augment": augment, "patience": patience, "human_error": human_error,
        "seed": seed, "device": device, "precision": precision, "budget": _seconds(budget),
        "task": task, "target": target, "dev": dev, "test": test, "group": group, "splits": splits,
        "source": source, "split_by": split_by, "annotators": annotators, "exclude": exclude, "init_from": init_from, "out": out, "recipe": recipe,
        "options": options, "require": tuple(require or ()), "cost": dict(_cost(text) for text in cost or ()),
        "source_weight": dict(_weight(text) for text in weight or ()), "synthesize": tuple(synthesize or ()), "noise": noise,
    }  # fmt: skip
    api.settings_of({k: v for k, v in given.items() if k not in api._PLACES})  # a wrong setting is said at once
    if resume is not None:
        given = {"resume": resume}
    with Console() as console:
        api.train(data, watcher=console, **given)


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UserError(f"--set {text} is no setting: write it as key=value, such as --set hidden=20,7,5")
    return key.strip(), value.strip()


def _cost(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise UserError(f"--cost {text} is no cost: write it as CLASS=10, or CLASS>TAKEN_FOR=10") from None


def _weight(text: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise UserError(f"--source-weight {text} is no weight: write it as SOURCE=4") from None


def _seconds(text: str | None) -> float | None:
    """``60s``, ``5m``, ``1h`` or plain seconds."""
    if text is None:
        return None
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(text[-1:])
    try:
        return float(text[:-1]) * unit if unit else float(text)
    except ValueError:
        raise UserError(f"--budget {text} is no time: write 60s, 5m or 1h") from None


@app.command()
def test(run: RunArgument) -> None:
    """Score the test split, once; the run remembers how often it was looked at."""
    from fathom import api
    from fathom.console import Console

    opened = api.load(run)
    with Console() as console:
        opened.test(watcher=console)


@app.command()
def predict(
    run: RunArgument,
    inputs: Annotated[list[str], typer.Argument(help="Files, folders, tables, or rows as JSON.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Draw it: a picture, or a folder for the pictures of several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON record a line.")] = False,
) -> None:
    """Predict new inputs: a line each."""
    from fathom.runs.folder import RunFolder
    from fathom.runs.predict import Predictor, as_record
    from fathom.runs.predict import inputs as read_inputs
    from fathom.runs.prediction_pictures import picture_writer

    predictor = Predictor(RunFolder.open(run))
    failed = 0
    examples = read_inputs(predictor.task, inputs)
    pictures = None if out is None else picture_writer(predictor, out, len(examples))
    for example, answer in predictor.predict(examples):
        if pictures is not None and not isinstance(answer, str):
            pictures(example, answer)
        failed += isinstance(answer, str)
        if as_json:
            print(json.dumps(as_record(example, answer), ensure_ascii=False))
        elif isinstance(answer, str):
            print(_one_line(f"fathom: {example.id}: {answer}"), file=sys.stderr)
        else:
            sure = "" if answer.confidence is None else f"  {100 * answer.confidence:.0f} %"
            print(_one_line(f"{example.id}  {predictor.task.format_prediction(example, answer)}{sure}"))
    if failed:
        raise typer.Exit(2)


@app.command()
def generate(
    run: RunArgument,
    prompt: Annotated[str, typer.Option(help="How it begins.")] = "",
    temperature: Annotated[float, typer.Option(help="1 as learned, less is surer, 0 the likeliest.")] = 1.0,
    top_k: Annotated[int, typer.Option(help="Draw from so many of the likeliest; 0 from all.")] = 0,
    top_p: Annotated[float, typer.Option(help="Draw from the likeliest that have this probability together.")] = 1.0,
    length: Annotated[
        int | None,
        typer.Option(help="Characters to add, at most (500); of music, time steps (64).", show_default=False),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Of music: the MIDI file to write.")] = None,
    wav: Annotated[Path | None, typer.Option(help="Of music: the WAV file to write.")] = None,
    number: Annotated[int, typer.Option(help="Texts to write, from as many seeds.", min=1)] = 1,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Let a language model write, as it comes, or a net of music play; the same seed gives the same."""
    from fathom import api

    opened = api.load(run)
    if out is not None or wav is not None:
        if number > 1 or top_k or top_p != 1:
            raise UserError("-o and --wav write one tune of keys drawn each for itself: leave --number and --top-… out")
        steps = 64 if length is None else length
        tune = opened.compose(prompt, temperature=temperature, length=steps, seed=seed, heard=print)
        if out is not None:
            tune.write_midi(out)
        if wav is not None:
            tune.write_wav(wav)
        return
    asked: dict[str, Any] = {"prompt": prompt, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    asked["length"] = (64 if opened.task == "music" else 500) if length is None else length
    for i in range(number):
        for part in opened.generate(**asked, seed=seed + i):
            sys.stdout.write(part if part.isprintable() or part in "\n\t" else " ")
            sys.stdout.flush()
        print()


@app.command()
def check(
    data: Annotated[str, typer.Argument(help="Folder, table, or practice:cats.", show_default=False)],
    task: Annotated[
        str | None, typer.Option(help="The kind of problem, such as table or speech-recognition; found out without.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Column to predict.")] = None,
    dev: Annotated[str | None, typer.Option(help="Data to judge by; 'none' holds nothing out.")] = None,
    test: Annotated[str | None, typer.Option(help="Data to test on, at the end.")] = None,
    group: Annotated[str | None, typer.Option(help="Column: what belongs together.")] = None,
    seed: Annotated[int, typer.Option(help="Of the split that would be made.")] = 0,
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="LIST",
            help="Train on parts of it to judge the labels of the rest, and write those that are probably wrong to this CSV file.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write every example found to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Look for what is wrong with data, before any training: unreadable files, copies, leaks, classes, columns.

    The exit code is 0 also where something was found (see --json for a script), and 2 where the data cannot be read.
    """
    from dataclasses import asdict

    from fathom.console import LABEL, Console
    from fathom.runs.check import check as look_through
    from fathom.runs.check import lines

    with Console() as console:
        checked = look_through(
            data,
            console,
            task=task,
            target=target,
            dev=dev,
            test=test,
            group=group,
            seed=seed,
            out=out,
            labels=labels,
        )
    if as_json:
        print(json.dumps([asdict(f) for f in checked.findings], ensure_ascii=False, indent=2, default=str))
        return
    for label, text in lines(checked, max(60, console.out.width - LABEL)):
        console.summary_line(label, text)
    if out is not None:
        console.summary_line("report", str(out))
    if labels is not None:
        console.summary_line("list", f"{labels}   look through it with fathom review, then train --exclude {labels}")


app.command()(judging.diagnose)
app.command("next")(coaching.next_)
app.command()(coaching.tune)
app.command()(judging.review)
app.command()(images.similar)
app.command()(images.style)
app.add_typer(learning.app, name="learn")


@app.command()
def report(run: RunArgument) -> None:
    """Write the report page again, and print where it is."""
    from fathom import api

    opened = api.load(run)
    interrupts.writing = True
    print(opened.report())


app.command()(judging.compare)
