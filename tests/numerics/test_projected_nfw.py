"""The deflection of elliptical NFW halos against quadrature, and what it is at foci, at the centre and for circles."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from galens.numerics.projected_nfw import arc, deflection, enclosed, surface_density

deflections = jax.jit(jax.vmap(deflection, (0, 0, None)))
hessians = jax.jit(jax.vmap(jax.jacfwd(deflection, (0, 1, 2)), (0, 0, None)))
ANGLE = 0.7


def ellipticity(q):
    return (1 - q) / (1 + q) * np.sin(2 * ANGLE), (1 - q) / (1 + q) * np.cos(2 * ANGLE)


def points(q):
    """Complex, along the axes of the halo: rings, axes, the unit ellipse, and both foci with what is next to them."""
    radii = np.logspace(-4, 2, 13)
    around = np.exp(1j * np.linspace(0.2, 6.2, 7)[:, None])
    unit = np.cos([0.3, 2.0]) + 1j * q * np.sin([0.3, 2.0])
    near = 1 + np.array([0, 1e-14, 1e-9, 1e-4, *(q * q * np.array([0.045, 0.049, 0.051, 0.055, 0.3]))]) * around
    foci = (np.sqrt(1 - q * q) if q < 1 else 0.3) * near
    return np.concatenate([(radii * around).ravel(), radii, 1j * radii, unit, *foci, *(-each for each in foci[:2])])


def by_quadrature(q, z):
    """The integral over the square u of the size of ellipses (Schramm 1990), by a double-exponential rule."""
    step = np.arange(-4.4, 4.4, 0.02)
    shells = 1 / (1 + np.exp(-np.pi * np.sinh(step)))
    weights = 0.02 * np.pi * np.cosh(step) * shells / (1 + np.exp(np.pi * np.sinh(step)))
    width = 1 - (1 - q * q) * shells
    x = np.sqrt(shells * (z.real[:, None] ** 2 + z.imag[:, None] ** 2 / width))
    parts = weights * np.asarray(surface_density(x)) * q / 2
    return z.real * np.sum(parts * width**-0.5, axis=1) + 1j * z.imag * np.sum(parts * width**-1.5, axis=1)


def test_arc_and_its_integrals_are_those_of_their_definitions():
    x = np.concatenate([np.logspace(-5, 4, 40), [0.699, 0.701, 1 - 1e-9, 1 + 1e-9]])
    complex_x = x.astype(complex)
    expected = (np.arccosh(1 / complex_x) / np.sqrt(1 - complex_x**2)).real
    np.testing.assert_allclose(arc(x), expected, rtol=1e-7)
    away = np.abs(x - 1) > 0.01
    np.testing.assert_allclose(arc(x)[away], expected[away], rtol=1e-12)
    np.testing.assert_allclose(arc(1.0), 1.0, rtol=1e-15)
    np.testing.assert_allclose(surface_density(1.0), 1 / 3, rtol=1e-15)
    slope = jax.vmap(jax.grad(enclosed))(x)
    np.testing.assert_allclose(slope, x * surface_density(x), rtol=1e-11)


@pytest.mark.parametrize("q", [1.0, 1 - 1e-6, 0.8, 0.5, 0.2, 0.1])
def test_deflections_against_quadrature(q):
    frame = points(q)
    sky = frame * np.exp(1j * ANGLE)
    alpha_y, alpha_x = deflections(sky.imag, sky.real, ellipticity(q))
    got = (alpha_x + 1j * alpha_y) * np.exp(-1j * ANGLE)
    expected = by_quadrature(q, frame)
    np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("q", [1.0, 1 - 1e-6, 0.5, 0.1])
def test_half_the_divergence_is_the_convergence_also_at_the_foci(q):
    frame = points(q)
    sky = frame * np.exp(1j * ANGLE)
    (yy, yx, _), (xy, xx, _) = hessians(sky.imag, sky.real, ellipticity(q))
    radius = np.hypot(frame.real, frame.imag / q)
    density = surface_density(radius)
    np.testing.assert_allclose(yy + xx, density, rtol=1e-8)
    assert np.all(np.abs(yx - xy) < 1e-8 * density)


@pytest.mark.parametrize("q", [1.0, 0.4])
def test_deflection_and_its_slopes_at_the_centre_are_finite_and_vanish_with_the_radius(q):
    at = np.concatenate([[0.0, 0.3e-10, 1.1e-10], np.zeros(points(q).size - 3)])
    values = deflections(at, at, ellipticity(q))
    assert values[0][0] == values[1][0] == 0.0
    assert np.max(np.abs(values)) < 1e-8
    assert all(np.all(np.isfinite(each)) for each in jax.tree.leaves(hessians(at, at, ellipticity(q))))
