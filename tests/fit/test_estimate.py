"""What is said of each variable: names, symbols, units, values with errors, tables."""

import astropy.units as u
import numpy as np
import pytest

from galens import fit as af
from galens import galaxy as ag
from galens.fit.estimate import Estimate, measured
from galens.fit.notation import Notation
from tests.fit.problems import gaussian_model


@pytest.fixture(scope="module")
def galaxy_model():
    bulge = af.Model(ag.lp.Sersic)
    nucleus = af.Model(ag.lp.Moffat)
    return af.Collection(galaxies=af.Collection(galaxy=af.Model(ag.Galaxy, redshift=0.5, bulge=bulge, nucleus=nucleus)))


def samples_of(model, centre, sigma, size=4000, weights=None):
    rng = np.random.default_rng(2)
    parameters = rng.normal(centre, sigma, (size, model.program.n))
    return af.Samples(model, parameters, -0.5 * np.sum(parameters**2, axis=1), np.zeros(size), weights)


def test_parameters_have_names_symbols_and_units(galaxy_model):
    notation = {each.name: each for each in galaxy_model.notation}
    assert tuple(notation) == galaxy_model.program.names
    centre = notation["galaxies.galaxy.bulge.centre.centre_0"]
    assert (centre.label, centre.symbol, centre.unit) == ("galaxies.galaxy.bulge.centre_0", "y", "arcsec")
    assert centre.latex == r"$y^{\rm galaxy.bulge}$"
    assert notation["galaxies.galaxy.bulge.sersic_index"].unit == ""
    assert notation["galaxies.galaxy.bulge.intensity"].unit == "data"
    # alpha is a width in one profile and a pure number in others
    assert notation["galaxies.galaxy.nucleus.alpha"].unit == "arcsec"


def test_parameters_of_other_models_have_no_unit_of_galaxies():
    assert [each.unit for each in gaussian_model().notation] == ["", "", ""]
    assert [each.latex for each in gaussian_model().notation] == ["$c$", "$n$", r"$\sigma$"]


def test_table_of_samples_has_units(galaxy_model):
    samples = samples_of(galaxy_model, 0.5, 0.01)
    table = samples.table
    assert table.colnames == [*samples.names, "log_likelihood", "log_prior", "log_posterior", "weight"]
    radius = table["galaxies.galaxy.bulge.effective_radius"]
    assert radius.unit == u.arcsec
    assert table["galaxies.galaxy.bulge.intensity"].unit is None
    assert "unit of the data" in table["galaxies.galaxy.bulge.intensity"].description
    np.testing.assert_array_equal(radius, samples.values_for_path("galaxies.galaxy.bulge.effective_radius"))


def test_summary_table_has_medians_and_errors():
    samples = samples_of(gaussian_model(), [50.0, 25.0, 10.0], [0.5, 1.0, 2.0])
    table = samples.summary_table
    assert list(table["name"]) == ["centre", "normalization", "sigma"]
    np.testing.assert_allclose(table["median"], samples.median_pdf(as_instance=False))
    np.testing.assert_allclose(table["upper_error"], [0.5, 1.0, 2.0], rtol=0.1)
    np.testing.assert_allclose(table["max_log_likelihood"], samples.max_log_likelihood(as_instance=False))
    assert table.meta["sigma"] == 1.0


def test_estimates_of_a_search_that_has_hardly_begun_are_a_range():
    weights = np.full(4000, 1e-9)
    weights[0] = 1.0
    samples = samples_of(gaussian_model(), [50.0, 25.0, 10.0], [0.5, 1.0, 2.0], weights=weights)
    estimate = samples.estimates()[0]
    assert estimate.lower == samples.parameters[-100:, 0].min()
    assert estimate.upper == samples.parameters[-100:, 0].max()


@pytest.mark.parametrize(
    ("values", "texts", "latex"),
    [
        ((1.23456, 1.2222, 1.2499), ("1.235", "0.012", "0.015"), "1.235^{+0.015}_{-0.012}"),
        ((1234.0, 1200.0, 1270.0), ("1234", "34", "36"), "1234^{+36}_{-34}"),
        ((2e-12, 1e-12, 4e-12), ("2.0e-12", "1.0e-12", "2.0e-12"), None),
        ((439544.0, 330000.0, 580000.0), ("440000", "110000", "140000"), None),
        ((150.1234567891, 150.123456788, 150.1234567905), ("150.1234567891", "0.0000000011", "0.0000000014"), None),
        ((1.0, 1.0, 1.0), ("1", "0", "0"), "1^{+0}_{-0}"),
    ],
)
def test_two_digits_of_the_smaller_error_are_shown(values, texts, latex):
    assert measured(*values) == texts
    estimate = Estimate(Notation("r", "r", "r", unit="arcsec"), 1.0, *values, 1.0)
    assert estimate.text == f"{texts[0]} -{texts[1]} +{texts[2]} arcsec"
    if latex is not None:
        assert estimate.latex == latex


def test_powers_of_ten_are_written_as_such_in_latex():
    estimate = Estimate(Notation("f", "f", "F"), 0.0, 2e-12, 1e-12, 4e-12, 1.0)
    assert estimate.latex == r"2.0 \times 10^{-12}{}^{+2.0 \times 10^{-12}}_{-1.0 \times 10^{-12}}"
