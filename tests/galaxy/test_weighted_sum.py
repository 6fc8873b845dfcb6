"""Sums of many profiles of one shape: value and derivatives of the plain sum, for a fraction of the work."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.galaxy as ag
from galens.galaxy.profiles.light.group import grouped
from galens.galaxy.profiles.light.weighted import weighted_sum

Y, X = np.random.default_rng(0).uniform(-1.0, 1.0, (2, 12))
SIGMAS = np.array([0.1, 0.3, 1.0])
AMPLITUDES = np.array([2.0, -1.0, 0.5])


def fast(p):
    (group,) = grouped([ag.lp_linear.Gaussian((c0, c1), (e0, e1), s) for c0, c1, e0, e1, s in members(p)])
    return weighted_sum(group.profile, p[5:], Y, X)


def members(p):
    c0, c1, e0, e1 = (p[i] for i in range(4))
    return [(c0, c1, e0, e1, p[4] * sigma) for sigma in SIGMAS]


def plain(p):
    images = [ag.lp_linear.Gaussian((c0, c1), (e0, e1), s).image_at(Y, X) for c0, c1, e0, e1, s in members(p)]
    return p[5:] @ jnp.stack(images)


AT = jnp.array([0.1, -0.05, 0.2, 0.1, 1.1, *AMPLITUDES])


def test_value_and_derivatives_are_those_of_the_plain_sum():
    np.testing.assert_allclose(jax.jit(fast)(AT), plain(AT), rtol=1e-12)
    expected = jax.jit(jax.jacfwd(plain))(AT)
    for derivative in (jax.jacfwd, jax.jacrev):
        np.testing.assert_allclose(jax.jit(derivative(fast))(AT), expected, rtol=1e-10, atol=1e-12)


def test_circular_profiles_too():
    def image(p, together):
        centre = (p[0], p[1])
        members = [ag.lp_linear.GaussianSph(centre, p[2] * sigma) for sigma in SIGMAS]
        if together:
            (group,) = grouped(members)
            return weighted_sum(group.profile, p[3:], Y, X)
        return p[3:] @ jnp.stack([each.image_at(Y, X) for each in members])

    at = jnp.array([0.1, -0.05, 1.1, *AMPLITUDES])
    np.testing.assert_allclose(image(at, True), image(at, False), rtol=1e-12)
    expected = jax.jacfwd(image)(at, False)
    np.testing.assert_allclose(jax.jacrev(image)(at, True), expected, rtol=1e-10, atol=1e-12)


def test_batches_equal_loops():
    points = AT + 0.01 * np.random.default_rng(1).standard_normal((3, len(AT)))
    batch = jax.jit(jax.vmap(jax.jacfwd(fast)))(points)
    np.testing.assert_allclose(batch, [jax.jit(jax.jacfwd(plain))(point) for point in points], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("cls", [ag.lp.SersicMultipole, ag.lp.GaussianSph])
def test_groups_are_the_sum_of_their_members(cls):
    same = [cls(centre=(0.1, 0.2), intensity=intensity) for intensity in (1.0, 2.0)]
    other = cls(centre=(0.0, 0.2))
    groups = grouped([same[0], other, same[1]])
    assert [group.indices for group in groups] == [(0, 2), (1,)]
    expected = sum(np.asarray(each.image_at(Y, X)) for each in (*same, other))
    np.testing.assert_allclose(sum(np.asarray(group.image_at(Y, X)) for group in groups), expected, rtol=1e-12)


def test_profiles_that_differ_in_centre_shape_or_class_are_apart():
    mixed = [
        ag.lp.Gaussian(centre=(0.0, 0.0)),
        ag.lp.Gaussian(centre=(0.0, 0.1)),
        ag.lp.Gaussian(ell_comps=(0.0, 0.1)),
        ag.lp_linear.Gaussian(),
        ag.lp.Sersic(),
    ]
    assert len(grouped(mixed)) == 5
