"""The tree that a model is: nodes with named children, attribute access that catches typing errors, freezing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from galens.errors import ModelAttributeError, ModelError
from galens.fit.model.prior import Prior
from galens.fit.model.variable import Assertion, Derived

__all__ = ["Leaf", "MissingPrior", "Node", "Owner", "Path", "revision", "suggestion", "walk"]

Path = tuple[str, ...]
Owner = tuple[Any, str]

_revision = 0


def revision() -> int:
    """Counts the changes of all models: what was computed from a model is valid while it stays the same."""
    return _revision


class MissingPrior:
    """Fills the place of a parameter that has neither a value nor a default prior."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __repr__(self) -> str:
        return f"no prior yet: {self.reason}"


class Node:
    """A part of a model: children by name.

    Children are read and assigned as attributes, and so are the members of tuples (``model.centre_0`` is
    ``model.centre.centre_0``). Subclasses say which names can be assigned (`_allow`) and how a value becomes a child
    (`_child`).
    """

    _items: dict[str, Any]
    _assertions: list[tuple[Assertion | bool, str]]
    _is_frozen: bool
    _computed: tuple[int, dict[str, Any]]  # what was computed from the node, and at which revision

    def __init__(self) -> None:
        self._items = {}
        self._assertions = []
        self._is_frozen = False
        self._computed = (-1, {})

    def _allow(self, name: str, value: Any) -> None:
        """Raises `ModelError` where a child `name` cannot be assigned."""
        raise NotImplementedError

    def _child(self, name: str, value: Any) -> Any:
        """What is stored when `value` is assigned to `name`."""
        raise NotImplementedError

    def _known_names(self) -> list[str]:
        """Names to suggest for a misspelt one."""
        return [*self._items, *(member for each in self._tuples() for member in each._items)]

    def _label(self) -> str:
        """What it is called in messages."""
        return type(self).__name__

    def _tuples(self) -> Iterator[Node]:
        return (each for each in self._items.values() if isinstance(each, Node) and each._is_tuple)

    _is_tuple = False  # its members can be reached from the node above

    def _holder(self, name: str) -> Node | None:
        """The node that has the child `name`: this one or one of its tuples."""
        if name in self._items:
            return self
        return next((each for each in self._tuples() if name in each._items), None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        holder = self._holder(name)
        if holder is None:
            raise ModelAttributeError(self._unknown(name))
        return holder._items[name]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            self._assign(name, value)

    def __delattr__(self, name: str) -> None:
        self._change()
        if name not in self._items:
            raise ModelAttributeError(self._unknown(name))
        del self._items[name]

    def _assign(self, name: str, value: Any) -> None:
        self._change()
        holder = self._holder(name)
        if holder is not None and holder is not self:
            holder._assign(name, value)
            return
        if hasattr(type(self), name):
            raise ModelError(
                f"{self._label()}: '{name}' cannot be the name of a parameter or component, because every model has "
                f"an attribute of that name. Use another name."
            )
        if holder is None:
            self._allow(name, value)
        self._items[name] = self._child(name, value)

    def _unknown(self, name: str) -> str:
        known = self._known_names()
        return f"{self._label()} has no '{name}'.{suggestion(name, known)} It has: {', '.join(known) or 'nothing'}."

    def _change(self) -> None:
        global _revision
        if self._is_frozen:
            raise ModelError(f"{self._label()} is frozen, because a fit uses it. Change a copy, or call unfreeze().")
        _revision += 1

    def _nodes(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for each in self._items.values():
            if isinstance(each, Node):
                yield from each._nodes()

    def freeze(self) -> None:
        """Forbids changes of this model and all its parts until `unfreeze`."""
        for each in self._nodes():
            each._is_frozen = True

    def unfreeze(self) -> None:
        """Allows changes again."""
        for each in self._nodes():
            each._is_frozen = False

    def __copy__(self) -> Node:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._items = dict(self._items)
        copy._assertions = list(self._assertions)
        copy._is_frozen = False
        copy._computed = (-1, {})
        return copy

    def __deepcopy__(self, made: dict[int, Any]) -> Node:
        return self._rebuilt({}, made)

    def _rebuilt(self, replacements: Mapping[Prior, Any], made: dict[int, Any]) -> Node:
        """A copy with priors replaced, here, below and in assertions; what is shared stays shared (`made`)."""
        if id(self) not in made:
            copy = self.__copy__()
            made[id(self)] = copy
            copy._items = {name: _replaced(each, replacements, made) for name, each in self._items.items()}
            copy._assertions = [
                (each if isinstance(each, bool) else _replaced_assertion(each, replacements, made), name)
                for each, name in self._assertions
            ]
        return made[id(self)]


class Leaf(NamedTuple):
    """An end of the tree.

    Attributes:
        path: names from the root.
        value: prior, number or any object without children.
        owner: (class, parameter) that its default prior is configured for; None for others.
        is_operand: whether it is part of a derived parameter.
    """

    path: Path
    value: Any
    owner: Owner | None
    is_operand: bool


def walk(value: Any, path: Path = (), owner: Owner | None = None, is_operand: bool = False) -> Iterator[Leaf]:
    """All leaves below a node, in order; operands of derived parameters are leaves."""
    if isinstance(value, Node):
        cls = getattr(value, "_cls", owner[0] if owner is not None and value._is_tuple else None)
        for name, each in value._items.items():
            yield from walk(each, (*path, name), None if cls is None else (cls, name))
    elif isinstance(value, Derived):
        for name, each in value._items.items():
            yield from walk(each, (*path, name), is_operand=True)
    else:
        yield Leaf(path, value, owner, is_operand)


def suggestion(name: str, known: Iterable[str]) -> str:
    """' Did you mean ...?', or nothing where no known name is similar."""
    close = difflib.get_close_matches(str(name), list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _replaced(value: Any, replacements: Mapping[Prior, Any], made: dict[int, Any]) -> Any:
    if isinstance(value, Prior):
        return replacements.get(value, value)
    if isinstance(value, Derived):
        if id(value) not in made:
            made[id(value)] = type(value)(*[_replaced(each, replacements, made) for each in value.operands])
        return made[id(value)]
    return value._rebuilt(replacements, made) if isinstance(value, Node) else value


def _replaced_assertion(assertion: Assertion, replacements: Mapping[Prior, Any], made: dict[int, Any]) -> Assertion:
    return Assertion(
        *[
            type(each)(
                _replaced(each.lower, replacements, made), _replaced(each.upper, replacements, made), each.strict
            )
            for each in assertion.comparisons
        ]
    )
