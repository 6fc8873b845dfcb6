"""What a prior is: the distribution of a free parameter, and that parameter's number.

Every prior is three functions of its numbers, vectorised and differentiable, that the compiled model applies to all
priors of a class at once:

- `quantile`: the value with given fractions of the probability below and above it. Both are given, although they add
  up to 1, because the smaller one holds the digits in a tail;
- `fractions`: the inverse;
- `log_density`: the logarithm of the density, as PyAutoFit without its constant, minus infinity outside the limits.
  The constant is `log_normalisation`.

Two priors are equal if they are the same parameter: priors carry a number, `id`, that counts up as they are made, that
copies keep, and that orders the parameters of a model.
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import Any, ClassVar, Self

import jax
import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, ArrayLike

from galens.errors import PriorError
from galens.fit.model.random import unit_draw
from galens.fit.model.variable import Variable, is_number
from galens.fit.model.width import WidthModifier
from galens.numerics import truncated_normal

__all__ = ["Prior"]

_ids = itertools.count()


class Prior(Variable):
    """Distribution of one free parameter; abstract.

    A subclass names its numbers in `arguments`, which are also the arguments of its constructor and its attributes, and
    defines `quantile`, `fractions` and `log_density`, whose arguments after the first are `columns`.

    Attributes:
        id: number of the parameter: equal numbers are the same parameter, and they order the model's vector.
        width_modifier: width of the prior that a result of this parameter is passed on with; None: as configured for
            the parameter's class. The only attribute that can be assigned.
    """

    arguments: ClassVar[tuple[str, ...]]
    id: int
    width_modifier: WidthModifier | None
    lower_limit: float
    upper_limit: float

    def __init__(self, *numbers: float, width_modifier: WidthModifier | None = None) -> None:
        for name, value in zip(self.arguments, numbers, strict=True):
            if not is_number(value) or math.isnan(value):
                raise PriorError(f"{type(self).__name__}: {name} = {value!r} must be a number.")
            self.__dict__[name] = float(value)
        self.__dict__["id"] = next(_ids)
        self.width_modifier = width_modifier

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        """The value with the fractions `below` and `above` = 1 - `below` of the probability on its two sides."""
        raise NotImplementedError

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        """Fractions of the probability below and above `value`, each accurate relative to itself."""
        raise NotImplementedError

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        """Logarithm of the density up to `log_normalisation`; minus infinity outside the limits."""
        raise NotImplementedError

    @classmethod
    def from_normal(cls, normal: Array, *columns: Any) -> Array:
        """The value at the same fraction as `normal` has in the standard normal distribution."""
        return cls.quantile(ndtr(normal), ndtr(-normal), *columns)

    @classmethod
    def to_normal(cls, value: Array, *columns: Any) -> Array:
        """Inverse of `from_normal`."""
        return truncated_normal.normal_quantile(*cls.fractions(value, *columns))

    @property
    def columns(self) -> tuple[Any, ...]:
        """Numbers that the three functions take."""
        return tuple(getattr(self, name) for name in self.arguments)

    @property
    def limits(self) -> tuple[float, float]:
        return self.lower_limit, self.upper_limit

    def value_for(self, unit: ArrayLike) -> Array:
        """The value with the fraction `unit`, between 0 and 1 and of any shape, of the probability below it."""
        return _of_unit(type(self), self.columns, unit)

    def unit_value_for(self, physical_value: ArrayLike) -> Array:
        """Fraction of the probability below a value: the inverse of `value_for`."""
        return _to_unit(type(self), self.columns, physical_value)

    def log_prior_from_value(self, value: ArrayLike) -> Array:
        """Logarithm of the density at `value`, without the constant `log_normalisation`; -inf outside the limits."""
        return _log_density(type(self), self.columns, value)

    def log_normalisation(self) -> float:
        """What added to `log_prior_from_value` gives the logarithm of a density with integral 1."""
        raise NotImplementedError

    def with_limits(self, lower_limit: float, upper_limit: float) -> Prior:
        """A prior of this kind between the limits; the same parameter (`id`)."""
        raise NotImplementedError

    def new(self) -> Self:
        """The same distribution as another parameter."""
        copy = type(self)(*[getattr(self, name) for name in self.arguments])
        copy.width_modifier = self.width_modifier
        return copy

    def as_parameter(self, prior: Prior) -> Self:
        """This distribution as the distribution of the parameter `prior`, with its width modifier."""
        copy = self.new()
        copy.__dict__["id"] = prior.id
        copy.width_modifier = prior.width_modifier
        return copy

    def random(self, *, seed: int | None = None, key: Array | None = None) -> float:
        """A value drawn from the prior with a seed, or a JAX key."""
        return float(self.value_for(unit_draw((), seed=seed, key=key)))

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "width_modifier":
            raise PriorError(
                f"{type(self).__name__}: cannot set '{name}': a prior does not change. Assign a new prior to the model."
            )
        self.__dict__[name] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prior) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def parameter_string(self) -> str:
        """Its numbers, as `model.info` shows them."""
        return ", ".join(f"{name} = {getattr(self, name)}" for name in self.arguments)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.parameter_string.replace(' = ', '=')})"


@functools.partial(jax.jit, static_argnums=0)
def _of_unit(cls: type[Prior], columns: tuple[Any, ...], unit: ArrayLike) -> Array:
    unit = jnp.asarray(unit, float)
    return cls.quantile(unit, 1.0 - unit, *columns)


@functools.partial(jax.jit, static_argnums=0)
def _to_unit(cls: type[Prior], columns: tuple[Any, ...], value: ArrayLike) -> Array:
    return cls.fractions(jnp.asarray(value, float), *columns)[0]


@functools.partial(jax.jit, static_argnums=0)
def _log_density(cls: type[Prior], columns: tuple[Any, ...], value: ArrayLike) -> Array:
    return cls.log_density(jnp.asarray(value, float), *columns)
