"""Multi-Gaussian expansions: reference numbers, and optima certified in extended precision."""

import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits
from benchmarks.linear_systems import axes, expansion, gaussian_columns, mixed

import galens  # noqa: F401  64-bit floats
from galens.numerics.linear_solve import least_squares, solve
from galens.numerics.nnls import CONVERGED, nnls
from tests.oracle import excess


@pytest.fixture(scope="module")
def founding(shared):
    """(number of Gaussians, flipped) -> whitened columns, data and noise term of the `operated` image, mask of 3"."""
    folder = shared / "founding" / "imaging" / "operated"

    def system(n, flipped):
        data, noise, kernel = (
            fits.getdata(folder / f"{name}.fits").astype(float) for name in ("data", "noise_map", "psf")
        )
        if flipped:
            data, noise, kernel = data[::-1], noise[::-1], kernel[::-1]
        y, x = axes(data.shape, 0.1)
        inside = np.hypot(y, x) < 3.0
        sigmas = np.logspace(-2, np.log10(3), n)
        columns = gaussian_columns(y, x, kernel, sigmas, (0.052, 0.0))[:, inside] / noise[inside]
        return columns.T, data[inside] / noise[inside], np.sum(np.log(2 * np.pi * noise[inside] ** 2))

    return system


def solved(columns, data):
    return nnls(columns.T @ columns, columns.T @ data)


def chi_squared(columns, data, amplitudes):
    extended = np.longdouble
    return np.sum((data.astype(extended) - columns.astype(extended) @ np.asarray(amplitudes).astype(extended)) ** 2)


def certified_minimum(columns, data, passive):
    """Chi-squared of the exact solution on `passive`, in extended precision, which is asserted to be the optimum.

    Positive amplitudes, and no gradient that another amplitude could follow, prove it, however the set was found.
    """
    norms = np.linalg.norm(columns, axis=0)
    columns, data = (columns / norms).astype(np.longdouble), data.astype(np.longdouble)
    on = np.flatnonzero(passive)
    basis, triangle = columns[:, on].copy(), np.zeros((on.size, on.size), np.longdouble)
    for repeated in (False, True):  # Gram-Schmidt, twice is enough
        again = np.eye(on.size, dtype=np.longdouble)
        for i in range(on.size):
            for j in range(i):
                again[j, i] = basis[:, j] @ basis[:, i]
                basis[:, i] -= again[j, i] * basis[:, j]
            again[i, i] = np.sqrt(basis[:, i] @ basis[:, i])
            basis[:, i] /= again[i, i]
        triangle = again @ triangle if repeated else again
    amplitudes = np.zeros(on.size, np.longdouble)
    target = basis.T @ data
    for i in reversed(range(on.size)):
        amplitudes[i] = (target[i] - triangle[i, i + 1 :] @ amplitudes[i + 1 :]) / triangle[i, i]
    residual = data - columns[:, on] @ amplitudes
    gradient = columns.T @ residual / np.max(columns.T @ data)
    assert np.all(amplitudes > 0)
    assert np.max(gradient) < 1e-14
    return residual @ residual


def duality_gap(columns, data, amplitudes):
    """How far chi-squared can be above its minimum, for columns of positive images: a bound, not an estimate.

    Any y with B^T y <= 0 gives the lower bound 2 d.y - |y|^2; the residual, lowered until it is one, is such a y.
    """
    residual = data - columns @ np.asarray(amplitudes)
    lowered = residual - max(np.max((columns.T @ residual) / columns.sum(axis=0)), 0.0)
    return residual @ residual - (2 * data @ lowered - lowered @ lowered)


@pytest.mark.parametrize(
    ("flipped", "expected", "log_likelihood"), [(False, 5231.321804823, None), (True, 2979.391044668, 6351.744786733)]
)
def test_180_gaussians_reach_the_reference_chi_squared(founding, flipped, expected, log_likelihood):
    columns, data, noise_term = founding(180, flipped)
    solution = solved(columns, data)
    chi2 = float(chi_squared(columns, data, solution.solution))
    np.testing.assert_allclose(chi2, expected, rtol=1e-12)
    assert solution.residual < 1e-14
    assert solution.status == CONVERGED
    assert np.sum(solution.passive) == (12 if flipped else 10)
    if log_likelihood:
        np.testing.assert_allclose(-0.5 * (chi2 + noise_term), log_likelihood, rtol=1e-12)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("n", [1, 30, 180, 300])
def test_expansions_of_the_founding_image_are_optimal_in_extended_precision(founding, n, flipped):
    columns, data, _ = founding(n, flipped)
    solution = solved(columns, data)
    minimum = certified_minimum(columns, data, solution.passive)
    assert abs(chi_squared(columns, data, solution.solution) / minimum - 1) < 1e-12
    assert solution.residual < 1e-13


@pytest.mark.parametrize("n", [60, 180])
@pytest.mark.parametrize("brightness", [1.0, 1e4])
def test_expansions_of_three_sets_are_optimal_in_extended_precision(n, brightness):
    columns, data = expansion(n, shape=(80, 80))
    data = brightness * data
    solution = solved(columns, data)
    minimum = certified_minimum(columns, data, solution.passive)
    assert abs(chi_squared(columns, data, solution.solution) / minimum - 1) < 1e-12
    assert solution.residual < 1e-13


def test_bright_galaxy_that_is_fitted_to_the_noise_keeps_eight_digits_of_chi_squared():
    """10^4 times the noise in the brightest pixel: |d|^2 is 10^5 chi-squared."""
    columns, _ = expansion(180, sets=1, shape=(80, 80))
    rng = np.random.default_rng(0)
    model = columns @ (np.exp(-5 * rng.random(180)) / np.linalg.norm(columns, axis=0))
    data = 1e4 * model / np.max(model) + rng.standard_normal(model.size)
    solution = solved(columns, data)
    chi2 = float(chi_squared(columns, data, solution.solution))
    assert data @ data > 1e5 * chi2
    assert duality_gap(columns, data, solution.solution) < 1e-8 * chi2


def test_lens_with_gaussians_and_source_pixels_is_solved():
    """11 304 pixels, 180 dense and 965 local columns, no diagonal."""
    columns, data = mixed()
    solution = solved(columns, data)
    assert solution.status == CONVERGED
    assert solution.residual < 1e-13
    assert np.sum(solution.passive) > 400
    chi2 = np.sum((data - columns @ np.asarray(solution.solution)) ** 2)
    assert duality_gap(columns, data, solution.solution) < 1e-9 * chi2


def test_one_thousandth_on_the_diagonal_gives_the_numbers_of_the_reference_library(founding):
    """It adds that silently; here it is the caller's."""
    columns, data, noise_term = founding(180, False)
    solution = nnls(columns.T @ columns + 1e-3 * np.eye(180), columns.T @ data)
    chi2 = float(chi_squared(columns, data, solution.solution))
    np.testing.assert_allclose(chi2, 5231.329972810, rtol=1e-12)
    np.testing.assert_allclose(-0.5 * (chi2 + noise_term), 5225.775322661, rtol=1e-12)
    free = solve(columns.T @ columns, columns.T @ data, diagonal=1e-3)
    np.testing.assert_allclose(float(chi_squared(columns, data, free.solution)), 5165.15, atol=0.005)


def test_free_amplitudes_from_the_columns_fit_no_worse_than_lapack(founding):
    columns, data, _ = founding(180, False)
    norms = np.linalg.norm(columns, axis=0)
    scaled = np.linalg.lstsq(columns / norms, data, rcond=180 * np.finfo(float).eps)[0]
    best = float(chi_squared(columns / norms, data, scaled))
    np.testing.assert_allclose(
        float(chi_squared(columns, data, least_squares(columns, data).solution)), best, rtol=1e-4
    )


POSITIVE = ["linear_positive", "mge_basis_positive", "mge_two_sets", "linear_operated", "sie_shear_linear"]


@pytest.mark.parametrize(
    "name", [*POSITIVE, "epl_multipole_mge_source", "double_source_plane_linear", "two_lens_galaxies"]
)
def test_reconstructions_of_reference_fits_follow_from_their_matrices(oracle, name):
    case = next(case for case in oracle.cases("imaging_fits") if case["id"] == name)
    matrix, _ = oracle.reference(case, "curvature_matrix")
    vector, _ = oracle.reference(case, "data_vector")
    expected, rule = oracle.reference(case, "reconstruction")
    solution = nnls(jnp.asarray(matrix), jnp.asarray(vector))
    assert solution.status == CONVERGED
    assert solution.residual < 1e-13
    assert_same_minimum(solution.solution, expected, matrix, vector, rule)


@pytest.mark.parametrize("name", ["linear_positive_negative", "mge_basis_unconstrained", "shapelets"])
def test_free_reconstructions_of_reference_fits_follow_from_their_matrices(oracle, name):
    case = next(case for case in oracle.cases("imaging_fits") if case["id"] == name)
    matrix, _ = oracle.reference(case, "curvature_matrix")
    vector, _ = oracle.reference(case, "data_vector")
    expected, rule = oracle.reference(case, "reconstruction")
    assert_same_minimum(solve(matrix, vector).solution, expected, matrix, vector, rule)


def assert_same_minimum(solution, expected, matrix, vector, rule):
    cost = lambda s: 0.5 * s @ matrix @ s - vector @ s  # noqa: E731
    solution = np.asarray(solution)
    np.testing.assert_allclose(cost(solution), cost(expected), rtol=1e-9)
    assert excess(solution, expected, rule) <= 1.0
