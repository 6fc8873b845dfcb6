import numpy as np
import pytest

from galens import fit as af
from galens.errors import SamplesError
from tests.fit.problems import gaussian_model
from tests.oracle import excess


class Lens:
    def __init__(self, centre=(0.0, 0.0), ell_comps=(0.0, 0.0), einstein_radius=1.0):
        self.centre = centre
        self.ell_comps = ell_comps
        self.einstein_radius = einstein_radius


def wide():
    return af.UniformPrior(lower_limit=-10.0, upper_limit=10.0)


def lens_model():
    return af.Model(Lens, centre=(wide(), wide()), ell_comps=(wide(), wide()), einstein_radius=wide())


def samples_of(rows, weights=None, log_likelihood=None):
    rows = np.asarray(rows, float)
    log_likelihood = np.arange(len(rows), dtype=float) if log_likelihood is None else log_likelihood
    return af.Samples(gaussian_model(), rows, log_likelihood, np.zeros(len(rows)), weights)


def test_statistics_agree_with_the_reference(oracle):
    for case in oracle.cases("autofit"):
        if not case["id"].startswith("samples"):
            continue
        parameters = oracle.input(case, "parameters")
        samples = af.Samples(
            lens_model(),
            parameters,
            oracle.input(case, "log_likelihood"),
            np.zeros(len(parameters)),
            oracle.input(case, "weights"),
        )
        assert list(samples.names) == case["info"]["model_paths"]
        got = {
            "median_pdf": samples.median_pdf(as_instance=False),
            "max_log_likelihood": samples.max_log_likelihood(as_instance=False),
            "max_log_posterior": samples.max_log_posterior(as_instance=False),
            "max_log_likelihood_index": samples.max_log_likelihood_index,
            "covariance_matrix": samples.covariance_matrix,
            "offset_values": samples.offset_values_via_input_values([0.0, 0.0, 0.1, 0.0, 1.2], as_instance=False),
        }
        for sigma in (1, 3):
            got |= {
                f"values_at_sigma_{sigma}": samples.values_at_sigma(sigma),
                f"errors_at_sigma_{sigma}": samples.errors_at_sigma(sigma),
                f"error_magnitudes_at_sigma_{sigma}": samples.error_magnitudes_at_sigma(sigma, as_instance=False),
                f"values_at_upper_sigma_{sigma}": samples.values_at_upper_sigma(sigma, as_instance=False),
                f"values_at_lower_sigma_{sigma}": samples.values_at_lower_sigma(sigma, as_instance=False),
            }
        for name, value in got.items():
            assert excess(value, *oracle.reference(case, name)) <= 1, name


def test_points_are_instances_unless_asked_otherwise():
    samples = samples_of([[1.0, 2.0, 3.0], [1.5, 2.5, 3.5], [2.0, 3.0, 4.0]])
    best = samples.max_log_likelihood()
    assert (best.centre, best.normalization, best.sigma) == (2.0, 3.0, 4.0)
    assert samples.median_pdf().centre == pytest.approx(samples.median_pdf(as_instance=False)[0])
    assert samples.from_sample_index(0).sigma == 3.0
    assert len(samples.instances) == 3


def test_one_sigma_of_a_normal_chain_is_one():
    chain = np.random.default_rng(0).standard_normal((200_000, 3))
    samples = samples_of(chain, log_likelihood=-0.5 * np.sum(chain**2, axis=1))
    np.testing.assert_allclose(samples.values_at_sigma(1.0), [(-1.0, 1.0)] * 3, atol=0.01)
    np.testing.assert_allclose(samples.values_at_sigma(3.0), [(-3.0, 3.0)] * 3, atol=0.1)
    np.testing.assert_allclose(samples.covariance_matrix, np.eye(3), atol=0.01)


def test_known_small_tables():
    ten = np.array([0.1] * 8 + [0.0, 0.2])
    samples = samples_of(np.column_stack([ten] * 3), np.full(10, 0.1))
    np.testing.assert_allclose(samples.values_at_sigma(3.0)[0], (0.00121, 0.19878), atol=1e-5)
    np.testing.assert_allclose(samples.values_at_sigma(1.0)[0], (0.1, 0.1), atol=1e-8)
    np.testing.assert_allclose(samples_of([[2.0] * 3, [1.0] * 3, [0.0] * 3]).covariance_matrix, np.ones((3, 3)))


@pytest.mark.parametrize("scale", [1.0, 37.0])
def test_one_dominating_sample_is_no_distribution(scale):
    rows = [[1.0, 2.0, 3.0]] * 9 + [[0.9, 1.9, 2.9], [1.1, 2.1, 3.1]]
    samples = samples_of(rows, scale * np.array([0.0] * 10 + [1.0]))
    assert not samples.pdf_converged
    assert samples.median_pdf(as_instance=False) == [1.1, 2.1, 3.1]
    np.testing.assert_allclose(samples.values_at_sigma(1.0), [(0.9, 1.1), (1.9, 2.1), (2.9, 3.1)])


def test_weights_of_one_are_equal_weights_not_a_dominating_one():
    rows = np.random.default_rng(0).random((20, 3))
    assert samples_of(rows, np.ones(20)).pdf_converged
    np.testing.assert_allclose(samples_of(rows, np.ones(20)).median_pdf(False), samples_of(rows).median_pdf(False))


def test_table_comes_back_exactly(tmp_path):
    rng = np.random.default_rng(0)
    samples = samples_of(rng.normal(size=(5, 3)), rng.random(5), rng.normal(size=5))
    samples.write_table(tmp_path / "samples.csv")
    header = (tmp_path / "samples.csv").read_text().splitlines()[0]
    assert header == "centre,normalization,sigma,log_likelihood,log_prior,log_posterior,weight"
    back = af.Samples.from_table(tmp_path / "samples.csv", gaussian_model())
    for name in ("parameters", "log_likelihood", "log_prior", "weights"):
        np.testing.assert_array_equal(getattr(back, name), getattr(samples, name))


def test_table_without_a_column_is_refused(tmp_path):
    (tmp_path / "samples.csv").write_text("centre, log_likelihood, log_prior, weight\n1, 2, 3, 4\n")
    with pytest.raises(SamplesError, match="normalization, sigma"):
        af.Samples.from_table(tmp_path / "samples.csv", gaussian_model())


def test_sums_and_selections_of_samples():
    samples = samples_of(np.arange(15.0).reshape(5, 3), np.array([0.1, 0.2, 0.3, 0.25, 0.15]))
    assert len(samples + samples + samples) == 15
    assert len(samples.samples_above_weight_threshold_from(0.18)) == 3
    drawn = samples.samples_drawn_randomly_via_pdf_from(1000)
    assert np.mean(drawn.parameters[:, 0] == 6.0) == pytest.approx(0.3, abs=1e-3)
    assert samples.draw_randomly_via_pdf(as_instance=False, seed=2) in samples.parameter_lists
    with pytest.raises(SamplesError, match=r"weight_threshold = 0\.5"):
        samples.samples_above_weight_threshold_from(0.5)
    other = af.Samples(lens_model(), np.zeros((1, 5)), [0.0], [0.0])
    with pytest.raises(SamplesError, match="different parameters"):
        samples + other


def test_values_are_found_by_path_or_name():
    samples = af.Samples(lens_model(), np.arange(10.0).reshape(2, 5), [0.0, 1.0], [0.0, 0.0])
    assert samples.values_for_path(("ell_comps", "ell_comps_0")) == [2.0, 7.0]
    assert samples.values_for_path("einstein_radius") == [4.0, 9.0]
    with pytest.raises(SamplesError, match=r"centre\.centre_0"):
        samples.values_for_path("radius")


def test_single_samples_make_samples_again():
    samples = samples_of(np.arange(6.0).reshape(2, 3), np.array([0.25, 0.75]))
    one = samples.sample_list[1]
    assert one.kwargs[("sigma",)] == 5.0
    assert one.log_posterior == one.log_likelihood + one.log_prior
    back = af.Samples.from_sample_list(samples.model, samples.sample_list)
    np.testing.assert_array_equal(back.parameters, samples.parameters)
    np.testing.assert_array_equal(back.weights, samples.weights)


@pytest.mark.parametrize(
    ("parameters", "others", "message"),
    [
        (np.zeros((0, 3)), {}, "at least one"),
        (np.zeros((2, 2)), {}, "3 free parameters"),
        (np.zeros((2, 3)), {"log_prior": np.zeros(3)}, "log_prior"),
        (np.zeros((2, 3)), {"weights": np.zeros(2)}, "positive"),
        (np.zeros((2, 3)), {"weights": np.array([1.0, -1.0])}, "negative"),
        (np.zeros((2, 3)), {"weights": np.array([1.0, np.nan])}, "finite"),
    ],
)
def test_samples_that_do_not_fit_are_refused(parameters, others, message):
    arguments = {"log_likelihood": np.zeros(len(parameters)), "log_prior": np.zeros(len(parameters))} | others
    with pytest.raises(SamplesError, match=message):
        af.Samples(gaussian_model(), parameters, **arguments)


def test_arrays_of_samples_cannot_be_changed():
    samples = samples_of(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="read-only"):
        samples.parameters[0, 0] = 1.0
