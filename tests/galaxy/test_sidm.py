"""Halos of self-interacting dark matter."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

import galens.fit as af
import galens.galaxy as ag
from galens.numerics import spherical_density
from tests.galaxy.mass_checks import alpha, assert_finite_over_priors, assert_identities, assert_reference_numbers, maps

PLACE = {"centre": (0.1, -0.2), "kappa_s": 0.2, "scale_radius": 1.3}
RADII = np.array([1e-3, 0.1, 1.0, 30.0])


@pytest.mark.parametrize("name", ["YangSIDMSph", "YangSIDMMCRLudlowSph"])
def test_reference_numbers(oracle, name):
    assert_reference_numbers(oracle, "mp", ag.mp, [name])


def test_a_halo_of_age_0_is_that_of_navarro_frenk_and_white():
    y, x = np.random.default_rng(0).normal(scale=3.0, size=(2, 40))
    young, nfw = ag.mp.YangSIDMSph(**PLACE), ag.mp.NFWSph(**PLACE)
    np.testing.assert_allclose(maps(young, y, x), maps(nfw, y, x), rtol=1e-8)


def test_deflections_potential_and_convergence_belong_together():
    assert_identities(ag.mp.YangSIDMSph(**PLACE, tau=0.6), rtol=1e-7)


def test_integrals_are_those_of_quadrature():
    def density(r):
        return (r**4 + 0.3**4) ** -0.25 / (1.0 + r) ** 2

    def integral(function, *edges):
        return sum(quad(function, *ends, epsrel=1e-11, limit=200)[0] for ends in pairwise(edges))

    def known(radius):
        def beyond(t):
            r = radius * np.cosh(t)
            return (1.0 - np.tanh(t)) * r**2 * density(r) * radius * np.sinh(t)

        kappa = 2.0 * integral(lambda z: density(np.hypot(radius, z)), 0.0, 1.0, 1e2, np.inf)
        within = integral(lambda r: r * r * density(r), 0.0, radius)
        return kappa, 4.0 / radius * (within + integral(beyond, 0.0, 18.0))

    found = spherical_density.convergence(density, RADII), spherical_density.deflection(density, RADII)
    np.testing.assert_allclose(found, np.transpose([known(radius) for radius in RADII]), rtol=1e-7)


def test_cores_grow_with_the_cross_section_and_the_age():
    halo = {"mass_at_200": 1e10, "redshift_object": 0.5, "redshift_source": 2.0}
    at = np.array([0.0]), np.array([0.05])
    slopes = [
        float(alpha(ag.mp.YangSIDMMCRLudlowSph(**halo, sigma_over_m=section, t_age=age), *at)[1, 0])
        for section, age in ((0.0, 10.0), (3.0, 10.0), (3.0, 13.0))
    ]
    assert slopes[0] > slopes[1] > slopes[2] > 0.0


def test_values_and_gradients_are_finite_over_the_default_priors(draws):
    assert_finite_over_priors(ag.mp.YangSIDMSph, draws)


def test_scales_and_ages_of_halos_by_mass_are_finite_with_their_slopes():
    program = af.Model(ag.mp.YangSIDMMCRLudlowSph).program
    vectors = program.physical_from_unit(np.random.default_rng(3).uniform(size=(200, program.n)))

    def scales(vector):
        halo = program.instance(vector).halo
        found = jnp.stack([jnp.asarray(each, float) for each in (halo.kappa_s, halo.scale_radius, halo.tau)])
        return found, found

    slopes, values = jax.jit(jax.vmap(jax.jacfwd(scales, has_aux=True)))(vectors)
    assert np.isfinite(slopes).all()
    assert np.isfinite(values).all()
    assert np.all(values >= 0.0)
