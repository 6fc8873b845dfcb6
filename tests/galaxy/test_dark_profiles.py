"""Halos of dark matter against quadrature and closed forms, and the identities that tie their maps together."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad

import galens.galaxy as ag
from tests.galaxy.mass_checks import (
    POINTS,
    alpha,
    assert_finite_over_priors,
    assert_identities,
    assert_reference_numbers,
    kappa,
    psi,
)

PLACE = {"centre": (0.05, -0.1)}
TILT = {"ell_comps": (0.1, 0.15)}
PROFILES = {
    "NFW": ag.mp.NFW(**PLACE, **TILT, kappa_s=0.2, scale_radius=5.0),
    "NFWSph": ag.mp.NFWSph(**PLACE, kappa_s=0.2, scale_radius=5.0),
    "gNFW": ag.mp.gNFW(**PLACE, **TILT, kappa_s=0.2, inner_slope=1.4, scale_radius=5.0),
    "gNFWSph": ag.mp.gNFWSph(**PLACE, kappa_s=0.2, inner_slope=1.4, scale_radius=5.0),
    "cNFW": ag.mp.cNFW(**PLACE, **TILT, kappa_s=0.2, scale_radius=5.0, core_radius=0.5),
    "cNFWSph": ag.mp.cNFWSph(**PLACE, kappa_s=0.2, scale_radius=5.0, core_radius=0.5),
}
WITHOUT_REFERENCE = {
    "Hernquist": ag.mp.Hernquist(**PLACE, **TILT, kappa_s=0.2, scale_radius=1.0),
    "HernquistSph": ag.mp.HernquistSph(**PLACE, kappa_s=0.2, scale_radius=1.0),
}
ALL = {**PROFILES, **WITHOUT_REFERENCE}

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


@pytest.mark.parametrize("name", PROFILES)
def test_reference_numbers(oracle, name):
    assert_reference_numbers(oracle, "mp", ag.mp, [name])


@pytest.mark.parametrize("name", ALL)
def test_deflections_potential_and_convergence_belong_together(name):
    assert_identities(ALL[name])


@pytest.mark.parametrize("name", ALL)
def test_values_and_gradients_are_finite_over_the_default_priors_and_at_the_centre(name):
    assert_finite_over_priors(getattr(ag.mp, name))


@pytest.mark.parametrize("name", ["NFW", "gNFW", "cNFW", "Hernquist"])
def test_circular_halos_are_limits_of_elliptical_ones(name):
    round_ = ALL[f"{name}Sph"]
    parameters = {each: getattr(round_, each) for each in round_.__dataclass_fields__ if each != "ell_comps"}
    for ell_comps in ((0.0, 0.0), (1e-9, -1e-9)):
        nearly = getattr(ag.mp, name)(ell_comps=ell_comps, **parameters)
        for each in (alpha, psi, kappa):
            np.testing.assert_allclose(each(nearly, *POINTS), each(round_, *POINTS), rtol=3e-8, atol=1e-8)
