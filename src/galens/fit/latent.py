"""Latent variables: what follows from the parameters of a model, such as a magnitude, for draws of its posterior."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from galens.config.notation import label_of, period_of, unit_of
from galens.errors import SamplesError
from galens.fit.analysis import Analysis
from galens.fit.estimate import Estimate, estimates_from, estimates_table
from galens.fit.fitness import Batched, Fitness, Problem, one_by_one
from galens.fit.notation import Notation
from galens.fit.samples import Samples

__all__ = ["Latent", "latent_from", "latent_notation"]

MOST_DRAWS = 500  # medians to 6 % of an error, for the price of as many likelihoods


class Latent:
    """Variables that were computed from draws of a posterior, each draw of equal weight.

    Angles are within half a period of their best value, so that they have a median.

    Args:
        names: dotted, (k,).
        values: (chains, draws, k).
        best: (k,) where the likelihood is largest.
        rows: (chains, draws) indices of the samples that the draws are.
        draws: (draws,) their places in the chains of the posterior.
    """

    def __init__(self, names: tuple[str, ...], values: Any, best: Any, rows: Any, draws: Any) -> None:
        self.names = names
        self.values = np.asarray(values, float)
        self.best = np.asarray(best, float)
        self.rows = np.asarray(rows)
        self.draws = np.asarray(draws)

    def __len__(self) -> int:
        return self.rows.size

    def __repr__(self) -> str:
        lines = [f"{each.notation.name}: {each.text}" for each in self.estimates()]
        return "\n".join([f"Latent({len(self)} draws of {len(self.names)} variables)", *lines])

    @property
    def notation(self) -> list[Notation]:
        """How each variable is called and written: symbol and unit."""
        return [latent_notation(name) for name in self.names]

    def values_for_path(self, path: str) -> np.ndarray:
        """Values (draws,) of one variable, all chains in a row, by its dotted name."""
        if path not in self.names:
            raise SamplesError(f"path = {path!r} is not a latent variable; these are: {', '.join(self.names)}.")
        return self._columns[:, self.names.index(path)]

    def max_log_likelihood(self) -> dict[str, float]:
        """Each variable where the likelihood is largest."""
        return dict(zip(self.names, self.best.tolist(), strict=True))

    def median_pdf(self) -> dict[str, float]:
        return {each.notation.name: each.median for each in self.estimates()}

    def values_at_sigma(self, sigma: float) -> dict[str, tuple[float, float]]:
        """(lower, upper) of each variable."""
        return {each.notation.name: (each.lower, each.upper) for each in self.estimates(sigma)}

    def estimates(self, sigma: float = 1.0) -> list[Estimate]:
        """Each variable's best value, median and limits; draws where it is not finite do not count."""
        found = []
        for notation, column, best in zip(self.notation, self._columns.T, self.best, strict=True):
            finite = column[np.isfinite(column)]
            found += estimates_from([notation], finite[:, None], np.ones(len(finite)), [best], sigma)
        return found

    @property
    def table(self) -> Any:
        """The draws as an astropy Table: a column per variable, with its unit."""
        from astropy.table import Column, Table

        return Table(
            [
                Column(values, each.name, unit=each.astropy_unit, description=each.description)
                for each, values in zip(self.notation, self._columns.T, strict=True)
            ]
        )

    @property
    def summary_table(self) -> Any:
        """Medians, errors at 1 sigma, best values, units and symbols as an astropy Table: a row per variable."""
        return estimates_table(self.estimates())

    def write_table(self, filename: str | Path) -> None:
        """Writes CSV: a column per variable, a row per draw."""
        with open(filename, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(self.names)
            writer.writerows(self._columns.tolist())

    @property
    def _columns(self) -> np.ndarray:
        return self.values.reshape(-1, len(self.names))


def latent_from(model: Any, analysis: Any, samples: Samples) -> Latent | None:
    """The latent variables of an analysis for at most 500 draws of the posterior; None where it has none.

    Variables that are not finite for fewer than two of the draws are left out.
    """
    rows = samples.equally_weighted_rows
    step = math.ceil(rows.size / MOST_DRAWS)
    draws = np.arange(rows.shape[1])[::step]
    rows = rows[:, draws]
    # A sample of large weight is drawn several times: its variables are computed once.
    different, places = np.unique([samples.max_log_likelihood_index, *rows.ravel()], return_inverse=True)
    vectors = samples.parameters[different]
    columns: dict[str, Any] = {}
    if type(analysis).latent_variables is not Analysis.latent_variables:
        columns |= _traced(Fitness(model, analysis), vectors)
    if type(analysis).latent_variables_of_draws is not Analysis.latent_variables_of_draws:
        columns |= analysis.latent_variables_of_draws(model.program.instance_of_draws(vectors))
    kept = {name: _continuous(name, np.broadcast_to(column, len(vectors))[places]) for name, column in columns.items()}
    kept = {name: column for name, column in kept.items() if np.isfinite(column[1:]).sum() > 1}
    if not kept:
        return None
    values = np.stack(list(kept.values()), axis=-1)
    return Latent(tuple(kept), values[1:].reshape(*rows.shape, -1), values[0], rows, draws)


def latent_notation(name: str) -> Notation:
    """How a latent variable is written: by the last part of its dotted name, as the configuration has it."""
    *above, last = name.split(".")
    return Notation(name, name, label_of(last), ".".join(above[-2:]), unit_of(last))


class _Named(eqx.Module):
    """Values with names: a dictionary would come back from a compiled function with its keys sorted."""

    names: tuple[str, ...] = eqx.field(static=True)
    values: tuple[Any, ...]


def _traced(fitness: Fitness, vectors: np.ndarray) -> dict[str, np.ndarray]:
    found = fitness.in_batches(_variables, vectors)
    return dict(zip(found.names, found.values, strict=True))


@Batched
def _variables(problem: Problem, arrays: Any, vectors: jax.Array) -> _Named:
    def variables(vector: jax.Array) -> _Named:
        found = problem.analysis(arrays).latent_variables(problem.program.instance(vector))
        return _Named(tuple(found), tuple(map(jnp.asarray, found.values())))

    return one_by_one(variables, vectors)


def _continuous(name: str, column: np.ndarray) -> np.ndarray:
    """Angles without the jump at the end of their period: within half a period of the first."""
    period = period_of(name.rsplit(".", 1)[-1])
    column = np.asarray(column, float)
    if period is None:
        return column
    return column[0] + np.mod(column - column[0] + period / 2, period) - period / 2
