"""Fits of imaging data: reference numbers, maps, datasets that are shifted, compiled and batched fits."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.galaxy as ag
from tests.oracle import build, excess

NAMES = {"lp": ag.lp, "lp_operated": ag.lp_operated, "al": ag}


@pytest.fixture(scope="module")
def dataset():
    rng = np.random.default_rng(7)
    shape = (31, 29)
    kernel = rng.uniform(size=(5, 5)) + np.eye(5)
    return ag.Imaging.from_arrays(
        data=rng.normal(1.0, 0.3, shape),
        noise_map=rng.uniform(0.1, 0.4, shape),
        pixel_scales=0.1,
        psf=kernel,
        over_sample_size_lp=2,
    ).apply_mask(ag.Mask2D.circular(shape_native=shape, pixel_scales=0.1, radius=1.1))


@pytest.fixture
def galaxies():
    return ag.Galaxies(
        {
            "lens": ag.Galaxy(
                redshift=0.5,
                bulge=ag.lp.Sersic(centre=(0.03, 0.0), ell_comps=(0.1, 0.2), effective_radius=0.5),
                nucleus=ag.lp_operated.Gaussian(sigma=0.2, intensity=0.5),
            ),
            "neighbour": ag.Galaxy(redshift=0.5, disk=ag.lp.ExponentialSph(centre=(0.5, 0.4))),
        }
    )


def test_fits_of_standard_light_agree_with_the_reference(oracle):
    compared = []
    for case in oracle.cases("imaging_fits"):
        spec = case["spec"]
        if any(word in json.dumps(spec) for word in ("mp.", "lp_linear", "lp_basis", "Shapelet")):
            continue
        mask = build(spec["mask"], NAMES)
        data, noise_map, kernel = (
            ag.Array2D.no_mask(oracle.input(case, name), mask.pixel_scales) for name in ("data", "noise_map", "kernel")
        )
        dataset = ag.Imaging(data, noise_map, ag.Convolver(kernel), use_normalized_psf=False, **spec["dataset"])
        model = spec["dataset_model"]
        fit = ag.FitImaging(
            dataset=dataset.apply_mask(mask),
            galaxies=[build(each, NAMES) for each in spec["tracer"]["kwargs"]["galaxies"]],
            dataset_model=None if model is None else ag.DatasetModel(**model),
        )
        for name in case["arrays"]:
            prefix, _, index = name.rpartition("_")
            got = fit.galaxy_model_image_dict[int(index)] if prefix == "galaxy_model_image" else getattr(fit, name)
            assert excess(got, *oracle.reference(case, name)) <= 1, (case["id"], name)
        compared.append(case["id"])
    assert compared == ["standard_light", "operated", "sky_offset"]


def test_pixels_that_a_huge_noise_switches_off_do_not_count(dataset, galaxies):
    centre = ag.Mask2D.circular(shape_native=dataset.shape_native, pixel_scales=dataset.pixel_scales, radius=0.3)
    scaled = dataset.apply_noise_scaling(centre)
    assert scaled.pixels_that_count == dataset.mask.pixels_in_mask - centre.pixels_in_mask
    fit = ag.FitImaging(dataset=scaled, galaxies=galaxies)
    assert float(fit.reduced_chi_squared) == pytest.approx(float(fit.chi_squared) / int(scaled.pixels_that_count))


def test_maps_follow_from_data_noise_and_model(dataset, galaxies):
    fit = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    data, noise, model = (np.asarray(each) for each in (dataset.data, dataset.noise_map, fit.model_data))
    np.testing.assert_allclose(fit.residual_map, data - model, rtol=1e-14)
    np.testing.assert_allclose(fit.normalized_residual_map, (data - model) / noise, rtol=1e-14)
    np.testing.assert_allclose(fit.chi_squared_map, ((data - model) / noise) ** 2, rtol=1e-14)
    np.testing.assert_allclose(fit.residual_flux_fraction_map, (data - model) / data, rtol=1e-14)
    np.testing.assert_allclose(fit.signal_to_noise_map, np.maximum(data / noise, 0.0), rtol=1e-14)
    np.testing.assert_array_equal(fit.profile_subtracted_image, fit.residual_map)
    assert float(fit.chi_squared) == pytest.approx(np.sum(((data - model) / noise) ** 2), rel=1e-13)
    assert float(fit.noise_normalization) == pytest.approx(np.sum(np.log(2 * np.pi * noise**2)), rel=1e-13)
    assert float(fit.log_likelihood) == pytest.approx(-0.5 * float(fit.chi_squared + fit.noise_normalization))
    assert float(fit.figure_of_merit) == float(fit.log_likelihood)
    assert float(fit.reduced_chi_squared) == pytest.approx(float(fit.chi_squared) / dataset.mask.pixels_in_mask)
    assert dataset.pixels_that_count == dataset.mask.pixels_in_mask
    assert all(
        isinstance(each, ag.Array2D) and each.mask is dataset.mask
        for each in (fit.data, fit.model_data, fit.residual_map, fit.chi_squared_map, fit.signal_to_noise_map)
    )


def test_fraction_of_data_that_are_zero_is_zero(galaxies):
    dataset = ag.Imaging.from_arrays(np.zeros((5, 5)), np.ones((5, 5)), 0.1, over_sample_size_lp=1)
    fit = ag.FitImaging(dataset=dataset.apply_mask(ag.Mask2D.all_false((5, 5), 0.1)), galaxies=galaxies)
    assert not np.any(np.asarray(fit.residual_flux_fraction_map))


def test_model_is_what_the_public_operations_make(dataset, galaxies):
    fit = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    by_steps = galaxies.blurred_image_2d_from(
        grid=dataset.grids.lp, psf=dataset.psf, blurring_grid=dataset.grids.blurring
    )
    np.testing.assert_allclose(fit.model_data, by_steps, rtol=1e-12)
    np.testing.assert_array_equal(fit.blurred_image, fit.model_data)
    whole = fit.unmasked_blurred_image
    assert whole.shape_native == dataset.shape_native
    assert whole.mask.is_all_false
    np.testing.assert_allclose(
        whole.native, sum(np.asarray(each.native) for each in fit.unmasked_blurred_image_of_galaxies_list), rtol=1e-12
    )


def test_images_by_galaxy(dataset, galaxies):
    fit = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    assert list(fit.galaxy_model_image_dict) == ["lens", "neighbour"]
    np.testing.assert_allclose(sum(fit.component_model_image_dict.values()), fit.model_data, rtol=1e-12)
    model = fit.model_images_of_galaxies_list
    np.testing.assert_allclose(np.asarray(model[0]) + np.asarray(model[1]), fit.model_data, rtol=1e-12)
    np.testing.assert_array_equal(fit.galaxy_model_image_dict[galaxies[1]], model[1])
    np.testing.assert_allclose(
        fit.galaxy_image_dict["lens"], galaxies["lens"].image_2d_from(grid=dataset.grids.lp), rtol=1e-12
    )
    subtracted = fit.subtracted_images_of_galaxies_list
    np.testing.assert_allclose(subtracted[0], np.asarray(dataset.data) - np.asarray(model[1]), rtol=1e-12)
    np.testing.assert_array_equal(fit.subtracted_images_of_galaxies_dict["neighbour"], subtracted[1])


def test_galaxies_without_light_leave_the_data(dataset):
    fit = ag.FitImaging(dataset=dataset, galaxies=[ag.Galaxy(redshift=0.5)])
    np.testing.assert_array_equal(fit.residual_map, dataset.data)
    only_operated = ag.FitImaging(dataset=dataset, galaxies=[ag.Galaxy(redshift=0.5, a=ag.lp_operated.Gaussian())])
    assert np.all(np.asarray(only_operated.model_data) > 0.0)


def test_dataset_without_psf_is_fitted_by_the_binned_image(galaxies):
    rng = np.random.default_rng(8)
    dataset = ag.Imaging.from_arrays(rng.normal(size=(9, 9)), np.ones((9, 9)), 0.1, over_sample_size_lp=3)
    dataset = dataset.apply_mask(ag.Mask2D.circular(shape_native=(9, 9), pixel_scales=0.1, radius=0.4))
    fit = ag.FitImaging(dataset=dataset, galaxies=galaxies)
    np.testing.assert_allclose(fit.model_data, galaxies.image_2d_from(grid=dataset.grids.lp), rtol=1e-12)
    assert fit.unmasked_blurred_image.shape_native == (9, 9)


def test_sky_background_is_taken_off_the_data(dataset, galaxies):
    fit = ag.FitImaging(dataset, galaxies, dataset_model=ag.DatasetModel(background_sky_level=0.3))
    np.testing.assert_allclose(fit.data, np.asarray(dataset.data) - 0.3, rtol=1e-14)
    np.testing.assert_allclose(fit.residual_map, np.asarray(fit.data) - np.asarray(fit.model_data), rtol=1e-14)


def test_shifted_and_rotated_dataset_is_fitted_by_a_shifted_and_rotated_galaxy(dataset):
    offset, angle = np.array([0.1, -0.05]), 33.0
    cos, sin = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    profile = ag.lp.Sersic(centre=(0.2, 0.1), ell_comps=ag.convert.ell_comps_from(0.6, 20.0))
    # Coordinates are turned counter-clockwise, so the galaxy that they show appears turned clockwise.
    y, x = profile.centre
    same = ag.lp.Sersic(
        centre=tuple(offset + np.array([y * cos - x * sin, x * cos + y * sin])),
        ell_comps=ag.convert.ell_comps_from(0.6, 20.0 - angle),
    )
    model = ag.DatasetModel(grid_offset=tuple(offset), grid_rotation_angle=angle)
    moved = ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, a=profile)], model)
    fixed = ag.FitImaging(dataset, [ag.Galaxy(redshift=0.5, a=same)])
    np.testing.assert_allclose(moved.model_data, fixed.model_data, rtol=1e-11)


def test_fit_passes_through_transformations(dataset, galaxies):
    def log_likelihood(dataset, galaxies):
        return ag.FitImaging(dataset=dataset, galaxies=galaxies).log_likelihood

    eager = float(log_likelihood(dataset, galaxies))
    assert float(jax.jit(log_likelihood)(dataset, galaxies)) == pytest.approx(eager, rel=1e-12)
    with jax.disable_jit():
        assert float(log_likelihood(dataset, galaxies)) == pytest.approx(eager, rel=1e-12)
    fit = jax.jit(ag.FitImaging)(dataset, galaxies)
    assert isinstance(fit, ag.FitImaging)
    assert float(fit.log_likelihood) == pytest.approx(eager, rel=1e-12)
    stacked = jax.tree.map(lambda leaf: leaf * jnp.array([0.9, 1.0, 1.1]), galaxies)
    together = jax.jit(jax.vmap(log_likelihood, (None, 0)))(dataset, stacked)
    for index, value in enumerate(together):
        one = jax.tree.map(lambda leaf, index=index: leaf[index], stacked)
        assert float(value) == pytest.approx(float(log_likelihood(dataset, one)), rel=1e-12)
    gradient = jax.jit(jax.grad(log_likelihood, argnums=1))(dataset, galaxies)
    assert jax.tree.structure(gradient) == jax.tree.structure(galaxies)


def test_other_parameters_and_data_do_not_compile_again(dataset, galaxies):
    log_likelihood = jax.jit(lambda dataset, galaxies: ag.FitImaging(dataset, galaxies).log_likelihood)
    log_likelihood(dataset, galaxies)
    other = jax.tree.map(lambda leaf: leaf * 1.01, galaxies)
    brighter = ag.Imaging(
        dataset.data * 1.1, dataset.noise_map, dataset.psf, dataset.over_sampling, use_normalized_psf=False
    )
    log_likelihood(brighter, other)
    assert log_likelihood._cache_size() == 1
