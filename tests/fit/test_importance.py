import math

import numpy as np
import pytest
from scipy.special import logsumexp

from galens.fit.importance import pareto_smoothed

CASES = {
    "narrow": lambda rng: rng.normal(0, 0.1, 1000),
    "normal": lambda rng: rng.normal(0, 1, 1000),
    "heavy": lambda rng: rng.standard_t(3, 1000),
    "few": lambda rng: rng.normal(0, 1, 60),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_smoothed_weights_agree_with_arviz(name):
    import arviz

    log_weights = CASES[name](np.random.default_rng(3))
    expected, shape = arviz.psislw(log_weights.copy())
    smoothed, k = pareto_smoothed(log_weights)
    assert k == pytest.approx(float(shape), rel=1e-10)
    np.testing.assert_allclose(smoothed - logsumexp(smoothed), expected, atol=1e-10)


def test_shape_tells_light_from_heavy_tails():
    rng = np.random.default_rng(0)
    assert pareto_smoothed(rng.normal(0, 0.3, 2000))[1] < 0.3
    assert pareto_smoothed(2.0 * rng.standard_exponential(2000))[1] > 0.7


def test_no_smoothed_weight_exceeds_the_largest_raw_one():
    log_weights = 3.0 * np.random.default_rng(1).normal(size=500)
    smoothed, _ = pareto_smoothed(log_weights)
    assert smoothed.max() <= log_weights.max() + 1e-12
    np.testing.assert_array_equal(np.argsort(smoothed[smoothed < np.median(smoothed)]).shape, (250,))


def test_impossible_draws_keep_no_weight():
    log_weights = np.random.default_rng(1).normal(size=500)
    log_weights[::5] = -np.inf
    smoothed, k = pareto_smoothed(log_weights)
    assert np.all(np.isneginf(smoothed[::5]))
    assert np.isfinite(k)


def test_equal_weights_stay_and_too_few_have_no_shape():
    smoothed, k = pareto_smoothed(np.zeros(100))
    assert k == -math.inf
    np.testing.assert_array_equal(smoothed, 0.0)
    assert pareto_smoothed(np.zeros(10))[1] == math.inf
