"""What every model can do, be it a `Model`, a `Collection` or an `Array`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Self

import jax
import numpy as np
from jaxtyping import ArrayLike

from galens.errors import FitError, ModelError
from galens.fit.model.node import Node
from galens.fit.model.prior import Prior
from galens.fit.model.priors import UniformPrior
from galens.fit.model.queries import Queries
from galens.fit.model.random import unit_draw
from galens.fit.model.variable import Assertion, Derived, is_number

if TYPE_CHECKING:
    from galens.fit.model.program import ModelProgram

__all__ = ["AbstractModel"]


class AbstractModel(Queries):
    """A model that can be composed, asked, evaluated, rebuilt and written.

    It may be changed until it is frozen. Vectors follow the order in which the priors were made.
    """

    # Composition

    def add_assertion(self, assertion: Assertion | bool, name: str = "") -> None:
        """Demands a relation between parameters, such as ``a < b`` or ``(a < b) < c``.

        Points that break it have zero probability. True demands nothing, False allows no point at all.

        Raises:
            ModelError: `assertion` is not a comparison.
        """
        self._change()
        if not isinstance(assertion, Assertion | bool | np.bool_):
            raise ModelError(f"an assertion is a comparison of parameters such as a < b, got {assertion!r}.")
        if isinstance(assertion, Assertion):
            self._assertions.append((assertion, name))
        elif not assertion:
            self._assertions.append((False, name))

    def take_attributes(self, source: Any) -> None:
        """Takes priors, numbers and tuples over from a model or instance, wherever the same path exists there.

        Raises:
            ModelError: the model has assertions, which would keep to the replaced priors.
        """
        if any(each._assertions for each in self._nodes()):
            raise ModelError("attributes cannot be taken over by a model with assertions: add assertions afterwards.")
        _take(self, source)

    def with_paths(self, paths: Iterable[str | Sequence[str | int]]) -> Any:
        """The parts at these paths (dotted text or names), as a model of the same priors under the same paths.

        Raises:
            ModelError: there is no such part.
        """
        from galens.fit.model.subset import with_paths

        return with_paths(self, paths)

    def without_paths(self, paths: Iterable[str | Sequence[str | int]]) -> Any:
        """All but the parts at these paths; otherwise as `with_paths`."""
        from galens.fit.model.subset import without_paths

        return without_paths(self, paths)

    # Compilation and instances

    @property
    def program(self) -> ModelProgram:
        """The model as pure functions of its vector, for compiled code; immutable.

        Raises:
            ModelError: parameters still wait for a prior, or an assertion uses a prior that is not in the model.
        """
        from galens.fit.model.program import ModelProgram

        return self._once("program", lambda: ModelProgram(self))

    def instance_from_vector(self, vector: ArrayLike | Sequence[Any], ignore_assertions: bool = False) -> Any:
        """The object that the model describes, with the parameters of a vector.

        Raises:
            ModelError: the vector has another length.
            FitError: the vector breaks an assertion (not where it is traced: see `ModelProgram.is_valid`).
        """
        program = self.program
        if not ignore_assertions:
            holds = program.assertions_hold(vector)
            if not isinstance(holds, jax.core.Tracer) and not holds:
                raise FitError(f"the vector {list(np.asarray(vector))} breaks an assertion of the model.")
        return program.instance(vector)

    def instance_from_unit_vector(self, unit_vector: ArrayLike, ignore_assertions: bool = False) -> Any:
        """The instance at fractions of the priors' probability, 0 to 1."""
        return self.instance_from_vector(self.vector_from_unit_vector(unit_vector), ignore_assertions)

    def instance_from_prior_medians(self, ignore_assertions: bool = False) -> Any:
        """The instance at the medians of all priors."""
        return self.instance_from_vector(self.physical_values_from_prior_medians, ignore_assertions)

    def instance_for_arguments(self, arguments: Mapping[Prior, Any], ignore_assertions: bool = False) -> Any:
        """The instance with a value for each prior."""
        missing = [each for each in self._table.priors if each not in arguments]
        if missing:
            raise ModelError(f"values are missing for {len(missing)} priors, for example {missing[0]!r}.")
        return self.instance_from_vector([arguments[each] for each in self._table.priors], ignore_assertions)

    def random_instance(
        self, *, seed: int | None = None, key: jax.Array | None = None, ignore_assertions: bool = False
    ) -> Any:
        """The instance at a random draw from the priors."""
        return self.instance_from_vector(self.random_vector_from_priors(seed=seed, key=key), ignore_assertions)

    # Vectors

    def vector_from_unit_vector(self, unit_vector: ArrayLike) -> Any:
        """Parameters at fractions of their priors' probability; a NumPy array, or a JAX array where traced."""
        return _concrete(self.program.physical_from_unit(unit_vector))

    @property
    def physical_values_from_prior_medians(self) -> np.ndarray:
        """The medians of all priors."""
        return self.vector_from_unit_vector(np.full(self.prior_count, 0.5))

    def random_unit_vector(
        self,
        *,
        seed: int | None = None,
        key: jax.Array | None = None,
        lower_limit: float = 0.0,
        upper_limit: float = 1.0,
    ) -> np.ndarray:
        """Uniform random numbers between the limits, one per parameter, drawn with a seed or a JAX key."""
        draw = unit_draw((self.prior_count,), seed=seed, key=key, lower=lower_limit, upper=upper_limit)
        return _concrete(draw)

    def random_vector_from_priors(
        self,
        *,
        seed: int | None = None,
        key: jax.Array | None = None,
        lower_limit: float = 0.0,
        upper_limit: float = 1.0,
    ) -> np.ndarray:
        """A random draw from the priors, from between fractions `lower_limit` and `upper_limit` of each."""
        return self.vector_from_unit_vector(
            self.random_unit_vector(seed=seed, key=key, lower_limit=lower_limit, upper_limit=upper_limit)
        )

    def log_prior_list_from_vector(self, vector: ArrayLike) -> list[Any]:
        """Per parameter the logarithm of its prior density without its constant, -inf outside the limits."""
        densities = _concrete(self.program.log_densities(vector))
        return densities.tolist() if isinstance(densities, np.ndarray) else list(densities)

    # Other models from this one

    def replacing(self, replacements: Mapping[Prior, Any]) -> Self:
        """A new model with priors replaced by priors, derived parameters or numbers, in assertions too."""
        for prior, value in replacements.items():
            if not isinstance(value, Prior | Derived) and not is_number(value):
                raise ModelError(f"{prior!r} cannot be replaced by {value!r}: give a prior or a number.")
        rebuilt = self._rebuilt(replacements, {})
        assert isinstance(rebuilt, type(self))
        return rebuilt

    def replacing_for_path(self, path: tuple[str | int, ...] | str, value: Any) -> Self:
        """A new model with another prior, number or component at a path."""
        rebuilt = self.replacing({})
        node, name = rebuilt._place(path)
        node._assign(name, value)
        return rebuilt

    def mapper_from_prior_means(
        self,
        means: ArrayLike,
        a: float | None = None,
        r: float | None = None,
        no_limits: bool = False,
    ) -> Self:
        """A new model for the next fit: every prior becomes a truncated Gaussian about the given mean.

        Args:
            means: mean of every parameter.
            a: absolute width of every prior; by default each has the width that its width modifier, or the
                configuration, says.
            r: width of every prior relative to the size of its mean.
            no_limits: without the limits that the configuration, or the prior, has.

        Raises:
            ModelError: the means have another length, or both a and r are given.
            PriorError: a width is not above 0.
        """
        from galens.fit.model.passing import passed_prior

        if a is not None and r is not None:
            raise ModelError("give an absolute width a, or a relative width r, not both.")
        table = self._table
        return self.replacing(
            {
                prior: passed_prior(prior, mean, owner, a, r, no_limits)
                for prior, mean, owner in zip(table.priors, self._checked(means), table.owners, strict=True)
            }
        )

    def mapper_from_uniform_floats(self, floats: ArrayLike, b: float) -> Self:
        """A new model whose priors are uniform from b below to b above the given values."""
        return self.replacing(
            {
                prior: UniformPrior(value - b, value + b).as_parameter(prior)
                for prior, value in zip(self._table.priors, self._checked(floats), strict=True)
            }
        )

    def with_limits(self, limits: Sequence[tuple[float, float]]) -> Self:
        """A new model whose priors have the given (lower, upper) limits: see the priors' own `with_limits`."""
        if len(limits) != self.prior_count:
            raise ModelError(f"the model has {self.prior_count} free parameters, got {len(limits)} pairs of limits.")
        return self.replacing(
            {prior: prior.with_limits(*each) for prior, each in zip(self._table.priors, limits, strict=True)}
        )

    # Files

    def dict(self) -> dict[str, Any]:
        """The model as nested dicts and lists that JSON can hold, with links, assertions and width modifiers."""
        from galens.fit.model.document import document_from

        return document_from(self)

    def to_json(self, file: str | os.PathLike[str]) -> None:
        """Writes the model to a JSON file."""
        FilePath(file).write_text(json.dumps(self.dict(), indent=1) + "\n")

    @staticmethod
    def from_dict(
        document: Mapping[str, Any],
        packages: Sequence[str] = (),
        classes: Iterable[Callable[..., Any]] = (),
        unknown: str = "error",
    ) -> Any:
        """The model that `dict` has described: its priors are new parameters, linked as they were.

        Args:
            document: nested dicts and lists.
            packages: names of packages, besides galens, from which the model's classes may be imported.
            classes: classes that need no import, for example those of a script.
            unknown: what to do about a class that is not allowed or does not exist: "error", or "collection" to put a
                `Collection` with the same parameters in its place.

        Raises:
            ModelError: the document is not one of a model, or names a class that is not allowed or does not exist.
        """
        from galens.fit.model.document import model_from

        return model_from(document, packages, classes, unknown)

    @staticmethod
    def from_json(
        file: str | os.PathLike[str],
        packages: Sequence[str] = (),
        classes: Iterable[Callable[..., Any]] = (),
        unknown: str = "error",
    ) -> Any:
        """The model in a JSON file of `to_json`; arguments as of `from_dict`.

        Raises:
            ModelError: the file does not hold a model, or names a class that is not allowed or does not exist.
        """
        try:
            document = json.loads(FilePath(file).read_text())
        except (OSError, json.JSONDecodeError) as error:
            raise ModelError(f"{file} does not hold a model: {error}") from None
        return AbstractModel.from_dict(document, packages, classes, unknown)

    def _checked(self, values: ArrayLike) -> list[float]:
        values = np.asarray(values, float)
        if values.shape != (self.prior_count,):
            raise ModelError(f"the model has {self.prior_count} free parameters, got values of shape {values.shape}.")
        return values.tolist()


def _concrete(values: Any) -> Any:
    return values if isinstance(values, jax.core.Tracer) else np.array(values)


def _take(target: Node, source: Any) -> None:
    for index, (name, child) in enumerate(list(target._items.items())):
        found = _counterpart(source, name, index)
        if found is None:
            continue
        if isinstance(child, Node) and not is_number(found) and not isinstance(found, Prior | Derived):
            _take(child, found)
        elif isinstance(found, Prior | Derived) or is_number(found):
            target._assign(name, found)


def _counterpart(source: Any, name: str, index: int) -> Any:
    """What stands in `source`, a model, dict, sequence or object, where a model has its child `name`."""
    if isinstance(source, Node):
        holder = source._holder(name)
        return None if holder is None else holder._items[name]
    if isinstance(source, dict):
        return source.get(name)
    if isinstance(source, tuple | list):
        return source[index] if index < len(source) else None
    return getattr(source, name, None)
