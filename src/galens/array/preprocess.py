"""Preparing images for a dataset: units, noise maps, backgrounds, sizes.

Images and maps are `Array2D` or plain arrays; where the first argument is an `Array2D`, so is the result.
Nothing is changed in place. Units: counts are electrons, eps electrons per second, ADUs counts over the
gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.flagged import FLAGGED_NOISE
from galens.errors import ArrayError, DatasetError

__all__ = [
    "array_adus_to_eps",
    "array_counts_to_counts_per_second",
    "array_counts_to_eps",
    "array_eps_to_adus",
    "array_eps_to_counts",
    "array_with_gaussian_noise_added",
    "array_with_new_shape",
    "array_with_random_uniform_values_added",
    "background_noise_map_via_edges_from",
    "background_sky_level_via_edges_from",
    "data_eps_with_poisson_noise_added",
    "edges_from",
    "exposure_time_map_via_exposure_time_and_background_noise_map_from",
    "kernel_with_odd_dimensions_from",
    "noise_map_via_data_eps_and_exposure_time_map_from",
    "noise_map_via_data_eps_exposure_time_map_and_background_noise_map_from",
    "noise_map_via_data_eps_exposure_time_map_and_background_variances_from",
    "noise_map_via_inverse_noise_map_from",
    "noise_map_via_weight_map_from",
    "noise_map_with_signal_to_noise_limit_from",
]

# Lagrange interpolation half-way between the inner two of eight samples.
HALF_PIXEL_SHIFT = np.array([-5.0, 49.0, -245.0, 1225.0, 1225.0, -245.0, 49.0, -5.0]) / 2048.0


def array_eps_to_counts(array_eps: Any, exposure_time_map: Any) -> Any:
    """Counts of electrons per second."""
    return array_eps * exposure_time_map


def array_counts_to_eps(array_counts: Any, exposure_time_map: Any) -> Any:
    """Electrons per second of counts."""
    return array_counts / exposure_time_map


def array_counts_to_counts_per_second(array_counts: Any, exposure_time: Any) -> Any:
    """Counts per second of counts."""
    return array_counts / exposure_time


def array_eps_to_adus(array_eps: Any, exposure_time_map: Any, gain: float) -> Any:
    """ADUs of electrons per second."""
    return array_eps * exposure_time_map / gain


def array_adus_to_eps(array_adus: Any, exposure_time_map: Any, gain: float) -> Any:
    """Electrons per second of ADUs."""
    return gain * array_adus / exposure_time_map


def noise_map_via_data_eps_and_exposure_time_map_from(data_eps: Any, exposure_time_map: Any) -> Any:
    """Poisson noise of the data themselves, sqrt(|d t|) / t, eps."""
    return abs(data_eps * exposure_time_map) ** 0.5 / exposure_time_map


def noise_map_via_data_eps_exposure_time_map_and_background_noise_map_from(
    data_eps: Any, exposure_time_map: Any, background_noise_map: Any
) -> Any:
    """Poisson noise of the data and a background noise b (eps): sqrt(|d t| + (b t)^2) / t."""
    counts = abs(data_eps * exposure_time_map) + (background_noise_map * exposure_time_map) ** 2
    return counts**0.5 / exposure_time_map


def noise_map_via_data_eps_exposure_time_map_and_background_variances_from(
    data_eps: Any, exposure_time_map: Any, background_variances: Any
) -> Any:
    """Poisson noise of the data and a background variance v per second: sqrt(|d t| + v t) / t, eps."""
    counts = abs(data_eps * exposure_time_map) + background_variances * exposure_time_map
    return counts**0.5 / exposure_time_map


def noise_map_via_weight_map_from(weight_map: Any) -> Any:
    """1 / sqrt(weight); 1e8, which switches a pixel off, where the weight is 0, negative or tiny."""
    return _flagged(weight_map, lambda weight: 1.0 / np.sqrt(weight))


def noise_map_via_inverse_noise_map_from(inverse_noise_map: Any) -> Any:
    """1 / inverse noise; 1e8, which switches a pixel off, where that is 0, negative or tiny."""
    return _flagged(inverse_noise_map, lambda inverse: 1.0 / inverse)


def noise_map_with_signal_to_noise_limit_from(
    data: Any, noise_map: Any, signal_to_noise_limit: float, noise_limit_mask: Any = None
) -> Any:
    """The noise map, raised to |data| / limit where the signal to noise exceeds a limit.

    Args:
        noise_limit_mask: pixels that are True in it keep their noise.
    """
    values, noise = _values(data), _values(noise_map)
    limited = np.maximum(noise, np.abs(values) / signal_to_noise_limit)
    if noise_limit_mask is not None:
        limited = np.where(_values_like(noise_limit_mask, data).astype(bool), noise, limited)
    return _like(noise_map, limited)


def exposure_time_map_via_exposure_time_and_background_noise_map_from(
    exposure_time: float, background_noise_map: Any
) -> Any:
    """Exposure time of each pixel where the background noise tells it: t (1 / b) / max(1 / b)."""
    inverse = 1.0 / background_noise_map
    return inverse * (exposure_time / _values(inverse).max())


def edges_from(image: Any, no_edges: int) -> np.ndarray:
    """Values of the outermost `no_edges` rings of pixels; of each ring top row, bottom row, right and
    left column.
    """
    native = _native(image)
    if not 0 < 2 * no_edges < min(native.shape):
        raise ArrayError(f"no_edges must be above 0 and leave pixels inside, got {no_edges} for shape {native.shape}.")
    rings = []
    for ring in range(no_edges):
        part = native[ring : native.shape[0] - ring, ring : native.shape[1] - ring]
        rings += [part[0], part[-1], part[1:-1, -1], part[1:-1, 0]]
    return np.concatenate(rings)


def background_sky_level_via_edges_from(image: Any, no_edges: int) -> float:
    """Median of the outermost `no_edges` rings of pixels."""
    return float(np.median(edges_from(image, no_edges)))


def background_noise_map_via_edges_from(image: Any, no_edges: int) -> Any:
    """Standard deviation of the outermost `no_edges` rings of pixels, as a map."""
    level = float(np.std(edges_from(image, no_edges)))
    return _like(image, np.full_like(_values(image), level))


def array_with_new_shape(array: Any, new_shape: tuple[int, int]) -> Any:
    """Cut, or padded with zeros, about the centre."""
    if isinstance(array, Array2D):
        return array.resized_from(new_shape, mask_pad_value=0)
    return np.asarray(Array2D.no_mask(array, 1.0).resized_from(new_shape, mask_pad_value=0).native)


def kernel_with_odd_dimensions_from(kernel: Any) -> Any:
    """A kernel with an odd number of pixels on each axis, of the same sum, centre and, to second order,
    width.

    On an even axis the centre of a kernel is between two pixels. It is resampled half a pixel away by interpolation
    between eight pixels, exact for polynomials to degree 7, and one pixel longer.
    """
    native = _native(kernel)
    for axis in (0, 1):
        if native.shape[axis] % 2 == 0:
            total = native.sum()
            full = np.apply_along_axis(np.convolve, axis, native, HALF_PIXEL_SHIFT)
            margin = len(HALF_PIXEL_SHIFT) // 2 - 1
            native = np.take(full, np.arange(margin, full.shape[axis] - margin), axis=axis)
            native = native * (total / native.sum() if native.sum() else 1.0)
    if isinstance(kernel, Array2D):
        return Array2D.no_mask(native, kernel.pixel_scales, origin=kernel.origin, header=kernel.header)
    return native


def array_with_random_uniform_values_added(array: Any, upper_limit: float = 0.001, seed: int = 0) -> Any:
    """Uniform random numbers between 0 and `upper_limit` added: breaks ties of noiseless images."""
    return _like(array, _values(array) + upper_limit * np.random.default_rng(seed).uniform(size=_values(array).shape))


def array_with_gaussian_noise_added(array: Any, sigma: float, seed: int = 0) -> Any:
    """Gaussian noise of standard deviation `sigma` added."""
    return _like(array, _values(array) + np.random.default_rng(seed).normal(0.0, sigma, _values(array).shape))


def data_eps_with_poisson_noise_added(data_eps: Any, exposure_time_map: Any, seed: int = 0) -> Any:
    """The number of electrons drawn from a Poisson distribution, in eps.

    Raises:
        DatasetError: negative data.
    """
    data, time = _values(data_eps), _values_like(exposure_time_map, data_eps)
    if np.any(data < 0.0):
        raise DatasetError(f"data_eps must not be negative for Poisson noise: {int(np.sum(data < 0.0))} pixels are.")
    return _like(data_eps, np.random.default_rng(seed).poisson(data * time) / time)


def _flagged(array: Any, noise_from: Any) -> Any:
    values = _values(array)
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = noise_from(values)
    return _like(array, np.where((noise > 0.0) & (noise < FLAGGED_NOISE), noise, FLAGGED_NOISE))


def _values(array: Any) -> np.ndarray:
    return np.asarray(array, dtype=float)


def _values_like(array: Any, like: Any) -> np.ndarray:
    """Values of a map in the form of those of `like`: slim for an `Array2D`, to which native ones may
    belong.
    """
    values = np.asarray(array)
    if isinstance(like, Array2D) and values.shape == like.shape_native:
        return values.reshape(-1)[like.mask.flat_index]
    return values


def _native(array: Any) -> np.ndarray:
    return np.asarray(array.native if isinstance(array, Array2D) else array, dtype=float)


def _like(array: Any, values: np.ndarray) -> Any:
    return Array2D(values, array.mask, array.header) if isinstance(array, Array2D) else values
