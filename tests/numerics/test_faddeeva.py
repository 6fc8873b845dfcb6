"""The Faddeeva function against arbitrary precision."""

from __future__ import annotations

import jax
import mpmath
import numpy as np
import pytest

from galens.numerics.faddeeva import faddeeva


def exact(z):
    mpmath.mp.dps = 40
    z = mpmath.mpc(z.real, z.imag)
    if abs(z) > 1000:  # where exp(-z^2) is out of reach of any precision
        return complex(1j / (mpmath.sqrt(mpmath.pi) * (z - 0.5 / (z - 1 / (z - 1.5 / z)))))
    return complex(mpmath.exp(-z * z) * mpmath.erfc(-1j * z))


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(3)
    angle = rng.uniform(0.0, np.pi, 300)
    angle[:60], angle[60:80] = 0.0, 0.5 * np.pi
    return np.concatenate([[0j], 10.0 ** rng.uniform(-6.0, 6.0, 300) * np.exp(1j * angle)])


def test_values_in_the_upper_half_plane(points):
    expected = np.array([exact(each) for each in points])
    error = np.abs(np.asarray(faddeeva(points)) - expected)
    assert np.max(error) < 5e-15
    assert np.max(error / np.abs(expected)) < 2e-14


def test_derivative_is_that_of_the_function(points):
    near = points[np.abs(points) < 30.0]
    value, slope = jax.jvp(faddeeva, (near,), (np.ones_like(near),))
    step = 1e-4
    difference = (faddeeva(near + step) - faddeeva(near - step)) / (2 * step)
    np.testing.assert_allclose(slope, difference, atol=1e-7)
    np.testing.assert_allclose(slope, 2j / np.sqrt(np.pi) - 2 * near * value, atol=1e-15)
