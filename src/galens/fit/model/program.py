"""The compiled form of a model: pure functions of the parameter vector, for everything that is traced."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from galens.errors import ModelError
from galens.fit.model.document import canonical_form
from galens.fit.model.node import Node, Path
from galens.fit.model.parameters import ParameterTable
from galens.fit.model.prior import Prior
from galens.fit.model.recipe import Recipe, recipe_of
from galens.fit.model.variable import Comparison

__all__ = ["ModelProgram"]


class Group(NamedTuple):
    """The parameters whose priors are of one class."""

    kind: type[Prior]
    indices: tuple[int, ...]


class ModelProgram:
    """A model as pure functions of its parameter vector; immutable.

    All functions can be traced, differentiated and mapped, and have finite gradients. Programs are equal, and hash
    equally, if their models do the same: so a program can be a static argument of a compiled function.

    Attributes:
        n: number of free parameters.
        paths: path of each parameter: the last of its places, but one where it stands itself, rather than in the
            arithmetic of another parameter, if there is one.
        names: the same, joined by dots.
    """

    def __init__(self, model: Node) -> None:
        """Compiles a model.

        Raises:
            ModelError: parameters still wait for a prior, or an assertion uses a prior that is not in the model.
        """
        table = ParameterTable.of(model)
        if table.missing:
            lines = "\n".join(f"    {'.'.join(each.path)}: {each.value.reason}" for each in table.missing)
            raise ModelError(f"the model has parameters without prior or value:\n{lines}")
        self.n = len(table.priors)
        self.paths: tuple[Path, ...] = table.names
        self.names: tuple[str, ...] = tuple(".".join(each) for each in self.paths)
        places = {prior: index for index, prior in enumerate(table.priors)}
        self._recipe = recipe_of(model, places)
        self._comparisons, self._is_impossible = _comparisons(model, places)
        self._layout = tuple(
            Group(kind, tuple(index for index, prior in enumerate(table.priors) if type(prior) is kind))
            for kind in dict.fromkeys(type(each) for each in table.priors)
        )
        self._columns = tuple(
            tuple(np.array(each) for each in zip(*[table.priors[i].columns for i in group.indices], strict=True))
            for group in self._layout
        )
        self._log_normalisation = sum(each.log_normalisation() for each in table.priors)
        self._form, self._classes = canonical_form(model)

    @functools.cached_property
    def content_hash(self) -> str:
        """Fingerprint of what the model is: structure, classes, priors, links, constants, assertions."""
        return hashlib.sha256(self._form.encode()).hexdigest()

    def __eq__(self, other: object) -> bool:
        # Classes are compared too: a notebook may have defined another class of the same name since.
        return self is other or (
            isinstance(other, ModelProgram)
            and other.content_hash == self.content_hash
            and other._classes == self._classes
        )

    def __hash__(self) -> int:
        return hash(self.content_hash)

    def __repr__(self) -> str:
        return f"<ModelProgram of {self.n} parameters, {self.content_hash[:12]}>"

    def physical_from_unit(self, unit: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch n"]:
        """Parameters at fractions of their priors' probability, 0 to 1."""
        return self._mapped("unit to physical", unit)

    def unit_from_physical(self, physical: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch n"]:
        """Inverse of `physical_from_unit`; parameters outside their limits are at 0 or 1."""
        return self._mapped("physical to unit", physical)

    def physical_from_normal(self, normal: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch n"]:
        """Parameters from the space in which every prior is a standard normal distribution."""
        return self._mapped("normal to physical", normal)

    def normal_from_physical(self, physical: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch n"]:
        """Inverse of `physical_from_normal`; parameters outside their limits are 30 standard deviations away."""
        return self._mapped("physical to normal", physical)

    def log_densities(self, physical: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch n"]:
        """Logarithm of each prior's density, without its constant; minus infinity outside the limits."""
        return self._mapped("log density", physical)

    def log_prior(self, physical: Float[ArrayLike, "*batch n"]) -> Float[Array, "*batch"]:
        """Logarithm of the normalised prior density; minus infinity outside the limits. Assertions do not enter."""
        return jnp.sum(self.log_densities(physical), axis=-1) + self._log_normalisation

    def instance(self, vector: Float[ArrayLike, n] | Sequence[Any]) -> Any:
        """The object that the model describes at a vector, made by the constructors of its classes.

        Parameters are Python numbers, or traced scalars where the vector is traced.
        """
        return self._recipe.build(self._list(vector), None)

    def instance_of_draws(self, vectors: Float[ArrayLike, "draws n"]) -> Any:
        """The objects of many vectors as one: where `instance` has a parameter, it has an array (draws,).

        What does not depend on parameters is as in `instance`; an `Array` of parameters becomes (draws, *shape).
        """
        return self._recipe.build(list(np.asarray(vectors, float).reshape(-1, self.n).T), None)

    def is_valid(self, vector: Float[ArrayLike, n] | Sequence[Any]) -> bool | Bool[Array, ""]:
        """Whether assertions hold and every component that has a method `is_physical` says so.

        A component that has one answers for what it is made of, which is not asked.
        """
        return self.instance_and_validity(vector)[1]

    def instance_and_validity(self, vector: Float[ArrayLike, n] | Sequence[Any]) -> tuple[Any, bool | Bool[Array, ""]]:
        """`instance` and `is_valid` for the cost of one."""
        values = self._list(vector)
        components: list[Any] = []
        instance = self._recipe.build(values, components)
        return instance, _all([*self._assertions(values), *[each.is_physical() for each in components]])

    def assertions_hold(self, vector: Float[ArrayLike, n] | Sequence[Any]) -> bool | Bool[Array, ""]:
        """Whether all assertions hold."""
        return _all(self._assertions(self._list(vector)))

    def _assertions(self, values: list[Any]) -> list[Any]:
        if self._is_impossible:
            return [False]
        return [
            comparison.holds(lower.build(values, None), upper.build(values, None))
            for comparison, lower, upper in self._comparisons
        ]

    def _mapped(self, mapping: str, values: ArrayLike) -> Array:
        values = jnp.asarray(values, float)
        if values.ndim == 0 or values.shape[-1] != self.n:
            raise ModelError(
                f"the model has {self.n} free parameters, the last axis of an array of shape {values.shape} has not."
            )
        return _mapped(mapping, self._layout, self._columns, values) if self.n else values

    def _list(self, vector: Any) -> list[Any]:
        is_traced = isinstance(vector, jax.core.Tracer)
        if isinstance(vector, list | tuple):
            values = [each if isinstance(each, jax.core.Tracer) else float(each) for each in vector]
        else:
            values = list(vector) if is_traced and vector.ndim else np.asarray(vector, float).tolist()
        if not isinstance(values, list) or len(values) != self.n or (is_traced and vector.ndim != 1):
            raise ModelError(f"the model has {self.n} free parameters, got a vector of shape {np.shape(vector)}.")
        return values


@functools.partial(jax.jit, static_argnums=(0, 1))
def _mapped(mapping: str, layout: tuple[Group, ...], columns: Any, values: Array) -> Array:
    # One compilation for all models of this layout: limits and widths are arguments.
    parts = []
    for (kind, indices), numbers in zip(layout, columns, strict=True):
        group = values if len(layout) == 1 else values[..., np.array(indices)]
        match mapping:
            case "unit to physical":
                parts.append(kind.quantile(group, 1.0 - group, *numbers))
            case "physical to unit":
                parts.append(kind.fractions(group, *numbers)[0])
            case "normal to physical":
                parts.append(kind.from_normal(group, *numbers))
            case "physical to normal":
                parts.append(kind.to_normal(group, *numbers))
            case "log density":
                parts.append(kind.log_density(group, *numbers))
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([each.indices for each in layout]))
    return jnp.concatenate(parts, axis=-1)[..., order]


def _comparisons(model: Node, places: dict[Prior, int]) -> tuple[list[tuple[Comparison, Recipe, Recipe]], bool]:
    """Recipes of both sides of every comparison, and whether some assertion is False."""
    compiled = []
    is_impossible = False
    for node in dict.fromkeys(model._nodes()):
        for assertion, name in node._assertions:
            if isinstance(assertion, bool):
                is_impossible |= not assertion
                continue
            try:
                for each in assertion.comparisons:
                    compiled.append((each, recipe_of(each.lower, places), recipe_of(each.upper, places)))
            except ModelError as error:
                raise ModelError(
                    f"the assertion {name or repr(assertion)} cannot be checked: {error} "
                    "Add assertions after parameters are fixed or replaced."
                ) from None
    return compiled, is_impossible


def _all(conditions: list[Any]) -> Any:
    if any(isinstance(each, jax.Array) for each in conditions):
        return jnp.all(jnp.stack([jnp.asarray(each, bool) for each in conditions]))
    return all(bool(each) for each in conditions)
