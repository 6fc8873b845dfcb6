"""Light and mass of one component, where a fit solves the light's intensity: the family `lmp_linear`.

The mass is there before the fit is: a lens bends light by the `intensity` that is a parameter, which is that of the
mass alone. The solved profile has the light's intensity and the mass of before, so that its ratio of mass to light is
the one that was found.
"""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import jax.numpy as jnp

from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear
from galens.galaxy.profiles.light_mass import standard
from galens.galaxy.profiles.parameters import Scalar, parameter

FAINTEST = 1e-30
"""Of the mass's intensity: light of none at all has no ratio to the mass."""


class LightMassProfileLinear(LightProfileLinear):
    """Makes the profile of light and mass that it precedes as a base linear in its light."""

    @property
    def brightness(self) -> Any:
        return 1.0

    def with_intensity(self, intensity: Scalar) -> LightProfile:
        """The profile with this intensity of its light, and the same mass."""
        values: dict[str, Any] = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        given = values.pop("intensity")
        solved = jnp.where(jnp.abs(intensity) > 0.0, intensity, FAINTEST * given)
        ratio = self.ordinary.ratio  # type: ignore[attr-defined]
        values[ratio] = values[ratio] * (given / jnp.where(solved != 0.0, solved, 1.0))
        return self.ordinary(intensity=solved, **values)  # type: ignore[call-arg]


def _linear(cls: type[LightProfile]) -> type[LightMassProfileLinear]:
    default: Any = next(each.default for each in dataclasses.fields(cls) if each.name == "intensity")
    namespace = {
        "__module__": __name__,
        "__qualname__": cls.__name__,
        "__doc__": f"`lmp.{cls.__name__}` whose light has the intensity that a fit solves; `intensity` is the mass's.",
        "__annotations__": {"intensity": Scalar, "ordinary": ClassVar[type]},
        "intensity": parameter(default),
        "ordinary": cls,
    }
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, (LightMassProfileLinear, cls), namespace)


# A Chameleon is the difference of two profiles: no family knows it as linear.
_FAMILY = {name: _linear(getattr(standard, name)) for name in standard.__all__ if not name.startswith("Chameleon")}

__all__ = [*_FAMILY]

globals().update(_FAMILY)


def __getattr__(name: str) -> Any:  # says to type checkers that there are such classes
    raise AttributeError(f"lmp_linear has no profile {name!r}; it has: {', '.join(__all__)}.")
