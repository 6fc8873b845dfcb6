"""Over-sample sizes per pixel, chosen before a fit from radii or from the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from galens.array.array_2d import Array2D
from galens.array.container import unchecked
from galens.array.grid_2d import Grid2D
from galens.array.header import Header
from galens.array.mask import Mask2D
from galens.errors import GridError

__all__ = [
    "over_sample_size_via_adapt_from",
    "over_sample_size_via_radial_bins_from",
    "over_sample_size_via_snr_from",
]


def over_sample_size_via_radial_bins_from(
    grid: Grid2D,
    sub_size_list: Sequence[int],
    radial_list: Sequence[float],
    centre_list: Sequence[Sequence[float]] | None = None,
) -> Array2D:
    """Sizes that fall with the distance from one or several centres.

    Args:
        grid: whose pixels get a size.
        sub_size_list: sizes from the innermost bin outwards; the last one holds beyond the last radius.
        radial_list: outer radius of each bin, ascending, arcsec; a pixel exactly on it belongs to the bin inside.
        centre_list: (y, x) centres, arcsec; the middle of the unmasked pixels by default. With several the largest
            size wins.

    Returns:
        Whole numbers as an `Array2D`, for `over_sample_size` arguments.

    Raises:
        GridError: where the lists do not fit together.
    """
    radii = np.asarray(radial_list, dtype=float)
    if radii.ndim != 1 or len(sub_size_list) - len(radii) not in (0, 1):
        raise GridError(
            f"sub_size_list needs one size per radius, or one more for what lies beyond: got {len(sub_size_list)} "
            f"sizes and {radii.size} radii."
        )
    if np.any(np.diff(radii) <= 0.0):
        raise GridError(f"radial_list must increase, got {list(radial_list)}.")
    coordinates = np.asarray(grid.values)
    sizes = np.zeros(len(coordinates), dtype=int)
    for y, x in centre_list if centre_list is not None else [grid.mask.mask_centre]:
        distances = np.hypot(coordinates[:, 0] - y, coordinates[:, 1] - x)
        bins = np.minimum(np.searchsorted(radii, distances, side="left"), len(sub_size_list) - 1)
        sizes = np.maximum(sizes, np.asarray(sub_size_list)[bins])
    return _sizes(sizes, grid.mask)


def over_sample_size_via_snr_from(
    signal_to_noise_map: Array2D,
    signal_to_noise_cut: float = 3.0,
    sub_size_lower: int = 2,
    sub_size_upper: int = 4,
) -> Array2D:
    """`sub_size_upper` where the signal-to-noise exceeds a cut, `sub_size_lower` elsewhere."""
    above = np.asarray(signal_to_noise_map.values) > signal_to_noise_cut
    return _sizes(np.where(above, sub_size_upper, sub_size_lower), signal_to_noise_map.mask)


def over_sample_size_via_adapt_from(
    data: Array2D,
    noise_map: Array2D,
    signal_to_noise_cut: float = 5.0,
    sub_size_lower: int = 2,
    sub_size_upper: int = 4,
) -> Array2D:
    """As `over_sample_size_via_snr_from`, with half the highest signal-to-noise as the cut where that is lower."""
    signal_to_noise_map = data / noise_map
    cut = min(signal_to_noise_cut, float(np.max(np.asarray(signal_to_noise_map.values))) / 2)
    return over_sample_size_via_snr_from(signal_to_noise_map, cut, sub_size_lower, sub_size_upper)


def _sizes(sizes: Any, mask: Mask2D) -> Array2D:
    return unchecked(Array2D, values=sizes, mask=mask, header=Header())
