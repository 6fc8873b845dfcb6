"""Sums of many profiles of one shape: value and derivatives of the plain sum, for a fraction of the work."""

from __future__ import annotations

import dataclasses

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


def spread(cls, factor, shared=()):
    """A profile with numbers of its own, but for those of these names."""
    own, rng = {}, np.random.default_rng(3)
    for field in dataclasses.fields(cls):
        if field.metadata.get("static"):
            continue
        numbers = np.atleast_1d(field.default) + rng.uniform(0.02, 0.1, np.size(field.default))
        if field.name not in shared:
            numbers = factor * numbers
        own[field.name] = tuple(numbers.tolist()) if isinstance(field.default, tuple) else float(numbers[0])
    return cls(**own)


@pytest.mark.parametrize("name", ag.lp.__all__)
def test_a_galaxy_is_as_bright_as_its_profiles(name):
    """Of profiles that share all numbers, those of their place, or none, with and without amplitudes."""
    cls = getattr(ag.lp, name)
    first = spread(cls, 1.0)
    for shared in ([field.name for field in dataclasses.fields(cls)], cls.PLACE, ()):
        members = [first, spread(cls, 1.1, shared), spread(cls, 0.9, shared)]
        images = [np.asarray(each.image_at(Y, X)) for each in members]
        groups = grouped(members)
        assert len(groups) == 1 or not set(cls.PLACE) & set(shared)
        found = sum(np.asarray(group.image_at(Y, X)) for group in groups)
        np.testing.assert_allclose(found, sum(images), rtol=1e-12)
        for group in groups:
            expected = [images[index] for index in group.indices]
            np.testing.assert_allclose(group.images_at(Y, X), expected, rtol=1e-12)
            weights = AMPLITUDES[: len(group)]
            found = weighted_sum(group.profile, weights, Y, X)
            np.testing.assert_allclose(found, weights @ expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("cls", [ag.lp.SersicMultipole, ag.lp.GaussianSph])
def test_profiles_are_grouped_by_their_place(cls):
    same = [cls(centre=(0.1, 0.2), intensity=intensity) for intensity in (1.0, 2.0)]
    other = cls(centre=(0.0, 0.2))
    assert [group.indices for group in grouped([same[0], other, same[1]])] == [(0, 2), (1,)]


def test_profiles_that_differ_in_centre_shape_or_class_are_apart():
    mixed = [
        ag.lp.Gaussian(centre=(0.0, 0.0)),
        ag.lp.Gaussian(centre=(0.0, 0.1)),
        ag.lp.Gaussian(ell_comps=(0.0, 0.1)),
        ag.lp_linear.Gaussian(),
        ag.lp.Sersic(),
        ag.lp.SersicMultipole(),
        ag.lp.SersicMultipole(multipole_4_comps=(0.1, 0.0)),
    ]
    assert len(grouped(mixed)) == 7
