"""NUTS on posteriors that are known in closed form."""

import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import SearchError
from tests.fit.problems import Pair, linear_fit, linear_model, linear_posterior


def search(**settings):
    return af.NUTS(**{"silence": True, "n_starts": 4, "n_warmup": 100, "seed": 1} | settings)


@pytest.fixture(scope="module")
def linear():
    return search(n_eff=1500).fit(linear_model(), linear_fit())


def test_correlated_normal_posterior_has_its_mean_and_covariance(linear):
    mean, covariance, log_evidence = linear_posterior(linear_fit())
    errors = np.sqrt(np.diag(covariance))
    drawn = linear.samples.parameters[linear.samples.weights > 0]
    np.testing.assert_allclose((drawn.mean(axis=0) - mean) / errors, 0.0, atol=0.1)
    np.testing.assert_allclose(np.cov(drawn.T), covariance, rtol=0.15, atol=0.1 * errors.min() ** 2)
    assert linear.log_evidence == pytest.approx(log_evidence, abs=0.05)
    assert 0.0 < linear.diagnostics["bridge_log_evidence_error"] < 0.05
    assert linear.diagnostics["laplace_log_evidence"] == pytest.approx(log_evidence, abs=1e-6)
    assert linear.diagnostics["converged"]
    assert linear.diagnostics["convergence"].startswith("converged: R-hat at most 1.00")
    assert max(linear.diagnostics["r_hat"]) < 1.01
    assert min(linear.diagnostics["bulk_effective_draws"] + linear.diagnostics["tail_effective_draws"]) > 1500
    assert linear.diagnostics["divergences"] == 0


def test_likelihood_and_prior_belong_to_the_parameters(linear):
    fitness = af.Fitness(linear_model(), linear_fit())
    rows = np.r_[:20, -1:0]
    samples = linear.samples
    np.testing.assert_allclose(fitness.batched(samples.parameters[rows]), samples.log_likelihood[rows], rtol=1e-9)
    np.testing.assert_allclose(fitness.log_prior(samples.parameters[rows]), samples.log_prior[rows], rtol=1e-9)


def test_mode_is_among_the_samples_without_weight(linear):
    mean, _, _ = linear_posterior(linear_fit())
    assert linear.samples.weights[-1] == 0.0
    np.testing.assert_allclose(linear.samples.max_log_posterior(as_instance=False), mean, rtol=1e-4)


class EdgeFit(af.Analysis):
    """One datum far beyond the upper limit of its parameter, and one at the lower limit of another."""

    def residuals(self, instance):
        return jnp.stack([(instance.first - 3.0) / 0.5, (instance.second + instance.first - 1.0) / 0.2])


def edge_model():
    return af.Model(
        Pair,
        first=af.UniformPrior(lower_limit=-1.0, upper_limit=1.0),
        second=af.UniformPrior(lower_limit=0.0, upper_limit=2.0),
    )


def test_posterior_against_prior_limits_is_sampled_to_the_edge():
    result = search(n_eff=1500).fit(edge_model(), EdgeFit())
    first, second = np.meshgrid(np.linspace(-1, 1, 1001), np.linspace(0, 2, 1001), indexing="ij")
    density = np.exp(-0.5 * ((first - 3) / 0.5) ** 2 - 0.5 * ((first + second - 1) / 0.2) ** 2)
    log_evidence = np.log(density.mean())
    density /= density.sum()
    drawn = result.samples.parameters[result.samples.weights > 0]
    for index, axis in enumerate((first, second)):
        mean = np.sum(density * axis)
        error = np.sqrt(np.sum(density * (axis - mean) ** 2))
        assert drawn[:, index].mean() == pytest.approx(mean, abs=0.1 * error)
        assert drawn[:, index].std() == pytest.approx(error, rel=0.1)
    assert result.diagnostics["converged"]
    assert drawn[:, 0].max() > 0.999
    assert result.log_evidence == pytest.approx(log_evidence, abs=0.1)


class SquareFit(af.Analysis):
    """Modes at first = + and - the root of `square`, of which the second is lower by `tilt`."""

    def __init__(self, square, width, tilt):
        super().__init__()
        self.square, self.width, self.tilt = map(jnp.asarray, (square, width, tilt))

    def residuals(self, instance):
        first = instance.first
        return jnp.stack([(first**2 - self.square) / self.width, (first - 2.0) * self.tilt, instance.second / 0.1])


def square_model():
    return af.Model(Pair, **{name: af.GaussianPrior(mean=0.0, sigma=3.0) for name in ("first", "second")})


def test_two_modes_are_both_sampled_and_weighted():
    result = search(n_starts=16).fit(square_model(), SquareFit(4.0, 0.4, 1 / 3))
    axis = np.linspace(-4, 4, 4001)
    density = np.exp(-0.5 * ((axis**2 - 4) / 0.4) ** 2 - 0.5 * ((axis - 2) / 3) ** 2 - 0.5 * (axis / 3) ** 2)
    samples = result.samples
    share = samples.weights[samples.parameters[:, 0] > 0].sum()
    assert share == pytest.approx(density[axis > 0].sum() / density.sum(), abs=0.02)
    assert result.diagnostics["modes_in_words"].startswith("2 modes (weight 0.7")
    assert "lower in log posterior" in result.diagnostics["modes_in_words"]
    assert result.diagnostics["chains"] == 8
    for sign in (1, -1):
        mine = (sign * samples.parameters[:, 0] > 0) & (samples.weights > 0)
        here = density * (sign * axis > 0)
        mean = np.sum(here * axis) / here.sum()
        assert samples.parameters[mine, 0].mean() == pytest.approx(mean, abs=0.01)


def test_modes_whose_chains_sample_the_same_count_once():
    """A barrier between them that is a tenth of a unit of log likelihood high."""
    result = search(n_starts=16).fit(square_model(), SquareFit(1.0, 2.0, 0.0))
    assert result.diagnostics["modes"] == 2
    assert result.diagnostics["converged"]
    axis = np.linspace(-6, 6, 1201)
    first = np.mean(np.exp(-0.5 * ((axis**2 - 1) / 2) ** 2 - 0.5 * (axis / 3) ** 2)) * 12
    second = 1 / np.sqrt(1 / 0.1**2 + 1 / 3**2) * np.sqrt(2 * np.pi)
    assert result.log_evidence == pytest.approx(np.log(first * second / (2 * np.pi * 9)), abs=0.1)


def test_chains_that_are_too_short_are_said_not_to_have_converged():
    result = search(max_draws=20, n_warmup=20).fit(linear_model(), linear_fit())
    assert not result.diagnostics["converged"]
    assert result.diagnostics["convergence"].startswith("not converged: ")
    assert "of 500 effective draws for" in result.diagnostics["convergence"]


def test_state_goes_through_arrays_without_a_change_of_course():
    one = search(n_eff=300)
    fitness = af.Fitness(linear_model(), linear_fit())
    states = [one.start(fitness)]
    while not one.done(states[-1]):
        states.append(one.step(fitness, states[-1]))
        assert one.describe(states[-1])
    direct = one.samples(fitness, linear_model(), states[-1])
    for state in states[:: max(1, len(states) // 5)]:
        arrays = {name: np.array(array) for name, array in one.to_arrays(state).items()}
        assert all(array.dtype.kind in "bif" for array in arrays.values())
        resumed = one.from_arrays(fitness, arrays)
        while not one.done(resumed):
            resumed = one.step(fitness, resumed)
        again = one.samples(fitness, linear_model(), resumed)
        np.testing.assert_array_equal(again.parameters, direct.parameters)
        assert dict(again.info) == dict(direct.info)


@pytest.mark.parametrize(
    "settings", [{"n_chains": 1}, {"n_warmup": 5}, {"target_acceptance": 1.0}, {"max_draws": 0}, {"n_starts": 0}]
)
def test_impossible_settings_are_refused(settings):
    with pytest.raises(SearchError, match=next(iter(settings))):
        search(**settings)


class NoResiduals(af.Analysis):
    def log_likelihood_function(self, instance):
        return -0.5 * instance.first**2


def test_analysis_without_residuals_is_refused_with_an_alternative():
    with pytest.raises(SearchError, match=r"NUTS needs NoResiduals.residuals.*Nautilus"):
        search().fit(linear_model(), NoResiduals())
