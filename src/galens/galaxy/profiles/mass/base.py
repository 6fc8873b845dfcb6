"""What all mass profiles share."""

from __future__ import annotations

from typing import Any

import equinox as eqx

from galens.galaxy.massive import Massive
from galens.galaxy.profiles.parameters import Pair, Profile

__all__ = ["MassProfile"]


class MassProfile(Profile, Massive):
    """The mass of one component of a galaxy, as a function of coordinates on the sky: see `Massive`."""

    centre: eqx.AbstractVar[Pair]
    """(y, x) in arcsec of where the mass may have a cusp."""

    def mass_angular_within_circle_from(self, radius: Any, centre: tuple[Any, Any] | None = None) -> Any:
        """The convergence integrated over a circle, arcsec^2; about the profile's centre unless told otherwise."""
        return super().mass_angular_within_circle_from(radius, self.centre if centre is None else centre)

    def _offsets(self, y: Any, x: Any) -> tuple[Any, Any]:
        return y - self.centre[0], x - self.centre[1]
