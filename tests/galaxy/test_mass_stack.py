"""Many masses of a class are one evaluation, and the sum is that of one after the other."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.galaxy as ag
from galens.galaxy import mass_stack

POINTS = np.random.default_rng(3).normal(size=(40, 2))


def members(count: int) -> list[ag.Galaxy]:
    rng = np.random.default_rng(5)
    numbers = rng.uniform(0.05, 0.3, size=(count, 3))
    galaxies = [ag.Galaxy(0.5, m=ag.mp.IsothermalSph(centre=(a, 0.1), einstein_radius=b)) for a, b, _ in numbers]
    galaxies += [ag.Galaxy(0.5, m=ag.mp.PointMass(centre=(0.2, a), einstein_radius=b)) for a, b, _ in numbers]
    return [*galaxies, ag.Galaxy(0.5, shear=ag.mp.ExternalShear(gamma_1=0.02))]


def operations(function, *arguments) -> int:
    """Square roots in what is compiled, wherever they are nested."""

    return str(jax.make_jaxpr(function)(*arguments)).count(" sqrt ")


def test_a_hundred_galaxies_are_compiled_like_ten():
    def deflections(galaxies, y, x):
        return galaxies.deflections_at(y, x)

    ten, hundred = (operations(deflections, ag.Galaxies(members(count)), *POINTS.T) for count in (10, 100))
    assert 0 < ten == hundred


@pytest.mark.parametrize("at_once", [2**18, 150])
def test_a_stack_is_the_sum_of_its_members(monkeypatch, at_once):
    monkeypatch.setattr(mass_stack, "AT_ONCE", at_once)  # of 11 members with 40 points, 3 a turn, the last not full
    several = ag.Galaxies(members(11))
    y, x = POINTS.T
    one_by_one = jax.jit(lambda each: [galaxy.deflections_at(y, x) for galaxy in each])(several.values)
    np.testing.assert_allclose(
        jax.jit(type(several).deflections_at)(several, y, x), np.sum(one_by_one, axis=0), rtol=1e-12
    )

    def energy(galaxies):
        return jnp.sum(jnp.stack(galaxies.deflections_at(y, x)) ** 2)

    gradient = jax.jit(jax.grad(energy))(several)
    weights = 2.0 * np.sum(one_by_one, axis=0)
    last = several.values[10]
    alone = jax.jit(jax.grad(lambda galaxy: jnp.sum(weights * jnp.stack(galaxy.deflections_at(y, x)))))(last)
    for got, expected in zip(jax.tree.leaves(gradient.values[10]), jax.tree.leaves(alone), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10)


def test_what_members_share_is_computed_once():
    mass = ag.mp.IsothermalSph(einstein_radius=0.5)
    masses = ag.Galaxies([ag.Galaxy(0.5, m=mass) for _ in range(6)])
    y, x = POINTS.T
    np.testing.assert_allclose(masses.potential_at(y, x), 6 * mass.potential_at(y, x), rtol=1e-13)
    np.testing.assert_allclose(masses.convergence_at(y, x), 6 * mass.convergence_at(y, x), rtol=1e-13)
