import jax
import numpy as np
import pytest

from galens.fit.search.edges import (
    Edges,
    coordinates_from_normal,
    edges_near,
    log_prior,
    normal_from_coordinates,
    slopes,
)
from galens.fit.search.modes import Mode

EDGES = Edges(np.array([-1.0, 1.0, 0.0]), np.array([0.01, 0.2, 1.0]))
POINTS = np.random.default_rng(0).normal([-2.0, 1.0, 0.0], 0.7, (50, 3))


@pytest.fixture(scope="module")
def coordinates():
    return coordinates_from_normal(POINTS, EDGES)


def test_coordinates_and_normal_positions_are_inverse(coordinates):
    back = jax.jit(jax.vmap(lambda y: normal_from_coordinates(y, EDGES)))(coordinates)
    np.testing.assert_allclose(back, POINTS, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(coordinates[:, 2], POINTS[:, 2])


def test_prior_of_the_coordinates_is_the_unit_normal_with_their_jacobian(coordinates):
    def jacobian(y):
        return jax.jacfwd(lambda y: normal_from_coordinates(y, EDGES))(y)

    jacobians, prior = jax.jit(jax.vmap(lambda y: (jacobian(y), log_prior(y, EDGES))))(coordinates)
    log_determinants = np.linalg.slogdet(jacobians)[1]
    normal = -0.5 * np.sum(POINTS**2 + np.log(2 * np.pi), axis=1)
    np.testing.assert_allclose(prior, normal + log_determinants, atol=1e-7)


def test_slopes_are_the_derivatives_of_the_coordinates():
    step = 1e-6
    for z in POINTS[:5]:
        higher, lower = (coordinates_from_normal(z + sign * step, EDGES) for sign in (1, -1))
        np.testing.assert_allclose(slopes(z, EDGES), (higher - lower) / (2 * step), rtol=1e-5)


def test_wall_is_finite_with_finite_gradient_far_behind_it():
    points = np.array([-600.0, -50.0, 0.0, 30.0, 300.0])[:, None] * np.array([1.0, 1.0, 0.0])

    @jax.jit
    @jax.vmap
    def everything(point):
        along = (np.ones(3),)
        return (
            jax.jvp(lambda y: log_prior(y, EDGES), (point,), along),
            jax.jvp(lambda y: normal_from_coordinates(y, EDGES), (point,), along),
        )

    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(everything(points)))


def test_only_wide_posteriors_near_a_limit_have_an_edge():
    mode = Mode(np.array([-1.5, 1.5, 1.5, 0.2]), 0.0, np.diag([4.0, 4.0, 1e4, 4.0]), (0,))
    np.testing.assert_array_equal(edges_near(mode).side, [-1.0, 1.0, 0.0, 0.0])
