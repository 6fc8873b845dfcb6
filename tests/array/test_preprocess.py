"""Preparation of images: each function against its formula on small arrays."""

from __future__ import annotations

import numpy as np
import pytest

from galens.array import Array2D, Convolver, Mask2D, preprocess
from galens.errors import ArrayError, DatasetError

DATA = np.array([[5.0, 3.0], [10.0, 20.0]])
TIME = np.array([[1.0, 2.0], [3.0, 4.0]])


def both(values: np.ndarray) -> list[np.ndarray | Array2D]:
    return [values, Array2D.no_mask(values, 0.1)]


def native(array: np.ndarray | Array2D) -> np.ndarray:
    return np.asarray(array.native if isinstance(array, Array2D) else array)


@pytest.mark.parametrize("data", both(DATA))
def test_units_are_converted(data: np.ndarray | Array2D) -> None:
    expected = {
        "array_eps_to_counts": DATA * TIME,
        "array_counts_to_eps": DATA / TIME,
        "array_counts_to_counts_per_second": DATA / TIME,
    }
    for name, values in expected.items():
        got = getattr(preprocess, name)(data, TIME)
        assert type(got) is type(data)
        np.testing.assert_allclose(native(got), values)
    np.testing.assert_allclose(native(preprocess.array_eps_to_adus(data, TIME, 2.0)), DATA * TIME / 2)
    np.testing.assert_allclose(native(preprocess.array_adus_to_eps(data, TIME, 2.0)), 2 * DATA / TIME)


@pytest.mark.parametrize("data", both(DATA))
def test_noise_maps_follow_from_counts(data: np.ndarray | Array2D) -> None:
    poisson = preprocess.noise_map_via_data_eps_and_exposure_time_map_from(data, TIME)
    np.testing.assert_allclose(native(poisson), [[5**0.5, 6**0.5 / 2], [30**0.5 / 3, 80**0.5 / 4]])
    with_noise = preprocess.noise_map_via_data_eps_exposure_time_map_and_background_noise_map_from(data, TIME, 3.0)
    np.testing.assert_allclose(native(with_noise), [[3.7417, 3.2404], [3.5119, 3.7417]], atol=1e-4)
    with_variance = preprocess.noise_map_via_data_eps_exposure_time_map_and_background_variances_from(data, TIME, 2.0)
    np.testing.assert_allclose(native(with_variance), np.sqrt(DATA * TIME + 2.0 * TIME) / TIME)
    negative = preprocess.noise_map_via_data_eps_and_exposure_time_map_from(-DATA, TIME)
    np.testing.assert_allclose(negative, native(poisson))


def test_pixels_without_weight_get_the_noise_that_switches_them_off() -> None:
    weights = np.array([[4.0, 0.0], [-1.0, 1e-20]])
    np.testing.assert_array_equal(preprocess.noise_map_via_weight_map_from(weights), [[0.5, 1e8], [1e8, 1e8]])
    np.testing.assert_array_equal(preprocess.noise_map_via_inverse_noise_map_from(weights), [[0.25, 1e8], [1e8, 1e8]])


def test_signal_to_noise_is_limited_but_where_a_mask_forbids() -> None:
    noise = Array2D.ones((2, 2), 0.1)
    data = Array2D.no_mask(np.array([[5.0, -2.0], [-10.0, 20.0]]), 0.1)
    limited = preprocess.noise_map_with_signal_to_noise_limit_from(data, noise, 4.0)
    np.testing.assert_allclose(limited.native, [[1.25, 1.0], [2.5, 5.0]])
    mask = np.array([[True, False], [False, False]])
    kept = preprocess.noise_map_with_signal_to_noise_limit_from(data, noise, 4.0, mask)
    np.testing.assert_allclose(kept.native, [[1.0, 1.0], [2.5, 5.0]])


def test_exposure_time_follows_from_the_background_noise() -> None:
    noise = np.array([[1.0, 4.0], [5.0, 2.0]])
    got = preprocess.exposure_time_map_via_exposure_time_and_background_noise_map_from(1.0, noise)
    np.testing.assert_allclose(got, [[1.0, 0.25], [0.2, 0.5]])


def test_edges_tell_the_background() -> None:
    image = np.arange(30.0).reshape(5, 6)
    np.testing.assert_array_equal(
        preprocess.edges_from(image, 1), [0, 1, 2, 3, 4, 5, 24, 25, 26, 27, 28, 29, 11, 17, 23, 6, 12, 18]
    )
    assert len(preprocess.edges_from(image, 2)) == 28
    assert preprocess.background_sky_level_via_edges_from(image, 1) == 14.5
    noise = preprocess.background_noise_map_via_edges_from(Array2D.no_mask(image, 0.1), 1)
    np.testing.assert_allclose(noise.native, np.std(preprocess.edges_from(image, 1)))
    for rings in (0, 3):
        with pytest.raises(ArrayError, match="no_edges"):
            preprocess.edges_from(image, rings)


@pytest.mark.parametrize("array", both(np.arange(25.0).reshape(5, 5)))
def test_arrays_are_cut_and_padded_about_their_centre(array: np.ndarray | Array2D) -> None:
    cut = preprocess.array_with_new_shape(array, (3, 3))
    np.testing.assert_array_equal(native(cut), native(array)[1:4, 1:4])
    padded = preprocess.array_with_new_shape(array, (7, 7))
    assert native(padded).sum() == native(array).sum()
    assert padded.mask.is_all_false if isinstance(padded, Array2D) else padded.shape == (7, 7)


@pytest.mark.parametrize("shape", [(10, 10), (10, 9), (9, 10)])
def test_even_kernel_becomes_odd_with_its_sum_centre_and_width(shape: tuple[int, int]) -> None:
    y, x = (np.arange(side) - (side - 1) / 2 for side in shape)
    kernel = np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * 1.3**2))
    odd = preprocess.kernel_with_odd_dimensions_from(kernel)
    y, x = (np.arange(side) - side // 2 for side in odd.shape)
    exact = np.exp(-(y[:, None] ** 2 + x[None, :] ** 2) / (2 * 1.3**2))
    assert odd.sum() == pytest.approx(kernel.sum(), rel=1e-14)
    np.testing.assert_allclose(odd, exact, atol=0.01)
    Convolver(preprocess.kernel_with_odd_dimensions_from(Array2D.no_mask(kernel, 0.1)))


def test_random_values_follow_their_seed() -> None:
    image = Array2D.full(3.0, (100, 100), 0.1)
    gaussian = preprocess.array_with_gaussian_noise_added(image, 0.5, seed=3)
    np.testing.assert_array_equal(gaussian.array, preprocess.array_with_gaussian_noise_added(image, 0.5, 3).array)
    assert np.std(np.asarray(gaussian)) == pytest.approx(0.5, rel=0.05)
    uniform = preprocess.array_with_random_uniform_values_added(image, 0.001, seed=3) - 3.0
    assert 0.0 <= float(uniform.min()) <= float(uniform.max()) <= 0.001
    poisson = preprocess.data_eps_with_poisson_noise_added(image, 10.0, seed=3)
    assert np.std(np.asarray(poisson)) == pytest.approx(np.sqrt(0.3), rel=0.05)
    with pytest.raises(DatasetError, match="negative"):
        preprocess.data_eps_with_poisson_noise_added(-image, 10.0)


def test_maps_may_be_native_where_the_image_is_masked() -> None:
    mask = Mask2D(np.array([[True, False], [False, False]]), 0.1)
    data = Array2D(DATA, mask)
    np.testing.assert_allclose(preprocess.array_eps_to_counts(data, TIME).array, [6.0, 30.0, 80.0])
    assert preprocess.data_eps_with_poisson_noise_added(data, TIME).shape == (3,)
