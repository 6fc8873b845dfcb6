"""Halos of dark matter against quadrature and closed forms, and the identities that tie their maps together."""

from __future__ import annotations

import dataclasses
from functools import cache

import jax
import numpy as np
import pytest
from scipy.integrate import quad

import galens.fit as af
import galens.galaxy as ag
from galens.errors import ProfileError
from galens.galaxy.profiles.mass.by_mass import ByMass
from galens.galaxy.profiles.mass.concentration import ludlow_concentration
from tests.galaxy.mass_checks import (
    POINTS,
    alpha,
    assert_case,
    assert_finite,
    assert_finite_over_priors,
    assert_identities,
    assert_reference_numbers,
    drawn,
    kappa,
    psi,
)
from tests.oracle import build

PLACE = {"centre": (0.05, -0.1)}
TILT = {"ell_comps": (0.1, 0.15)}
PROFILES = {
    "NFW": ag.mp.NFW(**PLACE, **TILT, kappa_s=0.2, scale_radius=5.0),
    "NFWSph": ag.mp.NFWSph(**PLACE, kappa_s=0.2, scale_radius=5.0),
    "gNFW": ag.mp.gNFW(**PLACE, **TILT, kappa_s=0.2, inner_slope=1.4, scale_radius=5.0),
    "gNFWSph": ag.mp.gNFWSph(**PLACE, kappa_s=0.2, inner_slope=1.4, scale_radius=5.0),
    "cNFW": ag.mp.cNFW(**PLACE, **TILT, kappa_s=0.2, scale_radius=5.0, core_radius=0.5),
    "cNFWSph": ag.mp.cNFWSph(**PLACE, kappa_s=0.2, scale_radius=5.0, core_radius=0.5),
    "NFWTruncatedSph": ag.mp.NFWTruncatedSph(**PLACE, kappa_s=0.2, scale_radius=5.0, truncation_radius=8.0),
}
# Halos by mass, and the class that has the same shape.
BY_MASS = {
    "NFWMCRDuffySph": ag.mp.NFWSph,
    "NFWMCRLudlow": ag.mp.NFW,
    "NFWMCRLudlowSph": ag.mp.NFWSph,
    "NFWMCRScatterLudlow": ag.mp.NFW,
    "NFWMCRScatterLudlowSph": ag.mp.NFWSph,
    "NFWTruncatedMCRDuffySph": ag.mp.NFWTruncatedSph,
    "NFWTruncatedMCRLudlowSph": ag.mp.NFWTruncatedSph,
    "NFWTruncatedMCRScatterLudlowSph": ag.mp.NFWTruncatedSph,
    "NFWVirialMassConcSph": ag.mp.NFWSph,
    "cNFWMCRLudlow": ag.mp.cNFW,
    "cNFWMCRLudlowSph": ag.mp.cNFWSph,
    "cNFWMCRScatterLudlow": ag.mp.cNFW,
    "cNFWMCRScatterLudlowSph": ag.mp.cNFWSph,
    "gNFWMCRLudlow": ag.mp.gNFW,
    "gNFWVirialMassConcSph": ag.mp.gNFWSph,
    "gNFWVirialMassgNFWConcSph": ag.mp.gNFWSph,
}
WITHOUT_REFERENCE = {
    "Hernquist": ag.mp.Hernquist(**PLACE, **TILT, kappa_s=0.2, scale_radius=1.0),
    "HernquistSph": ag.mp.HernquistSph(**PLACE, kappa_s=0.2, scale_radius=1.0),
}
ALL = {**PROFILES, **WITHOUT_REFERENCE}
# The others are these without ellipticity.
KINDS = ["NFW", "NFWSph", "gNFW", "cNFW", "NFWTruncatedSph", "Hernquist"]

# Densities in units of kappa_s Sigma_cr / r_s, of the radius over r_s.
DENSITIES = {
    "NFW": (ag.mp.NFW, {}, lambda r: 1 / (r * (1 + r) ** 2)),
    "gNFW of slope 0": (ag.mp.gNFW, {"inner_slope": 0.0}, lambda r: (1 + r) ** -3),
    "gNFW of slope 1.5": (ag.mp.gNFW, {"inner_slope": 1.5}, lambda r: r**-1.5 * (1 + r) ** -1.5),
    "gNFW of slope 2": (ag.mp.gNFW, {"inner_slope": 2.0}, lambda r: r**-2 / (1 + r)),
    "cNFW of a small core": (ag.mp.cNFW, {"core_radius": 0.01}, lambda r: 1 / ((r + 0.01) * (1 + r) ** 2)),
    "cNFW of equal radii": (ag.mp.cNFW, {"core_radius": 1.0}, lambda r: (1 + r) ** -3),
    "cNFW of a large core": (ag.mp.cNFW, {"core_radius": 5.0}, lambda r: 1 / ((r + 5) * (1 + r) ** 2)),
    "Hernquist": (ag.mp.Hernquist, {}, lambda r: 1 / (r * (1 + r) ** 3)),
}


def halo(name: str, ell_comps=(0.0, 0.0), scale_radius: float = 1.0):
    cls, more, _ = DENSITIES[name]
    if "core_radius" in more:
        more = {"core_radius": more["core_radius"] * scale_radius}
    return cls(ell_comps=ell_comps, kappa_s=1.0, scale_radius=scale_radius, **more)


@cache
def projected(name: str, radius: float) -> float:
    """The convergence at a radius by adaptive quadrature along the line of sight, r = R cosh u."""
    density = DENSITIES[name][2]
    rate = lambda u: density(radius * np.cosh(u)) * radius * np.cosh(u)  # noqa: E731
    return 2 * quad(rate, 0, 40, epsabs=0, epsrel=1e-12, limit=400)[0]


@pytest.mark.parametrize("name", DENSITIES)
def test_convergence_is_the_projected_density(name):
    for scale_radius in (0.3, 30.0):
        radii = np.concatenate([np.logspace(-4, 2, 13), [scale_radius]])
        expected = [projected(name, radius / scale_radius) for radius in radii]
        got = kappa(halo(name, scale_radius=scale_radius), 0.0 * radii, radii)
        np.testing.assert_allclose(got, expected, rtol=3e-8)


@pytest.mark.parametrize("name", DENSITIES)
def test_elliptical_deflections_are_those_of_quadrature(name):
    """Along the line of sight and over ellipses (homoeoids), to 1e-7 of the Einstein radius of the circular halo, or of
    the deflection where that is larger, over 1e-4 to 1e2 Einstein radii and axis ratios from 0.1 on."""
    nodes, weights = np.polynomial.legendre.leggauss(240)
    nodes, weights = (nodes + 1) / 2, weights / 2
    radius, angle = (each.ravel() for each in np.meshgrid(np.logspace(-4, 2, 7), [0.05, 0.8, 1.5]))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    for scale_radius in (0.3, 30.0):
        circle = halo(name, scale_radius=scale_radius)
        strength = 1.0 / alpha(circle, np.zeros(1), np.ones(1))[1, 0]
        for q in (0.1, 0.4, 0.95):
            # u in (0, 1), squared semi-major axes over that of the ellipse through the point, dense towards 0
            u, weight = nodes**6, 6 * nodes**5 * weights
            shrink = 1 - (1 - q * q) * u
            axis = np.sqrt(u * (x[:, None] ** 2 + y[:, None] ** 2 / shrink)) / scale_radius
            span = np.log(2e7 * np.maximum(1, 1 / axis))[..., None]
            along = axis[..., None] * np.cosh(span * nodes)
            sigma = 2 * np.sum(span * weights * along * DENSITIES[name][2](along), axis=-1)
            expected = q * np.stack(
                [y * np.sum(weight * sigma / shrink**1.5, axis=-1), x * np.sum(weight * sigma / shrink**0.5, axis=-1)]
            )
            ellipse = halo(name, ell_comps=(0.0, (1 - q) / (1 + q)), scale_radius=scale_radius)
            error, size = (strength * np.hypot(*each) for each in (alpha(ellipse, y, x) - expected, expected))
            assert np.max(error / np.maximum(size, 1.0)) < 1e-7, (scale_radius, q)


@pytest.mark.parametrize("name", PROFILES)
def test_reference_numbers(oracle, name):
    assert_reference_numbers(oracle, "mp", ag.mp, [name])


def scales_of(mass) -> dict:
    """What a halo by mass gives to the shape of its class."""
    halo = mass.halo
    return {each.name: getattr(halo, each.name) for each in dataclasses.fields(halo)}


def test_halos_by_mass(oracle):
    """kappa_s, radii and overdensities of every class: to 1e-4, since the reference counts neutrinos as matter, and to
    2e-3 where they rest on the concentration of Ludlow et al., of which the reference is 7.5e-4 off its source. Maps of
    the reference's scales are compared at the reference's tolerances."""
    seen = set()
    for case in oracle.cases("mass_profiles"):
        family, _, name = case.get("cls", "").rpartition(".")
        if family != "mp" or name not in BY_MASS:
            continue
        seen.add(name)
        mass = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"mp": ag.mp})
        given, scales = scales_of(mass), {}
        for key in case["arrays"]:
            if key.startswith("derived_"):
                attribute = key.removeprefix("derived_")
                scales[attribute], _ = oracle.reference(case, key)
                got = mass.overdensity if attribute == "overdens" else getattr(mass, attribute)
                np.testing.assert_allclose(got, scales[attribute], rtol=2e-3 if "Ludlow" in name else 1e-4)
        assert_case(oracle, case, BY_MASS[name](**{each: float(scales.get(each, 0)) or given[each] for each in given}))
    assert seen == set(BY_MASS)


def test_maps_of_halos_by_mass_are_those_of_their_scales():
    """Of every class, by the class of its shape; that the maps are passed on, of one."""
    for name, shape in BY_MASS.items():
        cls = getattr(ag.mp, name)
        assert type(cls().halo) is shape
        assert cls.deflections_at is ByMass.deflections_at
        assert cls.potential_at is ByMass.potential_at
        assert cls.convergence_at is ByMass.convergence_at
    mass = ag.mp.NFWMCRDuffySph(**PLACE, mass_at_200=1e12)
    for each in ("deflections_at", "potential_at", "convergence_at"):
        np.testing.assert_array_equal(getattr(mass, each)(*POINTS), getattr(mass.halo, each)(*POINTS))


# One of each way from a mass to scales, the longest, of those that have default priors.
LAWS = [
    "NFWTruncatedMCRDuffySph",
    "cNFWMCRScatterLudlow",
    "NFWVirialMassConcSph",
    "gNFWVirialMassConcSph",
]


@pytest.mark.parametrize("name", LAWS)
def test_halos_by_mass_are_finite_over_the_default_priors_and_have_exact_slopes_by_the_mass(name, draws):
    leaves, structure = jax.tree.flatten(jax.tree.map(np.asarray, drawn(getattr(ag.mp, name), draws)))

    @jax.jit
    def moved(numbers, moves):
        return jax.jvp(jax.vmap(scales_of), *((jax.tree.unflatten(structure, each),) for each in (numbers, moves)))

    moves = [[np.full(draws, float(index == moving)) for index in range(len(leaves))] for moving in range(len(leaves))]
    for move in moves:
        values, slopes = moved(leaves, move)
        assert all(np.all(np.isfinite(each)) for each in jax.tree.leaves((values, slopes)))

    parameters = [path[-1] for path in af.Model(getattr(ag.mp, name)).program.paths]
    at = next(parameters.index(each) for each in ("mass_at_200", "virial_mass", "log10m_vir") if each in parameters)
    step, slopes = 1e-4 * leaves[at], moved(leaves, moves[at])[1]
    up, down = (moved([*leaves[:at], leaves[at] + each, *leaves[at + 1 :]], moves[at])[0] for each in (step, -step))
    for each in ("kappa_s", "scale_radius"):
        np.testing.assert_allclose(slopes[each] * step, 0.5 * (up[each] - down[each]), rtol=1e-6, atol=1e-14)

    # Spheres as circular ellipses, whose maps are compiled already.
    shape = BY_MASS[name]
    if shape.__name__ not in KINDS:
        shape = getattr(ag.mp, shape.__name__.removesuffix("Sph"))
        values["ell_comps"] = (np.zeros(draws), np.zeros(draws))
    # Past the constructor, which refuses what priors allow and models exclude: |ell_comps| of 1 and more.
    numbers = jax.tree.leaves([values[each.name] for each in dataclasses.fields(shape)])
    assert_finite(jax.tree.unflatten(jax.tree.structure(shape()), numbers), draws)


def test_a_source_in_front_of_a_halo_is_not_deflected():
    strength = jax.jit(jax.value_and_grad(lambda redshift: ag.mp.NFWMCRDuffySph(redshift_source=redshift).kappa_s))
    assert strength(0.3) == strength(0.5) == (0.0, 0.0)


def test_concentrations_after_ludlow(oracle):
    concentrations = jax.vmap(ludlow_concentration)
    for case in (each for each in oracle.cases("cosmology") if each["id"].startswith("mass_concentration")):
        got = concentrations(oracle.input(case, "mass_at_200"), oracle.input(case, "z_lens"))
        np.testing.assert_allclose(got, oracle.reference(case, "ludlow_concentration_200c")[0], rtol=1e-3)
    slope = jax.grad(ludlow_concentration)(1e12, 0.5)
    difference = (ludlow_concentration(1.001e12, 0.5) - ludlow_concentration(0.999e12, 0.5)) / 2e9
    np.testing.assert_allclose(slope, difference, rtol=1e-5)


def test_masses_and_concentrations_of_halos(oracle):
    for case in oracle.cases("cosmology"):
        if not case["id"].startswith("nfw_mass"):
            continue
        halo = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"mp": ag.mp})
        redshifts = case["info"]["redshift_object"], case["info"]["redshift_source"]
        reference = {key: oracle.reference(case, key) for key in case["arrays"]}
        got = {"rho_at_scale_radius": halo.rho_at_scale_radius_solar_mass_per_kpc3(*redshifts)}
        for which in ("profile", "local"):
            got[f"delta_concentration_{which}"] = halo.delta_concentration(*redshifts, which)
            got[f"concentration_{which}"] = halo.concentration(*redshifts, which)
            got[f"radius_at_200_{which}"] = halo.radius_at_200(*redshifts, which)
            got[f"mass_at_200_{which}"] = halo.mass_at_200_solar_masses(*redshifts, which)
        for key, value in got.items():
            np.testing.assert_allclose(value, reference[key][0], rtol=1e-3)


def test_truncated_halo_of_a_mass_and_concentration(oracle):
    for case in oracle.cases("cosmology"):
        if not case["id"].startswith("tnfw_from_m200"):
            continue
        given = case["kwargs"]
        halo = ag.mp.NFWTruncatedSph.from_m200_concentration(**given)
        for key in ("kappa_s", "scale_radius", "truncation_radius"):
            np.testing.assert_allclose(getattr(halo, key), oracle.reference(case, key)[0], rtol=1e-4)
        redshifts = given["redshift_halo"], given["redshift_source"]
        back = halo.m200_concentration_from(*redshifts)
        np.testing.assert_allclose(back, (given["m200_solar_mass"], given["concentration"]), rtol=1e-9)
        whole = halo.mass_at_truncation_radius_solar_mass(*redshifts) / given["m200_solar_mass"]
        np.testing.assert_allclose(whole, oracle.reference(case, "mass_ratio")[0], rtol=1e-6)
        # Far out its deflection is that of all its mass.
        cosmology = ag.cosmo.Planck15()
        critical = cosmology.critical_surface_density_between_redshifts_from(*redshifts)
        angular = halo.mass_angular_within_circle_from(1e7 * halo.scale_radius) * critical
        np.testing.assert_allclose(angular / given["m200_solar_mass"], whole, rtol=1e-4)


def test_critical_density_of_no_time_is_refused():
    with pytest.raises(ProfileError, match="is 'today', but must be 'profile'"):
        ag.mp.NFW().concentration(0.5, 1.0, "today")


@pytest.mark.parametrize("name", KINDS)
def test_deflections_potential_and_convergence_belong_together(name):
    assert_identities(ALL[name])


@pytest.mark.parametrize("name", KINDS)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name, draws):
    assert_finite_over_priors(getattr(ag.mp, name), draws)


@pytest.mark.parametrize("name", ["NFW", "gNFW", "cNFW", "Hernquist"])
def test_circular_halos_are_limits_of_elliptical_ones(name):
    round_ = ALL[f"{name}Sph"]
    parameters = {each.name: getattr(round_, each.name) for each in dataclasses.fields(round_)}
    for ell_comps in ((0.0, 0.0), (1e-9, -1e-9)):
        nearly = getattr(ag.mp, name)(ell_comps=ell_comps, **parameters)
        for each in (alpha, psi, kappa):
            np.testing.assert_allclose(each(nearly, *POINTS), each(round_, *POINTS), rtol=3e-8, atol=1e-8)
