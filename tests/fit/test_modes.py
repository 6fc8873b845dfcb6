import numpy as np
import pytest

from galens.fit.search.modes import Mode, distinct_modes, mixture_draws, mixture_log_density, spread_draws

CURVATURE = np.array([[4.0, 1.0], [1.0, 9.0]])
ONE = Mode(np.array([1.0, -2.0]), -3.0, CURVATURE, (0,))
TWO = Mode(np.array([-4.0, 3.0]), -3.0 + np.log(3.0), CURVATURE, (1,))


def test_laplace_evidence_of_a_normal_density_is_exact():
    n = 2
    normalised = Mode(np.zeros(n), -0.5 * n * np.log(2 * np.pi) + 0.5 * np.log(35.0), CURVATURE, (0,))
    assert normalised.log_evidence == pytest.approx(0.0, abs=1e-14)
    np.testing.assert_allclose(normalised.covariance @ CURVATURE, np.eye(n), atol=1e-14)


def test_ends_within_half_a_sigma_are_one_mode_and_the_highest_leads():
    positions = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0], [0.0, 0.1], [3.0, 0.01]])
    log_densities = np.array([-1.0, -0.5, -2.0, -0.7, -1.9])
    modes = distinct_modes(positions, log_densities, np.array([CURVATURE] * 5))
    assert [mode.starts for mode in modes] == [(1, 3, 0), (4, 2)]
    assert [mode.log_density for mode in modes] == [-0.5, -1.9]
    np.testing.assert_array_equal(modes[0].position, positions[1])


def test_parameters_known_to_different_precision_share_the_measure():
    curvature = np.diag([1e8, 1.0])
    modes = distinct_modes(
        np.array([[0.0, 0.0], [1e-3, 0.0], [0.0, 0.3]]), np.array([-1.0, -1.1, -1.2]), np.array([curvature] * 3)
    )
    assert [mode.starts for mode in modes] == [(0, 2), (1,)]


@pytest.mark.parametrize("tails", [None, 10.0])
def test_draws_have_the_laplace_mean_and_covariance(tails):
    draws = mixture_draws([ONE], 200_000, np.random.default_rng(0), tails)
    scale = 1.0 if tails is None else tails / (tails - 2)
    np.testing.assert_allclose(draws.mean(axis=0), ONE.position, atol=5e-3)
    np.testing.assert_allclose(np.cov(draws.T), scale * ONE.covariance, atol=5e-3)


def test_modes_are_drawn_in_proportion_to_their_evidence():
    draws = mixture_draws([ONE, TWO], 40_000, np.random.default_rng(0))
    assert np.mean(draws[:, 0] < -1.5) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("tails", [None, 10.0])
def test_spread_draws_have_the_mean_and_covariance_of_a_few(tails):
    draws = spread_draws([ONE], 4096, np.random.default_rng(0), tails)
    assert draws.shape == (4096, 2)
    scale = 1.0 if tails is None else tails / (tails - 2)
    # 0.008 is one standard error of as many independent draws.
    np.testing.assert_allclose(draws.mean(axis=0), ONE.position, atol=5e-4)
    np.testing.assert_allclose(np.cov(draws.T), scale * ONE.covariance, atol=5e-3)


def test_spread_draws_of_modes_are_in_proportion_and_differ_by_seed():
    first, second = (spread_draws([ONE, TWO], 1000, np.random.default_rng(seed)) for seed in (0, 1))
    assert first.shape == second.shape == (1000, 2)
    assert np.mean(first[:, 0] < -1.5) == pytest.approx(0.75, abs=0.002)
    assert np.min(np.abs(first - second)) > 0
    np.testing.assert_array_equal(first, spread_draws([ONE, TWO], 1000, np.random.default_rng(0)))
    assert spread_draws([ONE], 1, np.random.default_rng(0)).shape == (1, 2)


def test_density_of_the_mixture_is_normalised():
    side = np.linspace(-12.0, 12.0, 801)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    total = np.exp(mixture_log_density([ONE, TWO], points)).sum() * (side[1] - side[0]) ** 2
    assert total == pytest.approx(1.0, abs=1e-4)
