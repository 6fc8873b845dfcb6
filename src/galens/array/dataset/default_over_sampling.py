"""Which points of each pixel are evaluated where the user has not said so."""

from __future__ import annotations

import numpy as np

from galens.array.mask import Mask2D
from galens.array.over_sampling import OverSampling

__all__ = ["default_over_sampling"]


def default_over_sampling(mask: Mask2D, data: np.ndarray, noise_map: np.ndarray) -> OverSampling:
    sizes = np.ones(mask.pixels_in_mask, dtype=int)
    return OverSampling(sizes, "gauss")
