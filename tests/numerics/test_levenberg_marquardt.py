import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens  # noqa: F401  64-bit floats
from galens.numerics import levenberg_marquardt as lm

TIMES = jnp.linspace(0.0, 4.0, 40)


def rosenbrock(z):
    return jnp.stack([10.0 * (z[1] - z[0] ** 2), 1.0 - z[0]])


def decay(z):
    """Residuals of 3 exp(-0.7 t) with unit normal priors on the logarithms as last rows."""
    model = jnp.exp(z[0]) * jnp.exp(-jnp.exp(z[1]) * TIMES)
    return jnp.concatenate([(model - 3.0 * jnp.exp(-0.7 * TIMES)) / 0.01, z])


def stepper(residuals, **options):
    return jax.jit(lambda state: lm.step(residuals, state, **options))


def minimised(residuals, start, limit=500, **options):
    step = stepper(residuals, **options)
    state = lm.init(jnp.asarray(start))
    for _ in range(limit):
        state = step(state)
        if lm.done(state):
            break
    return state


@pytest.mark.parametrize("start", [(-1.2, 1.0), (3.0, -4.0), (0.0, 0.0)])
def test_valley_of_rosenbrock_is_followed_to_its_minimum(start):
    state = minimised(rosenbrock, start, tolerance=1e-14)
    assert state.status == lm.CONVERGED
    np.testing.assert_allclose(state.position, [1.0, 1.0], atol=1e-6)


def test_first_step_evaluates_the_start_and_stays():
    state = stepper(rosenbrock)(lm.init(jnp.array([-1.2, 1.0])))
    np.testing.assert_array_equal(state.position, [-1.2, 1.0])
    assert float(state.cost) == pytest.approx(12.1)
    jacobian = jax.jacobian(rosenbrock)(state.position)
    np.testing.assert_allclose(state.curvature, jacobian.T @ jacobian, rtol=1e-14)
    np.testing.assert_allclose(state.gradient, jacobian.T @ rosenbrock(state.position), rtol=1e-14)


def test_curvature_at_the_minimum_is_the_fisher_matrix_plus_the_prior():
    state = minimised(decay, (1.0, 0.0))
    jacobian = jax.jacobian(decay)(state.position)
    np.testing.assert_allclose(state.curvature, jacobian.T @ jacobian, rtol=1e-10)
    assert float(jnp.linalg.norm(state.gradient)) < 1e-3 * float(jnp.trace(state.curvature)) ** 0.5


def test_linear_problem_needs_one_undamped_step():
    matrix = jax.random.normal(jax.random.key(0), (20, 5))
    target = jax.random.normal(jax.random.key(1), (20,))
    state = lm.init(jnp.zeros(5), damping=0.0)
    step = stepper(lambda z: matrix @ z - target)
    for _ in range(3):
        state = step(state)
    assert state.jacobians == 2
    np.testing.assert_allclose(state.position, jnp.linalg.lstsq(matrix, target)[0], atol=1e-12)
    assert state.status == lm.CONVERGED


def test_steps_into_non_finite_residuals_are_refused():
    def walled(z):
        return jnp.where(z[0] > 0.5, jnp.nan, 1.0) * (z - jnp.array([1.0, 2.0]))

    state = minimised(walled, (-3.0, 0.0))
    assert state.status == lm.STALLED
    assert np.all(np.isfinite(state.position))
    assert 0.4 < float(state.position[0]) <= 0.5


def bowl(z):
    """Narrow and tilted, with its minimum at (3, 2, 1)."""
    apart = z - jnp.array([3.0, 2.0, 1.0])
    return jnp.stack([apart[0] + 0.9 * apart[1], 5.0 * apart[1] - apart[2], 0.5 * apart[2] + 0.2 * apart[0]])


@pytest.mark.parametrize(
    ("allowed", "edge", "tolerance"),
    [
        (lambda z: z[0] < 1.0, lambda z: z[0] - 1.0, 5e-3),
        (lambda z: z[0] < z[2], lambda z: z[0] - z[2], 5e-3),
        (lambda z: z[0] ** 2 + z[1] ** 2 < 2.0, lambda z: z[0] ** 2 + z[1] ** 2 - 2.0, 0.1),
        (lambda z: z[0] < 10.0, None, 1e-6),
    ],
)
def test_minimum_on_an_edge_is_found_by_sliding_along_it(allowed, edge, tolerance):
    from scipy.optimize import minimize

    def walled(z):
        return jnp.where(allowed(z), bowl(z), jnp.inf)

    state = minimised(walled, (-0.5, -0.9, 0.3), allowed=allowed, longest_step=0.5)
    constraints = [] if edge is None else [{"type": "ineq", "fun": lambda z: -edge(z)}]
    expected = minimize(lambda z: 0.5 * float(bowl(z) @ bowl(z)), np.zeros(3), constraints=constraints, tol=1e-12)
    assert bool(allowed(state.position))
    assert float(state.cost) == pytest.approx(expected.fun, abs=tolerance * (1 + expected.fun))
    if edge is None:
        assert state.status == lm.CONVERGED


def test_start_with_non_finite_residuals_stalls_at_once():
    state = stepper(lambda z: z * jnp.nan)(lm.init(jnp.zeros(2)))
    assert state.status == lm.STALLED
    assert np.isinf(state.cost)


def test_no_coordinate_moves_further_than_the_longest_step():
    state = lm.init(jnp.array([0.0, 0.0]), damping=0.0)
    step = stepper(lambda z: z - 10.0, longest_step=0.7)
    for _ in range(4):
        before = state.position
        state = step(state)
        assert float(jnp.max(jnp.abs(state.position - before))) <= 0.7 + 1e-12
    np.testing.assert_allclose(state.position, [2.1, 2.1])


def test_lanes_are_independent_under_vmap():
    starts = jnp.array([[-1.2, 1.0], [3.0, -4.0], [1.0, 1.0], [0.9, 0.8]])
    step = jax.jit(jax.vmap(lambda state: lm.step(rosenbrock, state)))
    states = jax.vmap(lm.init)(starts)
    for _ in range(60):
        states = step(states)
    for lane, start in enumerate(starts):
        alone = minimised(rosenbrock, start)
        np.testing.assert_allclose(states.position[lane], alone.position, atol=1e-9)
        assert states.evaluations[lane] == alone.evaluations
        assert states.jacobians[lane] == alone.jacobians


def test_finished_lane_stays_as_it_is():
    state = minimised(rosenbrock, (0.9, 0.8))
    for old, new in zip(state, stepper(rosenbrock)(state), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("columns", [1, 2])
def test_jacobian_in_pieces_is_the_same(columns):
    whole, pieces = (lm.init(jnp.array([1.0, 0.0])) for _ in range(2))
    step, step_in_pieces = stepper(decay), stepper(decay, columns=columns)
    for _ in range(5):
        whole, pieces = step(whole), step_in_pieces(pieces)
    np.testing.assert_allclose(whole.position, pieces.position, rtol=1e-12)
