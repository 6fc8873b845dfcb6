import warnings

import numpy as np
import pytest

from galens import fit as af
from galens.errors import FitError, SamplesError
from galens.fit.output.posterior import read_posterior, write_posterior
from tests.fit.problems import ProfileFit, gaussian_fit, gaussian_model, linear_model


def samples_of(weights=None, log_evidence=-3.5, info=None, size=400):
    rng = np.random.default_rng(0)
    parameters = rng.normal([50.0, 25.0, 10.0], [0.5, 1.0, 2.0], (size, 3))
    if weights == "random":
        weights = rng.random(size) ** 4
    return af.Samples(
        gaussian_model(), parameters, rng.normal(size=size), rng.normal(size=size), weights, log_evidence, info
    )


@pytest.fixture
def result():
    return af.Result(samples_of("random"), gaussian_model(), gaussian_fit(), "search", None, {"seconds": 1.0})


@pytest.mark.parametrize("weights", [None, "random"])
@pytest.mark.parametrize("log_evidence", [None, -3.5])
def test_posterior_file_gives_back_the_samples(tmp_path, weights, log_evidence):
    samples = samples_of(weights, log_evidence, {"evaluations": 10, "k": -np.inf, "modes": [1.0, 2.0]})
    write_posterior(tmp_path / "posterior.nc", samples)
    back = read_posterior(tmp_path / "posterior.nc", gaussian_model())
    for name in ("parameters", "log_likelihood", "log_prior", "weights"):
        np.testing.assert_array_equal(getattr(back, name), getattr(samples, name))
    assert back.log_evidence == log_evidence
    assert back.samples_info == samples.samples_info


def test_arviz_opens_the_posterior_and_is_right_without_knowing_weights(tmp_path):
    import arviz

    samples = samples_of("random", size=20_000)
    write_posterior(tmp_path / "posterior.nc", samples)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        data = arviz.from_netcdf(tmp_path / "posterior.nc")
    assert set(data.groups()) == {"posterior", "sample_stats"}
    for name, median, magnitude in zip(
        samples.names,
        samples.median_pdf(as_instance=False),
        samples.error_magnitudes_at_sigma(1.0, as_instance=False),
        strict=True,
    ):
        assert float(data.posterior[name].median()) == pytest.approx(median, abs=0.02 * magnitude)
    assert data.posterior.sizes["chain"] == 1
    assert data.posterior.sizes["draw"] == int(np.ceil(samples.effective_sample_size))
    row = np.flatnonzero(samples.parameters[:, 0] == float(data.posterior["centre"][0, 5]))[0]
    assert float(data.sample_stats["log_likelihood"][0, 5]) == samples.log_likelihood[row]
    assert float(data.sample_stats["lp"][0, 5]) == samples.log_posterior[row]
    assert data.attrs["log_evidence"] == -3.5


def test_xarray_reads_the_weighted_samples(tmp_path):
    import xarray

    samples = samples_of("random")
    write_posterior(tmp_path / "posterior.nc", samples)
    with xarray.open_dataset(tmp_path / "posterior.nc") as table:
        np.testing.assert_array_equal(table["values"].sel(parameter="sigma"), samples.parameters[:, 2])
        np.testing.assert_array_equal(table["weight"], samples.weights)


def test_chains_stay_chains(tmp_path):
    import arviz

    samples = samples_of(None, None, {"chains": 4})
    write_posterior(tmp_path / "posterior.nc", samples)
    posterior = arviz.from_netcdf(tmp_path / "posterior.nc").posterior
    assert (posterior.sizes["chain"], posterior.sizes["draw"]) == (4, 100)
    np.testing.assert_array_equal(posterior["centre"][1], samples.parameters[100:200, 0])


def test_posterior_of_another_model_is_refused(tmp_path):
    write_posterior(tmp_path / "posterior.nc", samples_of())
    with pytest.raises(SamplesError, match="centre, normalization, sigma"):
        read_posterior(tmp_path / "posterior.nc", linear_model())
    (tmp_path / "other.nc").write_text("no netCDF")
    with pytest.raises(SamplesError, match=r"other\.nc does not hold"):
        read_posterior(tmp_path / "other.nc", gaussian_model())


def test_result_gives_the_best_instance_and_the_evidence(result):
    best = result.samples.max_log_likelihood(as_instance=False)
    assert [result.instance.centre, result.instance.normalization, result.instance.sigma] == best
    assert result.max_log_likelihood_instance is result.instance
    assert result.log_likelihood == result.samples.log_likelihood.max()
    assert result.log_evidence == -3.5
    assert "centre" in repr(result)


def test_next_model_is_centred_on_the_medians(result):
    medians = result.samples.median_pdf(as_instance=False)
    centred = result.model_centred_absolute(a=0.1)
    np.testing.assert_allclose(centred.program.physical_from_unit(np.full(3, 0.5)), medians, rtol=1e-6)
    assert centred.centre.sigma == 0.1
    assert result.model_centred_relative(r=0.5).sigma.sigma == pytest.approx(0.5 * medians[2])
    assert result.model_centred.prior_count == 3
    bounded = result.model_centred_max_lh_bounded(b=0.2)
    assert bounded.centre.lower_limit == pytest.approx(result.instance.centre - 0.2)
    assert bounded.centre.upper_limit == pytest.approx(result.instance.centre + 0.2)


def test_fit_of_the_best_instance_comes_from_the_analysis(result):
    with pytest.raises(FitError, match="ProfileFit has no fit_from"):
        _ = result.max_log_likelihood_fit

    class Fitting(ProfileFit):
        def fit_from(self, instance):
            return instance.profile(self.x)

    analysis = Fitting(*[np.ones(3)] * 3)
    fitting = af.Result(samples_of(), gaussian_model(), analysis)
    assert fitting.max_log_likelihood_fit.shape == (3,)
    with pytest.raises(FitError, match="without its data"):
        _ = af.Result(samples_of(), gaussian_model()).max_log_likelihood_fit


def test_searches_return_the_result_class_of_the_analysis():
    class Special(af.Result):
        pass

    class Analysis(ProfileFit):
        Result = Special

    data = gaussian_fit()
    search = af.MultiStartLM(silence=True, n_starts=2, n_draws=4, n_samples=100)
    assert type(search.fit(gaussian_model(), Analysis(data.x, data.data, data.noise))) is Special
