"""Brightness and gradient of every light profile, over 10 000 draws of its default priors."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from galens.config.priors import prior_entry
from galens.galaxy import lp, lp_operated

DRAWS = 10_000
PROFILES = [getattr(family, name) for family in (lp, lp_operated) for name in family.__all__]


def drawn(cls, parameter, rng):
    """Values of one parameter: mostly drawn, some at the ends of the prior, ellipticities at zero."""
    unit = rng.uniform(size=DRAWS)
    unit[:10], unit[10:20] = 0.0, 1.0
    entry = prior_entry(cls, parameter)
    if entry is None:
        assert parameter.startswith("multipole"), (cls, parameter)
        return rng.normal(scale=0.1, size=DRAWS)
    numbers = entry.arguments
    if entry.type == "Constant":
        return np.full(DRAWS, numbers["value"])
    if entry.type == "Uniform":
        return numbers["lower_limit"] + unit * (numbers["upper_limit"] - numbers["lower_limit"])
    if entry.type == "LogUniform":
        return numbers["lower_limit"] * (numbers["upper_limit"] / numbers["lower_limit"]) ** unit
    values = stats.norm.ppf(np.clip(unit, 1e-12, 1 - 1e-12), numbers["mean"], numbers["sigma"])
    if parameter.startswith("ell_comps"):
        values[20:40] = 0.0
    return np.clip(values, numbers.get("lower_limit"), numbers.get("upper_limit"))


def draws(cls, rng):
    """One profile whose leaves are all draws."""
    profile = cls()
    for each in dataclasses.fields(cls):
        names = [f"{each.name}_{member}" for member in (0, 1)] if isinstance(each.default, tuple) else [each.name]
        values = [jnp.asarray(drawn(cls, name, rng)) for name in names]
        # Past the constructor, which refuses what priors allow and models exclude: |ell_comps| of 1 and more.
        object.__setattr__(profile, each.name, values[0] if len(values) == 1 else tuple(values))
    return profile


@pytest.mark.parametrize("cls", PROFILES, ids=lambda cls: f"{cls.__module__.split('.')[-2]}-{cls.__name__}")
def test_value_and_gradient_are_finite_over_the_default_priors(cls):
    rng = np.random.default_rng(5)
    radius = np.concatenate([[0.0], np.logspace(-17, 2, 20)])
    angle = rng.uniform(0.0, 2 * np.pi, radius.size)
    about_y, about_x = jnp.asarray(radius * np.sin(angle)), jnp.asarray(radius * np.cos(angle))

    def brightness(profile, y, x):
        image = profile.image_at(y, x)
        return jnp.sum(image), image

    @jax.jit
    @jax.vmap
    def everywhere(profile):
        y, x = (jnp.concatenate([each + at, each]) for each, at in zip((about_y, about_x), profile.centre, strict=True))
        return jax.grad(brightness, has_aux=True)(profile, y, x)

    for leaf in jax.tree.leaves(everywhere(draws(cls, rng))):
        assert jnp.all(jnp.isfinite(leaf))


@pytest.mark.parametrize("cls", PROFILES, ids=lambda cls: f"{cls.__module__.split('.')[-2]}-{cls.__name__}")
def test_point_at_the_centre_has_no_slope_in_the_centre(cls):
    slope = jax.jit(jax.grad(lambda profile: profile.image_at(*profile.centre)))(cls(centre=(0.05, 0.05)))
    # Both the profile and the point move: what is left is rounding, which steep profiles would blow up.
    assert slope.centre == (0.0, 0.0)
    for leaf in jax.tree.leaves(
        jax.jit(jax.grad(lambda profile: profile.image_at(0.05, 0.05)))(cls((0.05, 0.05))).centre
    ):
        assert leaf == 0.0


@pytest.mark.parametrize("name", ["Sersic", "Exponential", "DevVaucouleurs", "SersicMultipole"])
@pytest.mark.parametrize("distance", [1e-17, 1e-12])
def test_point_next_to_the_centre_has_next_to_no_slope(name, distance):
    def brightness(offset):
        profile = getattr(lp, name)(centre=(0.05 + offset[0], 0.05 + offset[1]), ell_comps=(distance, 0.0))
        return profile.image_at(0.05, 0.05)

    # The slope of the function itself is 1e9 and more there, one way on one side and the other on the other.
    slope = jax.jit(jax.grad(brightness))(jnp.array([distance, 0.0]))
    np.testing.assert_allclose(slope, 0.0, atol=0.02 * float(brightness(jnp.zeros(2))))


def test_extreme_scales_do_not_overflow():
    for profile in (
        lp.Sersic(effective_radius=0.0, sersic_index=0.05),
        lp.SersicCore(effective_radius=0.0, sersic_index=0.3),
        lp.Gaussian(sigma=0.0),
        lp.Moffat(alpha=0.0, beta=5.0),
        lp.Chameleon(core_radius_0=0.0),
        lp.Exponential(effective_radius=0.0, ell_comps=(0.9989, 0.0)),
    ):
        for point in ((0.0, 0.0), (1e-5, 1e-5), (300.0, -400.0)):
            value, slope = jax.value_and_grad(lambda each, point=point: each.image_at(*point))(profile)
            assert jnp.isfinite(value), (profile, point)
            assert all(jnp.isfinite(leaf) for leaf in jax.tree.leaves(slope)), (profile, point)
