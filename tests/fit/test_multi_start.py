import jax
import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.errors import SearchError
from galens.fit.search import multi_start_lm
from galens.fit.search.modes import Mode
from tests.fit.problems import (
    TRUTH,
    Pair,
    gaussian_fit,
    gaussian_model,
    linear_fit,
    linear_model,
    linear_posterior,
)


def search(**settings):
    return af.MultiStartLM(**{"silence": True, "n_starts": 8, "n_draws": 16, "n_samples": 500} | settings)


class SquareFit(af.Analysis):
    """Knows the square of the first parameter: its sign is free."""

    def residuals(self, instance):
        return jnp.stack([(instance.first**2 - 4.0) / 0.2, (instance.second - 1.0) / 0.1])


def square_model():
    prior = {name: af.GaussianPrior(mean=0.0, sigma=3.0) for name in ("first", "second")}
    return af.Model(Pair, **prior)


def test_linear_problem_has_its_exact_posterior_and_evidence():
    analysis = linear_fit()
    mean, covariance, log_evidence = linear_posterior(analysis)
    result = search(n_samples=4000).fit(linear_model(), analysis)
    assert result.diagnostics["laplace_log_evidence"] == pytest.approx(log_evidence, abs=1e-6)
    assert result.log_evidence == pytest.approx(log_evidence, abs=0.02)
    assert result.diagnostics["starts_at_best_mode"] == 8
    assert result.diagnostics["reliability"] == 1.0
    assert result.diagnostics["errors"] == "importance-weighted"
    errors = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(result.samples.median_pdf(as_instance=False), mean, atol=0.1 * errors.min())
    np.testing.assert_allclose(result.samples.covariance_matrix, covariance, rtol=0.15, atol=0.1 * errors.min() ** 2)
    np.testing.assert_allclose(result.samples.max_log_posterior(as_instance=False), mean, atol=0.01 * errors.min())


def test_truth_lies_in_the_posterior():
    result = search().fit(gaussian_model(), gaussian_fit())
    limits = result.samples.values_at_sigma(3.0)
    assert all(lower < true < upper for true, (lower, upper) in zip(TRUTH, limits, strict=True))
    assert result.diagnostics["hit_rate"] > 0.5
    best = [result.instance.centre, result.instance.normalization, result.instance.sigma]
    np.testing.assert_allclose(best, TRUTH, rtol=0.05)
    assert result.log_likelihood >= float(af.Fitness(gaussian_model(), gaussian_fit())(np.array(TRUTH)))


def test_equal_seeds_give_equal_samples_and_others_not():
    first, same, other = (
        search(seed=seed).fit(gaussian_model(), gaussian_fit()).samples.parameters for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_two_modes_are_both_found_and_weighted():
    result = search(n_starts=16, n_draws=32, n_samples=2000).fit(square_model(), SquareFit())
    assert result.diagnostics["modes"] == 2
    assert np.ptp(result.diagnostics["modes_log_evidence"]) == pytest.approx(0.0, abs=1e-4)
    positive = result.samples.weights[result.samples.parameters[:, 0] > 0].sum()
    assert positive == pytest.approx(0.5, abs=0.05)
    np.testing.assert_allclose(np.abs(result.samples.parameters[:2, 0]), 2.0, atol=0.05)


def test_starts_that_join_another_change_nothing_but_the_work(monkeypatch):
    joining = search().fit(gaussian_model(), gaussian_fit())
    monkeypatch.setattr(multi_start_lm, "JOINED", 0.0)
    alone = search().fit(gaussian_model(), gaussian_fit())
    assert joining.diagnostics["jacobian_evaluations"] < alone.diagnostics["jacobian_evaluations"]
    assert joining.diagnostics["starts_at_best_mode"] == alone.diagnostics["starts_at_best_mode"] > 1
    assert joining.diagnostics["modes"] == alone.diagnostics["modes"]
    assert joining.log_evidence == pytest.approx(alone.log_evidence, abs=1e-3)
    two = search(n_starts=16, n_draws=32).fit(square_model(), SquareFit())
    assert two.diagnostics["modes"] == 2


def test_lanes_in_one_batch_take_the_same_steps(monkeypatch):
    one_at_a_time = search().fit(gaussian_model(), gaussian_fit())
    monkeypatch.setattr(multi_start_lm.jax, "default_backend", lambda: "gpu")
    all_at_once = search().fit(gaussian_model(), gaussian_fit())
    monkeypatch.undo()
    for name in ("starts_at_best_mode", "steps", "jacobian_evaluations", "modes"):
        assert all_at_once.diagnostics[name] == one_at_a_time.diagnostics[name]
    np.testing.assert_allclose(all_at_once.samples.parameters, one_at_a_time.samples.parameters, rtol=1e-6)


def test_bend_of_the_map_from_normal_space_is_its_second_derivative():
    model = af.Collection(
        uniform=af.UniformPrior(-1.0, 3.0),
        log_uniform=af.LogUniformPrior(1e-3, 10.0),
        gaussian=af.GaussianPrior(2.0, 0.5),
        log_gaussian=af.LogGaussianPrior(0.3, 0.8),
        truncated=af.TruncatedGaussianPrior(0.2, 0.3, -0.5, 1.0),
    )
    program = model.program
    problem = af.Fitness(model, SquareFit()).problem

    def mapped(z):
        return program.physical_from_normal(jnp.full(program.n, z))

    for z in (-2.5, -0.4, 0.7, 2.0):
        first, second = jax.jacfwd(mapped)(z), jax.jacfwd(jax.jacfwd(mapped))(z)
        found = multi_start_lm._bend(problem, jnp.full(program.n, z))
        np.testing.assert_allclose(found, np.maximum(-z * second / first, 0.0), rtol=1e-8, atol=1e-10)


def test_samples_keep_to_assertions():
    model = gaussian_model()
    model.add_assertion(model.sigma < 9.8)
    result = search().fit(model, gaussian_fit())
    assert np.all(result.samples.parameters[:, 2] < 9.8)
    assert result.diagnostics["best_mode_is_at_an_edge"]
    free = search(n_samples=4000).fit(gaussian_model(), gaussian_fit()).samples
    allowed = free.parameters[:, 2] < 9.8
    share = free.weights[allowed].sum()
    assert result.log_evidence == pytest.approx(free.log_evidence + np.log(share), abs=0.1)
    expected = np.average(free.parameters[allowed], axis=0, weights=free.weights[allowed])
    np.testing.assert_allclose(result.samples.median_pdf(as_instance=False), expected, rtol=0.01)


def test_where_no_draw_is_possible_the_modes_stand_for_the_posterior():
    model = gaussian_model()
    model.add_assertion(model.sigma < 9.8)  # the best is at this edge, and every other draw beyond it
    alone = []
    for seed in range(6):
        samples = search(n_samples=1, importance_weights=False, seed=seed).fit(model, gaussian_fit()).samples
        assert samples.weights.sum() > 0
        assert np.all(samples.parameters[:, 2] < 9.8)
        alone.append(len(samples.parameters) == 1)
    assert any(alone)
    assert not all(alone)


def test_draws_without_weights_are_said_to_be_a_laplace_approximation():
    result = search(importance_weights=False).fit(linear_model(), linear_fit())
    assert result.diagnostics["errors"] == "Laplace approximation"
    assert result.log_evidence == result.diagnostics["laplace_log_evidence"]
    np.testing.assert_allclose(result.samples.weights[1:], 1 / 500)


def test_search_that_has_not_arrived_says_so():
    result = search(max_steps=2).fit(gaussian_model(), gaussian_fit())
    assert not result.diagnostics["converged"]
    assert result.diagnostics["starts_at_best_mode"] == 0
    assert result.diagnostics["reliability"] == 0.0


def test_jacobian_in_pieces_gives_the_same_modes():
    whole, pieces = (search(jacobian_columns=columns).fit(linear_model(), linear_fit()) for columns in (None, 1))
    assert pieces.diagnostics["modes_log_evidence"] == pytest.approx(whole.diagnostics["modes_log_evidence"], rel=1e-12)


class NoResiduals(af.Analysis):
    def log_likelihood_function(self, instance):
        return -0.5 * instance.first**2


def test_analysis_without_residuals_is_refused_with_an_alternative():
    with pytest.raises(SearchError, match=r"NoResiduals.residuals.*Nautilus"):
        search().fit(linear_model(), NoResiduals())


def test_a_point_where_rounding_decides_is_no_contradiction():
    fitness = af.Fitness(linear_model(), linear_fit())
    # As a compiled step saw it: three units higher than the likelihood is there.
    seen = Mode(np.zeros(fitness.program.n), 3.0, np.eye(fitness.program.n), (0,))
    search().check_residuals(fitness, seen)


class TwoMinds(type(linear_fit())):
    def log_likelihood_function(self, instance):
        return super().log_likelihood_function(instance) + 1.0


def test_residuals_that_contradict_the_likelihood_are_found():
    analysis = linear_fit()
    with pytest.raises(SearchError, match="they must be the same"):
        search().fit(linear_model(), TwoMinds(analysis.matrix, analysis.data))


def test_model_without_possible_points_is_an_error():
    model = linear_model()
    model.add_assertion(False)
    with pytest.raises(SearchError, match="none of 1600 draws"):
        search().fit(model, linear_fit())


@pytest.mark.parametrize("settings", [{"n_starts": 0}, {"n_samples": 0}, {"n_starts": 20}, {"max_steps": 0}])
def test_impossible_settings_are_refused(settings):
    with pytest.raises(SearchError):
        search(**settings)


def test_state_is_plain_arrays_at_every_step():
    one = search()
    fitness = af.Fitness(gaussian_model(), gaussian_fit())
    state = one.start(fitness)
    while not one.done(state):
        assert all(isinstance(array, np.ndarray) and array.dtype.kind in "bif" for array in state.values())
        assert not any(isinstance(array, jax.Array) for array in state.values())
        assert one.describe(state)
        state = one.step(fitness, state)
    assert state["sweeps"] > 3


def test_starts_can_be_given():
    fit = search(n_starts=0, n_draws=0, start_from=((1.5, 0.0), (-1.5, 0.0))).fit(square_model(), SquareFit())
    assert fit.diagnostics["starts"] == 2
    assert fit.diagnostics["modes"] == 2
    more = search(n_starts=3, n_draws=6, start_from=((1.5, 0.0),)).fit(square_model(), SquareFit())
    assert more.diagnostics["starts"] == 4
    assert more.log_evidence == pytest.approx(fit.log_evidence, abs=0.1)


def test_starts_that_do_not_fit_the_model_are_refused():
    with pytest.raises(SearchError, match=r"start_from has vectors of \[3\] numbers, but the model has 2"):
        search(start_from=((1.0, 2.0, 3.0),)).fit(square_model(), SquareFit())
    with pytest.raises(SearchError, match="n_starts = 0"):
        search(n_starts=0)


class InformedFit(type(gaussian_fit())):
    """Knows the first parameter, and takes the last one for more than its prior allows."""

    def informed_draws(self, program, vectors):
        return np.stack([np.full(len(vectors), 50.0), vectors[:, 1], np.full(len(vectors), 1000.0)], axis=-1)


def test_draws_begin_where_the_analysis_moves_them_within_the_priors_but_for_some():
    fit = gaussian_fit()
    informed = InformedFit(fit.x, fit.data, fit.noise)
    draws, moved = (search().start(af.Fitness(gaussian_model(), each))["draws"] for each in (fit, informed))
    np.testing.assert_array_equal(moved[-2:], draws[-2:])
    np.testing.assert_allclose(moved[:-2, 0], 0.0, atol=1e-12)
    np.testing.assert_allclose(moved[:-2, 1], draws[:-2, 1], atol=1e-12)
    np.testing.assert_array_equal(moved[:-2, 2], multi_start_lm.FARTHEST_START)
    vectors = np.ones((4, 3))
    np.testing.assert_array_equal(fit.informed_draws(gaussian_model().program, vectors), vectors)


class InformedSquareFit(SquareFit):
    def informed_draws(self, program, vectors):
        return np.stack([np.abs(vectors[:, 0]), vectors[:, 1]], axis=-1)


def test_moved_draws_do_not_decide_about_the_posterior():
    settings = {"n_starts": 16, "n_draws": 32, "n_samples": 2000}
    result = search(**settings).fit(square_model(), InformedSquareFit())
    assert np.ptp(result.diagnostics["modes_log_evidence"]) == pytest.approx(0.0, abs=1e-4)
    assert result.samples.weights[result.samples.parameters[:, 0] > 0].sum() == pytest.approx(0.5, abs=0.05)
    model = square_model()
    model.add_assertion(model.first < 0.0)
    draws = search(**settings).start(af.Fitness(model, InformedSquareFit()))["draws"]
    assert np.all(draws[:, 0] < 0.0)
