"""What every task must do: train, be killed, go on, be tested, predict, and refuse what cannot be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fathom
from fathom.errors import UserError
from fathom.progress import Interrupted
from fathom.testing.case import Case
from fathom.testing.declarations import disagreements, set_by_fit_only
from fathom.testing.training import KillAtEpochEnd, Killed, StopAt, train, weights

Finished = tuple[fathom.Run, Path]
"""A finished run, and the data that it was trained on."""

_FINISHED: dict[tuple[type, str, int], Finished] = {}
"""What was trained for several tests of this process, by the suite, its case, and the seed."""


class TaskContract:
    """What every task must do; a subclass says on which data, by the fixture `case`."""

    @pytest.fixture
    def case(self) -> Case:
        """The data and the settings; every subclass has its own."""
        raise NotImplementedError("give the fixture 'case', which returns a fathom.testing.Case")

    @pytest.fixture
    def data(self, case: Case, tmp_path: Path) -> Path:
        """The case's data, written anew for each test."""
        return case.make(tmp_path)

    @pytest.fixture(autouse=True)
    def own_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A cache of its own for each test, so that nothing is reused unseen."""
        monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))

    @pytest.fixture
    def finished(
        self, case: Case, own_cache: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Finished:
        """A run of the case and its data, trained once for all tests that leave both as they are."""
        return self._once(case, 0, request, tmp_path_factory)

    @pytest.fixture
    def reseeded(
        self, case: Case, own_cache: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> fathom.Run:
        """The same with another seed, and data of its own."""
        return self._once(case, 1, request, tmp_path_factory)[0]

    def _once(self, case: Case, seed: int, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Finished:
        spec = getattr(request.node, "callspec", None)
        key = type(self), "" if spec is None else spec.id, seed
        if key not in _FINISHED:
            folder = folders.mktemp("finished")
            data = case.make(folder)
            _FINISHED[key] = train(data, folder / "run", case, **({"seed": seed} if seed else {})), data
        return _FINISHED[key]

    def test_a_run_is_whole(self, finished: Finished) -> None:
        """Training leaves results for every example, a baseline, findings, a page, and no checkpoint."""
        run, _ = finished
        results = run.results
        assert set(results["split"]) == {"train", "dev"}
        assert results["id"].is_unique().all()
        assert results["loss"].is_finite().all()
        assert results.filter(pl.col("split") == "dev")["baseline"].null_count() == 0
        assert {f.severity for f in run.diagnose()} <= {"problem", "warning", "note", "good"}
        assert not (run.path / "checkpoint").exists()
        page = (run.path / "report.html").read_text(encoding="utf-8")
        assert len(page) > 10_000
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert json.loads((run.path / "recipe.json").read_text())["resolved"]["settings"]["epochs"] == 2
        for one in run.folder.figures()["baselines"]:  # judged by the same figure, on the same examples
            expected = run.figures["dev"].value - one["value"]
            assert one["difference"]["value"] == pytest.approx(expected, rel=1e-6, abs=1e-9), one["name"]

    def test_training_error_is_measured_on_the_kept_weights(self, finished: Finished) -> None:
        """The figure that is told is the one that the results add up to."""
        from fathom.runs.load import load_task

        run, _ = finished
        metric = load_task(run.folder).metric
        rows = run.results.filter(pl.col("split") == "train")
        if metric.pooled:
            expected = float(
                metric.pooled(rows["target"].to_list(), rows["prediction"].to_list(), np.ones((1, len(rows))))[0]
            )
            assert run.figures["train"].value == pytest.approx(expected, rel=1e-6)
            return
        sums = {name: float(rows[f"stat_{name}"].sum()) for name in metric.needs}
        by_hand = {"error": lambda: sums["wrong"] / len(rows), "rmse": lambda: (sums["squared"] / len(rows)) ** 0.5}
        expected = by_hand.get(metric.name, lambda: float(metric.of(sums)))()
        assert run.figures["train"].value == pytest.approx(expected, rel=1e-6)

    def test_same_recipe_same_bits(self, finished: Finished, reseeded: fathom.Run, tmp_path: Path) -> None:
        """A recipe gives the same weights again, and another seed others."""
        first, _ = finished
        second = fathom.train(recipe=first.path / "recipe.json", out=tmp_path / "second")
        assert weights(first) == weights(second)
        assert weights(reseeded) != weights(first)

    def test_interrupted_in_mid_epoch_and_resumed_gives_the_same_bits(
        self, case: Case, data: Path, tmp_path: Path
    ) -> None:
        """To be killed or stopped and go on changes nothing: weights, results, history, health and findings."""
        whole = train(data, tmp_path / "whole", case, epochs=4)
        with pytest.raises(Killed):
            train(data, tmp_path / "part", case, epochs=4, watcher=KillAtEpochEnd())
        with pytest.raises(Interrupted):
            fathom.train(resume=tmp_path / "part", watcher=StopAt(7))
        with pytest.raises(UserError, match="not finished"):
            fathom.load(tmp_path / "part").test()
        resumed = fathom.train(resume=tmp_path / "part")
        assert weights(resumed) == weights(whole)
        assert resumed.results.equals(whole.results)
        clock_free = [[{k: v for k, v in r.items() if k != "seconds"} for r in run.history] for run in (whole, resumed)]
        assert clock_free[0] == clock_free[1]
        assert (resumed.path / "health.json").read_text() == (whole.path / "health.json").read_text()
        assert resumed.folder.findings() == whole.folder.findings()

    def test_test_is_scored_and_counted(self, finished: Finished, tmp_path: Path) -> None:
        """The test split is scored when asked for, and each look is counted."""
        run = fathom.load(shutil.copytree(finished[0].path, tmp_path / "run"))
        assert "test" not in run.figures
        figure = run.test()
        assert figure.low <= figure.value <= figure.high
        run.test()
        assert run.folder.read_recipe()["looks_at_test"] == 2
        assert run.figures["test"] == figure
        assert set(run.results["split"]) == {"train", "dev", "test"}

    def test_predict_needs_the_run_folder_alone(self, case: Case, finished: Finished, tmp_path: Path) -> None:
        """A run that was moved predicts."""
        run, data = finished
        new = case.new(data)
        moved = tmp_path / "elsewhere"
        run.path.rename(moved)
        try:
            assert len(fathom.load(moved).predict(new)) == 1
        finally:
            moved.rename(run.path)

    def test_predictions_are_those_of_the_results(self, finished: Finished) -> None:
        """What `predict` says of an example is what the results say of it."""
        from fathom.runs.predict import Predictor
        from fathom.runs.prepare import source_of

        run, _ = finished
        predictor = Predictor(run.folder)
        if predictor.task.stateful:
            pytest.skip("what is said of a piece of a stream depends on what went before it")
        examples = predictor.task.examples(source_of(run.folder.read_recipe())).items[:20]
        known = dict(zip(run.results["id"], run.results["prediction"]))
        for example, answer in predictor.predict([e for e in examples if e.id in known]):
            expected = known[example.id]
            assert not isinstance(answer, str), answer
            assert answer.value == (
                pytest.approx(expected, rel=1e-3, abs=1e-3) if isinstance(expected, float) else expected
            )

    def test_what_is_declared_is_so(self, finished: Finished) -> None:
        """The task does what it declares and no more; what it learned comes back as it was."""
        from fathom.runs.predict import Predictor
        from fathom.runs.prepare import source_of

        run, _ = finished
        predictor = Predictor(run.folder)
        task = predictor.task
        again = type(task)(task.settings)
        again.restore(json.loads(json.dumps(task.state())))
        assert again.state() == task.state()
        examples = task.examples(source_of(run.folder.read_recipe())).items
        found = [*disagreements(task, predictor.net, examples), *set_by_fit_only(task, examples)]
        assert not found, "; ".join(found)

    def test_report_and_compare(self, finished: Finished, reseeded: fathom.Run, tmp_path: Path) -> None:
        """The page can be written again, and two runs stand side by side, paired where they share examples."""
        runs = [fathom.load(shutil.copytree(finished[0].path, tmp_path / "run")), reseeded]
        page = runs[0].path / "report.html"
        page.unlink()
        assert runs[0].report() == page
        assert len(page.read_text(encoding="utf-8")) > 10_000
        compared = fathom.compare(*(run.path for run in runs))
        assert [row.name for row in compared.runs] == [str(run.path) for run in runs]

    def test_empty_data_is_refused_in_a_sentence(self, case: Case, data: Path, tmp_path: Path) -> None:
        """Files without content, and no file at all, are refused; nothing is left behind."""
        for path in [data] if data.is_file() else [path for path in data.rglob("*") if path.is_file()]:
            path.write_bytes(b"")
        for place in (data, data.with_name("missing")):
            with pytest.raises(UserError) as refused:
                train(place, tmp_path / "run", case)
            assert "\n" not in str(refused.value)
            assert not (tmp_path / "run").exists()

    def test_an_existing_folder_is_refused_and_left_alone(self, case: Case, data: Path, tmp_path: Path) -> None:
        """Nothing is overwritten."""
        (tmp_path / "run").mkdir()
        with pytest.raises(UserError, match="exists already"):
            train(data, tmp_path / "run", case)
        assert list((tmp_path / "run").iterdir()) == []

    def test_a_wrong_option_leaves_nothing_behind(self, case: Case, data: Path, tmp_path: Path) -> None:
        """An option that nobody knows is refused, before anything is written."""
        with pytest.raises(UserError, match="nonsense"):
            train(data, tmp_path / "run", case, nonsense=3)
        assert not (tmp_path / "run").exists()

    def test_changed_data_is_refused(self, case: Case, data: Path, tmp_path: Path) -> None:
        """A run is tested on the data that it was trained on, or not at all."""
        run = train(data, tmp_path / "run", case)
        case.change(data)
        with pytest.raises(UserError, match="has changed"):
            run.test()
