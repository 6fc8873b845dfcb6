"""Total flux, luminosity inside a radius and half-light radius: against quadrature of the brightness itself."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate

from galens.galaxy import Galaxies, Galaxy, flux_from_magnitude, lp, magnitude_from, microjansky_from
from galens.galaxy.profiles.light.base import RadialLightProfile

SHAPES = {"centre": (0.1, -0.2), "ell_comps": (0.2, -0.15), "intensity": 1.7}
ROUND = {"centre": (0.1, -0.2), "intensity": 1.7}
RADIAL = [
    lp.Sersic(**SHAPES, effective_radius=0.8, sersic_index=2.3),
    lp.Sersic(**SHAPES, effective_radius=0.8, sersic_index=0.45),
    lp.Exponential(**SHAPES, effective_radius=0.8),
    lp.DevVaucouleurs(**SHAPES, effective_radius=0.8),
    lp.SersicCore(**SHAPES, effective_radius=0.8, sersic_index=2.0, radius_break=0.1),
    lp.ExponentialCore(**SHAPES, effective_radius=0.8, radius_break=0.1),
    lp.Gaussian(**SHAPES, sigma=0.4),
    lp.GaussianSph(**ROUND, sigma=0.4),
    lp.Moffat(**SHAPES, alpha=0.3, beta=2.4),
    lp.ElsonFreeFall(**SHAPES, effective_radius=0.4, eta=1.9),
    lp.Chameleon(**SHAPES, core_radius_0=0.1, core_radius_1=0.5),
    lp.CoreSersic(**SHAPES, effective_radius=0.8, sersic_index=2.0, radius_break=0.1),
    lp.King(**SHAPES, core_radius=0.3, tidal_radius=1.4, alpha=1.3),
    lp.Ferrer(**SHAPES, outer_radius=1.4, alpha=1.5, beta=0.4),
]


def named(profile):
    return type(profile).__name__


def light_inside(profile, radius):
    """Adaptive quadrature of 2 pi r I(r) in ln(r), from a nanoarcsecond."""
    brightness = jax.jit(lambda r: profile.intensity * profile.shape(r * r))

    def integrand(logarithm):
        r = np.exp(logarithm)
        return 2 * np.pi * r * r * float(brightness(r))

    return integrate.quad(integrand, np.log(1e-9), np.log(radius), epsabs=0, epsrel=1e-10, limit=200)[0]


@pytest.mark.parametrize("profile", RADIAL, ids=named)
def test_luminosity_and_total_flux_are_integrals_of_the_brightness(profile):
    inside = light_inside(profile, 1.1)
    assert float(profile.luminosity_within_circle_from(1.1)) == pytest.approx(inside, rel=1e-7)
    # Light in the wings: power laws of R^-2.8 and more have 1e-5 of it beyond a thousand arcsec.
    far = float(profile.luminosity_within_circle_from(1e5))
    assert far == pytest.approx(light_inside(profile, 1e5), rel=1e-6)
    assert float(profile.total_flux) == pytest.approx(far, rel=1e-4)


@pytest.mark.parametrize("profile", RADIAL, ids=named)
def test_half_the_light_is_inside_the_half_light_radius(profile):
    half = profile.luminosity_within_circle_from(profile.half_light_radius)
    # The effective radius of Sersic profiles is that of the series of b_n: 2e-4 at n = 0.45.
    rel = 1e-3 if isinstance(profile, lp.Sersic) else 1e-9
    assert float(half / profile.total_flux) == pytest.approx(0.5, rel=rel)


@pytest.mark.parametrize(
    "profile",
    [
        RADIAL[0],
        lp.Gaussian(**SHAPES, sigma=0.4),
        lp.Chameleon(**SHAPES, core_radius_0=0.1, core_radius_1=0.2),
        lp.SersicMultipole(
            **SHAPES,
            effective_radius=0.5,
            sersic_index=1.0,
            multipole_3_comps=(0.05, 0.1),
            multipole_4_comps=(-0.08, 0.05),
        ),
        lp.GaussianMultipole(**SHAPES, sigma=0.4, multipole_3_comps=(0.05, 0.1), multipole_4_comps=(-0.08, 0.05)),
    ],
    ids=named,
)
def test_total_flux_is_the_sum_of_a_wide_image(profile):
    # A uniform sum converges fast, cusps and cut wings apart.
    side, half = 0.02, 20.0
    axis = jnp.arange(-half, half, side) + 0.37 * side
    image = profile.image_at(axis[:, None], axis)
    rel = 0.02 if isinstance(profile, lp.Chameleon) else 2e-3 if "Sersic" in named(profile) else 1e-6
    assert float(profile.total_flux_from(side)) == pytest.approx(float(jnp.sum(image)), rel=rel)


def test_light_without_end_is_infinite():
    for profile in (lp.ElsonFreeFall(eta=0.9), lp.Moffat(beta=1.0)):
        assert profile.total_flux == jnp.inf
        assert profile.half_light_radius == jnp.inf
    assert float(lp.Moffat(beta=1.0, alpha=1.0, intensity=1.0).luminosity_within_circle_from(2.0)) == pytest.approx(
        np.pi * np.log(5.0)
    )


# One of each way to compute them.
SLOPES = [
    each for each in RADIAL if named(each) in ("Sersic", "SersicCore", "Gaussian", "Moffat", "Chameleon", "King")
][1:]


@pytest.mark.parametrize("profile", SLOPES, ids=named)
def test_totals_have_finite_slopes_that_agree_with_differences(profile):
    leaves, structure = jax.tree.flatten(profile)
    vector = jnp.asarray(leaves, dtype=float)

    @jax.jit
    def totals(vector):
        each = jax.tree.unflatten(structure, list(vector))
        return jnp.stack([each.total_flux, each.half_light_radius, each.luminosity_within_circle_from(0.7)])

    steps = 1e-5 * jnp.eye(len(vector))
    differences = jnp.stack([(totals(vector + step) - totals(vector - step)) / 2e-5 for step in steps], axis=1)
    np.testing.assert_allclose(jax.jit(jax.jacrev(totals))(vector), differences, rtol=1e-6, atol=1e-6)


def test_galaxy_adds_its_profiles_and_has_one_half_light_radius():
    bulge, disk = RADIAL[0], lp.Exponential(**SHAPES, effective_radius=2.0)
    galaxy = Galaxy(redshift=0.5, bulge=bulge, disk=disk)
    total = float(bulge.total_flux + disk.total_flux)
    assert float(galaxy.total_flux_from(0.1)) == pytest.approx(total / 0.01)
    assert float(galaxy.total_flux_from((0.1, 0.2))) == pytest.approx(total / 0.02)
    assert float(Galaxies([galaxy, galaxy]).total_flux_from(0.1)) == pytest.approx(2 * total / 0.01)
    radius = galaxy.half_light_radius
    assert 0.8 < float(radius) < 2.0
    assert float(galaxy.luminosity_within_circle_from(radius)) == pytest.approx(total / 2, rel=1e-12)
    assert Galaxy(redshift=0.5, bulge=bulge).half_light_radius == bulge.half_light_radius
    assert Galaxy(redshift=0.5).half_light_radius is None
    with_sky = Galaxy(redshift=0.5, bulge=bulge, disk=disk, sky=lp.FlatSky(intensity=1.0))
    assert float(with_sky.total_flux_from(0.1)) == pytest.approx(total / 0.01)


def test_magnitudes_and_fluxes_are_inverse_and_have_known_values():
    assert magnitude_from(100.0, 25.0) == pytest.approx(20.0)
    assert flux_from_magnitude(20.0, 25.0) == pytest.approx(100.0)
    assert microjansky_from(1.0, 23.9) == pytest.approx(1.0)
    assert microjansky_from(2.0, 26.4) == pytest.approx(0.2)
    assert magnitude_from(0.0, 25.0) == magnitude_from(-1.0, 25.0) == np.inf
    assert jax.grad(lambda flux: jnp.where(flux > 0, magnitude_from(flux, 25.0), 0.0))(0.0) == 0.0
    np.testing.assert_allclose(magnitude_from(np.array([1.0, 10.0]), 25.0), [25.0, 22.5])


def test_profile_with_no_closed_form_is_integrated():
    class Bell(RadialLightProfile):
        intensity: float = 1.0

        def shape(self, square):
            return 1.0 / (1.0 + square) ** 2

    assert float(Bell().total_flux) == pytest.approx(np.pi, rel=1e-10)
    assert float(Bell().half_light_radius) == pytest.approx(1.0, rel=1e-10)
