"""A potential given by values on a grid: the spline through them."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

import galens.galaxy as ag
from tests.galaxy.mass_checks import psi

VALUES = np.random.default_rng(3).normal(size=(7, 9))
PIXELS = ag.mp.PixelizedPotential(lensing_potential=VALUES, pixel_scale=0.2, centre=(0.1, -0.3))


def test_pixelized_potential_is_the_natural_bicubic_spline():
    y, x = np.random.default_rng(1).uniform(-0.55, 0.55, size=(2, 40))
    rows = 0.1 + 0.2 * (3 - np.arange(7.0))
    columns = -0.3 + 0.2 * (np.arange(9.0) - 4)
    along = CubicSpline(columns, VALUES, axis=1, bc_type="natural")
    expected = [
        CubicSpline(-rows, along(at), bc_type="natural")(-height) for at, height in zip(x - 0.3, y + 0.1, strict=True)
    ]
    np.testing.assert_allclose(psi(PIXELS, y + 0.1, x - 0.3), expected, atol=1e-13)
    node_y, node_x = np.meshgrid(rows, columns, indexing="ij")
    np.testing.assert_allclose(psi(PIXELS, node_y, node_x), VALUES, atol=1e-13)
