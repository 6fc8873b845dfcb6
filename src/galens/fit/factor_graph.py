"""Several datasets fitted at once: `AnalysisFactor` and `FactorGraphModel`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from galens.errors import FitError
from galens.fit.analysis import Analysis
from galens.fit.model.collection import Collection

__all__ = ["AnalysisFactor", "FactorGraphModel"]


class AnalysisFactor:
    """One dataset's model and analysis.

    Args:
        prior_model: a Model or Collection. Parameters are shared with other factors by sharing their priors.
        analysis: the data and their likelihood.
    """

    def __init__(self, prior_model: Any, analysis: Analysis) -> None:
        if not isinstance(analysis, Analysis):
            raise FitError(f"AnalysisFactor: analysis must be an Analysis, got {type(analysis).__name__}.")
        self.prior_model = prior_model
        self.analysis = analysis


class FactorGraphModel(Analysis):
    """Datasets that are fitted together: the likelihood is the product of those of its factors.

    ::

        factors = [af.AnalysisFactor(prior_model=model, analysis=analysis) for model, analysis in ...]
        graph = af.FactorGraphModel(*factors)
        result = search.fit(model=graph.global_prior_model, analysis=graph)

    The model is a Collection of the factors' models, "0", "1", ...; a prior that several of them have is one
    parameter. Where all analyses have residuals, so has the graph, and every search can fit it. Files of each
    factor are written to folders of their numbers.

    Args:
        model_factors: the factors.

    Raises:
        FitError: there is none.
    """

    def __init__(self, *model_factors: AnalysisFactor) -> None:
        super().__init__()
        if not model_factors:
            raise FitError("FactorGraphModel needs at least one AnalysisFactor.")
        self.analyses = tuple(factor.analysis for factor in model_factors)
        self._models = tuple(factor.prior_model for factor in model_factors)

    @property
    def global_prior_model(self) -> Collection:
        """The models of all factors as one."""
        return Collection(list(self._models))

    def log_likelihood_function(self, instance: Any) -> Any:
        return sum(self._in_turn(instance, lambda analysis, part: analysis.log_likelihood_function(part)))

    def residuals(self, instance: Any) -> Any:
        """The residuals of all factors, one after the other."""
        return jnp.concatenate(self._in_turn(instance, lambda analysis, part: analysis.residuals(part)))

    @property
    def log_likelihood_constant(self) -> Any:
        return sum(each.log_likelihood_constant for each in self.analyses)

    @property
    def has_residuals(self) -> bool:
        return all(each.has_residuals for each in self.analyses)

    def fit_from(self, instance: Any) -> list[Any]:
        """The fit of each factor."""
        return [each.fit_from(part) for each, part in zip(self.analyses, instance, strict=True)]  # type: ignore[attr-defined]

    def latent_variables(self, instance: Any) -> dict[str, Any]:
        """Those of all factors, under their numbers."""
        return _under_numbers(self._in_turn(instance, lambda analysis, part: analysis.latent_variables(part)))

    def latent_variables_of_draws(self, instance: Any) -> dict[str, Any]:
        pairs = zip(self.analyses, instance, strict=True)
        return _under_numbers([each.latent_variables_of_draws(part) for each, part in pairs])

    def _in_turn(self, instance: Any, evaluate: Callable[[Any, Any], Any]) -> list[Any]:
        """`evaluate` of each analysis and its part of the instance, each after the one before.

        The data of a factor wait for the factor before it, by a sum that no compiler can leave out: batched Fourier
        transforms of two factors must not run side by side in one program, because on two threads they can wait for
        each other for ever.
        """
        found: list[Any] = []
        for analysis, part in zip(self.analyses, instance, strict=True):
            found.append(evaluate(_plus(analysis, _nothing(found[-1])) if found else analysis, part))
        return found

    def save_attributes(self, folder: Path) -> None:
        for number, each in enumerate(self.analyses):
            each.save_attributes(_numbered(folder, number))

    def save_results(self, folder: Path, result: Any) -> None:
        for number, (each, fit) in enumerate(zip(self.analyses, result.max_log_likelihood_fit, strict=True)):
            each.save_results(_numbered(folder, number), _Best(fit))


class _Best(NamedTuple):
    """What `save_results` of a factor needs of a result."""

    max_log_likelihood_fit: Any


def _nothing(values: Any) -> Any:
    """Zero, once one of the values is known."""
    first = next(iter(jax.tree.leaves(values)), 0.0)
    return lax.stop_gradient(jnp.nan_to_num(0.0 * jnp.ravel(jnp.asarray(first, float))[0]))


def _plus(analysis: Any, number: Any) -> Any:
    """The analysis with a number added to all its arrays of floats."""

    def summed(leaf: Any) -> Any:
        if not (isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jnp.inexact)):
            return leaf
        return leaf + jnp.asarray(number).astype(leaf.dtype)

    return jax.tree.map(summed, analysis)


def _under_numbers(variables: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {f"{number}.{name}": value for number, each in enumerate(variables) for name, value in each.items()}


def _numbered(folder: Path, number: int) -> Path:
    path = Path(folder) / str(number)
    path.mkdir(parents=True, exist_ok=True)
    return path
