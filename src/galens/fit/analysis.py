"""The likelihood of a model given data: what a user writes to fit something new."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import equinox as eqx
import jax
import numpy as np

from galens.errors import FitError
from galens.fit import result

__all__ = ["Analysis", "analysis_document"]


class Analysis:
    """Data and the likelihood of a model instance given them.

    A subclass keeps its data as attributes and defines one function of the instance in `jax.numpy`::

        class Line(af.Analysis):
            def __init__(self, x, y, noise):
                super().__init__()
                self.x, self.y, self.noise = x, y, noise

            def residuals(self, instance):
                return (self.y - instance.slope * self.x) / self.noise

    Either `residuals`, the whitened residual vector r, with log L = -|r|^2 / 2 + `log_likelihood_constant`, which
    serves every search, or `log_likelihood_function`, which serves those that need no residuals (or both: they must
    agree). An attribute that is an array reaches the compiled likelihood as an argument: two analyses that differ in
    their numbers only share one compilation. Anything else (settings, shapes, names) is fixed when compiling, and
    compares by equality. So an analysis is a pytree, whose leaves are its attributes.

    Args:
        use_jax: has no effect; scripts written for other libraries pass it.

    A class may also define:
        fit_from(instance): the fit, for `result.max_log_likelihood_fit`.
        informed_draws(program, vectors): better places than draws of the prior to begin a search.
        latent_variables(instance), latent_variables_of_draws(instance): what follows from the parameters.
        save_attributes(folder): writes the data before the search begins.
        save_results(folder, result): writes FITS and the like of the best fit.
        from_folder(folder, settings): the analysis of a result folder, from what save_attributes wrote.
        Result: subclass of `Result` that searches return.
        figure_set: name of the "galens.figures" entry point that draws this analysis' figures.
    """

    figure_set: ClassVar[str | None] = None
    Result: ClassVar[type[result.Result]] = result.Result

    def __init__(self, use_jax: bool = True) -> None:
        del use_jax

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not issubclass(cls, eqx.Module):  # which registers its own subclasses
            jax.tree_util.register_pytree_with_keys(cls, _flatten_with_keys, _unflattener(cls), _flatten)

    def log_likelihood_function(self, instance: Any) -> Any:
        """Natural logarithm of the likelihood of `instance`: a scalar, traceable by JAX."""
        residuals = self.residuals(instance)
        return -0.5 * (residuals @ residuals) + self.log_likelihood_constant

    def residuals(self, instance: Any) -> Any:
        """Whitened residuals (m,): (data - model) / noise, so that log L = -|r|^2 / 2 + constant."""
        raise FitError(
            f"{type(self).__name__} defines neither residuals(self, instance) nor, for this use, "
            "log_likelihood_function(self, instance)."
        )

    @property
    def log_likelihood_constant(self) -> Any:
        """What log L has besides -|r|^2 / 2: minus half the sum of ln(2 pi noise^2)."""
        return 0.0

    @property
    def data_unit(self) -> str:
        """Unit of the data, as text; "" where it is not known."""
        return ""

    @property
    def has_residuals(self) -> bool:
        return type(self).residuals is not Analysis.residuals

    def informed_draws(self, program: Any, vectors: np.ndarray) -> np.ndarray:
        """Draws of the prior, moved to where a glance at the data says that the mode is; unchanged by default.

        Minimisations begin there, besides draws that are left as they are. They decide nothing about the posterior,
        only how often it is found.

        Args:
            program: the model's `ModelProgram`: which parameters there are, and their priors.
            vectors: (S, n) draws of the prior.

        Returns:
            (S, n), inside of the priors.
        """
        return vectors

    def latent_variables(self, instance: Any) -> Mapping[str, Any]:
        """What follows from the parameters of an instance and is reported with errors: dotted name -> scalar.

        Traceable by JAX: it is computed for draws of the posterior, many at once. Symbol and unit of a variable are
        those that the configuration's ``notation.yaml`` has for the last part of its name.
        """
        return {}

    def latent_variables_of_draws(self, instance: Any) -> Mapping[str, Any]:
        """The same for what JAX cannot trace: dotted name -> array (draws,), or a number where all draws agree.

        Args:
            instance: of all draws at once: each parameter is a NumPy array (draws,), what is fixed is as it always is.
        """
        return {}

    @classmethod
    def from_folder(cls, folder: Path, settings: Mapping[str, Any]) -> Analysis | None:
        """The analysis whose `save_attributes` wrote into `folder`; None where that was not written for reading.

        Args:
            settings: attributes that are plain values, by name.
        """
        return None

    def save_attributes(self, folder: Path) -> None:
        """Writes what a later reader needs to know of the data into `folder`."""

    def save_results(self, folder: Path, result: Any) -> None:
        """Writes the best fit's own files into `folder`."""


def analysis_document(analysis: Analysis) -> dict[str, Any]:
    """What ``analysis.json`` says: the class, and settings that are plain values, or dataclasses of them."""
    cls = type(analysis)
    return {"class": f"{cls.__module__}:{cls.__qualname__}", "settings": _plain_fields(analysis)}


def _plain_fields(thing: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ():
        value = getattr(thing, field.name, None)
        if value is None or isinstance(value, bool | int | float | str):
            found[field.name] = value
        elif dataclasses.is_dataclass(value) and field.metadata.get("static", False):
            found[field.name] = _plain_fields(value)
    return found


def _names(analysis: Analysis) -> tuple[str, ...]:
    cls = type(analysis)
    return tuple(name for name in sorted(vars(analysis)) if not isinstance(getattr(cls, name, None), cached_property))


def _flatten_with_keys(analysis: Analysis) -> tuple[list[tuple[Any, Any]], tuple[str, ...]]:
    names = _names(analysis)
    return [(jax.tree_util.GetAttrKey(name), vars(analysis)[name]) for name in names], names


def _flatten(analysis: Analysis) -> tuple[list[Any], tuple[str, ...]]:
    names = _names(analysis)
    return [vars(analysis)[name] for name in names], names


def _unflattener(cls: type[Analysis]) -> Any:
    def unflatten(names: tuple[str, ...], values: Any) -> Analysis:
        analysis = object.__new__(cls)
        vars(analysis).update(zip(names, values, strict=True))
        return analysis

    return unflatten
