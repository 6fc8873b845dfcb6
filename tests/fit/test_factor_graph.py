"""Several datasets fitted at once: one likelihood, shared and own parameters, files for each."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

import galens.fit as af
from galens.errors import FitError


class Line:
    def __init__(self, slope=1.0, offset=0.0):
        self.slope, self.offset = slope, offset


class LineAnalysis(af.Analysis):
    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)

    def residuals(self, instance):
        return (self.y - instance.slope * self.x - instance.offset) / 0.1

    def fit_from(self, instance):
        return instance

    def latent_variables(self, instance):
        return {"at_two": 2.0 * instance.slope + instance.offset}

    def latent_variables_of_draws(self, instance):
        return {"at_three": 3.0 * instance.slope + instance.offset}

    def save_results(self, folder, result):
        (folder / "offset.txt").write_text(f"{float(result.max_log_likelihood_fit.offset):.6f}")


X = np.linspace(-1.0, 1.0, 20)


@pytest.fixture
def graph():
    rng = np.random.default_rng(0)
    slope = af.UniformPrior(0.0, 5.0)
    factors = []
    for offset in (1.0, -2.0):
        model = af.Model(Line, slope=slope, offset=af.UniformPrior(-5.0, 5.0))
        analysis = LineAnalysis(X, 2.0 * X + offset + 0.1 * rng.standard_normal(20))
        factors.append(af.AnalysisFactor(prior_model=model, analysis=analysis))
    return af.FactorGraphModel(*factors)


def test_shared_priors_are_one_parameter(graph):
    assert graph.global_prior_model.prior_count == 3


def test_likelihood_and_residuals_are_those_of_all_factors(graph):
    fitness = af.Fitness(graph.global_prior_model, graph)
    vector = np.array([1.9, 1.1, -2.2])
    instance = fitness.program.instance(vector)
    parts = [np.asarray(each.residuals(part)) for each, part in zip(graph.analyses, instance, strict=True)]
    np.testing.assert_allclose(fitness.residuals(vector), np.concatenate(parts), rtol=1e-13)
    assert float(fitness(vector)) == pytest.approx(-0.5 * sum(part @ part for part in parts))
    assert graph.has_residuals


def test_joint_fit_finds_shared_and_own_parameters_and_writes_files_of_each(graph, tmp_path):
    from galens.config import conf

    before = conf.instance.output_path
    conf.instance.output_path = tmp_path
    try:
        search = af.MultiStartLM(name="joint", n_starts=2, n_draws=4, n_samples=200, seed=1)
        result = search.fit(model=graph.global_prior_model, analysis=graph)
    finally:
        conf.instance.output_path = before
    first, second = result.max_log_likelihood_fit
    assert first.slope == second.slope == pytest.approx(2.0, abs=0.15)
    assert (first.offset, second.offset) == (pytest.approx(1.0, abs=0.1), pytest.approx(-2.0, abs=0.1))
    written = sorted(path.parent.name for path in tmp_path.rglob("offset.txt"))
    assert written == ["0", "1"]
    assert result.latent.names == ("0.at_two", "1.at_two", "0.at_three", "1.at_three")
    assert result.latent.median_pdf()["1.at_three"] == pytest.approx(4.0, abs=0.3)


def test_graphs_of_nothing_are_refused():
    with pytest.raises(FitError, match="at least one"):
        af.FactorGraphModel()
    with pytest.raises(FitError, match="must be an Analysis"):
        af.AnalysisFactor(prior_model=af.Model(Line), analysis=3)
