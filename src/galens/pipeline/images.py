"""Multiple images of one source, found among the peaks of the arcs."""

from __future__ import annotations

import numpy as np

from galens.pipeline.arcs import Arcs
from galens.pipeline.exposure import Exposure
from galens.pipeline.scan import traced

__all__ = ["multiple_images", "opposite_images"]

SAME_SOURCE = 0.25  # arcsec in the source plane
MOST = 4


def multiple_images(exposure: Exposure, arcs: Arcs, vector: np.ndarray) -> np.ndarray:
    """(k, 2) peaks of the arcs, arcsec, that a lens traces to its source: two to four on both sides, else none.

    Args:
        vector: of a lens of the scan.
    """
    if not len(arcs.peaks):
        return np.empty((0, 2))
    ends = traced(exposure, arcs.peaks, vector[None])[0]
    apart = np.hypot(*(ends - vector[5:]).T)
    images = arcs.peaks[apart < SAME_SOURCE][:MOST]
    if len(images) < 2:
        return np.empty((0, 2))
    distances = np.hypot(*(images[:, None] - images[None]).transpose(2, 0, 1))
    return images if distances.max() > vector[0] else np.empty((0, 2))


def opposite_images(exposure: Exposure, arcs: Arcs) -> np.ndarray:
    """(2, 2) the highest peak of the arcs and the highest one on the other side of the galaxy, arcsec; none if there
    is none.
    """
    places = arcs.peaks - np.array(exposure.centre)
    beyond = np.flatnonzero(places @ places[0] < 0) if len(places) else np.empty(0, int)
    return arcs.peaks[[0, beyond[0]]] if len(beyond) else np.empty((0, 2))
