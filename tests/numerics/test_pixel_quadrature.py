"""Means over pixels: exact where the rule must be exact, and as accurate as stated where a profile has a cusp."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erf

from galens.numerics.pixel_quadrature import cusp_nodes, mean_correction

SIDE = 0.05
PIXELS = np.array([[0.0, 0.0], [0.0, SIDE], [SIDE, SIDE]])


def sersic(y, x, centre, index):
    radius = jnp.sqrt((y - centre[0]) ** 2 / 0.8 + 0.8 * (x - centre[1]) ** 2)
    return jnp.exp(-(2 * index - 1 / 3) * ((radius / 0.8) ** (1 / index) - 1))


def exact_mean(pixel, centre, index):
    """In polar coordinates about the cusp, whose radial integrals are smooth after r = t^(2 n)."""

    def radial(end):
        power = 2 * index
        return quad(lambda t: power * t ** (2 * power - 1) * end(t), 0, 1, epsabs=0, epsrel=1e-11)[0]

    low, high = pixel - SIDE / 2 - centre, pixel + SIDE / 2 - centre
    total = 0.0
    # Signed triangles from the cusp to each edge: right also where the cusp is outside the pixel.
    edges = [((low[0], high[0]), high[1], 1), ((low[0], high[0]), low[1], -1)]
    for (start, stop), edge, sign in edges:
        total += (
            sign
            * edge
            * quad(
                lambda v, edge=edge: radial(
                    lambda t, v=v, edge=edge: float(sersic_np(v * t ** (2 * index), edge * t ** (2 * index), index))
                ),
                start,
                stop,
                epsabs=0,
                epsrel=1e-9,
                points=[0.0] if start < 0 < stop else None,
            )[0]
        )
    for (start, stop), edge, sign in [((low[1], high[1]), high[0], 1), ((low[1], high[1]), low[0], -1)]:
        total += (
            sign
            * edge
            * quad(
                lambda v, edge=edge: radial(
                    lambda t, v=v, edge=edge: float(sersic_np(edge * t ** (2 * index), v * t ** (2 * index), index))
                ),
                start,
                stop,
                epsabs=0,
                epsrel=1e-9,
                points=[0.0] if start < 0 < stop else None,
            )[0]
        )
    return total / SIDE**2


def sersic_np(y, x, index):
    return np.exp(-(2 * index - 1 / 3) * ((np.sqrt(y**2 / 0.8 + 0.8 * x**2) / 0.8) ** (1 / index) - 1))


def mean(cusp, index, order):
    y, x, weights = cusp_nodes(cusp, PIXELS, (SIDE, SIDE), order=order)
    return (weights * sersic(y, x, cusp, index)).sum(axis=0)


@pytest.mark.parametrize("cusp", [(0.0, 0.0), (0.003, -0.011), (0.0249, 0.0), (0.2, -0.3), (0.025, 0.025)])
def test_weights_are_positive_and_sum_to_one_and_nodes_lie_inside(cusp):
    y, x, weights = cusp_nodes(cusp, PIXELS, (SIDE, SIDE), order=5)
    assert y.shape == (100, 3)
    assert np.all(np.asarray(weights) >= 0)
    np.testing.assert_allclose(weights.sum(axis=0), 1, rtol=1e-14)
    assert np.all(np.abs(np.asarray(y) - PIXELS[:, 0]) <= SIDE / 2 * (1 + 1e-14))
    assert np.all(np.abs(np.asarray(x) - PIXELS[:, 1]) <= SIDE / 2 * (1 + 1e-14))


@pytest.mark.parametrize(
    ("index", "order", "bound"), [(1.0, 10, 1e-5), (4.0, 10, 2e-4), (4.0, 6, 4e-3), (8.0, 10, 1e-3)]
)
@pytest.mark.parametrize("cusp", [(0.004, -0.013), (0.0, 0.0), (0.02, 0.024)])
def test_error_at_the_cusp_of_a_sersic_profile_is_within_the_stated_bound(index, order, bound, cusp):
    exact = exact_mean(PIXELS[0], np.array(cusp), index)
    assert float(mean(cusp, index, order)[0]) == pytest.approx(exact, rel=bound)


def test_gradient_with_respect_to_the_cusp_is_that_of_the_integral():
    cusp = jnp.array([0.004, -0.013])
    gradient = jax.jacfwd(lambda c: mean(c, 2.0, 12))(cusp)
    step = 1e-5
    for axis in (0, 1):
        shift = step * np.eye(2)[axis]
        difference = (mean(cusp + shift, 2.0, 40) - mean(cusp - shift, 2.0, 40)) / (2 * step)
        np.testing.assert_allclose(gradient[:, axis], difference, rtol=2e-3)


def test_gradient_is_finite_with_the_cusp_on_an_edge_and_at_a_pixel_centre():
    for cusp in [(0.025, 0.025), (0.0, 0.0)]:
        assert np.all(
            np.isfinite(jax.jacfwd(lambda c: cusp_nodes(c, PIXELS, (SIDE, SIDE), order=4)[0])(jnp.array(cusp)))
        )


def test_correction_turns_samples_of_a_cubic_into_means():
    axis = np.arange(6.0)
    y, x = np.meshgrid(axis, axis, indexing="ij")
    samples = 3 * x**3 - 2 * y**2 * x + x * y + 5
    # Means over unit squares: x^3 -> x^3 + x / 4, y^2 x -> (y^2 + 1 / 12) x.
    means = 3 * (x**3 + x / 4) - 2 * (y**2 + 1 / 12) * x + x * y + 5
    corrected = samples + mean_correction(jnp.asarray(samples))
    np.testing.assert_allclose(corrected[1:-1, 1:-1], means[1:-1, 1:-1], rtol=1e-13)
    np.testing.assert_array_equal(corrected[0], samples[0])


@pytest.mark.parametrize("width", [1.5, 3.0, 12.0])
def test_one_point_a_pixel_is_wrong_by_the_stated_bound_of_a_gaussian(width):
    axis = np.arange(-20.0, 21.0)
    line = np.exp(-0.5 * (axis / width) ** 2)
    root = np.sqrt(2) * width
    means = np.sqrt(np.pi / 2) * width * (erf((axis + 0.5) / root) - erf((axis - 0.5) / root))
    samples = np.outer(line, line)
    error = samples + np.asarray(mean_correction(jnp.asarray(samples))) - np.outer(means, means)
    bound = 0.016 / width**4
    assert 0.9 * bound < np.abs(error[1:-1, 1:-1]).max() < bound
