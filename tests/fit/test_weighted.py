import numpy as np
import pytest

from galens.errors import SamplesError
from galens.fit.weighted import effective_size, marginalize, quantile, resampled_indices, tail_probability


def test_tail_probabilities_are_those_of_the_normal_distribution():
    assert tail_probability(1.0) == pytest.approx(0.15865525393145707)
    assert tail_probability(3.0) == pytest.approx(0.0013498980316300933)
    assert tail_probability(0.0) == 0.5


def test_quantiles_agree_with_the_reference(oracle):
    for case in oracle.cases("autofit"):
        if not case["id"].startswith("samples"):
            continue
        parameters, weights = oracle.input(case, "parameters"), oracle.input(case, "weights")
        q = oracle.input(case, "quantile_q")
        np.testing.assert_allclose(
            quantile(parameters[:, 0], q, weights), oracle.reference(case, "quantile_weighted")[0], rtol=1e-12
        )
        np.testing.assert_allclose(
            quantile(parameters[:, 0], q), oracle.reference(case, "quantile_unweighted")[0], rtol=1e-12
        )
        np.testing.assert_allclose(
            marginalize(parameters[:, 1], 2.0, weights), oracle.reference(case, "marginalize_sigma_2")[0], rtol=1e-12
        )


def test_scale_of_weights_does_not_matter():
    rng = np.random.default_rng(0)
    values, weights = rng.normal(size=50), rng.random(50)
    q = np.linspace(0, 1, 11)
    np.testing.assert_allclose(quantile(values, q, weights), quantile(values, q, 1e6 * weights), rtol=1e-12)


@pytest.mark.parametrize(
    "arguments", [([1.0, 2.0], 1.1), ([1.0, 2.0], 0.5, [1.0]), ([1.0, 2.0], 0.5, [0.0, 0.0]), ([1.0], 0.5, [1.0])]
)
def test_impossible_quantiles_are_refused(arguments):
    with pytest.raises(SamplesError):
        quantile(*arguments)


def test_effective_size_counts_equal_weights():
    assert effective_size(np.ones(7)) == pytest.approx(7.0)
    assert effective_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1.0)
    assert effective_size(np.array([2.0, 2.0, 0.0])) == pytest.approx(2.0)


def test_resampling_takes_each_sample_as_often_as_its_weight_says():
    weights = np.array([0.5, 0.25, 0.0, 0.25])
    for seed in range(5):
        counts = np.bincount(resampled_indices(weights, 8, np.random.default_rng(seed)), minlength=4)
        np.testing.assert_array_equal(counts, [4, 2, 0, 2])
