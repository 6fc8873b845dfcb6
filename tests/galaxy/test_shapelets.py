"""Shapelets: orthonormality, totals, completeness, orders."""

from __future__ import annotations

import itertools

import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import ProfileError
from galens.galaxy import lp, lp_linear
from galens.numerics.orthogonal_functions import hermite_integral, laguerre_integral

SIDE = 0.08
AXIS = jnp.arange(-9.0, 9.0, SIDE)
CARTESIAN = [{"n_y": n_y, "n_x": n_x} for n_y, n_x in itertools.product(range(4), range(4))]
POLAR = [{"n": n, "m": m} for n in range(5) for m in range(-n, n + 1, 2)]
EXPONENTIAL = [{"n": n, "m": m} for n in range(4) for m in range(-n, n + 1)]


def images(cls, orders, **shape):
    return jnp.stack([cls(**each, **shape).image_at(AXIS[:, None], AXIS).reshape(-1) for each in orders])


@pytest.mark.parametrize(
    ("cls", "orders", "norms"),
    [
        (lp.ShapeletCartesianSph, CARTESIAN, np.ones(len(CARTESIAN))),
        (lp.ShapeletPolarSph, POLAR, np.array([0.5 if each["m"] else 1.0 for each in POLAR])),
    ],
)
def test_shapelets_are_orthogonal(cls, orders, norms):
    basis = images(cls, orders, beta=1.1, centre=(0.1, -0.2))
    np.testing.assert_allclose(basis @ basis.T * SIDE**2, np.diag(norms), atol=1e-12)


def test_exponential_shapelets_are_orthonormal():
    # Cusps converge slowly in y and x: radius and angle instead, with the wings that exp(-r / 7) has.
    nodes, weights = np.polynomial.laguerre.laggauss(60)
    angle = 2 * np.pi * np.arange(16) / 16
    radius = 2.0 * nodes
    y, x = radius[:, None] * np.sin(angle), radius[:, None] * np.cos(angle)
    measure = (2.0 * weights * np.exp(nodes) * radius)[:, None] * np.full(16, 2 * np.pi / 16)
    basis = np.stack([lp.ShapeletExponentialSph(**each, beta=0.6).image_at(y, x) for each in EXPONENTIAL])
    gram = np.einsum("aij,bij,ij->ab", basis, basis, measure)
    np.testing.assert_allclose(gram, np.eye(len(EXPONENTIAL)), atol=1e-8)


def test_elliptical_shapelets_have_the_norm_of_their_axis_ratio():
    shape = {"ell_comps": (0.1, 0.2), "beta": 1.1}
    ratio = lp.ShapeletCartesian(**shape).axis_ratio()
    basis = images(lp.ShapeletCartesian, CARTESIAN, **shape)
    np.testing.assert_allclose(basis @ basis.T * SIDE**2, ratio * np.eye(len(CARTESIAN)), atol=1e-12)


@pytest.mark.parametrize(
    "profile",
    [
        *[lp.ShapeletCartesian(ell_comps=(0.1, 0.2), intensity=1.7, beta=0.9, **each) for each in CARTESIAN[:11]],
        *[lp.ShapeletPolar(ell_comps=(0.1, 0.2), intensity=1.7, beta=0.9, **each) for each in POLAR],
    ],
    ids=lambda each: (
        str(each).partition("(")[0] + str([getattr(each, n) for n in ("n_y", "n_x", "n", "m") if hasattr(each, n)])
    ),
)
def test_total_flux_is_the_sum_of_the_image(profile):
    image = profile.image_at(AXIS[:, None], AXIS)
    # Waves around an ellipse have a kink at the centre, where the sum converges slowly.
    error = 2e-5 if getattr(profile, "m", 0) else 1e-9
    assert float(profile.total_flux_from(SIDE)) == pytest.approx(float(jnp.sum(image)), abs=error / SIDE**2)


def test_total_flux_of_exponential_shapelets():
    for n in range(4):
        profile = lp.ShapeletExponentialSph(n=n, m=0, beta=0.2)
        radius = jnp.linspace(0.0, 100.0, 200_001)
        light = 2 * np.pi * radius * profile.image_at(0.0, radius)
        assert float(profile.total_flux) == pytest.approx(float(jnp.sum(light)) * 5e-4, rel=1e-5)
    assert lp.ShapeletExponential(n=2, m=1).total_flux == 0.0
    # The lowest one is an exponential disk: 2 pi h^2 I(0).
    disk = lp.ShapeletExponentialSph(beta=0.3)
    assert float(disk.total_flux) == pytest.approx(2 * np.pi * 0.3**2 * float(disk.image_at(0.0, 0.0)))


def test_integrals_of_the_functions():
    assert hermite_integral(3) == 0.0
    assert hermite_integral(0) == pytest.approx(np.sqrt(2) * np.pi**0.25)
    assert laguerre_integral(0, 0, 1.0) == pytest.approx(4.0)


def test_sums_of_shapelets_are_any_smooth_image():
    target = lp.Gaussian(centre=(0.3, -0.2), ell_comps=(0.1, -0.05), intensity=1.0, sigma=1.0)
    wanted = target.image_at(AXIS[:, None], AXIS).reshape(-1)
    orders = [{"n_y": n_y, "n_x": n - n_y} for n in range(11) for n_y in range(n + 1)]
    basis = images(lp.ShapeletCartesianSph, orders)
    left = wanted - (basis @ wanted * SIDE**2) @ basis
    assert float(jnp.abs(left).max()) < 1e-3


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lp.ShapeletPolar(n=3, m=2), "m must be one of -n, -n \\+ 2, ..., n"),
        (lambda: lp.ShapeletPolar(n=2, m=4), "m must be one of"),
        (lambda: lp.ShapeletExponential(n=1, m=-2), "m must be one of -n, ..., n"),
        (lambda: lp.ShapeletCartesian(n_y=-1), "n_y and n_x must be 0 or more"),
        (lambda: lp.ShapeletCartesian(n_y=1.5), "whole numbers, got 1.5"),
        (lambda: lp_linear.ShapeletPolar(n="two"), "whole numbers, got 'two'"),
    ],
)
def test_impossible_orders_are_refused(make, message):
    with pytest.raises(ProfileError, match=message):
        make()


def test_orders_are_no_parameters_of_a_model():
    model = af.Model(lp.ShapeletPolar, n=4, m=2)
    assert model.prior_count == 6
    instance = model.instance_from_prior_medians()
    assert (instance.n, instance.m) == (4, 2)
    assert type(instance.n) is int
    linear = af.Model(lp_linear.ShapeletCartesian, n_y=1, n_x=2)
    assert linear.prior_count == 5
