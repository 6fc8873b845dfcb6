"""How wide a parameter's prior becomes when the result of one fit is the start of the next."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from galens.errors import PriorError

__all__ = ["AbsoluteWidthModifier", "RelativeWidthModifier", "WidthModifier", "width_modifier_from"]


@dataclass(frozen=True)
class AbsoluteWidthModifier:
    """Standard deviation `value`, in the units of the parameter, whatever the result."""

    value: float

    def __post_init__(self) -> None:
        _require_positive("value", self.value)

    def __call__(self, mean: float) -> float:
        return self.value


@dataclass(frozen=True)
class RelativeWidthModifier:
    """Standard deviation ``value * |mean|``, but at least `absolute_floor` where one is given."""

    value: float
    absolute_floor: float | None = None

    def __post_init__(self) -> None:
        _require_positive("value", self.value)
        if self.absolute_floor is not None:
            _require_positive("absolute_floor", self.absolute_floor)

    def __call__(self, mean: float) -> float:
        return max(self.value * abs(mean), self.absolute_floor or 0.0)


WidthModifier = AbsoluteWidthModifier | RelativeWidthModifier

_KINDS: dict[str, type[AbsoluteWidthModifier] | type[RelativeWidthModifier]] = {
    "Absolute": AbsoluteWidthModifier,
    "Relative": RelativeWidthModifier,
}


def width_modifier_from(document: Mapping[str, Any]) -> WidthModifier:
    """The width modifier that ``{"type": "Absolute" | "Relative", "value": ...}`` describes."""
    arguments = {name: value for name, value in document.items() if name != "type"}
    if document.get("type") not in _KINDS:
        raise PriorError(f"width modifier {dict(document)!r}: the type must be Absolute or Relative.")
    return _KINDS[document["type"]](**arguments)


def document_of(width_modifier: WidthModifier) -> dict[str, Any]:
    """The inverse of `width_modifier_from`."""
    kind = next(name for name, cls in _KINDS.items() if isinstance(width_modifier, cls))
    return {"type": kind, **{name: value for name, value in asdict(width_modifier).items() if value is not None}}


def _require_positive(name: str, value: float) -> None:
    if not (value > 0.0 and math.isfinite(value)):
        raise PriorError(f"width modifier: {name} = {value} must be a finite number above 0.")
