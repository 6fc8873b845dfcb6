"""Powers, roots and the Sersic constant: against high precision, and at zero."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from galens.numerics.special import inverse_power, norm, power, root, sersic_constant


def test_power_agrees_with_numpy():
    base = np.logspace(-20, 20, 41)
    for exponent in (0.05, 0.125, 0.5, 1.0, 2.5):
        np.testing.assert_allclose(power(base, exponent), base**exponent, rtol=2e-14)


@pytest.mark.parametrize("exponent", [0.05, 0.1, 0.5, 3.0])
def test_power_of_zero_is_zero_to_rounding_and_has_no_slope_along_the_radius(exponent):
    assert 0.0 <= power(0.0, exponent) < 1.1e-14
    assert jax.grad(lambda radius: power(radius * radius, exponent))(0.0) == 0.0
    assert abs(jax.grad(power, argnums=1)(0.0, exponent)) < 1e-11


def test_slopes_of_power_agree_with_calculus():
    base, exponent = 0.37, 0.21
    assert jax.grad(power)(base, exponent) == pytest.approx(exponent * base ** (exponent - 1), rel=1e-14)
    assert jax.grad(power, argnums=1)(base, exponent) == pytest.approx(base**exponent * np.log(base), rel=1e-13)
    assert jax.grad(jax.grad(power))(base, exponent) == pytest.approx(
        exponent * (exponent - 1) * base ** (exponent - 2), rel=1e-13
    )


@pytest.mark.parametrize("halvings", [1, 2, 3])
def test_root_agrees_with_numpy_and_is_zero_at_zero(halvings):
    x = np.logspace(-200, 20, 23)
    np.testing.assert_allclose(root(x, halvings), x ** (0.5**halvings), rtol=1e-13)
    assert root(0.0, halvings) == 0.0
    assert jax.grad(root)(0.0, halvings) == 0.0
    exponent = 0.5**halvings
    assert jax.grad(root)(0.3, halvings) == pytest.approx(exponent * 0.3 ** (exponent - 1), rel=1e-14)


def test_slopes_of_power_and_root_fall_to_zero_towards_zero():
    tiny = jnp.array([1e-14, 1e-20, 1e-30])
    for slopes in (jax.vmap(jax.grad(lambda x: power(x, 0.1)))(tiny), jax.vmap(jax.grad(lambda x: root(x, 3)))(tiny)):
        # Along the radius r = sqrt(x), whose slope is 2 r times this.
        along_radius = np.asarray(slopes * 2 * np.sqrt(tiny))
        assert np.all(np.diff(along_radius) < 0)


def test_norm_is_exact_at_zero_with_zero_gradient():
    assert norm(3.0, 4.0) == 5.0
    assert norm(0.0, 0.0) == 0.0
    assert jax.grad(norm, argnums=(0, 1))(0.0, 0.0) == (0.0, 0.0)
    np.testing.assert_allclose(jax.grad(norm, argnums=(0, 1))(3.0, 4.0), (0.6, 0.8), rtol=1e-15)


def test_inverse_power_is_finite_where_its_argument_is_huge():
    x = jnp.array([0.0, 1e-3, 1.0, 1e48])
    np.testing.assert_allclose(inverse_power(x, 2.5), (1.0 + np.asarray(x)) ** -2.5, rtol=1e-13)
    assert jnp.all(jnp.isfinite(jax.vmap(jax.grad(inverse_power), (0, None))(x, 2.5)))


@pytest.mark.parametrize(
    ("index", "error"), [(0.2, 0.11), (0.4, 6e-4), (0.5, 4e-4), (1.0, 3e-5), (2.0, 2e-6), (4.0, 1e-7), (10.0, 2e-9)]
)
def test_sersic_constant_holds_half_the_light(index, error):
    constant = float(sersic_constant(index))
    exact = mpmath.findroot(lambda b: mpmath.gammainc(2 * index, 0, b, regularized=True) - 0.5, constant)
    assert constant == pytest.approx(float(exact), rel=error)


def test_sersic_constant_stays_positive_for_small_indices():
    indices = jnp.array([1e-3, 0.05, 0.1, 0.2])
    assert jnp.all(sersic_constant(indices) > 0.1)
    assert jnp.all(jnp.isfinite(jax.vmap(jax.grad(sersic_constant))(indices)))


def test_functions_keep_single_precision():
    x = jnp.array([0.0, 0.5], dtype=jnp.float32)
    for result in (power(x, 0.25), root(x, 3), norm(x, x), inverse_power(x, 2.0), sersic_constant(x)):
        assert result.dtype == jnp.float32
        assert jnp.all(jnp.isfinite(result))
