"""Lensing by elliptical densities where it is known in closed form."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest

from galens.numerics.cored_isothermal import cored_isothermal_deflection, cored_isothermal_potential
from galens.numerics.homoeoids import homoeoid_deflection, homoeoid_potential

CORE = 0.4
Y, X = np.random.default_rng(4).normal(scale=1.5, size=(2, 40))


@pytest.mark.parametrize("ell_comps", [(0.0, 0.0), (1e-12, 0.0), (0.2, -0.3), (-0.4, 0.6)])
def test_cored_isothermal_ellipsoid(ell_comps):
    q = (1 - np.hypot(*ell_comps)) / (1 + np.hypot(*ell_comps))
    rule = {"reach": np.inf, "grading": 4.0, "order": 40}
    # What is not finite at one point must not spoil another.
    y, x = np.append(Y, 0.0), np.append(X, 0.0)
    found = jax.jit(lambda y, x: homoeoid_deflection(partial(density, q), y, x, ell_comps, **rule))(y, x)
    np.testing.assert_allclose(found, cored_isothermal_deflection(CORE, y, x, ell_comps), atol=1e-9)
    found = jax.jit(lambda y, x: homoeoid_potential(partial(density, q), y, x, ell_comps, **rule))(y, x)
    np.testing.assert_allclose(found, cored_isothermal_potential(CORE, y, x, ell_comps), atol=1e-8)


def density(q, square):
    return (square / q + CORE**2) ** -0.5


def test_a_disk_deflects_as_a_point_from_outside_and_as_a_sheet_inside():
    # The sharp edge is at `reach`: nodes beyond it are not wasted, nor is the edge missed.
    rule = {"reach": 1.0, "grading": 2.0}
    y, x = np.array([0.3, 0.0, 3.0, -40.0]), np.array([-0.2, 0.9, 4.0, 30.0])
    found = homoeoid_deflection(lambda square: 0.7 + 0.0 * square, y, x, (0.0, 0.0), **rule)
    scale = 0.7 / np.maximum(1.0, y * y + x * x)
    np.testing.assert_allclose(found, [scale * y, scale * x], rtol=1e-12)
