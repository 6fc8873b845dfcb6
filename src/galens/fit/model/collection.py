"""`Collection`: named or listed parts of a model."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, KeysView, ValuesView
from typing import Any, Self

from galens.errors import ModelAttributeError, ModelError
from galens.fit.model.abstract import AbstractModel
from galens.fit.model.children import child_of

__all__ = ["Collection"]


class Collection(AbstractModel):
    """Parts of a model by name or in a list: models, collections, priors, numbers and fixed objects.

    ``Collection(galaxies=Collection(lens=..., source=...))``, ``Collection([a, b])``, ``Collection(a, b)``. Parts of
    lists are named "0", "1", ... A part is reached as an attribute, by name or by place, and iteration gives the parts.
    Its instance is a `ModelInstance`.

    Raises:
        ModelError: a name that holds a dot, begins with an underscore or is that of an attribute of every model.
    """

    _kind: str

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__()
        self._kind = "instance"
        if len(parts) == 1 and isinstance(parts[0], dict):
            named = {**parts[0], **named}
        elif len(parts) == 1 and isinstance(parts[0], Iterable) and not isinstance(parts[0], AbstractModel | str):
            self._extend(parts[0])
        else:
            self._extend(parts)
        for name, value in named.items():
            self._assign(name, value)

    @classmethod
    def _of(cls, parts: Any, kind: str) -> Self:
        """A collection whose instance is of another kind: "list", "tuple", "dict" instead of "instance"."""
        collection = cls(parts)
        collection._kind = kind
        return collection

    def append(self, part: Any) -> None:
        """Adds a part under the next free number."""
        numbers = [int(name) for name in self._items if name.isdigit()]
        self._assign(str(max(numbers, default=-1) + 1), part)

    def remove(self, part: Any) -> None:
        """Removes the part that is the given object, or the given prior."""
        self._change()
        for name, each in self._items.items():
            if each is part or each == part:
                del self._items[name]
                return
        raise ModelError(f"{self._label()} does not hold {part!r}.")

    def keys(self) -> KeysView[str]:
        return self._items.keys()

    def values(self) -> ValuesView[Any]:
        return self._items.values()

    def items(self) -> ItemsView[str, Any]:
        return self._items.items()

    def _extend(self, parts: Iterable[Any]) -> None:
        for each in parts:
            self.append(each)

    def _allow(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name or name.startswith("_") or "." in name:
            raise ModelError(f"{name!r} cannot name a part of a model: use text without dots or leading underscore.")

    def _child(self, name: str, value: Any) -> Any:
        return child_of(name, value, keeps_type=False)

    def _name(self, key: int | str) -> str:
        if isinstance(key, str):
            return key
        if not -len(self) <= key < len(self):
            raise IndexError(f"{self._label()} has {len(self)} parts, there is no number {key}.")
        return list(self._items)[key]

    def __getitem__(self, key: int | str | slice) -> Any:
        if isinstance(key, slice):
            return list(self._items.values())[key]
        name = self._name(key)
        if name not in self._items:
            raise ModelAttributeError(self._unknown(name))
        return self._items[name]

    def __setitem__(self, key: int | str, value: Any) -> None:
        self._assign(self._name(key), value)

    def __delitem__(self, key: int | str) -> None:
        delattr(self, self._name(key))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, part: object) -> bool:
        return any(each is part or each == part for each in self._items.values()) or part in self._items

    def __repr__(self) -> str:
        return f"<Collection({', '.join(self._items)}) with {self.prior_count} free parameters>"
