"""The likelihood that searches use, and what a fit leaves in its folder."""

from __future__ import annotations

from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

import galens.fit as af
import galens.galaxy as ag
from galens.errors import DatasetError, ModelError

SHAPE = (21, 23)


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(9)
    header = fits.Header()
    for name, value in {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 2.0}.items():
        header[name] = value
    header["CRPIX1"], header["CRPIX2"], header["CDELT1"], header["CDELT2"] = 12.0, 11.0, -2.8e-5, 2.8e-5
    return ag.Imaging(
        data=ag.Array2D.no_mask(rng.normal(1.0, 0.3, SHAPE), 0.1, header=header),
        noise_map=ag.Array2D.no_mask(rng.uniform(0.1, 0.4, SHAPE), 0.1),
        psf=ag.Convolver.from_gaussian(shape_native=(3, 3), pixel_scales=0.1, sigma=0.1),
        over_sample_size_lp=2,
    ).apply_mask(ag.Mask2D.circular(shape_native=SHAPE, pixel_scales=0.1, radius=0.9))


def instance(intensity=0.3, **more):
    galaxies = [ag.Galaxy(redshift=0.5, bulge=ag.lp.Sersic(intensity=intensity)), ag.Galaxy(redshift=1.0)]
    return SimpleNamespace(galaxies=galaxies, **more)


def test_log_likelihood_is_that_of_the_fit_and_of_the_residuals(dataset):
    analysis = ag.AnalysisImaging(dataset=dataset)
    value = analysis.log_likelihood_function(instance())
    assert float(value) == pytest.approx(float(ag.FitImaging(dataset, instance().galaxies).log_likelihood), rel=1e-14)
    residuals = analysis.residuals(instance())
    assert residuals.shape == (dataset.mask.pixels_in_mask,)
    by_residuals = -0.5 * residuals @ residuals + analysis.log_likelihood_constant
    assert float(value) == pytest.approx(float(by_residuals), rel=1e-13)
    assert analysis.has_residuals


def test_extra_galaxies_and_dataset_model_are_part_of_the_fit(dataset):
    clump = ag.Galaxy(redshift=0.5, clump=ag.lp.GaussianSph(centre=(0.3, 0.3)))
    more = instance(extra_galaxies=[clump], dataset_model=ag.DatasetModel(background_sky_level=0.1))
    fit = ag.AnalysisImaging(dataset=dataset).fit_from(more)
    assert fit.galaxies.names == ("galaxy_0", "galaxy_1", "extra_galaxy_0")
    assert fit.galaxies[2].clump is clump.clump
    np.testing.assert_allclose(fit.data, np.asarray(dataset.data) - 0.1, rtol=1e-14)


def test_galaxies_keep_the_names_of_the_model(dataset):
    model = af.Collection(
        galaxies=af.Collection(lens=af.Model(ag.Galaxy, redshift=0.5, bulge=ag.lp.Sersic)),
        extra_galaxies=af.Collection([af.Model(ag.Galaxy, redshift=0.5, clump=ag.lp.GaussianSph)]),
    )
    analysis = ag.AnalysisImaging(dataset=dataset)
    instance = model.instance_from_prior_medians()
    fit = analysis.fit_from(instance)
    assert fit.galaxies.names == ("lens", "extra_galaxy_0")
    assert fit.galaxy_model_image_dict[instance.galaxies.lens] is not None
    vector = np.asarray(af.Fitness(model, analysis).program.physical_from_unit(np.full(11, 0.5)))
    assert float(af.Fitness(model, analysis)(vector)) == pytest.approx(float(fit.log_likelihood), rel=1e-12)


def test_instance_without_galaxies_is_refused_in_words(dataset):
    with pytest.raises(ModelError, match="galaxies"):
        ag.AnalysisImaging(dataset=dataset).log_likelihood_function(SimpleNamespace(lens=1))


def test_dataset_of_another_kind_is_refused_in_words():
    with pytest.raises(DatasetError, match="must be an Imaging, got ndarray"):
        ag.AnalysisImaging(dataset=np.ones((3, 3)))


def test_analysis_is_an_argument_of_compiled_functions(dataset):
    @jax.jit
    def log_likelihood(analysis, intensity):
        return analysis.log_likelihood_function(instance(intensity))

    analysis = ag.AnalysisImaging(dataset=dataset, use_jax=True)
    for intensity in (0.2, 0.3):
        eager = float(analysis.log_likelihood_function(instance(intensity)))
        assert float(log_likelihood(analysis, intensity)) == pytest.approx(eager, rel=1e-12)
    other = ag.AnalysisImaging(
        ag.Imaging(dataset.data * 2.0, dataset.noise_map, dataset.psf, dataset.over_sampling, use_normalized_psf=False)
    )
    log_likelihood(other, 0.2)
    assert log_likelihood._cache_size() == 1


def test_gradient_with_respect_to_an_instance_agrees_with_differences(dataset):
    analysis = ag.AnalysisImaging(dataset=dataset)

    def log_likelihood(galaxies):
        return analysis.log_likelihood_function(SimpleNamespace(galaxies=galaxies))

    galaxies = instance().galaxies
    gradient = jax.jit(jax.grad(log_likelihood))(galaxies)
    above, below = (log_likelihood(instance(0.3 + step).galaxies) for step in (1e-5, -1e-5))
    assert float(gradient[0].bulge.intensity) == pytest.approx(float(above - below) / 2e-5, rel=1e-7)
    assert isinstance(gradient[0], ag.Galaxy)
    assert jnp.isfinite(gradient[0].bulge.centre[0])


def test_best_fit_is_written_with_the_sky_coordinates_of_the_data(dataset, tmp_path):
    analysis = ag.AnalysisImaging(dataset=dataset)
    fit = analysis.fit_from(instance())
    analysis.save_attributes(tmp_path)
    analysis.save_results(tmp_path, SimpleNamespace(max_log_likelihood_fit=fit))
    with fits.open(tmp_path / "fit.fits") as file:
        names = [unit.name for unit in file]
        assert names == ["MASK", "DATA", "MODEL_DATA", "RESIDUAL_MAP", "NORMALIZED_RESIDUAL_MAP", "CHI_SQUARED_MAP"]
        np.testing.assert_array_equal(file["MASK"].data, dataset.mask.array)
        np.testing.assert_array_equal(file["MODEL_DATA"].data, fit.model_data.native)
        np.testing.assert_array_equal(file["CHI_SQUARED_MAP"].data, fit.chi_squared_map.native)
        position = WCS(file["RESIDUAL_MAP"].header).pixel_to_world(11.0, 10.0)
        assert (position.ra.deg, position.dec.deg) == pytest.approx((150.0, 2.0))
    for name, images in (
        ("model_galaxy_images", fit.galaxy_model_image_dict),
        ("galaxy_images", fit.galaxy_image_dict),
    ):
        with fits.open(tmp_path / f"{name}.fits") as file:
            assert [unit.name for unit in file] == ["MASK", "GALAXY_0", "GALAXY_1"]
            np.testing.assert_array_equal(file["GALAXY_0"].data, images[0].native)
    with fits.open(tmp_path / "dataset.fits") as file:
        over_sampling = {"OVER_SAMPLE_SIZE_LP", "OVER_SAMPLE_SIZE_PIXELIZATION"}
        assert {"MASK", "DATA", "NOISE_MAP", "PSF"} | over_sampling == {unit.name for unit in file}
