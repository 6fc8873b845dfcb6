"""The life of a fit: files, names, loading, interruption, resuming."""

import dataclasses
import json
import os
import signal

import numpy as np
import pytest

from galens import fit as af
from galens.config import conf
from galens.errors import FitError, ModelError
from galens.fit.output.folder import ResultFolder
from galens.fit.search import base
from galens.fit.search.multi_start_lm import MultiStartLM
from tests.fit.problems import Gaussian, ProfileFit, gaussian_fit, gaussian_model

FILES = [
    ".completed",
    "model.info",
    "model.json",
    "model.results",
    "posterior.nc",
    "result.json",
    "samples.csv",
    "search.json",
    "versions.json",
]


@pytest.fixture(autouse=True)
def output(tmp_path, monkeypatch):
    monkeypatch.setattr(conf, "instance", conf.Config())
    conf.instance.output_path = tmp_path
    return tmp_path


def search(**settings):
    quick = {"name": "fit", "silence": True, "n_starts": 4, "n_draws": 8, "n_samples": 200}
    return af.MultiStartLM(**quick | settings)


def folder_of(model=None, analysis=None, **settings):
    return search(**settings).folder_for(model or gaussian_model(), analysis or gaussian_fit()).path


def all_equal(one, other):
    for name in ("parameters", "log_likelihood", "log_prior", "weights"):
        np.testing.assert_array_equal(getattr(one.samples, name), getattr(other.samples, name))
    assert one.log_evidence == other.log_evidence
    return True


class Writing(ProfileFit):
    """Writes files of its own."""

    def fit_from(self, instance):
        return instance.profile(self.x)

    def save_attributes(self, folder):
        (folder / "data.txt").write_text("data")

    def save_results(self, folder, result):
        (folder / "fit.txt").write_text(str(result.max_log_likelihood_fit.shape))


def test_folder_holds_what_is_needed_to_understand_the_fit(output):
    data = gaussian_fit()
    result = search(path_prefix="prefix", unique_tag="tag").fit(
        gaussian_model(), Writing(data.x, data.data, data.noise), info={"band": "r"}
    )
    assert result.path.parent == output / "prefix" / "tag" / "fit"
    names = os.listdir(result.path)
    assert set([*FILES, "info.json", "data.txt", "fit.txt"]) <= set(names)
    assert not [name for name in names if "part" in name or "staging" in name or "state" in name]
    assert (result.path / "fit.txt").read_text() == "(100,)"
    assert "Total Free Parameters = 3" in (result.path / "model.info").read_text()
    settings = json.loads((result.path / "search.json").read_text())
    assert (settings["search"], settings["n_starts"], settings["unique_tag"]) == ("MultiStartLM", 4, "tag")
    summary = json.loads((result.path / "result.json").read_text())
    assert summary["parameters"]["centre"]["median_pdf"] == result.samples.median_pdf(as_instance=False)[0]
    assert json.loads((result.path / "info.json").read_text()) == {"band": "r"}
    text = (result.path / "model.results").read_text()
    assert "Summary (3.0 sigma limits)" in text
    assert f"{result.log_evidence:.8f}" in text


def test_without_a_name_nothing_is_written(output):
    result = search(name=None).fit(gaussian_model(), gaussian_fit())
    assert result.path is None
    assert os.listdir(output) == []


def test_finished_fit_is_loaded_without_evaluating_anything(monkeypatch):
    first = search().fit(gaussian_model(), gaussian_fit())
    monkeypatch.setattr(ProfileFit, "residuals", None)
    second = search(silence=False).fit(gaussian_model(), gaussian_fit())
    assert all_equal(first, second)
    assert second.path == first.path
    assert dict(second.diagnostics) == json.loads(json.dumps(dict(first.diagnostics)))


def test_finished_fit_is_read_from_its_folder_alone():
    first = search().fit(gaussian_model(), gaussian_fit(), info={"band": "r"})
    second = af.Result.from_folder(first.path, classes=[Gaussian])
    assert all_equal(first, second)
    assert second.instance.centre == first.instance.centre
    assert (second.search_name, second.path, second.analysis) == ("fit", first.path, None)
    with_data = af.Result.from_folder(first.path, gaussian_fit(), packages=["tests"])
    assert isinstance(with_data.analysis, ProfileFit)
    with pytest.raises(ModelError, match="Gaussian"):
        af.Result.from_folder(first.path)
    (first.path / ".completed").unlink()
    with pytest.raises(FitError, match="no finished fit"):
        af.Result.from_folder(first.path, classes=[Gaussian])


def test_anything_that_decides_the_result_changes_the_folder():
    other_data = gaussian_fit()
    other_data.data = other_data.data.copy()
    other_data.data[7] += 1e-9
    prior, linked, asserted, fixed = (gaussian_model() for _ in range(4))
    prior.centre = af.UniformPrior(lower_limit=0.0, upper_limit=101.0)
    linked.normalization = linked.sigma
    asserted.add_assertion(asserted.sigma < 20.0)
    fixed.sigma = 10.0
    folders = [
        folder_of(),
        folder_of(analysis=other_data),
        *[folder_of(model=model) for model in (prior, linked, asserted, fixed)],
        folder_of(seed=5),
        folder_of(n_starts=5),
        af.Nautilus(name="fit").folder_for(gaussian_model(), gaussian_fit()).path,
    ]
    assert len(set(folders)) == len(folders)


def test_what_does_not_decide_the_result_keeps_the_folder():
    again = gaussian_model()  # other priors, with other ids
    assert folder_of() == folder_of(model=again, silence=False, number_of_cores=4, iterations_per_full_update=10)
    assert folder_of().name == folder_of(path_prefix="elsewhere", name="other").name


def test_new_setting_with_a_default_keeps_the_folders_of_older_fits():
    newer = dataclasses.make_dataclass(
        "MultiStartLM", [("new_option", float, 2.0)], bases=(af.MultiStartLM,), frozen=True
    )
    settings = {"name": "fit", "n_starts": 4, "n_draws": 8, "n_samples": 200}
    assert newer(**settings).folder_for(gaussian_model(), gaussian_fit()).path == folder_of()
    changed = newer(**settings, new_option=3.0)
    assert changed.folder_for(gaussian_model(), gaussian_fit()).path != folder_of()


class BrokenError(RuntimeError):
    pass


@pytest.mark.parametrize("step", [1, 2, 5, 9])
def test_fit_that_died_goes_on_and_gives_the_same_samples(monkeypatch, step):
    undisturbed = search(name="undisturbed").fit(gaussian_model(), gaussian_fit())
    original, calls = MultiStartLM.step, []

    def dying(self, fitness, state):
        calls.append(1)
        if len(calls) == step:
            raise BrokenError
        return original(self, fitness, state)

    monkeypatch.setattr(MultiStartLM, "step", dying)
    monkeypatch.setattr(base, "SHARE_OF_SAVING", np.inf)  # saves after every step
    with pytest.raises(BrokenError):
        search().fit(gaussian_model(), gaussian_fit())
    assert not ResultFolder(folder_of()).is_complete
    resumed = search().fit(gaussian_model(), gaussian_fit())
    assert all_equal(undisturbed, resumed)
    assert len(calls) - 1 == 1 + undisturbed.diagnostics["steps"]  # the first evaluates the draws; one was done twice


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_waits_for_the_step_and_leaves_a_folder_that_goes_on(monkeypatch, capsys, number):
    undisturbed = search(name="undisturbed").fit(gaussian_model(), gaussian_fit())
    original, calls = MultiStartLM.step, []

    def interrupted(self, fitness, state):
        calls.append(1)
        if len(calls) == 4:
            signal.raise_signal(number)
        return original(self, fitness, state)

    monkeypatch.setattr(MultiStartLM, "step", interrupted)
    handlers = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt if number == signal.SIGINT else SystemExit):
        search(silence=False).fit(gaussian_model(), gaussian_fit())
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == handlers
    assert "run the same fit again to go on" in capsys.readouterr().err
    assert len(calls) == 4
    resumed = search(silence=False).fit(gaussian_model(), gaussian_fit())
    assert "goes on after" in capsys.readouterr().err
    assert all_equal(undisturbed, resumed)
    assert len(calls) == 1 + undisturbed.diagnostics["steps"]


def test_fit_that_died_while_writing_its_result_goes_on(monkeypatch):
    class Failing(ProfileFit):
        def save_results(self, folder, result):
            raise BrokenError

    data = gaussian_fit()
    analysis = Failing(data.x, data.data, data.noise)
    with pytest.raises(BrokenError):
        search().fit(gaussian_model(), analysis)
    folder = search().folder_for(gaussian_model(), analysis)
    assert not folder.is_complete
    assert folder.read_state() is not None
    monkeypatch.setattr(Failing, "save_results", lambda self, folder, result: None)
    monkeypatch.setattr(MultiStartLM, "step", None)  # the search itself is over
    search().fit(gaussian_model(), analysis)
    assert folder.is_complete


def test_figure_that_fails_does_not_fail_the_fit(capsys):
    class Pictured(ProfileFit):
        figure_set = "none of this name"

    data = gaussian_fit()
    result = search(silence=False).fit(gaussian_model(), Pictured(data.x, data.data, data.noise))
    assert ResultFolder(result.path).is_complete
    assert "could not be drawn" in capsys.readouterr().err


def test_likelihood_that_cannot_be_traced_leaves_no_folder(output):
    class Wrong(ProfileFit):
        def log_likelihood_function(self, instance):
            return np.exp(self.residuals(instance)).sum()

    data = gaussian_fit()
    with pytest.raises(FitError, match=r"jax\.numpy"):
        search().fit(gaussian_model(), Wrong(data.x, data.data, data.noise))
    assert os.listdir(output) == []


@dataclasses.dataclass(frozen=True)
class Drawer(af.AbstractSearch):
    """The smallest search: evaluates draws of the prior."""

    total_draws: int = 50

    def start(self, fitness):
        return {"units": np.random.default_rng(self.seed).random((self.total_draws, fitness.program.n))}

    def step(self, fitness, state):
        return {**state, "values": fitness.log_likelihood_from_unit(state["units"])}

    def done(self, state):
        return "values" in state

    def describe(self, state):
        return f"{self.total_draws} draws"

    def samples(self, fitness, model, state):
        vectors = np.asarray(fitness.program.physical_from_unit(state["units"]))
        return af.Samples(model, vectors, state["values"], fitness.log_prior(vectors))


def test_new_search_needs_its_five_functions_only():
    result = Drawer(name="draws", silence=True).fit(gaussian_model(), gaussian_fit())
    assert len(result.samples) == 50
    again = Drawer(name="draws", silence=True).fit(gaussian_model(), gaussian_fit())
    assert all_equal(result, again)


def test_search_cannot_be_changed_after_it_is_made():
    with pytest.raises(dataclasses.FrozenInstanceError):
        search().n_starts = 3
