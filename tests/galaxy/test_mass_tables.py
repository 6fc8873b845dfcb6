"""Deflections and potentials given on pixels: reference numbers, splines, derivatives."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.interpolate import CubicSpline

import galens.array as aa
import galens.galaxy as ag
from galens.errors import ProfileError
from tests.galaxy.mass_checks import alpha, assert_identities, kappa, psi
from tests.oracle import build, excess

VALUES = np.random.default_rng(3).normal(size=(7, 9))
PIXELS = ag.mp.PixelizedPotential(lensing_potential=VALUES, pixel_scale=0.2, centre=(0.1, -0.3))


def test_reference_numbers(oracle):
    compared = 0
    for case in oracle.cases("mass_profiles"):
        if not case["id"].startswith("mp.Input"):
            continue
        grid = aa.Grid2D.from_mask(build(case["spec"]["mask"], {"al": aa}), over_sample_size=1)
        if "Potential" in case["id"]:
            mass = ag.mp.InputPotential(oracle.input(case, "lensing_potential"), grid)
        else:
            mass = ag.mp.InputDeflections(*oracle.input(case, "deflections").T, grid)
        where = ("nodes", "off", "far")
        points = [oracle.input(case, each) for each in where]
        everywhere = np.concatenate(points)
        split = np.cumsum([len(each) for each in points])[:-1]
        maps = {
            "convergence": mass.convergence_2d_from(everywhere),
            "deflections": mass.deflections_yx_2d_from(everywhere),
            "potential": mass.potential_2d_from(everywhere),
        }
        for name, values in maps.items():
            for each, got in zip(where, np.split(np.asarray(values), split), strict=True):
                assert excess(got, *oracle.reference(case, f"{name}_{each}")) <= 1.0, (case["id"], name, each)
                compared += 1
    assert compared == 54


def test_tables_take_arrays_of_every_form_and_end_as_asked():
    grid = aa.Grid2D.uniform((4, 5), 0.5, over_sample_size=1)
    native = np.random.default_rng(0).normal(size=(4, 5))
    table = ag.mp.InputPotential(native, grid, extrapolate="zero")
    same = ag.mp.InputPotential(aa.Array2D(native, grid.mask), grid, extrapolate="zero")
    np.testing.assert_allclose(table.potential_2d_from(grid).native, native, atol=1e-14)
    np.testing.assert_allclose(same.deflections_at(0.3, 0.1), table.deflections_at(0.3, 0.1))
    assert float(table.potential_at(5.0, 0.0)) == 0.0
    # A change of a value moves the deflection by what differences say.
    slope = jax.grad(lambda value: ag.mp.InputPotential(native * value, grid).deflections_at(0.3, 0.1)[0])(1.0)
    assert float(slope) == pytest.approx(float(table.deflections_at(0.3, 0.1)[0]))
    with pytest.raises(ProfileError, match=r"lensing_potential has shape \(3,\), but must have \(20,\) or \(4, 5\)"):
        ag.mp.InputPotential(np.zeros(3), grid)
    with pytest.raises(ProfileError, match="extrapolate is 'linear'"):
        ag.mp.InputPotential(native, grid, extrapolate="linear")


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


def test_pixelized_maps_are_exact_derivatives_and_continuous_at_pixels_and_edges():
    y, x = np.random.default_rng(2).uniform(-2.0, 2.0, size=(2, 60))
    assert_identities(PIXELS, y, x)
    knots = np.array([-1.1, -0.7, -0.3, -0.1, 0.5])
    for maps, steepest in ((alpha, 1e-7), (kappa, 1e-6)):
        near = [maps(PIXELS, 0.23 + 0.0 * knots, knots + each) for each in (-1e-10, 1e-10)]
        np.testing.assert_allclose(near[0], near[1], atol=steepest)


def test_values_of_the_pixels_are_parameters():
    slopes = jax.grad(lambda mass: mass.convergence_at(0.12, -0.27))(PIXELS).lensing_potential
    assert slopes.shape == VALUES.shape
    assert float(np.sum(slopes * VALUES)) == pytest.approx(float(PIXELS.convergence_at(0.12, -0.27)))
    with pytest.raises(ProfileError, match=r"lensing_potential has shape \(5,\)"):
        ag.mp.PixelizedPotential(lensing_potential=np.zeros(5))
