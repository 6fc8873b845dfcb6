"""Variables that follow from the parameters: computed for draws, written, read, reported."""

import csv
import json

import astropy.units as u
import jax.numpy as jnp
import numpy as np
import pytest

from galens import fit as af
from galens.config import conf
from galens.errors import SamplesError
from galens.fit.latent import MOST_DRAWS, latent_from
from galens.fit.output.posterior import read_latent, write_posterior
from tests.fit.problems import LinearFit, Pair, linear_fit, linear_model, linear_posterior

NOTATION = """
label:
  label: {total: F}
  unit: {total: arcsec, angle: deg}
  period: {angle: 180}
"""


class Derived(LinearFit):
    """The linear problem with variables of all kinds."""

    def latent_variables(self, instance):
        return {
            "line.total": instance.first + instance.second,
            "angle": jnp.mod(178.5 + instance.first, 180.0),
            "broken": jnp.log(-1.0 - instance.first**2),
            "at_times": jnp.log(instance.second + 0.9),
            "always": 2.0,
        }

    def latent_variables_of_draws(self, instance):
        return {"host.product": instance.first * instance.second}


@pytest.fixture(autouse=True)
def workspace(tmp_path, monkeypatch):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "notation.yaml").write_text(NOTATION)
    monkeypatch.setattr(conf, "instance", conf.Config(tmp_path / "config"))
    conf.instance.output_path = tmp_path / "output"
    return tmp_path


@pytest.fixture(scope="module")
def analysis():
    plain = linear_fit()
    return Derived(plain.matrix, plain.data)


def samples_of(analysis, size=3000, info=None):
    mean, covariance, _ = linear_posterior(analysis)
    parameters = np.random.default_rng(5).multivariate_normal(mean, covariance, size)
    apart = parameters - mean
    log_likelihood = -0.5 * np.einsum("si,ij,sj->s", apart, np.linalg.inv(covariance), apart)
    return af.Samples(linear_model(), parameters, log_likelihood, np.zeros(size), info=info)


@pytest.fixture
def latent(analysis):
    return latent_from(linear_model(), analysis, samples_of(analysis))


def test_variables_are_those_of_the_draws(latent, analysis):
    samples = samples_of(analysis)
    assert latent.names == ("line.total", "angle", "at_times", "always", "host.product")  # "broken" is never finite
    assert len(latent) == MOST_DRAWS
    drawn = samples.parameters[latent.rows[0]]
    np.testing.assert_allclose(latent.values_for_path("line.total"), drawn.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(latent.values_for_path("host.product"), drawn.prod(axis=1), rtol=1e-12)
    best = samples.parameters[samples.max_log_likelihood_index]
    assert latent.max_log_likelihood()["line.total"] == pytest.approx(best.sum())
    with pytest.raises(SamplesError, match=r"line\.total"):
        latent.values_for_path("total")


def test_errors_are_those_of_the_posterior(latent, analysis):
    mean, covariance, _ = linear_posterior(analysis)
    estimate = latent.estimates()[0]
    sigma = np.sqrt(covariance.sum())
    assert estimate.median == pytest.approx(mean.sum(), abs=0.15 * sigma)
    assert estimate.upper - estimate.lower == pytest.approx(2 * sigma, rel=0.15)


def test_draws_without_a_finite_value_do_not_count(latent):
    column = latent.values_for_path("at_times")
    assert 0 < np.isnan(column).sum() < len(column)
    estimate = latent.estimates()[latent.names.index("at_times")]
    assert estimate.median == pytest.approx(np.nanmedian(column))


def test_angles_do_not_jump_at_the_end_of_their_period(latent):
    column = latent.values_for_path("angle")
    assert np.ptp(column) < 10.0
    best = latent.max_log_likelihood()["angle"]
    assert np.all(np.abs(column - best) <= 90.0)


def test_tables_have_units(latent):
    assert latent.table["line.total"].unit == u.arcsec
    assert latent.summary_table["unit"][0] == "arcsec"
    assert [each.symbol for each in latent.notation[:1]] == ["F"]
    assert latent.notation[0].superscript == "line"


def test_file_gives_back_variables_chains_and_draws(tmp_path, analysis):
    samples = samples_of(analysis, info={"chains": 3})
    latent = latent_from(linear_model(), analysis, samples)
    assert latent.values.shape == (3, 167, 5)
    write_posterior(tmp_path / "posterior.nc", samples, latent)
    back = read_latent(tmp_path / "posterior.nc")
    assert back.names == latent.names
    for name in ("values", "best", "rows", "draws"):
        np.testing.assert_array_equal(getattr(back, name), getattr(latent, name))

    import arviz

    data = arviz.from_netcdf(tmp_path / "posterior.nc")
    total = data.latent["line.total"]
    assert total.attrs["units"] == "arcsec"
    same = data.posterior.sel(draw=data.latent.draw)
    np.testing.assert_allclose(total, same["first"] + same["second"], rtol=1e-12)
    write_posterior(tmp_path / "posterior.nc", samples)
    assert read_latent(tmp_path / "posterior.nc") is None


def search(**settings):
    quick = {"name": "fit", "silence": True, "n_starts": 4, "n_draws": 8, "n_samples": 200}
    return af.MultiStartLM(**quick | settings)


def test_folder_result_and_words_have_them(analysis):
    result = search().fit(linear_model(), analysis)
    with open(result.path / "latent.csv", newline="") as stream:
        header, *rows = csv.reader(stream)
    assert tuple(header) == result.latent.names
    np.testing.assert_array_equal(np.array(rows, float), result.latent.values.reshape(-1, len(header)))
    document = json.loads((result.path / "result.json").read_text())["latent"]["line.total"]
    assert document["median_pdf"] == result.latent.median_pdf()["line.total"]
    assert document["unit"] == "arcsec"
    text = (result.path / "model.results").read_text()
    assert text == result.info
    assert "Latent variables (1.0 sigma limits):\n\nline.total" in text
    latex = (result.path / "results.tex").read_text()
    assert r"total $F$ & $" in latex
    assert "& arcsec \\\\" in latex
    read = af.Result.from_folder(result.path, classes=[Pair])
    np.testing.assert_array_equal(read.latent.values, result.latent.values)
    assert [each.notation.name for each in read.estimates()] == ["first", "second", *result.latent.names]


def test_variables_that_fail_do_not_fail_the_fit(analysis, capsys):
    class Failing(LinearFit):
        def latent_variables(self, instance):
            raise KeyError("flux")

    result = search(silence=False).fit(linear_model(), Failing(analysis.matrix, analysis.data))
    assert "latent variables could not be computed: KeyError: 'flux'" in capsys.readouterr().err
    assert result.latent is None
    assert (result.path / ".completed").exists()


def test_analysis_without_variables_has_none():
    result = search().fit(linear_model(), linear_fit())
    assert result.latent is None
    assert not (result.path / "latent.csv").exists()
    assert "Latent" not in result.info
