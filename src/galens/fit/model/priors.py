"""The distributions that parameters may have."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array

from galens.errors import PriorError
from galens.fit.model.prior import Prior
from galens.fit.model.width import WidthModifier
from galens.numerics import truncated_normal

__all__ = [
    "PRIORS",
    "GaussianPrior",
    "LogGaussianPrior",
    "LogUniformPrior",
    "TruncatedGaussianPrior",
    "UniformPrior",
]

_LOG_SQRT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_SMALLEST_NORMAL = 2.3e-308
_SMALLEST_LIMIT = 1e-6  # lower limit of a log-uniform prior that is asked to reach 0


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


class _OfNormal(Prior):
    """A parameter that is a function of a normal variable with `mean` and `sigma`: of `from_normal`."""

    arguments = ("mean", "sigma")
    mean: float
    sigma: float

    def __init__(self, mean: float, sigma: float, *, width_modifier: WidthModifier | None = None) -> None:
        super().__init__(mean, sigma, width_modifier=width_modifier)
        _check_sigma(self)

    @classmethod
    def quantile(cls, below: Array, above: Array, *columns: Any) -> Array:
        return cls.from_normal(truncated_normal.normal_quantile(below, above), *columns)

    def log_normalisation(self) -> float:
        return -math.log(self.sigma) - _LOG_SQRT_TWO_PI


class GaussianPrior(_OfNormal):
    """Normal distribution, without limits.

    Raises:
        PriorError: the mean is infinite or sigma is not a finite number above 0.
    """

    lower_limit = -math.inf
    upper_limit = math.inf

    @classmethod
    def from_normal(cls, normal: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return mean + sigma * normal

    @classmethod
    def to_normal(cls, value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return (value - mean) / sigma

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        mean, sigma = columns
        normal = (value - mean) / sigma
        return ndtr(normal), ndtr(-normal)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return -0.5 * ((value - mean) / sigma) ** 2

    def with_limits(self, lower_limit: float, upper_limit: float) -> GaussianPrior:
        """Mean in the middle of the limits, sigma their distance."""
        return GaussianPrior(0.5 * (lower_limit + upper_limit), upper_limit - lower_limit).as_parameter(self)


class LogGaussianPrior(_OfNormal):
    """The natural logarithm of the parameter is normal, with `mean` and `sigma`.

    Raises:
        PriorError: the mean is infinite or sigma is not a finite number above 0.
    """

    lower_limit = 0.0
    upper_limit = math.inf

    @classmethod
    def from_normal(cls, normal: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return jnp.exp(mean + sigma * normal)

    @classmethod
    def to_normal(cls, value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        return (jnp.log(jnp.maximum(value, _SMALLEST_NORMAL)) - mean) / sigma

    @staticmethod
    def fractions(value: Array, *columns: Any) -> tuple[Array, Array]:
        normal = LogGaussianPrior.to_normal(value, *columns)
        return jnp.where(value > 0.0, ndtr(normal), 0.0), jnp.where(value > 0.0, ndtr(-normal), 1.0)

    @staticmethod
    def log_density(value: Array, *columns: Any) -> Array:
        mean, sigma = columns
        log_value = jnp.log(jnp.where(value > 0.0, value, 1.0))
        return jnp.where(value > 0.0, -0.5 * ((log_value - mean) / sigma) ** 2 - log_value, -jnp.inf)

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

    @cached_property
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


def _check_sigma(prior: _OfNormal | TruncatedGaussianPrior) -> None:
    if not math.isfinite(prior.mean):
        raise PriorError(f"{type(prior).__name__}: mean = {prior.mean} must be finite.")
    if not (prior.sigma > 0.0 and math.isfinite(prior.sigma)):
        raise PriorError(f"{type(prior).__name__}: sigma = {prior.sigma} must be a finite number above 0.")
