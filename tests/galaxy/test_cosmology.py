"""Cosmologies against astropy and the reference numbers; gradients with respect to parameters and redshifts."""

from __future__ import annotations

import astropy.cosmology
import astropy.units as u
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
import galens.galaxy as ag
from galens.errors import CosmologyError
from tests.oracle import build, excess

REDSHIFTS = np.array([0.001, 0.05, 0.3, 0.8, 1.5, 3.0, 7.0, 20.0])
PAIRS = {
    "Planck13": (ag.cosmo.Planck13(), astropy.cosmology.Planck13),
    "Planck15": (ag.cosmo.Planck15(), astropy.cosmology.Planck15),
    "Planck18": (ag.cosmo.Planck18(), astropy.cosmology.Planck18),
    "WMAP9": (ag.cosmo.WMAP9(), astropy.cosmology.WMAP9),
    "phantom energy, heavy neutrinos": (
        ag.cosmo.FlatwCDM(H0=72.0, Om0=0.25, w0=-1.2, m_nu=0.2),
        astropy.cosmology.FlatwCDM(
            H0=72.0, Om0=0.25, w0=-1.2, Tcmb0=2.7255, Neff=3.046, m_nu=[0.2] * 3 * u.eV, Ob0=0.04897
        ),
    ),
    "no radiation": (
        ag.cosmo.FlatLambdaCDM(H0=70.0, Om0=0.3, Tcmb0=0.0),
        astropy.cosmology.FlatLambdaCDM(H0=70.0, Om0=0.3, Tcmb0=0.0),
    ),
}


@pytest.fixture(params=PAIRS)
def pair(request):
    return PAIRS[request.param]


def test_distances_and_densities_are_those_of_astropy(pair):
    ours, theirs = pair
    computed = {
        "distance": (
            ours.angular_diameter_distance_to_earth_in_kpc_from(REDSHIFTS),
            theirs.angular_diameter_distance(REDSHIFTS).to_value(u.kpc),
        ),
        "luminosity distance": (
            ours.luminosity_distance(REDSHIFTS),
            theirs.luminosity_distance(REDSHIFTS).to_value(u.Mpc),
        ),
        "between": (
            ours.angular_diameter_distance_between_redshifts_in_kpc_from(0.4, REDSHIFTS[3:]),
            theirs.angular_diameter_distance(0.4, REDSHIFTS[3:]).to_value(u.kpc),
        ),
        "expansion": (ours.E(REDSHIFTS), theirs.efunc(REDSHIFTS)),
        "matter": (ours.Om(REDSHIFTS), theirs.Om(REDSHIFTS)),
        "critical density": (
            ours.critical_density(REDSHIFTS),
            theirs.critical_density(REDSHIFTS).to_value(u.Msun / u.kpc**3),
        ),
        "scale": (
            ours.kpc_per_arcsec_from(REDSHIFTS),
            theirs.kpc_proper_per_arcmin(REDSHIFTS).to_value(u.kpc / u.arcsec),
        ),
    }
    for name, (got, expected) in computed.items():
        np.testing.assert_allclose(got, expected, rtol=1e-8, err_msg=name)


@pytest.mark.parametrize("number", range(4))
def test_reference_numbers(oracle, number):
    case = list(oracle.cases("cosmology", "ok"))[number]
    cosmology = build(case["spec"], {"al": ag})
    z, z0, z1, zf = (oracle.input(case, name) for name in ("z", "z0", "z1", "zf"))
    arguments = {
        "angular_diameter_distance_between_redshifts_in_kpc_from": (z0, z1),
        "critical_surface_density_between_redshifts_solar_mass_per_kpc2_from": (z0, z1),
        "critical_surface_density_between_redshifts_from": (z0, z1),
        "scaling_factor_between_redshifts_from": (z0, z1, zf),
        "velocity_dispersion_from": (z0, z1, 1.2),
    }
    compared = 0
    for name in case["arrays"]:
        method = name.removesuffix("__astropy")
        got = getattr(cosmology, method)(*arguments.get(method, (z,)))
        assert excess(got, *oracle.reference(case, name)) <= 1.0, name
        compared += 1
    assert compared >= 20


def test_deflections_scale_from_nothing_at_the_lens_to_one_at_the_source():
    scale = ag.cosmo.Planck15().scaling_factor_between_redshifts_from(0.5, np.array([0.5, 1.0, 2.0]), 2.0)
    assert scale[0] == 0.0
    assert 0.0 < scale[1] < 1.0
    assert scale[2] == pytest.approx(1.0, rel=1e-14)


def test_a_source_at_the_lens_has_an_infinite_critical_density_and_one_in_front_a_negative_one():
    density = ag.cosmo.Planck15().critical_surface_density_between_redshifts_from
    assert density(0.5, 0.5) == np.inf
    assert density(0.5, 0.3) < 0.0


@pytest.mark.parametrize("name", ["H0", "Om0", "w0", "m_nu"])
def test_gradients_by_parameters_are_those_of_differences(name):
    values = {"H0": 67.0, "Om0": 0.3, "w0": -0.9, "m_nu": 0.06}

    def distance(value):
        cosmology = ag.cosmo.FlatwCDM(**{**values, name: value})
        return cosmology.angular_diameter_distance_between_redshifts_in_kpc_from(0.4, 1.7)

    step = 1e-4 * abs(values[name])
    difference = (distance(values[name] + step) - distance(values[name] - step)) / (2 * step)
    assert jax.jit(jax.grad(distance))(values[name]) == pytest.approx(float(difference), rel=1e-6)


def test_a_cosmology_goes_through_jit_and_vmap_and_redshifts_have_gradients():
    @jax.jit
    def slope(cosmology, redshift):
        return jax.grad(lambda z: cosmology.luminosity_distance(z))(redshift)

    cosmology = ag.cosmo.Planck15()
    many = jax.vmap(slope, (None, 0))(cosmology, jnp.array([0.0, 0.5]))
    # Hubble's law: c / H0 in Mpc.
    assert many[0] == pytest.approx(299792.458 / 67.74, rel=1e-12)
    assert np.all(np.isfinite(many))
    massless = jax.grad(lambda m: ag.cosmo.FlatLambdaCDM(m_nu=m).luminosity_distance(1.0))(0.0)
    assert np.isfinite(massless)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"H0": 0.0}, "H0 is 0.0, but must be above 0"),
        ({"Om0": -0.1}, "Om0 is -0.1, but must be at least 0"),
        ({"m_nu": (0.0, -0.06, 0.0)}, r"m_nu\[1\] is -0.06"),
        ({"Tcmb0": float("nan")}, "Tcmb0 is nan"),
    ],
)
def test_impossible_universes_are_refused(parameters, words):
    with pytest.raises(CosmologyError, match=words):
        ag.cosmo.FlatLambdaCDM(**parameters)


@pytest.mark.parametrize("name", ag.cosmo.__all__)
def test_a_model_of_a_cosmology_is_fixed_at_its_own_values_until_a_prior_is_set(name):
    cls = getattr(ag.cosmo, name)
    model = af.Model(cls)
    assert model.prior_count == 0
    assert model.instance_from_vector([]) == cls()
    model.H0 = af.UniformPrior(60.0, 80.0)
    assert model.instance_from_vector([71.0]).H0 == 71.0
