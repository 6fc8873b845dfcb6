"""Multiple images of one source, found among the peaks of the arcs."""

from __future__ import annotations

import numpy as np

from galens.pipeline.arcs import Arcs
from galens.pipeline.exposure import Exposure
from galens.pipeline.scan import Candidate, traced

__all__ = ["multiple_images"]

SAME_SOURCE = 0.25  # arcsec in the source plane
MOST = 4


def multiple_images(exposure: Exposure, arcs: Arcs, candidate: Candidate) -> np.ndarray:
    """(k, 2) peaks of the arcs, arcsec, that a lens traces to its source: two to four on both sides, else none.

    Args:
        candidate: a lens of the scan.
    """
    if not len(arcs.peaks):
        return np.empty((0, 2))
    ends = traced(exposure, arcs.peaks, candidate.vector[None])[0]
    apart = np.hypot(*(ends - candidate.vector[5:]).T)
    images = arcs.peaks[apart < SAME_SOURCE][:MOST]
    if len(images) < 2:
        return np.empty((0, 2))
    distances = np.hypot(*(images[:, None] - images[None]).transpose(2, 0, 1))
    return images if distances.max() > candidate.einstein_radius else np.empty((0, 2))
