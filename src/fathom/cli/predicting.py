"""The verbs that use a net: test, predict, transcribe and others. Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fathom.answer_lines import answer_line, failure_line, one_line
from fathom.cli.options import RunArgument
from fathom.errors import UserError
from fathom.spelling import near_file


def test(run: RunArgument) -> None:
    """Score the test split, once; the run remembers how often it was looked at."""
    from fathom import api
    from fathom.console import Console

    opened = api.load(run)
    with Console() as console:
        opened.test(watcher=console)


def predict(
    run: RunArgument,
    inputs: Annotated[list[str], typer.Argument(help="Files, folders, tables, or rows as JSON.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Draw it: a picture, or a folder for the pictures of several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON record a line.")] = False,
) -> None:
    """Predict new inputs: a line each, or why there is none; exit code 2 where one has no answer."""
    from fathom.records import Example
    from fathom.records.doubt import doubt_lines
    from fathom.runs.folder import RunFolder
    from fathom.runs.predict import Predictor, as_record
    from fathom.runs.predict import inputs as read_inputs
    from fathom.runs.prediction_pictures import picture_writer

    predictor = Predictor(RunFolder.open(run))
    failed, doubts = 0, []
    examples = read_inputs(predictor.task, inputs)
    pictures = None if out is None else picture_writer(predictor, out, len(examples))
    for example, answer in predictor.predict(examples):
        if not isinstance(answer, str):
            doubts.append(answer.doubts)
            if pictures is not None and isinstance(example, Example):
                pictures(example, answer)
        failed += isinstance(answer, str)
        if as_json:
            print(json.dumps(as_record(example, answer), ensure_ascii=False))
        elif isinstance(answer, str) or not isinstance(example, Example):
            print(f"fathom: {failure_line(example.id, str(answer))}", file=sys.stderr)
        else:
            print(answer_line(example.id, predictor.task.format_prediction(example, answer), answer.confidence))
    for line in doubt_lines(doubts):
        print(one_line(f"fathom: {line}"), file=sys.stderr)
    if failed:
        raise typer.Exit(2)


def transcribe(
    files: Annotated[list[str], typer.Argument(help="Recordings of English, or folders of them.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="A JSON record a line, with times.")] = False,
) -> None:
    """Write down what is said in English recordings (Whisper tiny.en): a line each; exit code 2 where one has none."""
    from fathom.console import Console
    from fathom.runs.transcribe import recordings_in
    from fathom.runs.transcribe import transcribe as write_down

    failed = 0
    with Console() as console:
        for one in write_down(recordings_in(files), console):
            failed += bool(one.error)
            if as_json:
                print(json.dumps(one.record(), ensure_ascii=False), flush=True)
            elif one.error:
                print(f"fathom: {failure_line(one.input, one.error)}", file=sys.stderr)
            else:
                print(one_line(f"{one.input}  {one.text}"), flush=True)
    if failed:
        raise typer.Exit(2)


def export(
    run: RunArgument,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to make; RUN-onnx, RUN-torch, RUN-code without.")
    ] = None,
    to: Annotated[
        str,
        typer.Option(
            help="onnx, with a predict.py; torch, for torch.export.load; safetensors+code, source; space, a demo."
        ),
    ] = "onnx",
    int8: Annotated[bool, typer.Option("--int8", help="Eight bits: smaller and faster; judged on dev.")] = False,
    accept: Annotated[float, typer.Option(help="Points of error that --int8 may cost.", show_default=True)] = 1.0,
) -> None:
    """Write the trained net as a program that needs neither torch nor fathom, verified against the run."""
    from fathom.console import Console
    from fathom.exporting.export import export as write
    from fathom.exporting.space import export_space
    from fathom.runs.folder import RunFolder

    folder = RunFolder.open(run)
    place = out or folder.path.with_name(f"{folder.path.resolve().name}-{to.rpartition('+')[2]}")
    with Console() as console:
        if to == "space":
            export_space(folder, place, console, int8=int8, accept=accept)
            return
        write(folder, place, console, form=to, int8=int8, accept=accept)


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
        from fathom.data.files import refuse_existing

        for written in filter(None, (out, wav)):
            refuse_existing(written)
        if number > 1 or top_k or top_p != 1:
            raise UserError("-o and --wav write one tune of keys drawn each for itself: leave --number and --top-… out")
        steps = 64 if length is None else length
        tune = opened.compose(prompt, temperature=temperature, length=steps, seed=seed, heard=print)
        if out is not None:
            tune.write_midi(out)
        if wav is not None:
            tune.write_wav(wav)
        return
    most = (64 if opened.task == "music" else 500) if length is None else length
    for i in range(number):
        for part in opened.generate(
            prompt, temperature=temperature, top_k=top_k, top_p=top_p, length=most, seed=seed + i
        ):
            sys.stdout.write(part if part.isprintable() or part in "\n\t" else " ")
            sys.stdout.flush()
        print()


def similar(
    run: Annotated[Path, typer.Argument(help="A run of verification or image classification.", show_default=False)],
    photo: Annotated[str, typer.Argument(help="The picture asked about.", show_default=False)],
    most: Annotated[int, typer.Option("-k", help="How many to name.")] = 5,
    among: Annotated[
        Path | None, typer.Option(help="A folder to look in; without, the run's own pictures.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A picture to write: all in a row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON record a line.")] = False,
) -> None:
    """Find the pictures most like one, as a run's net sees them: a line each, the nearest first."""
    from fathom import api
    from fathom.data import files
    from fathom.runs.load import load_task
    from fathom.runs.similar import write_matches_picture

    if among is not None and not among.exists():
        raise UserError(f"there is no {among}{near_file(among)}: give a folder of pictures")
    if out is not None:
        files.refuse_existing(out)
    opened = api.load(run)
    likes = opened.similar(photo, most=most, among=among)
    for like in likes:
        if as_json:
            told = {"id": like.example.id, "target": like.example.target, "distance": like.distance, "same": like.same}
            print(json.dumps(told, ensure_ascii=False))
            continue
        verdict = {None: "", True: "  the same", False: "  another"}[like.same]
        name = like.example.id if like.example.id.isprintable() else ascii(like.example.id)
        print(f"{like.distance:.3f}  {name}{verdict}")
    if out is not None:
        write_matches_picture(photo, load_task(opened.folder), likes, out)


def style(
    content: Annotated[Path, typer.Argument(help="The picture whose things are kept.", show_default=False)],
    manner: Annotated[
        Path, typer.Argument(metavar="STYLE", help="The picture whose manner is taken.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture to write, with a page beside it.")] = Path(
        "styled.png"
    ),
    size: Annotated[int, typer.Option(help="Longer side in pixels.")] = 384,
    steps: Annotated[int, typer.Option(help="Steps of the optimization.")] = 150,
    strength: Annotated[float, typer.Option(help="Of the manner: 1 is usual.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Draw what one picture shows in the manner of another (Gatys et al. 2016)."""
    from fathom.console import Console
    from fathom.runs.style import style as draw

    with Console() as console:
        page = draw(content, manner, out, size=size, steps=steps, strength=strength, seed=seed, watcher=console)
        console.summary_line("picture", str(out))
        console.summary_line("page", str(page))
