"""Point sources: the PSF moved to their centre in images, simulations and the operator of a dataset."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import galens.galaxy as ag
from galens.errors import DatasetError
from tests.oracle import build, excess

SIDE = 0.1
SIGMA = 0.16
PSF = ag.Convolver.from_gaussian(shape_native=(17, 17), pixel_scales=SIDE, sigma=SIGMA, normalize=True)
MASK = ag.Mask2D.circular(shape_native=(40, 41), pixel_scales=SIDE, radius=1.2, centre=(0.1, -0.2))
GRID = ag.Grid2D.uniform(shape_native=(40, 41), pixel_scales=SIDE, over_sample_size=1)


def gaussian(centre, mask=MASK):
    """The PSF about a centre, at the centres of pixels."""
    y, x = mask.pixel_centres.T
    values = np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (2 * SIGMA**2))
    return values * SIDE**2 / (2 * np.pi * SIGMA**2)


def masked(psf=PSF):
    noise = np.ones(MASK.shape_native)
    data = np.random.default_rng(3).normal(size=MASK.shape_native)
    dataset = ag.Imaging.from_arrays(data, noise, SIDE, psf=None if psf is None else np.asarray(psf.kernel.native))
    return dataset.apply_mask(MASK)


@pytest.fixture(scope="module")
def operator():
    return masked().operator


@pytest.mark.parametrize("centre", [(0.05, 0.0), (0.0, 0.0), (0.111, -0.234), (1.25, -0.2), (0.1, -1.53)])
def test_image_is_the_psf_about_the_centre(operator, centre):
    # A Gaussian of 1.6 pixels is resolved to 1e-5 of its peak, and cut at 5 sigma.
    np.testing.assert_allclose(operator.point(centre), gaussian(centre), atol=2e-5 * gaussian(centre).max())


def test_centre_on_a_pixel_gives_the_kernel_to_rounding(operator):
    image = ag.Array2D(operator.point((0.05, 0.1)), MASK)
    row, column = 19, 21
    np.testing.assert_allclose(image.native[row - 3 : row + 4, column - 3 : column + 4], PSF.kernel.native[5:12, 5:12])


def test_flux_is_kept_wherever_in_its_pixel_the_source_is(operator):
    for centre in ((0.1, -0.2), (0.13, -0.17), (0.05, -0.15)):
        assert float(jnp.sum(operator.point(centre))) == pytest.approx(1.0, abs=1e-5)


def test_source_far_outside_is_dark(operator):
    for centre in ((50.0, 0.0), (0.1, -4.0), (-3.1, 3.0)):
        assert not np.any(np.asarray(operator.point(centre)))


def test_slopes_agree_with_differences_and_are_finite_everywhere(operator):
    weights = jnp.asarray(np.random.default_rng(1).normal(size=MASK.pixels_in_mask))

    @jax.jit
    def total(centre):
        return jnp.sum(weights * operator.point((centre[0], centre[1])))

    slope = jax.jit(jax.grad(total))
    for centre in (jnp.array([0.05, 0.1]), jnp.array([0.111, -0.234]), jnp.array([1.2, 0.3])):
        differences = [(total(centre + step) - total(centre - step)) / 2e-6 for step in 1e-6 * jnp.eye(2)]
        np.testing.assert_allclose(slope(centre), differences, rtol=1e-6, atol=1e-7)
    centres = jnp.asarray(np.random.default_rng(2).normal(scale=2.0, size=(200, 2)))
    assert jnp.all(jnp.isfinite(jax.jit(jax.vmap(jax.grad(total)))(centres)))


def test_psf_on_finer_pixels_gives_the_means_over_pixels():
    fine = ag.Convolver.from_gaussian(shape_native=(49, 49), pixel_scales=SIDE / 3, sigma=0.1, normalize=True)
    psf = ag.Convolver(fine.kernel, convolve_over_sample_size=3)
    image = psf.point_image_from(MASK, (0.111, -0.234))
    y, x = MASK.pixel_centres.T
    offsets = (np.arange(3) - 1) * SIDE / 3
    parts = [
        np.exp(-((y + oy - 0.111) ** 2 + (x + ox + 0.234) ** 2) / (2 * 0.1**2)) for oy in offsets for ox in offsets
    ]
    expected = np.mean(parts, axis=0) * SIDE**2 / (2 * np.pi * 0.1**2)
    np.testing.assert_allclose(image.array, expected, atol=1e-5 * expected.max())


def test_blurred_images_and_simulations_have_the_psf_about_the_centre():
    star = ag.lp.PointSource(centre=(0.111, -0.234), intensity=3.0)
    galaxy = ag.Galaxy(redshift=0.5, star=star, bulge=ag.lp.SersicSph(intensity=0.0))
    expected = 3.0 * gaussian(star.centre, GRID.mask)
    for source in (star, galaxy, ag.Galaxies([galaxy])):
        for image in (
            source.blurred_image_2d_from(grid=GRID, psf=PSF),
            source.unmasked_blurred_image_2d_from(grid=GRID, psf=PSF),
        ):
            np.testing.assert_allclose(image.array, expected, atol=1e-4)
    simulator = ag.SimulatorImaging(exposure_time=100.0, psf=PSF, add_poisson_noise_to_data=False)
    dataset = simulator.via_galaxies_from(galaxies=[galaxy], grid=GRID)
    np.testing.assert_allclose(dataset.data.array, expected, atol=1e-4)


def test_image_before_the_psf_agrees_with_the_reference(oracle):
    grids = {
        "image_uni": ag.Grid2D.uniform(shape_native=(12, 13), pixel_scales=0.25, over_sample_size=1),
        "image_uni_os4": ag.Grid2D.uniform(shape_native=(12, 13), pixel_scales=0.25, over_sample_size=4),
    }
    cases = [each for each in oracle.cases("light_profiles") if each["cls"].endswith(".PointSource")]
    assert len(cases) == 6
    for case in cases:
        profile = build({"cls": case["cls"], "kwargs": case["kwargs"]}, {"lp": ag.lp, "lp_linear": ag.lp_linear})
        for name in case["arrays"]:
            assert excess(profile.image_2d_from(grid=grids[name]), *oracle.reference(case, name)) <= 1, (case, name)


def test_image_before_the_psf_on_points_is_at_the_nearest_and_in_no_part():
    star = ag.lp.PointSource(centre=(0.3, 0.4), intensity=2.0)
    points = np.array([[0.0, 0.0], [0.3, 0.5], [1.0, 1.0]])
    np.testing.assert_array_equal(star.image_2d_from(points), [0.0, 2.0, 0.0])
    galaxy = ag.Galaxy(redshift=0.5, star=star)
    np.testing.assert_array_equal(galaxy.image_2d_from(ag.Grid2DIrregular(points)), [0.0, 2.0, 0.0])
    for part in (True, False):
        assert not np.any(np.asarray(galaxy.image_2d_from(GRID, operated_only=part)))
    assert float(np.sum(np.asarray(galaxy.image_2d_from(GRID)))) == 2.0


def test_flux_of_a_point_source_does_not_depend_on_pixels():
    star = ag.lp.PointSource(intensity=2.0)
    assert star.total_flux_from(0.1) == star.total_flux == 2.0
    galaxy = ag.Galaxy(redshift=0.5, star=star, bulge=ag.lp.Gaussian(intensity=1.0, sigma=0.3))
    assert float(galaxy.total_flux_from(0.1)) == pytest.approx(2.0 + 2 * np.pi * 0.09 / 0.01)


def test_fit_has_the_psf_about_the_centre_and_slopes_in_all_parameters():
    dataset = masked()
    star = ag.lp.PointSource(centre=(0.111, -0.234), intensity=3.0)
    expected = 3.0 * gaussian(star.centre)

    def model_image(star, model=None):
        return ag.FitImaging(dataset, [ag.Galaxy(0.5, star=star)], model).model_data.array

    np.testing.assert_allclose(model_image(star), expected, atol=1e-4)
    fit = ag.FitImaging(dataset, [ag.Galaxy(0.5, star=star)])
    assert float(np.sum(np.asarray(fit.galaxy_image_dict[0]))) == 3.0
    np.testing.assert_allclose(fit.unmasked_blurred_image.native[~MASK.array], expected, atol=1e-4)
    # An offset moves the image along.
    moved = model_image(
        ag.lp.PointSource(centre=(0.08, -0.2), intensity=3.0), ag.DatasetModel(grid_offset=(0.031, -0.034))
    )
    np.testing.assert_allclose(moved, expected, atol=1e-4)

    leaves, structure = jax.tree.flatten(star)

    @jax.jit
    def likelihood(vector):
        return ag.FitImaging(dataset, [ag.Galaxy(0.5, star=jax.tree.unflatten(structure, list(vector)))]).log_likelihood

    vector = jnp.array(leaves)
    differences = [(likelihood(vector + step) - likelihood(vector - step)) / 2e-5 for step in 1e-5 * jnp.eye(3)]
    np.testing.assert_allclose(jax.jit(jax.grad(likelihood))(vector), differences, rtol=1e-6)


def test_flux_of_a_linear_point_source_is_solved():
    star = ag.lp.PointSource(centre=(0.111, -0.234), intensity=30.0)
    halo = ag.lp.Gaussian(centre=(0.05, 0.1), intensity=2.0, sigma=0.4)
    dataset = masked()
    image = ag.FitImaging(dataset, [ag.Galaxy(0.5, star=star, halo=halo)]).model_data.native
    clean = ag.Imaging.from_arrays(image, np.ones(MASK.shape_native), SIDE, psf=np.asarray(PSF.kernel.native))
    linear = ag.Galaxy(
        0.5,
        halo=ag.lp_linear.Gaussian(centre=halo.centre, sigma=0.4),
        star=ag.lp_linear.PointSource(centre=star.centre),
        core=ag.lp_linear_operated.Gaussian(centre=(0.4, 0.4), sigma=0.3),
        known=ag.lp.PointSource(centre=(0.111, -0.234), intensity=10.0),
    )
    fit = ag.FitImaging(clean.apply_mask(MASK), [linear])
    solved = fit.galaxies_linear_light_profiles_to_light_profiles[0]
    assert float(solved.star.intensity) == pytest.approx(20.0, rel=1e-4)
    assert float(solved.halo.intensity) == pytest.approx(2.0, rel=1e-4)
    assert float(fit.chi_squared) < 1e-6


def test_dataset_without_psf_refuses_a_point_source():
    with pytest.raises(DatasetError, match="a point source has the shape of the PSF"):
        ag.FitImaging(masked(psf=None), [ag.Galaxy(redshift=0.5, star=ag.lp.PointSource())])
