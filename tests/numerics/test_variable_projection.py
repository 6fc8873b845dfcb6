import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens  # noqa: F401  64-bit floats
from galens.numerics import levenberg_marquardt as lm
from galens.numerics.nnls import CONVERGED, NOT_FINITE, nnls
from galens.numerics.variable_projection import variable_projection

X = jnp.linspace(0.0, 5.0, 120)
WIDTHS = jnp.logspace(-1, 1, 12)
TRUTH = jnp.array([0.4, 1.2])
AT = jnp.array([0.3, 1.1])


def columns(theta):
    return jnp.exp(-0.5 * ((X - theta[0]) / (WIDTHS[:, None] * theta[1])) ** 2)


def combine(theta, amplitudes):
    return amplitudes @ jnp.exp(-0.5 * ((X - theta[0]) / (WIDTHS[:, None] * theta[1])) ** 2)


DATA = 100.0 * jnp.exp(-X) + np.random.default_rng(0).standard_normal(120)


def matrix(strength):
    return strength * jnp.eye(12) if strength else None


def projection(theta, **options):
    return variable_projection(columns, theta, DATA, **options)


def cost(theta, **options):
    result = projection(theta, **options)
    return jnp.sum(result.residual**2) + result.penalty


def central_differences(function, at, step=1e-6):
    return np.stack(
        [(function(at + step * u) - function(at - step * u)) / (2 * step) for u in np.eye(at.size)], axis=-1
    )


@pytest.mark.parametrize("combined", [None, combine])
@pytest.mark.parametrize(("positive", "strength"), [(True, 0.0), (True, 1e-2), (False, 1e-3)])
def test_jacobian_of_golub_and_pereyra_is_exact(positive, strength, combined):
    options = {"positive": positive, "regularization": matrix(strength), "combine": combined}
    both = lambda theta: projection(theta, **options)[:2]  # noqa: E731
    residual, amplitudes = (jax.jit(lambda theta, i=i: both(theta)[i]) for i in range(2))
    forward = jax.jit(jax.jacfwd(both))(AT)
    backward = jax.jit(jax.jacrev(both))(AT)
    for i, function in enumerate((residual, amplitudes)):
        reference = central_differences(function, AT)
        scale = np.max(np.abs(reference))
        np.testing.assert_allclose(forward[i], reference, atol=1e-7 * scale)
        np.testing.assert_allclose(backward[i], reference, atol=1e-7 * scale)


@pytest.mark.parametrize("jacobian", ["golub-pereyra", "kaufman", "envelope"])
@pytest.mark.parametrize(("positive", "strength"), [(True, 0.0), (True, 1e-2), (False, 1e-3)])
def test_gradient_of_chi_squared_is_exact_with_any_jacobian(positive, strength, jacobian):
    options = {"positive": positive, "regularization": matrix(strength), "jacobian": jacobian, "combine": combine}
    function = jax.jit(lambda theta: cost(theta, **options))
    reference = central_differences(function, AT)
    np.testing.assert_allclose(
        jax.jit(jax.grad(function))(AT), reference, rtol=1e-6, atol=1e-7 * np.max(np.abs(reference))
    )


@pytest.mark.parametrize("jacobian", ["golub-pereyra", "kaufman", "envelope"])
def test_gradient_by_the_strength_of_a_regularization_is_exact(jacobian):
    def function(log_strength):
        strength = jnp.exp(log_strength[0])
        return cost(AT, regularization=strength * jnp.eye(12), jacobian=jacobian, combine=combine)

    at = jnp.array([-4.0])
    reference = central_differences(jax.jit(function), at, step=1e-4)
    assert abs(reference[0]) > 1e-3
    np.testing.assert_allclose(jax.jit(jax.grad(function))(at), reference, rtol=1e-5)


def test_envelope_holds_the_amplitudes():
    def held(theta):
        return projection(theta, jacobian="envelope", combine=combine)[:2]

    by_residual, by_amplitudes = jax.jit(jax.jacfwd(held))(AT)
    amplitudes = projection(AT).amplitudes
    expected = -jax.jacfwd(lambda theta: combine(theta, amplitudes))(AT)
    np.testing.assert_allclose(by_residual, expected, atol=1e-9 * np.max(np.abs(expected)))
    np.testing.assert_array_equal(by_amplitudes, 0.0)


def test_jacobian_of_kaufman_lacks_only_a_part_that_is_orthogonal_to_the_residual():
    exact = jax.jacfwd(lambda theta: projection(theta).residual)(AT)
    approximate = jax.jacfwd(lambda theta: projection(theta, jacobian="kaufman").residual)(AT)
    residual = projection(AT).residual
    difference = np.asarray(exact - approximate)
    assert np.max(np.abs(difference)) > 1.0
    np.testing.assert_allclose(residual @ difference, 0.0, atol=1e-9 * np.max(np.abs(residual @ exact)))


def test_amplitudes_are_those_of_the_linear_system():
    matrix = columns(AT).T
    expected = nnls(matrix.T @ matrix, matrix.T @ DATA)
    result = projection(AT)
    np.testing.assert_allclose(result.amplitudes, expected.solution, rtol=1e-9)
    np.testing.assert_array_equal(result.free, expected.passive)
    np.testing.assert_allclose(result.residual, DATA - matrix @ expected.solution, atol=1e-9)
    np.testing.assert_allclose(result.curvature_matrix, matrix.T @ matrix, rtol=1e-12)
    assert result.penalty == 0.0
    assert result.status == CONVERGED


def test_data_that_depend_on_parameters_are_differentiated():
    def residual(theta):
        return variable_projection(columns, theta[:2], DATA * (1 + theta[2] * X), combine=combine).residual

    at = jnp.append(AT, 0.1)
    reference = central_differences(jax.jit(residual), at)
    np.testing.assert_allclose(jax.jit(jax.jacfwd(residual))(at), reference, atol=1e-7 * np.max(np.abs(reference)))


def test_parameters_may_be_any_tree_and_batches_equal_loops():
    tree = lambda t: {"centre": t[0], "width": (t[1],)}  # noqa: E731
    from_tree = lambda tree: columns((tree["centre"], tree["width"][0]))  # noqa: E731
    residual = lambda t: variable_projection(from_tree, tree(t), DATA).residual  # noqa: E731
    points = AT + 0.05 * np.random.default_rng(1).standard_normal((5, 2))
    batch = jax.jit(jax.vmap(jax.jacfwd(residual)))(points)
    single = jax.jit(jax.jacfwd(lambda t: projection(t).residual))
    for i in range(5):
        np.testing.assert_allclose(batch[i], single(points[i]), atol=1e-8 * np.max(np.abs(batch[i])))


def test_non_finite_columns_give_a_status():
    result = projection(jnp.array([jnp.nan, 1.0]))
    assert result.status == NOT_FINITE
    np.testing.assert_array_equal(result.amplitudes[~np.asarray(result.free)], 0.0)


@pytest.mark.parametrize("jacobian", ["golub-pereyra", "kaufman"])
def test_levenberg_marquardt_finds_the_nonlinear_parameters_without_the_linear_ones(jacobian):
    amplitudes = 50.0 * jnp.exp(-jnp.arange(12.0))
    data = amplitudes @ columns(TRUTH)

    def residuals(theta):
        return variable_projection(columns, theta, data, combine=combine, jacobian=jacobian).residual * 1e3

    step = jax.jit(lambda state: lm.step(residuals, state, tolerance=1e-12))
    state = lm.init(jnp.array([0.1, 1.0]))
    for _ in range(60):
        state = step(state)
    np.testing.assert_allclose(state.position[0], TRUTH[0], atol=1e-4)
    assert state.cost < 1e-6 * 0.5 * jnp.sum((1e3 * data) ** 2)
