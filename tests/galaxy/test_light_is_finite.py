"""Brightness and gradient of every light profile, over 10 000 draws of its default priors."""

from __future__ import annotations

import copy
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
# Circular and operated twins have the same formula.
CENTRED = [
    getattr(lp, name)
    for name in lp.__all__
    if not name.endswith("Sph") and "centre" in [each.name for each in dataclasses.fields(getattr(lp, name))]
]


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


def draws(profile, rng):
    """The profile with draws for all leaves."""
    cls = type(profile)
    profile = copy.copy(profile)
    for each in dataclasses.fields(cls):
        if each.metadata.get("static"):
            continue
        names = [f"{each.name}_{member}" for member in (0, 1)] if isinstance(each.default, tuple) else [each.name]
        values = [jnp.asarray(drawn(cls, name, rng)) for name in names]
        # Past the constructor, which refuses what priors allow and models exclude: |ell_comps| of 1 and more.
        object.__setattr__(profile, each.name, values[0] if len(values) == 1 else tuple(values))
    return profile


# Shapelets of orders above zero beside those, the defaults, that are at zero.
EXAMPLES = [
    *[cls() for cls in PROFILES],
    lp.ShapeletCartesian(n_y=3, n_x=2),
    lp.ShapeletPolar(n=5, m=3),
    lp.ShapeletPolar(n=4, m=-2),
    lp.ShapeletExponential(n=5, m=-2),
    lp.ShapeletExponential(n=3, m=0),
]


@pytest.mark.parametrize("profile", EXAMPLES, ids=lambda each: f"{each.__module__.split('.')[-2]}-{each!r:.30}")
def test_value_and_gradient_are_finite_over_the_default_priors(profile):
    rng = np.random.default_rng(5)
    radius = np.concatenate([[0.0], np.logspace(-17, 2, 10)])
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

    for leaf in jax.tree.leaves(everywhere(draws(profile, rng))):
        assert jnp.all(jnp.isfinite(leaf))


@pytest.mark.parametrize("cls", CENTRED, ids=lambda cls: f"{cls.__module__.split('.')[-2]}-{cls.__name__}")
def test_point_at_the_centre_has_no_slope_in_the_centre(cls):
    slopes = jax.jit(jax.grad(cls.image_at, argnums=(0, 1, 2)))(cls(centre=(0.05, 0.05)), 0.05, 0.05)
    # Neither when the profile nor when the point moves: rounding there, which steep profiles would blow up, is none.
    assert slopes[0].centre == (0.0, 0.0)
    assert slopes[1:] == (0.0, 0.0)


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
        lp.King(core_radius=0.0),
        lp.King(tidal_radius=0.0, alpha=0.1),
        lp.Ferrer(outer_radius=0.0, alpha=0.0, beta=1.999),
        lp.CoreSersic(effective_radius=0.0, sersic_index=0.3),
        lp.EdgeOnDisk(scale_length=0.0, scale_height=0.0),
        lp.ShapeletCartesian(n_y=30, n_x=30, beta=0.0),
        lp.ShapeletPolar(n=60, m=10, beta=0.0),
        lp.ShapeletExponential(n=20, m=10, beta=0.0),
        lp.Exponential(effective_radius=0.0, ell_comps=(0.9989, 0.0)),
    ):
        for point in ((0.0, 0.0), (1e-5, 1e-5), (300.0, -400.0)):
            value, slope = jax.value_and_grad(lambda each, point=point: each.image_at(*point))(profile)
            assert jnp.isfinite(value), (profile, point)
            assert all(jnp.isfinite(leaf) for leaf in jax.tree.leaves(slope)), (profile, point)
