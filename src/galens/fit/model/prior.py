r"""Priors: the distributions of the free parameters.

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

__all__ = [
    "PRIORS",
    "GaussianPrior",
    "LogGaussianPrior",
    "LogUniformPrior",
    "Prior",
    "TruncatedGaussianPrior",
    "UniformPrior",
]

_ids = itertools.count()
_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_SMALLEST_NORMAL = 2.3e-308
_SMALLEST_LIMIT = 1e-6  # lower limit of a log-uniform prior that is asked to reach 0


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


class UniformPrior(Prior):
    """Equal density between two limits.

    Raises:
        PriorError: the limits are infinite or not in order.
    """

    arguments = ("lower_limit", "upper_limit")

    def __init__(
        self, lower_limit: float = 0.0, upper_limit: float = 1.0, *, width_modifier: WidthModifier | None = None
    ) -> None:
        super().__init__(lower_limit, upper_limit, width_modifier=width_modifier)
        _check_limits(self, finite=True)

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        lower, upper = columns
        width = upper - lower
        return jnp.where(below < above, lower + width * below, upper - width * above)

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        lower, upper = columns
        width = upper - lower
        return jnp.clip((value - lower) / width, 0.0, 1.0), jnp.clip((upper - value) / width, 0.0, 1.0)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        return _inside(jnp.zeros_like(value), value, *columns)

    def log_normalisation(self) -> float:
        return -math.log(self.width)

    @property
    def width(self) -> float:
        return self.upper_limit - self.lower_limit

    def with_limits(self, lower_limit: float, upper_limit: float) -> UniformPrior:
        return UniformPrior(lower_limit, upper_limit).as_parameter(self)


class LogUniformPrior(Prior):
    """Equal density of the logarithm between two limits above 0.

    Raises:
        PriorError: the limits are infinite, not in order or not above 0.
    """

    arguments = ("lower_limit", "upper_limit")

    def __init__(
        self, lower_limit: float = 1e-6, upper_limit: float = 1.0, *, width_modifier: WidthModifier | None = None
    ) -> None:
        super().__init__(lower_limit, upper_limit, width_modifier=width_modifier)
        if self.lower_limit <= 0.0:
            raise PriorError(f"LogUniformPrior: lower_limit = {self.lower_limit} must be above 0.")
        _check_limits(self, finite=True)

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        lower, upper = columns
        width = jnp.log(upper) - jnp.log(lower)
        return jnp.where(below < above, lower * jnp.exp(width * below), upper * jnp.exp(-width * above))

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        lower, upper = columns
        width = jnp.log(upper) - jnp.log(lower)
        value = jnp.clip(value, lower, upper)
        # log1p: the logarithm of a ratio next to 1 would lose the digits of value - limit
        below = jnp.log1p((value - lower) / lower) / width
        above = -jnp.log1p((value - upper) / upper) / width
        is_low = below < 0.5
        return jnp.where(is_low, below, 1.0 - above), jnp.where(is_low, 1.0 - below, above)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        return _inside(-jnp.log(jnp.clip(value, *columns)), value, *columns)

    def log_normalisation(self) -> float:
        return -math.log(math.log(self.upper_limit) - math.log(self.lower_limit))

    def with_limits(self, lower_limit: float, upper_limit: float) -> LogUniformPrior:
        return LogUniformPrior(max(lower_limit, _SMALLEST_LIMIT), upper_limit).as_parameter(self)


class GaussianPrior(Prior):
    """Normal distribution, without limits.

    Raises:
        PriorError: the mean is infinite or sigma is not a finite number above 0.
    """

    arguments = ("mean", "sigma")
    mean: float
    sigma: float
    lower_limit = -math.inf
    upper_limit = math.inf

    def __init__(self, mean: float, sigma: float, *, width_modifier: WidthModifier | None = None) -> None:
        super().__init__(mean, sigma, width_modifier=width_modifier)
        _check_sigma(self)

    @classmethod
    def from_normal(cls, normal: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return mean + sigma * normal

    @classmethod
    def to_normal(cls, value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return (value - mean) / sigma

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return mean + sigma * truncated_normal.normal_quantile(below, above)

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        mean, sigma = columns
        normal = (value - mean) / sigma
        return ndtr(normal), ndtr(-normal)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return -0.5 * ((value - mean) / sigma) ** 2

    def log_normalisation(self) -> float:
        return -math.log(self.sigma) - _LOG_SQRT_TWO_PI

    def with_limits(self, lower_limit: float, upper_limit: float) -> GaussianPrior:
        """Mean in the middle of the limits, sigma their distance."""
        return GaussianPrior(0.5 * (lower_limit + upper_limit), upper_limit - lower_limit).as_parameter(self)


class LogGaussianPrior(Prior):
    """The natural logarithm of the parameter is normal, with `mean` and `sigma`.

    Raises:
        PriorError: the mean is infinite or sigma is not a finite number above 0.
    """

    arguments = ("mean", "sigma")
    mean: float
    sigma: float
    lower_limit = 0.0
    upper_limit = math.inf

    def __init__(self, mean: float, sigma: float, *, width_modifier: WidthModifier | None = None) -> None:
        super().__init__(mean, sigma, width_modifier=width_modifier)
        _check_sigma(self)

    @classmethod
    def from_normal(cls, normal: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return jnp.exp(mean + sigma * normal)

    @classmethod
    def to_normal(cls, value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return (jnp.log(jnp.maximum(value, _SMALLEST_NORMAL)) - mean) / sigma

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return jnp.exp(mean + sigma * truncated_normal.normal_quantile(below, above))

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        normal = LogGaussianPrior.to_normal(value, *columns)
        return jnp.where(value > 0.0, ndtr(normal), 0.0), jnp.where(value > 0.0, ndtr(-normal), 1.0)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        log_value = jnp.log(jnp.where(value > 0.0, value, 1.0))
        return jnp.where(value > 0.0, -0.5 * ((log_value - mean) / sigma) ** 2 - log_value, -jnp.inf)

    def log_normalisation(self) -> float:
        return -math.log(self.sigma) - _LOG_SQRT_TWO_PI

    def with_limits(self, lower_limit: float, upper_limit: float) -> LogGaussianPrior:
        """The mean of the logarithm in the middle of the limits' logarithms, sigma their distance."""
        low, high = math.log(max(lower_limit, _SMALLEST_LIMIT)), math.log(upper_limit)
        return LogGaussianPrior(0.5 * (low + high), high - low).as_parameter(self)


class TruncatedGaussianPrior(Prior):
    """Normal distribution with `mean` and `sigma` (of the whole one) between two limits, which may be infinite.

    Raises:
        PriorError: the mean is infinite, sigma is not a finite number above 0, or the limits are not in order.
    """

    arguments = ("mean", "sigma", "lower_limit", "upper_limit")
    mean: float
    sigma: float

    def __init__(
        self,
        mean: float,
        sigma: float,
        lower_limit: float = -math.inf,
        upper_limit: float = math.inf,
        *,
        width_modifier: WidthModifier | None = None,
    ) -> None:
        super().__init__(mean, sigma, lower_limit, upper_limit, width_modifier=width_modifier)
        _check_sigma(self)
        _check_limits(self, finite=False)

    @functools.cached_property
    def _truncation(self) -> truncated_normal.Truncation:
        return truncated_normal.truncation(*[(each - self.mean) / self.sigma for each in self.limits])

    @property
    def columns(self) -> tuple[Any, ...]:
        return (self.mean, self.sigma, *self.limits, *self._truncation)

    @staticmethod
    def quantile(below: Array, above: Array, *columns: Any) -> Array:
        numbers, constants = columns[:4], truncated_normal.Truncation(*columns[4:])
        return truncated_normal.quantile(below, above, *numbers, constants)

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        numbers, constants = columns[:4], truncated_normal.Truncation(*columns[4:])
        return truncated_normal.fractions(value, *numbers, constants)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        mean, sigma, lower, upper, *_ = columns
        return _inside(-0.5 * ((value - mean) / sigma) ** 2, value, lower, upper)

    def log_normalisation(self) -> float:
        log_probability: Any = self._truncation.log_probability
        return -math.log(self.sigma) - _LOG_SQRT_TWO_PI - float(log_probability)

    def with_limits(self, lower_limit: float, upper_limit: float) -> TruncatedGaussianPrior:
        """Mean in the middle of the limits, sigma their distance."""
        middle, width = 0.5 * (lower_limit + upper_limit), upper_limit - lower_limit
        return TruncatedGaussianPrior(middle, width, lower_limit, upper_limit).as_parameter(self)


PRIORS: dict[str, type[Prior]] = {
    "Uniform": UniformPrior,
    "LogUniform": LogUniformPrior,
    "Gaussian": GaussianPrior,
    "TruncatedGaussian": TruncatedGaussianPrior,
    "LogGaussian": LogGaussianPrior,
}
"""Every prior class by its name in configuration and model files."""


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


def _inside(log_density: Array, value: Array, lower: Array, upper: Array) -> Array:
    return jnp.where((value >= lower) & (value <= upper), log_density, -jnp.inf)


def _check_limits(prior: Prior, finite: bool) -> None:
    lower, upper = prior.limits
    if finite and not (math.isfinite(lower) and math.isfinite(upper)):
        raise PriorError(f"{type(prior).__name__}: limits must be finite, got {prior.parameter_string}.")
    if not lower < upper:
        raise PriorError(
            f"{type(prior).__name__}: lower_limit must be below upper_limit, got {prior.parameter_string}."
        )


def _check_sigma(prior: GaussianPrior | LogGaussianPrior | TruncatedGaussianPrior) -> None:
    if not math.isfinite(prior.mean):
        raise PriorError(f"{type(prior).__name__}: mean = {prior.mean} must be finite.")
    if not (prior.sigma > 0.0 and math.isfinite(prior.sigma)):
        raise PriorError(f"{type(prior).__name__}: sigma = {prior.sigma} must be a finite number above 0.")
