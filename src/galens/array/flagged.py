"""Pixels that shall not count in a fit: a huge noise says so."""

from __future__ import annotations

import numpy as np

__all__ = ["FLAGGED_NOISE", "SWITCHED_OFF", "flagged"]

FLAGGED_NOISE = 1e8
SWITCHED_OFF = 1e3  # times the median noise: no detector has such a range, the pixel shall not count


def flagged(noise: np.ndarray) -> np.ndarray:
    """True where the noise is so far above its median that the pixel was switched off on purpose."""
    return noise > SWITCHED_OFF * np.nanmedian(noise)
