import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens  # noqa: F401  64-bit floats
from galens.numerics.linear_solve import least_squares, log_determinant, solve, solve_subset


def columns(n=6, rows=30, seed=0):
    return np.random.default_rng(seed).standard_normal((rows, n))


def central_differences(function, at, step=1e-6):
    units = np.eye(at.size)
    return np.stack([(function(at + step * u) - function(at - step * u)) / (2 * step) for u in units], axis=-1)


def changing_columns(t, copies=1):
    """Columns (30, 6 x copies) of two parameters."""
    matrix = columns() + t[0] * columns(seed=1) + t[1] * columns(seed=2) ** 2
    return jnp.concatenate([matrix] * copies, axis=1)


DATA = np.random.default_rng(9).standard_normal(30)
AT = np.array([0.1, 0.2])


def test_plain_solution_is_that_of_lapack():
    matrix = columns()
    solution = solve(matrix.T @ matrix, matrix.T @ DATA)
    np.testing.assert_allclose(solution.solution, np.linalg.lstsq(matrix, DATA)[0], rtol=1e-12)
    assert solution.independent
    assert solution.residual < 1e-14


def test_named_diagonal_is_added_and_nothing_else():
    matrix = columns()
    curvature = matrix.T @ matrix
    np.testing.assert_allclose(
        solve(curvature, matrix.T @ DATA, diagonal=0.3).solution,
        np.linalg.solve(curvature + 0.3 * np.eye(6), matrix.T @ DATA),
        rtol=1e-12,
    )


def test_columns_of_very_different_norm_are_solved_to_full_precision():
    scale = np.logspace(-60, 60, 6)
    matrix = columns()
    solution = solve((matrix * scale).T @ (matrix * scale), (matrix * scale).T @ DATA)
    np.testing.assert_allclose(solution.solution * scale, np.linalg.lstsq(matrix, DATA)[0], rtol=1e-11)


@pytest.mark.parametrize("solver", [lambda b: solve(b.T @ b, b.T @ DATA), lambda b: least_squares(b, DATA)])
def test_identical_columns_share_the_least_norm_solution(solver):
    matrix = columns()
    solution = solver(np.concatenate([matrix, matrix], axis=1))
    half = np.linalg.lstsq(matrix, DATA)[0] / 2
    np.testing.assert_allclose(solution.solution, np.concatenate([half, half]), rtol=1e-10)
    assert not solution.independent


@pytest.mark.parametrize("solver", [lambda b: solve(b.T @ b, b.T @ DATA), lambda b: least_squares(b, DATA)])
def test_column_of_zeros_gets_no_amplitude(solver):
    matrix = columns()
    solution = solver(np.concatenate([matrix, np.zeros((30, 1))], axis=1))
    np.testing.assert_allclose(solution.solution[:6], np.linalg.lstsq(matrix, DATA)[0], rtol=1e-10)
    assert solution.solution[6] == 0.0
    assert not solution.independent


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_non_finite_systems_give_zeros_and_an_infinite_residual(bad):
    matrix = columns()
    curvature = matrix.T @ matrix
    curvature[2, 3] = bad
    plain = solve(curvature, matrix.T @ DATA)
    matrix[0, 0] = bad
    for solution in (plain, least_squares(matrix, DATA)):
        np.testing.assert_array_equal(solution.solution, 0.0)
        assert solution.residual == np.inf
    gradient = jax.grad(lambda f: solve(f, matrix.T @ DATA).solution.sum())(jnp.asarray(curvature))
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("copies", [1, 2])
@pytest.mark.parametrize("route", ["normal", "qr"])
def test_model_of_plain_solution_has_exact_derivatives(copies, route):
    def model(t):
        matrix = changing_columns(t, copies)
        if route == "qr":
            return matrix @ least_squares(matrix, DATA).solution
        return matrix @ solve(matrix.T @ matrix, matrix.T @ DATA).solution

    reference = central_differences(jax.jit(model), AT)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(model))(AT), reference, atol=1e-7)
    np.testing.assert_allclose(jax.jit(jax.jacrev(model))(AT), reference, atol=1e-7)


def test_batch_of_singular_and_regular_systems_equals_a_loop():
    stacked = [changing_columns(np.array(t), copies=1) for t in [(0.0, 0.0), (0.3, -0.2), (0.1, 0.1)]]
    stacked[1] = stacked[1].at[:, 5].set(stacked[1][:, 0])
    curvature = jnp.stack([b.T @ b for b in stacked])
    vector = jnp.stack([b.T @ DATA for b in stacked])
    batch = jax.jit(jax.vmap(solve))(curvature, vector)
    np.testing.assert_array_equal(batch.independent, [True, False, True])
    for i in range(3):
        np.testing.assert_allclose(batch.solution[i], solve(curvature[i], vector[i]).solution, rtol=1e-10)


def test_orthogonal_route_keeps_digits_that_normal_equations_lose():
    """Columns dependent to ten digits: their difference fits the data, F cannot see it."""
    rng = np.random.default_rng(4)
    base, other = rng.standard_normal((2, 200))
    matrix = np.stack([base, base + 1e-10 * other], axis=1)
    data = base + other
    chi_squared = lambda s: np.sum((data - matrix @ s) ** 2)  # noqa: E731
    assert chi_squared(least_squares(matrix, data).solution) < 1e-8
    assert chi_squared(solve(matrix.T @ matrix, matrix.T @ data).solution) > 100.0


def test_subset_solution_is_zero_outside_and_differentiable():
    matrix = columns()
    curvature = jnp.asarray(matrix.T @ matrix)
    subset = np.array([True, False, True, True, False, True])
    vector = matrix.T @ DATA
    solution = solve_subset(curvature, subset, vector)
    np.testing.assert_allclose(solution[subset], np.linalg.lstsq(matrix[:, subset], DATA)[0], rtol=1e-12)
    np.testing.assert_array_equal(solution[~subset], 0.0)
    function = lambda t: solve_subset(curvature + t[0] * jnp.ones((6, 6)), subset, vector * t[1])  # noqa: E731
    at = np.array([0.3, 2.0])
    np.testing.assert_allclose(jax.jacrev(function)(at), central_differences(function, at), atol=1e-8)


def test_log_determinant_is_that_of_lapack_with_the_inverse_as_gradient():
    scale = np.logspace(-30, 25, 6)
    unscaled = columns().T @ columns()
    value, gradient = jax.jit(jax.value_and_grad(log_determinant))(unscaled * np.outer(scale, scale))
    np.testing.assert_allclose(value, np.linalg.slogdet(unscaled)[1] + 2 * np.sum(np.log(scale)), rtol=1e-13)
    np.testing.assert_allclose(gradient * np.outer(scale, scale), np.linalg.inv(unscaled), rtol=1e-10)
    second = jax.hessian(lambda t: log_determinant(jnp.eye(3) + t * jnp.diag(jnp.arange(3.0))))(0.0)
    np.testing.assert_allclose(second, -5.0)


@pytest.mark.parametrize("matrix", [np.diag([1.0, -1.0]), np.ones((2, 2)), np.zeros((2, 2)), np.full((2, 2), np.nan)])
def test_log_determinant_of_a_matrix_that_is_not_definite_is_minus_infinity_with_a_finite_gradient(matrix):
    value, gradient = jax.value_and_grad(log_determinant)(jnp.asarray(matrix))
    assert value == -np.inf
    assert np.all(np.isfinite(gradient))
