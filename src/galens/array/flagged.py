"""Pixels that shall not count in a fit: a huge noise says so."""

from __future__ import annotations

__all__ = ["FLAGGED_NOISE", "SWITCHED_OFF"]

FLAGGED_NOISE = 1e8
SWITCHED_OFF = 1e3  # times the median noise: no detector has such a range, the pixel shall not count
