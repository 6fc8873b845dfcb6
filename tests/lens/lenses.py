"""Lenses that several tests use."""

from __future__ import annotations

from typing import Any

import numpy as np

import galens.lens as al

POINTS = np.array([[1.0, 2.0], [-0.7, 0.4], [0.3, -1.1]])


def sis(redshift: Any, einstein_radius: Any = 1.0, centre: Any = (0.0, 0.0)) -> al.Galaxy:
    """A galaxy that is a singular isothermal sphere."""
    return al.Galaxy(redshift=redshift, mass=al.mp.IsothermalSph(centre=centre, einstein_radius=einstein_radius))


def shining(redshift: Any, intensity: float = 1.0, **options: Any) -> al.Galaxy:
    """A galaxy with a Sersic profile."""
    return al.Galaxy(redshift=redshift, light=al.lp.Sersic(intensity=intensity, **options))
