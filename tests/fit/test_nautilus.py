import numpy as np
import pytest

from galens import fit as af
from galens.errors import SearchError
from tests.fit.problems import Pair, linear_fit, linear_model, linear_posterior


def search(**settings):
    quick = {"silence": True, "n_live": 150, "n_networks": 1, "n_eff": 2000, "seed": 1}
    return af.Nautilus(**quick | settings)


@pytest.fixture(scope="module")
def result():
    return search().fit(linear_model(), linear_fit())


def test_evidence_agrees_with_the_closed_form(result):
    _, _, log_evidence = linear_posterior(linear_fit())
    assert result.log_evidence == pytest.approx(log_evidence, abs=0.15)


def test_posterior_agrees_with_the_closed_form(result):
    mean, covariance, _ = linear_posterior(linear_fit())
    errors = np.sqrt(np.diag(covariance))
    samples = result.samples
    assert samples.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose((samples.median_pdf(as_instance=False) - mean) / errors, 0.0, atol=0.15)
    lower, upper = np.array(samples.values_at_sigma(1.0)).T
    np.testing.assert_allclose((upper - lower) / (2 * errors), 1.0, atol=0.1)
    assert result.diagnostics["effective_samples"] >= 2000


def test_likelihood_and_prior_belong_to_the_parameters(result):
    fitness = af.Fitness(linear_model(), linear_fit())
    rows = np.argsort(result.samples.weights)[-20:]
    np.testing.assert_allclose(
        fitness.batched(result.samples.parameters[rows]), result.samples.log_likelihood[rows], rtol=1e-9
    )
    np.testing.assert_allclose(
        fitness.log_prior(result.samples.parameters[rows]), result.samples.log_prior[rows], rtol=1e-12
    )


def test_one_parameter_and_forbidden_regions_are_fitted():
    model = af.Model(Pair, first=af.GaussianPrior(mean=0.5, sigma=2.0), second=-0.7)
    model.add_assertion(model.first < 1.0)
    analysis = linear_fit()
    result = search(n_eff=500).fit(model, analysis)
    # the evidence on a fine grid of the one parameter
    grid = np.linspace(-8.0, 1.0, 20001)
    fitness = af.Fitness(model, analysis)
    density = fitness.batched(grid[:-1, None]) + fitness.log_prior(grid[:-1, None])
    log_evidence = density.max() + np.log(np.sum(np.exp(density - density.max())) * (grid[1] - grid[0]))
    assert result.log_evidence == pytest.approx(log_evidence, abs=0.2)
    assert np.all(result.samples.parameters[:, 0] < 1.0)


def test_state_goes_through_arrays_without_a_change_of_course():
    one = search(n_eff=300)
    fitness = af.Fitness(linear_model(), linear_fit())
    direct = one.start(fitness)
    direct.sampler.run(n_like_max=1500, n_eff=300)
    resumed = one.from_arrays(fitness, {name: np.array(a) for name, a in one.to_arrays(direct).items()})
    for state in (direct, resumed):
        while not one.done(state):
            state.finished = one.step(fitness, state).finished
    first, second = (one.samples(fitness, linear_model(), state) for state in (direct, resumed))
    np.testing.assert_array_equal(first.parameters, second.parameters)
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.log_evidence == second.log_evidence


def test_largest_number_of_evaluations_is_kept():
    result = search(n_like_max=400).fit(linear_model(), linear_fit())
    assert result.diagnostics["likelihood_evaluations"] == 400


def test_too_few_live_points_are_refused():
    with pytest.raises(SearchError, match="n_live = 2"):
        search(n_live=2).fit(linear_model(), linear_fit())
