"""Masses with cores, breaks and cuts, and black holes: reference numbers, quadrature, limits, identities."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import galens.galaxy as ag
from tests.galaxy.mass_checks import (
    UNIFORM,
    alpha,
    assert_identities,
    assert_reference_numbers,
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
