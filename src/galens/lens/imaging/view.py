"""What is worth seeing of a lens besides its image: the source plane, critical curves and caustics."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from galens import array as aa
from galens.galaxy.lens_calc import LensCalc
from galens.lens.tracer import Tracer

__all__ = ["LensCurves", "source_plane_square", "square"]


@dataclasses.dataclass(frozen=True)
class LensCurves:
    """Critical curves and caustics of a tracer: lines (n, 2) of (y, x), arcsec."""

    tangential_critical_curves: list[np.ndarray]
    radial_critical_curves: list[np.ndarray]
    tangential_caustics: list[np.ndarray]
    radial_caustics: list[np.ndarray]

    @classmethod
    def of(cls, tracer: Tracer) -> LensCurves:
        """Of light from the last plane."""
        lens = LensCalc.from_tracer(tracer)
        return cls(
            _lines(lens.tangential_critical_curve_list_from()),
            _lines(lens.radial_critical_curve_list_from()),
            _lines(lens.tangential_caustic_list_from()),
            _lines(lens.radial_caustic_list_from()),
        )

    @property
    def critical_curves(self) -> list[np.ndarray]:
        return [*self.tangential_critical_curves, *self.radial_critical_curves]

    @property
    def caustics(self) -> list[np.ndarray]:
        return [*self.tangential_caustics, *self.radial_caustics]

    @property
    def document(self) -> dict[str, Any]:
        """The lines as lists of numbers, rounded to 1e-6 arcsec."""
        names = [field.name for field in dataclasses.fields(self)]
        return {name: [np.round(line, 6).tolist() for line in getattr(self, name)] for name in names}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> LensCurves:
        names = [field.name for field in dataclasses.fields(cls)]
        return cls(**{name: [np.array(line, float).reshape(-1, 2) for line in document[name]] for name in names})


def source_plane_square(tracer: Tracer, curves: LensCurves, pixels: int = 140) -> aa.Grid2D:
    """A grid on the last plane with all caustics and all centres of light there."""
    centres = [np.asarray(each.centre, float)[None] for each in tracer.planes[-1].light_profiles if _has_place(each)]
    places = np.concatenate([np.zeros((0, 2)), *curves.caustics, *centres])
    low, high = (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2), np.zeros(2))
    half = max(0.65 * float((high - low).max()), 0.3)
    return square(np.asarray((low + high) / 2), half, pixels)


def square(middle: np.ndarray, half: float, pixels: int) -> aa.Grid2D:
    """A grid of pixels x pixels around a place (y, x), `half` arcsec to each side."""
    return aa.Grid2D.uniform((pixels, pixels), 2.0 * half / pixels, origin=(float(middle[0]), float(middle[1])))


def _lines(curves: Any) -> list[np.ndarray]:
    return [np.asarray(curve) for curve in curves]


def _has_place(profile: Any) -> bool:
    centre = getattr(profile, "centre", None)
    return centre is not None and bool(np.all(np.isfinite(np.asarray(centre, float))))
