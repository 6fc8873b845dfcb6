"""Light profiles of emission as observed whose intensity a fit solves: the family `lp_linear_operated`."""

from __future__ import annotations

from typing import Any

from galens.galaxy.profiles.light import operated
from galens.galaxy.profiles.light.linear_family import linear_family

_FAMILY = linear_family(operated, __name__)

__all__ = [*_FAMILY]

globals().update(_FAMILY)


def __getattr__(name: str) -> Any:  # says to type checkers that there are such classes
    raise AttributeError(f"lp_linear_operated has no profile {name!r}; it has: {', '.join(__all__)}.")
