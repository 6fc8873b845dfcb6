"""Integrals of functions of the radius against closed forms."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens.numerics.radial_integral import disk_integral, half_radius, plane_integral


def test_disk_integral_of_a_gaussian_is_its_closed_form():
    radius = jnp.array([[0.0, 0.3], [1.0, 5.0]])
    exact = np.pi * (1.0 - np.exp(-np.square(radius)))
    np.testing.assert_allclose(disk_integral(lambda square: jnp.exp(-square), radius), exact, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-4, 0.3, 1e4])
def test_plane_integral_has_the_closed_forms(scale):
    gaussian = plane_integral(lambda square: jnp.exp(-square / scale**2))
    assert float(gaussian) == pytest.approx(np.pi * scale**2, rel=1e-12)
    exponential = plane_integral(lambda square: jnp.exp(-jnp.sqrt(square) / scale))
    assert float(exponential) == pytest.approx(2 * np.pi * scale**2, rel=1e-12)


def test_plane_integral_that_diverges_is_infinite():
    assert plane_integral(lambda square: 1.0 / (1.0 + square)) == jnp.inf
    assert plane_integral(jnp.ones_like) == jnp.inf


def test_half_radius_and_its_slope_are_those_of_the_closed_form():
    def half(scale):
        return half_radius(lambda radius: 1.0 - jnp.exp(-((radius / scale) ** 2)), 1.0)

    value, slope = jax.jit(jax.value_and_grad(half))(0.7)
    assert float(value) == pytest.approx(0.7 * np.sqrt(np.log(2)), rel=1e-14)
    assert float(slope) == pytest.approx(np.sqrt(np.log(2)), rel=1e-12)
    assert half_radius(lambda radius: radius, jnp.inf) == jnp.inf
