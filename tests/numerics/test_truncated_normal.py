import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from jax.scipy.special import ndtr

from galens.numerics import truncated_normal
from galens.numerics.truncated_normal import log_ndtr, normal_quantile, truncation

# Compiled once for all intervals.
quantile = jax.jit(truncated_normal.quantile)
fractions = jax.jit(truncated_normal.fractions)


@jax.jit
def quantile_slope(units, interval, constants):
    def value(u):
        return truncated_normal.quantile(u, 1.0 - u, 0.0, 1.0, *interval, constants)

    return jax.vmap(jax.grad(value))(units)


@jax.jit
def fraction_slope(values, interval, constants):
    def below(x):
        return truncated_normal.fractions(x, 0.0, 1.0, *interval, constants)[0]

    return jax.vmap(jax.grad(below))(values)


INTERVALS = [
    (-1.0, 1.0),
    (-0.025, 0.025),
    (0.5, 0.5 + 1e-7),
    (-np.inf, np.inf),
    (-np.inf, -2.0),
    (3.0, np.inf),
    (-8.0, 12.0),
    (5.0, 9.0),
    (-42.0, -40.0),
    (21.0, 23.0),
    (-24.0, -19.0),
    (50.0, 50.2),
    (50.0, np.inf),
    (-3.3, 30.0),
    (-35.0, 35.0),
]
FRACTIONS = [1e-12, 1e-6, 1e-3, 0.1, 0.3, 0.5]


def cdf(x):
    return mpmath.ncdf(mpmath.mpf(x))


def probability(lower, upper):
    """Exact probability between two points; of the upper tail where both are positive."""
    if lower > 0:
        lower, upper = -upper, -lower
    return cdf(upper) - cdf(lower)


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(60):
        yield


@pytest.mark.parametrize("interval", INTERVALS)
def test_log_probability_is_exact(interval):
    exact = float(mpmath.log(probability(*map(mpmath.mpf, interval))))
    assert truncation(*interval).log_probability == pytest.approx(exact, rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("interval", INTERVALS)
def test_quantile_has_the_asked_fraction_on_either_side(interval):
    constants = truncation(*interval)
    total = probability(*map(mpmath.mpf, interval))
    for fraction in FRACTIONS:
        for below, above in ((fraction, 1.0 - fraction), (1.0 - fraction, fraction)):
            value = float(quantile(jnp.asarray(below), jnp.asarray(above), 0.0, 1.0, *interval, constants))
            exact = mpmath.mpf(below) if below < above else 1 - mpmath.mpf(above)
            # the error in probability that rounding of the value itself would make, times 16
            density = mpmath.npdf(value) / total
            allowed = 16 * np.finfo(float).eps * max(1.0, abs(value)) * density + mpmath.mpf(1e-13) * min(below, above)
            assert abs(probability(mpmath.mpf(interval[0]), mpmath.mpf(value)) / total - exact) < allowed


@pytest.mark.parametrize("distance", [1e-14, 1e-9, 1e-4, 0.01, 0.3])
@pytest.mark.parametrize("interval", [(0.0, 0.5), (0.0, 8.0), (-3.0, 0.0), (-np.inf, 0.0), (0.0, np.inf)])
@pytest.mark.parametrize("mean", [0.0, 2.0, -0.3, -40.0])
def test_digits_survive_next_to_a_limit_at_zero(mean, interval, distance):
    shifted = [each - mean for each in interval]
    constants = truncation(*shifted)
    total = probability(*map(mpmath.mpf, shifted))
    value = distance if interval[0] == 0.0 else -distance
    ends = sorted([mpmath.mpf(value) - mpmath.mpf(mean), -mpmath.mpf(mean)])
    exact = probability(*ends) / total
    if exact < 1e-290:
        return  # no double holds such a fraction
    sides = fractions(jnp.asarray(value), mean, 1.0, *interval, constants)
    small, large = sides if interval[0] == 0.0 else sides[::-1]
    assert float(small) == pytest.approx(float(exact), rel=1e-12)
    assert float(large) == pytest.approx(float(1 - exact), rel=1e-12)
    if distance < 1e-2:  # further away the value is exact in units of sigma only
        assert float(quantile(*sides, mean, 1.0, *interval, constants)) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("interval", INTERVALS)
def test_fractions_invert_quantile(interval):
    constants = truncation(*interval)
    z = jnp.linspace(-6.0, 6.0, 25)
    value = quantile(ndtr(z), ndtr(-z), 0.0, 1.0, *interval, constants)
    below, above = fractions(value, 0.0, 1.0, *interval, constants)
    # next to a finite limit the rounding of the value bounds what can be known of the fraction
    slack = 4 * np.finfo(float).eps * np.maximum(1.0, abs(np.asarray(value)))
    slack = slack * np.exp(-0.5 * np.asarray(value) ** 2 - 0.919 - constants.log_probability)
    assert np.all(abs(np.asarray(below) - ndtr(z)) <= 1e-12 * np.asarray(ndtr(z)) + slack)
    assert np.all(abs(np.asarray(above) - ndtr(-z)) <= 1e-12 * np.asarray(ndtr(-z)) + slack)


@pytest.mark.parametrize("interval", INTERVALS)
def test_gradients_are_finite_everywhere_and_right_inside(interval):
    constants = truncation(*interval)
    ends = jnp.asarray([0.0, 1e-300, 1e-16, 1e-12, 0.2, 0.5, 0.9, 1.0 - 1e-12, 1.0])
    assert np.all(np.isfinite(quantile_slope(ends, interval, constants)))
    u = jnp.asarray([1e-10, 0.1, 0.4, 0.7, 0.99])
    value = quantile(u, 1.0 - u, 0.0, 1.0, *interval, constants)
    density = np.exp(-0.5 * np.asarray(value) ** 2 - 0.5 * np.log(2 * np.pi) - constants.log_probability)
    np.testing.assert_allclose(quantile_slope(u, interval, constants), 1.0 / density, rtol=1e-8)
    np.testing.assert_allclose(fraction_slope(value, interval, constants), density, rtol=1e-9)
    finite_ends = jnp.asarray([each if np.isfinite(each) else 0.0 for each in interval])
    assert np.all(np.isfinite(fraction_slope(finite_ends, interval, constants)))


def test_log_ndtr_is_accurate_in_both_tails():
    for x in (-1e4, -100.0, -37.0, -20.5, -19.5, -8.0, -1.0, 0.0, 3.0, 9.0):
        assert float(log_ndtr(jnp.asarray(x))) == pytest.approx(float(mpmath.log(cdf(x))), rel=1e-13)


def test_normal_quantile_is_accurate_in_both_tails():
    for fraction in (1e-190, 1e-100, 1e-12, 0.3):
        exact = float(
            mpmath.findroot(
                lambda z, p=fraction: mpmath.log(cdf(z)) - mpmath.log(mpmath.mpf(p)), -np.sqrt(-2 * np.log(fraction))
            )
        )
        below = float(normal_quantile(jnp.asarray(fraction), jnp.asarray(1.0 - fraction)))
        above = float(normal_quantile(jnp.asarray(1.0 - fraction), jnp.asarray(fraction)))
        assert below == pytest.approx(exact, rel=1e-13)
        assert above == pytest.approx(-exact, rel=1e-13)
