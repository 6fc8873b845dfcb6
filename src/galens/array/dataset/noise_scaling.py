"""Raising the noise of a region, so that it does not count in a fit."""

from __future__ import annotations

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.mask import Mask2D
from galens.errors import DatasetError, MaskError

__all__ = ["noise_scaled"]


def noise_scaled(
    data: Array2D,
    noise_map: Array2D,
    mask: Mask2D,
    noise_value: float,
    signal_to_noise_value: float | None,
    should_zero_data: bool,
) -> tuple[Array2D, Array2D]:
    """Data and noise map with the noise of the unmasked pixels of `mask` raised: see `Imaging.apply_noise_scaling`.

    Raises:
        MaskError: another shape, or no pixel of the dataset in the region.
        DatasetError: a noise that is not positive.
    """
    if not isinstance(mask, Mask2D) or mask.shape_native != data.shape_native:
        raise MaskError(f"mask {mask!r} does not have the shape {data.shape_native} of the dataset.")
    scaled = ~mask.array.reshape(-1)[data.mask.flat_index]
    if not scaled.any():
        raise MaskError("mask keeps no pixel of the dataset: scaled pixels are those that are False.")
    values, noise = np.asarray(data.values), np.asarray(noise_map.values)
    if signal_to_noise_value is not None:
        edge = ~mask.derive_mask.edge.array.reshape(-1)[data.mask.flat_index]
        noise_value = float(np.median(values[edge if edge.any() else scaled])) / signal_to_noise_value
    if not noise_value > 0.0:
        raise DatasetError(
            f"scaled noise must be above 0, got {noise_value:g}"
            + ("." if signal_to_noise_value is None else ": the data on the edge of the region are not positive.")
        )
    return (
        _replaced(data, np.where(scaled, 0.0, values) if should_zero_data else values),
        _replaced(noise_map, np.where(scaled, noise_value, noise)),
    )


def _replaced(array: Array2D, values: np.ndarray) -> Array2D:
    return unchecked(Array2D, values=values, mask=array.mask, header=array.header)
