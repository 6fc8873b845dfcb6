"""`Settings`: how the amplitudes of a linear system are solved."""

from __future__ import annotations

import math
from dataclasses import dataclass

from galens.errors import FitError

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """How the intensities of linear light are solved.

    Args:
        use_positive_only_solver: intensities are not negative; False: they may have any sign.
        no_regularization_add_to_curvature_diag_value: added to the diagonal of the curvature matrix for intensities
            without regularization, which pulls them towards zero. Nothing is added unless asked for, and the
            penalty, value times squared intensity, is part of the figure of merit.
        use_mixed_precision: images of linear light in 32-bit floats. Normal equations, chi-squared and everything
            else stay in 64 bits: errors of an image are 1e-7 of its brightness.

    Raises:
        FitError: a value that is negative or not finite.
    """

    use_positive_only_solver: bool = True
    no_regularization_add_to_curvature_diag_value: float = 0.0
    use_mixed_precision: bool = False

    def __post_init__(self) -> None:
        value = self.no_regularization_add_to_curvature_diag_value
        if not 0.0 <= value < math.inf:
            raise FitError(
                f"Settings: no_regularization_add_to_curvature_diag_value is {value}, but must be at least 0 and "
                "finite."
            )
