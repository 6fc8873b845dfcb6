"""Linear twins of light profiles, derived from their classes."""

from __future__ import annotations

import dataclasses
from types import ModuleType
from typing import Any, ClassVar

from galens.galaxy.profiles.light.base import LightProfile, LightProfileLinear

__all__ = ["linear_family"]


def linear_family(profiles: ModuleType, module: str) -> dict[str, type[LightProfileLinear]]:
    """For every public class of a module that has an intensity its linear twin of the same name.

    Args:
        profiles: the module of ordinary profiles.
        module: dotted name of the module that the twins belong to.
    """
    found = {}
    for name in profiles.__all__:
        cls = getattr(profiles, name)
        if any(field.name == "intensity" for field in dataclasses.fields(cls)):
            found[name] = _linear(cls, module)
    return found


def _linear(cls: type[LightProfile], module: str) -> type[LightProfileLinear]:
    # The formula and the other parameters are inherited; the intensity is a constant of the class instead of a field.
    namespace = {
        "__module__": module,
        "__qualname__": cls.__name__,
        "__doc__": f"`{cls.__name__}` of intensity 1, which a fit solves. Arguments as there, without `intensity`.",
        "__annotations__": {"intensity": ClassVar[float], "ordinary": ClassVar[type]},
        "intensity": 1.0,
        "ordinary": cls,
    }
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, (LightProfileLinear, cls), namespace)
