"""Shear, magnification, critical curves, caustics and Einstein radii against reference numbers and closed forms."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.array as aa
import galens.galaxy as ag
import galens.lens as al
from galens.errors import GridError, ProfileError
from galens.numerics.polylines import encloses, is_closed, polygon_area, zero_lines
from tests.oracle import build, excess

NAMES = {"al": al, "mp": al.mp, "lp": al.lp}
SPHERE = ag.mp.IsothermalSph(centre=(0.3, -0.2), einstein_radius=1.3)
GALAXY = ag.Galaxy(
    redshift=0.5,
    mass=ag.mp.PowerLawSph(centre=(0.1, 0.05), einstein_radius=1.2, slope=1.9),
    shear=ag.mp.ExternalShear(gamma_1=0.05, gamma_2=0.03),
)


def system(oracle, name):
    case = next(each for each in oracle.cases("tracer") if each["id"] == name)
    return case, build(case["spec"]["tracer"], NAMES)


def same(got, oracle, case, key):
    reference, rule = oracle.reference(case, key)
    assert excess(got, reference, rule) <= 1.0, (case["id"], key)


def distance(points, curve):
    """Of each point to a polyline."""
    start, step = curve[:-1], np.diff(curve, axis=0)
    offset = points[:, None] - start
    along = np.clip(np.sum(offset * step, -1) / np.maximum(np.sum(step**2, -1), 1e-300), 0, 1)
    return np.hypot(*np.moveaxis(offset - along[..., None] * step, -1, 0)).min(axis=1)


@pytest.mark.parametrize("name", ["sie_shear", "epl_shear", "nfw"])
def test_reference_numbers_of_one_plane(oracle, name):
    case, tracer = system(oracle, f"system/{name}")
    lens, points = al.LensCalc.from_tracer(tracer), oracle.input(case, "grid")
    same(np.stack(lens.hessian_from(points)), oracle, case, "hessian_yy_xy_yx_xx")
    same(lens.convergence_2d_via_hessian_from(points), oracle, case, "convergence_via_hessian")
    same(lens.shear_yx_2d_via_hessian_from(points), oracle, case, "shear_via_hessian_g2_g1")
    same(lens.magnification_2d_via_hessian_from(points), oracle, case, "magnification_via_hessian")
    same(lens.time_delay_geometry_term_from(points), oracle, case, "time_delay_geometry_term")
    same(lens.fermat_potential_from(points), oracle, case, "fermat_potential")
    for kind in ("tangential", "radial"):
        if f"{kind}_critical_curve" not in case["arrays"]:
            continue
        for what in ("critical_curve", "caustic"):
            curves = getattr(lens, f"{kind}_{what}_list_from")()
            areas = getattr(lens, f"{kind}_{what}_area_list_from")()
            assert len(curves) == len(areas) == 1
            same(areas[0], oracle, case, f"{kind}_{what}_area")
            assert distance(oracle.reference(case, f"{kind}_{what}")[0], np.asarray(curves[0])).max() < 1e-4
    same(lens.einstein_radius_from(), oracle, case, "einstein_radius_effective")
    same(lens.einstein_mass_angular_from(), oracle, case, "einstein_mass_angular")
    np.testing.assert_allclose(lens.effective_einstein_radius, lens.einstein_radius_from(), rtol=3e-5)


def test_reference_numbers_of_several_planes(oracle):
    case, tracer = system(oracle, "multi_plane/0")
    lens, points = al.LensCalc.from_tracer(tracer), oracle.input(case, "grid")
    same(np.stack(lens.hessian_from(points)), oracle, case, "hessian_multiplane_yy_xy_yx_xx")
    same(lens.magnification_2d_via_hessian_from(points), oracle, case, "magnification_via_hessian_multiplane")
    product = lens.tangential_eigen_value_from(points) * lens.radial_eigen_value_from(points)
    np.testing.assert_allclose(product * lens.magnification_2d_via_hessian_from(points), 1.0, rtol=1e-9)
    with pytest.raises(ProfileError, match="several planes"):
        lens.fermat_potential_from(points)
    with pytest.raises(ProfileError, match="plane_j is 3"):
        al.LensCalc.from_tracer(tracer, plane_j=3)


def test_an_isothermal_sphere_has_its_einstein_radius_and_no_radial_curve():
    lens = ag.LensCalc(SPHERE)
    (curve,) = lens.tangential_critical_curve_list_from()
    assert is_closed(np.asarray(curve))
    np.testing.assert_allclose(np.hypot(*(np.asarray(curve) - [0.3, -0.2]).T), 1.3, rtol=1e-9)
    np.testing.assert_allclose(lens.effective_einstein_radius, 1.3, rtol=1e-12)
    np.testing.assert_allclose(lens.einstein_radius_list_from(), [1.3], rtol=2e-5)
    (caustic,) = lens.tangential_caustic_list_from()
    np.testing.assert_allclose(np.asarray(caustic) - [0.3, -0.2], 0.0, atol=1e-9)
    assert lens.radial_critical_curve_list_from() == []


def test_an_isothermal_ellipsoid_has_the_area_and_the_caustic_of_its_closed_form():
    q, radius = 0.6, 1.4
    mass = ag.mp.Isothermal(ell_comps=(0.0, (1 - q) / (1 + q)), einstein_radius=radius)
    lens = ag.LensCalc(mass)
    # The curve is the ellipse on which the convergence is one half: 2 / (1 + q) of the Einstein radius along x.
    expected = 2 * np.sqrt(q) / (1 + q) * radius
    np.testing.assert_allclose(lens.effective_einstein_radius, expected, rtol=1e-12)
    np.testing.assert_allclose(lens.einstein_radius_from(), expected, rtol=2e-5)
    # Its caustic in closed form (Kormann, Schneider & Bartelmann 1994), in the angle of the ray.
    angle = np.linspace(0.0, 2 * np.pi, 20001)
    g, b = np.sqrt(1 - q * q), 2 * q * radius / (1 + q)
    along = 1 / np.sqrt(q * q * np.cos(angle) ** 2 + np.sin(angle) ** 2)
    alpha_x = b / g * np.arctan(g * np.cos(angle) * along)
    alpha_y = b / g * np.arctanh(g * np.sin(angle) * along)
    caustic = np.stack([b * along * np.sin(angle) - alpha_y, b * along * np.cos(angle) - alpha_x], axis=-1)
    (got,) = lens.tangential_caustic_list_from()
    assert distance(np.asarray(got), caustic).max() < 1e-6
    np.testing.assert_allclose(lens.tangential_caustic_area_list_from(), [polygon_area(caustic)], rtol=1e-3)


def test_two_galaxies_have_a_curve_each_and_the_largest_is_the_einstein_radius():
    satellite = ag.Galaxy(redshift=0.5, mass=ag.mp.IsothermalSph(centre=(0.0, 6.0), einstein_radius=0.02))
    main = ag.Galaxy(redshift=0.5, mass=ag.mp.IsothermalSph(einstein_radius=1.0))
    for galaxies in ([main, satellite], [satellite, main]):
        lens = ag.LensCalc(ag.Galaxies(galaxies))
        radii = lens.einstein_radius_list_from(aa.Grid2D.uniform((40, 40), 0.4))
        assert len(radii) == 2
        assert radii[1] < 0.03 < radii[0]
        assert lens.einstein_radius_from() == pytest.approx(radii[0], rel=1e-5)
        assert float(lens.effective_einstein_radius) == pytest.approx(radii[0], rel=1e-4)


def test_a_curve_that_the_grid_cuts_is_closed_beyond_it():
    lens = ag.LensCalc(SPHERE)
    grid = aa.Grid2D.uniform((20, 20), 0.05, origin=(1.0, -0.2))
    (curve,) = lens.tangential_critical_curve_list_from(grid, pixel_scale=0.05)
    np.testing.assert_allclose(np.hypot(*(np.asarray(curve) - [0.3, -0.2]).T), 1.3, rtol=1e-9)


def test_the_fast_radius_maps_compiles_and_differentiates():
    numbers, structure = jax.tree.flatten(jax.tree.map(jnp.asarray, GALAXY))
    vector = jnp.stack(numbers)

    def radius(vector):
        return ag.LensCalc(jax.tree.unflatten(structure, list(vector))).effective_einstein_radius

    slopes = jax.jit(jax.grad(radius))(vector)
    step = 1e-5
    moved = jnp.concatenate([vector + step * jnp.eye(len(vector)), vector - step * jnp.eye(len(vector))])
    up, down = np.split(np.asarray(jax.jit(jax.vmap(radius))(moved)), 2)
    np.testing.assert_allclose(slopes, (up - down) / (2 * step), rtol=1e-6, atol=1e-8)
    assert np.count_nonzero(np.abs(slopes) > 1e-3) >= 3
    np.testing.assert_allclose(radius(vector), (up + down)[0] / 2, rtol=1e-8)


def test_a_lens_too_weak_for_a_curve_says_so():
    weak = ag.mp.PowerLawSph(einstein_radius=0.0, slope=1.9)
    lens = ag.LensCalc(ag.Galaxy(redshift=0.5, mass=weak, shear=ag.mp.ExternalShear(gamma_1=0.05, gamma_2=0.03)))
    curve = lens.tangential_curve_by_angle()
    assert not curve.is_closed
    assert float(curve.effective_radius) == 0.0
    assert np.all(np.isfinite(curve.points))
    slopes = eqx.filter_jit(eqx.filter_grad(lambda lens: lens.effective_einstein_radius))(lens)
    assert all(np.all(np.isfinite(each)) for each in jax.tree.leaves(slopes))
    assert lens.einstein_radius_list_from() == []
    with pytest.raises(ProfileError, match="no closed tangential critical curve"):
        lens.einstein_radius_from()


def test_maps_have_the_form_of_their_grid():
    lens = ag.LensCalc.from_mass_obj(SPHERE)
    grid = aa.Grid2D.uniform((4, 5), 0.3)
    shear = lens.shear_yx_2d_via_hessian_from(grid)
    assert isinstance(shear, aa.VectorYX2D)
    kappa = lens.convergence_2d_via_hessian_from(grid)
    assert kappa.native.shape == (4, 5)
    # Of an isothermal sphere shear and convergence are equal.
    np.testing.assert_allclose(np.asarray(shear.magnitudes), np.asarray(kappa), rtol=1e-9)
    (xx, xy), (yx, yy) = lens.jacobian_from(aa.Grid2DIrregular(np.asarray(grid)))
    assert isinstance(xx, aa.ArrayIrregular)
    np.testing.assert_allclose(
        np.asarray(xx * yy - xy * yx) * np.asarray(lens.magnification_2d_via_hessian_from(grid)), 1.0, rtol=1e-9
    )


def test_bad_input_is_refused_in_words():
    with pytest.raises(ProfileError, match="a Sersic has no deflections"):
        ag.LensCalc(ag.lp.Sersic())
    lens = ag.LensCalc(SPHERE)
    with pytest.raises(GridError, match="spans no area"):
        lens.tangential_critical_curve_list_from(np.array([[0.0, 1.0], [0.0, 2.0]]))
    with pytest.raises(GridError, match="pixel_scale is -1"):
        lens.tangential_critical_curve_list_from(pixel_scale=-1.0)
    with pytest.raises(GridError, match="not finite"):
        lens.tangential_critical_curve_list_from(np.array([[0.0, np.nan], [0.0, 2.0]]))


def test_zero_lines_of_a_circle_and_points_inside():
    axis = np.linspace(-2.0, 2.0, 101)
    values = np.hypot(*np.meshgrid(axis, axis, indexing="ij")) - 1.0
    (line,) = zero_lines(values, axis, axis)
    assert is_closed(line)
    assert polygon_area(line) == pytest.approx(np.pi, rel=1e-3)
    assert encloses(line, (0.5, 0.5))
    assert not encloses(line, (0.9, 0.9))
