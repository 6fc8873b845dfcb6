"""What a collection of model components becomes: named objects."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from typing import Any, overload

import equinox as eqx

from galens.errors import ModelAttributeError, ModelError
from galens.fit.model.node import suggestion

__all__ = ["ModelInstance"]


class ModelInstance(eqx.Module):
    """Objects by name, in order; a pytree whose leaves are theirs.

    An object is reached as an attribute (``instance.galaxies``), by name (``instance["galaxies"]``) or by place
    (``instance[0]``). Iteration gives the objects, as of a list.

    Args:
        objects: name -> object.
    """

    _names: tuple[str, ...] = eqx.field(static=True)
    _objects: tuple[Any, ...]

    def __init__(self, objects: dict[str, Any]) -> None:
        self._names = tuple(objects)
        self._objects = tuple(objects.values())

    @property
    def dict(self) -> dict[str, Any]:
        """Name -> object."""
        return dict(zip(self._names, self._objects, strict=True))

    def keys(self) -> KeysView[str]:
        return self.dict.keys()

    def values(self) -> ValuesView[Any]:
        return self.dict.values()

    def items(self) -> ItemsView[str, Any]:
        return self.dict.items()

    def object_for_path(self, path: tuple[str | int, ...] | str) -> Any:
        """The object, or parameter, at a path such as ``("galaxies", "lens", "bulge", "centre", 0)`` or dotted text."""
        found: Any = self
        for each in path.split(".") if isinstance(path, str) else path:
            found = _step(found, each)
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._names:
            return self._objects[self._names.index(name)]
        known = ", ".join(self._names) or "nothing"
        raise ModelAttributeError(f"the instance has no '{name}'.{suggestion(name, self._names)} It has: {known}.")

    @overload
    def __getitem__(self, key: int | str) -> Any: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[Any, ...]: ...

    def __getitem__(self, key: int | str | slice) -> Any:
        return getattr(self, key) if isinstance(key, str) else self._objects[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)


def _step(value: Any, key: str | int) -> Any:
    if isinstance(value, tuple | list):
        # members of tuples are called centre_0, centre_1, ...
        last = str(key).rpartition("_")[2]
        if last.isdigit() and int(last) < len(value):
            return value[int(last)]
    elif isinstance(key, int) or (isinstance(value, dict) and key in value):
        return value[key]
    elif hasattr(value, key):
        return getattr(value, key)
    raise ModelError(f"there is no '{key}' in {type(value).__name__}.")
