"""The hypergeometric function of power-law lenses against the general one, and its derivatives."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from galens.numerics.gauss_fraction import gauss_fraction
from galens.numerics.power_law_fraction import power_law_fraction

ANGLES = np.linspace(-np.pi, np.pi, 101)


def ours(t, modulus, angle):
    real, imaginary = power_law_fraction(t, modulus * jnp.cos(angle), modulus * jnp.sin(angle), modulus * modulus)
    return jnp.stack([real, imaginary])


def general(t, modulus, angle):
    z = modulus * jnp.exp(1j * angle)
    value = gauss_fraction(0.5 * t, 2.0 - 0.5 * t, z)
    return jnp.stack([value.real, value.imag])


def derivatives(function, t, modulus):
    """Value and first derivatives by slope, modulus and angle; second ones by the angle and another."""

    def along(t, modulus, angle):
        return jax.jvp(lambda angle: function(t, modulus, angle), (angle,), (jnp.ones_like(angle),))[1]

    by = [jax.jacfwd(each, argnums=i)(t, modulus, ANGLES) for each in (function, along) for i in (0, 1)]
    first = along(t, modulus, ANGLES)
    second = jax.jvp(lambda angle: along(t, modulus, angle), (ANGLES,), (np.ones(101),))[1]
    return jnp.stack([function(t, modulus, ANGLES), *by, first, second])


def test_values_and_derivatives_are_those_of_the_general_function():
    expected, got = (jax.jit(lambda t, m, f=f: derivatives(f, t, m)) for f in (general, ours))
    for t in (0.3, 1.0, 1.7):
        for modulus in (1e-9, 0.05, 1.0 / 3.0, 0.6):
            np.testing.assert_allclose(got(t, modulus), expected(t, modulus), rtol=1e-9, atol=1e-10)


def test_round_lenses_have_no_angular_structure():
    np.testing.assert_array_equal(ours(1.3, 0.0, ANGLES), [np.ones(101), np.zeros(101)])


def test_gradient_in_reverse_is_that_forward():
    weights = np.random.default_rng(0).standard_normal((2, 101))

    def total(numbers):
        return jnp.sum(weights * ours(numbers[0], numbers[1], ANGLES + numbers[2]))

    at = jnp.array([1.2, 0.3, 0.1])
    np.testing.assert_allclose(jax.grad(total)(at), jax.jacfwd(total)(at), rtol=1e-12)
