"""What every search has: the protocol that an adapter of a sampler fills, and the life of one fit."""

from __future__ import annotations

import dataclasses
import os
import platform
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from galens.fit.analysis import Analysis, analysis_document
from galens.fit.fitness import Fitness
from galens.fit.latent import Latent, latent_from
from galens.fit.output.atomic import plain
from galens.fit.output.figures import draw_figures, make_report
from galens.fit.output.folder import ResultFolder, folder_for
from galens.fit.output.identifier import content_hash, identifier_from
from galens.fit.output.latex import latex_table
from galens.fit.output.posterior import read_posterior, write_posterior
from galens.fit.output.progress import Progress
from galens.fit.output.summary import result_text, summary_document
from galens.fit.result import Result
from galens.fit.samples import Samples
from galens.fit.search.interrupt import Interrupts

__all__ = ["AbstractSearch"]

State = TypeVar("State")

SHARE_OF_SAVING = 0.05  # of the time a search may take for saving its state
WITHOUT_EFFECT = {"decides": False}


@dataclass(frozen=True)
class AbstractSearch(ABC, Generic[State]):
    """A search is settings (its fields) and five functions of an explicit state.

    A new search is one file with a frozen dataclass that derives from this one and defines `start`, `step`, `done`,
    `samples` and `describe`. The state is whatever the sampler needs; `to_arrays` and `from_arrays` turn it into named
    arrays and back (a state that is a dictionary of arrays needs neither). This class does the rest: files,
    saving and resuming, progress, signals, results.

    Args:
        name: folder of the results; without name and path_prefix nothing is written.
        path_prefix: folders above it.
        unique_tag: a folder between the two, for example the name of the dataset.
        seed: of all random numbers; equal seeds give equal results.
        silence: says nothing on screen.
        number_of_cores, iterations_per_quick_update, iterations_per_full_update: have no effect, XLA uses all cores
            and the state is saved all the time; scripts written for other libraries pass them.
    """

    name: str | None = None
    path_prefix: str | os.PathLike[str] | None = None
    unique_tag: str | None = None
    seed: int = 0
    silence: bool = dataclasses.field(default=False, metadata=WITHOUT_EFFECT)
    number_of_cores: int = dataclasses.field(default=1, metadata=WITHOUT_EFFECT)
    iterations_per_quick_update: int | None = dataclasses.field(default=None, metadata=WITHOUT_EFFECT)
    iterations_per_full_update: int | None = dataclasses.field(default=None, metadata=WITHOUT_EFFECT)

    # What a search defines

    def check(self, fitness: Fitness) -> None:
        """Raises `SearchError` where this search cannot fit this problem."""

    @abstractmethod
    def start(self, fitness: Fitness) -> State:
        """The first state."""

    @abstractmethod
    def step(self, fitness: Fitness, state: State) -> State:
        """The next state: a second or so of work, after which the search can be stopped."""

    @abstractmethod
    def done(self, state: State) -> bool: ...

    @abstractmethod
    def samples(self, fitness: Fitness, model: Any, state: State) -> Samples:
        """The samples of the posterior, and in their `info` what the search has to say of itself."""

    @abstractmethod
    def describe(self, state: State) -> str:
        """Where the search stands, in one line."""

    def to_arrays(self, state: State) -> Mapping[str, np.ndarray]:
        """Everything that resuming needs, as arrays of numbers or text."""
        return state  # type: ignore[return-value]

    def from_arrays(self, fitness: Fitness, arrays: dict[str, np.ndarray]) -> State:
        return arrays  # type: ignore[return-value]

    # What it gets

    def settings(self) -> dict[str, Any]:
        """The settings that decide the result."""
        elsewhere = ("name", "path_prefix", "unique_tag")
        fields = [
            field
            for field in dataclasses.fields(self)
            if field.name not in elsewhere and field.metadata.get("decides", True)
        ]
        return {"search": type(self).__name__} | {field.name: getattr(self, field.name) for field in fields}

    def _changed_settings(self) -> dict[str, Any]:
        """The settings that differ from their defaults, so that a new setting leaves the names of older fits alone."""
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        return {name: value for name, value in self.settings().items() if value != defaults.get(name)}

    def folder_for(self, model: Any, analysis: Analysis) -> ResultFolder | None:
        """The folder of this fit; None where nothing is to be written."""
        if not self.name and not self.path_prefix:
            return None
        identifier = identifier_from(model.program.content_hash, self._changed_settings(), analysis)
        return folder_for(self.path_prefix, self.unique_tag, self.name, identifier)

    def fit(self, model: Any, analysis: Analysis, info: Mapping[str, Any] | None = None) -> Result:
        """Fits `model` to the data of `analysis`; a finished fit is loaded, an interrupted one goes on.

        Args:
            info: anything to keep with the result, in ``info.json``.

        Raises:
            SearchError: this search cannot fit this model or analysis, or the folder cannot be written.
            FitError: the likelihood cannot be traced.
        """
        folder = self.folder_for(model, analysis)
        with Progress(self.name or type(self).__name__, self.silence) as progress:
            if folder is not None and folder.is_complete:
                return self._loaded(folder, model, analysis, progress)
            try:
                return self._fitted(folder, model, analysis, info, progress)
            except (KeyboardInterrupt, SystemExit):
                if folder is not None and folder.has_state:
                    progress.say(f"stopped; run the same fit again to go on. Its state is in {folder.path}")
                raise

    def _fitted(
        self,
        folder: ResultFolder | None,
        model: Any,
        analysis: Analysis,
        info: Mapping[str, Any] | None,
        progress: Progress,
    ) -> Result:
        fitness = Fitness(model, analysis)
        fitness.check()
        self.check(fitness)
        if folder is None:
            return self._result(*self._run(fitness, model, progress, None), model, analysis, None)
        folder.create()
        with folder.locked(progress.say):
            if folder.is_complete:  # by another process, meanwhile
                return self._loaded(folder, model, analysis, progress)
            self._write_beginning(folder, model, analysis, info)
            samples, seconds = self._run(fitness, model, progress, folder)
            result = self._result(samples, seconds, model, analysis, folder)
            self._write_end(folder, result, progress)
            progress.say(f"finished after {seconds:.1f} s; result in {folder.path}")
            return result

    def _run(
        self, fitness: Fitness, model: Any, progress: Progress, folder: ResultFolder | None
    ) -> tuple[Samples, float]:
        """Steps until done. Saves the state as often as that takes a small share of the time."""
        state, before = self._first_state(fitness, progress, folder)
        begin = saved = time.monotonic()
        cost = 0.0

        def save() -> None:
            nonlocal saved, cost
            if folder is not None:
                now = time.monotonic()
                about = {"seconds": np.array(before + now - begin), "origin": np.array(self._origin)}
                folder.write_state({**self.to_arrays(state), **about})
                saved = time.monotonic()
                cost = saved - now

        with Interrupts() as interrupts:
            while not self.done(state):
                state = self.step(fitness, state)
                progress.update(self.describe(state))
                if interrupts.received is not None:
                    save()
                    interrupts.act()
                if time.monotonic() - saved >= cost / SHARE_OF_SAVING:
                    save()
            save()
        progress.say(self.describe(state))
        samples = self.samples(fitness, model, state)
        return samples, before + time.monotonic() - begin

    def _first_state(self, fitness: Fitness, progress: Progress, folder: ResultFolder | None) -> tuple[State, float]:
        """The state to begin with, and the seconds that it took to get there: the saved one, if it can be used."""
        arrays = folder.read_state() if folder is not None else None
        if arrays is not None and str(arrays.pop("origin", "")) == self._origin:
            seconds = float(arrays.pop("seconds"))
            state = self.from_arrays(fitness, arrays)
            progress.say(f"goes on after {seconds:.1f} s: {self.describe(state)}")
            return state, seconds
        if folder is not None and folder.has_state:
            why = "is damaged" if arrays is None else "was saved by another version of galens"
            progress.say(f"begins anew: the state in {folder.path} {why}")
        return self.start(fitness), 0.0

    @property
    def _origin(self) -> str:
        """What must be the same for a saved state to be used: the version that wrote it, and all settings."""
        import galens

        return f"galens {galens.__version__} {content_hash(self.settings())}"

    def _result(
        self, samples: Samples, seconds: float, model: Any, analysis: Analysis, folder: ResultFolder | None
    ) -> Result:
        said = {"seconds": round(seconds, 3), **samples.info}
        return analysis.Result(samples, model, analysis, self.name, folder.path if folder else None, said)

    def _loaded(self, folder: ResultFolder, model: Any, analysis: Analysis, progress: Progress) -> Result:
        progress.say(f"this fit is finished; its result is loaded from {folder.path}")
        samples = read_posterior(folder / "posterior.nc", model)
        said = folder.read_json("result.json")["search"]
        result = analysis.Result(samples, model, analysis, self.name, folder.path, said)
        if folder.read_json("analysis.json") != plain(analysis_document(analysis)):
            progress.say("what follows from the samples is computed anew: the analysis has other settings than then")
            with folder.locked(progress.say):
                self._write_end(folder, result, progress)
        return result

    def _write_beginning(
        self, folder: ResultFolder, model: Any, analysis: Analysis, info: Mapping[str, Any] | None
    ) -> None:
        folder.write_text("model.info", model.info + "\n")
        folder.write_json("model.json", model.dict())
        names = {"name": self.name, "path_prefix": self.path_prefix, "unique_tag": self.unique_tag}
        folder.write_json("search.json", {**self.settings(), **names})
        folder.write_json("versions.json", _versions())
        folder.write_json("analysis.json", analysis_document(analysis))
        if info is not None:
            folder.write_json("info.json", dict(info))
        with folder.staged() as scratch:
            analysis.save_attributes(scratch)

    def _write_end(self, folder: ResultFolder, result: Result, progress: Progress) -> None:
        """The samples first: what can fail comes after them; the mark of completion last."""
        result.latent = self._latent(result, progress)
        write_posterior(folder / "posterior.nc", result.samples, result.latent)
        with folder.staged() as scratch:
            result.samples.write_table(scratch / "samples.csv")
            if result.latent is not None:
                result.latent.write_table(scratch / "latent.csv")
        about = (result.samples, result.diagnostics, result.latent, result.analysis.data_unit)
        folder.write_text("model.results", result_text(*about))
        folder.write_text("results.tex", latex_table(result.estimates(), result.analysis.data_unit))
        folder.write_json("result.json", summary_document(*about))
        with folder.staged() as scratch:
            result.analysis.save_results(scratch, result)
        with folder.staged("image") as scratch:
            for failure in draw_figures(scratch, result.analysis, result):
                progress.say(failure)
        for failure in make_report(folder.path):
            progress.say(failure)
        folder.write_json("analysis.json", analysis_document(result.analysis))
        folder.complete()

    def _latent(self, result: Result, progress: Progress) -> Latent | None:
        try:
            return latent_from(result.model, result.analysis, result.samples)
        except Exception as error:  # whatever a user's variables raise, the samples must survive it
            progress.say(f"latent variables could not be computed: {type(error).__name__}: {error}")
            return None


def _versions() -> dict[str, str]:
    import jax

    import galens

    return {
        "galens": galens.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "device": str(jax.devices()[0].device_kind),
    }
