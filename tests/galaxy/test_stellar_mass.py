"""Mass that follows light, and what it has in common with the light."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from tests.galaxy.mass_checks import (
    POINTS,
    alpha,
    assert_finite_over_priors,
)

# The others are these with fewer parameters.
KINDS = ["Gaussian", "Sersic", "SersicSph", "SersicGradient", "SersicCore", "Chameleon"]


@pytest.mark.parametrize("name", KINDS)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name):
    assert_finite_over_priors(getattr(ag.mp, name))


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
