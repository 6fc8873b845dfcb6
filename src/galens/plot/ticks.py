"""Numbers at axes."""

from __future__ import annotations

import numpy as np

__all__ = ["number_among"]


def number_among(value: float, ticks: np.ndarray) -> str:
    """A tick's number, with as many digits as all ticks of its axis need."""
    digits = next((n for n in range(9) if np.allclose(ticks, np.round(ticks, n), rtol=0, atol=1e-3 * 10.0**-n)), 9)
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "\N{MINUS SIGN}")
