"""Simulated exposures: light, PSF, sky, noise and their statistics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.signal import convolve2d

from galens.array import Array2D, Convolver, Grid2D, SimulatorImaging, evaluate
from galens.errors import DatasetError

KERNEL = np.array([[0.0, 1.0, 0.5], [1.0, 2.0, 1.0], [0.0, 1.0, 0.0]])
GRID = Grid2D.uniform((11, 9), 0.1, over_sample_size=2)


def psf() -> Convolver:
    return Convolver(Array2D.no_mask(KERNEL, 0.1))


class Blob:
    """Light that reaches well beyond the image."""

    def image_2d_from(self, grid: Grid2D) -> Array2D:
        return evaluate(lambda y, x: 5.0 + np.exp(-(y**2) - (x - 0.2) ** 2), grid)


class Nucleus:
    """Light that has an operated and another part."""

    def image_2d_from(self, grid: Grid2D, operated_only: bool | None = None) -> Array2D:
        parts = {None: 3.0, True: 1.0, False: 2.0}
        return Array2D(np.full(grid.mask.pixels_in_mask, parts[operated_only]), grid.mask)


def noiseless(**options: Any) -> SimulatorImaging:
    return SimulatorImaging(exposure_time=100.0, add_poisson_noise_to_data=False, **options)


def test_point_source_without_noise_becomes_the_kernel() -> None:
    image = np.zeros((5, 5))
    image[2, 2] = 1.0
    image = Array2D.no_mask(image, 0.1)
    raw = noiseless(psf=psf(), normalize_psf=False).via_image_from(image)
    np.testing.assert_allclose(np.asarray(raw.data.native)[1:4, 1:4], KERNEL, atol=1e-14)
    normalized = noiseless(psf=psf()).via_image_from(image)
    np.testing.assert_allclose(np.asarray(normalized.data.native)[1:4, 1:4], KERNEL / KERNEL.sum(), atol=1e-14)


def test_simulator_can_be_used_again_and_leaves_its_psf_alone() -> None:
    kernel = psf()
    simulator = noiseless(psf=kernel, normalize_psf=False)
    image = Array2D.ones((5, 5), 0.1)
    first, second = simulator.via_image_from(image), simulator.via_image_from(image)
    np.testing.assert_array_equal(first.data.array, second.data.array)
    np.testing.assert_array_equal(kernel.kernel.native, KERNEL)


def test_light_from_beyond_the_edge_is_blurred_into_the_image() -> None:
    dataset = noiseless(psf=psf(), normalize_psf=False).via_galaxies_from(Blob(), GRID)
    wide = Blob().image_2d_from(Grid2D.uniform((13, 11), 0.1, over_sample_size=2))
    assert dataset.shape_native == (11, 9)
    np.testing.assert_allclose(dataset.data.native, convolve2d(wide.native, KERNEL, mode="valid"), rtol=1e-12)


def test_psf_on_finer_pixels_blurs_the_parts_of_every_pixel() -> None:
    fine = Convolver(Array2D.no_mask(KERNEL, 0.05), convolve_over_sample_size=2)
    dataset = noiseless(psf=fine, normalize_psf=False).via_galaxies_from(Blob(), GRID)
    wide = Blob().image_2d_from(Grid2D.uniform((24, 20), 0.05, over_sample_size=1))
    blurred = convolve2d(wide.native, KERNEL, mode="valid")
    np.testing.assert_allclose(dataset.data.native, blurred.reshape(11, 2, 9, 2).mean(axis=(1, 3)), rtol=1e-12)


def test_several_galaxies_add_up() -> None:
    one, two = (noiseless(psf=psf()).via_galaxies_from([Blob()] * count, GRID) for count in (1, 2))
    np.testing.assert_allclose(two.data.array, 2 * np.asarray(one.data.array), rtol=1e-12)


def test_operated_light_is_not_blurred_again() -> None:
    dataset = noiseless(psf=psf(), normalize_psf=False).via_galaxies_from(Nucleus(), GRID)
    np.testing.assert_allclose(dataset.data.array, 1.0 + 2.0 * KERNEL.sum(), rtol=1e-12)
    assert noiseless().via_galaxies_from(Nucleus(), GRID).data.array[0] == 3.0


def test_equal_seeds_give_equal_noise_and_global_random_state_is_untouched() -> None:
    image = Array2D.full(3.0, (30, 30), 0.1)
    state = np.random.get_state()[1].copy()
    data = [np.asarray(SimulatorImaging(100.0, noise_seed=seed).via_image_from(image).data.array) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(data[0], data[1])
    assert np.any(data[0] != data[2])
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    fresh = [SimulatorImaging(100.0, noise_seed=-1).via_image_from(image).data.array for _ in range(2)]
    assert np.any(fresh[0] != fresh[1])


def test_noise_is_poisson_of_light_and_sky_and_the_noise_map_says_so() -> None:
    image = Array2D.full(3.0, (200, 200), 0.1)
    dataset = SimulatorImaging(50.0, background_sky_level=2.0, noise_seed=4).via_image_from(image)
    data, noise = np.asarray(dataset.data.array), np.asarray(dataset.noise_map.array)
    expected = np.sqrt(5.0 / 50.0)
    assert data.mean() == pytest.approx(3.0, abs=5 * expected / 200)
    assert data.std() == pytest.approx(expected, rel=0.02)
    np.testing.assert_allclose(noise, np.sqrt((data + 2.0) * 50.0) / 50.0, rtol=1e-12)
    with_sky = SimulatorImaging(50.0, background_sky_level=2.0, subtract_background_sky=False, noise_seed=4)
    np.testing.assert_allclose(with_sky.via_image_from(image).data.array, data + 2.0, rtol=1e-12)


def test_pixels_without_a_count_have_the_noise_of_one() -> None:
    dataset = SimulatorImaging(20.0).via_image_from(Array2D.zeros((4, 4), 0.1))
    np.testing.assert_allclose(dataset.noise_map.array, 1.0 / 20.0)


def test_constant_noise_map_where_it_is_asked_for() -> None:
    simulator = noiseless(include_poisson_noise_in_noise_map=False, noise_if_add_noise_false=0.3)
    dataset = simulator.via_image_from(Array2D.ones((4, 4), 0.1), over_sample_size_lp=3)
    np.testing.assert_array_equal(dataset.noise_map.array, 0.3)
    np.testing.assert_array_equal(dataset.over_sampling.sizes, 3)


def test_impossible_exposures_are_refused_in_words() -> None:
    with pytest.raises(DatasetError, match="exposure_time must be above 0"):
        SimulatorImaging(0.0)
    image = np.ones((4, 4))
    image[1, 2] = -1.0
    with pytest.raises(DatasetError, match=r"1 of 16 pixels.*row 1, column 2, has -0\.5"):
        SimulatorImaging(1.0, background_sky_level=0.5).via_image_from(Array2D.no_mask(image, 0.1))
