"""The frame and the radii of an elliptical profile."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.array as aa
from galens.errors import ProfileError
from galens.galaxy.geometry import EllProfile, Spherical
from tests.oracle import build, excess


def test_frames_and_radii_agree_with_the_reference(oracle):
    compared = 0
    for case in oracle.cases("geometry"):
        if not case["id"].startswith("EllProfile"):
            continue
        profile = build({**case, "cls": "EllProfile"}, {"EllProfile": EllProfile})
        grid = oracle.input(case, "grid")
        inside = profile.transformed_to_reference_frame_grid_from(grid)
        got = {
            "transformed": inside,
            "back_transformed": profile.transformed_from_reference_frame_grid_from(inside),
            "elliptical_radii": profile.elliptical_radii_grid_from(inside),
            "eccentric_radii": profile.eccentric_radii_grid_from(inside),
            "radial": profile.radial_grid_from(inside),
            "axis_ratio": profile.axis_ratio(),
            "angle": profile.angle(),
            "rotated_back_only": profile.rotated_grid_from_reference_frame_from(inside),
        }
        assert set(got) == set(case["arrays"])
        for name, values in got.items():
            assert excess(values, *oracle.reference(case, name)) <= 1, (case["id"], name)
            compared += 1
    assert compared == 32


def test_known_point_of_the_likelihood_guide():
    profile = EllProfile(centre=(0.1, 0.2), ell_comps=(0.1, 0.2))
    inside = profile.transformed_to_reference_frame_grid_from(np.array([[2.95, -0.45]]))
    np.testing.assert_allclose(inside, [[2.9230990183, 0.0221839804]], rtol=1e-8)
    np.testing.assert_allclose(profile.elliptical_radii_grid_from(inside), [4.6068992980], rtol=1e-10)


def test_eccentric_radius_of_half_an_axis_ratio():
    profile = EllProfile(ell_comps=(0.0, 1 / 3))
    assert float(profile.squared_radius(1.0, 1.0)) == pytest.approx(1.5811388**2)


@pytest.mark.parametrize("ell_comps", [(0.0, 0.0), (0.3, -0.2), (-0.5, 0.6), (1e-9, 0.0)])
def test_squared_radius_is_that_of_the_frame(ell_comps):
    profile = EllProfile(centre=(0.3, -0.1), ell_comps=ell_comps)
    points = np.random.default_rng(1).normal(size=(50, 2))
    y, x = profile.frame(points[:, 0], points[:, 1])
    q = profile.axis_ratio()
    np.testing.assert_allclose(profile.squared_radius(*points.T), q * x**2 + y**2 / q, rtol=1e-13)


def test_squared_radius_keeps_its_digits_next_to_the_centre():
    profile = EllProfile(centre=(0.3, -0.1), ell_comps=(0.3, -0.2))
    turned = EllProfile(ell_comps=(0.3, -0.2))
    for distance in (1e-3, 1e-6):
        near = profile.squared_radius(0.3 + distance, -0.1)
        assert float(near) == pytest.approx(float(turned.squared_radius((0.3 + distance) - 0.3, 0.0)), rel=1e-14)


def test_squared_radius_is_smooth_at_zero_ellipticity():
    def radius(e):
        return EllProfile(ell_comps=(e[0], e[1])).squared_radius(0.7, -1.1)

    slope = jax.jacfwd(radius)(jnp.zeros(2))
    step = 1e-5
    numeric = [(radius(step * unit) - radius(-step * unit)) / (2 * step) for unit in jnp.eye(2)]
    np.testing.assert_allclose(slope, numeric, rtol=1e-9)


def test_squared_radius_has_the_derivatives_of_its_formula():
    random = np.random.default_rng(4)
    y, x = jnp.asarray(random.normal(size=(2, 3, 5)))
    weights = jnp.asarray(random.normal(size=(3, 5)))

    def plain(numbers, y, x):
        cy, cx, e0, e1 = numbers
        dy, dx, square = y - cy, x - cx, e0**2 + e1**2
        return ((1 + square - 2 * e1) * dx**2 - 4 * e0 * dx * dy + (1 + square + 2 * e1) * dy**2) / (1 - square)

    def own(numbers, y, x):
        return EllProfile(centre=tuple(numbers[:2]), ell_comps=tuple(numbers[2:])).squared_radius(y, x)

    at = (jnp.array([0.2, -0.3, 0.15, -0.25]), y, x)

    def total(function):
        return lambda *values: jnp.sum(weights * function(*values))

    for places in ((0,), (1, 2), (0, 1, 2)):
        for derivative in (jax.grad, jax.jacfwd):
            found, expected = (derivative(total(each), argnums=places)(*at) for each in (own, plain))
            for a, b in zip(found, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    found, expected = (jax.hessian(total(each))(*at) for each in (own, plain))
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


def test_squared_radii_of_many_ellipses_broadcast():
    centres, tilts = jnp.array([[0.1], [0.2]]), jnp.array([[0.0], [0.3]])
    y, x = jnp.array([0.5, -0.4, 0.0]), jnp.array([0.2, 0.1, 0.7])
    many = EllProfile(centre=(centres, 0.0), ell_comps=(tilts, 0.1)).squared_radius(y, x)
    for index in range(2):
        one = EllProfile(centre=(float(centres[index, 0]), 0.0), ell_comps=(float(tilts[index, 0]), 0.1))
        np.testing.assert_allclose(many[index], one.squared_radius(y, x), rtol=1e-13)


def test_kinds_of_grid_give_the_same_kind_back():
    profile = EllProfile(centre=(0.1, 0.2), ell_comps=(0.1, 0.2))
    grid = aa.Grid2D.uniform((4, 5), 0.1)
    irregular = aa.Grid2DIrregular([(0.1, 0.2), (1.0, 2.0)])
    inside = profile.transformed_to_reference_frame_grid_from(grid)
    assert isinstance(inside, aa.Grid2D)
    assert isinstance(profile.radial_grid_from(inside), aa.Array2D)
    back = profile.transformed_from_reference_frame_grid_from(inside)
    np.testing.assert_allclose(back.values, grid.values, atol=1e-15)
    inside = profile.transformed_to_reference_frame_grid_from(irregular)
    assert isinstance(inside, aa.Grid2DIrregular)
    assert isinstance(profile.elliptical_radii_grid_from(inside), aa.ArrayIrregular)


def test_vectors_are_rotated_by_a_given_angle():
    profile = EllProfile(ell_comps=(0.1, 0.2))
    np.testing.assert_allclose(
        profile.rotated_grid_from_reference_frame_from(np.array([[0.0, 1.0]]), angle=90.0), [[1.0, 0.0]], atol=1e-15
    )


def test_frame_of_a_circular_profile_is_a_shift():
    class Circle(Spherical, EllProfile):
        pass

    circle = Circle(centre=(1.0, 2.0))
    assert circle.frame(1.5, 1.0) == (0.5, -1.0)
    assert float(circle.squared_radius(1.5, 1.0)) == 1.25
    assert circle.axis_ratio() == 1.0
    with pytest.raises(TypeError):
        Circle(ell_comps=(0.1, 0.1))


def test_ellipticities_that_no_ellipse_has_are_refused():
    with pytest.raises(ProfileError, match=r"EllProfile: ell_comps \(0.8, 0.7\) have a norm of 1.06"):
        EllProfile(ell_comps=(0.8, 0.7))
    with pytest.raises(ProfileError, match="centre"):
        EllProfile(centre=(float("nan"), 0.0))
    with pytest.raises(ProfileError, match="two numbers"):
        EllProfile(centre=0.1)


@pytest.mark.parametrize("ell_comps", [(0.999, 0.0), (0.6, 0.8), (3.0, -4.0)])
def test_too_long_ellipticities_are_finite_and_unphysical_when_traced(ell_comps):
    @jax.jit
    def radius(e0, e1):
        profile = EllProfile(ell_comps=(e0, e1))
        return profile.squared_radius(0.3, 0.4), profile.axis_ratio(), profile.is_physical()

    square, axis_ratio, physical = radius(*ell_comps)
    assert jnp.isfinite(square)
    assert float(axis_ratio) == pytest.approx(0.001 / 1.999)
    assert not physical
    gradient = jax.grad(lambda e0, e1: radius(e0, e1)[0], argnums=(0, 1))(*ell_comps)
    assert all(jnp.isfinite(each) for each in gradient)
    assert EllProfile(ell_comps=(0.99, 0.0)).is_physical() is True
