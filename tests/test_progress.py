"""What is told while something takes a while, who passes it on, and what importing that costs."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from fathom.metrics import ERROR
from fathom.progress import ForwardingWatcher, QuietWatcher, Watcher
from watchers import RecordingWatcher, StoppingWatcher


def tell(watcher: Watcher) -> None:
    watcher.summary_line("data", "ten rows")
    watcher.begin_stage("train", 3)
    watcher.advance()
    watcher.advance(2)
    watcher.end_epoch({"epoch": 1}, ERROR)


def test_a_forwarding_watcher_passes_all_on() -> None:
    heard = RecordingWatcher()
    tell(ForwardingWatcher(heard))
    assert heard.lines == [("data", "ten rows")]
    assert heard.stages == [("train", 3)]
    assert heard.done == [3]
    assert heard.epochs == [{"epoch": 1}]


def test_what_a_forwarding_watcher_overrides_alone_is_changed() -> None:
    class Loud(ForwardingWatcher):
        def summary_line(self, label: str, text: str) -> None:
            super().summary_line(label, text.upper())

    heard = RecordingWatcher()
    tell(Loud(heard))
    assert heard.lines == [("data", "TEN ROWS")]
    assert heard.stages == [("train", 3)]


def test_a_forwarding_watcher_forwards_each_method_there_is() -> None:
    """A method that is added to the interface and forgotten here would be lost on its way."""
    methods = {name for name, value in vars(Watcher).items() if inspect.isfunction(value)}
    assert methods <= set(vars(ForwardingWatcher))


def test_a_quiet_watcher_shows_nothing() -> None:
    heard = RecordingWatcher()
    tell(QuietWatcher(heard))
    assert heard.lines == heard.stages == heard.epochs == []


@pytest.mark.parametrize("kind", [ForwardingWatcher, QuietWatcher])
def test_the_wish_to_stop_is_passed_on(kind: type[ForwardingWatcher] | type[QuietWatcher]) -> None:
    assert kind(StoppingWatcher()).stop_requested()
    assert not kind(Watcher()).stop_requested()


def test_it_loads_neither_torch_nor_numpy() -> None:
    code = "import sys, fathom.progress; sys.exit(any(n in sys.modules for n in ('torch', 'numpy', 'polars')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
