"""Samples of a posterior: parameter vectors with likelihoods, priors and weights, and what they say."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from galens.errors import SamplesError
from galens.fit.estimate import Estimate, estimates_from, estimates_table
from galens.fit.notation import Notation
from galens.fit.weighted import effective_size, quantile, resampled_indices, tail_probability

__all__ = ["Sample", "Samples"]

DOMINATED = 0.99  # largest share of the weight that one sample may carry in a usable posterior
STATISTICS = ("log_likelihood", "log_prior", "log_posterior", "weight")


@dataclass(frozen=True)
class Sample:
    """One point: its likelihood, prior density and weight, and `kwargs`, parameter path -> value."""

    log_likelihood: float
    log_prior: float
    weight: float
    kwargs: Mapping[tuple[str, ...], float]

    @property
    def log_posterior(self) -> float:
        return self.log_likelihood + self.log_prior


class Samples:
    """Weighted samples of a model's parameters.

    Medians and intervals are those of each parameter's weighted samples. Where one sample carries more than 99 %
    of the weight (a search that has hardly begun) there is no distribution to speak of: `pdf_converged` is False,
    the median is the maximum likelihood point and intervals are the range of the last 100 samples.

    Args:
        model: the model, whose parameters the columns are.
        parameters: (S, n) physical values, in the order of `model.program.names`.
        log_likelihood: (S,).
        log_prior: (S,) normalised log prior density.
        weights: (S,) of any positive sum; equal where not given.
        log_evidence: natural logarithm of the evidence, where the search measures it.
        info: what the search says of itself (evaluations, timings, diagnostics): numbers, strings and lists.

    Raises:
        SamplesError: no samples, or arrays that do not fit each other or the model.
    """

    def __init__(
        self,
        model: Any,
        parameters: Any,
        log_likelihood: Any,
        log_prior: Any,
        weights: Any = None,
        log_evidence: float | None = None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model
        self.parameters = _read_only(parameters)
        if self.parameters.ndim != 2 or len(self.parameters) == 0:
            raise SamplesError(
                f"parameters have shape {self.parameters.shape}: needed is (samples, parameters), at least one sample."
            )
        count = len(self.parameters)
        if self.parameters.shape[1] != model.program.n:
            raise SamplesError(
                f"parameters have {self.parameters.shape[1]} columns, the model has {model.program.n} free parameters."
            )
        self.log_likelihood = _read_only(log_likelihood)
        self.log_prior = _read_only(log_prior)
        self.weights = _read_only(np.full(count, 1.0 / count) if weights is None else weights)
        for name in ("log_likelihood", "log_prior", "weights"):
            if getattr(self, name).shape != (count,):
                raise SamplesError(f"{name} has shape {getattr(self, name).shape}: needed is ({count},).")
        if not np.all(self.weights >= 0) or not self.weights.sum() > 0:
            raise SamplesError("weights must be finite, not negative, and at least one positive.")
        self.log_evidence = None if log_evidence is None else float(log_evidence)
        self.info: Mapping[str, Any] = MappingProxyType(dict(info or {}))

    @classmethod
    def from_sample_list(cls, model: Any, sample_list: Sequence[Sample], **kwargs: Any) -> Samples:
        """Samples from single ones; `kwargs` are those of the constructor."""
        paths = [tuple(path) for path in model.program.paths]
        try:
            parameters = [[sample.kwargs[path] for path in paths] for sample in sample_list]
        except KeyError as missing:
            raise SamplesError(f"a sample has no value for the parameter {missing.args[0]} of the model.") from None
        return cls(
            model,
            parameters,
            [sample.log_likelihood for sample in sample_list],
            [sample.log_prior for sample in sample_list],
            [sample.weight for sample in sample_list],
            **kwargs,
        )

    def __len__(self) -> int:
        return len(self.parameters)

    def __repr__(self) -> str:
        evidence = "" if self.log_evidence is None else f", log_evidence={self.log_evidence:.3f}"
        return f"Samples({len(self)} of {self.model.program.n} parameters{evidence})"

    def _repr_html_(self) -> str:
        from galens.fit.notebook import samples_html

        return samples_html(self)

    def __add__(self, other: Samples) -> Samples:
        """Both sets as one; each keeps its weights. The models must have the same parameters."""
        if self.names != other.names:
            raise SamplesError("samples of models with different parameters cannot be added.")
        return Samples(
            self.model,
            np.concatenate([self.parameters, other.parameters]),
            np.concatenate([self.log_likelihood, other.log_likelihood]),
            np.concatenate([self.log_prior, other.log_prior]),
            np.concatenate([self.weights, other.weights]),
        )

    # The samples as they are

    @property
    def names(self) -> tuple[str, ...]:
        """Dotted parameter names, in the order of the columns."""
        return tuple(self.model.program.names)

    @property
    def total_samples(self) -> int:
        return len(self)

    @property
    def samples_info(self) -> dict[str, Any]:
        return dict(self.info)

    @property
    def log_posterior(self) -> np.ndarray:
        return self.log_likelihood + self.log_prior

    @property
    def parameter_lists(self) -> list[list[float]]:
        return self.parameters.tolist()

    @property
    def parameters_extract(self) -> list[list[float]]:
        """One list per parameter."""
        return self.parameters.T.tolist()

    @property
    def log_likelihood_list(self) -> list[float]:
        return self.log_likelihood.tolist()

    @property
    def log_prior_list(self) -> list[float]:
        return self.log_prior.tolist()

    @property
    def log_posterior_list(self) -> list[float]:
        return self.log_posterior.tolist()

    @property
    def weight_list(self) -> list[float]:
        return self.weights.tolist()

    @property
    def sample_list(self) -> list[Sample]:
        paths = [tuple(path) for path in self.model.program.paths]
        return [
            Sample(likelihood, prior, weight, dict(zip(paths, row, strict=True)))
            for row, likelihood, prior, weight in zip(
                self.parameter_lists, self.log_likelihood_list, self.log_prior_list, self.weight_list, strict=True
            )
        ]

    @property
    def instances(self) -> list[Any]:
        return [self._instance(row) for row in self.parameters]

    def values_for_path(self, path: str | Sequence[str]) -> list[float]:
        """Values (S) of one parameter, by its path or dotted name."""
        name = path if isinstance(path, str) else ".".join(path)
        if name not in self.names:
            raise SamplesError(f"path = {name!r} is not a free parameter; these are: {', '.join(self.names)}.")
        return self.parameters[:, self.names.index(name)].tolist()

    # Points and intervals

    @cached_property
    def pdf_converged(self) -> bool:
        return bool(self.weights.max() <= DOMINATED * self.weights.sum())

    @property
    def effective_sample_size(self) -> float:
        return effective_size(self.weights)

    @property
    def max_log_likelihood_index(self) -> int:
        return int(np.argmax(self.log_likelihood))

    @property
    def max_log_posterior_index(self) -> int:
        return int(np.argmax(self.log_posterior))

    def max_log_likelihood(self, as_instance: bool = True) -> Any:
        """The sample of largest likelihood: an instance, or its list of values."""
        return self._point(self.parameters[self.max_log_likelihood_index], as_instance)

    def max_log_posterior(self, as_instance: bool = True) -> Any:
        """The sample of largest posterior density: an instance, or its list of values."""
        return self._point(self.parameters[self.max_log_posterior_index], as_instance)

    def median_pdf(self, as_instance: bool = True) -> Any:
        """The median of each parameter: an instance, or their list."""
        return self._point(self._median, as_instance)

    def values_at_lower_sigma(self, sigma: float, as_instance: bool = True) -> Any:
        return self._point(self._limits(sigma)[0], as_instance)

    def values_at_upper_sigma(self, sigma: float, as_instance: bool = True) -> Any:
        return self._point(self._limits(sigma)[1], as_instance)

    def values_at_sigma(self, sigma: float) -> list[tuple[float, float]]:
        """(lower, upper) of each parameter, between which a normal variable is within `sigma` of its mean."""
        return _pairs(*self._limits(sigma))

    def errors_at_lower_sigma(self, sigma: float, as_instance: bool = True) -> Any:
        """Median less lower value: positive numbers."""
        return self._point(self._median - self._limits(sigma)[0], as_instance)

    def errors_at_upper_sigma(self, sigma: float, as_instance: bool = True) -> Any:
        """Upper value less median: positive numbers."""
        return self._point(self._limits(sigma)[1] - self._median, as_instance)

    def errors_at_sigma(self, sigma: float) -> list[tuple[float, float]]:
        """(median - lower, upper - median) of each parameter."""
        lower, upper = self._limits(sigma)
        return _pairs(self._median - lower, upper - self._median)

    def error_magnitudes_at_sigma(self, sigma: float, as_instance: bool = True) -> Any:
        """Upper less lower value."""
        lower, upper = self._limits(sigma)
        return self._point(upper - lower, as_instance)

    def offset_values_via_input_values(self, input_vector: Sequence[float], as_instance: bool = True) -> Any:
        """Median less the given (true) values."""
        offset = np.asarray(input_vector, float)
        if offset.shape != self._median.shape:
            raise SamplesError(f"input_vector has shape {offset.shape}: needed is {self._median.shape}.")
        return self._point(self._median - offset, as_instance)

    @property
    def notation(self) -> list[Notation]:
        """How each parameter is called and written: symbol and unit."""
        return self.model.notation

    def estimates(self, sigma: float = 1.0) -> list[Estimate]:
        """Each parameter's best value, median and limits, with its symbol and unit."""
        best = self.parameters[self.max_log_likelihood_index]
        if not self.pdf_converged:
            lower, upper = self._limits(sigma)
            return [
                Estimate(each, float(best[i]), float(self._median[i]), float(lower[i]), float(upper[i]), sigma)
                for i, each in enumerate(self.notation)
            ]
        return estimates_from(self.notation, self.parameters, self.weights, best, sigma)

    @cached_property
    def covariance_matrix(self) -> np.ndarray:
        """Weighted covariance (n, n) of the parameters; the identity where there is one sample only."""
        if np.count_nonzero(self.weights) < 2:
            return np.eye(self.parameters.shape[1])
        return np.atleast_2d(np.cov(self.parameters, rowvar=False, aweights=self.weights))

    # Other sets of samples

    @cached_property
    def equally_weighted_rows(self) -> np.ndarray:
        """Indices (chains, draws) of equally weighted samples: chains as they are, or as many draws as carry weight."""
        chains = int(self.info.get("chains", 1))
        if np.ptp(self.weights) == 0:
            return np.arange(len(self)).reshape(chains, -1)
        number = max(1, int(np.ceil(self.effective_sample_size)))
        return resampled_indices(self.weights, number, np.random.default_rng(0))[None]

    def from_sample_index(self, sample_index: int, as_instance: bool = True) -> Any:
        if not -len(self) <= sample_index < len(self):
            raise SamplesError(f"sample_index = {sample_index}: there are {len(self)} samples.")
        return self._point(self.parameters[sample_index], as_instance)

    def draw_randomly_via_pdf(self, as_instance: bool = True, seed: int = 0) -> Any:
        """One sample, drawn with the probability of its weight."""
        index = resampled_indices(self.weights, 1, np.random.default_rng(seed))[0]
        return self._point(self.parameters[index], as_instance)

    def samples_drawn_randomly_via_pdf_from(self, total_draws: int, seed: int = 0) -> Samples:
        """`total_draws` equally weighted samples; those of large weight come several times."""
        return self._rows(resampled_indices(self.weights, total_draws, np.random.default_rng(seed)), equal=True)

    def samples_above_weight_threshold_from(self, weight_threshold: float) -> Samples:
        """The samples whose weight is larger than the threshold."""
        rows = np.flatnonzero(self.weights > weight_threshold)
        if len(rows) == 0:
            raise SamplesError(f"weight_threshold = {weight_threshold}: the largest weight is {self.weights.max()}.")
        return self._rows(rows)

    def with_paths(self, paths: Iterable[str | Sequence[str | int]]) -> Samples:
        """The samples of a part of the model: see `Model.with_paths`. Likelihoods and priors stay the whole's."""
        return self._of_part(self.model.with_paths(paths))

    def without_paths(self, paths: Iterable[str | Sequence[str | int]]) -> Samples:
        """The samples of all but some parts of the model; otherwise as `with_paths`."""
        return self._of_part(self.model.without_paths(paths))

    # Tables

    @property
    def table(self) -> Any:
        """The samples as an astropy Table: a column per parameter, with its unit, then `STATISTICS`."""
        from astropy.table import Column, Table

        statistics = (self.log_likelihood, self.log_prior, self.log_posterior, self.weights)
        columns = [
            Column(values, each.name, unit=each.astropy_unit, description=each.description)
            for each, values in zip(self.notation, self.parameters.T, strict=True)
        ]
        columns += [Column(values, name) for name, values in zip(STATISTICS, statistics, strict=True)]
        return Table(columns, meta={"log_evidence": self.log_evidence, **self.samples_info})

    @property
    def summary_table(self) -> Any:
        """Medians, errors at 1 sigma, best values, units and symbols as an astropy Table: a row per parameter."""
        return estimates_table(self.estimates())

    def write_table(self, filename: str | Path) -> None:
        """Writes CSV: a column per parameter (dotted name), then likelihood, prior, posterior and weight."""
        statistics = (self.log_likelihood, self.log_prior, self.log_posterior, self.weights)
        with open(filename, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow([*self.names, *STATISTICS])
            # repr of a float is the shortest text that reads back to the same number
            writer.writerows(np.column_stack([self.parameters, *statistics]).tolist())

    @classmethod
    def from_table(cls, filename: str | Path, model: Any) -> Samples:
        """Reads what `write_table` wrote, columns in any order."""
        with open(filename, newline="", encoding="utf-8") as stream:
            header, *rows = [[entry.strip() for entry in row] for row in csv.reader(stream)]
        names = list(model.program.names)
        missing = [name for name in [*names, "log_likelihood", "log_prior", "weight"] if name not in header]
        if missing:
            raise SamplesError(f"{filename}: the table lacks the column(s) {', '.join(missing)}.")
        table = dict(zip(header, np.array(rows, float).reshape(len(rows), len(header)).T, strict=True))
        parameters = np.column_stack([table[name] for name in names])
        return cls(model, parameters, table["log_likelihood"], table["log_prior"], table["weight"])

    @cached_property
    def _median(self) -> np.ndarray:
        if not self.pdf_converged:
            return self.parameters[self.max_log_likelihood_index]
        return np.array([quantile(column, 0.5, self.weights) for column in self.parameters.T])

    def _limits(self, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        if not self.pdf_converged:
            last = self.parameters[-100:]
            return last.min(axis=0), last.max(axis=0)
        low = tail_probability(sigma)
        pairs = [quantile(column, np.array([low, 1 - low]), self.weights) for column in self.parameters.T]
        lower, upper = np.array(pairs).T
        return lower, upper

    def _of_part(self, part: Any) -> Samples:
        places = {prior: index for index, prior in enumerate(self.model.priors_ordered_by_id)}
        columns = [places[prior] for prior in part.priors_ordered_by_id]
        if not columns:
            raise SamplesError("paths: this part of the model has no free parameters.")
        statistics = (self.log_likelihood, self.log_prior, self.weights)
        return Samples(part, self.parameters[:, columns], *statistics, self.log_evidence, self.info)

    def _rows(self, rows: np.ndarray, equal: bool = False) -> Samples:
        return Samples(
            self.model,
            self.parameters[rows],
            self.log_likelihood[rows],
            self.log_prior[rows],
            None if equal else self.weights[rows],
            self.log_evidence,
            self.info,
        )

    def _instance(self, vector: np.ndarray) -> Any:
        return self.model.instance_from_vector(vector.tolist(), ignore_assertions=True)

    def _point(self, vector: np.ndarray, as_instance: bool) -> Any:
        return self._instance(vector) if as_instance else vector.tolist()


def _read_only(values: Any) -> np.ndarray:
    array = np.array(values, float)
    array.setflags(write=False)
    return array


def _pairs(lower: np.ndarray, upper: np.ndarray) -> list[tuple[float, float]]:
    return list(zip(lower.tolist(), upper.tolist(), strict=True))
