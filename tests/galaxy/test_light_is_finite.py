"""Brightness and gradient of every light profile, over draws of its default priors."""

from __future__ import annotations

import copy
import dataclasses

import jax
import numpy as np
import pytest
from scipy import stats

from galens.config.priors import prior_entry
from galens.galaxy import lp

# Circular and operated twins have the same formula.
PROFILES = [getattr(lp, name) for name in lp.__all__ if not name.endswith("Sph")]
CENTRED = [cls for cls in PROFILES if "centre" in [each.name for each in dataclasses.fields(cls)]]
RADII = np.concatenate([[0.0], np.logspace(-17, 2, 10)])

_slopes = jax.jit(
    jax.vmap(lambda profile, y, x: jax.value_and_grad(type(profile).image_at, argnums=(0, 1, 2))(profile, y, x))
)


def brightness_and_slopes(profile, y, x, draws):
    """Brightness (N,) and slopes by all numbers, by y and by x, of profiles (numbers of N or one) at points (N,): of as
    many as all tests take, so that a class is compiled once."""
    size = 2 * RADII.size * draws
    each = jax.tree.map(lambda leaf: np.resize(np.asarray(leaf, float), size), (profile, y, x))
    return jax.tree.map(lambda leaf: leaf[: len(y)], _slopes(*each))


def drawn(cls, parameter, draws, rng):
    """Values of one parameter: mostly drawn, some at the ends of the prior, ellipticities at zero."""
    unit = rng.uniform(size=draws)
    unit[:10], unit[10:20] = 0.0, 1.0
    entry = prior_entry(cls, parameter)
    if entry is None:
        assert parameter.startswith("multipole"), (cls, parameter)
        return rng.normal(scale=0.1, size=draws)
    numbers = entry.arguments
    if entry.type == "Constant":
        return np.full(draws, numbers["value"])
    if entry.type == "Uniform":
        return numbers["lower_limit"] + unit * (numbers["upper_limit"] - numbers["lower_limit"])
    if entry.type == "LogUniform":
        return numbers["lower_limit"] * (numbers["upper_limit"] / numbers["lower_limit"]) ** unit
    values = stats.norm.ppf(np.clip(unit, 1e-12, 1 - 1e-12), numbers["mean"], numbers["sigma"])
    if parameter.startswith("ell_comps"):
        values[20:40] = 0.0
    return np.clip(values, numbers.get("lower_limit"), numbers.get("upper_limit"))


def spread(profile, draws, rng):
    """The profile with draws for all leaves."""
    cls = type(profile)
    profile = copy.copy(profile)
    for each in dataclasses.fields(cls):
        if each.metadata.get("static"):
            continue
        names = [f"{each.name}_{member}" for member in (0, 1)] if isinstance(each.default, tuple) else [each.name]
        values = [drawn(cls, name, draws, rng) for name in names]
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
def test_value_and_gradient_are_finite_over_the_default_priors(profile, draws):
    rng = np.random.default_rng(5)
    many = jax.tree.map(lambda leaf: np.tile(leaf, 2 * RADII.size), spread(profile, draws, rng))
    radius = np.repeat(RADII, draws)
    angle = rng.uniform(0.0, 2 * np.pi, radius.size)
    y, x = (np.concatenate([each, each]) for each in (radius * np.sin(angle), radius * np.cos(angle)))
    about_centre = np.arange(y.size) < radius.size
    y, x = (each + about_centre * at for each, at in zip((y, x), many.centre, strict=True))
    for leaf in jax.tree.leaves(brightness_and_slopes(many, y, x, draws)):
        assert np.all(np.isfinite(leaf))


@pytest.mark.parametrize("cls", CENTRED, ids=lambda cls: cls.__name__)
def test_point_at_the_centre_has_no_slope_in_the_centre(cls, draws):
    at = np.array([0.05])
    _, slopes = brightness_and_slopes(cls(centre=(0.05, 0.05)), at, at, draws)
    # Neither when the profile nor when the point moves: rounding there, which steep profiles would blow up, is none.
    assert slopes[0].centre == (0.0, 0.0)
    assert slopes[1:] == (0.0, 0.0)


@pytest.mark.parametrize("name", ["Sersic", "Exponential", "DevVaucouleurs", "SersicMultipole"])
@pytest.mark.parametrize("distance", [1e-17, 1e-12])
def test_point_next_to_the_centre_has_next_to_no_slope(name, distance, draws):
    at = np.array([0.05])
    profile = getattr(lp, name)(centre=(0.05 + distance, 0.05), ell_comps=(distance, 0.0))
    brightness, slopes = brightness_and_slopes(profile, at, at, draws)
    # The slope of the function itself is 1e9 and more there, one way on one side and the other on the other.
    np.testing.assert_allclose(slopes[0].centre, 0.0, atol=0.02 * float(brightness[0]))


def test_extreme_scales_do_not_overflow(draws):
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
        y, x = np.array([[0.0, 1e-5, 300.0], [0.0, 1e-5, -400.0]])
        for leaf in jax.tree.leaves(brightness_and_slopes(profile, y, x, draws)):
            assert np.all(np.isfinite(leaf)), profile
