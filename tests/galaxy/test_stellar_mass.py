"""Mass that follows light: against quadrature and reference numbers, and what it has in common with the light."""

from __future__ import annotations

import dataclasses

import jax
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from galens.numerics.special import sersic_constant
from tests.galaxy.mass_checks import (
    POINTS,
    alpha,
    assert_case,
    assert_finite_over_priors,
    assert_identities,
    assert_reference_numbers,
    assert_slope_by_the_ellipticity_of_circles,
    kappa,
    psi,
)
from tests.oracle import build

SHAPE = {"centre": (0.05, -0.1), "ell_comps": (0.1, 0.15)}
ROUND = {"centre": (0.05, -0.1)}
PROFILES = {
    "Gaussian": ag.mp.Gaussian(**SHAPE, intensity=0.5, sigma=1.1, mass_to_light_ratio=2.0),
    "GaussianGradient": ag.mp.GaussianGradient(**SHAPE, sigma=0.7, mass_to_light_gradient=0.4),
    "Sersic": ag.mp.Sersic(**SHAPE, intensity=0.5, effective_radius=1.1, sersic_index=3.0, mass_to_light_ratio=2.0),
    "SersicSph": ag.mp.SersicSph(**ROUND, intensity=0.5, effective_radius=0.8, sersic_index=4.7),
    "Exponential": ag.mp.Exponential(**SHAPE, intensity=0.5, effective_radius=1.1),
    "ExponentialSph": ag.mp.ExponentialSph(**ROUND, intensity=0.5, effective_radius=1.1),
    "DevVaucouleurs": ag.mp.DevVaucouleurs(**SHAPE, intensity=0.5, effective_radius=1.1),
    "DevVaucouleursSph": ag.mp.DevVaucouleursSph(**ROUND, intensity=0.5, effective_radius=1.1),
    "SersicGradient": ag.mp.SersicGradient(**SHAPE, sersic_index=2.0, mass_to_light_gradient=0.5),
    "SersicGradientSph": ag.mp.SersicGradientSph(**ROUND, sersic_index=2.0, mass_to_light_gradient=-0.5),
    "SersicCore": ag.mp.SersicCore(**SHAPE, effective_radius=1.1, sersic_index=3.0, radius_break=0.1),
    "SersicCoreSph": ag.mp.SersicCoreSph(**ROUND, effective_radius=1.1, sersic_index=3.0),
    "Chameleon": ag.mp.Chameleon(**SHAPE, intensity=0.5, core_radius_0=0.1, core_radius_1=0.4),
    "ChameleonSph": ag.mp.ChameleonSph(**ROUND, intensity=0.5, core_radius_0=0.1, core_radius_1=0.4),
}
# The others are these with fewer parameters.
KINDS = ["Gaussian", "Sersic", "SersicSph", "SersicGradient", "SersicCore", "Chameleon"]
RADII = np.logspace(-4, 2, 13)[:, None]
ANGLES = np.array([0.0, 0.02, 0.1, 0.3, 0.7, 1.2, 1.5, np.pi / 2])
FAN = (RADII * np.sin(ANGLES)).ravel(), (RADII * np.cos(ANGLES)).ravel()


def integrated(density, axis_ratio, y, x):
    """(alpha_y, alpha_x) by the integrals of Schramm (1990) in 2400 steps; centre 0, major axis x."""
    points, weights = np.polynomial.legendre.leggauss(20)
    edges = np.linspace(-60.0, 0.0, 121)
    log_u = (edges[:-1, None] + 0.25 * (points + 1.0)).ravel()
    # v = q^h is smooth in ln h whatever the axis ratio; at q = 1 it is u = h.
    h, steps = np.exp(log_u), np.exp(log_u) * np.tile(0.25 * weights, 120)
    if axis_ratio == 1.0:
        u, v, steps = h, np.ones_like(h), steps
    else:
        rate = -np.log(axis_ratio)
        v = np.exp(-rate * h)
        u, steps = -np.expm1(-2.0 * rate * h) / (1.0 - axis_ratio**2), 2.0 * rate * v**2 / (1.0 - axis_ratio**2) * steps
    square = axis_ratio * u[:, None] * (x * x + y * y / (v * v)[:, None])
    values = np.asarray(density(square))
    return axis_ratio * y * ((steps / v**3) @ values), axis_ratio * x * ((steps / v) @ values)


@pytest.mark.parametrize("name", PROFILES)
def test_reference_numbers(oracle, name):
    assert_reference_numbers(oracle, "mp", ag.mp, [name])


def test_families_with_light_have_the_mass_of_the_family_without_and_the_reference_numbers(oracle):
    compared = set()
    for case in oracle.cases("mass_profiles"):
        family, _, name = case.get("cls", "").rpartition(".")
        if family not in ("lmp", "lmp_linear"):
            continue
        cls = getattr(getattr(ag, family), name)
        # No profile is the mass of an exponential with a gradient alone.
        twin = getattr(ag.mp, name, getattr(ag.lmp, name))
        if (family, name) not in compared:
            compared.add((family, name))
            # Every method and property is the same function, but for brightness and the default of a core.
            for each in dir(twin):
                if not (
                    each.startswith("__") or each in ("_abc_impl", "core_radius_1", "brightness", "with_intensity")
                ):
                    assert getattr(cls, each) == getattr(twin, each), (family, name, each)
        mass = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {family: getattr(ag, family)})
        assert_case(oracle, case, twin(**{each.name: getattr(mass, each.name) for each in dataclasses.fields(twin)}))
    assert compared == {(family, name) for family in ("lmp", "lmp_linear") for name in getattr(ag, family).__all__}


@pytest.mark.parametrize("name", KINDS)
def test_deflections_potential_and_convergence_belong_together(name):
    assert_identities(PROFILES[name], rtol=1e-7)


@pytest.mark.parametrize("name", KINDS)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name, draws):
    assert_finite_over_priors(getattr(ag.mp, name), draws)


@pytest.mark.parametrize("axis_ratio", [0.1, 0.3, 0.7, 1.0])
def test_sersic_deflection_is_the_integral_for_all_indices_and_radii(axis_ratio):
    y, x = FAN
    for index in (0.5, 0.8, 1.0, 2.0, 4.0, 8.0):
        for radius in (0.1, 1.0, 10.0):
            ell_comps = (0.0, (1 - axis_ratio) / (1 + axis_ratio))
            mass = ag.mp.Sersic(ell_comps=ell_comps, effective_radius=radius, sersic_index=index)
            expected = integrated(mass.density, axis_ratio, y, x)
            np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=0, atol=1e-7 * np.max(np.abs(expected)))


def test_sersic_of_index_a_half_is_the_gaussian():
    # Known in closed form, and the hardest of all: smooth, and so flat that the light ends within few shells.
    axis_ratio, effective_radius = 0.1, 1.3
    ell_comps = (0.0, (1 - axis_ratio) / (1 + axis_ratio))
    steepness = float(sersic_constant(0.5))
    sersic = ag.mp.Sersic(ell_comps=ell_comps, effective_radius=effective_radius, sersic_index=0.5, intensity=0.7)
    sigma = effective_radius * np.sqrt(axis_ratio / (2.0 * steepness))
    gaussian = ag.mp.Gaussian(ell_comps=ell_comps, sigma=sigma, intensity=0.7 * np.exp(steepness))
    radius, angle = np.geomspace(1e-3, 1e3, 60)[:, None], np.linspace(0.0, np.pi / 2, 9)
    y, x = (radius * np.sin(angle)).ravel(), (radius * np.cos(angle)).ravel()
    np.testing.assert_allclose(sersic.convergence_at(y, x), gaussian.convergence_at(y, x), atol=1e-14)
    expected = np.stack(gaussian.deflections_at(y, x))
    found = np.stack(sersic.deflections_at(y, x))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7 * np.max(np.abs(expected)))


@pytest.mark.parametrize("name", ["Gaussian", "Chameleon", "SersicGradient", "SersicCore"])
def test_doubtful_reference_potentials_are_the_line_integrals_of_the_deflection(oracle, name):
    case = next(each for each in oracle.cases("mass_profiles", "doubtful-upstream") if each["cls"] == f"mp.{name}")
    kwargs = {key: tuple(value) if isinstance(value, list) else value for key, value in case["kwargs"].items()}
    mass = getattr(ag.mp, name)(**kwargs)
    reference, _ = oracle.reference(case, "potential_irr")
    points = oracle.input(case, "grid_irr")
    chosen = np.flatnonzero(np.hypot(*(points - kwargs["centre"]).T) > 0.3)[:6]
    along, across = mass.frame(points[chosen, 0], points[chosen, 1])[::-1]
    t, weights = np.polynomial.legendre.leggauss(40)
    t, weights = (0.5 * (t + 1.0)) ** 4, 2.0 * (0.5 * (t + 1.0)) ** 3 * weights
    integral = np.zeros(len(chosen))
    for each, weight in zip(t, weights, strict=True):
        vector = integrated(mass.density, float(mass.axis_ratio()), each * np.asarray(across), each * np.asarray(along))
        integral += weight * (vector[0] * across + vector[1] * along)
    np.testing.assert_allclose(mass.potential_at(*points[chosen].T), integral, rtol=1e-6)
    np.testing.assert_allclose(reference[chosen] - reference[chosen[0]], integral - integral[0], atol=2e-6)
    if name != "SersicCore":
        upstream, _ = oracle.reference(case, "upstream_potential_irr")
        assert np.max(np.abs(upstream[chosen] - upstream[chosen[0]] - integral + integral[0])) > 1e-4


@pytest.mark.parametrize("axis_ratio", [0.1, 0.5, 0.97])
def test_gaussian_deflection_is_the_integral(axis_ratio):
    y, x = FAN
    mass = ag.mp.Gaussian(ell_comps=(0.0, (1 - axis_ratio) / (1 + axis_ratio)), sigma=0.7)
    expected = integrated(mass.density, axis_ratio, y, x)
    np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


def test_gaussian_is_the_same_on_both_sides_of_where_its_formula_changes():
    y, x = FAN
    for ellipticity in (0.00999999, 0.01000001):
        axis_ratio = (1 - ellipticity) / (1 + ellipticity)
        mass = ag.mp.Gaussian(ell_comps=(0.0, ellipticity), sigma=0.7)
        expected = integrated(mass.density, axis_ratio, y, x)
        np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


@pytest.mark.parametrize("name", ["Sersic", "Chameleon"])
def test_circular_profiles_are_the_limits_of_elliptical_ones(name):
    y, x = POINTS
    circle = getattr(ag.mp, f"{name}Sph")(intensity=0.4)
    for ell_comps in ((0.0, 0.0), (1e-13, -1e-13)):
        ellipse = getattr(ag.mp, name)(intensity=0.4, ell_comps=ell_comps)
        for field in (alpha, psi, kappa):
            np.testing.assert_allclose(field(ellipse, y, x), field(circle, y, x), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", ["Gaussian", "Sersic", "Chameleon"])
def test_gradient_by_the_ellipticity_is_right_for_circles(name):
    # The width along the minor axis, and with it the deflection's slope, has a corner at the circle: small steps.
    assert_slope_by_the_ellipticity_of_circles(getattr(ag.mp, name), 1e-7, atol=1e-7)


def test_mass_is_the_light_times_the_ratio():
    light = {"centre": (0.1, 0.2), "ell_comps": (0.1, -0.2), "intensity": 0.7, "effective_radius": 0.9}
    both = ag.lmp.Sersic(**light, sersic_index=2.5, mass_to_light_ratio=3.0)
    y, x = POINTS
    np.testing.assert_allclose(both.image_at(y, x), ag.lp.Sersic(**light, sersic_index=2.5).image_at(y, x), rtol=1e-14)
    np.testing.assert_allclose(both.convergence_at(y, x), 3.0 * both.image_at(y, x), rtol=1e-12)
    # All of it deflects as seen from far away.
    np.testing.assert_allclose(both.mass_angular_within_circle_from(1e4), 3.0 * both.total_flux, rtol=1e-7)


def test_a_galaxy_lists_one_component_as_light_and_as_mass():
    galaxy = ag.Galaxy(redshift=0.5, stars=ag.lmp.DevVaucouleurs(), halo=ag.mp.NFWSph())
    assert list(galaxy.light_profiles) == ["stars"]
    assert list(galaxy.mass_profiles) == ["stars", "halo"]
    assert not isinstance(ag.mp.DevVaucouleurs(), ag.LightProfile)
    assert isinstance(galaxy.stars, ag.lp.DevVaucouleurs)
    assert isinstance(galaxy.stars, ag.mp.DevVaucouleurs)


def test_ratio_of_a_gaussian_follows_from_its_width():
    mass = ag.mp.GaussianGradient(
        sigma=1.99, mass_to_light_ratio_base=3.0, mass_to_light_gradient=0.5, mass_to_light_radius=0.5
    )
    assert mass.mass_to_light_ratio == pytest.approx(6.0)
    same = ag.mp.Gaussian(sigma=1.99, mass_to_light_ratio=6.0)
    np.testing.assert_allclose(mass.convergence_at(*POINTS), same.convergence_at(*POINTS))


@pytest.mark.parametrize("name", ["Sersic", "GaussianGradient", "SersicCore", "ExponentialGradient"])
def test_default_priors_of_light_and_mass_in_one(name):
    model = af.Model(getattr(ag.lmp, name))
    ordinary = {path[-1] for path in model.program.paths}
    assert {"intensity", "centre_0"} < ordinary
    assert any(each.startswith("mass_to_light") for each in ordinary)
    linear = af.Model(getattr(ag.lmp_linear, name))
    assert {path[-1] for path in linear.program.paths} == ordinary


def test_a_fit_solves_the_light_of_linear_profiles_and_leaves_their_mass():
    mask = ag.Mask2D.circular(shape_native=(40, 40), pixel_scales=0.1, radius=1.5)
    shape = {"centre": (0.03, -0.02), "ell_comps": (0.1, 0.05), "effective_radius": 0.6}
    truth = ag.lmp.Exponential(**shape, intensity=2.5)
    grid = ag.Grid2D.from_mask(mask, over_sample_size=1)
    image = truth.image_2d_from(grid)
    dataset = ag.Imaging(image, ag.Array2D(np.full(mask.pixels_in_mask, 0.01), mask), over_sample_size_lp=1)
    linear = ag.lmp_linear.Exponential(**shape, intensity=0.8, mass_to_light_ratio=2.0)
    dark = ag.lmp_linear.DevVaucouleurs(**shape, intensity=0.3, mass_to_light_ratio=1.5)
    galaxy = ag.Galaxy(redshift=0.5, disk=linear, bulge=dark)
    # Without a fit its image is dark, and its mass is there.
    assert np.all(np.asarray(galaxy.image_2d_from(grid)) == 0.0)
    fit = ag.FitImaging(dataset, [galaxy])
    solved = fit.model_obj_linear_light_profiles_to_light_profiles[0]
    assert type(solved.disk) is ag.lmp.Exponential
    assert type(solved.bulge) is ag.lmp.DevVaucouleurs
    assert solved.disk.intensity == pytest.approx(2.5, rel=1e-3)
    np.testing.assert_allclose(solved.disk.mass_to_light_ratio, 0.8 * 2.0 / solved.disk.intensity, rtol=1e-12)
    for before, after in ((linear, solved.disk), (dark, solved.bulge)):
        np.testing.assert_allclose(alpha(after, *POINTS), alpha(before, *POINTS), rtol=1e-11)
        np.testing.assert_allclose(kappa(after, *POINTS), kappa(before, *POINTS), rtol=1e-11)
    np.testing.assert_allclose(solved.image_2d_from(grid), image, atol=1e-3)


def test_einstein_radius_of_a_scaling_relation():
    relation = ag.sr.MassLightRelation(gradient=1.2, denominator=2.0, power=0.5)
    member = ag.sr.IsothermalMLR(ell_comps=(0.1, 0.0), relation=relation, luminosity=8.0)
    same = ag.mp.Isothermal(ell_comps=(0.1, 0.0), einstein_radius=2.4)
    np.testing.assert_allclose(alpha(member, *POINTS), alpha(same, *POINTS), rtol=1e-13)
    circle = ag.sr.IsothermalMLRSph(relation=relation, luminosity=8.0)
    np.testing.assert_allclose(np.hypot(*alpha(circle, *POINTS)), 2.4)
    assert np.isfinite(jax.grad(lambda each: each.potential_at(1.0, 0.5))(member).relation.power)
    # One relation for all members of a group, with priors for its parameters.
    shared = af.Model(ag.sr.MassLightRelation, gradient=af.UniformPrior(0.0, 2.0), denominator=1.0, power=0.5)
    members = [
        af.Model(ag.Galaxy, redshift=0.5, mass=af.Model(ag.sr.IsothermalMLRSph, relation=shared, luminosity=luminosity))
        for luminosity in (1.0, 4.0)
    ]
    for each in members:
        each.mass.centre = (0.0, 0.0)
    model = af.Collection(scaling_galaxies=af.Collection(members))
    assert model.prior_count == 1
    instance = model.instance_from_vector([1.5])
    assert [float(each.mass.einstein_radius) for each in instance.scaling_galaxies] == pytest.approx([1.5, 3.0])
