"""The page to try a run at, made with Gradio: the right input for the task, and the answer drawn.

Gradio is given nothing to decode: what is dropped into the page goes to the processes that read inputs, as a request
does, and what comes back is HTML of ours. It loads nothing from elsewhere and tells nobody anything.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from fathom.errors import FathomError
from fathom.serving.service.answer_page import answer_html, error_html, sound_html
from fathom.serving.service.example_inputs import example_inputs
from fathom.serving.service.generation import Asked, Writers
from fathom.serving.service.limits import Refused
from fathom.serving.service.messages import Body, unpacked
from fathom.serving.service.nets import RunNet
from fathom.serving.service.request_body import Accepts, File, Given
from fathom.serving.service.service import Served, Service, encode_json

os.environ.update({"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"})

import gradio as gr

KEPT = (600, 600)
"""Seconds after which what was dropped into the page is deleted, and how often that is looked after."""


class Page:
    """The page of a server.

    Args:
        service: the runs.
        writers: those who write, for all clients.
    """

    def __init__(self, service: Service, writers: Writers) -> None:
        self.service, self.writers = service, writers

    def mount(self, app: Any) -> None:
        """Put the page at ``/``, behind all other addresses.

        Args:
            app: the FastAPI application.
        """
        folder = self.service.folder / "page"
        folder.mkdir()
        os.environ["GRADIO_TEMP_DIR"] = str(folder)
        theme = gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["monospace"])
        with gr.Blocks(title="fathom", analytics_enabled=False, delete_cache=KEPT) as blocks, gr.Tabs():
            for one in self.service.served.values():
                with gr.Tab(one.name):
                    Tab(one, self.writers, folder.resolve()).build()
        gr.mount_gradio_app(
            app, blocks, path="/", allowed_paths=[], theme=theme,
            show_error=False, max_file_size=self.service.limits.bytes, footer_links=[], run_history=False,
            enable_monitoring=False, ssr_mode=False, mcp_server=False, pwa=False,
        )  # fmt: skip
        blocks.has_launched = True  # else it does not look where a file lies that a client names, and would take any
        blocks.config["version"] = ""  # nobody needs to know


class Tab:
    """What is asked and answered of one run.

    Args:
        one: the run.
        writers: those who write.
        folder: in which lies what was dropped into the page.
    """

    def __init__(self, one: Served, writers: Writers, folder: Path) -> None:
        self.folder = folder
        self.one, self.writers, self.insight = one, writers, None
        self.columns: list[str] = []
        if isinstance(one.net, RunNet):
            from fathom.serving.service.insight import Insight

            self.insight = Insight(one.place, one.net.predictor)

    def build(self) -> None:
        """Lay it out."""
        one = self.one
        limits = self.insight.limits() if self.insight else ""
        gr.Markdown(f"### {one.name}\n{one.net.task}" + (f" · {limits}" if limits else ""))
        with gr.Row():
            with gr.Column():
                inputs = self._inputs()
                ask = gr.Button("Ask", variant="primary")
            with gr.Column():
                answer = gr.HTML()
                flag = self._flagging(inputs) if self.insight else None
        ask.click(self.asked, inputs, [answer, flag] if flag else [answer], api_visibility="private")
        if one.net.generates:
            self._generation()

    def _inputs(self) -> list[Any]:
        example = next(example_inputs(self.one.net.accepts, self.one.net.state))
        match self.one.net.accepts:
            case Accepts.PICTURE:
                return [
                    _as_it_is(gr.Image(type="filepath", sources=["upload", "webcam", "clipboard"], label="Picture"))
                ]
            case Accepts.RECORDING:
                return [_as_it_is(gr.Audio(type="filepath", sources=["microphone", "upload"], label="Recording"))]
            case Accepts.ROW:
                return self._row(example or {})
            case Accepts.PIECE:
                return [gr.Textbox(json.dumps(example), label="Chords, as MIDI notes", lines=3)]
        return [gr.Textbox(example or "", label="Text", lines=4)]

    def _row(self, example: Mapping[str, Any]) -> list[Any]:
        categories = self.one.net.state.get("categorical") or {}
        self.columns = list(self.one.net.state.get("columns") or example)
        self.columns = [name for name in self.columns if name in example] or list(example)
        return [
            gr.Dropdown(categories[name], value=example[name], label=name, allow_custom_value=True)
            if name in categories
            else gr.Textbox(str(example[name]), label=name)
            for name in self.columns
        ]

    def _flagging(self, inputs: Sequence[Any]) -> Any:
        """What flags an input, once there is an answer to it."""
        with gr.Accordion("Wrong? Flag it", open=False):
            classes = list(self.one.net.classes)[:500]
            right = gr.Dropdown(classes, label="What is right", value=None, allow_custom_value=True)
            told = gr.Markdown()
            flag = gr.Button("Flag", interactive=False)
            flag.click(self.flag, [right, *inputs], told, api_visibility="private")
        return flag

    def _generation(self) -> None:
        tune = self.one.net.generates == "music"
        with gr.Row():
            with gr.Column():
                gr.Markdown("### Let it play" if tune else "### Let it write")
                prompt = gr.Textbox("", label="It begins with", lines=2)
                heat = gr.Slider(0, 2, 0.7 if tune else 0.8, label="Temperature")
                length = gr.Slider(
                    8, 256 if tune else min(2000, self.one.limits.tokens), 64 if tune else 200, step=1, label="Length"
                )
                seed = gr.Number(0, label="Seed", precision=0, minimum=0)
                write = gr.Button("Play" if tune else "Write", variant="primary")
            with gr.Column():
                said = gr.HTML() if tune else gr.Textbox(label="Written", lines=12)
        write.click(self.play if tune else self.write, [prompt, heat, length, seed], said, api_visibility="private")

    def _given(self, values: Sequence[Any]) -> Given:
        """The input that stands in the page.

        Raises:
            Refused: there is none.
        """
        if self.one.net.accepts in (Accepts.PICTURE, Accepts.RECORDING):
            path = Path(values[0] or "/").resolve()
            if not path.is_relative_to(self.folder) or not path.is_file():  # a client may name any
                raise Refused(422, f"give a {self.one.net.accepts} first")
            return File(path.name, path.read_bytes())
        if self.one.net.accepts is Accepts.ROW:
            return json.dumps({k: v for k, v in zip(self.columns, values) if v not in (None, "")})
        if not str(values[0] or "").strip():
            raise Refused(422, "write something first")
        return str(values[0])

    def _body(self, given: Given, draw: dict[str, Any] | None = None) -> Body:
        if isinstance(given, File):
            return Body("application/octet-stream", given.data, draw)
        try:
            whole = json.loads(given) if self.one.net.accepts in (Accepts.ROW, Accepts.PIECE) else given
        except (ValueError, RecursionError):
            raise Refused(422, "chords are lists of notes, such as [[60, 64, 67], [62]]") from None
        return Body("application/json", encode_json({"input": whole}), draw)

    async def asked(self, *values: Any) -> list[Any] | str:
        """The answer to what stands in the page, as HTML; what is answered can be flagged."""
        try:
            told, answered = await self._answered(self._given(values)), True
        except FathomError as error:
            told, answered = error_html(str(error)), False
        return [told, gr.update(interactive=answered)] if self.insight else told

    async def _answered(self, given: Given) -> str:
        one = self.one
        reading = await one.read(self._body(given))
        record = (await one.answers(reading.inputs[:1]))[0]
        if "error" in record:
            raise Refused(422, str(record["error"]))
        heat, nearest = None, []
        if self.insight is not None:
            arrays, loop = unpacked(reading.inputs[0].arrays), asyncio.get_running_loop()
            heat = await loop.run_in_executor(one.threads, self.insight.heat, arrays)
            nearest = list(await loop.run_in_executor(one.threads, self.insight.nearest, arrays))
        asked = {"prediction": record["prediction"], "confidence": record["confidence"], "heat": heat}
        drawn = await one.read(self._body(given, asked))
        shown = drawn.shown or str(record["prediction"])[:2000]
        return answer_html(record, shown, drawn.picture, drawn.words, nearest)

    async def flag(self, label: str | None, *values: Any) -> str:
        """Keep what stands in the page for who reviews the data."""
        from fathom.runs.folder import RunFolder
        from fathom.serving.service.flags import flag

        try:
            given = self._given(values)
            reading = await self.one.read(self._body(given))
            record = (await self.one.answers(reading.inputs[:1]))[0]
            said = str(record.get("prediction", record.get("error")))[:100]
            name = await asyncio.to_thread(flag, RunFolder.open(self.one.place), given, said, str(label or ""))
        except FathomError as error:
            return str(error)
        return f"Kept as {name}."

    async def write(self, prompt: str, heat: float, length: float, seed: float) -> AsyncIterator[str]:
        """A text, longer and longer."""
        text = ""
        try:
            asked = Asked(prompt=str(prompt or ""), temperature=float(heat), length=int(length), seed=int(seed or 0))
            async for part in await self.writers.write(self.one, asked):
                text += part
                yield text
        except (FathomError, ValueError) as error:
            yield str(error)

    async def play(self, prompt: str, heat: float, length: float, seed: float) -> str:
        """A tune, to hear and to see."""
        more = {"prompt": str(prompt or ""), "temperature": float(heat), "length": int(length), "seed": int(seed or 0)}
        try:
            sound, picture = await asyncio.to_thread(_played, self.one, more)
        except (FathomError, ValueError) as error:
            return error_html(str(error))
        return sound_html(sound, picture)


def _played(one: Served, more: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """A tune as WAV, and as a picture."""
    from fathom.reporting import thumbnails
    from fathom.runs.compose import compose
    from fathom.runs.folder import RunFolder

    prompt = str(more["prompt"]).strip()
    if prompt and not prompt.startswith("["):
        raise Refused(422, "a tune begins with chords, such as [[60, 64, 67], [62]]")
    tune = compose(RunFolder.open(one.place), **{**more, "prompt": prompt or None, "length": min(more["length"], 256)})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tune.wav"
        tune.write_wav(path)
        return path.read_bytes(), thumbnails.jpeg(tune.picture(), 720)


def _as_it_is(component: Any) -> Any:
    """A component that hands on the file as it came: who reads inputs reads it, and not this process."""
    component.preprocess = lambda payload: None if payload is None else payload.path
    return component
