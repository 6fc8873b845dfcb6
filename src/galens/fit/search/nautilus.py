"""Nautilus: importance nested sampling with neural networks (Lange 2023), posterior and evidence."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from galens.errors import SearchError
from galens.fit.fitness import Fitness
from galens.fit.samples import Samples
from galens.fit.search.base import AbstractSearch

__all__ = ["Nautilus"]

SECONDS_PER_STEP = 1.0


@dataclass
class Run:
    """A sampler and whether it has finished."""

    sampler: Any
    finished: bool = False


@dataclass(frozen=True)
class Nautilus(AbstractSearch[Run]):
    """Samples the posterior and measures the evidence by Nautilus (package ``nautilus-sampler``).

    It works in the unit cube of the priors and evaluates `n_batch` points at once through one compiled function. Needs
    no gradient and no residuals; finds modes wherever `n_live` points resolve them.

    Args:
        n_live: live points; more find narrower modes.
        n_update: additions to the live points after which the bounds are drawn anew; `n_live` if None.
        enlarge_per_dim: factor by which bounding ellipsoids are enlarged along each dimension.
        n_points_min: least number of points of an ellipsoid; n + 50 if None.
        split_threshold: volume, relative to the target, above which bounds are split.
        n_networks: neural networks per bound.
        n_batch: points evaluated at a time.
        n_like_new_bound: evaluations after which a bound is drawn anyway; 10 `n_live` if None.
        f_live: share of the evidence left in the live points at which exploration ends.
        n_shell: least number of points in each shell.
        n_eff: effective number of samples at which sampling ends.
        n_like_max: evaluations after which it ends anyway.
        discard_exploration: drops the points of the exploration, for an evidence without bias.
        name, path_prefix, unique_tag, seed, silence: as in every search.
    """

    n_live: int = 3000
    n_update: int | None = None
    enlarge_per_dim: float = 1.1
    n_points_min: int | None = None
    split_threshold: float = 100
    n_networks: int = 4
    n_batch: int = 100
    n_like_new_bound: int | None = None
    f_live: float = 0.01
    n_shell: int = 1
    n_eff: float = 500
    n_like_max: float = math.inf
    discard_exploration: bool = False

    def check(self, fitness: Fitness) -> None:
        if self.n_live <= fitness.program.n:
            raise SearchError(
                f"n_live = {self.n_live}: it must be larger than the number of free parameters, {fitness.program.n}."
            )

    def start(self, fitness: Fitness) -> Run:
        return Run(self._sampler(fitness))

    def step(self, fitness: Fitness, state: Run) -> Run:
        arguments = {"f_live": self.f_live, "n_shell": self.n_shell, "n_eff": self.n_eff}
        finished = state.sampler.run(
            **arguments,
            n_like_max=self.n_like_max,
            discard_exploration=self.discard_exploration,
            timeout=SECONDS_PER_STEP,
        )
        return Run(state.sampler, bool(finished) or state.sampler.n_like >= self.n_like_max)

    def done(self, state: Run) -> bool:
        return state.finished

    def describe(self, state: Run) -> str:
        sampler = state.sampler
        if sampler.n_like == 0:
            return "begins"
        best = max(float(np.max(values, initial=-np.inf)) for values in sampler.log_l)
        if sampler.explored:
            phase = f"{min(sampler.n_eff, 1e9):.0f} of {self.n_eff:.0f} effective samples"
        else:
            phase = f"{sampler.f_live:.4f} of the evidence is live (ends at {self.f_live})"
        return (
            f"{sampler.n_like} evaluations in {len(sampler.bounds)} bounds, {phase}, "
            f"log evidence {sampler.log_z:.2f}, best log likelihood {best:.2f}"
        )

    def samples(self, fitness: Fitness, model: Any, state: Run) -> Samples:
        sampler = state.sampler
        units, log_weights, log_likelihood = sampler.posterior()
        possible = np.isfinite(log_likelihood)
        vectors = np.asarray(fitness.program.physical_from_unit(units[possible, : fitness.program.n]))
        info = {
            "likelihood_evaluations": int(sampler.n_like),
            "effective_samples": float(sampler.n_eff),
            "bounds": len(sampler.bounds),
            "efficiency": float(sampler.n_eff / sampler.n_like),
        }
        return Samples(
            model,
            vectors,
            log_likelihood[possible],
            fitness.log_prior(vectors),
            np.exp(log_weights[possible]),
            float(sampler.log_z),
            info,
        )

    def to_arrays(self, state: Run) -> Mapping[str, np.ndarray]:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "sampler.h5"
            state.sampler.write(file)
            content = np.frombuffer(file.read_bytes(), np.uint8)
        return {"sampler": content, "finished": np.array(state.finished)}

    def from_arrays(self, fitness: Fitness, arrays: dict[str, np.ndarray]) -> Run:
        with tempfile.TemporaryDirectory() as scratch:
            file = Path(scratch) / "sampler.h5"
            file.write_bytes(arrays["sampler"].tobytes())
            return Run(self._sampler(fitness, file), bool(arrays["finished"]))

    def _sampler(self, fitness: Fitness, file: Path | None = None) -> Any:
        """A new sampler, or the one that `file` holds. It writes no files itself: those would not survive a kill."""
        from nautilus import Sampler

        n = fitness.program.n

        def log_likelihood(units: np.ndarray) -> np.ndarray:
            return fitness.log_likelihood_from_unit(units[:, :n])

        sampler = Sampler(
            np.asarray,
            log_likelihood,
            n_dim=max(n, 2),  # it refuses one dimension: the second one is not looked at
            n_live=self.n_live,
            n_update=self.n_update,
            enlarge_per_dim=self.enlarge_per_dim,
            n_points_min=self.n_points_min,
            split_threshold=self.split_threshold,
            n_networks=self.n_networks,
            n_batch=self.n_batch,
            n_like_new_bound=self.n_like_new_bound,
            vectorized=True,
            seed=self.seed,
            filepath=file,
        )
        sampler.filepath = None
        return sampler
