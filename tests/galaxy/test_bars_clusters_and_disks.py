"""King, Ferrer, core-Sersic, edge-on disk and sky: limits, identities, bad input."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from galens.errors import ProfileError
from galens.galaxy import lp
from galens.numerics.bessel import bessel_x_k1

POINTS = np.random.default_rng(2).normal(size=(200, 2))
SHAPE = {"centre": (0.1, -0.2), "ell_comps": (0.2, -0.15), "intensity": 1.7}


def radii(profile):
    return np.sqrt(profile.squared_radius(*POINTS.T))


def test_king_of_power_two_is_kings_law():
    profile = lp.King(**SHAPE, core_radius=0.4, tidal_radius=1.3)
    edge = (1 + (1.3 / 0.4) ** 2) ** -0.5
    law = 1.7 * ((1 + (radii(profile) / 0.4) ** 2) ** -0.5 - edge) ** 2 / (1 - edge) ** 2
    law = np.where(radii(profile) < 1.3, law, 0.0)
    np.testing.assert_allclose(profile.image_2d_from(POINTS), law, rtol=1e-10, atol=1e-14)


def test_king_without_end_is_a_power_law_and_with_a_huge_core_a_paraboloid_to_its_power():
    profile = lp.King(**SHAPE, core_radius=0.4, tidal_radius=1e9, alpha=1.0)
    power_law = lp.ElsonFreeFall(**SHAPE, effective_radius=0.4, eta=1.0)
    np.testing.assert_allclose(profile.image_2d_from(POINTS), power_law.image_2d_from(POINTS), rtol=1e-10)
    profile = lp.King(**SHAPE, core_radius=1e4, tidal_radius=1.3, alpha=2.0)
    bell = lp.Ferrer(**SHAPE, outer_radius=1.3, alpha=2.0, beta=0.0)
    np.testing.assert_allclose(profile.image_2d_from(POINTS), bell.image_2d_from(POINTS), rtol=1e-6, atol=1e-12)


def test_light_of_king_in_closed_form():
    profile = lp.King(**SHAPE, core_radius=0.4, tidal_radius=1.3)
    square, edge = (1.3 / 0.4) ** 2, (1 + (1.3 / 0.4) ** 2) ** -0.5
    light = np.log1p(square) - 4 * edge * (1 / edge - 1) + edge**2 * square
    assert float(profile.total_flux) == pytest.approx(1.7 * np.pi * 0.4**2 * light / (1 - edge) ** 2, rel=1e-9)


def test_ferrer_is_its_formula_and_flat_where_its_power_is_zero():
    profile = lp.Ferrer(**SHAPE, outer_radius=1.3, alpha=1.6, beta=0.7)
    relative = np.minimum(radii(profile) / 1.3, 1.0)
    np.testing.assert_allclose(profile.image_2d_from(POINTS), 1.7 * (1 - relative**1.3) ** 1.6, rtol=1e-10, atol=1e-14)
    flat = lp.FerrerSph(outer_radius=1.3, alpha=0.0, intensity=2.0)
    assert float(flat.total_flux) == pytest.approx(2.0 * np.pi * 1.3**2)
    np.testing.assert_allclose(flat.image_2d_from(np.array([[0.0, 1.29], [0.0, 1.31]])), [2.0, 0.0])


def test_core_sersic_without_a_core_is_the_sersic_profile():
    shape = SHAPE | {"effective_radius": 0.8, "sersic_index": 3.0}
    core = lp.CoreSersic(**shape, radius_break=0.0)
    np.testing.assert_allclose(core.image_2d_from(POINTS), lp.Sersic(**shape).image_2d_from(POINTS), rtol=1e-10)
    far = 300.0 * POINTS
    core = lp.CoreSersic(**shape, radius_break=0.05)
    np.testing.assert_allclose(core.image_2d_from(far), lp.Sersic(**shape).image_2d_from(far), rtol=1e-6, atol=1e-30)


def test_core_sersic_is_sersic_core_with_another_amplitude():
    shape = {"ell_comps": (0.2, 0.1), "effective_radius": 0.8, "sersic_index": 3.0, "radius_break": 0.1, "gamma": 0.4}
    core = lp.CoreSersic(**shape, intensity=1.3)
    at_break = float(core.image_2d_via_radii_from(0.1))
    other = lp.SersicCore(**shape, intensity=at_break)
    np.testing.assert_allclose(core.image_2d_from(POINTS), other.image_2d_from(POINTS), rtol=1e-12)


def test_edge_on_disk_is_its_formula_along_and_across():
    disk = lp.EdgeOnDisk(centre=(0.1, -0.2), angle=30.0, intensity=1.7, scale_length=0.6, scale_height=0.1)
    along, across = POINTS.T
    sine, cosine = 0.5, np.sqrt(0.75)
    y, x = 0.1 + along * sine + across * cosine, -0.2 + along * cosine - across * sine
    scaled = np.abs(along) / 0.6
    expected = 1.7 * scaled * special.k1(scaled) / np.cosh(across / 0.1) ** 2
    np.testing.assert_allclose(disk.image_at(y, x), expected, rtol=1e-12)
    assert float(disk.image_at(0.1, -0.2)) == 1.7
    image = disk.image_at(*np.meshgrid(np.arange(-8, 8, 0.02), np.arange(-8, 8, 0.02), indexing="ij"))
    assert float(disk.total_flux_from(0.02)) == pytest.approx(float(image.sum()), rel=1e-4)
    assert disk.half_light_radius is None


def test_bessel_function_and_its_slope():
    x = np.concatenate([np.logspace(-12, 2.5, 400), np.linspace(1.99, 2.01, 101)])
    np.testing.assert_allclose(bessel_x_k1(x * x), x * special.k1(x), rtol=2e-14)
    slope = jax.vmap(jax.grad(lambda x: bessel_x_k1(x * x)))(x)
    np.testing.assert_allclose(slope, -x * special.k0(x), rtol=1e-11)
    assert jax.grad(lambda x: bessel_x_k1(x * x))(0.0) == 0.0


def test_sky_is_flat_or_tilted_and_endless():
    flat, tilted = lp.FlatSky(intensity=-0.2), lp.TiltedSky(intensity=2.0, gradient=(0.1, -0.3))
    np.testing.assert_array_equal(flat.image_2d_from(POINTS), np.full(200, -0.2))
    np.testing.assert_allclose(tilted.image_2d_from(POINTS), 2.0 + 0.2 * POINTS[:, 0] - 0.6 * POINTS[:, 1])
    assert flat.total_flux == tilted.total_flux == np.inf
    assert flat.image_at(jnp.zeros((3, 1)), jnp.zeros(4)).shape == (3, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lp.Ferrer(beta=2.0), "Ferrer: beta is 2.0, but must be below 2"),
        (lambda: lp.King(tidal_radius=-1.0), "King: tidal_radius is -1.0, but must be at least 0"),
        (lambda: lp.EdgeOnDisk(angle=float("inf")), "EdgeOnDisk: angle is inf"),
        (lambda: lp.TiltedSky(gradient=0.1), "two numbers"),
    ],
)
def test_impossible_parameters_are_refused(make, message):
    with pytest.raises(ProfileError, match=message):
        make()
