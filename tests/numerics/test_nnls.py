import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from hypothesis import strategies as st

import galens  # noqa: F401  64-bit floats
from galens.numerics import nnls as module
from galens.numerics.nnls import CONVERGED, NOT_FINITE, covariance, nnls


def solved(columns, data):
    return nnls(columns.T @ columns, columns.T @ data)


def chi_squared(columns, data, amplitudes):
    return np.sum((data - columns @ np.asarray(amplitudes)) ** 2)


def assert_optimal(columns, data):
    """Against SciPy, which works on the columns themselves."""
    solution = solved(columns, data)
    reference = scipy.optimize.nnls(columns, data, maxiter=100 * columns.shape[1])[1] ** 2
    assert solution.status == CONVERGED
    assert solution.residual < 1e-9
    assert np.all(np.asarray(solution.solution) >= 0.0)
    np.testing.assert_array_equal(np.asarray(solution.solution) > 0, solution.passive)
    excess = chi_squared(columns, data, solution.solution) - reference
    assert abs(excess) <= 1e-8 * reference + 1e-12 * np.sum(data**2)
    return solution


@settings(deadline=None, max_examples=60)
@given(
    n=st.sampled_from([1, 2, 5, 17, 40]),
    rows=st.sampled_from([40, 100]),
    seed=st.integers(0, 2**32 - 1),
    positive=st.booleans(),
    spread=st.sampled_from([0.0, 3.0, 12.0]),
    dependence=st.sampled_from([1.0, 1e-3, 1e-6]),
    noise=st.sampled_from([1e-3, 1.0]),
)
def test_random_problems_reach_the_minimum(n, rows, seed, positive, spread, dependence, noise):
    rng = np.random.default_rng(seed)
    columns = rng.random((rows, n)) if positive else rng.standard_normal((rows, n))
    columns = columns.mean(axis=1, keepdims=True) + dependence * columns
    columns = columns * 10.0 ** rng.uniform(-spread, spread, n)
    norms = np.linalg.norm(columns, axis=0)
    data = columns @ (np.maximum(rng.standard_normal(n), 0) / norms) + noise * rng.standard_normal(rows)
    assert_optimal(columns, data)


X = np.linspace(0.0, 5.0, 200)
DECAYS = np.exp(-X[:, None] * np.logspace(-2, 2, 60))
NOISE = np.random.default_rng(2).standard_normal(200)
RANDOM = np.random.default_rng(3).random((200, 60))
HARD = {
    "sums of exponentials": (DECAYS, 1e4 / (1 + X) ** 2 + NOISE),
    "exact sum of exponentials": (DECAYS, DECAYS[:, ::9].sum(axis=1)),
    "powers": (X[:, None] ** np.linspace(0, 20, 60), 1e3 * np.exp(X) + NOISE),
    "pairs of identical columns": (np.concatenate([RANDOM, RANDOM], axis=1), RANDOM.sum(axis=1) + NOISE),
    "pairs of nearly identical columns": (
        np.concatenate([RANDOM, RANDOM + 1e-9 * np.random.default_rng(4).standard_normal((200, 60))], axis=1),
        RANDOM.sum(axis=1) + NOISE,
    ),
    "rank of five": (RANDOM[:, :5] @ np.random.default_rng(5).random((5, 60)), RANDOM[:, :5].sum(axis=1) + NOISE),
    "some columns of zeros": (RANDOM * (np.arange(60) % 3 > 0), RANDOM.sum(axis=1) + NOISE),
    "more columns than rows": (RANDOM.T, np.linspace(-1, 1, 60)),
    "all amplitudes positive": (RANDOM, RANDOM.sum(axis=1)),
    "norms from 1e-100 to 1e100": (RANDOM * np.logspace(-100, 100, 60), RANDOM.sum(axis=1) + NOISE),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_problems_reach_the_minimum(name):
    assert_optimal(*HARD[name])


@pytest.mark.parametrize("n", [1, 7])
@pytest.mark.parametrize("data", [-np.arange(1.0, 201.0), np.zeros(200)])
def test_data_that_no_positive_amplitude_improves_give_zero(n, data):
    solution = solved(RANDOM[:, :n], data)
    np.testing.assert_array_equal(solution.solution, 0.0)
    assert solution.status == CONVERGED
    assert solution.pivots == 0


def test_one_column_gives_the_ratio_or_zero():
    assert nnls(np.array([[4.0]]), np.array([2.0])).solution == 0.5
    assert nnls(np.array([[4.0]]), np.array([-2.0])).solution == 0.0
    assert nnls(np.array([[0.0]]), np.array([1.0])).solution == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["curvature", "data"])
def test_non_finite_systems_give_zeros_a_status_and_finite_gradients(bad, where):
    curvature, vector = RANDOM.T @ RANDOM, RANDOM.T @ NOISE
    if where == "curvature":
        curvature[3, 4] = bad
    else:
        vector[3] = bad
    solution = nnls(curvature, vector)
    np.testing.assert_array_equal(solution.solution, 0.0)
    assert solution.status == NOT_FINITE
    assert solution.residual == np.inf
    gradient = jax.grad(lambda f, d: jnp.sum(nnls(f, d).solution), argnums=(0, 1))(curvature, vector)
    assert all(np.all(np.isfinite(part)) for part in gradient)


def test_solution_scales_with_the_data_and_ignores_the_units_of_columns():
    columns, data = RANDOM, RANDOM.sum(axis=1) + NOISE
    units = np.logspace(-8, 8, 60)
    solution = np.asarray(solved(columns, data).solution)
    np.testing.assert_allclose(
        np.asarray(solved(columns * units, 1e30 * data).solution) * units, 1e30 * solution, rtol=1e-6
    )


def changing_columns(t):
    """Columns (50, 10) of two parameters; about half the amplitudes are positive."""
    rng = np.random.default_rng(8)
    return rng.random((50, 10)) + t[0] * rng.standard_normal((50, 10)) + t[1] * rng.standard_normal((50, 10)) ** 2


CHANGING_DATA = np.random.default_rng(11).standard_normal(50) + 1.0
AT = jnp.array([0.02, 0.03])


def amplitudes(t):
    return solved(changing_columns(t), CHANGING_DATA).solution


def central_differences(function, at, step=1e-6):
    return np.stack(
        [(function(at + step * u) - function(at - step * u)) / (2 * step) for u in np.eye(at.size)], axis=-1
    )


def test_derivatives_agree_with_finite_differences_in_both_modes():
    assert 2 < np.sum(amplitudes(AT) > 0) < 9
    reference = central_differences(amplitudes, AT)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(amplitudes))(AT), reference, atol=1e-7)
    np.testing.assert_allclose(jax.jit(jax.jacrev(amplitudes))(AT), reference, atol=1e-7)


def test_derivatives_with_respect_to_matrix_and_vector_are_those_of_the_passive_system():
    columns = np.asarray(changing_columns(AT))
    curvature, vector = columns.T @ columns, columns.T @ CHANGING_DATA
    on = np.asarray(nnls(curvature, vector).passive)
    by_vector = np.zeros((10, 10))
    by_vector[np.ix_(on, on)] = np.linalg.inv(curvature[np.ix_(on, on)])
    solution = lambda f, d: nnls(f, d).solution  # noqa: E731
    np.testing.assert_allclose(jax.jacrev(solution, argnums=1)(curvature, vector), by_vector, atol=1e-10)
    expected = -np.einsum("ij,k->ijk", by_vector, solution(curvature, vector))
    np.testing.assert_allclose(jax.jacrev(solution)(curvature, vector), expected, atol=1e-9)


def test_second_derivatives_agree_with_finite_differences():
    cost = lambda t: jnp.sum(amplitudes(t) ** 2)  # noqa: E731
    reference = central_differences(jax.jit(jax.grad(cost)), AT)
    np.testing.assert_allclose(jax.jit(jax.hessian(cost))(AT), reference, rtol=1e-5, atol=1e-5)


def test_evidence_through_the_solution_has_the_gradient_of_finite_differences():
    from galens.numerics.linear_solve import log_determinant

    def evidence(t):
        columns = changing_columns(t)
        curvature = columns.T @ columns + 0.1 * jnp.eye(10)
        s = nnls(curvature, columns.T @ CHANGING_DATA).solution
        residual = CHANGING_DATA - columns @ s
        return -0.5 * (residual @ residual + 0.1 * s @ s + log_determinant(curvature))

    reference = central_differences(jax.jit(evidence), AT, step=1e-5)
    np.testing.assert_allclose(jax.jit(jax.grad(evidence))(AT), reference, rtol=1e-6)


def test_batches_equal_loops_in_value_and_derivative():
    points = AT + 0.05 * np.random.default_rng(1).standard_normal((6, 2))
    single, derivative = jax.jit(amplitudes), jax.jit(jax.jacfwd(amplitudes))
    loop = np.stack([single(t) for t in points])
    np.testing.assert_allclose(jax.jit(jax.vmap(amplitudes))(points), loop, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        jax.jit(jax.vmap(jax.vmap(amplitudes)))(points.reshape(2, 3, 2)).reshape(6, -1), loop, rtol=1e-9, atol=1e-12
    )
    slopes = np.stack([derivative(t) for t in points])
    for mode in (jax.jacfwd, jax.jacrev):
        np.testing.assert_allclose(jax.jit(jax.vmap(mode(amplitudes)))(points), slopes, rtol=1e-8, atol=1e-9)


def test_lane_that_is_not_finite_leaves_the_others_alone():
    columns = np.stack([changing_columns(t) for t in [(0.0, 0.0), (0.1, 0.0), (0.0, 0.1)]])
    curvature, vector = np.einsum("bij,bik->bjk", columns, columns), np.einsum("bij,i->bj", columns, CHANGING_DATA)
    expected = np.stack([nnls(f, d).solution for f, d in zip(curvature, vector, strict=True)])
    expected[1] = 0.0
    curvature[1, 0, 0] = np.nan
    batch = jax.vmap(nnls)(curvature, vector)
    np.testing.assert_allclose(batch.solution, expected, rtol=1e-9)
    np.testing.assert_array_equal(batch.status, [CONVERGED, NOT_FINITE, CONVERGED])


def test_shared_matrix_is_batched_over_data_only():
    vectors = np.random.default_rng(6).standard_normal((4, 200)) @ RANDOM
    batch = jax.vmap(nnls, in_axes=(None, 0))(RANDOM.T @ RANDOM, vectors)
    for i in range(4):
        np.testing.assert_allclose(
            batch.solution[i], nnls(RANDOM.T @ RANDOM, vectors[i]).solution, rtol=1e-9, atol=1e-12
        )


def test_all_lanes_at_once_find_the_same_sets_as_one_by_one():
    """Accelerators run the lanes of a batch in lockstep."""
    data = [RANDOM.sum(axis=1) + NOISE, NOISE, -np.ones(200)]
    curvature = RANDOM.T @ RANDOM / 200
    vectors = jnp.stack([RANDOM.T @ d / np.max(np.abs(RANDOM.T @ d)) for d in data])
    lockstep = jax.jit(jax.vmap(module._passive_set.fun, in_axes=(None, 0, None)))(
        curvature, vectors, np.ones(60, bool)
    )
    for i in range(3):
        np.testing.assert_array_equal(lockstep[0][i], nnls(curvature, vectors[i]).passive)


BATCH = """
import os
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
import jax, jax.numpy as jnp, galens
from galens.numerics.nnls import nnls

x = jnp.linspace(0.0, 5.0, 400)
sigmas = jnp.logspace(-2, 1, 80)

def chi_squared(t):
    columns = jnp.exp(-0.5 * (jnp.hypot(x[:, None] - t[0], t[1]) / sigmas) ** 2)
    columns = jnp.fft.irfft(jnp.fft.rfft(columns, axis=0) * jnp.exp(-jnp.arange(201.0) / 100)[:, None], n=400, axis=0)
    data = 1e3 * jnp.exp(-x) + jnp.sin(37 * x)
    s = nnls(columns.T @ columns, columns.T @ data).solution
    return jnp.sum((data - columns @ s) ** 2)

points = jnp.stack([jnp.linspace(-0.2, 0.2, 50), jnp.linspace(0.0, 0.3, 50)], axis=1)
values, gradients = jax.jit(jax.vmap(jax.value_and_grad(chi_squared)))(points)
assert jnp.all(jnp.isfinite(values)) and jnp.all(jnp.isfinite(gradients))
print("done")
"""


def test_batch_of_fifty_likelihoods_with_transforms_finishes_on_two_cores():
    """The reference library hangs here unless XLA's thread pool is switched off."""
    environment = {key: value for key, value in os.environ.items() if key != "XLA_FLAGS"}
    command = [sys.executable, "-c", BATCH]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    assert run.stdout.strip() == "done"


def test_covariance_is_the_inverse_on_the_positive_amplitudes():
    columns = np.asarray(changing_columns(AT))
    curvature = columns.T @ columns
    passive = np.asarray(nnls(curvature, columns.T @ CHANGING_DATA).passive)
    result = np.asarray(covariance(curvature, passive))
    np.testing.assert_allclose(
        result[np.ix_(passive, passive)], np.linalg.inv(curvature[np.ix_(passive, passive)]), rtol=1e-9
    )
    assert not np.any(result[~passive])
    assert not np.any(result[:, ~passive])


def test_pivoting_resumes_from_any_feasible_set():
    columns = RANDOM / np.linalg.norm(RANDOM, axis=0)
    matrix, vector = jnp.asarray(columns.T @ columns), jnp.asarray(columns.T @ (RANDOM.sum(axis=1) + NOISE))
    vector = vector / jnp.max(jnp.abs(vector))
    proposed = jnp.asarray(np.arange(60) % 2 == 0)
    passive, factor, s = module._feasible(matrix, vector, proposed)
    swept = np.asarray(module._swept(matrix, factor, passive))
    on, off = np.flatnonzero(passive), np.flatnonzero(~passive)
    inverse = np.linalg.inv(matrix[np.ix_(on, on)])
    np.testing.assert_allclose(swept[np.ix_(on, on)], -inverse, atol=1e-9)
    np.testing.assert_allclose(swept[np.ix_(on, off)], inverse @ matrix[np.ix_(on, off)], atol=1e-9)
    gradient = jnp.where(passive, 0.0, vector - matrix @ s)
    resumed, _ = module._pivoting(jnp.asarray(swept), s, gradient, passive)
    np.testing.assert_array_equal(resumed, nnls(matrix, vector).passive)


@pytest.mark.parametrize("n", [1, 60, 181, 182])
def test_systems_of_constants_are_solved_within_a_program(n):
    """Nothing of a program's constants is an argument of a kernel of many operations, which XLA aborts at."""
    rng = np.random.default_rng(n)
    columns = rng.uniform(0.1, 1.0, (300, n))
    F, D = jnp.asarray(columns.T @ columns), jnp.asarray(columns.T @ rng.uniform(size=300))
    expected = np.asarray(nnls(F, D).solution)
    programs = {
        "both": lambda x: nnls(F, D).solution + 0.0 * x,
        "matrix": lambda x: nnls(F, D * x).solution / x,
        "vector": lambda x: nnls(F * x, D).solution * x,
        "batch": lambda x: jax.vmap(lambda factor: nnls(F, factor * D).solution / factor)(jnp.stack([x, x]))[1],
    }
    for program in programs.values():
        np.testing.assert_allclose(jax.jit(program)(1.0), expected, rtol=1e-10, atol=1e-12)
        slope = jax.jit(jax.jacfwd(program))(1.0)
        np.testing.assert_allclose(slope, np.zeros(n), atol=1e-7)
    gradient = jax.jit(jax.grad(lambda D: nnls(F, D).solution @ D))(D)
    np.testing.assert_allclose(gradient, 2.0 * expected, rtol=1e-8, atol=1e-10)


def test_few_unknowns_take_pivots_in_one_kernel():
    text = nnls.lower(np.eye(20), np.ones(20)).compile().as_text()
    calls = [line for line in text.splitlines() if " call(" in line]
    assert len(calls) == 1
    assert 'xla_cpu_small_call="true"' in calls[0]
