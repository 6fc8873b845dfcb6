"""Masses with cores, breaks and cuts, and black holes: reference numbers, quadrature, limits, identities."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import galens.galaxy as ag
from galens.errors import ProfileError
from tests.galaxy.mass_checks import (
    POINTS,
    UNIFORM,
    alpha,
    assert_finite_over_priors,
    assert_identities,
    assert_reference_numbers,
    assert_slope_by_the_ellipticity_of_circles,
    kappa,
    psi,
)
from tests.oracle import build, excess

NAMES = [
    "PIEMass",
    "dPIEMass",
    "dPIEMassSph",
    "dPIEMassB0",
    "dPIEMassB0Sph",
    "dPIEPotential",
    "dPIEPotentialSph",
    "PowerLawCore",
    "PowerLawCoreSph",
    "IsothermalCore",
    "IsothermalCoreSph",
    "PowerLawBroken",
    "PowerLawBrokenSph",
]
ELLIPTICAL = [
    ag.mp.PIEMass(centre=(0.05, -0.1), ell_comps=(0.2, -0.3), ra=0.1, b0=1.2),
    ag.mp.dPIEMassB0(centre=(0.05, -0.1), ell_comps=(0.2, -0.3), ra=0.1, rs=2.0, b0=1.2),
    ag.mp.dPIEPotential(centre=(0.05, -0.1), ell_comps=(0.1, -0.1), ra=0.1, rs=2.0, b0=1.2),
    ag.mp.PowerLawCore(centre=(0.05, -0.1), ell_comps=(0.2, -0.3), einstein_radius=1.2, slope=2.3, core_radius=0.3),
    ag.mp.PowerLawBroken(
        centre=(0.05, -0.1),
        ell_comps=(0.2, -0.3),
        einstein_radius=1.2,
        inner_slope=0.6,
        outer_slope=1.7,
        break_radius=0.7,
    ),
    ag.mp.PowerLawBrokenSph(einstein_radius=1.2, inner_slope=1.2, outer_slope=2.0, break_radius=0.7),
    ag.mp.SMBHBinary(centre=(0.1, 0.2), separation=0.5, angle_binary=30.0, mass=5e10, mass_ratio=2.0),
]
# Radii from 1e-4 to 1e2 arcsec in all directions.
RADII, ANGLES = np.meshgrid(np.logspace(-4, 2, 13), np.linspace(0.0, np.pi / 2, 7))
EVERYWHERE = (RADII * np.sin(ANGLES)).ravel(), (RADII * np.cos(ANGLES)).ravel()


def by_quadrature(convergence, q, y, x):
    """Deflections (Schramm 1990) of a convergence of xi^2 = x^2 + y^2 / q^2, double-exponential in the shells u."""
    step = np.arange(-4.2, 4.2, 0.02)
    shells = 1.0 / (1.0 + np.exp(-np.pi * np.sinh(step)))
    weights = 0.02 * np.pi * np.cosh(step) * shells * (1.0 / (1.0 + np.exp(np.pi * np.sinh(step))))
    width = 1.0 - (1.0 - q * q) * shells
    parts = weights * convergence(shells * (x[:, None] ** 2 + y[:, None] ** 2 / width))
    return q * y * np.sum(parts * width**-1.5, axis=1), q * x * np.sum(parts * width**-0.5, axis=1)


def cored(slope, core, q, square):
    """Convergence of a power law with a core and an Einstein radius of 1, of xi^2."""
    return (3 - slope) / (1 + q) * (core**2 + square) ** (0.5 - slope / 2)


def test_reference_numbers(oracle):
    assert_reference_numbers(oracle, "mp", ag.mp, NAMES)


@pytest.mark.parametrize("name", ["SMBH", "SMBHBinary"])
def test_reference_numbers_of_black_holes_up_to_the_cosmology(oracle, name):
    # The reference counts the mass of neutrinos as matter: distances differ by 1e-5, and all maps by one factor.
    y, x = UNIFORM.T
    compared = 0
    for case in oracle.cases("mass_profiles"):
        if case.get("cls") != f"mp.{name}":
            continue
        mass = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"mp": ag.mp})
        reference, rule = oracle.reference(case, "deflections_uni")
        got = np.stack(alpha(mass, y, x), axis=-1)
        factor = np.sum(got * reference) / np.sum(got * got)
        assert abs(factor - 1.0) < 4e-5
        assert excess(factor * got, reference, rule) <= 1e-3
        assert excess(factor * psi(mass, y, x), *oracle.reference(case, "potential_uni")) <= 1.0
        compared += 1
    assert compared == 3


@pytest.mark.parametrize("mass", ELLIPTICAL, ids=lambda each: type(each).__name__)
def test_deflections_potential_and_convergence_belong_together(mass):
    assert_identities(mass, rtol=1e-8)


@pytest.mark.parametrize("q", [0.1, 0.3, 0.7, 0.999])
def test_cores_and_cuts_against_quadrature(q):
    e = (1 - q) / (1 + q)
    y, x = EVERYWHERE
    for slope, core in ((1.2, 0.1), (1.7, 1e-3), (2.0, 0.3), (2.3, 0.01), (2.8, 0.1), (2.8, 1.0)):
        mass = ag.mp.PowerLawCore(ell_comps=(0.0, e), einstein_radius=1.0, slope=slope, core_radius=core)
        expected = by_quadrature(partial(cored, slope, core, q), q, y, x)
        np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=1e-9, atol=1e-9)
    for ra, rs in ((0.1, 2.0), (3.0, 0.5), (0.01, 20.0)):
        mass = ag.mp.dPIEMassB0(ell_comps=(0.0, e), ra=ra, rs=rs, b0=1.0)
        parts = [by_quadrature(partial(cored, 2.0, each * (1 + e), q), q, y, x) for each in (ra, rs)]
        expected = rs / (rs - ra) * (np.array(parts[0]) - parts[1])
        np.testing.assert_allclose(alpha(mass, y, x), expected, rtol=1e-9, atol=1e-9)


def test_potential_of_a_small_core_is_the_integral_of_its_deflection():
    nodes, weights = np.polynomial.legendre.leggauss(400)
    steps, weights = np.exp(15.0 * (nodes - 1.0)), 15.0 * weights
    for slope, core in ((1.3, 1e-3), (2.2, 1e-4), (2.7, 1e-2)):
        mass = ag.mp.PowerLawCore(ell_comps=(0.3, 0.5), einstein_radius=1.0, slope=slope, core_radius=core)
        y, x = 7.0 * steps, 5.0 * steps
        alpha_y, alpha_x = alpha(mass, y, x)
        expected = np.sum(weights * (y * np.asarray(alpha_y) + x * np.asarray(alpha_x)))
        assert float(psi(mass, 7.0, 5.0)) == pytest.approx(expected, abs=1e-7)
        assert float(psi(mass, 0.0, 0.0)) == pytest.approx(0.0, abs=1e-12)


def test_limits_join_without_a_seam():
    y, x = EVERYWHERE
    comps = {"ell_comps": (0.2, -0.3)}
    equal = ag.mp.PowerLawBroken(**comps, inner_slope=0.9, outer_slope=0.9, break_radius=0.3)
    scale = np.sqrt(equal.axis_ratio()) ** -1 * ((1 + equal.axis_ratio()) / 2) ** (1 / 0.9)
    single = ag.mp.PowerLaw(**comps, einstein_radius=scale, slope=1.9)
    np.testing.assert_allclose(alpha(equal, y, x), alpha(single, y, x), rtol=1e-9, atol=1e-12)
    for near in (1e-9, 1e-6):
        close = [
            ag.mp.PowerLawBroken(**comps, inner_slope=0.9, outer_slope=slope, break_radius=0.3)
            for slope in (2.0, 2.0 + near)
        ]
        np.testing.assert_allclose(alpha(close[0], y, x), alpha(close[1], y, x), rtol=20 * near)
        np.testing.assert_allclose(psi(close[0], y, x), psi(close[1], y, x), atol=1e-9 + 50 * near)
        cuts = [ag.mp.dPIEMassB0(**comps, ra=0.5, rs=0.5 + each, b0=1.0) for each in (0.0, near)]
        for maps in (alpha, psi, kappa):
            np.testing.assert_allclose(maps(cuts[0], y, x), maps(cuts[1], y, x), rtol=20 * near, atol=1e-14)
        broken = ag.mp.PowerLawBroken(ell_comps=(0.0, 0.2), break_radius=0.7)  # axis ratio 2/3 along x
        angle = np.linspace(0.1, 6.2, 9)
        edges = [0.7 * (1 + each) for each in (-near, near)]
        for maps in (alpha, psi):
            inside, outside = (maps(broken, edge * np.sin(angle), edge * np.cos(angle) * 1.5) for edge in edges)
            np.testing.assert_allclose(inside, outside, atol=1e-12 + 20 * near)
    core = ag.mp.PowerLawCore(**comps, slope=2.0, core_radius=0.2)
    closed = ag.mp.IsothermalCore(**comps, core_radius=0.2)
    np.testing.assert_allclose(alpha(core, y, x), alpha(closed, y, x), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(psi(core, y, x), psi(closed, y, x), rtol=1e-8, atol=1e-10)
    coreless = ag.mp.PowerLawCore(**comps, slope=2.4, core_radius=0.0)
    np.testing.assert_allclose(
        alpha(coreless, y, x), alpha(ag.mp.PowerLaw(**comps, slope=2.4), y, x), rtol=1e-10, atol=1e-12
    )


def test_circular_profiles_are_the_elliptical_ones_without_ellipticity():
    y, x = POINTS
    pairs = [
        (ag.mp.PowerLawCore, ag.mp.PowerLawCoreSph, {"slope": 2.3, "core_radius": 0.3}),
        (ag.mp.PowerLawBroken, ag.mp.PowerLawBrokenSph, {"break_radius": 0.3}),
        (ag.mp.dPIEMassB0, ag.mp.dPIEMassB0Sph, {"ra": 0.1, "rs": 3.0, "b0": 1.5}),
        (ag.mp.dPIEPotential, ag.mp.dPIEPotentialSph, {"ra": 0.1, "rs": 3.0, "b0": 1.5}),
        (ag.mp.dPIEMass, ag.mp.dPIEMassSph, {"sigma": 250.0}),
    ]
    for elliptical, circular, parameters in pairs:
        for maps in (alpha, psi, kappa):
            got, expected = maps(elliptical(**parameters), y, x), maps(circular(**parameters), y, x)
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11)


def test_gradient_by_the_ellipticity_is_right_at_circles():
    assert_slope_by_the_ellipticity_of_circles(partial(ag.mp.dPIEMassB0, ra=0.1), 1e-5, atol=1e-8)


@pytest.mark.parametrize(
    "name",
    [*[name for name in NAMES if name not in ("PIEMass", "IsothermalCoreSph", "dPIEPotentialSph")], "SMBHBinary"],
)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name, draws):
    assert_finite_over_priors(getattr(ag.mp, name), draws)


def test_strengths_from_physical_parameters():
    mass = ag.mp.dPIEMass(ellipticity=0.3, angle_pos=40.0, sigma=250.0, r_core=0.1, r_cut=20.0)
    # The reference's own numbers.
    assert float(mass.b0) == pytest.approx(1.15444099, rel=2e-7)
    np.testing.assert_allclose(mass.ell_comps, (0.15120344, 0.02666125), rtol=1e-6)
    for behind in (ag.mp.dPIEMassSph(redshift_source=0.3), ag.mp.SMBH(redshift_source=0.3)):
        assert np.all(np.asarray(behind.deflections_at(1.0, 2.0)) == 0.0)
    first, second = ag.mp.SMBHBinary(mass=3e10, mass_ratio=2.0, separation=1.0, angle_binary=90.0).holes
    assert (float(first.mass), float(second.mass)) == pytest.approx((2e10, 1e10))
    assert float(first.centre[0]) == pytest.approx(0.5)


def test_impossible_parameters_are_refused():
    with pytest.raises(ProfileError, match=r"inner_slope is 2\.0, but must be at least 0 and below 2"):
        ag.mp.PowerLawBroken(inner_slope=2.0)
    with pytest.raises(ProfileError, match=r"ellipticity is 1\.0, but must be at least 0 and below 1"):
        ag.mp.dPIEMass(ellipticity=1.0)
