"""Mass profiles against quadrature and closed forms, and the identities that tie their maps together."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.array as aa
import galens.galaxy as ag
from galens.errors import ArrayError, ProfileError
from tests.galaxy.mass_checks import (
    POINTS,
    alpha,
    assert_finite_over_priors,
    assert_identities,
    assert_reference_numbers,
    assert_slope_by_the_ellipticity_of_circles,
    hessian,
    kappa,
)

PROFILES = {
    "PointMass": ag.mp.PointMass(centre=(0.1, -0.2), einstein_radius=1.3),
    "Isothermal": ag.mp.Isothermal(centre=(0.05, -0.1), ell_comps=(0.1, 0.15), einstein_radius=1.4),
    "IsothermalSph": ag.mp.IsothermalSph(centre=(0.05, -0.1), einstein_radius=1.4),
    "PowerLaw": ag.mp.PowerLaw(centre=(0.05, -0.1), ell_comps=(0.1, 0.15), einstein_radius=1.4, slope=2.2),
    "PowerLawSph": ag.mp.PowerLawSph(centre=(0.05, -0.1), einstein_radius=1.4, slope=1.8),
    "PowerLawIntermediate": ag.mp.PowerLawIntermediate(ell_comps=(-0.3, 0.2), einstein_radius=1.4, slope=1.7),
    "PowerLawMultipole": ag.mp.PowerLawMultipole(
        m=4, centre=(0.05, -0.1), einstein_radius=1.4, slope=2.2, multipole_comps=(0.03, 0.02)
    ),
    "NFWSph": ag.mp.NFWSph(centre=(0.05, -0.1), kappa_s=0.2, scale_radius=5.0),
    "ExternalShear": ag.mp.ExternalShear(gamma_1=0.05, gamma_2=-0.03),
    "MassSheet": ag.mp.MassSheet(centre=(0.1, 0.2), kappa=0.1),
    "ExternalPotential": ag.mp.ExternalPotential(
        centre=(0.1, 0.2), gamma_1=0.05, gamma_2=-0.03, tau_1=0.02, tau_2=0.01, delta_1=-0.03, delta_2=0.04
    ),
}


@pytest.fixture(params=PROFILES)
def profile(request):
    return PROFILES[request.param]


def test_reference_numbers(oracle):
    assert_reference_numbers(oracle, "mp", ag.mp, PROFILES)


def test_deflections_potential_and_convergence_belong_together(profile):
    assert_identities(profile)


@pytest.mark.parametrize("axis_ratio", [0.1, 0.3, 0.7, 1.0])
def test_isothermal_deflection_is_the_closed_form(axis_ratio):
    mass = ag.mp.Isothermal(ell_comps=(0.0, (1 - axis_ratio) / (1 + axis_ratio)), einstein_radius=1.0)
    radius = np.logspace(-4, 2, 25)[:, None]
    angle = np.linspace(0.05, 6.2, 24)
    y, x = radius * np.sin(angle), radius * np.cos(angle)
    if axis_ratio == 1.0:
        expected = y / np.hypot(y, x), x / np.hypot(y, x)
    else:
        g = np.sqrt(1 - axis_ratio**2)
        scale = 2 * axis_ratio / ((1 + axis_ratio) * g)
        length = np.sqrt(axis_ratio**2 * x**2 + y**2)
        expected = scale * np.arctanh(g * y / length), scale * np.arctan(g * x / length)
    np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=0, atol=1e-9)


def test_circular_profiles_are_the_limits_of_elliptical_ones():
    y, x = POINTS
    for slope in (1.3, 2.0, 2.7):
        round_ = ag.mp.PowerLawSph(einstein_radius=1.2, slope=slope)
        nearly = ag.mp.PowerLaw(einstein_radius=1.2, slope=slope, ell_comps=(1e-13, -1e-13))
        exactly = ag.mp.PowerLaw(einstein_radius=1.2, slope=slope)
        for each in (nearly, exactly):
            np.testing.assert_allclose(alpha(each, y, x), alpha(round_, y, x), rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(kappa(each, y, x), kappa(round_, y, x), rtol=1e-12)


def test_gradient_by_the_ellipticity_is_right_where_it_is_zero():
    # The Einstein radius is along the major axis: the even part in |e| has a corner there, the odd part none.
    assert_slope_by_the_ellipticity_of_circles(ag.mp.Isothermal, 1e-6, atol=1e-6)


def test_nfw_is_smooth_through_the_scale_radius_and_to_the_centre():
    mass = ag.mp.NFWSph(kappa_s=0.3, scale_radius=1.0)
    radius = np.concatenate([np.logspace(-6, 2, 200), 1 + np.linspace(-0.3, 0.3, 41), [0.5 - 1e-12, 0.5 + 1e-12]])
    nothing = np.zeros_like(radius)
    (yy, _), (_, xx) = hessian(mass, radius, nothing)
    np.testing.assert_allclose(0.5 * (yy + xx), kappa(mass, radius, nothing), rtol=1e-8)
    assert mass.convergence_at(1.0, 0.0) == pytest.approx(2 * 0.3 / 3, rel=1e-13)


@pytest.mark.parametrize("name", PROFILES)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name, draws):
    assert_finite_over_priors(getattr(ag.mp, name), draws)


def test_mass_within_a_circle_follows_from_the_deflections():
    sphere = ag.mp.IsothermalSph(centre=(0.3, 0.1), einstein_radius=1.3)
    np.testing.assert_allclose(
        sphere.mass_angular_within_circle_from(np.array([0.5, 2.0])), np.pi * 1.3 * np.array([0.5, 2.0]), rtol=1e-12
    )
    point = ag.mp.PointMass(centre=(0.0, 0.0), einstein_radius=1.5)
    assert point.mass_angular_within_circle_from(1.0) == pytest.approx(np.pi * 1.5**2, rel=1e-12)
    assert point.mass_angular_within_circle_from(1.0, centre=(3.0, 0.0)) == pytest.approx(0.0, abs=1e-12)


def test_a_grid_gives_vectors_of_its_kind():
    grid = ag.Grid2D.uniform((4, 5), 0.5)
    mass = PROFILES["Isothermal"]
    vectors = mass.deflections_yx_2d_from(grid)
    assert vectors.native.shape == (4, 5, 2)
    np.testing.assert_allclose(vectors.magnitudes, np.hypot(vectors.y, vectors.x))
    irregular = mass.deflections_yx_2d_from(ag.Grid2DIrregular([(1.0, 0.7)]))
    # The reference's own spot value.
    np.testing.assert_allclose(irregular[0], (1.1214516, 0.73922292), rtol=1e-7)
    assert mass.convergence_2d_from(grid).native.shape == (4, 5)
    with pytest.raises(ArrayError, match=r"shape \(20, 2\)"):
        aa.VectorYX2D(np.zeros((3, 2)), grid.mask)


def test_galaxies_deflect_as_the_sum_of_their_profiles():
    grid = ag.Grid2D.uniform((6, 6), 0.4)
    sphere, shear = PROFILES["IsothermalSph"], PROFILES["ExternalShear"]
    galaxy = ag.Galaxy(redshift=0.5, mass=sphere, shear=shear, light=ag.lp.Sersic())
    galaxies = ag.Galaxies([galaxy, ag.Galaxy(redshift=0.5, halo=PROFILES["NFWSph"])])
    for method in ("deflections_yx_2d_from", "potential_2d_from", "convergence_2d_from"):
        parts = [
            np.asarray(getattr(PROFILES[each], method)(grid)) for each in ("IsothermalSph", "ExternalShear", "NFWSph")
        ]
        np.testing.assert_allclose(getattr(galaxy, method)(grid), parts[0] + parts[1], atol=1e-13)
        np.testing.assert_allclose(getattr(galaxies, method)(grid), sum(parts), atol=1e-13)
    dark = ag.Galaxy(redshift=0.5, light=ag.lp.Sersic())
    assert np.all(np.asarray(dark.deflections_yx_2d_from(grid)) == 0.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ag.mp.PowerLaw(slope=3.0), "slope is 3.0, but must be above 1 and below 3"),
        (lambda: ag.mp.Isothermal(einstein_radius=-1.0), "einstein_radius is -1.0, but must be at least 0"),
        (lambda: ag.mp.PowerLawMultipole(m=2.5), "m is 2.5, but must be a whole number"),
        (lambda: ag.mp.PowerLawMultipole(m=1, slope=2.0), "infinite potential"),
    ],
)
def test_impossible_parameters_are_refused(make, words):
    with pytest.raises(ProfileError, match=words):
        make()


def test_derivative_of_a_deflection_shares_what_the_value_computes():
    y, x = jnp.asarray(np.random.default_rng(3).normal(size=(2, 37)))

    def deflections(numbers):
        mass = ag.mp.Isothermal(centre=tuple(numbers[:2]), ell_comps=tuple(numbers[2:4]), einstein_radius=numbers[4])
        return jnp.stack(mass.deflections_at(y, x))

    def derivative(numbers, change):
        return jax.jvp(deflections, (numbers,), (change,))

    def both(numbers, change):
        return deflections(numbers), derivative(numbers, change)

    def operations(function):
        program = jax.jit(function).lower(jnp.array([0.1, -0.2, 0.1, 0.2, 1.0]), jnp.ones(5)).compile().as_text()
        return [len(re.findall(rf"f64\[37\]\S* {name}\(", program)) for name in ("divide", "sqrt", "multiply")]

    assert min(operations(derivative)) > 0
    assert operations(both) == operations(derivative)
