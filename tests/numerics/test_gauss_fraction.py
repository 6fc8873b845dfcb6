"""Gauss's rational function against the hypergeometric series in high precision."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from galens.numerics.gauss_fraction import gauss_fraction

evaluated = jax.jit(lambda t, z: gauss_fraction(0.5 * t, 2.0 - 0.5 * t, z))


@pytest.mark.parametrize(("axis_ratio", "bound"), [(0.1, 1e-9), (0.2, 3e-12), (0.5, 1e-14), (1.0, 1e-15)])
def test_error_for_power_law_lenses_is_within_the_stated_bound(axis_ratio, bound):
    z = -(1 - axis_ratio) / (1 + axis_ratio) * np.exp(2j * np.linspace(0, np.pi, 9))
    for t in (0.2, 1.0, 1.8):
        exact = [complex(mpmath.hyp2f1(1, t / 2, 2 - t / 2, each)) for each in z]
        assert np.abs(np.asarray(evaluated(t, z)) - exact).max() < bound


def test_slope_by_the_parameter_is_that_of_differences():
    z = -0.5 * np.exp(2j * np.linspace(0, np.pi, 9))
    slope = jax.jit(jax.jacfwd(lambda t: evaluated(t, jnp.asarray(z)).real))(0.9)
    np.testing.assert_allclose(slope, (evaluated(0.9 + 1e-6, z) - evaluated(0.9 - 1e-6, z)).real / 2e-6, rtol=1e-7)
